"""Reading the embedded store: own read-only connections, short transactions, every hash checked."""

from __future__ import annotations

import hashlib
import sqlite3
import threading
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from meldkamer.record import canonical
from meldkamer.record.port import Damaged, Entry, Position
from meldkamer.record.store_file import SEQ_BITS, SEQ_MASK, id_key, last_seq, naming, open_reader

Row = tuple[int, bytes, bytes, bytes]
"""pos, data, hash, signature"""
_COLUMNS = "SELECT pos, data, hash, signature FROM event"


class Reader:
    """Blocking reads, from any thread; each thread gets a connection of its own.

    Raises as `open_reader` does; NotAStore as well where SQLite finds its own pages damaged.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._local = threading.local()
        self._all: list[sqlite3.Connection] = []
        self._regions: dict[str, int] = {}
        self._connection()

    def close(self) -> None:
        for connection in self._all:
            connection.close()

    def rows(self, region: str, after: int, until: int | None, limit: int) -> tuple[list[Row], Damaged | None]:
        """Up to `limit` rows after a sequence, not checked yet; a torn page that ended them, if one did."""
        if (base := self._base(region)) is None:
            return [], None
        last = base | (SEQ_MASK if until is None else until)
        try:
            sql = f"{_COLUMNS} WHERE pos > ? AND pos <= ? ORDER BY pos LIMIT ?"
            return self._raw(sql, base | after, last, limit), None
        except sqlite3.DatabaseError:
            # Some page among them is torn: find the exact entry, and give what stands before it.
            return self._one_by_one(region, base, after, until, limit)

    def chunk(self, region: str, after: int, until: int | None, limit: int) -> tuple[list[Entry], Damaged | None]:
        """Up to `limit` entries after a sequence; the damage that ended them, if any did."""
        rows, damage = self.rows(region, after, until, limit)
        entries: list[Entry] = []
        try:
            entries.extend(checked(region, rows, after))
        except Damaged as found:
            return entries, found
        return entries, damage

    def subject(self, name: str, after: int, until: int | None) -> list[Entry]:
        """Entries of a subject with after < version <= until, chain checked. Raises Damaged."""
        where = "WHERE subject = (SELECT no FROM subject WHERE name = ?) AND version > ? AND version <= ?"
        region = name.split(".", 2)[1]
        entries: list[Entry] = []
        previous = canonical.FIRST if after == 0 else None
        try:
            rows = self._raw(f"{_COLUMNS} {where} ORDER BY version", name, after, SEQ_MASK if until is None else until)
        except sqlite3.DatabaseError as error:
            raise Damaged(region, 0, f"{name} cannot be read: {error}", name) from error
        for row in rows:
            after, seq = after + 1, row[0] & SEQ_MASK
            try:
                (entry,) = checked(region, [row], seq - 1)
            except Damaged as damage:
                raise Damaged(region, seq, damage.why, name, after) from None
            if entry.subject != name or entry.version != after:
                raise Damaged(region, seq, f"version {after} of {name} is missing", name, after)
            if previous is not None and entry.previous != previous:
                raise Damaged(region, seq, "the hash chain of its subject is broken here", name, after)
            previous = entry.hash
            entries.append(entry)
        return entries

    def position(self, event_id: str) -> Position | None:
        """Where an event is stored, for a store that nobody writes to from here."""
        rows = self._rows(
            "SELECT pos, version, subject.name, region.name FROM event JOIN subject ON subject.no = event.subject"
            " JOIN region ON region.no = pos >> ? WHERE id = ?",
            SEQ_BITS,
            id_key(event_id),
        )
        return Position(rows[0][3], rows[0][0] & SEQ_MASK, rows[0][2], rows[0][1]) if rows else None

    def version(self, subject: str) -> int:
        rows = self._rows(
            "SELECT MAX(version) FROM event WHERE subject = (SELECT no FROM subject WHERE name = ?)", subject
        )
        return rows[0][0] or 0

    def tail(self, region: str) -> int:
        base = self._base(region)
        with naming(self._path):
            return 0 if base is None else last_seq(self._connection(), base >> SEQ_BITS)

    def regions(self) -> list[str]:
        names = [row[0] for row in self._rows("SELECT name FROM region ORDER BY name")]
        return [name for name in names if self.tail(name)]

    def leases(self) -> list[tuple[str, int, str]]:
        return self._rows("SELECT room, n, holder FROM lease")

    def _connection(self) -> sqlite3.Connection:
        connection: sqlite3.Connection | None = getattr(self._local, "connection", None)
        if connection is None:
            connection = self._local.connection = open_reader(self._path)
            self._all.append(connection)
        return connection

    def _rows(self, sql: str, *values: object) -> list[Any]:
        with naming(self._path):
            return self._raw(sql, *values)

    def _raw(self, sql: str, *values: object) -> list[Any]:
        return self._connection().execute(sql, values).fetchall()

    def _base(self, region: str) -> int | None:
        if region not in self._regions:
            self._regions.update(self._rows("SELECT name, no FROM region"))
        no = self._regions.get(region)
        return None if no is None else no << SEQ_BITS

    def _one_by_one(
        self, region: str, base: int, after: int, until: int | None, limit: int
    ) -> tuple[list[Row], Damaged | None]:
        rows: list[Row] = []
        for seq in range(after + 1, min(after + limit, SEQ_MASK if until is None else until) + 1):
            try:
                rows += (found := self._raw(f"{_COLUMNS} WHERE pos = ?", base | seq))
            except sqlite3.DatabaseError as error:
                return rows, Damaged(region, seq, f"cannot be read: {error}")
            if not found:
                break
        return rows, None


def checked(region: str, rows: Iterable[Row], after: int) -> Iterator[Entry]:
    """Entries of these rows, which must go on from `after`. Raises Damaged. The hot loop of every replay."""
    sha256, decode = hashlib.sha256, canonical.decode
    for pos, data, hash, signature in rows:
        after += 1
        if (seq := pos & SEQ_MASK) != after:
            raise Damaged(region, after, f"missing, the next entry is {seq}")
        try:
            if sha256(data).digest() != hash:
                raise Damaged(region, seq, "its content does not fit its hash")
            stored = decode(data)
        except (ValueError, TypeError) as error:
            raise Damaged(region, seq, f"its content cannot be read: {error}") from None
        # By position: this is the hot loop, and naming the fields costs as much as decoding some of them.
        yield Entry(
            region,
            seq,
            stored.subject,
            stored.version,
            stored.event,
            stored.batch,
            stored.n,
            stored.of,
            stored.previous,
            hash,
            signature,
        )
