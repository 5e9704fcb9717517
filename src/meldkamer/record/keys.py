"""The key store: one key per aggregate and compartment, outside the record, wrapped by a master key.

Destroying a key destroys the text everywhere: in the record, its copies and its backups. The row stays, without the
key, with when and why, so that the key never comes back.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import sqlite3
import threading
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from meldkamer.domain.clock import Millis
from meldkamer.record.port import RecordError
from meldkamer.record.secret import read_secret, write_secret

KEY_BYTES = 32
CACHE = 50_000


class KeysLost(RecordError):
    """The master key is missing, not ours, or the key file is torn. Names the file."""


class KeyDestroyed(RecordError):
    """The key of this aggregate and compartment was destroyed; nothing can be sealed in it any more."""

    def __init__(self, subject: str, compartment: str) -> None:
        super().__init__(f"{subject}: the key of compartment {compartment} was destroyed")
        self.subject, self.compartment = subject, compartment


class Destruction(msgspec.Struct, frozen=True):
    """That a key was destroyed: when (milliseconds UTC), why and by whom."""

    subject: str
    compartment: str
    at: Millis
    reason: str
    by: str


class SqliteKeys:
    """Keys in `keys.sqlite`, wrapped by the key in `master.key` (mode 0600), made on first use. Raises KeysLost.

    spare: asked when the disk is full; gives up the reserve that the record keeps, True when there was one.
    """

    def __init__(self, folder: Path, spare: Callable[[], bool] = lambda: False) -> None:
        self._spare = spare
        folder.mkdir(parents=True, exist_ok=True)
        self._path, self._master_path = folder / "keys.sqlite", folder / "master.key"
        known = self._path.exists()
        self._sealed = (folder / "record.sqlite").exists()
        if not known and self._master_path.exists() and self._sealed:
            raise KeysLost(
                f"{self._path}: missing beside a record and its {self._master_path.name}. Put it back from a backup, or"
                f" move {self._master_path.name} away to begin with new keys and leave what was sealed unreadable"
            )
        self._master = AESGCM(_master(self._master_path, known))
        self._lock = threading.Lock()
        self._reading = threading.Lock()
        self._keys: dict[tuple[str, str], bytes | None] = {}
        self._pending: dict[tuple[str, str], asyncio.Future[bytes]] = {}
        self._flush: asyncio.Task[None] | None = None
        self._db = self._open(known)
        # Reads have a connection of their own: opening an event must not wait for the fsync of another's new key.
        self._reads = sqlite3.connect(self._path, isolation_level=None, check_same_thread=False)

    def _open(self, known: bool) -> sqlite3.Connection:
        try:
            if not known:
                os.close(os.open(self._path, os.O_CREAT | os.O_WRONLY, 0o600))
            db = sqlite3.connect(self._path, isolation_level=None, check_same_thread=False)
            tables = {name for (name,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
            # Empty is what a first start leaves that was cut off; beside a record it has lost its keys.
            if "key" not in tables and (tables or (known and self._sealed)):
                raise KeysLost(f"{self._path}: holds no keys of ours. Put it back from a backup; nothing was changed")
            db.executescript(
                "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA secure_delete=ON;"
                "CREATE TABLE IF NOT EXISTS key(subject TEXT NOT NULL, compartment TEXT NOT NULL, wrapped BLOB,"
                " destroyed INTEGER, reason TEXT, by TEXT, PRIMARY KEY(subject, compartment)) WITHOUT ROWID;"
            )
            row = db.execute("SELECT subject, compartment, wrapped FROM key WHERE wrapped NOT NULL LIMIT 1").fetchone()
        except sqlite3.Error as error:
            raise KeysLost(f"{self._path}: {error}") from error
        if row is not None:
            self._unwrap(*row)
        return db

    async def obtain(self, subject: str, compartment: str) -> bytes:
        """The key; a new one is on disk before it is returned. Raises KeyDestroyed, KeysLost."""
        key = self.find(subject, compartment)
        if key is not None:
            return key
        name = (subject, compartment)
        waiting = self._pending.get(name)
        if waiting is None:
            waiting = asyncio.get_running_loop().create_future()
            self._pending[name] = waiting
            if self._flush is None or self._flush.done():
                self._flush = asyncio.create_task(self._write_pending())
        return await asyncio.shield(waiting)

    async def _write_pending(self) -> None:
        # All keys that were asked for meanwhile share one commit.
        while self._pending:
            batch, self._pending = self._pending, {}
            try:
                made = await asyncio.to_thread(self._make, list(batch))
            except (sqlite3.Error, RecordError) as error:
                if getattr(error, "sqlite_errorcode", 0) == sqlite3.SQLITE_FULL and self._spare():
                    self._pending = batch | self._pending
                    continue
                for future in batch.values():
                    if not future.done():
                        future.set_exception(KeysLost(f"{self._path}: {error}"))
                continue
            for name, future in batch.items():
                key = made[name]
                self._remember(name, key)
                if future.done():
                    continue
                if key is None:
                    future.set_exception(KeyDestroyed(*name))
                else:
                    future.set_result(key)

    def _make(self, names: list[tuple[str, str]]) -> dict[tuple[str, str], bytes | None]:
        with self._lock:
            self._db.execute("BEGIN IMMEDIATE")
            try:
                for name in names:
                    self._db.execute(
                        "INSERT OR IGNORE INTO key(subject, compartment, wrapped) VALUES(?, ?, ?)",
                        (*name, self._wrap(name, os.urandom(KEY_BYTES))),
                    )
                made = {name: self._select(self._db, name) for name in names}
                self._db.execute("COMMIT")
            except BaseException:
                if self._db.in_transaction:
                    self._db.execute("ROLLBACK")
                raise
        return made

    def find(self, subject: str, compartment: str) -> bytes | None:
        """The key, or None when it was destroyed or never made. Raises KeysLost."""
        name = (subject, compartment)
        key = self._keys.get(name)
        if key is not None:
            return key
        with self._reading:
            key = self._select(self._reads, name)
        if key is not None:
            self._remember(name, key)
        return key

    async def destroy(self, subject: str, compartment: str, at: Millis, reason: str, by: str) -> bool:
        """Destroy a key for good. False when there was none to destroy. Raises RecordError: done, but not yet wiped."""
        return await asyncio.to_thread(self._destroy, (subject, compartment), at, reason, by)

    def _destroy(self, name: tuple[str, str], at: Millis, reason: str, by: str) -> bool:
        with self._lock, self._reading:
            gone = self._db.execute(
                "UPDATE key SET wrapped=NULL, destroyed=?, reason=?, by=? WHERE subject=? AND compartment=?"
                " AND wrapped NOT NULL",
                (at, reason, by, *name),
            ).rowcount
            self._keys.pop(name, None)
            # The old page also leaves the write-ahead log, or the wrapped key could be dug up from there.
            (busy, _, _) = self._db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        if busy:
            raise RecordError(f"{self._path}: destroyed, but a backup still reads the old page; destroy again after it")
        return gone > 0

    def used(self) -> bool:
        """Whether any key was ever made."""
        with self._reading:
            return self._reads.execute("SELECT 1 FROM key LIMIT 1").fetchone() is not None

    def destroyed(self) -> list[Destruction]:
        """Every destruction, oldest first."""
        with self._reading:
            return _destroyed(self._reads)

    async def close(self) -> None:
        """Finish pending keys and close the file."""
        if self._flush is not None:
            await self._flush
        with self._lock:
            self._db.close()
        with self._reading:
            self._reads.close()

    def _remember(self, name: tuple[str, str], key: bytes | None) -> None:
        if len(self._keys) >= CACHE:
            self._keys.clear()
        self._keys[name] = key

    def _select(self, db: sqlite3.Connection, name: tuple[str, str]) -> bytes | None:
        row: Any = db.execute("SELECT wrapped FROM key WHERE subject=? AND compartment=?", name).fetchone()
        return None if row is None or row[0] is None else self._unwrap(*name, row[0])

    def _wrap(self, name: tuple[str, str], key: bytes) -> bytes:
        nonce = os.urandom(12)
        return nonce + self._master.encrypt(nonce, key, "\x1f".join(name).encode())

    def _unwrap(self, subject: str, compartment: str, wrapped: bytes) -> bytes:
        try:
            return self._master.decrypt(wrapped[:12], wrapped[12:], f"{subject}\x1f{compartment}".encode())
        except InvalidTag:
            raise KeysLost(f"{self._master_path}: not the master key of {self._path}") from None


def _master(path: Path, keys_exist: bool) -> bytes:
    if not path.exists():
        if keys_exist:
            raise KeysLost(
                f"{path}: missing; without it nothing that was sealed can be read. Put it back from its own backup"
            )
        write_secret(path, os.urandom(KEY_BYTES))
    key = read_secret(path, KeysLost)
    if len(key) != KEY_BYTES:
        raise KeysLost(f"{path}: {len(key)} bytes, a master key has {KEY_BYTES}")
    return key


def read_destroyed(path: Path) -> list[Destruction]:
    """Every destruction in a key file, oldest first; needs no master key. Raises KeysLost."""
    if not path.is_file():
        return []
    try:
        with contextlib.closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as db:
            return _destroyed(db)
    except sqlite3.Error as error:
        raise KeysLost(f"{path}: {error}") from error


def copy_keys(source: Path, target: Path, destroyed: Iterable[Destruction]) -> None:
    """Copy a key file to a new one, without the keys of `destroyed`. The master key is not copied. Raises KeysLost."""
    os.close(os.open(target, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    try:
        with (
            contextlib.closing(sqlite3.connect(f"{source.absolute().as_uri()}?mode=ro", uri=True)) as old,
            contextlib.closing(sqlite3.connect(target, isolation_level=None)) as new,
        ):
            old.backup(new)
            new.execute("PRAGMA secure_delete=ON")
            new.execute("PRAGMA journal_mode=DELETE")
            for gone in destroyed:
                new.execute(
                    "INSERT INTO key(subject, compartment, destroyed, reason, by) VALUES(?, ?, ?, ?, ?)"
                    " ON CONFLICT(subject, compartment) DO UPDATE SET wrapped=NULL, destroyed=excluded.destroyed,"
                    " reason=excluded.reason, by=excluded.by WHERE wrapped NOT NULL",
                    (gone.subject, gone.compartment, gone.at, gone.reason, gone.by),
                )
            new.execute("VACUUM")
    except sqlite3.Error as error:
        target.unlink()
        raise KeysLost(f"{source}: {error}") from error


def wrap_again(path: Path, master: Path, new: Path) -> None:
    """Wrap every key of a copied key file by a new master key in the file `new`, for who must not get `master`.

    Raises KeysLost.
    """
    old, fresh = AESGCM(read_secret(master, KeysLost)), os.urandom(KEY_BYTES)
    wrapping = AESGCM(fresh)
    try:
        with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as db:
            db.execute("PRAGMA secure_delete=ON")
            db.execute("BEGIN IMMEDIATE")
            rows = db.execute("SELECT subject, compartment, wrapped FROM key WHERE wrapped NOT NULL").fetchall()
            for subject, compartment, wrapped in rows:
                bound, nonce = f"{subject}\x1f{compartment}".encode(), os.urandom(12)
                key = old.decrypt(wrapped[:12], wrapped[12:], bound)
                db.execute(
                    "UPDATE key SET wrapped=? WHERE subject=? AND compartment=?",
                    (nonce + wrapping.encrypt(nonce, key, bound), subject, compartment),
                )
            db.execute("COMMIT")
    except InvalidTag:
        raise KeysLost(f"{master}: not the master key of {path}") from None
    except sqlite3.Error as error:
        raise KeysLost(f"{path}: {error}") from error
    write_secret(new, fresh)


def _destroyed(db: sqlite3.Connection) -> list[Destruction]:
    rows = db.execute(
        "SELECT subject, compartment, destroyed, reason, by FROM key WHERE destroyed NOT NULL ORDER BY destroyed"
    ).fetchall()
    return [Destruction(*row) for row in rows]
