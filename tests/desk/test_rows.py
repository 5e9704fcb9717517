"""Rows: what lists show, and never a personal field."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from meldkamer.desk import rows
from meldkamer.desk.rows_of import Rows
from meldkamer.domain.call import Call
from meldkamer.domain.registry import EVENT_TYPES
from meldkamer.record.sealing import sealed_fields
from meldkamer.response import Positions

from .world import CANARY, World

ROWS = (rows.CallRow, rows.IncidentRow, rows.UnitRow, rows.FunctionRow, rows.RoomRow)


def full_world() -> tuple[World, Rows]:
    world = World()
    world.a_call()
    world.an_incident()
    world.a_note()
    world.a_unit()
    world.assign()
    world.own("RT.112", "RT")
    return world, Rows(world.picture, {"RT.112": "RT", "LB.112": "LB"}, Positions(world.picture))


def test_a_row_of_a_kind_has_none_of_the_fields_that_its_events_seal() -> None:
    """By type: whatever an event seals does not exist in the row of its aggregate."""
    for row, prefix in ((rows.CallRow, "call."), (rows.UnitRow, "unit."), (rows.FunctionRow, "function.")):
        sealed = {f for name, cls in EVENT_TYPES.items() if name.startswith(prefix) for f in sealed_fields(cls)}
        assert not sealed & set(row.__struct_fields__), row
    assert {"number", "name", "said", "source", "summary"} <= {
        f for name, cls in EVENT_TYPES.items() if name.startswith("call.") for f in sealed_fields(cls)
    }


def test_notes_are_a_number_in_the_row_of_an_incident() -> None:
    field = next(f for f in msgspec.structs.fields(rows.IncidentRow) if f.name == "notes")
    assert field.type is int


@pytest.mark.parametrize("kind", ["call", "incident", "unit", "function"])
def test_no_row_carries_what_stood_in_a_personal_field(kind: Any) -> None:
    world, made = full_world()
    ref = {"call": "RT/c1", "incident": "RT/i1", "unit": "RT/17-0131", "function": "RT.112"}[kind]
    row = made.row(kind, ref)
    assert row is not None
    assert CANARY not in msgspec.json.encode(row).decode()
    assert world.picture.calls["RT/c1"].said == CANARY  # the states of this test do hold it


def test_an_incident_shows_who_is_sent_and_a_unit_its_order() -> None:
    _, made = full_world()
    incident, unit = made.row("incident", "RT/i1"), made.row("unit", "RT/17-0131")
    assert isinstance(incident, rows.IncidentRow) and isinstance(unit, rows.UnitRow)
    assert [(u.unit, u.call_sign, u.state) for u in incident.units] == [("RT/17-0131", "17-0131", "ordered")]
    assert unit.assignment is not None and unit.assignment.incident == "RT/i1"
    assert (incident.notes, incident.version, incident.closed) == (1, 4, None)
    assert (unit.free, unit.x, unit.position_at) == (False, 1.0, None)


def test_a_function_that_nobody_ever_owned_is_shown_without_an_owner() -> None:
    _, made = full_world()
    assert [(f.name, f.owner, f.home) for f in made.functions()] == [("LB.112", "", "LB"), ("RT.112", "RT", "RT")]


def test_a_row_that_the_picture_forgot_is_gone() -> None:
    assert full_world()[1].row("call", "RT/never") is None


def test_every_state_of_the_call_fits_its_row() -> None:
    assert {f.name for f in msgspec.structs.fields(Call)} >= {"state", "call_back"}
    for row in ROWS:
        msgspec.json.schema(row)
