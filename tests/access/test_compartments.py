"""The walls inside an incident: for any incident and any viewer, nothing passes that the law keeps in."""

from __future__ import annotations

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from meldkamer.access import Viewer, opened_in, redact_call, redact_incident
from meldkamer.access.compartments import CALLER_FIELDS
from meldkamer.access.roles import Roles
from meldkamer.domain import call as call_module
from meldkamer.domain.basics import COMPARTMENTS, Event, Location
from meldkamer.domain.call import Call, CallState
from meldkamer.domain.incident import Incident, Note
from meldkamer.domain.incident_rules import compartment_for

masks = st.lists(st.sampled_from("PBAK"), unique=True).map(lambda ls: "".join(d for d in "PBAK" if d in ls))
notes = st.builds(
    Note,
    line=st.uuids().map(str),
    at=st.integers(0, 10**12),
    by=st.just("anna"),
    audience=masks,
    # Also labels that do not fit the audience, as a careless or hostile writer would give.
    compartment=st.sampled_from(COMPARTMENTS),
    text=st.none() | st.uuids().map(lambda u: f"text {u}"),
    struck_by=st.sampled_from(["", "bert"]),
    struck_reason=st.sampled_from(["", "reason: patient has died"]),
)
incidents = st.lists(notes, max_size=8).map(
    lambda ns: Incident(ref="RT/1", number="1", opened=1, location=Location(), notes=tuple(ns))
)
viewers = st.builds(Viewer, audiences=masks, compartments=st.frozensets(st.sampled_from(COMPARTMENTS)))


def texts(incident: Incident) -> set[str]:
    return {n.text for n in incident.notes if n.text is not None}


@given(incidents, viewers)
def test_nobody_gets_a_text_across_a_wall(incident: Incident, viewer: Viewer) -> None:
    shown, _ = redact_incident(incident, viewer)
    whole = msgspec.json.encode(shown).decode()
    for note in incident.notes:
        walls = {note.compartment, compartment_for(note.audience)}
        allowed = walls <= viewer.compartments and bool(set(note.audience) & set(viewer.audiences))
        if note.text is not None and not allowed:
            assert note.text not in whole


@given(incidents, viewers.filter(lambda v: "medical" not in v.compartments))
def test_without_medical_no_line_for_ambulance_alone_is_ever_readable(incident: Incident, viewer: Viewer) -> None:
    shown, unreadable = redact_incident(incident, viewer)
    closed = [n for n in incident.notes if n.audience == "A" or n.compartment == "medical"]
    assert not texts(shown) & {n.text for n in closed}
    assert not [n for n in shown.notes if n.line in {c.line for c in closed} and n.struck_reason]
    if any(set(n.audience) & set(viewer.audiences) for n in closed):
        assert "medical" in unreadable


@given(incidents, st.data())
def test_no_role_of_the_pack_but_ambulance_reads_medical_and_none_but_police_reads_police(
    roles: Roles, incident: Incident, data: st.DataObject
) -> None:
    code = data.draw(st.sampled_from(sorted(roles)))
    grant = roles.combined([code])
    shown, _ = redact_incident(incident, Viewer(audiences=grant.audiences, compartments=frozenset(grant.compartments)))
    for note in shown.notes:
        if note.text is not None:
            assert note.compartment != "medical" or grant.disciplines == "A", code
            assert note.compartment != "police" or set(grant.disciplines) <= {"P", "K"}, code
            assert set(note.audience) & set(grant.audiences)


@given(incidents, viewers)
def test_what_may_be_read_stays_as_it_was(incident: Incident, viewer: Viewer) -> None:
    shown, unreadable = redact_incident(incident, viewer)
    before = {n.line: n for n in incident.notes}
    for note in shown.notes:
        assert note == before[note.line] or note.text is None
    assert [n.line for n in shown.notes] == [n.line for n in incident.notes if set(n.audience) & set(viewer.audiences)]
    assert bool(unreadable) == any(n.text is None for n in shown.notes)
    assert msgspec.structs.replace(shown, notes=incident.notes) == incident


@given(incidents, viewers)
def test_redacting_twice_changes_nothing_more(incident: Incident, viewer: Viewer) -> None:
    once, _ = redact_incident(incident, viewer)
    assert redact_incident(once, viewer)[0] == once


@given(incidents, viewers)
def test_the_read_log_names_at_least_what_was_shown(incident: Incident, viewer: Viewer) -> None:
    shown, _ = redact_incident(incident, viewer)
    assert {n.compartment for n in shown.notes if n.text is not None} <= set(opened_in(shown)) <= viewer.compartments


def test_a_caller_is_shown_to_those_who_may_see_callers() -> None:
    call = Call(
        ref="RT/1",
        state=CallState.ANSWERED,
        function="RT.112",
        channel="112",
        received=1,
        number="0612345678",
        name="J. Jansen",
        said="brand",
        source="{}",
        summary="samenvatting",
        language="pol",
        ways="deaf relay",
    )
    open_call, nothing = redact_call(call, Viewer(compartments=frozenset({"caller"})))
    closed, unreadable = redact_call(call, Viewer(audiences="PBAK", compartments=frozenset({"police", "staff"})))
    assert (open_call, nothing, unreadable) == (call, (), ("caller",))
    sealed = sealed_fields()
    assert sealed == set(CALLER_FIELDS)
    assert all(getattr(closed, name) is None and getattr(call, name) for name in sealed)


def sealed_fields() -> set[str]:
    """The personal fields of all call events, by their own declaration."""
    found = set()
    for value in vars(call_module).values():
        if isinstance(value, type) and issubclass(value, Event):
            info = msgspec.inspect.type_info(value)
            assert isinstance(info, msgspec.inspect.StructType)
            for field in info.fields:
                if isinstance(field.type, msgspec.inspect.Metadata) and "seal" in (field.type.extra or {}):
                    found.add(field.encode_name)
    return found
