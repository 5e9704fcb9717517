"""`meldkamer geo import`: a file into a new release, in force at once or at a stated moment."""

from __future__ import annotations

import argparse
import csv
import sys
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import msgspec

from meldkamer.domain.clock import Clock, Millis, SystemClock
from meldkamer.geo.area_import import guess_level, import_areas_file
from meldkamer.geo.commands.terminal import iso, line, moment, out, releases_of, schedule_of
from meldkamer.geo.gazetteer.import_run import refused_rows, run_import
from meldkamer.geo.gazetteer.rows import Refused
from meldkamer.geo.gazetteer.sources.kinds import source_opener
from meldkamer.geo.rd import RdTransform
from meldkamer.geo.release import ROADS_PART, SHORT, SPEEDS_PART, Release, Releases
from meldkamer.geo.road_import import ImportedRoads, import_roads_file, import_speeds_file
from meldkamer.pack import load_pack


def import_command(args: argparse.Namespace) -> int:
    clock = SystemClock()
    at = moment(args.at, clock)
    releases = releases_of(args.data)
    releases.all()  # a damaged manifest is told before the work, not after
    pack, rd = load_pack(args.pack), RdTransform()
    built = iso(clock.now())
    told: dict[str, Any]
    if args.kind == "areas":
        level = args.level or guess_level(args.file, pack, rd, args.key, args.layer)
        areas = import_areas_file(
            args.file, level, releases, pack, rd, built, begins=args.begins, key=args.key, layer=args.layer
        )
        part = areas.part
        told = {
            "level": areas.level,
            "begins": areas.begins,
            "mended": [msgspec.structs.asdict(fault) for fault in areas.mended],
            "misfits": [msgspec.structs.asdict(misfit) for misfit in areas.misfits],
        }
    elif args.kind == ROADS_PART:
        progress = _Progress(quiet=args.json)
        roads = import_roads_file(args.file, releases, rd, built, progress)
        progress.end()
        part, told = roads.part, _about_roads(roads)
        if args.report is not None:
            _write_report(args.report, _left_out(roads))
    elif args.kind == SPEEDS_PART:
        part, told = import_speeds_file(args.file, releases, built), {}
    else:
        opener = source_opener(args.kind, rd, built[:10])
        progress = _Progress(quiet=args.json)
        result = run_import(args.kind, args.file, opener, releases, built, progress)
        progress.end()
        part = result.part
        told = {
            "names": result.names,
            "taken_up": result.taken_up,
            "refused_rows": [msgspec.structs.asdict(fault) for fault in result.refused],
        }
        if args.report is not None:
            _write_report(args.report, refused_rows(releases.path(part)))
    release = releases.make(part, built)
    if not args.hold:
        _take(args.data, releases, release, at, clock)
    found = {"ok": True, "release": release.hash, "kind": part.kind, "rows": part.rows, "refused": part.refused}
    found |= {
        "in_force": not args.hold,
        "from": None if args.hold else iso(at),
        "after": release.after,
    }
    if args.json:
        out(found | told)
        return 0
    line(f"release {release.hash[:SHORT]}: {part.kind}, {part.rows} rows, {part.refused} refused")
    for misfit in told.get("misfits", ())[:20]:
        where = f"{misfit['lat']}, {misfit['lon']}"
        line(f"  {misfit['kind']} of {', '.join(misfit['codes'])}: {misfit['square_m']:,.0f} m² at {where}")
    if told.get("islands"):
        largest = told["largest_islands"][0]
        where = f"{largest.junctions} junctions around {largest.lat}, {largest.lon}"
        line(f"  {told['islands']} islands, from which no road leads to the rest; the largest: {where}")
    for fault in [*told.get("mended", ()), *told.get("refused_rows", ())][:20]:
        line(f"  {fault['file']}, row {fault['row']}, {fault['field']}: {fault['reason']}")
    line("held back: `meldkamer geo use` takes it into force" if args.hold else f"in force from {iso(at)}")
    return 0


def _take(data: Path, releases: Releases, release: Release, at: Millis, clock: Clock) -> None:
    releases.check(release)
    schedule_of(data).use(release.hash, at, clock.now())


def _about_roads(roads: ImportedRoads) -> dict[str, Any]:
    return {
        **msgspec.structs.asdict(roads.report),
        "taken_up": roads.report.ways if roads.taken_up else 0,
        "refused_rows": [msgspec.structs.asdict(fault) for fault in _left_out(roads)[:200]],
    }


def _left_out(roads: ImportedRoads) -> list[Refused]:
    return [Refused(roads.part.source, left.id, left.thing, left.reason) for left in roads.left_out]


def _write_report(report: Path, faults: Iterable[Refused]) -> None:
    with report.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["file", "row", "field", "reason"])
        writer.writerows((f.file, f.row, f.field, f.reason) for f in faults)


class _Progress:
    """A line on the error channel, at most twice a second."""

    def __init__(self, quiet: bool) -> None:
        self._quiet, self._last, self._shown = quiet, 0.0, False

    def __call__(self, step: str, rows: int) -> None:
        now = time.monotonic()
        if not self._quiet and now - self._last > 0.5:
            self._last, self._shown = now, True
            sys.stderr.write(f"\r{step[-60:]}: {rows:,} rows\033[K")
            sys.stderr.flush()

    def end(self) -> None:
        if self._shown:
            sys.stderr.write("\n")
