"""Which person at the provider is which account here. Nothing is guessed from a name: who is not bound is nobody.

In the file of the accounts, with every change on their list. Bindings of another provider stay, and do not count.
"""

from __future__ import annotations

import asyncio
import sqlite3
import threading
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import msgspec

from meldkamer.access.accounts import APPLICATION, SCHEMA, VERSION, noted
from meldkamer.access.database import open_private
from meldkamer.access.errors import BadAccount, NotKept
from meldkamer.domain.clock import Clock, Millis

_SCHEMA = (
    *SCHEMA,
    """CREATE TABLE IF NOT EXISTS provider_subjects (issuer TEXT NOT NULL, subject TEXT NOT NULL, account TEXT NOT NULL,
       since INTEGER NOT NULL, by TEXT NOT NULL, PRIMARY KEY (issuer, subject), UNIQUE (issuer, account)) STRICT,
       WITHOUT ROWID""",
)

T = TypeVar("T")


class Binding(msgspec.Struct, frozen=True, kw_only=True):
    """An account and its name at the provider. by: who bound it, the person or an administrator."""

    account: str
    subject: str
    since: Millis
    by: str


class Bindings:
    """The bindings to one provider; read anew each time, for others may change them."""

    def __init__(self, path: Path, clock: Clock, issuer: str) -> None:
        self._clock, self._issuer = clock, issuer
        self._connection = open_private(path, _SCHEMA, APPLICATION, VERSION)
        # Reading never waits for somebody else's write to reach the disk.
        self._reads = open_private(path, _SCHEMA, APPLICATION, VERSION)
        self._lock = threading.Lock()

    def of_account(self, account: str) -> Binding | None:
        """How the provider names this account; None when it is not bound."""
        return _read(self._reads, "account", self._issuer, account)

    def of_subject(self, subject: str) -> Binding | None:
        """Which account this is; None when it is nobody's."""
        return _read(self._reads, "subject", self._issuer, subject)

    async def bind(self, account: str, subject: str, by: str, reason: str = "") -> None:
        """Bind an account. Raises BadAccount when either is bound otherwise already, NotKept."""

        def store(connection: sqlite3.Connection) -> None:
            there = _read(connection, "account", self._issuer, account)
            if there is not None and there.subject == subject and (by != account or there.by == account):
                return  # what the person has bound, no administrator makes his own
            if there is not None and there.subject != subject:
                raise BadAccount("provider.bound", "this account is bound to somebody else there: take that away first")
            other = _read(connection, "subject", self._issuer, subject)
            if other is not None and other.account != account:
                raise BadAccount("provider.taken", "whoever that is there is bound to another account already")
            now = self._clock.now()
            connection.execute(
                "INSERT OR REPLACE INTO provider_subjects VALUES (?, ?, ?, ?, ?)",
                (self._issuer, subject, account, now, by),
            )
            noted(connection, now, by, account, f"provider bound: {subject}", reason)

        await self._write(store)

    async def unbind(self, account: str, by: str, reason: str = "") -> bool:
        """Take the binding away; False when there was none. Raises NotKept."""

        def take(connection: sqlite3.Connection) -> bool:
            there = _read(connection, "account", self._issuer, account)
            if there is None:
                return False
            connection.execute(
                "DELETE FROM provider_subjects WHERE issuer = ? AND account = ?", (self._issuer, account)
            )
            noted(connection, self._clock.now(), by, account, f"provider unbound: {there.subject}", reason)
            return True

        return await self._write(take)

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._connection.close()
            self._reads.close()

    async def _write(self, act: Callable[[sqlite3.Connection], T]) -> T:
        try:
            return await asyncio.to_thread(self._in_one, act)
        except sqlite3.Error as error:
            raise NotKept(f"the binding could not be kept: {error}") from error

    def _in_one(self, act: Callable[[sqlite3.Connection], T]) -> T:
        with self._lock, self._connection as connection:
            connection.execute("BEGIN IMMEDIATE")
            return act(connection)


def _read(connection: sqlite3.Connection, by: str, issuer: str, value: str) -> Binding | None:
    statement = {
        "account": "SELECT account, subject, since, by FROM provider_subjects WHERE issuer = ? AND account = ?",
        "subject": "SELECT account, subject, since, by FROM provider_subjects WHERE issuer = ? AND subject = ?",
    }[by]
    row = connection.execute(statement, (issuer, value)).fetchone()
    return None if row is None else Binding(account=row[0], subject=row[1], since=row[2], by=row[3])
