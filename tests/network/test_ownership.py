"""Ten rooms' ownership on one clock: lapse, declared loss, hand-back, and no room that pretends."""

from __future__ import annotations

import asyncio

import pytest

from meldkamer.domain import desk, function
from meldkamer.domain.basics import Refused
from meldkamer.network import LeaseKeeper, LeaseWatch, Ownership
from meldkamer.network.leases import MARGIN_SECONDS, TTL_SECONDS
from meldkamer.record import Lease, Leases

from .conftest import House

BUDDIES: dict[str, tuple[str, ...]] = {"RT": ("DH", "LB"), "DH": ("RT", "LB"), "LB": ("DH", "RT")}
HOME = {"RT": ("RT.112", "RT.B.dispatch"), "DH": ("DH.112",), "LB": ("LB.112",)}


class Rooms:
    """Each room with its heart-beat, its own view of the others, and its part in ownership."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.keepers = {r: LeaseKeeper(r, f"{r}-process", house.record, house.clock) for r in HOME}
        self.watches = {r: LeaseWatch(house.record, house.clock) for r in HOME}
        self.parts = {
            r: Ownership(house.handlers[r], house.picture, self.watches[r], HOME[r], BUDDIES, house.clock, house.ids)
            for r in HOME
        }

    async def start(self) -> None:
        for keeper in self.keepers.values():
            assert await keeper.beat()
        for part in self.parts.values():
            await part.start()
        for watch in self.watches.values():
            await watch.look()

    async def second(self, silent: str = "") -> None:
        """One second of every room's life, every third with a heart-beat, except the silent room's."""
        await self.house.clock.pump(1.0)
        for room, keeper in self.keepers.items():
            if room != silent and int(self.house.clock.monotonic()) % 3 == 0:
                assert await keeper.beat()
        for room, part in self.parts.items():
            if room != silent:
                await self.watches[room].look()
                await part.act()

    def owner(self, name: str) -> str:
        return self.house.picture.function(name).owner


@pytest.fixture
async def rooms(house: House) -> Rooms:
    rooms = Rooms(house)
    await rooms.start()
    return rooms


async def test_every_room_starts_with_its_own(rooms: Rooms) -> None:
    assert {n: rooms.owner(n) for names in HOME.values() for n in names} == {
        "RT.112": "RT",
        "RT.B.dispatch": "RT",
        "DH.112": "DH",
        "LB.112": "LB",
    }


async def test_a_silent_room_loses_its_functions_after_the_term_and_not_before(rooms: Rooms) -> None:
    seconds = 0
    while rooms.owner("RT.112") == "RT":
        await rooms.second(silent="RT")
        seconds += 1
        assert seconds <= 16
    assert TTL_SECONDS - 1 <= seconds <= TTL_SECONDS + MARGIN_SECONDS + 2
    taken = rooms.house.picture.function("RT.B.dispatch")
    assert (rooms.owner("RT.B.dispatch"), taken.ground, taken.epoch) == ("DH", "lapsed", 2)
    assert rooms.house.picture.desk("RT").state == "silent"
    assert not rooms.keepers["RT"].held, "the silent room itself knows that its time is up"


async def test_rooms_that_beat_keep_what_they_have(rooms: Rooms) -> None:
    for _ in range(40):
        await rooms.second()
    assert rooms.owner("RT.112") == "RT" and rooms.house.picture.function("RT.112").epoch == 1


async def test_a_declared_loss_moves_at_once_and_to_qualified_people_first(rooms: Rooms) -> None:
    await rooms.house.do("LB", desk.SignIn(room="LB", seat="LB-1", qualified=("112",)))
    await rooms.house.do("DH", desk.DeclareRoomDown(room="RT", reason="brand in de zaal"))
    for part in rooms.parts.values():
        await part.act()
    assert rooms.owner("RT.112") == "LB", "somebody qualified sits there"
    assert rooms.owner("RT.B.dispatch") == "DH", "nobody is qualified anywhere: the first buddy"
    assert rooms.house.picture.function("RT.112").reason == "brand in de zaal"
    assert not rooms.house.picture.function("RT.112").acknowledged


async def test_the_way_back_needs_both_sides(rooms: Rooms) -> None:
    house = rooms.house
    await house.do("DH", desk.DeclareRoomDown(room="RT", reason="x"))
    await rooms.parts["DH"].act()
    await house.do("RT", desk.DeclareRoomUp(room="RT"))
    for _ in range(5):
        await rooms.second()
    assert rooms.owner("RT.112") == "DH", "nothing comes back by itself"
    await house.do("DH", function.ProposeTransfer(function="RT.112", to="RT"))
    with pytest.raises(Refused):
        await house.do("DH", function.AnswerTransfer(function="RT.112", agree=True))
    await house.do("RT", function.AnswerTransfer(function="RT.112", agree=True))
    assert (rooms.owner("RT.112"), house.picture.function("RT.112").epoch) == ("RT", 3)


async def test_nobody_takes_from_a_room_that_lives(rooms: Rooms) -> None:
    for ground in ("lapsed", "declared"):
        with pytest.raises(Refused):
            await rooms.house.do("DH", function.TakeFunction(function="RT.112", to="DH", ground=ground, reason="x"))


async def test_two_rooms_that_try_at_once_leave_one_owner(rooms: Rooms) -> None:
    house = rooms.house
    await house.do("DH", desk.DeclareRoomDown(room="RT", reason="x"))
    take = {r: function.TakeFunction(function="RT.112", to=r, ground="declared", reason="x") for r in ("DH", "LB")}
    results = await asyncio.gather(*(house.do(r, c) for r, c in take.items()), return_exceptions=True)
    assert sum(not isinstance(r, BaseException) for r in results) == 1
    assert house.picture.function("RT.112").epoch == 2


async def test_a_watcher_that_was_paused_gives_everybody_a_new_term(rooms: Rooms) -> None:
    await rooms.house.clock.pump(60.0)
    await rooms.watches["DH"].look()
    assert not rooms.watches["DH"].lapsed("RT")


async def test_a_room_that_was_never_heard_of_counts_as_lost_after_the_term(rooms: Rooms) -> None:
    house = rooms.house
    await house.do("LB", function.TakeFunction(function="NL.112", to="LB", ground="first"))
    # LB served something, and then came back from a backup without a heart-beat.
    watch = LeaseWatch(NoLeases(), house.clock)
    await watch.look()
    assert not watch.lapsed("LB") and watch.age("LB") is None
    seconds = 0
    while not watch.lapsed("LB"):
        await house.clock.pump(1.0)
        await watch.look()
        seconds += 1
    assert seconds - 1 < TTL_SECONDS + MARGIN_SECONDS <= seconds == watch.silence("LB")
    await house.clock.pump(60.0)
    await watch.look()
    assert not watch.lapsed("LB"), "it did not watch meanwhile"


async def test_the_functions_of_a_room_without_a_lease_find_an_owner(house: House) -> None:
    await house.do("LB", function.TakeFunction(function="LB.112", to="LB", ground="first"))
    watch = LeaseWatch(OneLease(house.record, "DH"), house.clock)
    keeper = LeaseKeeper("DH", "DH-process", house.record, house.clock)
    part = Ownership(house.handlers["DH"], house.picture, watch, (), BUDDIES, house.clock, house.ids)
    for _ in range(int(TTL_SECONDS + MARGIN_SECONDS) + 2):
        assert await keeper.beat()
        await watch.look()
        await part.act()
        await house.clock.pump(1.0)
    taken = house.picture.function("LB.112")
    assert (taken.owner, taken.ground) == ("DH", "lapsed"), "RT, which is not there either, does not stand in the way"
    assert taken.rule.startswith("unstaffed place=1 of=LB")


async def test_what_a_lost_room_served_is_spread_over_those_who_can(rooms: Rooms) -> None:
    house = rooms.house
    await house.do("DH", desk.SignIn(room="DH", seat="DH-1", qualified=("112", "B.dispatch")))
    await house.do("LB", desk.SignIn(room="LB", seat="LB-1", qualified=("112", "B.dispatch")))
    await house.do("DH", desk.DeclareRoomDown(room="RT", reason="x"))
    for part in rooms.parts.values():
        await part.act()
    assert {rooms.owner("RT.112"), rooms.owner("RT.B.dispatch")} == {"DH", "LB"}
    assert house.picture.function("RT.112").rule == "least_loaded place=1 of=RT people=1 seats=1 serves=1"


async def test_a_room_that_has_just_come_back_takes_over_last(rooms: Rooms) -> None:
    house = rooms.house
    await house.do("RT", desk.DeclareRoomDown(room="DH", reason="x"))
    await house.do("RT", desk.DeclareRoomUp(room="DH"))
    await house.do("RT", desk.DeclareRoomDown(room="RT", reason="x"))
    for part in rooms.parts.values():
        await part.act()
    assert rooms.owner("RT.112") == "LB", "DH, the first buddy, was down a moment ago"


class NoLeases:
    """Nobody's heart beats."""

    async def all(self) -> dict[str, Lease]:
        return {}

    async def renew(self, room: str, holder: str, n: int) -> Lease:
        raise AssertionError("nobody beats here")


class OneLease(NoLeases):
    """Only one room's heart beats."""

    def __init__(self, leases: Leases, room: str) -> None:
        self._leases, self._room = leases, room

    async def all(self) -> dict[str, Lease]:
        return {room: lease for room, lease in (await self._leases.all()).items() if room == self._room}
