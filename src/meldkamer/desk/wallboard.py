"""What a wall may show: counts per room on one scale. Visitors read it, so nothing in it is about anybody.

Kept up to date from the picture as it changes: a wall is read every second and the picture holds much that is over.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Mapping, Sequence
from typing import Literal

import msgspec

from meldkamer.desk.rows import RoomRow
from meldkamer.domain.call import Call
from meldkamer.domain.clock import Clock, Millis
from meldkamer.domain.unit import Unit
from meldkamer.network import Change, Picture
from meldkamer.pack import Norm

HOUR_MILLIS = 60 * 60 * 1000
NORMS = {"112": "answer_112", "intake": "answer_region"}
"""Kind of function -> the norm for how fast its calls are answered."""

State = Literal["up", "alone", "down", "silent"]


class WallRoom(msgspec.Struct, frozen=True, kw_only=True):
    """How a room is doing. longest: seconds that the longest waiting call waits; norm: seconds in which it should be
    answered. in_norm, answered: calls answered here in the last hour, and those of them within their norm.

    units, free: of the functions that it serves. emergencies: of them with the emergency button pressed. peak: whether
    it declared one; overflow: whether its calls go on to other rooms by rule, and away: how many of them wait or are
    spoken elsewhere now. stuck: calls that nobody signed in anywhere may answer. serves, served_by: rooms of which it
    serves functions, and those that serve functions of its own.
    """

    room: str
    name: str
    state: State
    since: Millis
    waiting: int
    longest: float
    incidents: int
    p1: int
    seats: int
    units: int
    free: int
    emergencies: int
    answered: int
    in_norm: int
    peak: bool
    overflow: bool
    away: int
    stuck: int
    serves: tuple[str, ...]
    served_by: tuple[str, ...]


class WallView(msgspec.Struct, frozen=True, kw_only=True):
    """Every room. norm: seconds in which a call should be answered. unserved: functions that nobody serves."""

    now: Millis
    norm: float
    unserved: int
    rooms: list[WallRoom]


class Wallboard:
    """Counts for the wall. home: function -> the room where it lives; rooms: how every room is doing now."""

    def __init__(
        self,
        picture: Picture,
        rooms: Callable[[], Sequence[RoomRow]],
        home: Mapping[str, str],
        norms: Mapping[str, Norm],
        clock: Clock,
    ) -> None:
        self._picture, self._rooms, self._home, self._clock = picture, rooms, home, clock
        self._within: dict[str, float] = {}
        self.take(norms)
        self._units: dict[str, dict[str, tuple[bool, bool]]] = {}
        self._answered: deque[tuple[Millis, str, bool]] = deque()
        picture.listen(self._on_change)

    def take(self, norms: Mapping[str, Norm]) -> None:
        """From now on these norms hold; what was answered before keeps what it was held against."""
        self._within = {kind: 1000 * norms[code].seconds for kind, code in NORMS.items() if code in norms}

    def read(self) -> None:
        """Count what the picture holds now. Needed after a snapshot was loaded."""
        self._units.clear()
        self._answered.clear()
        for unit in self._picture.units.values():
            self._count(unit)
        answered = sorted(
            (c for c in self._picture.calls.values() if c.answered is not None), key=lambda c: c.answered or 0
        )
        for call in answered:
            self._note(call)

    def view(self) -> WallView:
        """The wall as it is now."""
        now = self._clock.now()
        while self._answered and self._answered[0][0] < now - HOUR_MILLIS:
            self._answered.popleft()
        answered = Counter(room for _, room, _ in self._answered)
        in_norm = Counter(room for _, room, within in self._answered if within)
        served: dict[str, set[str]] = {}
        unserved = 0
        for name, home in self._home.items():
            owner = self._picture.function(name).owner
            if not owner:
                unserved += 1
            elif owner != home:
                served.setdefault(home, set()).add(owner)
        return WallView(
            now=now,
            norm=self._within.get("112", 0.0) / 1000,
            unserved=unserved,
            rooms=[
                self._row(row, tuple(sorted(served.get(row.room, ()))), answered[row.room], in_norm[row.room])
                for row in self._rooms()
            ],
        )

    def _row(self, row: RoomRow, served_by: tuple[str, ...], answered: int, in_norm: int) -> WallRoom:
        units = [flags for function in row.owns for flags in self._units.get(function, {}).values()]
        state: State = row.state if row.state != "up" else "alone" if row.alone else "up"
        return WallRoom(
            room=row.room,
            name=row.name,
            state=state,
            since=row.alone if state == "alone" else row.since,
            waiting=row.calls_waiting,
            longest=row.longest_wait,
            incidents=row.incidents_open,
            p1=row.incidents_p1,
            seats=row.seats_taken,
            units=len(units),
            free=sum(free for free, _ in units),
            emergencies=sum(emergency for _, emergency in units),
            answered=answered,
            in_norm=in_norm,
            peak=row.peak is not None,
            overflow=bool(row.overflows),
            away=sum(row.away.values()),
            stuck=row.stuck,
            serves=tuple(sorted({self._home.get(name, row.room) for name in row.foreign})),
            served_by=served_by,
        )

    def _on_change(self, change: Change) -> None:
        if isinstance(change.after, Unit):
            self._count(change.after)
        elif isinstance(change.after, Call) and change.after.answered is not None:
            before = change.before.answered if isinstance(change.before, Call) else None
            if before is None:
                self._note(change.after)

    def _count(self, unit: Unit) -> None:
        self._units.setdefault(unit.function, {})[unit.ref] = (unit.free, unit.emergency)

    def _note(self, call: Call) -> None:
        within = self._within.get(_kind(call.function))
        if within is not None and call.answered is not None and not call.test:
            self._answered.append((call.answered, call.room, call.answered - call.waiting_since <= within))


def _kind(function: str) -> str:
    """`RT.112` -> 112, `RT.B.intake` -> intake."""
    return function.rpartition(".")[2]
