"""One heap of what happens when, for everybody in the simulated world: few wake-ups, one order."""

from __future__ import annotations

import asyncio
import heapq
import itertools
from collections.abc import Awaitable, Callable

from meldkamer.domain.clock import Clock, Millis


class Agenda:
    """Things to do at shown times. They run in order of time, then of entry.

    beat: longest sleep, shown seconds; by default a second, or a quarter of a real one on a clock that runs fast.
    """

    def __init__(self, clock: Clock, beat: float | None = None) -> None:
        if beat is None:
            beat = max(1.0, 0.25 * float(getattr(clock, "speed", 1.0)))
        self.clock, self.beat = clock, beat
        self._order = itertools.count()
        self._heap: list[tuple[Millis, int, Callable[[], None]]] = []
        self.now: Millis = clock.now()
        self.late = 0.0

    def __len__(self) -> int:
        return len(self._heap)

    def at(self, due: Millis, act: Callable[[], None]) -> None:
        """Do something at a time; at once when it has passed."""
        heapq.heappush(self._heap, (due, next(self._order), act))

    def after(self, seconds: float, act: Callable[[], None]) -> None:
        """Do something this many shown seconds from now."""
        self.at(self.now + int(seconds * 1000), act)

    def turn(self) -> int:
        """Do everything that is due; how many things that were. `now` is the due time of each while it runs."""
        reached, done = self.clock.now(), 0
        while self._heap and self._heap[0][0] <= reached:
            due, _, act = heapq.heappop(self._heap)
            self.now = max(self.now, due)
            act()
            done += 1
        self.late = (reached - self.now) / 1000 if done else 0.0
        self.now = max(self.now, reached)
        return done

    async def run(self, until: Millis | None, after_turn: Callable[[], Awaitable[None]]) -> None:
        """Turn after turn until that shown time (None = until cancelled)."""
        while until is None or self.clock.now() < until:
            self.turn()
            await after_turn()
            due = self._heap[0][0] if self._heap else None
            pause = self.beat if due is None else min(self.beat, max(0.0, (due - self.clock.now()) / 1000))
            # Never less than a fifth of a beat: at high speed what falls together is done together.
            await self.clock.sleep(max(pause, self.beat / 5))


class VirtualClock:
    """Time that jumps to the next thing to do as soon as everybody waits: the `max` speed.

    busy: how many requests are under way; time stands still until there are none.
    """

    def __init__(self, start: Millis, busy: Callable[[], int] = lambda: 0, settle: int = 8) -> None:
        self._start, self._passed = start, 0.0
        self._busy, self._settle = busy, settle
        self._order = itertools.count()
        self._sleepers: list[tuple[float, int, asyncio.Future[None]]] = []
        self._driver: asyncio.Task[None] | None = None

    def now(self) -> Millis:
        return self._start + int(self._passed * 1000)

    def monotonic(self) -> float:
        return self._passed

    async def sleep(self, seconds: float) -> None:
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        heapq.heappush(self._sleepers, (self._passed + max(0.0, seconds), next(self._order), future))
        if self._driver is None or self._driver.done():
            self._driver = asyncio.ensure_future(self._drive())
        await future

    async def wait(self, seconds: float) -> None:
        """Real seconds: the other side of a request does not live in this clock."""
        await asyncio.sleep(max(0.0, seconds))

    async def _drive(self) -> None:
        while self._sleepers:
            for _ in range(self._settle):
                await asyncio.sleep(0)
            while self._busy():  # noqa: ASYNC110 - requests are counted, nobody tells when they end
                await asyncio.sleep(0.0005)
            due, _, future = heapq.heappop(self._sleepers)
            self._passed = max(self._passed, due)
            if not future.done():
                future.set_result(None)
