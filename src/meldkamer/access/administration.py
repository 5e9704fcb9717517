"""Making and changing accounts: what an administrator does, from the command line or the desk."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from typing import Literal, Protocol

import msgspec

from meldkamer.access.accounts import SqliteAccounts
from meldkamer.access.errors import BadAccount
from meldkamer.access.passwords import Passwords
from meldkamer.access.people import (
    TOKEN_PREFIX,
    Account,
    Entropy,
    account_name,
    check_password,
    fingerprint,
    new_secret,
    readable_password,
)
from meldkamer.access.roles import SCOPES, Roles
from meldkamer.domain.clock import Millis


class Kept(Protocol):
    """Where accounts are looked up and put: the file, or something that only notes what would be put."""

    def get(self, name: str) -> Account | None: ...
    async def put(self, accounts: Sequence[Account], by: str, what: str, reason: str = "") -> None: ...


class AccountView(msgspec.Struct, frozen=True, kw_only=True):
    """An account without its secrets."""

    name: str
    room: str
    display: str
    roles: tuple[str, ...]
    scopes: tuple[str, ...]
    language: str
    disabled: bool
    machine: bool
    simulated: bool
    demonstration: bool


async def add_account(
    accounts: Kept,
    passwords: Passwords,
    known: Roles,
    *,
    name: str,
    room: str,
    password: str,
    roles: Sequence[str],
    display: str = "",
    language: Literal["nl", "en"] = "nl",
    regions: Sequence[str] = (),
    once_until: Millis = 0,
    by: str = "command line",
    reason: str = "",
) -> Account:
    """Make the account of a person. Raises BadAccount (name, password, role, or already there).

    once_until: until when a password that somebody else chose can be exchanged for an own one; 0: it is their own.
    """
    name = account_name(name)
    _check(accounts, known, name, roles)
    account = Account(
        name=name,
        room=room,
        display=display,
        roles=tuple(roles),
        language=language,
        regions=tuple(regions),
        password=await passwords.hash(check_password(password, name, room, display)),
        once_until=once_until,
    )
    await accounts.put([account], by, _added(roles), reason)
    return account


async def add_machine(
    accounts: Kept,
    known: Roles,
    *,
    name: str,
    room: str,
    scopes: Sequence[str],
    roles: Sequence[str] = (),
    display: str = "",
    simulated: bool = False,
    regions: Sequence[str] = (),
    by: str = "command line",
    reason: str = "",
    entropy: Entropy = os.urandom,
) -> str:
    """Make the account of a machine and answer its token, which is shown this once. Raises BadAccount."""
    name = account_name(name)
    _check(accounts, known, name, roles)
    if not scopes or (unknown := sorted(set(scopes) - set(SCOPES))):
        raise BadAccount(
            "account.scope", f"scopes are {', '.join(SCOPES)}; at least one" if not scopes else str(unknown)
        )
    token = new_token(entropy)
    account = Account(
        name=name,
        room=room,
        display=display,
        roles=tuple(roles),
        machine=True,
        scopes=tuple(scopes),
        simulated=simulated,
        regions=tuple(regions),
        token=fingerprint(token),
    )
    await accounts.put([account], by, _added((*roles, *scopes)), reason)
    return token


async def set_password(
    accounts: SqliteAccounts,
    passwords: Passwords,
    name: str,
    password: str,
    by: str = "command line",
    reason: str = "",
) -> None:
    """Change a password; every session of the account ends. Raises BadAccount."""
    account = _person(accounts, name)
    text = check_password(password, account.name, account.room, account.display)
    hashed = await passwords.hash(text)
    await accounts.put([_next(account, password=hashed, once_until=0)], by, "password changed", reason)


async def give_one_time_password(
    accounts: Kept,
    passwords: Passwords,
    name: str,
    until: Millis,
    by: str,
    reason: str,
    entropy: Entropy = os.urandom,
) -> str:
    """A password that is shown this once and, until this moment, can only be exchanged for an own one at sign-in.

    Every session of the account ends. Raises BadAccount.
    """
    account, password = _person(accounts, name), readable_password(entropy)
    hashed = await passwords.hash(password)
    await accounts.put([_next(account, password=hashed, once_until=until)], by, "one-time password", reason)
    return password


async def renew_token(
    accounts: Kept,
    name: str,
    by: str = "command line",
    entropy: Entropy = os.urandom,
    reason: str = "",
) -> str:
    """Give a machine a new token; the old one is worthless from now on. Raises BadAccount."""
    account = _known(accounts, name)
    if not account.machine:
        raise BadAccount("account.person", "a person has a password, not a token")
    token = new_token(entropy)
    await accounts.put([_next(account, token=fingerprint(token))], by, "token renewed", reason)
    return token


async def set_roles(
    accounts: SqliteAccounts,
    known: Roles,
    name: str,
    roles: Sequence[str],
    by: str = "command line",
    reason: str = "",
) -> None:
    """Give other roles; open sessions have them at once. Raises BadAccount, also when somebody changes his own."""
    account = _known(accounts, name)
    _of_another(account, by)
    _check_roles(known, roles)
    said = f"roles: {' '.join(account.roles) or '-'} > {' '.join(roles) or '-'}"
    await accounts.put([msgspec.structs.replace(account, roles=tuple(roles))], by, said, reason)


async def set_disabled(
    accounts: SqliteAccounts, name: str, disabled: bool, by: str = "command line", reason: str = ""
) -> None:
    """Switch an account off, which ends its sessions, or on again. Raises BadAccount, also for one's own account."""
    account = _known(accounts, name)
    _of_another(account, by)
    await accounts.put([_next(account, disabled=disabled)], by, "disabled" if disabled else "enabled", reason)


