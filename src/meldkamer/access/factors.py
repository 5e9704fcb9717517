"""The second factor of people: a secret for time-based codes, sealed, and codes for the day that the phone is gone.

A code is used up on the disk before it lets anybody in, so that it never does so twice, not even for two who come at
the same moment. A secret counts only when its owner has shown a code of it.
"""

from __future__ import annotations

import asyncio
import base64
import logging
import os
import re
import sqlite3
import threading
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import msgspec

from meldkamer.access.accounts import APPLICATION, SCHEMA, VERSION, SqliteAccounts, noted
from meldkamer.access.database import open_private
from meldkamer.access.errors import BadAccount, NotKept
from meldkamer.access.passkeys import Passkeys
from meldkamer.access.people import Account, Entropy, account_name, fingerprint
from meldkamer.access.sealed import SealedSecrets
from meldkamer.access.totp import DIGITS, fitting_step, new_totp_secret
from meldkamer.domain.clock import Clock, Millis
from meldkamer.record import KeyStore

RECOVERY_CODES, RECOVERY_BYTES = 10, 10
"""How many, and their random bytes: 80 bits, so that a fast hash is enough."""
PENDING_MILLIS = 10 * 60_000
"""How long a new secret waits for its first code."""

_SCHEMA = (*SCHEMA, "CREATE TABLE IF NOT EXISTS factors (account TEXT PRIMARY KEY, body BLOB NOT NULL) STRICT")
_SEALED_AS = "second factor"
_SPACING = re.compile(r"[\s-]")

log = logging.getLogger("meldkamer.access")
T = TypeVar("T")


class Factor(msgspec.Struct, frozen=True, kw_only=True):
    """An account's second factor. sealed: the secret; last: the step of the newest code that was used.

    recovery: hashes of the codes that are left.
    """

    account: str
    sealed: bytes
    since: Millis
    last: int
    recovery: tuple[bytes, ...]

    def __repr__(self) -> str:
        return f"Factor({self.account!r}, since={self.since!r})"


class SecondFactors:
    """The second factors of one room, in the file of its accounts; read anew each time, for others may change it.

    keys: without them (on the command line) a second factor can be seen and taken away, and nothing else.
    """

    def __init__(self, path: Path, clock: Clock, keys: KeyStore | None, entropy: Entropy = os.urandom) -> None:
        self._clock, self._entropy, self._keys = clock, entropy, keys
        self._connection = open_private(path, _SCHEMA, APPLICATION, VERSION)
        # Reading never waits for somebody else's write to reach the disk.
        self._reads = open_private(path, _SCHEMA, APPLICATION, VERSION)
        self._lock = threading.Lock()
        self._pending: dict[str, tuple[bytes, Millis]] = {}

    def get(self, account: str) -> Factor | None:
        """The second factor of an account; None when it has none."""
        return _read(self._reads, account)

    def begin(self, account: str) -> bytes:
        """A new secret, to be shown this once. It counts for nothing until `confirm`."""
        now = self._clock.now()
        self._pending = {name: held for name, held in self._pending.items() if held[1] > now}
        secret = new_totp_secret(self._entropy)
        self._pending[account] = (secret, now + PENDING_MILLIS)
        return secret

    async def confirm(self, account: str, code: str) -> tuple[str, ...]:
        """The first code of the secret that was just begun: from now on it counts, in the place of an older one.

        Answers the recovery codes, to be shown this once. Raises BadAccount when nothing was begun or the code does not
        fit, NotKept; KeysLost as the key store does.
        """
        secret, until = self._pending.get(account, (b"", 0))
        now = self._clock.now()
        if until <= now:
            raise BadAccount("factor.not_begun", "begin again: there is no new secret that waits for a code")
        step = fitting_step(secret, _typed(code), now, -1)
        if step is None:
            raise BadAccount("factor.wrong", "this code does not fit")
        codes = tuple(_recovery_code(self._entropy) for _ in range(RECOVERY_CODES))
        factor = Factor(
            account=account,
            sealed=await self._sealed.seal(account, _SEALED_AS, secret),
            since=now,
            last=step,
            recovery=tuple(fingerprint(_typed(one)) for one in codes),
        )

        def store(connection: sqlite3.Connection) -> None:
            _write(connection, factor)
            noted(connection, now, account, account, "second factor enrolled", "")

        await self._write(store)
        self._pending.pop(account, None)
        return codes

    async def check(self, account: str, code: str) -> bool:
        """Whether the code fits and was never used; if so it is used up. True also for a recovery code that is left.

        False for an account without a second factor. Raises NotKept, also when the secret cannot be read any more.
        """
        factor, typed = self.get(account), _typed(code)
        if factor is None:
            return False
        if len(typed) != DIGITS or not typed.isdecimal():
            return await self._recover(factor, fingerprint(typed))
        secret = self._sealed.open(account, _SEALED_AS, factor.sealed)
        if secret is None:
            log.error("the second factor of an account cannot be read: its key is not there; reset it")
            raise NotKept("the second factor cannot be read: a recovery code helps, or an administrator who resets it")
        step = fitting_step(secret, typed, self._clock.now(), factor.last)
        if step is None:
            return False
        sealed = factor.sealed

        def use(connection: sqlite3.Connection) -> bool:
            newest = _read(connection, account)
            if newest is None or newest.sealed != sealed or newest.last >= step:
                return False
            _write(connection, msgspec.structs.replace(newest, last=step))
            return True

        return await self._write(use)

    async def remove(self, account: str, by: str, what: str = "", reason: str = "") -> bool:
        """Take the second factor away, with a line in the list of changes if it says `what`. False when there was none.

        Raises NotKept.
        """

        def take(connection: sqlite3.Connection) -> bool:
            gone = connection.execute("DELETE FROM factors WHERE account = ?", (account,)).rowcount > 0
            if gone and what:
                noted(connection, self._clock.now(), by, account, what, reason)
            return gone

        self._pending.pop(account, None)
        return await self._write(take)

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._connection.close()
            self._reads.close()

    @property
    def _sealed(self) -> SealedSecrets:
        if self._keys is None:
            raise NotKept("second factors cannot be read here: the key store is not open")
        return SealedSecrets(self._keys)

    async def _recover(self, factor: Factor, hashed: bytes) -> bool:
        if hashed not in factor.recovery:
            return False

        def use(connection: sqlite3.Connection) -> bool:
            newest = _read(connection, factor.account)
            if newest is None or hashed not in newest.recovery:
                return False
            left = tuple(one for one in newest.recovery if one != hashed)
            _write(connection, msgspec.structs.replace(newest, recovery=left))
            said = f"recovery code used: {len(left)}"
            noted(connection, self._clock.now(), newest.account, newest.account, said, "")
            return True

        return await self._write(use)

    async def _write(self, act: Callable[[sqlite3.Connection], T]) -> T:
        try:
            return await asyncio.to_thread(self._in_one, act)
        except sqlite3.Error as error:
            raise NotKept(f"the second factor could not be kept: {error}") from error

    def _in_one(self, act: Callable[[sqlite3.Connection], T]) -> T:
        with self._lock, self._connection as connection:
            connection.execute("BEGIN IMMEDIATE")
            return act(connection)


