"""From a planner's repository to the commands that put it in the record."""

from __future__ import annotations

import asyncio
import datetime
import hashlib
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Protocol, TypeVar

from meldkamer.domain.basics import Command
from meldkamer.domain.plan import MAX_PART, MAX_PARTS, AdoptPlan, ProposePlan, StorePlanPart
from meldkamer.steering.adoption import Adoption, adopt, adoptions
from meldkamer.steering.faults import RepositoryError
from meldkamer.steering.load import load_plan
from meldkamer.steering.repository import git, git_bytes, own_repository
from meldkamer.steering.versions import commit_of, content_hash

T = TypeVar("T")

Send = Callable[[Command], Awaitable[object]]
"""Carries out one command in a room; raises when it was not done."""


class Aside(Protocol):
    """Does something that blocks where it hinders nobody."""

    def __call__(self, work: Callable[[], T], /) -> Awaitable[T]: ...


async def to_thread(work: Callable[[], T], /) -> T:
    """In a thread."""
    return await asyncio.to_thread(work)


def proposal_commands(folder: Path, proposal: str, reason: str) -> Iterator[Command]:
    """The commands that propose what is committed now, parts first, so that a proposal is whole when it is seen.

    Raises RepositoryError when something is not committed or the whole is too large, PlanError when it is not good.
    """
    own_repository(folder)
    load_plan(folder)
    if not reason.strip():
        raise RepositoryError("a proposal says why")
    if git(folder, "status", "--porcelain"):
        raise RepositoryError(f"{folder} holds changes that are not committed")
    bundle = git_bytes(folder, "bundle", "create", "--quiet", "-", "HEAD")
    parts = [bundle[at : at + MAX_PART] for at in range(0, len(bundle), MAX_PART)]
    if len(parts) > MAX_PARTS:
        raise RepositoryError(f"the repository is {len(bundle)} bytes; the record takes {MAX_PART * MAX_PARTS}")
    for n, data in enumerate(parts, 1):
        yield StorePlanPart(proposal=proposal, n=n, data=data)
    yield ProposePlan(
        proposal=proposal,
        commit=commit_of(folder, "HEAD"),
        content=content_hash(folder, "HEAD"),
        bundle=hashlib.sha256(bundle).hexdigest(),
        parts=len(parts),
        reason=reason.strip(),
    )


async def adopt_shared(
    folder: Path, proposal: str, body: str, date: datetime.date, reason: str, send: Send, aside: Aside = to_thread
) -> Adoption:
    """Adopt what is committed, and say so in the record; when the record refuses, nothing was adopted here either.

    proposal: the one that was proposed before. aside: does what takes git, away from the loop. Raises RepositoryError,
    PlanError, and what `send` and `aside` raise.
    """

    def tag() -> tuple[Adoption, AdoptPlan]:
        earlier = adoptions(folder)
        done = adopt(folder, body, date, reason)
        return done, adoption_command(folder, proposal, done, earlier[-1].content if earlier else "", reason)

    done, command = await aside(tag)
    try:
        await send(command)
    except BaseException:
        await aside(lambda: git(folder, "tag", "--delete", done.tag))
        raise
    return done


async def propose_and_adopt(
    folder: Path, proposal: str, body: str, date: datetime.date, reason: str, send: Send, aside: Aside = to_thread
) -> Adoption:
    """As `adopt_shared`, for what nobody proposed in the record yet: the files go there first.

    The same proposal id sends the same commands, so that what was cut off can be done again.
    """
    for command in await aside(lambda: list(proposal_commands(folder, proposal, reason))):
        await send(command)
    return await adopt_shared(folder, proposal, body, date, reason, send, aside)


def adoption_command(folder: Path, proposal: str, done: Adoption, previous: str, reason: str) -> AdoptPlan:
    """The command that says in the record what a tag says in the files."""
    return AdoptPlan(
        proposal=proposal,
        commit=done.commit,
        content=done.content,
        body=done.body,
        date=done.date,
        identity=done.identity,
        tag=git_bytes(folder, "cat-file", "tag", done.identity),
        previous=previous,
        reason=reason.strip(),
    )
