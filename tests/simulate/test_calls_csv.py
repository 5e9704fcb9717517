"""Files of calls, good and bad: every line becomes a call or a reason."""

from __future__ import annotations

import tracemalloc
from pathlib import Path

import pytest

from meldkamer.simulate import HeaderError, RefusedRow, Row, read_calls
from tests.simulate.corpus.make import files
from tests.simulate.data import world_data

NOW = 1_767_225_600_000
DATA = world_data()


def read(name: str, folder: Path) -> list[Row | RefusedRow]:
    path = folder / name
    path.write_bytes(files()[name])
    return list(read_calls(path, DATA, now=NOW))


def told(rows: list[Row | RefusedRow]) -> list[tuple[int, str]]:
    return [(r.line, r.reason if isinstance(r, RefusedRow) else "ok") for r in rows]


@pytest.mark.parametrize("name", ["plain.csv", "bom.csv", "crlf.csv", "cr_only.csv"])
def test_good_files_however_their_lines_end(name, tmp_path):
    rows = read(name, tmp_path)
    assert told(rows) == [(2, "ok"), (3, "ok")]
    first = rows[0]
    assert isinstance(first, Row)
    assert (first.at, first.disciplines, first.class_code, first.region) == (1_741_086_001_000, "A", "gzon", "MD")
    assert abs(first.y - 462_420) < 50


def test_windows_text_is_read_with_a_note(tmp_path):
    rows = read("windows_1252.csv", tmp_path)
    assert isinstance(rows[0], Row) and rows[0].text == "reünie café €"
    assert rows[0].notes == ("read as Windows-1252",)
    assert isinstance(rows[1], Row) and not rows[1].notes


@pytest.mark.parametrize(
    ("name", "line", "reason", "others"),
    [
        ("not_even_1252.csv", 2, "neither UTF-8 nor Windows-1252", [3]),
        ("nul.csv", 2, "NUL", [3]),
        ("stray_quote.csv", 2, "not closed before the next row", [3, 4]),
        ("stray_quote_last.csv", 3, "never closed", [2]),
        ("huge_text.csv", 2, "longer than", [3]),
        ("huge_quoted.csv", 2, "longer than 262144 characters (lines 2 to 170002)", [170_003]),
        ("long_text.csv", 2, "text: 8001 characters, at most 8000", [3]),
        ("twice.csv", 4, "the same row as line 2", [2, 3]),
    ],
)
def test_one_bad_row_does_not_touch_the_others(name, line, reason, others, tmp_path):
    rows = read(name, tmp_path)
    refused = [r for r in rows if isinstance(r, RefusedRow)]
    assert [(r.line, reason in r.reason) for r in refused] == [(line, True)], told(rows)
    assert [r.line for r in rows if isinstance(r, Row)] == others


def test_two_stray_quotes_do_not_pair_up(tmp_path):
    rows = read("two_stray_quotes.csv", tmp_path)
    assert [r.line for r in rows if isinstance(r, RefusedRow)] == [2, 4]
    assert [r.line for r in rows if isinstance(r, Row)] == [3, 5]


def test_quotes_that_mean_something(tmp_path):
    rows = read("quoted_newline.csv", tmp_path)
    assert told(rows) == [(2, "ok"), (4, "ok")]
    assert isinstance(rows[0], Row) and rows[0].text == "regel een\nregel twee, met komma"
    rows = read("quote_inside.csv", tmp_path)
    assert isinstance(rows[0], Row) and rows[0].text == 'hij zei "help" en viel'


def test_semicolons_decimal_commas_and_dutch_time(tmp_path):
    rows = read("semicolons.csv", tmp_path)
    assert told(rows) == [(2, "ok"), (3, "ok")]
    first, second = rows
    assert isinstance(first, Row) and isinstance(second, Row)
    assert (first.x, first.at, first.priority) == (155_000.5, 1_741_086_000_000, 1)
    assert (second.disciplines, second.class_code, second.priority) == ("PB", "", 3)


def test_any_order_free_class_and_extra_columns(tmp_path):
    rows = read("other_order.csv", tmp_path)
    assert told(rows) == [(2, "ok"), (3, "ok"), (4, "id 'a2' stands already on line 3")]
    free, known = rows[0], rows[1]
    assert isinstance(free, Row) and isinstance(known, Row)
    assert (free.class_code, free.class_text, free.disciplines) == ("", "Brand in de schuur", "PB")
    assert free.source == '{"melder":"jan","id":"a1"}'
    assert (known.class_code, known.disciplines, known.priority) == ("brgb", "PB", 1)


def test_times_that_cannot_be(tmp_path):
    reasons = told(read("times.csv", tmp_path))
    assert next(r for _, r in reasons) == "ok"
    for (_, reason), word in zip(reasons[1:], ("before 1990", "future", "not ISO 8601", "empty"), strict=True):
        assert word in reason


def test_places_that_cannot_be(tmp_path):
    reasons = [r for _, r in told(read("places.csv", tmp_path))]
    words = ("at sea", "RD metres where WGS84", "exchanged", "outside", "not a number", "not a number", "ok", "empty")
    assert all(w in r for w, r in zip(words, reasons, strict=True)), reasons
    reasons = [r for _, r in told(read("rd_mixed.csv", tmp_path))]
    rd_words = ("WGS84 degrees where RD", "exchanged", "ok", "at sea")
    assert all(w in r for w, r in zip(rd_words, reasons, strict=True)), reasons


def test_codes_that_are_not_known(tmp_path):
    rows = read("codes.csv", tmp_path)
    assert "only P, B, A, K" in told(rows)[0][1]
    assert "the class does not tell" in told(rows)[1][1]
    free, high, two = rows[2:]
    assert isinstance(free, Row) and isinstance(high, Row) and isinstance(two, Row)
    assert (free.class_text, free.priority, free.notes) == ("iets vreemds", 1, ("class unknown, kept as free text",))
    assert (high.priority, high.disciplines, high.source) == (1, "A", '{"priority":"hoog"}')
    assert (two.disciplines, two.priority) == ("PK", 3)


def test_wrong_number_of_fields(tmp_path):
    reasons = told(read("short_and_long.csv", tmp_path))
    assert reasons == [
        (2, "2 fields where the header has 8"),
        (3, "9 fields where the header has 8"),
        (4, "ok"),
    ]


@pytest.mark.parametrize(
    ("name", "column"),
    [
        ("empty.csv", "time"),
        ("blank.csv", "time"),
        ("no_time.csv", "time"),
        ("no_lon.csv", "lon"),
        ("no_place.csv", "lat"),
        ("no_discipline.csv", "discipline"),
        ("time_twice.csv", "time"),
        ("utf16.csv", ""),
    ],
)
def test_a_file_without_a_usable_header_says_which_column(name, column, tmp_path):
    with pytest.raises(HeaderError) as caught:
        read(name, tmp_path)
    assert caught.value.column == column
    assert str(caught.value)


def test_only_a_header_is_no_row(tmp_path):
    assert read("only_header.csv", tmp_path) == []


def test_a_large_file_is_streamed(tmp_path):
    path = tmp_path / "large.csv"
    path.write_bytes(files()["huge_quoted.csv"])
    tracemalloc.start()
    for _ in read_calls(path, DATA, now=NOW):
        pass
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 8_000_000
