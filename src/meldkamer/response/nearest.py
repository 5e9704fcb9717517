"""Which units are nearest, across the borders of rooms, and why the nearest is not always the one to send.

A plain list beside the proposal: by time alone, without cards. Where no road is known it is a straight line times a
detour, at the speed of the kind of vehicle, and says so.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Literal

import msgspec
import numpy as np

from meldkamer.domain.basics import Refused
from meldkamer.domain.clock import Clock
from meldkamer.geo import NO_WAY, Case, Travel, TravelTimes, or_rough
from meldkamer.network import Picture
from meldkamer.pack import UnitKind
from meldkamer.response.positions import Positions
from meldkamer.response.proposal.contender import OLD_SECONDS
from meldkamer.response.proposal.standing import Bools, Columns, Floats, Ints, Standing

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

    skipped: nearer, but not free. unplaced: how many free units have neither a position nor a base, or no road that
    leads there. estimated: no road was looked at.
    """

    units: tuple[Candidate, ...]
    skipped: tuple[Candidate, ...]
    proposed: str
    unplaced: int
    estimated: bool = True


class NearestUnits:
    """The same columns as the proposal has: both take a unit to be at the same place. Not thread-safe: it lives on
    the loop."""

    def __init__(
        self,
        picture: Picture,
        positions: Positions,
        travel: TravelTimes | Travel,
        kinds: Mapping[str, UnitKind],
        clock: Clock,
        default_profile: str = "light",
    ) -> None:
        self._picture, self._clock = picture, clock
        self._travel = Travel(travel) if isinstance(travel, TravelTimes) else travel
        self._standing = Standing(picture, positions, kinds, default_profile)

    def read(self) -> None:
        """Take every unit that the picture holds now."""
        self._standing.read()

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
        columns = self._standing.columns(discipline, self._clock.now())
        if kinds:
            wanted = [self._standing.groups[g].kind in kinds for g in columns.group.tolist()]
            columns = columns.take(np.flatnonzero(np.array(wanted, dtype=bool)))
        case = Case(place.safety_region, known.opened)
        millis, metres, by_road = self._ways(columns, (place.x, place.y), case)
        placed = millis != NO_WAY
        order = np.argsort(np.where(placed, millis, np.iinfo(np.int64).max), kind="stable")
        order = order[placed[order]]
        best = order[columns.free[order]][:most]
        limit = int(millis[best[0]]) if len(best) else np.iinfo(np.int64).max
        busy = ~columns.free & columns.useful
        nearer = [i for i in order[busy[order]][:MOST_SKIPPED] if millis[i] <= limit]

        def candidate(i: int) -> Candidate:
            return self._candidate(room, columns, i, int(millis[i]), float(metres[i]))

        units = tuple(candidate(int(i)) for i in best)
        sure = (u for u in units if not {"old_position", "jumped", "nobody_owns"} & set(u.remarks))
        return Nearest(
            units=units,
            skipped=tuple(candidate(int(i)) for i in nearer),
            proposed=next(sure, units[0]).unit if units else "",
            unplaced=int((columns.free & ~placed).sum()),
            estimated=not bool(by_road.any()),
        )

    def _ways(self, columns: Columns, end: tuple[float, float], case: Case) -> tuple[Ints, Floats, Bools]:
        """Milliseconds (NO_WAY: unknown), metres, and whether a road was followed."""
        n = len(columns.rows)
        millis, metres = np.full(n, NO_WAY, dtype=np.int64), np.full(n, np.inf)
        by_road = np.zeros(n, dtype=bool)
        rough = np.full(n, NO_WAY, dtype=np.int64)
        for number, profile in enumerate(self._standing.profiles):
            these = np.flatnonzero(columns.profile == number)
            if len(these):
                ways = self._travel.ways(columns.x[these], columns.y[these], end, profile, case)
                millis[these], metres[these], by_road[these] = ways.millis, ways.metres, ways.by_road
                rough[these] = ways.rough
        return or_rough(millis, rough)[0], metres, by_road

    def _candidate(self, room: str, columns: Columns, i: int, millis: int, metres: float) -> Candidate:
        of = self._picture.units[self._standing.refs[columns.rows[i]]]
        age = int(columns.age[i])
        owner = self._picture.function(of.function).owner
        remarks: list[Remark] = []
        if not of.free:
            remarks.append("not_free")
        if age > OLD_SECONDS:
            remarks.append("old_position")
        if columns.jumped[i]:
            remarks.append("jumped")
        if age < 0 and not columns.at_base[i]:
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
            seconds=round(millis / 1000),
            metres=round(metres),
            x=round(float(columns.x[i]), 1),
            y=round(float(columns.y[i]), 1),
            position_age=None if age < 0 else age,
            function=of.function,
            owner=owner,
            other_room=owner != room,
            remarks=tuple(remarks),
        )
