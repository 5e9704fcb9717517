"""How a follower stays gap-free: just-committed entries in memory, the store whenever those are not the next ones."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable, Mapping, Sequence

from meldkamer.record.port import Entry

Replay = Callable[[str, int], AsyncIterator[Entry]]
"""(region, after) -> stored entries, gap-checked."""


class BoundedFeed:
    """Entries handed over but not yet read, `limit` at most; beyond that they are dropped, as the store has them."""

    def __init__(self, regions: Mapping[str, int], limit: int) -> None:
        self.loop = asyncio.get_running_loop()
        self._regions, self._limit = frozenset(regions), limit
        self._waiting: deque[Entry] = deque()
        self._wake = asyncio.Event()
        self._behind, self._ended = True, False

    def offer(self, entries: Sequence[Entry]) -> None:
        for entry in entries:
            if entry.region in self._regions and not self._behind:
                self._waiting.append(entry)
        if len(self._waiting) > self._limit:
            self.missed()
        self._wake.set()

    def missed(self) -> None:
        """Something was not handed over: the store has to be read."""
        self._waiting.clear()
        self._behind = True
        self._wake.set()

    def end(self) -> None:
        self._ended = True
        self._wake.set()

    async def entries(self, after: Mapping[str, int], replay: Replay) -> AsyncIterator[Entry]:
        """From the store until caught up, then as handed over, until `end`. Raises what `replay` raises."""
        at = dict(after)
        while not self._ended:
            if self._behind:
                # Offers count again from before the store is read, so nothing falls between the two.
                self._behind = False
                for region in at:
                    async for entry in replay(region, at[region]):
                        at[region] = entry.seq
                        yield entry
            while self._waiting:
                entry = self._waiting.popleft()
                seen = at[entry.region]
                if entry.seq == seen + 1:
                    at[entry.region] = entry.seq
                    yield entry
                elif entry.seq > seen:
                    self.missed()
            if not self._behind and not self._ended:
                self._wake.clear()
                await self._wake.wait()
