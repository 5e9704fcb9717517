"""Closing a road on the map: by keys alone, seen by everybody, and open again."""

from __future__ import annotations

import time

import pytest
from playwright.async_api import expect

from .conftest import Enter
from .house import House
from .test_past import local, second, until_past

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]


async def test_a_road_is_closed_by_keys_and_opened_again(enter: Enter, house: House) -> None:
    window = await enter("lb.brand", "/w/map")
    await expect(window.at("#draw-closure")).to_be_visible()
    await window.at(".map-canvas").focus()
    await window.press("0")
    await window.at("#draw-closure").focus()
    await window.press("Enter")
    await expect(window.at(".map-canvas")).to_be_focused()
    await window.press("Enter")
    await expect(window.at("#closures")).to_contain_text("1 punten")
    await window.at("#closures input[maxlength]").focus()
    await window.type("Wateroverlast")
    await window.at("#save-closure").focus()
    await window.press("Enter")
    await expect(window.at("#closures [role=status]")).to_contain_text("Afgesloten")
    await expect(window.at("#closures .chip")).to_contain_text("Wateroverlast")
    (kept,) = house.as_person("lb.brand").get("/api/closures").json()
    assert kept["edges"] >= 1 and kept["closure"]["text"] == "Wateroverlast" and kept["by"]
    await window.at("#closures .chip button").focus()
    await window.press("Enter")
    await expect(window.at("#closures .chip")).to_have_count(0)
    assert house.as_person("lb.brand").get("/api/closures").json() == []


async def test_what_another_room_closes_is_shown_at_once_and_can_be_opened_here(enter: Enter, house: House) -> None:
    window = await enter("rt.brand", "/w/map")
    await expect(window.at("#draw-closure")).to_be_visible()
    await expect(window.at("#closures .chip")).to_have_count(0)
    limburg = house.as_person("lb.brand")
    until = int(time.time() * 1000) + 3_600_000
    drawn = {
        "id": "from-limburg",
        "points": [[190_500, 362_030]],
        "radius": 60,
        "until": until,
        "text": "Omgevallen boom",
    }
    made = limburg.post("/api/closures", json=drawn).json()
    assert made["region"] == "LB" and made["edges"] >= 1
    # Long before the screen would read them again by itself.
    await expect(window.at("#closures .chip")).to_contain_text("Omgevallen boom", timeout=5_000)
    await window.at("#closures .chip button").focus()
    await window.press("Enter")
    await expect(window.at("#closures .chip")).to_have_count(0)
    assert limburg.get("/api/closures").json() == []


async def test_what_was_closed_then_is_on_the_map_of_then(enter: Enter, house: House) -> None:
    """Closed, then opened: now there is nothing, and whoever looks back sees it, and can change nothing."""
    limburg = house.as_person("lb.brand")
    until = int(time.time() * 1000) + 3_600_000
    drawn = {"id": "of-then", "points": [[190_500, 362_030]], "radius": 60, "until": until, "text": "Boom van toen"}
    assert limburg.post("/api/closures", json=drawn).is_success
    at = second(house, "lb.brand", "LB")
    assert limburg.delete("/api/closures/of-then").json() == {"opened": True}
    until_past(house, "lb.brand", at)
    assert limburg.get("/api/closures").json() == []
    assert limburg.get(f"/api/closures?at={at}").json()["code"] == "past.purpose"
    window = await enter("lb.brand", f"/w/map?at={local(at)}&why=evaluation")
    await window.sees("#closures", "1 afgesloten of langzaam op dat moment")
    await expect(window.at("#closures .chip")).to_contain_text("Boom van toen")
    await expect(window.at("#closures button")).to_have_count(0)
    # A minute earlier nothing was closed yet.
    await window.at("#past").focus()
    await window.press("ArrowLeft")
    await window.sees("#closures", "0 afgesloten")
    await expect(window.at("#closures .chip")).to_have_count(0)
