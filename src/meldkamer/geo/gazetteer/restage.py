"""A finished part of the register of addresses, back on the table: so that mutations can be applied over it.

What a search needs is less than the register holds: a street without an address, a number that no building has yet, a
place's own key. A part of the register keeps that beside, in tables of its own (`register_…`), a few per cent of it.
"""

from __future__ import annotations

import sqlite3
from pathlib import Path

from meldkamer.geo.gazetteer.builder import STAGE

NEEDED = ("register_entry", "register_street", "register_number", "register_spot", "register_later")


class NoRegister(Exception):
    """The part cannot be changed: it was not made from an extract of the register, or by an earlier version."""


def day_of(part: Path) -> str:
    """The day (ISO date) whose register a part holds. Raises NoRegister when it holds none, or does not say."""
    database = _open(part)
    try:
        tables = {name for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
        meta = dict(database.execute("SELECT key, value FROM meta WHERE key = 'until'"))
    except sqlite3.Error as error:
        raise NoRegister(f"{part.name}: {error}") from error
    finally:
        database.close()
    if not tables.issuperset(NEEDED) or not meta.get("until"):
        raise NoRegister(
            "the addresses that are loaded cannot be changed by mutations: import the extract of the register again"
        )
    return str(meta["until"])


def restage(database: sqlite3.Connection, part: Path) -> None:
    """Fill the stage of a new part with the register that a finished part holds."""
    database.executescript(STAGE)
    database.execute("ATTACH DATABASE ? AS base", (str(part.resolve()),))
    try:
        database.execute("BEGIN")
        database.execute(
            "INSERT INTO stage_entry SELECT key, kind, name, place, place_key, detail, source_id, NULL, NULL, 0 "
            "FROM base.register_entry"
        )
        # A number that lies in another place than its street stands at a street of that place.
        database.execute(
            "INSERT OR REPLACE INTO stage_number SELECT a.designation, r.street, a.number, a.letter, a.addition, "
            "a.postcode, CASE WHEN r.place_key = s.place_key THEN 0 ELSE r.place_key END FROM base.address a "
            "JOIN base.register_street r ON r.entry = a.street JOIN base.register_entry s ON s.key = r.street "
            "WHERE a.designation <> 0"
        )
        database.execute("INSERT OR REPLACE INTO stage_number SELECT * FROM base.register_number")
        database.execute(
            "INSERT INTO stage_spot SELECT designation, object, x, y FROM base.address WHERE designation <> 0"
        )
        database.execute("INSERT INTO stage_spot SELECT * FROM base.register_spot")
        database.execute("INSERT INTO stage_later SELECT * FROM base.register_later")
        database.execute("CREATE INDEX stage_spot_object ON stage_spot (object)")
        database.execute("COMMIT")
    except BaseException:
        database.execute("ROLLBACK")
        raise
    finally:
        database.execute("DETACH DATABASE base")


def _open(part: Path) -> sqlite3.Connection:
    try:
        return sqlite3.connect(f"{part.resolve().as_uri()}?mode=ro&immutable=1", uri=True)
    except sqlite3.Error as error:
        raise NoRegister(f"{part.name}: {error}") from error
