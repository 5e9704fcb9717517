"""Nobody heard of a crew: what counts as contact, and what stands of a timer in whatever order it is learnt."""

from __future__ import annotations

from itertools import permutations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from meldkamer.domain import unit as u
from meldkamer.domain.basics import Context, Event
from meldkamer.domain.contact import (
    LONGEST_MINUTES,
    MINUTE,
    ContactMade,
    ContactTimerSet,
    NoteContact,
    SetContactTimer,
    due,
)
from meldkamer.domain.unit import AssignmentEnded, AssignmentProgressed, Meaning, StatusReported

from .test_unit import NOW, REF, order, ready, step


def after(unit: u.Unit, *said: tuple[Event, int]) -> u.Unit:
    """The unit after these events at these minutes."""
    for event, minute in said:
        unit = u.evolve(unit, event, REF, NOW + minute * MINUTE)
    return unit


def due_at(unit: u.Unit) -> int | None:
    """The minute at which it must have been heard of."""
    at = due(unit.contact, unit.heard)
    return None if at is None else (at - NOW) // MINUTE


def working() -> u.Unit:
    return step(step(ready(), order()), SetContactTimer(unit=REF, minutes=15))


@pytest.mark.parametrize(
    ("event", "counts"),
    [
        (StatusReported(code="2", meaning=Meaning.ON_SCENE, source="unit"), True),
        (StatusReported(code="9", meaning=Meaning.SPEECH, source="unit"), True),
        (StatusReported(code="nk", meaning=Meaning.EMERGENCY, source="unit"), True),
        (AssignmentProgressed(assignment="a1", state="acknowledged"), True),
        (ContactMade(by="rt.brand"), True),
        (StatusReported(code="2", meaning=Meaning.ON_SCENE, source="room", manual=True), False),
        (StatusReported(code="2", meaning=Meaning.ON_SCENE, source="system"), False),
        (AssignmentProgressed(assignment="a1", state="on_scene"), False),
        (ContactTimerSet(minutes=15, by="rt.brand"), False),
    ],
)
def test_contact_is_what_the_crew_lets_be_heard_and_not_what_the_room_believes(event: Event, counts: bool) -> None:
    unit = after(working(), (event, 7))
    assert (unit.heard == NOW + 7 * MINUTE) is counts


def test_the_timer_begins_anew_with_each_contact_and_when_it_is_set() -> None:
    unit = working()
    assert due_at(unit) == 15
    unit = step(unit, NoteContact(unit=REF), NOW + 10 * MINUTE)
    assert due_at(unit) == 25
    unit = step(unit, SetContactTimer(unit=REF, minutes=5), NOW + 12 * MINUTE)
    assert due_at(unit) == 17
    # What was heard before it was set does not let it run out sooner, nor what comes late.
    assert due_at(after(unit, (ContactMade(by="x"), 3))) == 17


def test_it_is_stopped_by_a_person_or_with_the_order_and_goes_along_when_the_unit_is_sent_on() -> None:
    unit = working()
    assert due_at(step(unit, SetContactTimer(unit=REF, minutes=0), NOW + MINUTE)) is None
    assert due_at(after(unit, (AssignmentEnded(assignment="a1", why="done"), 1))) is None
    sent_on = step(unit, order("RT/i2", "a2", divert=True, reason="reanimatie"), NOW + MINUTE)
    assert sent_on.assignment is not None and due_at(sent_on) == 15
    assert u.decide(ready(), SetContactTimer(unit=REF, minutes=0), CONTEXT) == []


def test_a_unit_without_an_order_may_have_one_and_nobody_must_own_anything() -> None:
    command = SetContactTimer(unit=REF, minutes=30)
    unit = step(ready(), command)
    assert unit.free and due_at(unit) == 30
    assert u.functions_needed(unit, command) == u.functions_needed(unit, NoteContact(unit=REF)) == ()


@pytest.mark.parametrize("minutes", [-1, LONGEST_MINUTES + 1])
def test_the_minutes_are_bounded(minutes: int) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert({"type": "set_contact_timer", "unit": REF, "minutes": minutes}, SetContactTimer)


SAID = st.lists(
    st.tuples(
        st.one_of(
            st.integers(0, 30).map(lambda n: ContactTimerSet(minutes=n, by="x")),
            st.just(ContactMade(by="x")),
            st.just(AssignmentEnded(assignment="a1", why="done")),
        ),
        st.integers(0, 40),
    ),
    max_size=4,
)


@given(SAID)
def test_both_sides_of_a_cut_find_the_same_timer_in_whatever_order_they_learn_it(said: list[tuple[Event, int]]) -> None:
    """The end of the order may come once; everything else commutes."""
    ends = [one for one in said if isinstance(one[0], AssignmentEnded)]
    said = [one for one in said if not isinstance(one[0], AssignmentEnded)] + ends[:1]
    found = [after(working(), *some) for some in permutations(said)]
    assert len({(unit.heard, due_at(unit)) for unit in found}) == 1


def test_an_old_record_without_any_of_this_is_read_as_it_was() -> None:
    unit = after(ready(), (u.UnitAssigned(assignment="a", incident="RT/i", number="RT-1", priority=1, by="x"), 1))
    assert unit.contact is None and due_at(unit) is None


CONTEXT = Context(now=NOW, actor="rt.brand", room="RT")
