"""A file of calls from elsewhere: read row by row, and no row dropped without a reason.

Columns by name in the header, in any order: `time`, `lat` and `lon` or `x` and `y`, `discipline` or `class`, and when
there `priority`, `place`, `text`, `number`, `name`, `id`. All other columns are kept as the call's source data.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import math
import re
from collections.abc import Iterator
from pathlib import Path

import msgspec

from meldkamer.domain.clock import Millis
from meldkamer.simulate.data import WorldData
from meldkamer.simulate.daytime import from_local
from meldkamer.simulate.grid import in_rd, in_wgs84, to_rd, to_wgs84
from meldkamer.simulate.lines import Broken, Record, first_line, records

MAX_TEXT, MAX_SHORT, MAX_SOURCE = 8_000, 200, 8_000
"""Longest text, short field and source data, in characters, as the record takes them."""
REACH_M = 10_000.0
"""Where nobody lives within this distance (metres) is sea or abroad."""
EARLIEST = dt.datetime(1990, 1, 1, tzinfo=dt.UTC)
TOMORROW_MS = 86_400_000
DELIMITERS = ",;\t"
KNOWN = ("time", "lat", "lon", "x", "y", "discipline", "class", "priority", "place", "text", "number", "name", "id")
_PRIORITIES = {"A0": 1, "A1": 1, "A2": 2, "B1": 4, "B2": 5, "C1": 4, "C2": 5, "VWS": 3}
_PRIORITY = re.compile(r"(?:P|PRIO|PRIORITEIT|PRIORITY)?\s*([1-5])(?:\.0+)?", re.IGNORECASE)


class HeaderError(ValueError):
    """The file cannot be used at all. column: the missing one, or empty."""

    def __init__(self, message: str, column: str = "") -> None:
        super().__init__(message)
        self.column = column


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """One call of the file. x, y: RD metres; lat, lon: WGS84; class_code empty = free text that is kept as it is."""

    line: int
    at: Millis
    x: float
    y: float
    lat: float
    lon: float
    disciplines: str
    class_code: str
    class_text: str
    priority: int
    place: str
    text: str
    region: str
    number: str = ""
    name: str = ""
    source: str = ""
    notes: tuple[str, ...] = ()


class RefusedRow(msgspec.Struct, frozen=True):
    """A row that is not a call, and why. line: physical line in the file, from 1."""

    line: int
    reason: str


def file_hash(path: Path) -> str:
    """SHA-256 of the file's bytes (hex): names its rows across runs."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(1 << 20):
            digest.update(chunk)
    return digest.hexdigest()


def read_calls(path: Path | str, data: WorldData, *, now: Millis) -> Iterator[Row | RefusedRow]:
    """Every row, good or refused, in order. now: what lies more than a day after it is nonsense.

    Raises HeaderError, before the first row, for a file without a usable header.
    """
    path = Path(path)
    delimiter, names = _header(path)
    return _rows(path, delimiter, names, data, now)


def _header(path: Path) -> tuple[str, list[str]]:
    try:
        line = first_line(path)
    except ValueError as error:
        raise HeaderError(str(error)) from None
    if not line:
        raise HeaderError("the file is empty: a header line with column names is needed", "time")

    def names(delimiter: str) -> list[str]:
        return [n.strip().strip('"').strip().lower() for n in line.split(delimiter)]

    delimiter = max(DELIMITERS, key=lambda d: (sum(n in KNOWN for n in names(d)), -DELIMITERS.index(d)))
    found = names(delimiter)
    for name in KNOWN:
        if found.count(name) > 1:
            raise HeaderError(f"column {name!r} stands in the header twice", name)
    if "time" not in found:
        # Whatever stands there may be no text at all; a terminal must not act on it.
        shown = ", ".join(found)[:300].encode("ascii", "backslashreplace").decode()
        shown = "".join(c if c.isprintable() else f"\\x{ord(c):02x}" for c in shown)
        raise HeaderError(f"column 'time' is missing; the header holds: {shown}", "time")
    for one, other in (("lat", "lon"), ("lon", "lat"), ("x", "y"), ("y", "x")):
        if one in found and other not in found:
            raise HeaderError(f"column {other!r} is missing beside {one!r}", other)
    if "lat" not in found and "x" not in found:
        raise HeaderError("columns 'lat' and 'lon' (WGS84), or 'x' and 'y' (RD), are missing", "lat")
    if "discipline" not in found and "class" not in found:
        raise HeaderError("column 'discipline' is missing (and there is no 'class' to derive it from)", "discipline")
    return delimiter, found


