"""Geography of our own for tests: a country of 25 squares, a village with a street, a motorway with posts."""

from __future__ import annotations

import json
import sqlite3
import struct
import zipfile
from collections.abc import Sequence
from io import BytesIO
from pathlib import Path
from typing import Any

Layers = dict[str, tuple[Sequence[str], Sequence[tuple[Any, ...]]]]
GOLDEN = Path(__file__).parent / "golden"
SIDE, WEST, SOUTH = 30_000, 100_000, 400_000
"""The squares: 30 km each, five by five, VR01 in the south-west, then eastward."""


def square_of(number: int) -> tuple[int, int, int, int]:
    """x1, y1, x2, y2 of a safety region's square, numbered from 1."""
    row, column = divmod(number - 1, 5)
    x, y = WEST + column * SIDE, SOUTH + row * SIDE
    return x, y, x + SIDE, y + SIDE


def feature(code: str, ring: Sequence[Sequence[float]], **more: Any) -> dict[str, Any]:
    """A polygon with a code."""
    geometry = {"type": "Polygon", "coordinates": [[*ring, ring[0]]]}
    return {"type": "Feature", "properties": {"code": code, **more}, "geometry": geometry}


def box(x1: float, y1: float, x2: float, y2: float) -> list[list[float]]:
    """The corners of a rectangle."""
    return [[x1, y1], [x2, y1], [x2, y2], [x1, y2]]


def squares() -> list[dict[str, Any]]:
    """The 25 safety regions."""
    return [feature(f"VR{n:02d}", box(*square_of(n)), naam=f"Regio {n}") for n in range(1, 26)]


def write_geojson(path: Path, features: Sequence[Any]) -> Path:
    """A FeatureCollection."""
    path.write_text(json.dumps({"type": "FeatureCollection", "features": list(features)}), encoding="utf-8")
    return path


def wkb_point(x: float, y: float, multi: bool = False) -> bytes:
    """A Point, or a MultiPoint of one."""
    point = struct.pack("<BIdd", 1, 1, x, y)
    return struct.pack("<BII", 1, 4, 1) + point if multi else point


def wkb_line(points: Sequence[tuple[float, float]]) -> bytes:
    """A MultiLineString of one line."""
    line = struct.pack("<BII", 1, 2, len(points)) + b"".join(struct.pack("<dd", *point) for point in points)
    return struct.pack("<BII", 1, 5, 1) + line


def write_geopackage(path: Path, layers: Layers, srs: int = 28992) -> Path:
    """layers: name -> (columns, rows); the last value of a row is its geometry as WKB, or None."""
    path.unlink(missing_ok=True)
    database = sqlite3.connect(path)
    database.execute("CREATE TABLE gpkg_contents (table_name TEXT, data_type TEXT)")
    database.execute(
        "CREATE TABLE gpkg_geometry_columns (table_name TEXT, column_name TEXT, geometry_type_name TEXT, srs_id INT)"
    )
    for name, (columns, rows) in layers.items():
        database.execute("INSERT INTO gpkg_contents VALUES (?, 'features')", (name,))
        database.execute("INSERT INTO gpkg_geometry_columns VALUES (?, 'geom', 'GEOMETRY', ?)", (name, srs))
        database.execute(f"CREATE TABLE {name} (fid INTEGER PRIMARY KEY, {', '.join(columns)}, geom BLOB)")
        marks = ",".join("?" * (len(columns) + 1))
        for row in rows:
            wkb = row[-1]
            blob = None if wkb is None else b"GP\x00\x01" + struct.pack("<i", srs) + wkb
            database.execute(f"INSERT INTO {name} ({', '.join(columns)}, geom) VALUES ({marks})", (*row[:-1], blob))
    database.commit()
    database.close()
    return path


def write_bag(path: Path, names: Sequence[str] | None = None) -> Path:
    """The golden BAG files as the Kadaster sends them: a zip of zips."""
    files = sorted(GOLDEN.glob("bag/9999*.xml")) if names is None else [GOLDEN / "bag" / name for name in names]
    with zipfile.ZipFile(path, "w") as outer:
        outer.writestr("Leveringsdocument-BAG-Extract.xml", "<x/>")
        for file in files:
            inner = BytesIO()
            with zipfile.ZipFile(inner, "w", zipfile.ZIP_DEFLATED) as archive:
                archive.write(file, file.name)
            outer.writestr(f"{file.name.partition('-')[0]}.zip", inner.getvalue())
    return path


def write_nwb(path: Path) -> Path:
    """A motorway of two sections, three streets that meet, posts, and rows that are wrong."""
    columns = ("wvk_id", "jte_id_beg", "jte_id_end", "wegbehsrt", "wegnummer", "rpe_code", "stt_naam", "wpsnaam")
    nowhere = wkb_line([(0, 0), (1, 1)])
    sections = [
        (1, 10, 11, "R", "028", "R", "A28", "", wkb_line([(160_000, 469_000), (160_000, 470_000)])),
        (2, 11, 12, "R", "028", "R", "A28", "", wkb_line([(160_000, 470_000), (160_000, 471_000)])),
        (3, 20, 21, "G", None, None, "Kerkstraat", "Voorbeelddorp", wkb_line([(155_000, 463_000), (155_200, 463_000)])),
        (
            4,
            21,
            22,
            "G",
            None,
            None,
            "Dorpsstraat",
            "Voorbeelddorp",
            wkb_line([(155_200, 463_000), (155_200, 463_400)]),
        ),
        (5, 21, 23, "G", None, None, "Kerkstraat", "Voorbeelddorp", wkb_line([(155_200, 463_000), (155_400, 463_000)])),
        (
            6,
            24,
            25,
            "P",
            "201",
            "L",
            "Provincialeweg",
            "Voorbeelddorp",
            wkb_line([(150_000, 460_000), (151_000, 460_000)]),
        ),
        (7, 30, 31, "G", None, None, "Nergens", "X", nowhere),
        (8, 30, 31, "G", None, None, "Leeg", "X", None),
    ]
    posts = [
        (224, 1, "#", wkb_point(160_000, 469_900, multi=True)),
        (225, 2, "#", wkb_point(160_000, 470_000)),
        (226, 2, "a", wkb_point(160_050, 470_100)),
        (31, 6, None, wkb_point(150_500, 460_000)),
        (1, 3, None, wkb_point(155_100, 463_000)),
        (2, 99, None, wkb_point(155_100, 463_000)),
        (227, 2, None, wkb_point(470_000, 160_000)),
    ]
    layers: Layers = {"wegvakken": (columns, sections), "hectopunten": (("hectomtrng", "wvk_id", "hecto_lttr"), posts)}
    return write_geopackage(path, layers)
