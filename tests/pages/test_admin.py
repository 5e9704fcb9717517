"""The screens of access by keyboard: accounts, sessions, the read log and broken glass; each only for whom it is."""

from __future__ import annotations

import re
import secrets

import pytest
from playwright.async_api import BrowserContext, expect

from .conftest import Enter
from .house import House
from .shots import shot
from .test_axe import AXE, violations
from .test_layout import CLIPPED, TARGET, TOO_SMALL
from .test_words import DESKS, STATIC, WORDS
from .window import Window, open_window

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]
KEYS = {"people": "F2", "sessions": "F3", "log": "F4", "glass": "F6", "confirm": "F9", "pack": "F10"}
OPENS = {
    "beheer": ["people", "sessions", "glass", "confirm", "pack"],
    "hoofd": ["log", "glass"],
    "audit": ["log", "glass"],
}
WHY = "De beller bedreigt een collega"
OWN = "een-eigen-zin-is-sterker"


async def admin(enter: Enter, account: str = "beheer", **how: str) -> Window:
    """Somebody at the screens of access, which have no live picture to wait for."""
    window = await enter(account, "/w/admin", **how)
    await expect(window.at(".sheets")).to_be_visible()
    return window


async def show(window: Window, screen: str) -> None:
    """Press a screen's key and wait for it."""
    await window.press(KEYS[screen])
    await expect(window.at("nav a[aria-current]").first).to_have_attribute("href", f"/w/admin/{screen}")
    await expect(window.at("#steer-title")).to_be_visible()
    await expect(window.at(".sheets")).to_be_visible()


def new_person(house: House, *roles: str) -> tuple[str, str]:
    """An account that an administrator made, and its one-time password."""
    name = f"nieuw.{secrets.token_hex(3)}"
    body = {"name": name, "display": "Nieuw", "roles": list(roles), "reason": "voor een proef"}
    answer = house.as_person("beheer").post("/api/accounts", json=body)
    assert answer.is_success, answer.text
    confirm(house, name)
    return name, str(answer.json()["one_time_password"])


def confirm(house: House, name: str) -> None:
    """The other administrator confirms what waits for this account."""
    second = house.as_person("tweede")
    waiting = second.get("/api/admin/confirm").json()["waiting"]
    id = next(one["id"] for one in waiting if one["name"] == name)
    assert second.post(f"/api/admin/confirm/{id}", json={}).is_success


async def test_the_keys_are_those_of_the_table() -> None:
    table = re.findall(r'name: "(\w+)", key: "(F\d+)"', (STATIC / "js/admin/store.js").read_text())
    assert dict(table) == KEYS and list(KEYS) == DESKS


@pytest.mark.parametrize("language", ["nl", "en"])
@pytest.mark.parametrize("account", sorted(OPENS))
async def test_each_sees_the_screens_that_are_his_own(enter: Enter, house: House, account: str, language: str) -> None:
    window = await admin(enter, account, language=language)
    await expect(window.at(".top nav").first.locator("a")).to_have_count(len(OPENS[account]))
    for screen in OPENS[account]:
        await show(window, screen)
        await window.sees("#steer-title", WORDS[language][f"admin.tab.{screen}"])
        await window.sees("#steer-title", WORDS[language][f"admin.why.{screen}"])
        await expect(window.at("#steer")).to_be_focused()
        text = await window.at(".admin").inner_text()
        assert not re.search(r"admin\.\w|undefined|\[object|NaN", text), screen
    for screen in set(KEYS) - set(OPENS[account]):
        await window.press(KEYS[screen])
        await expect(window.at("nav a[aria-current]").first).not_to_have_attribute("href", f"/w/admin/{screen}")


