"""Shift and sign-in facts, and what is known of a room itself: who sits where, and whether the room is up."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from meldkamer.domain import chat, gap, playbook, shelf
from meldkamer.domain import peak as load
from meldkamer.domain.basics import Command, Context, Event, FunctionName, Refused, SealedStaff, Short
from meldkamer.domain.clock import Millis

RoomCode = Annotated[str, msgspec.Meta(min_length=1, max_length=8, pattern=r"^[A-Z][A-Z0-9]*$(?!\n)")]


class SignedIn(Event, frozen=True, kw_only=True, tag="desk.signed_in"):
    """A person took a seat. qualified: kinds of function they may serve, e.g. `112`, `B.dispatch`, `multi`."""

    seat: Short
    person: Short
    qualified: tuple[Short, ...] = ()
    simulated: bool = False
    name: SealedStaff = None


class SignedOut(Event, frozen=True, kw_only=True, tag="desk.signed_out"):
    """The seat is free again."""

    seat: Short
    person: Short


class RoomDeclaredDown(Event, frozen=True, kw_only=True, tag="desk.room_declared_down"):
    """A person said that the room cannot work."""

    by: Short
    reason: Short


class RoomFellSilent(Event, frozen=True, kw_only=True, tag="desk.room_fell_silent"):
    """Its heart-beat stopped. silent: seconds without one, as the observer measured."""

    observer: Short
    silent: float


class RoomAlone(Event, frozen=True, kw_only=True, tag="desk.room_alone"):
    """The room was cut off from the others and went on by itself, from then on. Others learn of it afterwards."""


class RoomRejoined(Event, frozen=True, kw_only=True, tag="desk.room_rejoined"):
    """The room is with the others again. began: when it was alone; events: how many it brought; conflicts: found."""

    began: Millis
    events: int
    conflicts: int


class RoomReturned(Event, frozen=True, kw_only=True, tag="desk.room_returned"):
    """The room is able to work again; it gets nothing back by itself."""

    by: Short = ""


class Seat(msgspec.Struct, frozen=True, kw_only=True):
    """Who sits there."""

    seat: str
    person: str
    since: Millis
    qualified: tuple[str, ...] = ()
    simulated: bool = False


class Rejoined(msgspec.Struct, frozen=True, kw_only=True):
    """A room came back from being alone. began, at: since when it was, and until when, milliseconds UTC; events: how
    many it brought; conflicts: how many clashes that made."""

    began: Millis
    at: Millis
    events: int
    conflicts: int


class Desk(msgspec.Struct, frozen=True, kw_only=True):
    """A room's people and its own state. reason: why it does not work, or empty.

    overflows: kinds of function whose calls go on to other rooms by load.
    """

    room: str
    state: Literal["up", "down", "silent"] = "up"
    since: Millis = 0
    reason: str = ""
    seats: dict[str, Seat] = {}
    peak: load.Peak | None = None
    overflows: dict[str, load.Overflow] = {}
    alone: Millis = 0
    """Since when the room is cut off, as it says of itself; 0: it is not."""
    rejoined: Rejoined | None = None
    """How it came back the last time."""
    shelved: tuple[shelf.Shelved, ...] = ()
    """Alarms that were set aside; those whose end has passed count no more."""
    playbooks: tuple[playbook.Run, ...] = ()
    """Playbooks that are worked through, and the last few that were closed."""
    talk: chat.Talk | None = None
    """For what stands beside the desks of rooms: a talk, named by its own reference."""
    gaps: tuple[gap.Gap, ...] = ()
    """Also beside them: the items of one room on one measure, named by their own reference."""


class SignIn(Command, frozen=True, kw_only=True, tag="sign_in"):
    """Take a seat; given by the access layer after it knows who it is."""

    room: RoomCode
    seat: Short
    qualified: tuple[Short, ...] = ()
    simulated: bool = False
    name: Short | None = None


class SignOut(Command, frozen=True, kw_only=True, tag="sign_out"):
    """Leave a seat."""

    room: RoomCode
    seat: Short


class DeclareRoomDown(Command, frozen=True, kw_only=True, tag="declare_room_down"):
    """Say that a room cannot work; its functions go to its buddies at once."""

    room: RoomCode
    reason: Annotated[Short, msgspec.Meta(min_length=1)]


class NoteRoomSilent(Command, frozen=True, kw_only=True, tag="note_room_silent"):
    """Its heart-beat stopped; given by the network's rule."""

    room: RoomCode
    silent: float


class DeclareRoomUp(Command, frozen=True, kw_only=True, tag="declare_room_up"):
    """Say that a room can work again."""

    room: RoomCode


class NoteRoomAlone(Command, frozen=True, kw_only=True, tag="note_room_alone"):
    """This room is cut off; given by the network's rule."""

    room: RoomCode


class NoteRoomRejoined(Command, frozen=True, kw_only=True, tag="note_room_rejoined"):
    """This room is with the others again; given by the network's rule."""

    room: RoomCode
    began: Millis
    events: int
    conflicts: int


