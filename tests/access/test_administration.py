"""What administrators may do to accounts, and may not do to their own; one-time passwords; what is kept of it all."""

from __future__ import annotations

import sqlite3
import sys
from pathlib import Path

import pytest

from meldkamer.access import (
    BadAccount,
    Gate,
    Passwords,
    Roles,
    Sessions,
    SqliteAccounts,
    WrongCredentials,
    add_account,
    add_machine,
    give_one_time_password,
    set_disabled,
    set_password,
    set_roles,
)
from meldkamer.domain.clock import FakeClock
from tests.access.conftest import PASSWORD
from tests.access.test_accounts import run

OWN = "een eigen lange zin, zelf bedacht"
HOUR = 3_600_000


async def test_nobody_changes_his_own_roles_or_switches_himself(gate: Gate, passwords: Passwords, roles: Roles) -> None:
    accounts = gate.accounts
    for name in ("beheer", "tweede"):
        await add_account(accounts, passwords, roles, name=name, room="RT", password=PASSWORD, roles=["FB"])
    for given in (["FB", "CTL-A"], [], ["FB"]):
        with pytest.raises(BadAccount) as refused:
            await set_roles(accounts, roles, "beheer", given, by="beheer", reason="handig")
        assert refused.value.code == "account.own"
    # However the name is spelled.
    with pytest.raises(BadAccount):
        await set_roles(accounts, roles, " BEHEER", ["AUDIT"], by="beheer", reason="handig")
    with pytest.raises(BadAccount) as refused:
        await set_disabled(accounts, "beheer", True, by="beheer", reason="klaar")
    assert refused.value.code == "account.own"
    found = accounts.get("beheer")
    assert found is not None and found.roles == ("FB",) and not found.disabled
    await set_roles(accounts, roles, "beheer", ["FB", "KWAL"], by="tweede", reason="neemt kwaliteit erbij")
    found = accounts.get("beheer")
    assert found is not None and found.roles == ("FB", "KWAL")


async def test_every_change_is_kept_with_its_reason_and_stays(
    tmp_path: Path, gate: Gate, passwords: Passwords, roles: Roles
) -> None:
    accounts = gate.accounts
    await set_roles(accounts, roles, "anna", ["CTL-P"], by="beheer", reason="andere dienst")
    await set_disabled(accounts, "anna", True, by="beheer", reason="uit dienst")
    await accounts.note("anna", "beheer", "session ended", "vergeten")
    await set_password(accounts, passwords, "anna", OWN, by="beheer")
    kept = [(c.by, c.what, c.reason) for c in await accounts.changes(account="anna")]
    assert kept == [
        ("beheer", "password changed", ""),
        ("beheer", "session ended", "vergeten"),
        ("beheer", "disabled", "uit dienst"),
        ("beheer", "roles: CTL-B > CTL-P", "andere dienst"),
        ("command line", "added: CTL-B", ""),
    ]
    assert await accounts.changes(account="bert") == []
    connection = sqlite3.connect(tmp_path / "access.sqlite")
    for statement in ("DELETE FROM changes", "UPDATE reasons SET reason = ''", "DELETE FROM reasons"):
        with pytest.raises(sqlite3.DatabaseError, match="stays"):
            connection.execute(statement)
    connection.close()


async def test_a_one_time_password_opens_nothing_but_the_choice_of_an_own_one(gate: Gate, passwords: Passwords) -> None:
    accounts, sessions = gate.accounts, gate.sessions
    before, _ = await gate.sign_in("anna", PASSWORD, "", "192.0.2.1")
    once = await give_one_time_password(accounts, passwords, "anna", sessions.now() + HOUR, "beheer", "kwijt")
    assert gate.by_cookie(before) is None
    with pytest.raises(WrongCredentials):
        await gate.sign_in("anna", PASSWORD, "", "192.0.2.1")
    for new, code in (("", "password.once"), (once, "password.same"), ("kort", "password.length")):
        with pytest.raises(BadAccount) as refused:
            await gate.sign_in("anna", once, "", "192.0.2.1", new_password=new)
        assert refused.value.code == code and sessions.open() == []
    secret, session = await gate.sign_in("anna", once, "", "192.0.2.1", new_password=OWN)
    assert session.person == "anna" and gate.by_cookie(secret) is not None
    with pytest.raises(WrongCredentials):
        await gate.sign_in("anna", once, "", "192.0.2.1", new_password=PASSWORD)
    await gate.sign_in("anna", OWN, "", "192.0.2.1")
    changes = await accounts.changes(limit=2)
    assert [(c.by, c.what) for c in changes] == [("anna", "password changed"), ("beheer", "one-time password")]


async def test_a_one_time_password_that_is_over_is_as_wrong_as_any(
    gate: Gate, passwords: Passwords, clock: FakeClock
) -> None:
    once = await give_one_time_password(gate.accounts, passwords, "anna", clock.now() + HOUR, "beheer", "kwijt")
    await clock.pump(HOUR / 1000)
    with pytest.raises(WrongCredentials):
        await gate.sign_in("anna", once, "", "192.0.2.1", new_password=OWN)