async def test_an_operator_is_told_that_this_is_not_theirs_and_asks_nothing(enter: Enter, house: House) -> None:
    window = await enter("ad.brand")
    asked: list[str] = []
    window.page.on("request", lambda request: asked.append(request.url))
    await expect(window.at(".top a[href='/w/admin']")).to_have_count(0)
    await window.open("/w/admin/people")
    await window.sees("#steer", "hoort niet bij uw rol")
    await expect(window.at(".sheets")).to_have_count(0)
    assert not [url for url in asked if "/api/admin" in url or "/api/accounts" in url]


async def test_signing_in_leads_an_administrator_to_access(enter: Enter, house: House) -> None:
    window = await enter("beheer", "/")
    await expect(window.page).to_have_url(re.compile("/w/admin$"))
    await window.sees("#people", "beheer")


async def test_an_account_is_made_by_keys_and_its_owner_chooses_the_password(enter: Enter, house: House) -> None:
    window = await admin(enter)
    await window.press("F8")
    await expect(window.at("#name")).to_be_focused()
    name = f"dirk.{secrets.token_hex(3)}"
    await window.type(name)
    await window.press("Tab")
    await window.type("Dirk de Vries")
    await window.at(".roles input[value=CTL-B]").focus()
    await window.press("Space")
    await window.at("#reason").focus()
    await window.type("Nieuwe collega")
    await window.press("Enter")
    await window.sees("#handed", name)
    once = await window.at("#handed .secret").inner_text()
    await window.sees("#handed", "wacht op bevestiging")
    await shot(window, "admin_people")

    # The password is shown this once.
    await window.at("#hide").focus()
    await window.press("Enter")
    await expect(window.at("#handed")).to_have_count(0)
    assert once not in await window.page.content()
    confirm(house, name)
    await find(window, name)
    await window.sees("#about", "Nieuwe collega")
    await window.sees("#about", "kiest nog een wachtwoord")

    desk = await open_window(await new_context(window), house.url)
    desk.may_be_refused = True
    await desk.open("/w/operator")
    await expect(desk.at("#account")).to_be_focused()
    await desk.type(name)
    await desk.press("Tab")
    await desk.type(once)
    await desk.press("Enter")
    await expect(desk.at("#new-password")).to_be_focused()
    await desk.sees(".problem", "kies nu een eigen wachtwoord")
    await desk.type(OWN)
    await desk.press("Tab")
    await desk.type("iets heel anders dan dat")
    await desk.press("Enter")
    await desk.sees(".problem", "verschillen")
    await desk.at("#again").fill(OWN)
    await desk.press("Enter")
    await desk.ready()
    assert desk.complaints == []
    await desk.page.context.close()
    await window.press("F2")
    await window.sees("#about .inside > table", "actief")


async def new_context(window: Window) -> BrowserContext:
    """A workplace beside this one."""
    browser = window.page.context.browser
    assert browser is not None
    return await browser.new_context(locale="nl-NL", timezone_id="Europe/Amsterdam")


async def find(window: Window, name: str) -> None:
    """Look somebody up by keys and open the account."""
    await window.press("F7")
    await expect(window.at("#search")).to_be_focused()
    await window.press("Control+a")
    await window.type(name)
    await expect(window.at("#people tbody tr")).to_have_count(1)
    row = window.at(f"[id='row-{name}']")
    await row.focus()
    await window.press("Enter")
    await expect(window.at("#about-title")).to_have_text(name)


async def test_roles_change_only_with_a_reason_and_blocking_asks_twice(enter: Enter, house: House) -> None:
    name, _ = new_person(house, "CTL-B")
    window = await admin(enter)
    await find(window, name)
    await window.at(".roles input[value=CTL-P]").focus()
    await window.press("Space")
    await window.at("#save-roles").focus()
    await window.press("Enter")
    # The browser itself asks for the reason.
    await expect(window.at("#reason")).to_be_focused()
    await window.type("Werkt nu voor beide")
    await window.press("Enter")
    await window.sees("#change [role=status]", "Gedaan")
    await window.sees("#about", "CTL-B > CTL-B CTL-P")
    await window.sees(f"tr:has([id='row-{name}'])", "politie")
    await window.at("#block").focus()
    await window.press("Enter")
    await window.sees("#block", "Zeker?")
    await window.press("Enter")
    await window.sees("#change [role=status]", "Zeg eerst waarom")
    await expect(window.at("#reason")).to_be_focused()
    await window.type("Uit dienst")
    await window.at("#block").focus()
    await window.press("Enter")
    await window.sees("#block", "Zeker?")
    await window.press("Enter")
    await window.sees(f"tr:has([id='row-{name}'])", "geblokkeerd")
    await window.sees("#about", "Uit dienst")


