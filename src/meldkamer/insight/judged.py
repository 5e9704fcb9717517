"""A group of cases as one row: percentiles with their intervals, held against the norms of the pack."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Literal

import msgspec

from meldkamer.insight.cases import Measure
from meldkamer.insight.estimate import Percentile, Share
from meldkamer.insight.sample import Sample
from meldkamer.pack import Norm

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


def row(key: str, of: Sample, norms: Sequence[Norm]) -> Row:
    """One row of a group of cases of one measure."""
    return Row(
        key=key,
        measured=len(of.ms),
        not_measured=of.missing,
        p50=of.percentile(0.5),
        p90=of.percentile(0.9),
        p95=of.percentile(0.95),
        within=tuple(_within(n, of) for n in norms),
    )


def _within(norm: Norm, of: Sample) -> Within:
    found = of.within(norm.seconds)
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
