"""Which place a point belongs to, when only places are known and no borders.

Plain nearest place gives a city's outskirts to the next village. So a place counts as a
disc: the circle its inhabitants fill at the density of a Dutch town. A point belongs to
the disc it lies deepest in, or nearest to.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from meldkamer.geo.rd import Floats, RdTransform
from meldkamer.pack import Place

# Inhabitants per square kilometre of a built-up area. Dutch towns lie between 3,000 and
# 6,000; in this range the answer for whole regions hardly changes.
DENSITY_PER_KM2 = 5000.0
CHUNK = 2048


class Discs:
    """The places of a pack as discs in RD metres; ``x``, ``y`` and ``radius`` have shape (places,)."""

    def __init__(self, places: Sequence[Place], rd: RdTransform, density: float = DENSITY_PER_KM2) -> None:
        if not places:
            raise ValueError("a pack without places cannot tell where something is")
        self.x, self.y = rd.to_rd_many([p.lat for p in places], [p.lon for p in places])
        people = np.array([p.inhabitants for p in places], dtype=np.float64)
        self.radius: Floats = np.sqrt(people / (np.pi * density)) * 1000.0

    def depth(self, x: float, y: float) -> Floats:
        """Metres from the point to each disc, negative inside; shape (places,)."""
        dx, dy = self.x - x, self.y - y
        result: Floats = np.sqrt(dx * dx + dy * dy) - self.radius
        return result

    def nearest_many(self, x: Floats, y: Floats) -> npt.NDArray[np.int64]:
        """The index of the place each point belongs to; arrays of shape (points,)."""
        found = np.empty(len(x), dtype=np.int64)
        for start in range(0, len(x), CHUNK):
            part = slice(start, start + CHUNK)
            dx = x[part, None] - self.x[None, :]
            dy = y[part, None] - self.y[None, :]
            found[part] = (np.sqrt(dx * dx + dy * dy) - self.radius).argmin(axis=1)
        return found
