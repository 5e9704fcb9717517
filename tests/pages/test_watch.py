"""The administrator's screen: alarms in the strip and in full, checks with their age, and what each room runs."""

from __future__ import annotations

import json
import time

import pytest
from playwright.async_api import Route, expect

from .conftest import Enter
from .house import House
from .test_axe import AXE, violations

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

OTHER_VERSION = """async () => {
    const at = document.querySelector("script[type=module]").src;
    const stores = await import(new URL("stores.js", at));
    stores.rooms.value = stores.rooms.value.map((r) => (r.room === "OB" ? { ...r, version: "9.9.9" } : r));
    await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
    return [...document.querySelectorAll(".chip.warn")].map((chip) => chip.textContent.trim());
}"""
"""What a room says changes once a second; this looks before the next one comes."""


async def test_an_administrator_sees_what_is_checked_and_what_runs(enter: Enter, house: House) -> None:
    window = await enter("beheer", "/w/watch")
    await expect(window.at(".top nav a[aria-current=page]")).to_have_text("Beheer")
    await expect(window.at("#checks .head").first).to_contain_text("goed")
    await expect(window.at("#checks")).to_contain_text("hartslag LB")
    rows = window.at("#runs .row.runs")
    await expect(rows).to_have_count(len(house.rooms) + 1)
    version = house.as_person("beheer").get("/openapi.json").json()["info"]["version"]
    await expect(rows.nth(1)).to_contain_text(version)
    await expect(window.at("#checks-title")).to_contain_text("geleden gekeken")
    assert await window.page.evaluate(OTHER_VERSION) == ["9.9.9"]


async def test_the_coordinator_sees_that_a_room_runs_something_else(enter: Enter) -> None:
    window = await enter("lb.caco", "/w/caco")
    chips = await window.page.evaluate(OTHER_VERSION)
    assert any(chip.startswith("Draait anders: 9.9.9") for chip in chips), chips


async def test_nobody_else_has_the_screen(enter: Enter) -> None:
    window = await enter("lb.brand")
    await expect(window.at(".top nav[aria-label=Schermen]")).to_contain_text("Kaart")
    await expect(window.at(".top nav[aria-label=Schermen]")).not_to_contain_text("Beheer")
    await window.open("/w/watch")
    await window.sees(".pane", "Dit scherm is voor functioneel beheer")


@pytest.mark.skipif(not AXE.exists(), reason="axe-core is not installed: run ./dev vendor")
@pytest.mark.parametrize(
    ("language", "theme", "says"), [("nl", "night", "schijf niet goed"), ("en", "day", "disk not well")]
)
async def test_an_alarm_stands_in_the_strip_and_in_full(enter: Enter, language: str, theme: str, says: str) -> None:
    began = int(time.time() * 1000) - 95_000
    low = {"state": "degraded", "detail": "low, 312 MB free", "run": "disk-full"}
    alarm = {**low, "id": f"disk {began}", "kind": "disk", "checks": ["disk"], "since": began}
    alarm |= {"raised": began + 30_000, "ended": None, "times": 3}
    gone = {"id": "core 1", "kind": "core", "checks": ["core"], "detail": "no server of the core answers"}
    over = {**alarm, **gone, "run": "core-majority-lost", "ended": began + 60_000, "times": 1}
    checks = [
        {"name": "disk", "age": None, "number": 1, **low},
        {"name": "picture", "state": "fine", "detail": "events not shown: 0", "age": None, "run": "picture-behind"},
        {
            "name": "geography",
            "state": "could_not_check",
            "detail": "no answer in time",
            "age": None,
            "run": "geography",
        },
    ]
    told = {"state": "degraded", "age": 4.0, "checks": checks, "open": [alarm], "ended": [over]}

    async def answer(route: Route) -> None:
        await route.fulfill(body=json.dumps(told), content_type="application/json")

    window = await enter("beheer", "/w/operator", language=language, theme=theme, csp=False)
    await window.page.route("**/api/alarms", answer)
    await window.open("/w/watch")
    await window.ready()
    await window.sees(".strip", says)
    await window.sees("#alarms .alarm-open", "docs/run/disk-full.md")
    await window.sees("#alarms .alarm-over", "no server of the core answers")
    await expect(window.at("#checks .head")).to_have_count(3)
    assert await violations(window) == []
