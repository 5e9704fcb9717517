"""Parts of a map between which no road leads: told when it is imported, and no time is made up for who stands there."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np
import pytest

from meldkamer.cli import main
from meldkamer.geo.distance import TravelTimes
from meldkamer.geo.roads import NO_WAY, Closure, RoadTimes, Travel, or_rough
from meldkamer.geo.roads.graph import RoadGraph, make_graph
from meldkamer.geo.roads.islands import islands, part_of_edges
from meldkamer.geo.roads.roads import Backend
from meldkamer.pack import load_pack
from tests.geo.roads.maps import ALL, ON_FOOT, open_map, road
from tests.geo.roads.test_import import write

STRAIGHT = TravelTimes(load_pack().travel_profiles)
SIDE, STEP, WATER = 5, 300.0, 4_000.0
MAINLAND, ISLAND = (600.0, 600.0), (600.0 + SIDE * STEP + WATER, 600.0)
BESIDE = (-30_000.0, 0.0)
"""Where the map has no roads at all."""


def two_parts(bridge: int | None = None, x0: float = 0.0, y0: float = 0.0) -> RoadGraph:
    """A mainland, and an island of fewer roads to the east. bridge: for whom there is one."""
    x: list[float] = []
    y: list[float] = []
    edges = []
    for n, rows in enumerate((SIDE + 1, SIDE)):
        east, first = n * (SIDE * STEP + WATER), len(x)
        for i in range(SIDE * rows):
            x.append(x0 + east + STEP * (i % SIDE))
            y.append(y0 + STEP * (i // SIDE))
        for i in range(SIDE * rows):
            at = first + i
            others = ([at + 1] if i % SIDE < SIDE - 1 else []) + ([at + SIDE] if i < SIDE * (rows - 1) else [])
            edges += [road(at, other, x, y, 1_000 * n + at) for other in others]
    if bridge is not None:
        edges.append(road(SIDE - 1, SIDE * (SIDE + 1), x, y, 9_999, ahead=bridge, back=bridge))
    return make_graph(np.array(x), np.array(y), edges)


def three(travel: Travel, end: tuple[float, float], profile: str = "light"):
    """From the mainland, the island, and beside the map."""
    x, y = (np.array(values) for values in zip(MAINLAND, ISLAND, BESIDE, strict=True))
    return travel.ways(x, y, end, profile)


@pytest.mark.parametrize("backend", ["fast", "floor"])
def test_who_is_on_an_island_has_no_time_and_who_is_beside_the_map_an_estimate(backend: Backend) -> None:
    travel = Travel(STRAIGHT, open_map(two_parts(), backend=backend))
    found = three(travel, (0.0, 0.0))
    assert found.by_road.tolist() == [True, False, False]
    assert found.millis[1] == NO_WAY < found.millis[0] < found.millis[2]
    assert (found.rough != NO_WAY).tolist() == [False, True, False]
    there = three(travel, (ISLAND[0] + STEP, 0.0))
    assert there.millis[0] == NO_WAY < there.millis[1] and there.by_road.tolist() == [False, True, False]
    assert np.isnan(travel.seconds_many(np.array([ISLAND[0]]), np.array([ISLAND[1]]), (0.0, 0.0), "light")).all()
    assert travel.route(ISLAND, (0.0, 0.0), "light") is None
    beside = travel.route(BESIDE, (0.0, 0.0), "light")
    assert beside is not None and beside.source == "straight line"


def test_where_nobody_can_come_by_road_a_straight_line_is_better_than_nobody() -> None:
    travel = Travel(STRAIGHT, open_map(two_parts()))
    x, y = np.array([0.0, 900.0]), np.array([0.0, 300.0])
    found = travel.ways(x, y, ISLAND, "light")
    assert (found.millis == NO_WAY).all() and not found.by_road.any()
    millis, cut_off = or_rough(found.millis, found.rough)
    assert (millis == Travel(STRAIGHT).ways(x, y, ISLAND, "light").millis).all() and not cut_off.any()
    mixed = three(travel, (0.0, 0.0))
    millis, cut_off = or_rough(mixed.millis, mixed.rough)
    assert millis is mixed.millis and cut_off.tolist() == [False, True, False]


def test_a_closed_bridge_makes_no_island() -> None:
    """What is closed is a decision of today, and a unit may have to be sent past it."""
    roads = open_map(two_parts(bridge=ALL))
    travel = Travel(STRAIGHT, roads)
    assert three(travel, (0.0, 0.0)).by_road.tolist() == [True, True, False]
    middle = (SIDE * STEP + WATER / 2, 0.0)
    roads.close(Closure(id="c", points=(middle, (middle[0] + 50.0, 0.0)), radius=60.0, until=2**60))
    found = three(travel, (0.0, 0.0))
    assert found.by_road.tolist() == [True, False, False]
    assert found.millis[1] != NO_WAY and (found.rough == NO_WAY).all()


def test_an_island_is_one_for_those_who_cannot_use_the_bridge() -> None:
    roads: RoadTimes = open_map(two_parts(bridge=ON_FOOT))
    x, y = np.array([ISLAND[0]]), np.array([ISLAND[1]])
    assert roads.cut_off(x, y, (0.0, 0.0), "light").tolist() == [True]
    assert roads.cut_off(x, y, (0.0, 0.0), "foot").tolist() == [False]


def test_the_parts_are_counted_by_junction() -> None:
    graph = two_parts()
    lat, lon = graph.junction_y / 111_000 + 52, graph.junction_x / 70_000 + 5
    (one,) = islands(graph, lat, lon)
    roads = SIDE * (SIDE - 1) * 2
    assert (one.junctions, one.metres) == (SIDE * SIDE, round(roads * STEP))
    assert one.lon > 5.05 and one.way >= 1_000
    assert len(set(part_of_edges(graph, ALL).tolist())) == 2
    assert islands(two_parts(bridge=ALL), lat, lon) == ()


def test_an_import_tells_which_parts_hang_together_with_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    ways = [([1, 2], {"highway": "primary"}), ([2, 3, 4], {"highway": "primary"}), ([2, 4], {"highway": "service"})]
    apart = [([6, 7], {"highway": "residential"}), ([8, 9], {"highway": "footway"})]
    source = write(tmp_path / "a.osm.pbf", [*ways, *apart])
    report = tmp_path / "left_out.csv"
    call = ["geo", "import", "roads", str(source), "--data", str(tmp_path / "data"), "--report", str(report)]
    assert main([*call, "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["islands"] == 1, "a footway is no road for vehicles"
    (island,) = told["largest_islands"]
    assert (island["junctions"], island["way"], island["lat"]) == (2, 103, 52.0) and 650 < island["metres"] < 720
    (row,) = csv.DictReader(report.read_text(encoding="utf-8").splitlines())
    assert (row["file"], row["row"], row["field"]) == ("a.osm.pbf", "103", "island") and "2 junctions" in row["reason"]
    assert main(call) == 0
    assert "1 islands" in capsys.readouterr().out
