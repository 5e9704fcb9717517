"""How long many units need to one place: by road where roads are known, else by straight line and detour, and marked.

Times are whole milliseconds, so that two ways to find them can be compared exactly.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Literal, Protocol

import msgspec
import numpy as np
import numpy.typing as npt

from meldkamer.geo.distance import TravelEstimate, TravelTimes
from meldkamer.geo.learned.corrections import Case, Correction, Corrections
from meldkamer.geo.learned.learn import SAME, corrected
from meldkamer.geo.rd import Floats
from meldkamer.geo.roads.reach import Driven, Line, Ring

Millis = npt.NDArray[np.int64]
NO_WAY = -1
"""In an array of times: the place is not known, or there is no way."""
CORNERS = 72
"""Of a circle that stands for what is reached where no roads are known."""
Source = Literal["road", "straight line"]


class RoadTimes(Protocol):
    """What a loaded map answers."""

    def millis(self, x: Floats, y: Floats, end: tuple[float, float], profile: str) -> Millis:
        """Milliseconds by road from each point to the end; NO_WAY where there is none, or the map does not reach."""
        ...

    def cut_off(self, x: Floats, y: Floats, end: tuple[float, float], profile: str) -> npt.NDArray[np.bool_]:
        """Which points lie on the map at a road that hangs together with none at the end."""
        ...

    def serves(self, profile: str) -> bool:
        """Whether vehicles of this profile go by these roads."""
        ...

    def fastest(self, profile: str) -> float:
        """Metres of straight line per second that no vehicle of this profile goes beyond."""
        ...

    def basis(self, profile: str) -> str:
        """A name for the map and the speeds that times follow from."""
        ...

    def reach(self, start: tuple[float, float], millis: Sequence[int], profile: str) -> Callable[[], list[Ring]] | None:
        """How far one comes from a point within each of these times, to be drawn by any thread; None when it lies on no
        road of this map."""
        ...

    def route(self, start: tuple[float, float], end: tuple[float, float], profile: str) -> Driven | None:
        """The way that takes the time of `millis`; None where there is none."""
        ...


class Ways(msgspec.Struct, frozen=True):
    """Arrays of one length: milliseconds (NO_WAY: unknown), metres (estimated), and whether a road was followed.

    rough: where the map knows that no road leads from there, what the straight line would say; else NO_WAY. It is no
    time to go by, and counts only where nobody has a better one.

    road, line: the learned correction that is in the times by road, and in those by straight line.
    """

    millis: Millis
    metres: Floats
    by_road: npt.NDArray[np.bool_]
    rough: Millis
    road: Correction | None = None
    line: Correction | None = None


def or_rough(millis: Millis, rough: Millis) -> tuple[Millis, npt.NDArray[np.bool_]]:
    """The times by which units are compared, and who is cut off. Who is on an island has none. When nobody at all has
    one, the place itself is cut off, be it by water or by a fault of the map: a straight line, marked as one, is then
    better than sending nobody."""
    cut_off = rough != NO_WAY
    if cut_off.any() and not (millis != NO_WAY).any():
        return rough, np.zeros(len(millis), dtype=bool)
    return millis, cut_off


class Reach(msgspec.Struct, frozen=True, kw_only=True):
    """How far one comes. source: whether roads were followed; detour: else how much longer the way is taken to be than
    the straight line (1 by road). correction: what was learned, which is in the times."""

    source: Source
    detour: float
    rings: tuple[Ring, ...]
    correction: Correction | None = None


class Route(msgspec.Struct, frozen=True, kw_only=True):
    """A way. line: RD metres; by straight line it has two points, and metres and time are with the detour.

    correction: what was learned, which is in the time.
    """

    source: Source
    millis: int
    metres: float
    line: Line
    correction: Correction | None = None


class Travel:
    """Times to a place for a pack's profiles. roads: a loaded map, or None. Points are RD metres.

    corrections: what was learned from arrivals. It makes times longer and never shorter, so no time lies below that of
    the map. Only where a case is given: without one a time is what map or line says.
    """

    def __init__(
        self, straight: TravelTimes, roads: RoadTimes | None = None, corrections: Corrections | None = None
    ) -> None:
        self._straight, self.roads, self._corrections = straight, roads, corrections

    def ways(self, x: Floats, y: Floats, end: tuple[float, float], profile: str, case: Case | None = None) -> Ways:
        """From many points to one. Raises KeyError for an unknown profile."""
        seconds = self._straight.seconds_many(x, y, end, profile)
        known = np.isfinite(seconds)
        millis = np.where(known, np.rint(np.where(known, seconds, 0.0) * 1000), NO_WAY).astype(np.int64)
        metres = np.hypot(x - end[0], y - end[1]) * self._straight.detour(profile)
        by_road = np.zeros(len(x), dtype=bool)
        cut_off = by_road
        if self.roads is not None and self.roads.serves(profile):
            driven = self.roads.millis(x, y, end, profile)
            by_road = driven != NO_WAY
            millis = np.where(by_road, driven, millis)
            if (known & ~by_road).any():
                cut_off = known & ~by_road & self.roads.cut_off(x, y, end, profile)
        road, line = self._learned(profile, case)
        for correction, these in ((road, by_road), (line, ~by_road & known)):
            if correction is not None:
                millis = np.where(these, -(-millis * correction.permille // 1000), millis)
        rough = np.where(cut_off, millis, NO_WAY)
        return Ways(np.where(cut_off, NO_WAY, millis), metres, by_road, rough, road, line)

    def basis(self, profile: str, by_road: bool) -> str:
        """What times of this kind follow from. Raises KeyError for an unknown profile."""
        if by_road and self.roads is not None:
            return self.roads.basis(profile)
        return self._straight.basis(profile)

    def _learned(self, profile: str, case: Case | None) -> tuple[Correction | None, Correction | None]:
        """What counts for times by road, and for those by straight line."""
        if case is None or self._corrections is None:
            return None, None
        line = self._corrections.find(case, self._straight.basis(profile), profile)
        if self.roads is None or not self.roads.serves(profile):
            return None, line
        return self._corrections.find(case, self.roads.basis(profile), profile), line

    def fastest(self, profile: str) -> float:
        """Metres of straight line per second that no time goes beyond: what is further away cannot be sooner."""
        rough = self._straight.fastest(profile)
        by_road = self.roads is not None and self.roads.serves(profile)
        return max(rough, self.roads.fastest(profile)) if by_road and self.roads is not None else rough

    def reach(
        self, start: tuple[float, float], millis: Sequence[int], profile: str, case: Case | None = None
    ) -> Callable[[], Reach]:
        """How far one comes from a point within each of these times, to be drawn by any thread; with what was learned
        of such trips when a case is given.

        Raises KeyError for an unknown profile.
        """
        detour = self._straight.detour(profile)
        by_road, by_line = self._learned(profile, case)
        if self.roads is not None and self.roads.serves(profile):
            drawn = self.roads.reach(start, _without(millis, by_road), profile)
            if drawn is not None:

                def rings() -> Reach:
                    found = tuple(msgspec.structs.replace(r, millis=m) for r, m in zip(drawn(), millis, strict=True))
                    return Reach(source="road", detour=1.0, rings=found, correction=by_road)

                return rings
        within = _without(millis, by_line)
        found = tuple(
            _circle(start, self._straight.radius(less / 1000, profile), one)
            for less, one in zip(within, millis, strict=True)
        )
        return lambda: Reach(source="straight line", detour=detour, rings=found, correction=by_line)

    def radius(self, seconds: float, profile: str) -> float:
        """Metres of straight line that take so many seconds without a map. Raises KeyError for an unknown profile."""
        return self._straight.radius(seconds, profile)

    def route(
        self, start: tuple[float, float], end: tuple[float, float], profile: str, case: Case | None = None
    ) -> Route | None:
        """One trip as a line; None when the map knows that no road leads there. Raises KeyError for an unknown profile,
        ValueError for a point that is not finite."""
        rough = self._straight.estimate(start, end, profile)
        by_road, by_line = self._learned(profile, case)
        if self.roads is not None and self.roads.serves(profile):
            driven = self.roads.route(start, end, profile)
            if driven is not None:
                millis = driven.millis if by_road is None else corrected(driven.millis, by_road.permille)
                return Route(source="road", millis=millis, metres=driven.metres, line=driven.line, correction=by_road)
            if self.roads.cut_off(np.array([start[0]]), np.array([start[1]]), end, profile)[0]:
                return None
        millis = round(rough.seconds * 1000)
        if by_line is not None:
            millis = corrected(millis, by_line.permille)
        return Route(source="straight line", millis=millis, metres=rough.metres, line=(start, end), correction=by_line)

    def seconds_many(self, x: Floats, y: Floats, end: tuple[float, float], profile: str) -> Floats:
        """Seconds from many starts to one end; NaN where the start is not known."""
        found = self.ways(x, y, end, profile).millis
        return np.where(found == NO_WAY, np.nan, found / 1000)

    def estimate(self, start: tuple[float, float], end: tuple[float, float], profile: str) -> TravelEstimate:
        """One trip. Raises KeyError for an unknown profile, ValueError for a point that is not finite."""
        rough = self._straight.estimate(start, end, profile)
        found = self.ways(np.array([start[0]]), np.array([start[1]]), end, profile)
        if not found.by_road[0]:
            return rough
        return TravelEstimate(float(found.millis[0]) / 1000, rough.metres, profile, False, "road")


def _without(millis: Sequence[int], correction: Correction | None) -> list[int]:
    """The longest times by map or line that come to no more than these with what was learned."""
    return [one if correction is None else one * SAME // correction.permille for one in millis]


def _circle(middle: tuple[float, float], radius: float, millis: int) -> Ring:
    if radius <= 0:
        return Ring(millis=millis, areas=())
    turn = np.linspace(0, 2 * np.pi, CORNERS + 1)
    x, y = middle[0] + radius * np.cos(turn), middle[1] + radius * np.sin(turn)
    line = tuple(zip(np.round(x, 2).tolist(), np.round(y, 2).tolist(), strict=True))
    return Ring(millis=millis, areas=((line,),), border=line)
