"""Address warnings on the desk: asked at one seat, confirmed by another person, shown where a call comes from, gone."""

from __future__ import annotations

import re
import time
from typing import Any

import pytest
from playwright.async_api import expect

from meldkamer.geo import RdTransform

from .conftest import Enter
from .house import House
from .shots import shot
from .test_axe import AXE, violations
from .window import Window

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]
DAY = 86_400_000


def a_request(
    house: House, account: str, id: str, spot: tuple[float, float], place: str = "Dorpsstraat 1", **more: Any
) -> None:
    """Somebody of this account asks a warning."""
    fields = {
        "nature": "animals",
        "audience": "PBAK",
        "basis": "arbo",
        "source": "post",
        "text": "hond <b>los</b>",
        **more,
    }
    location = {"text": place, "x": spot[0], "y": spot[1]}
    until = int(time.time() * 1000) + 20 * DAY
    house.do(account, type="ask_warning", warning=id, location=location, until=until, **fields)


async def test_a_warning_is_asked_confirmed_shown_and_withdrawn_by_keys(enter: Enter, house: House) -> None:
    window = await enter("nh.brand")
    await window.command("i Purmerend")
    await window.press("Enter")
    await window.sees(".head .place", "Purmerend")
    for typed, said in (
        ("adw draken", "Waarvoor wordt gewaarschuwd? agressie"),
        ("adw agressie 14mnd", "Hoogstens 12 maanden vooruit"),
        ("adw agressie 6mnd agreement", "Op welke grond? avg_vital · wpg · arbo"),
        ("adw agressie 6mnd wpg dreigt", "Wie zegt het?"),
    ):
        await window.command(typed)
        await window.sees(".preview", said)
        await window.press("Control+a", "Delete")
    await window.command("adw agressie 6mnd wpg (wijkagent) bewoner dreigt met mes")
    await window.sees(".preview", "Adreswaarschuwing vragen, agressie op Purmerend, tot")
    await window.press("Enter")
    await window.sees(".preview", "Opgeslagen")
    await expect(window.at("#warnings-here")).to_have_count(0)

    for id, nature, basis in (("hond", "animals", "arbo"), ("sleutel", "access", "agreement")):
        a_request(house, "nh.brand", id, (130_000.0, 501_000.0), region="NH", nature=nature, basis=basis)
    house.do("nh.caco", type="confirm_warning", warning="NH/hond")
    caco = await enter("nh.caco", "/w/warnings", language="en", theme="day")
    row = caco.at("#warnings .row", has_text="Purmerend")
    await expect(row).to_contain_text("Purmerend")
    await expect(row).to_contain_text("waits for a second person")
    await expect(row).not_to_contain_text("mes")
    await row.click()
    await caco.at("#warnings").focus()
    await caco.press("c")
    await expect(row).to_contain_text("aggression bewoner dreigt met mes")
    code = (await row.locator(".mono").first.inner_text()).strip()
    await caco.press("c")
    await expect(caco.at("#command")).to_have_value(f"adwy {code}")
    await caco.sees(".preview", f"Confirm what nh.brand asked, address warning {code} at Purmerend")
    await caco.press("Enter")
    await expect(row).to_contain_text("confirmed by nh.caco (NH)")
    await shot(caco, "warnings")

    told = window.at("#warnings-here")
    await expect(told).to_contain_text("agressie bewoner dreigt met mes")
    await expect(told).to_contain_text("wijkagent · Wet politiegegevens, verstrekking · tot")
    await expect(told).to_contain_text("bevestigd door nh.caco (NH)")

    [there] = [i for i in house.picture("nh.brand", "NH")["incidents"] if i["location"]["text"] == "Purmerend"]
    lat, lon = RdTransform().to_wgs84(there["location"]["x"], there["location"]["y"])
    house.ring("NH.B.intake", "0612345611", "Buur", location={"lat": lat, "lon": lon, "radius": 20.0})
    await expect(window.at("#queue .row")).not_to_have_count(0)
    await window.press("F5")
    await expect(window.at(".head").first).to_contain_text("0612345611")
    await expect(told).to_contain_text("bewoner dreigt met mes")
    await shot(window, "warning_intake")

    await caco.at("#warnings").focus()
    await caco.press("-")
    await expect(caco.at("#command")).to_have_value(f"adww {code} ")
    await caco.type("resident has moved")
    await caco.press("Enter")
    await caco.sees(".preview.twice", "reason: resident has moved")
    await caco.press("Enter")
    await expect(row).to_contain_text("withdrawn")
    await expect(told).to_have_count(0)


async def test_longer_is_asked_by_one_and_never_confirmed_by_the_same(enter: Enter, house: House) -> None:
    a_request(house, "on.brand", "lang", (258_000.0, 470_000.0), region="ON")
    house.do("on.caco", type="confirm_warning", warning="ON/lang")
    caco = await enter("on.caco", "/w/warnings")
    row = caco.at("[data-warning='ON/lang']")
    await expect(row).to_contain_text("geldt")
    await caco.at("#warnings").focus()
    await caco.press("+")
    await expect(caco.at("#command")).to_have_value("adwv LAN ")
    await caco.type("6mnd hond is er nog")
    await caco.press("Enter")
    await expect(row).to_contain_text("verlenging gevraagd")
    await caco.command("adwj LAN")
    await caco.sees(".preview", "Een ander dan wie het vroeg beslist hierover")
    house.do("on.caco", type="withdraw_warning", warning="ON/lang", reason="hond is weg")
    await expect(row).to_contain_text("ingetrokken")


