"""Nobody gives power alone: not by an account, a role, a password or a token, nor by whom he made himself."""

from __future__ import annotations

import io
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from meldkamer.access import (
    BadAccount,
    Draft,
    FourEyes,
    Gate,
    Passwords,
    Roles,
    SqliteAccounts,
    WrongCredentials,
    add_account,
    give_one_time_password,
    set_disabled,
)
from meldkamer.access.four_eyes import WAITS_MILLIS, gives_power
from meldkamer.domain.clock import FakeClock

from .conftest import PASSWORD
from .test_accounts import run

ROOM = "RT"
WHY = "een derde beheerder"


@pytest.fixture
def eyes(tmp_path: Path, accounts: SqliteAccounts, roles: Roles, clock: FakeClock) -> Iterator[FourEyes]:
    kept = FourEyes(tmp_path / "access.sqlite", accounts, roles, clock)
    yield kept
    kept.close()


@pytest.fixture
async def staff(gate: Gate, passwords: Passwords, roles: Roles) -> SqliteAccounts:
    for name in ("ada", "bea", "cor"):
        await add_account(gate.accounts, passwords, roles, name=name, room=ROOM, password=PASSWORD, roles=["FB"])
    return gate.accounts


async def asked_account(
    eyes: FourEyes, accounts: SqliteAccounts, passwords: Passwords, roles: Roles, name: str, given: list[str], by: str
) -> str:
    draft = Draft(accounts)
    await add_account(draft, passwords, roles, name=name, room=ROOM, password=PASSWORD, roles=given)
    return (await eyes.ask_account(draft.account, by, WHY)).id


async def refusal(eyes: FourEyes, id: str, by: str, room: str = ROOM) -> str:
    with pytest.raises(BadAccount) as refused:
        await eyes.confirm(id, room, by)
    return refused.value.code


def test_power_is_every_role_but_work_at_a_seat(roles: Roles) -> None:
    seats = {"CTL-112", "CTL-B", "CTL-A", "UIT-B", "AAN-P", "CACO"}
    assert gives_power(roles, sorted(seats)) == ()
    power = {"FB", "AUDIT", "HMK", "CRISIS", "LEZER", "KWAL", "STURING", "BESTUUR", "OEF", "RIS-P"}
    assert set(gives_power(roles, roles)) >= power


async def test_an_account_is_nowhere_until_another_confirms_it(
    eyes: FourEyes, staff: SqliteAccounts, gate: Gate, passwords: Passwords, roles: Roles
) -> None:
    id = await asked_account(eyes, staff, passwords, roles, "dirk", ["CTL-B"], "ada")
    assert staff.get("dirk") is None
    with pytest.raises(WrongCredentials):
        await gate.sign_in("dirk", PASSWORD, "", "a")
    assert await refusal(eyes, id, "ada") == "account.own_request"
    assert await refusal(eyes, id, "bea", "LB") == "account.no_wait"
    await eyes.confirm(id, ROOM, "bea")
    await gate.sign_in("dirk", PASSWORD, "", "a")
    assert await refusal(eyes, id, "cor") == "account.no_wait"
    lines = [(c.by, c.what, c.reason) for c in await staff.changes(10, "dirk")]
    assert lines == [("bea", "confirmed: new CTL-B, ada", WHY), ("ada", "asked: new CTL-B", WHY)]


async def test_a_role_at_a_seat_is_given_at_once_and_power_waits(eyes: FourEyes, staff: SqliteAccounts) -> None:
    asked = await eyes.set_roles("anna", ["CTL-P", "LEZER", "AUDIT"], "ada", WHY)
    found = staff.get("anna")
    assert found is not None and found.roles == ("CTL-P",)  # CTL-B is gone at once as well
    assert asked is not None and asked.roles == ("LEZER", "AUDIT")
    await eyes.confirm(asked.id, ROOM, "bea")
    found = staff.get("anna")
    assert found is not None and found.roles == ("CTL-P", "LEZER", "AUDIT")
    assert await eyes.set_roles("anna", ["CTL-P"], "ada", "minder") is None


async def test_nobody_confirms_what_is_about_himself(eyes: FourEyes, staff: SqliteAccounts) -> None:
    asked = await eyes.set_roles("bea", ["FB", "AUDIT"], "ada", WHY)
    assert asked is not None
    assert await refusal(eyes, asked.id, "bea") == "account.own"
    with pytest.raises(BadAccount) as refused:
        await eyes.set_roles("ada", ["FB", "AUDIT"], "ada", WHY)
    assert refused.value.code == "account.own"
    await eyes.confirm(asked.id, ROOM, "cor")


