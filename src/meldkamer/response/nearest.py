"""Which units are nearest, across the borders of rooms, and why the nearest is not always the one to send.

Rough until roads are loaded: straight line times a detour, at the speed of the kind of vehicle. It says so.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Literal

import msgspec
import numpy as np
import numpy.typing as npt

from meldkamer.domain.basics import Refused
from meldkamer.domain.clock import Clock, Millis
from meldkamer.domain.unit import Meaning, Unit
from meldkamer.geo import Travel, TravelTimes
from meldkamer.network import Change, Picture
from meldkamer.pack import UnitKind
from meldkamer.response.positions import MIN_MILLIS, Positions

OLD_SECONDS = 300
"""A position older than this may be wrong by some kilometres."""
MOST, MOST_SKIPPED = 20, 5

Remark = Literal["old_position", "jumped", "from_base", "other_room", "not_free", "nobody_owns"]


class Candidate(msgspec.Struct, frozen=True, kw_only=True):
    """A unit that could go. seconds, metres: estimates of the way; x, y: RD metres, where it is taken to be.

    position_age: seconds; None when it never reported and its base is taken. owner: the room that serves its function
    now. other_room: it must be asked for. remarks: why it may not be the obvious choice.
    """

    unit: str
    call_sign: str
    discipline: str
    kind: str
    status: str
    free: bool
    seconds: int
    metres: int
    x: float
    y: float
    position_age: int | None
    function: str
    owner: str
    other_room: bool
    remarks: tuple[Remark, ...] = ()

    @property
    def why_not(self) -> str:
        """The remarks as one text, empty for an obvious choice."""
        return ", ".join(self.remarks)


class Nearest(msgspec.Struct, frozen=True, kw_only=True):
    """The answer, best first. proposed: the first that can be asked for and whose place is sure.

    skipped: nearer, but not free. unplaced: how many free units have neither a position nor a base.
    estimated: no road was looked at.
    """

    units: tuple[Candidate, ...]
    skipped: tuple[Candidate, ...]
    proposed: str
    unplaced: int
    estimated: bool = True


class NearestUnits:
    """All units as arrays, kept up to date from the picture. Not thread-safe: it lives on the loop."""

    def __init__(
        self,
        picture: Picture,
        positions: Positions,
        travel: TravelTimes | Travel,
        kinds: Mapping[str, UnitKind],
        clock: Clock,
        default_profile: str = "light",
    ) -> None:
        self._picture, self._positions, self._travel = picture, positions, travel
        self._profile_of = {code: kind.travel for code, kind in kinds.items()}
        self._clock, self._default = clock, default_profile
        self._profiles: list[str] = [default_profile]
        self._rows: dict[str, int] = {}
        self._refs: list[str] = []
        self._table = _Table(1_024)
        picture.listen(self._on_change)
        self.read()

    def read(self) -> None:
        """Take every unit that the picture holds now."""
        for of in self._picture.units.values():
            self._put(of)

    def _on_change(self, change: Change) -> None:
        if isinstance(change.after, Unit):
            self._put(change.after)

    def _put(self, of: Unit) -> None:
        row = self._rows.get(of.ref)
        if row is None:
            row = self._rows[of.ref] = len(self._refs)
            self._refs.append(of.ref)
            if row == len(self._table.slot):
                self._table = self._table.grown()
        t = self._table
        profile = self._profile_of.get(of.kind, self._default)
        if profile not in self._profiles:
            self._profiles.append(profile)
        t.slot[row] = self._positions.slot(of.ref)
        t.discipline[row] = ord(of.discipline)
        t.profile[row] = self._profiles.index(profile)
        t.base_x[row] = np.nan if of.base_x is None else of.base_x
        t.base_y[row] = np.nan if of.base_y is None else of.base_y
        t.free[row] = of.free
        t.useful[row] = of.meaning is not Meaning.UNAVAILABLE
        t.at_base[row] = of.meaning is Meaning.STANDBY and of.assignment is None

    def find(self, incident: str, discipline: str) -> tuple[Candidate, ...]:
        """The nearest free units, as `look` finds them for the room that serves the incident's dispatch now.

        Raises Refused when the incident is unknown or has no place.
        """
        serving = self._picture.function(f"{incident.partition('/')[0]}.{discipline}.dispatch").owner
        return self.look(serving, incident, discipline).units

    def look(self, room: str, incident: str, discipline: str, kinds: Collection[str] = (), most: int = MOST) -> Nearest:
        """The nearest units of a discipline for `room`; of these kinds only, when given.

        Raises Refused when the incident is unknown or has no place.
        """
        known = self._picture.incidents.get(incident)
        if known is None:
            raise Refused("incident.unknown", incident=incident)
        place = known.location
        if place.x is None or place.y is None:
            raise Refused("incident.no_place", number=known.number)
        end = (place.x, place.y)
        now = self._clock.now()
        rows = np.flatnonzero(self._table.discipline[: len(self._refs)] == ord(discipline))
        if kinds:
            wanted = [self._picture.units[self._refs[r]].kind in kinds for r in rows]
            rows = rows[np.array(wanted, dtype=bool)]
        t = self._table
        x, y, ages = self._where(rows, now)
        seconds = self._seconds(rows, x, y, end)
        placed = np.isfinite(seconds)
        free = t.free[rows]
        order = np.argsort(np.where(placed, seconds, np.inf), kind="stable")
        order = order[placed[order]]
        best = order[free[order]][:most]
        limit = float(seconds[best[0]]) if len(best) else np.inf
        busy = ~free & t.useful[rows]
        nearer = [i for i in order[busy[order]][:MOST_SKIPPED] if seconds[i] <= limit]

        def candidate(i: int) -> Candidate:
            return self._candidate(room, int(rows[i]), float(x[i]), float(y[i]), int(ages[i]), end)

        units = tuple(candidate(int(i)) for i in best)
        sure = (u for u in units if not {"old_position", "jumped", "nobody_owns"} & set(u.remarks))
        return Nearest(
            units=units,
            skipped=tuple(candidate(int(i)) for i in nearer),
            proposed=next(sure, units[0]).unit if units else "",
            unplaced=int((free & ~placed).sum()),
        )

    def _where(
        self, rows: npt.NDArray[np.intp], now: Millis
    ) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64], npt.NDArray[np.int64]]:
        """x, y and age in seconds (-1: taken from the base) of each row."""
        t, p = self._table, self._positions
        slots = t.slot[rows]
        at = p.at[slots]
        ages = np.maximum(0, (now - at) // 1000)
        # Who stands at the base with an old position is at the base: indoors there is no satellite.
        indoors = t.at_base[rows] & (ages > OLD_SECONDS) & np.isfinite(t.base_x[rows])
        base = (at == MIN_MILLIS) | indoors
        x = np.where(base, t.base_x[rows], p.x[slots])
        y = np.where(base, t.base_y[rows], p.y[slots])
        return x, y, np.where(base, -1, ages)

    def _seconds(
        self,
        rows: npt.NDArray[np.intp],
        x: npt.NDArray[np.float64],
        y: npt.NDArray[np.float64],
        end: tuple[float, float],
    ) -> npt.NDArray[np.float64]:
        seconds = np.full(len(rows), np.nan)
        profiles = self._table.profile[rows]
        for number, profile in enumerate(self._profiles):
            these = profiles == number
            if these.any():
                seconds[these] = self._travel.seconds_many(x[these], y[these], end, profile)
        return seconds

    def _candidate(self, room: str, row: int, x: float, y: float, age: int, end: tuple[float, float]) -> Candidate:
        of = self._picture.units[self._refs[row]]
        way = self._travel.estimate((x, y), end, self._profiles[int(self._table.profile[row])])
        owner = self._picture.function(of.function).owner
        remarks: list[Remark] = []
        if not of.free:
            remarks.append("not_free")
        if age > OLD_SECONDS:
            remarks.append("old_position")
        if age >= 0 and self._positions.jumped[self._table.slot[row]]:
            remarks.append("jumped")
        if age < 0 and not self._table.at_base[row]:
            remarks.append("from_base")
        if owner != room:
            remarks.append("other_room" if owner else "nobody_owns")
        return Candidate(
            unit=of.ref,
            call_sign=of.call_sign,
            discipline=of.discipline,
            kind=of.kind,
            status=of.status,
            free=of.free,
            seconds=round(way.seconds),
            metres=round(way.metres),
            x=round(x, 1),
            y=round(y, 1),
            position_age=None if age < 0 else age,
            function=of.function,
            owner=owner,
            other_room=owner != room,
            remarks=tuple(remarks),
        )


class _Table:
    """Columns of equal length, one row per unit."""

    def __init__(self, capacity: int) -> None:
        self.slot = np.zeros(capacity, dtype=np.int32)
        self.discipline = np.zeros(capacity, dtype=np.uint8)
        self.profile = np.zeros(capacity, dtype=np.int16)
        self.base_x = np.full(capacity, np.nan)
        self.base_y = np.full(capacity, np.nan)
        self.free = np.zeros(capacity, dtype=bool)
        self.useful = np.zeros(capacity, dtype=bool)
        self.at_base = np.zeros(capacity, dtype=bool)

    def grown(self) -> _Table:
        """The same rows with room for as many again."""
        n = len(self.slot)
        bigger = _Table(2 * n)
        for name, column in vars(self).items():
            getattr(bigger, name)[:n] = column
        return bigger
