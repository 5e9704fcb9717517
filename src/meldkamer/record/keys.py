"""The key store: one key per aggregate and compartment, outside the record, wrapped by a master key.

Destroying a key destroys the text everywhere: in the record, its copies and its backups. The row stays, without the
key, with when and why, so that the key never comes back.
"""

from __future__ import annotations

import asyncio
import os
import sqlite3
import threading
from pathlib import Path
from typing import Any

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from meldkamer.domain.clock import Millis
from meldkamer.record.port import RecordError

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
    """Keys in `keys.sqlite`, wrapped by the key in `master.key` (mode 0600)."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._path, self._master_path = folder / "keys.sqlite", folder / "master.key"
        known = self._path.exists()
        self._master = AESGCM(_master(self._master_path, known))
        self._lock = threading.Lock()
        self._keys: dict[tuple[str, str], bytes | None] = {}
        self._pending: dict[tuple[str, str], asyncio.Future[bytes]] = {}
        self._flush: asyncio.Task[None] | None = None
        self._db = self._open(known)

    def _open(self, known: bool) -> sqlite3.Connection:
        try:
            if not known:
                os.close(os.open(self._path, os.O_CREAT | os.O_WRONLY, 0o600))
            db = sqlite3.connect(self._path, isolation_level=None, check_same_thread=False)
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
                made = {name: self._select(name) for name in names}
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
        with self._lock:
            key = self._select(name)
        if key is not None:
            self._remember(name, key)
        return key

    async def destroy(self, subject: str, compartment: str, at: Millis, reason: str, by: str) -> bool:
        """Destroy a key for good. False when there was none to destroy."""
        return await asyncio.to_thread(self._destroy, (subject, compartment), at, reason, by)

    def _destroy(self, name: tuple[str, str], at: Millis, reason: str, by: str) -> bool:
        with self._lock:
            gone = self._db.execute(
                "UPDATE key SET wrapped=NULL, destroyed=?, reason=?, by=? WHERE subject=? AND compartment=?"
                " AND wrapped NOT NULL",
                (at, reason, by, *name),
            ).rowcount
            # The old page also leaves the write-ahead log, or the wrapped key could be dug up from there.
            self._db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            self._keys.pop(name, None)
        return gone > 0

    def destroyed(self) -> list[Destruction]:
        """Every destruction, oldest first."""
        with self._lock:
            rows = self._db.execute(
                "SELECT subject, compartment, destroyed, reason, by FROM key"
                " WHERE destroyed NOT NULL ORDER BY destroyed"
            ).fetchall()
        return [Destruction(*row) for row in rows]

    async def close(self) -> None:
        """Finish pending keys and close the file."""
        if self._flush is not None:
            await self._flush
        with self._lock:
            self._db.close()

    def _remember(self, name: tuple[str, str], key: bytes | None) -> None:
        if len(self._keys) >= CACHE:
            self._keys.clear()
        self._keys[name] = key

    def _select(self, name: tuple[str, str]) -> bytes | None:
        row: Any = self._db.execute("SELECT wrapped FROM key WHERE subject=? AND compartment=?", name).fetchone()
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
    if path.exists():
        key = path.read_bytes()
        if len(key) != KEY_BYTES:
            raise KeysLost(f"{path}: {len(key)} bytes, a master key has {KEY_BYTES}")
        return key
    if keys_exist:
        raise KeysLost(
            f"{path}: missing; without it nothing that was sealed can be read. Put it back from its own backup"
        )
    key = os.urandom(KEY_BYTES)
    fd = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    try:
        os.write(fd, key)
        os.fsync(fd)
    finally:
        os.close(fd)
    return key
