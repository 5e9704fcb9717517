"""A second factor and passkeys by keyboard: made on the own account page, asked at sign-in, reset by somebody else."""

from __future__ import annotations

import base64
import secrets
import time
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from playwright.async_api import BrowserContext, CDPSession, expect

from meldkamer.access.totp import code_at, step_of

from .conftest import Enter
from .house import ROOT, House, running
from .shots import shot
from .test_axe import AXE, violations
from .window import Window, open_window

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """A server in which whoever manages access must show a second factor."""
    if not (ROOT / "src/meldkamer/desk/static/vendor/preact.js").exists():
        pytest.skip("the browser modules are not there: run ./dev vendor")
    with running(tmp_path_factory.mktemp("house"), "sign_in_server.py") as house:
        yield house


def code(secret: str, ahead: int = 0) -> str:
    """What the program on a telephone shows now, or a step later: that fits as well."""
    return code_at(base64.b32decode(secret.replace(" ", "")), step_of(int(time.time() * 1000)) + ahead)


async def enrol(window: Window, password: str) -> tuple[str, str]:
    """Through the forms of the account page, by keys; the secret and a recovery code."""
    await window.at("#begin-password").focus()
    await window.type(password)
    await window.press("Enter")
    await expect(window.at("#first-code")).to_be_focused()
    secret = await window.at("#secret").inner_text()
    # The picture is one, and the browser's rules for a page's content let it through.
    assert await window.at(".handed img").evaluate("img => img.decode().then(() => img.naturalWidth)") > 100
    await window.type(code(secret))
    await window.press("Enter")
    await expect(window.at("#kept")).to_be_focused()
    recovery = await window.at("#recovery li").first.inner_text()
    return secret, recovery


async def test_who_must_have_one_enrols_it_first_and_resets_that_of_a_colleague(
    workplace: BrowserContext, house: House
) -> None:
    window = await open_window(workplace, house.url)
    await window.open()
    await expect(window.at("#account")).to_be_focused()
    await window.type("beheer")
    await window.press("Tab")
    await window.type(house.password)
    await window.press("Enter")
    await window.sees(".about [role=alert]", "tweede factor")
    # Nothing else opens, whatever the address.
    await window.open("/w/admin/people")
    await expect(window.at("#begin-password")).to_be_visible()
    await expect(window.at("#people")).to_have_count(0)
    await window.open("/")
    await expect(window.at("#begin-password")).to_be_visible()
    secret, _ = await enrol(window, house.password)
    await window.press("Enter")
    await expect(window.page).to_have_url(f"{house.url}/w/admin")
    await expect(window.at("#people")).to_be_visible()

    await window.at(".top button").focus()
    await window.press("Enter")
    await expect(window.at("#account")).to_be_focused()
    await window.type("beheer")
    await window.press("Tab")
    await window.type(house.password)
    await window.press("Enter")
    await expect(window.at("#code")).to_be_focused()
    await window.sees(".sign-in [role=alert]", "code")
    await window.type("wrong")
    await window.press("Enter")
    await window.sees(".sign-in [role=alert]", "klopt niet")
    await expect(window.at("#code")).to_be_focused()
    window.may_be_refused = True
    await window.type(code(secret, 1))
    await window.press("Enter")
    await expect(window.at("#people")).to_be_visible()
    await resets_what_a_colleague_lost(window, house)


async def resets_what_a_colleague_lost(window: Window, house: House) -> None:
    """At the screen of people: seen that it is there, taken away with a reason, and the password alone opens again."""
    room = house.people["beheer"]
    colleague = next(name for name, where in house.people.items() if where == room and name.endswith(".brand"))
    body, proof = {"account": colleague, "password": house.password}, {"password": house.password}
    async with httpx.AsyncClient(base_url=house.url, headers={"Origin": house.url}, timeout=20) as client:
        await has_one(client, body, proof)
        assert (await client.post("/api/sign-in", json=body)).json()["code"] == "factor.needed"
        await reset(window, colleague)
        await window.sees("#factor-state", "wachtwoord alleen")
        await window.sees("#about", "tweede factor gewist")
        assert (await client.post("/api/sign-in", json=body)).is_success

        # Of somebody with power it is not gone before another administrator says so.
        body = {"account": "hoofd", "password": house.password}
        await has_one(client, body, proof)
        await reset(window, "hoofd")
        await window.sees("#about", "wacht op bevestiging door een andere beheerder")
        await window.sees("#factor-state", "Aanwezig sinds")
        assert (await client.post("/api/sign-in", json=body)).json()["code"] == "factor.needed"

        async def in_sight() -> None:
            await window.at("#factor-state").evaluate("e => e.scrollIntoView({ block: 'center' })")

        await shot(window, "admin_factor_waits", in_sight)


