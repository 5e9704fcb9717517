"""Every screen that the pages have: nothing that axe finds in two languages and three themes, and usable at 200 %.

Nothing on them is asked of anybody but the house.

Which screens there are is read from the scripts (`screens`), so that a new one is looked at from its first day.
"""

from __future__ import annotations

from typing import Any

import pytest
from playwright.async_api import Browser, expect

from .conftest import SCREEN, Enter
from .house import ROTTERDAM, House
from .house_proxy import proxy_to
from .screens import ACCESS, ALONE, EVERY, FETCHED, FRAME, STEERING, go
from .test_axe import AXE, violations
from .window import Window, open_window

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]


async def test_every_screen_of_the_scripts_is_visited() -> None:
    visited = {screen for screens in EVERY.values() for screen in screens}
    assert visited == {
        *(f"/w/{name}" for name in (*FRAME, *ALONE, *FETCHED)),
        *(f"/w/steering/{name}" for name in STEERING),
        *(f"/w/admin/{name}" for name in ACCESS),
    }


@pytest.mark.skipif(not AXE.exists(), reason="axe-core is not installed: run ./dev vendor")
@pytest.mark.parametrize("language", ["nl", "en"])
async def test_axe_finds_nothing_on_any_screen(enter: Enter, house: House, language: str) -> None:
    theme = {"nl": "night", "en": "day"}[language]
    found: list[str] = []
    for account, screens in EVERY.items():
        window = await enter(account, screens[0], language=language, theme=theme, csp=False)
        for screen in screens:
            await go(window, screen)
            found += [f"{screen} {line}" for line in await violations(window)]
            if screen == "/w/operator":
                await window.press("F1")
                await expect(window.at(".manual")).to_be_visible()
                found += [f"F1 {line}" for line in await violations(window)]
    assert not found, "\n".join(found)


# --- 200 % zoom -------------------------------------------------------------------------------------------------------

LOST = """() => [...document.querySelectorAll('button, input, select, textarea, a, [tabindex="0"], .pane > .title')]
  .filter((e) => e.checkVisibility({ visibilityProperty: true }) && !e.closest('.sr') && !e.classList.contains('sr'))
  .filter((e) => {
    e.scrollIntoView({ block: 'nearest', inline: 'nearest' });
    const r = e.getBoundingClientRect();
    if (r.width < 1 || r.height < 1) return true;
    const x = Math.min(Math.max(r.left + Math.min(r.width, 40) / 2, 0), innerWidth - 1);
    const y = r.top + Math.min(r.height, 24) / 2;
    if (r.left + Math.min(r.width, 40) / 2 > innerWidth || y > innerHeight || y < 0) return true;
    const hit = document.elementFromPoint(x, y);
    return !hit || !(e.contains(hit) || hit.contains(e) || e.closest('label')?.contains(hit));
  })
  .map((e) => `${e.tagName}#${e.id}.${e.className}: ${(e.textContent || e.value || '').trim().slice(0, 40)}`)"""
"""What can be used and cannot be brought into sight, where nothing else lies over it."""

CUT = """() => [...document.querySelectorAll('.top, .keys, .band, .bar, .pane')]
  .filter((e) => e.checkVisibility() && getComputedStyle(e).overflowX === 'hidden' && e.scrollWidth > e.clientWidth + 1)
  .map((e) => `cut off: ${e.className}: ${e.textContent.trim().slice(-40)}`)"""
"""What does not fit and cannot be scrolled: nobody who sees less of it knows that there is more."""


@pytest.mark.parametrize("account", list(EVERY))
async def test_at_two_hundred_percent_everything_can_be_reached_and_nothing_leaves_the_house(
    browser: Browser, house: House, account: str
) -> None:
    """A screen of 1920 by 1080 at 200 % is one of 960 by 540 with twice the points. All of it comes through a proxy."""
    half: Any = {"width": SCREEN["width"] // 2, "height": SCREEN["height"] // 2}
    async with proxy_to(house.url) as proxy:
        behind: Any = {"server": proxy.url, "bypass": "<-loopback>"}
        context = await browser.new_context(viewport=half, device_scale_factor=2, locale="nl-NL", proxy=behind)
        window = await open_window(context, house.url)
        screens = EVERY[account]
        await window.sign_in(account, house.password, screens[0])
        lost: list[str] = []
        for screen in screens:
            await go(window, screen)
            lost += [f"{screen} {line}" for line in await out_of_reach(window)]
        assert not lost, "\n".join(lost)
        assert window.complaints == []
        await context.close()
        assert proxy.hosts == {proxy.house}


async def test_at_two_hundred_percent_a_proposal_is_seen_before_enter_alerts_it(browser: Browser, house: House) -> None:
    half: Any = {"width": SCREEN["width"] // 2, "height": SCREEN["height"] // 2}
    house.incident("rt.brand", "RT", "B", "Zoomkade 2", location={**ROTTERDAM, "text": "Zoomkade 2"})
    context = await browser.new_context(viewport=half, device_scale_factor=2, locale="nl-NL")
    window = await open_window(context, house.url)
    await window.sign_in("rt.brand", house.password, "/w/operator")
    await window.in_hand("Zoomkade 2")
    await window.press("F6", "v")
    await expect(window.at("#proposal")).to_be_focused()
    await expect(window.at("#proposal .row.selected")).to_be_in_viewport(ratio=0.9)
    assert await window.page.evaluate("document.querySelector('#proposal').closest('.upper').clientHeight") > 100
    await context.close()


async def out_of_reach(window: Window) -> list[str]:
    """What cannot be seen or reached on the screen as it is."""
    return [*await window.page.evaluate(CUT), *await window.page.evaluate(LOST)]
