"""The file by which earlier calls are found: no number is in it, only what a number becomes under a secret of the room.

A cache: it may be deleted at any time, and one that is torn, of another secret or of another version is made anew.
Blocking and safe to use from any thread.
"""

from __future__ import annotations

import contextlib
import hmac
import logging
import os
import sqlite3
import threading
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import NoReturn

import msgspec

from meldkamer.domain.clock import Millis
from meldkamer.record import RecordError, read_secret, write_secret

VERSION = 1
SECRET_BYTES, KEY_BYTES = 32, 16
"""Half of an HMAC-SHA256 tells a million numbers apart, and whoever has it still has no number."""
_PAGES = -512
"""Kilobytes of pages that are kept in memory: a look-up touches a few."""
_SCHEMA = """
CREATE TABLE about(name TEXT PRIMARY KEY, value BLOB NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE read(region TEXT PRIMARY KEY, seq INTEGER NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE call(ref TEXT PRIMARY KEY, region TEXT NOT NULL, at INTEGER NOT NULL, number BLOB,
 x INTEGER, y INTEGER, reason TEXT NOT NULL, waits INTEGER NOT NULL) STRICT, WITHOUT ROWID;
CREATE INDEX call_number ON call(number, at) WHERE number NOT NULL;
CREATE INDEX call_place ON call(x, y) WHERE x NOT NULL;
CREATE INDEX call_at ON call(at);
CREATE INDEX call_waits ON call(waits) WHERE waits > 0;
"""
_INTO = (
    "INSERT INTO call(ref, region, at, number, x, y, reason, waits) VALUES(?, ?, ?, ?, ?, ?, '', ?)"
    " ON CONFLICT(ref) DO UPDATE SET at=excluded.at, number=excluded.number, x=excluded.x, y=excluded.y, reason='',"
    " waits=excluded.waits"
)

log = logging.getLogger(__name__)


class Rung(msgspec.Struct, frozen=True):
    """A call came in. number: its key, None when it marks nobody. waits: since when its caller cannot be opened."""

    ref: str
    at: Millis
    number: bytes | None
    x: float | None
    y: float | None
    waits: Millis = 0


class Named(msgspec.Struct, frozen=True):
    """A call's number became known, or was corrected."""

    ref: str
    number: bytes | None
    waits: Millis = 0


class Placed(msgspec.Struct, frozen=True):
    """It became known where a call was from. RD metres."""

    ref: str
    x: float
    y: float


class Over(msgspec.Struct, frozen=True):
    """A call ended. reason: how."""

    ref: str
    reason: str


Act = Rung | Named | Placed | Over


class Row(msgspec.Struct, frozen=True):
    """A call that was found. known: its number was ever known here; number, place: by what it was found."""

    ref: str
    at: Millis
    reason: str
    known: bool
    number: bool
    place: bool


class Torn(Exception):
    """The file cannot be used any more; `open` makes it anew."""


