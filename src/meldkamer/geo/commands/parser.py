"""`meldkamer geo …`: bring the user's own geography, see which is in force, search it.

Exit codes: 0 done, 1 it went wrong (what was in force still is), 2 the call or the input is wrong.
"""

from __future__ import annotations

import argparse
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec

from meldkamer.domain.clock import SystemClock
from meldkamer.geo.area_import import FIRST_DAY
from meldkamer.geo.borders import AreaFileError, NotBorders
from meldkamer.geo.commands.ask import reverse_command, search_command
from meldkamer.geo.commands.bring import import_command
from meldkamer.geo.commands.terminal import iso, line, moment, out, releases_of, say, schedule_of
from meldkamer.geo.gazetteer import NotAPart
from meldkamer.geo.gazetteer.import_run import SourceError
from meldkamer.geo.gazetteer.sources.kinds import KINDS
from meldkamer.geo.release import ROADS_PART, SHORT, SPEEDS_PART, Release, ReleaseError
from meldkamer.geo.roads import RoadsError
from meldkamer.geo.roads.commands import add_roads_parser

_INPUT = (SourceError, AreaFileError, ReleaseError, NotAPart, NotBorders, RoadsError)
_KINDS = (*KINDS, ROADS_PART, SPEEDS_PART, "areas")


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `geo` and its acts; each sets `run`, a function of the parsed arguments to the exit code."""
    parser = commands.add_parser("geo", help="addresses, roads and borders of your own, as releases")
    acts = parser.add_subparsers(required=True, metavar="ACT")
    add_roads_parser(acts)

    def add(name: str, act: Callable[[argparse.Namespace], int], text: str, data: bool = True) -> Any:
        sub = acts.add_parser(name, help=text, description=text)
        sub.add_argument("--data", type=Path, required=data, default=None, metavar="DIR", help="the data folder")
        sub.add_argument("--pack", type=Path, default=None, metavar="DIR", help="another country than the shipped one")
        sub.add_argument("--json", action="store_true", help="answer as JSON on standard output")
        sub.set_defaults(run=_guarded(act))
        return sub

    sub = add("import", import_command, "read a file into a new release")
    sub.add_argument("kind", metavar="KIND", choices=_KINDS, help=", ".join(_KINDS))
    sub.add_argument("file", metavar="FILE", type=Path)
    sub.add_argument("--hold", action="store_true", help="make the release, but do not take it into force")
    sub.add_argument("--at", default="", metavar="TIME", help="take it into force then (ISO 8601); default: at once")
    sub.add_argument("--begins", default=FIRST_DAY, metavar="DAY", help="areas: the day from which they count")
    sub.add_argument("--level", default="", help="areas: municipality or safety_region; default: what fits")
    sub.add_argument("--key", default="", help="areas: the property that holds the code")
    sub.add_argument("--layer", default="", help="areas: the layer of a GeoPackage")
    sub.add_argument("--report", type=Path, metavar="FILE.csv", help="write every refused row with its reason")
    add("releases", _releases, "which releases there are, and which is in force")
    sub = add("use", _use, "take a release into force, at once or at a stated moment")
    sub.add_argument("release", nargs="?", default="", help="its hash or the beginning of it; `none`: the pack alone")
    sub.add_argument("--at", default="", metavar="TIME", help="ISO 8601; default: at once")
    sub.add_argument("--back", action="store_true", help="return to what was in force before")
    sub = add("export", _export, "write a release as one file for another room")
    sub.add_argument("release", help="its hash or the beginning of it")
    sub.add_argument("file", metavar="FILE", type=Path)
    sub = add("receive", _receive, "take a release that another room exported; in force only when a moment is given")
    sub.add_argument("--at", default="", metavar="TIME", help="take it into force then (ISO 8601)")
    sub.add_argument("file", metavar="FILE", type=Path)
    sub = add("search", search_command, "search as the desk does", data=False)
    sub.add_argument("text", nargs="+", metavar="TEXT")
    sub.add_argument("--near", default="", metavar="LAT,LON", help="rank what is near first")
    sub = add("reverse", reverse_command, "what is here: address, road and post, objects, place", data=False)
    sub.add_argument("lat", type=float, metavar="LAT")
    sub.add_argument("lon", type=float, metavar="LON")


def _guarded(act: Callable[[argparse.Namespace], int]) -> Callable[[argparse.Namespace], int]:
    def run(args: argparse.Namespace) -> int:
        try:
            return act(args)
        except _INPUT as error:
            if args.json:
                faults = [msgspec.structs.asdict(fault) for fault in getattr(error, "faults", ())]
                out({"ok": False, "error": str(error), "faults": faults})
            say(str(error))
            return 2
        except ValueError as error:
            say(str(error))
            return 2
        except (OSError, sqlite3.Error) as error:
            say(str(error))
            return 1

    return run


def _releases(args: argparse.Namespace) -> int:
    now = SystemClock().now()
    releases, schedule = releases_of(args.data).all(), schedule_of(args.data)
    present, coming = schedule.at(now), schedule.next(now)
    rows: list[dict[str, Any]] = [
        {
            "release": release.hash,
            "made": release.made,
            "parts": [msgspec.structs.asdict(part) for part in release.parts],
            "in_force": present is not None and present.release == release.hash,
            "from": iso(coming.at) if coming is not None and coming.release == release.hash else None,
        }
        for release in releases
    ]
    if args.json:
        out({"ok": True, "in_force": present.release if present is not None else "", "releases": rows})
        return 0
    for row in rows:
        state = "in force" if row["in_force"] else (f"from {row['from']}" if row["from"] else "")
        line(f"{row['release'][:SHORT]}  {row['made']}  {state}")
        for part in row["parts"]:
            line(f"    {part['kind']:<22} {part['rows']:>10,} rows  {part['refused']:>6,} refused  {part['source']}")
    if not rows:
        line("no releases: the pack alone")
    return 0


def _use(args: argparse.Namespace) -> int:
    clock = SystemClock()
    schedule, releases = schedule_of(args.data), releases_of(args.data)
    if args.back:
        decision = schedule.take_back(clock.now())
    elif not args.release:
        raise ValueError("name a release, or --back")
    else:
        at = moment(args.at, clock)
        name = ""
        if args.release != "none":
            release = releases.find(args.release)
            releases.check(release)
            name = release.hash
        decision = schedule.use(name, at, clock.now())
    if args.json:
        out({"ok": True, "release": decision.release, "from": iso(decision.at)})
    else:
        line(f"{decision.release[:SHORT] or 'the pack alone'}: in force from {iso(decision.at)}")
    return 0


def _export(args: argparse.Namespace) -> int:
    releases = releases_of(args.data)
    release = releases.find(args.release)
    releases.export(release, args.file)
    _done(args, release, f"written to {args.file}")
    return 0


def _receive(args: argparse.Namespace) -> int:
    clock = SystemClock()
    at = moment(args.at, clock) if args.at else None
    release = releases_of(args.data).receive(args.file)
    if at is None:
        _done(args, release, "received; `meldkamer geo use` takes it into force")
    else:
        decision = schedule_of(args.data).use(release.hash, at, clock.now())
        _done(args, release, f"received; in force from {iso(decision.at)}")
    return 0


def _done(args: argparse.Namespace, release: Release, words: str) -> None:
    if args.json:
        out({"ok": True, "release": release.hash})
    else:
        line(f"{release.hash[:SHORT]}: {words}")
