"""After an outage: what stood on paper is entered by keyboard with its true time, and shown as entered so."""

from __future__ import annotations

import re
import time
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, expect

from .conftest import Enter
from .house import House
from .test_command_language import understand

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]
ZONE = ZoneInfo("Europe/Amsterdam")
NOW = int(datetime(2026, 11, 27, 15, 10, 30, tzinfo=ZONE).timestamp() * 1000)
ROOM = "ZB"
FIRE = f"{ROOM.lower()}.brand"


def at(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=ZONE).timestamp() * 1000)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def page(browser: Browser, house: House) -> Any:
    context = await browser.new_context(timezone_id="Europe/Amsterdam")
    page = await context.new_page()
    await page.goto(house.url)
    yield page
    await context.close()


async def test_the_last_moment_that_was_is_meant(page: Page) -> None:
    cases = {
        "14:32": "2026-11-27 14:32:00",
        "14.32": "2026-11-27 14:32:00",
        "9:05": "2026-11-27 09:05:00",
        "14:32:10": "2026-11-27 14:32:10",
        "15:10": "2026-11-27 15:10:00",
        "15:11": "2026-11-26 15:11:00",
        "23:59": "2026-11-26 23:59:00",
        "26-11/14:32": "2026-11-26 14:32:00",
        "1-11/00:00": "2026-11-01 00:00:00",
    }
    for typed, meant in cases.items():
        found = await understand(page, f"@{typed} n dak staat in brand", "nl", now=NOW)
        assert found["ok"] and found["at"] == found["act"]["occurred"] == at(meant), typed
        assert (found["act"]["do"], found["act"]["text"]) == ("note", "dak staat in brand")


async def test_what_is_no_moment_does_nothing(page: Page) -> None:
    for typed in ("@", "@14", "@24:00", "@14:60", "@1432", "@31-2/10:00", "@27-10/10:00", "@14:32x"):
        found = await understand(page, f"{typed} n tekst", "nl", now=NOW)
        assert (found["ok"], found["say"]) == (False, "say.at_how"), typed
    assert (await understand(page, "@14:32", "nl", now=NOW))["say"] == "say.empty"


async def test_only_facts_can_be_entered_afterwards(page: Page) -> None:
    facts = [
        "i Blaak 12",
        "n tekst",
        "s 0191 2",
        "d 0131",
        "af oef",
        "p 1",
        "k brwo",
        "w Blaak",
        "t 0131",
        "contact 0131",
    ]
    for command in facts:
        assert (await understand(page, f"@14:32 {command}", "nl", now=NOW))["ok"], command
    for command in (
        "v",
        "o 4312",
        "z 0131",
        "b 4312 RT-4313",
        "ovn LB weg",
        "bl",
        "piek storm",
        "contact 0131 15",
        "?",
    ):
        assert (await understand(page, f"@14:32 {command}", "nl", now=NOW))["say"] == "say.at_not", command


async def test_what_was_over_a_day_ago_asks_twice(page: Page) -> None:
    today, before = [await understand(page, f"@{t} n x", "nl", now=NOW) for t in ("15:00", "26-11/15:00")]
    assert not today.get("twice") and before["twice"] is True


async def test_a_whole_incident_from_paper(enter: Enter, house: House) -> None:
    window = await enter(FIRE)
    engine = house.free(FIRE, "B")
    house.report(engine, "bs")
    shown = await window.page.evaluate("Date.now()")
    moment = datetime.fromtimestamp(shown / 1000 - 1800, ZONE)
    true = f"{moment:%H:%M}"

    await window.command(f"@{true} i Papierweg 1")
    await expect(window.at(".preview")).to_contain_text(
        re.compile(rf"Achteraf, om (\d\d-\d\d,? )?{true}:00 \((29|30):\d\d geleden\): ")
    )
    await window.press("Enter")
    await expect(window.at(".head .place")).to_have_text("Papierweg 1")
    await expect(window.at(".log .fact", has_text="incident geopend")).to_contain_text("ingevoerd om")
    await expect(window.at(".log .fact time").first).to_have_text(f"{true}:00")

    await window.command(f"@{true} n dak staat in brand")
    await window.press("Enter")
    line = window.at(".log .entry", has_text="dak staat in brand")
    await expect(line.locator("time")).to_have_text(f"{true}:00")
    await expect(line.locator(".chip")).to_contain_text("ingevoerd om")

    # The order was given by voice: the crew is not alerted again.
    await window.command(f"@{true} d {engine['call_sign']}")
    await window.press("Enter")
    await expect(window.at("#working")).to_contain_text(engine["call_sign"])
    await expect(window.at("#working")).to_contain_text("bevestigd")
    fact = window.at(".log .fact", has_text=f"{engine['call_sign']} gealarmeerd")
    await expect(fact).to_contain_text("ingevoerd om")
    assert house.order(engine) is None

    row = next(u for u in house.picture(FIRE, ROOM)["units"] if u["ref"] == engine["ref"])
    assert row["alert"] is None and row["assignment"]["ordered"] == int(
        moment.replace(second=0, microsecond=0).timestamp() * 1000
    )

    # What is typed now has no such mark.
    await window.command("n nu getypt")
    await window.press("Enter")
    now = window.at(".log .entry", has_text="nu getypt")
    await expect(now).to_be_visible()
    assert await now.locator(".chip").count() == 0


async def test_closing_from_paper(enter: Enter, house: House) -> None:
    house.incident(FIRE, ROOM, "B", "Sluitweg 1")
    window = await enter(FIRE, language="en")
    await window.in_hand("Sluitweg 1")
    await window.command("cl")
    await window.sees(".preview", "Which code? ")
    code = "oef"
    before = time.time()
    await window.command(f"@{datetime.fromtimestamp(before, ZONE):%H:%M} cl {code}")
    await window.sees(".preview", "Afterwards, at")
    await window.press("Enter")
    await window.sees("#incident-title", "closed")
