"""A call: one contact from outside over any channel, from its arrival until nobody owes the caller anything."""

from __future__ import annotations

import enum
from typing import Annotated, Literal

import msgspec

from meldkamer.domain.basics import (
    Command,
    Context,
    Event,
    FunctionName,
    Id,
    Location,
    Mask,
    Priority,
    Ref,
    Refused,
    Region,
    SealedCaller,
    Short,
    Text,
)
from meldkamer.domain.clock import Millis

Channel = Annotated[str, msgspec.Meta(min_length=1, max_length=24)]
Language = Annotated[str, msgspec.Meta(max_length=3, pattern=r"^([a-z]{2,3})?$(?!\n)")]
"""Code of ISO 639; empty: none."""
Way = Annotated[str, msgspec.Meta(min_length=1, max_length=24, pattern=r"^[a-z][a-z0-9_]*$(?!\n)")]
"""Something to know of how to speak with a caller, by its code in the country's list."""


BACK_TERM: Millis = 5 * 60_000
"""Whoever said that they would call back has so long before a colleague may take it over."""

BackResult = Literal["reached", "no_answer", "not_needed", "wrong_number", "given_up"]
"""What came of calling back. not_needed: known from another call. given_up: tried often enough."""


class CallState(enum.Enum):
    """queued: waits for a person. offered: rings at a seat. answered: in conversation. abandoned: hung up before."""

    QUEUED = "queued"
    OFFERED = "offered"
    ANSWERED = "answered"
    ENDED = "ended"
    ABANDONED = "abandoned"


class CallReceived(Event, frozen=True, kw_only=True, tag="call.received"):
    """The contact arrived and waits at a function. source: extra data of the channel as JSON text, kept as it came."""

    function: FunctionName
    channel: Channel
    line: Short = ""
    disciplines: Mask = ""
    class_hint: Short = ""
    priority_hint: Priority | None = None
    location: Location | None = None
    test: bool = False
    number: SealedCaller = None
    name: SealedCaller = None
    said: SealedCaller = None
    source: SealedCaller = None


