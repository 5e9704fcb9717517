"""What people of the rooms say to each other, and a shift that is handed over. Facts: none is refused for being late.

A talk stands beside the desks, in the national stream: `chat-LB-RT` between two rooms (in this order), `chat-RT` inside
one, `chat-NL` for everybody, `shift-RT` the log of a room's shifts, in which hand-overs stand. What is said is sealed
in the compartment that fits its audience, as the lines of an incident are.
"""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from meldkamer.domain.basics import DISCIPLINES, Command, Context, Event, Id, Mask, Refused, SealedByField, Short, Text
from meldkamer.domain.clock import Millis
from meldkamer.domain.incident_rules import compartment_for

EVERYBODY = "NL"
"""The talk of all rooms together."""
TalkRef = Annotated[
    str, msgspec.Meta(min_length=6, max_length=24, pattern=r"^(chat|shift)-[A-Z][A-Z0-9]*(-[A-Z][A-Z0-9]*)?$(?!\n)")
]
Said = Annotated[Text, msgspec.Meta(min_length=1)]
Compartment = Literal["caller", "medical", "police"]


class ChatSaid(Event, frozen=True, kw_only=True, tag="chat.said"):
    """Somebody said something. to: the seat that it is meant for, or everybody in the talk. audience: the disciplines
    whose people may read it."""

    line: Id
    by: Short
    room: Short
    seat: Short = ""
    to: Short = ""
    audience: Mask = DISCIPLINES
    compartment: Compartment
    text: SealedByField = None


class HandOverLeft(Event, frozen=True, kw_only=True, tag="shift.hand_over_left"):
    """Somebody leaves the work to whoever comes: what is open and what needs care, as it was composed and completed."""

    hand_over: Id
    by: Short
    seat: Short = ""
    audience: Mask = DISCIPLINES
    compartment: Compartment
    text: SealedByField = None


class HandOverTaken(Event, frozen=True, kw_only=True, tag="shift.hand_over_taken"):
    """Somebody has read it and goes on from there."""

    hand_over: Id
    by: Short
    seat: Short = ""


class HandOver(msgspec.Struct, frozen=True, kw_only=True):
    """A hand-over without its text. taken_by: empty while nobody has taken it."""

    hand_over: str
    by: str
    seat: str
    at: Millis
    audience: str
    taken_by: str = ""
    taken_at: Millis = 0


class Talk(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of a talk without what was said. open: hand-overs that nobody has taken; last_taken: the newest
    that somebody has."""

    lines: int = 0
    at: Millis = 0
    by: str = ""
    room: str = ""
    to: str = ""
    open: tuple[HandOver, ...] = ()
    last_taken: HandOver | None = None


class Say(Command, frozen=True, kw_only=True, tag="say"):
    """Say something in a talk. `line` comes from the desk: a repeat is harmless. audience "" means: everybody."""

    talk: TalkRef
    line: Id
    text: Said
    to: Short = ""
    audience: Mask = ""


class LeaveHandOver(Command, frozen=True, kw_only=True, tag="leave_hand_over"):
    """Leave the work to whoever comes, in the log of the own room's shifts."""

    talk: TalkRef
    hand_over: Id
    text: Said
    audience: Mask = ""


class TakeHandOver(Command, frozen=True, kw_only=True, tag="take_hand_over"):
    """Go on from what was left."""

    talk: TalkRef
    hand_over: Id


ChatCommand = Say | LeaveHandOver | TakeHandOver


def rooms_of(talk: str) -> tuple[str, ...]:
    """The rooms whose people take part; (`NL`,) for everybody."""
    return tuple(talk.split("-")[1:])


def takes_part(talk: str, room: str) -> bool:
    """Whether people of this room may read and say there."""
    return room in rooms_of(talk) or (talk == f"chat-{EVERYBODY}")


def decide(talk: Talk, command: ChatCommand, context: Context) -> list[Event]:
    """What follows, or Refused."""
    rooms = rooms_of(command.talk)
    if not takes_part(command.talk, context.room):
        raise Refused("chat.other_room", rooms=" ".join(rooms), room=context.room)
    if tuple(sorted(set(rooms))) != rooms:
        raise Refused("chat.malformed", talk=command.talk)
    if not isinstance(command, Say) and command.talk != f"shift-{context.room}":
        raise Refused("chat.malformed", talk=command.talk)
    match command:
        case Say():
            _must_say(command.text)
            return [
                ChatSaid(
                    line=command.line,
                    by=context.actor,
                    room=context.room,
                    seat=context.seat,
                    to=command.to,
                    audience=command.audience or DISCIPLINES,
                    compartment=compartment_for(command.audience),
                    text=command.text,
                )
            ]
        case LeaveHandOver():
            _must_say(command.text)
            return [
                HandOverLeft(
                    hand_over=command.hand_over,
                    by=context.actor,
                    seat=context.seat,
                    audience=command.audience or DISCIPLINES,
                    compartment=compartment_for(command.audience),
                    text=command.text,
                )
            ]
        case TakeHandOver():
            left = next((h for h in talk.open if h.hand_over == command.hand_over), None)
            if left is None:
                raise Refused("hand_over.gone")
            if left.by == context.actor:
                raise Refused("hand_over.own")
            return [HandOverTaken(hand_over=command.hand_over, by=context.actor, seat=context.seat)]


def talk_after(talk: Talk, event: Event, occurred: Millis) -> Talk:
    """The talk after the event. Total."""
    replace = msgspec.structs.replace
    match event:
        case ChatSaid():
            return replace(talk, lines=talk.lines + 1, at=occurred, by=event.by, room=event.room, to=event.to)
        case HandOverLeft():
            left = HandOver(
                hand_over=event.hand_over, by=event.by, seat=event.seat, at=occurred, audience=event.audience
            )
            # One person leaves one piece of work: what they left before and nobody took is in what they leave now.
            rest = tuple(h for h in talk.open if h.by != event.by)
            return replace(talk, lines=talk.lines + 1, at=occurred, by=event.by, open=(*rest, left))
        case HandOverTaken():
            taken = next((h for h in talk.open if h.hand_over == event.hand_over), None)
            if taken is None:
                return talk
            taken = replace(taken, taken_by=event.by, taken_at=occurred)
            rest = tuple(h for h in talk.open if h.hand_over != event.hand_over)
            return replace(talk, lines=talk.lines + 1, at=occurred, by=event.by, open=rest, last_taken=taken)
    return talk


def _must_say(text: str) -> None:
    if not text.strip():
        raise Refused("chat.empty")
