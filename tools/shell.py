"""Where things lie, how to say what happens, and how to start another program."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NoReturn

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"


class Failed(Exception):
    """A step did not succeed; the text tells a person what to do, the code becomes the exit code."""

    def __init__(self, text: str, code: int = 1) -> None:
        super().__init__(text)
        self.code = code


def say(text: str) -> None:
    """Progress goes to stderr, so that the output of a command stays clean."""
    print(f"dev: {text}", file=sys.stderr, flush=True)


def environment(extra: Mapping[str, str] | None = None) -> dict[str, str]:
    """The environment for programs that we start: ours comes first on the path."""
    env = dict(os.environ)
    env["PATH"] = f"{VENV / 'bin'}{os.pathsep}{env.get('PATH', os.defpath)}"
    env["VIRTUAL_ENV"] = str(VENV)
    env.update(extra or {})
    return env


def run(command: Sequence[str | Path], *, what: str, extra: Mapping[str, str] | None = None) -> None:
    """Run to the end with the program's own output in view; raise `Failed` with its exit code when it fails."""
    code = call(command, extra=extra)
    if code:
        raise Failed(f"{what} failed (exit code {code}): {' '.join(map(str, command))}", code)


def call(command: Sequence[str | Path], *, extra: Mapping[str, str] | None = None) -> int:
    """Run to the end, its output in view, and give back the exit code."""
    try:
        return subprocess.run([str(part) for part in command], cwd=ROOT, env=environment(extra), check=False).returncode
    except FileNotFoundError:
        return 127


def quiet(command: Sequence[str | Path]) -> tuple[int, str]:
    """Run to the end and give back the exit code and what it said (both streams)."""
    try:
        done = subprocess.run(
            [str(part) for part in command],
            cwd=ROOT,
            env=environment(),
            check=False,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
    except OSError as error:
        return 127, str(error)
    return done.returncode, done.stdout


def become(command: Sequence[str | Path]) -> NoReturn:
    """Give this process over to the program, so that signals and the exit code are its own."""
    words = [str(part) for part in command]
    sys.stdout.flush()
    sys.stderr.flush()
    os.chdir(ROOT)
    try:
        os.execvpe(words[0], words, environment())
    except FileNotFoundError:
        raise Failed(f"{words[0]} is not there", 127) from None


def administrator() -> list[str] | None:
    """The words to put before a command that changes the machine: none as root, `sudo` where it asks nothing.

    `None` means that we may not; the caller then says what a person should type.
    """
    if os.geteuid() == 0:
        return []
    sudo = shutil.which("sudo")
    if sudo and quiet([sudo, "-n", "true"])[0] == 0:
        return [sudo, "-n"]
    return None


def apt_install(package: str) -> bool:
    """Install a Debian package where we may; tell whether it worked."""
    apt, prefix = shutil.which("apt-get"), administrator()
    if apt is None or prefix is None:
        return False
    say(f"installing {package} with apt")
    install = [*prefix, "env", "DEBIAN_FRONTEND=noninteractive", apt, "install", "-y", "-qq", "--no-install-recommends"]
    if quiet([*install, package])[0] == 0:
        return True
    quiet([*prefix, apt, "update", "-qq"])  # a fresh machine has empty or old lists
    code, text = quiet([*install, package])
    if code:
        say(f"apt could not install {package}:\n{text.strip()[-800:]}")
    return code == 0
