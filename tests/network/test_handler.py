"""From command to record and back: exactly once, first come first served, and only by the owner."""

from __future__ import annotations

import asyncio

import pytest

from meldkamer.domain import call, function, incident_rules, unit
from meldkamer.domain.basics import Location, Refused
from meldkamer.network import NotOwner, read_whole
from meldkamer.record import Fence, Fenced, NewEvent, Write

from .conftest import House


async def own(house: House, room: str, *functions: str) -> None:
    for name in functions:
        await house.do(room, function.TakeFunction(function=name, to=room, ground="first"))


async def an_incident(house: House) -> str:
    await house.do(
        "RT", call.ReceiveCall(call="c1", region="RT", function="RT.112", channel="112", number="0612345678")
    )
    await house.do("RT", call.AnswerCall(call="RT/c1"))
    await house.do(
        "RT",
        incident_rules.OpenIncident(
            incident="i1", region="RT", location=Location(text="Coolsingel"), disciplines="BA", priority=1, call="RT/c1"
        ),
    )
    return "RT/i1"


async def a_unit(house: House) -> str:
    await house.do(
        "RT",
        unit.RegisterUnit(region="RT", call_sign="17-0131", discipline="B", kind="TS", function="RT.B.dispatch"),
    )
    await house.do("RT", unit.ReportStatus(unit="RT/17-0131", code="available"))
    return "RT/17-0131"


async def test_a_call_becomes_an_incident_and_knows_it(house: House) -> None:
    ref = await an_incident(house)
    assert house.picture.incidents[ref].number == "RT-1"
    assert house.picture.incidents[ref].calls == ("RT/c1",)
    assert house.picture.calls["RT/c1"].incidents == (ref,)


async def test_a_call_of_another_region_is_told_as_well(house: House) -> None:
    await house.do("LB", call.ReceiveCall(call="c9", region="LB", function="LB.112", channel="112"))
    await house.do("RT", incident_rules.OpenIncident(incident="i9", region="RT", disciplines="P", call="LB/c9"))
    assert house.picture.calls["LB/c9"].incidents == ("RT/i9",)


async def test_the_same_command_twice_is_one_fact_and_one_answer(house: House) -> None:
    command = call.ReceiveCall(call="c1", region="RT", function="RT.112", channel="112")
    first = await house.do("RT", command, command_id="k1")
    again = await house.do("RT", command, command_id="k1")
    assert (again.seq, again.duplicate, first.duplicate) == (first.seq, True, False)
    assert await house.record.tail("RT") == 1


async def test_a_repeat_of_a_command_with_several_events_gives_the_first_answer(house: House) -> None:
    command = incident_rules.OpenIncident(incident="i1", region="RT", disciplines="PBA", note="drie sporen")
    first = await house.do("RT", command, command_id="k1")
    again = await house.do("RT", command, command_id="k1")
    assert (first.seq, again.seq) == (5, 5)


async def test_of_many_who_answer_at_once_exactly_one_does(house: House) -> None:
    await house.do("RT", call.ReceiveCall(call="c1", region="RT", function="RT.112", channel="112"))
    rooms = ["RT", "DH", "LB"] * 8
    results = await asyncio.gather(
        *(house.do(room, call.AnswerCall(call="RT/c1"), actor=f"p{n}") for n, room in enumerate(rooms)),
        return_exceptions=True,
    )
    assert sum(not isinstance(r, BaseException) for r in results) == 1
    assert all(
        isinstance(r, Refused) and r.code == "call.already_answered" for r in results if isinstance(r, Exception)
    )


async def test_only_the_owner_closes_and_the_other_is_told_who_serves_it(house: House) -> None:
    ref = await an_incident(house)
    await own(house, "RT", "RT.B.dispatch")
    with pytest.raises(NotOwner) as refused:
        await house.do("LB", incident_rules.CloseTrack(incident=ref, discipline="B", code="x"))
    assert (refused.value.function, refused.value.owner) == ("RT.B.dispatch", "RT")
    await house.do("RT", incident_rules.CloseTrack(incident=ref, discipline="B", code="x"))


async def test_the_log_itself_refuses_a_deposed_owner(house: House) -> None:
    """The room believes it is the owner; the fence in the log knows better."""
    await own(house, "RT", "RT.B.dispatch")
    old = house.picture.function("RT.B.dispatch")
    await house.do("DH", function.ProposeTransfer(function="RT.B.dispatch", to="DH"))
    await house.do("RT", function.AnswerTransfer(function="RT.B.dispatch", agree=True))
    now = house.clock.now()
    event = NewEvent(
        id="z1", type="incident.note_struck", body=b"\x80", occurred=now, recorded=now, room="RT", actor="x"
    )
    with pytest.raises(Fenced):
        await house.record.append(
            "RT",
            [Write("ev.RT.incident.zz", (event,), 0)],
            [Fence(function="RT.B.dispatch", epoch=old.epoch, token=old.token)],
        )
    assert await house.record.version("ev.RT.incident.zz") == 0


