"""A value in TOML knows its line, however the text around it is laid out."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from meldkamer.steering import Fault
from meldkamer.steering.toml_lines import read_toml

TEXT = '''
# [[item]] in a remark
top = "a # b"
[[item]]
name = """
[[item]]
id = "not a key"
"""
list = [
  "x", # [
  "]",
  { a = 1 },
]
after = 1.10
literal = \'\'\'
key = 3
\'\'\'
quote = "\\"[["
"quoted key" = 2

[[item]]  # second
after = 2
[single]
after = 3
'''


def test_the_line_of_every_key(tmp_path: Path) -> None:
    file = tmp_path / "x.toml"
    file.write_text(TEXT)
    faults: list[Fault] = []
    top, first, second, single = read_toml(file, "x.toml", faults)
    assert not faults
    lines = TEXT.split("\n")
    assert (top.name, top.line_of("top")) == ("", lines.index('top = "a # b"') + 1)
    assert first.line == lines.index("[[item]]") + 1
    for key in ("name", "list", "after", "literal", "quote"):
        assert lines[first.line_of(key) - 1].startswith(f"{key} =")
    assert lines[first.line_of("quoted key") - 1].startswith('"quoted key"')
    assert first.values["after"] == Decimal("1.10")
    assert (second.line, second.line_of("after"), single.line_of("after")) == (
        lines.index("[[item]]  # second") + 1,
        lines.index("after = 2") + 1,
        lines.index("after = 3") + 1,
    )
    assert first.line_of("absent") == first.line


@pytest.mark.parametrize(
    ("content", "line", "says"),
    [
        (b"a = 1\nb = \n", 2, "cannot be read as TOML"),
        (b"a = 1\na = 2\n", 2, "cannot be read as TOML"),
        (b"a = '\xff'", 0, "is not UTF-8"),
    ],
)
def test_what_cannot_be_read_is_named(tmp_path: Path, content: bytes, line: int, says: str) -> None:
    file = tmp_path / "x.toml"
    file.write_bytes(content)
    faults: list[Fault] = []
    assert read_toml(file, "x.toml", faults) == []
    assert (faults[0].line, says in faults[0].message) == (line, True)


def test_windows_line_ends(tmp_path: Path) -> None:
    file = tmp_path / "x.toml"
    file.write_bytes(b"\xef\xbb\xbf[[item]]\r\na = 1\r\nb = [\r\n1,\r\n]\r\nc = 2\r\n")
    faults: list[Fault] = []
    (table,) = read_toml(file, "x.toml", faults)
    assert not faults and [table.line_of(key) for key in "abc"] == [2, 3, 6]
