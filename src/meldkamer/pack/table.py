"""One CSV file into one tuple of frozen structs, with every fault named by row and column.

The file is UTF-8 with a header; lines that begin with ``#`` are remarks (sources,
attribution). Lists are written ``a;b;c``, truth as yes/no. One line is one row.
"""

from __future__ import annotations

import csv
import datetime
import enum
import types
import typing
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from meldkamer.pack.faults import Fault

Row = TypeVar("Row", bound=msgspec.Struct)
TRUTH = {"yes": True, "ja": True, "true": True, "no": False, "nee": False, "false": False}


class Table(typing.Generic[Row]):
    """The rows of one file, each with the line it came from (for faults found later)."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.rows: list[Row] = []
        self.lines: list[int] = []
        self.header_line = 1


def read_table(path: Path, kind: type[Row], faults: list[Fault]) -> Table[Row]:
    """Read ``path`` as rows of ``kind``; append what is wrong to ``faults`` and leave bad rows out."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        faults.append(Fault(path.name, 0, "", "the file is missing"))
        return Table(path.name)
    except UnicodeDecodeError as error:
        faults.append(Fault(path.name, 0, "", f"not UTF-8 text (byte {error.start})"))
        return Table(path.name)
    return table_of(path.name, text, kind, faults)


def table_of(file: str, text: str, kind: type[Row], faults: list[Fault]) -> Table[Row]:
    """The same of a text that was read already."""
    table: Table[Row] = Table(file)
    fields = {field.name: field for field in msgspec.structs.fields(kind)}
    header: list[str] | None = None
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip() or line.startswith("#"):
            continue
        try:
            cells = next(csv.reader([line], strict=True))
        except csv.Error as error:
            faults.append(Fault(file, number, "", f"cannot be read as CSV: {error}"))
            continue
        if header is None:
            header = [cell.strip() for cell in cells]
            table.header_line = number
            if not _header_fits(file, number, header, fields, faults):
                return table
            continue
        if len(cells) != len(header):
            message = f"{len(cells)} cells where the header has {len(header)}"
            faults.append(Fault(file, number, "", message))
            continue
        row = _row(file, number, dict(zip(header, cells, strict=True)), kind, fields, faults)
        if row is not None:
            table.rows.append(row)
            table.lines.append(number)
    if header is None:
        faults.append(Fault(file, 0, "", "the file has no header"))
    return table


def _header_fits(file: str, line: int, header: list[str], fields: dict[str, Any], faults: list[Fault]) -> bool:
    problems = [
        Fault(file, line, name, "this column is missing")
        for name, field in fields.items()
        if name not in header and field.required
    ]
    for index, name in enumerate(header):
        if name not in fields:
            problems.append(Fault(file, line, name, "this column is not known"))
        elif name in header[:index]:
            problems.append(Fault(file, line, name, "this column occurs twice"))
    faults += problems
    return not problems


def _row(
    file: str,
    line: int,
    cells: dict[str, str],
    kind: type[Row],
    fields: dict[str, Any],
    faults: list[Fault],
) -> Row | None:
    values: dict[str, Any] = {}
    before = len(faults)
    for name, cell in cells.items():
        field = fields[name]
        cell = cell.strip()
        if not cell and not field.required:
            continue
        try:
            values[name] = parse_cell(cell, field.type)
        except ValueError as error:
            faults.append(Fault(file, line, name, str(error)))
    return kind(**values) if len(faults) == before else None


def parse_cell(cell: str, wanted: Any) -> Any:
    """``cell`` as ``wanted``; raises ValueError with a sentence a person can act on."""
    origin = typing.get_origin(wanted)
    if origin in (types.UnionType, typing.Union):
        inner = [part for part in typing.get_args(wanted) if part is not type(None)]
        return parse_cell(cell, inner[0])
    if origin is tuple:
        return tuple(part.strip() for part in cell.split(";") if part.strip())
    if origin is typing.Literal:
        allowed = typing.get_args(wanted)
        if cell not in allowed:
            raise ValueError(f"{cell!r} is not one of {', '.join(map(str, allowed))}")
        return cell
    if wanted is str:
        return cell
    if not cell:
        raise ValueError("is empty")
    if isinstance(wanted, type) and issubclass(wanted, enum.Enum):
        try:
            return wanted(cell)
        except ValueError:
            names = ", ".join(str(member.value) for member in wanted)
            raise ValueError(f"{cell!r} is not one of {names}") from None
    if wanted is bool:
        if cell.lower() not in TRUTH:
            raise ValueError(f"{cell!r} is not yes or no")
        return TRUTH[cell.lower()]
    try:
        return msgspec.convert(cell, wanted, strict=False)
    except msgspec.ValidationError:
        kinds = {int: "a whole number", float: "a number", datetime.date: "a day such as 2026-01-31"}
        raise ValueError(f"{cell!r} is not {kinds.get(wanted, wanted)}") from None
