"""`meldkamer plan risk|judge|seal`: the risk board, a party's judgement, and what is confidential."""

from __future__ import annotations

import argparse
import asyncio
import datetime
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from meldkamer.steering.opening import DATA, HELP, OpenRecord, read_facts

if TYPE_CHECKING:
    from meldkamer.steering.board import Board, BoardRow
    from meldkamer.steering.plan import Plan

Act = Callable[[argparse.Namespace], int]
Guard = Callable[[Act], Act]


def add_parsers(acts: Any, guard: Guard, folder: Callable[[argparse.Namespace], Path], record: OpenRecord) -> None:
    """Add the acts about risks."""
    risk = acts.add_parser("risk", help="the shared risk board, with the work list of missing and stale judgements")
    risk.add_argument("dir", nargs="?", type=Path, default=None, metavar="DIR", help="as for `check`")
    risk.add_argument("--record", type=Path, metavar=DATA, help=f"count what happened in a record: {HELP}")
    risk.add_argument("--party", default="", help="only what this party has to do")
    risk.add_argument("--date", type=datetime.date.fromisoformat, default=None, help="as it was on this day")
    risk.add_argument("--key", type=Path, metavar="FILE", help="open what is confidential")
    risk.add_argument("--json", action="store_true")
    risk.set_defaults(run=guard(lambda args: _risk(args, folder(args), record)))

    judge = acts.add_parser("judge", help="write what a party judges of a risk, as a new judgement in its own file")
    judge.add_argument("dir", type=Path, metavar="DIR")
    judge.add_argument("risk", metavar="RISK")
    judge.add_argument("--party", required=True)
    judge.add_argument("--by", required=True, metavar="ROLE")
    judge.add_argument("--likelihood", type=int, default=0)
    judge.add_argument("--impact", type=int, default=0)
    judge.add_argument("--does-not-hold", action="store_true")
    judge.add_argument("--reason", default="")
    judge.set_defaults(run=guard(_judge))

    seal = acts.add_parser("seal", help="seal a confidential risk: its name, cause, effect as TOML on standard input")
    seal.add_argument("risk", metavar="RISK", help="the id that the record will have")
    seal.add_argument("--key", type=Path, required=True, metavar="FILE", help="outside the plan's repository")
    seal.add_argument("--new-key", action="store_true", help="make the key first")
    seal.set_defaults(run=guard(_seal))


def _today() -> datetime.date:
    from meldkamer.domain.clock import SystemClock
    from meldkamer.steering.measured import date_of

    return date_of(SystemClock().now())


def _risk(args: argparse.Namespace, folder: Path, record: OpenRecord) -> int:
    from meldkamer.domain.clock import SystemClock
    from meldkamer.steering.board import risk_board
    from meldkamer.steering.load import load_plan

    plan = load_plan(folder)
    facts = asyncio.run(read_facts(record, args.record)) if args.record else None
    measured = facts.measured(SystemClock().now()) if facts else None
    board = risk_board(plan, args.date or _today(), measured)
    if args.party:
        board = msgspec.structs.replace(board, to_do=[todo for todo in board.to_do if todo.party == args.party])
    if args.key:
        board = _opened(plan, board, args.key)
    if args.json:
        sys.stdout.write(msgspec.json.encode(board).decode() + "\n")
    else:
        sys.stdout.write("\n".join(_lines(board)) + "\n")
    return 0


def _opened(plan: Plan, board: Board, file: Path) -> Board:
    from meldkamer.steering.confidential import read_key, unseal
    from meldkamer.steering.risk import Risk

    key = read_key(file)
    names = {risk.id: unseal(risk, key) for risk in plan.of(Risk) if risk.sealed}
    rows = [
        msgspec.structs.replace(row, name=names[row.risk].name, name_en=names[row.risk].name_en)
        if row.risk in names
        else row
        for row in board.rows
    ]
    return msgspec.structs.replace(board, rows=rows)


def _lines(board: Board) -> list[str]:
    lines = [f"Risk board on {board.date}"]
    lines += [_line(row) for row in board.rows]
    lines.append(f"To do: {len(board.to_do)}")
    lines += [f"  {todo.party:<5} {todo.risk:<18} {todo.why}: {todo.detail}" for todo in board.to_do]
    return lines


def _line(row: BoardRow) -> str:
    marks = {"holds": "", "does not hold": "no", "not yet judged": "?"}
    cells = " ".join(f"{cell.party} {cell.score or marks[cell.state]}{'*' if cell.stale else ''}" for cell in row.cells)
    score = "not known" if row.score is None else f"{row.score} {row.level}"
    seen = "not checked" if row.seen is None else f"{row.seen.count} times in {row.seen.days} days"
    return f"  {row.risk:<18} {score:<14} {cells:<36} measured: {seen:<20} {row.name}"


def _judge(args: argparse.Namespace) -> int:
    from meldkamer.steering.judging import write_judgement

    judgement = write_judgement(
        args.dir,
        risk=args.risk,
        party=args.party,
        by=args.by,
        date=_today(),
        holds=not args.does_not_hold,
        likelihood=args.likelihood,
        impact=args.impact,
        reason=args.reason,
    )
    sys.stdout.write(f"{judgement.id} in risicos/oordelen/{args.party}.toml\n")
    return 0


def _seal(args: argparse.Namespace) -> int:
    import tomllib

    from meldkamer.steering.confidential import Sealed, new_key, read_key, seal
    from meldkamer.steering.faults import RepositoryError

    if args.new_key:
        new_key(args.key)
    try:
        secret = msgspec.convert(tomllib.loads(sys.stdin.read()), Sealed)
    except (tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        raise RepositoryError(f"standard input: {error}") from None
    sys.stdout.write(f'sealed = "{seal(args.risk, secret, read_key(args.key))}"\n')
    return 0
