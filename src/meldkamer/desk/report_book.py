"""The book of figures of this process: read on from where the last look ended, and what was worked out is kept."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import Any, TypeVar

from meldkamer.domain.clock import Clock
from meldkamer.insight import Book, Reader
from meldkamer.pack import Pack
from meldkamer.record import Record, RecordError

T = TypeVar("T")

WAIT_SECONDS = 2.0
FRESH_SECONDS = 10.0
"""A book as young as this is good enough: a reader who goes through periods does not make the room read each time."""
KEPT = 64
"""Answers that are kept, until the record has gone on."""

log = logging.getLogger(__name__)


class ReportBook:
    """Reads only when somebody looks: a room without readers of reports pays nothing. Nothing is folded twice, and what
    follows from the same book is worked out once, in a thread, one at a time."""

    def __init__(self, record: Record, pack: Pack, clock: Clock) -> None:
        self._record, self._clock = record, clock
        self._reader = Reader({f.code: f.home_room for f in pack.functions}, pack.manifest.national_region)
        self._book: Book | None = None
        self._read_at = float("-inf")
        self._task: asyncio.Task[None] | None = None
        self._turn = asyncio.Lock()
        self._kept: dict[tuple[Any, ...], Any] = {}
        self.problem = ""

    @property
    def progress(self) -> tuple[int, int]:
        """How many of how many events the reading that goes on has read."""
        return self._reader.count, self._reader.whole

    async def book(self, wait: float = WAIT_SECONDS) -> Book | None:
        """The newest book; an older one while the record is read on; None while it is read for the first time, or when
        it cannot be read, which `problem` then says. wait: seconds."""
        if self._task is None and self._clock.monotonic() - self._read_at >= FRESH_SECONDS:
            self._task = asyncio.create_task(self._catch_up(), name="reports")
        if self._task is not None:
            await asyncio.wait({self._task}, timeout=wait)
        return self._book

    async def of(self, key: tuple[Any, ...], book: Book, work: Callable[[Book], T]) -> T:
        """What `work` makes of a book. key: names the work and all that it depends on beside the book."""
        async with self._turn:
            if book is self._book and key in self._kept:
                found: T = self._kept[key]
                return found
            made = await asyncio.to_thread(work, book)
            if book is self._book:
                if len(self._kept) >= KEPT:
                    self._kept.pop(next(iter(self._kept)))
                self._kept[key] = made
            return made

    async def close(self) -> None:
        """Stop reading."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
            self._task = None

    async def _catch_up(self) -> None:
        try:
            await self._reader.catch_up(self._record, log.info, self._clock.monotonic)
            if self._book is None or self._reader.count:
                self._book, self._kept = await asyncio.to_thread(self._reader.book), {}
            self.problem = ""
        except RecordError as error:
            self.problem = str(error)
            log.warning("the record could not be read for reports: %s", error)
        finally:
            self._read_at = self._clock.monotonic()
            self._task = None
