"""A group of cases as one row: percentiles with their intervals, held against the norms of the pack."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Literal

import msgspec

from meldkamer.insight.cases import Case, Measure
from meldkamer.insight.estimate import CONFIDENCE, Percentile, Share, percentile, share
from meldkamer.pack import Norm

PERCENTILES = (0.5, 0.9, 0.95)

STAMPS: dict[Measure, tuple[str, str]] = {
    "answer_112": ("offered_112", "answered_112"),
    "answer_region": ("offered_region", "answered_region"),
    "processing": ("answered_region", "alerted"),
    "turnout": ("alerted", "en_route"),
    "arrival": ("answered_region", "on_scene"),
}
"""Which norms of the pack speak of a measure: those between these time stamps."""

Verdict = Literal["meets", "misses", "undecided", "no_target", "not_measured"]
"""meets, misses: the whole interval lies on that side of the norm's share. undecided: too few cases to say.
no_target: the norm names no share. not_measured: no case could be measured, which is not zero."""


class Within(msgspec.Struct, frozen=True, kw_only=True):
    """How many cases stayed within a norm. seconds: the norm. target: the share it asks, 0 to 1."""

    norm: str
    seconds: float
    target: float | None
    share: Share | None
    verdict: Verdict


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """A group. key: its code ("" = all). measured: cases with a time. p50, p90, p95: None when none could be measured.

    not_measured: reason -> cases without a time.
    """

    key: str
    measured: int
    not_measured: dict[str, int]
    p50: Percentile | None
    p90: Percentile | None
    p95: Percentile | None
    within: tuple[Within, ...]


def norms_for(norms: Iterable[Norm], measure: Measure, discipline: str) -> tuple[Norm, ...]:
    """The norms that hold for a measure of a discipline, the shortest first."""
    found = [n for n in norms if (n.start, n.end) == STAMPS[measure] and n.discipline in ("", discipline)]
    return tuple(sorted(found, key=lambda n: n.seconds))


def row(key: str, cases: Sequence[Case], norms: Sequence[Norm]) -> Row:
    """One row of a group of cases of one measure."""
    times = sorted(c.seconds for c in cases if c.seconds is not None)
    p50, p90, p95 = (percentile(times, p) for p in PERCENTILES)
    return Row(
        key=key,
        measured=len(times),
        not_measured=dict(sorted(Counter(c.why for c in cases if c.seconds is None).items())),
        p50=p50,
        p90=p90,
        p95=p95,
        within=tuple(_within(n, cases) for n in norms),
    )


def share_within(cases: Iterable[Case], seconds: float, confidence: float = CONFIDENCE) -> Share | None:
    """The share that stayed within so many seconds. A caller whom nobody answered counts once waiting was too long."""
    met = of = 0
    for case in cases:
        if case.seconds is not None:
            met += case.seconds <= seconds
            of += 1
        elif case.waited is not None and case.waited > seconds:
            of += 1
    return share(met, of, confidence)


def _within(norm: Norm, cases: Sequence[Case]) -> Within:
    found = share_within(cases, norm.seconds)
    target = None if norm.share is None else norm.share / 100
    return Within(norm=norm.code, seconds=norm.seconds, target=target, share=found, verdict=_verdict(found, target))


def _verdict(found: Share | None, target: float | None) -> Verdict:
    if found is None:
        return "not_measured"
    if target is None:
        return "no_target"
    if target >= 1:
        # "At most" is about each case, so the cases themselves say whether it was kept.
        return "meets" if found.met == found.of else "misses"
    if found.low >= target:
        return "meets"
    return "misses" if found.high < target else "undecided"
