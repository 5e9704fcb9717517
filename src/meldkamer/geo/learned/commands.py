"""`meldkamer travel …`: what units really needed, and the table of corrections that follows from it.

Exit codes: 0 done, 1 it went wrong or a table is not what the record gives, 2 the call itself is wrong.
"""

from __future__ import annotations

import argparse
import asyncio
import datetime
import sys
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import msgspec

from meldkamer.domain.travel import WHOLE_DAY

if TYPE_CHECKING:
    from meldkamer.domain.clock import Millis
    from meldkamer.domain.travel import TravelTable
    from meldkamer.geo.learned.learn import Judged, Learned
    from meldkamer.geo.learned.samples import Samples
    from meldkamer.record import Record

OpenRecord = Callable[[Path], AbstractAsyncContextManager["Record"]]


class _Call(Exception):
    """The call is wrong; says how."""


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser], record: OpenRecord) -> None:
    """Add `travel`. record: opens a data folder, or the network that a room's settings name, for reading."""
    travel = commands.add_parser(
        "travel",
        help="travel times beside what units really needed, and their correction",
        epilog="Example: meldkamer travel measure DIR",
    )
    acts = travel.add_subparsers(required=True, metavar="ACT")
    measure = acts.add_parser("measure", help="what a table would hold now, with its error before and after")
    _add_record(measure)
    _add_until(measure)
    measure.add_argument("--all", action="store_true", help="also what has too few trips to say anything")
    measure.set_defaults(run=_guarded(lambda args, zone: _measure(args, record, zone)))
    adopt = acts.add_parser("adopt", help="take what is measured into force in every room")
    _add_record(adopt)
    _add_until(adopt)
    adopt.add_argument("--from", dest="since", default="", metavar="TIME", help="ISO 8601; default: at once")
    adopt.add_argument("--nothing", action="store_true", help="an empty table: nothing is corrected any more")
    adopt.add_argument("--reason", required=True)
    adopt.add_argument("--url", required=True, help="the room that serves NL.steering, https://…")
    adopt.add_argument("--token", type=Path, required=True, metavar="FILE", help="of an account that may adopt")
    adopt.set_defaults(run=_guarded(lambda args, zone: _adopt(args, record, zone)))
    show = acts.add_parser("show", help="the tables that were taken into force, and whether the record gives the same")
    _add_record(show)
    show.add_argument("--check", action="store_true", help="measure the newest again and compare")
    show.set_defaults(run=_guarded(lambda args, zone: _show(args, record, zone)))


