"""The part of a release that holds official areas: one file a level, with every version and the day it begins.

A new version is added to those that the newest release has; the one that begins on the same day replaces it. Which one
counts follows from the day that is asked for, so a border of next year can be brought today.
"""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Sequence
from pathlib import Path
from typing import get_args

import msgspec
import shapely

from meldkamer.geo.areas import Level
from meldkamer.geo.borders.area_file import Area

VERSION = 1
LEVELS: tuple[str, ...] = tuple(level for level in get_args(Level) if level != "country")
SCHEMA = """
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE area (
  begins TEXT NOT NULL, code TEXT NOT NULL, name TEXT NOT NULL, shape BLOB NOT NULL, PRIMARY KEY (begins, code)
) WITHOUT ROWID;
"""


class AreaVersion(msgspec.Struct, frozen=True):
    """All areas of a level from a day on (ISO date)."""

    begins: str
    areas: tuple[Area, ...]


class NotBorders(Exception):
    """The file does not hold areas that this program can read."""


def write_borders(path: Path, level: str, versions: Sequence[AreaVersion]) -> None:
    """Write a new file."""
    path.unlink(missing_ok=True)
    with contextlib.closing(sqlite3.connect(path)) as database, database:
        database.executescript(SCHEMA)
        database.executemany("INSERT INTO meta VALUES (?,?)", [("version", str(VERSION)), ("level", level)])
        for version in versions:
            rows = [(version.begins, area.code, area.name, shapely.to_wkb(area.geometry)) for area in version.areas]
            database.executemany("INSERT INTO area VALUES (?,?,?,?)", rows)


def read_borders(path: Path) -> tuple[str, tuple[AreaVersion, ...]]:
    """The level, and its versions in the order in which they begin. Raises NotBorders."""
    try:
        with contextlib.closing(
            sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro&immutable=1", uri=True)
        ) as database:
            meta = dict(database.execute("SELECT key, value FROM meta"))
            rows = database.execute("SELECT begins, code, name, shape FROM area ORDER BY begins, code").fetchall()
        if meta.get("version") != str(VERSION) or meta.get("level") not in LEVELS:
            raise NotBorders(f"{path.name}: layout {meta.get('version')} of level {meta.get('level')}")
        versions: dict[str, list[Area]] = {}
        for begins, code, name, shape in rows:
            versions.setdefault(begins, []).append(Area(code, name, shapely.from_wkb(shape)))
    except (sqlite3.Error, shapely.errors.ShapelyError) as error:
        raise NotBorders(f"{path.name}: {error}") from error
    return meta["level"], tuple(AreaVersion(begins, tuple(areas)) for begins, areas in versions.items())


def with_version(versions: Sequence[AreaVersion], new: AreaVersion) -> tuple[AreaVersion, ...]:
    """The versions with a new one in its place."""
    kept = [version for version in versions if version.begins != new.begins]
    return tuple(sorted([*kept, new], key=lambda version: version.begins))


def version_on(versions: Sequence[AreaVersion], day: str) -> AreaVersion | None:
    """The version that counts on a day (ISO date); None before the first begins."""
    begun = [version for version in versions if version.begins <= day]
    return begun[-1] if begun else None


def next_begins(versions: Sequence[AreaVersion], day: str) -> str | None:
    """The first day after `day` on which another version begins."""
    return next((version.begins for version in versions if version.begins > day), None)
