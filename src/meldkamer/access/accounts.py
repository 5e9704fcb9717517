"""Accounts in `access.sqlite`: read from memory, written through, seen at once when another process changes them."""

from __future__ import annotations

import asyncio
import sqlite3
import threading
from collections.abc import Iterable, Sequence
from pathlib import Path

import msgspec

from meldkamer.access.database import open_private
from meldkamer.access.errors import NotSafeToOpen
from meldkamer.access.people import Account, fingerprint
from meldkamer.domain.clock import Clock, Millis

APPLICATION, VERSION = 0x4D4B4143, 1
SCHEMA = (
    "CREATE TABLE IF NOT EXISTS accounts (name TEXT PRIMARY KEY, body BLOB NOT NULL) STRICT, WITHOUT ROWID",
    """CREATE TABLE IF NOT EXISTS changes (n INTEGER PRIMARY KEY AUTOINCREMENT, at INTEGER NOT NULL, by TEXT NOT NULL,
       account TEXT NOT NULL, what TEXT NOT NULL) STRICT""",
    # Beside the changes and not in them, so that a file of before stays readable to both programs.
    "CREATE TABLE IF NOT EXISTS reasons (n INTEGER PRIMARY KEY, reason TEXT NOT NULL) STRICT",
    "CREATE INDEX IF NOT EXISTS changes_by_account ON changes (account, n)",
    *(
        f"""CREATE TRIGGER IF NOT EXISTS {table}_{act.lower()} BEFORE {act} ON {table}
       BEGIN SELECT RAISE(ABORT, 'what was changed stays on the list'); END"""
        for table in ("changes", "reasons")
        for act in ("UPDATE", "DELETE")
    ),
    """CREATE TABLE IF NOT EXISTS sessions (hash BLOB PRIMARY KEY, account TEXT NOT NULL, generation INTEGER NOT NULL,
       seat TEXT NOT NULL, started INTEGER NOT NULL, expires INTEGER NOT NULL, seen INTEGER NOT NULL) STRICT,
       WITHOUT ROWID""",
    "CREATE TABLE IF NOT EXISTS sign_ins (account TEXT PRIMARY KEY, at INTEGER NOT NULL) STRICT, WITHOUT ROWID",
    # Who was in when this table came is known to have signed in.
    "INSERT OR IGNORE INTO sign_ins SELECT account, max(started) FROM sessions GROUP BY account",
    # Sessions of people who showed more than a password; beside them, so that a file of before stays readable.
    "CREATE TABLE IF NOT EXISTS proven (hash BLOB PRIMARY KEY) STRICT, WITHOUT ROWID",
)
"""`sessions` and `sign_ins` are used by the session store, which opens a file of the same form."""


class Change(msgspec.Struct, frozen=True):
    """Who changed which account, when, how and why. n: its number on the list; reason: empty where none was asked."""

    n: int
    at: Millis
    by: str
    account: str
    what: str
    reason: str


class SqliteAccounts:
    """The accounts of one room. Reading never waits on the disk; every write is on it before it returns.

    Raises NotSafeToOpen as `open_private` does, and when a real room (demonstration=False) finds demonstration
    accounts in its file.
    """

    def __init__(self, path: Path, clock: Clock, *, demonstration: bool = False) -> None:
        self.path, self._clock, self._demonstration = path, clock, demonstration
        self._connection = open_private(path, SCHEMA, APPLICATION, VERSION)
        # A second connection notices what the first one, or another process, has committed; neither waits on the other.
        self._watch = open_private(path, SCHEMA, APPLICATION, VERSION)
        self._lock = threading.Lock()
        self._seen = -1
        self._left_out: list[str] = []
        self._accounts: dict[str, Account] = {}
        self._tokens: dict[bytes, Account] = {}
        self._refresh()
        if self._left_out:
            self.close()
            raise NotSafeToOpen(f"{path}: demonstration accounts in a real room: {', '.join(self._left_out[:5])}")

    def get(self, name: str) -> Account | None:
        """The account of this name, also a disabled one."""
        self._refresh()
        return self._accounts.get(name)

    def by_token(self, token: str) -> Account | None:
        """The enabled machine account that holds this token."""
        self._refresh()
        account = self._tokens.get(fingerprint(token))
        return None if account is None or account.disabled else account

    def all(self) -> list[Account]:
        """Every account, by name."""
        self._refresh()
        return [self._accounts[name] for name in sorted(self._accounts)]

    async def put(self, accounts: Sequence[Account], by: str, what: str, reason: str = "") -> None:
        """Store these accounts as they are now, all or none, each with a line in the list of changes."""
        if not self._demonstration and any(a.demonstration for a in accounts):
            raise NotSafeToOpen("a demonstration account has no place in a real room")
        await asyncio.to_thread(self._put, tuple(accounts), by, what, reason)

    async def note(self, account: str, by: str, what: str, reason: str) -> None:
        """A line in the list of changes for an act that leaves the account itself as it was."""
        await asyncio.to_thread(self._note, account, by, what, reason)

    async def changes(self, limit: int = 1_000, account: str = "") -> list[Change]:
        """The newest changes, newest first; of one account when it is given."""
        return await asyncio.to_thread(self._changes, limit, account)

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._connection.close()
            self._watch.close()

    def _put(self, accounts: Iterable[Account], by: str, what: str, reason: str) -> None:
        now = self._clock.now()
        with self._lock, self._connection as connection:
            connection.execute("BEGIN IMMEDIATE")
            for account in accounts:
                connection.execute(
                    "INSERT INTO accounts VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET body = excluded.body",
                    (account.name, msgspec.msgpack.encode(account)),
                )
                noted(connection, now, by, account.name, what, reason)

    def _note(self, account: str, by: str, what: str, reason: str) -> None:
        with self._lock, self._connection as connection:
            connection.execute("BEGIN IMMEDIATE")
            noted(connection, self._clock.now(), by, account, what, reason)

    def _changes(self, limit: int, account: str) -> list[Change]:
        statement = (
            "SELECT n, at, by, account, what, coalesce(reason, '') FROM changes LEFT JOIN reasons USING (n)"
            " WHERE ? IN ('', account) ORDER BY n DESC LIMIT ?"
        )
        with self._lock:
            rows = self._connection.execute(statement, (account, limit)).fetchall()
        return [Change(*row) for row in rows]

    def _refresh(self) -> None:
        version = self._watch.execute("PRAGMA data_version").fetchone()[0]
        if version == self._seen:
            return
        rows = self._watch.execute("SELECT body FROM accounts").fetchall()
        decoder = msgspec.msgpack.Decoder(Account)
        accounts = [decoder.decode(body) for (body,) in rows]
        # Whatever somebody else puts in the file while the room runs, these never count in a real one.
        self._left_out = [] if self._demonstration else [a.name for a in accounts if a.demonstration]
        accounts = [a for a in accounts if self._demonstration or not a.demonstration]
        self._accounts = {a.name: a for a in accounts}
        self._tokens = {a.token: a for a in accounts if a.token}
        self._seen = version


def noted(connection: sqlite3.Connection, at: Millis, by: str, account: str, what: str, reason: str) -> None:
    n = connection.execute(
        "INSERT INTO changes (at, by, account, what) VALUES (?, ?, ?, ?)", (at, by, account, what)
    ).lastrowid
    if reason:
        connection.execute("INSERT INTO reasons VALUES (?, ?)", (n, reason))
