"""One reader of the live channel: a bounded queue of numbered frames, and one slot per kind of newest-wins frame."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable

from meldkamer.desk.frames import Message

QUEUE_FRAMES = 1_000
QUEUE_SECONDS = 5.0

Send = Callable[[Message], Awaitable[None]]
Queued = tuple[float, Message]
"""When it was queued (monotonic seconds), and the message; one pair is shared by all readers."""


class Reader:
    """What waits to be sent to one client. still: whether its session holds. allowed: its only regions (empty: all)."""

    def __init__(self, still: Callable[[], bool] = lambda: True, allowed: frozenset[str] = frozenset()) -> None:
        self.allowed = allowed
        self.regions: frozenset[str] = frozenset()
        self.still = still
        self.ended: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        self._events: deque[Queued] = deque()
        self._slots: dict[str, Message] = {}
        self._wake: asyncio.Future[None] | None = None

    def push(self, queued: Queued) -> None:
        """Add a numbered frame. A reader that is too slow is ended instead: it shall fetch the picture again."""
        events = self._events
        if events and (len(events) >= QUEUE_FRAMES or queued[0] - events[0][0] > QUEUE_SECONDS):
            self.end(RESYNC)
            return
        events.append(queued)
        wake = self._wake
        if wake is not None:
            self._wake = None
            if not wake.done():
                wake.set_result(None)

    def put(self, slot: str, message: Message) -> None:
        """Replace what waits in this slot."""
        self._slots[slot] = message
        wake = self._wake
        if wake is not None:
            self._wake = None
            if not wake.done():
                wake.set_result(None)

    def check(self, now: float) -> None:
        """End it when its oldest frame waits too long, or its session is over."""
        if self._events and now - self._events[0][0] > QUEUE_SECONDS:
            self.end(RESYNC)
        elif not self.still():
            self.end(SIGNED_OUT)

    def end(self, code: int) -> None:
        """Say to whoever serves this reader that it is over, once."""
        if not self.ended.done():
            self._events.clear()
            self._slots.clear()
            self.ended.set_result(code)

    async def write(self, send: Send) -> None:
        """Send what is queued, for ever: numbered frames in order first, then the newest of each slot."""
        events, slots = self._events, self._slots
        while True:
            while events:
                await send(events.popleft()[1])
            if slots:
                await send(slots.pop(next(iter(slots))))
                continue
            self._wake = asyncio.get_running_loop().create_future()
            await self._wake


RESYNC = 4001
SIGNED_OUT = 4401
