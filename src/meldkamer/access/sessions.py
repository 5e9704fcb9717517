"""Sessions: opaque, stored hashed, bounded in time, ended at once when the account changes."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import sqlite3
import threading
from collections.abc import Iterable
from pathlib import Path

import msgspec

from meldkamer.access.accounts import APPLICATION, SCHEMA, VERSION, SqliteAccounts
from meldkamer.access.breakglass import BreakGlass
from meldkamer.access.database import open_private
from meldkamer.access.errors import NotKept
from meldkamer.access.people import Account, Entropy, fingerprint, new_secret
from meldkamer.access.roles import Roles
from meldkamer.domain.basics import COMPARTMENTS
from meldkamer.domain.clock import Clock, Millis

ABSOLUTE_MILLIS = 14 * 3_600_000
"""A shift of twelve hours and its hand-overs."""
IDLE_MILLIS = 30 * 60_000
"""Without a request and without the beat of a live channel. A desk with its screens open is never idle."""
MAX_PER_ACCOUNT = 64

_log = logging.getLogger("meldkamer.access")


class Session(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody who is in, with all that their roles give at this moment. `id` names it in logs and opens nothing.

    A machine that calls with its token has one too, without times. regions: empty means all. lacking: a second factor
    is demanded and was not shown; until it is, the session gives nothing but the way to enrol one.
    """

    id: str
    person: str
    name: str
    room: str
    seat: str = ""
    roles: tuple[str, ...] = ()
    qualified: tuple[str, ...] = ()
    disciplines: str = ""
    audiences: str = ""
    compartments: tuple[str, ...] = ()
    rights: frozenset[str] = frozenset()
    scopes: frozenset[str] = frozenset()
    regions: tuple[str, ...] = ()
    language: str = "nl"
    machine: bool = False
    simulated: bool = False
    exercise: bool = False
    lacking: bool = False
    started: Millis = 0
    expires: Millis = 0


class SessionView(msgspec.Struct, frozen=True, kw_only=True):
    """What the holder of a session is told about it. rights: so that a page offers what may be done, and no more.
    left: until it ends at the latest, milliseconds."""

    person: str
    name: str
    room: str
    seat: str
    roles: tuple[str, ...]
    qualified: tuple[str, ...]
    disciplines: str
    compartments: tuple[str, ...]
    rights: tuple[str, ...]
    language: str
    simulated: bool
    exercise: bool
    lacking: bool
    left: int


def view(session: Session, now: Millis) -> SessionView:
    """The session as its holder may see it."""
    kept = {f: getattr(session, f) for f in SessionView.__struct_fields__ if f != "left"}
    left = max(0, session.expires - now)
    return SessionView(**{**kept, "rights": tuple(sorted(session.rights)), "left": left})


class OpenSession(msgspec.Struct, frozen=True, kw_only=True):
    """An open session as an administrator sees it. `id` opens nothing. seen: its last sign of life."""

    id: str
    account: str
    seat: str
    started: Millis
    seen: Millis
    expires: Millis


class _Held(msgspec.Struct):
    account: str
    generation: int
    seat: str
    started: Millis
    expires: Millis
    seen: Millis
    strong: bool = False
    unsaved: bool = False
    basis: Account | None = None
    opened: tuple[str, ...] = ()
    session: Session | None = None


