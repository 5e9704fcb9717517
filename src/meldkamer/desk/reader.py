"""One reader of the live channel: a bounded queue of numbered frames, and one slot per kind of newest-wins frame.

A frame to a reader that keeps up is sent at once, where the event happens: waking a task for each of 500 readers would
cost half as much again as the sending itself. Only a send that has to wait is left to the reader's own task.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Generator
from typing import Any

from meldkamer.desk.frames import Message

QUEUE_FRAMES = 1_000
QUEUE_SECONDS = 5.0

RESYNC = 4001
SIGNED_OUT = 4401

Send = Callable[[Message], Awaitable[None]]
Queued = tuple[float, Message]
"""When it was queued (monotonic seconds), and the message; one pair is shared by all readers."""


class _Begun:
    """A send that was begun outside a task and has to wait: awaiting it goes on from where it waits."""

    def __init__(self, steps: Generator[Any, Any, None], waits_for: Any) -> None:
        self._steps, self._waits_for = steps, waits_for

    def __await__(self) -> Generator[Any, Any, None]:
        waits_for = self._waits_for
        while True:
            try:
                value = yield waits_for
            except BaseException as error:
                waits_for = self._next(self._steps.throw, error)
            else:
                waits_for = self._next(self._steps.send, value)
            if waits_for is _DONE:
                return

    def _next(self, step: Callable[[Any], Any], value: Any) -> Any:
        try:
            return step(value)
        except StopIteration:
            return _DONE


_DONE = object()


class Reader:
    """What waits to be sent to one client. still: whether its session holds. allowed: its only regions (empty: all).

    room: whose calls it gets, wherever they come from.
    """

    def __init__(
        self, still: Callable[[], bool] = lambda: True, allowed: frozenset[str] = frozenset(), room: str = ""
    ) -> None:
        self.allowed, self.room = allowed, room
        self.regions: frozenset[str] = frozenset()
        self.still = still
        self.ended: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        self._events: deque[Queued] = deque()
        self._slots: dict[str, Message] = {}
        self._send: Send | None = None
        self._begun: _Begun | None = None
        self._wake: asyncio.Future[None] | None = None
        """There while the task is idle: nothing is queued and nothing is being sent."""

    def push(self, queued: Queued) -> None:
        """Send or queue a numbered frame. A reader that is too slow is ended: it shall fetch the picture again."""
        if self._wake is not None:
            self._begin(queued[1])
            return
        events = self._events
        if events and (len(events) >= QUEUE_FRAMES or queued[0] - events[0][0] > QUEUE_SECONDS):
            self.end(RESYNC)
        elif not self.ended.done():
            events.append(queued)

    def put(self, slot: str, message: Message) -> None:
        """Send it, or replace what waits in this slot."""
        if self._wake is not None:
            self._begin(message)
        elif not self.ended.done():
            self._slots[slot] = message

    def check(self, now: float) -> None:
        """End it when its oldest frame waits too long, or its session is over."""
        if self._events and now - self._events[0][0] > QUEUE_SECONDS:
            self.end(RESYNC)
        elif not self.still():
            self.end(SIGNED_OUT)

    def end(self, code: int) -> None:
        """Say to whoever serves this reader that it is over, once. Nothing is sent to it any more."""
        self._wake = None
        self._events.clear()
        self._slots.clear()
        if not self.ended.done():
            self.ended.set_result(code)

    async def write(self, send: Send) -> None:
        """Send what is queued, for ever: numbered frames in order first, then the newest of each slot."""
        self._send = send
        events, slots = self._events, self._slots
        while not self.ended.done():
            while events:
                await send(events.popleft()[1])
            if slots:
                await send(slots.pop(next(iter(slots))))
                continue
            self._wake = asyncio.get_running_loop().create_future()
            await self._wake
            if self._begun is not None:
                begun, self._begun = self._begun, None
                await begun

    def _begin(self, message: Message) -> None:
        """Send at once; what has to wait, or fails, is for the task."""
        wake, send = self._wake, self._send
        assert wake is not None and send is not None
        steps = send(message).__await__()
        try:
            waits_for = next(steps)
        except StopIteration:
            return
        except Exception as error:
            self._wake = None
            wake.set_exception(error)
        else:
            self._wake, self._begun = None, _Begun(steps, waits_for)
            wake.set_result(None)
