"""A room that is cut off from its store goes on, knows it, and comes back by itself."""

from __future__ import annotations

import asyncio

from meldkamer.domain.clock import FakeClock
from meldkamer.network import LeaseKeeper
from meldkamer.network.leases import RENEW_SECONDS, TTL_SECONDS
from meldkamer.record import Lease, StoreFull


class Cut:
    """Leases that answer only while the store can be reached."""

    def __init__(self) -> None:
        self.reachable = True
        self.n = 0

    async def renew(self, room: str, holder: str, expected: int) -> Lease:
        if not self.reachable:
            raise StoreFull("no room left on the disk")
        self.n += 1
        return Lease(room, self.n, holder)

    async def all(self) -> dict[str, Lease]:
        return {}


async def test_a_heart_beat_that_is_not_stored_ends_nothing_and_is_known() -> None:
    leases, clock = Cut(), FakeClock()
    keeper = LeaseKeeper("RT", "process", leases, clock)
    beating = asyncio.create_task(keeper.run())
    await clock.pump(RENEW_SECONDS)
    assert keeper.held
    leases.reachable = False
    await clock.pump(TTL_SECONDS + 1)
    assert not keeper.held and not beating.done()
    leases.reachable = True
    await clock.pump(RENEW_SECONDS)
    assert keeper.held and not beating.done()
    beating.cancel()
