"""The times of a group of cases, in order, so that a percentile is a place and a share is a search."""

from __future__ import annotations

from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from meldkamer.insight.cases import WHYS
from meldkamer.insight.columns import Columns
from meldkamer.insight.estimate import CONFIDENCE, Percentile, Share, percentile, share


class Sample(msgspec.Struct, frozen=True, eq=False, kw_only=True):
    """ms: what was measured, ascending. waited: how long callers waited whom nobody answered, ascending.

    missing: reason -> cases without a time.
    """

    ms: NDArray[np.int32]
    waited: NDArray[np.int32]
    missing: dict[str, int]

    def percentile(self, p: float) -> Percentile | None:
        """The p-th percentile in seconds; None when nothing could be measured."""
        found = percentile(self.ms, p)
        if found is None:
            return None
        low, high = (None if bound is None else bound / 1000 for bound in (found.low, found.high))
        return Percentile(found.value / 1000, low, high)

    def counted(self, seconds: float) -> tuple[int, int]:
        """How many of how many stayed within so many seconds. A caller whom nobody answered counts once waiting was too
        long, and not at all before."""
        limit = round(seconds * 1000)
        met = int(np.searchsorted(self.ms, limit, side="right"))
        too_long = len(self.waited) - int(np.searchsorted(self.waited, limit, side="right"))
        return met, len(self.ms) + too_long

    def within(self, seconds: float, confidence: float = CONFIDENCE) -> Share | None:
        """The share that stayed within so many seconds; None of nothing."""
        return share(*self.counted(seconds), confidence)


def sample(of: Columns, which: Any = slice(None)) -> Sample:
    """The sample of these cases. which: only those in these places."""
    ms, waited, why = of.ms[which], of.waited[which], of.why[which]
    measured = ms >= 0
    counts = np.bincount(why[~measured], minlength=len(WHYS))
    return Sample(
        ms=np.sort(ms[measured]),
        waited=np.sort(waited[~measured & (waited >= 0)]),
        missing=dict(sorted((WHYS[n], int(count)) for n, count in enumerate(counts) if count)),
    )
