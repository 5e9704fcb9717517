"""What a unit leaves behind when it goes: how many would miss it, in seconds of the comparison. Off unless cards say.

People count as covered within so many seconds of a free unit of the same kind, by straight line with its detour, so
that the answer does not depend on how roads are searched. A second unit near them is worth less than the first: it is
needed only while the first is busy: the k-th is worth (1 - q) q^(k-1) of them, with q the chance to be busy (Daskin,
Transportation Science 17, 1983, p. 48-70). What a unit would leave is the worth of the last one where it stands.

A unit less makes the worth of the others larger and never smaller; so dropping one never makes a proposal cheaper.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import msgspec
import numpy as np

from meldkamer.geo import RdTransform
from meldkamer.pack import Pack
from meldkamer.response.proposal.standing import Bools, Columns, Floats, Group, Ints
from meldkamer.response.runcards.model import Coverage

AT_ONCE = 512
"""Places that are compared with all units at a time."""


class People(msgspec.Struct, frozen=True):
    """Where they live: RD metres, and how many."""

    x: Floats
    y: Floats
    count: Floats


def people_of(pack: Pack) -> People:
    """By the places of a country."""
    x, y = RdTransform().to_rd_many([p.lat for p in pack.places], [p.lon for p in pack.places])
    return People(x, y, np.array([p.inhabitants for p in pack.places], dtype=np.float64))


def spared(
    rule: Coverage,
    people: People,
    fleet: Columns,
    groups: Sequence[Group],
    asked: Columns,
    score: Ints,
    may_go: Bools,
    most: int,
    radius: Callable[[int], float],
) -> Ints:
    """Seconds for each of the asked units, 0 for who is not free.

    fleet: all units of the discipline. score: what they are compared by otherwise, milliseconds. most: so many units
    may be needed. radius: metres that a profile, by number, comes within the time of the rule.
    """
    seconds = np.zeros(len(asked.rows), dtype=np.int64)
    kinds = np.array([group.kind for group in groups], dtype=object)
    kind_of, fleet_kind = kinds[asked.group], kinds[fleet.group]
    free = asked.free & may_go & np.isfinite(asked.x)
    matter = np.flatnonzero(free & _near_enough(asked.group, score, free, most, 1000 * rule.most))
    for kind in sorted(set(kind_of[matter])):
        these = matter[kind_of[matter] == kind]
        there = np.flatnonzero((fleet_kind == kind) & fleet.free & np.isfinite(fleet.x))
        reach = radius(int(asked.profile[these[0]]))
        worth = _worth(rule, people, fleet.x[there], fleet.y[there], asked.x[these], asked.y[these], reach)
        # Thousandths of a person are no reason for another answer.
        seconds[these] = np.minimum(rule.most, np.floor(np.round(worth / rule.people, 3))).astype(np.int64)
    return seconds


def _near_enough(group: Ints, score: Ints, free: Bools, most: int, span: int) -> Bools:
    """Who could be among the `most` best of its group: at most `span` behind the last of them without coverage."""
    found = np.zeros(len(group), dtype=bool)
    for one in np.unique(group[free]):
        these = np.flatnonzero((group == one) & free)
        last = np.sort(score[these])[min(most, len(these)) - 1]
        found[these] = score[these] <= last + span
    return found


def _worth(rule: Coverage, people: People, fx: Floats, fy: Floats, x: Floats, y: Floats, reach: float) -> Floats:
    near = np.flatnonzero(
        (people.x >= x.min() - reach)
        & (people.x <= x.max() + reach)
        & (people.y >= y.min() - reach)
        & (people.y <= y.max() + reach)
    )
    total = np.zeros(len(x))
    for begin in range(0, len(near), AT_ONCE):
        part = near[begin : begin + AT_ONCE]
        px, py = people.x[part, None], people.y[part, None]
        others = (np.hypot(px - fx, py - fy) <= reach).sum(axis=1)
        last = people.count[part] * (1 - rule.busy) * rule.busy ** np.maximum(0, others - 1)
        total += ((np.hypot(px - x, py - y) <= reach) * last[:, None]).sum(axis=0)
    return total
