"""`meldkamer propose` and `meldkamer runcards …`, over the demonstration fleet or a fleet of one's own.

Exit codes: 0 done and fine, 1 there is something to mend or no answer, 2 the call itself is wrong.
"""

from __future__ import annotations

import argparse
import asyncio
import datetime
import sys
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any

import msgspec

from meldkamer.domain.clock import Clock, SystemClock
from meldkamer.domain.plan import STEERING
from meldkamer.domain.travel import TravelTable
from meldkamer.geo import (
    BadCoordinate,
    Corrections,
    OutsideArea,
    RdTransform,
    ReleaseError,
    RoadsError,
    Travel,
    TravelTimes,
    open_geography,
    open_roads,
    read_tables,
)
from meldkamer.pack import PackError, demonstration_fleet, load_pack
from meldkamer.record import Record, RecordError
from meldkamer.response.fleet_file import FleetFileError, from_pack, read_fleet
from meldkamer.response.positions import Positions
from meldkamer.response.proposal.answer import Going
from meldkamer.response.proposal.demonstration import standing_fleet
from meldkamer.response.proposal.service import Advice, Proposals
from meldkamer.response.runcards import FOLDER, CardBook, Circumstances, RunCardError, approve, load_cards
from meldkamer.response.runcards.lint import FleetKind, check

OpenRecord = Callable[[Path], AbstractAsyncContextManager[Record]]
_REFUSED = (PackError, RunCardError, FleetFileError, BadCoordinate, OutsideArea, RoadsError, OSError, ValueError)


class _Call(Exception):
    """The call is wrong; says how."""


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser], record: OpenRecord) -> None:
    """Add `propose` and `runcards`; each sets `run`, a function of the parsed arguments to the exit code. record: opens
    a data folder for reading, for the corrections of times that are in force there."""
    propose = commands.add_parser(
        "propose",
        help="which units would go to a place, and why",
        epilog="Example: meldkamer propose --at 51.92,4.48 --class brgb01 --level middel",
    )
    _add_case(propose)
    propose.add_argument("--room", default="", metavar="CODE", help="who asks; default: the room of the place")
    propose.set_defaults(run=_guarded(lambda args: _propose(args, record)))
    cards = commands.add_parser("runcards", help="check, try out and approve run cards")
    acts = cards.add_subparsers(required=True, metavar="ACT")
    lint = acts.add_parser("check", help="cards that cannot be read, that no fleet can serve, that never count; gaps")
    lint.add_argument("folder", nargs="?", type=Path, default=None, metavar="DIR", help="default: those of the pack")
    _add_world(lint)
    lint.add_argument("--draft", action="store_true", help="also when nobody approved it yet")
    lint.set_defaults(run=_guarded(_check))
    try_out = acts.add_parser("what-if", help="what any class at any place would give, by which cards")
    _add_case(try_out)
    try_out.add_argument("--cards", type=Path, default=None, metavar="DIR", help="cards to try, approved or not")
    try_out.add_argument("--date", type=datetime.date.fromisoformat, default=None, metavar="YYYY-MM-DD")
    try_out.set_defaults(run=_guarded(lambda args: _what_if(args, record)))
    seal = acts.add_parser("approve", help="note that a second person approved a file as it is now")
    seal.add_argument("file", type=Path, metavar="FILE.toml")
    seal.add_argument("--author", required=True, metavar="NAME")
    seal.add_argument("--approver", required=True, metavar="NAME")
    seal.set_defaults(run=_guarded(_approve))