async def test_notes_of_any_room_are_never_refused_for_want_of_ownership(house: House) -> None:
    ref = await an_incident(house)
    notes = [incident_rules.WriteNote(incident=ref, line=f"n{n}", text=f"regel {n}") for n in range(30)]
    rooms = ["RT", "DH", "LB"] * 10
    await asyncio.gather(*(house.do(room, note) for room, note in zip(rooms, notes, strict=True)))
    assert len(house.picture.incidents[ref].notes) == 30


async def test_a_unit_is_never_sent_twice_however_many_try(house: House) -> None:
    ref = await an_incident(house)
    await own(house, "RT", "RT.B.dispatch")
    await a_unit(house)
    await house.do("RT", incident_rules.OpenIncident(incident="i2", region="RT", disciplines="B"))
    tries = [
        unit.AssignUnit(unit="RT/17-0131", assignment=f"a{n}", incident=target)
        for n, target in enumerate([ref, "RT/i2"] * 5)
    ]
    results = await asyncio.gather(*(house.do("RT", t) for t in tries), return_exceptions=True)
    assert sum(not isinstance(r, BaseException) for r in results) == 1
    assert len([u for i in (ref, "RT/i2") for u in house.picture.units_at(i)]) == 1


async def test_a_track_does_not_close_while_a_unit_works_for_it(house: House) -> None:
    ref = await an_incident(house)
    await own(house, "RT", "RT.B.dispatch")
    await a_unit(house)
    await house.do("RT", unit.AssignUnit(unit="RT/17-0131", assignment="a1", incident=ref))
    with pytest.raises(Refused, match="units_assigned"):
        await house.do("RT", incident_rules.CloseTrack(incident=ref, discipline="B", code="x"))


async def test_the_picture_and_the_store_hold_no_caller_and_the_key_opens_it(house: House) -> None:
    await an_incident(house)
    assert house.picture.calls["RT/c1"].number is None
    whole = await read_whole(house.record, house.sealer, "ev.RT.call.c1", {"caller"})
    assert whole is not None and whole.state.number == "0612345678" and whole.opened == {"caller"}
    closed = await read_whole(house.record, house.sealer, "ev.RT.call.c1", set())
    assert closed is not None and closed.state.number is None and closed.unreadable == {"caller"}
    await house.keys.destroy("ev.RT.call.c1", "caller", house.clock.now(), "bewaartermijn", "fg")
    gone = await read_whole(house.record, house.sealer, "ev.RT.call.c1", {"caller"})
    assert gone is not None and gone.state.number is None and gone.unreadable == {"caller"}


async def test_what_the_picture_forgot_is_loaded_from_the_record(house: House) -> None:
    ref = await an_incident(house)
    await own(house, "RT", "RT.A.dispatch", "RT.B.dispatch")
    for d in "AB":
        await house.do("RT", incident_rules.CloseTrack(incident=ref, discipline=d, code="x"))
    assert house.picture.forget(house.clock.now() + 1) >= 1
    assert ref not in house.picture.incidents
    await house.do("RT", incident_rules.ReopenTrack(incident=ref, discipline="B", reason="toch niet"))
    loaded, _ = await house.handlers["RT"].load("incident", ref)
    assert loaded is not None and loaded.tracks["B"].reopened == 1


async def test_an_act_that_happened_earlier_keeps_its_own_time_but_never_a_future_one(house: House) -> None:
    ref = await an_incident(house)
    now = house.clock.now()
    await house.do("RT", incident_rules.WriteNote(incident=ref, line="a", text="x"), occurred=now - 60_000)
    await house.do("RT", incident_rules.WriteNote(incident=ref, line="b", text="x"), occurred=now + 60_000)
    assert {n.line: n.at for n in house.picture.incidents[ref].notes} == {"a": now - 60_000, "b": now}


async def test_a_command_that_is_sent_again_while_it_is_on_its_way_gets_the_first_answer(house: House) -> None:
    await house.do("RT", incident_rules.OpenIncident(incident="i1", region="RT", disciplines="B"))
    note = incident_rules.WriteNote(incident="RT/i1", line="n1", text="once")
    answers = await asyncio.gather(*(house.do("RT", note, command_id="once") for _ in range(4)))
    assert len({answer.seq for answer in answers}) == 1
    assert len(house.picture.incidents["RT/i1"].notes) == 1
