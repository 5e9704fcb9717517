"""How much comes over the line before a workplace is there."""

from __future__ import annotations

import re

import pytest
from playwright.async_api import Browser, BrowserContext, expect

from .conftest import SCREEN
from .house import House
from .house_proxy import HouseProxy, proxy_to
from .window import open_window

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]
FIRST_LOAD = 400_000
"""Bytes, compressed, with the map."""


async def through(browser: Browser, proxy: HouseProxy) -> BrowserContext:
    """A workplace all of whose traffic goes through the proxy, also that to the own machine."""
    behind = {"server": proxy.url, "bypass": "<-loopback>"}
    return await browser.new_context(viewport=SCREEN, locale="nl-NL", proxy=behind)  # type: ignore[arg-type]


async def test_the_first_load_of_a_workplace_is_small(browser: Browser, house: House) -> None:
    """Everything that comes before somebody signs in: the pages, the map and the letters. Nothing was there before."""
    async with proxy_to(house.url) as proxy:
        context = await through(browser, proxy)
        window = await open_window(context, house.url)
        loaded: set[str] = set()
        window.page.on("requestfinished", lambda request: loaded.add(request.url.split("/static/")[-1]))
        await window.open("/w/operator")
        await expect(window.at("#account")).to_be_focused()
        await window.page.wait_for_load_state("networkidle")
        names = {re.sub(r"^v[0-9a-f]+/", "", url) for url in loaded}
        assert {"vendor/ol.js", "js/views/map.js", "vendor/preact.js", "css/panes.css"} <= names
        assert 100_000 < proxy.received <= FIRST_LOAD, f"{proxy.received:,} bytes"

        # And again: all of it is kept, but for the page itself and what the room says.
        before = proxy.received
        await window.page.reload()
        await expect(window.at("#account")).to_be_focused()
        assert proxy.received - before < 20_000
        await context.close()


async def test_what_would_leave_the_house_is_seen_by_this(browser: Browser, house: House) -> None:
    """The proxy tells: else no test that goes through it would fail, whatever a page did (`test_every_screen`)."""
    async with proxy_to(house.url) as proxy:
        context = await through(browser, proxy)
        page = await context.new_page()
        await page.set_content('<img src="http://elsewhere.invalid/x.png">')
        await page.wait_for_load_state("networkidle")
        assert "elsewhere.invalid" in {host.partition(":")[0] for host in proxy.hosts}
        await context.close()
