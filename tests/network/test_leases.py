"""Whose heart-beats are stored may judge others; whose own are not, cannot tell silence from a lost majority."""

from __future__ import annotations

from pathlib import Path

import pytest

from meldkamer.domain.clock import FakeClock
from meldkamer.network import TTL_SECONDS, LeaseKeeper, LeaseWatch
from meldkamer.network.leases import MARGIN_SECONDS, STEADY_SECONDS
from meldkamer.record import Lease, Unknown
from meldkamer.record.sqlite import SqliteRecord


class Majority:
    """Leases that can be read at any time, and renewed only while a majority stands."""

    def __init__(self, record: SqliteRecord) -> None:
        self._record, self.stands = record, True

    async def renew(self, room: str, holder: str, expected: int) -> Lease:
        if not self.stands:
            raise Unknown((), "no majority")
        return await self._record.renew(room, holder, expected)

    async def all(self) -> dict[str, Lease]:
        return await self._record.all()


async def test_after_a_core_without_majority_nobody_is_called_silent_who_renews_again(tmp_path: Path) -> None:
    record, clock = SqliteRecord(tmp_path / "record.sqlite"), FakeClock()
    core = Majority(record)
    one, other = (LeaseKeeper(room, room, core, clock) for room in ("RT", "DH"))
    watch = LeaseWatch(core, clock, lambda: one.steady)

    async def pass_time(seconds: float, *beating: LeaseKeeper) -> None:
        for _ in range(int(seconds)):
            for keeper in beating:
                await keeper.beat()
            await watch.look()
            await clock.pump(1.0)

    await pass_time(6, one, other)
    assert not watch.lapsed("DH")
    core.stands = False
    await pass_time(TTL_SECONDS + MARGIN_SECONDS + 5, one, other)
    assert one.failing and one.steady == 0
    assert watch.silence("DH") > TTL_SECONDS + MARGIN_SECONDS  # nothing was heard
    assert not watch.lapsed("DH")  # but nobody could have been
    core.stands = True
    await pass_time(STEADY_SECONDS - 1, one)
    assert not watch.lapsed("DH")
    await pass_time(2, one)
    assert watch.lapsed("DH")  # everybody who lives has renewed by now
    await pass_time(1, one, other)
    assert not watch.lapsed("DH")
    await record.close()


async def test_a_room_tells_a_renewal_that_fails_from_one_that_is_not_due_yet(tmp_path: Path) -> None:
    record, clock = SqliteRecord(tmp_path / "record.sqlite"), FakeClock()
    core = Majority(record)
    keeper = LeaseKeeper("RT", "RT", core, clock)
    assert await keeper.beat()
    await clock.pump(8.0)
    assert not keeper.failing and keeper.age == pytest.approx(8.0)
    core.stands = False
    assert not await keeper.beat()
    assert keeper.failing
    await record.close()