DeskCommand = (
    SignIn
    | SignOut
    | DeclareRoomDown
    | NoteRoomSilent
    | DeclareRoomUp
    | NoteRoomAlone
    | NoteRoomRejoined
    | load.PeakCommand
    | shelf.ShelfCommand
    | playbook.PlaybookCommand
)


def functions_for(qualified: tuple[str, ...], owned: set[str]) -> set[FunctionName]:
    """Of the functions a room owns, those that somebody with these qualifications may serve."""
    return {f for f in owned if f.partition(".")[2] in qualified}


def decide(desk: Desk, command: DeskCommand, context: Context) -> list[Event]:
    """What follows from the command, or Refused with the reason."""
    match command:
        case SignIn():
            seated = desk.seats.get(command.seat)
            if seated is not None and seated.person != context.actor and not seated.simulated:
                raise Refused("desk.seat_taken", seat=command.seat, by=seated.person)
            if seated is not None and seated.person == context.actor and seated.qualified == command.qualified:
                return []
            return [
                SignedIn(
                    seat=command.seat,
                    person=context.actor,
                    qualified=command.qualified,
                    simulated=command.simulated,
                    name=command.name,
                )
            ]
        case SignOut():
            seated = desk.seats.get(command.seat)
            if seated is None or seated.person != context.actor:
                return []
            return [SignedOut(seat=command.seat, person=context.actor)]
        case DeclareRoomDown():
            if desk.state == "down":
                return []
            return [RoomDeclaredDown(by=context.actor, reason=command.reason)]
        case NoteRoomSilent():
            if desk.state != "up":
                return []
            return [RoomFellSilent(observer=context.room, silent=command.silent)]
        case NoteRoomAlone():
            return [] if desk.alone else [RoomAlone()]
        case NoteRoomRejoined():
            return [RoomRejoined(began=command.began, events=command.events, conflicts=command.conflicts)]
        case DeclareRoomUp():
            return [] if desk.state == "up" else [RoomReturned(by=context.actor)]
        case shelf.ShelveAlarm() | shelf.UnshelveAlarm():
            return shelf.decide(desk.shelved, command, context)
        case (
            playbook.OpenPlaybook()
            | playbook.TickPlaybook()
            | playbook.UntickPlaybook()
            | playbook.TakePlaybook()
            | playbook.ClosePlaybook()
            | playbook.ReopenPlaybook()
        ):
            return playbook.decide(desk.playbooks, command, context)
        case load.DeclarePeak() | load.EndPeak() | load.NoteOverflow():
            return load.decide(desk.peak, desk.overflows, command, context)


def evolve(desk: Desk, event: Event, occurred: Millis) -> Desk:
    """The desk after the event. Total."""
    replace = msgspec.structs.replace
    match event:
        case SignedIn():
            seat = Seat(
                seat=event.seat,
                person=event.person,
                since=occurred,
                qualified=event.qualified,
                simulated=event.simulated,
            )
            return replace(desk, seats={**desk.seats, event.seat: seat})
        case SignedOut():
            seated = desk.seats.get(event.seat)
            if seated is None or seated.person != event.person:
                return desk
            return replace(desk, seats={k: v for k, v in desk.seats.items() if k != event.seat})
        case RoomDeclaredDown():
            return replace(desk, state="down", since=occurred, reason=event.reason)
        case RoomFellSilent():
            return replace(desk, state="silent", since=occurred, reason="")
        case RoomReturned():
            return replace(desk, state="up", since=occurred, reason="")
        case chat.ChatSaid() | chat.HandOverLeft() | chat.HandOverTaken():
            return replace(desk, talk=chat.talk_after(desk.talk or chat.Talk(), event, occurred))
        case RoomAlone():
            return replace(desk, alone=occurred)
        case RoomRejoined():
            back = Rejoined(began=event.began, at=occurred, events=event.events, conflicts=event.conflicts)
            return replace(desk, alone=0, rejoined=back, state="up" if desk.state == "silent" else desk.state)
        case shelf.AlarmShelved() | shelf.AlarmUnshelved():
            return replace(desk, shelved=shelf.shelved_after(desk.shelved, event, occurred))
        case gap.GapOpened() | gap.GapChanged() | gap.GapClosed():
            return replace(desk, gaps=gap.gaps_after(desk.gaps, event, occurred))
        case (
            playbook.PlaybookOpened()
            | playbook.PlaybookTicked()
            | playbook.PlaybookUnticked()
            | playbook.PlaybookTaken()
            | playbook.PlaybookClosed()
            | playbook.PlaybookReopened()
        ):
            return replace(desk, playbooks=playbook.runs_after(desk.playbooks, event, occurred))
        case load.PeakDeclared() | load.PeakEnded() | load.OverflowOpened() | load.OverflowClosed():
            return replace(
                desk,
                peak=load.peak_after(desk.peak, event, occurred),
                overflows=load.open_after(desk.overflows, event, occurred),
            )
    return desk
