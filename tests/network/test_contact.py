"""A timer without contact survives the loss of its room, and what was heard on both sides of a cut counts."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from meldkamer.domain import unit
from meldkamer.domain.contact import MINUTE, NoteContact, SetContactTimer, due
from tests.network.test_island import UNIT, World, same_picture, taken_over


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    world = World(tmp_path)
    yield world
    await world.shared.close()
    await world.keys.close()


async def test_who_takes_over_sees_it_run_and_the_rejoin_keeps_what_either_side_heard(world: World) -> None:
    lb, ob, i1 = await world.begin()
    await lb.do(unit.AssignUnit(unit=UNIT, assignment="a1", incident=i1))
    await lb.do(SetContactTimer(unit=UNIT, minutes=15))
    set_at = world.clock.now()
    await lb.cut_off()
    await ob.caught_up()
    await taken_over(ob)
    theirs = ob.picture.units[UNIT]
    assert due(theirs.contact, theirs.heard) == set_at + 15 * MINUTE

    # Here the crew is heard of, there somebody makes the time shorter; neither knows of the other.
    assert (await lb.do(NoteContact(unit=UNIT))).outcome == "LOCAL"
    heard = lb.picture.units[UNIT].heard
    await ob.do(SetContactTimer(unit=UNIT, minutes=5))
    await lb.heal()
    await same_picture(lb, ob)
    merged = ob.picture.units[UNIT]
    assert merged.heard == heard and merged.contact is not None and merged.contact.minutes == 5
    assert due(merged.contact, merged.heard) == max(heard, merged.contact.since) + 5 * MINUTE
    await lb.close()
    await ob.close()
