"""What waits to be written to a region's stream, or to be told, in the order in which it came, and for how long."""

from __future__ import annotations

import asyncio
import contextlib
from collections import Counter, deque
from collections.abc import Sequence
from typing import Any

from meldkamer.record.batch import Batch
from meldkamer.record.port import Appended, Position, RecordError, Unknown

Answer = Appended | RecordError


class Offer:
    """An append that waits, until the loop's second `deadline`. doubtful: some attempt may have stored it."""

    __slots__ = ("batch", "deadline", "doubtful")

    def __init__(self, batch: Batch, deadline: float) -> None:
        self.batch, self.deadline, self.doubtful = batch, deadline, False

    @property
    def ids(self) -> list[str]:
        return [event.id for event in self.batch.events]


class Look:
    """A question for an event's place, answered after everything that was accepted before it."""

    __slots__ = ("deadline", "future", "id")

    def __init__(self, id: str, future: asyncio.Future[Position | None], deadline: float) -> None:
        self.id, self.future, self.deadline = id, future, deadline


class Queue:
    """Of one region. An item stays in it until it is answered."""

    def __init__(self, seconds: float) -> None:
        """seconds: how long a caller waits at most."""
        self._seconds = seconds
        self._waiting: deque[Offer | Look] = deque()
        self._open: Counter[str] = Counter()
        """Ids of events whose fate is open here, with how many appends offer them."""
        self._wake, self.idle = asyncio.Event(), asyncio.Event()
        self.idle.set()

    # --- coming in --------------------------------------------------------------------------------------------------

    def offer(self, batch: Batch) -> None:
        """Put an append at the end; its future gets the answer."""
        one = Offer(batch, self._until())
        self.keep_open(one.ids)
        self._put(one)

    async def look(self, event_id: str) -> Position | None:
        """Put a question at the end, and wait for its answer. Raises Unknown."""
        future: asyncio.Future[Position | None] = asyncio.get_running_loop().create_future()
        self._put(Look(event_id, future, self._until()))
        return await future

    def open(self, event_id: str) -> bool:
        """Whether it may still be stored by something that was accepted here."""
        return self._open[event_id] > 0

    def keep_open(self, ids: Sequence[str]) -> None:
        """The fate of these is not known yet."""
        self._open.update(ids)

    def close(self, ids: Sequence[str]) -> None:
        """The fate of these is known, as far as one append is concerned."""
        self._open.subtract(ids)
        for id in ids:
            if self._open[id] <= 0:
                del self._open[id]

    # --- going out --------------------------------------------------------------------------------------------------

    async def something(self, seconds: float | None) -> None:
        """Wait until there is something, or for so long."""
        if self._waiting:
            return
        self.idle.set()
        self._wake.clear()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._wake.wait()

    def first(self) -> Offer | Look | None:
        return self._waiting[0] if self._waiting else None

    def together(self, events: int) -> list[Offer]:
        """The appends at the front that have so many events together at most; one in any case."""
        some: list[Offer] = []
        for item in self._waiting:
            if isinstance(item, Look):
                break
            events -= len(item.batch.keys)
            if some and events < 0:
                break
            some.append(item)
        return some

    def answer(self, item: Offer | Look, answer: Answer | Position | None) -> None:
        """Answer what stands first, or is late, and forget it."""
        self._waiting.remove(item)
        if isinstance(item, Offer):
            self.close(item.ids)
        future: asyncio.Future[Any] = item.batch.future if isinstance(item, Offer) else item.future
        if future.done():  # its caller was cancelled; `resolve` tells whether it was stored
            return
        if isinstance(answer, BaseException):
            future.set_exception(answer)
        else:
            future.set_result(answer)

    def expire(self, now: float, why: str) -> None:
        """Answer those whose time was over before the loop's second `now`."""
        for item in [item for item in self._waiting if item.deadline < now]:
            self.answer(item, Unknown(item.ids if isinstance(item, Offer) else (item.id,), why))

    def _put(self, item: Offer | Look) -> None:
        self._waiting.append(item)
        self.idle.clear()
        self._wake.set()

    def _until(self) -> float:
        return asyncio.get_running_loop().time() + self._seconds
