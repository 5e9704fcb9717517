"""One national quality level: the same measures for every room, and which differences are more than chance.

Each room is held against all other rooms together, by the share of cases within one reference: the pack's norm, or
where there is none the national 90th percentile of the same period. As many rooms are compared, each comparison is
made more careful by that number (Bonferroni), so that on one measure an even country is shown as uneven once in twenty
reports at most.
A difference says that it is there, not why: rooms differ in area, in work, and in what their crews report.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import msgspec

from meldkamer.insight.cases import Case
from meldkamer.insight.estimate import CONFIDENCE, Share, difference, percentile
from meldkamer.insight.judged import share_within
from meldkamer.pack import Norm

Standing = Literal["better", "worse", "no_difference", "not_measured"]


class RoomQuality(msgspec.Struct, frozen=True, kw_only=True):
    """A room beside all others. difference: its share minus theirs, with the interval low to high."""

    room: str
    share: Share | None
    difference: float | None = None
    low: float | None = None
    high: float | None = None
    standing: Standing


class Quality(msgspec.Struct, frozen=True, kw_only=True):
    """All rooms on one measure. reference: seconds; norm: its code, "" when it is the national 90th percentile."""

    reference: float | None
    norm: str
    rooms: tuple[RoomQuality, ...]


def quality(cases: Sequence[Case], rooms: Sequence[str], norms: Sequence[Norm]) -> Quality:
    """How the rooms stand on the cases of one measure. norms: those that hold for it."""
    norm = reference_norm(norms)
    if norm is not None:
        seconds: float | None = norm.seconds
    else:
        found = percentile(sorted(c.seconds for c in cases if c.seconds is not None), 0.9)
        seconds = None if found is None else found.value
    return Quality(
        reference=seconds,
        norm="" if norm is None else norm.code,
        rooms=tuple(_stand(room, cases, seconds, len(rooms)) for room in rooms),
    )


def reference_norm(norms: Sequence[Norm]) -> Norm | None:
    """The norm to compare by: the longest that names a share, else the longest; a shorter one may not hold for all."""
    return max(norms, key=lambda n: (n.share is not None, n.seconds), default=None)


def _stand(room: str, cases: Sequence[Case], seconds: float | None, count: int) -> RoomQuality:
    if seconds is None:
        return RoomQuality(room=room, share=None, standing="not_measured")
    own, rest = [c for c in cases if c.room == room], [c for c in cases if c.room != room]
    careful = 1 - (1 - CONFIDENCE) / max(1, count)
    one, other = share_within(own, seconds, careful), share_within(rest, seconds, careful)
    shown = share_within(own, seconds)
    if one is None:
        return RoomQuality(room=room, share=None, standing="not_measured")
    if other is None:
        return RoomQuality(room=room, share=shown, standing="not_measured")
    gap, low, high = difference(one, other)
    standing: Standing = "better" if low > 0 else "worse" if high < 0 else "no_difference"
    return RoomQuality(room=room, share=shown, difference=gap, low=low, high=high, standing=standing)
