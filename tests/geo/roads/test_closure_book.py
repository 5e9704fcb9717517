"""Closures of the whole network on the map of one process: live, from a snapshot, folded anew, and without a map."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import numpy as np
import pytest

from meldkamer.domain.clock import FakeClock
from meldkamer.domain.road import CloseRoad, OpenRoad
from meldkamer.geo.roads import Closure, ClosureBook, Roads, RoadsError
from meldkamer.geo.roads.closure_book import MOST
from meldkamer.network import Picture
from meldkamer.record.sqlite import SqliteRecord
from tests.geo.roads.maps import a_grid, open_map
from tests.network.cuttable import RoomAt, SharedKeys

HOUR = 3_600_000
LINE = ((750.0, -50.0), (750.0, 600.0))


class Desk:
    """A room of the network with its own map and its own book."""

    def __init__(self, room: RoomAt, with_map: bool = True) -> None:
        self.room = room
        self.roads = open_map(a_grid(4, 500.0), room.clock.now, "floor") if with_map else None
        self.book = ClosureBook(room.picture, self.roads, room.clock.now)
        room.follower.anew.append(self.book.read)
        self.book.read()

    def seconds(self) -> float:
        return seconds(self.roads)

    async def close(self, id: str = "water", until: int = 0, text: str = "") -> str:
        end = until or self.room.clock.now() + HOUR
        return (await self.room.do(CloseRoad(region="LB", road=id, points=LINE, radius=40.0, until=end, text=text))).ref


def seconds(roads: Roads | None) -> float:
    assert roads is not None
    start = np.array([0.0]), np.array([0.0])
    return float(roads.millis(*start, (1_500.0, 0.0), "light")[0]) / 1000


class World:
    def __init__(self, folder: Path) -> None:
        self.clock, self.folder = FakeClock(), folder
        self.shared, self.keys = SqliteRecord(folder / "record.sqlite"), SharedKeys(folder)
        self.rooms: list[RoomAt] = []

    async def room(self, code: str) -> RoomAt:
        room = await RoomAt(code, self.shared, self.keys, self.folder, self.clock).open()
        self.rooms.append(room)
        return room


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    world = World(tmp_path)
    yield world
    await asyncio.gather(*(room.close() for room in world.rooms))
    await world.shared.close()
    await world.keys.close()


async def test_what_one_room_draws_every_room_goes_round_until_anyone_opens_it(world: World) -> None:
    lb, ob = Desk(await world.room("LB")), Desk(await world.room("OB"))
    open_way = ob.seconds()
    ref = await lb.close(text="flood")
    await ob.room.caught_up()
    (seen,) = ob.book.all()
    assert (seen.closure.id, seen.region, seen.by, seen.closure.text) == ("water", "LB", "lb.person", "flood")
    assert seen.edges == lb.book.of(ref).edges > 0
    assert ob.seconds() > open_way and lb.seconds() == ob.seconds()
    assert ob.book.refs("water") == [ref]
    await ob.room.do(OpenRoad(road=ref))
    await lb.room.caught_up()
    assert lb.book.all() == ob.book.all() == [] and lb.seconds() == open_way


async def test_it_ends_by_the_shown_clock_and_may_be_drawn_again_long_after(world: World) -> None:
    lb = Desk(await world.room("LB"))
    open_way = lb.seconds()
    ref = await lb.close()
    await world.clock.pump(HOUR / 1000 + 1)
    assert lb.book.all() == [] and lb.seconds() == open_way
    assert lb.room.picture.forget(world.clock.now()) == 1 and ref not in lb.room.picture.roads
    assert await lb.close() == ref
    assert [one.closure.id for one in lb.book.all()] == ["water"] and lb.seconds() > open_way


async def test_a_room_without_a_map_draws_and_shows_for_those_that_have_one(world: World) -> None:
    bare, ob = Desk(await world.room("LB"), with_map=False), Desk(await world.room("OB"))
    before = ob.seconds()
    await bare.close()
    await ob.room.caught_up()
    assert [one.edges for one in bare.book.all()] == [0] and ob.seconds() > before


async def test_a_picture_from_a_snapshot_or_folded_anew_closes_the_same_roads(world: World) -> None:
    lb = Desk(await world.room("LB"))
    open_way = lb.seconds()
    await lb.close()
    held = lb.room.picture
    again = Picture(lambda entry: lb.room.sealer.decode(entry, frozenset()).event)
    roads = open_map(a_grid(4, 500.0), world.clock.now, "floor")
    book = ClosureBook(again, roads, world.clock.now)
    again.from_snapshot(held.positions, held.to_snapshot())
    book.read()
    assert book.all() == lb.book.all() and seconds(roads) == lb.seconds() > open_way
    again.become(Picture(lambda entry: lb.room.sealer.decode(entry, frozenset()).event))
    book.read()
    assert book.all() == [] and seconds(roads) == open_way


async def test_what_an_island_draws_and_opens_is_everywhere_when_it_is_back(world: World) -> None:
    lb, ob = Desk(await world.room("LB")), Desk(await world.room("OB"))
    open_way = ob.seconds()
    theirs = await ob.close("theirs")
    await lb.room.caught_up()
    await lb.room.cut_off()
    end = world.clock.now() + HOUR
    answer = await lb.room.do(CloseRoad(region="LB", road="ours", points=LINE, radius=40.0, until=end))
    assert answer.outcome == "LOCAL" and len(lb.book.all()) == 2
    await lb.room.do(OpenRoad(road=theirs))
    assert [one.closure.id for one in lb.book.all()] == ["ours"]
    assert [one.closure.id for one in ob.book.all()] == ["theirs"]
    await lb.room.heal()
    await lb.room.caught_up()
    await ob.room.caught_up()
    assert lb.book.all() == ob.book.all() and [one.closure.id for one in ob.book.all()] == ["ours"]
    assert lb.seconds() == ob.seconds() > open_way


async def test_what_makes_no_sense_or_is_too_much_is_said(world: World) -> None:
    lb = Desk(await world.room("LB"))
    now = world.clock.now()
    for wrong in (
        Closure(id="a", points=((0.0, 0.0),), until=now + 1),
        Closure(id="a", points=((0.0, 0.0),), radius=5.0, until=now),
    ):
        with pytest.raises(RoadsError):
            lb.book.check(wrong)
    fine = Closure(id="a", points=((0.0, 0.0),), radius=5.0, until=now + HOUR)
    lb.book.check(fine)
    for n in range(MOST):
        await lb.close(f"c{n}")
    with pytest.raises(RoadsError):
        lb.book.check(fine)
    lb.book.check(Closure(id="c1", points=((0.0, 0.0),), radius=5.0, until=now + HOUR))
