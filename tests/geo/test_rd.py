"""RD New against points that are known, and there and back again."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from meldkamer.geo import RdTransform, looks_like_rd

RD = RdTransform()


def test_the_origin_is_the_tower_in_amersfoort() -> None:
    x, y = RD.to_rd(52.155172, 5.387203)
    assert math.hypot(x - 155_000, y - 463_000) < 1.0


def approximate(lat: float, lon: float) -> tuple[float, float]:
    """The polynomial of Schreutelkamp and Strang van Hees: good to some decimetres, and independent of pyproj."""
    p, q = 0.36 * (lat - 52.15517440), 0.36 * (lon - 5.38720621)
    xs: tuple[tuple[int, int, float], ...] = (
        (0, 1, 190094.945),
        (1, 1, -11832.228),
        (2, 1, -114.221),
        (0, 3, -32.391),
        (1, 0, -0.705),
    )
    xs += ((3, 1, -2.340), (1, 3, -0.608), (0, 2, -0.008), (2, 3, 0.148))
    ys: tuple[tuple[int, int, float], ...] = (
        (1, 0, 309056.544),
        (0, 2, 3638.893),
        (2, 0, 73.077),
        (1, 2, -157.984),
        (3, 0, 59.788),
    )
    ys += ((0, 1, 0.433), (2, 2, -6.439), (1, 1, -0.032), (0, 4, 0.092), (1, 4, -0.054))
    x = 155_000 + sum(value * p**i * q**j for i, j, value in xs)
    y = 463_000 + sum(value * p**i * q**j for i, j, value in ys)
    return x, y


@given(lat=st.floats(50.75, 53.55), lon=st.floats(3.36, 7.23))
def test_it_agrees_with_the_polynomial_everywhere(lat: float, lon: float) -> None:
    x, y = RD.to_rd(lat, lon)
    other = approximate(lat, lon)
    assert math.hypot(x - other[0], y - other[1]) < 1.0


@given(x=st.floats(10_000, 280_000), y=st.floats(306_000, 620_000))
def test_there_and_back_is_within_a_centimetre(x: float, y: float) -> None:
    back = RD.to_rd(*RD.to_wgs84(x, y))
    assert math.hypot(back[0] - x, back[1] - y) < 0.01


def test_many_is_the_same_as_one_by_one() -> None:
    lat, lon = np.array([52.1, 53.2]), np.array([5.1, 6.5])
    x, y = RD.to_rd_many(lat, lon)
    assert [(x[i], y[i]) for i in range(2)] == [pytest.approx(RD.to_rd(lat[i], lon[i])) for i in range(2)]
    back_lat, back_lon = RD.to_wgs84_many(x, y)
    assert np.allclose(back_lat, lat, atol=1e-7) and np.allclose(back_lon, lon, atol=1e-7)


def test_metres_are_told_from_degrees() -> None:
    assert looks_like_rd(155_000, 463_000)
    assert not looks_like_rd(52.1, 5.1)
    assert not looks_like_rd(5.1, 52.1)
