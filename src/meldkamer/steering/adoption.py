"""Adoption: a body makes a version of the plan binding on a date, as a tag that shows when somebody tampers with it.

The tag holds the hash of all contents and the identity of the adoption before it. A tag that was moved, made anew or
left out breaks the row at the next one; the newest is held against the identity that was written down elsewhere.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterator
from pathlib import Path

import msgspec

from meldkamer.steering.difference import Difference, differences
from meldkamer.steering.faults import Fault, RepositoryError
from meldkamer.steering.load import load_plan
from meldkamer.steering.parties import Body
from meldkamer.steering.repository import git, own_repository
from meldkamer.steering.versions import commit_of, content_hash, plan_at

PREFIX = "adopted/"
LINE = re.compile(r"^(Body|Date|Content|Previous): (.*)$", re.MULTILINE)
NAME = re.compile(r"adopted/(\d{4})-(\d{4}-\d{2}-\d{2})-(\S+)", re.ASCII)


class Adoption(msgspec.Struct, frozen=True, kw_only=True):
    """One adopted version. identity: the tag's own hash, to be written down outside the repository."""

    tag: str
    identity: str
    commit: str
    body: str
    date: str
    content: str
    previous: str


def adopt(folder: Path, body: str, date: datetime.date, reason: str) -> Adoption:
    """Tag the present commit as adopted.

    Raises RepositoryError when something is not committed, the body is unknown, the row of adoptions is broken or a
    change since the last adoption has no reason; PlanError when the plan is not good.
    """
    own_repository(folder)
    plan = load_plan(folder)
    if body not in {record.id for record in plan.of(Body)}:
        raise RepositoryError(f"{body!r} is not the id of a body")
    if not reason.strip():
        raise RepositoryError("an adoption says why")
    if git(folder, "status", "--porcelain"):
        raise RepositoryError(f"{folder} holds changes that are not committed")
    if broken := list(check_adoptions(folder)):
        raise RepositoryError(str(broken[0]))
    earlier = adoptions(folder)
    previous = earlier[-1] if earlier else None
    if previous is not None:
        if date.isoformat() < previous.date:
            raise RepositoryError(f"{date} lies before the last adoption, {previous.date}")
        silent = [change.id for change in changes(folder, previous.tag, "HEAD") if not change.reasons]
        if silent:
            raise RepositoryError(f"changed since {previous.tag} without a reason: {', '.join(silent)}")
    tag = f"{PREFIX}{len(earlier) + 1:04d}-{date}-{body}"
    message = (
        f"{reason.strip()}\n\nBody: {body}\nDate: {date}\nContent: {content_hash(folder, 'HEAD')}\n"
        f"Previous: {previous.identity if previous else 'none'}\n"
    )
    git(folder, "-c", "tag.gpgSign=false", "tag", "--annotate", "--cleanup=verbatim", "--message", message, tag)
    return adoptions(folder)[-1]


def adoptions(folder: Path) -> list[Adoption]:
    """Every adoption, first to last, as the tags say; `check_adoptions` says whether they can be believed."""
    own_repository(folder)
    listed = git(folder, "for-each-ref", "--format=%(refname:short) %(objecttype) %(objectname)", f"refs/tags/{PREFIX}")
    found = []
    for line in sorted(listed.splitlines()):
        tag, kind, identity = line.split()
        said = dict(LINE.findall(git(folder, "cat-file", "-p", identity))) if kind == "tag" else {}
        found.append(
            Adoption(
                tag=tag,
                identity=identity,
                commit=commit_of(folder, tag),
                body=said.get("Body", ""),
                date=said.get("Date", ""),
                content=said.get("Content", ""),
                previous=said.get("Previous", ""),
            )
        )
    return found


def check_adoptions(folder: Path, expected: str = "") -> Iterator[Fault]:
    """A fault for every tag that is not what was adopted. expected: the identity of the newest, from elsewhere."""
    found = adoptions(folder)
    previous = "none"
    for number, adoption in enumerate(found, 1):
        name = NAME.fullmatch(adoption.tag)
        if not adoption.content:
            yield Fault(adoption.tag, 0, "", "was tampered with: it is not a tag that an adoption makes")
        elif name is None or (name[2], name[3]) != (adoption.date, adoption.body):
            yield Fault(adoption.tag, 0, "", f"was tampered with: inside stands {adoption.body}, {adoption.date}")
        elif int(name[1]) != number:
            yield Fault(adoption.tag, 0, "", f"is number {name[1]} where {number:04d} should stand: one is missing")
        elif content_hash(folder, adoption.commit) != adoption.content:
            yield Fault(adoption.tag, 0, "", "was tampered with: the contents are not those that were adopted")
        elif adoption.previous != previous:
            yield Fault(adoption.tag, 0, "", "the adoption before it was tampered with: it has another identity")
        previous = adoption.identity
    if expected and expected != (found[-1].identity if found else ""):
        newest = found[-1].tag if found else "adoptions"
        yield Fault(newest, 0, "", "was tampered with: its identity is not the expected one")


def changes(folder: Path, before: str, after: str) -> list[Difference]:
    """What changed between two revisions, each with its reasons."""
    return differences(plan_at(folder, before), plan_at(folder, after))
