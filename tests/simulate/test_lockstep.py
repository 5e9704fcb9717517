"""The same seed is the same world; in lockstep on a clock that is pumped it is also the same record.

The history of every aggregate is the same to the last byte. Only what the outbox does for two units at the same instant
may stand in either order between them.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from meldkamer.access.demonstration import make_demonstration
from meldkamer.client import AsgiTransport, Client
from meldkamer.domain.clock import FakeClock, SeededIds
from meldkamer.pack import demonstration_hospitals, load_pack
from meldkamer.room import House, open_house
from meldkamer.settings import Settings
from meldkamer.simulate import LivingWorld, Seat, WorldConfig, WorldData

PACK = load_pack()
DATA = WorldData.of(PACK, hospitals=demonstration_hospitals(PACK))
ROOMS = tuple(room.code for room in PACK.rooms)
SHOWN_SECONDS = 200.0


class Own:
    """The world's own view of the clock, which knows whether the world waits for time or for an answer."""

    def __init__(self, clock: FakeClock) -> None:
        self._clock, self.waits = clock, asyncio.Event()

    def now(self) -> int:
        return self._clock.now()

    def monotonic(self) -> float:
        return self._clock.monotonic()

    async def sleep(self, seconds: float) -> None:
        self.waits.set()
        await self._clock.sleep(seconds)
        self.waits.clear()

    wait = sleep


class Threads:
    """Counts what other threads still do for the loop: on a busy machine they may begin late."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        loop, self.working = asyncio.get_running_loop(), 0
        give = loop.run_in_executor

        def counted(executor: Any, work: Callable[..., Any], *args: Any) -> asyncio.Future[Any]:
            future = give(executor, work, *args)
            self.working += 1
            future.add_done_callback(self._done)
            return future

        patch.setattr(loop, "run_in_executor", counted)

    def _done(self, _: asyncio.Future[Any]) -> None:
        self.working -= 1


async def quiet(house: House, own: Own, threads: Threads, living: asyncio.Task[Any]) -> None:
    """Wait until nobody has anything left to do: the world waits for time, no thread works for the loop any more, and
    several barriers change nothing."""
    waits = asyncio.ensure_future(own.waits.wait())
    await asyncio.wait({waits, living}, return_when=asyncio.FIRST_COMPLETED)
    waits.cancel()
    still, before = 0, -1
    while still < 3:
        for _ in range(40):
            await asyncio.sleep(0)
        worked = threads.working > 0
        # A round trip through the writer, and one through the readers: what they hold for the loop comes first.
        await house.record.resolve("NL", "0" * 32)
        await house.record.version("ev.NL.none")
        tails = [await house.record.tail(region.code) for region in PACK.regions]
        same = sum(tails) == before and await house.follower.behind() == 0
        still = still + 1 if same and not worked else 0
        before = sum(tails)


async def lived(folder: Path, threads: Threads, seed: str, seconds: float = SHOWN_SECONDS) -> list[tuple[Any, ...]]:
    """What stands in the record after some minutes of this world, without what chance seals."""
    clock = FakeClock(1_741_100_400_000)
    settings = Settings(data=str(folder), rooms=ROOMS, hosts=("in-process",))
    async with open_house(settings, clock, SeededIds(seed), demonstration=True) as house:
        await house.register()
        drawn = await make_demonstration(house.accounts, house.passwords, PACK.roles, PACK.functions, ROOMS)
        seats = [Seat(c.account, c.room, c.function, c.seat, c.token) for c in drawn.colleagues]
        config = WorldConfig(seed=seed, daily=30_000, lockstep=True)
        gateways = {**drawn.gateways, "reader": drawn.colleagues[0].token}
        own = Own(clock)
        base = Client(AsgiTransport(house.app), clock=own)
        world = LivingWorld(base, DATA, seats, gateways, config, own, SeededIds(f"{seed} world"))
        living = asyncio.create_task(world.run(seconds))
        while not living.done():
            await quiet(house, own, threads, living)
            if not living.done():
                # From one thing that is due to the next: whatever follows from it happens before time goes on.
                await clock.pump(max(0.0, (clock.next_due() or 0.0) - clock.monotonic()))
        report = await living
        assert report.lost == 0, report.lost_examples
        assert report.calls > seconds / 5 and (report.incidents > 5 or seconds < SHOWN_SECONDS), report
        stored = [
            (e.region, e.subject, e.version, e.event.type, e.event.body, e.event.occurred, e.event.recorded)
            for region in PACK.regions
            async for e in house.record.replay(region.code)
        ]
        return sorted(stored)


async def test_the_same_seed_gives_the_same_record(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    threads = Threads(monkeypatch)
    first, again = [await lived(tmp_path / name, threads, "a") for name in ("first", "again")]
    other = await lived(tmp_path / "other", threads, "b", SHOWN_SECONDS / 4)
    assert len(first) > 300
    for one, two in zip(first, again, strict=False):
        assert one == two
    assert len(first) == len(again)
    # Another seed is another world from its beginning on.
    assert {*other} - {*first}
