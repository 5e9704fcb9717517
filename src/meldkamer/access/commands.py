"""`meldkamer account …` and `meldkamer reads …`: accounts and the read log. Exit codes: 0 fine, 1 wrong, 2 usage."""

from __future__ import annotations

import argparse
import asyncio
import getpass
import sys
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import msgspec

from meldkamer.access import administration as admin
from meldkamer.access.accounts import SqliteAccounts
from meldkamer.access.errors import AccessError, BadAccount
from meldkamer.access.factors import SecondFactors, reset_second_factor
from meldkamer.access.four_eyes import gives_power, two_administrators
from meldkamer.access.passkeys import Passkeys
from meldkamer.access.passwords import Passwords
from meldkamer.access.people import account_name
from meldkamer.access.readlog import ReadLog
from meldkamer.access.roles import SCOPES, Roles
from meldkamer.domain.clock import RandomIds, SystemClock

ACCOUNTS_FILE, READS_FILE = "access.sqlite", "readlog.sqlite"
FIRST_ADMINISTRATOR = "meldkamer account add {folder} NAME --room {room} --role FB"
"""What a room prints when it has no account yet."""

KnownRoles = Callable[[], Roles]


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser], roles: KnownRoles) -> None:
    """Add `account` and `reads`. roles: gives the roles of the pack, asked only when an act needs them."""
    account = commands.add_parser("account", help="people and machines that may come in")
    acts = account.add_subparsers(required=True, metavar="ACT")
    for name, act, text in (
        ("add", _add, "make a person's account; the password is asked, or read from standard input"),
        ("machine", _machine, "make a machine's account and show its token this once"),
        ("password", _password, "change a password"),
        ("token", _token, "give a machine a new token"),
        ("roles", _roles, "give other roles"),
        ("second-factor", _second_factor, "take away the second factor and the passkeys of somebody who lost them"),
        ("disable", _disable, "switch an account off"),
        ("enable", _enable, "switch an account on again"),
        ("list", _list, "show all accounts"),
        ("changes", _changes, "show who changed which account and why, newest first"),
    ):
        sub = acts.add_parser(name, help=text)
        sub.add_argument("dir", metavar="DIR", type=Path, help="the data folder of the room")
        if name not in ("list", "changes"):
            sub.add_argument("name", metavar="NAME")
        if name in ("add", "machine"):
            sub.add_argument("--room", required=True)
            sub.add_argument("--display", default="", help="the name that colleagues see")
        if name in ("add", "machine", "roles"):
            sub.add_argument("--role", action="append", default=[], metavar="CODE")
        if name in ("add", "machine", "roles"):
            sub.add_argument(
                "--by", default="", metavar="NAME", help="the administrator who gives these roles, once there is one"
            )
            sub.add_argument(
                "--second", default="", metavar="NAME", help="another administrator, once there are two: for power"
            )
        if name not in ("list", "changes"):
            first = name in ("add", "machine")
            sub.add_argument("--reason", required=not first, default="", help="why; stands in the list of changes")
        if name == "add":
            sub.add_argument("--language", choices=("nl", "en"), default="nl")
        if name == "machine":
            sub.add_argument("--scope", action="append", default=[], choices=SCOPES)
        sub.set_defaults(run=_guarded(act, roles))
    reads = commands.add_parser("reads", help="who read which sealed fields")
    acts = reads.add_subparsers(required=True, metavar="ACT")
    for name, read_act, text in (
        ("verify", _verify, "check the chain"),
        ("list", _reads, "show readings as JSON lines"),
    ):
        sub = acts.add_parser(name, help=text)
        sub.add_argument("dir", metavar="DIR", type=Path)
        if name == "list":
            sub.add_argument("--ref", default="")
            sub.add_argument("--person", default="")
            sub.add_argument("--after", type=int, default=0)
            sub.add_argument("--limit", type=int, default=1_000)
        sub.set_defaults(run=_on_reads(read_act))


_Act = Callable[[argparse.Namespace, SqliteAccounts, KnownRoles], Coroutine[Any, Any, str]]


def _guarded(act: _Act, roles: KnownRoles) -> Callable[[argparse.Namespace], int]:
    def run(args: argparse.Namespace) -> int:
        try:
            # A demonstration's file may be looked at and mended as well.
            accounts = SqliteAccounts(args.dir / ACCOUNTS_FILE, SystemClock(), demonstration=True)
            try:
                sys.stdout.write(asyncio.run(act(args, accounts, roles)) + "\n")
            finally:
                accounts.close()
        except (AccessError, OSError) as error:
            sys.stderr.write(f"meldkamer: {error}\n")
            return 1
        return 0

    return run


async def _add(args: argparse.Namespace, accounts: SqliteAccounts, roles: KnownRoles) -> str:
    passwords = Passwords()
    alone = await _givers(args, accounts, roles())
    account = await admin.add_account(
        accounts,
        passwords,
        roles(),
        name=args.name,
        room=args.room,
        password=_ask(),
        roles=args.role,
        display=args.display,
        language=args.language,
        by=_by(args.by, args.second),
        reason=args.reason,
    )
    return await _added(accounts, account.name, alone, args)


async def _machine(args: argparse.Namespace, accounts: SqliteAccounts, roles: KnownRoles) -> str:
    alone = await _givers(args, accounts, roles()) if gives_power(roles(), args.role) else ""
    token = await admin.add_machine(
        accounts,
        roles(),
        name=args.name,
        room=args.room,
        scopes=args.scope,
        roles=args.role,
        display=args.display,
        by=_by(args.by, args.second),
        reason=args.reason,
    )
    await _added(accounts, account_name(args.name), alone, args)
    return token