async def second_administrator(
    accounts: SqliteAccounts, passwords: Passwords, known: Roles, name: str, by: str, password: Callable[[], str]
) -> None:
    """Whether roles may be given to this account outside the desk: by an administrator who is somebody else.

    by: that administrator, whose password is then asked; empty is right only as long as there is no other one, for
    the first must come from somewhere. Raises BadAccount.
    """
    others = [a for a in accounts.all() if a.name != name and administers(a, known)]
    if not by:
        if others:
            raise BadAccount("account.second", "another administrator gives roles: say who with --by")
        return
    if account_name(by) == name:
        raise _own()
    found = next((a for a in others if a.name == account_name(by)), None)
    # The same work for a name that is no administrator's as for a wrong password.
    if not await passwords.verify(found.password if found is not None else "", password()):
        raise BadAccount("account.by", f"{by} is no administrator, or the password is wrong")


def check_change(accounts: SqliteAccounts, known: Roles, name: str, roles: Sequence[str], by: str) -> None:
    """Raises BadAccount for what nobody may ask: of an account that is not there, of one's own, for unknown roles."""
    _of_another(_known(accounts, name), by)
    _check_roles(known, roles)


def list_accounts(accounts: SqliteAccounts) -> list[AccountView]:
    """Every account, without secrets."""
    fields = AccountView.__struct_fields__
    return [AccountView(**{f: getattr(account, f) for f in fields}) for account in accounts.all()]


def new_token(entropy: Entropy = os.urandom) -> str:
    """A machine's token; its first letters let a scanner find it where it should not be."""
    return TOKEN_PREFIX + new_secret(entropy)


def _known(accounts: Kept, name: str) -> Account:
    account = accounts.get(account_name(name))
    if account is None:
        raise BadAccount("account.unknown", f"there is no account {name!r}")
    return account


def _person(accounts: Kept, name: str) -> Account:
    account = _known(accounts, name)
    if account.machine:
        raise BadAccount("account.machine", "a machine has a token, not a password")
    return account


def administers(account: Account, known: Roles) -> bool:
    """Whether somebody can act as an administrator with this account now."""
    usable = not (account.disabled or account.machine or account.once_until)
    return usable and "administer" in known.combined(account.roles).rights


def _of_another(account: Account, by: str) -> None:
    """Nobody decides what he may himself, nor whether he may come in: a second person does."""
    if account.name == by:
        raise _own()


def _own() -> BadAccount:
    return BadAccount(
        "account.own", "nobody gives himself roles or switches himself on or off: another administrator does"
    )


def _added(given: Sequence[str]) -> str:
    return f"added: {' '.join(given) or '-'}"


def _check(accounts: Kept, known: Roles, name: str, roles: Sequence[str]) -> None:
    if accounts.get(name) is not None:
        raise BadAccount("account.exists", f"there is an account {name!r} already")
    _check_roles(known, roles)


def _check_roles(known: Roles, roles: Sequence[str]) -> None:
    if unknown := [role for role in roles if role not in known]:
        raise BadAccount("account.role", f"unknown role {', '.join(unknown)}")


def _next(account: Account, **changes: object) -> Account:
    return msgspec.structs.replace(account, generation=account.generation + 1, **changes)
