"""The program: `meldkamer COMMAND …`. Exit codes: 0 done, 1 it went wrong, 2 the call itself is wrong.

Each command imports what it needs when it runs, so that `meldkamer where` does not load a web server.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

import msgspec

from meldkamer import __version__
from meldkamer.record import commands as record_commands


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code."""
    parser = argparse.ArgumentParser(
        prog="meldkamer", description="The open platform for a network of emergency control rooms."
    )
    parser.add_argument("--version", action="version", version=f"meldkamer {__version__}")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    _add_where(commands)
    _add_pack(commands)
    record_commands.add_parser(commands)
    args = parser.parse_args(argv)
    try:
        return int(args.run(args))
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        return 0


def _add_where(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = commands.add_parser(
        "where", help="place, municipality, safety region and room of a point", epilog="Example: meldkamer where 51.92 4.48"
    )
    parser.add_argument("lat", type=float, metavar="LAT", help="WGS84 latitude, degrees")
    parser.add_argument("lon", type=float, metavar="LON", help="WGS84 longitude, degrees")
    parser.add_argument("--pack", type=Path, default=None, metavar="DIR", help="another country than the shipped one")
    parser.add_argument("--json", action="store_true")
    parser.set_defaults(run=_where)


def _where(args: argparse.Namespace) -> int:
    from meldkamer.geo import where_command
    from meldkamer.pack import PackError, load_pack

    try:
        answer = where_command(load_pack(args.pack), args.lat, args.lon)
    except PackError as error:
        print(f"meldkamer: {error}", file=sys.stderr)
        return 1
    if args.json:
        print(msgspec.json.encode(answer).decode())
    elif answer["ok"]:
        for name in ("place", "municipality", "safety_region_name", "room_name", "certainty"):
            print(f"{name.removesuffix('_name').replace('_', ' '):<14} {answer[name]}")
    if not answer["ok"]:
        print(f"meldkamer: {answer['error']}", file=sys.stderr)
        return 1
    return 0


def _add_pack(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = commands.add_parser("pack", help="check a country's data")
    acts = parser.add_subparsers(required=True, metavar="ACT")
    check = acts.add_parser("check", help="read every table and say what is wrong, with file, row and column")
    check.add_argument("folder", nargs="?", type=Path, default=None, help="default: the shipped country")
    check.add_argument("--json", action="store_true")
    check.set_defaults(run=_pack_check)


def _pack_check(args: argparse.Namespace) -> int:
    from meldkamer.pack import PackError, load_pack

    try:
        pack = load_pack(args.folder)
    except PackError as error:
        if args.json:
            print(msgspec.json.encode({"ok": False, "faults": error.faults}).decode())
        print(f"meldkamer: {error}", file=sys.stderr)
        return 1
    if args.json:
        print(msgspec.json.encode({"ok": True, "name": pack.manifest.name, "hash": pack.hash}).decode())
    else:
        print(f"{pack.manifest.name} {pack.manifest.version}: good, {pack.hash[:16]}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