def _rows(path: Path, delimiter: str, names: list[str], data: WorldData, now: Millis) -> Iterator[Row | RefusedRow]:
    time_at = names.index("time")

    def is_row(fields: list[str]) -> bool:
        return len(fields) == len(names) and _looks_like_time(fields[time_at])

    seen: dict[bytes, int] = {}
    ids: dict[str, int] = {}
    header_passed = False
    for record in records(path, delimiter, len(names), is_row):
        if isinstance(record, Broken):
            where = "" if record.last == record.line else f" (lines {record.line} to {record.last})"
            yield RefusedRow(record.line, record.reason + where)
            continue
        if not header_passed:
            header_passed = True
            continue
        yield _once(record, names, data, now, seen, ids)


def _once(
    record: Record, names: list[str], data: WorldData, now: Millis, seen: dict[bytes, int], ids: dict[str, int]
) -> Row | RefusedRow:
    try:
        row = _row(record, names, data, now)
    except _Reason as reason:
        return RefusedRow(record.line, str(reason))
    mark = hashlib.blake2b("\x1f".join(record.fields).encode(), digest_size=12).digest()
    if mark in seen:
        return RefusedRow(record.line, f"the same row as line {seen[mark]}")
    if "id" in names and (id := record.fields[names.index("id")].strip()):
        if id in ids:
            return RefusedRow(record.line, f"id {id[:60]!r} stands already on line {ids[id]}")
        ids[id] = record.line
    seen[mark] = record.line
    return row


class _Reason(Exception):
    pass


def _row(record: Record, names: list[str], data: WorldData, now: Millis) -> Row:
    if len(record.fields) != len(names):
        raise _Reason(f"{len(record.fields)} fields where the header has {len(names)}")
    cells = {n: f.strip() for n, f in zip(names, record.fields, strict=True)}
    notes = ["read as Windows-1252"] if record.windows else []
    for name, limit in (("text", MAX_TEXT), ("class", MAX_SHORT), ("place", MAX_SHORT), ("number", MAX_SHORT),
                        ("name", MAX_SHORT)):  # fmt: skip
        if len(cells.get(name, "")) > limit:
            raise _Reason(f"{name}: {len(cells[name])} characters, at most {limit}")
    at = _time(cells["time"], now)
    x, y = _point(cells, data)
    nearest = data.nearest(x, y)
    if nearest is None or nearest[1] > REACH_M:
        raise _Reason(
            f"coordinates {x:.0f}, {y:.0f} (RD) lie at sea or abroad: no place within {REACH_M / 1000:.0f} km"
        )
    known = _class(cells.get("class", ""), data)
    disciplines = _disciplines(cells.get("discipline", ""), known[2])
    if cells.get("class") and not known[0]:
        notes.append("class unknown, kept as free text")
    priority, told = _priority(cells.get("priority", ""), known[3])
    if told:
        notes.append(told)
    extra = {n or f"column {i + 1}": v for i, (n, v) in enumerate(cells.items()) if n not in KNOWN and v}
    if cells.get("id"):
        extra["id"] = cells["id"]
    if told:
        extra["priority"] = cells["priority"]
    source = msgspec.json.encode(extra).decode() if extra else ""
    if len(source) > MAX_SOURCE:
        raise _Reason(f"other columns: {len(source)} characters of JSON, at most {MAX_SOURCE}")
    lat, lon = to_wgs84(x, y)
    return Row(
        line=record.line,
        at=at,
        x=round(x, 1),
        y=round(y, 1),
        lat=round(lat, 7),
        lon=round(lon, 7),
        disciplines=disciplines,
        class_code=known[0],
        class_text=known[1],
        priority=priority,
        place=cells.get("place") or nearest[0].name,
        text=cells.get("text", ""),
        region=nearest[0].region,
        number=cells.get("number", ""),
        name=cells.get("name", ""),
        source=source,
        notes=tuple(notes),
    )


