"""The plan as a repository of its own, so that who changed what stays known and a version can be adopted as a tag."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

from meldkamer.steering.faults import RepositoryError

NAME, MAIL = "meldkamer plan", "plan@meldkamer.invalid"
"""Who commits where the machine has no name set; a person's own name is used where there is one."""


def init_plan(folder: Path, source: Path) -> str:
    """Copy a plan into a new folder and commit it; returns the commit (hex).

    Raises RepositoryError when the folder holds something already, or git is missing or refuses.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise RepositoryError(f"{folder} is not an empty folder")
    if shutil.which("git") is None:
        raise RepositoryError("git is not installed; the plan is kept under git")
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copytree(source, folder, dirs_exist_ok=True, ignore=shutil.ignore_patterns("__pycache__", ".*"))
    git(folder, "init", "--quiet", "--initial-branch=main")
    git(folder, "add", "--all")
    git(folder, "commit", "--no-gpg-sign", "--quiet", "--message", "Begin from the shipped plan")
    return git(folder, "rev-parse", "HEAD")


def git(folder: Path, *arguments: str) -> str:
    """Run git in the folder and return what it says. Raises RepositoryError with git's own words."""
    return git_bytes(folder, *arguments).decode(errors="replace").strip()


def git_bytes(folder: Path, *arguments: str, given: bytes = b"", moment: str = "") -> bytes:
    """As `git`, the bytes as they come. given: what git reads on its standard input. moment: the program itself commits
    then, so that the same change on the same version is the same commit in every room."""
    # A hook or an outer repository must not decide which repository this is.
    env = {key: value for key, value in os.environ.items() if not key.startswith("GIT_")}
    known = _person(folder, env)
    for who in ("AUTHOR", "COMMITTER"):
        if not known.get("user.name"):
            env[f"GIT_{who}_NAME"] = NAME
        if not known.get("user.email"):
            env[f"GIT_{who}_EMAIL"] = MAIL
    if moment:
        env |= {"GIT_COMMITTER_NAME": NAME, "GIT_COMMITTER_EMAIL": MAIL, "GIT_COMMITTER_DATE": moment}
    try:
        done = subprocess.run(["git", *arguments], cwd=folder, env=env, input=given, capture_output=True, check=False)
    except FileNotFoundError as error:
        raise RepositoryError(f"{error.filename}: no such folder or program") from None
    if done.returncode:
        words = (done.stderr.strip() or done.stdout.strip()).decode(errors="replace")
        raise RepositoryError(f"git {arguments[0]} in {folder}: {words}")
    return done.stdout


def own_repository(folder: Path) -> None:
    """Raise RepositoryError unless the folder is a repository of its own: never read or tag the one around it."""
    if not is_repository(folder):
        raise RepositoryError(f"{folder} is not a repository of its own; `meldkamer plan init` makes one")


def is_repository(folder: Path) -> bool:
    """Whether the folder is the top of a git repository; a plan inside another repository is not one of its own."""
    return (folder / ".git").exists() and shutil.which("git") is not None


def _person(folder: Path, env: dict[str, str]) -> dict[str, str]:
    """The name and mail that git has for whoever runs this, as far as they are set."""
    command = ["git", "config", "--get-regexp", r"^user\.(name|email)$"]
    try:
        done = subprocess.run(command, cwd=folder, env=env, capture_output=True, check=False)
    except FileNotFoundError as error:
        raise RepositoryError(f"{error.filename}: no such folder or program") from None
    lines = done.stdout.decode(errors="replace").splitlines()
    # Where a key is set more than once the last one counts.
    return {key: value.strip() for key, _, value in (line.partition(" ") for line in lines)}
