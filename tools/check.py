"""Everything that is checked without running the program. All checks run; the exit code says whether one failed."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from tools import doclinks, vendor
from tools.shell import PYTHON, ROOT, VENV, Failed, call, say

STATIC = ROOT / "src" / "meldkamer" / "desk" / "static"


def check_all(arguments: Sequence[str]) -> int:
    """Run the checks; names given on the command line choose among them."""
    unknown = [name for name in arguments if name not in CHECKS]
    if unknown:
        raise Failed(f"no check is called {', '.join(unknown)}; there are: {', '.join(CHECKS)}", 2)
    failed = []
    for name in arguments or CHECKS:
        say(f"check {name}")
        if CHECKS[name]():
            failed.append(name)
    say(f"failed: {', '.join(failed)}" if failed else "all checks passed")
    return 1 if failed else 0


def sources() -> list[str]:
    """The Python that is ours; a folder with none in it is left out."""
    return [*(name for name in ("src", "tools", "tests", "bench") if any((ROOT / name).rglob("*.py"))), "dev"]


def style() -> int:
    """The layout of the code, as `./dev fix` writes it."""
    return call([VENV / "bin" / "ruff", "format", "--check", *sources()])


def lint() -> int:
    """Mistakes that can be seen in the text."""
    return call([VENV / "bin" / "ruff", "check", *sources()])


def types() -> int:
    """mypy, strict for what we ship and looser for tests (see `pyproject.toml`)."""
    return call([PYTHON, "-m", "mypy", *sources()])


def imports() -> int:
    """Who may import whom."""
    return call([VENV / "bin" / "lint-imports"])


def pages() -> int:
    """The types in the desk's JavaScript, written as JSDoc."""
    if not any(path for path in STATIC.rglob("*.js") if vendor.TARGET not in path.parents):
        say("no page scripts yet")
        return 0
    vendor.ready()
    return call([typescript(), "--project", ROOT / "jsconfig.json"])


def typescript() -> Path:
    """TypeScript's own program: npm installs just the one for this machine, and calling it needs no Node.js."""
    found = sorted(vendor.MODULES.glob("@typescript/typescript-*/lib/tsc"))
    if not found:
        raise Failed("TypeScript is not installed; remove node_modules and try again")
    return found[0]


def links() -> int:
    """Links, anchors and commands in the documents."""
    wrong = doclinks.problems(ROOT)
    for line in wrong:
        print(line, file=sys.stderr)
    return len(wrong)


CHECKS: dict[str, Callable[[], int]] = {
    "format": style,
    "lint": lint,
    "types": types,
    "imports": imports,
    "pages": pages,
    "links": links,
}


def fix() -> int:
    """Write the layout and the mistakes that have one sure cure."""
    ruff = VENV / "bin" / "ruff"
    cured = call([ruff, "check", "--fix", *sources()])
    return call([ruff, "format", *sources()]) or cured
