"""A group of cases as one row: percentiles with their intervals, held against the norms of the pack."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Literal

import msgspec

from meldkamer.domain.clock import Millis
from meldkamer.insight.cases import Measure
from meldkamer.insight.columns import Columns
from meldkamer.insight.estimate import Percentile, Share
from meldkamer.insight.norms import NormVersion
from meldkamer.insight.sample import Sample, sample

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
    """How many cases stayed within a norm. seconds: the norm. target: the share it asks, 0 to 1.

    since, until: of the cases that began then, for the norm changed in the period; None: from its beginning, to its
    end.
    """

    norm: str
    seconds: float
    since: Millis | None = None
    until: Millis | None = None
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


def norms_for(norms: Iterable[NormVersion], measure: Measure, discipline: str) -> tuple[NormVersion, ...]:
    """The norms that hold for a measure of a discipline: by what they ask now the shortest first, and of each the
    newest version first."""
    about = [v for v in norms if (v.norm.start, v.norm.end) == STAMPS[measure]]
    found = [v for v in about if v.norm.discipline in ("", discipline)]
    newest: dict[str, float] = {}
    for version in found:
        newest.setdefault(version.norm.code, version.norm.seconds)
    return tuple(sorted(found, key=lambda v: newest[v.norm.code]))


def row(key: str, of: Columns, norms: Sequence[NormVersion], which: Any = slice(None)) -> Row:
    """One row of a group of cases of one measure. which: only those in these places."""
    whole = sample(of, which)
    return Row(
        key=key,
        measured=len(whole.ms),
        not_measured=whole.missing,
        p50=whole.percentile(0.5),
        p90=whole.percentile(0.9),
        p95=whole.percentile(0.95),
        within=tuple(_within(v, whole if v.whole else held(v, of, which)) for v in norms),
    )


def held(version: NormVersion, of: Columns, which: Any = slice(None)) -> Sample:
    """The cases that a version of a norm is for."""
    part = of.take(which)
    return sample(part, version.holds(part.at))


def _within(version: NormVersion, of: Sample) -> Within:
    norm, found = version.norm, of.within(version.norm.seconds)
    target = None if norm.share is None else norm.share / 100
    return Within(
        norm=norm.code,
        seconds=norm.seconds,
        since=version.since,
        until=version.until,
        target=target,
        share=found,
        verdict=_verdict(found, target),
    )


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
