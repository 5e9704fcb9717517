"""TOML whose values know their line.

The standard library reads TOML but forgets where a value stood, and a planner who is told "item 34 is wrong" counts
in vain. The text is therefore read twice: by `tomllib` for the values, and by a small scanner for the lines.
"""

from __future__ import annotations

import re
import tomllib
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec

from meldkamer.steering.faults import Fault

HEADER = re.compile(r"(\[{1,2})\s*([^\[\]]+?)\s*\]{1,2}\s*(?:#.*)?$")
KEY = re.compile(r"\s*([A-Za-z0-9_-]+|\"[^\"]*\"|'[^']*')\s*=")
WHERE = re.compile(r"\s*\(at line (\d+), column \d+\)")


class TomlTable(msgspec.Struct, frozen=True):
    """One `[[name]]` or `[name]` with its values; name "" is the top of the file. Decimals stay exact."""

    name: str
    line: int
    values: dict[str, Any]
    lines: dict[str, int]

    def line_of(self, key: str) -> int:
        """The line of a key, or of the table's heading when the key does not stand there."""
        return self.lines.get(key, self.line)


def read_toml(path: Path, name: str, faults: list[Fault]) -> list[TomlTable]:
    """The tables of a file in order; what cannot be read is appended to ``faults`` under ``name``."""
    try:
        text = path.read_text(encoding="utf-8-sig")
        parsed = tomllib.loads(text, parse_float=Decimal)
    except FileNotFoundError:
        faults.append(Fault(name, 0, "", "the file is missing"))
        return []
    except UnicodeDecodeError as error:
        faults.append(Fault(name, 0, "", f"is not UTF-8 text (byte {error.start})"))
        return []
    except tomllib.TOMLDecodeError as error:
        at = WHERE.search(str(error))
        line = int(at[1]) if at else 0
        faults.append(Fault(name, line, "", f"cannot be read as TOML: {WHERE.sub('', str(error))}"))
        return []
    lines = _lines(text)
    tables = []
    top = {key: value for key, value in parsed.items() if not _is_table(value)}
    if top:
        tables.append(TomlTable("", 1, top, lines.get(("", 0), {})))
    for key, value in parsed.items():
        if _is_table(value):
            for index, values in enumerate(value if isinstance(value, list) else [value]):
                places = lines.get((key, index), {})
                tables.append(TomlTable(key, places.get("", 0), values, places))
    return sorted(tables, key=lambda table: table.line)


def _is_table(value: Any) -> bool:
    return isinstance(value, dict) or (isinstance(value, list) and bool(value) and isinstance(value[0], dict))


def _lines(text: str) -> dict[tuple[str, int], dict[str, int]]:
    """(table, index) -> key -> line; the key "" is the heading. The text is known to be valid TOML."""
    found: dict[tuple[str, int], dict[str, int]] = {("", 0): {}}
    counts: dict[str, int] = {}
    here = found["", 0]
    lines = text.split("\n")
    number = 0
    while number < len(lines):
        line = lines[number].rstrip("\r")
        number += 1
        if heading := HEADER.match(line.strip()):
            name = heading[2].strip("\"'")
            index = counts.get(name, -1) + 1
            counts[name] = index
            here = found.setdefault((name, index), {"": number})
        elif key := KEY.match(line):
            here[key[1].strip("\"'")] = number
            number = value_end(lines, number)[0]
    return found


def value_end(lines: list[str], at: int) -> tuple[int, str]:
    """Where the value ends whose key stands on line ``at``, counted from 1: its last line, and the remark behind it.

    Text and lists may go on for several lines. The text is known to be valid TOML.
    """
    found = KEY.match(lines[at - 1])
    rest = lines[at - 1][found.end() if found else 0 :]
    depth, fence = 0, ""
    while True:
        position, remark = 0, ""
        while position < len(rest):
            if fence:
                if fence[0] == '"' and rest[position] == "\\":
                    position += 2
                    continue
                if rest.startswith(fence, position):
                    position, fence = position + len(fence), ""
                    continue
            elif rest[position] in "\"'":
                sign = rest[position]
                fence = sign * 3 if rest.startswith(sign * 3, position) else sign
                position += len(fence)
                continue
            elif rest[position] == "#":
                remark = rest[position:].rstrip()
                break
            else:
                depth += (rest[position] in "[{") - (rest[position] in "]}")
            position += 1
        if (depth <= 0 and len(fence) < 3) or at >= len(lines):
            return at, remark
        rest = lines[at]
        at += 1
