"""Coming in and going out by keyboard."""

from __future__ import annotations

import re

import pytest
from playwright.async_api import BrowserContext, expect

from .house import House
from .window import open_window

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]


async def test_a_wrong_password_says_so_in_words_and_the_right_one_comes_in(
    workplace: BrowserContext, house: House
) -> None:
    window = await open_window(workplace, house.url)
    await window.open()
    await expect(window.at("#account")).to_be_focused()
    await window.type("ob.politie")
    await window.press("Tab")
    await window.type("zo-niet")
    await window.press("Enter")
    await expect(window.at(".sign-in [role=alert]")).to_have_text(re.compile("wachtwoord klopt niet"))
    await expect(window.at("#account")).to_have_value("ob.politie")
    await window.press("Control+a")
    await window.type(house.password)
    await window.press("Enter")
    await window.ready()
    await expect(window.page).to_have_url(house.url + "/w/operator")
    assert window.complaints == []


async def test_signing_out_ends_the_session_and_leaves_no_rows(workplace: BrowserContext, house: House) -> None:
    window = await open_window(workplace, house.url)
    await window.sign_in("ob.politie", house.password)
    await window.at(".top button").focus()
    await window.press("Enter")
    await expect(window.at("#account")).to_be_visible()
    await expect(window.at(".row")).to_have_count(0)
    assert (await workplace.request.get(house.url + "/api/session")).status == 401
    assert window.complaints == []


async def test_who_already_came_in_comes_back_without_a_password(workplace: BrowserContext, house: House) -> None:
    window = await open_window(workplace, house.url)
    await window.sign_in("ob.caco", house.password, "/")
    await expect(window.page).to_have_url(house.url + "/w/caco")
    await window.open("/w/map")
    await window.ready()
    assert window.complaints == []