async def test_a_new_secret_for_who_has_power_opens_nothing_before_it_is_confirmed(
    eyes: FourEyes, staff: SqliteAccounts, gate: Gate, passwords: Passwords, clock: FakeClock
) -> None:
    """Or one administrator would become the other, and confirm himself."""
    assert eyes.needs_two("bea") and not eyes.needs_two("anna")
    draft = Draft(staff)
    once = await give_one_time_password(draft, passwords, "bea", clock.now() + 1, "ada", "kwijt")
    asked = await eyes.ask_secret(draft.account, "ada", "kwijt", 1_000)
    with pytest.raises(WrongCredentials):
        await gate.sign_in("bea", once, "", "a", new_password="een eigen zin die sterk is")
    await gate.sign_in("bea", PASSWORD, "", "a")
    assert await refusal(eyes, asked.id, "bea") == "account.own"
    await clock.pump(10)
    await eyes.confirm(asked.id, ROOM, "cor")
    # From the confirmation on, not from the asking.
    await gate.sign_in("bea", once, "", "a", new_password="een eigen zin die sterk is")


async def test_what_was_changed_meanwhile_stays(eyes: FourEyes, staff: SqliteAccounts, passwords: Passwords) -> None:
    draft = Draft(staff)
    await give_one_time_password(draft, passwords, "bea", 1, "ada", "kwijt")
    asked = await eyes.ask_secret(draft.account, "ada", "kwijt", 1_000)
    await eyes.set_roles("bea", [], "cor", "doet dit niet meer")
    await eyes.confirm(asked.id, ROOM, "cor")
    found = staff.get("bea")
    assert found is not None and found.roles == () and found.once_until


async def test_who_was_blocked_asks_nothing_more_and_a_refusal_is_kept(
    eyes: FourEyes, staff: SqliteAccounts, passwords: Passwords, roles: Roles
) -> None:
    id = await asked_account(eyes, staff, passwords, roles, "dirk", ["FB"], "ada")
    other = await asked_account(eyes, staff, passwords, roles, "eva", ["FB"], "bea")
    await set_disabled(staff, "ada", True, "bea", "misbruik")
    assert await refusal(eyes, id, "cor") == "account.asker_gone"
    await eyes.refuse(other, ROOM, "cor", "ken ik niet")
    assert [w.name for w in eyes.waiting(ROOM)] == ["dirk"]
    assert (await staff.changes(1, "eva"))[0].what == "refused: new FB"
    # Unblocking who has power takes two as well.
    asked = await eyes.enable("ada", "bea", "toch niet")
    found = staff.get("ada")
    assert asked is not None and found is not None and found.disabled
    await eyes.confirm(asked.id, ROOM, "cor")
    found = staff.get("ada")
    assert found is not None and not found.disabled


async def test_what_nobody_confirmed_is_gone_and_the_same_is_asked_once(
    eyes: FourEyes, staff: SqliteAccounts, passwords: Passwords, roles: Roles, clock: FakeClock
) -> None:
    id = await asked_account(eyes, staff, passwords, roles, "dirk", ["FB"], "ada")
    with pytest.raises(BadAccount) as refused:
        await asked_account(eyes, staff, passwords, roles, "dirk", ["FB"], "bea")
    assert refused.value.code == "account.waits"
    await clock.pump(WAITS_MILLIS / 1000)
    assert eyes.waiting(ROOM) == [] and await refusal(eyes, id, "bea") == "account.no_wait"
    await asked_account(eyes, staff, passwords, roles, "dirk", ["FB"], "bea")


async def test_one_administrator_can_be_told_that_he_is_alone(eyes: FourEyes, staff: SqliteAccounts) -> None:
    assert eyes.administrators(ROOM, "ada") == ["bea", "cor"] and eyes.administrators("LB") == []


def test_the_second_administrator_comes_from_the_server_with_a_line_and_the_third_from_two(
    tmp_path: Path, roles: Roles, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def add(name: str, typed: str, *more: str) -> tuple[int, str]:
        monkeypatch.setattr(sys, "stdin", io.StringIO(typed))
        code = run(roles, "account", "add", str(tmp_path), name, "--room", ROOM, "--role", "FB", *more)
        return code, capsys.readouterr().err

    code, said = add("ada", f"{PASSWORD}\n")
    assert code == 0 and "nobody, as the first administrator" in said
    assert add("bea", f"{PASSWORD}\n")[0] == 1  # without the first one's password
    assert add("bea", f"verkeerd-verkeerd\n{PASSWORD}\n", "--by", "ada")[0] == 1
    code, said = add("bea", f"{PASSWORD}\n{PASSWORD}\n", "--by", "ada")
    assert code == 0 and "one administrator, ada" in said
    # From now on one alone gives no power, from the command line either.
    code, said = add("cor", f"{PASSWORD}\n{PASSWORD}\n", "--by", "ada")
    assert code == 1 and "--second" in said
    assert add("cor", f"{PASSWORD}\n" * 3, "--by", "ada", "--second", "ADA")[0] == 1
    code, said = add("cor", f"{PASSWORD}\n" * 3, "--by", "ada", "--second", "bea")
    assert code == 0 and said == ""
    assert run(roles, "account", "changes", str(tmp_path)) == 0
    kept = capsys.readouterr().out
    assert "power without four eyes: one administrator, ada" in kept and "ada bea command line" in kept
