"""Natures of address warnings: what is shipped says that nothing of it is official; what is wrong is told by line."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from meldkamer.pack import Pack, PackError, load_pack, pack_hash, shipped_pack

TEXT = (shipped_pack() / "warnings.toml").read_text(encoding="utf-8")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(shipped_pack(), tmp_path / "pack"))


def test_every_nature_has_a_term_and_bases_and_nothing_claims_to_be_official(pack: Pack) -> None:
    assert {n.id for n in pack.warning_natures} >= {"aggression", "animals", "weapons", "power_dependent", "bariatric"}
    assert all(n.months >= 1 and n.bases for n in pack.warning_natures)
    assert {b.status for b in pack.legal_bases} == {"to_confirm"} and all(b.source for b in pack.legal_bases)
    for nature in pack.warning_natures:
        known = pack.nature(nature.id)
        assert known is not None and (known.months, known.bases) == (nature.months, nature.bases)
    assert pack.nature("none") is None


def test_a_pack_without_the_file_knows_none_and_its_contents_are_in_the_hash(folder: Path, pack: Pack) -> None:
    (folder / "warnings.toml").unlink()
    assert load_pack(folder).warning_natures == ()
    assert pack_hash(folder) != pack.hash


@pytest.mark.parametrize(
    ("old", "new", "field", "message"),
    [
        ("months = 12", "months = 0", "months", ">= 1"),
        ("months = 12", 'months = "long"', "months", "int"),
        ('audience = "PK"', 'audience = "KP"', "audience", "regex"),
        ('widest = "PBAK"', 'widest = "P"', "audience", "wider"),
        ('bases = ["wpg", "arbo"', 'bases = ["nowhere"', "bases", "no basis"),
        ('id = "weapons"', 'id = "aggression"', "id", "twice"),
        ('name = "wapens"', 'name = "agressie"', "name", "twice"),
        ('name = "wapens"', 'name = "twee woorden"', "name", "regex"),
        ('status = "to_confirm"', 'status = "surely"', "status", "surely"),
        ('source = "Arbeidsomstandighedenwet, artikel 3"', 'sauce = "x"', "sauce", "unknown field"),
    ],
)
def test_a_fault_is_told_by_line_and_field(folder: Path, old: str, new: str, field: str, message: str) -> None:
    assert old in TEXT
    changed = TEXT.replace(old, new, 1)
    (folder / "warnings.toml").write_text(changed, encoding="utf-8")
    with pytest.raises(PackError) as refused:
        load_pack(folder)
    [fault] = [f for f in refused.value.faults if f.column == field]
    at = TEXT[: TEXT.index(old)].count("\n") + 1
    assert fault.file == "warnings.toml" and message in fault.message
    assert fault.row == (at if field != "audience" or message == "regex" else at - 1)


def test_a_file_that_is_no_file_of_warnings_is_refused(folder: Path) -> None:
    for text in ("[[nature]", "nature = 3", "[[natures]]\nid = 'x'", "\udcff", "x = 1\n" + "#" * 70_000):
        (folder / "warnings.toml").write_bytes(text.encode("utf-8", "surrogateescape"))
        with pytest.raises(PackError, match=r"warnings\.toml"):
            load_pack(folder)
