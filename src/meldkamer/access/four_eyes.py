"""Nobody gives power alone: a new account, and every role that opens more than work at a seat, waits for a second
administrator of the room.

What waits is nowhere in force: the account is not there, the role is not given, the password opens nothing. A role for
work at a seat is given at once, and taking power away needs one person. Giving a new secret to somebody who holds
power waits as well, and so does taking such a person's second factor and passkeys away, or one administrator could
become another and confirm himself.
"""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Literal

import msgspec

from meldkamer.access import administration as admin
from meldkamer.access.accounts import APPLICATION, SCHEMA, VERSION, SqliteAccounts
from meldkamer.access.database import open_private
from meldkamer.access.errors import BadAccount
from meldkamer.access.factors import SecondFactors, lost_by, reset_second_factor
from meldkamer.access.passkeys import Passkeys
from meldkamer.access.passwords import Passwords
from meldkamer.access.people import Account, Entropy, account_name
from meldkamer.access.roles import Roles
from meldkamer.domain.clock import Clock, Millis

WAITS_MILLIS = 7 * 24 * 3_600_000
"""What nobody confirmed for so long is gone."""
MOST = 200
AT_A_SEAT = frozenset({"read", "operate", "caco", "vouch"})
"""Rights that a role for work at a seat gives."""

_SCHEMA = (
    *SCHEMA,
    "CREATE TABLE IF NOT EXISTS waiting (id TEXT PRIMARY KEY, body BLOB NOT NULL) STRICT, WITHOUT ROWID",
)

WaitingKind = Literal["new", "roles", "enable", "secret", "factors"]


class Waiting(msgspec.Struct, frozen=True, kw_only=True):
    """What one administrator asked and another has to confirm.

    name: of the account it is about. roles: that are asked for. account: how it would be, its secrets hashed, where
    that is not what it is now; once_millis: how long a one-time password can be exchanged, from the confirmation on.
    """

    id: str
    kind: WaitingKind
    name: str
    room: str
    roles: tuple[str, ...]
    by: str
    at: Millis
    reason: str
    account: Account | None = None
    once_millis: Millis = 0

    def __repr__(self) -> str:
        return f"Waiting({self.kind!r}, {self.name!r}, roles={self.roles!r}, by={self.by!r})"


class Draft:
    """Notes the account that would be put, and puts nothing."""

    def __init__(self, accounts: SqliteAccounts) -> None:
        self._accounts = accounts
        self.made: Account | None = None

    def get(self, name: str) -> Account | None:
        """The account as it is."""
        return self._accounts.get(name)

    async def put(self, accounts: Sequence[Account], by: str, what: str, reason: str = "") -> None:
        """Note the account."""
        (self.made,) = accounts

    @property
    def account(self) -> Account:
        """What would have been put."""
        if self.made is None:
            raise ValueError("nothing was put")
        return self.made


