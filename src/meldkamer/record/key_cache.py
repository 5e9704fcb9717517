"""One room's copy of the network's keys, as wrapped as they are on the servers, for as long as it is cut off from them.

`keys.sqlite` in a folder of this process alone. It may be deleted while the servers are in reach; it is made anew.
"""

from __future__ import annotations

import os
import sqlite3
import threading
from collections.abc import Sequence
from pathlib import Path

import msgspec

from meldkamer.domain.clock import Millis
from meldkamer.record.keys import Destruction
from meldkamer.record.port import RecordError

_SELECT = "SELECT subject, compartment, wrapped, destroyed, reason, by FROM key"


class WrappedKey(msgspec.Struct, frozen=True, array_like=True):
    """One key as it is kept. wrapped: nonce and ciphertext under the master key; empty in a tombstone, which says when
    (milliseconds UTC), why and by whom the key was destroyed."""

    subject: str
    compartment: str
    wrapped: bytes = b""
    at: Millis = 0
    reason: str = ""
    by: str = ""


class KeyCache:
    """Keys by subject and compartment, and up to where the stream of keys was read. Raises RecordError."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._path = folder / "keys.sqlite"
        self._lock = threading.Lock()
        if not self._path.exists():
            os.close(os.open(self._path, os.O_CREAT | os.O_WRONLY, 0o600))
        try:
            self._db = sqlite3.connect(self._path, isolation_level=None, check_same_thread=False)
            self._db.executescript(
                "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA secure_delete=ON;"
                "CREATE TABLE IF NOT EXISTS key(subject TEXT NOT NULL, compartment TEXT NOT NULL, wrapped BLOB,"
                " destroyed INTEGER, reason TEXT, by TEXT, PRIMARY KEY(subject, compartment)) WITHOUT ROWID;"
                "CREATE TABLE IF NOT EXISTS pending(subject TEXT NOT NULL, compartment TEXT NOT NULL, wrapped BLOB,"
                " PRIMARY KEY(subject, compartment)) WITHOUT ROWID;"
                "CREATE TABLE IF NOT EXISTS read(stream TEXT PRIMARY KEY, seq INTEGER NOT NULL) WITHOUT ROWID;"
            )
        except sqlite3.Error as error:
            raise RecordError(f"{self._path}: {error}; delete it, and it is made anew from the servers") from error

    def position(self, stream: str) -> int | None:
        """Up to where this very stream was read; None for one that was never read, as it was made anew since."""
        with self._lock:
            row = self._db.execute("SELECT seq FROM read WHERE stream=?", (stream,)).fetchone()
        return None if row is None else int(row[0])

    def take(self, keys: Sequence[WrappedKey], stream: str = "", seq: int = 0) -> None:
        """Keep these; the first of a key stands, and a tombstone stands over it for good. stream, seq: what was read
        with that, if it was read in order."""
        with self._lock:
            self._db.execute("BEGIN IMMEDIATE")
            try:
                wiped = sum(self._put(key) for key in keys)
                if stream:
                    self._db.execute("INSERT OR REPLACE INTO read(stream, seq) VALUES(?, ?)", (stream, seq))
                self._db.execute("COMMIT")
            except BaseException:
                if self._db.in_transaction:
                    self._db.execute("ROLLBACK")
                raise
            if wiped:
                # The old page also leaves the write-ahead log, or the wrapped key could be dug up from there.
                self._db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()

    def _put(self, key: WrappedKey) -> int:
        name = (key.subject, key.compartment)
        if key.wrapped:
            values = (*name, key.wrapped)
            self._db.execute("INSERT OR IGNORE INTO key(subject, compartment, wrapped) VALUES(?, ?, ?)", values)
            return 0
        return self._db.execute(
            "INSERT INTO key(subject, compartment, destroyed, reason, by) VALUES(?, ?, ?, ?, ?)"
            " ON CONFLICT(subject, compartment) DO UPDATE SET wrapped=NULL, destroyed=excluded.destroyed,"
            " reason=excluded.reason, by=excluded.by WHERE wrapped NOT NULL",
            (*name, key.at, key.reason, key.by),
        ).rowcount

    def find(self, subject: str, compartment: str) -> WrappedKey | None:
        """The key or its tombstone; None when neither has come here."""
        with self._lock:
            row = self._db.execute(_SELECT + " WHERE subject=? AND compartment=?", (subject, compartment)).fetchone()
        return None if row is None else _key(*row)

    # --- made here while cut off ------------------------------------------------------------------------------------

    def make(self, key: WrappedKey) -> WrappedKey:
        """Keep a key that no server has yet, on the disk before this returns. The first one of its name stands."""
        with self._lock:
            self._db.execute("PRAGMA synchronous=FULL")
            try:
                self._db.execute(
                    "INSERT OR IGNORE INTO pending VALUES(?, ?, ?)", (key.subject, key.compartment, key.wrapped)
                )
            finally:
                self._db.execute("PRAGMA synchronous=NORMAL")
        return self.pending(key.subject, key.compartment) or key

    def pending(self, subject: str, compartment: str) -> WrappedKey | None:
        """A key that no server has yet."""
        with self._lock:
            sql = "SELECT subject, compartment, wrapped FROM pending WHERE subject=? AND compartment=?"
            row = self._db.execute(sql, (subject, compartment)).fetchone()
        return None if row is None else WrappedKey(*row)

    def all_pending(self) -> list[WrappedKey]:
        """Every key that no server has yet."""
        with self._lock:
            return [WrappedKey(*row) for row in self._db.execute("SELECT subject, compartment, wrapped FROM pending")]

    def handed_in(self) -> None:
        """Forget the keys that no server had: what they sealed has been brought to the others."""
        with self._lock:
            self._db.execute("DELETE FROM pending")
            self._db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()

    def any(self) -> WrappedKey | None:
        """One of the keys that were not destroyed."""
        with self._lock:
            row = self._db.execute("SELECT subject, compartment, wrapped FROM key WHERE wrapped NOT NULL LIMIT 1")
            found = row.fetchone()
        return None if found is None else WrappedKey(*found)

    def after(self, name: tuple[str, str], limit: int) -> list[WrappedKey]:
        """Keys and tombstones after a subject and compartment, in their order."""
        with self._lock:
            rows = self._db.execute(
                _SELECT + " WHERE (subject, compartment) > (?, ?) ORDER BY subject, compartment LIMIT ?",
                (*name, limit),
            ).fetchall()
        return [_key(*row) for row in rows]

    def destroyed(self) -> list[Destruction]:
        """Every destruction that has come here, oldest first."""
        with self._lock:
            rows = self._db.execute(
                "SELECT subject, compartment, destroyed, reason, by FROM key WHERE destroyed NOT NULL"
                " ORDER BY destroyed"
            ).fetchall()
        return [Destruction(*row) for row in rows]

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._db.close()


def _key(
    subject: str, compartment: str, wrapped: bytes | None, at: Millis | None, reason: str | None, by: str | None
) -> WrappedKey:
    return WrappedKey(subject, compartment, wrapped or b"", at or 0, reason or "", by or "")
