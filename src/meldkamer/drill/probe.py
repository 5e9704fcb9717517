"""The pulse of a room: one small act after another, each sent once, so that every second without an answer is seen."""

from __future__ import annotations

import asyncio
import contextlib

from meldkamer.domain.clock import Clock
from meldkamer.drill.book import Outcome
from meldkamer.drill.desk import Desk
from meldkamer.drill.load import FREE, PROBE_UNIT

EVERY_SECONDS = 0.5


class Probe:
    """Of one room, in one of its regions. answers: when the room acknowledged (seconds), and how."""

    def __init__(self, desk: Desk, region: str, clock: Clock) -> None:
        self.room = desk.room
        self.answers: list[tuple[float, Outcome]] = []
        self._desk, self._region, self._clock = desk, region, clock
        self._news = asyncio.Event()

    async def run(self) -> None:
        """For ever. The next one is sent in time also when an answer is awaited still."""
        pending: set[asyncio.Task[None]] = set()
        try:
            while True:
                if len(pending) < 4:
                    task = asyncio.create_task(self._one(), name=f"probe {self.room}")
                    pending.add(task)
                    task.add_done_callback(pending.discard)
                await self._clock.wait(EVERY_SECONDS)
        finally:
            if pending:
                await asyncio.wait(pending)

    async def _one(self) -> None:
        report = {"type": "report_status", "unit": f"{self._region}/{PROBE_UNIT}", "code": FREE}
        act = await self._desk.once(report, self._region)
        if act.acknowledged:
            self.answers.append((act.answered, act.outcome))
            news, self._news = self._news, asyncio.Event()
            news.set()

    async def until(self, wanted: Outcome, since: float, seconds: float) -> float | None:
        """When the room first answered so after `since`; None when it did not within `seconds` of it."""
        while True:
            if (at := self.first(wanted, since)) is not None:
                return at
            left = since + seconds - self._clock.monotonic()
            if left <= 0:
                return None
            news = self._news
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(news.wait(), left)

    def first(self, wanted: Outcome, since: float) -> float | None:
        """When the room first answered so after `since`, as far as it has."""
        return next((at for at, outcome in self.answers if at > since and outcome == wanted), None)

    def standstill(self, since: float) -> float:
        """The longest that it gave no answer on its way from LOCAL to SAFE after `since`, in seconds. It may try more
        than once, and goes on alone between two tries."""
        safe = self.first("SAFE", since)
        local = [at for at, outcome in self.answers if outcome == "LOCAL" and (safe is None or at < safe)]
        if safe is None or not local:
            return 0.0
        return self.longest_gap(max((at for at in local if at <= since), default=local[0]), safe)

    def longest_gap(self, begin: float, end: float) -> float:
        """The longest time without an acknowledgement between these moments, in seconds."""
        moments = [at for at, _ in self.answers if begin < at < end]
        return max(b - a for a, b in zip([begin, *moments], [*moments, end], strict=True))
