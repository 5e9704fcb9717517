"""Liveness: every room renews one lease; others watch it change. No clock is compared with another's.

A holder counts from *before* the renewal that succeeded was sent; an observer counts from when it last saw the number
change, plus a margin. So the holder always knows earlier than anybody else that its time is up.
"""

from __future__ import annotations

import logging

from meldkamer.domain.clock import Clock
from meldkamer.record import Conflict, Lease, Leases, RecordError

RENEW_SECONDS = 3.0
TTL_SECONDS = 12.0
MARGIN_SECONDS = 1.0

log = logging.getLogger(__name__)


class LeaseKeeper:
    """Keeps one room's heart beating. `held` says whether the room may still believe that it is alive to others."""

    def __init__(self, room: str, holder: str, leases: Leases, clock: Clock) -> None:
        self.room, self.holder = room, holder
        self._leases, self._clock = leases, clock
        self._n = 0
        self._until = float("-inf")
        self.stopped = False

    @property
    def held(self) -> bool:
        """Whether the newest successful renewal is younger than the TTL."""
        return self._clock.monotonic() < self._until

    async def beat(self) -> bool:
        """Renew once. False when the record did not take it; the next beat tries again."""
        sent = self._clock.monotonic()
        try:
            lease = await self._leases.renew(self.room, self.holder, self._n)
        except Conflict as conflict:
            # Our own earlier renewal whose answer was lost, or a predecessor of this process.
            self._n = conflict.actual
            return False
        except RecordError as error:
            log.warning("room %s: heart-beat not stored: %s", self.room, error)
            return False
        self._n = lease.n
        self._until = sent + TTL_SECONDS
        return True

    async def run(self) -> None:
        """Beat for ever, until `stopped` is set."""
        while not self.stopped:
            if not await self.beat():
                await self.beat()
            await self._clock.wait(RENEW_SECONDS)


class LeaseWatch:
    """What one observer knows of all leases."""

    def __init__(self, leases: Leases, clock: Clock) -> None:
        self._leases, self._clock = leases, clock
        self._seen: dict[str, tuple[int, float]] = {}
        self._looked = float("-inf")

    async def look(self) -> None:
        """Read all leases once and note which have moved. After a pause of our own everybody gets a new term:
        we cannot know how long a number has stood still while we did not look."""
        leases: dict[str, Lease] = await self._leases.all()
        now = self._clock.monotonic()
        paused = now - self._looked > TTL_SECONDS
        for room, lease in leases.items():
            before = self._seen.get(room)
            if before is None or before[0] != lease.n or paused:
                self._seen[room] = (lease.n, now)
        self._looked = now

    def age(self, room: str) -> float | None:
        """Seconds since this room's lease was last seen to move; None when it never had one."""
        seen = self._seen.get(room)
        return None if seen is None else self._clock.monotonic() - seen[1]

    def lapsed(self, room: str) -> bool:
        """Whether others may take over: the lease stood still for the TTL and a margin."""
        age = self.age(room)
        return age is not None and age >= TTL_SECONDS + MARGIN_SECONDS
