"""Point in polygon: holes, islands, edges, and agreement with a geometry library."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from shapely.geometry import Point, Polygon

from meldkamer.geo import Polygons

SQUARE = [[0, 0], [10, 0], [10, 10], [0, 10], [0, 0]]
HOLE = [[4, 4], [6, 4], [6, 6], [4, 6], [4, 4]]
ISLAND = [[20, 0], [22, 0], [22, 2], [20, 2]]  # left open on purpose


def test_holes_are_outside_and_islands_inside() -> None:
    areas = Polygons([[SQUARE, HOLE, ISLAND]])
    assert areas.find(1, 1) == 0
    assert areas.find(5, 5) is None
    assert areas.find(21, 1) == 0
    assert areas.find(15, 1) is None


def test_a_shared_border_belongs_to_one_side_only() -> None:
    left = [[0, 0], [5, 0], [5, 10], [0, 10]]
    right = [[5, 0], [10, 0], [10, 10], [5, 10]]
    areas = Polygons([[left], [right]])
    assert [areas.contains(0, 5, 3), areas.contains(1, 5, 3)].count(True) == 1


def test_distance_is_to_the_border_from_both_sides() -> None:
    areas = Polygons([[SQUARE]])
    assert areas.distance(0, 13, 14) == pytest.approx(5.0)
    assert areas.distance(0, 5, 9) == pytest.approx(1.0)


@given(
    corners=st.lists(st.floats(0.2, 1.0), min_size=3, max_size=12),
    x=st.floats(-1.2, 1.2),
    y=st.floats(-1.2, 1.2),
)
def test_it_agrees_with_a_geometry_library(corners: list[float], x: float, y: float) -> None:
    turn = 2 * math.pi / len(corners)
    ring = [[r * math.cos(i * turn), r * math.sin(i * turn)] for i, r in enumerate(corners)]
    shape = Polygon(ring)
    if shape.exterior.distance(Point(x, y)) > 1e-9:
        assert Polygons([[ring]]).contains(0, x, y) == shape.contains(Point(x, y))


@pytest.mark.parametrize(
    "ring", [[], [[0, 0], [1, 1]], [[0, 0], [1, float("nan")], [2, 2]], [["a", 1], [1, 1], [2, 2]]]
)
def test_a_broken_ring_is_refused(ring: list[list[float]]) -> None:
    with pytest.raises(ValueError, match="area 0"):
        Polygons([[ring]])
