"""`meldkamer geo roads …`: a map to try out. Exit codes: 0 done, 1 it went wrong (what was there stays), 2 a bad call.

What a room runs is part of a release: `meldkamer geo import roads`.
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

import msgspec

from meldkamer.geo.rd import RdTransform
from meldkamer.geo.roads.errors import RoadsError
from meldkamer.geo.roads.graph import save_graph
from meldkamer.geo.roads.osm import import_pbf
from meldkamer.geo.roads.search import fast_search, node_order


def add_roads_parser(acts: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `roads` below `geo`; each act sets `run`, a function of the parsed arguments to the exit code."""
    roads = acts.add_parser("roads", help="a map of roads to try out; for rooms: geo import roads")
    inner = roads.add_subparsers(required=True, metavar="ACT")
    bring = inner.add_parser("import", help="make a map of roads from OpenStreetMap data, for propose --roads")
    bring.add_argument("file", type=Path, metavar="FILE.osm.pbf")
    bring.add_argument("--to", type=Path, required=True, metavar="FILE.npz")
    bring.add_argument("--json", action="store_true")
    bring.set_defaults(run=_import)


def _import(args: argparse.Namespace) -> int:
    begun = time.monotonic()
    try:
        graph, report = import_pbf(args.file, RdTransform().to_rd_many)
        save_graph(graph, args.to, node_order(graph) if fast_search() else None)
    except (RoadsError, OSError) as error:
        if args.json:
            sys.stdout.write(msgspec.json.encode({"ok": False, "error": str(error)}).decode() + "\n")
        sys.stderr.write(f"meldkamer: {error}\n")
        return 1
    facts = {
        "ok": True,
        "file": str(args.to),
        "hash": graph.hash,
        "seconds": round(time.monotonic() - begun, 2),
        **msgspec.structs.asdict(report),
    }
    if args.json:
        sys.stdout.write(msgspec.json.encode(facts).decode() + "\n")
    else:
        sys.stdout.write(
            f"{args.to}: {report.junctions} junctions, {report.arcs} arcs, {report.turns} turn restrictions "
            f"({report.skipped} left out), {report.broken} ways cut off at the edge, {report.islands} islands, "
            f"{graph.hash[:16]}\n"
        )
    return 0
