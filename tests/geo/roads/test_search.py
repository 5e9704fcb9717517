"""Times by road: two searches equal to the millisecond, never below the shortest; turns, one-ways and closures."""

from __future__ import annotations

import heapq

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from meldkamer.geo.roads import NO_WAY, Closure, RoadsError
from meldkamer.geo.roads.graph import ACCESS, CLOSED, RoadGraph, Turn, make_graph
from meldkamer.geo.roads.roads import LIMIT
from meldkamer.geo.roads.search import FAR, BoundedSearch, Hierarchy, Topology
from meldkamer.geo.roads.speeds import read_speeds
from tests.geo.roads.maps import a_grid, open_map, road

SIDE = 6
SPAN = 500.0 * (SIDE - 1)
spots = st.tuples(st.floats(-300, SPAN + 300), st.floats(-300, SPAN + 300))


def plain(graph: RoadGraph, weights: np.ndarray, start: int) -> dict[int, int]:
    """The textbook's search, from one node."""
    leaving: dict[int, list[int]] = {}
    for arc in range(graph.arcs):
        leaving.setdefault(int(graph.tail[arc]), []).append(arc)
    found: dict[int, int] = {}
    ahead = [(0, start)]
    while ahead:
        spent, node = heapq.heappop(ahead)
        if node in found:
            continue
        found[node] = spent
        for arc in leaving.get(node, ()):
            if weights[arc] < CLOSED:
                heapq.heappush(ahead, (spent + int(weights[arc]), int(graph.head[arc])))
    return found


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10_000), st.sampled_from(["light", "foot"]), st.data())
def test_both_searches_are_the_textbooks_shortest(seed: int, profile: str, data: st.DataObject) -> None:
    graph = a_grid(SIDE, seed=seed)
    weights = read_speeds().weights(graph, profile)
    target = data.draw(st.integers(0, graph.nodes - 1))
    rest = data.draw(st.integers(0, 5_000))
    sources = np.arange(graph.nodes)
    floor = BoundedSearch(graph, weights).to(sources, [(target, rest), (0, 9_000)], LIMIT)
    fast = Hierarchy(Topology(graph), weights).to(sources, [(target, rest), (0, 9_000)], LIMIT)
    assert (floor == fast).all()
    for source in data.draw(st.lists(st.integers(0, graph.nodes - 1), max_size=3)):
        reached = plain(graph, weights, source)
        expected = min(reached.get(target, FAR) + rest, reached.get(0, FAR) + 9_000, FAR)
        assert floor[source] == expected


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10_000), st.lists(spots, min_size=1, max_size=12), spots, st.booleans())
def test_units_get_equal_times_from_both_also_past_closures(seed: int, units, end, closed: bool) -> None:
    graph = a_grid(SIDE, seed=seed)
    fast, floor = open_map(graph), open_map(graph, backend="floor")
    x, y = np.array([u[0] for u in units]), np.array([u[1] for u in units])
    assert (fast.millis(x, y, end, "light") == floor.millis(x, y, end, "light")).all()
    if closed:
        line = Closure(id="c", points=((700.0, -50.0), (700.0, 1_300.0)), radius=40.0, until=2**60)
        slow = Closure(id="s", points=((0.0, 0.0), (900.0, 0.0), (900.0, 900.0)), slower=3.0, until=2**60)
        before = fast.millis(x, y, end, "light")
        for roads in (fast, floor):
            roads.close(line)
            roads.close(slow)
        after = fast.millis(x, y, end, "light")
        assert (after == floor.millis(x, y, end, "light")).all()
        worse = (after == NO_WAY) | ((before != NO_WAY) & (after >= before))
        assert worse.all(), "a closure never makes a way shorter"
        for roads in (fast, floor):
            assert roads.open("c") and roads.open("s") and not roads.open("c")
        assert (fast.millis(x, y, end, "light") == before).all()
        assert (floor.millis(x, y, end, "light") == before).all()


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10_000), st.lists(spots, min_size=1, max_size=8), spots)
def test_no_time_is_below_the_graphs_shortest(seed: int, units, end) -> None:
    graph = a_grid(SIDE, seed=seed)
    roads = open_map(graph)
    x, y = np.array([u[0] for u in units]), np.array([u[1] for u in units])
    weights = read_speeds().weights(graph, "light")
    fastest = np.max(np.where(weights < CLOSED, graph.metres[graph.edge] / weights * 1000, 0))
    found = roads.millis(x, y, end, "light")
    # What no road can beat: the straight line at the pace of the fastest road, less what lies beside the roads.
    away = 2 * 300 * np.sqrt(2)
    straight = np.maximum(0, np.hypot(x - end[0], y - end[1]) - away)
    assert (found[found != NO_WAY] + len(graph.metres) >= (straight / fastest * 1000)[found != NO_WAY]).all()


def test_a_point_moves_and_only_it_is_looked_up_anew() -> None:
    roads, again = open_map(a_grid(SIDE)), open_map(a_grid(SIDE))
    x, y = np.array([0.0, 500.0, np.nan]), np.array([0.0, 250.0, 0.0])
    roads.millis(x, y, (1_000.0, 1_000.0), "light")
    x[1] = 2_000.0
    moved = roads.millis(x, y, (1_000.0, 1_000.0), "light")
    assert (moved == again.millis(x, y, (1_000.0, 1_000.0), "light")).all() and moved[2] == NO_WAY


