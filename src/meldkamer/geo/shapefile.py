"""ESRI shapefiles in a zip, as registers publish them: lines or points (`.shp`) and a dBASE table (`.dbf`) beside them.

Both are read from the beginning to the end, row by row, straight from the zip: nothing is unpacked on disk, and memory
holds one row. Geometry comes out as WKB, so that who reads a GeoPackage reads this too.
"""

from __future__ import annotations

import struct
import zipfile
from collections.abc import Iterator, Mapping
from itertools import pairwise
from pathlib import Path
from typing import IO, Any

import msgspec

MOST_MEMBER = 8 << 30
"""Bytes of one file when unpacked; more is not a register."""
MOST_RECORD = 64 << 20
"""Bytes of one shape."""
_POINTS, _LINES = (1, 11, 21), (3, 13, 23)
_RD, _DEGREES = ("rd_new", "28992", "amersfoort"), "geogcs"


class NotAShapefile(ValueError):
    """The file cannot be read as one; says why."""


class _Column(msgspec.Struct, frozen=True):
    name: str
    kind: str
    begin: int
    end: int


class ShapeZip:
    """One zip. layers: name of each pair of files, in lower case -> `geom`; srs: name -> EPSG code, 0 for one that is
    not known here."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._members: dict[str, tuple[str, str]] = {}
        self._text: dict[str, str] = {}
        self.srs: dict[str, int] = {}
        try:
            with zipfile.ZipFile(path) as archive:
                known = {info.filename.lower(): info for info in archive.infolist()}
                for name, info in sorted(known.items()):
                    stem = name.removesuffix(".shp")
                    table = known.get(f"{stem}.dbf")
                    if stem == name or table is None:
                        continue
                    if max(info.file_size, table.file_size) > MOST_MEMBER:
                        raise NotAShapefile(f"{path.name}/{info.filename}: too much to be one")
                    layer = stem.rpartition("/")[2]
                    if layer in self._members:
                        raise NotAShapefile(f"{path.name}: {layer} is in it twice")
                    self._members[layer] = (info.filename, table.filename)
                    self.srs[layer] = _srs(_beside(archive, known.get(f"{stem}.prj")))
                    self._text[layer] = _beside(archive, known.get(f"{stem}.cpg"))
        except (zipfile.BadZipFile, OSError) as error:
            raise NotAShapefile(f"{path.name} is not a zip of shapefiles: {error}") from error
        self.layers = dict.fromkeys(self._members, "geom")

    def columns(self, layer: str) -> list[str]:
        """The columns of a layer, in lower case. Raises NotAShapefile."""
        with self._opened(layer, 1) as file:
            return [column.name for column in self._head(layer, file)[0]]

    def rows(self, layer: str, columns: Mapping[str, str]) -> Iterator[tuple[int, dict[str, Any], bytes]]:
        """Row number (from 1), values by our names, and the geometry as WKB (empty where there is none).

        columns: our name -> theirs. Numbers come as numbers, all else as text. Raises NotAShapefile when the file is
        damaged half-way.
        """
        with self._opened(layer, 1) as table, self._opened(layer, 0) as geometry:
            known, length, count = self._head(layer, table)
            by_name = {column.name: column for column in known}
            if unknown := [name for name in columns.values() if name not in by_name]:
                raise NotAShapefile(f"{self.path.name}, {layer}: no column {', '.join(unknown)}")
            chosen = [(ours, by_name[theirs]) for ours, theirs in columns.items()]
            shapes = self._shapes(layer, geometry)
            latin = self._latin(layer)
            for number in range(1, count + 1):
                row = self._read(layer, table, length)
                wkb = next(shapes, None)
                if wkb is None:
                    raise NotAShapefile(f"{self.path.name}, {layer}: row {number} has no shape; the file is cut off")
                if row[:1] != b"*":  # a row that was struck out keeps its place
                    yield number, {ours: _value(row, column, latin) for ours, column in chosen}, wkb

    # --- the table ----------------------------------------------------------------------------------------------------

    def _head(self, layer: str, file: IO[bytes]) -> tuple[list[_Column], int, int]:
        """Columns, length of a row and number of rows; leaves the file at its first row."""
        head = self._read(layer, file, 32)
        count, begins, length = struct.unpack_from("<IHH", head, 4)
        rest = self._read(layer, file, max(0, begins - 32))
        found, at = [], 1
        for begin in range(0, len(rest) - 31, 32):
            field = rest[begin : begin + 32]
            if field[:1] == b"\r":
                break
            name = field[:11].partition(b"\0")[0].decode("latin-1").strip().lower()
            found.append(_Column(name, chr(field[11]).upper(), at, at + field[16]))
            at += field[16]
        if not found or at > length:
            raise NotAShapefile(f"{self.path.name}, {layer}: its table has no columns that fit its rows")
        return found, length, count

    def _latin(self, layer: str) -> bool:
        """Whether the file says that its texts are not UTF-8."""
        said = self._text[layer].lower()
        return bool(said) and "utf" not in said

    # --- the geometry -------------------------------------------------------------------------------------------------

    def _shapes(self, layer: str, file: IO[bytes]) -> Iterator[bytes]:
        head = self._read(layer, file, 100)
        (code,) = struct.unpack_from(">I", head)
        if code != 9994:
            raise NotAShapefile(f"{self.path.name}, {layer}: not a shapefile")
        while begin := file.read(8):
            if len(begin) < 8:
                raise NotAShapefile(f"{self.path.name}, {layer}: the file is cut off")
            (words,) = struct.unpack_from(">I", begin, 4)
            if not 2 <= words <= MOST_RECORD // 2:
                raise NotAShapefile(f"{self.path.name}, {layer}: a shape of {2 * words} bytes cannot be")
            yield _wkb(self._read(layer, file, 2 * words))

    # --- bytes --------------------------------------------------------------------------------------------------------

    def _opened(self, layer: str, which: int) -> IO[bytes]:
        if layer not in self._members:
            raise NotAShapefile(f"{self.path.name} has no layer {layer!r}; it has {', '.join(sorted(self._members))}")
        try:
            return zipfile.ZipFile(self.path).open(self._members[layer][which])
        except (zipfile.BadZipFile, OSError, RuntimeError) as error:
            raise NotAShapefile(f"{self.path.name}, {layer}: {error}") from error

    def _read(self, layer: str, file: IO[bytes], length: int) -> bytes:
        try:
            data = file.read(length)
        except (zipfile.BadZipFile, OSError, EOFError) as error:
            raise NotAShapefile(f"{self.path.name}, {layer}: {error}") from error
        if len(data) < length:
            raise NotAShapefile(f"{self.path.name}, {layer}: the file is cut off")
        return data


def _beside(archive: zipfile.ZipFile, info: zipfile.ZipInfo | None) -> str:
    """A small text beside the layer; empty when there is none."""
    if info is None or info.file_size > 64 * 1024:
        return ""
    return archive.read(info).decode("latin-1")


def _srs(text: str) -> int:
    """By the `.prj`. Without one the points themselves must show whether they can be RD."""
    said = text.lower()
    if not said.strip() or any(word in said for word in _RD):
        return 28992
    return 4326 if said.lstrip().startswith(_DEGREES) else 0


def _value(row: bytes, column: _Column, latin: bool) -> Any:
    raw = row[column.begin : column.end].strip(b" \0")
    if column.kind in "NF":
        try:
            number = float(raw)
        except ValueError:
            return None  # empty, or the asterisks of a number that did not fit
        return int(number) if number.is_integer() else number
    if latin:
        return raw.decode("cp1252", "replace")
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return raw.decode("cp1252", "replace")


def _wkb(record: bytes) -> bytes:
    """A point, or lines, as WKB; empty for no shape, for another kind, and for one that is cut off."""
    (kind,) = struct.unpack_from("<I", record)
    if kind in _POINTS and len(record) >= 20:
        return struct.pack("<BI", 1, 1) + record[4:20]
    if kind not in _LINES or len(record) < 44:
        return b""
    parts, points = struct.unpack_from("<II", record, 36)
    begin = 44 + 4 * parts
    if len(record) < begin + 16 * points or not parts:
        return b""
    at = [*struct.unpack_from(f"<{parts}I", record, 44), points]
    lines = []
    for first, end in pairwise(at):
        if not first <= end <= points:
            return b""
        # Both formats write the corners of a line in the same way.
        lines.append(struct.pack("<BII", 1, 2, end - first) + record[begin + 16 * first : begin + 16 * end])
    return struct.pack("<BII", 1, 5, parts) + b"".join(lines)
