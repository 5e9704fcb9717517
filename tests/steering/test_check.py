"""What is wrong with a plan is said with file, line and field; and nothing that is wrong passes."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from meldkamer.steering import Fault, PlanError, load_plan


def replace(path: Path, old: str, new: str) -> int:
    """Replace the first ``old``; returns the line it stood in."""
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    return text[: text.index(old)].count("\n") + 1


def faults_of(folder: Path) -> tuple[Fault, ...]:
    with pytest.raises(PlanError) as caught:
        load_plan(folder)
    return caught.value.faults


ROADMAP = "roadmap/1-continuiteit.toml"
BUDGET, ACCOUNT = "begroting/2025-2029.csv", "rekening-courant/2024-2029.csv"
SYSTEMS = "registers/systemen.toml"
ALGORITHMS, AGREEMENTS = "registers/algoritmes-en-verwerkingen.toml", "registers/afspraken-en-leveranciers.toml"
OVERSIGHT = "Een mens bevestigt of wijkt af, met reden; niets gaat vanzelf uit."
USERS = "begroting/overige-gebruikers.csv"


@pytest.mark.parametrize(
    ("file", "old", "new", "field", "says"),
    [
        # owners
        (ROADMAP, 'accountable = "rol-spoedvraag"\n', "", "accountable", "exactly one role is accountable"),
        (ROADMAP, 'accountable = "rol-spoedvraag"', 'accountable = ["a", "b"]', "accountable", "2 roles stand here"),
        (ROADMAP, 'accountable = "rol-spoedvraag"', 'accountable = ""', "accountable", "'' is not the id of a role"),
        (ROADMAP, '"rol-spoedvraag"', '"unknown"', "accountable", "'unknown' is not the id of a role"),
        (ROADMAP, '"rol-spoedvraag"', '"rol-niemand"', "accountable", "is not the id of a role"),
        # references
        (ROADMAP, '"V-OBR-2"', '"V-OBR-9"', "asked_by", "'V-OBR-9' is not the id of a party or demand"),
        (ROADMAP, 'goals = ["D3", "D5"]', 'goals = ["D3", "D6"]', "goals", "'D6' is not the id of a goal"),
        (ROADMAP, '"M48", "M49"', '"M48", "M490"', "serves", "'M490' is not the id of a requirement"),
        (ROADMAP, 'serves = ["M48", "M49", "M51", "M69"]', "serves = []", "serves", "names no requirement"),
        ("vraag/NN.toml", 'room = "NN"', 'room = "XX"', "room", "'XX' is not the id of a site"),
        (BUDGET, "B-2024-08-29,M131 O20", "B-2023,M131 O20", "source", "'B-2023' is not the id of a decision"),
        ("registers/voorzieningen.toml", '"vz1"', '"vz9"', "budget_line", "'vz9' is not a cost line"),
        ("registers/beleid.toml", '"teksten/waarvoor.md"', '"teksten/x.md"', "file", "teksten/x.md is missing"),
        ("vraag/ON.toml", 'items = ["C-c2000"]', 'items = ["C-geo"]', "items", "C-geo does not name V-ONL-1"),
        ("vraag/ON.toml", 'items = ["C-c2000"]', "items = []", "asked_by", "V-ONL-1 does not name C-c2000"),
        # ids, shapes
        ("vraag/NN.toml", 'id = "V-NNL-2"', 'id = "V-NNL-1"', "id", "already stands in vraag/NN.toml, line 4"),
        ("vraag/NN.toml", "order = 2", 'order = "twee"', "order", "'twee' is not a whole number"),
        ("vraag/NN.toml", 'met = "no"', 'met = "maybe"', "met", "'maybe' is not a date like 2025-12-31"),
        ("vraag/NN.toml", 'met = "no"', 'mett = "no"', "mett", "this field is not known"),
        ("vraag/NN.toml", "[[demand]]", "[[wens]]", "", "[[wens]] is not a kind of record"),
        ("vraag/NN.toml", "order = 2", "order = ", "", "cannot be read as TOML"),
        # dates
        (ROADMAP, "start = 2025", "start = 2019", "start", "2019 lies outside 2025-2029"),
        (ROADMAP, "end = 2034", "end = 2026", "end", "2026 lies before the start, 2027"),
        (ROADMAP, "axis = 3", "axis = 13", "axis", "13 is not 0 (continuity) to 10 (renewal)"),
        ("vraag/NN.toml", "recorded = 2024-08-29", "recorded = 1824-08-29", "recorded", "lies outside 2000-2099"),
        ("vraag/NN.toml", 'met = "no"', "met = 2025-03-01", "met", "is met when the room says so"),
        # rings
        (ROADMAP, 'needs = ["C-geo"]', 'needs = ["C-nms"]', "needs", "goes round: C-nms -> C-nms"),
        (SYSTEMS, "critical = true", 'critical = true\nneeds = ["S-gms"]', "needs", "goes round: S-gms"),
        # money
        (BUDGET, ",34028,", ",-34028,", "2025", "-34028 must not be negative"),
        (BUDGET, ",34028,", ",34028.5,", "2025", "34028.5 is not a whole number of thousands"),
        (BUDGET, ",34028,", ",veel,", "2025", "'veel' is not a number"),
        (BUDGET, ",34028,", ',"34.028,5",', "2025", "'34.028,5' is not a number"),
        (BUDGET, ",34028,", ",unknown,", "2025", "is still unknown"),
        (BUDGET, ",34028,", ",", "", "10 cells where the header has 11"),
        (BUDGET, "vz1,cost,", "vz1,kosten,", "role", "'kosten' is not one of cost"),
        (BUDGET, "ruimte,room,", "ruimte,cost,", "role", "no row has the role room"),
        (BUDGET, ",2025,2026,", ",2026,2025,", "", "the years do not follow each other"),
        (ACCOUNT, ",-221729,", ",221729,", "2025", "goes out and must not be above zero"),
        (ACCOUNT, ",12536,", ",12530,", "2025", "12530 is printed, 12536 follows"),
        (ACCOUNT, ",8807,", ",8808,", "2025", "rounding explains a difference of 0 at most"),
        (USERS, "unknown,unknown", "9000,unknown", "2025", "the shares add up to 9000"),
        (USERS, "unknown,unknown", "-1,unknown", "2025", "-1 must not be negative"),
        # trials, registers
        ("registers/vernieuwing.toml", '"idea"', '"experiment"', "hypothesis", "an experiment states"),
        ("registers/vernieuwing.toml", '"idea"', '"adopted"', "result", "is empty while the trial is adopted"),
        (ALGORITHMS, OVERSIGHT, "", "oversight", "a high risk needs a person"),
        (AGREEMENTS, '"being weighed"', '"accepted"', "capacity", "only when the capacity"),
        ("plan.toml", "last_year = 2029", "last_year = 2030", "", "the years are not those of the plan"),
        ("plan.toml", "first_year = 2025", "first_year = 2025.5", "first_year", "2025.5 is not a whole number"),
    ],
)
def test_a_fault_is_named_by_file_line_and_field(
    folder: Path, file: str, old: str, new: str, field: str, says: str
) -> None:
    replace(folder / file, old, new)
    found = faults_of(folder)
    hits = [fault for fault in found if fault.field == field and says in fault.message]
    assert hits, found


def test_the_line_is_the_one_that_a_planner_sees(folder: Path) -> None:
    line = replace(folder / ROADMAP, 'concerns = ["VZ4", "S-gms"]', 'concerns = ["VZ4", "S-gsm"]')
    (fault,) = faults_of(folder)
    assert (fault.file, fault.line, fault.field) == (ROADMAP, line, "concerns")
    assert str(fault).startswith(f"{ROADMAP}, line {line}, field concerns: 'S-gsm' is not the id of")


def test_every_fault_is_told_at_once(folder: Path) -> None:
    replace(folder / "vraag/NN.toml", "order = 2", 'order = "twee"')
    replace(folder / "vraag/LB.toml", 'met = "no"', 'mett = "no"')
    replace(folder / BUDGET, ",34028,", ",veel,")
    assert {fault.file for fault in faults_of(folder)} == {"vraag/NN.toml", "vraag/LB.toml", BUDGET}


def test_each_ring_is_told(folder: Path) -> None:
    replace(folder / ROADMAP, 'needs = ["C-geo"]', 'needs = ["C-nms"]')
    replace(folder / "roadmap/2-privacy-security.toml", 'needs = ["P-kennis"]', 'needs = ["P-kennis-houden"]')
    assert len([fault for fault in faults_of(folder) if "goes round" in fault.message]) == 2


@pytest.mark.parametrize("name", [BUDGET, ACCOUNT, "plan.toml", "eisen.csv", "begroting/overige-gebruikers.csv"])
def test_a_missing_file_is_named(folder: Path, name: str) -> None:
    (folder / name).unlink()
    assert any(fault.file == name and "missing" in fault.message for fault in faults_of(folder))


FILES = (BUDGET, ACCOUNT, "vraag/NN.toml", "plan.toml", "registers/gremia.toml", "begroting/lijsten.toml")


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.sampled_from(FILES), st.floats(0, 1), st.binary(max_size=6), st.integers(0, 40))
def test_any_damage_is_a_fault_or_harmless(folder: Path, file: str, where: float, put: bytes, cut: int) -> None:
    """Bytes cut out and put in anywhere: the plan loads or refuses with faults, and never falls over."""
    path = folder / file
    whole = path.read_bytes()
    at = int(where * len(whole))
    path.write_bytes(whole[:at] + put + whole[at + cut :])
    try:
        load_plan(folder)
    except PlanError as error:
        assert all(fault.message and fault.file for fault in error.faults)
    finally:
        path.write_bytes(whole)
