"""From what is known of an incident to what is needed: which cards count, and what they say together."""

from __future__ import annotations

import datetime
from collections.abc import Mapping

import msgspec

from meldkamer.response.runcards.model import Card, CardBook, Role, Rules, Trait
from meldkamer.response.runcards.need import Accept, Need, Slot
from meldkamer.response.runcards.text import Name, Sum, Wanted, say


class Circumstances(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of an incident, for one discipline. priority: rank 1..5; x, y: RD metres; codes of the pack.

    place_sets, object_types, risk_factors: named by a person, on top of what place and characteristics tell.
    """

    class_code: str
    priority: int
    day: datetime.date
    level: str = ""
    x: float | None = None
    y: float | None = None
    municipality: str = ""
    safety_region: str = ""
    characteristics: Mapping[str, str] = {}
    place_sets: frozenset[str] = frozenset()
    object_types: frozenset[str] = frozenset()
    risk_factors: frozenset[str] = frozenset()


class Chosen(msgspec.Struct, frozen=True, kw_only=True):
    """The need, as slots and as text, and the cards it follows from in the order in which they were laid."""

    need: Need
    text: str
    level: str


def choose(book: CardBook, discipline: str, known: Circumstances, norms: Mapping[str, float]) -> Chosen:
    """What one discipline needs. norms: seconds by code. Without any card a person must judge."""
    rules = book.rules.get(discipline)
    if rules is None:
        return Chosen(need=Need(discipline=discipline, slots=(), to_judge=True), text="", level="")
    known = _completed(book, rules, known)
    bottom = _by_class(rules, known)
    upper = [c for c in rules.cards if c.on_top and _holds(c, known) and (not c.level or c.level == known.level)]
    laid = [*bottom, *upper]
    total = Sum()
    for card in laid:
        total.at_least(rules.needs[card.id])
        total.add(rules.adds[card.id])
    wanted = total.wanted()
    urgency = rules.urgency_of(next((c.urgency for c in reversed(laid) if c.urgency), ""), known.priority)
    named = [c.norm for c in laid if c.norm] or ([urgency.norm] if urgency is not None and urgency.norm else [])
    norm = min(named, key=lambda code: norms.get(code, 0.0), default="")
    need = Need(
        discipline=discipline,
        slots=tuple(_slot(one, rules.roles) for one in wanted),
        cards=tuple(c.id for c in laid),
        urgency=urgency.code if urgency is not None else "",
        norm=norm,
        norm_seconds=round(norms.get(norm, 0.0)) if norm else 0,
        divert=urgency.divert if urgency is not None else (),
        to_judge=not wanted and (not laid or any(c.judge for c in laid)),
    )
    return Chosen(need=need, text=say(wanted), level=known.level)


def matches(pattern: str, code: str) -> bool:
    """Whether a class code is this one, or begins as `brgb*` says."""
    return code.startswith(pattern[:-1]) if pattern.endswith("*") else code == pattern


def _completed(book: CardBook, rules: Rules, known: Circumstances) -> Circumstances:
    """With what place, class and characteristics tell by themselves."""
    sets = known.place_sets
    if known.x is not None and known.y is not None:
        sets |= book.sets_at(known.x, known.y, known.municipality)
    levels = [known.level.casefold()]
    levels += [known.characteristics.get(name, "").casefold() for name in rules.level_characteristics]
    highest = max((lv for lv in levels if lv in rules.levels), key=rules.levels.index, default="")
    return msgspec.structs.replace(
        known,
        level=highest,
        place_sets=sets,
        object_types=known.object_types | _traits(book.object_types, known),
        risk_factors=known.risk_factors | _traits(book.risk_factors, known),
    )


def _traits(traits: tuple[Trait, ...], known: Circumstances) -> frozenset[str]:
    return frozenset(
        t.name
        for t in traits
        if any(matches(p, known.class_code) for p in t.classes)
        or any(_has(known.characteristics, name, values) for name, values in t.characteristics.items())
    )


def _has(characteristics: Mapping[str, str], name: str, values: tuple[str, ...]) -> bool:
    """A characteristic with several values holds them in one text, divided by semicolons."""
    return any(part.strip() in values for part in characteristics.get(name, "").split(";"))


def _holds(card: Card, known: Circumstances) -> bool:
    return (
        any(matches(p, known.class_code) for p in card.classes)
        and (not card.priority or known.priority in card.priority)
        and (not card.regions or known.safety_region in card.regions)
        and card.in_force(known.day)
        and (not card.place_sets or not known.place_sets.isdisjoint(card.place_sets))
        and (not card.object_types or not known.object_types.isdisjoint(card.object_types))
        and (not card.risk_factors or not known.risk_factors.isdisjoint(card.risk_factors))
        and all(_has(known.characteristics, name, values) for name, values in card.characteristics.items())
    )


def _by_class(rules: Rules, known: Circumstances) -> list[Card]:
    """The first answer, and on it what the alarm level asks: of each the card that fits best."""
    able = [c for c in rules.cards if not c.on_top and _holds(c, known)]
    first = _best([c for c in able if not c.level], known)
    higher: list[Card] = []
    if known.level:
        # A level without a card of its own asks what the nearest level below it asks.
        for level in reversed(rules.levels[: rules.levels.index(known.level) + 1]):
            higher = _best([c for c in able if c.level == level], known)
            if higher:
                break
    return [*first, *higher]


def _best(cards: list[Card], known: Circumstances) -> list[Card]:
    best = max(cards, key=lambda c: specificity(c, known.class_code), default=None)
    return [] if best is None else [best]


def specificity(card: Card, code: str) -> tuple[int, int, int, datetime.date, str]:
    """Which of two cards that both hold goes first: the nearer class, then region, then priority, then the newer."""
    near = max(len(code) + 1 if p == code else len(p) - 1 for p in card.classes if matches(p, code))
    return near, bool(card.regions), bool(card.priority), card.start or datetime.date.min, card.id


def _slot(wanted: Wanted, roles: Mapping[str, Role]) -> Slot:
    accepts: list[Accept] = []
    seen: set[Name] = set()
    for name in wanted.names:
        _take(name, 0, roles, accepts, seen)
    return Slot("/".join(map(str, wanted.names)), tuple(accepts), wanted.optional)


def _take(name: Name, after: int, roles: Mapping[str, Role], accepts: list[Accept], seen: set[Name]) -> None:
    if name in seen:
        return
    seen.add(name)
    role = roles[name.role]
    accepts.append(Accept(str(name), role.kinds, role.capabilities, name.crew, after))
    for other in role.instead:
        _take(Name(other, 0), after + role.instead_after, roles, accepts, seen)