async def test_one_s_own_account_cannot_be_changed(enter: Enter, house: House) -> None:
    window = await admin(enter)
    await find(window, "beheer")
    await window.sees("#about", "Dit is uw eigen account")
    await expect(window.at("#about form")).to_have_count(0)


async def test_a_session_is_ended_and_the_desk_asks_who_is_there(enter: Enter, house: House) -> None:
    room = house.people["beheer"]
    operator = next(a for a, r in house.people.items() if r == room and a.endswith(".brand"))
    desk = await enter(operator)
    desk.may_be_refused = desk.may_lose_link = True
    window = await admin(enter)
    await show(window, "sessions")
    row = window.at("#sessions tbody button", has_text=operator).last
    await row.focus()
    await window.press("Enter")
    await expect(window.at("#reason")).to_be_focused()
    await window.type("Scherm verlaten")
    await shot(window, "admin_sessions")
    rows = window.at("#sessions tbody button", has_text=operator)
    before = await rows.count()
    await window.press("Enter")
    await expect(rows).to_have_count(before - 1)
    await expect(desk.at("#account")).to_be_visible()
    await show(window, "people")
    await find(window, operator)
    await window.sees("#about", "Scherm verlaten")


async def test_the_read_log_is_shown_when_asked_and_tells_that_it_was(enter: Enter, house: House) -> None:
    room = house.people["hoofd"]
    operator = next(a for a, r in house.people.items() if r == room and a.endswith(".brand"))
    ref = house.ring(f"{room}.B.intake", "0612345678", "Leesbaar")
    assert house.as_person(operator).get(f"/api/calls/{ref}").is_success
    window = await admin(enter, "hoofd")
    await expect(window.at("#readings")).to_have_count(0)
    await window.press("F7")
    await expect(window.at("#person")).to_be_focused()
    await window.type(operator)
    await window.press("Tab")
    await window.type(ref)
    await window.press("Enter")
    await expect(window.at("#readings tbody tr")).to_have_count(1)
    await window.sees("#readings tbody tr", "melder")
    await window.sees("#readings tbody tr", "inzet")
    await window.at("#person").fill("")
    await window.at("#ref").fill("read-log")
    await window.at("#why").select_option("complaint")
    await window.at("#ref").focus()
    await window.press("Enter")
    await window.sees("#readings tbody tr:first-child", "hoofd")
    await window.sees("#readings", f"read-log/{operator}+{ref}")
    await shot(window, "admin_read_log")
    await window.at("#day").fill("2020-01-01")
    await window.at("#ref").focus()
    await window.press("Enter")
    await window.sees("#readings", "Niemand las hier iets")


