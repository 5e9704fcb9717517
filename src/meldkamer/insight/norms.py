"""Which norms held when.

Norms change while rooms work, with four eyes and a moment from which they count. A case is held against the norm of the
moment at which it began: a stricter one makes nobody late who was in time by the one that held then.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import msgspec

from meldkamer.domain.clock import Millis
from meldkamer.insight.columns import Mask, Whole
from meldkamer.insight.norm_changes import Norms
from meldkamer.pack import Norm


class NormVersion(msgspec.Struct, frozen=True):
    """A norm as it held in a period. since: from then, None for from its beginning; until: excluded, None for to its
    end (milliseconds UTC)."""

    norm: Norm
    since: Millis | None = None
    until: Millis | None = None

    @property
    def whole(self) -> bool:
        """Whether it held in the whole period."""
        return self.since is None and self.until is None

    def holds(self, at: Whole) -> Mask:
        """Of which of these moments it is the norm."""
        return (at >= (self.since or 0)) & (at < (2**62 if self.until is None else self.until))


def norm_versions(
    base: Iterable[Norm], changes: Sequence[tuple[Millis, Norms]] = (), since: Millis = 0, until: Millis = 2**62
) -> tuple[NormVersion, ...]:
    """Every norm that held in a period, in the order of the files, the newest version of each first.

    base: as they were before the first change; changes: from when, and all norms from then on, in that order. A change
    that leaves a norm's time and share as they were makes no version of it.
    """
    spells = [(0, tuple(base)), *changes]
    ends = [at for at, _ in spells[1:]] + [2**62]
    found: dict[str, list[tuple[Norm, Millis, Millis]]] = {}
    for (begin, norms), end in zip(spells, ends, strict=True):
        for norm in norms if max(begin, since) < min(end, until) else ():
            runs = found.setdefault(norm.code, [])
            if runs and runs[-1][2] == begin and _asks(runs[-1][0]) == _asks(norm):
                runs[-1] = (norm, runs[-1][1], end)
            else:
                runs.append((norm, begin, end))
    return tuple(
        NormVersion(norm, begin if begin > since else None, end if end < until else None)
        for runs in found.values()
        for norm, begin, end in reversed(runs)
    )


def _asks(norm: Norm) -> tuple[float, float | None]:
    return norm.seconds, norm.share
