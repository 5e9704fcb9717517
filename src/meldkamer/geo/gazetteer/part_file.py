"""The file of one part of the gazetteer: an SQLite database with a full-text index, written once, then only read.

Why SQLite with FTS5: it is in every Python, needs no server, answers a typed beginning in well under a millisecond
from disk, and one file is what a release needs. Streets and addresses are apart: the text index holds one row for
each *name* (a quarter of a million streets), a plain index the numbers along it (ten million addresses). So the text
index stays small, and a house number is a look-up, not a word.

Rows of `entry` stand in the order of their weight, so that the first rows an index gives are the important ones and
no query must rank everything that fits.
"""

from __future__ import annotations

import sqlite3
from pathlib import Path

VERSION = 1
"""Of this layout; a file of another one is refused."""
CELL = 250.0
"""Side of the squares by which things are found from a point, metres."""
COARSE = 10_000.0
"""Side of the squares by which a search is drawn to where the caller is, metres."""

SCHEMA = """
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE entry (
  id INTEGER PRIMARY KEY, kind TEXT NOT NULL, name TEXT NOT NULL, place TEXT NOT NULL, detail TEXT NOT NULL,
  source_id TEXT NOT NULL, x REAL NOT NULL, y REAL NOT NULL, weight INTEGER NOT NULL, cell INTEGER NOT NULL
);
CREATE TABLE address (
  street INTEGER NOT NULL, number INTEGER NOT NULL, letter TEXT NOT NULL, addition TEXT NOT NULL,
  postcode TEXT NOT NULL, designation INTEGER NOT NULL, object INTEGER NOT NULL,
  x REAL NOT NULL, y REAL NOT NULL, cell INTEGER NOT NULL,
  PRIMARY KEY (street, number, letter, addition, designation)
) WITHOUT ROWID;
CREATE TABLE post (
  road TEXT NOT NULL, hm INTEGER NOT NULL, side TEXT NOT NULL, letter TEXT NOT NULL,
  x REAL NOT NULL, y REAL NOT NULL, cell INTEGER NOT NULL
);
CREATE TABLE section (
  id INTEGER PRIMARY KEY, name TEXT NOT NULL, road TEXT NOT NULL, place TEXT NOT NULL, line BLOB NOT NULL
);
CREATE TABLE section_cell (cell INTEGER NOT NULL, section INTEGER NOT NULL, PRIMARY KEY (cell, section)) WITHOUT ROWID;
CREATE TABLE word (word TEXT PRIMARY KEY, uses INTEGER NOT NULL, in_place INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE near_word (variant TEXT NOT NULL, beginning TEXT NOT NULL, PRIMARY KEY (variant, beginning)) WITHOUT ROWID;
CREATE VIRTUAL TABLE words USING fts5 (
  text, cell, content='', columnsize=0, detail='column', prefix='1 2 3', tokenize='ascii'
);
"""
INDEXES = """
CREATE INDEX entry_cell ON entry (cell);
CREATE INDEX address_postcode ON address (postcode, number) WHERE postcode <> '';
CREATE INDEX address_cell ON address (cell);
CREATE INDEX post_road ON post (road, hm);
CREATE INDEX post_cell ON post (cell);
"""


class NotAPart(Exception):
    """The file is not a part of a gazetteer that this program can read."""


def cell_of(x: float, y: float) -> int:
    """The square of an RD point, for the indexes that answer what is near."""
    return int(x // CELL) * 100_000 + int(y // CELL)


def cells_at(x: float, y: float, ring: int) -> list[int]:
    """The squares of one ring around a point's own square (ring 0 is that square)."""
    cx, cy = int(x // CELL), int(y // CELL)
    if ring == 0:
        return [cx * 100_000 + cy]
    around = range(-ring, ring + 1)
    return [(cx + i) * 100_000 + cy + j for i in around for j in around if max(abs(i), abs(j)) == ring]


def coarse_word(x: float, y: float) -> str:
    """The word by which an entry is filed under its wider surroundings."""
    return f"k{int(x // COARSE)}q{int(y // COARSE)}".replace("-", "m")


def coarse_words(x: float, y: float) -> list[str]:
    """The words of the surroundings of a point: 30 km by 30 km."""
    return [coarse_word(x + i * COARSE, y + j * COARSE) for i in (-1, 0, 1) for j in (-1, 0, 1)]


def create(path: Path | None) -> sqlite3.Connection:
    """An empty part, in a file or (None) in memory. Fast, not safe: it is thrown away when the power fails."""
    database = sqlite3.connect(path or ":memory:", isolation_level=None, check_same_thread=False)
    database.execute("PRAGMA page_size=8192")
    database.execute("PRAGMA journal_mode=OFF")
    database.execute("PRAGMA synchronous=OFF")
    database.execute("PRAGMA cache_size=-65536")
    database.executescript(SCHEMA)
    return database


def open_part(path: Path) -> sqlite3.Connection:
    """A finished part for reading. Raises NotAPart."""
    try:
        database = sqlite3.connect(
            f"{path.resolve().as_uri()}?mode=ro&immutable=1", uri=True, check_same_thread=False, isolation_level=None
        )
        found = dict(database.execute("SELECT key, value FROM meta"))
    except sqlite3.Error as error:
        raise NotAPart(f"{path.name}: {error}") from error
    if found.get("version") != str(VERSION):
        database.close()
        raise NotAPart(f"{path.name} has layout {found.get('version')}; this program reads {VERSION}")
    database.execute("PRAGMA query_only=1")
    database.execute("PRAGMA mmap_size=1073741824")
    database.execute("PRAGMA cache_size=-32768")
    return database
