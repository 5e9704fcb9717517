"""A second factor by keyboard: enrolled on the own account page, asked at sign-in, reset by somebody else."""

from __future__ import annotations

import base64
import time
from collections.abc import Iterator

import httpx
import pytest
from playwright.async_api import BrowserContext, expect

from meldkamer.access.totp import code_at, step_of

from .conftest import Enter
from .house import ROOT, House, running
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
        assert (await client.post("/api/sign-in", json=body)).is_success
        secret = (await client.post("/api/account/second-factor", json=proof)).json()["secret"]
        first = {"code": code(secret)}
        assert (await client.post("/api/account/second-factor/confirm", json=first)).is_success
        assert (await client.post("/api/sign-in", json=body)).json()["code"] == "factor.needed"
        await window.at(f'[id="row-{colleague}"]').click()
        await window.sees("#factor-state", "Aanwezig sinds")
        await window.at("#factor-reason").focus()
        await window.type("telefoon kwijt")
        await window.at("#reset-factor").focus()
        await window.press("Enter")
        await window.sees("#reset-factor", "Zeker")
        await window.press("Enter")
        await window.sees("#factor-state", "wachtwoord alleen")
        await window.sees("#about", "tweede factor gewist")
        assert (await client.post("/api/sign-in", json=body)).is_success


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


@pytest.mark.skipif(not AXE.exists(), reason="axe-core is not installed: run ./dev vendor")
@pytest.mark.parametrize(("language", "theme"), [("nl", "night"), ("en", "day")])
async def test_the_account_page_has_no_violation(enter: Enter, house: House, language: str, theme: str) -> None:
    window = await enter({"nl": "ob.brand", "en": "ob.ambu"}[language], language=language, theme=theme, csp=False)
    await window.open("/w/account")
    await expect(window.at("#begin-password")).to_be_visible()
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
