"""The plan in the record: versions that are proposed, in parts that fit an event, and versions that a body adopted.

They stand on the own subject of the function `NL.steering`, beside its proposals to move. Anybody who steers may
propose, also in a room that does not own the function; only the owner may say that a version was adopted, and the log
refuses an owner that was deposed meanwhile.

Between versions stand single changes that a form asks for: proposed, then taken in or refused by who is accountable.
They stand in the record as well, so that whoever takes the function over goes on with all that waited.
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
Wanted = Annotated[str, msgspec.Meta(min_length=2, max_length=16 * 1024)]
"""What a change asks, as the management side writes it (JSON)."""
Why = Annotated[str, msgspec.Meta(max_length=1_000)]
MAX_WAITING = 1_000
"""Changes that may wait at once."""


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


class PlanChangeProposed(Event, frozen=True, kw_only=True, tag="plan.change_proposed"):
    """A change to the plan waits for its owner. wanted: what, as the management side writes it (JSON)."""

    change: Id
    wanted: str
    by: Short
    date: str


class PlanChangeReviewed(Event, frozen=True, kw_only=True, tag="plan.change_reviewed"):
    """The accountable role took a change in, or refused it with a reason."""

    change: Id
    accepted: bool
    role: Short
    by: Short
    date: str
    reason: str = ""


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


class ProposeChange(Command, frozen=True, kw_only=True, tag="propose_change"):
    """Ask for a change; whoever gives this has looked whether the plan is good with it."""

    change: Id
    wanted: Wanted
    date: Day


class ReviewChange(Command, frozen=True, kw_only=True, tag="review_change"):
    """Take a change in, or refuse it."""

    change: Id
    accepted: bool
    role: Annotated[Short, msgspec.Meta(min_length=1)]
    date: Day
    reason: Why = ""


PlanCommand = StorePlanPart | ProposePlan | AdoptPlan | ProposeChange | ReviewChange


def functions_needed(command: PlanCommand) -> tuple[tuple[str, ...], ...]:
    """Of each inner tuple the room must own one."""
    return ((STEERING,),) if isinstance(command, AdoptPlan | ProposeChange | ReviewChange) else ()


def decide(adopted: str, waiting: tuple[str, ...], command: PlanCommand, context: Context) -> list[Event]:
    """What follows, or Refused: two versions cannot both be adopted after the same one, and a change is reviewed once.
    adopted: what is in force. waiting: changes that wait."""
    match command:
        case ProposeChange():
            if command.change in waiting:
                return []
            if len(waiting) >= MAX_WAITING:
                raise Refused("plan.too_many", count=len(waiting))
            return [
                PlanChangeProposed(change=command.change, wanted=command.wanted, by=context.actor, date=command.date)
            ]
        case ReviewChange():
            if command.change not in waiting:
                raise Refused("plan.change_gone")
            return [
                PlanChangeReviewed(
                    change=command.change,
                    accepted=command.accepted,
                    role=command.role,
                    by=context.actor,
                    date=command.date,
                    reason=command.reason,
                )
            ]
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
