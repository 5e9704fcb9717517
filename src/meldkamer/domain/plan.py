"""The plan in the record: versions that are proposed, in parts that fit an event, and versions that a body adopted.

They stand on the own subject of the function `NL.steering`, beside its proposals to move. Anybody who steers may
propose, also in a room that does not own the function; only the owner may say that a version was adopted, and the log
refuses an owner that was deposed meanwhile.
"""

from __future__ import annotations

from typing import Annotated

import msgspec

from meldkamer.domain.basics import Command, Context, Event, Id, Refused, Short

STEERING = "NL.steering"
"""The function that says what was adopted."""

MAX_PART = 128 * 1024
"""Bytes of one part; an event holds twice as much."""
MAX_PARTS = 400

Part = Annotated[bytes, msgspec.Meta(min_length=1, max_length=MAX_PART)]
Hash = Annotated[str, msgspec.Meta(pattern=r"^[0-9a-f]{64}$(?!\n)")]
"""Sha256, in hexadecimal."""
Commit = Annotated[str, msgspec.Meta(pattern=r"^[0-9a-f]{40}([0-9a-f]{24})?$(?!\n)")]
Day = Annotated[str, msgspec.Meta(pattern=r"^\d{4}-\d\d-\d\d$(?!\n)")]
Count = Annotated[int, msgspec.Meta(ge=1, le=MAX_PARTS)]


class PlanPartStored(Event, frozen=True, kw_only=True, tag="plan.part"):
    """A piece of the bundle of a proposal; n counts from 1."""

    proposal: Id
    n: int
    data: bytes


class PlanProposed(Event, frozen=True, kw_only=True, tag="plan.proposed"):
    """A version is there for all to see. content: over names and bytes of its files. bundle: over all parts together.

    A bundle holds the whole repository up to the commit, so that a room that missed others needs nothing else.
    """

    proposal: Id
    commit: str
    content: str
    bundle: str
    parts: int
    by: Short
    reason: Short


class PlanAdopted(Event, frozen=True, kw_only=True, tag="plan.adopted"):
    """A body made a version binding on a date. tag: the git tag that says so, as it is stored; identity: its hash.
    previous: content of the version before it; empty for the first."""

    proposal: Id
    commit: str
    content: str
    body: Short
    date: str
    identity: str
    tag: bytes
    previous: str = ""
    by: Short
    reason: Short


class StorePlanPart(Command, frozen=True, kw_only=True, tag="store_plan_part"):
    """Put a piece of a bundle where every room finds it."""

    proposal: Id
    n: Count
    data: Part


class ProposePlan(Command, frozen=True, kw_only=True, tag="propose_plan"):
    """Propose a version whose parts are stored."""

    proposal: Id
    commit: Commit
    content: Hash
    bundle: Hash
    parts: Count
    reason: Annotated[Short, msgspec.Meta(min_length=1)]


class AdoptPlan(Command, frozen=True, kw_only=True, tag="adopt_plan"):
    """Say that a body adopted a version. previous: the version that was in force as far as the writer knows."""

    proposal: Id
    commit: Commit
    content: Hash
    body: Annotated[Short, msgspec.Meta(min_length=1)]
    date: Day
    identity: Commit
    tag: Part
    previous: Hash | Annotated[str, msgspec.Meta(max_length=0)] = ""
    reason: Annotated[Short, msgspec.Meta(min_length=1)]


PlanCommand = StorePlanPart | ProposePlan | AdoptPlan


def functions_needed(command: PlanCommand) -> tuple[tuple[str, ...], ...]:
    """Of each inner tuple the room must own one."""
    return ((STEERING,),) if isinstance(command, AdoptPlan) else ()


def decide(adopted: str, command: PlanCommand, context: Context) -> list[Event]:
    """What follows, or Refused: two versions cannot both be adopted after the same one. adopted: what is in force."""
    match command:
        case StorePlanPart():
            return [PlanPartStored(proposal=command.proposal, n=command.n, data=command.data)]
        case ProposePlan():
            return [
                PlanProposed(
                    proposal=command.proposal,
                    commit=command.commit,
                    content=command.content,
                    bundle=command.bundle,
                    parts=command.parts,
                    by=context.actor,
                    reason=command.reason,
                )
            ]
        case AdoptPlan():
            if command.content == adopted:
                return []
            if command.previous != adopted:
                raise Refused("plan.moved_on", adopted=adopted[:12] or "-")
            return [
                PlanAdopted(
                    proposal=command.proposal,
                    commit=command.commit,
                    content=command.content,
                    body=command.body,
                    date=command.date,
                    identity=command.identity,
                    tag=command.tag,
                    previous=command.previous,
                    by=context.actor,
                    reason=command.reason,
                )
            ]
