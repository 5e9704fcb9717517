"""`meldkamer plan diff|adopt|adoptions`: what changed and why, and what a body made binding."""

from __future__ import annotations

import argparse
import datetime
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec

from meldkamer.steering.sharing import commands as sharing_commands

Act = Callable[[argparse.Namespace], int]


def add_parsers(acts: Any, guard: Callable[[Act], Act]) -> None:
    """Add the acts about versions; DIR is a repository that `plan init` made."""
    diff = acts.add_parser("diff", help="what changed between two versions, with the reason of each change")
    diff.add_argument("dir", type=Path, metavar="DIR")
    diff.add_argument("before", metavar="A", help="a tag, branch or commit")
    diff.add_argument("after", metavar="B", nargs="?", default="HEAD")
    diff.add_argument("--json", action="store_true")
    diff.set_defaults(run=guard(_diff))

    adopt = acts.add_parser("adopt", help="make what is committed binding: a tag with body and date")
    adopt.add_argument("dir", type=Path, metavar="DIR")
    adopt.add_argument("--body", required=True)
    adopt.add_argument("--date", type=datetime.date.fromisoformat, required=True)
    adopt.add_argument("--reason", required=True)
    adopt.add_argument("--proposal", default="", help="with --url: which proposal this was")
    sharing_commands.add_room(adopt, required=False)
    adopt.add_argument("--json", action="store_true")
    adopt.set_defaults(run=guard(_adopt))

    adopted = acts.add_parser("adoptions", help="what was adopted, and whether a tag was tampered with")
    adopted.add_argument("dir", type=Path, metavar="DIR")
    adopted.add_argument("--expect", default="", metavar="IDENTITY", help="of the newest, as written down elsewhere")
    adopted.add_argument("--json", action="store_true")
    adopted.set_defaults(run=guard(_adoptions))


def _diff(args: argparse.Namespace) -> int:
    from meldkamer.steering.adoption import changes

    found = changes(args.dir, args.before, args.after)
    if args.json:
        sys.stdout.write(msgspec.json.encode(found).decode() + "\n")
        return 0
    for change in found:
        why = "; ".join(change.reasons) or "no reason given"
        sys.stdout.write(f"{change.what} {change.kind} {change.id}: {why}\n")
        if change.what == "changed":
            for field in change.fields:
                sys.stdout.write(f"  {field.field}: {field.before} -> {field.after}\n")
    silent = sum(not change.reasons for change in found)
    sys.stdout.write(f"{len(found)} changes, {silent} without a reason\n")
    return 0


def _adopt(args: argparse.Namespace) -> int:
    from meldkamer.steering.adoption import adopt
    from meldkamer.steering.sharing.writer import Send, adopt_shared

    if bool(args.url) != bool(args.proposal) or bool(args.url) != bool(args.token):
        sys.stderr.write(
            "meldkamer: --url, --token and --proposal stand together: the record is told what was adopted\n"
        )
        return 2
    if args.url:

        async def work(send: Send) -> None:
            await adopt_shared(args.dir, args.proposal, args.body, args.date, args.reason, send)

        return sharing_commands.in_room(args, work, f"adopted by {args.body} on {args.date}")
    done = adopt(args.dir, args.body, args.date, args.reason)
    text = msgspec.json.encode(done).decode() if args.json else f"{done.tag}\nidentity {done.identity}"
    sys.stdout.write(text + "\n")
    return 0


def _adoptions(args: argparse.Namespace) -> int:
    from meldkamer.steering.adoption import adoptions, check_adoptions
    from meldkamer.steering.faults import PlanError

    if faults := list(check_adoptions(args.dir, args.expect)):
        raise PlanError(f"the row of adoptions in {args.dir}", faults)
    found = adoptions(args.dir)
    if args.json:
        sys.stdout.write(msgspec.json.encode(found).decode() + "\n")
    else:
        sys.stdout.write("".join(f"{a.tag} {a.identity}\n" for a in found) + f"{len(found)} adoptions, the row holds\n")
    return 0
