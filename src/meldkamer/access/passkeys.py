"""Passkeys (WebAuthn): keys on a person's own device that sign a question of this room, for this address only.

A passkey that also asked its owner (a fingerprint, a PIN) is two factors in one, so it opens what demands a second one.
A question says until when it counts, for what and for which browser, under a seal of this process: asking for many
fills nothing, and each is answered once, also when the answer is wrong.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import json
import logging
import os
import re
import sqlite3
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit

import msgspec

from meldkamer.access.accounts import APPLICATION, SCHEMA, VERSION, noted
from meldkamer.access.database import open_private
from meldkamer.access.errors import BadAccount, NotKept, WrongCredentials
from meldkamer.access.people import Entropy, new_secret
from meldkamer.domain.clock import Clock, Millis

QUESTION_MILLIS = 5 * 60_000
"""How long somebody has to touch the key."""
MOST = 10
"""Passkeys of one account."""

_SCHEMA = (
    *SCHEMA,
    "CREATE TABLE IF NOT EXISTS passkeys (id BLOB PRIMARY KEY, account TEXT NOT NULL, body BLOB NOT NULL) STRICT",
    "CREATE INDEX IF NOT EXISTS passkeys_by_account ON passkeys (account)",
)
_SIGN_IN = "sign in"
_SEAL = 32
_BROWSER = re.compile(r"[0-9A-Za-z_-]{43}")
_NOT_FITTING = (ValueError, LookupError, TypeError, AttributeError, RecursionError)
"""What the checks answer to bytes of somebody who means no good."""

log = logging.getLogger("meldkamer.access")
T = TypeVar("T")


class Passkey(msgspec.Struct, frozen=True, kw_only=True):
    """A registered key. id: of the credential; host: that it is bound to; handle: by which the device knows its owner;
    key: its public key (COSE); count: its sign counter as last seen.

    name: what its owner calls it. used: when it last opened the account, 0 for never.
    """

    id: bytes
    account: str
    name: str
    host: str
    handle: bytes
    key: bytes
    count: int
    since: Millis
    used: Millis = 0


class Passkeys:
    """The passkeys of one room, in the file of its accounts; read anew each time, for others may change it.

    origin: the address of the pages, such as `https://meldkamer.example`, whose host is what a key is bound to;
    empty = nobody can make or use one here, and those that are there can only be taken away.
    """

    def __init__(self, path: Path, clock: Clock, origin: str, entropy: Entropy = os.urandom) -> None:
        self._clock, self.origin, self._entropy = clock, origin, entropy
        self._host = urlsplit(origin).hostname or ""
        self._connection = open_private(path, _SCHEMA, APPLICATION, VERSION)
        # Reading never waits for somebody else's write to reach the disk.
        self._reads = open_private(path, _SCHEMA, APPLICATION, VERSION)
        self._lock = threading.Lock()
        # Of this process alone: no question outlives it.
        self._secret = entropy(32)
        self._answered: dict[bytes, Millis] = {}

    def of(self, account: str) -> list[Passkey]:
        """The passkeys of an account, the oldest first."""
        rows = self._reads.execute("SELECT body FROM passkeys WHERE account = ?", (account,)).fetchall()
        return sorted((_DECODE(body) for (body,) in rows), key=lambda one: (one.since, one.id))

    def usable(self, account: str) -> list[Passkey]:
        """Those that open the account at the address of now: not what was made for a host that the room had before."""
        return [one for one in self.of(account) if self.origin and one.host == self._host]

    # --- making one -------------------------------------------------------------------------------------------------

    def begin(self, account: str, display: str, session: str) -> dict[str, Any]:
        """What the browser is asked, to make a key for this account; only this session can answer it.

        Raises BadAccount when there are too many, or none can be made here.
        """
        self._here()
        there = self.of(account)
        if len(there) >= MOST:
            raise BadAccount("passkey.many", f"an account has at most {MOST} passkeys")
        from meldkamer.access import ceremonies

        return ceremonies.ask_new(
            self._host,
            (self._handle(account), account, display or account),
            self._question(_registering(account, session)),
            QUESTION_MILLIS,
            [one.id for one in there],
        )

    async def register(self, account: str, session: str, credential: dict[str, Any], name: str) -> Passkey:
        """Keep the key that the browser made. Raises BadAccount when it does not fit what was asked, NotKept."""
        from meldkamer.access import ceremonies

        self._here()
        try:
            question = self._answer(credential, _registering(account, session))
            checked = ceremonies.check_new(credential, question, self._host, self.origin)
        except _NOT_FITTING as error:
            raise _no_fit() from error
        now = self._clock.now()
        passkey = Passkey(
            id=checked.credential_id,
            account=account,
            name=name,
            host=self._host,
            handle=self._handle(account),
            key=checked.credential_public_key,
            count=checked.sign_count,
            since=now,
        )

        def store(connection: sqlite3.Connection) -> bool:
            (there,) = connection.execute("SELECT count(*) FROM passkeys WHERE account = ?", (account,)).fetchone()
            if there >= MOST:
                return False
            body = msgspec.msgpack.encode(passkey)
            connection.execute("INSERT INTO passkeys VALUES (?, ?, ?)", (passkey.id, account, body))
            noted(connection, now, account, account, f"passkey added: {name}", "")
            return True

        if not await self._write(store):
            raise BadAccount("passkey.many", f"an account has at most {MOST} passkeys")
        return passkey

    # --- coming in with one -----------------------------------------------------------------------------------------

    def ask(self, browser: str = "") -> tuple[dict[str, Any], str]:
        """What a browser is asked, to sign somebody in with any key of theirs; and what it must show with the answer.

        browser: what it was given before, so that two windows of one workplace do not disturb each other. Raises
        BadAccount where there are no passkeys.
        """
        self._here()
        if not _BROWSER.fullmatch(browser):
            browser = new_secret(self._entropy)
        from meldkamer.access import ceremonies

        question = self._question(f"{_SIGN_IN} {browser}")
        return ceremonies.ask(self._host, question, QUESTION_MILLIS), browser

    async def check(self, credential: dict[str, Any], browser: str) -> str:
        """The account that this signature opens. Raises WrongCredentials for whatever does not fit, also for a sign
        counter that did not move on, as that of a copied key, which is noted; BadAccount, NotKept."""
        from meldkamer.access import ceremonies

        self._here()
        try:
            question = self._answer(credential, f"{_SIGN_IN} {browser}")
            row = self._reads.execute("SELECT body FROM passkeys WHERE id = ?", (_bytes(credential["id"]),)).fetchone()
            if row is None:
                raise ValueError("no such passkey")
            passkey = _DECODE(row[0])
            handle = credential["response"].get("userHandle")
            if handle and not hmac.compare_digest(_bytes(handle), passkey.handle):
                raise ValueError("a passkey of somebody else")
            # The counter is looked at below, once the signature fits: nobody makes noise about a key without it.
            count = ceremonies.check(credential, question, self._host, self.origin, passkey.key)
        except _NOT_FITTING as error:
            raise WrongCredentials("this passkey does not fit") from error
        now = self._clock.now()

        def use(connection: sqlite3.Connection) -> bool:
            row = connection.execute("SELECT body FROM passkeys WHERE id = ?", (passkey.id,)).fetchone()
            newest = None if row is None else _DECODE(row[0])
            if newest is None or newest.account != passkey.account or newest.key != passkey.key:
                return False
            # Keys that are kept in step between devices do not count: theirs stays 0.
            if (count or newest.count) and count <= newest.count:
                said = f"passkey copied: {newest.name}"
                noted(connection, now, newest.account, newest.account, said, "")
                log.warning("a passkey was refused: its counter stands behind, as that of a copy")
                return False
            body = msgspec.msgpack.encode(msgspec.structs.replace(newest, count=count, used=now))
            connection.execute("UPDATE passkeys SET body = ? WHERE id = ?", (body, newest.id))
            return True

        if not await self._write(use):
            raise WrongCredentials("this passkey does not fit")
        return passkey.account

    # --- taking away ------------------------------------------------------------------------------------------------

    async def remove(self, account: str, id: bytes, by: str) -> None:
        """Forget a key of this account. Raises BadAccount when there is none, NotKept."""

        def take(connection: sqlite3.Connection) -> bool:
            row = connection.execute("SELECT body FROM passkeys WHERE id = ? AND account = ?", (id, account)).fetchone()
            if row is None:
                return False
            connection.execute("DELETE FROM passkeys WHERE id = ?", (id,))
            noted(connection, self._clock.now(), by, account, f"passkey removed: {_DECODE(row[0]).name}", "")
            return True

        if not await self._write(take):
            raise BadAccount("passkey.none", "there is no such passkey")

    async def remove_all(self, account: str) -> None:
        """Forget every key of this account; the line in the list of changes is the caller's. Raises NotKept."""
        await self._write(lambda connection: connection.execute("DELETE FROM passkeys WHERE account = ?", (account,)))

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._connection.close()
            self._reads.close()

    # --- questions --------------------------------------------------------------------------------------------------

    def _here(self) -> None:
        if not self.origin:
            raise BadAccount("passkey.off", "this room has no passkeys")

    def _handle(self, account: str) -> bytes:
        """What a device knows somebody by: not the name, and another one at another address of the same host."""
        return hashlib.sha256(f"meldkamer {self.origin} {account}".encode()).digest()

    def _question(self, what: str) -> bytes:
        """Random, with its end, and a seal of this process over both and over what it is for."""
        made = (self._clock.now() + QUESTION_MILLIS).to_bytes(8, "big") + self._entropy(16)
        return made + self._seal(made, what)

    def _answer(self, credential: dict[str, Any], what: str) -> bytes:
        """The question that is answered; from now on it is used up.

        Raises what `_NOT_FITTING` says when it was not asked here for this, too long ago, or was answered before.
        """
        said = json.loads(_bytes(credential["response"]["clientDataJSON"]))
        question, now = _bytes(said["challenge"]), self._clock.now()
        made, seal = question[:-_SEAL], question[-_SEAL:]
        if not hmac.compare_digest(seal, self._seal(made, what)) or int.from_bytes(made[:8], "big") <= now:
            raise ValueError("not what was asked")
        # In the order in which they were answered: the oldest is first.
        while self._answered and next(iter(self._answered.values())) <= now:
            del self._answered[next(iter(self._answered))]
        if question in self._answered or said.get("crossOrigin"):
            raise ValueError("answered before, or by a page within another one")
        self._answered[question] = now + QUESTION_MILLIS
        return question

    def _seal(self, made: bytes, what: str) -> bytes:
        return hmac.digest(self._secret, what.encode() + b"\x1f" + made, "sha256")

    async def _write(self, act: Callable[[sqlite3.Connection], T]) -> T:
        try:
            return await asyncio.to_thread(self._in_one, act)
        except sqlite3.IntegrityError as error:
            raise _no_fit() from error
        except sqlite3.Error as error:
            raise NotKept(f"the passkey could not be kept: {error}") from error

    def _in_one(self, act: Callable[[sqlite3.Connection], T]) -> T:
        with self._lock, self._connection as connection:
            connection.execute("BEGIN IMMEDIATE")
            return act(connection)


_DECODE = msgspec.msgpack.Decoder(Passkey).decode


def _registering(account: str, session: str) -> str:
    return f"register {account} {session}"


def _no_fit() -> BadAccount:
    return BadAccount("passkey.not_fitting", "this key does not fit what was asked; begin again")


def _bytes(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
