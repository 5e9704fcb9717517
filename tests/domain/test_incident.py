"""One incident, a track per discipline, walls between their notes, and undo."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from meldkamer.domain import incident as i
from meldkamer.domain import incident_rules as r
from meldkamer.domain.basics import Context, Location, Refused
from meldkamer.domain.undo import UNDO_MILLIS, Past, Undo, undo

REF = "RT/i1"
NOW = 1_767_225_600_000


def at(now: int = NOW, actor: str = "rt.brand", assigned: tuple[str, ...] = ()) -> Context:
    return Context(now=now, actor=actor, room="RT", assigned=assigned)


def run(incident: i.Incident | None, command: r.IncidentCommand, now: int = NOW) -> i.Incident:
    for event in r.decide(incident, command, at(now)):
        incident = i.evolve(incident, event, REF, now)
    assert incident is not None
    return incident


def opened(disciplines: str = "BA") -> i.Incident:
    return run(
        None,
        r.OpenIncident(
            incident="i1",
            region="RT",
            location=Location(text="Coolsingel 40", x=92_500.0, y=437_500.0),
            disciplines=disciplines,
            class_code="brgb",
            priority=1,
            number="RT1",
            call="RT/c1",
            note="rook uit het dak",
        ),
    )


def test_an_incident_opens_with_a_track_per_discipline_its_call_and_its_first_line() -> None:
    incident = opened()
    assert incident.disciplines == "BA"
    assert incident.calls == ("RT/c1",)
    assert (incident.notes[0].text, incident.notes[0].audience) == ("rook uit het dak", "BA")
    assert not incident.closed


def test_each_discipline_closes_for_itself() -> None:
    incident = run(opened(), r.CloseTrack(incident=REF, discipline="B", code="afgerond"))
    assert not incident.closed
    incident = run(incident, r.CloseTrack(incident=REF, discipline="A", code="vervoerd"))
    assert incident.closed
    incident = run(incident, r.ReopenTrack(incident=REF, discipline="B", reason="herontsteking"))
    assert (incident.closed, incident.tracks["B"].reopened) == (False, 1)


def test_a_track_does_not_close_over_the_heads_of_its_units() -> None:
    command = r.CloseTrack(incident=REF, discipline="B", code="afgerond")
    with pytest.raises(Refused) as refused:
        r.decide(opened(), command, at(assigned=("17-0131",)))
    assert (refused.value.code, refused.value.params["units"]) == ("track.units_assigned", "17-0131")


@pytest.mark.parametrize(
    ("audience", "compartment"),
    [("A", "medical"), ("P", "police"), ("K", "police"), ("PK", "police"), ("PA", "caller"), ("PBAK", "caller")],
)
def test_the_audience_chooses_the_compartment(audience: str, compartment: str) -> None:
    incident = run(opened("PBAK"), r.WriteNote(incident=REF, line="n1", text="x", audience=audience))
    assert incident.notes[-1].compartment == compartment


def test_a_note_that_arrives_late_stands_where_it_was_written() -> None:
    incident = run(opened(), r.WriteNote(incident=REF, line="late", text="x"), now=NOW - 60_000)
    assert incident.notes[0].line == "late"


def test_a_struck_line_stays_readable() -> None:
    incident = run(opened(), r.StrikeNote(incident=REF, line="i1-1", reason="verkeerd pand"))
    assert (incident.notes[0].text, incident.notes[0].struck_by) == ("rook uit het dak", "rt.brand")
    with pytest.raises(Refused, match=r"note\.struck"):
        r.decide(incident, r.StrikeNote(incident=REF, line="i1-1"), at())


def test_a_conflict_stays_open_until_a_person_decides() -> None:
    raised = r.RaiseConflict(incident=REF, conflict="k1", about="priority", kept="1", other="3")
    incident = run(run(opened(), raised), raised)
    assert len(incident.conflicts) == 1
    incident = run(incident, r.ResolveConflict(incident=REF, conflict="k1", choice="kept"))
    assert (incident.conflicts[0].choice, incident.conflicts[0].by) == ("kept", "rt.brand")


@pytest.mark.parametrize(
    ("command", "needs"),
    [
        (r.CloseTrack(incident=REF, discipline="B", code="x"), (("RT.B.dispatch",),)),
        (
            r.Prioritise(incident=REF, disciplines="BA", priority=1),
            (("RT.B.intake", "RT.B.dispatch"), ("RT.A.intake", "RT.A.dispatch")),
        ),
        (r.ScaleUp(incident=REF, scope="multi", level="GRIP 1"), (("RT.multi",),)),
        (r.WriteNote(incident=REF, line="l", text="t"), ()),
        (r.JoinCall(incident=REF, call="RT/c2"), ()),
    ],
)
def test_binding_acts_name_the_function_they_need_and_facts_need_none(
    command: r.IncidentCommand, needs: tuple[tuple[str, ...], ...]
) -> None:
    assert r.functions_needed(command) == needs


def past(incident_events: list[tuple[list[object], str, int]]) -> list[Past]:
    return [Past(e, t, t, "rt.brand", cause) for events, cause, t in incident_events for e in events]  # type: ignore[arg-type]


def test_undo_puts_back_what_was_there() -> None:
    first = r.decide(None, r.OpenIncident(incident="i1", region="RT", disciplines="B", priority=3, number="RT1"), at())
    history = past([(list(first), "c0", NOW), ([i.Prioritised(discipline="B", priority=1)], "c1", NOW + 1)])
    assert undo(REF, history, Undo(incident=REF, command="c1"), at(NOW + 5)) == [
        i.Prioritised(discipline="B", priority=3)
    ]


def test_undo_is_refused_when_it_is_late_or_the_world_has_moved_on() -> None:
    first = r.decide(None, r.OpenIncident(incident="i1", region="RT", disciplines="B", priority=3, number="RT1"), at())
    history = past([(list(first), "c0", NOW), ([i.Prioritised(discipline="B", priority=1)], "c1", NOW)])
    with pytest.raises(Refused, match=r"undo\.too_late"):
        undo(REF, history, Undo(incident=REF, command="c1"), at(NOW + UNDO_MILLIS + 1))
    moved = [*history, *past([([i.Prioritised(discipline="B", priority=2)], "c2", NOW + 1)])]
    with pytest.raises(Refused, match=r"undo\.moved_on"):
        undo(REF, moved, Undo(incident=REF, command="c1"), at(NOW + 2))
    with pytest.raises(Refused, match=r"undo\.not_yours"):
        undo(REF, history, Undo(incident=REF, command="c1"), at(NOW + 2, actor="other"))
    with pytest.raises(Refused, match=r"undo\.not_possible"):
        undo(REF, history, Undo(incident=REF, command="c0"), at(NOW + 2))


FIELD_COMMANDS = st.one_of(
    st.builds(
        r.Prioritise, incident=st.just(REF), disciplines=st.sampled_from(["B", "A", "BA"]), priority=st.integers(1, 5)
    ),
    st.builds(
        r.Classify,
        incident=st.just(REF),
        disciplines=st.sampled_from(["B", "A"]),
        class_code=st.sampled_from(["br", "og"]),
    ),
    st.builds(r.Relocate, incident=st.just(REF), location=st.builds(Location, text=st.sampled_from(["a", "b"]))),
    st.builds(
        r.SetCharacteristic,
        incident=st.just(REF),
        name=st.sampled_from(["GRIP", "eCall"]),
        value=st.sampled_from(["", "1", "2"]),
    ),
    st.builds(r.CloseTrack, incident=st.just(REF), discipline=st.sampled_from(["B", "A"]), code=st.just("x")),
)


@given(st.lists(FIELD_COMMANDS, max_size=6), FIELD_COMMANDS)
def test_undo_of_the_last_command_restores_the_state_before_it(
    before: list[r.IncidentCommand], last: r.IncidentCommand
) -> None:
    history: list[Past] = []
    incident: i.Incident | None = None
    state_before: i.Incident | None = None
    events: list[Any] = []
    n = 0
    opening = r.OpenIncident(incident="i1", region="RT", disciplines="BA", priority=3, number="RT1")
    for n, command in enumerate([opening, *before, last]):
        state_before = incident
        try:
            events = r.decide(incident, command, at(NOW + n))
        except Refused:
            events = []
        for event in events:
            history.append(Past(event, NOW + n, NOW + n, "rt.brand", f"c{n}"))
            incident = i.evolve(incident, event, REF, NOW + n)
    if not events:
        return
    for event in undo(REF, history, Undo(incident=REF, command=f"c{n}"), at(NOW + n + 1)):
        incident = i.evolve(incident, event, REF, NOW + n + 1)
    assert incident is not None and state_before is not None
    assert incident.location == state_before.location
    assert incident.characteristics == state_before.characteristics
    for d in "BA":
        was, now = state_before.tracks[d], incident.tracks[d]
        assert (was.priority, was.class_code, was.closed is None) == (now.priority, now.class_code, now.closed is None)
