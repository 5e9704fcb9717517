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

    def serves(self, profile: str) -> bool:
        """Whether vehicles of this profile go by these roads."""
        ...

    def fastest(self, profile: str) -> float:
        """Metres of straight line per second that no vehicle of this profile goes beyond."""
        ...

    def reach(self, start: tuple[float, float], millis: Sequence[int], profile: str) -> Callable[[], list[Ring]] | None:
        """How far one comes from a point within each of these times, to be drawn by any thread; None when it lies on no
        road of this map."""
        ...

    def route(self, start: tuple[float, float], end: tuple[float, float], profile: str) -> Driven | None:
        """The way that takes the time of `millis`; None where there is none."""
        ...


class Ways(msgspec.Struct, frozen=True):
    """Arrays of one length: milliseconds (NO_WAY: unknown), metres (estimated), and whether a road was followed."""

    millis: Millis
    metres: Floats
    by_road: npt.NDArray[np.bool_]


class Reach(msgspec.Struct, frozen=True, kw_only=True):
    """How far one comes. source: whether roads were followed; detour: else how much longer the way is taken to be than
    the straight line (1 by road)."""

    source: Source
    detour: float
    rings: tuple[Ring, ...]


class Route(msgspec.Struct, frozen=True, kw_only=True):
    """A way. line: RD metres; by straight line it has two points, and metres and time are with the detour."""

    source: Source
    millis: int
    metres: float
    line: Line


class Travel:
    """Times to a place for a pack's profiles. roads: a loaded map, or None. Points are RD metres."""

    def __init__(self, straight: TravelTimes, roads: RoadTimes | None = None) -> None:
        self._straight, self.roads = straight, roads

    def ways(self, x: Floats, y: Floats, end: tuple[float, float], profile: str) -> Ways:
        """From many points to one. Raises KeyError for an unknown profile."""
        seconds = self._straight.seconds_many(x, y, end, profile)
        known = np.isfinite(seconds)
        millis = np.where(known, np.rint(np.where(known, seconds, 0.0) * 1000), NO_WAY).astype(np.int64)
        metres = np.hypot(x - end[0], y - end[1]) * self._straight.detour(profile)
        by_road = np.zeros(len(x), dtype=bool)
        if self.roads is not None and self.roads.serves(profile):
            driven = self.roads.millis(x, y, end, profile)
            by_road = driven != NO_WAY
            millis = np.where(by_road, driven, millis)
        return Ways(millis, metres, by_road)

    def fastest(self, profile: str) -> float:
        """Metres of straight line per second that no time goes beyond: what is further away cannot be sooner."""
        rough = self._straight.fastest(profile)
        by_road = self.roads is not None and self.roads.serves(profile)
        return max(rough, self.roads.fastest(profile)) if by_road and self.roads is not None else rough

    def reach(self, start: tuple[float, float], millis: Sequence[int], profile: str) -> Callable[[], Reach]:
        """How far one comes from a point within each of these times, to be drawn by any thread.

        Raises KeyError for an unknown profile.
        """
        detour = self._straight.detour(profile)
        if self.roads is not None and self.roads.serves(profile):
            rings = self.roads.reach(start, millis, profile)
            if rings is not None:
                return lambda: Reach(source="road", detour=1.0, rings=tuple(rings()))
        found = tuple(_circle(start, self._straight.radius(one / 1000, profile), one) for one in millis)
        return lambda: Reach(source="straight line", detour=detour, rings=found)

    def route(self, start: tuple[float, float], end: tuple[float, float], profile: str) -> Route:
        """One trip as a line. Raises KeyError for an unknown profile, ValueError for a point that is not finite."""
        rough = self._straight.estimate(start, end, profile)
        if self.roads is not None and self.roads.serves(profile):
            driven = self.roads.route(start, end, profile)
            if driven is not None:
                return Route(source="road", millis=driven.millis, metres=driven.metres, line=driven.line)
        return Route(source="straight line", millis=round(rough.seconds * 1000), metres=rough.metres, line=(start, end))

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


def _circle(middle: tuple[float, float], radius: float, millis: int) -> Ring:
    if radius <= 0:
        return Ring(millis=millis, areas=())
    turn = np.linspace(0, 2 * np.pi, CORNERS + 1)
    x, y = middle[0] + radius * np.cos(turn), middle[1] + radius * np.sin(turn)
    line = tuple(zip(np.round(x, 2).tolist(), np.round(y, 2).tolist(), strict=True))
    return Ring(millis=millis, areas=((line,),), border=line)