def lost_by(accounts: SqliteAccounts, factors: SecondFactors, passkeys: Passkeys, name: str, by: str) -> Account:
    """The account of somebody else that has a second factor or a passkey to take away. Raises BadAccount."""
    account = accounts.get(account_name(name))
    if account is None:
        raise BadAccount("account.unknown", f"there is no account {name!r}")
    if account.name == by:
        raise BadAccount("factor.own", "nobody resets his own second factor: another administrator does")
    if factors.get(account.name) is None and not passkeys.of(account.name):
        raise BadAccount("factor.none", "this account has no second factor")
    return account


async def reset_second_factor(
    accounts: SqliteAccounts,
    factors: SecondFactors,
    passkeys: Passkeys,
    name: str,
    by: str,
    reason: str,
    said: str = "second factor reset",
) -> None:
    """Take away the second factor and the passkeys of somebody who lost them, which ends all sessions of the account.

    It opens nothing by itself: the password is asked as before. said: the line in the list of changes. Raises
    BadAccount, also for one's own account; NotKept.
    """
    account = lost_by(accounts, factors, passkeys, name, by)
    # First the sessions: should a later step fail, what is left is still asked, and this can be done again.
    ended = msgspec.structs.replace(account, generation=account.generation + 1)
    await accounts.put([ended], by, said, reason)
    await factors.remove(account.name, by)
    await passkeys.remove_all(account.name)


def _typed(code: str) -> str:
    """A code without the spaces and dashes by which people group it."""
    return _SPACING.sub("", code).lower()


def _recovery_code(entropy: Entropy) -> str:
    """Four groups of four letters and digits, without those that look alike."""
    text = base64.b32encode(entropy(RECOVERY_BYTES)).decode("ascii").lower()
    return "-".join(text[i : i + 4] for i in range(0, 16, 4))


def _read(connection: sqlite3.Connection, account: str) -> Factor | None:
    row = connection.execute("SELECT body FROM factors WHERE account = ?", (account,)).fetchone()
    return None if row is None else msgspec.msgpack.decode(row[0], type=Factor)


def _write(connection: sqlite3.Connection, factor: Factor) -> None:
    connection.execute(
        "INSERT INTO factors VALUES (?, ?) ON CONFLICT (account) DO UPDATE SET body = excluded.body",
        (factor.account, msgspec.msgpack.encode(factor)),
    )