def _add_world(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--pack", type=Path, default=None, metavar="DIR", help="another country than the shipped one")
    parser.add_argument("--units", type=Path, default=None, metavar="FILE.csv", help="your fleet; default: synthetic")
    parser.add_argument("--json", action="store_true")


def _add_case(parser: argparse.ArgumentParser) -> None:
    _add_world(parser)
    parser.add_argument("--at", required=True, metavar="LAT,LON", help="WGS84 degrees")
    parser.add_argument("--class", dest="class_code", required=True, metavar="CODE", help="LMC class, e.g. brgb01")
    parser.add_argument("--level", default="", metavar="LEVEL", help="alarm level: middel, groot, zeer groot")
    parser.add_argument("--priority", type=int, choices=range(1, 6), default=None, help="default: the class's own")
    parser.add_argument("--discipline", default="", metavar="LETTERS", help="of PBAK; default: the class's own")
    for name, what in (("place-set", "place set"), ("object-type", "object type"), ("risk", "risk factor")):
        parser.add_argument(f"--{name}", action="append", default=[], metavar="NAME", help=f"{what} that applies")
    parser.add_argument(
        "--characteristic", action="append", default=[], metavar="NAME=VALUE", help="a characteristic that is set"
    )
    parser.add_argument("--roads", type=Path, default=None, metavar="FILE", help="roads made by `geo roads import`")
    parser.add_argument(
        "--data", type=Path, default=None, metavar="DIR", help="by roads, borders and learned times of this data folder"
    )


def _guarded(act: Callable[[argparse.Namespace], int]) -> Callable[[argparse.Namespace], int]:
    def run(args: argparse.Namespace) -> int:
        try:
            return act(args)
        except _Call as error:
            code, message = 2, str(error)
        except (
            PackError,
            RunCardError,
            FleetFileError,
            BadCoordinate,
            OutsideArea,
            RecordError,
            ReleaseError,
            RoadsError,
            OSError,
            ValueError,
        ) as error:
            code, message = 1, str(error)
        if getattr(args, "json", False):
            _json({"ok": False, "error": message})
        sys.stderr.write(f"meldkamer: {message}\n")
        return code

    return run


class _World:
    """A country with its fleet at its bases."""

    def __init__(self, args: argparse.Namespace, folder: Path | None = None, *, draft: bool = False) -> None:
        self.pack = load_pack(args.pack)
        self.rd = RdTransform()
        self.clock: Clock = SystemClock()
        # Where a place lies, and by which roads one gets there, as a room with this folder would say.
        data: Path | None = getattr(args, "data", None)
        self.geography = open_geography(data if data is not None and data.is_dir() else None, args.pack, roads=True)
        self.book: CardBook = load_cards(
            folder or Path(self.pack.folder) / FOLDER, self.pack, self.rd.to_rd, draft=draft
        )
        if args.units is not None:
            self.fleet = read_fleet(args.units, self.pack, self.rd.to_rd)
        else:
            self.fleet = from_pack(demonstration_fleet(self.pack)[1], self.pack, self.rd.to_rd)

    def proposals(self, roads: Path | None, tables: tuple[TravelTable, ...] = ()) -> Proposals:
        """Proposals over this fleet. tables: of corrections of travel times."""
        picture = standing_fleet(self.pack, self.fleet, self.clock)
        steering = picture.function(STEERING)
        picture.functions[STEERING] = msgspec.structs.replace(steering, travel=tables)
        by_road = self.geography.roads if roads is None else open_roads(roads, self.clock.now, zone=self.pack.zone)
        corrections = Corrections(picture, self.clock, self.pack.zone)
        travel = Travel(TravelTimes(self.pack.travel_profiles), by_road, corrections)
        return Proposals(picture, Positions(picture), travel, self.pack, self.book, self.clock)

    def case(self, args: argparse.Namespace, day: datetime.date | None) -> tuple[Circumstances, str, str]:
        """The circumstances, the disciplines and the room of the place."""
        try:
            lat, lon = (float(part) for part in args.at.split(","))
        except ValueError:
            raise _Call(f"--at {args.at}: give latitude and longitude, such as 51.92,4.48") from None
        known = self.pack.classification.get(args.class_code)
        if known is None:
            raise _Call(f"--class {args.class_code}: no such class; see classes.csv of the pack")
        letters = args.discipline.upper() or "".join(known.disciplines)
        if wrong := [d for d in letters if d not in {item.code for item in self.pack.disciplines}]:
            raise _Call(f"--discipline: {wrong[0]} is not a discipline")
        levels = {lv for d in letters if d in self.book.rules for lv in self.book.rules[d].levels}
        if args.level and args.level.casefold() not in levels:
            raise _Call(f"--level {args.level}: one of {', '.join(sorted(levels)) or 'none for these disciplines'}")
        set_: dict[str, str] = {}
        for pair in args.characteristic:
            name, equals, value = pair.partition("=")
            if not equals or name not in {c.name for c in self.pack.characteristics}:
                raise _Call(f"--characteristic {pair}: give NAME=VALUE with a name of the pack")
            set_[name] = value
        for option, names, there in (
            ("--place-set", args.place_set, self.book.place_sets),
            ("--object-type", args.object_type, self.book.object_types),
            ("--risk", args.risk, self.book.risk_factors),
        ):
            for name in names:
                if name not in {one.name for one in there}:
                    raise _Call(f"{option} {name}: one of {', '.join(one.name for one in there) or 'none'}")
        place = self.geography.where.at(lat, lon)
        of = Circumstances(
            class_code=known.code,
            priority=args.priority or known.priority,
            day=day or datetime.datetime.now(datetime.UTC).date(),
            level=args.level,
            x=place.x,
            y=place.y,
            municipality=place.municipality_code,
            safety_region=place.safety_region,
            characteristics=set_,
            place_sets=frozenset(args.place_set),
            object_types=frozenset(args.object_type),
            risk_factors=frozenset(args.risk),
        )
        return of, letters, place.room


def _propose(args: argparse.Namespace, record: OpenRecord) -> int:
    world = _World(args)
    return _answer(args, world, world.case(args, None), record)


def _what_if(args: argparse.Namespace, record: OpenRecord) -> int:
    world = _World(args, args.cards, draft=args.cards is not None)
    return _answer(args, world, world.case(args, args.date), record)


def _answer(args: argparse.Namespace, world: _World, case: tuple[Circumstances, str, str], record: OpenRecord) -> int:
    of, letters, home = case
    room = getattr(args, "room", "") or home
    if room not in world.pack.room:
        raise _Call(f"--room {room}: no such room")
    tables: tuple[TravelTable, ...] = ()
    # A folder with nothing but a geography has no record, and so no learned times.
    if args.data is not None and (args.data.is_file() or any(args.data.glob("record*"))):
        tables = asyncio.run(_tables(args.data, record))
    proposals = world.proposals(args.roads, tables)
    advice = [proposals.advise(room, d, of) for d in letters]
    if args.json:
        _json({"ok": True, "room": room, "class": of.class_code, "priority": of.priority, "advice": advice})
    else:
        for one in advice:
            sys.stdout.write("\n".join(_lines(one)) + "\n")
    return 0 if all(not any(not s.optional for s in a.proposal.shortfall) for a in advice) else 1


async def _tables(data: Path, record: OpenRecord) -> tuple[TravelTable, ...]:
    async with record(data) as opened:
        return await read_tables(opened)


def _lines(advice: Advice) -> list[str]:
    p = advice.proposal
    need = advice.needs or ("a person decides" if p.to_judge else "nothing")
    lines = [f"{p.discipline} {p.urgency}: {need}  [{', '.join(p.cards) or 'no card'}]"]
    for f in p.filled:
        why = "; ".join(_reason(r) for r in f.going.reasons)
        time = f"{f.going.seconds // 60}:{f.going.seconds % 60:02d}"
        lines.append(f"  {f.role:<8} {f.going.call_sign:<10} {f.going.kind:<7} {time:>6} {_source(f.going)}: {why}")
    for s in p.shortfall:
        lines.append(f"  {'wanted' if s.optional else 'MISSING'}: {s.count} {s.role} ({s.why.replace('_', ' ')})")
    if p.norm:
        lines.append(f"  norm {p.norm}: {p.norm_seconds} s, {'met' if p.met else 'NOT met'}")
    if p.cut_off:
        lines.append(f"  no road leads here from {', '.join(p.cut_off)}")
    for r in p.rejected:
        why = "; ".join(_reason(x) for x in r.reasons)
        lines.append(f"  not {r.call_sign} ({r.kind}, {r.seconds // 60}:{r.seconds % 60:02d}): {why}")
    return lines


def _source(of: Going) -> str:
    if of.correction is None:
        return of.source
    return f"{of.source}, learned +{(of.correction.permille - 1000) / 10:.0f} %"


def _reason(reason: Any) -> str:
    about = f" {reason.about}" if reason.about else ""
    seconds = f" {reason.seconds} s" if reason.seconds else ""
    return f"{reason.code.replace('_', ' ')}{about}{seconds}"


def _check(args: argparse.Namespace) -> int:
    world = _World(args, args.folder, draft=args.draft)
    fleet = [FleetKind(u.discipline, u.kind, u.capabilities, u.crew) for u in world.fleet]
    found = check(world.book, world.pack, fleet, datetime.datetime.now(datetime.UTC).date())
    errors = sum(f.severity == "error" for f in found)
    if args.json:
        _json({"ok": not errors, "hash": world.book.hash, "findings": found})
    else:
        for f in found:
            sys.stdout.write(f"{f.severity}: {f.where}: {f.message}\n")
        cards = sum(len(r.cards) for r in world.book.rules.values())
        sys.stdout.write(f"{cards} cards, {errors} errors, {len(found) - errors} warnings, {world.book.hash[:16]}\n")
    return 1 if errors else 0


def _approve(args: argparse.Namespace) -> int:
    approve(args.file, args.author, args.approver)
    return 0


def _json(value: object) -> None:
    sys.stdout.write(msgspec.json.encode(value).decode() + "\n")
