"""Units that a lost room may be using say so in their row, as long as it is so, to those who follow their region."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from meldkamer.domain import desk, function, unit
from meldkamer.domain.unit import Meaning

from .test_live import Room
from .world import settle

UNIT, DISPATCH = "LB/24-0101", "LB.B.dispatch"
LATER = 1_000


@pytest.fixture
async def room() -> AsyncIterator[Room]:
    room = Room()
    room.world.a_unit(UNIT)
    room.world.own(DISPATCH, "LB")
    yield room
    for one in room.desks:
        one.hang_up()
    await settle()


def taken(room: Room, ground: function.Ground = "lapsed", owner: str = "OB", epoch: int = 2) -> None:
    before = room.world.picture.function(DISPATCH).owner
    room.world.store(
        f"fence.LB.{DISPATCH}",
        function.FunctionOwned(function=DISPATCH, owner=owner, epoch=epoch, ground=ground, previous=before),
    )


async def shown(room: Room) -> list[str]:
    """What the unit's row says, frame after frame."""
    await settle()
    frames = [frame for one in room.desks for frame in one.of("ev")]
    return [row["row"]["maybe_used_by"] for frame in frames for row in frame["rows"] if row["kind"] == "unit"]


async def test_a_unit_of_a_lost_room_is_in_doubt_until_the_room_is_back(room: Room) -> None:
    await room.desk("LB", after=dict(room.world.seq))
    room.world.store("ev.NL.desk.LB", desk.RoomFellSilent(observer="OB", silent=13.0))
    taken(room)
    assert (await shown(room))[-1] == "LB"
    room.world.store("ev.NL.desk.LB", desk.RoomRejoined(began=1, events=3, conflicts=0))
    assert (await shown(room))[-1] == ""


async def test_a_room_that_is_lost_later_than_its_function_changes_its_units_too(room: Room) -> None:
    """Streams of regions arrive side by side: the fence may be seen before the loss that permitted it."""
    await room.desk("LB", after=dict(room.world.seq))
    taken(room, "declared")
    assert [one for one in await shown(room) if one] == []
    room.world.store("ev.NL.desk.LB", desk.RoomDeclaredDown(by="ob.caco", reason="fire"))
    assert (await shown(room))[-1] == "LB"


async def test_its_own_report_ends_the_doubt_and_what_a_room_enters_does_not(room: Room) -> None:
    await room.desk("LB", after=dict(room.world.seq))
    room.world.store("ev.NL.desk.LB", desk.RoomFellSilent(observer="OB", silent=13.0))
    taken(room)
    await room.world.clock.pump(LATER / 1000)
    for source, expected in (("room", "LB"), ("unit", "")):
        report = unit.StatusReported(code="1", meaning=Meaning.AVAILABLE, source=source)  # type: ignore[arg-type]
        room.world.store(f"ev.LB.unit.{UNIT.partition('/')[2]}", report)
        assert (await shown(room))[-1] == expected


async def test_what_was_handed_over_is_not_in_doubt(room: Room) -> None:
    await room.desk("LB", after=dict(room.world.seq))
    taken(room, "agreed")
    room.world.store("ev.NL.desk.LB", desk.RoomFellSilent(observer="OB", silent=13.0))
    assert [one for one in await shown(room) if one] == []


async def test_who_does_not_follow_the_region_learns_of_the_function_alone(room: Room) -> None:
    far = await room.desk("RT", after=dict(room.world.seq))
    room.world.store("ev.NL.desk.LB", desk.RoomFellSilent(observer="OB", silent=13.0))
    taken(room)
    await settle()
    assert {row["kind"] for frame in far.of("ev") for row in frame["rows"]} == {"function"}


async def test_an_order_beside_the_one_that_stands_is_in_the_row(room: Room) -> None:
    for event in (unit.UnitAssigned, unit.AssignedBeside):
        order = event(assignment=event.__name__, incident="LB/i1", number="LB-1", priority=1, by="p")
        room.world.store("ev.LB.unit.24-0101", order)
    row = room.rows.unit(room.world.picture.units[UNIT])
    assert row.assignment is not None and row.assignment.assignment == "UnitAssigned"
    assert [other.assignment for other in row.beside] == ["AssignedBeside"]