def test_a_one_way_road_is_gone_round_but_not_on_foot() -> None:
    x, y = np.array([0.0, 1_000.0, 500.0]), np.array([0.0, 0.0, 800.0])
    edges = [
        road(0, 1, x, y, 1, back=ACCESS["foot"]),
        road(1, 2, x, y, 2),
        road(2, 0, x, y, 3),
    ]
    roads = open_map(make_graph(x, y, edges))
    there, back = (np.array([0.0]), np.array([0.0])), (np.array([1_000.0]), np.array([0.0]))
    assert roads.millis(*back, (0.0, 0.0), "light")[0] > roads.millis(*there, (1_000.0, 0.0), "light")[0]
    assert roads.millis(*back, (0.0, 0.0), "foot")[0] == roads.millis(*there, (1_000.0, 0.0), "foot")[0]


@pytest.mark.parametrize(("only", "to"), [(False, 12), (True, 13)])
def test_a_forbidden_turn_is_not_made(only: bool, to: int) -> None:
    # From 0 to 1, and there on to 2 or 3; the turn to 2 is forbidden, or the one to 3 is the only one.
    x, y = np.array([0.0, 1_000.0, 1_000.0, 2_000.0]), np.array([0.0, 0.0, 1_000.0, 0.0])
    edges = [road(0, 1, x, y, 10), road(1, 2, x, y, 12), road(1, 3, x, y, 13)]
    free = open_map(make_graph(x, y, edges))
    turn = Turn(junction=1, start_way=10, end_way=to, only=only)
    graph = make_graph(x, y, edges, [turn])
    bound = open_map(graph)
    start = (np.array([100.0]), np.array([0.0]))
    assert bound.millis(*start, (1_900.0, 0.0), "light")[0] == free.millis(*start, (1_900.0, 0.0), "light")[0]
    # The other way leads over the far end of the third road and back, where it may turn in.
    assert bound.millis(*start, (1_000.0, 900.0), "light")[0] > free.millis(*start, (1_000.0, 900.0), "light")[0]
    assert graph.nodes == 5


def test_a_ferry_keeps_its_own_time() -> None:
    x, y = np.array([0.0, 3_000.0]), np.array([0.0, 0.0])
    boat = road(0, 1, x, y, 1, road="ferry", fixed=1_200_000)
    roads = open_map(make_graph(x, y, [boat]))
    start = np.array([0.0]), np.array([0.0])
    assert (
        roads.millis(*start, (3_000.0, 0.0), "light")[0]
        == roads.millis(*start, (3_000.0, 0.0), "heavy")[0]
        == 1_200_000
    )


def test_islands_and_points_off_the_map_have_no_way() -> None:
    x, y = np.array([0.0, 1_000.0, 9_000.0, 10_000.0]), np.array([0.0, 0.0, 0.0, 0.0])
    roads = open_map(make_graph(x, y, [road(0, 1, x, y, 1), road(2, 3, x, y, 2)]))
    found = roads.millis(np.array([100.0, 9_500.0, 40_000.0]), np.zeros(3), (900.0, 0.0), "light")
    assert found[0] > 0 and list(found[1:]) == [NO_WAY, NO_WAY]
    assert (roads.millis(np.array([100.0]), np.zeros(1), (0.0, 50_000.0), "light") == NO_WAY).all()


def test_a_closure_ends_by_itself_and_a_bad_one_is_refused() -> None:
    now = [0]
    roads = open_map(a_grid(4), lambda: now[0])
    start = np.array([0.0]), np.array([0.0])
    before = roads.millis(*start, (1_500.0, 0.0), "light")[0]
    roads.close(Closure(id="a", points=((750.0, 0.0),), radius=50.0, until=1_000))
    assert roads.millis(*start, (1_500.0, 0.0), "light")[0] > before
    now[0] = 1_000
    assert roads.millis(*start, (1_500.0, 0.0), "light")[0] == before and not roads.closures()
    for bad in (
        Closure(id="b", points=(), until=5_000),
        Closure(id="b", points=((0.0, 0.0), (1.0, 1.0)), until=5_000),
        Closure(id="b", points=((float("nan"), 0.0),), radius=3.0, until=5_000),
        Closure(id="b", points=((0.0, 0.0),), radius=3.0, slower=0.2, until=5_000),
    ):
        with pytest.raises(RoadsError):
            roads.close(bad)


def test_a_whole_drawn_polygon_closes_what_lies_in_it() -> None:
    roads = open_map(a_grid(4))
    bow_tie = Closure(id="x", points=((400.0, -100.0), (600.0, 100.0), (600.0, -100.0), (400.0, 100.0)), until=2**60)
    assert roads.close(bow_tie) >= 1, "one that crosses itself counts by the even-odd rule"


def test_the_hour_counts() -> None:
    graph = a_grid(4)
    morning, noon = 1_700_032_000_000, 1_700_046_000_000  # a Wednesday, 08:06 and 12:00 in the Netherlands
    start = np.array([0.0]), np.array([0.0])

    def at(when: int, profile: str) -> int:
        return int(open_map(graph, lambda: when).millis(*start, (1_500.0, 1_500.0), profile)[0])

    assert at(morning, "ordinary") > at(noon, "ordinary") and at(morning, "light") > at(noon, "light")
    assert at(noon, "heavy") > at(noon, "light")
