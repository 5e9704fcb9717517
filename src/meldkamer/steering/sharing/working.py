"""The folder in which the room that serves steering works on the plan, brought up to what the record says.

Whoever takes steering over goes on where the other one was: from the version in force, with everything that was taken
in since, and with everything that still waits. What a planner committed by hand, and no body adopted, stays in that
planner's folder: it was never said in the record.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence, Set
from functools import partial
from pathlib import Path

from meldkamer.steering.adoption import PREFIX
from meldkamer.steering.faults import PlanError, RepositoryError
from meldkamer.steering.proposing import Answered, Asked, keep_proposal, settle, settled, waiting
from meldkamer.steering.repository import git, is_repository
from meldkamer.steering.versions import content_hash

SAFE = ("-c", "core.symlinks=false", "-c", "core.hooksPath=/dev/null", "-c", "transfer.fsckObjects=true")
"""Files of others are files: no links out of the folder, no programs, no objects that are not whole."""


def bring_up(
    folder: Path,
    source: Path,
    in_force: str,
    asked: Sequence[Asked],
    answered: Sequence[Answered],
    contents: Set[str] = frozenset(),
) -> list[str]:
    """Make the folder what the record says, and return in words what could not be done.

    source: the room's copy; in_force: the commit in it, empty when nothing was adopted yet. asked: every change, oldest
    first; answered: in the order of the answers. contents: of every version that the record holds. Raises
    RepositoryError when the folder holds work of its own that went another way than what was adopted: that is for its
    planner to bring together.
    """
    if in_force:
        _follow(folder, source, in_force, {answer.id for answer in answered if answer.accepted}, contents)
    elif not is_repository(folder):
        return []
    known = {one.id: one for one in asked}
    problems = []
    done, here = settled(folder), waiting(folder)
    for answer in answered:
        if (one := known.get(answer.id)) is not None and (one.id not in done or one.id in here):
            problems += _tried(partial(settle, folder, one, answer), one.id)
    left = set(known) - {answer.id for answer in answered} - done - here
    for one in asked:
        if one.id in left:
            problems += _tried(partial(keep_proposal, folder, one), one.id)
    return problems


def _tried(work: Callable[[], None], id: str) -> list[str]:
    try:
        work()
    except (PlanError, RepositoryError) as error:
        return [f"{id[:8]}: {error}"]
    return []


def _follow(folder: Path, source: Path, commit: str, taken: set[str], contents: Set[str]) -> None:
    tags = f"refs/tags/{PREFIX}*:refs/tags/{PREFIX}*"
    if not is_repository(folder):
        folder.mkdir(parents=True, exist_ok=True)
        git(folder, "init", "--quiet", "--template=", "--initial-branch=main")
        git(folder, *SAFE, "fetch", "--quiet", "--no-tags", str(source), tags)
        git(folder, *SAFE, "checkout", "--quiet", "-B", "main", commit)
        return
    if _has(folder, commit) and _leads_to(folder, commit, "HEAD"):
        return
    git(folder, *SAFE, "fetch", "--quiet", "--no-tags", str(source), tags)
    if _leads_to(folder, commit, "HEAD"):
        return
    if _leads_to(folder, "HEAD", commit):
        git(folder, *SAFE, "merge", "--ff-only", "--quiet", commit)
        return
    own = git(folder, "log", "--format=%H %(trailers:key=Change,valueonly,separator=%x2C)", f"{commit}..HEAD")
    rows = [line.partition(" ") for line in own.splitlines()]
    ours = any(change not in taken for _, _, change in rows) and content_hash(folder, "HEAD") not in contents
    if git(folder, "status", "--porcelain") or ours:
        force = commit[:12]
        raise RepositoryError(f"{folder} holds work that is not in the version in force; git rebase it onto {force}")
    # All that stands here the record holds: a version, or changes on an older one, which are made again on this one.
    git(folder, *SAFE, "checkout", "--quiet", "-B", git(folder, "branch", "--show-current") or "main", commit)


def _has(folder: Path, commit: str) -> bool:
    try:
        git(folder, "cat-file", "-e", f"{commit}^{{commit}}")
    except RepositoryError:
        return False
    return True


def _leads_to(folder: Path, first: str, last: str) -> bool:
    return git(folder, "rev-list", "--max-count=1", first, f"^{last}") == ""
