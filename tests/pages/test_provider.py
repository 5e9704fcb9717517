"""Signing in through the organisation by keyboard, at a real provider of another site; and when that is away."""

from __future__ import annotations

import base64
import re
import time
from collections.abc import Iterator

import httpx
import pytest
from playwright.async_api import BrowserContext, expect

from meldkamer.access.totp import code_at, step_of
from tests.oidc.real import SECRET, RealProvider, real_provider

from .conftest import Enter
from .house import ROOT, House, running
from .test_axe import AXE, violations
from .window import Window, open_window

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]


@pytest.fixture(scope="module")
def real() -> Iterator[RealProvider]:
    with real_provider() as provider:
        yield provider


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory, real: RealProvider) -> Iterator[House]:
    """A server whose people may also sign in at the provider."""
    if not (ROOT / "src/meldkamer/desk/static/vendor/preact.js").exists():
        pytest.skip("the browser modules are not there: run ./dev vendor")
    folder = tmp_path_factory.mktemp("house")
    (folder / "issuer").write_text(real.issuer)
    (folder / "provider.secret").touch(0o600)
    (folder / "provider.secret").write_text(SECRET)
    with running(folder, "provider_server.py") as house:
        real.tell(redirects=[f"{house.url}/w/provider"])
        yield house


async def there(window: Window, login: str) -> None:
    """At the provider's own page."""
    await expect(window.at("#login")).to_be_focused()
    await window.type(login)
    await window.press("Enter")


async def by_provider(window: Window, login: str) -> None:
    """From the sign-in page, by keys."""
    await expect(window.at("#provider")).to_be_visible()
    await window.at("#provider").focus()
    await window.press("Enter")
    await there(window, login)


async def leave(window: Window) -> None:
    await window.at(".top button").first.focus()
    await window.press("Enter")
    await expect(window.at("#account")).to_be_focused()


async def test_somebody_binds_the_own_account_and_comes_in_by_it(
    workplace: BrowserContext, house: House, real: RealProvider
) -> None:
    window = await open_window(workplace, house.url)
    await window.sign_in("ob.politie", house.password)
    await window.open("/w/account")
    await window.sees("#provider-state", "Niet gekoppeld")
    await window.at("#bind-password").focus()
    await window.type(house.password)
    await window.press("Enter")
    await there(window, "p.jansen")
    await window.sees("#provider-state", "p.jansen")
    await expect(window.page).to_have_url(f"{house.url}/w/account")
    await leave(window)
    await window.open("/")
    await by_provider(window, "p.jansen")
    await window.ready()
    await expect(window.page).to_have_url(f"{house.url}/w/operator")
    assert (await workplace.request.get(f"{house.url}/api/account")).ok
    # Who left here can leave there as well, and comes back to the first page.
    await leave(window)
    assert "_session" in {cookie["name"] for cookie in await workplace.cookies(real.issuer)}
    await window.at("#leave-provider").focus()
    await window.press("Enter")
    await window.at("button[name=logout][value=yes]").press("Enter")
    await expect(window.page).to_have_url(f"{house.url}/")
    await expect(window.at("#provider")).to_be_visible()
    await expect(window.at("#leave-provider")).to_have_count(0)
    assert "_session" not in {cookie["name"] for cookie in await workplace.cookies(real.issuer)}
    await by_provider(window, "p.jansen")
    await window.ready()
    # Whoever takes over at this desk is not who left it, though that one is still known at the provider.
    await leave(window)
    window.may_be_refused = True
    await by_provider(window, "stranger")
    await window.sees(".sign-in [role=alert]", "stranger")
    await expect(window.page).to_have_url(f"{house.url}/w/provider")  # what opens once is no more to be seen
    await expect(window.at("#back")).to_be_focused()
    await window.press("Enter")
    await expect(window.at("#account")).to_be_focused()
    await by_provider(window, "")
    await window.sees(".sign-in [role=alert]", "niet aangemeld")
    assert (await workplace.request.get(f"{house.url}/api/session")).status == 401
    assert window.complaints == []


@pytest.mark.skipif(not AXE.exists(), reason="axe-core is not installed: run ./dev vendor")
async def test_an_administrator_binds_a_colleague_who_is_asked_for_a_code_as_well(enter: Enter, house: House) -> None:
    room = house.people["beheer"]
    colleague = next(name for name, where in house.people.items() if where == room and name.endswith(".brand"))
    secret = enrolled(house, colleague)
    admin = await enter("beheer", "/w/admin")
    await admin.at(f'[id="row-{colleague}"]').click()
    await admin.sees("#provider-state", "Niet gekoppeld")
    await admin.at("#provider-subject").focus()
    await admin.type("b.devries")
    await admin.press("Tab")
    await admin.type("nieuwe collega")
    await admin.press("Enter")
    await admin.sees("#provider-state", "b.devries")
    await admin.sees("#about", "gekoppeld aan de organisatie")

    window = await enter("ob.ambu", "/w/account", language="en", theme="day", csp=False)
    await expect(window.at("#own-provider")).to_be_visible()
    await leave(window)
    await window.open("/")
    await expect(window.at("#provider")).to_be_visible()
    found = await violations(window)
    window.may_be_refused = True
    await by_provider(window, "b.devries")
    await expect(window.at("#code")).to_be_focused()
    found += await violations(window)
    await window.type("000000")
    await window.press("Enter")
    await window.sees(".sign-in [role=alert]", "does not fit")
    await expect(window.at("#code")).to_be_focused()
    await window.type(code_at(secret, step_of(int(time.time() * 1000)) + 1))
    await window.press("Enter")
    await window.ready()
    assert found == []


def enrolled(house: House, account: str) -> bytes:
    """A second factor of the own, by the API; its newest code is used."""
    proof = {"password": house.password}
    with httpx.Client(base_url=house.url, headers={"Origin": house.url}, timeout=20) as client:
        assert client.post("/api/sign-in", json={"account": account, **proof}).is_success
        secret = base64.b32decode(client.post("/api/account/second-factor", json=proof).json()["secret"])
        code = {"code": code_at(secret, step_of(int(time.time() * 1000)))}
        assert client.post("/api/account/second-factor/confirm", json=code).is_success
    return secret


async def test_a_provider_that_is_away_is_said_at_once_and_the_password_opens(
    workplace: BrowserContext, house: House, real: RealProvider
) -> None:
    window = await open_window(workplace, house.url)
    await window.open()
    await expect(window.at("#provider")).to_be_visible()
    real.stop()
    async with httpx.AsyncClient(base_url=house.url, headers={"Origin": house.url}, timeout=20) as client:
        until = time.monotonic() + 30
        while (await client.post("/api/sign-in/provider", json={})).is_success:  # what it said holds for two seconds
            assert time.monotonic() < until
    await window.at("#provider").focus()
    await window.press("Enter")
    await window.sees(".provider [role=status]", "niet bereikbaar")
    await expect(window.page).to_have_url(f"{house.url}/")
    await window.at("#account").focus()
    await window.type("ob.politie")
    await window.press("Tab")
    await window.type(house.password)
    await window.press("Enter")
    await window.ready()
    assert [line for line in window.complaints if not re.search("status of 503", line)] == []
