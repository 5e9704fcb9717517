"""How far one comes and by which way: areas that grow with the time, borders and lines that take exactly that time."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from meldkamer.geo.distance import TravelTimes
from meldkamer.geo.roads import NO_WAY, Closure, Ring, Roads, Travel
from meldkamer.geo.roads.graph import Turn, make_graph
from meldkamer.geo.roads.reach import CELL
from meldkamer.pack import load_pack
from tests.geo.roads.maps import a_grid, open_map, road

SIDE = 6
SPAN = 500.0 * (SIDE - 1)
spots = st.tuples(st.floats(-200, SPAN + 200), st.floats(-200, SPAN + 200))
STRAIGHT = TravelTimes(load_pack().travel_profiles)
EXACT = 8
"""Milliseconds: a border is told to the centimetre, and what lies beside the road goes at walking pace."""


def area(ring: Ring) -> shapely.Geometry:
    return shapely.union_all([shapely.Polygon(outline, holes) for outline, *holes in ring.areas])


def rings(roads: Roads, start: tuple[float, float], times: list[int], profile: str = "light") -> list[Ring]:
    drawn = roads.reach(start, times, profile)
    assert drawn is not None
    return drawn()


def millis(roads: Roads, start: tuple[float, float], end: tuple[float, float], profile: str = "light") -> int:
    return int(roads.millis(np.array([start[0]]), np.array([start[1]]), end, profile)[0])


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10_000), spots, st.lists(st.integers(1, 400), min_size=2, max_size=4), st.booleans())
def test_a_longer_time_reaches_all_that_a_shorter_one_does(seed: int, start, seconds, closed: bool) -> None:
    roads = open_map(a_grid(SIDE, seed=seed))
    if closed:
        roads.close(Closure(id="c", points=((700.0, -50.0), (700.0, 1_300.0)), radius=40.0, until=2**60))
    found = rings(roads, start, [1000 * s for s in sorted(seconds)])
    for less, more in itertools.pairwise(found):
        assert shapely.is_empty(shapely.difference(area(less), area(more).buffer(1e-6)))


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10_000), spots, st.integers(5, 300), st.sampled_from(["light", "foot"]), st.booleans())
def test_on_the_border_the_search_finds_exactly_that_time(
    seed, start, seconds: int, profile: str, closed: bool
) -> None:
    roads = open_map(a_grid(SIDE, seed=seed))
    if closed:
        roads.close(Closure(id="s", points=((0.0, 0.0), (900.0, 0.0), (900.0, 900.0)), slower=3.0, until=2**60))
    (ring,) = rings(roads, start, [1000 * seconds], profile)
    for point in ring.border:
        if all(min(v % 500, 500 - v % 500) < 1 for v in point):
            continue  # at a junction another road is as near, and gives its own time to the same place
        assert abs(millis(roads, start, point, profile) - ring.millis) <= EXACT


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10_000), spots, spots, st.integers(5, 400))
def test_what_is_sooner_lies_inside_and_what_is_much_later_outside(seed: int, start, place, seconds: int) -> None:
    roads = open_map(a_grid(SIDE, seed=seed))
    at = roads._snap_two("light", start, place)
    x, y = roads._drawn().at(at.edge, at.share)
    on_road = float(x[1]), float(y[1])
    (ring,) = rings(roads, start, [1000 * seconds])
    found = millis(roads, start, on_road)
    if found != NO_WAY and found <= ring.millis - EXACT:
        assert area(ring).buffer(0.1).covers(shapely.Point(on_road))
    if not area(ring).buffer(0.1).covers(shapely.Point(on_road)):
        assert found == NO_WAY or found > ring.millis - EXACT


def test_the_road_where_it_begins_is_reached_along_it_and_round_the_block() -> None:
    # A ring of one-way streets: who stands at 100 m of the first comes to its beginning only after the whole round.
    x, y = np.array([0.0, 1_000.0, 1_000.0, 0.0]), np.array([0.0, 0.0, 1_000.0, 1_000.0])
    edges = [road(n, (n + 1) % 4, x, y, n, back=0) for n in range(4)]
    roads = open_map(make_graph(x, y, edges))
    round_trip = millis(roads, (100.0, 0.0), (0.0, 0.0))
    (short,) = rings(roads, (100.0, 0.0), [10_000])
    ((tip, _),) = short.border
    assert 100 < tip < 1_000 and not area(short).covers(shapely.Point(-50.0, 150.0))
    (almost, whole) = rings(roads, (100.0, 0.0), [round_trip + 2_000, round_trip + 60_000])
    ((tip, across),) = almost.border
    assert 0 < tip < 100 and across == 0, "the gap before where it began"
    assert whole.border == ()


def test_a_forbidden_turn_is_minded() -> None:
    x, y = np.array([0.0, 1_000.0, 1_000.0, 2_000.0]), np.array([0.0, 0.0, 1_000.0, 0.0])
    edges = [road(0, 1, x, y, 10), road(1, 2, x, y, 12), road(1, 3, x, y, 13)]
    free, bound = (
        open_map(make_graph(x, y, edges, turns))
        for turns in ([], [Turn(junction=1, start_way=10, end_way=12, only=False)])
    )
    start, place = (100.0, 50.0), (1_000.0, 900.0)
    between = (millis(free, start, place) + millis(bound, start, place)) // 2
    for roads, there in ((free, True), (bound, False)):
        (ring,) = rings(roads, start, [between])
        assert area(ring).covers(shapely.Point(place)) == there
    direct, round_about = free.route(start, place, "light"), bound.route(start, place, "light")
    assert direct is not None and round_about is not None
    assert (2_000.0, 0.0) in round_about.line and (2_000.0, 0.0) not in direct.line, "it turns where it may"


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10_000), spots, spots, st.sampled_from(["light", "foot"]), st.booleans(), st.booleans())
def test_a_route_takes_the_time_of_the_search_and_goes_by_roads(seed, start, end, profile, closed, near: bool) -> None:
    roads = open_map(a_grid(SIDE, seed=seed))
    if near:
        end = (start[0] + 40.0, start[1])
    if closed:
        roads.close(Closure(id="c", points=((700.0, -50.0), (700.0, 1_300.0)), radius=40.0, until=2**60))
    route, expected = roads.route(start, end, profile), millis(roads, start, end, profile)
    if expected == NO_WAY:
        assert route is None
        return
    assert route is not None and route.millis == expected
    assert route.line[0] == pytest.approx(start, abs=0.06) and route.line[-1] == pytest.approx(end, abs=0.06)
    drawn = (
        shapely.LineString([start, *route.line[1:-1], end]) if len(route.line) > 2 else shapely.LineString([start, end])
    )
    assert drawn.length == pytest.approx(route.metres, abs=2.0)
    # On the grid every step between the points beside the roads runs along a street.
    for (ax, ay), (bx, by) in itertools.pairwise(route.line[1:-1]):
        assert abs(ax - bx) < 0.2 or abs(ay - by) < 0.2
    if closed:
        assert not any(
            a[1] < 1_300 and b[1] < 1_300 and min(a[0], b[0]) < 690 and max(a[0], b[0]) > 710 and a[1] == b[1]
            for a, b in itertools.pairwise(route.line[1:-1])
        ), "nobody drives through what is closed"


def test_without_a_map_it_is_a_circle_with_the_detour_and_says_so() -> None:
    bare = Travel(STRAIGHT)
    found = bare.reach((1_000.0, 2_000.0), [60_000, 300_000, 900_000], "light")()
    assert found.source == "straight line" and found.detour > 1
    for less, more in itertools.pairwise(found.rings):
        assert area(more).covers(area(less))
    for ring in found.rings:
        for point in ring.border:
            assert bare.estimate((1_000.0, 2_000.0), point, "light").seconds == pytest.approx(
                ring.millis / 1000, abs=0.01
            )
    route = bare.route((0.0, 0.0), (3_000.0, 4_000.0), "light")
    assert route is not None
    assert (route.source, route.line) == ("straight line", ((0.0, 0.0), (3_000.0, 4_000.0)))
    assert route.metres == pytest.approx(5_000 * found.detour)
    with pytest.raises(KeyError):
        bare.reach((0.0, 0.0), [1_000], "broom")


def test_too_short_to_depart_is_nowhere() -> None:
    assert all(ring.areas == () for ring in Travel(STRAIGHT).reach((0.0, 0.0), [0], "light")().rings)
    roads = open_map(a_grid(SIDE))
    (ring,) = rings(roads, (250.0, 250.0), [10_000])
    assert ring.areas == () and ring.border == (), "the way to the road takes longer"


def test_off_the_map_and_at_its_edge_it_says_so() -> None:
    travel = Travel(STRAIGHT, open_map(a_grid(12)))
    assert travel.reach((50_000.0, 0.0), [60_000], "light")().source == "straight line"
    small, large = travel.reach((2_750.0, 2_750.0), [30_000, 1_800_000], "light")().rings
    assert not small.map_ends and large.map_ends
    far, near = (travel.route((0.0, 0.0), (x, 0.0), "light") for x in (90_000.0, 1_000.0))
    assert far is not None and far.source == "straight line"
    assert near is not None and near.source == "road"


def test_a_large_area_is_drawn_coarser_and_still_holds_the_small_one() -> None:
    x, y = np.array([0.0, 1_000.0, 60_000.0]), np.zeros(3)
    long = make_graph(x, y, [road(0, 1, x, y, 1), road(1, 2, x, y, 2)])
    found = Travel(STRAIGHT, open_map(long)).reach((0.0, 0.0), [30_000, 3_600_000], "light")()
    assert found.source == "road"
    small, large = (area(ring) for ring in found.rings)
    assert large.covers(small) and large.bounds[3] - large.bounds[1] > CELL
