"""How long many units need to one place: by road where roads are known, else by straight line and detour, and marked.

Times are whole milliseconds, so that two ways to find them can be compared exactly.
"""

from __future__ import annotations

from typing import Protocol

import msgspec
import numpy as np
import numpy.typing as npt

from meldkamer.geo.distance import TravelEstimate, TravelTimes
from meldkamer.geo.rd import Floats

Millis = npt.NDArray[np.int64]
NO_WAY = -1
"""In an array of times: the place is not known, or there is no way."""


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


class Ways(msgspec.Struct, frozen=True):
    """Arrays of one length: milliseconds (NO_WAY: unknown), metres (estimated), and whether a road was followed."""

    millis: Millis
    metres: Floats
    by_road: npt.NDArray[np.bool_]


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