class EarlierIndex:
    """One file, with its secret beside it. `open` comes first. Raises sqlite3.Error for a disk that refuses."""

    def __init__(self, path: Path, secret: Path) -> None:
        self._path, self._secret_path = path, secret
        self._lock = threading.Lock()
        self._db: sqlite3.Connection | None = None
        self._secret = b""

    def open(self) -> dict[str, int]:
        """Open the file, made anew when it is not to be used. Returns up to where each region was read.

        Raises RecordError for a secret that others may read, OSError.
        """
        with self._lock:
            self._shut()
            self._secret = self._read_secret()
            try:
                return self._opened()
            except sqlite3.OperationalError:  # the disk, and not what stands on it
                raise
            except sqlite3.DatabaseError as error:
                log.warning("%s: %s; made anew from the record", self._path, error)
            except Torn as error:
                log.warning("%s: %s; made anew from the record", self._path, error)
            self._shut()
            for end in ("", "-wal", "-shm"):
                self._path.with_name(self._path.name + end).unlink(missing_ok=True)
            return self._opened()

    def key(self, number: str) -> bytes | None:
        """What stands in the file for a number in its one form (see `numbers`); None for one that marks nobody."""
        if not number:
            return None
        return hmac.digest(self._secret, number.encode(), "sha256")[:KEY_BYTES]

    def write(self, acts: Sequence[Act], read: Mapping[str, int]) -> None:
        """Keep what happened to calls, and up to where each of these regions was read, both or neither. Raises Torn."""
        with self._lock:
            db = self._there()
            try:
                db.execute("BEGIN IMMEDIATE")
                for act in acts:
                    _put(db, act)
                db.executemany("INSERT OR REPLACE INTO read(region, seq) VALUES(?, ?)", list(read.items()))
                db.execute("COMMIT")
            except sqlite3.Error as error:
                self._undo(error)

    def find(
        self,
        number: bytes | None,
        spot: tuple[float, float] | None,
        metres: float,
        since: Millis,
        before: Millis,
        regions: Collection[str],
        limit: int,
    ) -> list[Row]:
        """Calls by this number's key or from within so many metres of this place (RD), newest first, `limit` of each.

        since, before: received from the one moment on and before the other. regions: only those; none means all.
        """
        within = f" AND region IN ({','.join('?' * len(regions))})" if regions else ""
        end = f" AND at >= ? AND at < ?{within} ORDER BY at DESC LIMIT ?"
        last = (since, before, *regions, limit)
        fields = "SELECT ref, at, reason, number NOT NULL"
        found: dict[str, Row] = {}
        with self._lock:
            db = self._there()
            try:
                # All texts are the fixed ones above; every value is bound.
                if number is not None:
                    sql = f"{fields} FROM call WHERE number = ?{end}"
                    for ref, at, reason, known in db.execute(sql, (number, *last)):
                        found[ref] = Row(ref, at, reason, bool(known), True, False)
                if spot is not None:
                    x, y, reach = round(spot[0] * 10), round(spot[1] * 10), round(metres * 10)
                    sql = (
                        f"{fields} FROM call WHERE x BETWEEN ? AND ? AND y BETWEEN ? AND ?"
                        f" AND (x - ?) * (x - ?) + (y - ?) * (y - ?) <= ?{end}"
                    )
                    box = (x - reach, x + reach, y - reach, y + reach, x, x, y, y, reach * reach)
                    for ref, at, reason, known in db.execute(sql, (*box, *last)):
                        found[ref] = Row(ref, at, reason, bool(known), ref in found, True)
            except sqlite3.Error as error:
                self._undo(error)
        return sorted(found.values(), key=lambda row: (-row.at, row.ref))

    def waiting(self, since: Millis, limit: int) -> list[str]:
        """Calls whose caller could not be opened yet, waiting since this moment or later."""
        with self._lock:
            try:
                rows = self._there().execute(
                    "SELECT ref FROM call WHERE waits >= ? ORDER BY at DESC LIMIT ?", (max(1, since), limit)
                )
                return [ref for (ref,) in rows]
            except sqlite3.Error as error:
                self._undo(error)

    def forget(self, refs: Collection[str]) -> None:
        """Remove these calls. Raises Torn."""
        self._remove("DELETE FROM call WHERE ref = ?", [(ref,) for ref in refs])

    def prune(self, before: Millis) -> None:
        """Remove what was received before this moment. Raises Torn."""
        self._remove("DELETE FROM call WHERE at < ?", [(before,)])

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._shut()

    def _remove(self, sql: str, values: list[tuple[object, ...]]) -> None:
        with self._lock:
            db = self._there()
            try:
                db.execute("BEGIN IMMEDIATE")
                db.executemany(sql, values)
                db.execute("COMMIT")
                # What is forgotten also leaves the write-ahead log.
                db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
            except sqlite3.Error as error:
                self._undo(error)

    def _opened(self) -> dict[str, int]:
        if not self._path.exists():
            os.close(os.open(self._path, os.O_CREAT | os.O_WRONLY | os.O_NOFOLLOW, 0o600))
        db = self._db = sqlite3.connect(self._path, isolation_level=None, check_same_thread=False)
        db.execute(f"PRAGMA cache_size={_PAGES}")
        db.executescript("PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA secure_delete=ON;")
        if (said := db.execute("PRAGMA quick_check(1)").fetchone()[0]) != "ok":
            raise Torn(str(said))
        mark = hmac.digest(self._secret, b"earlier calls", "sha256") + bytes([VERSION])
        tables = {name for (name,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
        if not tables:
            db.executescript(_SCHEMA)
            db.execute("INSERT INTO about VALUES('mark', ?)", (mark,))
        elif "about" not in tables or (mark,) != db.execute("SELECT value FROM about WHERE name = 'mark'").fetchone():
            raise Torn("made under another secret, or by another program")
        return dict(db.execute("SELECT region, seq FROM read").fetchall())

    def _read_secret(self) -> bytes:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        if not self._secret_path.exists():
            write_secret(self._secret_path, os.urandom(SECRET_BYTES))
        secret = read_secret(self._secret_path, RecordError)
        if len(secret) != SECRET_BYTES:
            raise RecordError(f"{self._secret_path}: {len(secret)} bytes, not {SECRET_BYTES}; delete it")
        return secret

    def _there(self) -> sqlite3.Connection:
        if self._db is None:
            raise Torn(f"{self._path}: not open")
        return self._db

    def _undo(self, error: sqlite3.Error) -> NoReturn:
        """Leave nothing half done, and say whether the file is of use any more."""
        db = self._there()
        if db.in_transaction:
            with contextlib.suppress(sqlite3.Error):
                db.execute("ROLLBACK")
        if getattr(error, "sqlite_errorcode", 0) & 0xFF in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB):
            self._shut()
            raise Torn(f"{self._path}: {error}") from error
        raise error

    def _shut(self) -> None:
        if self._db is not None:
            self._db.close()
            self._db = None


def _put(db: sqlite3.Connection, act: Act) -> None:
    match act:
        case Rung():
            x, y = (None, None) if act.x is None or act.y is None else (round(act.x * 10), round(act.y * 10))
            region = act.ref.partition("/")[0]
            db.execute(_INTO, (act.ref, region, act.at, act.number, x, y, act.waits))
        case Named():
            db.execute("UPDATE call SET number = ?, waits = ? WHERE ref = ?", (act.number, act.waits, act.ref))
        case Placed():
            values = (round(act.x * 10), round(act.y * 10), act.ref)
            db.execute("UPDATE call SET x = ?, y = ? WHERE ref = ?", values)
        case Over():
            db.execute("UPDATE call SET reason = ? WHERE ref = ?", (act.reason, act.ref))
