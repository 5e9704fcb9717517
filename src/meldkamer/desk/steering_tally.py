"""What really happened, counted from the record for the steering screens: never typed in, never guessed."""

from __future__ import annotations

import asyncio
import logging

from meldkamer.domain.clock import Clock
from meldkamer.record import Record, RecordError
from meldkamer.steering import Counter, Measured

WAIT_SECONDS = 2.0
BREATH = 200
"""Entries after which others get their turn on the loop."""

log = logging.getLogger(__name__)


class Tally:
    """Reads on from where the last look ended, and only when somebody looks: rooms without steering pay nothing."""

    def __init__(self, record: Record, clock: Clock) -> None:
        self._record, self._clock = record, clock
        self._counter = Counter()
        self._read: dict[str, int] = {}
        self._task: asyncio.Task[None] | None = None

    async def measured(self, wait: float = WAIT_SECONDS) -> Measured | None:
        """What was counted until now; None ("not checked") while a long record is still being read or cannot be."""
        if self._task is None:
            self._task = asyncio.create_task(self._read_on(), name="steering tally")
        task = self._task
        await asyncio.wait({task}, timeout=wait)
        if not task.done():
            return None
        if self._task is task:
            self._task = None
        if task.cancelled():
            return None
        if (error := task.exception()) is not None:
            if not isinstance(error, RecordError):
                raise error
            log.warning("the record could not be counted: %s", error)
            return None
        return self._counter.measured(self._clock.now())

    async def close(self) -> None:
        """Stop reading."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
            self._task = None

    async def _read_on(self) -> None:
        seen = 0
        for region in await self._record.regions():
            async for entry in self._record.replay(region, self._read.get(region, 0)):
                self._counter.apply(entry)
                self._read[region] = entry.seq
                seen += 1
                if seen % BREATH == 0:
                    await asyncio.sleep(0)
