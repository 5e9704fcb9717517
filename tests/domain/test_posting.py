"""A free unit is sent to stand somewhere and stays free; an incident comes first, its own reports say where it is."""

from __future__ import annotations

import pytest

from meldkamer.domain import unit as u
from meldkamer.domain.basics import Context, Event, Location, Refused
from meldkamer.domain.posting import PostingEnded, PostingProgressed, PostUnit, UnitPosted
from meldkamer.domain.unit import Meaning

from .test_unit import NOW, REF, order, ready, report, step

PLACE = Location(text="17-B02", x=92_000.0, y=437_000.0)
AT = Context(now=NOW, actor="rt.brand", room="RT")


def post(assignment: str = "p1", place: Location = PLACE, told: bool = False) -> PostUnit:
    return PostUnit(unit=REF, assignment=assignment, place=place, told=told)


def after(unit: u.Unit, *said: tuple[Event, int]) -> u.Unit:
    for event, seconds in said:
        unit = u.evolve(unit, event, REF, NOW + seconds * 1000)
    return unit


def state(unit: u.Unit) -> str:
    return unit.posting.state if unit.posting is not None else ""


def test_it_goes_stands_there_and_can_be_sent_all_the_while() -> None:
    unit = step(ready(), post())
    assert (state(unit), unit.free, unit.stand) == ("ordered", True, (None, None))
    unit = step(unit, u.AcknowledgeOrder(unit=REF, assignment="p1"))
    assert state(unit) == "acknowledged"
    for meaning, reached in [
        (Meaning.AVAILABLE, "acknowledged"),
        (Meaning.STANDBY, "acknowledged"),  # where it still was
        (Meaning.EN_ROUTE, "en_route"),
        (Meaning.STANDBY, "arrived"),
    ]:
        unit = step(unit, report(meaning))
        assert (state(unit), unit.free) == (reached, True), meaning
    assert unit.stand == (PLACE.x, PLACE.y) and unit.order is None
    assert step(ready(), post()).order is not None
    assert state(step(step(ready(), post()), report(Meaning.ON_SCENE))) == "arrived"


def test_an_incident_comes_first_and_it_is_reckoned_from_where_it_stands() -> None:
    going = step(step(ready(), post()), order())
    assert going.posting is None and going.assignment is not None
    there = step(step(step(ready(), post()), report(Meaning.ON_SCENE)), order())
    assert there.assignment is not None and there.stand == (PLACE.x, PLACE.y)
    home = step(step(there, report(Meaning.EN_ROUTE)), report(Meaning.RETURNING))
    assert home.assignment is None and home.posting is None


@pytest.mark.parametrize(
    ("meanings", "stands"),
    [
        ((Meaning.ON_SCENE, Meaning.AVAILABLE), True),
        ((Meaning.ON_SCENE, Meaning.RETURNING), False),
        ((Meaning.ON_SCENE, Meaning.EN_ROUTE), False),
        ((Meaning.RETURNING,), True),
        ((Meaning.UNAVAILABLE,), False),
    ],
)
def test_it_stands_there_until_it_leaves(meanings: tuple[Meaning, ...], stands: bool) -> None:
    unit = step(ready(), post())
    for meaning in meanings:
        unit = step(unit, report(meaning))
    assert (unit.posting is not None) is stands


def test_it_is_taken_back_or_sent_elsewhere() -> None:
    unit = step(ready(), post())
    back = step(unit, u.RecallUnit(unit=REF, reason="niet nodig"))
    assert back.posting is None and back.free
    (ended, posted) = u.decide(unit, post("p2"), AT)
    assert isinstance(ended, PostingEnded) and ended.why == "replaced" and isinstance(posted, UnitPosted)


@pytest.mark.parametrize(
    ("unit", "command", "code"),
    [
        (step(ready(), order()), post(), "unit.busy"),
        (step(ready(), report(Meaning.UNAVAILABLE)), post(), "unit.not_free"),
        (ready(), post(place=Location(text="ergens")), "posting.no_point"),
    ],
)
def test_who_works_or_rests_is_not_sent_and_nobody_goes_nowhere(unit: u.Unit, command: PostUnit, code: str) -> None:
    with pytest.raises(Refused) as refused:
        u.decide(unit, command, AT)
    assert refused.value.code == code


def test_it_needs_the_home_dispatch_function_and_is_acknowledged_when_it_was_told() -> None:
    assert u.functions_needed(ready(), post()) == (("RT.B.dispatch",),)
    told = step(ready(), post(told=True))
    assert state(told) == "acknowledged" and told.heard == NOW


def test_after_a_cut_an_incident_stands_and_of_two_places_the_one_said_last() -> None:
    posted = UnitPosted(assignment="p1", place=PLACE, by="x")
    later = UnitPosted(assignment="p2", place=PLACE, by="x")
    assigned = u.UnitAssigned(assignment="a1", incident="RT/i1", number="RT-1", priority=1, by="x")
    for said in [((posted, 1), (assigned, 2)), ((assigned, 2), (posted, 1))]:
        unit = after(ready(), *said)
        assert unit.assignment is not None and unit.posting is None
    for said in [((posted, 1), (later, 2)), ((later, 2), (posted, 1))]:
        unit = after(ready(), *said)
        assert unit.posting is not None and unit.posting.assignment == "p2"
    assert after(ready(), (later, 2), (PostingProgressed(assignment="p1", state="arrived"), 3)).stand == (None, None)
