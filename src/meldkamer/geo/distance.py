"""How long the way is, as long as no roads are loaded: straight line times a detour.

A rough estimate that says so: it does not know rivers, bridges or traffic. Short trips
are slower than long ones, so the speed grows from ``near`` to ``far`` with the distance.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterable

import msgspec
import numpy as np

from meldkamer.geo.rd import Floats
from meldkamer.pack import TravelProfile


class TravelEstimate(msgspec.Struct, frozen=True):
    """Driving time and distance. ``estimated`` stays true until a road graph answers."""

    seconds: float
    metres: float
    profile: str
    estimated: bool = True
    method: str = "straight line x detour"


class TravelTimes:
    """Estimates for the speed profiles of a pack. Points are RD metres."""

    def __init__(self, profiles: Iterable[TravelProfile]) -> None:
        self._profiles = {profile.code: profile for profile in profiles}

    def estimate(self, start: tuple[float, float], end: tuple[float, float], profile: str) -> TravelEstimate:
        """One trip. Raises KeyError for an unknown profile, ValueError for a point that is not finite."""
        straight = math.hypot(end[0] - start[0], end[1] - start[1])
        if not math.isfinite(straight):
            raise ValueError(f"no distance between {start} and {end}")
        metres, seconds = self._way(np.array([straight]), self._profiles[profile])
        return TravelEstimate(float(seconds[0]), float(metres[0]), profile)

    def seconds_many(self, x: Floats, y: Floats, end: tuple[float, float], profile: str) -> Floats:
        """Seconds from many starts (shape (n,)) to one end; NaN where a start is NaN (no known position)."""
        _, seconds = self._way(np.hypot(x - end[0], y - end[1]), self._profiles[profile])
        return seconds

    def fastest(self, profile: str) -> float:
        """Metres of straight line per second that no estimate goes beyond. Raises KeyError for an unknown profile."""
        of = self._profiles[profile]
        return max(of.near_kmh, of.far_kmh) / 3.6 / of.detour

    def detour(self, profile: str) -> float:
        """How much longer than the straight line the way is taken to be. Raises KeyError for an unknown profile."""
        return self._profiles[profile].detour

    def basis(self, profile: str) -> str:
        """A name for the numbers that estimates follow from: another one as soon as one of them changes.

        Raises KeyError for an unknown profile.
        """
        of = self._profiles[profile]
        numbers = (of.detour, of.near_m, of.near_kmh, of.far_kmh, of.start_s)
        return f"line:{hashlib.sha256(msgspec.json.encode(numbers)).hexdigest()[:16]}"

    def radius(self, seconds: float, profile: str) -> float:
        """Metres of straight line that take so many seconds; 0 when that is not enough to depart.

        Raises KeyError for an unknown profile.
        """
        of = self._profiles[profile]
        near, far = of.near_kmh / 3.6, of.far_kmh / 3.6
        left = max(0.0, seconds - of.start_s)
        metres = left * near if left * near <= of.near_m else of.near_m + (left - of.near_m / near) * far
        return metres / of.detour

    @staticmethod
    def _way(straight: Floats, profile: TravelProfile) -> tuple[Floats, Floats]:
        metres = straight * profile.detour
        near, far = profile.near_kmh / 3.6, profile.far_kmh / 3.6
        # The first kilometres go at the near speed, what is beyond them at the far speed: the
        # time then grows with the distance always, which a speed that jumps would not give.
        first = np.minimum(metres, profile.near_m)
        return metres, profile.start_s + first / near + (metres - first) / far
