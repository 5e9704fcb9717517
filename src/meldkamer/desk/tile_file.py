"""The user's own map as a file of tiles (MBTiles or PMTiles 3): checked when the room starts, then read tile by tile.

The file is only ever read. One that is exchanged by renaming another over it is taken as soon as somebody asks; one
that vanishes or breaks is told once in the log, and to whoever asks, until it is there again.

MBTiles 1.3 (an SQLite file whose rows count from below) and PMTiles 3 name no grid but Web Mercator. A file in the
national one says so in its metadata, in the words of those who make such files: GDAL writes `crs` with
`tile_origin_upper_left_x`, `tile_origin_upper_left_y` and `tile_dimension_zoom_0`.
"""

from __future__ import annotations

import hashlib
import json
import logging
import math
import os
import sqlite3
import stat
import threading
import zlib
from collections.abc import Mapping
from html.parser import HTMLParser
from pathlib import Path
from typing import Any, Literal, Protocol

import msgspec
from pmtiles.tile import Compression, TileType, deserialize_directory, deserialize_header, find_tile, zxy_to_tileid

MAX_TILE = 2_000_000
"""Bytes of one tile as it stands in the file; what is larger is no map tile."""
MAX_UNPACKED = 8_000_000
"""Bytes of one tile unpacked, for the few clients that take nothing compressed."""
MAX_METADATA = 1_000_000
MAX_ZOOM = 22
MAX_ATTRIBUTION = 300
HEADER = 127
LEVELS = 4
"""How deep PMTiles' directories may lie in each other, by its specification."""
RD_QUAD = (-285401.92, 903401.92, 880803.84)
"""NetherlandsRDNewQuad: left, top and width of its only tile at zoom 0, metres in RD New (Geonovum, PDOK's tiles)."""
RD_NAMES = ("28992", "netherlandsrdnewquad")
MERCATOR_NAMES = ("3857", "900913", "webmercatorquad", "googlemaps")
MEDIA = {"png": "image/png", "jpg": "image/jpeg", "webp": "image/webp", "pbf": "application/vnd.mapbox-vector-tile"}
FORMATS = {"png": "png", "jpg": "jpg", "jpeg": "jpg", "webp": "webp", "pbf": "pbf", "mvt": "pbf"}
PMTILES_FORMATS = {TileType.PNG: "png", TileType.JPEG: "jpg", TileType.WEBP: "webp", TileType.MVT: "pbf"}
PNG, JPEG, GZIP = b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"\x1f\x8b"
UNREADABLE = (sqlite3.Error, OSError, ValueError, KeyError, IndexError, EOFError, TypeError, zlib.error)
"""What reading a broken file can raise."""

log = logging.getLogger(__name__)


class TilesError(ValueError):
    """The file cannot be used; says which file and what is wrong with it."""


class TilesGone(Exception):
    """The file is not there any more, or cannot be read any more."""


class TileTooLarge(Exception):
    """One tile is larger than a map tile can be."""


class TilesAbout(msgspec.Struct, frozen=True, kw_only=True):
    """What a file holds. version: changes with the file. tile_size: pixels. bounds: west, south, east, north in
    degrees; None when not known. attribution: whom it is from, as plain text."""

    version: str
    kind: Literal["raster", "vector"]
    format: str
    grid: Literal["rd", "mercator"]
    min_zoom: int
    max_zoom: int
    tile_size: int
    bounds: tuple[float, float, float, float] | None
    attribution: str


class _Source(Protocol):
    """One open file. read: a tile with rows from above, None when there is none."""

    format: str
    said: Mapping[str, Any]
    zooms: tuple[int, int]
    bounds: tuple[float, float, float, float] | None
    first: bytes

    def read(self, z: int, x: int, y: int) -> bytes | None: ...

    def close(self) -> None: ...


Stamp = tuple[int, int, int]
_Open = tuple[Stamp, _Source, TilesAbout]


