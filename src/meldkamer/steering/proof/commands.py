"""`meldkamer proof`: measures with what the record shows and what each party says, and the files auditors ask for."""

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
    from meldkamer.steering.proof.report import Proof

Act = Callable[[argparse.Namespace], int]


def add_parser(acts: Any, guard: Callable[[Act], Act], record: OpenRecord) -> None:
    """Add `proof`."""
    parser = acts.add_parser(
        "proof",
        help="measures of BIO2 and Cbw: what the record shows, what each party says; exports for auditors",
        epilog="Example: meldkamer proof --data DIR --export OUT",
    )
    parser.add_argument("--data", type=Path, default=None, metavar=DATA, help=f"{HELP}; without it nothing is measured")
    parser.add_argument("--plan", type=Path, default=None, metavar="DIR", help="default: the shipped plan")
    parser.add_argument("--pack", type=Path, default=None, metavar="DIR", help="another country than the shipped one")
    parser.add_argument("--framework", default="", metavar="NAME", help="only this one, such as BIO2")
    parser.add_argument(
        "--export", type=Path, default=None, metavar="DIR", help="also write SoA, OSCAL and CISO Assistant"
    )
    parser.add_argument("--json", action="store_true")
    parser.set_defaults(run=guard(lambda args: _proof(args, record)))


def _proof(args: argparse.Namespace, record: OpenRecord) -> int:
    from meldkamer.domain.clock import SystemClock
    from meldkamer.pack import load_pack
    from meldkamer.steering.facts import RecordFacts
    from meldkamer.steering.load import load_plan
    from meldkamer.steering.proof.exports import write_proof
    from meldkamer.steering.proof.report import proof_report

    plan = load_plan(args.plan)
    facts = asyncio.run(read_facts(record, args.data)) if args.data else RecordFacts()
    found = proof_report(plan, load_pack(args.pack), facts, SystemClock().now())
    if args.framework:
        if args.framework not in {f.framework for f in found.frameworks}:
            names = ", ".join(f.framework for f in found.frameworks)
            sys.stderr.write(f"meldkamer: {args.framework!r} is not a framework of this plan; there are {names}\n")
            return 2
        found = msgspec.structs.replace(
            found,
            frameworks=tuple(f for f in found.frameworks if f.framework == args.framework),
            measures=tuple(m for m in found.measures if m.framework == args.framework),
        )
    if args.export:
        for file in write_proof(args.export, plan, found):
            sys.stderr.write(f"{file}\n")
    if args.json:
        sys.stdout.write(msgspec.json.encode(found).decode() + "\n")
    else:
        sys.stdout.write("\n".join(_lines(found)) + "\n")
    return 0


def _lines(found: Proof) -> list[str]:
    from meldkamer.steering.proof.exports import degree_words

    lines = []
    for f in found.frameworks:
        lines.append(
            f"{f.framework}: {f.measures} measures, {f.measured} of {f.with_query} queries show something, "
            f"{f.judged} of {f.cells} judgements, degree {degree_words(f.degree)}"
        )
        lines += [f"  {party:<5} {degree_words(degree)}" for party, degree in f.per_party.items()]
    for m in found.measures:
        if m.seen is not None:
            share = "not checked" if m.seen.share is None else f"{100 * m.seen.share:.1f}%"
            age = "" if m.age_days is None else f", {m.age_days:g} days old"
            lines.append(f"  {m.measure:<13} {share:<12} {m.seen.value}{age}")
    lines.append("Critical systems")
    for s in found.systems:
        level = f"BBN asked {s.bbn_target}, reached {s.bbn_reached}; BIO2 {s.bio2_scope}, {degree_words(s.degree)}"
        lines.append(f"  {s.system:<14} {level}")
    lines.append("Advice")
    lines += [f"  {a.advice:<14} {a.answer}" for a in found.advice]
    return lines