class Sessions:
    """The open sessions of one room, in memory and in the file of the accounts, so that a restart ends none.

    The clock must be one that runs at the speed of the wall, also where the shown world runs faster. demanded: roles
    that count only in a session of somebody who showed a second factor.
    """

    def __init__(
        self,
        path: Path,
        accounts: SqliteAccounts,
        roles: Roles,
        clock: Clock,
        *,
        exercise: bool = False,
        demanded: Iterable[str] = (),
        entropy: Entropy = os.urandom,
    ) -> None:
        self._accounts, self._roles, self._clock = accounts, roles, clock
        self._demanded = frozenset(demanded)
        self.exercise, self._entropy = exercise, entropy
        self._connection = open_private(path, SCHEMA, APPLICATION, VERSION)
        self._lock = threading.Lock()
        self._closed = False
        rows = self._connection.execute(
            "SELECT hash, account, generation, seat, started, expires, seen, hash IN (SELECT hash FROM proven)"
            " FROM sessions"
        )
        self._held: dict[bytes, _Held] = {row[0]: _Held(*row[1:]) for row in rows}
        self._left: set[tuple[str, str]] = set()
        self.glass = BreakGlass(accounts.path, clock, entropy)
        self._signed_in: dict[str, Millis] = dict(self._connection.execute("SELECT account, at FROM sign_ins"))

    def now(self) -> Millis:
        """Wall time, by which sessions and one-time passwords end."""
        return self._clock.now()

    async def start(self, account: Account, seat: str = "", strong: bool = False) -> tuple[str, Session]:
        """A new session under a secret that nobody has seen before; the oldest gives way beyond 64 of an account.

        strong: a second factor was shown. Raises NotKept.
        """
        secret, now = new_secret(self._entropy), self._clock.now()
        own = sorted((h.started, key) for key, h in self._held.items() if h.account == account.name)
        for _, key in own[: max(0, len(own) + 1 - MAX_PER_ACCOUNT)]:
            await self._drop(key)
        held = _Held(account.name, account.generation, seat, now, now + ABSOLUTE_MILLIS, now, strong)
        key = fingerprint(secret)
        self._held[key] = held
        try:
            await asyncio.to_thread(self._save, [(key, held)], True)
        except sqlite3.Error as error:
            self._held.pop(key, None)
            raise NotKept(f"the session could not be kept: {error}") from error
        self._signed_in[account.name] = now
        session = self.find(secret)
        if session is None:
            raise RuntimeError("the account was switched off while it signed in")
        return secret, session

    def find(self, secret: str) -> Session | None:
        """The session, or None when there is none, it is over, or its account changed. Counts as a sign of life."""
        key = fingerprint(secret)
        held = self._held.get(key)
        if held is None:
            return None
        account, now = self._accounts.get(held.account), self._clock.now()
        if account is None or not _lives(held, account, now):
            self._forget(key)
            return None
        held.seen, held.unsaved = max(held.seen, now), True
        opened = self.glass.open_to(account.name)
        if held.session is None or held.basis is not account or held.session.seat != held.seat or held.opened != opened:
            held.basis, held.opened = account, opened
            held.session = self._session(key, held, account)
        return held.session

    def demands(self, account: Account) -> bool:
        """Whether a role of this person counts only with a second factor."""
        return not account.machine and not self._demanded.isdisjoint(account.roles)

    async def prove(self, secret: str) -> Session | None:
        """The holder showed a second factor: the session, now with all that the roles give. Raises NotKept."""
        key = fingerprint(secret)
        held = self._held.get(key)
        if held is None or self.find(secret) is None:
            return None
        try:
            await asyncio.to_thread(self._save_proven, key)
        except sqlite3.Error as error:
            raise NotKept(f"that a second factor was shown could not be kept: {error}") from error
        held.strong, held.session = True, None
        return self.find(secret)

    def beat(self, secret: str) -> bool:
        """The live channel of this session lives. False when the session is over: close the channel."""
        return self.find(secret) is not None

    async def take_seat(self, secret: str, seat: str) -> Session | None:
        """The session, now at this seat (empty: at none)."""
        key = fingerprint(secret)
        held = self._held.get(key)
        if held is None or self.find(secret) is None:
            return None
        held.seat = seat
        try:
            await asyncio.to_thread(self._save, [(key, held)])
        except sqlite3.Error as error:
            # The seat is a fact of the record; here it is only remembered, and the next flush tries again.
            held.unsaved = True
            _log.warning("the seat of a session could not be written: %s", error)
        return self.find(secret)

    async def end(self, secret: str) -> None:
        """Sign out. Harmless when it is over already."""
        await self._drop(fingerprint(secret))

    async def end_all(self, account: str) -> int:
        """End every session of an account; how many there were."""
        keys = [key for key, held in self._held.items() if held.account == account]
        for key in keys:
            await self._drop(key)
        return len(keys)

    def open(self) -> list[OpenSession]:
        """Every session that would still be let through, the oldest first. Looking is no sign of life."""
        now = self._clock.now()
        living = [(key, h) for key, h in self._held.items() if _lives(h, self._accounts.get(h.account), now)]
        return [
            OpenSession(
                id=key.hex()[:16], account=h.account, seat=h.seat, started=h.started, seen=h.seen, expires=h.expires
            )
            for key, h in sorted(living, key=lambda found: (found[1].started, found[0]))
        ]

    async def end_one(self, id: str) -> None:
        """End the session with this `id`. Harmless when it is over already."""
        for key in [key for key in self._held if key.hex()[:16] == id]:
            await self._drop(key)

    def last_sign_in(self, account: str) -> Millis | None:
        """When somebody last signed in with this account here; None when nobody ever did."""
        return self._signed_in.get(account)

    def left_seats(self) -> list[tuple[str, str]]:
        """The account and seat of each session that ended at a seat where its account sits in no other; each once."""
        self._forget_over(self._clock.now())
        left = sorted(self._left - {(held.account, held.seat) for held in self._held.values()})
        self._left.clear()
        return left

    def leave_seat(self, account: str, seat: str) -> None:
        """Tell of this seat again: it could not be freed."""
        self._left.add((account, seat))

    async def flush(self) -> None:
        """Write when each session was last seen, and forget those that are over."""
        now = self._clock.now()
        self._forget_over(now)
        if dirty := [(key, held) for key, held in self._held.items() if held.unsaved]:
            await asyncio.to_thread(self._save, dirty)
        over = "DELETE FROM sessions WHERE expires <= ? OR seen <= ?"
        await asyncio.to_thread(self._delete, over, now, now - IDLE_MILLIS)

    async def keep(self, every: float = 60.0) -> None:
        """Flush for ever; run as a task of the room. A full disk ends no session, so it does not end this either."""
        while True:
            await self._clock.wait(every)
            try:
                await self.flush()
            except sqlite3.Error as error:
                _log.warning("sessions could not be written: %s", error)

    def close(self) -> None:
        """Write when each session was last seen, then close the file. Harmless when it is closed already."""
        if not self._closed:
            self._closed = True
            # On a full disk the sessions still stand in the file, only with an older "last seen".
            with contextlib.suppress(sqlite3.Error):
                self._save([(key, held) for key, held in self._held.items() if held.unsaved])
            with self._lock:
                self._connection.close()
            self.glass.close()

    def _session(self, key: bytes, held: _Held, account: Account) -> Session:
        lacking = not held.strong and self.demands(account)
        counted = msgspec.structs.replace(account, roles=()) if lacking else account
        made = session_of(counted, self._roles, exercise=self.exercise)
        opened = () if lacking else held.opened
        return msgspec.structs.replace(
            made,
            id=key.hex()[:16],
            seat=held.seat,
            started=held.started,
            expires=held.expires,
            lacking=lacking,
            compartments=tuple(c for c in COMPARTMENTS if c in made.compartments or c in opened),
        )

    def _forget_over(self, now: Millis) -> None:
        for key, held in list(self._held.items()):
            if now >= held.expires or now - held.seen >= IDLE_MILLIS:
                self._forget(key)

    def _forget(self, key: bytes) -> None:
        held = self._held.pop(key, None)
        if held is not None and held.seat:
            self._left.add((held.account, held.seat))

    async def _drop(self, key: bytes) -> None:
        self._forget(key)
        await asyncio.to_thread(self._delete, "DELETE FROM sessions WHERE hash = ?", key)

    def _save(self, held: list[tuple[bytes, _Held]], signed_in: bool = False) -> None:
        rows = [(key, h.account, h.generation, h.seat, h.started, h.expires, h.seen) for key, h in held]
        for _, h in held:
            h.unsaved = False
        with self._lock, self._connection:
            self._connection.execute("BEGIN IMMEDIATE")
            # A session that was ended meanwhile must not come back with a late "last seen".
            self._connection.executemany(
                "INSERT OR REPLACE INTO sessions VALUES (?, ?, ?, ?, ?, ?, ?)", [r for r in rows if r[0] in self._held]
            )
            if signed_in:
                self._connection.executemany(
                    "INSERT OR REPLACE INTO proven VALUES (?)", [(k,) for k, h in held if h.strong]
                )
                self._connection.executemany(
                    "INSERT OR REPLACE INTO sign_ins VALUES (?, ?)", [(h.account, h.started) for _, h in held]
                )

    def _save_proven(self, key: bytes) -> None:
        with self._lock, self._connection:
            self._connection.execute("INSERT OR REPLACE INTO proven VALUES (?)", (key,))

    def _delete(self, statement: str, *values: object) -> None:
        with self._lock, self._connection:
            self._connection.execute("BEGIN IMMEDIATE")
            self._connection.execute(statement, values)
            self._connection.execute("DELETE FROM proven WHERE hash NOT IN (SELECT hash FROM sessions)")


def _lives(held: _Held, account: Account | None, now: Millis) -> bool:
    return (
        account is not None
        and not account.disabled
        and account.generation == held.generation
        and now < held.expires
        and now - held.seen < IDLE_MILLIS
    )


def session_of(account: Account, roles: Roles, *, exercise: bool = False) -> Session:
    """What an account may, before it has a place and a time. A machine has its roles only with the scope `desk`."""
    grant = roles.combined(account.roles if not account.machine or "desk" in account.scopes else ())
    return Session(
        id=f"account:{account.name}",
        person=account.name,
        name=account.display or account.name,
        room=account.room,
        roles=account.roles,
        qualified=grant.qualified,
        disciplines=grant.disciplines,
        audiences=grant.audiences,
        compartments=grant.compartments,
        rights=grant.rights,
        scopes=frozenset(account.scopes) if account.machine else frozenset(),
        regions=account.regions,
        language=account.language,
        machine=account.machine,
        simulated=account.simulated,
        exercise=exercise,
    )
