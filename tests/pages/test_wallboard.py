"""The wall: read from five metres, true within seconds, and nothing on it is about anybody."""

from __future__ import annotations

import re

import pytest
from playwright.async_api import expect

from .conftest import SCREEN, Enter
from .house import House
from .line import line_to
from .shots import shot
from .test_axe import AXE, violations
from .window import Window

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]
LEAST_PIXELS = 48
"""16 minutes of arc at five metres: capitals of 24 mm on a 65-inch screen of 1080 lines."""
TOO_SMALL = """least => [...document.querySelectorAll('.wall *')]
  .filter((e) => [...e.childNodes].some((n) => n.nodeType === 3 && n.data.trim()))
  .filter((e) => parseFloat(getComputedStyle(e).fontSize) < least).map((e) => e.outerHTML.slice(0, 80))"""
CUT_OFF = """() => [...document.querySelectorAll('.wall :is(header, footer, th, td)')]
  .filter((e) => e.scrollWidth > e.clientWidth + 1 || e.getBoundingClientRect().bottom > innerHeight + 1)
  .map((e) => e.outerHTML.slice(0, 80))"""


async def hang(enter: Enter, account: str, **how: str) -> Window:
    """A wall, signed in with an account of the room."""
    window = await enter(account, "/w/operator", csp=False, **how)
    await window.open("/w/wallboard")
    await expect(window.at(".wall tbody tr").first).to_be_visible()
    return window


async def test_it_shows_every_room_and_what_happens_there(enter: Enter, house: House) -> None:
    wall = await hang(enter, "dh.caco")
    rows = wall.at(".wall tbody tr")
    await expect(rows).to_have_count(len(house.rooms))
    here = wall.at("tr[data-room=DH]")
    before = await here.locator("td").nth(2).inner_text()
    house.incident("dh.brand", "DH", "B", "Muurkade 5", priority=1, class_text="Woningbrand")
    house.ring("DH.B.intake", "0612309999", "Muurbeller", waited=8)
    p1, opened = (int(n) for n in before.split("/"))
    await expect(here.locator("td").nth(2)).to_have_text(f"{p1 + 1}/{opened + 1}")
    await expect(here.locator("td").nth(0)).not_to_have_text("0")
    # Nobody answers: past the norm the wait gets its sign.
    await expect(here.locator("td").nth(1)).to_have_class(re.compile("warn"))
    await expect(here.locator("td").nth(1).locator(".icon.warn")).to_be_visible()
    unit = house.free("dh.brand", "B", 6)
    house.report(unit, "nk")
    await expect(wall.at("footer.alarm")).to_contain_text(re.compile(r"NOODKNOP( \w+)* DH"))
    text = await wall.page.inner_text("body")
    for word in ("Muurkade", "Muurbeller", "0612309999", unit["call_sign"], "dh.caco", "dh.brand", "DH-1"):
        assert word not in text
    house.do("dh.brand", type="report_status", unit=unit["ref"], code="1", source="room", manual=True)


async def test_a_wall_without_its_room_says_so(enter: Enter, house: House) -> None:
    async with line_to(house.url) as line:
        wall = await enter("lb.caco", "/w/operator", url=line.url)
        await wall.open("/w/wallboard")
        await expect(wall.at(".wall tbody tr").first).to_be_visible()
        wall.may_lose_link = True
        line.silence()
        await expect(wall.at(".wall .band.lost")).to_contain_text("Geen verbinding: beeld van", timeout=20_000)
        line.restore()
        await expect(wall.at(".wall .band.lost")).to_have_count(0, timeout=20_000)


@pytest.mark.skipif(not AXE.exists(), reason="axe-core is not installed: run ./dev vendor")
@pytest.mark.parametrize(("language", "theme"), [("nl", "night"), ("en", "day")])
async def test_it_is_read_from_five_metres(enter: Enter, house: House, language: str, theme: str) -> None:
    house.do("on.caco", type="declare_room_down", room="N2", reason="proef")
    try:
        wall = await hang(enter, "on.caco", language=language, theme=theme)
        await expect(wall.at("tr[data-room=N2] span.alarm")).to_be_visible()
        assert await wall.page.evaluate(TOO_SMALL, LEAST_PIXELS) == []
        assert await wall.page.evaluate(CUT_OFF) == []
        assert await violations(wall) == []
        if language == "nl":
            await shot(wall, "wallboard_down", size=SCREEN)
    finally:
        house.do("on.caco", type="declare_room_up", room="N2")
