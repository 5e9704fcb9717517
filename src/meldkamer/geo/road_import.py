"""From an OpenStreetMap file, or a table of speeds, to a new release with it: roads are one geography for all rooms."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from pathlib import Path

import msgspec

from meldkamer.geo.rd import RdTransform
from meldkamer.geo.release import ROADS_PART, SPEEDS_PART, Part, Releases, file_hash, write_whole
from meldkamer.geo.roads.errors import RoadsError
from meldkamer.geo.roads.graph import FORMAT, RoadGraph, load_graph, save_graph
from meldkamer.geo.roads.osm import LeftOut, Report, import_pbf
from meldkamer.geo.roads.search import fast_search, node_order
from meldkamer.geo.roads.speeds import read_speeds

RULES = 1
"""Counts up when the same file would give another graph: what a broken import left is then not taken up."""


class ImportedRoads(msgspec.Struct, frozen=True, kw_only=True):
    """What came of it. taken_up: the graph of an earlier try was there already. left_out: what could not be taken."""

    part: Part
    report: Report
    left_out: tuple[LeftOut, ...]
    taken_up: bool


class _Work(msgspec.Struct, frozen=True):
    """What a finished graph in the workshop came with."""

    report: Report
    left_out: tuple[LeftOut, ...]


def import_roads_file(
    path: Path,
    releases: Releases,
    rd: RdTransform,
    built: str,
    progress: Callable[[str, int], None] = lambda step, number: None,
) -> ImportedRoads:
    """Read a .osm.pbf and make the part with the road graph. Raises RoadsError for a file that is none or has no roads,
    ReleaseError when an import of roads is at work already.

    It works in two long steps, the graph and the order for the fast search; broken off in the second one it goes on
    there when the same file is given again.
    """
    if not path.is_file():
        raise RoadsError(f"{path}: no such file")
    with releases.alone(ROADS_PART, wait=False):
        source = file_hash(path)
        work = releases.workshop / f"{ROADS_PART}-{source[:16]}-{FORMAT}.{RULES}.npz"
        beside = work.with_suffix(".json")
        graph, told = _taken_up(work, beside)
        taken_up = graph is not None and told is not None
        if graph is None or told is None:
            left_out: list[LeftOut] = []
            graph, report = import_pbf(path, rd.to_rd_many, progress, left_out)
            told = _Work(report, tuple(left_out))
            write_whole(beside, msgspec.json.encode(told))
            save_graph(graph, work)
        progress("order of the junctions", told.report.junctions)
        finished = releases.workshop / f"{ROADS_PART}.finished"
        save_graph(graph, finished, node_order(graph) if fast_search() else None)
        report = told.report
        part = _take(
            releases, finished, path, ROADS_PART, rows=report.ways, refused=report.skipped + report.broken, built=built
        )
        for leftover in (work, beside):
            leftover.unlink(missing_ok=True)
    return ImportedRoads(part=part, report=report, left_out=told.left_out, taken_up=taken_up)


def import_speeds_file(path: Path, releases: Releases, built: str) -> Part:
    """Take a table of speeds (as `speeds.toml` of the program) into the releases. Raises RoadsError."""
    table = read_speeds(path)
    releases.prepare()
    finished = releases.workshop / f"{SPEEDS_PART}.finished"
    write_whole(finished, path.read_bytes())
    return _take(releases, finished, path, SPEEDS_PART, rows=len(table.classes), refused=0, built=built)


def _taken_up(work: Path, beside: Path) -> tuple[RoadGraph | None, _Work | None]:
    with contextlib.suppress(RoadsError, OSError, msgspec.MsgspecError):
        return load_graph(work)[0], msgspec.json.decode(beside.read_bytes(), type=_Work)
    return None, None


def _take(releases: Releases, finished: Path, source: Path, kind: str, *, rows: int, refused: int, built: str) -> Part:
    part = Part(
        kind=kind,
        sha256=file_hash(finished),
        bytes=finished.stat().st_size,
        rows=rows,
        refused=refused,
        source=source.name,
        source_sha256=file_hash(source),
        built=built,
    )
    releases.take_part(finished, part)
    return part
