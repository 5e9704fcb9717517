"""Languages of callers and ways to speak with them: what is shipped, and what is told of a file that is wrong."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from meldkamer.pack import Pack, PackError, load_pack, pack_hash, shipped_pack

TEXT = (shipped_pack() / "speaking.toml").read_text(encoding="utf-8")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(shipped_pack(), tmp_path / "pack"))


def test_the_languages_that_rooms_hear_are_there_with_signs_among_them(pack: Pack) -> None:
    names = {one.code: one.name for one in pack.languages}
    assert names["pl"] == "Pools" and names["uk"] == "Oekraïens" and names["dse"] == "Nederlandse Gebarentaal"
    assert {way.kind for way in pack.speaking_ways} == {"line", "reach", "care"}
    known = {way.id for way in pack.speaking_ways}
    assert known >= {"interpreter", "relay", "text", "sms", "no_speech", "deaf", "abroad"}


def test_a_pack_without_the_file_knows_none_and_its_contents_are_in_the_hash(folder: Path, pack: Pack) -> None:
    (folder / "speaking.toml").unlink()
    bare = load_pack(folder)
    assert (bare.languages, bare.speaking_ways) == ((), ())
    assert pack_hash(folder) != pack.hash


@pytest.mark.parametrize(
    ("old", "new", "field", "message"),
    [
        ('code = "pl"', 'code = "nl"', "code", "twice"),
        ('code = "pl"', 'code = "Pools"', "code", "regex"),
        ('word = "doof"', 'word = "tolk"', "word", "twice"),
        ('word = "doof"', 'word = "heel doof"', "word", "regex"),
        ('word = "doof"', 'word = "-doof"', "word", "regex"),
        ('kind = "care"', 'kind = "cure"', "kind", "cure"),
    ],
)
def test_a_fault_is_told_by_line_and_field(folder: Path, old: str, new: str, field: str, message: str) -> None:
    assert old in TEXT
    (folder / "speaking.toml").write_text(TEXT.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(PackError) as refused:
        load_pack(folder)
    assert any(f.file == "speaking.toml" and f.column == field and message in f.message for f in refused.value.faults)
