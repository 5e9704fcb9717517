"""Address warnings on the desk: asked at one seat, confirmed by another person, shown where a call comes from, gone."""

from __future__ import annotations

import time
from typing import Any

import pytest
from playwright.async_api import expect

from meldkamer.geo import RdTransform

from .conftest import Enter
from .house import House
from .shots import shot
from .test_axe import AXE, violations

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]
DAY = 86_400_000


def a_request(house: House, account: str, id: str, spot: tuple[float, float], **more: Any) -> None:
    """Somebody of this account asks a warning."""
    fields = {
        "nature": "animals",
        "audience": "PBAK",
        "basis": "arbo",
        "source": "post",
        "text": "hond <b>los</b>",
        **more,
    }
    location = {"text": "Dorpsstraat 1", "x": spot[0], "y": spot[1]}
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
