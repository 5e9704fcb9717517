"""What is wrong with cards that can be read: cards nobody can serve, cards that never count, and gaps."""

from __future__ import annotations

import datetime
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Literal

import msgspec

from meldkamer.pack import Pack
from meldkamer.response.runcards.choose import Circumstances as Case
from meldkamer.response.runcards.choose import choose, matches, specificity
from meldkamer.response.runcards.model import Card, CardBook, Rules
from meldkamer.response.runcards.need import Slot

RANKS = (1, 2, 3, 4, 5)


class Finding(msgspec.Struct, frozen=True):
    """One thing to mend. kind: unservable, dead, gap, unused. where: file and line. Errors must be mended."""

    kind: Literal["unservable", "dead", "gap", "unused"]
    severity: Literal["error", "warning"]
    where: str
    message: str


class FleetKind(msgspec.Struct, frozen=True):
    """Units that are alike for a card."""

    discipline: str
    kind: str
    capabilities: tuple[str, ...]
    crew: int


def check(book: CardBook, pack: Pack, fleet: Iterable[FleetKind], today: datetime.date) -> list[Finding]:
    """All findings, errors first."""
    counts = Counter(fleet)
    found: list[Finding] = []
    for rules in book.rules.values():
        found += _unservable(book, rules, pack, counts, today)
        found += _dead(book, rules, pack, today)
        found += _unused(rules)
    found += _gaps(book, pack, today)
    return sorted(found, key=lambda f: (f.severity, f.kind, f.where, f.message))


def _unservable(
    book: CardBook, rules: Rules, pack: Pack, counts: Counter[FleetKind], today: datetime.date
) -> Iterator[Finding]:
    for card in rules.cards:
        if card.until is not None and card.until <= today:
            continue
        slots = _slots_of(book, rules, card, pack, today)
        for slot in dict.fromkeys(slots):
            able = sum(
                n
                for unit, n in counts.items()
                if unit.discipline == rules.discipline and slot.accept(unit.kind, unit.capabilities, unit.crew)
            )
            asked = sum(1 for s in slots if s.role == slot.role)
            if able < asked:
                has = "no unit" if not able else f"only {able} unit{'s' if able > 1 else ''}"
                wish = "wishes for" if slot.optional else "needs"
                severity: Literal["error", "warning"] = "warning" if slot.optional else "error"
                message = f"{card.id} {wish} {asked} {slot.role}, {has} of the fleet can be that"
                yield Finding("unservable", severity, rules.where[card.id], message)


def _slots_of(book: CardBook, rules: Rules, card: Card, pack: Pack, today: datetime.date) -> Sequence[Slot]:
    """What this card by itself asks for."""
    alone = msgspec.structs.replace(
        card, place_sets=(), object_types=(), risk_factors=(), characteristics={}, level="", regions=(), priority=(),
        start=None, until=None, classes=("*",),
    )  # fmt: skip
    only = msgspec.structs.replace(book, rules={rules.discipline: msgspec.structs.replace(rules, cards=(alone,))})
    case = Case(class_code="", priority=1, day=today)
    return choose(only, rules.discipline, case, {n.code: n.seconds for n in pack.norms}).need.slots


def _dead(book: CardBook, rules: Rules, pack: Pack, today: datetime.date) -> Iterator[Finding]:
    days = sorted({today, *(d for c in rules.cards for d in (c.start, c.until) if d is not None and d > today)})
    empty_sets = {p.name for p in book.place_sets if not p.municipalities and not p.circles}
    empty_types = {t.name for t in book.object_types if not t.characteristics and not t.classes}
    empty_risks = {t.name for t in book.risk_factors if not t.characteristics and not t.classes}
    winners = _winners(rules, pack, days)
    for card in rules.cards:
        why = ""
        if card.until is not None and card.until <= today:
            why = f"ended on {card.until}"
        elif not card.on_top and card.id not in winners:
            why = "always gives way to a card that fits better"
        elif card.place_sets and empty_sets.issuperset(card.place_sets):
            why = f"no place belongs to {', '.join(card.place_sets)}"
        elif card.object_types and empty_types.issuperset(card.object_types):
            why = f"nothing tells that something is {', '.join(card.object_types)}"
        elif card.risk_factors and empty_risks.issuperset(card.risk_factors):
            why = f"nothing tells that there is {', '.join(card.risk_factors)}"
        if why:
            yield Finding("dead", "error", rules.where[card.id], f"{card.id} never counts: {why}")


def _winners(rules: Rules, pack: Pack, days: Sequence[datetime.date]) -> set[str]:
    """The cards by class that are chosen in some case."""
    found: set[str] = set()
    regions = ["", *sorted({r for c in rules.cards for r in c.regions})]
    by_class = [c for c in rules.cards if not c.on_top]
    for code in pack.classification:
        able = [c for c in by_class if any(matches(p, code) for p in c.classes)]
        able.sort(key=lambda c: specificity(c, code), reverse=True)
        for level in {c.level for c in able}:
            of_level = [c for c in able if c.level == level]
            for rank in RANKS:
                of_rank = [c for c in of_level if not c.priority or rank in c.priority]
                for region in regions:
                    of_region = [c for c in of_rank if not c.regions or region in c.regions]
                    for day in days:
                        first = next((c for c in of_region if c.in_force(day)), None)
                        if first is not None:
                            found.add(first.id)
    return found


def _gaps(book: CardBook, pack: Pack, today: datetime.date) -> Iterator[Finding]:
    for discipline in pack.disciplines:
        rules = book.rules.get(discipline.code)
        if rules is None:
            yield Finding("gap", "error", "", f"there are no cards for discipline {discipline.code}")
            continue
        by_class = [c for c in rules.cards if not c.on_top and not c.level and c.in_force(today) and not c.regions]
        for code, known in pack.classification.items():
            if discipline.code not in known.disciplines:
                continue
            able = [c for c in by_class if any(matches(p, code) for p in c.classes)]
            bare = [r for r in RANKS if not any(not c.priority or r in c.priority for c in able)]
            if bare:
                ranks = ", ".join(map(str, bare))
                yield Finding("gap", "error", rules.file, f"{code} ({known.name}) has no card at priority {ranks}")


def _unused(rules: Rules) -> Iterator[Finding]:
    asked = {n.role for terms in (*rules.needs.values(), *rules.adds.values()) for t in terms for n in t.names}
    asked |= {other for role in rules.roles.values() for other in role.instead}
    for name in rules.roles:
        if name not in asked:
            yield Finding("unused", "warning", rules.file, f"no card asks for {name}")
