"""One owner: a room whose own picture still says that it owns a function cannot bind anything; the log refuses it."""

from __future__ import annotations

import asyncio

import pytest

from meldkamer.domain import function, incident_rules, unit
from meldkamer.domain.basics import Command
from meldkamer.network import Follower, Handler, Picture
from meldkamer.record import Fenced
from meldkamer.record.snapshots import FileSnapshots
from tests.network.conftest import REGIONS, House, house

__all__ = ["house"]

FUNCTIONS = ("RT.112", "RT.B.intake", "RT.B.dispatch", "RT.multi")
INCIDENT, UNIT = "RT/i1", "RT/17-0131"
BINDING: tuple[Command, ...] = (
    incident_rules.CloseTrack(incident=INCIDENT, discipline="B", code="x"),
    incident_rules.Classify(incident=INCIDENT, disciplines="B", class_code="BR"),
    incident_rules.Prioritise(incident=INCIDENT, disciplines="B", priority=1),
    incident_rules.ScaleUp(incident=INCIDENT, scope="multi", level="GRIP1"),
    unit.AssignUnit(unit=UNIT, assignment="a1", incident=INCIDENT),
)
"""What needs a function: closing, classing, priority, scaling up, ordering a unit."""


async def a_room_that_sees_nothing_new(house: House) -> Handler:
    """Rotterdam's handler on a picture of its own that ends here, as in a process that was paused or cut off."""
    picture = Picture(lambda entry: house.sealer.decode(entry, frozenset()).event)
    snapshots = FileSnapshots(house.record.path.parent / "stale")
    await Follower(house.record, house.sealer, picture, snapshots, house.clock, REGIONS).start()
    return Handler("RT", house.record, picture, house.sealer, house.clock, lambda d, code: unit.Meaning(code))


@pytest.mark.parametrize("command", BINDING, ids=lambda c: type(c).__name__)
async def test_the_log_refuses_a_room_that_does_not_know_it_was_deposed(house: House, command: Command) -> None:
    for name in FUNCTIONS:
        await house.do("RT", function.TakeFunction(function=name, to="RT", ground="first"))
    register = unit.RegisterUnit(region="RT", call_sign="17-0131", discipline="B", kind="TS", function="RT.B.dispatch")
    await house.do("RT", register)
    await house.do("RT", unit.ReportStatus(unit=UNIT, code="available", source="unit"))
    await house.do("RT", incident_rules.OpenIncident(incident="i1", region="RT", disciplines="B"))
    stale = await a_room_that_sees_nothing_new(house)
    for name in FUNCTIONS:
        await house.do("DH", function.ProposeTransfer(function=name, to="DH"))
        await house.do("RT", function.AnswerTransfer(function=name, agree=True))

    before = await house.record.tail("RT")
    with pytest.raises(Fenced):
        await asyncio.wait_for(stale.do(command, command_id=house.ids.new(), context=house.context("RT")), 10)
    assert await house.record.tail("RT") == before
    # The owner may, with the very same command.
    await house.do("DH", command)
    assert await house.record.tail("RT") > before
