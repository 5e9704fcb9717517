"""Standing agreements and orders that clash."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import pytest

from meldkamer.domain import incident_rules, unit
from meldkamer.domain.clock import derived_id
from meldkamer.domain.incident import ConflictFound, UnitRequestAnswered
from meldkamer.domain.unit import AssignedBeside, UnitAssigned
from meldkamer.network import subject_of
from meldkamer.pack import Agreement, SafetyRegion
from meldkamer.record import NewEvent, Write
from meldkamer.response import Agreements, Clash, covering
from tests.intake.house import House
from tests.response.scene import ENGINE, FIRE, a_fire, a_scene, an_engine, order

REGIONS = (SafetyRegion("VR17", 17, "Rotterdam", "RT", "17"), SafetyRegion("VR15", 15, "Haaglanden", "DH", "15"))
LENDS = Agreement("VR15", "VR17", "B", ("TS", "HV"), True)
LADDER = "DH/15-0151"


def answering(house: House, *agreements: Agreement) -> None:
    for room in ("RT", "DH"):
        house.spawn(Agreements(house.handlers[room], house.picture, house.clock, agreements, REGIONS).run())


async def ask(house: House, of: str, id: str = "r1") -> None:
    await house.do(
        "RT",
        incident_rules.RequestUnit(incident=FIRE, request=id, unit=of, function="DH.B.dispatch", reason="grote brand"),
    )
    await house.quiet()


def test_covering_looks_at_both_sides_discipline_and_kind() -> None:
    assert covering([LENDS], "VR15", "VR17", "B", "TS") == LENDS
    assert covering([LENDS], "VR17", "VR15", "B", "TS") is None
    assert covering([LENDS], "VR15", "VR17", "A", "TS") is None
    assert covering([LENDS], "VR15", "VR17", "B", "RV") is None
    by_hand = Agreement("VR15", "VR17", "B", (), False)
    assert covering([by_hand], "VR15", "VR17", "B", "TS") is None
    assert covering([Agreement("VR15", "VR17", "B", (), True)], "VR15", "VR17", "B", "RV") is not None


async def test_what_was_agreed_is_granted_and_assigned_by_the_owner(house: House) -> None:
    await a_scene(house)
    engine = await an_engine(house, "15-0131", "DH", safety_region=15)
    answering(house, LENDS)
    await ask(house, engine)
    (request,) = house.picture.incidents[FIRE].requests
    assert request.granted is True
    sent = house.picture.units[engine].assignment
    assert sent is not None and sent.incident == FIRE and sent.priority == 1
    (assigned,) = house.events(UnitAssigned)
    assert (assigned.entry.event.room, assigned.entry.region) == ("DH", "DH")


async def test_what_was_not_agreed_waits_for_a_person(house: House) -> None:
    await a_scene(house)
    ladder = await an_engine(house, "15-0151", "DH", kind="RV", safety_region=15)
    busy = await an_engine(house, "15-0131", "DH", safety_region=15)
    await house.do("DH", unit.ReportStatus(unit=busy, code="unavailable"))
    answering(house, LENDS)
    await ask(house, ladder, "r1")
    await ask(house, busy, "r2")
    assert [r.granted for r in house.picture.incidents[FIRE].requests] == [None, None]
    assert not house.events(UnitAssigned)


async def test_a_restart_answers_what_was_asked_meanwhile_once(tmp_path: Path) -> None:
    house = House(tmp_path)
    await house.start()
    await a_scene(house)
    engine = await an_engine(house, "15-0131", "DH", safety_region=15)
    await ask(house, engine)
    answering(house, LENDS)
    answering(house, LENDS)
    await house.quiet()
    assert len(house.events(UnitAssigned)) == len(house.events(UnitRequestAnswered)) == 1
    await house.close()


# --- clashes --------------------------------------------------------------------------------------------------------


def watching(house: House) -> None:
    for room in ("RT", "DH"):
        house.spawn(Clash(house.handlers[room], house.picture, house.clock).run())


async def test_an_order_that_meets_a_closed_incident_is_put_before_a_person(house: House) -> None:
    await a_scene(house)
    watching(house)
    await house.do("RT", incident_rules.CloseTrack(incident=FIRE, discipline="B", code="klaar"))
    await house.do("RT", unit.AssignUnit(unit=ENGINE, assignment="o1", incident=FIRE, override="toch"))
    await house.pass_time(3)
    (found,) = house.picture.incidents[FIRE].conflicts
    assert (found.about, found.kept, found.other) == (
        "assignment_meets_closed_incident",
        "17-0131 RT-1",
        "17-0131 closed",
    )


async def test_an_order_that_ends_in_time_is_no_conflict(house: House) -> None:
    await a_scene(house)
    watching(house)
    await house.do("RT", incident_rules.CloseTrack(incident=FIRE, discipline="B", code="klaar"))
    await house.do("RT", unit.AssignUnit(unit=ENGINE, assignment="o1", incident=FIRE, override="toch"))
    await house.do("RT", unit.RecallUnit(unit=ENGINE))
    await house.pass_time(5)
    assert not house.events(ConflictFound)


async def test_two_orders_at_once_become_one_conflict_in_all_rooms(house: House) -> None:
    """As after a cut: an island ordered the unit, and so did the room that had taken over."""
    await a_scene(house)
    await a_fire(house, "i2")
    watching(house)
    watching(house)
    await order(house)
    await _slip_in(house, UnitAssigned(assignment="o2", incident="RT/i2", number="RT-2", priority=2, by="eiland"))
    await house.pass_time(3)
    assert len(house.events(ConflictFound)) == 1
    (found,) = house.picture.incidents["RT/i2"].conflicts
    assert (found.about, found.kept, found.other) == ("unit_assigned_twice", "17-0131 RT-2", "17-0131 RT-1")


@pytest.mark.parametrize(("choice", "stands"), [("kept", "o1"), ("other", "o2"), ("neither", "o1")])
async def test_what_a_person_chose_of_two_orders_stands_and_the_other_ends(
    house: House, choice: Literal["kept", "other", "neither"], stands: str
) -> None:
    await a_scene(house)
    await a_fire(house, "i2")
    watching(house)
    await order(house)
    await _slip_in(house, AssignedBeside(assignment="o2", incident="RT/i2", number="RT-2", priority=2, by="eiland"))
    await house.pass_time(3)
    (found,) = house.picture.incidents[FIRE].conflicts
    assert (found.about, found.kept, found.other) == ("unit_assigned_twice", "17-0131 RT-1", "17-0131 RT-2")
    choose = incident_rules.ResolveConflict(incident=FIRE, conflict=found.conflict, choice=choice)
    await house.do("RT", choose)
    await house.pass_time(3)
    now = house.picture.units[ENGINE]
    assert now.assignment is not None and now.assignment.assignment == stands
    assert [one.assignment for one in now.beside] == (["o2"] if choice == "neither" else [])
    assert [u.ref for u in house.picture.units_at("RT/i2")] == ([ENGINE] if stands == "o2" else [])


async def test_a_restart_finds_a_choice_that_was_not_carried_out(house: House) -> None:
    await a_scene(house)
    await a_fire(house, "i2")
    await order(house)
    await _slip_in(house, AssignedBeside(assignment="o2", incident="RT/i2", number="RT-2", priority=2, by="eiland"))
    id = derived_id("conflict", "twice", ENGINE, "o1", "o2")
    await house.do("RT", incident_rules.RaiseConflict(incident=FIRE, conflict=id, about="x", kept="1", other="2"))
    await house.do("RT", incident_rules.ResolveConflict(incident=FIRE, conflict=id, choice="other"))
    watching(house)
    await house.pass_time(3)
    now = house.picture.units[ENGINE]
    assert now.assignment is not None and now.assignment.assignment == "o2"
    assert not now.beside


@pytest.mark.parametrize("when", ["before", "after"])
async def test_a_restart_finds_the_same_conflict_and_no_second(tmp_path: Path, when: str) -> None:
    house = House(tmp_path)
    await house.start()
    await a_scene(house)
    await house.do("RT", incident_rules.CloseTrack(incident=FIRE, discipline="B", code="klaar"))
    await house.do("RT", unit.AssignUnit(unit=ENGINE, assignment="o1", incident=FIRE, override="toch"))
    if when == "after":
        watching(house)
        await house.pass_time(3)
    await house.close()
    again = House(tmp_path, house.clock)
    await again.start()
    watching(again)
    await again.pass_time(4)
    assert len(again.picture.incidents[FIRE].conflicts) == 1
    await again.close()


async def _slip_in(house: House, event: UnitAssigned | AssignedBeside) -> None:
    """Store an event past the rules, as a merge after a cut does."""
    subject = subject_of("unit", ENGINE)
    type_, schema, body, sealed = await house.sealer.encode(event, subject, "merge1")
    now = house.clock.now()
    new = NewEvent(
        id=house.ids.new(), type=type_, schema=schema, body=body, sealed=sealed, occurred=now, recorded=now,
        room="RT", actor="merge", epochs={"RT.B.dispatch": 1},
    )  # fmt: skip
    done = await house.record.append("RT", [Write(subject, (new,))])
    await house.picture.reached("RT", done.positions[-1].seq)