async def _password(args: argparse.Namespace, accounts: SqliteAccounts, roles: KnownRoles) -> str:
    await admin.set_password(accounts, Passwords(), args.name, _ask(), by=_by(), reason=args.reason)
    return "password changed; open sessions have ended"


async def _token(args: argparse.Namespace, accounts: SqliteAccounts, roles: KnownRoles) -> str:
    return await admin.renew_token(accounts, args.name, by=_by(), reason=args.reason)


async def _roles(args: argparse.Namespace, accounts: SqliteAccounts, roles: KnownRoles) -> str:
    alone = await _givers(args, accounts, roles(), always=True)
    by = _by(args.by, args.second)
    await admin.set_roles(accounts, roles(), args.name, args.role, by=by, reason=args.reason)
    await _added(accounts, account_name(args.name), alone, args)
    return f"{args.name}: {' '.join(args.role) or 'no roles'}"


async def _second_factor(args: argparse.Namespace, accounts: SqliteAccounts, roles: KnownRoles) -> str:
    factors = SecondFactors(args.dir / ACCOUNTS_FILE, SystemClock(), None)
    passkeys = Passkeys(args.dir / ACCOUNTS_FILE, SystemClock(), "")
    try:
        await reset_second_factor(accounts, factors, passkeys, args.name, _by(), args.reason)
    finally:
        factors.close()
        passkeys.close()
    return "the second factor and the passkeys are gone; open sessions have ended"


async def _disable(args: argparse.Namespace, accounts: SqliteAccounts, roles: KnownRoles) -> str:
    await admin.set_disabled(accounts, args.name, True, by=_by(), reason=args.reason)
    return f"{args.name} is switched off; open sessions have ended"


async def _enable(args: argparse.Namespace, accounts: SqliteAccounts, roles: KnownRoles) -> str:
    await admin.set_disabled(accounts, args.name, False, by=_by(), reason=args.reason)
    return f"{args.name} is switched on"


async def _list(args: argparse.Namespace, accounts: SqliteAccounts, roles: KnownRoles) -> str:
    return "\n".join(msgspec.json.encode(account).decode() for account in admin.list_accounts(accounts))


async def _changes(args: argparse.Namespace, accounts: SqliteAccounts, roles: KnownRoles) -> str:
    return "\n".join(msgspec.json.encode(change).decode() for change in await accounts.changes())


def _on_reads(act: Callable[[argparse.Namespace, ReadLog], int]) -> Callable[[argparse.Namespace], int]:
    def run(args: argparse.Namespace) -> int:
        path = args.dir / READS_FILE
        if not path.exists():
            sys.stderr.write(f"meldkamer: {path}: no such file\n")
            return 1
        try:
            log = ReadLog(path, SystemClock(), RandomIds())
        except AccessError as error:
            sys.stderr.write(f"meldkamer: {error}\n")
            return 1
        try:
            return act(args, log)
        finally:
            log.close()

    return run


def _verify(args: argparse.Namespace, log: ReadLog) -> int:
    broken = log.verify()
    for place in broken:
        sys.stdout.write(f"reading {place.n}: {place.why}\n")
    if not broken:
        number, hash = log.head()
        sys.stdout.write(f"{number} readings, the chain holds; its end is {hash.hex()}\n")
    return 1 if broken else 0


def _reads(args: argparse.Namespace, log: ReadLog) -> int:
    for found in log.query(ref=args.ref, person=args.person, after=args.after, limit=args.limit):
        line = {"n": found.n, **msgspec.to_builtins(found.reading)}
        sys.stdout.write(msgspec.json.encode(line).decode() + "\n")
    return 0


async def _givers(args: argparse.Namespace, accounts: SqliteAccounts, known: Roles, always: bool = False) -> str:
    """Have those who give these roles prove themselves. Answers what must be noted of it: that nobody confirmed."""
    if gives_power(known, args.role):
        by = (args.by, args.second)
        return await two_administrators(accounts, Passwords(), known, account_name(args.name), by, _proof)
    if always or args.role or args.by:
        name = account_name(args.name)
        await admin.second_administrator(accounts, Passwords(), known, name, args.by, lambda: _proof(args.by))
    return ""


async def _added(accounts: SqliteAccounts, name: str, alone: str, args: argparse.Namespace) -> str:
    """Note, in the list of changes and on the screen, that power was given without four eyes."""
    if alone:
        await accounts.note(name, _by(args.by), f"power without four eyes: {alone}", args.reason)
        sys.stderr.write(f"meldkamer: {name} was given power by {alone}; it stands in the list of changes\n")
    return f"added {name}"


def _by(*administrators: str) -> str:
    return " ".join(filter(None, (*administrators, f"command line: {getpass.getuser()}")))


def _proof(administrator: str) -> str:
    """Ask the password of an administrator who gives roles."""
    return _line(f"Password of {administrator}: ")


def _line(prompt: str) -> str:
    """A password, never from the arguments, where every user of the machine would see it."""
    return getpass.getpass(prompt) if sys.stdin.isatty() else sys.stdin.readline().rstrip("\r\n")


def _ask() -> str:
    first = _line("Password: ")
    if not sys.stdin.isatty():
        return first
    if getpass.getpass("Again: ") != first:
        raise BadAccount("password.differs", "the two passwords differ")
    return first
