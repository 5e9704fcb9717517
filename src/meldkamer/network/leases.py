"""Liveness: every room renews one lease; others watch it change. No clock is compared with another's.

A holder counts from *before* the renewal that succeeded was sent; an observer counts from when it last saw the number
change, plus a margin. So the holder always knows earlier than anybody else that its time is up.
"""

from __future__ import annotations

import logging
from collections.abc import Callable

from meldkamer.domain.clock import Clock
from meldkamer.network.statement import Statement, read_statement
from meldkamer.record import Conflict, Lease, Leases, RecordError

RENEW_SECONDS = 3.0
RETRY_SECONDS = 1.0
TTL_SECONDS = 12.0
MARGIN_SECONDS = 0.5
"""For clocks that do not run alike. With a look and an append on top, silence is answered within fourteen seconds."""
DUE_SECONDS = 1.0
"""A renewal that takes longer is failing."""
STEADY_SECONDS = 4.0
"""In so many seconds everybody who lives has renewed once more, after a majority takes renewals again."""

log = logging.getLogger(__name__)


class LeaseKeeper:
    """Keeps one room's heart beating. `held` says whether the room may still believe that it is alive to others.

    says: what the room says of itself, given the holder's id, asked with each beat (see `statement`).
    """

    def __init__(
        self, room: str, holder: str, leases: Leases, clock: Clock, says: Callable[[str], Statement] | None = None
    ) -> None:
        self.room, self.holder = room, holder
        self._says = says
        self._leases, self._clock = leases, clock
        self._n = 0
        self._until = float("-inf")
        self._asked: float | None = None
        self._failed = False
        self._steady_since: float | None = None
        self._complaint = ""
        self.stopped = False

    @property
    def held(self) -> bool:
        """Whether the newest successful renewal is younger than the TTL."""
        return self._clock.monotonic() < self._until

    @property
    def age(self) -> float:
        """Seconds since the newest renewal that succeeded was sent; endless when none did."""
        return self._clock.monotonic() - (self._until - TTL_SECONDS)

    @property
    def failing(self) -> bool:
        """Whether the newest renewal was not stored, or is not answered: not so while it is only not due yet."""
        return self._failed or (self._asked is not None and self._clock.monotonic() - self._asked >= DUE_SECONDS)

    @property
    def steady(self) -> float:
        """For how many seconds every renewal was stored; 0 while they are not."""
        return 0.0 if self.failing or self._steady_since is None else self._clock.monotonic() - self._steady_since

    async def beat(self) -> bool:
        """Renew once. False when the record did not take it; the next beat tries again."""
        sent = self._asked = self._clock.monotonic()
        says = self.holder if self._says is None else self._says(self.holder).text()
        try:
            lease = await self._leases.renew(self.room, says, self._n)
        except Conflict as conflict:
            self._fail("")
            # Our own earlier renewal whose answer was lost, or a predecessor of this process.
            self._n = conflict.actual
            return False
        except RecordError as error:
            self._fail(str(error))
            return False
        finally:
            self._asked = None
        self._failed, self._complaint = False, ""
        self._steady_since = sent if self._steady_since is None else self._steady_since
        self._n = lease.n
        self._until = sent + TTL_SECONDS
        return True

    def _fail(self, why: str) -> None:
        self._failed, self._steady_since = True, None
        if why and why != self._complaint:  # said once, not each second for as long as it lasts
            self._complaint = why
            log.warning("room %s: heart-beat not stored: %s", self.room, why)

    async def run(self) -> None:
        """Beat for ever, until `stopped` is set."""
        while not self.stopped:
            stored = await self.beat() or await self.beat()
            await self._clock.wait(RENEW_SECONDS if stored else RETRY_SECONDS)


class LeaseWatch:
    """What one observer knows of all leases. A room that never had one counts as silent once it was watched for.

    steady: for how many seconds the observer's own renewals have been stored. Whose own are not, or have only just been
    stored again, cannot call others silent: without a majority nobody's are, though leases can still be read.
    """

    def __init__(self, leases: Leases, clock: Clock, steady: Callable[[], float] = lambda: float("inf")) -> None:
        self._leases, self._clock, self._steady = leases, clock, steady
        self._seen: dict[str, tuple[int, float]] = {}
        self._holders: dict[str, str] = {}
        self._looked = self._began = float("-inf")

    async def look(self) -> None:
        """Read all leases once and note which have moved. After a pause of our own everybody gets a new term:
        we cannot know how long a number has stood still while we did not look."""
        leases: dict[str, Lease] = await self._leases.all()
        now = self._clock.monotonic()
        paused = now - self._looked > TTL_SECONDS
        if paused:
            self._began = now
        for room, lease in leases.items():
            self._holders[room] = lease.holder
            before = self._seen.get(room)
            if before is None or before[0] != lease.n or paused:
                self._seen[room] = (lease.n, now)
        self._looked = now

    def age(self, room: str) -> float | None:
        """Seconds since this room's lease was last seen to move; None when it never had one."""
        seen = self._seen.get(room)
        return None if seen is None else self._clock.monotonic() - seen[1]

    def statement(self, room: str) -> Statement | None:
        """What a room said of itself with its newest heart-beat; None when it never had one."""
        holder = self._holders.get(room)
        return None if holder is None else read_statement(holder)

    def silence(self, room: str) -> float:
        """Seconds without a sign of this room: since its lease moved, or since this observer began to watch for one."""
        age = self.age(room)
        if age is not None:
            return age
        return self._clock.monotonic() - self._began if self._began > float("-inf") else 0.0

    def lapsed(self, room: str) -> bool:
        """Whether others may take over: no sign of it for the TTL and a margin, by who could have seen one."""
        return self.silence(room) >= TTL_SECONDS + MARGIN_SECONDS and self._steady() >= STEADY_SECONDS