async def test_broken_glass_alarms_and_waits_for_somebody_else(enter: Enter, house: House) -> None:
    head = await admin(enter, "hoofd")
    await show(head, "glass")
    await head.at("#break-form #reason").focus()
    await head.type("Even kijken")
    head.may_be_refused = True
    await head.press("Enter")
    await head.sees("#break-form [role=status]", "minstens vier woorden")
    await head.press("Control+a")
    await head.type(WHY)
    await head.press("Enter")
    await head.sees("#waiting", WHY)
    await head.sees("#waiting", "Iemand anders beoordeelt dit")
    await expect(head.at("#waiting form")).to_have_count(0)

    window = await enter("beheer")
    await window.sees(".top .chip.warn", "Breekglas 1")
    await window.open("/w/admin")
    await window.sees(".about [role=alert]", "1 nog niet beoordeeld")
    await show(window, "glass")
    await window.sees("#waiting .opening.act", "staat open")
    await shot(window, "admin_glass")
    await window.at("#waiting form select").select_option("yes")
    await window.at("#waiting form input").focus()
    await window.type("Dreiging is nagetrokken en klopt")
    await window.press("Enter")
    await window.sees("#judged", "Dreiging is nagetrokken")
    await window.sees("#waiting", "Er wacht niets")
    close = window.at("#judged .open button")
    await close.focus()
    await window.press("Enter")
    await expect(close).to_contain_text("Zeker?")
    await window.press("Enter")
    await window.sees("#judged", "dicht sinds")
    await show(window, "people")
    await expect(window.at(".about [role=alert]")).to_have_count(0)


async def test_the_next_operator_goes_on_at_the_same_seat_and_screens(enter: Enter, house: House) -> None:
    room = house.people["beheer"]
    first, second = (a for a, r in sorted(house.people.items()) if r == room and a.endswith((".brand", ".politie")))
    desk = await enter(first)
    desk.may_be_refused = desk.may_lose_link = True
    beside = await open_window(desk.page.context, house.url)
    beside.may_be_refused = beside.may_lose_link = True
    await beside.open("/w/map")
    await beside.ready()
    await desk.at(".top button").focus()
    await desk.press("Enter")
    for window in (desk, beside):
        await expect(window.at("#account")).to_be_visible()
    await expect(desk.at("#account")).to_be_focused()
    await desk.type(second)
    await desk.press("Tab")
    await desk.type(house.password)
    await desk.press("Tab")
    await desk.type(f"{room}-9")
    await desk.press("Enter")
    for window, path in ((desk, "operator"), (beside, "map")):
        await window.ready()
        await window.sees(".top", second)
        await window.sees(".top", f"{room}-9")
        await expect(window.page).to_have_url(f"{house.url}/w/{path}")
    await desk.at(".top button").focus()
    await desk.press("Enter")
    await expect(desk.at("#seat")).to_have_value(f"{room}-9")
    assert beside.complaints == []


@pytest.mark.skipif(not AXE.exists(), reason="axe-core is not installed: run ./dev vendor")
@pytest.mark.parametrize(("language", "theme"), [("nl", "night"), ("en", "day")])
async def test_no_screen_has_a_violation_or_a_cut(enter: Enter, house: House, language: str, theme: str) -> None:
    body = {"compartment": "caller", "minutes": 15, "reason": WHY}
    assert house.as_person("hoofd").post("/api/admin/glass", json=body).is_success
    name, _ = new_person(house, "CTL-A")
    found: list[str] = []

    async def look(window: Window, screen: str) -> None:
        found.extend(f"{screen} {line}" for line in await violations(window))
        found.extend(f"{screen} too small {line}" for line in await window.page.evaluate(TOO_SMALL, TARGET))
        found.extend(f"{screen} cut {line}" for line in await window.page.evaluate(CLIPPED))

    window = await admin(enter, language=language, theme=theme, csp=False)  # type: ignore[arg-type]
    await find(window, name)
    await window.at("#reason").fill("Proef")
    await window.at("#password").focus()
    await window.press("Enter", "Enter")
    await expect(window.at("#handed")).to_be_visible()
    await look(window, "people")
    await window.press("F8")
    await expect(window.at("#name")).to_be_focused()
    await look(window, "new")
    for screen in OPENS["beheer"][1:]:
        await show(window, screen)
        await look(window, screen)
    head = await admin(enter, "hoofd", language=language, theme=theme, csp=False)  # type: ignore[arg-type]
    await head.at("#why").focus()
    await head.at("#log button").focus()
    await head.press("Enter")
    await expect(head.at("#readings tbody tr").first).to_be_visible()
    await look(head, "log")
    await show(head, "glass")
    await look(head, "glass of who opened")
    assert not found, "\n".join(found)