def _add_record(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("data", type=Path, metavar="DATA", help="the data folder of a room, or its settings FILE.toml")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--pack", type=Path, metavar="DIR", help="another country than the shipped one, for its zone")


def _add_until(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--until", default="", metavar="TIME", help="ISO 8601: by what was recorded until then")


def _guarded(act: Callable[[argparse.Namespace, ZoneInfo], int]) -> Callable[[argparse.Namespace], int]:
    def run(args: argparse.Namespace) -> int:
        from meldkamer.client import ApiError
        from meldkamer.pack import PackError, load_pack
        from meldkamer.record import RecordError

        try:
            return act(args, load_pack(args.pack).zone)
        except _Call as error:
            code, message = 2, str(error)
        except (RecordError, PackError, ApiError, ConnectionError, OSError, ValueError) as error:
            code, message = 1, str(error)
        if args.json:
            _json({"ok": False, "error": message})
        sys.stderr.write(f"meldkamer: {message}\n")
        return code

    return run


def _measure(args: argparse.Namespace, record: OpenRecord, zone: ZoneInfo) -> int:
    samples, learned = asyncio.run(_learn(args.data, _moment(args.until, "--until", zone), record, zone))
    if args.json:
        _json({"ok": True, "trips": len(samples.trips), "left_out": samples.left, **msgspec.structs.asdict(learned)})
        return 0
    left = ", ".join(f"{count} {why.replace('_', ' ')}" for why, count in sorted(samples.left.items()))
    _say(f"{len(samples.trips)} trips until {_time(learned.upto, zone)}; left out: {left or 'none'}")
    shown = [j for j in learned.judged if args.all or j.verdict != "too_few"]
    if shown:
        heads = f"{'source':<22} {'area':>4} {'vehicle':<10} {'hour':<9} {'trips':>11} {'factor':>7} {'error':>16}"
        _say(f"{heads}  verdict")
    for one in shown:
        _say(_line(one))
    few = len(learned.judged) - len(shown)
    also = f"; {few} cells with too few trips" if few else ""
    _say(f"table {learned.table}: {len(learned.cells)} corrections{also}")
    return 0


def _line(of: Judged) -> str:
    hour = "all hours" if of.hour == WHOLE_DAY else f"{of.hour:02d}-{of.hour + 1:02d}"
    error = "-" if of.before is None or of.after is None else f"{of.before / 1000:.0f} -> {of.after / 1000:.0f} s"
    return (
        f"{of.basis:<22} {of.area:>4} {of.profile:<10} {hour:<9} {f'{of.samples} + {of.held}':>11} "
        f"{of.permille / 1000:>7.3f} {error:>16}  {of.verdict.replace('_', ' ')}"
    )


def _adopt(args: argparse.Namespace, record: OpenRecord, zone: ZoneInfo) -> int:
    from meldkamer.client import Client, HttpTransport
    from meldkamer.domain.clock import RandomIds
    from meldkamer.domain.travel import AdoptTravelTimes

    since = _moment(args.since, "--from", zone) or 0
    token = args.token.read_text(encoding="utf-8").strip()

    async def work() -> AdoptTravelTimes:
        _, learned = await _learn(args.data, _moment(args.until, "--until", zone), record, zone)
        async with record(args.data) as opened:
            from meldkamer.geo.learned.reading import read_tables

            known = await read_tables(opened)
        if not learned.cells and not args.nothing:
            raise _Call("there is nothing to correct; --nothing takes an empty table into force")
        command = AdoptTravelTimes(
            bases=() if args.nothing else learned.bases,
            cells=() if args.nothing else learned.cells,
            upto=learned.upto,
            since=since,
            previous=known[-1].table if known else "",
            reason=args.reason,
        )
        client = Client(HttpTransport(args.url), token)
        try:
            await client.command(msgspec.to_builtins(command), RandomIds().new())
        finally:
            await client.close()
        return command

    done = asyncio.run(work())
    when = "at once" if not since else f"from {_time(since, zone)}"
    if args.json:
        _json({"ok": True, "cells": len(done.cells), "upto": done.upto, "since": since})
    else:
        _say(f"{len(done.cells)} corrections in force {when}, for incidents that are opened then or later")
    return 0


def _show(args: argparse.Namespace, record: OpenRecord, zone: ZoneInfo) -> int:
    tables = asyncio.run(_tables(args.data, record))
    same: bool | None = None
    if args.check and tables and tables[-1].cells:
        _, again = asyncio.run(_learn(args.data, tables[-1].upto, record, zone))
        same = again.table == tables[-1].table
    if args.json:
        _json({"ok": same is not False, "same": same, "tables": tables})
    else:
        for table in tables:
            _say(
                f"{table.table} from {_time(table.since, zone)}, of what was recorded until {_time(table.upto, zone)}: "
                f"{len(table.cells)} corrections; {table.by}: {table.reason}"
            )
        for cell in tables[-1].cells if tables else ():
            hour = "all hours" if cell.hour == WHOLE_DAY else f"{cell.hour:02d}-{cell.hour + 1:02d}"
            _say(
                f"  {tables[-1].bases[cell.basis]:<22} {cell.area:>4} {cell.profile:<10} {hour:<9} "
                f"+{(cell.permille - 1000) / 10:.1f} %  {cell.samples} + {cell.held} trips, "
                f"{cell.before / 1000:.0f} -> {cell.after / 1000:.0f} s"
            )
        if not tables:
            _say("no table was taken into force: times are what map and line say")
        if same is not None:
            _say("the record gives the same" if same else "the record gives ANOTHER table")
    return 1 if same is False else 0


async def _learn(data: Path, upto: Millis | None, record: OpenRecord, zone: ZoneInfo) -> tuple[Samples, Learned]:
    from meldkamer.geo.learned.learn import learn
    from meldkamer.geo.learned.reading import read_trips

    async with record(data) as opened:
        samples, until = await read_trips(opened, upto)
    return samples, learn(samples.trips, until, zone)


async def _tables(data: Path, record: OpenRecord) -> tuple[TravelTable, ...]:
    from meldkamer.geo.learned.reading import read_tables

    async with record(data) as opened:
        return await read_tables(opened)


def _moment(said: str, option: str, zone: ZoneInfo) -> Millis | None:
    if not said:
        return None
    try:
        at = datetime.datetime.fromisoformat(said)
    except ValueError as error:
        raise _Call(f"{option}: {error}") from None
    return int((at if at.tzinfo is not None else at.replace(tzinfo=zone)).timestamp() * 1000)


def _time(at: Millis, zone: ZoneInfo) -> str:
    return datetime.datetime.fromtimestamp(at / 1000, zone).isoformat(timespec="minutes")


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")


def _json(value: Any) -> None:
    sys.stdout.write(msgspec.json.encode(value).decode() + "\n")
