"""axe-core finds nothing wrong while an operator works, in two languages and three themes (WCAG 2.2 AA)."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.async_api import expect

from .conftest import Enter
from .house import AMERSFOORT, ROOT, House
from .window import Window

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]
AXE = ROOT / "node_modules/axe-core/axe.min.js"
THEMES = ("night", "dusk", "day")
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]


async def violations(window: Window) -> list[str]:
    """What axe finds on the page as it is, and of its colours in the other two themes: a theme changes nothing else."""
    if not await window.page.evaluate("'axe' in window"):
        await window.page.evaluate(AXE.read_text())
    wearing = await window.page.evaluate("document.documentElement.dataset.theme")
    found = [(wearing, one) for one in (await _axe(window, {"type": "tag", "values": TAGS}))["violations"]]
    for theme in THEMES:
        if theme != wearing:
            await window.page.evaluate("theme => { document.documentElement.dataset.theme = theme }", theme)
            colours = await _axe(window, {"type": "rule", "values": ["color-contrast"]})
            found += [(theme, one) for one in colours["violations"]]
    await window.page.evaluate("theme => { document.documentElement.dataset.theme = theme }", wearing)
    return [
        f"{theme} {violation['id']}: {node['html'][:150]} {node['failureSummary'].splitlines()[-1][:110]}"
        for theme, violation in found
        for node in violation["nodes"][:3]
    ]


async def _axe(window: Window, what: dict[str, Any]) -> dict[str, Any]:
    found = await window.page.evaluate("runOnly => axe.run({ runOnly, resultTypes: ['violations'] })", what)
    return dict(found)


@pytest.mark.skipif(not AXE.exists(), reason="axe-core is not installed: run ./dev vendor")
@pytest.mark.parametrize(("language", "theme"), [("nl", "night"), ("en", "day")])
async def test_no_screen_has_a_violation(enter: Enter, house: House, language: str, theme: str) -> None:
    account = {"nl": "ad.brand", "en": "dh.brand"}[language]
    room = house.people[account]
    house.ring(
        f"{room}.B.intake", "0612340000", "Axe", location={"lat": 52.37, "lon": 4.89, "radius": 90.0, "source": "cell"}
    )
    ref = house.incident(
        account,
        room,
        "B",
        "Toegankelijk 1",
        priority=1,
        class_text="Woningbrand",
        location={**AMERSFOORT, "text": "Toegankelijk 1"},
    )
    unit = house.free(account, "B", 2)
    house.do(account, type="assign_unit", unit=unit["ref"], assignment=ref.split("/")[1], incident=ref)
    house.report(house.free(account, "B", 9), "nk")
    found: dict[str, list[str]] = {}

    window = await enter(account, language=language, theme=theme, csp=False)
    await window.press("F5")
    await window.sees(".head", "0612340000")
    found["call"] = await violations(window)
    await window.in_hand("Toegankelijk 1")
    await window.press("F6", "v")
    await expect(window.at("#proposal")).to_be_visible()
    found["incident"] = await violations(window)
    for screen in ("caco", "map"):
        await window.open(f"/w/{screen}")
        await window.ready()
        if screen == "caco":
            await window.at("#rooms .room").first.click()
            await expect(window.at("#declare-down")).to_be_visible()
        found[screen] = await violations(window)
    await window.at(".top button").click()
    await expect(window.at("#account")).to_be_visible()
    found["sign-in"] = await violations(window)
    said = [f"{screen} {what}" for screen, lines in found.items() for what in lines]
    assert not said, "\n".join(said)
