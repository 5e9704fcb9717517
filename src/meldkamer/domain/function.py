"""Ownership of functions: who serves what, since when, and the two-sided way back.

`FunctionOwned` is the fence record: it stands alone on the fence subject, and its sequence is the token that every
owner-only append must carry. Proposals and consents stand on the function's own subject beside it.
"""

from __future__ import annotations

from typing import Literal

import msgspec

from meldkamer.domain.basics import Command, Context, Event, FunctionName, Refused, Short
from meldkamer.domain.clock import Millis
from meldkamer.domain.plan import PlanAdopted, PlanChangeProposed, PlanChangeReviewed
from meldkamer.domain.travel import TravelTable, TravelTimesAdopted, adopted_after

Ground = Literal["first", "declared", "lapsed", "agreed", "resumed"]
"""first: nobody ever owned it. declared: a person declared the room down. lapsed: its heart-beat stopped.
agreed: both sides agreed. resumed: the room finds itself the owner after a restart and starts a new epoch."""


class FunctionOwned(Event, frozen=True, kw_only=True, tag="function.owned"):
    """The fence record: from here on this room owns the function, and nobody before it does."""

    function: FunctionName
    owner: Short
    epoch: int
    ground: Ground
    previous: Short = ""
    reason: Short = ""
    rule: Short = ""
    by: Short = ""


class TransferProposed(Event, frozen=True, kw_only=True, tag="function.transfer_proposed"):
    """One side wants the function to move (hand-back, or help at peak load); the other must agree."""

    function: FunctionName
    to: Short
    by: Short
    room: Short
    reason: Short = ""


class TransferDeclined(Event, frozen=True, kw_only=True, tag="function.transfer_declined"):
    """The proposal is off."""

    function: FunctionName
    by: Short
    reason: Short = ""


class TakeoverAcknowledged(Event, frozen=True, kw_only=True, tag="function.takeover_acknowledged"):
    """The receiving Caco has seen what came by rule."""

    function: FunctionName
    by: Short


class TakeoverRead(Event, frozen=True, kw_only=True, tag="function.takeover_read"):
    """Somebody of the receiving room who may serve it has read what came with it. seat: where that was."""

    function: FunctionName
    by: Short
    seat: Short = ""


class Proposal(msgspec.Struct, frozen=True, kw_only=True):
    """An open proposal to move a function."""

    to: str
    by: str
    room: str
    at: Millis
    reason: str = ""