async def has_one(client: httpx.AsyncClient, body: dict[str, str], proof: dict[str, str]) -> None:
    """Somebody signs in at a desk of their own and enrols a second factor."""
    assert (await client.post("/api/sign-in", json=body)).is_success
    secret = (await client.post("/api/account/second-factor", json=proof)).json()["secret"]
    assert (await client.post("/api/account/second-factor/confirm", json={"code": code(secret)})).is_success


async def reset(window: Window, name: str) -> None:
    """At the screen of people, with a reason."""
    await window.at(f'[id="row-{name}"]').click()
    await window.sees("#about-title", name)
    await window.sees("#factor-state", "Aanwezig sinds")
    await window.at("#factor-reason").focus()
    await window.type("telefoon kwijt")
    await window.at("#reset-factor").focus()
    await window.press("Enter")
    await window.sees("#reset-factor", "Zeker")
    await window.press("Enter")


async def test_an_operator_enrols_and_a_colleague_takes_the_desk_over(enter: Enter, house: House) -> None:
    window = await enter("ad.politie")
    await window.at(".top a[href='/w/account']").focus()
    await window.press("Enter")
    await expect(window.at("#begin-password")).to_be_visible()
    _, recovery = await enrol(window, house.password)
    await window.press("Enter")
    await window.sees("#factor", "10")
    await expect(window.at("#remove-form")).to_be_visible()

    # Whoever takes over at this desk is asked for nothing that is not his.
    await window.at(".top button").focus()
    await window.press("Enter")
    await window.sign_in("ad.brand", house.password)
    await window.at(".top button").first.click()
    await expect(window.at("#account")).to_be_focused()
    await window.type("ad.politie")
    await window.press("Tab")
    await window.type(house.password)
    window.may_be_refused = True
    await window.press("Enter")
    await expect(window.at("#code")).to_be_focused()
    await window.type(recovery)
    await window.press("Enter")
    await window.ready()
    assert (await window.page.context.request.get(house.url + "/api/account")).ok


# --- passkeys ---------------------------------------------------------------------------------------------------------


def by_name(house: House) -> str:
    """The address that passkeys are bound to: a browser binds none to a number."""
    return house.url.replace("127.0.0.1", "localhost")


class Device:
    """A device of the browser that makes passkeys and says yes for its owner."""

    def __init__(self, devtools: CDPSession, id: str) -> None:
        self._devtools, self._id = devtools, id

    async def held(self) -> list[dict[str, Any]]:
        """The keys in it."""
        told = await self._devtools.send("WebAuthn.getCredentials", {"authenticatorId": self._id})
        return list(told["credentials"])

    async def hold(self, *keys: dict[str, Any]) -> None:
        """From now on these keys are in it, and no other."""
        await self._devtools.send("WebAuthn.clearCredentials", {"authenticatorId": self._id})
        for key in keys:
            await self._devtools.send("WebAuthn.addCredential", {"authenticatorId": self._id, "credential": key})


async def with_device(window: Window) -> Device:
    devtools = await window.page.context.new_cdp_session(window.page)
    await devtools.send("WebAuthn.enable")
    options = {"protocol": "ctap2", "transport": "internal", "hasResidentKey": True}
    options |= {"hasUserVerification": True, "isUserVerified": True, "automaticPresenceSimulation": True}
    made = await devtools.send("WebAuthn.addVirtualAuthenticator", {"options": options})
    return Device(devtools, str(made["authenticatorId"]))


