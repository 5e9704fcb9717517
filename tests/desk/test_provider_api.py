"""Signing in through a real provider over HTTP: only the browser that asked comes in, and only as who is bound."""

from __future__ import annotations

import logging
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
import pytest_asyncio

from meldkamer.access import ProviderSettings
from meldkamer.access.oidc import KNOWN_SECONDS
from meldkamer.access.totp import code_at, step_of
from meldkamer.domain.clock import FakeClock
from tests.oidc.real import CLIENT, SECRET, STRONG, RealProvider, real_provider

from .conftest import PASSWORD, PEOPLE, TestRoom

pytestmark = pytest.mark.asyncio(loop_scope="module")

REDIRECT = "https://room/w/provider"
BEGIN, RETURN, CODE = "/api/sign-in/provider", "/api/sign-in/provider/return", "/api/sign-in/provider/code"
PROOF = {"password": PASSWORD}


@pytest.fixture(scope="module")
def real() -> Iterator[RealProvider]:
    with real_provider(REDIRECT) as provider:
        yield provider


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def running(tmp_path_factory: pytest.TempPathFactory, real: RealProvider) -> AsyncIterator[TestRoom]:
    settings = ProviderSettings(
        name="Politie", issuer=real.issuer, client=CLIENT, redirect=REDIRECT, secret="file", acr=(STRONG,)
    )
    clock = FakeClock(int(time.time() * 1000))
    room = TestRoom(tmp_path_factory.mktemp("room"), provider=(settings, SECRET), clock=clock)
    await room.people()
    yield room
    await room.close()


@pytest_asyncio.fixture(loop_scope="module")
async def room(running: TestRoom) -> AsyncIterator[TestRoom]:
    """The room, in which nobody is bound, has a second factor or is in when the test is over."""
    yield running
    assert running.provider is not None
    for name in PEOPLE:
        await running.provider.bindings.unbind(name, name)
        await running.factors.remove(name, name)
        await running.gate.sessions.end_all(name)


async def begun(client: httpx.AsyncClient) -> str:
    answer = await client.post(BEGIN, json={})
    assert answer.status_code == 200, answer.text
    assert answer.headers["cache-control"] == "no-store"
    return str(answer.json()["url"])


async def through(client: httpx.AsyncClient, real: RealProvider, login: str, **more: object) -> httpx.Response:
    """The whole way of one browser."""
    came = real.person(await begun(client), login, bool(more.pop("strong", False)))
    return await client.post(RETURN, json={**came, **more})


async def bound(room: TestRoom, real: RealProvider, person: str, login: str) -> httpx.AsyncClient:
    client = await room.signed_in(person)
    answer = await client.post("/api/account/provider", json=PROOF)
    assert answer.status_code == 200, answer.text
    came = await client.post(RETURN, json=real.person(answer.json()["url"], login))
    assert came.json() == {"outcome": "bound", "session": None}, came.text
    return client


async def test_somebody_binds_the_own_account_and_comes_in_by_it(room: TestRoom, real: RealProvider) -> None:
    assert (await room.client().get(BEGIN)).json() == {"name": "Politie"}
    await room.own("RT.B.dispatch")
    first = await bound(room, real, "bram", "b.jansen")
    own = (await first.get("/api/account/provider")).json()
    assert own["binding"]["subject"] == "b.jansen" and own["binding"]["by"] == "bram"
    client = room.client()
    answer = await through(client, real, "b.jansen", seat="RT-7")
    assert answer.status_code == 200, answer.text
    session = answer.json()["session"]
    assert (answer.json()["outcome"], session["person"], session["seat"]) == ("in", "bram", "RT-7")
    cookies = answer.headers.get_list("set-cookie")
    (given,) = [line for line in cookies if line.startswith("meldkamer-rt=")]
    assert "HttpOnly" in given and "SameSite=Strict" in given
    assert any(line.startswith("meldkamer-rt-provider=;") for line in cookies)
    assert (await client.get("/api/session")).json()["person"] == "bram"
    assert (await client.post("/api/sign-out")).status_code == 204
    assert (await client.get("/api/session")).status_code == 401


async def test_who_left_is_shown_where_to_leave_the_provider(room: TestRoom, real: RealProvider) -> None:
    answer = await room.client().post("/api/sign-in/provider/leave", json={})
    assert answer.status_code == 200, answer.text
    url = urlsplit(answer.json()["url"])
    assert f"{url.scheme}://{url.netloc}" == real.issuer
    assert parse_qs(url.query) == {"client_id": [CLIENT], "post_logout_redirect_uri": ["https://room/"]}
    async with httpx.AsyncClient() as browser:
        assert (await browser.get(answer.json()["url"])).status_code == 200  # it knows the room and the way back


