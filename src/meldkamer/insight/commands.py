"""`meldkamer report DIR`: times against the norms, from a stored record. Exit codes: 0 done, 1 wrong, 2 usage."""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from meldkamer.domain.clock import Millis
    from meldkamer.insight.reading import Book
    from meldkamer.insight.report import Report
    from meldkamer.insight.words import Language
    from meldkamer.pack import Pack
    from meldkamer.record import Record

OpenRecord = Callable[[Path], "Record"]


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser], record: OpenRecord) -> None:
    """Add `report`. record: opens the record of a data folder for reading, also beside a running room."""
    parser = commands.add_parser(
        "report",
        help="answer, processing, turn-out and arrival times against the norms, overflow and takeover",
        epilog="Example: meldkamer report DIR --week last --html week.html",
    )
    parser.add_argument("dir", type=Path, metavar="DIR", help="the data folder; a room may be running on it")
    parser.add_argument("--from", dest="since", default="", metavar="TIME", help="ISO 8601; default: the first event")
    parser.add_argument("--until", default="", metavar="TIME", help="ISO 8601, excluded; default: the last event")
    parser.add_argument("--week", default="", metavar="WEEK", help="a whole week as 2025-W47, or `last`: for a timer")
    parser.add_argument("--zone", default="", help="of times without an offset and of hours; default: the country's")
    shape = parser.add_mutually_exclusive_group()
    shape.add_argument("--json", action="store_true", help="everything, as JSON on standard output")
    shape.add_argument("--csv", type=Path, metavar="FILE", help="everything as one table")
    shape.add_argument("--parquet", type=Path, metavar="FILE", help="the same table with typed columns")
    shape.add_argument("--html", type=Path, metavar="FILE", help="one page with charts, to read or print")
    parser.add_argument("--pack", type=Path, default=None, metavar="DIR", help="another country than the shipped one")
    parser.add_argument("--language", choices=("nl", "en"), default="nl", help="of the page and the text")
    parser.set_defaults(run=lambda args: _report(args, record))


def _report(args: argparse.Namespace, record: OpenRecord) -> int:
    from zoneinfo import ZoneInfo

    from meldkamer.insight.report import Figures
    from meldkamer.pack import PackError, load_pack
    from meldkamer.record import RecordError

    try:
        pack = load_pack(args.pack)
    except PackError as error:
        return _failed(args, error)
    try:
        zone = ZoneInfo(args.zone) if args.zone else pack.zone
        since, until = _period(args, zone)
        if since is not None and until is not None and since >= until:
            raise ValueError("--from must lie before --until")
    except (ValueError, OSError, KeyError) as error:
        sys.stderr.write(f"meldkamer: {error.args[0] if error.args else error}\n")
        return 2
    try:
        book = asyncio.run(_read(record(args.dir), pack))
        _write(args, Figures(book, pack, zone, since=since, until=until).report(), pack)
    except (RecordError, OSError) as error:
        return _failed(args, error)
    return 0


def _failed(args: argparse.Namespace, error: Exception) -> int:
    if args.json:
        _out({"ok": False, "error": str(error)})
    sys.stderr.write(f"meldkamer: {error}\n")
    return 1


def _period(args: argparse.Namespace, zone: ZoneInfo) -> tuple[Millis | None, Millis | None]:
    """From when until when. Raises ValueError."""
    if not args.week:
        return _moment(args.since, "--from", zone), _moment(args.until, "--until", zone)
    from meldkamer.domain.clock import SystemClock
    from meldkamer.insight.lasting import whole_weeks
    from meldkamer.insight.periods import span_of

    if args.since or args.until:
        raise ValueError("--week stands instead of --from and --until")
    if args.week == "last":
        week = whole_weeks(SystemClock().now(), zone, 1)[0]
    else:
        try:
            week = span_of(args.week, zone)
        except ValueError:
            raise ValueError(f"--week: {args.week!r} is not a week such as 2025-W47") from None
    return week.since, week.until


async def _read(record: Record, pack: Pack) -> Book:
    from meldkamer.domain.clock import SystemClock
    from meldkamer.insight.reading import Reader

    reader = Reader({f.code: f.home_room for f in pack.functions}, pack.manifest.national_region)
    try:
        await reader.catch_up(record, _tell, SystemClock().monotonic)
        return reader.book()
    finally:
        await record.close()


def _write(args: argparse.Namespace, report: Report, pack: Pack) -> None:
    from meldkamer.insight.page import as_html
    from meldkamer.insight.parquet import as_parquet
    from meldkamer.insight.table import as_csv

    for gap in report.gaps:
        _tell(f"not read: {gap}")
    if args.json:
        _out(report)
    elif args.csv:
        args.csv.write_text(as_csv(report), encoding="utf-8", newline="")
        _tell(str(args.csv))
    elif args.parquet:
        args.parquet.write_bytes(as_parquet(report))
        _tell(str(args.parquet))
    elif args.html:
        args.html.write_text(as_html(report, pack, args.language), encoding="utf-8")
        _tell(str(args.html))
    else:
        sys.stdout.write("\n".join(_lines(report, args.language)) + "\n")


def _lines(report: Report, language: Language) -> list[str]:
    from meldkamer.insight.words import duration, percent, words

    w = words(language)
    absent = w["not_measured"]
    lines = [f"{'':<28}{w['cases']:>10}{w['not_measured_n']:>20}{w['p50']:>18}{w['p90']:>18}  {w['within']}"]
    for b in report.blocks:
        row = b.all
        times = "".join(f"{absent if p is None else duration(p.value, language):>18}" for p in (row.p50, row.p90))
        judged = [
            f"{x.norm} {absent if x.share is None else percent(x.share.value, language)} ({w[x.verdict]})"
            for x in row.within
        ]
        name = f"{w[b.measure]} {b.discipline}"
        missing = sum(row.not_measured.values())
        lines.append(f"{name:<28}{row.measured:>10}{missing:>20}{times}  {'; '.join(judged) or w['none']}")
    for o in report.overflow:
        counted = ", ".join(f"{w[k]} {getattr(o, k)}" for k in ("own", "overflow_out", "taken_over", "helped"))
        lines.append(f"{o.room:<6}{counted}")
    lines.append(f"{w['takeovers']}: {len(report.takeovers.moves)}")
    return lines


def _moment(said: str, option: str, zone: ZoneInfo) -> Millis | None:
    """Milliseconds UTC of a time as typed. Raises ValueError."""
    import datetime

    if not said:
        return None
    try:
        at = datetime.datetime.fromisoformat(said)
    except ValueError as error:
        raise ValueError(f"{option}: {error}") from None
    return int((at if at.tzinfo is not None else at.replace(tzinfo=zone)).timestamp() * 1000)


def _tell(line: str) -> None:
    sys.stderr.write(f"{line}\n")


def _out(value: object) -> None:
    import msgspec

    sys.stdout.write(msgspec.json.encode(value).decode() + "\n")