async def test_a_guesser_is_not_told_that_a_password_was_given_for_once(gate: Gate, passwords: Passwords) -> None:
    await give_one_time_password(gate.accounts, passwords, "anna", gate.sessions.now() + HOUR, "beheer", "kwijt")
    with pytest.raises(WrongCredentials):
        await gate.sign_in("anna", "zomaar geraden", "", "192.0.2.1", new_password=OWN)


async def test_a_machine_gets_no_one_time_password(gate: Gate, roles: Roles, passwords: Passwords) -> None:
    await add_machine(gate.accounts, roles, name="bi", room="RT", scopes=["feed"])
    with pytest.raises(BadAccount):
        await give_one_time_password(gate.accounts, passwords, "bi", HOUR, "beheer", "kwijt")


async def test_who_is_in_and_when_somebody_last_came(
    tmp_path: Path, gate: Gate, roles: Roles, passwords: Passwords, clock: FakeClock
) -> None:
    sessions = gate.sessions
    await add_account(gate.accounts, passwords, roles, name="bert", room="RT", password=PASSWORD, roles=[])
    assert sessions.last_sign_in("anna") is None and sessions.open() == []
    came = clock.now()
    secret, session = await gate.sign_in("anna", PASSWORD, "RT-4", "192.0.2.1")
    await clock.pump(60)
    other, _ = await gate.sign_in("anna", PASSWORD, "", "192.0.2.1")
    assert [(s.account, s.seat, s.started) for s in sessions.open()] == [
        ("anna", "RT-4", came),
        ("anna", "", came + 60_000),
    ]
    assert secret not in repr(sessions.open()) and sessions.open()[0].id == session.id
    await sessions.end_one(session.id)
    assert gate.by_cookie(secret) is None and gate.by_cookie(other) is not None
    assert sessions.left_seats() == [("anna", "RT-4")]
    # Looking on is no sign of life: a desk that is idle does end.
    for _ in range(31):
        await clock.pump(60)
        sessions.open()
    assert sessions.open() == []
    again = Sessions(tmp_path / "access.sqlite", gate.accounts, roles, clock)
    assert again.last_sign_in("anna") == came + 60_000 and again.last_sign_in("bert") is None
    again.close()


# --- the command line ------------------------------------------------------------------------------------------------


@pytest.fixture
def typed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What is typed, line by line."""
    lines: list[str] = []

    class Keyboard:
        def isatty(self) -> bool:
            return False

        def readline(self) -> str:
            return lines.pop(0) + "\n"

    monkeypatch.setattr(sys, "stdin", Keyboard())
    return lines


def test_on_the_command_line_another_administrator_gives_the_roles(
    tmp_path: Path, roles: Roles, clock: FakeClock, typed: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    folder = str(tmp_path)
    typed += [PASSWORD]
    assert run(roles, "account", "add", folder, "een", "--room", "RT", "--role", "FB") == 0
    # The first is there: from now on nobody adds an administrator alone, nor gives himself a role.
    assert run(roles, "account", "add", folder, "twee", "--room", "RT", "--role", "FB") == 1
    assert "--by" in capsys.readouterr().err
    typed += ["niet het wachtwoord"]
    assert run(roles, "account", "add", folder, "twee", "--room", "RT", "--role", "FB", "--by", "een") == 1
    typed += [PASSWORD, OWN]
    add = ["account", "add", folder, "twee", "--room", "RT", "--role", "FB", "--by", "een", "--reason", "tweede paar"]
    assert run(roles, *add) == 0
    change = ["account", "roles", folder, "een", "--role", "AUDIT", "--reason", "gaat toezien"]
    assert run(roles, *change) == 1
    assert run(roles, *change, "--by", "een") == 1
    assert "nobody gives himself roles" in capsys.readouterr().err
    typed += [OWN]
    assert run(roles, *change, "--by", "twee") == 0
    assert typed == []
    accounts = SqliteAccounts(tmp_path / "access.sqlite", clock)
    found = accounts.get("een")
    assert found is not None and found.roles == ("AUDIT",)
    accounts.close()
    capsys.readouterr()
    assert run(roles, "account", "changes", folder) == 0
    newest = capsys.readouterr().out.splitlines()[0]
    assert '"reason":"gaat toezien"' in newest and '"by":"twee command line' in newest


def test_who_is_no_administrator_gives_no_roles(
    tmp_path: Path, roles: Roles, typed: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    folder = str(tmp_path)
    typed += [PASSWORD, OWN]
    assert run(roles, "account", "add", folder, "een", "--room", "RT", "--role", "FB") == 0
    assert run(roles, "account", "add", folder, "gast", "--room", "RT") == 0
    typed += [OWN]
    change = ["account", "roles", folder, "een", "--role", "AUDIT", "--reason", "zomaar", "--by", "gast"]
    assert run(roles, *change) == 1
    assert "no administrator" in capsys.readouterr().err
