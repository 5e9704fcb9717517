"""What may change while rooms work, and every way in which a text is not good enough, with its row and field."""

from __future__ import annotations

import pytest

from meldkamer.pack import Fault, load_pack, shipped_pack
from meldkamer.pack.changeable import (
    TABLES,
    changeable,
    check_kept,
    check_signs,
    check_version,
    plain,
    set_in,
)

FILES = changeable(shipped_pack())
NORMS = FILES["norms.csv"]
SET = "questions/brand-gebouw.toml"


def places(faults: list[Fault]) -> list[tuple[int, str]]:
    return [(f.row, f.column) for f in faults]


def test_lists_norms_sets_and_cards_can_change_and_nothing_else() -> None:
    assert set(TABLES) <= set(FILES) and SET in FILES and "runcards/fire.toml" in FILES
    assert not {"rooms.csv", "roles.csv", "statuses.csv", "functions.csv", "runcards/approved.toml", "pack.toml"} & set(
        FILES
    )


@pytest.mark.parametrize("file", sorted(TABLES))
def test_a_table_that_stays_as_it_is_takes_nothing_away(file: str) -> None:
    assert check_kept(file, FILES[file], FILES[file]) == []


def test_a_code_is_never_removed_and_keeps_its_name() -> None:
    before = FILES["classes.csv"]
    lines = before.split("\n")
    row = next(n for n, line in enumerate(lines) if line.startswith("alabab,"))
    gone = "\n".join(lines[:row] + lines[row + 1 :])
    (fault,) = check_kept("classes.csv", before, gone)
    assert fault.column == "code" and "alabab" in fault.message and "until" in fault.message
    renamed = [*lines]
    renamed[row] = "alabab,Alarm,Autom. brand,Iets anders,2,B"
    assert places(check_kept("classes.csv", before, "\n".join(renamed))) == [(row + 1, "level3")]
    urgent = [*lines]
    urgent[row] = "alabab,Alarm,Autom. brand,Autom. brand OMS,1,BA"
    assert check_kept("classes.csv", before, "\n".join(urgent)) == []


def test_a_code_ends_by_a_day() -> None:
    before = FILES["closing_codes.csv"]
    lines = before.rstrip("\n").split("\n")
    ended = [line if line.startswith("#") else line + "," for line in lines]
    ended[1] = lines[1] + ",until"
    ended[2] = lines[2] + ",2026-07-01"
    assert check_kept("closing_codes.csv", before, "\n".join(ended)) == []
    ended[2] = lines[2] + ",morgen"
    (fault,) = check_kept("closing_codes.csv", before, "\n".join(ended))
    assert (fault.row, fault.column) == (3, "until") and "2026-01-31" in fault.message


def test_a_norm_keeps_what_it_measures_and_may_have_another_value() -> None:
    row = next(n for n, line in enumerate(NORMS.split("\n")) if line.startswith("answer_112,"))
    assert check_kept("norms.csv", NORMS, NORMS.replace("answered_112,10,s", "answered_112,8,s", 1)) == []
    moved = NORMS.replace("offered_112,answered_112,10", "offered_112,alerted,10", 1)
    assert places(check_kept("norms.csv", NORMS, moved)) == [(row + 1, "end")]


@pytest.mark.parametrize(
    ("text", "row"),
    [
        ("code\nx\u202ey\n", 2),
        ("a\x00b\n", 1),
        ("een\u2066twee\u2069\n", 1),
        ("a\n\nb\u200bc\n", 3),
        ("a\x1bb\n", 1),
        ("a\u2028b\n", 1),
        ("soft\u00adhyphen\n", 1),
    ],
)
def test_signs_that_hide_something_are_named_by_row(text: str, row: int) -> None:
    (fault,) = check_signs("norms.csv", text)
    assert fault.row == row and "U+" in fault.message


def test_words_of_every_language_are_no_hidden_signs() -> None:
    assert check_signs("norms.csv", "Ĳsselmeer\tcafé, naïef, Łódź, 東京, עברית\n") == []


def test_what_a_spreadsheet_writes_is_made_plain() -> None:
    assert plain("\ufeffa,b\r\nc,d\r\n\r\n") == "a,b\nc,d\n"
    assert plain("a\rb") == "a\nb\n"


def test_a_version_of_a_set_keeps_its_text() -> None:
    pack = load_pack()
    known, before = pack.question_set, FILES[SET]
    made = set_in(before, pack.question_sets)
    assert made is not None
    assert check_version(SET, before, before, known, made) == []
    # Another text under the same version, and another set in the same file.
    import msgspec

    other = msgspec.structs.replace(made, name="Iets anders")
    (fault,) = check_version(SET, before, before, known, other)
    assert fault.column == "version" and fault.row > 0
    moved = msgspec.structs.replace(made, id="other_set")
    assert [f.column for f in check_version(SET, before, before, known, moved)] == ["set"]
    assert check_version("norms.csv", before, before, known, other) == []
