"""Facts from paper: entered later, with their true times, without undoing what came after them."""

from __future__ import annotations

import pytest

from meldkamer.domain import unit
from meldkamer.domain.basics import LATER, Context, Event, Refused
from meldkamer.domain.unit import AssignmentEnded, AssignmentProgressed, Meaning, StatusReported, Unit, UnitAssigned

MINUTE = 60_000
NOW = 100 * MINUTE


def at(minute: int | None) -> Context:
    return Context(now=NOW, actor="anna", room="RT", occurred=None if minute is None else minute * MINUTE)


def after(engine: Unit, events: list[Event], minute: int) -> Unit:
    for event in events:
        engine = unit.evolve(engine, event, engine.ref, minute * MINUTE)
    return engine


def do(engine: Unit, command: unit.UnitCommand, minute: int) -> tuple[Unit, list[Event]]:
    events = unit.decide(engine, command, at(minute))
    return after(engine, events, minute), events


def reports(code: str, meaning: Meaning) -> unit.ReportStatus:
    return unit.ReportStatus(unit="RT/17-0131", code=code, meaning=meaning)


def orders(assignment: str = "a1", told: bool = True, incident: str = "RT/i1") -> unit.AssignUnit:
    return unit.AssignUnit(unit="RT/17-0131", assignment=assignment, incident=incident, told=told)


@pytest.fixture
def engine() -> Unit:
    return Unit(ref="RT/17-0131", discipline="B", kind="TS", function="RT.B.dispatch", meaning=Meaning.AVAILABLE)


def test_an_order_that_was_told_is_read_already(engine: Unit) -> None:
    engine, events = do(engine, orders(), 10)
    assert [type(e) for e in events] == [UnitAssigned, AssignmentProgressed]
    assert engine.assignment is not None
    assert (engine.assignment.told, engine.assignment.state, engine.assignment.ordered) == (
        True, "acknowledged", 10 * MINUTE,
    )  # fmt: skip


def test_that_it_was_told_is_a_fact_whatever_the_status_says_by_now(engine: Unit) -> None:
    engine, _ = do(engine, reports("ter plaatse", Meaning.ON_SCENE), 20)
    with pytest.raises(Refused, match=r"unit\.not_free"):
        unit.decide(engine, orders(told=False), at(10))
    assert unit.decide(engine, orders(), at(10))


def test_the_steps_that_followed_count_at_their_own_times(engine: Unit) -> None:
    engine, _ = do(engine, orders(), 10)
    engine, events = do(engine, reports("ter plaatse", Meaning.ON_SCENE), 18)
    assert events[1:] == [AssignmentProgressed(assignment="a1", state="on_scene")]
    assert engine.assignment is not None and engine.assignment.since == 18 * MINUTE
    engine, events = do(engine, reports("vrij", Meaning.AVAILABLE), 40)
    assert isinstance(events[1], AssignmentEnded) and engine.assignment is None


def test_an_older_report_neither_moves_a_newer_order_back_nor_ends_it(engine: Unit) -> None:
    engine, _ = do(engine, orders(), 10)
    engine, _ = do(engine, reports("ter plaatse", Meaning.ON_SCENE), 30)
    for report in (reports("aanrijdend", Meaning.EN_ROUTE), reports("buiten dienst", Meaning.UNAVAILABLE)):
        engine, events = do(engine, report, 20)
        assert [type(e) for e in events] == [StatusReported], "it is kept"
    assert engine.assignment is not None and engine.assignment.state == "on_scene"
    assert engine.meaning is Meaning.ON_SCENE


def test_clocks_that_differ_a_little_are_no_back_entry(engine: Unit) -> None:
    engine, _ = do(engine, orders(), 10)
    command = reports("ter plaatse", Meaning.ON_SCENE)
    slow = Context(now=NOW, actor="unit", room="RT", occurred=10 * MINUTE - LATER)
    assert len(unit.decide(engine, command, slow)) == 2
    assert len(unit.decide(engine, command, at(None))) == 2
