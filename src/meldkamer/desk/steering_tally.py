"""What really happened, read from the record for the steering screens: never typed in, never guessed."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import TypeVar

from meldkamer.domain.clock import Clock
from meldkamer.record import Record, RecordError
from meldkamer.steering import Measured, RecordFacts

T = TypeVar("T")

WAIT_SECONDS = 2.0

log = logging.getLogger(__name__)


class Tally:
    """Reads on from where the last look ended, and only when somebody looks: rooms without steering pay nothing."""

    def __init__(self, record: Record, clock: Clock) -> None:
        self._record, self._clock = record, clock
        self._facts = RecordFacts()
        self._lock = asyncio.Lock()
        self._task: asyncio.Task[None] | None = None

    async def of(self, work: Callable[[RecordFacts], T], wait: float = WAIT_SECONDS) -> T | None:
        """What `work` makes of the facts, in a thread; None ("not checked") while a long record is still being read, or
        when it cannot be. wait: seconds."""
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._catch_up(), name="steering tally")
        task = self._task
        await asyncio.wait({task}, timeout=wait)
        if not task.done() or task.cancelled():
            return None
        if (error := task.exception()) is not None:
            if not isinstance(error, RecordError):
                raise error
            log.warning("the record could not be counted: %s", error)
            return None
        async with self._lock:
            return await asyncio.to_thread(work, self._facts)

    async def measured(self) -> Measured | None:
        """The counts until now; None also when the record holds nothing."""
        return await self.of(lambda facts: facts.measured(self._clock.now()))

    async def close(self) -> None:
        """Stop reading."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
            self._task = None

    async def _catch_up(self) -> None:
        async with self._lock:
            await self._facts.catch_up(self._record)
