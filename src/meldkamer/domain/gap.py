"""A lasting gap between one room and the others on a measure: an item with an owner and an action, until it is closed.

It stands beside the desks, in the national stream: one reference per room, measure and discipline
(`gap-ZB-answer_region-B`), so that two who open the same one at once cannot both. What was measured comes from the
room's own figures and never from whoever opens it; what to do is a person's word.
"""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from typing import Annotated, Literal

import msgspec

from meldkamer.domain.basics import Command, Context, Event, Id, Refused, Short
from meldkamer.domain.clock import Millis

RoomCode = Annotated[str, msgspec.Meta(min_length=1, max_length=8, pattern=r"^[A-Z][A-Z0-9]*$(?!\n)")]
MeasureName = Annotated[str, msgspec.Meta(min_length=1, max_length=24, pattern=r"^[a-z0-9_]+$(?!\n)")]
NoneOrDiscipline = Annotated[str, msgspec.Meta(pattern=r"^[PBAK]?$(?!\n)")]
RoleCode = Annotated[str, msgspec.Meta(min_length=1, max_length=16, pattern=r"^[A-Z0-9-]+$(?!\n)")]
Said = Annotated[str, msgspec.Meta(min_length=1, max_length=1_000)]
Day = Annotated[str, msgspec.Meta(pattern=r"^\d{4}-\d\d-\d\d$(?!\n)")]
Part = Annotated[float, msgspec.Meta(ge=0, le=1)]
Difference = Annotated[float, msgspec.Meta(ge=-1, le=1)]
Weeks = Annotated[int, msgspec.Meta(ge=1, le=104)]
Moment = Annotated[Millis, msgspec.Meta(ge=0, le=4_102_444_800_000)]
Reached = Literal["gone", "smaller", "unchanged"]
"""What became of the difference, as whoever closes the item judges it."""


class Found(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What was measured when the item was opened. norm: code of the pack's norm, empty for the national percentile.

    seconds: the time that the share is about. share, others: of the room and of all others together, 0 to 1.
    difference: share minus others, with its interval low to high. worse: in so many of the weeks the room was worse.
    """

    since: Moment
    until: Moment
    norm: Short = ""
    seconds: Annotated[float, msgspec.Meta(ge=0)]
    share: Part
    others: Part
    difference: Difference
    low: Difference
    high: Difference
    weeks: Weeks
    worse: Weeks


class GapOpened(Event, frozen=True, kw_only=True, tag="gap.opened"):
    """Somebody made a lasting gap an item. owner: a role of a room, not a person. due: when it is looked at again."""

    item: Id
    room: Short
    measure: Short
    discipline: Short = ""
    found: Found
    owner: Short
    owner_room: Short
    action: str
    due: str
    by: Short


class GapChanged(Event, frozen=True, kw_only=True, tag="gap.changed"):
    """It got another owner, another action or another day; reason: why."""

    item: Id
    owner: Short
    owner_room: Short
    action: str
    due: str
    reason: str
    by: Short


class GapClosed(Event, frozen=True, kw_only=True, tag="gap.closed"):
    """It is done with. result: in words what came of it."""

    item: Id
    reached: Reached
    result: str
    by: Short


class Gap(msgspec.Struct, frozen=True, kw_only=True):
    """An item as it stands. opened, closed: when, milliseconds UTC; closed 0: it is open."""

    item: str
    room: str
    measure: str
    discipline: str
    found: Found
    owner: str
    owner_room: str
    action: str
    due: str
    by: str
    opened: Millis
    changed_by: str = ""
    changed: Millis = 0
    reason: str = ""
    reached: str = ""
    result: str = ""
    closed_by: str = ""
    closed: Millis = 0


class OpenGap(Command, frozen=True, kw_only=True, tag="open_gap"):
    """Make a lasting gap an item; given by the room, with what it measured itself, when a person asks it to."""

    item: Id
    room: RoomCode
    measure: MeasureName
    discipline: NoneOrDiscipline = ""
    found: Found
    owner: RoleCode
    owner_room: RoomCode
    action: Said
    due: Day


class ChangeGap(Command, frozen=True, kw_only=True, tag="change_gap"):
    """Give an open item another owner, action or day."""

    room: RoomCode
    measure: MeasureName
    discipline: NoneOrDiscipline = ""
    owner: RoleCode
    owner_room: RoomCode
    action: Said
    due: Day
    reason: Said


class CloseGap(Command, frozen=True, kw_only=True, tag="close_gap"):
    """Close an open item with its result."""

    room: RoomCode
    measure: MeasureName
    discipline: NoneOrDiscipline = ""
    reached: Reached
    result: Said


GapCommand = OpenGap | ChangeGap | CloseGap
GapEvent = GapOpened | GapChanged | GapClosed


def gap_ref(room: str, measure: str, discipline: str) -> str:
    """Where the items of a room on a measure stand."""
    return "-".join(["gap", room, measure, *([discipline] if discipline else [])])


def open_item(gaps: Sequence[Gap]) -> Gap | None:
    """The one that is open; None when none is."""
    return next((gap for gap in gaps if not gap.closed), None)


def decide(gaps: Sequence[Gap], command: GapCommand, context: Context) -> list[Event]:
    """What follows from the command, or Refused with the reason. gaps: all items of this room and measure so far."""
    known = open_item(gaps)
    match command:
        case OpenGap():
            if known is not None:
                raise Refused("gap.open_already", room=command.room, by=known.by)
            _must_say(command.action)
            _must_be_day(command.due)
            fields = {name: getattr(command, name) for name in command.__struct_fields__}
            return [GapOpened(**fields, by=context.actor)]
        case ChangeGap():
            if known is None:
                raise Refused("gap.none_open", room=command.room)
            _must_say(command.action, command.reason)
            _must_be_day(command.due)
            new = (command.owner, command.owner_room, command.action, command.due)
            if new == (known.owner, known.owner_room, known.action, known.due):
                return []
            return [
                GapChanged(
                    item=known.item,
                    owner=command.owner,
                    owner_room=command.owner_room,
                    action=command.action,
                    due=command.due,
                    reason=command.reason,
                    by=context.actor,
                )
            ]
        case CloseGap():
            if known is None:
                raise Refused("gap.none_open", room=command.room)
            _must_say(command.result)
            return [GapClosed(item=known.item, reached=command.reached, result=command.result, by=context.actor)]


def gaps_after(gaps: Sequence[Gap], event: GapEvent, occurred: Millis) -> tuple[Gap, ...]:
    """All items of a room and measure after the event. Total: a word about one that is not there changes nothing."""
    if isinstance(event, GapOpened):
        fields = {name: getattr(event, name) for name in event.__struct_fields__}
        return (*gaps, Gap(**fields, opened=occurred))
    replace = msgspec.structs.replace
    after = []
    for gap in gaps:
        if gap.item == event.item and not gap.closed:
            if isinstance(event, GapChanged):
                gap = replace(
                    gap,
                    owner=event.owner,
                    owner_room=event.owner_room,
                    action=event.action,
                    due=event.due,
                    reason=event.reason,
                    changed_by=event.by,
                    changed=occurred,
                )
            else:
                gap = replace(gap, reached=event.reached, result=event.result, closed_by=event.by, closed=occurred)
        after.append(gap)
    return tuple(after)


def _must_say(*texts: str) -> None:
    if not all(text.strip() for text in texts):
        raise Refused("gap.says_nothing")


def _must_be_day(day: str) -> None:
    try:
        datetime.date.fromisoformat(day)
    except ValueError:
        raise Refused("gap.no_day", day=day) from None