async def test_whom_nobody_bound_gets_no_account_and_a_clear_word(room: TestRoom, real: RealProvider) -> None:
    client = room.client()
    for login in ("stranger", "bram", "beheer"):
        answer = await through(client, real, login)
        assert answer.status_code == 422 and answer.json()["code"] == "provider.unbound"
        assert answer.json()["params"] == {"subject": login}
        assert (await client.get("/api/session")).status_code == 401


async def test_only_the_browser_that_asked_brings_it_back(room: TestRoom, real: RealProvider) -> None:
    await bound(room, real, "bram", "b.jansen")
    client = room.client()
    came = real.person(await begun(client), "b.jansen")
    other = room.client()
    await begun(other)  # another browser, with a question of its own
    for thief, body in (
        (room.client(), came),
        (other, came),
        (client, {**came, "state": "x" * 43}),
        (client, {**came, "state": came["state"][:-1]}),
    ):
        answer = await thief.post(RETURN, json=body)
        assert answer.status_code == 422 and answer.json()["code"] == "provider.state", answer.text
    evil = await client.post(RETURN, json=came, headers={"origin": "http://evil"})
    assert evil.status_code == 403
    elsewhere = await client.post(RETURN, json={**came, "iss": "http://evil.example"})
    assert elsewhere.json()["code"] == "provider.unproven"
    assert (await client.post(RETURN, json=came)).json()["outcome"] == "in"
    assert (await client.post(RETURN, json=came)).json()["code"] == "provider.state"


async def test_a_code_opens_once_and_with_its_own_question_alone(room: TestRoom, real: RealProvider) -> None:
    await bound(room, real, "bram", "b.jansen")
    client = room.client()
    came = real.person(await begun(client), "b.jansen")
    jar = dict(client.cookies)
    assert (await client.post(RETURN, json=came)).json()["outcome"] == "in"
    # Whoever holds all that this browser ever held.
    again = await room.client().post(RETURN, json=came, headers={"cookie": cookie_of(jar)})
    assert again.json()["code"] == "provider.unproven"
    # A code of somebody else's question: the provider knows that it was not asked with this proof.
    victim, thief = room.client(), room.client()
    stolen = real.person(await begun(victim), "b.jansen")
    own = parse_qs(urlsplit(await begun(thief)).query)["state"][0]
    mixed = await thief.post(RETURN, json={**stolen, "state": own})
    assert mixed.status_code == 422 and mixed.json()["code"] == "provider.unproven"


def cookie_of(jar: dict[str, str]) -> str:
    return "; ".join(f"{name}={value}" for name, value in jar.items())


async def test_nobody_is_sent_back_elsewhere(room: TestRoom, real: RealProvider) -> None:
    client = room.client()
    for body in ({"redirect": "https://evil.example"}, {"redirect_uri": "https://evil.example"}, {"next": "//evil"}):
        assert (await client.post(BEGIN, json=body)).status_code == 422
    evil = "https://evil.example"
    answer = await client.post(f"{BEGIN}?redirect_uri={evil}", json={}, headers={"referer": evil})
    url = answer.json()["url"]
    assert parse_qs(urlsplit(url).query)["redirect_uri"] == [REDIRECT] and url.startswith(real.issuer)
    # And the provider itself sends nobody to an address that is not registered.
    forged = url.replace("room%2Fw", "room.evil%2Fw")
    async with httpx.AsyncClient() as browser:
        refused = await browser.get(forged, headers={"accept": "application/json"})
    assert forged != url and refused.status_code == 400 and "redirect_uri" in refused.text


async def test_the_provider_exchanges_its_keys(room: TestRoom, real: RealProvider) -> None:
    await bound(room, real, "bram", "b.jansen")
    real.tell(rotate=True)
    assert (await through(room.client(), real, "b.jansen")).json()["outcome"] == "in"


async def test_the_own_second_factor_is_asked_on_the_way(room: TestRoom, real: RealProvider) -> None:
    first = await bound(room, real, "bram", "b.jansen")
    secret = room.factors.begin("bram")
    await room.factors.confirm("bram", code_at(secret, step_of(room.clock.now())))
    await room.clock.pump(30)
    client = room.client()
    asked = await through(client, real, "b.jansen")
    assert asked.json() == {"outcome": "code", "session": None}
    assert (await client.get("/api/session")).status_code == 401
    assert (await client.post(CODE, json={"code": ""})).json()["code"] == "factor.needed"
    assert (await client.post(CODE, json={"code": "000000"})).json()["code"] == "factor.wrong"
    fits = {"code": code_at(secret, step_of(room.clock.now()))}
    assert (await room.client().post(CODE, json=fits)).json()["code"] == "provider.state"
    assert (await client.post(CODE, json=fits)).json()["session"]["person"] == "bram"
    assert (await through(room.client(), real, "b.jansen", strong=True)).json()["outcome"] == "in"
    assert (await first.post("/api/account/provider/remove", json=PROOF)).json()["code"] == "factor.needed"


