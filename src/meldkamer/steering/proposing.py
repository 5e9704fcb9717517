"""A proposal: what somebody wants changed in the plan, written as the files would be, waiting for its owner.

Each is a commit under `refs/proposals/`, made from the newest version without touching the folder that a planner may be
working in. When its owner accepts it, the same change is made anew on what the plan has become meanwhile, so that two
proposals about one file do not get in each other's way; the body adopts later (see `adoption`).

What was asked and what was answered stands in the record (see `sharing.working`); what stands here follows from it. The
same change on the same version is the same commit, whichever room makes it.
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

from meldkamer.steering.continuity.records import Maturity, Notification
from meldkamer.steering.difference import Difference, differences
from meldkamer.steering.editing import add_record, counterparts, set_fields, write_change
from meldkamer.steering.faults import Fault, PlanError, RepositoryError
from meldkamer.steering.judging import write_judgement
from meldkamer.steering.load import load_plan, read_plan
from meldkamer.steering.plan import Plan
from meldkamer.steering.portfolio import Demand
from meldkamer.steering.proof.assessing import write_assessment
from meldkamer.steering.proof.records import DEGREES, Measure
from meldkamer.steering.record import Owned
from meldkamer.steering.repository import MAIL, git, git_bytes, own_repository
from meldkamer.steering.versions import plan_at

OPEN, REFUSED = "refs/proposals/", "refs/refused/"
ID = re.compile(r"[0-9a-f]{8,32}", re.ASCII)
_SAID = re.compile(r"^Proposal: (.*)$", re.MULTILINE)
_TAKEN = re.compile(r"^Change: ([0-9a-f]{8,32})$", re.MULTILINE | re.ASCII)


Name = Annotated[str, msgspec.Meta(min_length=1, max_length=64)]
Reason = Annotated[str, msgspec.Meta(max_length=1_000)]
Value = bool | int | Annotated[str, msgspec.Meta(max_length=4_000)] | list[int | Name]
Fields = Annotated[dict[Name, Value], msgspec.Meta(max_length=40)]


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
    """Fields of a record that become something else, by their names in the file, and why. role: who asks."""

    of: Name
    role: Name
    fields: Fields
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


class Added(msgspec.Struct, frozen=True, kw_only=True, tag="addition", forbid_unknown_fields=True):
    """A new record of a kind, under an id that nothing in the plan has yet, and why. role: who asks."""

    of: Name
    kind: Name
    role: Name
    fields: Fields
    reason: Reason


Wanted = Judged | Changed | Assessed | Added
LONGEST = 16 * 1024
"""Bytes that a proposal takes at most: it travels as one event."""


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


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """Who asked what, and when."""

    id: str
    wanted: Wanted
    by: str
    date: datetime.date


class Answered(msgspec.Struct, frozen=True, kw_only=True):
    """What the accountable role said of it."""

    id: str
    accepted: bool
    role: str
    by: str
    date: datetime.date
    reason: str = ""


def check_proposal(folder: Path, asked: Asked) -> str:
    """The commit that it would be, held by nothing yet; empty when it waits here already.

    Raises RepositoryError, and PlanError when the plan would be wrong with it.
    """
    own_repository(folder)
    if not ID.fullmatch(asked.id):
        raise RepositoryError(f"{asked.id!r} cannot be the id of a proposal")
    if len(msgspec.json.encode(asked.wanted)) > LONGEST:
        raise RepositoryError("this is too long for a form; change it in its file")
    if not asked.wanted.reason.strip():
        raise RepositoryError("a proposal says why")
    if (commit := _refs(folder).get(OPEN + asked.id)) is not None:
        if _wanted(folder, commit) != asked.wanted:
            raise RepositoryError(f"{asked.id} is another proposal already")
        return ""
    return _make(folder, asked, new=True)


def keep_proposal(folder: Path, asked: Asked, made: str = "") -> None:
    """Write a proposal; once, however often it is asked. made: what `check_proposal` gave just now. Raises as that."""
    made = made or check_proposal(folder, asked)
    if made and asked.id not in {*waiting(folder), *settled(folder)}:
        git(folder, "update-ref", OPEN + asked.id, made, "0" * 40)


def propose(folder: Path, id: str, wanted: Wanted, by: str, date: datetime.date) -> None:
    """Check a proposal and write it, in this folder alone. Raises as `check_proposal`."""
    keep_proposal(folder, Asked(id=id, wanted=wanted, by=by, date=date))


def _make(folder: Path, asked: Asked, new: bool = False) -> str:
    with _worktree(folder) as tree:
        plan = load_plan(tree)
        different = _write(tree, plan, asked.wanted, asked.date)
        if new and not different:
            raise RepositoryError(f"{asked.wanted.of} is so already")
        _owner(plan, load_plan(tree), asked.wanted.of)
        said = msgspec.json.encode(asked.wanted).decode()
        # On one line: a reason must not say by a line of its own what was asked or taken in.
        message = f"Propose: {_line(asked.wanted.reason)}\n\nProposal: {said}\n"
        return _commit(tree, message, asked.by, asked.date)


def proposals(folder: Path) -> list[Proposal]:
    """Every proposal that waits, the oldest first."""
    own_repository(folder)
    return [_read(folder, ref, commit) for ref, commit in _refs(folder).items()]


def count_proposals(folder: Path) -> int:
    """How many wait, without reading what they hold."""
    own_repository(folder)
    return len(_refs(folder))


def check_review(folder: Path, answer: Answered) -> tuple[Asked, str]:
    """What was asked, and the commit that takes it in (empty for a refusal), held by nothing yet.

    Raises RepositoryError when there is no such proposal, the role is not the accountable one, the reviewer made it, or
    the plan's folder holds changes of its own in the same files; PlanError when the plan would be wrong by now.
    """
    own_repository(folder)
    commit = _refs(folder).get(OPEN + answer.id)
    if commit is None:
        raise RepositoryError("this proposal does not wait any more")
    found = _read(folder, OPEN + answer.id, commit)
    if answer.role != found.owner:
        raise RepositoryError(f"{found.owner} is accountable for {found.wanted.of}, not {answer.role}")
    if answer.by == found.by:
        raise RepositoryError("nobody reviews a proposal of their own")
    if not answer.accepted and not answer.reason.strip():
        raise RepositoryError("a refusal says why")
    asked = Asked(id=answer.id, wanted=found.wanted, by=found.by, date=found.date)
    made = ""
    if answer.accepted:
        made = _take_in(folder, asked, answer)
        touched = set(git(folder, "diff", "--name-only", "--no-renames", "HEAD", made).splitlines())
        listed = git(folder, "status", "--porcelain", "--untracked-files=all").splitlines()
        if mine := sorted(touched & {line[2:].strip() for line in listed}):
            raise RepositoryError(f"{', '.join(mine)}: holds changes that are not committed")
    return asked, made


def settle(folder: Path, asked: Asked, answer: Answered, made: str = "") -> None:
    """Do what was answered; once, however often it is asked. made: what `check_review` gave, which holds as long as the
    plan is what it was then. Raises RepositoryError, PlanError."""
    if asked.id not in settled(folder):
        if answer.accepted:
            if not made or git(folder, "rev-parse", f"{made}^") != git(folder, "rev-parse", "HEAD"):
                made = _take_in(folder, asked, answer)
            git(folder, "merge", "--ff-only", "--quiet", made)
        else:
            commit = _refs(folder).get(OPEN + asked.id) or _make(folder, asked)
            note = f"Refused: {_line(answer.reason)}\n\nRefused-by: {answer.by}, {answer.role}, {answer.date}\n"
            said = git(folder, "log", "-1", "--format=%B", commit)
            with _worktree(folder, commit) as tree:
                kept = _commit(tree, f"{note}\n{said}\n", answer.by, answer.date)
            git(folder, "update-ref", REFUSED + asked.id, kept)
    if OPEN + asked.id in _refs(folder):
        git(folder, "update-ref", "-d", OPEN + asked.id)


def review(folder: Path, id: str, *, by: str, role: str, accept: bool, reason: str, date: datetime.date) -> None:
    """Check an answer and do it, in this folder alone. Raises as `check_review`."""
    answer = Answered(id=id, accepted=accept, role=role, by=by, date=date, reason=reason)
    asked, made = check_review(folder, answer)
    settle(folder, asked, answer, made)


def waiting(folder: Path) -> set[str]:
    """Ids of what waits here."""
    return {ref.removeprefix(OPEN) for ref in _refs(folder)}


def settled(folder: Path) -> set[str]:
    """Ids of what was taken in, by the newest version, or refused."""
    taken = set(_TAKEN.findall(git(folder, "log", "--format=%B", "HEAD")))
    refused = git(folder, "for-each-ref", "--format=%(refname)", REFUSED).splitlines()
    return taken | {ref.removeprefix(REFUSED) for ref in refused}


def _take_in(folder: Path, asked: Asked, answer: Answered) -> str:
    with _worktree(folder) as tree:
        _write(tree, load_plan(tree), asked.wanted, asked.date)
        said = f"{_line(asked.wanted.reason)}\n\nProposed-by: {_line(asked.by)}\n"
        said += f"Reviewed-by: {_line(answer.by)}, {answer.role}, {answer.date}\nChange: {asked.id}\n"
        remark = f"Remark: {_line(answer.reason)}\n" if answer.reason.strip() else ""
        return _commit(tree, said + remark, asked.by, answer.date)


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
    before, after = plan_at(folder, f"{commit}^"), plan_at(folder, commit)
    return Proposal(
        id=ref.removeprefix(OPEN),
        by=by,
        date=datetime.date.fromisoformat(date),
        owner=_owner(before, after, wanted.of),
        wanted=wanted,
        differences=differences(before, after),
    )


def _write(tree: Path, plan: Plan, wanted: Wanted, date: datetime.date) -> bool:
    """Write what is wanted, with its reason, and check the whole; whether anything is different then."""
    of, different = wanted.of, True
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
        if isinstance(wanted, Added):
            add_record(tree, plan, wanted.kind, of, wanted.fields)
        else:
            different = set_fields(tree, plan, of, wanted.fields)
        for other, fields in counterparts(plan, _reread(tree), of).items():
            set_fields(tree, _reread(tree), other, fields)
            write_change(tree, _reread(tree), of=other, reason=wanted.reason, by=wanted.role, date=date)
    write_change(tree, _reread(tree), of=of, reason=wanted.reason, by=wanted.role, date=date)
    load_plan(tree)
    return different


def _reread(tree: Path) -> Plan:
    """The plan as it stands half-way, not yet checked as a whole. Raises PlanError when it cannot be read."""
    faults: list[Fault] = []
    plan = read_plan(tree, faults)
    if plan is None:
        raise PlanError("the proposal", faults)
    return plan


def _owner(before: Plan, after: Plan, of: str) -> str:
    """Who reviews: the role that is accountable now, or that of a new record; the plan's keeper for what has none."""
    record = before.by_id.get(of) or after.by_id.get(of)
    if isinstance(record, Maturity | Notification):
        record = after.by_id.get(record.process if isinstance(record, Maturity) else record.notifiable)
    if isinstance(record, Owned | Measure):
        return record.accountable
    owner = record.owner if isinstance(record, Demand) else before.manifest.keeper
    if record is None or not owner:
        raise RepositoryError(f"{of!r} is no record that somebody is accountable for")
    return owner


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
    author, moment = f"{re.sub('[<>]', '', _line(by))} <{MAIL}>", f"{date}T12:00:00+00:00"
    git(tree, "add", "--all")
    git_bytes(
        tree, "-c", "commit.gpgSign=false", "commit", "--quiet", "--allow-empty", "--no-verify", "--cleanup=verbatim",
        f"--author={author}", f"--date={moment}", "--message", message, moment=moment,
    )  # fmt: skip
    return git(tree, "rev-parse", "HEAD")


def _line(text: str) -> str:
    return " ".join(text.split())