MARKED = """([below, colour]) => {
  const seen = [...document.querySelectorAll('.map-canvas canvas')].reduce((n, canvas) => {
    const [x, y] = [canvas.width / 2 - 12, canvas.height / 2 + below - 12];
    const { data } = canvas.getContext('2d').getImageData(x, y, 24, 24);
    for (let at = 0; at < data.length; at += 4) if (colour.every((one, k) => data[at + k] === one)) n += 1;
    return n;
  }, 0);
  return seen > 60;
}"""
"""Whether the mark of a warning is drawn under the middle of the map, in the colour of what to look out for."""
BELOW = 22
AMBER = {"night": (0xFF, 0xB0, 0x20), "dusk": (0xFF, 0xBE, 0x4D), "day": (0x70, 0x43, 0x00)}


async def test_the_map_marks_one_for_whom_it_is_and_says_it_when_it_is_chosen(enter: Enter, house: House) -> None:
    spot = (258_900.0, 470_900.0)
    location = {"text": "Kaartstraat 1", "x": spot[0], "y": spot[1]}
    ref = house.incident("on.brand", "ON", "BA", "Kaartstraat 1", location=location)
    number = house.detail("on.brand", ref)["incident"]["number"]
    a_request(house, "on.brand", "kaart", spot, "Kaartstraat 1", region="ON", audience="B")
    fire, ambulance = await enter("on.brand", "/w/map"), await enter("on.ambu", "/w/map", theme="day")

    async def drawn(window: Window, theme: str = "night") -> bool:
        return bool(await window.page.evaluate(MARKED, [BELOW, AMBER[theme]]))

    async def wait(theme: str, there: bool = True) -> None:
        script = MARKED if there else f"(how) => !({MARKED})(how)"
        await fire.page.wait_for_function(script, arg=[BELOW, AMBER[theme]])

    legend, panel = fire.at(".map-note"), fire.at("#map-warning")
    for window in (fire, ambulance):
        # The map goes to where the incident is.
        await window.command(f"o {number}")
        await window.sees(".preview", f"Toon #{number}")
        await window.press("Enter")
        await expect(window.at("#command")).to_have_value("")
        await window.at(".map-canvas").focus()
    await expect(legend).to_contain_text("adreswaarschuwingen 0")
    await fire.press("a")
    await fire.sees(".preview", "Er zijn geen adreswaarschuwingen voor u")
    assert not await drawn(fire)

    async with ambulance.page.expect_response("**/api/warnings?*"):
        house.do("on.caco", type="confirm_warning", warning="ON/kaart")
    await expect(legend).to_contain_text("adreswaarschuwingen 1")
    await wait("night")
    for theme in ("day", "dusk", "night"):
        await fire.page.evaluate("(theme) => { document.documentElement.dataset.theme = theme; }", theme)
        await wait(theme)
    # Nobody whom it is not for sees that there is one.
    await ambulance.page.evaluate(
        "() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))"
    )
    assert not await drawn(ambulance, "day")
    await ambulance.press("a")
    await expect(ambulance.at("#map-warning")).to_have_count(0)

    # That it is there is no reading of it; choosing it by a second key is.
    await fire.press("a")
    await expect(panel).to_contain_text(re.compile(r"adreswaarschuwing Kaartstraat 1 KAA · B · tot"))
    await expect(panel).not_to_contain_text("hond")
    async with fire.page.expect_response("**/api/warnings/ON/kaart"):
        await fire.press("Enter")
    await expect(panel).to_contain_text("hond <b>los</b>")
    await expect(panel).to_contain_text("bevestigd door on.caco (ON)")
    await fire.press("Escape")
    await expect(panel).to_have_count(0)

    # By mouse: its name when one points at it, its words at a click, which is recorded again.
    box = await fire.at(".map-canvas").bounding_box()
    assert box is not None
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2 + BELOW
    async with fire.page.expect_response("**/api/warnings/ON/kaart"):
        await fire.page.mouse.click(x, y)
    await expect(panel).to_contain_text("hond <b>los</b>")
    await fire.at("#leave-warning").focus()
    await fire.press("Enter")
    await expect(panel).to_have_count(0)
    await expect(fire.at(".map-canvas")).to_be_focused()

    await fire.press("a")
    await expect(panel).to_be_visible()
    house.do("on.caco", type="withdraw_warning", warning="ON/kaart", reason="hond is weg")
    await expect(panel).to_have_count(0)
    await wait("night", there=False)


@pytest.mark.skipif(not AXE.exists(), reason="axe-core is not installed: run ./dev vendor")
async def test_the_list_and_the_place_have_no_violation(enter: Enter, house: House) -> None:
    spot = (258_500.0, 470_500.0)
    for n, text in enumerate(("hond los", "slang <b>los</b>")):
        a_request(house, "on.brand", f"a{n}", spot, region="ON", text=text)
    house.do("on.caco", type="confirm_warning", warning="ON/a1")
    location = {"text": "Dorpsstraat 1", "x": spot[0], "y": spot[1]}
    house.incident("on.brand", "ON", "B", "Dorpsstraat 1", location=location)
    window = await enter("on.caco", "/w/warnings", language="en", csp=False)
    await expect(window.at("#warnings [data-warning='ON/a1']")).to_be_visible()
    await window.at("#warnings").focus()
    await window.press("Home", "Enter")
    await window.sees("#warnings", "animals hond los")
    assert await violations(window) == []
    fire = await enter("on.brand", language="en", csp=False)
    await fire.in_hand("Dorpsstraat 1")
    await fire.sees("#warnings-here", "slang <b>los</b>")
    assert await violations(fire) == []
