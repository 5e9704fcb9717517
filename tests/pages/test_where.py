"""The field `where`: what is typed right is taken with Enter, a guess is not, and the incident gets its point."""

from __future__ import annotations

import pytest
from playwright.async_api import expect

from .conftest import Enter
from .house import House

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]


async def test_what_is_typed_right_fills_the_incident(enter: Enter, house: House) -> None:
    house.ring("ZB.B.intake", "0612345671", "Beller Plaats")
    window = await enter("zb.brand")
    await window.at("#queue .row").last.click()
    await window.press("F5")
    await window.sees(".head", "0612345671")
    await window.press("F4")
    await window.type("bergen op zo")
    await expect(window.at(".form .hits button").first).to_contain_text("Bergen op Zoom")
    await window.press("Enter")
    await expect(window.at(".form .hits.second")).to_contain_text("Bergen op Zoom")
    await expect(window.at("#what")).to_be_focused()
    await window.press("Control+Enter")
    await expect(window.at(".head .place")).to_have_text("bergen op zo")
    found = [i["location"] for i in house.picture("zb.brand", "ZB")["incidents"]]
    location = next(place for place in found if place["text"] == "bergen op zo")
    assert (location["place"], location["municipality"], location["safety_region"]) == (
        "Bergen op Zoom", "Bergen op Zoom", 20,
    )  # fmt: skip
    assert location["x"] == pytest.approx(79_000, abs=3_000)


async def test_a_guess_is_offered_but_not_taken(enter: Enter, house: House) -> None:
    house.ring("ZB.B.intake", "0612345672", "Beller Gok")
    window = await enter("zb.brand")
    await window.at("#queue .row").last.click()
    await window.press("F5")
    await window.sees(".head", "0612345672")
    await window.press("F4")
    await window.type("rotredam")
    await expect(window.at(".form .hits button").first).to_contain_text("Rotterdam")
    await window.press("Enter")
    await expect(window.at("#what")).to_be_focused()
    await expect(window.at(".form .hits.second")).to_have_count(0)
    await window.at(".form .hits button").first.click()
    await expect(window.at(".form .hits.second")).to_contain_text("Rotterdam")
