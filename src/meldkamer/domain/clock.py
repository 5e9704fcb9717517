"""Time and identity come in from outside, so that live, replay, exercise and tests run the same code."""

from __future__ import annotations

import asyncio
import heapq
import itertools
import random
import time
import uuid
from typing import Protocol

Millis = int
"""Milliseconds since 1970-01-01T00:00:00 UTC."""


class Clock(Protocol):
    """What any part of the product may know about time."""

    def now(self) -> Millis:
        """The time of the world that is shown: real, scaled, replayed or pumped."""
        ...

    def monotonic(self) -> float:
        """Seconds for liveness (leases, time-outs): never scaled, never set back."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Wait that many seconds of the shown world's time."""
        ...

    async def wait(self, seconds: float) -> None:
        """Wait that many monotonic seconds."""
        ...


class SystemClock:
    """The real clock. `speed` > 1 lets the shown world run faster than the wall, from `start`.

    origin: the wall's second at which the shown world stood at `start`, so that two processes share one shown world.
    """

    def __init__(self, speed: float = 1.0, start: Millis | None = None, origin: float | None = None) -> None:
        if speed <= 0:
            raise ValueError("speed must be above zero")
        self.speed = speed
        self.origin = self._wall0 = time.time() if origin is None else origin
        self._start = int(self._wall0 * 1000) if start is None else start

    def now(self) -> Millis:
        return self._start + int((time.time() - self._wall0) * 1000 * self.speed)

    def monotonic(self) -> float:
        # CLOCK_BOOTTIME also counts while the host sleeps; a lease must not outlive a suspended machine.
        boot = getattr(time, "CLOCK_BOOTTIME", None)
        return time.clock_gettime(boot) if boot is not None else time.monotonic()

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(max(0.0, seconds) / self.speed)

    async def wait(self, seconds: float) -> None:
        await asyncio.sleep(max(0.0, seconds))


class FakeClock:
    """A clock that moves only when it is pumped; one instance drives everything under test."""

    def __init__(self, start: Millis = 1_767_225_600_000) -> None:
        self._now = start
        self._mono = 0.0
        self._order = itertools.count()
        self._sleepers: list[tuple[float, int, asyncio.Future[None]]] = []

    def now(self) -> Millis:
        return self._now + int(self._mono * 1000)

    def monotonic(self) -> float:
        return self._mono

    async def sleep(self, seconds: float) -> None:
        await self.wait(seconds)

    async def wait(self, seconds: float) -> None:
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        heapq.heappush(self._sleepers, (self._mono + max(0.0, seconds), next(self._order), future))
        await future

    async def pump(self, seconds: float, settle: int = 20) -> None:
        """Move time forward, waking sleepers in order and letting each run before the next is due."""
        end = self._mono + seconds
        await _settle(settle)
        while self._sleepers and self._sleepers[0][0] <= end:
            due, _, future = heapq.heappop(self._sleepers)
            self._mono = max(self._mono, due)
            if not future.done():
                future.set_result(None)
            await _settle(settle)
        self._mono = end
        await _settle(settle)

    def next_due(self) -> float | None:
        """Monotonic second at which the next sleeper wakes, or None."""
        return self._sleepers[0][0] if self._sleepers else None


async def _settle(rounds: int) -> None:
    for _ in range(rounds):
        await asyncio.sleep(0)


class Ids(Protocol):
    """Where new identities come from."""

    def new(self) -> str:
        """A fresh UUID as 32 lower-case hexadecimal digits."""
        ...


class RandomIds:
    """Identities that nobody can guess."""

    def new(self) -> str:
        return uuid.uuid4().hex


class SeededIds:
    """The same identities for the same seed: for replay, exercise and tests."""

    def __init__(self, seed: int | str) -> None:
        self._random = random.Random(seed)  # noqa: S311 - reproducible on purpose, never a secret

    def new(self) -> str:
        return uuid.UUID(int=self._random.getrandbits(128), version=4).hex


def derived_id(*parts: str) -> str:
    """The identity that follows from other identities: a repeated act gets the same one, anywhere.

    A name-based UUID (RFC 9562 version 5), so that a retried command stores nothing twice.
    """
    return uuid.uuid5(_NAMESPACE, "\x1f".join(parts)).hex


_NAMESPACE = uuid.UUID("6d656c64-6b61-4d65-a000-000000000112")
