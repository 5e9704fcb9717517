"""Leases in the embedded store: compare-and-set on the writer's connection, durable with the same commit."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable

from meldkamer.record.port import Conflict, Lease
from meldkamer.record.store_reader import Reader


def renew_lease(room: str, holder: str, expected: int) -> Callable[[sqlite3.Connection], Lease]:
    """The renewal, to be run in the writer's transaction. Raises Conflict before it changes anything."""

    def renew(db: sqlite3.Connection) -> Lease:
        row = db.execute("SELECT n FROM lease WHERE room = ?", (room,)).fetchone()
        actual = row[0] if row else 0
        if actual != expected:
            raise Conflict(f"lease.{room}", expected, actual)
        db.execute("INSERT OR REPLACE INTO lease VALUES(?, ?, ?)", (room, expected + 1, holder))
        return Lease(room, expected + 1, holder)

    return renew


def all_leases(reader: Reader) -> dict[str, Lease]:
    """Every lease that was ever taken, by room."""
    return {room: Lease(room, n, holder) for room, n, holder in reader.leases()}