class TileFile:
    """The file that the settings name. Raises TilesError when it cannot be used."""

    def __init__(self, path: Path) -> None:
        self._path, self._lock = path, threading.Lock()
        stamp = _stamp(path)
        self._open: _Open | None = (stamp, *_opened(path, stamp))
        self._failed: Stamp | None = None
        self._why = ""

    def look(self) -> TilesAbout | None:
        """What there is now; None while the file is gone or broken."""
        with self._lock:
            try:
                return self._current()[1]
            except TilesGone:
                return None

    def why(self) -> str:
        """What is wrong with the file; an empty text when nothing is."""
        self.look()
        return self._why

    def read(self, version: str, z: int, x: int, y: int) -> bytes | None:
        """One tile, rows counted from above; None when the file has none there. Vector tiles are mostly packed.

        Raises KeyError when the file has another version by now, TilesGone, TileTooLarge.
        """
        with self._lock:
            source, about = self._current()
            if version != about.version:
                raise KeyError(version)
            if not about.min_zoom <= z <= about.max_zoom or not (0 <= x < 1 << z and 0 <= y < 1 << z):
                return None
            try:
                return source.read(z, x, y)
            except UNREADABLE as error:
                raise self._lost(f"{self._path}: {error}", self._open and self._open[0]) from error

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._shut()

    def _current(self) -> tuple[_Source, TilesAbout]:
        """The open file; another one when another stands there now. Raises TilesGone."""
        try:
            stamp = _stamp(self._path)
        except TilesError as error:
            raise self._lost(str(error), None) from None
        if self._open is not None and self._open[0] == stamp:
            return self._open[1:]
        if stamp == self._failed:
            raise TilesGone(self._why)
        try:
            found = _opened(self._path, stamp)
        except TilesError as error:
            raise self._lost(str(error), stamp) from None
        self._shut()
        if self._why:
            log.warning("map tiles: %s is there again", self._path)
        self._open, self._failed, self._why = (stamp, *found), None, ""
        return found

    def _lost(self, why: str, failed: Stamp | None) -> TilesGone:
        """Tell it once. failed: the file that cannot be read, and is not tried again until it is another one."""
        if why != self._why:
            log.warning("map tiles: %s", why)
        self._shut()
        self._why, self._failed = why, failed
        return TilesGone(why)

    def _shut(self) -> None:
        if self._open is not None:
            self._open[1].close()
        self._open = None


def unpacked(tile: bytes) -> bytes:
    """A tile as it is without gzip. Raises TileTooLarge, zlib.error."""
    if not tile.startswith(GZIP):
        return tile
    work = zlib.decompressobj(wbits=31)
    body = work.decompress(tile, MAX_UNPACKED)
    if work.unconsumed_tail:
        raise TileTooLarge
    return body


def _stamp(path: Path) -> Stamp:
    """What tells one file from another. Raises TilesError."""
    try:
        found = path.stat()
    except OSError as error:
        raise TilesError(f"{path}: {error.strerror or error}") from None
    if not stat.S_ISREG(found.st_mode):
        raise TilesError(f"{path}: is not a file")
    return found.st_ino, found.st_size, found.st_mtime_ns


def _opened(path: Path, stamp: Stamp) -> tuple[_Source, TilesAbout]:
    """Open and check a file. Raises TilesError."""
    try:
        with path.open("rb") as file:
            magic = file.read(16)
    except OSError as error:
        raise TilesError(f"{path}: {error.strerror or error}") from None
    try:
        if magic.startswith(b"SQLite format 3\0"):
            source: _Source = _Mbtiles(path, stamp[1])
        elif magic.startswith(b"PMTiles"):
            source = _Pmtiles(path, stamp[1])
        else:
            raise TilesError("is neither an MBTiles nor a PMTiles file")
    except TilesError as error:
        raise TilesError(f"{path}: {error}") from None
    except UNREADABLE as error:
        raise TilesError(f"{path}: cannot be read: {error}") from None
    try:
        return source, _about(source, stamp)
    except TilesError as error:
        source.close()
        raise TilesError(f"{path}: {error}") from None


def _about(source: _Source, stamp: Stamp) -> TilesAbout:
    first, format = source.first, source.format
    fits = {
        "png": first.startswith(PNG),
        "jpg": first.startswith(JPEG),
        "webp": first.startswith(b"RIFF") and first[8:12] == b"WEBP",
        # A vector tile has no mark of its own: its first layer is field 3, a length and its bytes.
        "pbf": first.startswith((GZIP, b"\x1a")),
    }
    if not fits[format]:
        raise TilesError(f"its metadata say {format}, and its first tile is none")
    low, high = source.zooms
    if not 0 <= low <= high <= MAX_ZOOM:
        raise TilesError(f"its zoom levels are {low} to {high}; 0 to {MAX_ZOOM} can be")
    size = int.from_bytes(first[16:20], "big") if format == "png" else 256
    return TilesAbout(
        version=hashlib.sha256(repr(stamp).encode()).hexdigest()[:16],
        kind="vector" if format == "pbf" else "raster",
        format=format,
        grid=_grid(source.said),
        min_zoom=low,
        max_zoom=high,
        tile_size=size if 64 <= size <= 1024 else 256,
        bounds=source.bounds,
        attribution=_plain(str(source.said.get("attribution") or ""))[:MAX_ATTRIBUTION],
    )


