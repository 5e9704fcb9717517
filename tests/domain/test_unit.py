"""A unit has one order at most, and its own report is the truth about itself."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from meldkamer.domain import unit as u
from meldkamer.domain.basics import Context, Refused
from meldkamer.domain.unit import Meaning

REF = "RT/17-0131"
NOW = 1_767_225_600_000
AT = Context(now=NOW, actor="rt.brand", room="RT")


def step(unit: u.Unit | None, command: u.UnitCommand, when: int = NOW) -> u.Unit:
    for event in u.decide(unit, command, AT):
        unit = u.evolve(unit, event, REF, when)
    assert unit is not None
    return unit


def report(meaning: Meaning) -> u.ReportStatus:
    return u.ReportStatus(unit=REF, code=meaning.value, meaning=meaning, source="unit", manual=False)


def ready() -> u.Unit:
    register = u.RegisterUnit(region="RT", call_sign="17-0131", discipline="B", kind="TS", function="RT.B.dispatch")
    return step(step(None, register), report(Meaning.AVAILABLE))


def order(incident: str = "RT/i1", assignment: str = "a1", **more: object) -> u.AssignUnit:
    return u.AssignUnit(unit=REF, assignment=assignment, incident=incident, number="RT1", **more)  # type: ignore[arg-type]


def test_a_free_unit_is_ordered_and_follows_its_own_reports() -> None:
    unit = step(ready(), order())
    assert not unit.free
    unit = step(unit, u.AcknowledgeOrder(unit=REF, assignment="a1"))
    for meaning, state in [(Meaning.EN_ROUTE, "en_route"), (Meaning.ON_SCENE, "on_scene")]:
        unit = step(unit, report(meaning))
        assert unit.assignment is not None and unit.assignment.state == state
    unit = step(unit, report(Meaning.AVAILABLE))
    assert unit.assignment is None and unit.free


def test_available_right_after_the_order_does_not_end_it() -> None:
    unit = step(step(ready(), order()), report(Meaning.AVAILABLE))
    assert unit.assignment is not None


def test_a_busy_unit_is_diverted_only_on_purpose_and_with_a_reason() -> None:
    unit = step(ready(), order())
    for command, code in [
        (order("RT/i2", "a2"), "unit.busy"),
        (order("RT/i2", "a2", divert=True), "unit.divert_reason_needed"),
        (order("RT/i1", "a2", divert=True, reason="x"), "unit.already_there"),
    ]:
        with pytest.raises(Refused) as refused:
            u.decide(unit, command, AT)
        assert refused.value.code == code
    unit = step(unit, order("RT/i2", "a2", divert=True, reason="reanimatie"))
    assert unit.assignment is not None and unit.assignment.incident == "RT/i2"


def test_a_unit_out_of_service_goes_only_with_an_override_reason() -> None:
    unit = step(ready(), report(Meaning.UNAVAILABLE))
    with pytest.raises(Refused, match=r"unit\.not_free"):
        u.decide(unit, order(), AT)
    assert step(unit, order(override="enige in de buurt")).assignment is not None


def test_a_late_report_enters_the_history_but_does_not_undo_a_newer_status() -> None:
    unit = step(ready(), report(Meaning.UNAVAILABLE), NOW + 60_000)
    assert step(unit, report(Meaning.AVAILABLE), NOW + 30_000).meaning is Meaning.UNAVAILABLE


def test_ordering_needs_the_home_dispatch_function_and_reporting_needs_nothing() -> None:
    assert u.functions_needed(ready(), order()) == (("RT.B.dispatch",),)
    assert u.functions_needed(ready(), report(Meaning.AVAILABLE)) == ()


@given(
    st.lists(
        st.one_of(
            st.sampled_from(list(Meaning)).map(report),
            st.integers(1, 9).map(lambda n: order(f"RT/i{n}", f"a{n}")),
            st.just(u.RecallUnit(unit=REF)),
        )
    )
)
def test_never_two_open_orders(commands: list[u.UnitCommand]) -> None:
    """Every order that was given is either the open one or has ended exactly once."""
    unit = ready()
    given_, ended = [], []
    for command in commands:
        try:
            events = u.decide(unit, command, AT)
        except Refused:
            continue
        for event in events:
            if isinstance(event, u.UnitAssigned):
                assert unit.assignment is None
                given_.append(event.assignment)
            if isinstance(event, u.AssignmentEnded):
                ended.append(event.assignment)
            unit = u.evolve(unit, event, REF, NOW)
    still_open = [unit.assignment.assignment] if unit.assignment else []
    assert given_ == ended + still_open
