"""What it costs to make a map of roads from OpenStreetMap data: junctions a second, and memory.

The map is a generated net of streets with a bend between every two junctions, as a .osm.pbf. The baseline is osmium
alone, which hands the same nodes and ways to Python in the two passes that are needed, where nothing is done with them.
Memory grows with the roads and with nothing else: five times the roads must not take more than five times of it.
"""

from __future__ import annotations

import multiprocessing
import tempfile
import time
from pathlib import Path

import osmium
from osmium.osm import mutable

from bench import Ratio, alternate
from meldkamer.geo import RdTransform
from meldkamer.geo.roads.graph import save_graph
from meldkamer.geo.roads.osm import import_pbf
from meldkamer.geo.roads.search import node_order

SIDE, QUICK_SIDE = 250, 60
"""Junctions along one side of the net."""
LAT, LON, STEP = 52.0, 5.0, 0.0015


def run(quick: bool) -> list[Ratio]:
    """Junctions a second, then memory for five times the roads."""
    side = QUICK_SIDE if quick else SIDE
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        large, small = a_net(folder / "large.osm.pbf", side), a_net(folder / "small.osm.pbf", round(side / 5**0.5))

        def ours() -> float:
            start = time.process_time()
            graph, report = import_pbf(large, RdTransform().to_rd_many)
            save_graph(graph, folder / "roads.npz", node_order(graph))
            return report.junctions / (time.process_time() - start)

        def baseline() -> float:
            start = time.process_time()
            for kinds in (osmium.osm.WAY | osmium.osm.RELATION, osmium.osm.NODE):
                for _ in osmium.FileProcessor(str(large), kinds):
                    pass
            return side * side / (time.process_time() - start)

        mine, theirs = alternate(1 if quick else 3, ours, baseline)
        return [
            Ratio(
                name="junctions read, ordered and stored a second",
                ours=mine,
                baseline=theirs,
                unit="junctions/s",
                bound=0.01,
                more_is_better=True,
                against="osmium alone, reading the same",
            ),
            Ratio(
                name="memory on top for five times the roads",
                ours=_memory(large),
                baseline=_memory(small),
                unit="MB",
                bound=5.0,
                more_is_better=False,
                against="a fifth of the roads",
            ),
        ]


def a_net(path: Path, side: int) -> Path:
    """side x side junctions, streets between neighbours with one bend each."""
    with osmium.SimpleWriter(str(path)) as out:
        junctions = side * side
        for n in range(junctions):
            row, column = divmod(n, side)
            out.add_node(mutable.Node(id=n + 1, version=1, location=(LON + STEP * column, LAT + STEP * row)))
        streets = []
        for n in range(junctions):
            row, column = divmod(n, side)
            streets += [(n, n + 1)] if column < side - 1 else []
            streets += [(n, n + side)] if row < side - 1 else []
        for bend, (a, b) in enumerate(streets, junctions + 1):
            (row, column), more = divmod(a, side), STEP / 2
            east, north = (more, more / 9) if b == a + 1 else (more / 9, more)
            place = (LON + STEP * column + east, LAT + STEP * row + north)
            out.add_node(mutable.Node(id=bend, version=1, location=place))
        for n, (a, b) in enumerate(streets):
            nodes = [a + 1, junctions + 1 + n, b + 1]
            kind = "primary" if (a // side) % 10 == 5 else "residential"
            out.add_way(mutable.Way(id=n + 1, version=1, nodes=nodes, tags={"highway": kind}))
    return path


def _memory(path: Path) -> float:
    """Megabytes at the most beyond what the program takes anyway, in a process of its own."""
    context = multiprocessing.get_context("spawn")
    with context.Pool(1) as pool:
        return pool.apply(_import_alone, (path,))


def _import_alone(path: Path) -> float:
    before = _peak()
    graph, _ = import_pbf(path, RdTransform().to_rd_many)
    save_graph(graph, path.with_suffix(".npz"), node_order(graph))
    return _peak() - before


def _peak() -> float:
    # Not `getrusage`: that remembers what the process was before it became this program.
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(status.partition("VmHWM:")[2].split()[0]) / 1024
