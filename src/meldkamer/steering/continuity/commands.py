"""`meldkamer continuity`: what the record shows of availability and recovery, beside what the plan asks."""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from meldkamer.steering.opening import DATA, HELP, OpenRecord, read_facts

if TYPE_CHECKING:
    from meldkamer.steering.continuity.structs import Availability, Continuity

Act = Callable[[argparse.Namespace], int]
NOT_CHECKED = "not checked"


def add_parser(acts: Any, guard: Callable[[Act], Act], record: OpenRecord) -> None:
    """Add `continuity`."""
    parser = acts.add_parser(
        "continuity",
        help="availability and recovery as measured, beside the targets; objectives, plans, options, clocks",
        epilog="Example: meldkamer continuity --data DIR --json",
    )
    parser.add_argument("--data", type=Path, required=True, metavar=DATA, help=HELP)
    parser.add_argument("--plan", type=Path, default=None, metavar="DIR", help="default: the shipped plan")
    parser.add_argument("--days", type=float, default=None, metavar="N", help="only the last N days of the record")
    parser.add_argument("--pack", type=Path, default=None, metavar="DIR", help="another country than the shipped one")
    parser.add_argument(
        "--slo", type=Path, default=None, metavar="DIR", help="also write OpenSLO with what was reached"
    )
    parser.add_argument("--json", action="store_true")
    parser.set_defaults(run=guard(lambda args: _continuity(args, record)))


def _continuity(args: argparse.Namespace, record: OpenRecord) -> int:
    from meldkamer.domain.clock import SystemClock
    from meldkamer.pack import load_pack
    from meldkamer.steering.continuity.objectives import write_objectives
    from meldkamer.steering.continuity.report import continuity_report
    from meldkamer.steering.load import load_plan
    from meldkamer.steering.measured import DAY

    if args.days is not None and args.days <= 0:
        sys.stderr.write("meldkamer: --days must be above zero\n")
        return 2
    plan, now = load_plan(args.plan), SystemClock().now()
    facts = asyncio.run(read_facts(record, args.data))
    since = None if args.days is None else now - round(args.days * DAY)
    found = continuity_report(plan, load_pack(args.pack), facts, now, since)
    if args.slo:
        for file in write_objectives(args.slo, plan.objectives, found.objectives):
            sys.stderr.write(f"{file}\n")
    if args.json:
        sys.stdout.write(msgspec.json.encode(found).decode() + "\n")
    else:
        sys.stdout.write("\n".join(_lines(found)) + "\n")
    return 0


def _lines(found: Continuity) -> list[str]:
    lines = [f"not read: {gap}" for gap in found.gaps]
    lines.append("Rooms")
    for room in found.rooms:
        troubles = f"silent {room.fell_silent}, declared down {room.declared_down}"
        lines.append(f"  {room.room:<5} {room.state:<7} {_share(room.availability):<44} {troubles}")
    lines.append("Functions that moved, were exercised, or were lost")
    for f in found.functions:
        if f.takeovers or f.tested.count or f.hand_backs or (f.availability and f.availability.interruptions):
            last = NOT_CHECKED if f.last_seconds is None else f"{f.last_seconds:.1f} s"
            target = "no target" if f.target_seconds in (None, "unknown") else f"target {f.target_seconds} s"
            age = "" if f.last_age_days is None else f", {f.last_age_days:g} days ago"
            counts = f"{f.takeovers} takeovers, {f.hand_backs} agreed moves, {f.tested.count} exercises"
            lines.append(f"  {f.function:<16} {f.owner:<4} {last} ({target}: {f.verdict}){age}; {counts}")
    lines.append("Services")
    lines += [f"  {s.service:<12} {s.state:<12} {_share(s.availability)}" for s in found.services]
    lines.append("Chains, nationally and per region")
    for c in found.chains:
        missing = [part.part for part in c.parts if part.lost_seconds is None]
        unsure = f"; {NOT_CHECKED}: {', '.join(missing)}" if missing else ""
        if c.parts:
            most = "at most " if c.availability is not None and not c.whole else ""
            lines.append(f"  {c.chain:<14} {c.region:<4} {most}{_share(c.availability)}{unsure}")
    lines.append("Objectives")
    for o in found.objectives:
        reached = NOT_CHECKED if o.reached is None else f"{100 * o.reached:.4g}%"
        left = "" if o.spent is None else f", {o.spent:g} of {o.budget:g} {o.unit} spent"
        left += f", {o.agreed:g} of it in agreed maintenance" if o.agreed else ""
        if o.state in ("runs out", "empty"):
            left += f": {o.state}" + (f", in {o.empty_in_days:.1f} days" if o.empty_in_days else "")
        lines.append(f"  {o.objective:<18} {o.name:<16} asks {100 * o.target:g}%, reached {reached}{left}")
    lines.append("Plans and their tests")
    for p in found.plans:
        words = "overdue since" if p.overdue else "due"
        lines.append(f"  {p.plan:<14} version {p.version}, {p.tests} tests, {words} {p.due}")
    lines.append("Options, most minutes avoided per thousand euro first")
    for option in found.options:
        worth = "not known" if option.per_thousand is None else f"{option.per_thousand:.3g} minutes"
        lines.append(f"  {option.option:<20} {worth}")
    lines.append(f"Legal clocks: {len(found.clocks)}")
    lines += [f"  {c.notifiable} {c.clock}: {c.state}, due {c.due.isoformat()}" for c in found.clocks]
    return lines


def _share(found: Availability | None) -> str:
    if found is None:
        return NOT_CHECKED
    more = f", at most {found.unknown_seconds:.0f} s more" if found.unknown_seconds else ""
    more += f", {found.degraded_seconds:.0f} s with less" if found.degraded_seconds else ""
    return f"{found.percent:.4f}%, lost {found.lost_seconds:.0f} s{more}"
