"""GeoPackage (OGC 12-128): an SQLite file with tables of features. Read with the standard library's sqlite3.

A GeoPackage is somebody else's database, so it is opened read-only, with its triggers and views distrusted, and every
table and column name is checked against its own catalogue before it is used.
"""

from __future__ import annotations

import sqlite3
import struct
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

_ENVELOPES = {0: 0, 1: 32, 2: 48, 3: 48, 4: 64}
_MAGIC = b"GP"


class NotAGeoPackage(ValueError):
    """The file cannot be read as one; says why."""


class GeoPackage:
    """One file. layers: name of each table of features -> name of its geometry column; srs: name -> EPSG code."""

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            self._db = sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True, check_same_thread=False)
            self._db.execute("PRAGMA trusted_schema=0")
            self._db.execute("PRAGMA query_only=1")
            found = self._db.execute("SELECT table_name, column_name, srs_id FROM gpkg_geometry_columns").fetchall()
        except sqlite3.Error as error:
            raise NotAGeoPackage(f"{path.name} is not a GeoPackage: {error}") from error
        self.layers = {str(table): str(column) for table, column, _ in found}
        self.srs = {str(table): int(srs) for table, _, srs in found}

    def close(self) -> None:
        """Close the file."""
        self._db.close()

    def columns(self, layer: str) -> list[str]:
        """The columns of a layer, in lower case."""
        self._known(layer)
        return [str(row[1]).lower() for row in self._db.execute(f"PRAGMA table_info({_quoted(layer)})")]

    def rows(self, layer: str, columns: Mapping[str, str]) -> Iterator[tuple[int, dict[str, Any], bytes]]:
        """Row number (from 1), values by our names, and the geometry as WKB (empty where there is none).

        columns: our name -> theirs. Rows come in the order of the table's own row id, so a reading can be repeated.
        Raises NotAGeoPackage when the file is damaged half-way.
        """
        self._known(layer)
        known = self.columns(layer)
        if unknown := [name for name in columns.values() if name not in known]:
            raise NotAGeoPackage(f"{self.path.name}, {layer}: no column {', '.join(unknown)}")
        chosen = ", ".join(_quoted(name) for name in (*columns.values(), self.layers[layer]))
        try:
            reading = self._db.execute(f"SELECT {chosen} FROM {_quoted(layer)} ORDER BY rowid")  # noqa: S608 - checked
            for number, row in enumerate(reading, 1):
                yield number, dict(zip(columns, row, strict=False)), _wkb(row[-1])
        except sqlite3.DatabaseError as error:
            raise NotAGeoPackage(f"{self.path.name}, {layer}: {error}") from error

    def _known(self, layer: str) -> None:
        if layer not in self.layers:
            raise NotAGeoPackage(f"{self.path.name} has no layer {layer!r}; it has {', '.join(sorted(self.layers))}")


def first_point(wkb: bytes) -> tuple[float, float]:
    """The first point of a Point or MultiPoint in WKB. Raises ValueError for anything else."""
    order, kind = _header(wkb, 0)
    if kind == 4:
        if len(wkb) < 14:
            raise ValueError("an empty geometry")
        order, kind = _header(wkb, 9)
        return _pair(wkb, 14, order)
    if kind != 1:
        raise ValueError("not a point")
    return _pair(wkb, 5, order)


def middle_point(wkb: bytes) -> tuple[float, float]:
    """The point of a Point or MultiPoint, or the mean of the corners of the (first) outer ring of a Polygon or
    MultiPolygon. Raises ValueError for anything else."""
    order, kind = _header(wkb, 0)
    at = 0
    if kind == 6:
        if len(wkb) < 18:
            raise ValueError("an empty geometry")
        at = 9
        order, kind = _header(wkb, at)
    if kind != 3:
        return first_point(wkb)
    wide = _dimensions(wkb, at)
    if len(wkb) < at + 13:
        raise ValueError("an empty geometry")
    rings, count = struct.unpack_from(f"{order}II", wkb, at + 5)
    if not rings or count < 4:
        raise ValueError("a ring of fewer than three corners")
    if len(wkb) < at + 13 + count * wide * 8:
        raise ValueError("a ring that is cut off")
    values = struct.unpack_from(f"{order}{(count - 1) * wide}d", wkb, at + 13)  # the last corner is the first again
    return sum(values[0::wide]) / (count - 1), sum(values[1::wide]) / (count - 1)


def lines(wkb: bytes) -> list[tuple[tuple[float, float], ...]]:
    """The lines of a LineString or MultiLineString in WKB. Raises ValueError for anything else."""
    order, kind = _header(wkb, 0)
    if kind == 2:
        return [_line(wkb, 0)[0]]
    if kind != 5:
        raise ValueError("not a line")
    (count,) = struct.unpack_from(f"{order}I", wkb, 5)
    found, at = [], 9
    for _ in range(min(count, len(wkb) // 9)):
        line, at = _line(wkb, at)
        found.append(line)
    return found


def _line(wkb: bytes, at: int) -> tuple[tuple[tuple[float, float], ...], int]:
    order, kind = _header(wkb, at)
    if kind != 2:
        raise ValueError("not a line")
    wide = _dimensions(wkb, at)
    (count,) = struct.unpack_from(f"{order}I", wkb, at + 5)
    end = at + 9 + count * wide * 8
    if end > len(wkb):
        raise ValueError("a line that is cut off")
    values = struct.unpack_from(f"{order}{count * wide}d", wkb, at + 9)
    return tuple((values[n], values[n + 1]) for n in range(0, len(values), wide)), end


def _header(wkb: bytes, at: int) -> tuple[str, int]:
    if len(wkb) < at + 9 or wkb[at] not in (0, 1):
        raise ValueError("no geometry")
    order = "<" if wkb[at] else ">"
    (kind,) = struct.unpack_from(f"{order}I", wkb, at + 1)
    return order, (kind & 0x0FFFFFFF) % 1000


def _dimensions(wkb: bytes, at: int) -> int:
    (kind,) = struct.unpack_from("<I" if wkb[at] else ">I", wkb, at + 1)
    iso = (kind & 0x0FFFFFFF) // 1000
    return 2 + (iso in (1, 3) or bool(kind & 0x80000000)) + (iso in (2, 3) or bool(kind & 0x40000000))


def _pair(wkb: bytes, at: int, order: str) -> tuple[float, float]:
    if len(wkb) < at + 16:
        raise ValueError("a point that is cut off")
    x, y = struct.unpack_from(f"{order}2d", wkb, at)
    return x, y


def _wkb(blob: Any) -> bytes:
    """The WKB behind the header of a GeoPackage geometry; empty for none."""
    if not isinstance(blob, bytes) or blob[:2] != _MAGIC or len(blob) < 8:
        return b""
    return blob[8 + _ENVELOPES.get((blob[3] >> 1) & 7, 0) :]


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
