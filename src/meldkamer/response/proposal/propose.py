"""The proposal itself: a pure function from a need and the units to who goes, why, and what is missing."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Sequence

from meldkamer.response.proposal.answer import Filled, Going, Proposal, Short
from meldkamer.response.proposal.assign import IMPOSSIBLE, assign
from meldkamer.response.proposal.contender import Contender, Weights
from meldkamer.response.proposal.reasons import Choice, going, reasons_against, reasons_for
from meldkamer.response.runcards.need import Accept, Need, Slot

OTHERS, REJECTED = 4, 8
FAR = 7 * 24 * 3_600_000
"""Milliseconds, above every way that is compared; a time above it counts as this."""


def propose(
    need: Need,
    contenders: Sequence[Contender],
    weights: Weights | None = None,
    elapsed: int = 0,
    held: Collection[str] = (),
) -> Proposal:
    """The fastest suitable units that may go, each at most once.

    elapsed: seconds of the norm that are already over. held: units of the proposal that is on the screen now.
    The same input in any order gives the same answer.
    """
    weights = weights or Weights()
    # Who is out of service is no choice that was passed over: it is as if it were not there.
    units = sorted((c for c in contenders if c.meaning != "unavailable"), key=lambda c: (c.eta, c.unit))
    slots = sorted(need.slots, key=lambda s: s.optional)
    scores = [_score(c, weights, c.unit in held) for c in units]
    able = [[slot.accept(c.kind, c.capabilities, c.crew) for c in units] for slot in slots]
    chosen = _choose(slots, units, able, scores)
    taken = {n: s for s, n in enumerate(chosen) if n is not None}
    filled = []
    for s, n in enumerate(chosen):
        if n is not None:
            filled.append(_filled(slots, s, n, units, able, scores, taken, weights))
    left = _left(need, elapsed)
    first = min((f.going.seconds for f in filled), default=None)
    return Proposal(
        discipline=need.discipline,
        urgency=need.urgency,
        cards=need.cards,
        to_judge=need.to_judge,
        filled=tuple(filled),
        shortfall=_shortfall(slots, chosen, units, able),
        rejected=_rejected(slots, units, able, taken, weights),
        norm=need.norm,
        norm_seconds=left,
        met=None if left is None else first is not None and first <= left,
        cost=_cost(slots, chosen, able, scores),
        considered=len(units),
    )


def _score(of: Contender, weights: Weights, held: bool) -> int:
    """Milliseconds by which units are compared."""
    bonus = weights.held if held else 0
    return max(0, min(of.eta, FAR) + 1000 * (weights.handicap(of) - bonus))


def _price(able: Accept | None, unit: Contender, score: int) -> int | None:
    return IMPOSSIBLE if able is None or not unit.may_go else score + 1000 * able.after


def _choose(
    slots: Sequence[Slot], units: Sequence[Contender], able: Sequence[Sequence[Accept | None]], scores: Sequence[int]
) -> list[int | None]:
    """The unit (by number) of each slot."""
    if not slots:
        return []
    prices = [[_price(a, u, s) for a, u, s in zip(row, units, scores, strict=True)] for row in able]
    # Of n slots each needs to look at its own n best only: of these at most n - 1 go to other slots.
    best: set[int] = set()
    for row in prices:
        able_ones = sorted((p, n) for n, p in enumerate(row) if p is not None)
        best.update(n for _, n in able_ones[: len(slots)])
    columns = sorted(best)
    # Equal prices are decided by the order of the units, so that an answer does not depend on chance.
    fine = len(slots) * len(columns) + 1
    table = [[_fine(row[n], place, fine) for place, n in enumerate(columns)] for row in prices]
    most = fine * (1 + max((p for row in prices for p in row if p is not None), default=0))
    # A wanted slot is filled before time counts, a needed one before a wanted one.
    wanted = most * len(slots)
    needed = wanted * (len(slots) + 1)
    picked = assign(table, [wanted if slot.optional else needed for slot in slots])
    return [None if p is None else columns[p] for p in picked]


def _fine(price: int | None, place: int, fine: int) -> int | None:
    return IMPOSSIBLE if price is None else price * fine + place


def _filled(
    slots: Sequence[Slot],
    s: int,
    n: int,
    units: Sequence[Contender],
    able: Sequence[Sequence[Accept | None]],
    scores: Sequence[int],
    taken: dict[int, int],
    weights: Weights,
) -> Filled:
    slot, unit, how = slots[s], units[n], able[s][n]
    assert how is not None
    choice = Choice(slots, units, able, taken, weights)
    rest = [m for m, u in enumerate(units) if m not in taken and u.may_go and able[s][m] is not None]
    rest.sort(key=lambda m: (scores[m] + 1000 * _after(able[s][m]), units[m].unit))
    return Filled(
        role=slot.role,
        by=how.name,
        optional=slot.optional,
        going=going(unit, reasons_for(choice, s, n)),
        others=tuple(going(units[m], reasons_against(choice, s, m)) for m in rest[:OTHERS]),
        bares=_bares(unit, units, taken),
        costs=_costs(unit, (units[m] for m in rest)),
    )


def _costs(unit: Contender, others: Iterable[Contender]) -> int:
    """Seconds that the soonest of those would save which stay for what they cover."""
    spared = (o.seconds for o in others if o.cover > unit.cover and o.eta < unit.eta)
    return unit.seconds - min(spared, default=unit.seconds)


def _after(how: Accept | None) -> int:
    return 0 if how is None else how.after


def _bares(unit: Contender, units: Sequence[Contender], taken: Collection[int]) -> int | None:
    stays = (u for n, u in enumerate(units) if n not in taken and u.free and u.kind == unit.kind)
    nearest = min((math.hypot(u.x - unit.x, u.y - unit.y) for u in stays), default=None)
    return None if nearest is None else round(nearest)


def _shortfall(
    slots: Sequence[Slot],
    chosen: Sequence[int | None],
    units: Sequence[Contender],
    able: Sequence[Sequence[Accept | None]],
) -> tuple[Short, ...]:
    counts: dict[tuple[str, bool], int] = {}
    first: dict[tuple[str, bool], int] = {}
    for s, n in enumerate(chosen):
        if n is None:
            key = (slots[s].role, slots[s].optional)
            counts[key] = counts.get(key, 0) + 1
            first.setdefault(key, s)
    found = []
    for (role, optional), count in counts.items():
        suited = [n for n, how in enumerate(able[first[role, optional]]) if how is not None]
        # Of those that can go all go already: one that stayed would have filled it.
        cannot = next((units[n] for n in suited if not units[n].may_go), None)
        if not suited:
            why = "none_known"
        elif cannot is None:
            why = "too_few"
        else:
            busy = any(not units[n].free and not units[n].may_go for n in suited)
            why = "all_busy" if busy else "cannot_be_ordered"
        soonest: Going | None = None if cannot is None else going(cannot, ())
        found.append(Short(role=role, count=count, optional=optional, why=why, soonest=soonest))
    return tuple(found)


def _rejected(
    slots: Sequence[Slot],
    units: Sequence[Contender],
    able: Sequence[Sequence[Accept | None]],
    taken: dict[int, int],
    weights: Weights,
) -> tuple[Going, ...]:
    """Those that are there sooner than the last that goes, or could have been asked, and do not go; soonest first."""
    choice = Choice(slots, units, able, taken, weights)
    last = max((units[n].eta for n in taken), default=FAR)
    found: list[Going] = []
    for n, unit in enumerate(units):
        if n in taken or unit.eta > last or len(found) == REJECTED:
            continue
        s = next((s for s in range(len(slots)) if able[s][n] is not None), None)
        if s is not None:
            found.append(going(unit, reasons_against(choice, s, n)))
    return tuple(found)


def _cost(
    slots: Sequence[Slot],
    chosen: Sequence[int | None],
    able: Sequence[Sequence[Accept | None]],
    scores: Sequence[int],
) -> tuple[int, int, int]:
    empty = [slot.optional for slot, n in zip(slots, chosen, strict=True) if n is None]
    spent = sum(scores[n] + 1000 * _after(able[s][n]) for s, n in enumerate(chosen) if n is not None)
    return empty.count(False), empty.count(True), spent


def _left(need: Need, elapsed: int) -> int | None:
    return need.norm_seconds - elapsed if need.norm else None