class Function(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of a function. token: sequence of the newest fence record in the region's stream (0 = none).
    read: who of its owner said that they read what came with it, since it came.

    Of the function that steers: adopted: content of the plan in force; changes: what waits there for its owner; travel:
    the tables that correct travel times, as they were taken into force, the newest last.
    """

    name: str
    owner: str = ""
    epoch: int = 0
    token: int = 0
    since: Millis = 0
    ground: str = ""
    previous: str = ""
    reason: str = ""
    rule: str = ""
    proposal: Proposal | None = None
    acknowledged: bool = True
    read: tuple[str, ...] = ()
    adopted: str = ""
    changes: tuple[str, ...] = ()
    travel: tuple[TravelTable, ...] = ()


class TakeFunction(Command, frozen=True, kw_only=True, tag="take_function"):
    """Make a room the owner. `permitted` is established by the network before the rules are asked."""

    function: FunctionName
    to: Short
    ground: Ground
    reason: Short = ""
    rule: Short = ""


class ProposeTransfer(Command, frozen=True, kw_only=True, tag="propose_transfer"):
    """Propose that a function moves to another room."""

    function: FunctionName
    to: Short
    reason: Short = ""


class AnswerTransfer(Command, frozen=True, kw_only=True, tag="answer_transfer"):
    """Agree to a proposal, or decline it."""

    function: FunctionName
    agree: bool
    reason: Short = ""


class AcknowledgeTakeover(Command, frozen=True, kw_only=True, tag="acknowledge_takeover"):
    """The receiving Caco has seen it."""

    function: FunctionName


class ReadTakeover(Command, frozen=True, kw_only=True, tag="read_takeover"):
    """Whoever may serve it in the receiving room has read what came with it."""

    function: FunctionName


FunctionCommand = TakeFunction | ProposeTransfer | AnswerTransfer | AcknowledgeTakeover | ReadTakeover


def decide(function: Function, command: FunctionCommand, context: Context) -> list[Event]:
    """What follows, or Refused. Agreement ends in a FunctionOwned, which the caller writes to the fence subject."""
    match command:
        case TakeFunction():
            return _take(function, command, context)
        case ProposeTransfer():
            if not function.owner:
                raise Refused("function.unowned", function=function.name)
            if command.to == function.owner:
                raise Refused("function.already_there", function=function.name, room=command.to)
            if context.room not in (function.owner, command.to):
                raise Refused("function.not_a_party", function=function.name, room=context.room)
            if function.proposal is not None:
                raise Refused("function.proposal_open", function=function.name, to=function.proposal.to)
            return [
                TransferProposed(
                    function=function.name, to=command.to, by=context.actor, room=context.room, reason=command.reason
                )
            ]
        case AnswerTransfer():
            return _answer(function, command, context)
        case AcknowledgeTakeover():
            if context.room != function.owner:
                raise Refused("function.not_owner", function=function.name, owner=function.owner)
            return [] if function.acknowledged else [TakeoverAcknowledged(function=function.name, by=context.actor)]
        case ReadTakeover():
            if context.room != function.owner:
                raise Refused("function.not_owner", function=function.name, owner=function.owner)
            if function.ground == "first" or context.actor in function.read:
                return []
            return [TakeoverRead(function=function.name, by=context.actor, seat=context.seat)]


def _take(function: Function, command: TakeFunction, context: Context) -> list[Event]:
    if command.ground == "first" and function.owner:
        raise Refused("function.owned", function=function.name, owner=function.owner)
    if function.owner == command.to and command.ground != "resumed":
        return []
    if command.ground == "resumed" and function.owner != command.to:
        raise Refused("function.not_owner", function=function.name, owner=function.owner)
    if command.ground == "declared" and not command.reason:
        raise Refused("function.reason_needed", function=function.name)
    return [_owned(function, command.to, command.ground, command.reason, command.rule, context.actor)]


def _answer(function: Function, command: AnswerTransfer, context: Context) -> list[Event]:
    proposal = function.proposal
    if proposal is None:
        raise Refused("function.no_proposal", function=function.name)
    parties = {function.owner, proposal.to}
    if context.room not in parties:
        raise Refused("function.not_a_party", function=function.name, room=context.room)
    if not command.agree:
        return [TransferDeclined(function=function.name, by=context.actor, reason=command.reason)]
    if context.room == proposal.room:
        raise Refused("function.other_side_must_agree", function=function.name)
    return [_owned(function, proposal.to, "agreed", proposal.reason, "", context.actor)]


def _owned(function: Function, to: str, ground: Ground, reason: str, rule: str, by: str) -> FunctionOwned:
    return FunctionOwned(
        function=function.name,
        owner=to,
        epoch=function.epoch + 1,
        ground=ground,
        previous=function.owner,
        reason=reason,
        rule=rule,
        by=by,
    )


def evolve(function: Function, event: Event, occurred: Millis, seq: int) -> Function:
    """The function after the event. seq: the entry's region sequence (the token, when it is a fence record)."""
    replace = msgspec.structs.replace
    match event:
        case FunctionOwned():
            return Function(
                name=function.name,
                owner=event.owner,
                epoch=event.epoch,
                token=seq,
                since=occurred,
                ground=event.ground,
                previous=event.previous,
                reason=event.reason,
                rule=event.rule,
                acknowledged=event.ground not in ("declared", "lapsed"),
                # The room that has it began anew after a restart: nothing came that they have not read.
                read=function.read if event.ground == "resumed" else (),
                adopted=function.adopted,
                changes=function.changes,
                travel=function.travel,
            )
        case TransferProposed():
            proposal = Proposal(to=event.to, by=event.by, room=event.room, at=occurred, reason=event.reason)
            return replace(function, proposal=proposal)
        case TransferDeclined():
            return replace(function, proposal=None)
        case TakeoverAcknowledged():
            return replace(function, acknowledged=True, read=_with(function.read, event.by))
        case TakeoverRead():
            return replace(function, read=_with(function.read, event.by))
        case PlanAdopted():
            return replace(function, adopted=event.content)
        case PlanChangeProposed():
            return replace(function, changes=(*function.changes, event.change))
        case PlanChangeReviewed():
            return replace(function, changes=tuple(one for one in function.changes if one != event.change))
        case TravelTimesAdopted():
            return replace(function, travel=adopted_after(function.travel, event, occurred))
    return function


def _with(read: tuple[str, ...], person: str) -> tuple[str, ...]:
    return read if person in read else (*read, person)
