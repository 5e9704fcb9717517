"""Making and changing accounts: what an administrator does, from the command line or the desk."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Literal

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
)
from meldkamer.access.roles import SCOPES, Roles


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
    accounts: SqliteAccounts,
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
    by: str = "command line",
) -> Account:
    """Make the account of a person. Raises BadAccount (name, password, role, or already there)."""
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
    )
    await accounts.put([account], by, "added")
    return account


async def add_machine(
    accounts: SqliteAccounts,
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
    await accounts.put([account], by, "added")
    return token


async def set_password(
    accounts: SqliteAccounts, passwords: Passwords, name: str, password: str, by: str = "command line"
) -> None:
    """Change a password; every session of the account ends. Raises BadAccount."""
    account = _known(accounts, name)
    if account.machine:
        raise BadAccount("account.machine", "a machine has a token, not a password")
    text = check_password(password, account.name, account.room, account.display)
    hashed = await passwords.hash(text)
    await accounts.put([_next(account, password=hashed)], by, "password changed")


async def renew_token(
    accounts: SqliteAccounts, name: str, by: str = "command line", entropy: Entropy = os.urandom
) -> str:
    """Give a machine a new token; the old one is worthless from now on. Raises BadAccount."""
    account = _known(accounts, name)
    if not account.machine:
        raise BadAccount("account.person", "a person has a password, not a token")
    token = new_token(entropy)
    await accounts.put([_next(account, token=fingerprint(token))], by, "token renewed")
    return token


async def set_roles(
    accounts: SqliteAccounts, known: Roles, name: str, roles: Sequence[str], by: str = "command line"
) -> None:
    """Give other roles; open sessions have them at once. Raises BadAccount."""
    account = _known(accounts, name)
    _check_roles(known, roles)
    await accounts.put([msgspec.structs.replace(account, roles=tuple(roles))], by, f"roles: {' '.join(roles)}")


async def set_disabled(accounts: SqliteAccounts, name: str, disabled: bool, by: str = "command line") -> None:
    """Switch an account off, which ends its sessions, or on again. Raises BadAccount."""
    account = _known(accounts, name)
    await accounts.put([_next(account, disabled=disabled)], by, "disabled" if disabled else "enabled")


def list_accounts(accounts: SqliteAccounts) -> list[AccountView]:
    """Every account, without secrets."""
    fields = AccountView.__struct_fields__
    return [AccountView(**{f: getattr(account, f) for f in fields}) for account in accounts.all()]


def new_token(entropy: Entropy = os.urandom) -> str:
    """A machine's token; its first letters let a scanner find it where it should not be."""
    return TOKEN_PREFIX + new_secret(entropy)


def _known(accounts: SqliteAccounts, name: str) -> Account:
    account = accounts.get(account_name(name))
    if account is None:
        raise BadAccount("account.unknown", f"there is no account {name!r}")
    return account


def _check(accounts: SqliteAccounts, known: Roles, name: str, roles: Sequence[str]) -> None:
    if accounts.get(name) is not None:
        raise BadAccount("account.exists", f"there is an account {name!r} already")
    _check_roles(known, roles)


def _check_roles(known: Roles, roles: Sequence[str]) -> None:
    if unknown := [role for role in roles if role not in known]:
        raise BadAccount("account.role", f"unknown role {', '.join(unknown)}")


def _next(account: Account, **changes: object) -> Account:
    return msgspec.structs.replace(account, generation=account.generation + 1, **changes)