def _grid(said: Mapping[str, Any]) -> Literal["rd", "mercator"]:
    """The grid that metadata name. Raises TilesError for one that the map cannot draw."""
    named = next((str(said[key]) for key in ("tile_matrix_set", "crs", "srs") if said.get(key)), "")
    plain = named.lower().replace(" ", "")
    if any(name in plain for name in RD_NAMES):
        keys = ("tile_origin_upper_left_x", "tile_origin_upper_left_y", "tile_dimension_zoom_0")
        for key, want in zip(keys, RD_QUAD, strict=True):
            if key in said and abs(float(said[key]) - want) > 1:
                raise TilesError(
                    f"{key} is {said[key]}, and {want} in NetherlandsRDNewQuad, the grid that can be drawn"
                )
        return "rd"
    if plain and not any(name in plain for name in MERCATOR_NAMES):
        raise TilesError(f"its grid {named[:80]!r} is neither RD New (EPSG:28992) nor Web Mercator (EPSG:3857)")
    return "mercator"


def _bounds(edges: tuple[float, ...]) -> tuple[float, float, float, float] | None:
    """Degrees, when they are a rectangle on the earth."""
    if len(edges) != 4 or not all(math.isfinite(edge) for edge in edges):
        return None
    west, south, east, north = edges
    fits = -180 <= west < east <= 180 and -90 <= south < north <= 90
    return (west, south, east, north) if fits else None


class _Mbtiles:
    """An SQLite file with the tables (or views) `metadata` and `tiles`."""

    def __init__(self, path: Path, size: int) -> None:
        with path.open("rb") as file:
            head = file.read(32)
        page = int.from_bytes(head[16:18], "big")
        whole = (65_536 if page == 1 else page) * int.from_bytes(head[28:32], "big")
        if size < whole:
            raise TilesError(f"is torn: {size:,} bytes of {whole:,}")
        # Immutable: nothing is locked and nothing is written beside it, also on a disk that may only be read.
        where = f"{path.resolve().as_uri()}?mode=ro&immutable=1"
        self._db = sqlite3.connect(where, uri=True, check_same_thread=False)
        try:
            self._read_head()
        except sqlite3.OperationalError as error:
            self._db.close()
            raise TilesError(f"is not MBTiles: {error}") from None
        except BaseException:
            self._db.close()
            raise

    def _read_head(self) -> None:
        rows = self._db.execute("SELECT name, substr(value, 1, 4000) FROM metadata LIMIT 1000")
        self.said: Mapping[str, Any] = {str(name): value for name, value in rows}
        first = self._db.execute("SELECT tile_data FROM tiles LIMIT 1").fetchone()
        if first is None:
            raise TilesError("holds no tile")
        self.first = bytes(first[0])
        said = str(self.said.get("format", ""))
        if said.lower() not in FORMATS:
            raise TilesError(f"its format {said[:40]!r} is none of {', '.join(FORMATS)}")
        self.format = FORMATS[said.lower()]
        low, high = self._db.execute("SELECT min(zoom_level), max(zoom_level) FROM tiles").fetchone()
        self.zooms = int(low), int(high)
        try:
            self.bounds = _bounds(tuple(float(edge) for edge in str(self.said.get("bounds", "")).split(",")))
        except ValueError:
            self.bounds = None

    def read(self, z: int, x: int, y: int) -> bytes | None:
        row = self._db.execute(
            "SELECT length(tile_data), CASE WHEN length(tile_data) <= ? THEN tile_data END FROM tiles "
            "WHERE zoom_level = ? AND tile_column = ? AND tile_row = ?",
            (MAX_TILE, z, x, (1 << z) - 1 - y),
        ).fetchone()
        if row is None or not row[0]:
            return None
        if row[0] > MAX_TILE:
            raise TileTooLarge
        return bytes(row[1])

    def close(self) -> None:
        self._db.close()


