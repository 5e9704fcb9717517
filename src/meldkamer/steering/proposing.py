"""A proposal: what somebody wants changed in the plan, written as the files would be, waiting for its owner.

Each is a commit under `refs/proposals/`, made from the newest version without touching the folder that a planner may be
working in. When its owner accepts it, the same change is made anew on what the plan has become meanwhile, so that two
proposals about one file do not get in each other's way; the body adopts later (see `adoption`).
"""

from __future__ import annotations

import datetime
import re
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import msgspec

from meldkamer.steering.difference import Difference, differences
from meldkamer.steering.editing import EditableField, set_fields, write_change
from meldkamer.steering.faults import RepositoryError
from meldkamer.steering.judging import write_judgement
from meldkamer.steering.load import load_plan
from meldkamer.steering.plan import Plan
from meldkamer.steering.proof.assessing import write_assessment
from meldkamer.steering.proof.records import DEGREES, Measure
from meldkamer.steering.record import Owned
from meldkamer.steering.repository import MAIL, git, own_repository
from meldkamer.steering.versions import plan_at

OPEN, REFUSED = "refs/proposals/", "refs/refused/"
ID = re.compile(r"[0-9a-f]{8,32}", re.ASCII)
_SAID = re.compile(r"^Proposal: (.*)$", re.MULTILINE)


Name = Annotated[str, msgspec.Meta(min_length=1, max_length=64)]
Reason = Annotated[str, msgspec.Meta(max_length=1_000)]


class Judged(msgspec.Struct, frozen=True, kw_only=True, tag="judgement", forbid_unknown_fields=True):
    """A party's judgement of a risk. role: who speaks for the party."""

    of: Name
    party: Name
    role: Name
    holds: bool
    likelihood: Annotated[int, msgspec.Meta(ge=0, le=100)] = 0
    impact: Annotated[int, msgspec.Meta(ge=0, le=100)] = 0
    reason: Reason


class Changed(msgspec.Struct, frozen=True, kw_only=True, tag="change", forbid_unknown_fields=True):
    """Fields of a record that become something else, and why. role: who asks."""

    of: Name
    role: Name
    fields: dict[EditableField, int | Name]
    reason: Reason


class Assessed(msgspec.Struct, frozen=True, kw_only=True, tag="assessment", forbid_unknown_fields=True):
    """What a party says of a measure: whether it applies, in what degree, and by what one sees it. role: who speaks for
    the party. reason: why it does not apply, or why this is said now."""

    of: Name
    party: Name
    role: Name
    applicable: bool
    degree: Annotated[int, msgspec.Meta(ge=0, le=DEGREES)] = 0
    evidence: Annotated[str, msgspec.Meta(max_length=1_000)] = ""
    reason: Reason


Wanted = Judged | Changed | Assessed


class Proposal(msgspec.Struct, frozen=True, kw_only=True):
    """A proposal as it waits. by: the account that made it. owner: the role that is accountable for what it is about.

    differences: from the version that it was made on; the record of its reason is left out.
    """

    id: str
    by: str
    date: datetime.date
    owner: str
    wanted: Wanted
    differences: list[Difference]


def propose(folder: Path, id: str, wanted: Wanted, by: str, date: datetime.date) -> None:
    """Write a proposal; once, however often it is asked under this id.

    Raises RepositoryError, and PlanError when the plan would be wrong with it.
    """
    own_repository(folder)
    if not ID.fullmatch(id):
        raise RepositoryError(f"{id!r} cannot be the id of a proposal")
    if not wanted.reason.strip():
        raise RepositoryError("a proposal says why")
    if (commit := _refs(folder).get(OPEN + id)) is not None:
        if _wanted(folder, commit) != wanted:
            raise RepositoryError(f"{id} is another proposal already")
        return
    with _worktree(folder) as tree:
        plan = load_plan(tree)
        _owner(plan, wanted.of)
        _write(tree, plan, wanted, date)
        said = msgspec.json.encode(wanted).decode()
        commit = _commit(tree, f"Propose: {wanted.reason.strip()}\n\nProposal: {said}\n", by, date)
    git(folder, "update-ref", OPEN + id, commit, "0" * 40)


def proposals(folder: Path) -> list[Proposal]:
    """Every proposal that waits, the oldest first."""
    own_repository(folder)
    return [_read(folder, ref, commit) for ref, commit in _refs(folder).items()]


def count_proposals(folder: Path) -> int:
    """How many wait, without reading what they hold."""
    own_repository(folder)
    return len(_refs(folder))


