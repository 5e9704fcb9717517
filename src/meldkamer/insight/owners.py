"""Who owned a function at a moment that is past."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Mapping

from meldkamer.domain.clock import Millis
from meldkamer.insight.facts import Owned


class Owners:
    """The owners of every function over time. home: function -> the room it belongs to when nothing is wrong."""

    def __init__(self, owned: Iterable[Owned], home: Mapping[str, str]) -> None:
        self.home = dict(home)
        self._of: dict[str, list[tuple[Millis, str]]] = {}
        for one in sorted(owned, key=lambda o: o.at):
            self._of.setdefault(one.function, []).append((one.at, one.owner))

    def at(self, function: str, moment: Millis) -> str:
        """The owner then. Before the first known owner, and of what nobody owned, the home room ("" for none)."""
        rows = self._of.get(function, [])
        n = bisect_right(rows, moment, key=lambda row: row[0])
        return rows[n - 1][1] if n else self.home.get(function, "")
