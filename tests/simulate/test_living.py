"""The living picture on a whole house in this process: calls come, are answered and finished, and nothing is lost."""

from __future__ import annotations

import contextlib

import pytest

from meldkamer.access.demonstration import make_demonstration
from meldkamer.client import AsgiTransport, Client
from meldkamer.domain.clock import RandomIds, SystemClock
from meldkamer.pack import demonstration_hospitals, load_pack
from meldkamer.room import open_house
from meldkamer.settings import Settings
from meldkamer.simulate import LivingWorld, Seat, WorldConfig, WorldData

PACK = load_pack()
DATA = WorldData.of(PACK, hospitals=demonstration_hospitals(PACK))
ROOMS = tuple(room.code for room in PACK.rooms)
AFTERNOON = 1_741_100_400_000  # 4 March 2025, 16:00 Dutch time


@contextlib.asynccontextmanager
async def network(folder, speed):
    clock = SystemClock(speed, AFTERNOON)
    settings = Settings(data=str(folder), rooms=ROOMS, hosts=("in-process",))
    async with open_house(settings, clock, RandomIds(), demonstration=True) as house:
        await house.register()
        drawn = await make_demonstration(house.accounts, house.passwords, PACK.roles, PACK.functions, ROOMS)
        yield house, clock, drawn


def world_of(house, clock, drawn, *, alone=(), **config):
    seats = [Seat(c.account, c.room, c.function, c.seat, c.token) for c in drawn.colleagues if c.room not in alone]
    base = Client(AsgiTransport(house.app), clock=clock)
    return LivingWorld(
        base,
        DATA,
        seats,
        {**drawn.gateways, "reader": drawn.colleagues[0].token},
        WorldConfig(**config),
        clock,
        RandomIds(),
    )


@pytest.mark.slow
async def test_three_quarters_of_an_hour_of_the_network(tmp_path):
    async with network(tmp_path, 120) as (house, clock, drawn):
        report = await world_of(house, clock, drawn, daily=5_300).run(2_700)
    assert report.calls > 100
    assert report.lost == 0, report.lost_examples
    assert report.answered > 0.8 * report.calls
    assert report.incidents > 50 and report.alerts > 50 and report.closed > 10
    assert report.errors == 0
