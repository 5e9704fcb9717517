"""The loader: what is whole loads, what is not is refused with every fault named."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from meldkamer.pack import PackError, load_pack, pack_hash, shipped_pack


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the shipped pack that a test may spoil."""
    return Path(shutil.copytree(shipped_pack(), tmp_path / "pack"))


def replace(path: Path, old: str, new: str) -> int:
    """Replace the first ``old`` and return the line it stood in."""
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    return text[: text.index(old)].count("\n") + 1


def faults_of(folder: Path) -> list[tuple[str, int, str, str]]:
    with pytest.raises(PackError) as caught:
        load_pack(folder)
    return [(fault.file, fault.row, fault.column, fault.message) for fault in caught.value.faults]


def test_the_shipped_pack_is_the_netherlands() -> None:
    pack = load_pack()
    assert pack.manifest.country == "NL"
    assert len(pack.municipalities) == 342
    assert len(pack.safety_regions) == 25
    assert [room.code for room in pack.rooms if room.kind == "regional"] == list(pack.manifest.home_regions)
    assert pack.manifest.first_answer in ("national_first", "by_location")


def test_the_hash_follows_the_contents(folder: Path) -> None:
    assert load_pack(folder).hash == load_pack().hash == pack_hash(folder)
    replace(folder / "norms.csv", "Aannametijd", "aannametijd")
    assert load_pack(folder).hash != load_pack().hash


@pytest.mark.parametrize(
    ("file", "old", "new", "column", "says"),
    [
        ("rooms.csv", "NN,Meldkamer", "ON,Meldkamer", "code", "already stands in row"),
        ("rooms.csv", "53.1123", "53,1123", "", "cells where the header has"),
        ("rooms.csv", "53.1123", "noord", "lat", "is not a number"),
        ("rooms.csv", "53.1123", "153.1", "lat", "is not WGS84 degrees"),
        ("rooms.csv", ",regional,", ",regionaal,", "kind", "is not one of regional, national"),
        ("municipalities.csv", "VR01", "VR26", "safety_region", "is not found in safety_regions.csv"),
        ("places.csv", "GM0777", "GM9999", "municipality", "is not found in municipalities.csv"),
        ("functions.csv", "NN.112,", "NN.113,", "code", "should be NN.112"),
        ("functions.csv", "NN.112,NN,,112,NN,", "NN.112,NN,,112,XX,", "home_room", "is not found in rooms.csv"),
        ("classes.csv", "Alarm,,,4", "Alarm,,,9", "priority", "is not 1..5"),
        ("classes.csv", "Alarm,,,4", "Alarm,,,vier", "priority", "is not a whole number"),
        ("buddies.csv", "NN,1,ON", "NN,1,NN", "buddy", "cannot be its own buddy"),
        ("distribution.csv", "112,20,2,1", "112,0,2,1", "ring_seconds", "is below 1"),
        ("distribution.csv", "112,20,2,1", "112,20,1,1", "load_on", "is not above load_off"),
        ("distribution.csv", "1,60,multi", "1,60,caco", "fallback", "is the kind of no function"),
        ("distribution.csv", "multi,30,2,1,60,", "multi,30,2,1,60,multi", "fallback", "cannot stand in for itself"),
        ("agreements.csv", "AMB,yes", "TS,yes", "kinds", "belongs to discipline B"),
        ("agreements.csv", "AMB,yes", "AMB,misschien", "automatic", "is not yes or no"),
        ("statuses.csv", "en_route", "onderweg", "meaning", "is not one of"),
        ("roles.csv", "A.intake;A.dispatch", "A.intake;A.uitgifte", "functions", "is the kind of no function"),
        ("roles.csv", "caller;medical", "caller;medisch", "compartments", "is not one of caller"),
        ("unit_kinds.csv", "6,heavy", "6,zwaar", "travel", "is not found in travel_profiles.csv"),
        ("characteristics.csv", "GRIP,single", "GRIP,number", "kind", "cannot have values"),
        ("characteristic_values.csv", "-grip 1\n", "-grip 0\n", "term", "already stands in row"),
        ("closing_codes.csv", "Handled by a unit,yes", "Handled by a unit,", "real", "is empty"),
    ],
)
def test_a_fault_is_named_by_file_row_and_column(
    folder: Path, file: str, old: str, new: str, column: str, says: str
) -> None:
    line = replace(folder / file, old, new)
    found = faults_of(folder)
    hits = [fault for fault in found if fault[0] == file and fault[2] == column and says in fault[3]]
    assert hits, found
    # The second of two equal keys is the one at fault, so it may stand below the line we changed.
    assert any(fault[1] == line for fault in hits) or "already" in says


