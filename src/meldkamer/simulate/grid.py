"""WGS84 and RD New by the published approximation: a series around Amersfoort, good to about a metre on land.

The simulator is a client and brings its own small transform, so that it needs nothing of the room's geography.
"""

from __future__ import annotations

import math

_X0, _Y0 = 155_000.0, 463_000.0
_LAT0, _LON0 = 52.15517440, 5.38720621

_TO_X = (
    (0, 1, 190094.945), (1, 1, -11832.228), (2, 1, -114.221), (0, 3, -32.391), (1, 0, -0.705),
    (3, 1, -2.340), (1, 3, -0.608), (0, 2, -0.008), (2, 3, 0.148),
)  # fmt: skip
_TO_Y = (
    (1, 0, 309056.544), (0, 2, 3638.893), (2, 0, 73.077), (1, 2, -157.984), (3, 0, 59.788),
    (0, 1, 0.433), (2, 2, -6.439), (1, 1, -0.032), (0, 4, 0.092), (1, 4, -0.054),
)  # fmt: skip
_TO_LAT = (
    (0, 1, 3235.65389), (2, 0, -32.58297), (0, 2, -0.24750), (2, 1, -0.84978), (0, 3, -0.06550),
    (2, 2, -0.01709), (1, 0, -0.00738), (4, 0, 0.00530), (2, 3, -0.00039), (4, 1, 0.00033), (1, 1, -0.00012),
)  # fmt: skip
_TO_LON = (
    (1, 0, 5260.52916), (1, 1, 105.94684), (1, 2, 2.45656), (3, 0, -0.81885), (1, 3, 0.05594), (3, 1, -0.05607),
    (0, 1, 0.01199), (3, 2, -0.00256), (1, 4, 0.00128), (0, 2, 0.00022), (2, 0, -0.00022), (5, 0, 0.00026),
)  # fmt: skip

_Terms = tuple[tuple[int, int, float], ...]


def _sum(terms: _Terms, a: float, b: float) -> float:
    return sum(k * a**p * b**q for p, q, k in terms)


def to_rd(lat: float, lon: float) -> tuple[float, float]:
    """RD x, y in metres of a WGS84 point (degrees)."""
    a, b = 0.36 * (lat - _LAT0), 0.36 * (lon - _LON0)
    return _X0 + _sum(_TO_X, a, b), _Y0 + _sum(_TO_Y, a, b)


def to_wgs84(x: float, y: float) -> tuple[float, float]:
    """WGS84 lat, lon in degrees of an RD point (metres)."""
    a, b = (x - _X0) * 1e-5, (y - _Y0) * 1e-5
    return _LAT0 + _sum(_TO_LAT, a, b) / 3600, _LON0 + _sum(_TO_LON, a, b) / 3600


def in_rd(x: float, y: float) -> bool:
    """Whether the pair can be RD metres in the Netherlands."""
    return -7_000 <= x <= 300_000 and 289_000 <= y <= 629_000


def in_wgs84(lat: float, lon: float) -> bool:
    """Whether the pair can be WGS84 degrees in the Netherlands."""
    return 50.5 <= lat <= 53.8 and 2.5 <= lon <= 7.5


def heading(x0: float, y0: float, x1: float, y1: float) -> int:
    """Degrees clockwise from north of the way from one point to the other."""
    return round(math.degrees(math.atan2(x1 - x0, y1 - y0))) % 360
