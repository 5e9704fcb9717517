"""`meldkamer plan report`: the screens as files that anybody can open, read and print."""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from meldkamer.steering.opening import DATA, HELP, OpenRecord, read_facts

Act = Callable[[argparse.Namespace], int]


def add_parser(
    acts: Any, guard: Callable[[Act], Act], folder: Callable[[argparse.Namespace], Path], record: OpenRecord
) -> None:
    """Add `report` and `workbook`."""
    report = acts.add_parser(
        "report",
        help="a page that opens without signing in and prints, with the tables beside it",
        epilog="Example: meldkamer plan report --out DIR --record DATA",
    )
    report.add_argument("dir", nargs="?", type=Path, default=None, metavar="DIR", help="as for `check`")
    report.add_argument("--out", type=Path, required=True, metavar="DIR", help="where to write; made when not there")
    report.add_argument("--record", type=Path, metavar=DATA, help=f"also what a record shows: {HELP}")
    report.add_argument("--language", choices=("nl", "en"), default="nl")
    report.set_defaults(run=guard(lambda args: _report(args, folder(args), record)))

    book = acts.add_parser(
        "workbook",
        help="money, what if, lines, risks and measures as one file for a spreadsheet (xlsx)",
        epilog="Example: meldkamer plan workbook --out plan.xlsx --scenario all",
    )
    book.add_argument("dir", nargs="?", type=Path, default=None, metavar="DIR", help="as for `check`")
    book.add_argument("--out", type=Path, required=True, metavar="FILE.xlsx", help="is written over")
    book.add_argument("--scenario", action="append", default=[], metavar="FILE", help="as for `money`")
    book.add_argument("--record", type=Path, metavar=DATA, help=f"also what a record shows: {HELP}")
    book.add_argument("--language", choices=("nl", "en"), default="nl")
    book.set_defaults(run=guard(lambda args: _workbook(args, folder(args), record)))


def _report(args: argparse.Namespace, folder: Path, record: OpenRecord) -> int:
    from meldkamer.domain.clock import SystemClock
    from meldkamer.pack import load_pack
    from meldkamer.steering.adoption import adoptions, changes
    from meldkamer.steering.board import risk_board
    from meldkamer.steering.continuity.report import continuity_report
    from meldkamer.steering.load import load_plan
    from meldkamer.steering.measured import date_of
    from meldkamer.steering.outcome import run
    from meldkamer.steering.proof.report import proof_report
    from meldkamer.steering.report_page import Contents, as_html
    from meldkamer.steering.repository import is_repository
    from meldkamer.steering.scenario import load_scenario, scenario_files
    from meldkamer.steering.spreadsheet import write_tables

    plan, pack, now = load_plan(folder), load_pack(), SystemClock().now()
    facts = asyncio.run(read_facts(record, args.record)) if args.record else None
    outcomes = [run(plan, load_scenario(file, plan)) for file in scenario_files(plan)]
    adopted = adoptions(folder) if is_repository(folder) else []
    contents = Contents(
        plan=plan,
        date=date_of(now),
        board=risk_board(plan, date_of(now), facts.measured(now) if facts else None),
        outcomes=outcomes,
        adoptions=adopted,
        since=changes(folder, adopted[-1].tag, "HEAD") if adopted else None,
        continuity=continuity_report(plan, pack, facts, now) if facts else None,
        proof=proof_report(plan, pack, facts, now) if facts else None,
    )
    written = write_tables(args.out, plan, outcomes, args.language == "nl")
    page = args.out / "index.html"
    page.write_text(as_html(contents, args.language, sorted(file.name for file in written)), encoding="utf-8")
    sys.stdout.write(f"{page}\n")
    return 0


def _workbook(args: argparse.Namespace, folder: Path, record: OpenRecord) -> int:
    from meldkamer.domain.clock import SystemClock
    from meldkamer.pack import load_pack
    from meldkamer.steering.board import risk_board
    from meldkamer.steering.facts import RecordFacts
    from meldkamer.steering.load import load_plan
    from meldkamer.steering.measured import date_of
    from meldkamer.steering.outcome import run
    from meldkamer.steering.proof.report import proof_report
    from meldkamer.steering.scenario import find_scenarios, load_scenario
    from meldkamer.steering.workbook import workbook

    plan, now = load_plan(folder), SystemClock().now()
    facts = asyncio.run(read_facts(record, args.record)) if args.record else None
    made = workbook(
        plan,
        args.language,
        date_of(now),
        outcomes=[run(plan, load_scenario(file, plan)) for file in find_scenarios(args.scenario, plan)],
        board=risk_board(plan, date_of(now), facts.measured(now) if facts else None),
        proof=proof_report(plan, load_pack(), facts or RecordFacts(), now),
    )
    args.out.write_bytes(made)
    sys.stdout.write(f"{args.out}\n")
    return 0
