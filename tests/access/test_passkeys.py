"""Passkeys: bound to one address, to one question and to one browser, and no way round them.

Those of a real browser are in `tests/pages`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from meldkamer.access import (
    BadAccount,
    Gate,
    Passkeys,
    Passwords,
    Roles,
    Sessions,
    SignInRate,
    SlowDown,
    SqliteAccounts,
    WrongCredentials,
    add_account,
    set_disabled,
)
from meldkamer.access.passkeys import MOST
from meldkamer.access.rate import FREE_ADDRESS
from meldkamer.domain.clock import FakeClock
from meldkamer.settings import SettingsError, SignInSettings, read_settings
from tests.access.conftest import PASSWORD
from tests.access.device import VERIFIED, Device

ORIGIN = "https://meldkamer.example"


@pytest.fixture
def passkeys(tmp_path: Path, accounts: SqliteAccounts, clock: FakeClock) -> Iterator[Passkeys]:
    store = Passkeys(tmp_path / "access.sqlite", clock, ORIGIN)
    yield store
    store.close()


async def registered(passkeys: Passkeys, account: str = "anna", count: int | None = 0) -> Device:
    """A new key of somebody."""
    device = Device(ORIGIN, count)
    made = device.make(passkeys.begin(account, account.title(), "s1"))
    await passkeys.register(account, "s1", made, f"sleutel {device.id[:1].hex()}")
    return device


async def refused(passkeys: Passkeys, credential: dict[str, Any], browser: str) -> None:
    with pytest.raises(WrongCredentials):
        await passkeys.check(credential, browser)


async def test_a_key_opens_the_account_of_who_made_it(passkeys: Passkeys, accounts: SqliteAccounts) -> None:
    anna, bea = await registered(passkeys), await registered(passkeys, "bea", None)
    for device, person in ((anna, "anna"), (bea, "bea"), (anna, "anna"), (bea, "bea")):
        asked, browser = passkeys.ask()
        assert asked["rpId"] == "meldkamer.example" and asked["userVerification"] == "required"
        assert await passkeys.check(device.sign(asked), browser) == person
    (kept,) = passkeys.of("anna")
    assert kept.count == 3 and kept.used and kept.name.startswith("sleutel")
    assert (await accounts.changes(1, "anna"))[0].what == f"passkey added: {kept.name}"


async def test_a_question_is_for_one_use_some_minutes_and_one_browser(passkeys: Passkeys, clock: FakeClock) -> None:
    device = await registered(passkeys)
    asked, browser = passkeys.ask()
    await refused(passkeys, device.sign(asked), "")
    await refused(passkeys, device.sign(asked), passkeys.ask()[1])
    await passkeys.check(device.sign(asked), browser)
    await refused(passkeys, device.sign(asked), browser)  # the same question, signed anew
    asked, same = passkeys.ask(browser)
    assert same == browser
    # A wrong answer uses it up as well.
    await refused(passkeys, device.sign(asked, origin="https://meldkamer.example.org"), browser)
    await refused(passkeys, device.sign(asked), browser)
    asked, _ = passkeys.ask(browser)
    await clock.pump(301)
    await refused(passkeys, device.sign(asked), browser)
    assert passkeys.ask("meldkamer-rt=x; Path=/")[1] != "meldkamer-rt=x; Path=/"


async def test_two_answers_to_one_question_at_the_same_moment_open_once(passkeys: Passkeys) -> None:
    device = await registered(passkeys)
    asked, browser = passkeys.ask()
    answers = [device.sign(asked), device.sign(asked)]
    came = await asyncio.gather(*(passkeys.check(one, browser) for one in answers), return_exceptions=True)
    assert sorted(type(one).__name__ for one in came) == ["WrongCredentials", "str"]


@pytest.mark.parametrize(
    "lie",
    [
        {"origin": "https://meldkamer.example.org"},
        {"origin": "http://meldkamer.example"},
        {"origin": "https://meldkamer.example:8443"},
        {"type": "webauthn.other"},
        {"challenge": "AAAA"},
        {"challenge": ""},
        {"challenge": 5},
        {"crossOrigin": True},
        {"host": "example"},
        {"without": VERIFIED},
    ],
)
async def test_an_answer_that_says_something_else_opens_and_makes_nothing(
    passkeys: Passkeys, lie: dict[str, Any]
) -> None:
    device = await registered(passkeys)
    asked, browser = passkeys.ask()
    await refused(passkeys, device.sign(asked, **lie), browser)
    with pytest.raises(BadAccount) as no:
        await passkeys.register("bea", "s1", Device(ORIGIN).make(passkeys.begin("bea", "", "s1"), **lie), "nieuw")
    assert no.value.code == "passkey.not_fitting" and passkeys.of("bea") == []


async def test_a_key_that_nobody_made_here_opens_nothing(passkeys: Passkeys) -> None:
    anna, bea = await registered(passkeys), await registered(passkeys, "bea")
    asked, browser = passkeys.ask()
    await refused(passkeys, Device(ORIGIN).sign(asked), browser)
    stranger = Device(ORIGIN)
    stranger.id, stranger.handle = anna.id, anna.handle
    await refused(passkeys, stranger.sign(passkeys.ask(browser)[0]), browser)
    await refused(passkeys, anna.sign(passkeys.ask(browser)[0], handle=bea.handle), browser)
    made = passkeys.begin("anna", "", "s1")
    await refused(passkeys, anna.sign(made), browser)  # what was asked to make a key opens nothing


async def test_only_the_session_that_was_asked_makes_a_key_and_once(passkeys: Passkeys) -> None:
    for account, session in (("anna", "s2"), ("bea", "s1")):
        made = Device(ORIGIN).make(passkeys.begin("anna", "", "s1"))
        with pytest.raises(BadAccount) as no:
            await passkeys.register(account, session, made, "sleutel")
        assert no.value.code == "passkey.not_fitting"
    device = Device(ORIGIN)
    made = device.make(passkeys.begin("anna", "", "s1"))
    await passkeys.register("anna", "s1", made, "sleutel")
    await passkeys.remove("anna", device.id, "anna")
    with pytest.raises(BadAccount):
        await passkeys.register("anna", "s1", made, "terug")
    device = await registered(passkeys)
    with pytest.raises(BadAccount) as taken:
        await passkeys.register("bea", "s1", device.make(passkeys.begin("bea", "", "s1")), "van een ander")
    assert taken.value.code == "passkey.not_fitting" and passkeys.of("bea") == []


@pytest.mark.parametrize("broken", [{}, {"id": 5}, {"id": "AAAA", "response": []}, {"id": "é", "response": {}}])
async def test_what_is_no_answer_is_refused_in_words(passkeys: Passkeys, broken: dict[str, Any]) -> None:
    await refused(passkeys, broken, "")
    with pytest.raises(BadAccount) as no:
        await passkeys.register("anna", "s1", broken, "sleutel")
    assert no.value.code == "passkey.not_fitting"


async def test_no_piece_of_an_answer_that_is_cut_or_turned_is_more_than_wrong(passkeys: Passkeys) -> None:
    """And none of it is a mistake of ours: every part, cut short, turned round or nothing at all."""
    device = await registered(passkeys)
    for field in ("authenticatorData", "signature", "clientDataJSON"):
        for bad in ("", "AAAA", "----", "W1tbW1tb" * 500):
            asked, browser = passkeys.ask()
            answer = device.sign(asked)
            await refused(passkeys, {**answer, "response": {**answer["response"], field: bad}}, browser)
            await refused(passkeys, {**answer, "rawId": "AAAA"}, browser)
    for cut in range(0, 180, 7):
        asked = passkeys.begin("bea", "", "s1")
        answer = Device(ORIGIN).make(asked)
        whole = answer["response"]["attestationObject"]
        with pytest.raises(BadAccount):
            turned = {**answer["response"], "attestationObject": whole[:cut] + "gg" + whole[cut:][::-1]}
            await passkeys.register("bea", "s1", {**answer, "response": turned}, "stuk")


async def test_a_copy_whose_counter_stands_behind_opens_nothing_and_is_noted(
    passkeys: Passkeys, accounts: SqliteAccounts
) -> None:
    device = await registered(passkeys)
    asked, browser = passkeys.ask()
    await passkeys.check(device.sign(asked), browser)
    for behind in (2, 1, 0):
        await refused(passkeys, device.sign(passkeys.ask(browser)[0], count=behind), browser)
    said = [change.what.partition(":")[0] for change in await accounts.changes(4, "anna")]
    assert said == ["passkey copied"] * 3 + ["passkey added"]
    assert await passkeys.check(device.sign(passkeys.ask(browser)[0], count=9), browser) == "anna"
    # Who has not the key makes no such line.
    thief = Device(ORIGIN)
    thief.id = device.id
    await refused(passkeys, thief.sign(passkeys.ask(browser)[0], count=1), browser)
    assert len(await accounts.changes(9, "anna")) == 4


async def test_keys_outlive_the_program_and_questions_do_not(
    tmp_path: Path, passkeys: Passkeys, clock: FakeClock
) -> None:
    device = await registered(passkeys)
    asked, browser = passkeys.ask()
    again = Passkeys(tmp_path / "access.sqlite", clock, ORIGIN)
    await refused(again, device.sign(asked), browser)
    asked, browser = again.ask()
    assert await again.check(device.sign(asked), browser) == "anna"
    again.close()


async def test_at_another_address_a_key_counts_for_nothing(
    tmp_path: Path, passkeys: Passkeys, clock: FakeClock
) -> None:
    device = await registered(passkeys)
    moved = Passkeys(tmp_path / "access.sqlite", clock, "https://elders.example")
    asked, browser = moved.ask()
    await refused(moved, device.sign(asked), browser)
    assert len(moved.of("anna")) == 1 and moved.usable("anna") == [] and len(passkeys.usable("anna")) == 1
    moved.close()
    off = Passkeys(tmp_path / "access.sqlite", clock, "")
    for act in (lambda: off.ask(), lambda: off.begin("anna", "", "s1")):
        with pytest.raises(BadAccount) as no:
            act()
        assert no.value.code == "passkey.off"
    assert off.usable("anna") == []
    off.close()


async def test_an_account_has_at_most_so_many(passkeys: Passkeys) -> None:
    begun = [passkeys.begin("anna", "", "s1") for _ in range(MOST + 1)]
    for asked in begun[:MOST]:
        await passkeys.register("anna", "s1", Device(ORIGIN).make(asked), "sleutel")
    with pytest.raises(BadAccount) as many:
        passkeys.begin("anna", "", "s1")
    with pytest.raises(BadAccount) as late:
        await passkeys.register("anna", "s1", Device(ORIGIN).make(begun[MOST]), "te veel")
    assert many.value.code == late.value.code == "passkey.many" and len(passkeys.of("anna")) == MOST


# --- at the gate ------------------------------------------------------------------------------------------------------


@pytest.fixture
async def held(
    passkeys: Passkeys,
    accounts: SqliteAccounts,
    passwords: Passwords,
    roles: Roles,
    clock: FakeClock,
    tmp_path: Path,
) -> Gate:
    """The gate of a room in which who manages access, as Bea does, must show a second factor."""
    await add_account(accounts, passwords, roles, name="bea", room="RT", password=PASSWORD, roles=["FB"])
    sessions = Sessions(tmp_path / "sessions.sqlite", accounts, roles, clock, demanded=["FB"])
    return Gate(accounts, sessions, passwords, roles, SignInRate(clock), None, passkeys)


async def test_a_passkey_is_two_factors_and_a_password_alone_does_not_get_past_it(held: Gate) -> None:
    passkeys = held.keys()
    _, weak = await held.sign_in("bea", PASSWORD, "", "a")
    assert weak.lacking
    await held.prove(weak, PASSWORD, "", "a")
    device = await registered(passkeys, "bea")
    # Neither by proving the password, which comes before every change, nor by a key that was begun before.
    begun = Device(ORIGIN).make(passkeys.begin("bea", "", weak.id))
    for act in (held.prove(weak, PASSWORD, "", "a"), held.add_key(weak, begun, "van een ander")):
        with pytest.raises(BadAccount) as no:
            await act
        assert no.value.code == "passkey.use"
    asked, browser = passkeys.ask()
    secret, session = await held.sign_in_with_key(device.sign(asked), browser, "a")
    assert not session.lacking and session.rights and held.by_cookie(secret) == session
    await held.prove(session, PASSWORD, "", "a")
    held.sessions.close()


async def test_the_key_of_a_disabled_account_opens_nothing(held: Gate) -> None:
    device = await registered(held.keys(), "bea")
    await set_disabled(held.accounts, "bea", True, "anna", "uit dienst")
    asked, browser = held.keys().ask()
    with pytest.raises(WrongCredentials):
        await held.sign_in_with_key(device.sign(asked), browser, "a")
    held.sessions.close()


async def test_wrong_keys_are_slowed_down_and_a_good_one_from_elsewhere_is_not(held: Gate) -> None:
    device = await registered(held.keys(), "bea")
    asked, browser = held.keys().ask()
    for _ in range(FREE_ADDRESS):
        with pytest.raises(WrongCredentials):
            await held.sign_in_with_key(Device(ORIGIN).sign(asked), browser, "evil")
    with pytest.raises(SlowDown):
        await held.sign_in_with_key(Device(ORIGIN).sign(asked), browser, "evil")
    asked, browser = held.keys().ask()
    await held.sign_in_with_key(device.sign(asked), browser, "desk")
    held.sessions.close()


# --- the address ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("origin", ["", "https://meldkamer.example", "https://rt.lms.nl:8443", "http://localhost:8112"])
def test_an_origin_is_a_name_over_tls_or_this_machine(origin: str) -> None:
    SignInSettings(origin=origin).check(["meldkamer.example", "rt.lms.nl", "localhost"])


@pytest.mark.parametrize(
    "origin",
    [
        "meldkamer.example",
        "http://meldkamer.example",
        "https://meldkamer.example/",
        "https://Meldkamer.example",
        "https://192.0.2.1",
        "https://[::1]",
        "https://[::",
        "https://a@meldkamer.example",
        "https://meldkamer.example:port",
        "https://",
        "https://elders.example",
    ],
)
def test_another_origin_is_refused_with_the_name_of_the_field(tmp_path: Path, origin: str) -> None:
    file = tmp_path / "meldkamer.toml"
    hosts = '["meldkamer.example", "192.0.2.1", "::1"]'
    file.write_text(f'data = "data"\nrooms = ["RT"]\nhosts = {hosts}\n[sign_in]\norigin = "{origin}"\n')
    with pytest.raises(SettingsError, match=r"sign_in: origin"):
        read_settings(file)
