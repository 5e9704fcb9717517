"""The walls around answers to questions: for any incident and any viewer, nothing passes that the law keeps in."""

from __future__ import annotations

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from meldkamer.access import Viewer, opened_in, redact_incident
from meldkamer.domain.basics import COMPARTMENTS, Location
from meldkamer.domain.incident import Incident
from meldkamer.domain.incident_rules import compartment_for
from meldkamer.domain.question import Answer

masks = st.lists(st.sampled_from("PBAK"), unique=True).map(lambda ls: "".join(d for d in "PBAK" if d in ls))
answers = st.builds(
    Answer,
    set=st.just("unwell"),
    version=st.just("1"),
    question=st.uuids().map(str),
    asked=st.just("Vraag?"),
    at=st.integers(0, 10**12),
    by=st.just("anna"),
    audience=masks,
    # Also labels that do not fit the audience, as a careless or hostile writer would give.
    compartment=st.sampled_from(COMPARTMENTS),
    answer=st.none() | st.uuids().map(lambda u: f"text {u}"),
    withdrawn=st.booleans(),
)
incidents = st.lists(answers, max_size=8).map(
    lambda some: Incident(ref="RT/1", number="1", opened=1, location=Location(), answers=tuple(some))
)
viewers = st.builds(Viewer, audiences=masks, compartments=st.frozensets(st.sampled_from(COMPARTMENTS)))


@given(incidents, viewers)
def test_no_answer_passes_a_wall_and_what_may_be_read_stays(incident: Incident, viewer: Viewer) -> None:
    shown, unreadable = redact_incident(incident, viewer)
    whole = msgspec.json.encode(shown).decode()
    for answer in incident.answers:
        known_of = bool(set(answer.audience) & set(viewer.audiences))
        allowed = known_of and {answer.compartment, compartment_for(answer.audience)} <= viewer.compartments
        assert (answer.question in whole) is known_of
        if answer.answer is not None:
            assert (answer.answer in whole) is allowed
        elif known_of and not answer.withdrawn:
            assert unreadable
    assert msgspec.structs.replace(shown, answers=incident.answers) == incident


@given(incidents, viewers)
def test_redacting_twice_changes_nothing_more_and_the_read_log_names_what_was_shown(
    incident: Incident, viewer: Viewer
) -> None:
    once, _ = redact_incident(incident, viewer)
    assert redact_incident(once, viewer)[0] == once
    assert {a.compartment for a in once.answers if a.answer is not None} <= set(opened_in(once)) <= viewer.compartments
