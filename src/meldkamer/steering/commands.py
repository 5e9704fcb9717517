"""`meldkamer plan …`: make the plan's repository, check it, ask about its money. Exit codes: 0 good, 1 wrong, 2 usage.

Reading and reckoning are imported when a command runs, so that other commands do not wait for numpy.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from pathlib import Path

import msgspec

from meldkamer.steering import report_commands, risk_commands, version_commands
from meldkamer.steering.archive import commands as archive_commands
from meldkamer.steering.continuity import commands as continuity_commands
from meldkamer.steering.continuity import telling
from meldkamer.steering.opening import OpenKeys, OpenRecord
from meldkamer.steering.proof import commands as proof_commands
from meldkamer.steering.sharing import commands as sharing_commands

MANIFEST = "plan.toml"

Act = Callable[[argparse.Namespace], int]


def add_parser(
    commands: argparse._SubParsersAction[argparse.ArgumentParser],
    record: OpenRecord,
    keys: OpenKeys,
) -> None:
    """Add `plan`, `continuity`, `service`, `proof` and `archive`."""
    continuity_commands.add_parser(commands, _guarded, record)
    telling.add_parser(commands, _guarded)
    proof_commands.add_parser(commands, _guarded, record)
    archive_commands.add_parser(commands, _guarded, record, keys)
    plan = commands.add_parser("plan", help="steering: the plan as files, and its money")
    acts = plan.add_subparsers(required=True, metavar="ACT")

    init = acts.add_parser("init", help="make a repository of the plan from the shipped one")
    init.add_argument("dir", type=Path, metavar="DIR", help="a folder that is empty or not there yet")
    init.set_defaults(run=_guarded(_init))

    check = acts.add_parser("check", help="read every file and say what is wrong, with file, line and field")
    _add_folder(check)
    check.add_argument("--json", action="store_true")
    check.set_defaults(run=_guarded(_check))

    lines = acts.add_parser("lines", help="the development lines: balance, who asked, capacity and expertise")
    _add_folder(lines)
    lines.add_argument("--json", action="store_true")
    lines.add_argument("--svg", type=Path, metavar="FILE", help="also draw the axis of continuity and renewal")
    lines.add_argument("--language", choices=("nl", "en"), default="nl", help="of the drawing")
    lines.set_defaults(run=_guarded(_lines))

    roll = acts.add_parser("roll", help="draft the tables one year on; what nobody knows is unknown")
    roll.add_argument("dir", type=Path, metavar="DIR")
    roll.set_defaults(run=_guarded(_roll))

    risk_commands.add_parsers(acts, _guarded, _folder, record)
    version_commands.add_parsers(acts, _guarded)
    report_commands.add_parser(acts, _guarded, _folder, record)
    sharing_commands.add_parsers(acts, _guarded, record)

    money = acts.add_parser(
        "money",
        help="the adopted tables, whether they add up, and what if",
        epilog="Example: meldkamer plan money --scenario nms-herstart --json",
    )
    _add_folder(money)
    money.add_argument("--reconcile", action="store_true", help="every relation between cells, with its difference")
    money.add_argument(
        "--scenario",
        action="append",
        default=[],
        metavar="FILE",
        help="a scenario file, the name of one of the plan's own, or `all`; may be given more than once",
    )
    money.add_argument("--realisation", type=Path, metavar="FILE.csv", help="what was spent, against the budget")
    money.add_argument("--json", action="store_true")
    money.add_argument("--csv", type=Path, metavar="DIR", help="also write the tables for a spreadsheet")
    money.add_argument("--dutch", action="store_true", help="with --csv: as Dutch Excel opens them")
    money.add_argument("--svg", type=Path, metavar="DIR", help="also write charts")
    money.add_argument("--language", choices=("nl", "en"), default="nl", help="of the charts")
    money.set_defaults(run=_guarded(_money))


def _add_folder(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "dir",
        nargs="?",
        type=Path,
        default=None,
        metavar="DIR",
        help="default: this folder when it holds a plan, else the shipped plan",
    )


def _folder(args: argparse.Namespace) -> Path:
    from meldkamer.steering.load import shipped_plan

    if args.dir is not None:
        return Path(args.dir)
    return Path() if Path(MANIFEST).is_file() else shipped_plan()


def _guarded(act: Act) -> Act:
    """What is wrong with files is told as faults; nothing ends in a stack trace."""

    def run(args: argparse.Namespace) -> int:
        from meldkamer.record import RecordError
        from meldkamer.steering.faults import PlanError, RepositoryError

        try:
            return act(args)
        except PlanError as error:
            if getattr(args, "json", False):
                _out({"ok": False, "faults": error.faults})
            sys.stderr.write(f"meldkamer: {error}\n")
        except (RepositoryError, RecordError, OSError) as error:
            if getattr(args, "json", False):
                _out({"ok": False, "error": str(error)})
            sys.stderr.write(f"meldkamer: {error}\n")
        return 1

    return run


def _init(args: argparse.Namespace) -> int:
    from meldkamer.steering.load import load_plan, shipped_plan
    from meldkamer.steering.repository import init_plan

    commit = init_plan(args.dir, shipped_plan())
    plan = load_plan(args.dir)
    sys.stdout.write(f"{plan.manifest.name} in {args.dir}, {len(plan.placed)} records, commit {commit[:12]}\n")
    return 0


def _check(args: argparse.Namespace) -> int:
    from meldkamer.steering.adoption import check_adoptions
    from meldkamer.steering.faults import PlanError
    from meldkamer.steering.load import load_plan
    from meldkamer.steering.report import summary
    from meldkamer.steering.repository import is_repository
    from meldkamer.steering.scenario import load_scenario, scenario_files

    folder = _folder(args)
    plan = load_plan(folder)
    for file in scenario_files(plan):
        load_scenario(file, plan)
    if is_repository(folder) and (faults := list(check_adoptions(folder))):
        raise PlanError(f"the row of adoptions in {folder}", faults)
    found = summary(plan)
    if args.json:
        _out({"ok": True, **msgspec.to_builtins(found)})
    else:
        sys.stdout.write(f"{found}\n")
    return 0


def _lines(args: argparse.Namespace) -> int:
    from meldkamer.steering.lines import axis_chart, portfolio
    from meldkamer.steering.load import load_plan
    from meldkamer.steering.report import lines

    plan = load_plan(_folder(args))
    if args.svg:
        args.svg.write_text(axis_chart(plan, args.language == "en"), encoding="utf-8")
    found = portfolio(plan)
    if args.json:
        _out(found)
    else:
        sys.stdout.write("\n".join(lines(found)) + "\n")
    return 0


def _roll(args: argparse.Namespace) -> int:
    from meldkamer.steering.load import load_plan
    from meldkamer.steering.roll import roll_forward

    for file in roll_forward(load_plan(args.dir)):
        sys.stdout.write(f"{file}\n")
    return 0


def _money(args: argparse.Namespace) -> int:
    from meldkamer.steering import report
    from meldkamer.steering.charts import write_charts
    from meldkamer.steering.load import load_plan
    from meldkamer.steering.outcome import run
    from meldkamer.steering.realisation import read_realisation
    from meldkamer.steering.reconcile import reconcile
    from meldkamer.steering.scenario import find_scenarios, load_scenario
    from meldkamer.steering.spreadsheet import write_tables

    plan = load_plan(_folder(args))
    outcomes = [run(plan, load_scenario(file, plan)) for file in find_scenarios(args.scenario, plan)]
    realised = read_realisation(args.realisation, plan) if args.realisation else None
    if args.csv:
        write_tables(args.csv, plan, outcomes, args.dutch)
    if args.svg:
        write_charts(args.svg, plan, outcomes, args.language)
    if args.json:
        if args.reconcile:
            _out(reconcile(plan))
        elif args.scenario:
            _out(outcomes[0] if len(outcomes) == 1 else outcomes)
        elif realised is not None:
            _out(realised)
        else:
            _out(report.money(plan))
        return 0
    if args.reconcile:
        lines = report.reconciliation(plan)
    elif args.scenario:
        lines = [line for outcome in outcomes for line in report.outcome(outcome)]
    elif realised is not None:
        lines = report.realisation(realised)
    else:
        lines = report.tables(plan)
    sys.stdout.write("\n".join(lines) + "\n")
    return 0


def _out(value: object) -> None:
    sys.stdout.write(msgspec.json.encode(value).decode() + "\n")