class Figures(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a rule of the distribution looked at; only what counted is given.

    waited: seconds it rang where it rang before. idle: seconds that the chosen seat was free. waiting: calls of this
    kind that waited at the owner. seats: people there who may answer it and were not talking. limit: the bound that
    was passed (seconds for the ring time, calls per seat for the load). preference: of the chosen room, 5 to 1.
    """

    waited: float = 0.0
    idle: float = 0.0
    waiting: int = 0
    seats: int = 0
    limit: float = 0.0
    preference: int = 0


class CallOffered(Event, frozen=True, kw_only=True, tag="call.offered"):
    """The call rings in a room (at a seat, when the rule chose one). rule, figures: why there.

    owner: the room that owned the call's function and sent it there; empty when nobody owned it.
    """

    room: Short
    seat: Short = ""
    rule: Short
    owner: Short = ""
    figures: Figures | None = None


class CallAnswered(Event, frozen=True, kw_only=True, tag="call.answered"):
    """A person took it."""

    by: Short
    room: Short
    seat: Short = ""


class CallTransferred(Event, frozen=True, kw_only=True, tag="call.transferred"):
    """Handed to another function with a summary; it waits again until somebody there answers."""

    function: FunctionName
    disciplines: Mask = ""
    by: Short
    summary: SealedCaller = None


class CallAbandoned(Event, frozen=True, kw_only=True, tag="call.abandoned"):
    """The caller hung up before anybody answered: it goes to the call-back list."""


class CallEnded(Event, frozen=True, kw_only=True, tag="call.ended"):
    """The conversation is over. reason: done, silent, pocket, misuse, not_urgent, wrong_number, dropped, test."""

    reason: Short
    by: Short = ""


class CallBackTaken(Event, frozen=True, kw_only=True, tag="call.back_taken"):
    """Somebody is going to call back, so that nobody else does."""

    by: Short
    room: Short


class CallBackTried(Event, frozen=True, kw_only=True, tag="call.back_tried"):
    """Somebody called back. A result other than `no_answer` takes it from the call-back list."""

    result: Short
    by: Short


class CallerIdentified(Event, frozen=True, kw_only=True, tag="call.identified"):
    """Name or number became known or was corrected."""

    by: Short
    number: SealedCaller = None
    name: SealedCaller = None


class CallSpeakingNoted(Event, frozen=True, kw_only=True, tag="call.speaking_noted"):
    """How to speak with the caller became known, changed, or was taken back. language: code of ISO 639; ways: codes
    with blanks between.

    has_language, has_ways: whether there is one after this, None where this says nothing of it. They stand in the open,
    so that lists show that there is something to know; what it is tells of health or descent, and is sealed.
    """

    by: Short
    has_language: bool | None = None
    has_ways: bool | None = None
    language: SealedCaller = None
    ways: SealedCaller = None


class CallLocated(Event, frozen=True, kw_only=True, tag="call.located"):
    """One more statement about where the caller is; none replaces another."""

    location: Location


class CallLinked(Event, frozen=True, kw_only=True, tag="call.linked"):
    """The call belongs to this incident."""

    incident: Ref


class Call(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of a call. Times in milliseconds UTC. Personal fields are None when not given or not readable.

    rule, owner, figures: why it rings where it rings. call_back_by: who is calling back, since call_back_at;
    call_back_result: what came of it last. language_noted, ways_noted: since when there is a language, or something
    else to know of how to speak with the caller; 0 while there is none.
    """

    ref: str
    state: CallState
    function: str
    channel: str
    received: Millis
    line: str = ""
    disciplines: str = ""
    class_hint: str = ""
    priority_hint: int | None = None
    locations: tuple[Location, ...] = ()
    test: bool = False
    number: str | None = None
    name: str | None = None
    said: str | None = None
    source: str | None = None
    summary: str | None = None
    room: str = ""
    seat: str = ""
    rule: str = ""
    owner: str = ""
    figures: Figures | None = None
    waiting_since: Millis = 0
    answered: Millis | None = None
    answered_by: str = ""
    ended: Millis | None = None
    end_reason: str = ""
    call_back: Literal["", "due", "done"] = ""
    call_backs: int = 0
    call_back_by: str = ""
    call_back_at: Millis = 0
    call_back_result: str = ""
    incidents: tuple[str, ...] = ()
    language: str | None = None
    ways: str | None = None
    language_noted: Millis = 0
    ways_noted: Millis = 0

    @property
    def waiting(self) -> bool:
        """Whether a caller is waiting for a person right now."""
        return self.state in (CallState.QUEUED, CallState.OFFERED)


# --- commands -------------------------------------------------------------------------------------------------------


class ReceiveCall(Command, frozen=True, kw_only=True, tag="receive_call"):
    """A contact arrives at a function. Given by a channel, never refused for what it does not know."""

    call: Id
    region: Region
    function: FunctionName
    channel: Channel
    line: Short = ""
    disciplines: Mask = ""
    class_hint: Short = ""
    priority_hint: Priority | None = None
    location: Location | None = None
    test: bool = False
    number: Short | None = None
    name: Short | None = None
    said: Text | None = None
    source: Text | None = None


class OfferCall(Command, frozen=True, kw_only=True, tag="offer_call"):
    """Let it ring in a room; given by the distribution rule."""

    call: Ref
    room: Short
    seat: Short = ""
    rule: Short
    owner: Short = ""
    figures: Figures | None = None


class AnswerCall(Command, frozen=True, kw_only=True, tag="answer_call"):
    """Take it. First come, first served: the record refuses the second."""

    call: Ref


class TransferCall(Command, frozen=True, kw_only=True, tag="transfer_call"):
    """Hand it to another function."""

    call: Ref
    function: FunctionName
    disciplines: Mask = ""
    summary: Text | None = None


class AbandonCall(Command, frozen=True, kw_only=True, tag="abandon_call"):
    """The caller hung up while waiting; given by the channel."""

    call: Ref


class EndCall(Command, frozen=True, kw_only=True, tag="end_call"):
    """End the conversation."""

    call: Ref
    reason: Short = "done"


class TakeCallBack(Command, frozen=True, kw_only=True, tag="take_call_back"):
    """Say that one is going to call back."""

    call: Ref


class CallBack(Command, frozen=True, kw_only=True, tag="call_back"):
    """Note the result of calling back."""

    call: Ref
    result: BackResult


class IdentifyCaller(Command, frozen=True, kw_only=True, tag="identify_caller"):
    """Note or correct name and number."""

    call: Ref
    number: Short | None = None
    name: Short | None = None


class NoteSpeaking(Command, frozen=True, kw_only=True, tag="note_speaking"):
    """Note how to speak with the caller. Each that is given takes the place of what stood; empty takes it away."""

    call: Ref
    language: Language | None = None
    ways: Annotated[tuple[Way, ...], msgspec.Meta(max_length=12)] | None = None


class LocateCall(Command, frozen=True, kw_only=True, tag="locate_call"):
    """Add a statement about where the caller is."""

    call: Ref
    location: Location


class LinkCall(Command, frozen=True, kw_only=True, tag="link_call"):
    """Say that the call belongs to an incident."""

    call: Ref
    incident: Ref


CallCommand = (
    ReceiveCall
    | OfferCall
    | AnswerCall
    | TransferCall
    | AbandonCall
    | EndCall
    | TakeCallBack
    | CallBack
    | IdentifyCaller
    | NoteSpeaking
    | LocateCall
    | LinkCall
)


def decide(call: Call | None, command: CallCommand, context: Context) -> list[Event]:
    """What follows from the command, or Refused with the reason."""
    if isinstance(command, ReceiveCall):
        return _receive(call, command)
    if call is None:
        raise Refused("call.unknown", call=command.call)
    match command:
        case OfferCall():
            if not call.waiting:
                raise Refused("call.not_waiting", state=call.state.value)
            if (call.room, call.seat, call.state) == (command.room, command.seat, CallState.OFFERED):
                return []
            return [
                CallOffered(
                    room=command.room,
                    seat=command.seat,
                    rule=command.rule,
                    owner=command.owner,
                    figures=command.figures,
                )
            ]
        case AnswerCall():
            if call.state is CallState.ANSWERED:
                raise Refused("call.already_answered", by=call.answered_by, room=call.room)
            if not call.waiting:
                raise Refused("call.over", state=call.state.value)
            return [CallAnswered(by=context.actor, room=context.room, seat=context.seat)]
        case TransferCall():
            if call.state is not CallState.ANSWERED:
                raise Refused("call.not_answered", state=call.state.value)
            return [
                CallTransferred(
                    function=command.function,
                    disciplines=command.disciplines,
                    by=context.actor,
                    summary=command.summary,
                )
            ]
        case AbandonCall():
            if not call.waiting:
                raise Refused("call.not_waiting", state=call.state.value)
            return [CallAbandoned()]
        case EndCall():
            if call.state is not CallState.ANSWERED:
                raise Refused("call.not_answered", state=call.state.value)
            return [CallEnded(reason=command.reason, by=context.actor)]
        case TakeCallBack():
            if call.call_back != "due":
                raise Refused("call.no_call_back_due")
            if call.call_back_by == context.actor:
                return []
            if call.call_back_by and context.now - call.call_back_at < BACK_TERM:
                raise Refused("call.call_back_taken", by=call.call_back_by)
            return [CallBackTaken(by=context.actor, room=context.room)]
        case CallBack():
            # Whoever called back did so, whoever had said that they would.
            if call.call_back != "due":
                raise Refused("call.no_call_back_due")
            return [CallBackTried(result=command.result, by=context.actor)]
        case IdentifyCaller():
            if command.number is None and command.name is None:
                raise Refused("call.nothing_given")
            return [CallerIdentified(by=context.actor, number=command.number, name=command.name)]
        case NoteSpeaking(language=language, ways=ways):
            if language is None and ways is None:
                raise Refused("call.no_speaking_given")
            return [
                CallSpeakingNoted(
                    by=context.actor,
                    has_language=None if language is None else bool(language),
                    has_ways=None if ways is None else bool(ways),
                    language=language or None,
                    ways=" ".join(dict.fromkeys(ways)) if ways else None,
                )
            ]
        case LocateCall():
            return [CallLocated(location=command.location)]
        case LinkCall():
            return [] if command.incident in call.incidents else [CallLinked(incident=command.incident)]


def _receive(call: Call | None, command: ReceiveCall) -> list[Event]:
    if call is not None:
        raise Refused("call.exists", call=call.ref)
    return [
        CallReceived(
            function=command.function,
            channel=command.channel,
            line=command.line,
            disciplines=command.disciplines,
            class_hint=command.class_hint,
            priority_hint=command.priority_hint,
            location=command.location,
            test=command.test,
            number=command.number,
            name=command.name,
            said=command.said,
            source=command.source,
        )
    ]


def evolve(call: Call | None, event: Event, ref: str, occurred: Millis) -> Call:
    """The call after the event. Total: a fact is never refused, whatever the state."""
    replace = msgspec.structs.replace
    if isinstance(event, CallReceived):
        return Call(
            ref=ref,
            state=CallState.QUEUED,
            function=event.function,
            channel=event.channel,
            received=occurred,
            waiting_since=occurred,
            line=event.line,
            disciplines=event.disciplines,
            class_hint=event.class_hint,
            priority_hint=event.priority_hint,
            locations=(event.location,) if event.location else (),
            test=event.test,
            number=event.number,
            name=event.name,
            said=event.said,
            source=event.source,
        )
    if call is None:
        raise ValueError(f"{ref}: {type(event).__name__} before the call was received")
    match event:
        case CallOffered():
            return replace(
                call,
                state=CallState.OFFERED,
                room=event.room,
                seat=event.seat,
                rule=event.rule,
                owner=event.owner,
                figures=event.figures,
            )
        case CallAnswered():
            # The rule that offered it says nothing about a room that answered before it was asked.
            asked = event.room == call.room
            return replace(
                call,
                state=CallState.ANSWERED,
                answered=occurred,
                answered_by=event.by,
                room=event.room,
                seat=event.seat,
                rule=call.rule if asked else "",
                owner=call.owner if asked else "",
                figures=call.figures if asked else None,
            )
        case CallTransferred():
            return replace(
                call,
                state=CallState.QUEUED,
                function=event.function,
                disciplines=event.disciplines or call.disciplines,
                summary=event.summary,
                waiting_since=occurred,
                room="",
                seat="",
                rule="",
                owner="",
                figures=None,
            )
        case CallAbandoned():
            return replace(call, state=CallState.ABANDONED, ended=occurred, call_back="due")
        case CallEnded():
            return replace(call, state=CallState.ENDED, ended=occurred, end_reason=event.reason)
        case CallBackTaken():
            return replace(call, call_back_by=event.by, call_back_at=occurred)
        case CallBackTried():
            done = event.result != "no_answer"
            return replace(
                call,
                call_backs=call.call_backs + 1,
                call_back="done" if done else call.call_back,
                call_back_by=event.by if done else "",
                call_back_at=occurred,
                call_back_result=event.result,
            )
        case CallerIdentified():
            return replace(
                call,
                number=call.number if event.number is None else event.number,
                name=call.name if event.name is None else event.name,
            )
        case CallSpeakingNoted():
            if event.has_language is not None:
                call = replace(call, language=event.language, language_noted=occurred if event.has_language else 0)
            if event.has_ways is not None:
                call = replace(call, ways=event.ways, ways_noted=occurred if event.has_ways else 0)
            return call
        case CallLocated():
            return replace(call, locations=(*call.locations, event.location))
        case CallLinked():
            return replace(call, incidents=(*call.incidents, event.incident))
    return call