class _Pmtiles:
    """A PMTiles archive, version 3. Its directories are read by the library; the last ones are kept."""

    KEPT = 64

    def __init__(self, path: Path, size: int) -> None:
        self._file = path.open("rb")
        self._directories: dict[int, Any] = {}
        try:
            self._read_head(size)
        except BaseException:
            self._file.close()
            raise

    def _read_head(self, size: int) -> None:
        raw = self._bytes(0, HEADER)
        if raw[7] != 3:
            raise TilesError(f"is PMTiles version {raw[7]}; only 3 is read")
        head: Mapping[str, Any] = dict(deserialize_header(raw))
        self._head = head
        ends = [head[f"{part}_offset"] + head[f"{part}_length"] for part in ("root", "metadata", "tile_data")]
        if size < max(ends):
            raise TilesError(f"is torn: {size:,} bytes of {max(ends):,}")
        if head["internal_compression"] is not Compression.GZIP:
            raise TilesError("its directories are not packed with gzip, which is all that is read")
        if head["tile_compression"] not in (Compression.GZIP, Compression.NONE):
            raise TilesError("its tiles are packed with something else than gzip")
        if head["tile_type"] not in PMTILES_FORMATS:
            raise TilesError("its tiles are none of png, jpg, webp and mvt")
        if head["metadata_length"] > MAX_METADATA:
            raise TilesError(f"its metadata have {head['metadata_length']:,} bytes; {MAX_METADATA:,} at most")
        self.format = PMTILES_FORMATS[head["tile_type"]]
        self.zooms = head["min_zoom"], head["max_zoom"]
        self.bounds = _bounds(tuple(head[f"{edge}_e7"] / 1e7 for edge in ("min_lon", "min_lat", "max_lon", "max_lat")))
        said = json.loads(unpacked(self._bytes(head["metadata_offset"], head["metadata_length"])) or b"{}")
        self.said: Mapping[str, Any] = said if isinstance(said, dict) else {}
        self.first = self._first()

    def _first(self) -> bytes:
        """Any tile, to see what it is."""
        entries = self._directory(self._head["root_offset"], self._head["root_length"])
        for _ in range(LEVELS):
            if not entries:
                break
            entry = entries[0]
            if entry.run_length:
                return self._bytes(self._head["tile_data_offset"] + entry.offset, min(entry.length, MAX_TILE))
            entries = self._directory(self._head["leaf_directory_offset"] + entry.offset, entry.length)
        raise TilesError("holds no tile")

    def read(self, z: int, x: int, y: int) -> bytes | None:
        tile = zxy_to_tileid(z, x, y)
        offset, length = self._head["root_offset"], self._head["root_length"]
        for _ in range(LEVELS):
            entry = find_tile(self._directory(offset, length), tile)
            if entry is None or not entry.length:
                return None
            if entry.run_length:
                if entry.length > MAX_TILE:
                    raise TileTooLarge
                return self._bytes(self._head["tile_data_offset"] + entry.offset, entry.length)
            offset, length = self._head["leaf_directory_offset"] + entry.offset, entry.length
        return None

    def _directory(self, offset: int, length: int) -> Any:
        known = self._directories.get(offset)
        if known is None:
            if length > MAX_TILE:
                raise ValueError(f"a directory of {length:,} bytes")
            known = deserialize_directory(self._bytes(offset, length))
            if len(self._directories) >= self.KEPT:
                # The root directory is the first of all and stays.
                del self._directories[list(self._directories)[1]]
            self._directories[offset] = known
        return known

    def _bytes(self, offset: int, length: int) -> bytes:
        found = os.pread(self._file.fileno(), length, offset)
        if len(found) != length:
            raise EOFError(f"ends at {offset + len(found):,}, where {offset + length:,} was expected")
        return found

    def close(self) -> None:
        self._file.close()


class _Text(HTMLParser):
    """What a text in HTML says."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.said: list[str] = []

    def handle_data(self, data: str) -> None:
        self.said.append(data)


def _plain(text: str) -> str:
    """Attributions hold links; only their words are shown."""
    reader = _Text()
    reader.feed(text[:4_000])
    reader.close()
    return " ".join("".join(reader.said).split())
