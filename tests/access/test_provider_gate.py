"""The provider says who somebody is; who that is here, and what that opens, is decided here alone."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import msgspec
import pytest

from meldkamer.access import (
    BadAccount,
    Bindings,
    Flows,
    Gate,
    NotBound,
    NotProven,
    Passwords,
    ProviderAway,
    ProviderGate,
    RelyingParty,
    Roles,
    SecondFactors,
    Sessions,
    SignInRate,
    SlowDown,
    SqliteAccounts,
    WrongCredentials,
    add_account,
    set_disabled,
    set_roles,
)
from meldkamer.access.administration import give_one_time_password
from meldkamer.access.oidc import CODE_MILLIS, FLOW_MILLIS
from meldkamer.access.provider_gate import Came
from meldkamer.access.rate import FREE_ADDRESS
from meldkamer.access.sessions import Session
from meldkamer.access.totp import code_at, step_of
from meldkamer.domain.clock import FakeClock
from meldkamer.record.keys import SqliteKeys
from tests.access.conftest import PASSWORD
from tests.oidc.liar import ISSUER, SECRET, SETTINGS, Liar, a_key

HERE = "192.0.2.1"


class Door:
    """The gate with a provider in memory, and a browser that goes there and comes back."""

    def __init__(self, gate: Gate, provider: ProviderGate, liar: Liar, clock: FakeClock) -> None:
        self.gate, self.provider, self.liar, self.clock = gate, provider, liar, clock

    async def come(self, session: Session | None = None, **lies: object) -> Came:
        url, sealed = await self.provider.begin()
        return await self.back(url, sealed, session, **lies)

    async def back(self, url: str, sealed: str, session: Session | None = None, **lies: object) -> Came:
        self.liar.claims = dict(lies)
        state = self.liar.visit(url)
        return await self.provider.finish(sealed, state, "code", "", session, HERE)

    async def bind(self, account: str, subject: str) -> Session:
        """Bound by the person, signed in with the password."""
        _, session = await self.gate.sign_in(account, PASSWORD, "", HERE)
        url, sealed = await self.provider.begin_binding(session, PASSWORD, "", HERE)
        assert (await self.back(url, sealed, session, sub=subject)).bound == account
        return session

    async def changes(self, account: str) -> list[tuple[str, str, str]]:
        return [(c.by, c.what, c.reason) for c in await self.gate.accounts.changes(5, account)]


@pytest.fixture
async def door(
    tmp_path: Path,
    accounts: SqliteAccounts,
    sessions: Sessions,
    passwords: Passwords,
    roles: Roles,
    clock: FakeClock,
) -> AsyncIterator[Door]:
    for name, role in (("anna", "CTL-B"), ("beheer", "FB"), ("piet", "CTL-B")):
        await add_account(accounts, passwords, roles, name=name, room="RT", password=PASSWORD, roles=[role])
    keys = SqliteKeys(tmp_path)
    factors = SecondFactors(tmp_path / "access.sqlite", clock, keys)
    rate = SignInRate(clock)
    gate = Gate(accounts, sessions, passwords, roles, rate, factors)
    liar = Liar(clock)
    party = RelyingParty(SETTINGS, SECRET, clock, os.urandom, liar)
    bindings = Bindings(tmp_path / "access.sqlite", clock, ISSUER)
    provider = ProviderGate(gate, rate, party, Flows(os.urandom), bindings)
    yield Door(gate, provider, liar, clock)
    provider.close()
    factors.close()
    await keys.close()


async def test_who_is_bound_nowhere_gets_no_account_whatever_the_provider_says(door: Door) -> None:
    for claims in ({"sub": "8f3a"}, {"sub": "anna"}, {"sub": "8f3a", "roles": ["FB"], "preferred_username": "anna"}):
        with pytest.raises(NotBound) as refused:
            await door.come(**claims)
        assert refused.value.subject == claims["sub"]
    assert [account.name for account in door.gate.accounts.all()] == ["anna", "beheer", "piet"]
    assert door.gate.sessions.open() == []


async def test_who_bound_the_own_account_comes_in_with_what_the_account_gives(door: Door) -> None:
    await door.bind("anna", "8f3a")
    before = door.gate.sessions.last_sign_in("anna")
    await door.clock.pump(60)
    came = await door.come(sub="8f3a", roles=["FB"], groups=["admins"])
    assert came.session is not None and came.session.person == "anna" and came.session.roles == ("CTL-B",)
    assert door.gate.by_cookie(came.secret) == came.session and came.secret not in repr(came)
    # It counts as a sign-in like any other, and the binding stands on the list.
    assert door.gate.sessions.last_sign_in("anna") != before
    assert ("anna", "provider bound: 8f3a", "") in await door.changes("anna")


async def test_nothing_comes_back_that_was_not_asked_in_this_browser(door: Door) -> None:
    await door.bind("anna", "8f3a")
    url, sealed = await door.provider.begin()
    state = door.liar.visit(url)
    _, other = await door.provider.begin()
    before = len(door.liar.asked)
    for wrong_sealed, wrong_state in ((sealed, "x" * 43), (sealed, ""), (other, state), ("", state), ("é", "é")):
        with pytest.raises(BadAccount) as refused:
            await door.provider.finish(wrong_sealed, wrong_state, "code", "", None, HERE)
        assert refused.value.code == "provider.state"
    assert len(door.liar.asked) == before
    await door.clock.pump(FLOW_MILLIS / 1000)
    with pytest.raises(BadAccount):
        await door.provider.finish(sealed, state, "code", "", None, HERE)
    assert len(door.gate.sessions.open()) == 1


async def test_an_answer_to_another_question_proves_nothing(door: Door) -> None:
    await door.bind("anna", "8f3a")
    url, sealed = await door.provider.begin()
    state = door.liar.visit(url)
    door.liar.visit((await door.provider.begin())[0])  # the provider answers a later question
    with pytest.raises(NotProven, match="nonce"):
        await door.provider.finish(sealed, state, "code", "", None, HERE)


async def test_a_provider_that_others_play_opens_nothing(door: Door) -> None:
    await door.bind("anna", "8f3a")
    door.liar.signer = a_key("one")
    with pytest.raises(NotProven):
        await door.come(sub="8f3a")


async def test_passwords_open_while_the_provider_is_away(door: Door) -> None:
    await door.bind("anna", "8f3a")
    url, sealed = await door.provider.begin()
    for path in ("/.well-known/openid-configuration", "/token", "/keys"):
        door.liar.answers[path] = httpx.ConnectError("no route")
    await door.clock.pump(60)
    for _ in range(FREE_ADDRESS + 5):  # it is nobody's fault, so nobody is slowed down for it
        with pytest.raises(ProviderAway):
            await door.back(url, sealed)
    with pytest.raises(ProviderAway):
        await door.provider.begin()
    _, session = await door.gate.sign_in("anna", PASSWORD, "", HERE)
    assert session.person == "anna"


async def test_an_account_that_is_off_or_a_machine_or_without_an_own_password_stays_shut(
    door: Door, passwords: Passwords
) -> None:
    await door.bind("anna", "8f3a")
    await give_one_time_password(door.gate.accounts, passwords, "anna", door.clock.now() + 60_000, "beheer", "kwijt")
    with pytest.raises(BadAccount) as refused:
        await door.come(sub="8f3a")
    assert refused.value.code == "provider.password_first"
    await set_disabled(door.gate.accounts, "anna", True, "beheer", "weg")
    with pytest.raises(NotBound):
        await door.come(sub="8f3a")
    assert door.gate.sessions.open() == []


# --- the second factor -----------------------------------------------------------------------------------------------


async def enrolled(door: Door, account: str) -> bytes:
    """A second factor of the own; the clock is at the next code."""
    assert door.gate.factors is not None
    secret = door.gate.factors.begin(account)
    await door.gate.factors.confirm(account, code_at(secret, step_of(door.clock.now())))
    await door.clock.pump(30)
    return secret


async def test_the_own_second_factor_is_asked_unless_the_provider_saw_one(door: Door) -> None:
    await door.bind("anna", "8f3a")
    secret = await enrolled(door, "anna")
    came = await door.come(sub="8f3a", amr=["pwd"])
    assert came.session is None and came.secret == "" and came.sealed
    for wrong in ("000000", "abcd"):
        with pytest.raises(BadAccount) as refused:
            await door.provider.finish_code(came.sealed, wrong, HERE)
        assert refused.value.code == "factor.wrong"
    fits = code_at(secret, step_of(door.clock.now()))
    done = await door.provider.finish_code(came.sealed, fits, HERE)
    assert done.session is not None and done.session.person == "anna"
    with pytest.raises(BadAccount):
        await door.provider.finish_code(came.sealed, fits, HERE)
    strong = await door.come(sub="8f3a", amr=["pwd", "otp"])
    assert strong.session is not None and strong.session.person == "anna"


async def test_codes_after_the_provider_are_guessed_as_slowly_as_after_a_password(door: Door) -> None:
    await door.bind("anna", "8f3a")
    await enrolled(door, "anna")
    came = await door.come(sub="8f3a")
    with pytest.raises(SlowDown):
        for guess in range(10):
            with pytest.raises(BadAccount):
                await door.provider.finish_code(came.sealed, f"{guess:06}", HERE)


async def test_what_the_provider_proved_ends_and_is_no_other_step(door: Door) -> None:
    await door.bind("anna", "8f3a")
    await enrolled(door, "anna")
    url, asked = await door.provider.begin()
    came = await door.back(url, asked, sub="8f3a")
    with pytest.raises(BadAccount):
        await door.provider.finish_code(asked, "000000", HERE)
    with pytest.raises(BadAccount):
        await door.provider.finish(came.sealed, "x", "code", "", None, HERE)
    account = door.gate.accounts.get("anna")
    assert account is not None
    await door.provider.unbind(account, "beheer", "weg")
    with pytest.raises(NotBound):
        await door.provider.finish_code(came.sealed, "000000", HERE)
    await door.clock.pump(CODE_MILLIS / 1000)
    with pytest.raises(BadAccount):
        await door.provider.finish_code(came.sealed, "000000", HERE)


async def test_a_role_that_demands_a_second_factor_gives_nothing_without_one(door: Door) -> None:
    door.gate.sessions._demanded = frozenset({"CTL-B"})
    await door.bind("anna", "8f3a")
    weak = await door.come(sub="8f3a")
    assert weak.session is not None and weak.session.lacking and weak.session.rights == frozenset()
    strong = await door.come(sub="8f3a", acr="two")
    assert strong.session is not None and not strong.session.lacking and "operate" in strong.session.rights


# --- binding ---------------------------------------------------------------------------------------------------------


async def test_a_desk_that_stands_open_binds_nobody(door: Door) -> None:
    _, session = await door.gate.sign_in("anna", PASSWORD, "", HERE)
    with pytest.raises(WrongCredentials):
        await door.provider.begin_binding(session, "een gok", "", HERE)
    url, sealed = await door.provider.begin_binding(session, PASSWORD, "", HERE)
    # Somebody else at this browser, another session of the same person, or nobody: it ends here.
    _, piet = await door.gate.sign_in("piet", PASSWORD, "", HERE)
    _, again = await door.gate.sign_in("anna", PASSWORD, "", HERE)
    for who in (piet, again, None):
        with pytest.raises(BadAccount) as refused:
            await door.back(url, sealed, who, sub="8f3a")
        assert refused.value.code == "provider.state"
    assert door.provider.bindings.of_account("anna") is None


async def test_one_there_is_one_here(door: Door) -> None:
    await door.bind("anna", "8f3a")
    with pytest.raises(BadAccount) as refused:
        await door.bind("piet", "8f3a")
    assert refused.value.code == "provider.taken"
    with pytest.raises(BadAccount) as refused:
        await door.bind("anna", "77")
    assert refused.value.code == "provider.bound"
    _, session = await door.gate.sign_in("anna", PASSWORD, "", HERE)
    with pytest.raises(WrongCredentials):
        await door.provider.unbind_own(session, "een gok", "", HERE)
    await door.provider.unbind_own(session, PASSWORD, "", HERE)
    assert door.gate.sessions.open() and ("anna", "provider unbound: 8f3a", "") in await door.changes("anna")
    with pytest.raises(BadAccount):
        await door.provider.unbind_own(session, PASSWORD, "", HERE)
    await door.bind("piet", "8f3a")


async def test_an_administrator_binds_who_has_no_power_and_takes_away_with_the_sessions(door: Door) -> None:
    anna, head = door.gate.accounts.get("anna"), door.gate.accounts.get("beheer")
    assert anna is not None and head is not None
    await door.provider.bind(anna, "8f3a", "beheer", "nieuw")
    assert (await door.come(sub="8f3a")).session is not None
    for account, by in ((head, "tweede"), (head, "beheer"), (anna, "anna")):
        with pytest.raises(BadAccount) as refused:
            await door.provider.bind(account, "77", by, "zomaar")
        assert refused.value.code == "provider.power"
    await door.provider.unbind(anna, "beheer", "pas kwijt")
    assert door.gate.sessions.open() == []
    said = await door.changes("anna")
    assert said[0] == ("beheer", "provider unbound: 8f3a", "pas kwijt")
    assert said[1] == ("beheer", "provider bound: 8f3a", "nieuw")
    with pytest.raises(NotBound):
        await door.come(sub="8f3a")


async def test_who_gets_power_later_is_not_who_an_administrator_said_he_is(door: Door, roles: Roles) -> None:
    anna = door.gate.accounts.get("anna")
    assert anna is not None
    await door.provider.bind(anna, "his-own", "beheer", "nieuw")
    await set_roles(door.gate.accounts, roles, "anna", ["FB"], "beheer", "wordt beheerder")
    with pytest.raises(BadAccount) as refused:
        await door.come(sub="his-own")
    assert refused.value.code == "provider.power"
    # The person takes it over with the password, and then it counts; an administrator cannot take it back to himself.
    await door.bind("anna", "his-own")
    assert (await door.come(sub="his-own")).session is not None
    await set_roles(door.gate.accounts, roles, "anna", ["CTL-B"], "beheer", "geen beheerder")
    anna = door.gate.accounts.get("anna")
    assert anna is not None
    await door.provider.bind(anna, "his-own", "beheer", "nog eens")
    found = door.provider.bindings.of_account("anna")
    assert found is not None and found.by == "anna"


async def test_bindings_of_another_provider_do_not_count(door: Door, tmp_path: Path) -> None:
    await door.bind("anna", "8f3a")
    other = Bindings(tmp_path / "access.sqlite", door.clock, "https://other.example")
    assert other.of_subject("8f3a") is None and other.of_account("anna") is None
    await other.bind("piet", "8f3a", "piet")
    assert msgspec.structs.astuple(other.of_subject("8f3a"))[0] == "piet"  # type: ignore[arg-type]
    other.close()
    assert (await door.come(sub="8f3a")).session is not None


async def test_a_flood_of_answers_from_one_address_is_slowed_down(door: Door) -> None:
    door.liar.token = "not.one.at-all"
    url, sealed = await door.provider.begin()
    with pytest.raises(SlowDown):
        for _ in range(FREE_ADDRESS + 1):
            with pytest.raises(NotProven):
                await door.back(url, sealed)


def test_secrets_on_their_way_are_in_no_text() -> None:
    came = Came(secret="canary", sealed="canary")
    assert "canary" not in repr(came)
