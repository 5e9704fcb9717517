"""Make `.venv`, or take over the one that is there, and keep what is installed in step with `pyproject.toml`."""

from __future__ import annotations

import fcntl
import hashlib
import importlib.util
import json
import os
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager

from tools.shell import PYTHON, ROOT, VENV, Failed, apt_install, quiet, say

STAMP = VENV / ".installed"


@contextmanager
def alone() -> Iterator[None]:
    """One set-up at a time: two shells may start `./dev` together. The lock is on the folder, so no file is left."""
    folder = os.open(ROOT, os.O_RDONLY)
    try:
        try:
            fcntl.flock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say("waiting for another ./dev that is setting up")
            fcntl.flock(folder, fcntl.LOCK_EX)
        yield
    finally:
        os.close(folder)


def wanted() -> str:
    """A fingerprint of all that decides what is installed; changing a lint rule installs nothing."""
    config = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    project = config["project"]
    parts = [
        config["build-system"],
        project["name"],
        project["requires-python"],
        project["dependencies"],
        project["optional-dependencies"],
        project["scripts"],
    ]
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


def usable() -> bool:
    """Whether `.venv` holds a Python that starts (not when its base was removed) and of a version we support."""
    code, text = quiet([PYTHON, "-c", "import sys; print(*sys.version_info[:2])"])
    return code == 0 and (3, 11) <= tuple(map(int, text.split())) < (3, 14)


def ready() -> None:
    """Set up what every command needs. Costs a few milliseconds, and no network, when nothing has changed."""
    with alone():
        if not usable():
            make()
        elif STAMP.exists() and STAMP.read_text(encoding="utf-8") == wanted():
            return
        install()
        STAMP.write_text(wanted(), encoding="utf-8")


def make() -> None:
    """Make a new `.venv` with uv where that is on the path, else with venv."""
    say(f"making .venv (Python {sys.version_info.major}.{sys.version_info.minor})")
    uv = shutil.which("uv")
    if uv:
        _step([uv, "venv", "--quiet", "--clear", "--python", sys.executable, str(VENV)], "making .venv")
        return
    if importlib.util.find_spec("ensurepip") is None:
        # Debian keeps this part of Python's standard library in a package of its own.
        package = f"python{sys.version_info.major}.{sys.version_info.minor}-venv"
        if not (apt_install(package) or apt_install("python3-venv")):
            raise Failed(
                f"Python's venv module is incomplete here. Type:  sudo apt-get install {package}   and then this again"
            )
    _step([sys.executable, "-m", "venv", "--clear", str(VENV)], "making .venv")


def install() -> None:
    """Install this project in place, with what its development needs."""
    say("installing the project and its tools; the first time takes a minute")
    what = ["--editable", ".[dev]"]
    uv = shutil.which("uv")
    if uv:
        _step([uv, "pip", "install", "--quiet", "--python", str(PYTHON), *what], "installing")
    else:
        pip = [str(PYTHON), "-m", "pip", "--quiet", "--disable-pip-version-check", "--no-input"]
        _step([*pip, "install", *what], "installing")


def _step(command: list[str], what: str) -> None:
    """A set-up step: its output goes to stderr, so that only the command's own output is on stdout."""
    code = subprocess.run(command, cwd=ROOT, check=False, stdin=subprocess.DEVNULL, stdout=sys.stderr).returncode
    if code:
        raise Failed(f"{what} failed (exit code {code}): {' '.join(command)}", code)