def another_key(like: dict[str, Any]) -> dict[str, Any]:
    """A key for this address that nobody made here."""
    form = (Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    private = ec.generate_private_key(ec.SECP256R1()).private_bytes(*form)
    id = base64.b64encode(secrets.token_bytes(32)).decode()
    return {**like, "credentialId": id, "privateKey": base64.b64encode(private).decode(), "signCount": 0}


async def make_key(window: Window, password: str, name: str) -> None:
    """Through the form of the account page."""
    await expect(window.at("#key-name")).to_be_visible()
    await window.at("#key-name").focus()
    await window.type(name)
    await window.press("Tab")
    await window.type(password)
    await window.press("Enter")


async def come_with_key(window: Window) -> int:
    """Enter on the button, which has the focus where the last one came so; what the room says."""
    await expect(window.at("#with-key")).to_be_focused()
    async with window.page.expect_response("**/api/sign-in/passkey") as answer:
        await window.press("Enter")
    return (await answer.value).status


async def leave(window: Window) -> None:
    await window.at(".top button").focus()
    await window.press("Enter")
    await expect(window.at("#with-key")).to_be_visible()


async def person(window: Window) -> str:
    return str((await (await window.page.context.request.get(window.url + "/api/session")).json())["person"])


async def test_a_passkey_is_made_opens_the_account_and_is_forgotten(workplace: BrowserContext, house: House) -> None:
    window = await open_window(workplace, by_name(house))
    window.may_be_refused = True
    device = await with_device(window)
    await window.sign_in("ob.politie", house.password)
    await window.open("/w/account")
    await make_key(window, house.password, "sleutel van dienst")
    await window.sees("#passkeys tbody", "sleutel van dienst")
    await window.sees("#key-said", "opent uw account")
    (own,) = await device.held()
    await make_key(window, house.password, "nog een")  # the same device makes no second one
    await window.sees("#key-said", "geen passkey gemaakt")

    # One key and a touch; then the next one takes over at the same desk, likewise.
    await leave(window)
    await expect(window.at("#account")).to_be_focused()
    await shot(window, "sign_in_passkey")
    await window.at("#with-key").focus()
    assert await come_with_key(window) == 200
    await expect(window.at("#forget-key")).to_be_visible()
    assert await person(window) == "ob.politie"
    await shot(window, "account_passkeys")
    await leave(window)
    await device.hold()
    await expect(window.at("#with-key")).to_be_focused()
    await window.press("Tab")
    await expect(window.at("#account")).to_be_focused()
    await window.type("lb.politie")
    await window.press("Tab")
    await window.type(house.password)
    await window.press("Enter")
    await make_key(window, house.password, "van een collega")
    await window.sees("#passkeys tbody", "van een collega")
    (colleague,) = await device.held()
    await leave(window)
    await window.at("#with-key").focus()
    assert await come_with_key(window) == 200
    await window.sees("#passkeys tbody", "van een collega")

    # A key of nobody here, and a copy whose counter stayed behind.
    await leave(window)
    for wrong in (another_key(own), {**own, "signCount": 0}):
        await device.hold(wrong)
        assert await come_with_key(window) == 401
        await window.sees(".sign-in [role=alert]", "opent hier geen account")
        await expect(window.at("#account")).to_be_visible()
    await device.hold({**own, "signCount": own["signCount"] + 5})
    assert await come_with_key(window) == 200
    await window.sees("#passkeys tbody", "sleutel van dienst")
    assert await person(window) == "ob.politie" and colleague["credentialId"] != own["credentialId"]

    await window.at("#forget-password").focus()
    await window.type(house.password)
    await window.press("Enter")
    await expect(window.at("#forget-key")).to_have_count(0)
    await window.sees("#key-said", "niet meer")
    await leave(window)
    assert await come_with_key(window) == 401
    await window.sees(".sign-in [role=alert]", "opent hier geen account")
    # And without any key the browser says no, and the page in words.
    await device.hold()
    await window.press("Enter")
    await window.sees(".sign-in [role=alert]", "geen passkey gebruikt")
    assert window.complaints == []


async def test_who_must_have_a_second_factor_makes_a_passkey_and_goes_on(
    workplace: BrowserContext, house: House
) -> None:
    window = await open_window(workplace, by_name(house))
    await with_device(window)
    await window.open()
    await expect(window.at("#account")).to_be_focused()
    await window.type("tweede")
    await window.press("Tab")
    await window.type(house.password)
    await window.press("Enter")
    await window.sees(".about [role=alert]", "passkey")
    await make_key(window, house.password, "sleutel van het werk")
    await expect(window.page).to_have_url(f"{window.url}/w/admin")
    await expect(window.at("#people")).to_be_visible()
    assert window.complaints == []


@pytest.mark.skipif(not AXE.exists(), reason="axe-core is not installed: run ./dev vendor")
@pytest.mark.parametrize(("language", "theme"), [("nl", "night"), ("en", "day")])
async def test_the_account_page_has_no_violation(enter: Enter, house: House, language: str, theme: str) -> None:
    account = {"nl": "ob.brand", "en": "ob.ambu"}[language]
    window = await enter(account, language=language, theme=theme, csp=False, url=by_name(house))
    await with_device(window)
    await window.open("/w/account")
    await make_key(window, house.password, "sleutel")
    await expect(window.at("#forget-key")).to_be_visible()
    found = await violations(window)
    await window.at("#begin-password").focus()
    await window.type(house.password)
    await window.press("Enter")
    await expect(window.at("#first-code")).to_be_focused()
    found += await violations(window)
    await window.type(code(await window.at("#secret").inner_text()))
    await window.press("Enter")
    await expect(window.at("#kept")).to_be_focused()
    found += await violations(window)
    assert found == []
