"""Travel times on the map: areas and ways by key, by button and by command, what they say of themselves, and in every
window of the workplace."""

from __future__ import annotations

import re
import secrets
import time
from typing import Any

import pytest
from playwright.async_api import expect

from .conftest import Enter
from .house import House
from .window import Window, open_window

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

DRAWN = """async () => {
  const app = document.querySelector('script[type=module]').src;
  return (await import(app.replace('app.js', 'reach.js'))).drawnWays.value;
}"""
X, Y = 192_000.0, 364_000.0
"""Within the few roads of Limburg that the server has."""


async def drawn(window: Window) -> Any:
    return await window.page.evaluate(DRAWN)


async def on_the_map(window: Window) -> None:
    await expect(window.at("#show-reach")).to_be_visible()
    await window.at(".map-canvas").focus()
    await expect(window.at(".map-canvas")).to_be_focused()


def an_engine(house: House, x: float, y: float, number: int = 0) -> dict[str, Any]:
    unit = house.free("lb.brand", "B", number)
    house.positions([{"unit": unit["ref"], "x": x, "y": y, "at": int(time.time() * 1000)}])
    return unit


async def test_how_far_from_the_middle_of_the_map_by_key_and_away_again(enter: Enter) -> None:
    window = await enter("lb.brand", "/w/map")
    await on_the_map(window)
    await window.press("0", "r")
    await window.sees("#ways [role=status]", "5, 10, 15 min rijden vanaf het midden van de kaart")
    await window.sees("#ways [role=status]", "over de weg")
    await window.sees("#ways [role=status]", "de wegenkaart houdt eerder op")
    found = await drawn(window)
    assert [ring["minutes"] for ring in found["rings"]] == [5, 10, 15] and all(r["areas"] for r in found["rings"])
    await window.press("Escape")
    await expect(window.at("#ways [role=status]")).to_have_text("")
    assert await drawn(window) is None


async def test_without_roads_it_says_that_it_is_a_straight_line(enter: Enter) -> None:
    window = await enter("rt.brand", "/w/map", language="en")
    await on_the_map(window)
    await window.press("0")
    await window.at("#ways select").select_option("6")
    await window.at("#show-reach").focus()
    await window.press("Enter")
    await window.sees("#ways [role=status]", "2, 4, 6 min of driving from the middle of the map")
    await window.sees("#ways [role=status]", re.compile(r"estimated by straight line, detour × 1\.\d: no map of roads"))
    await expect(window.at("#clear-ways")).to_be_visible()


async def test_the_way_of_a_driving_unit_with_its_time_and_it_follows_the_unit(enter: Enter, house: House) -> None:
    unit = an_engine(house, X - 1_400, Y)
    place = {"text": "Kaartroute", "x": X, "y": Y, "source": "operator"}
    ref = house.incident("lb.brand", "LB", "B", "Kaartroute", location=place)
    house.do("lb.brand", type="assign_unit", unit=unit["ref"], assignment=secrets.token_hex(16), incident=ref)
    number = next(i["number"] for i in house.picture("lb.brand", "LB")["incidents"] if i["ref"] == ref)
    window = await enter("lb.brand", "/w/map")
    await on_the_map(window)
    await window.command(f"o {number.split('-')[1]}")
    await window.sees(".preview", number)
    await window.press("Enter")
    await window.at(".map-canvas").focus()
    await window.press("w")
    await window.sees("#ways [role=status]", f"#{number}")
    await window.sees(
        "#ways [role=status]", re.compile(re.escape(unit["call_sign"]) + r" \d:\d\d \(1,\d km\), over de weg")
    )
    (way,) = [r for r in (await drawn(window))["routes"] if r["unit"] == unit["ref"]]
    assert way["driving"] and way["line"][0] == [X - 1_400, Y] and way["line"][-1] == [X, Y] and len(way["line"]) > 3
    # It moves, and so does what is drawn, without a key.
    house.positions([{"unit": unit["ref"], "x": X - 500, "y": Y, "at": int(time.time() * 1000) + 1}])
    await expect(window.at("#ways [role=status]")).to_contain_text(
        re.compile(re.escape(unit["call_sign"]) + r" \d:\d\d \(0,\d km\)"), timeout=25_000
    )


async def test_a_command_in_one_window_draws_in_the_map_of_the_other(enter: Enter, house: House) -> None:
    unit = an_engine(house, X, Y + 1_000, 1)
    desk = await enter("lb.brand", "/w/operator")
    screen = await open_window(desk.page.context, house.url)
    await screen.open("/w/map")
    await screen.ready()
    await expect(screen.at("#show-reach")).to_be_visible()
    await desk.command(f"rij {unit['call_sign']} 4")
    await desk.sees(".preview", f"hoe ver {unit['call_sign']} komt in 4 minuten")
    await desk.press("Enter")
    await desk.sees(".preview", "De rijtijd staat op de kaart")
    await screen.sees("#ways [role=status]", f"4 min rijden vanaf {unit['call_sign']}")
    await desk.command("rij 99")
    await desk.sees(".preview", re.compile("minuten|incident"))
    await desk.press("Enter")
    await expect(desk.at("#command")).to_have_value("rij 99")
    assert screen.complaints == []


async def test_an_incident_without_a_place_or_a_unit_says_so(enter: Enter, house: House) -> None:
    ref = house.incident("lb.brand", "LB", "B", "Nergens bekend")
    number = next(i["number"] for i in house.picture("lb.brand", "LB")["incidents"] if i["ref"] == ref)
    window = await enter("lb.brand", "/w/map")
    await on_the_map(window)
    await window.command(f"weg #{number}")
    await window.sees(".preview", number)
    await window.press("Enter")
    await window.sees(".preview", "Kies een incident met een plaats")
    assert await drawn(window) is None
