"""Accounts and their file: what a name, a password and a safe file are, and the command line that makes them."""

from __future__ import annotations

import argparse
import asyncio
import io
import os
import sqlite3
import sys
from pathlib import Path

import pytest

from meldkamer.access import (
    BadAccount,
    NotSafeToOpen,
    Passwords,
    ReadLog,
    Roles,
    Session,
    SqliteAccounts,
    add_account,
    add_machine,
    list_accounts,
    set_password,
)
from meldkamer.access.commands import add_parser
from meldkamer.access.people import Account, check_password, new_secret
from meldkamer.domain.clock import FakeClock, SeededIds
from tests.access.conftest import PASSWORD


@pytest.mark.parametrize(
    ("password", "code"),
    [
        ("kort", "password.length"),
        ("x" * 129, "password.length"),
        ("aaaaaaaaaaaaaaaa", "password.monotonous"),
        ("abababababababab", "password.monotonous"),
        ("welkommeldkamer1", "password.guessable"),
        ("Wachtwoord123456", "password.guessable"),
        ("anna.jansen2026", "password.guessable"),
    ],
)
def test_a_weak_password_is_refused_with_the_reason(password: str, code: str) -> None:
    with pytest.raises(BadAccount) as refused:
        check_password(password, "anna.jansen", "RT")
    assert refused.value.code == code and password not in str(refused.value)


def test_a_long_sentence_is_welcome_however_it_is_composed() -> None:
    assert check_password("cafe\u0301 om de hoek") == check_password("café om de hoek")


@pytest.mark.parametrize("name", ["", "a", "-anna", "an na", "anna/../x", "ANNA\n", "x" * 65, "ann\u0430"])
async def test_a_bad_name_is_refused(accounts: SqliteAccounts, passwords: Passwords, roles: Roles, name: str) -> None:
    if name.strip().lower() == "anna":
        return
    with pytest.raises(BadAccount) as refused:
        await add_account(accounts, passwords, roles, name=name, room="RT", password=PASSWORD, roles=[])
    assert refused.value.code == "account.name"


async def test_an_account_is_made_once_with_roles_that_exist(
    accounts: SqliteAccounts, passwords: Passwords, roles: Roles
) -> None:
    made = await add_account(accounts, passwords, roles, name="Anna", room="RT", password=PASSWORD, roles=["CTL-B"])
    assert made.name == "anna" and made.password.startswith("$argon2id$")
    for kwargs, code in (
        ({"name": "anna", "roles": []}, "account.exists"),
        ({"name": "ANNA", "roles": []}, "account.exists"),
        ({"name": "bert", "roles": ["ROOT"]}, "account.role"),
    ):
        with pytest.raises(BadAccount) as refused:
            await add_account(accounts, passwords, roles, room="RT", password=PASSWORD, **kwargs)  # type: ignore[arg-type]
        assert refused.value.code == code
    for scopes in ([], ["root"]):
        with pytest.raises(BadAccount):
            await add_machine(accounts, roles, name="bi", room="RT", scopes=scopes)


async def test_a_person_has_no_token_and_a_machine_no_password(
    accounts: SqliteAccounts, passwords: Passwords, roles: Roles
) -> None:
    await add_machine(accounts, roles, name="bi", room="RT", scopes=["feed"])
    with pytest.raises(BadAccount):
        await set_password(accounts, passwords, "bi", PASSWORD)
    with pytest.raises(BadAccount):
        await set_password(accounts, passwords, "nobody", PASSWORD)


async def test_who_changed_what_is_kept(accounts: SqliteAccounts, passwords: Passwords, roles: Roles) -> None:
    await add_account(accounts, passwords, roles, name="anna", room="RT", password=PASSWORD, roles=[], by="beheer")
    await set_password(accounts, passwords, "anna", "een andere lange zin", by="anna")
    assert [(c.by, c.account, c.what) for c in await accounts.changes()] == [
        ("anna", "anna", "password changed"),
        ("beheer", "anna", "added: -"),
    ]


async def test_a_list_of_accounts_holds_no_secret(accounts: SqliteAccounts, roles: Roles) -> None:
    await add_machine(accounts, roles, name="bi", room="RT", scopes=["feed"])
    [shown] = list_accounts(accounts)
    assert not {"password", "token"} & set(shown.__struct_fields__)


def test_an_account_of_a_demonstration_has_no_place_in_a_real_room(tmp_path: Path, clock: FakeClock) -> None:
    path = tmp_path / "access.sqlite"
    fake = Account(name="rt.112", room="RT", demonstration=True, password="x")
    real = SqliteAccounts(path, clock)
    with pytest.raises(NotSafeToOpen):
        asyncio.run(real.put([fake], "x", "x"))
    demonstration = SqliteAccounts(path, clock, demonstration=True)
    asyncio.run(demonstration.put([fake], "x", "x"))
    # A room that runs already does not see it, and a room that starts refuses the file.
    assert real.get("rt.112") is None and demonstration.get("rt.112") is not None
    real.close()
    demonstration.close()
    with pytest.raises(NotSafeToOpen, match=r"rt\.112"):
        SqliteAccounts(path, clock)


