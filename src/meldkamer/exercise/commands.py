"""`meldkamer exercise takeover`: lose a room on purpose, on a copy, and see how it goes.

Exit codes: 0 it was held, whatever the score; 1 it could not be held; 2 the call itself is wrong.
"""

from __future__ import annotations

import argparse
import asyncio
import getpass
import logging
import signal
import sqlite3
import sys
from pathlib import Path

import msgspec

from meldkamer.exercise.options import ExerciseError, Options, Outcome

SHORTEST_MINUTES = 0.2
_KEPT = {
    "record": "the score stands in the record of the live room",
    "waiting": "the score waits in the data folder: the room keeps it as soon as it runs",
    "nowhere": "the score is kept nowhere: give the live room's data folder with --data",
}


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `exercise` and its subcommands."""
    parser = commands.add_parser("exercise", help="practise on a copy, without touching what is real")
    acts = parser.add_subparsers(required=True, metavar="WHAT")
    sub = acts.add_parser(
        "takeover",
        help="lose a room and see others take over, scored against the norms",
        epilog="Example: meldkamer exercise takeover --of LB --data /var/lib/meldkamer/lb --minutes 10 --open 8200",
    )
    sub.add_argument("--of", required=True, metavar="ROOM", help="the room that is lost")
    sub.add_argument("--data", default="", metavar="DIR", help="the live room's data folder; it may be running")
    sub.add_argument("--from", dest="source", default="", metavar="BACKUP", help="work on a backup of the record")
    sub.add_argument("--master", default="", metavar="FILE", help="master key of the backup's keys; without it no text")
    sub.add_argument("--pack", default="", metavar="DIR", help="another country than the shipped one")
    sub.add_argument("--how", choices=("declared", "silent"), default="declared", help="a person says so, or silence")
    sub.add_argument("--minutes", type=float, default=10.0, metavar="M", help="how long it lasts (10)")
    sub.add_argument("--calls", type=float, default=6.0, metavar="N", help="calls a minute for the lost room (6)")
    sub.add_argument("--seed", default="112", help="the same seed is the same callers")
    sub.add_argument("--open", type=int, metavar="PORT", help="let people take part at this port (0: any free one)")
    sub.add_argument("--host", default="127.0.0.1", metavar="ADDRESS", help="with --open: where it listens")
    sub.add_argument("--keep", action="store_true", help="leave the record of the exercise, without its keys")
    sub.add_argument("--plan", default="", metavar="CODE", help="the continuity plan that this tests")
    sub.add_argument("--by", default="", metavar="NAME", help="who holds it (default: who is logged in here)")
    sub.add_argument("--json", action="store_true", help="end with the score as one JSON line")
    sub.set_defaults(run=_takeover)


def _takeover(args: argparse.Namespace) -> int:
    wrong = _wrong(args)
    if wrong:
        sys.stderr.write(f"meldkamer: {wrong}\n")
        return 2
    options = Options(
        of=args.of,
        data=args.data,
        source=args.source,
        master=args.master,
        pack=args.pack,
        ground=args.how,
        minutes=args.minutes,
        warm=min(30.0, args.minutes * 15),
        calls=args.calls,
        seed=args.seed,
        host=args.host,
        port=args.open,
        keep=args.keep,
        plan=args.plan,
        by=args.by or getpass.getuser(),
    )
    from meldkamer.access import AccessError
    from meldkamer.pack import PackError
    from meldkamer.record import RecordError

    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    try:
        outcome = asyncio.run(_hold(options))
    except (ExerciseError, RecordError, AccessError, PackError, ValueError, OSError, sqlite3.Error) as error:
        if args.json:
            sys.stdout.write(msgspec.json.encode({"ok": False, "error": str(error)}).decode() + "\n")
        sys.stderr.write(f"meldkamer: {error}\n")
        return 1
    except asyncio.CancelledError:
        return 130
    sys.stdout.write(msgspec.json.encode(outcome).decode() + "\n" if args.json else _table(outcome))
    return 0


def _wrong(args: argparse.Namespace) -> str:
    if not args.data and not args.source:
        return "exercise: on what? Give the live room's data folder (--data) or a backup of it (--from)"
    for folder in (args.data, args.source):
        if folder and not Path(folder).is_dir():
            return f"exercise: {folder}: no such folder"
    if args.minutes < SHORTEST_MINUTES:
        return f"exercise: --minutes must be {SHORTEST_MINUTES} or more: calls need time to come"
    if args.calls <= 0:
        return "exercise: --calls must be above zero"
    if args.master and not args.source:
        return "exercise: --master belongs to a backup (--from)"
    return ""


async def _hold(options: Options) -> Outcome:
    from meldkamer.exercise.holding import hold

    holding = asyncio.ensure_future(hold(options, _say))
    # Stopped by the system it clears up behind it, as it does when a person stops it.
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, holding.cancel)
    return await holding


def _say(line: str) -> None:
    sys.stderr.write(f"{line}\n")
    sys.stderr.flush()


def _table(outcome: Outcome) -> str:
    """The score for people: every figure beside its norm, in words as well."""
    took = ", ".join(outcome.rooms_took) or "nobody"
    lines = [
        f"EXERCISE {outcome.exercise}: {outcome.room} lost ({outcome.ground}), "
        f"{len(outcome.functions)} functions to {took}",
        f"{'figure':<26}{'value':>10}{'norm':>10}  verdict",
    ]
    for figure in outcome.figures:
        value = "not measured" if figure.value is None else f"{figure.value:g}"
        norm = "-" if figure.norm is None else f"{figure.norm:g}"
        verdict = {True: "good", False: "MISSED", None: ""}[figure.good]
        lines.append(f"{figure.name:<26}{value:>10}{norm:>10}  {verdict}".rstrip())
    whole = {True: "every norm was met", False: "NOT every norm was met", None: "not everything could be judged"}
    lines += [f"{whole[outcome.good]}; {outcome.people} people took part", _KEPT[outcome.kept]]
    if not outcome.readable:
        lines.append("the text of the copy could not be read: its keys were not there")
    if outcome.record:
        lines.append(f"its record stays in {outcome.record}, without keys")
    return "\n".join(lines) + "\n"
