"""The second factor: codes as the standard says, each of them once, slowed down, sealed, and demanded where it is."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path

import msgspec
import pytest

from meldkamer.access import (
    BadAccount,
    Gate,
    NotKept,
    Passkeys,
    Passwords,
    Roles,
    SecondFactors,
    Sessions,
    SignInRate,
    SlowDown,
    SqliteAccounts,
    add_account,
    give_one_time_password,
    otpauth,
    reset_second_factor,
    secret_text,
)
from meldkamer.access.rate import FREE_ADDRESS
from meldkamer.access.totp import STEP_MILLIS, code_at, step_of
from meldkamer.domain.clock import FakeClock
from meldkamer.record.keys import SqliteKeys
from tests.access.conftest import PASSWORD

STEP = STEP_MILLIS / 1000
OWN = "een-eigen-zin-is-sterker"


class Person:
    """Anna and the program on her telephone."""

    def __init__(self, gate: Gate, clock: FakeClock) -> None:
        self.gate, self.clock, self.secret = gate, clock, b""
        self.recovery: tuple[str, ...] = ()

    @property
    def factors(self) -> SecondFactors:
        assert self.gate.factors is not None
        return self.gate.factors

    @property
    def passkeys(self) -> Passkeys:
        return self.gate.keys()

    def code(self, ahead: int = 0) -> str:
        return code_at(self.secret, step_of(self.clock.now()) + ahead)

    async def enrol(self, account: str = "anna") -> None:
        self.secret = self.factors.begin(account)
        self.recovery = await self.factors.confirm(account, self.code())
        await self.clock.pump(STEP)

    async def comes(self, code: str = "", address: str = "a", **more: str) -> str:
        return (await self.gate.sign_in("anna", PASSWORD, "", address, code=code, **more))[0]

    async def refused(self, code: str = "", why: str = "factor.wrong", **more: str) -> None:
        with pytest.raises(BadAccount) as refused:
            await self.comes(code, **more)
        assert refused.value.code == why


def on_disk(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in folder.iterdir() if path.is_file())


@pytest.fixture
async def person(
    tmp_path: Path, accounts: SqliteAccounts, passwords: Passwords, roles: Roles, clock: FakeClock
) -> AsyncIterator[Person]:
    """Anna (fire) and Bea (access); who manages access must show a second factor."""
    await add_account(accounts, passwords, roles, name="anna", room="RT", password=PASSWORD, roles=["CTL-B"])
    await add_account(accounts, passwords, roles, name="bea", room="RT", password=PASSWORD, roles=["FB"])
    keys = SqliteKeys(tmp_path)
    factors = SecondFactors(tmp_path / "access.sqlite", clock, keys)
    sessions = Sessions(tmp_path / "sessions.sqlite", accounts, roles, clock, demanded=["FB"])
    await clock.pump(STEP * 2)
    passkeys = Passkeys(tmp_path / "access.sqlite", clock, "https://meldkamer.example")
    yield Person(Gate(accounts, sessions, passwords, roles, SignInRate(clock), factors, passkeys), clock)
    sessions.close()
    factors.close()
    passkeys.close()
    await keys.close()


# --- codes ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("seconds", "code"),
    [
        (59, "94287082"),
        (1_111_111_109, "07081804"),
        (1_111_111_111, "14050471"),
        (1_234_567_890, "89005924"),
        (2_000_000_000, "69279037"),
        (20_000_000_000, "65353130"),
    ],
)
def test_codes_are_those_of_the_standard(seconds: int, code: str) -> None:
    """RFC 6238, appendix B."""
    assert code_at(b"12345678901234567890", step_of(seconds * 1000), digits=8) == code


def test_the_address_holds_what_programs_read() -> None:
    uri = otpauth(b"12345678901234567890", "jan.de-vries", "Meldkamer RT")
    assert uri == (
        "otpauth://totp/Meldkamer%20RT%3Ajan.de-vries?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Meldkamer%20RT"
    )


# --- coming in --------------------------------------------------------------------------------------------------------


async def test_without_a_second_factor_a_password_is_enough_and_with_one_it_is_not(person: Person) -> None:
    await person.comes()
    await person.enrol()
    await person.refused(why="factor.needed")
    secret = await person.comes(person.code())
    assert person.gate.by_cookie(secret) is not None


async def test_a_secret_counts_only_after_its_first_code(person: Person, clock: FakeClock) -> None:
    secret = person.factors.begin("anna")
    with pytest.raises(BadAccount, match="does not fit"):
        await person.factors.confirm("anna", "000000" if code_at(secret, step_of(clock.now())) != "000000" else "1")
    await person.comes()
    await clock.pump(600)
    with pytest.raises(BadAccount) as late:
        await person.factors.confirm("anna", code_at(secret, step_of(clock.now())))
    assert late.value.code == "factor.not_begun" and person.factors.get("anna") is None


async def test_a_code_opens_once_and_no_earlier_one_after_it(person: Person) -> None:
    await person.enrol()
    before, code = person.code(-1), person.code()
    await person.comes(code)
    await person.refused(code)
    await person.refused(before)
    await person.clock.pump(STEP)
    await person.comes(person.code())


async def test_of_many_who_come_with_the_same_code_at_once_one_gets_in(person: Person) -> None:
    await person.enrol()
    code = person.code()
    came = await asyncio.gather(*(person.factors.check("anna", code) for _ in range(20)))
    assert sum(came) == 1


async def test_the_code_that_enrolled_does_not_open(person: Person) -> None:
    person.secret = person.factors.begin("anna")
    await person.factors.confirm("anna", person.code())
    await person.refused(person.code())


async def test_a_clock_may_be_a_step_off_and_no_more(person: Person) -> None:
    await person.enrol()
    await person.clock.pump(STEP * 4)
    await person.refused(person.code(-2))
    await person.refused(person.code(2))
    await person.comes(person.code(-1))
    await person.comes(f" {person.code(1)[:3]} {person.code(1)[3:]} ")


async def test_codes_cannot_be_guessed_at_speed_not_even_by_who_knows_the_password(person: Person) -> None:
    await person.enrol()
    wrong = "123456" if person.code() != "123456" else "654321"
    for _ in range(3):
        await person.refused(wrong, address="b")
        # Showing the password alone in between takes nothing off the count.
        await person.refused(why="factor.needed", address="b") if _ < 2 else None
    with pytest.raises(SlowDown):
        await person.comes(wrong, address="b")


async def test_a_whole_shift_with_second_factors_signs_in_from_one_address(person: Person) -> None:
    await person.enrol()
    for _ in range(FREE_ADDRESS + 10):
        await person.refused(why="factor.needed")
        await person.comes(person.code())
        await person.clock.pump(STEP)


async def test_a_recovery_code_opens_once_and_stands_in_the_list_of_changes(person: Person) -> None:
    await person.enrol()
    assert len(set(person.recovery)) == 10
    await person.comes(person.recovery[3].upper().replace("-", " "))
    await person.refused(person.recovery[3])
    await person.comes(person.recovery[4])
    said = [change.what for change in await person.gate.accounts.changes(account="anna")]
    assert said[:3] == ["recovery code used: 8", "recovery code used: 9", "second factor enrolled"]


async def test_a_one_time_password_asks_for_the_code_too_and_wastes_none(person: Person, passwords: Passwords) -> None:
    await person.enrol()
    accounts, clock = person.gate.accounts, person.clock
    once = await give_one_time_password(accounts, passwords, "anna", clock.now() + 600_000, "bea", "vergeten")
    code = person.code()
    for new, more, why in (
        ("", "", "password.once"),
        ("", code, "password.once"),
        ("kort", code, "password.length"),
        (OWN, "", "factor.needed"),
    ):
        with pytest.raises(BadAccount) as refused:
            await person.gate.sign_in("anna", once, "", "a", new_password=new, code=more)
        assert refused.value.code == why
    await person.gate.sign_in("anna", once, "", "a", new_password=OWN, code=code)


# --- what is kept -----------------------------------------------------------------------------------------------------


async def test_no_secret_and_no_code_is_on_the_disk_in_the_clear(person: Person, tmp_path: Path) -> None:
    await person.enrol()
    held = on_disk(tmp_path)
    for secret in (person.secret, secret_text(person.secret).encode(), *(c.encode() for c in person.recovery)):
        assert secret not in held and secret.replace(b"-", b"") not in held
    assert secret_text(person.secret) not in repr(person.factors.get("anna"))


async def test_a_secret_moved_to_another_account_opens_nothing(person: Person, tmp_path: Path) -> None:
    await person.enrol()
    stolen = person.factors.get("anna")
    assert stolen is not None
    file = sqlite3.connect(tmp_path / "access.sqlite", isolation_level=None)
    body = msgspec.msgpack.encode(msgspec.structs.replace(stolen, account="bea"))
    file.execute("INSERT INTO factors VALUES ('bea', ?)", (body,))
    file.close()
    with pytest.raises(NotKept):
        await person.factors.check("bea", person.code())


async def test_another_telephone_takes_the_place_of_the_first(person: Person) -> None:
    await person.enrol()
    old, old_recovery = person.secret, person.recovery
    await person.enrol()
    await person.refused(code_at(old, step_of(person.clock.now())))
    await person.refused(old_recovery[0])
    await person.comes(person.code())


# --- taken away by somebody else --------------------------------------------------------------------------------------


async def test_another_person_resets_it_which_ends_the_sessions_and_is_written_down(person: Person) -> None:
    await person.enrol()
    secret = await person.comes(person.code())
    accounts = person.gate.accounts
    with pytest.raises(BadAccount) as own:
        await reset_second_factor(accounts, person.factors, person.passkeys, "anna", "anna", "kwijt")
    assert own.value.code == "factor.own"
    await reset_second_factor(accounts, person.factors, person.passkeys, "anna", "bea", "telefoon kwijt")
    assert person.gate.by_cookie(secret) is None
    change = (await accounts.changes(account="anna"))[0]
    assert (change.by, change.what, change.reason) == ("bea", "second factor reset", "telefoon kwijt")
    await person.comes()
    with pytest.raises(BadAccount) as none:
        await reset_second_factor(accounts, person.factors, person.passkeys, "anna", "bea", "nog eens")
    assert none.value.code == "factor.none"


async def test_it_can_be_reset_on_the_command_line_without_the_keys(person: Person, tmp_path: Path) -> None:
    await person.enrol()
    other = SecondFactors(tmp_path / "access.sqlite", person.clock, None)
    by = "command line: root"
    await reset_second_factor(person.gate.accounts, other, person.passkeys, "anna", by, "telefoon kwijt")
    other.close()
    await person.comes()


# --- demanded ---------------------------------------------------------------------------------------------------------


async def test_a_role_that_demands_it_gives_nothing_before(person: Person, tmp_path: Path, roles: Roles) -> None:
    secret, session = await person.gate.sign_in("bea", PASSWORD, "", "a")
    assert session.lacking and not session.rights and not session.roles and not session.compartments
    await person.enrol("bea")
    proven = await person.gate.sessions.prove(secret)
    assert proven is not None and not proven.lacking and "administer" in proven.rights
    _, later = await person.gate.sign_in("bea", PASSWORD, "", "a", code=person.code())
    assert not later.lacking and "administer" in later.rights
    # It is remembered: a restart neither opens what was shut nor shuts what was open.
    person.gate.sessions.close()
    again = Sessions(tmp_path / "sessions.sqlite", person.gate.accounts, roles, person.clock, demanded=["FB"])
    found = again.find(secret)
    again.close()
    assert found is not None and not found.lacking and "administer" in found.rights


async def test_who_has_no_such_role_is_asked_for_nothing(person: Person) -> None:
    _, session = await person.gate.sign_in("anna", PASSWORD, "", "a")
    assert not session.lacking and "operate" in session.rights


async def test_a_session_of_before_gives_nothing_once_a_role_demands_more(
    person: Person, tmp_path: Path, roles: Roles
) -> None:
    before = Sessions(tmp_path / "old.sqlite", person.gate.accounts, roles, person.clock)
    account = person.gate.accounts.get("bea")
    assert account is not None
    secret, session = await before.start(account)
    assert "administer" in session.rights
    before.close()
    after = Sessions(tmp_path / "old.sqlite", person.gate.accounts, roles, person.clock, demanded=["FB"])
    found = after.find(secret)
    after.close()
    assert found is not None and found.lacking and not found.rights
