"""From all units of a discipline to the few that the proposal has to look at, without changing its answer."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence

import msgspec
import numpy as np

from meldkamer.domain.clock import Millis
from meldkamer.geo import NO_WAY, Case, Correction, Travel, Ways, or_rough
from meldkamer.response.proposal.contender import OLD_SECONDS, Consent, Weights
from meldkamer.response.proposal.propose import OTHERS, REJECTED
from meldkamer.response.proposal.rest import Tired, tired
from meldkamer.response.proposal.standing import Bools, Columns, Group, Ints, Standing
from meldkamer.response.runcards.model import Rest
from meldkamer.response.runcards.need import Need, Slot

NEARER = 6
"""So many units that are nearer, but do not go, are kept for each slot to be named in the reasons."""
MEASURED = 3_000
"""Of a larger fleet first only the nearest so many are measured; the others when they could change the answer."""
DIVERT_LOOK = 60
"""Of units on their way elsewhere the nearest so many are asked whether they may be taken."""


class Turnouts(msgspec.Struct, frozen=True):
    """Milliseconds between order and departure."""

    station: int = 0
    road: int = 0


class Terms(msgspec.Struct, frozen=True, kw_only=True):
    """What units are compared by. rank: of the incident; nothing is taken from what is more urgent by rank. held: units
    of the proposal on the screen. cover: seconds for what the going of a unit leaves, from columns, score and who
    may go; None where that does not count."""

    rank: int
    weights: Weights
    held: Collection[str]
    case: Case
    rest: Rest
    now: Millis
    cover: Callable[[Columns, Ints, Bools], Ints] | None = None


class Field(msgspec.Struct, frozen=True):
    """Columns with their times: eta and travel in milliseconds (NO_WAY: unknown), score: with all handicaps.

    learned: by number of the profile, the corrections in times by road and by straight line. cover: seconds added.
    cut_off: no road of the map leads from there.
    """

    columns: Columns
    travel: Ints
    eta: Ints
    metres: np.ndarray
    by_road: Bools
    consent: Sequence[Consent]
    may_go: Bools
    score: Ints
    learned: Mapping[int, tuple[Correction | None, Correction | None]]
    tired: Tired
    cover: Ints
    cut_off: Bools


def measure(
    standing: Standing,
    columns: Columns,
    end: tuple[float, float],
    travel: Travel,
    turnout: Turnouts,
    consent_of: Callable[[Group], Consent],
    may_divert: Callable[[str], bool],
    terms: Terms,
) -> Field:
    """Times, consent and score of every unit. may_divert: by reference, asked only of the nearest under way."""
    weights, held = terms.weights, terms.held
    learned: dict[int, tuple[Correction | None, Correction | None]] = {}
    n = len(columns.rows)
    millis = np.full(n, NO_WAY, dtype=np.int64)
    metres = np.full(n, np.inf)
    by_road = np.zeros(n, dtype=bool)
    rough = np.full(n, NO_WAY, dtype=np.int64)
    for number, profile in enumerate(standing.profiles):
        these = np.flatnonzero(columns.profile == number)
        if len(these):
            ways: Ways = travel.ways(columns.x[these], columns.y[these], end, profile, terms.case)
            learned[number] = (ways.road, ways.line)
            millis[these], metres[these], by_road[these] = ways.millis, ways.metres, ways.by_road
            rough[these] = ways.rough
    millis, cut_off = or_rough(millis, rough)
    placed = millis != NO_WAY
    eta = np.where(placed, millis + np.where(columns.at_base, turnout.station, turnout.road), NO_WAY)
    present = sorted(set(columns.group.tolist()))
    consent: list[Consent] = ["nobody"] * len(standing.groups)
    for group in present:
        consent[group] = consent_of(standing.groups[group])
    asks = np.array([c == "ask" for c in consent], dtype=bool)[columns.group] if n else np.zeros(0, dtype=bool)
    barred = np.array([c == "nobody" for c in consent], dtype=bool)[columns.group] if n else np.zeros(0, dtype=bool)
    divertible = np.zeros(n, dtype=bool)
    under_way = np.flatnonzero(columns.divertible & placed & ~barred & (columns.priority >= terms.rank))
    for i in under_way[np.argsort(eta[under_way], kind="stable")][:DIVERT_LOOK]:
        divertible[i] = may_divert(standing.refs[columns.rows[i]])
    doubt = np.where(
        columns.at_base,
        0,
        np.where(
            columns.age < 0,
            weights.base_doubt,
            np.minimum(
                weights.doubt_most, (np.maximum(0, columns.age - OLD_SECONDS) * weights.doubt_share).astype(np.int64)
            ),
        ),
    )
    doubt = np.where(columns.jumped, weights.jump_doubt, doubt)
    rests = tired(terms.rest, terms.rank, columns, terms.now)
    handicap = doubt + np.where(asks, weights.ask, 0) + np.where(columns.free, 0, weights.divert) + rests.seconds
    if held:
        handicap = handicap - np.array([weights.held if standing.refs[r] in held else 0 for r in columns.rows])
    may_go = placed & ~barred & (columns.free | divertible)
    score = np.maximum(0, eta + 1000 * handicap)
    cover = np.zeros(n, dtype=np.int64)
    if terms.cover is not None and n:
        cover = terms.cover(columns, score, may_go)
        score = np.maximum(0, eta + 1000 * (handicap + cover))
    return Field(
        columns=columns,
        travel=millis,
        eta=eta,
        metres=metres,
        by_road=by_road,
        consent=consent,
        may_go=may_go,
        score=score,
        learned=learned,
        tired=rests,
        cover=cover,
        cut_off=cut_off,
    )


def pick(standing: Standing, field: Field, need: Need) -> list[int]:
    """The units (by place in the columns) that can matter for this need: enough of the best for every slot, and those
    that are nearer but cannot go, to be named."""
    columns = field.columns
    placed = np.flatnonzero(field.eta != NO_WAY)
    chosen: set[int] = set()
    for slot in dict.fromkeys(need.slots):
        after = _after(standing.groups, slot)[columns.group[placed]]
        able = placed[after >= 0]
        go = able[field.may_go[able]]
        price = field.score[go] + 1000 * after[after >= 0][field.may_go[able]]
        chosen.update(_least(go, price, len(need.slots) + OTHERS + NEARER))
        chosen.update(_least(go, field.eta[go], NEARER))
        chosen.update(_least(go, field.metres[go], NEARER))
        stay = able[~field.may_go[able] & columns.useful[able]]
        chosen.update(_least(stay, field.eta[stay], REJECTED))
    return sorted(chosen)


def stranded(standing: Standing, field: Field, need: Need) -> list[int]:
    """The units (by place in the columns) that are free and could fill a slot, but from which no road leads there; the
    nearest few."""
    able = np.zeros(len(standing.groups), dtype=bool)
    for slot in dict.fromkeys(need.slots):
        able |= _after(standing.groups, slot) >= 0
    there = np.flatnonzero(field.cut_off & field.columns.free & able[field.columns.group])
    return _least(there, field.metres[there], REJECTED)


def _after(groups: Sequence[Group], slot: Slot) -> Ints:
    """Per group: seconds that it counts as a second choice, -1 when it cannot fill the slot."""
    found = np.full(len(groups), -1, dtype=np.int64)
    for number, group in enumerate(groups):
        how = slot.accept(group.kind, group.capabilities, group.crew)
        if how is not None:
            found[number] = how.after
    return found


def _least(places: np.ndarray, values: np.ndarray, most: int) -> list[int]:
    order = np.lexsort((places, values))[:most]
    return [int(p) for p in places[order]]


def nearest_left(standing: Standing, columns: Columns, place: int, gone: Collection[int]) -> int | None:
    """Metres from where a unit stands to the nearest free unit of its kind that stays."""
    kind = standing.groups[int(columns.group[place])].kind
    same = np.array([g.kind == kind for g in standing.groups], dtype=bool)[columns.group]
    stays = same & columns.free & np.isfinite(columns.x)
    stays[list(gone)] = False
    away = np.hypot(columns.x[stays] - columns.x[place], columns.y[stays] - columns.y[place])
    return round(float(away.min())) if len(away) else None


def nearest(columns: Columns, end: tuple[float, float]) -> tuple[Ints, float]:
    """The MEASURED nearest in a straight line, and the metres from which on the others are."""
    away = np.hypot(columns.x - end[0], columns.y - end[1])
    away = np.where(np.isfinite(away), away, np.inf)
    order = np.argpartition(away, MEASURED)
    return np.sort(order[:MEASURED]), float(away[order[MEASURED:]].min())


def lacking(standing: Standing, columns: Columns, field: Field, need: Need, soonest: float) -> Ints:
    """Places of all units that can fill a slot for which somebody who was not measured might still be better.

    columns: all; field: of those that were measured. soonest: milliseconds before which none of the others is there.
    """
    could = np.zeros(len(columns.rows), dtype=bool)
    for slot in dict.fromkeys(need.slots):
        after = _after(standing.groups, slot)
        price = field.score + 1000 * after[field.columns.group]
        sure = field.may_go & (after[field.columns.group] >= 0) & (price <= soonest)
        if int(sure.sum()) < len(need.slots) + OTHERS:
            could |= after[columns.group] >= 0
    return np.flatnonzero(could)