def _looks_like_time(text: str) -> bool:
    try:
        dt.datetime.fromisoformat(text.strip())
    except ValueError:
        return False
    return True


def _time(text: str, now: Millis) -> Millis:
    if not text:
        raise _Reason("time is empty")
    try:
        moment = dt.datetime.fromisoformat(text)
    except ValueError:
        raise _Reason(f"time {text[:40]!r} is not ISO 8601") from None
    try:
        at = int(moment.timestamp() * 1000) if moment.tzinfo is not None else from_local(moment)
        aware = dt.datetime.fromtimestamp(at / 1000, dt.UTC)
    except (OverflowError, ValueError, OSError):
        raise _Reason(f"time {text[:40]!r} is out of range") from None
    if aware < EARLIEST:
        raise _Reason(f"time {text[:40]!r} lies before {EARLIEST.year}")
    if at > now + TOMORROW_MS:
        raise _Reason(f"time {text[:40]!r} lies in the future")
    return at


def _number(cells: dict[str, str], name: str) -> float | None:
    text = cells.get(name, "")
    if not text:
        return None
    if text.count(",") == 1 and "." not in text:
        text = text.replace(",", ".")  # a decimal comma, in a file that is separated by semicolons
    try:
        value = float(text)
    except ValueError:
        raise _Reason(f"{name} {text[:40]!r} is not a number") from None
    if not math.isfinite(value):
        raise _Reason(f"{name} {text[:40]!r} is not a number")
    return value


def _point(cells: dict[str, str], data: WorldData) -> tuple[float, float]:
    """RD metres of the row. Numbers in the wrong system are refused, not guessed: a wrong place costs lives."""
    lat, lon, x, y = (_number(cells, n) for n in ("lat", "lon", "x", "y"))
    if lat is not None and lon is not None:
        if in_wgs84(lat, lon):
            return to_rd(lat, lon)
        if in_wgs84(lon, lat):
            raise _Reason(f"lat {lat} and lon {lon} look exchanged")
        if in_rd(lat, lon) or in_rd(lon, lat):
            raise _Reason(f"lat {lat} and lon {lon} look like RD metres where WGS84 degrees are promised")
        raise _Reason(f"lat {lat} and lon {lon} lie outside the Netherlands")
    if x is not None and y is not None:
        if in_rd(x, y):
            return x, y
        if in_rd(y, x):
            raise _Reason(f"x {x} and y {y} look exchanged")
        if in_wgs84(y, x) or in_wgs84(x, y):
            raise _Reason(f"x {x} and y {y} look like WGS84 degrees where RD metres are promised")
        raise _Reason(f"x {x} and y {y} lie outside the Netherlands")
    place = data.by_name.get(cells.get("place", "").lower())
    if place is None:
        raise _Reason("coordinates are empty, and place names none that is known")
    return place.x, place.y


def _class(text: str, data: WorldData) -> tuple[str, str, str, int]:
    """Code, text, disciplines and priority; the code is empty for free text."""
    if not text:
        return "", "", "", 0
    known = data.by_code.get(text) or data.by_code.get(text.lower()) or data.class_by_name.get(text.lower())
    if known is None:
        return "", text, "", 0
    return known.code, known.name, "".join(known.disciplines), known.priority


def _disciplines(text: str, by_class: str) -> str:
    letters = {mark for mark in text.upper() if not mark.isspace() and mark not in "+/,;&-"}
    if wrong := letters - set("PBAK"):
        raise _Reason(f"discipline {text[:40]!r} holds {', '.join(sorted(wrong))}; only P, B, A, K are known")
    chosen = letters or set(by_class)
    if not chosen:
        raise _Reason("discipline is empty, and the class does not tell")
    return "".join(d for d in "PBAK" if d in chosen)


def _priority(text: str, by_class: int) -> tuple[int, str]:
    """The priority 1 to 5, and a note when what stood there could not be read."""
    if not text:
        return by_class or 3, ""
    if found := _PRIORITIES.get(text.upper()):
        return found, ""
    if match := _PRIORITY.fullmatch(text):
        return int(match.group(1)), ""
    return by_class or 3, f"priority {text[:40]!r} not understood, kept beside"
