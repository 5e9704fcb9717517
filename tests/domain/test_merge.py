"""Two histories of one incident: facts unite, one value stands, and choosing the other one makes it stand."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from meldkamer.domain import incident as i
from meldkamer.domain import incident_rules as rules
from meldkamer.domain import unit
from meldkamer.domain.basics import Context, Event, Location
from meldkamer.domain.merge import beside, clash, conflict_of, field_of, value_of

REF = "LB/i1"
AT = Context(now=1_000, actor="ob.person", room="OB")


def opened() -> i.Incident:
    made = rules.decide(
        None,
        rules.OpenIncident(incident="i1", region="LB", disciplines="BA", priority=2, number="LB-1"),
        Context(now=1, actor="lb.person", room="LB"),
    )
    return fold(None, made)


def fold(state: i.Incident | None, events: list[Event]) -> i.Incident:
    for event in events:
        state = i.evolve(state, event, REF, 1)
    assert state is not None
    return state


disciplines = st.sampled_from("BA")
words = st.sampled_from(["brand", "ongeval", "waterongeval"])
values: st.SearchStrategy[Event] = st.one_of(
    st.builds(i.Classified, discipline=disciplines, class_code=words),
    st.builds(i.Prioritised, discipline=disciplines, priority=st.integers(1, 5)),
    st.builds(i.Relocated, location=st.builds(Location, text=words)),
    st.builds(i.CharacteristicSet, name=st.sampled_from(["rook", "slachtoffers"]), value=words),
    st.builds(i.CharacteristicCleared, name=st.sampled_from(["rook", "slachtoffers"])),
)
facts: st.SearchStrategy[Event] = st.one_of(
    st.builds(i.NoteWritten, line=words, audience=st.just("BA"), compartment=st.just("caller"), by=words),
    st.builds(i.CallJoined, call=st.just("LB/c1")),
    st.builds(i.TrackStarted, discipline=st.just("P"), priority=st.integers(1, 5)),
)


@given(st.lists(st.one_of(values, facts), max_size=6), st.one_of(values, facts))
def test_a_clash_is_another_value_for_the_same_field_and_nothing_else(theirs: list[Event], ours: Event) -> None:
    same = [event for event in theirs if field_of(event) is not None and field_of(event) == field_of(ours)]
    found = clash(REF, theirs, ours)
    assert (found is not None) == bool(same and value_of(same[-1]) != value_of(ours))
    if found is not None:
        assert (found.kept, found.other) == (value_of(same[-1]), value_of(ours))


@given(st.lists(values, min_size=1, max_size=4), values)
def test_choosing_the_other_value_makes_it_stand(theirs: list[Event], ours: Event) -> None:
    found = clash(REF, theirs, ours)
    state = fold(opened(), theirs)
    if found is None:
        return
    state = fold(state, [conflict_of(found, "event")])
    [conflict] = state.conflicts
    choice = rules.ResolveConflict(incident=REF, conflict=conflict.conflict, choice="other")
    after = fold(state, rules.decide(state, choice, AT))
    assert after.conflicts[0].choice == "other"
    chosen = [event for event in rules.decide(state, choice, AT) if field_of(event) == field_of(ours)]
    assert [value_of(event) for event in chosen] == [value_of(ours)]
    kept = rules.ResolveConflict(incident=REF, conflict=conflict.conflict, choice="kept")
    untouched = fold(state, rules.decide(state, kept, AT))
    assert (untouched.tracks, untouched.location, untouched.characteristics) == (
        state.tracks,
        state.location,
        state.characteristics,
    )


def test_the_same_event_gives_the_same_conflict_everywhere() -> None:
    theirs: list[Event] = [i.Prioritised(discipline="B", priority=1)]
    ours = i.Prioritised(discipline="B", priority=3)
    one, two = (clash(REF, theirs, ours) for _ in range(2))
    assert one is not None and two is not None
    assert conflict_of(one, "e1") == conflict_of(two, "e1")
    assert conflict_of(one, "e1").conflict != conflict_of(two, "e2").conflict


ORDER: dict[str, Any] = {"incident": REF, "number": "LB-1", "priority": 1, "by": "x"}
THEIRS = unit.UnitAssigned(assignment="theirs", **ORDER)
OURS = unit.UnitAssigned(assignment="ours", **ORDER)
TOLD = unit.AssignmentProgressed(assignment="theirs", state="acknowledged")
OVER = unit.AssignmentEnded(assignment="theirs", why="done")


@pytest.mark.parametrize(
    ("theirs", "acknowledged", "stands"),
    [
        ([], False, True),
        ([THEIRS], False, False),
        ([THEIRS], True, True),
        ([THEIRS, TOLD], True, False),
        ([THEIRS, OVER], False, True),
        ([THEIRS, TOLD, OVER], False, True),
    ],
)
def test_the_crews_own_answer_decides_which_order_stands(theirs: list[Event], acknowledged: bool, stands: bool) -> None:
    merged = beside(theirs, OURS, acknowledged)
    assert (merged == OURS) is stands
    if not stands:
        assert isinstance(merged, unit.AssignedBeside)
        assert merged.assignment == "ours"