def test_all_faults_are_told_at_once(folder: Path) -> None:
    replace(folder / "classes.csv", "Alarm,,,4", "Alarm,,,9")
    replace(folder / "places.csv", "GM0777", "GM9999")
    (folder / "norms.csv").unlink()
    found = faults_of(folder)
    assert {fault[0] for fault in found} == {"classes.csv", "places.csv", "norms.csv"}
    with pytest.raises(PackError, match="has 3 faults"):
        load_pack(folder)


def test_a_file_cut_off_half_way_is_found_out(folder: Path) -> None:
    path = folder / "municipalities.csv"
    path.write_text("\n".join(path.read_text(encoding="utf-8").splitlines()[:-1]) + "\n", encoding="utf-8")
    messages = [fault[3] for fault in faults_of(folder) if fault[0] == "municipalities.csv"]
    assert "341 rows, pack.toml expects 342" in messages


def test_columns_are_checked(folder: Path) -> None:
    replace(folder / "regions.csv", "code,name,home_room", "code,naam,home_room")
    columns = {(fault[2], fault[3]) for fault in faults_of(folder) if fault[0] == "regions.csv"}
    assert ("name", "this column is missing") in columns
    assert ("naam", "this column is not known") in columns


@pytest.mark.parametrize("content", [b"\xff\xfe\x00", b"", b'code,name\n"open,quote\n'])
def test_hostile_files_are_refused_not_raised(folder: Path, content: bytes) -> None:
    (folder / "regions.csv").write_bytes(content)
    assert any(fault[0] == "regions.csv" for fault in faults_of(folder))


@pytest.mark.parametrize("content", ["name = ", 'name = "x"', 'name = "x"\nextra = 1'])
def test_a_bad_manifest_is_named(folder: Path, content: str) -> None:
    (folder / "pack.toml").write_text(content, encoding="utf-8")
    assert any(fault[0] == "pack.toml" for fault in faults_of(folder))


@pytest.mark.parametrize(
    ("right", "wrong"), [("days = 30", "days = 0"), ('calling_code = "31"', 'calling_code = "+31"')]
)
def test_how_far_earlier_calls_go_back_is_checked(folder: Path, right: str, wrong: str) -> None:
    replace(folder / "pack.toml", right, wrong)
    assert [fault[0] for fault in faults_of(folder)] == ["pack.toml"]


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(PackError, match="is not a folder"):
        load_pack(tmp_path / "nothing")


def test_a_time_of_a_shift_that_no_clock_shows_is_refused(folder: Path) -> None:
    assert load_pack(folder).manifest.shifts == ("07:00", "19:00")
    replace(folder / "pack.toml", '["07:00", "19:00"]', '["07:00", "24:00"]')
    ((file, _, _, message),) = faults_of(folder)
    assert file == "pack.toml"
    assert "$.shifts[1]" in message
    replace(folder / "pack.toml", '["07:00", "24:00"]', "[]")
    assert load_pack(folder).manifest.shifts == ()


def test_every_kind_of_function_says_when_its_calls_go_on_and_the_manifest_can_be_used(folder: Path) -> None:
    replace(folder / "distribution.csv", "crisis,60,2,1,60,multi\n", "")
    replace(folder / "pack.toml", "distribution = 6", "distribution = 5")
    replace(folder / "pack.toml", "near_buddies = 3", "near_buddies = 0")
    replace(folder / "pack.toml", "Europe/Amsterdam", "../etc/passwd")
    assert faults_of(folder) == [
        ("distribution.csv", 0, "kind", "'crisis' has no row"),
        ("pack.toml", 0, "time_zone", "'../etc/passwd' is not a zone of the IANA database"),
        ("pack.toml", 0, "near_buddies", "0 is below 1"),
    ]