class FourEyes:
    """What waits, in the file of the accounts. Every write is on the disk before it returns.

    factors, passkeys: what somebody can lose; None where nobody can have any.
    """

    def __init__(
        self,
        path: Path,
        accounts: SqliteAccounts,
        roles: Roles,
        clock: Clock,
        entropy: Entropy = os.urandom,
        *,
        factors: SecondFactors | None = None,
        passkeys: Passkeys | None = None,
    ) -> None:
        self._accounts, self._roles, self._clock, self._entropy = accounts, roles, clock, entropy
        self._factors, self._passkeys = factors, passkeys
        self._connection = open_private(path, _SCHEMA, APPLICATION, VERSION)
        self._lock = threading.Lock()
        self._deciding = asyncio.Lock()

    # --- looking ----------------------------------------------------------------------------------------------------

    def waiting(self, room: str) -> list[Waiting]:
        """What waits in a room, oldest first."""
        since = self._clock.now() - WAITS_MILLIS
        with self._lock:
            rows = self._connection.execute("SELECT body FROM waiting").fetchall()
        found = [_DECODE(body) for (body,) in rows]
        return sorted((w for w in found if w.room == room and w.at > since), key=lambda w: (w.at, w.id))

    def administrators(self, room: str, *without: str) -> list[str]:
        """Who can confirm something in a room, but for these."""
        return [
            a.name
            for a in self._accounts.all()
            if a.room == room and a.name not in without and admin.administers(a, self._roles)
        ]

    def powerful(self, codes: Iterable[str]) -> tuple[str, ...]:
        """Those of these roles that give power."""
        return gives_power(self._roles, codes)

    # --- asking -----------------------------------------------------------------------------------------------------

    async def ask_account(self, account: Account, by: str, reason: str, once_millis: Millis = 0) -> Waiting:
        """Ask for a new account, which nothing is known of until it is confirmed. Raises BadAccount."""
        return await self._ask("new", account.name, account.room, account.roles, by, reason, account, once_millis)

    async def set_roles(self, name: str, roles: Sequence[str], by: str, reason: str) -> Waiting | None:
        """Give other roles: at once what may be given at once, and ask for the rest. Raises BadAccount."""
        account = self._known(name)
        asked = self.powerful(code for code in dict.fromkeys(roles) if code not in account.roles)
        now = tuple(code for code in roles if code not in asked)
        # Taking away first, and the rules of a single change with it.
        if now != account.roles or not asked:
            await admin.set_roles(self._accounts, self._roles, name, now, by, reason)
        else:
            admin.check_change(self._accounts, self._roles, name, roles, by)
        return None if not asked else await self._ask("roles", name, account.room, asked, by, reason)

    async def enable(self, name: str, by: str, reason: str) -> Waiting | None:
        """Switch an account on again: at once, or asked for when its roles give power. Raises BadAccount."""
        account = self._known(name)
        power = self.powerful(account.roles)
        if not power or not account.disabled:
            await admin.set_disabled(self._accounts, name, False, by, reason)
            return None
        admin.check_change(self._accounts, self._roles, name, account.roles, by)
        return await self._ask("enable", name, account.room, power, by, reason)

    def needs_two(self, name: str) -> bool:
        """Whether a new secret for this account waits for a second administrator."""
        account = self._accounts.get(name)
        return account is not None and bool(self.powerful(account.roles))

    async def ask_secret(self, account: Account, by: str, reason: str, once_millis: Millis = 0) -> Waiting:
        """Ask for an account with a new secret to take the place of what it has. Raises BadAccount."""
        admin.check_change(self._accounts, self._roles, account.name, account.roles, by)
        power = self.powerful(account.roles)
        return await self._ask("secret", account.name, account.room, power, by, reason, account, once_millis)

    async def reset_factors(self, name: str, by: str, reason: str) -> Waiting | None:
        """Take away the second factor and the passkeys of somebody who lost them: at once, or asked for when that
        account has power. Raises BadAccount, NotKept."""
        factors, passkeys = self._losable()
        account = lost_by(self._accounts, factors, passkeys, name, by)
        if not (power := self.powerful(account.roles)):
            await reset_second_factor(self._accounts, factors, passkeys, account.name, by, reason)
            return None
        return await self._ask("factors", account.name, account.room, power, by, reason)

    async def _ask(
        self,
        kind: WaitingKind,
        name: str,
        room: str,
        roles: Sequence[str],
        by: str,
        reason: str,
        account: Account | None = None,
        once_millis: Millis = 0,
    ) -> Waiting:
        there = self.waiting(room)
        if any((w.kind, w.name) == (kind, name) for w in there):
            raise BadAccount("account.waits", f"this waits already for {name}")
        if len(there) >= MOST:
            raise BadAccount("account.too_many_wait", f"{MOST} wait already")
        asked = Waiting(
            id=self._entropy(16).hex(),
            kind=kind,
            name=name,
            room=room,
            roles=tuple(roles),
            by=by,
            at=self._clock.now(),
            reason=reason,
            account=account,
            once_millis=once_millis,
        )
        await self._accounts.note(name, by, f"asked: {_said(asked)}", reason)
        await asyncio.to_thread(self._write, asked)
        return asked

    # --- deciding ---------------------------------------------------------------------------------------------------

    async def confirm(self, id: str, room: str, by: str) -> Waiting:
        """A second administrator says yes, and it is so. Raises BadAccount: nobody confirms what he asked himself, or
        what is about himself."""
        async with self._deciding:
            asked = self._asked(id, room)
            if by == asked.by:
                raise BadAccount("account.own_request", "another administrator confirms what you asked")
            if by == asked.name:
                raise BadAccount("account.own", "nobody confirms what is about himself")
            asker = self._accounts.get(asked.by)
            if asker is None or not admin.administers(asker, self._roles):
                raise BadAccount("account.asker_gone", f"{asked.by} does not administer any more; ask it anew")
            await self._carry_out(asked, by)
            await asyncio.to_thread(self._drop, id)
        return asked

    async def refuse(self, id: str, room: str, by: str, reason: str) -> Waiting:
        """It is off: anybody who administers, also who asked it. Raises BadAccount."""
        async with self._deciding:
            asked = self._asked(id, room)
            await self._accounts.note(asked.name, by, f"refused: {_said(asked)}", reason)
            await asyncio.to_thread(self._drop, id)
        return asked

    async def _carry_out(self, asked: Waiting, by: str) -> None:
        reason, said = asked.reason, f"confirmed: {_said(asked)}, {asked.by}"
        if asked.kind == "factors":
            await reset_second_factor(self._accounts, *self._losable(), asked.name, by, reason, said)
            return
        if asked.kind == "new":
            if self._accounts.get(asked.name) is not None:
                raise BadAccount("account.exists", f"there is an account {asked.name!r} already")
        elif self._accounts.get(asked.name) is None:
            raise BadAccount("account.unknown", f"there is no account {asked.name!r}")
        account = self._accounts.get(asked.name)
        replace = msgspec.structs.replace
        if asked.account is not None:
            once = self._clock.now() + asked.once_millis if asked.once_millis else 0
            if account is None:
                made = replace(asked.account, once_until=once)
            else:  # only its secret: what was changed of it meanwhile stays
                made = replace(
                    account,
                    password=asked.account.password,
                    token=asked.account.token,
                    once_until=once,
                    generation=account.generation + 1,
                )
        elif account is not None and asked.kind == "roles":
            made = replace(account, roles=tuple(dict.fromkeys((*account.roles, *asked.roles))))
        elif account is not None:
            made = replace(account, disabled=False, generation=account.generation + 1)
        else:
            raise BadAccount("account.unknown", f"there is no account {asked.name!r}")
        await self._accounts.put([made], by, said, reason)

    def _losable(self) -> tuple[SecondFactors, Passkeys]:
        if self._factors is None or self._passkeys is None:
            raise BadAccount("factor.off", "this room has no second factors")
        return self._factors, self._passkeys

    def _asked(self, id: str, room: str) -> Waiting:
        found = next((w for w in self.waiting(room) if w.id == id), None)
        if found is None:
            raise BadAccount("account.no_wait", "this does not wait any more")
        return found

    def _known(self, name: str) -> Account:
        account = self._accounts.get(account_name(name))
        if account is None:
            raise BadAccount("account.unknown", f"there is no account {name!r}")
        return account

    # --- keeping ----------------------------------------------------------------------------------------------------

    def _write(self, asked: Waiting) -> None:
        since = self._clock.now() - WAITS_MILLIS
        with self._lock, self._connection as connection:
            connection.execute("BEGIN IMMEDIATE")
            for id, body in connection.execute("SELECT id, body FROM waiting").fetchall():
                if _DECODE(body).at <= since:
                    connection.execute("DELETE FROM waiting WHERE id = ?", (id,))
            connection.execute("INSERT INTO waiting VALUES (?, ?)", (asked.id, msgspec.msgpack.encode(asked)))

    def _drop(self, id: str) -> None:
        with self._lock, self._connection as connection:
            connection.execute("DELETE FROM waiting WHERE id = ?", (id,))

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._connection.close()