def review(folder: Path, id: str, *, by: str, role: str, accept: bool, reason: str, date: datetime.date) -> None:
    """The owner takes a proposal into the plan, or does not, with a reason.

    Raises RepositoryError when there is no such proposal, the role is not the accountable one, the reviewer made it,
    or the plan's folder holds changes of its own in the same files; PlanError when the plan would be wrong by now.
    """
    own_repository(folder)
    commit = _refs(folder).get(OPEN + id)
    if commit is None:
        raise RepositoryError("this proposal does not wait any more")
    waiting = _read(folder, OPEN + id, commit)
    if role != waiting.owner:
        raise RepositoryError(f"{waiting.owner} is accountable for {waiting.wanted.of}, not {role}")
    if by == waiting.by:
        raise RepositoryError("nobody reviews a proposal of their own")
    if not accept and not reason.strip():
        raise RepositoryError("a refusal says why")
    if accept:
        with _worktree(folder) as tree:
            _write(tree, load_plan(tree), waiting.wanted, waiting.date)
            said = f"{waiting.wanted.reason.strip()}\n\nProposed-by: {waiting.by}\nReviewed-by: {by}, {role}, {date}\n"
            made = _commit(tree, said + (f"Remark: {_line(reason)}\n" if reason.strip() else ""), waiting.by, date)
        git(folder, "merge", "--ff-only", "--quiet", made)
    else:
        note = f"Refused: {_line(reason)}\n\nRefused-by: {by}, {role}, {date}\n"
        said = git(folder, "log", "-1", "--format=%B", commit)
        with _worktree(folder, commit) as tree:
            kept = _commit(tree, f"{note}\n{said}\n", by, date)
        git(folder, "update-ref", REFUSED + id, kept)
    git(folder, "update-ref", "-d", OPEN + id, commit)


def _refs(folder: Path) -> dict[str, str]:
    """Refs of what waits and their commits, oldest first."""
    listed = git(folder, "for-each-ref", "--sort=authordate", "--format=%(refname) %(objectname)", OPEN)
    return dict(line.split(" ", 1) for line in listed.splitlines())


def _wanted(folder: Path, commit: str) -> Wanted:
    said = _SAID.search(git(folder, "log", "-1", "--format=%B", commit))
    if said is None:
        raise RepositoryError(f"{commit} was not made as a proposal")
    wanted: Wanted = msgspec.json.decode(said[1], type=Wanted)
    return wanted


def _read(folder: Path, ref: str, commit: str) -> Proposal:
    date, by = git(folder, "log", "-1", "--format=%as %an", commit).split(" ", 1)
    wanted = _wanted(folder, commit)
    before = plan_at(folder, f"{commit}^")
    return Proposal(
        id=ref.removeprefix(OPEN),
        by=by,
        date=datetime.date.fromisoformat(date),
        owner=_owner(before, wanted.of),
        wanted=wanted,
        differences=differences(before, plan_at(folder, commit)),
    )


def _write(tree: Path, plan: Plan, wanted: Wanted, date: datetime.date) -> None:
    of = wanted.of
    if isinstance(wanted, Assessed):
        of = write_assessment(
            tree,
            plan,
            measure=of,
            party=wanted.party,
            by=wanted.role,
            date=date,
            applicable=wanted.applicable,
            degree=wanted.degree,
            evidence=wanted.evidence,
            reason=wanted.reason,
        ).id
    elif isinstance(wanted, Judged):
        said: dict[str, Any] = {"risk": of, "party": wanted.party, "by": wanted.role, "date": date}
        said |= {"holds": wanted.holds, "likelihood": wanted.likelihood, "impact": wanted.impact}
        of = write_judgement(tree, **said, reason=wanted.reason).id
    else:
        set_fields(tree, plan, of, wanted.fields)
    write_change(tree, plan, of=of, reason=wanted.reason, by=wanted.role, date=date)
    load_plan(tree)


def _owner(plan: Plan, of: str) -> str:
    record = plan.by_id.get(of)
    if not isinstance(record, Owned | Measure):
        raise RepositoryError(f"{of!r} is no record that somebody is accountable for")
    return record.accountable


@contextmanager
def _worktree(folder: Path, commit: str = "HEAD") -> Iterator[Path]:
    """The plan at a commit in a folder of its own, gone at the end."""
    outer = Path(tempfile.mkdtemp(prefix="meldkamer-plan-"))
    tree = outer / "plan"
    try:
        git(folder, "worktree", "add", "--quiet", "--detach", str(tree), commit)
        yield tree
    finally:
        git(folder, "worktree", "remove", "--force", str(tree))
        shutil.rmtree(outer)


def _commit(tree: Path, message: str, by: str, date: datetime.date) -> str:
    author = f"{re.sub('[<>]', '', _line(by))} <{MAIL}>"
    git(tree, "add", "--all")
    git(
        tree, "-c", "commit.gpgSign=false", "commit", "--quiet", "--allow-empty", "--no-verify", "--cleanup=verbatim",
        f"--author={author}", f"--date={date}T12:00:00+00:00", "--message", message,
    )  # fmt: skip
    return git(tree, "rev-parse", "HEAD")


def _line(text: str) -> str:
    return " ".join(text.split())
