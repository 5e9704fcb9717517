"""Coming in: the same answer for whoever may not, waits that are bounded, sessions that cannot be fixed or revived."""

from __future__ import annotations

import asyncio
import logging
import sqlite3
from pathlib import Path

import msgspec
import pytest
from argon2 import PasswordHasher

from meldkamer.access import (
    Gate,
    Passwords,
    Roles,
    Sessions,
    SignInRate,
    SlowDown,
    SqliteAccounts,
    WrongCredentials,
    add_account,
    add_machine,
    renew_token,
    set_disabled,
    set_password,
    set_roles,
    view,
)
from meldkamer.access.rate import FREE_ACCOUNT, FREE_ADDRESS, LONGEST, MOST_KEYS
from meldkamer.access.sessions import ABSOLUTE_MILLIS, IDLE_MILLIS, MAX_PER_ACCOUNT
from meldkamer.domain.clock import FakeClock
from tests.access.conftest import PASSWORD

HOUR = 3600.0


async def wrong(gate: Gate, account: str = "anna", address: str = "192.0.2.9", password: str = "nee") -> None:
    with pytest.raises(WrongCredentials):
        await gate.sign_in(account, password, "", address)


async def test_who_knows_the_password_comes_in_with_what_the_role_gives(gate: Gate) -> None:
    secret, session = await gate.sign_in("Anna ", PASSWORD, "RT-4", "192.0.2.1")
    assert (session.person, session.room, session.seat) == ("anna", "RT", "RT-4")
    assert session.qualified == ("B.intake", "B.dispatch") and session.compartments == ("caller",)
    assert gate.by_cookie(secret) == session
    shown = msgspec.json.encode(view(session, session.expires - 60_000))
    assert len(secret) == 43 and secret not in repr(session) and secret not in shown.decode()
    assert msgspec.json.decode(shown)["left"] == 60_000


