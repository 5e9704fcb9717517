"""`meldkamer archive`: a delivery for an e-depot, whether one is whole, and how retention terms stand."""

from __future__ import annotations

import argparse
import asyncio
import datetime
import sys
from collections.abc import Callable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from meldkamer.steering.opening import DATA, HELP, OpenKeys, OpenRecord

if TYPE_CHECKING:
    from meldkamer.record import KeyStore
    from meldkamer.steering.archive.contents import Common, Fields
    from meldkamer.steering.archive.package import Thing
    from meldkamer.steering.plan import Plan

Act = Callable[[argparse.Namespace], int]
DAY = 24 * 60 * 60 * 1000


def add_parser(commands: Any, guard: Callable[[Act], Act], record: OpenRecord, keys: OpenKeys) -> None:
    """Add `archive`."""
    parser = commands.add_parser("archive", help="what is kept for ever goes out as MDTO; how retention terms stand")
    acts = parser.add_subparsers(required=True, metavar="ACT")

    export = acts.add_parser("export", help="closed incidents and adopted plans as an MDTO delivery")
    export.add_argument("out", type=Path, metavar="OUT", help="a new folder")
    export.add_argument("--data", type=Path, default=None, metavar=DATA, help=f"closed incidents; {HELP}")
    export.add_argument("--from", dest="since", type=datetime.date.fromisoformat, default=None, metavar="DAY")
    export.add_argument("--until", type=datetime.date.fromisoformat, default=None, metavar="DAY", help="not included")
    export.add_argument("--plan", type=Path, default=None, metavar="DIR", help="adopted versions of this repository")
    export.add_argument(
        "--creator", required=True, metavar="NAME", help="the organisation that made it (archiefvormer)"
    )
    export.add_argument("--contact", required=True)
    export.add_argument("--target", default="", help="the place in the receiving system")
    export.add_argument("--title", default="Meldkamers: incidenten en plannen")
    export.add_argument("--appraisal", choices=("B", "V"), default="", help="where the plan does not say it")
    export.add_argument(
        "--open",
        default="",
        metavar="COMPARTMENTS",
        help="also what is sealed in these, such as caller,police; without it no key is used",
    )
    export.add_argument("--json", action="store_true")
    export.set_defaults(run=guard(lambda args: _export(args, record, keys)))

    check = acts.add_parser("check", help="names, metadata, checksums and the note of a delivery")
    check.add_argument("dir", type=Path, metavar="DIR")
    check.add_argument("--schema", type=Path, default=None, metavar="FILE.xsd", help="the official MDTO schema")
    check.add_argument("--json", action="store_true")
    check.set_defaults(run=guard(_check))

    terms = acts.add_parser("terms", help="per class of data: what is held, due, and gone; destroys nothing")
    terms.add_argument("--data", type=Path, required=True, metavar=DATA, help=HELP)
    terms.add_argument("--plan", type=Path, default=None, metavar="DIR", help="default: the shipped plan")
    terms.add_argument("--json", action="store_true")
    terms.set_defaults(run=guard(lambda args: _terms(args, record, keys)))


def _export(args: argparse.Namespace, record: OpenRecord, keys: OpenKeys) -> int:
    from meldkamer.domain.clock import RandomIds, SystemClock
    from meldkamer.steering.archive.package import Delivery, Writer

    if args.data is None and args.plan is None:
        sys.stderr.write("meldkamer: name what goes out: --data, --plan or both\n")
        return 2
    now = SystemClock().now()
    things = asyncio.run(_things(args, record, keys))
    from meldkamer.steering.archive.contents import series

    plan = _plan(args)
    top = series("overbrenging", args.title, things, _said(args, plan, "incident"))
    delivery = Delivery(
        id=RandomIds().new(),
        title=args.title,
        target=args.target,
        creator=args.creator,
        contact=args.contact,
        remarks="Wat verzegeld is, is " + (f"geopend voor {args.open}." if args.open else "niet geopend."),
    )
    counts = Writer(args.out, delivery, now).write(top)
    if args.json:
        sys.stdout.write(msgspec.json.encode(counts).decode() + "\n")
    else:
        sys.stdout.write(f"{counts.objects} objects, {counts.files} files, {counts.bytes} bytes in {args.out}\n")
    return 0


async def _things(args: argparse.Namespace, record: OpenRecord, keys: OpenKeys) -> list[Thing]:
    from meldkamer.steering.adoption import adoptions
    from meldkamer.steering.archive.cases import Cases
    from meldkamer.steering.archive.contents import incident_thing, plan_thing, series
    from meldkamer.steering.versions import files_at

    plan, found = _plan(args), []
    if args.data is not None:
        said = _said(args, plan, "incident")
        async with AsyncExitStack() as stack:
            opened = await stack.enter_async_context(record(args.data))
            store = await stack.enter_async_context(keys(args.data)) if args.open else None
            cases = Cases()
            await cases.catch_up(opened)
            fields = _fields(args.open, store)
            chosen = list(cases.closed(_millis(args.since, 0), _millis(args.until, 1 << 60)))
            parts = [await incident_thing(opened, case, said, fields) for case in chosen]
        found.append(series("incidenten", "Afgesloten incidenten", parts, said))
    if args.plan is not None:
        said = _said(args, plan, "plan")
        versions = [plan_thing(a, files_at(args.plan, a.commit), said) for a in adoptions(args.plan)]
        found.append(series("plannen", "Vastgestelde plannen", versions, said))
    return found


