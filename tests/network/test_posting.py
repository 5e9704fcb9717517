"""A room that is cut off sends a unit to stand by only when somebody insists; afterwards an incident comes first."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from meldkamer.domain import unit
from meldkamer.domain.basics import Location, Refused
from meldkamer.domain.posting import PostUnit
from tests.network.test_island import UNIT, World, same_picture, taken_over

PLACE = Location(text="Markt", x=176_000.0, y=318_000.0)


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    world = World(tmp_path)
    yield world
    await world.shared.close()
    await world.keys.close()


@pytest.mark.parametrize("incident", [True, False])
async def test_orders_of_both_sides_of_a_cut_become_one(world: World, incident: bool) -> None:
    lb, ob, i1 = await world.begin()
    await lb.cut_off()
    await taken_over(ob)
    with pytest.raises(Refused) as refused:
        await lb.do(PostUnit(unit=UNIT, assignment="p1", place=PLACE))
    assert refused.value.code == "unit.room_alone"
    assert (await lb.do(PostUnit(unit=UNIT, assignment="p1", place=PLACE, alone=True))).outcome == "LOCAL"
    if incident:
        await ob.do(unit.AssignUnit(unit=UNIT, assignment="a1", incident=i1, override="de enige"))
    await lb.heal()
    await same_picture(lb, ob)
    now = ob.picture.units[UNIT]
    assert (now.assignment is not None) is incident
    assert (now.posting is not None) is not incident
    await lb.close()
    await ob.close()
