"""One national quality level: the same measures for every room, and which differences are more than chance.

Each room is held against all other rooms together, by the share of cases within one reference: the pack's norm, or
where there is none the national 90th percentile of the same period. As many rooms are compared, each comparison is
made more careful by that number (Bonferroni), so that on one measure an even country is shown as uneven once in twenty
reports at most.
A difference says that it is there, not why: rooms differ in area, in work, and in what their crews report.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Literal

import msgspec
import numpy as np

from meldkamer.insight.columns import Columns
from meldkamer.insight.estimate import CONFIDENCE, Share, difference, percentile, share
from meldkamer.insight.judged import held
from meldkamer.insight.norms import NormVersion
from meldkamer.insight.sample import Sample, sample
from meldkamer.pack import Norm

Standing = Literal["better", "worse", "no_difference", "not_measured"]


class RoomQuality(msgspec.Struct, frozen=True, kw_only=True):
    """A room beside all others. others: their share together; difference: its own minus theirs, with the interval low
    to high."""

    room: str
    share: Share | None
    others: float | None = None
    difference: float | None = None
    low: float | None = None
    high: float | None = None
    standing: Standing


class Quality(msgspec.Struct, frozen=True, kw_only=True):
    """All rooms on one measure. reference: seconds; norm: its code, "" when it is the national 90th percentile."""

    reference: float | None
    norm: str
    rooms: tuple[RoomQuality, ...]


def quality(cases: Mapping[str, Columns], rooms: Sequence[str], norms: Sequence[NormVersion]) -> Quality:
    """How the rooms stand on one measure. cases: by room; norms: those that hold for the measure.

    Each case is held against the version of its moment; the reference that is named is the newest.
    """
    there = [room for room in rooms if room in cases]
    norm = reference_norm(norms)
    if norm is not None:
        seconds: float | None = norm.seconds
        versions = [v for v in norms if v.norm.code == norm.code]
        counted = {room: _counted([(v.norm.seconds, held(v, cases[room])) for v in versions]) for room in there}
    else:
        samples = {room: sample(cases[room]) for room in there}
        found = percentile(np.sort(np.concatenate([s.ms for s in samples.values()] or [np.empty(0, np.int32)])), 0.9)
        seconds = None if found is None else found.value / 1000
        counted = {} if seconds is None else {room: of.counted(seconds) for room, of in samples.items()}
    met, of = _counts(counted.values())
    return Quality(
        reference=seconds,
        norm="" if norm is None else norm.code,
        rooms=tuple(_stand(room, counted.get(room, (0, 0)), (met, of), len(rooms)) for room in rooms),
    )


def reference_norm(norms: Sequence[NormVersion]) -> Norm | None:
    """The norm to compare by, as it is now: the longest that names a share, else the longest; a shorter one may not
    hold for all."""
    newest = [v.norm for v in norms if v.until is None]
    return max(newest, key=lambda n: (n.share is not None, n.seconds), default=None)


def _counted(parts: Iterable[tuple[float, Sample]]) -> tuple[int, int]:
    return _counts(of.counted(seconds) for seconds, of in parts)


def _counts(counts: Iterable[tuple[int, int]]) -> tuple[int, int]:
    """How many of how many, together."""
    all_ = list(counts)
    return sum(met for met, _ in all_), sum(of for _, of in all_)


def _stand(room: str, own: tuple[int, int], every: tuple[int, int], count: int) -> RoomQuality:
    careful = 1 - (1 - CONFIDENCE) / max(1, count)
    one, other = share(*own, careful), share(every[0] - own[0], every[1] - own[1], careful)
    shown = share(*own)
    if one is None:
        return RoomQuality(room=room, share=None, standing="not_measured")
    if other is None:
        return RoomQuality(room=room, share=shown, standing="not_measured")
    gap, low, high = difference(one, other)
    standing: Standing = "better" if low > 0 else "worse" if high < 0 else "no_difference"
    return RoomQuality(
        room=room, share=shown, others=other.value, difference=gap, low=low, high=high, standing=standing
    )