@pytest.mark.parametrize("name", ["nobody", "off", "robot", "", "\x00", "../anna", "a" * 10_000, "anna\n; --"])
async def test_everybody_who_may_not_walks_the_same_path(
    gate: Gate, roles: Roles, passwords: Passwords, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    await add_account(gate.accounts, passwords, roles, name="off", room="RT", password=PASSWORD, roles=[])
    await set_disabled(gate.accounts, "off", True)
    await add_machine(gate.accounts, roles, name="robot", room="RT", scopes=["desk"], roles=["CTL-B"])
    hashed: list[str] = []
    hasher = type(passwords._hasher)
    verify = hasher.verify

    def spy(self: PasswordHasher, stored: str, password: str) -> bool:
        hashed.append(stored)
        return verify(self, stored, password)

    monkeypatch.setattr(hasher, "verify", spy)
    messages = []
    for account in ("anna", name):
        with pytest.raises(WrongCredentials) as refused:
            await gate.sign_in(account, PASSWORD if account != "anna" else "nee", "", "192.0.2.9")
        messages.append(str(refused.value))
    # One argon2 verification each, with the same settings, and the same words.
    assert len(hashed) == 2 and messages[0] == messages[1]
    assert hashed[0].split("$")[1:4] == hashed[1].split("$")[1:4]


async def test_a_password_of_any_length_costs_one_bounded_hash(gate: Gate) -> None:
    await wrong(gate, password="x" * 1_000_000)


# --- rate ------------------------------------------------------------------------------------------------------------


async def test_guesses_are_slowed_down_and_the_wait_is_bounded(gate: Gate, clock: FakeClock) -> None:
    for _ in range(FREE_ACCOUNT):
        await wrong(gate)
    waits = []
    for _ in range(12):
        with pytest.raises(SlowDown) as slowed:
            await gate.sign_in("anna", PASSWORD, "", "192.0.2.9")
        waits.append(slowed.value.seconds)
        await clock.pump(slowed.value.seconds)
        await wrong(gate)
    assert waits == sorted(waits) and waits[0] == 1 and waits[-1] == LONGEST
    await clock.pump(LONGEST)
    await gate.sign_in("anna", PASSWORD, "", "192.0.2.9")


async def test_trying_while_one_must_wait_does_not_prolong_the_wait(gate: Gate, clock: FakeClock) -> None:
    for _ in range(FREE_ACCOUNT):
        await wrong(gate)
    for _ in range(50):
        with pytest.raises(SlowDown):
            await gate.sign_in("anna", "nee", "", "192.0.2.9")
    await clock.pump(1.0)
    await gate.sign_in("anna", PASSWORD, "", "192.0.2.9")


async def test_a_thousand_guesses_at_once_are_no_more_than_a_few(gate: Gate) -> None:
    tries = [gate.sign_in("anna", f"guess {n}", "", "192.0.2.9") for n in range(300)]
    results = await asyncio.gather(*tries, return_exceptions=True)
    assert sum(isinstance(r, WrongCredentials) for r in results) == FREE_ACCOUNT
    assert sum(isinstance(r, SlowDown) for r in results) == 300 - FREE_ACCOUNT


async def test_nobody_elsewhere_can_keep_somebody_out(gate: Gate, clock: FakeClock) -> None:
    await gate.sign_in("anna", PASSWORD, "", "10.0.0.4")
    for _ in range(20):
        await clock.pump(LONGEST)
        await wrong(gate, address="198.51.100.7")
    await gate.sign_in("anna", PASSWORD, "", "10.0.0.4")


async def test_many_accounts_from_one_address_are_slowed_down_too(gate: Gate) -> None:
    for n in range(FREE_ADDRESS):
        await wrong(gate, account=f"user{n}")
    with pytest.raises(SlowDown):
        await gate.sign_in("user999", "nee", "", "192.0.2.9")
    await gate.sign_in("anna", PASSWORD, "", "10.0.0.4")


async def test_a_whole_shift_signs_in_from_one_address(gate: Gate) -> None:
    for _ in range(FREE_ADDRESS * 2):
        await gate.sign_in("anna", PASSWORD, "", "10.0.0.4")


def test_names_that_are_made_up_do_not_fill_the_memory(clock: FakeClock) -> None:
    rate = SignInRate(clock)
    for n in range(MOST_KEYS + 500):
        rate.begin(f"name{n}", f"address{n}")
    assert len(rate._counts) <= MOST_KEYS


async def test_failures_are_forgotten_after_quiet(gate: Gate, clock: FakeClock) -> None:
    for _ in range(FREE_ACCOUNT):
        await wrong(gate)
    await clock.pump(900)
    for _ in range(FREE_ACCOUNT):
        await wrong(gate)


# --- sessions --------------------------------------------------------------------------------------------------------


async def test_signing_in_never_keeps_the_secret_that_was_there(gate: Gate) -> None:
    first, _ = await gate.sign_in("anna", PASSWORD, "", "a")
    second, _ = await gate.sign_in("anna", PASSWORD, "", "a", previous=first)
    assert first != second
    assert gate.by_cookie(first) is None and gate.by_cookie(second) is not None


@pytest.mark.parametrize("planted", ["planted-by-somebody-else", "x" * 43, "", "\ud800", "A" * 100_000])
async def test_a_secret_from_outside_never_becomes_a_session(gate: Gate, planted: str) -> None:
    secret, _ = await gate.sign_in("anna", PASSWORD, "", "a", previous=planted)
    assert gate.by_cookie(planted) is None and secret != planted


async def test_a_session_that_ended_stays_ended(gate: Gate, sessions: Sessions, clock: FakeClock) -> None:
    secret, _ = await gate.sign_in("anna", PASSWORD, "", "a")
    await gate.sign_out(secret)
    await gate.sign_out(secret)
    await sessions.flush()
    assert gate.by_cookie(secret) is None and not sessions.beat(secret)
    assert await sessions.take_seat(secret, "RT-1") is None


async def test_a_late_write_does_not_bring_a_session_back(gate: Gate, sessions: Sessions, tmp_path: Path) -> None:
    secrets = [(await gate.sign_in("anna", PASSWORD, "", "a"))[0] for _ in range(20)]
    await asyncio.gather(*(sessions.end(s) for s in secrets), *(sessions.flush() for _ in range(5)))
    await sessions.flush()
    rows = sqlite3.connect(tmp_path / "access.sqlite").execute("SELECT count(*) FROM sessions").fetchone()
    assert rows == (0,)


@pytest.mark.parametrize("how", ["password", "disabled", "elsewhere"])
async def test_a_changed_account_loses_its_sessions_at_once(
    gate: Gate, passwords: Passwords, clock: FakeClock, tmp_path: Path, how: str
) -> None:
    secret, _ = await gate.sign_in("anna", PASSWORD, "", "a")
    if how == "password":
        await set_password(gate.accounts, passwords, "anna", "weer een heel andere zin")
    elif how == "disabled":
        await set_disabled(gate.accounts, "anna", True)
        await set_disabled(gate.accounts, "anna", False)
    else:
        other = SqliteAccounts(tmp_path / "access.sqlite", clock)
        await set_disabled(other, "anna", True)
        other.close()
    assert gate.by_cookie(secret) is None


async def test_other_roles_hold_at_once_in_an_open_session(gate: Gate, roles: Roles) -> None:
    secret, before = await gate.sign_in("anna", PASSWORD, "RT-4", "a")
    await set_roles(gate.accounts, roles, "anna", ["LEZER"])
    after = gate.by_cookie(secret)
    assert after is not None and "operate" in before.rights
    assert after.rights == {"read"} and after.qualified == () and after.seat == "RT-4"


async def test_a_session_has_an_end_however_lively(gate: Gate, sessions: Sessions, clock: FakeClock) -> None:
    secret, session = await gate.sign_in("anna", PASSWORD, "", "a")
    assert session.expires - session.started == ABSOLUTE_MILLIS
    for _ in range(13 * 4 + 3):
        await clock.pump(HOUR / 4)
        assert sessions.beat(secret)
    await clock.pump(HOUR / 4)
    assert not sessions.beat(secret)


async def test_a_quiet_session_ends_but_a_beating_one_does_not(
    gate: Gate, sessions: Sessions, clock: FakeClock
) -> None:
    beating, _ = await gate.sign_in("anna", PASSWORD, "", "a")
    quiet, _ = await gate.sign_in("anna", PASSWORD, "", "a")
    for _ in range(IDLE_MILLIS // 60_000):
        await clock.pump(60.0)
        assert sessions.beat(beating)
    assert gate.by_cookie(quiet) is None and gate.by_cookie(beating) is not None


@pytest.mark.parametrize("kept", [True, False])
async def test_a_restart_ends_no_session_and_keeps_the_seat(
    gate: Gate, accounts: SqliteAccounts, roles: Roles, clock: FakeClock, tmp_path: Path, kept: bool
) -> None:
    sessions = gate.sessions
    secret, _ = await gate.sign_in("anna", PASSWORD, "", "a")
    await sessions.take_seat(secret, "RT-7")
    await clock.pump(1200)
    gate.by_cookie(secret)
    # Either the task that writes this down, or the end of the process.
    if kept:
        keeping = asyncio.create_task(sessions.keep())
        await clock.pump(61)
        async with asyncio.timeout(30):
            # It writes in a thread, and then waits for the next time, of which the clock tells no event.
            while clock.next_due() is None:  # noqa: ASYNC110
                await asyncio.sleep(0)
        keeping.cancel()
    else:
        sessions.close()
    again = Sessions(tmp_path / "access.sqlite", accounts, roles, clock)
    found = again.find(secret)
    await clock.pump(1200)
    assert found is not None and (found.person, found.seat) == ("anna", "RT-7")
    assert again.find(secret) is not None
    again.close()


async def test_secrets_are_on_the_disk_as_hashes_only(gate: Gate, roles: Roles, tmp_path: Path) -> None:
    secret, _ = await gate.sign_in("anna", PASSWORD, "", "a")
    token = await add_machine(gate.accounts, roles, name="robot", room="RT", scopes=["feed"])
    files, modes = on_disk(tmp_path)
    for text in (secret, token, token.removeprefix("mkt_"), PASSWORD):
        assert not any(text.encode() in data for data in files)
    assert any(b"$argon2id$" in data for data in files)
    assert all(mode & 0o077 == 0 for mode in modes)


def on_disk(folder: Path) -> tuple[list[bytes], list[int]]:
    """What stands in every file, and how each is protected."""
    return [p.read_bytes() for p in folder.iterdir()], [p.stat().st_mode for p in folder.iterdir()]


async def test_an_account_has_a_bounded_number_of_sessions(gate: Gate, clock: FakeClock) -> None:
    secrets = []
    for _ in range(MAX_PER_ACCOUNT + 2):
        secrets.append((await gate.sign_in("anna", PASSWORD, "", "a"))[0])
        await clock.pump(0.01)
    alive = [gate.by_cookie(s) is not None for s in secrets]
    assert alive == [False, False] + [True] * MAX_PER_ACCOUNT


# --- machines --------------------------------------------------------------------------------------------------------


async def test_a_token_opens_its_scopes_and_nothing_more(gate: Gate, roles: Roles) -> None:
    feed = await add_machine(gate.accounts, roles, name="bi", room="RT", scopes=["feed"], roles=["CACO"])
    colleague = await add_machine(
        gate.accounts, roles, name="sim", room="RT", scopes=["desk"], roles=["UIT-B"], simulated=True
    )
    by_feed, by_colleague = gate.by_token(feed), gate.by_token(colleague)
    assert by_feed is not None and by_colleague is not None
    # Roles count for a machine only where it acts as an operator.
    assert set(by_feed.scopes) == {"feed"} and not by_feed.rights and not by_feed.qualified
    assert by_colleague.qualified == ("B.dispatch",) and by_colleague.simulated
    assert gate.by_token(colleague) is by_colleague


async def test_a_renewed_or_switched_off_token_is_worthless(gate: Gate, roles: Roles) -> None:
    old = await add_machine(gate.accounts, roles, name="bi", room="RT", scopes=["feed"])
    new = await renew_token(gate.accounts, "bi")
    assert gate.by_token(old) is None and gate.by_token(new) is not None
    await set_disabled(gate.accounts, "bi", True)
    assert gate.by_token(new) is None
    for nonsense in ("", "mkt_", old[4:], "mkt_" + "\ud800", "mkt_" + "A" * 100_000):
        assert gate.by_token(nonsense) is None


async def test_a_token_is_no_session_and_a_session_no_token(gate: Gate, roles: Roles) -> None:
    token = await add_machine(gate.accounts, roles, name="bi", room="RT", scopes=["feed"])
    secret, _ = await gate.sign_in("anna", PASSWORD, "", "a")
    assert gate.by_cookie(token) is None and gate.by_token(secret) is None


async def test_no_secret_is_ever_logged(
    gate: Gate, sessions: Sessions, roles: Roles, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    token = await add_machine(gate.accounts, roles, name="bi", room="RT", scopes=["feed"])
    secret, session = await gate.sign_in("anna", PASSWORD, "", "a")
    await wrong(gate, password="mijn andere geheim")
    account = gate.accounts.get("anna")
    machine = gate.accounts.get("bi")
    assert account is not None and machine is not None
    texts = caplog.text + repr(account) + str(account) + f"{machine!r} {session!r} {gate.by_token(token)!r}"
    for hidden in (token, secret, PASSWORD, "mijn andere geheim", account.password, machine.token.hex()):
        assert hidden not in texts
    assert "argon2" not in texts
