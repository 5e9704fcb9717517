"""From OpenStreetMap to a map file: what is read and refused, and that a broken file leaves the old one in force."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

import msgspec
import numpy as np
import osmium
import pytest
from osmium.osm import mutable

from meldkamer.cli import main
from meldkamer.geo import RdTransform, RoadsError, open_roads
from meldkamer.geo.roads import NO_WAY
from meldkamer.geo.roads.graph import ACCESS, load_graph, save_graph
from meldkamer.geo.roads.osm import import_pbf
from meldkamer.geo.roads.speeds import read_speeds
from tests.geo.roads.maps import ZONE, a_grid, open_map

BESIDE = Path(__file__).parents[4] / "shared" / "data"
DATA = Path(os.environ.get("MELDKAMER_TESTDATA", BESIDE)) / "osm"
LAT, LON = 52.0, 5.0
STEP = 0.01


def write(path: Path, ways: list[tuple[list[int], dict[str, str]]], relations=(), count: int = 9) -> Path:
    """Nodes 1..count in a row to the east, with these ways over them (numbered from 100)."""
    path.unlink(missing_ok=True)
    with osmium.SimpleWriter(str(path)) as out:
        for n in range(1, count + 1):
            out.add_node(mutable.Node(id=n, version=1, location=(LON + STEP * n, LAT)))
        for n, (refs, tags) in enumerate(ways):
            out.add_way(mutable.Way(id=100 + n, version=1, nodes=refs, tags=tags))
        for n, (members, tags) in enumerate(relations):
            out.add_relation(mutable.Relation(id=500 + n, version=1, members=members, tags=tags))
    return path


def read(path: Path):
    return import_pbf(path, RdTransform().to_rd_many)


@pytest.mark.parametrize(
    ("tags", "ahead", "back"),
    [
        ({"highway": "residential"}, "motor emergency foot", "motor emergency foot"),
        ({"highway": "residential", "oneway": "yes"}, "motor emergency foot", "foot"),
        ({"highway": "residential", "oneway": "-1"}, "foot", "motor emergency foot"),
        ({"highway": "motorway"}, "motor emergency", ""),
        ({"highway": "motorway", "oneway": "no"}, "motor emergency", "motor emergency"),
        ({"highway": "tertiary", "junction": "roundabout"}, "motor emergency foot", "foot"),
        ({"highway": "residential", "access": "private"}, "", ""),
        ({"highway": "residential", "access": "private", "emergency": "yes"}, "emergency", "emergency"),
        ({"highway": "residential", "motor_vehicle": "no"}, "emergency foot", "emergency foot"),
        ({"highway": "footway"}, "foot", "foot"),
        ({"highway": "busway"}, "emergency foot", "emergency foot"),
        ({"waterway": "canal", "boat": "yes"}, "water", "water"),
        ({"waterway": "canal"}, "", ""),
        ({"route": "ferry", "motor_vehicle": "no"}, "foot", "foot"),
        ({"highway": "proposed"}, "", ""),
    ],
)
def test_who_may_go_which_way(tmp_path: Path, tags: dict[str, str], ahead: str, back: str) -> None:
    ways = [([1, 2], tags), ([2, 3], {"highway": "service"})]
    graph, _ = read(write(tmp_path / "a.osm.pbf", ways))
    who = {True: 0, False: 0}
    for arc in np.flatnonzero(graph.way[graph.edge] == 100):
        who[bool(graph.ahead[arc])] = int(graph.allowed[arc])
    assert who[True] == sum(ACCESS[w] for w in ahead.split()) and who[False] == sum(ACCESS[w] for w in back.split())


def test_speeds_lengths_and_ferries(tmp_path: Path) -> None:
    ways = [
        ([1, 2], {"highway": "primary", "maxspeed": "80"}),
        ([2, 3], {"highway": "primary", "maxspeed": "50 mph"}),
        ([3, 4], {"highway": "primary", "maxspeed": "signals"}),
        ([4, 5], {"route": "ferry", "duration": "00:20"}),
    ]
    graph, report = read(write(tmp_path / "a.osm.pbf", ways))
    assert [int(s) for s in graph.speed] == [80, 80, 0, 0] and (report.ways, report.junctions) == (4, 5)
    assert graph.metres == pytest.approx(np.full(4, 684.6), rel=1e-3)
    assert int(graph.fixed[3]) == 1_200_000 + 300_000
    weights = read_speeds().weights(graph, "ordinary")
    assert int(weights[0]) == round(float(graph.metres[0]) / (80 * 0.85 / 3.6) * 1000)


def test_crossing_ways_are_cut_at_the_junction_and_turns_are_kept(tmp_path: Path) -> None:
    ways = [([1, 2, 3, 4], {"highway": "primary"}), ([5, 3, 6], {"highway": "residential"})]
    members = [("w", 100, "from"), ("n", 3, "via"), ("w", 101, "to")]
    relations = [
        (members, {"type": "restriction", "restriction": "no_left_turn"}),
        (
            [("w", 100, "from"), ("w", 101, "via"), ("w", 100, "to")],
            {"type": "restriction", "restriction": "no_u_turn"},
        ),
        (
            [("w", 100, "from"), ("n", 3, "via"), ("w", 999, "to")],
            {"type": "restriction", "restriction": "no_left_turn"},
        ),
    ]
    graph, report = read(write(tmp_path / "a.osm.pbf", ways, relations))
    assert len(graph.metres) == 4, "node 2 is a bend, node 3 a junction"
    assert (report.junctions, report.turns, report.skipped) == (5, 1, 2) and graph.nodes > 5


def test_the_fresh_map_answers_and_comes_back_from_its_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source = write(tmp_path / "a.osm.pbf", [([1, 2, 3, 4, 5], {"highway": "primary"})])
    assert main(["geo", "roads", "import", str(source), "--to", str(tmp_path / "roads.npz"), "--json"]) == 0
    facts = json.loads(capsys.readouterr().out)
    assert facts["junctions"] == 2 and facts["hash"] == load_graph(tmp_path / "roads.npz")[0].hash
    roads = open_roads(tmp_path / "roads.npz", lambda: 0, zone=ZONE)
    rd = RdTransform()
    start, end = rd.to_rd(LAT, LON + STEP), rd.to_rd(LAT, LON + 4 * STEP)
    found = roads.millis(np.array([start[0]]), np.array([start[1]]), end, "light")[0]
    assert found != NO_WAY and 60_000 < found < 300_000


def test_what_is_broken_is_refused_and_the_old_map_stays(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    old = tmp_path / "roads.npz"
    save_graph(a_grid(3), old)
    before = old.read_bytes()
    good = write(tmp_path / "a.osm.pbf", [([1, 2, 3], {"highway": "primary"})]).read_bytes()
    none = write(tmp_path / "b.osm.pbf", [([1, 2], {"building": "yes"})])
    cut = tmp_path / "cut.osm.pbf"
    for content in (good[: len(good) // 2], b"", b"PK\x03\x04 not a map", os.urandom(200)):
        cut.write_bytes(content)
        assert main(["geo", "roads", "import", str(cut), "--to", str(old)]) == 1
    assert main(["geo", "roads", "import", str(none), "--to", str(old)]) == 1
    assert main(["geo", "roads", "import", str(tmp_path / "absent.osm.pbf"), "--to", str(old)]) == 1
    said = capsys.readouterr().err
    assert "holds no roads" in said and "Traceback" not in said
    assert old.read_bytes() == before


def test_a_map_file_that_was_changed_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "roads.npz"
    graph = a_grid(3)
    save_graph(graph, path)
    load_graph(path)
    save_graph(_forged(graph), path)
    with pytest.raises(RoadsError, match="damaged"):
        load_graph(path)
    path.write_bytes(path.read_bytes()[:-40])
    with pytest.raises(RoadsError):
        load_graph(path)


def _forged(graph):
    return msgspec.structs.replace(graph, metres=graph.metres * 2)


def test_own_speeds_stand_beside_the_map(tmp_path: Path) -> None:
    save_graph(a_grid(3), tmp_path / "roads.npz")
    shipped = Path(read_speeds.__code__.co_filename).parent / "speeds.toml"
    own = tmp_path / "roads.toml"
    shutil.copy(shipped, own)
    start = np.array([0.0]), np.array([0.0])
    usual = open_roads(tmp_path / "roads.npz", lambda: 0, zone=ZONE).millis(*start, (1_000.0, 0.0), "light")[0]
    own.write_text(own.read_text().replace("secondary = 60", "secondary = 30"))
    slower = open_roads(tmp_path / "roads.npz", lambda: 0, zone=ZONE)
    assert slower.millis(*start, (1_000.0, 0.0), "light")[0] > 1.9 * usual
    own.write_text(own.read_text().replace("top = 140", "tops = 140"))
    with pytest.raises(RoadsError, match=r"roads.toml: .*tops"):
        open_roads(tmp_path / "roads.npz", lambda: 0, zone=ZONE)


def extract(name: str) -> Path:
    path = DATA / f"{name}.osm.pbf"
    if not path.exists():
        pytest.skip(f"the extract {name} is not here")
    return path


@pytest.mark.parametrize("name", ["rotterdam_derived", "liechtenstein"])
def test_both_searches_agree_on_real_roads(name: str) -> None:
    graph, report = read(extract(name))
    fast, floor = open_map(graph), open_map(graph, backend="floor")
    chance = np.random.default_rng(1)
    x = chance.uniform(graph.junction_x.min(), graph.junction_x.max(), 500)
    y = chance.uniform(graph.junction_y.min(), graph.junction_y.max(), 500)
    for profile in ("light", "heavy", "ordinary", "foot"):
        for n in range(4):
            end = (float(x[n]), float(y[n]))
            assert (fast.millis(x, y, end, profile) == floor.millis(x, y, end, profile)).all()
    assert report.junctions > 1_000
