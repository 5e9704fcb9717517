"""Rooms of two versions side by side: what a newer program writes is passed over and named, and stops nobody."""

from __future__ import annotations

import msgspec
import pytest

from meldkamer.domain import incident_rules as rules
from meldkamer.network.reading import NEWER, read_whole
from meldkamer.record import NewEvent, Write
from tests.network.conftest import House


def newer(house: House, type_: str) -> NewEvent:
    return NewEvent(
        id=house.ids.new(),
        type=type_,
        schema=7,
        body=msgspec.msgpack.encode({"type": type_, "wings": 2}),
        occurred=house.clock.now(),
        recorded=house.clock.now(),
        room="DH",
        actor="dh.person",
    )


@pytest.mark.parametrize("type_", ["incident.drone_sent", "incident.prioritised"])
async def test_an_event_of_a_newer_program_stops_nobody(house: House, type_: str) -> None:
    await house.do("RT", rules.OpenIncident(incident="i1", region="RT", disciplines="B"))
    await house.record.append("RT", [Write("ev.RT.incident.i1", (newer(house, type_),))])
    await house.record.append("RT", [Write("ev.RT.drone.d1", (newer(house, "drone.started"),))])
    done = await house.do("RT", rules.WriteNote(incident="RT/i1", line="n1", text="goes on"))
    assert done.outcome == "SAFE"
    assert [n.line for n in house.picture.incidents["RT/i1"].notes] == ["n1"]
    whole = await read_whole(house.record, house.sealer, "ev.RT.incident.i1", frozenset({"caller"}))
    assert whole is not None
    assert NEWER in whole.unreadable
    assert whole.version == await house.record.version("ev.RT.incident.i1")
    assert [n.text for n in whole.state.notes] == ["goes on"]
    assert len(house.follower.passed) == 2
    assert all("DH" in why for why in house.follower.passed.values())
