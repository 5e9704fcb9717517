"""CSV as spreadsheets write it: commas and points, or the semicolons and comma decimals of Dutch Excel.

A file with semicolons is Dutch, a file with commas is English; which of the two is seen at the header, once, and holds
for every cell. What then does not fit is a fault with its line and column, never a guess.
"""

from __future__ import annotations

import csv
import io
from pathlib import Path

import msgspec

from meldkamer.steering.faults import Fault
from meldkamer.steering.numerals import Spelling


class CsvRow(msgspec.Struct, frozen=True):
    """One row: column -> text, and the line where it begins."""

    line: int
    cells: dict[str, str]


class CsvTable(msgspec.Struct, frozen=True):
    """A file of rows. Lines that begin with # are remarks."""

    name: str
    spelling: Spelling
    columns: tuple[str, ...]
    header_line: int
    rows: tuple[CsvRow, ...]


def read_csv(path: Path, name: str, faults: list[Fault]) -> CsvTable | None:
    """The file as rows, or None with the reason in ``faults``. Rows of a wrong length are faults and left out."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        faults.append(Fault(name, 0, "", "the file is missing"))
        return None
    except UnicodeDecodeError as error:
        message = f"is not UTF-8 text (byte {error.start}); in Excel choose 'CSV UTF-8' when saving"
        faults.append(Fault(name, 0, "", message))
        return None
    return parse_csv(text, name, faults)


def parse_csv(text: str, name: str, faults: list[Fault]) -> CsvTable | None:
    """As `read_csv`, from text."""
    lines = text.splitlines()
    first = next((n for n, line in enumerate(lines) if line.strip() and not _aside(line)), None)
    if first is None:
        faults.append(Fault(name, 0, "", "the file has no header"))
        return None
    # Quoted names may hold either sign; what is outside quotes decides.
    bare = "".join(lines[first].split('"')[::2])
    sign = ";" if ";" in bare else ","
    spelling: Spelling = "nl" if sign == ";" else "en"
    body = "\n".join("" if _aside(line) else line for line in lines)
    reader = csv.reader(io.StringIO(body), delimiter=sign, strict=True)
    columns: tuple[str, ...] = ()
    rows: list[CsvRow] = []
    before = 0
    try:
        for cells in reader:
            start, before = before + 1, reader.line_num
            if not any(cell.strip() for cell in cells):
                continue
            if not columns:
                columns = tuple(cell.strip() for cell in cells)
                if twice := [c for n, c in enumerate(columns) if c in columns[:n]]:
                    faults.append(Fault(name, start, twice[0], "this column occurs twice"))
                    return None
            elif len(cells) != len(columns):
                faults.append(Fault(name, start, "", f"{len(cells)} cells where the header has {len(columns)}"))
            else:
                rows.append(CsvRow(start, dict(zip(columns, (cell.strip() for cell in cells), strict=True))))
    except csv.Error as error:
        faults.append(Fault(name, reader.line_num, "", f"cannot be read as CSV: {error}"))
        return None
    return CsvTable(name, spelling, columns, first + 1, tuple(rows))


def _aside(line: str) -> bool:
    """Remarks, and the line with which Excel names its separator."""
    return line.startswith("#") or line.lower().startswith("sep=")