def test_a_new_room_has_no_account_at_all(accounts: SqliteAccounts) -> None:
    assert accounts.all() == []


def test_secrets_come_from_the_given_source_and_have_256_bits() -> None:
    asked = []

    def source(n: int) -> bytes:
        asked.append(n)
        return os.urandom(n)

    assert len({new_secret(source) for _ in range(100)}) == 100 and set(asked) == {32}


# --- the file --------------------------------------------------------------------------------------------------------


def test_only_its_owner_may_read_the_file(tmp_path: Path, clock: FakeClock) -> None:
    path = tmp_path / "access.sqlite"
    SqliteAccounts(path, clock).close()
    assert path.stat().st_mode & 0o777 == 0o600
    path.chmod(0o640)
    with pytest.raises(NotSafeToOpen, match="chmod"):
        SqliteAccounts(path, clock)


def test_a_file_that_is_not_ours_is_left_alone(tmp_path: Path, clock: FakeClock) -> None:
    path = tmp_path / "access.sqlite"
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE somebody_elses (x)")
    connection.close()
    path.chmod(0o600)
    with pytest.raises(NotSafeToOpen, match="another"):
        SqliteAccounts(path, clock)
    path.write_bytes(b"this is a letter, not a database" * 100)
    with pytest.raises(NotSafeToOpen):
        SqliteAccounts(path, clock)


def test_a_file_of_a_newer_program_is_refused(tmp_path: Path, clock: FakeClock) -> None:
    path = tmp_path / "access.sqlite"
    SqliteAccounts(path, clock).close()
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA user_version=99")
    connection.close()
    with pytest.raises(NotSafeToOpen, match="newer"):
        SqliteAccounts(path, clock)


def test_a_link_to_somewhere_else_is_not_followed(tmp_path: Path, clock: FakeClock) -> None:
    (tmp_path / "target").write_bytes(b"")
    (tmp_path / "access.sqlite").symlink_to(tmp_path / "target")
    with pytest.raises(NotSafeToOpen):
        SqliteAccounts(tmp_path / "access.sqlite", clock)


# --- the command line ------------------------------------------------------------------------------------------------


def run(roles: Roles, *argv: str) -> int:
    parser = argparse.ArgumentParser()
    add_parser(parser.add_subparsers(required=True), lambda: roles)
    args = parser.parse_args(argv)
    done: int = args.run(args)
    return done


def test_the_first_administrator_is_made_on_the_command_line(
    tmp_path: Path, roles: Roles, clock: FakeClock, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = str(tmp_path)
    monkeypatch.setattr(sys, "stdin", io.StringIO(f"{PASSWORD}\n"))
    assert run(roles, "account", "add", folder, "beheer1", "--room", "RT", "--role", "FB") == 0
    assert PASSWORD not in capsys.readouterr().out
    assert run(roles, "account", "machine", folder, "bi", "--room", "RT", "--scope", "feed") == 0
    token = capsys.readouterr().out.strip()
    accounts = SqliteAccounts(tmp_path / "access.sqlite", clock)
    found, machine = accounts.get("beheer1"), accounts.by_token(token)
    assert found is not None and found.roles == ("FB",) and machine is not None and machine.name == "bi"
    accounts.close()
    assert run(roles, "account", "disable", folder, "bi", "--reason", "weg") == 0
    assert run(roles, "account", "list", folder) == 0
    out = capsys.readouterr().out
    assert '"name":"bi"' in out and token not in out and "argon2" not in out


def test_a_mistake_on_the_command_line_is_said_and_is_exit_code_1(
    tmp_path: Path, roles: Roles, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO("kort\n"))
    assert run(roles, "account", "add", str(tmp_path), "anna", "--room", "RT") == 1
    assert "12 to 128" in capsys.readouterr().err
    assert run(roles, "account", "disable", str(tmp_path), "nobody", "--reason", "weg") == 1
    assert run(roles, "reads", "verify", str(tmp_path / "nowhere")) == 1


def test_an_auditor_verifies_and_lists_readings(
    tmp_path: Path, roles: Roles, clock: FakeClock, capsys: pytest.CaptureFixture[str]
) -> None:
    log = ReadLog(tmp_path / "readlog.sqlite", clock, SeededIds(1))
    who = Session(id="s", person="anna", name="Anna", room="RT")
    asyncio.run(log.record(who, "RT/1", "incident", ("caller",), "handling"))
    log.close()
    assert run(roles, "reads", "verify", str(tmp_path)) == 0
    assert run(roles, "reads", "list", str(tmp_path), "--ref", "RT/1") == 0
    out = capsys.readouterr().out
    assert "1 readings, the chain holds" in out and '"person":"anna"' in out
