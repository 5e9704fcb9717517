"""WGS84 and the Dutch grid: RD New (EPSG:28992), in metres.

Everything inside the product that measures distance does so in RD; everything that
comes from outside (phones, cars, CAP) is WGS84. This is the one place where they meet.
"""

from __future__ import annotations

from functools import cache
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
from pyproj import Transformer

Floats: TypeAlias = npt.NDArray[np.float64]

# What a Dutch coordinate can be, generously; outside it the projection means nothing.
RD_BOUNDS = (-7000.0, 289000.0, 300000.0, 629000.0)  # x min, y min, x max, y max


class RdTransform:
    """Both directions, built once in a process (it takes tens of milliseconds).

    Accuracy: within a metre on land, without the correction grids that pyproj does not ship.
    """

    def __init__(self) -> None:
        self._to_rd, self._to_wgs84 = _transformers()

    def to_rd(self, lat: float, lon: float) -> tuple[float, float]:
        """RD x, y in metres of one WGS84 point."""
        x, y = self._to_rd.transform(lon, lat)
        return float(x), float(y)

    def to_wgs84(self, x: float, y: float) -> tuple[float, float]:
        """WGS84 lat, lon in degrees of one RD point."""
        lon, lat = self._to_wgs84.transform(x, y)
        return float(lat), float(lon)

    def to_rd_many(self, lat: npt.ArrayLike, lon: npt.ArrayLike) -> tuple[Floats, Floats]:
        """RD x, y of arrays of the same shape."""
        return self._many(self._to_rd, lon, lat)

    def to_wgs84_many(self, x: npt.ArrayLike, y: npt.ArrayLike) -> tuple[Floats, Floats]:
        """WGS84 lat, lon of arrays of the same shape."""
        lon, lat = self._many(self._to_wgs84, x, y)
        return lat, lon

    @staticmethod
    def _many(transformer: Transformer, first: npt.ArrayLike, second: npt.ArrayLike) -> tuple[Floats, Floats]:
        result: tuple[Any, Any] = transformer.transform(
            np.asarray(first, dtype=np.float64), np.asarray(second, dtype=np.float64)
        )
        return np.asarray(result[0], dtype=np.float64), np.asarray(result[1], dtype=np.float64)


@cache
def _transformers() -> tuple[Transformer, Transformer]:
    return (
        Transformer.from_crs(4326, 28992, always_xy=True),
        Transformer.from_crs(28992, 4326, always_xy=True),
    )


def looks_like_rd(first: float, second: float) -> bool:
    """Whether a pair of numbers is RD metres rather than degrees."""
    x_min, y_min, x_max, y_max = RD_BOUNDS
    return x_min <= first <= x_max and y_min <= second <= y_max and abs(second) > 180
