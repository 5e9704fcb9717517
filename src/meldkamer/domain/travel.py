"""Learned corrections of travel times: what a table holds, and that one was taken into force at a moment.

A table is measured from the record up to a moment, by the rule of `geo.learned`: whoever has the record can measure it
again and get the same. It counts for incidents that are opened from `since` on, in every room alike, until the next
one; so no time changes under the hands of those who work on an incident. They stand on the subject of `NL.steering`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Annotated

import msgspec

from meldkamer.domain.basics import Command, Context, Event, Refused, Short
from meldkamer.domain.clock import Millis
from meldkamer.domain.plan import STEERING

WHOLE_DAY = -1
"""As an hour: of all hours together."""
MOST_CELLS, MOST_BASES = 1_500, 64
KEPT = 8
"""Tables that the picture remembers; the record has them all."""
MOST_PERMILLE = 2_000

Moment = Annotated[Millis, msgspec.Meta(ge=0, le=4_102_444_800_000)]


class Cell(msgspec.Struct, frozen=True, array_like=True):
    """By how much times are longer than reckoned, in thousandths of them, where and when.

    basis: number of the map or line in the table's `bases`; area: safety region; profile: kind of vehicle; hour: local,
    WHOLE_DAY for all. samples: trips it was learned from; held: newer ones it was tried on; before, after: the mean
    error there, milliseconds, without and with it.
    """

    basis: Annotated[int, msgspec.Meta(ge=0, lt=MOST_BASES)]
    area: Annotated[int, msgspec.Meta(ge=0, le=99)]
    profile: Annotated[str, msgspec.Meta(min_length=1, max_length=24)]
    hour: Annotated[int, msgspec.Meta(ge=WHOLE_DAY, le=23)]
    permille: Annotated[int, msgspec.Meta(gt=1_000, le=MOST_PERMILLE)]
    samples: Annotated[int, msgspec.Meta(ge=0)]
    held: Annotated[int, msgspec.Meta(ge=0)]
    before: Annotated[int, msgspec.Meta(ge=0)]
    after: Annotated[int, msgspec.Meta(ge=0)]


Bases = Annotated[
    tuple[Annotated[str, msgspec.Meta(min_length=1, max_length=80)], ...], msgspec.Meta(max_length=MOST_BASES)
]
Cells = Annotated[tuple[Cell, ...], msgspec.Meta(max_length=MOST_CELLS)]


class TravelTimesAdopted(Event, frozen=True, kw_only=True, tag="travel.adopted"):
    """A table counts for what is opened from `since` on. upto: it was measured from what was recorded until then.

    table: its name, which follows from what it holds; without cells nothing is corrected any more.
    """

    table: Short
    bases: tuple[str, ...] = ()
    cells: tuple[Cell, ...] = ()
    upto: Millis
    since: Millis
    by: Short
    reason: Short


class TravelTable(msgspec.Struct, frozen=True, kw_only=True):
    """A table as it was taken into force. at: when that was said."""

    table: str
    bases: tuple[str, ...]
    cells: tuple[Cell, ...]
    upto: Millis
    since: Millis
    by: str
    reason: str
    at: Millis


class AdoptTravelTimes(Command, frozen=True, kw_only=True, tag="adopt_travel_times"):
    """Take a table into force from a moment on (0 = now). previous: the table that was adopted last, as far as the
    writer knows. Raises ValueError for a table that says two things of one case, or names a basis that it has not."""

    bases: Bases = ()
    cells: Cells = ()
    upto: Moment
    since: Moment = 0
    previous: Short = ""
    reason: Annotated[Short, msgspec.Meta(min_length=1)]

    def __post_init__(self) -> None:
        if any(cell.basis >= len(self.bases) for cell in self.cells):
            raise ValueError("a cell names a basis that the table does not have")
        if len({(c.basis, c.area, c.profile, c.hour) for c in self.cells}) < len(self.cells):
            raise ValueError("two cells speak of one case")


def name_of(bases: Sequence[str], cells: Sequence[Cell], upto: Millis) -> str:
    """The name of a table: the same for the same contents."""
    return hashlib.sha256(msgspec.msgpack.encode((upto, tuple(bases), tuple(cells)))).hexdigest()[:16]


def functions_needed() -> tuple[tuple[str, ...], ...]:
    """The room must own the function that steers."""
    return ((STEERING,),)


def decide(known: Sequence[TravelTable], command: AdoptTravelTimes, context: Context) -> list[Event]:
    """What follows, or Refused: nothing changes what was said before, and two tables do not follow the same one.
    known: those that were adopted, the newest last."""
    table = name_of(command.bases, command.cells, command.upto)
    newest = known[-1].table if known else ""
    if table == newest:
        return []
    if command.previous != newest:
        raise Refused("travel.moved_on", table=newest or "-")
    if command.since and command.since < context.now:
        raise Refused("travel.too_late")
    if known and max(command.since, context.now) < known[-1].since:
        raise Refused("travel.before_last")
    return [
        TravelTimesAdopted(
            table=table,
            bases=command.bases,
            cells=command.cells,
            upto=command.upto,
            since=command.since or context.now,
            by=context.actor,
            reason=command.reason,
        )
    ]


def adopted_after(known: Sequence[TravelTable], event: TravelTimesAdopted, occurred: Millis) -> tuple[TravelTable, ...]:
    """The tables after the event."""
    fields = {name: getattr(event, name) for name in event.__struct_fields__}
    return (*known, TravelTable(**fields, at=occurred))[-KEPT:]
