"""A file of calls against a whole house in this process: everything is finished, and a second time adds nothing."""

from __future__ import annotations

import asyncio

import pytest

from meldkamer.access.demonstration import make_demonstration
from meldkamer.client import AsgiTransport, Client, Unknown
from meldkamer.domain.clock import RandomIds, SystemClock
from meldkamer.pack import load_pack
from meldkamer.room import open_house
from meldkamer.settings import Settings
from meldkamer.simulate import Team, WorldData, replay_calls

PACK = load_pack()
DATA = WorldData.of(PACK)
ROOMS = tuple(room.code for room in PACK.rooms)

FILE = """time,lat,lon,discipline,class,priority,place,text,zaak
2025-03-04T12:00:00+01:00,51.9225,4.4792,B,brgb01,1,Rotterdam,rook uit het dak,17
2025-03-04T12:00:30+01:00,51.9226,4.4793,BP,brgb01,1,Rotterdam,"brand, grote brand",18
2025-03-04T12:01:00+01:00,50.8483,5.6889,A,iets onbekends,2,Maastricht,onwel,19
2025-03-04T12:01:30+01:00,52.374,4.8897,K,,3,Amsterdam,,20
1900-03-04T12:01:30+01:00,52.374,4.8897,P,,3,Amsterdam,,21
2025-03-04T12:02:00+01:00,53.1123,6.0989,P,,5,Drachten,geluid,22
"""


@pytest.fixture
async def house(tmp_path):
    clock = SystemClock()
    settings = Settings(data=str(tmp_path / "data"), rooms=ROOMS, hosts=("in-process",))
    async with open_house(settings, clock, RandomIds(), demonstration=True) as opened:
        await opened.register()
        yield opened


@pytest.fixture
async def team(house):
    drawn = await make_demonstration(house.accounts, house.passwords, PACK.roles, PACK.functions, ROOMS)
    return Team.of(Client(AsgiTransport(house.app)), drawn.colleagues, drawn.gateways)


@pytest.fixture
def path(tmp_path):
    file = tmp_path / "calls.csv"
    file.write_text(FILE, encoding="utf-8")
    return file


async def quiet(house):
    """The number of entries in every stream, once the outboxes have nothing more to do."""
    before = None
    while True:
        tails = [await house.record.tail(region.code) for region in PACK.regions]
        if tails == before:
            return tails
        before = tails
        await asyncio.sleep(0.5)


async def test_every_row_becomes_a_finished_call_or_a_reason(house, team, path):
    told: list[str] = []
    report = await replay_calls(team, path, DATA, clock=house.clock, progress=told.append)
    assert (report.rows, report.calls, report.incidents, report.refused_count) == (6, 5, 5, 1)
    assert report.unfinished == []
    assert report.closed == 5
    assert report.alerts == 5  # two for the second row, none for the least urgent
    assert report.possible_duplicates == 1
    assert [(c.line, c.reason) for c in report.refused] == [
        (6, "time '1900-03-04T12:01:30+01:00' lies before 1990"),
    ]
    found = house.picture.incidents
    assert len(found) == 5 and all(i.closed for i in found.values())
    unknown = next(i for ref, i in found.items() if ref.startswith("LB/"))
    assert (unknown.class_code, unknown.class_text) == ("", "iets onbekends")
    assert min(i.opened for i in found.values()) < 1_741_090_000_000
    assert all(c.incidents and c.ended for c in house.picture.calls.values())
    assert not any(u.assignment for u in house.picture.units.values())


async def test_a_second_run_makes_nothing_twice(house, team, path):
    first = await replay_calls(team, path, DATA, clock=house.clock)
    before = await quiet(house)
    second = await replay_calls(team, path, DATA, clock=house.clock)
    assert await quiet(house) == before
    assert (second.calls, second.incidents, second.closed) == (first.calls, first.incidents, first.closed)
    assert second.already == second.acts and first.already == 0


async def test_a_run_that_was_cut_off_is_finished_by_the_next(house, team, path):
    real, sent = team.units.commands, 0

    async def dies(envelopes):
        nonlocal sent
        sent += 1
        if sent > 1:
            raise asyncio.CancelledError
        return await real(envelopes)

    team.units.commands = dies
    with pytest.raises(asyncio.CancelledError):
        await replay_calls(team, path, DATA, clock=house.clock)
    team.units.commands = real
    await quiet(house)
    assert any(u.assignment for u in house.picture.units.values())
    report = await replay_calls(team, path, DATA, clock=house.clock)
    assert report.unfinished == [] and report.closed == 5
    assert not any(u.assignment for u in house.picture.units.values())
    assert len(house.picture.incidents) == 5


async def test_by_the_clock_the_acts_come_at_their_time(house, team, path):
    clock = SystemClock()
    began = clock.monotonic()
    report = await replay_calls(team, path, DATA, clock=clock, speed=2_000)
    assert (report.calls, report.closed) == (5, 5)
    assert clock.monotonic() - began > 1.0  # an hour or so of shown time


async def test_a_room_that_does_not_know_is_not_hidden(house, team, path):
    async def unknown(event):
        raise Unknown(error_problem())

    team.telephony.telephony = unknown
    report = await replay_calls(team, path, DATA, clock=house.clock)
    assert (report.calls, report.unfinished_count) == (0, 5)
    assert {c.line for c in report.unfinished} == {2, 3, 4, 5, 7}


def error_problem():
    from meldkamer.client import Problem

    return Problem(type="unknown", status=503)
