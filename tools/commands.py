"""The commands of `./dev`: a name, a line of help, and what it does."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Sequence

from tools import browser, check, environment, node, vendor
from tools.shell import PYTHON, ROOT, VENV, Failed, become, call, say

PYTEST = (PYTHON, "-m", "pytest")
# Much of a test is waiting for a screen, a server or a disk: one more than there are cores keeps these busy.
TOGETHER = ("-n", str((os.cpu_count() or 1) + 1), "--dist", "loadfile", "--no-loadscope-reorder")
FAILED = ROOT / ".pytest_cache" / "v" / "cache" / "lastfailed"
AGAIN = 5
"""So many failures of a whole run may be of the company; more are of the code."""


def run(arguments: Sequence[str]) -> int:
    environment.ready()
    vendor.ready()
    become([VENV / "bin" / "meldkamer", "run", *arguments])


def meldkamer(arguments: Sequence[str]) -> int:
    environment.ready()
    become([VENV / "bin" / "meldkamer", *arguments])


def test(arguments: Sequence[str]) -> int:
    environment.ready()
    vendor.ready()
    browser.ready()
    # Else each process of the tests, and each program that these start, would compile everything anew.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    if arguments:
        alone = any(word.startswith(("-n", "--numprocesses", "--pdb", "--trace")) for word in arguments)
        become([*PYTEST, *([] if alone else TOGETHER), *arguments])
    code = call([*PYTEST, *TOGETHER])
    # On a machine that is busy a screen may come later than its test waits. What fails without company fails.
    failed = json.loads(FAILED.read_text(encoding="utf-8")) if code == 1 and FAILED.exists() else {}
    if not 0 < len(failed) <= AGAIN:
        return code
    say("failed beside others, tried once more alone:\n  " + "\n  ".join(failed))
    return call([*PYTEST, "-n0", "--last-failed"])


def check_(arguments: Sequence[str]) -> int:
    environment.ready()
    return check.check_all(arguments)


def fix(arguments: Sequence[str]) -> int:
    environment.ready()
    return check.fix()


def bench(arguments: Sequence[str]) -> int:
    environment.ready()
    become([PYTHON, "-m", "bench", *arguments])


def wheel(arguments: Sequence[str]) -> int:
    environment.ready()
    vendor.ready()
    return call([PYTHON, "-m", "hatchling", "build", "-t", "wheel", "-d", "dist", *arguments])


def bundle(arguments: Sequence[str]) -> int:
    environment.ready()
    if list(arguments) == ["--update"]:
        vendor.update()
    elif arguments:
        raise Failed("usage: ./dev vendor [--update]", 2)
    vendor.ready()
    say(f"browser modules are in {vendor.TARGET.relative_to(ROOT)}")
    return 0


def sbom(arguments: Sequence[str]) -> int:
    environment.ready()
    vendor.ready()
    return call([PYTHON, "-m", "tools.sbom", *(arguments or ["dist/sbom.cdx.json"])])


def manual(arguments: Sequence[str]) -> int:
    if arguments:
        raise Failed("usage: ./dev manual", 2)
    environment.ready()
    return call([node.node(), ROOT / "tools" / "manual.mjs"])


COMMANDS: dict[str, tuple[str, str, Callable[[Sequence[str]], int]]] = {
    "run": ("[ARGS]", "start the product: meldkamer run ARGS", run),
    "meldkamer": ("ARGS", "any other command of the program", meldkamer),
    "test": ("[PYTEST ARGS]", "run the tests, on all cores unless -n says otherwise", test),
    "check": (f"[{' '.join(check.CHECKS)}]", "what can be checked without running: all, or those named", check_),
    "fix": ("", "write the code's layout and cure what has one sure cure", fix),
    "bench": ("[ARGS]", "measure: python -m bench ARGS", bench),
    "wheel": ("", "build a wheel in dist/", wheel),
    "vendor": ("[--update]", "bundle the browser modules; --update resolves package.json anew", bundle),
    "manual": ("", "write the operator's manual in docs/ from the desk's key and command tables", manual),
    "sbom": ("[FILE]", "write the bill of materials (CycloneDX 1.6) to dist/sbom.cdx.json", sbom),
}


def usage() -> str:
    width = max(len(f"{name} {takes}") for name, (takes, _, _) in COMMANDS.items())
    lines = [f"  ./dev {f'{name} {takes}':<{width}}  {text}" for name, (takes, text, _) in COMMANDS.items()]
    return "\n".join(
        [
            "Everything for working on this project. It sets up what is missing (.venv, browser modules) by itself,",
            "again only when pyproject.toml or package-lock.json change, and uses no network otherwise.",
            "",
            *lines,
            "",
            "Progress goes to stderr; the exit code is that of what was run.",
        ]
    )


def main(arguments: Sequence[str]) -> int:
    """Do what the command line asks and give back the exit code."""
    if not arguments or arguments[0] in ("-h", "--help", "help"):
        print(usage())
        return 0 if arguments else 2
    name, *rest = arguments
    if name not in COMMANDS:
        say(f"there is no command {name!r}\n\n{usage()}")
        return 2
    try:
        return COMMANDS[name][2](rest)
    except Failed as failure:
        say(str(failure))
        return failure.code
    except KeyboardInterrupt:
        return 130
