"""Small files of map tiles for tests: pictures and vectors, as MBTiles and as PMTiles."""

from __future__ import annotations

import gzip
import sqlite3
import struct
import zlib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from pmtiles.tile import Compression, TileType, zxy_to_tileid
from pmtiles.writer import Writer

PAPER, WATER, ROAD = (250, 246, 238), (170, 211, 223), (90, 90, 90)
"""Colours of the pictures."""
RD = {
    "crs": "EPSG:28992",
    "tile_origin_upper_left_x": "-285401.92",
    "tile_origin_upper_left_y": "903401.92",
    "tile_dimension_zoom_0": "880803.84",
}
"""Metadata of the national grid, as GDAL writes them."""
Tiles = Mapping[tuple[int, int, int], bytes]
"""(z, x, y), rows from above -> the tile."""


def png(pixels: Any) -> bytes:
    """A picture of an array of rows of red, green and blue."""
    height, width = pixels.shape[:2]
    rows = np.zeros((height, width * 3 + 1), np.uint8)
    rows[:, 1:] = pixels.reshape(height, -1)

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", head)
        + chunk(b"IDAT", zlib.compress(rows.tobytes()))
        + chunk(b"IEND", b"")
    )


def plain(colour: tuple[int, int, int] = PAPER, size: int = 256) -> bytes:
    """A picture of one colour."""
    return png(np.full((size, size, 3), colour, np.uint8))


def rd_pictures(zooms: Iterable[int], box: tuple[int, int, int, int]) -> dict[tuple[int, int, int], bytes]:
    """A land that is not there, in the national grid: paper, a wide river, and roads every twelve kilometres.

    box: west, south, east, north in RD metres, beyond which only zoom levels 0 to 2 have tiles.
    """
    tiles = {}
    for z in zooms:
        metre = 880803.84 / 256 / 2**z
        for x in range(2**z):
            for y in range(2**z):
                left, top, wide = -285401.92 + x * 256 * metre, 903401.92 - y * 256 * metre, 256 * metre
                there = left < box[2] and left + wide > box[0] and top > box[1] and top - wide < box[3]
                if z > 2 and not there:
                    continue
                east = -285401.92 + (x * 256 + np.arange(256)[None, :] + 0.5) * metre
                north = 903401.92 - (y * 256 + np.arange(256)[:, None] + 0.5) * metre
                east, north = np.broadcast_arrays(east, north)
                river = np.abs(north - 430_000 - 25_000 * np.sin(east / 30_000)) < 9_000
                sea = east < 60_000 + 25_000 * np.sin(north / 40_000) + (north - 400_000) * 0.2
                road = (east % 12_000 < max(300, metre)) | (north % 12_000 < max(300, metre))
                pixels = np.full((256, 256, 3), PAPER, np.uint8)
                pixels[road] = ROAD
                pixels[river | sea] = WATER
                tiles[z, x, y] = png(pixels)
    return tiles


def mbtiles(path: Path, tiles: Tiles, format: str = "png", **said: str) -> Path:
    """An MBTiles file, whose rows count from below."""
    path.unlink(missing_ok=True)
    db = sqlite3.connect(path)
    db.execute("CREATE TABLE metadata (name TEXT, value TEXT)")
    db.execute("CREATE TABLE tiles (zoom_level INTEGER, tile_column INTEGER, tile_row INTEGER, tile_data BLOB)")
    db.execute("CREATE UNIQUE INDEX tile_index ON tiles (zoom_level, tile_column, tile_row)")
    db.executemany("INSERT INTO metadata VALUES (?, ?)", [("name", "test"), ("format", format), *said.items()])
    rows = [(z, x, 2**z - 1 - y, tile) for (z, x, y), tile in tiles.items()]
    db.executemany("INSERT INTO tiles VALUES (?, ?, ?, ?)", rows)
    db.commit()
    db.close()
    return path


def pmtiles(path: Path, tiles: Tiles, type: TileType = TileType.MVT, **said: str) -> Path:
    """A PMTiles archive; vector tiles are packed, as everybody's are."""
    packed = type is TileType.MVT
    with path.open("wb") as file:
        writer = Writer(file)
        for at in sorted(tiles, key=lambda at: zxy_to_tileid(*at)):
            writer.write_tile(zxy_to_tileid(*at), gzip.compress(tiles[at]) if packed else tiles[at])
        head = {
            "tile_type": type,
            "tile_compression": Compression.GZIP if packed else Compression.NONE,
            "min_lon_e7": 30_000_000,
            "min_lat_e7": 505_000_000,
            "max_lon_e7": 75_000_000,
            "max_lat_e7": 540_000_000,
            "center_zoom": 0,
            "center_lon_e7": 50_000_000,
            "center_lat_e7": 520_000_000,
        }
        writer.finalize(head, said)
    return path


# --- vector tiles -----------------------------------------------------------------------------------------------------

POINT, LINE, AREA = 1, 2, 3
Shape = tuple[int, list[tuple[int, int]], dict[str, str]]
"""What it is, its points of 4096 across a tile, and its properties."""


def vector(layers: Mapping[str, list[Shape]]) -> bytes:
    """A vector tile (MVT 2)."""
    return b"".join(_field(3, _layer(name, shapes)) for name, shapes in layers.items())


def _layer(name: str, shapes: list[Shape]) -> bytes:
    keys: list[str] = []
    values: list[str] = []
    features = b""
    for kind, points, said in shapes:
        tags = []
        for key, value in said.items():
            tags += [_known(keys, key), _known(values, value)]
        body = _field(2, b"".join(map(_varint, tags))) + _varint(3 << 3) + _varint(kind)
        features += _field(2, body + _field(4, _geometry(kind, points)))
    named = b"".join(_field(3, key.encode()) for key in keys)
    valued = b"".join(_field(4, _field(1, value.encode())) for value in values)
    version, extent = _varint(15 << 3) + _varint(2), _varint(5 << 3) + _varint(4096)
    return version + _field(1, name.encode()) + features + named + valued + extent


def _geometry(kind: int, points: list[tuple[int, int]]) -> bytes:
    words, at = [], (0, 0)
    for n, point in enumerate(points):
        if n < 2:
            words.append(1 << 3 | 1 if n == 0 else (len(points) - 1) << 3 | 2)
        words += [_zigzag(point[0] - at[0]), _zigzag(point[1] - at[1])]
        at = point
    return b"".join(map(_varint, [*words, *([1 << 3 | 7] if kind == AREA else [])]))


def _known(names: list[str], name: str) -> int:
    if name not in names:
        names.append(name)
    return names.index(name)


def _zigzag(number: int) -> int:
    return number * 2 if number >= 0 else -number * 2 - 1


def _varint(number: int) -> bytes:
    found = b""
    while number > 127:
        found += bytes([number & 127 | 128])
        number >>= 7
    return found + bytes([number])


def _field(number: int, body: bytes) -> bytes:
    return _varint(number << 3 | 2) + _varint(len(body)) + body


def over(zooms: Iterable[int], tile: bytes) -> dict[tuple[int, int, int], bytes]:
    """The same tile all over the Netherlands, in the grid of Web Mercator."""
    found = {}
    for z in zooms:
        for x in range(int(183 / 360 * 2**z), int(188 / 360 * 2**z) + 1):
            for y in range(int(0.322 * 2**z), int(0.338 * 2**z) + 1):
                found[z, x, y] = tile
    return found