async def test_an_administrator_binds_and_takes_away(room: TestRoom, real: RealProvider) -> None:
    head = await room.signed_in("beheer")
    path = "/api/admin/people/bram/provider"
    assert (await head.get(path)).json() == {"name": "Politie", "binding": None, "alone": False}
    body = {"subject": "b.jansen", "reason": "nieuwe collega"}
    assert (await (await room.signed_in("hoofd")).post(path, json=body)).status_code == 403
    assert (await head.post(path, json=body)).status_code == 204
    for name in ("beheer", "hoofd"):
        other = await head.post(f"/api/admin/people/{name}/provider", json={**body, "subject": "mine"})
        assert other.json()["code"] == "provider.power"
    assert (await head.post("/api/admin/people/ambu/provider", json=body)).json()["code"] == "provider.taken"
    assert (await head.post(path, json={**body, "subject": "a\nb"})).status_code == 422
    client = room.client()
    assert (await through(client, real, "b.jansen")).json()["session"]["person"] == "bram"
    assert (await head.post(f"{path}/remove", json={"reason": "pas kwijt"})).status_code == 204
    assert (await client.get("/api/session")).status_code == 401
    dossier = (await head.get("/api/admin/people/bram")).json()
    assert [c["what"] for c in dossier["changes"][:2]] == ["provider unbound: b.jansen", "provider bound: b.jansen"]
    assert (await through(client, real, "b.jansen")).json()["code"] == "provider.unbound"


async def test_a_machine_and_whoever_is_not_in_bind_nothing(room: TestRoom) -> None:
    for client, status in ((room.client(), 401), (room.client("robot"), 403)):
        assert (await client.get("/api/account/provider")).status_code == status
        assert (await client.post("/api/account/provider", json=PROOF)).status_code == status
    client = await room.signed_in("bram")
    wrong = await client.post("/api/account/provider", json={"password": "een-gok"})
    assert wrong.status_code == 401 and "url" not in wrong.text


async def test_a_room_without_a_provider_says_so(app_room: TestRoom) -> None:
    client = app_room.client()
    assert (await client.get(BEGIN)).json() == {"name": ""}
    for path, body in ((BEGIN, {}), (RETURN, {"state": "s", "code": "c"}), (CODE, {"code": "1"})):
        assert (await client.post(path, json=body)).json()["code"] == "provider.off"
    head = await app_room.signed_in("beheer")
    assert (await head.get("/api/account/provider")).json()["name"] == ""


async def test_no_secret_is_in_a_log_or_in_the_text_of_a_request(
    room: TestRoom, real: RealProvider, caplog: pytest.LogCaptureFixture
) -> None:
    from meldkamer.desk.provider_api import Back, SecondStep

    caplog.set_level(logging.DEBUG)
    await bound(room, real, "bram", "b.jansen")
    client = room.client()
    came = real.person(await begun(client), "b.jansen")
    await client.post(RETURN, json={**came, "code": "canary-code"})
    await client.post(RETURN, json=came)
    # The browser of this test is a program that logs what it asks; what the room says is its own.
    logged = " ".join(record.getMessage() for record in caplog.records if record.name.startswith("meldkamer"))
    said = logged + repr([Back(state="canary", code="canary"), SecondStep(code="canary")])
    assert "invalid_grant" in logged
    for secret in ("canary", SECRET, PASSWORD, came["code"], came["state"], *dict(client.cookies).values()):
        assert secret not in said


async def test_passwords_open_when_the_provider_is_gone(tmp_path: Path) -> None:
    with real_provider(REDIRECT) as real:
        settings = ProviderSettings(name="Politie", issuer=real.issuer, client=CLIENT, redirect=REDIRECT)
        room = TestRoom(tmp_path, provider=(settings, SECRET), clock=FakeClock(int(time.time() * 1000)))
        await room.people()
        client = room.client()
        came = real.person(await begun(client), "b.jansen")
        real.stop()
        late = await client.post(RETURN, json=came)
        assert late.status_code == 503 and late.json()["code"] == "provider.away" and late.headers["retry-after"]
        await room.clock.pump(KNOWN_SECONDS)
        for _ in range(3):
            gone = await client.post(BEGIN, json={})
            assert gone.status_code == 503 and gone.json()["type"] == "away"
        assert (await client.post("/api/sign-in", json={"account": "bram", **PROOF})).status_code == 200
        await room.close()
