"""From trips to a table of corrections, in whole numbers only: the same trips give the same table anywhere.

Per map or line, safety region, kind of vehicle and hour. Of each cell the oldest three quarters are learned from and
the newest quarter is held out. What is learned is the factor with the least error over what it was learned from: the
median of `took / reckoned`, each trip weighing as much as it is long. It is used only when

* there are LEAST trips, of which LEAST_HELD were held out,
* the mean error over the held-out trips is at least GAIN per cent less than without it; for one hour also than with
  the factor of the whole day, which then counts for that hour,
* and it makes times longer. What is faster than the map says is told, and mended where speeds are stated (ADR 8).
"""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Sequence
from typing import Literal
from zoneinfo import ZoneInfo

import msgspec

from meldkamer.domain.clock import Millis
from meldkamer.domain.travel import MOST_CELLS, MOST_PERMILLE, WHOLE_DAY, Cell, name_of
from meldkamer.geo.learned.samples import Sample

LEAST, LEAST_HELD = 40, 10
GAIN = 5
"""Per cent."""
SAME = 1_000
"""Thousandths: no correction."""

Verdict = Literal["used", "too_few", "not_better", "as_the_day", "faster"]
"""as_the_day: the whole day's factor does as well. faster: units need less than reckoned, which no table mends."""
Trip = tuple[int, int]
"""Reckoned and taken, milliseconds."""


class Judged(msgspec.Struct, frozen=True, kw_only=True):
    """One cell with its verdict. permille: as learned; before, after: mean error on the held-out trips, milliseconds,
    without any correction and with this one; None with too few trips."""

    basis: str
    area: int
    profile: str
    hour: int
    samples: int
    held: int
    permille: int
    before: int | None
    after: int | None
    verdict: Verdict


class Learned(msgspec.Struct, frozen=True, kw_only=True):
    """A table with all that was judged for it. table: its name; bases, cells: what would be used."""

    table: str
    upto: Millis
    bases: tuple[str, ...]
    cells: tuple[Cell, ...]
    judged: tuple[Judged, ...]


def learn(trips: Iterable[Sample], upto: Millis, zone: ZoneInfo) -> Learned:
    """Judge every cell. zone: of the hours."""
    days: dict[tuple[str, int, str], list[Sample]] = {}
    for trip in sorted(trips, key=lambda s: (s.departed, s.order)):
        of = trip.expected
        days.setdefault((of.basis, of.area, of.profile), []).append(trip)
    judged: list[Judged] = []
    for key, of_day in sorted(days.items()):
        day = _judge(key, WHOLE_DAY, of_day, SAME)
        judged.append(day)
        hours: dict[int, list[Sample]] = {}
        for trip in of_day:
            hours.setdefault(hour_of(trip.departed, zone), []).append(trip)
        instead = day.permille if day.verdict == "used" else SAME
        judged += [_judge(key, hour, hours[hour], instead) for hour in sorted(hours)]
    used = [j for j in judged if j.verdict == "used"]
    if len(used) > MOST_CELLS:
        most = sorted(used, key=lambda j: (-(j.samples + j.held), j.basis, j.area, j.profile, j.hour))[:MOST_CELLS]
        used = sorted(most, key=lambda j: (j.basis, j.area, j.profile, j.hour))
    bases = tuple(sorted({j.basis for j in used}))
    cells = tuple(_cell(j, bases) for j in used)
    return Learned(table=name_of(bases, cells, upto), upto=upto, bases=bases, cells=cells, judged=tuple(judged))


def hour_of(at: Millis, zone: ZoneInfo) -> int:
    """The local hour of a moment."""
    return datetime.datetime.fromtimestamp(at / 1000, zone).hour


def corrected(millis: int, permille: int) -> int:
    """A time with its correction; whole milliseconds, rounded up: a promise is not rounded down."""
    return -(-millis * permille // SAME)


def _judge(key: tuple[str, int, str], hour: int, trips: Sequence[Sample], instead: int) -> Judged:
    """instead: the factor that counts when this one is not used."""
    basis, area, profile = key
    held = len(trips) // 4
    old = [(t.expected.millis, t.took) for t in trips[: len(trips) - held]]
    new = [(t.expected.millis, t.took) for t in trips[len(trips) - held :]]
    permille = min(MOST_PERMILLE, _factor(old))
    before = after = None
    verdict: Verdict = "too_few"
    if len(trips) >= LEAST and held >= LEAST_HELD:
        before, after = _error(new, SAME), _error(new, permille)
        rival = min(before, _error(new, instead))
        if permille < SAME:
            verdict = "faster" if _better(after, before) else "not_better"
        elif _better(after, rival) and permille > SAME:
            verdict = "used"
        else:
            verdict = "not_better" if instead == SAME else "as_the_day"
    return Judged(
        basis=basis,
        area=area,
        profile=profile,
        hour=hour,
        samples=len(old),
        held=held,
        permille=permille,
        before=before,
        after=after,
        verdict=verdict,
    )


def _factor(trips: Sequence[Trip]) -> int:
    """The median of taken / reckoned, in thousandths, by the weight of what was reckoned."""
    ratios = sorted((SAME * took // reckoned, reckoned) for reckoned, took in trips)
    half, passed = sum(weight for _, weight in ratios), 0
    for ratio, weight in ratios:
        passed += 2 * weight
        if passed >= half:
            return ratio
    return SAME


def _error(trips: Sequence[Trip], permille: int) -> int:
    """The mean of what times were wrong by, milliseconds."""
    return sum(abs(took - corrected(reckoned, permille)) for reckoned, took in trips) // len(trips)


def _better(after: int, before: int) -> bool:
    return 100 * after <= (100 - GAIN) * before and after < before


def _cell(of: Judged, bases: Sequence[str]) -> Cell:
    assert of.before is not None and of.after is not None
    return Cell(
        basis=bases.index(of.basis),
        area=of.area,
        profile=of.profile,
        hour=of.hour,
        permille=of.permille,
        samples=of.samples,
        held=of.held,
        before=of.before,
        after=of.after,
    )