_DECODE = msgspec.msgpack.Decoder(Waiting).decode


def _said(asked: Waiting) -> str:
    return " ".join((asked.kind, *asked.roles))


def gives_power(known: Roles, codes: Iterable[str]) -> tuple[str, ...]:
    """Those of these roles that open more than work at a seat, or let somebody look on who does none."""
    rights = {code: known.combined([code]).rights for code in codes}
    return tuple(code for code, r in rights.items() if r - AT_A_SEAT or (r and "operate" not in r))


async def two_administrators(
    accounts: SqliteAccounts,
    passwords: Passwords,
    known: Roles,
    name: str,
    by: tuple[str, str],
    prove: Callable[[str], str],
) -> str:
    """Who gives power from the command line of the server: nobody as long as there is no administrator, the one there
    is while there is one, and from then on two, each with a password. Answers who gave it alone, in words for the
    list of changes. prove: asks somebody's password. Raises BadAccount.

    So the first administrator comes from whoever set up the server, the second from him and the first.
    """
    others = [a.name for a in accounts.all() if a.name != name and admin.administers(a, known)]
    first, second = by
    await admin.second_administrator(accounts, passwords, known, name, first, lambda: prove(first))
    if len(others) < 2:
        return f"one administrator, {first}" if others else "nobody, as the first administrator"
    if not second:
        raise BadAccount("account.second", "two administrators give power: name the other one with --second")
    if account_name(second) == account_name(first):
        raise BadAccount("account.second", "--by and --second are two people")
    await admin.second_administrator(accounts, passwords, known, name, second, lambda: prove(second))
    return ""