def _fields(compartments: str, store: KeyStore | None) -> Fields:
    from meldkamer.domain.basics import COMPARTMENTS
    from meldkamer.domain.registry import EVENT_TYPES
    from meldkamer.record import Entry, Sealer, UnknownEvent
    from meldkamer.steering.archive.contents import closed_fields
    from meldkamer.steering.faults import RepositoryError

    allowed = {name for name in compartments.split(",") if name}
    if unknown := allowed - set(COMPARTMENTS):
        raise RepositoryError(f"{', '.join(sorted(unknown))}: there are {', '.join(COMPARTMENTS)}")
    if store is None:
        return closed_fields
    sealer = Sealer(EVENT_TYPES, store)

    def fields(entry: Entry) -> tuple[dict[str, Any], list[str]]:
        try:
            whole = sealer.decode(entry, allowed)
        except UnknownEvent:
            return closed_fields(entry)
        return msgspec.to_builtins(whole.event), sorted(whole.unreadable)

    return fields


def _plan(args: argparse.Namespace) -> Plan:
    from meldkamer.steering.load import load_plan

    return load_plan(args.plan)


def _said(args: argparse.Namespace, plan: Plan, kind: str) -> Common:
    from meldkamer.steering.archive.contents import Common
    from meldkamer.steering.archive.mdto import Reference
    from meldkamer.steering.archive.records import Retention
    from meldkamer.steering.faults import RepositoryError

    rows = [r for r in plan.of(Retention) if r.of == kind]
    known = {r.appraisal for r in rows if r.appraisal != "unknown"}
    # Of several classes in one thing the longest counts: what is kept for ever keeps the whole.
    appraisal = args.appraisal or ("B" if "B" in known else "V" if known else "")
    if not appraisal:
        what = "an incident" if kind == "incident" else "a plan"
        raise RepositoryError(f"the plan does not say whether {what} is kept for ever; say it with --appraisal")
    months = [int(r.months) for r in rows if r.confirmed and r.months != "unknown"]
    personal = kind == "incident"
    return Common(
        appraisal=appraisal,
        months=max(months) if months and appraisal == "V" else None,
        restriction="Bevat persoonsgegevens" if personal else "Geen beperking bekend",
        restriction_why="Wat verzegeld is en niet werd geopend, staat er niet in." if personal else "",
        category="Hulpverlening na een melding" if personal else "Sturing en bekostiging",
        creator=Reference(args.creator),
    )


def _check(args: argparse.Namespace) -> int:
    from meldkamer.steering.archive.checking import check_package, open_schema

    found = check_package(args.dir, open_schema(args.schema) if args.schema else None)
    if args.json:
        sys.stdout.write(msgspec.json.encode(found).decode() + "\n")
    else:
        sys.stdout.write("".join(f"{fault}\n" for fault in found.faults))
        words = "checked" if found.schema else "not checked; give it with --schema"
        sys.stdout.write(f"{found.objects} objects, {found.files} files, {len(found.faults)} faults; schema: {words}\n")
    return 0 if found.ok else 1


def _terms(args: argparse.Namespace, record: OpenRecord, keys: OpenKeys) -> int:
    from meldkamer.domain.clock import SystemClock
    from meldkamer.steering.archive.cases import Cases
    from meldkamer.steering.archive.terms import Terms, terms

    async def look() -> Terms:
        cases = Cases()
        async with record(args.data) as opened, keys(args.data) as store:
            await cases.catch_up(opened)
            return terms(_plan(args), cases, store, SystemClock().now())

    found = asyncio.run(look())
    if args.json:
        sys.stdout.write(msgspec.json.encode(found).decode() + "\n")
        return 0
    for row in found.rows:
        term = "term unknown" if row.months == "unknown" else f"{row.months} months"
        term += "" if row.confirmed else ", not confirmed: nothing is destroyed"
        counts = f"{row.held} held, {row.over} over, {row.due} due, {row.gone} gone, {row.waiting} to archive"
        sys.stdout.write(f"  {row.of:<9} {row.compartment:<8} {term}; {counts}\n")
    sys.stdout.write(f"{found.enforced} terms are enforced\n")
    return 0


def _millis(day: datetime.date | None, otherwise: int) -> int:
    if day is None:
        return otherwise
    return round(datetime.datetime.combine(day, datetime.time(), datetime.UTC).timestamp() * 1000)
