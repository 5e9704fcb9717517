"""Attention messages on the desk: asked by command, told by keys, seen by those concerned, and never in the way."""

from __future__ import annotations

import re
import time

import pytest
from playwright.async_api import expect

from .conftest import Enter
from .house import House
from .shots import shot
from .test_axe import AXE, violations
from .test_past import local, second, until_past

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]
LATER = """async (ms) => {
  const js = (name) => import(new URL(name, document.querySelector("script[type=module]").src).href);
  const { now } = await js("stores.js");
  const { mine } = await js("attentions.js");
  const before = mine.value.length;
  now.value += ms;
  return [before, mine.value.length];
}"""


async def test_a_message_is_asked_told_prolonged_and_withdrawn_by_keys(enter: Enter, house: House) -> None:
    unit = house.free("lb.brand", "B")
    sign = unit["call_sign"]
    window = await enter("lb.brand")
    caco = await enter("lb.caco", "/w/caco", language="en", theme="day")
    await caco.sees("#attentions", "There are no attention messages")
    await expect(window.at("#attentions")).to_have_count(0)
    await caco.command("m LB half a")

    await window.command(f"att {sign} 2u !1 [Maastricht] (OvD-B) brandkraan op de Markt is defect")
    await window.sees(".preview", f"Attentiebericht voor {sign}, tot")
    await window.sees(".preview", "prioriteit 1 · Maastricht · (OvD-B): brandkraan op de Markt is defect")
    await window.press("Enter")
    row = window.at("#attentions .row")
    await expect(row).to_contain_text("brandkraan op de Markt is defect")
    await expect(row).to_contain_text(re.compile(rf"voor {sign} · OvD-B · Maastricht"))
    await expect(row).to_contain_text("nog niet doorgegeven")
    await expect(window.at(f"[data-unit='{unit['ref']}'] .asks.open")).to_be_visible()
    # Who coordinates sees it too, and goes on typing.
    await expect(caco.at("#attentions .row")).to_contain_text("brandkraan op de Markt is defect")
    await expect(caco.at("#command")).to_be_focused()
    await expect(caco.at("#command")).to_have_value("m LB half a")
    await shot(window, "attention")

    await window.command("att")
    await window.press("Enter")
    await expect(window.at("#attentions")).to_be_focused()
    await window.press("Enter")
    await window.sees(".preview", "Opgeslagen")
    code = (await row.locator(".mono").first.inner_text()).strip()
    await window.at("#attentions").focus()
    await window.press("u")
    await expect(window.at("#command")).to_have_value(f"attd {code} {sign}")
    await window.press("Enter")
    await expect(row).to_contain_text(f"doorgegeven aan {sign}")
    await expect(window.at(f"[data-unit='{unit['ref']}'] .asks.second")).to_be_visible()

    await caco.press("Control+a", "Delete")
    await caco.command(f"attx {code} 4h not repaired yet")
    await caco.sees(".preview", f"Prolong attention message {code} until")
    await caco.press("Enter")
    await expect(caco.at("#attentions .row")).to_contain_text("prolonged until")
    await expect(row).to_contain_text("not repaired yet")
    await shot(caco, "attention_caco")
    assert await window.page.evaluate(LATER, 3 * 3_600_000) == [1, 1]
    assert await window.page.evaluate(LATER, 5 * 3_600_000) == [1, 0]

    at = second(house, "lb.brand", "LB")
    await window.press("F9")
    await window.sees("#composed", f"attentiebericht {code} voor {sign}")
    await window.open("/w/map")
    await expect(window.at(".map-canvas canvas").first).to_be_visible()
    await window.ready()

    async def whole_region() -> None:
        await window.at(".map-canvas").focus()
        await window.press("0")

    await shot(window, "attention_map", whole_region)
    await window.open("/w/operator")
    await expect(row).to_contain_text("brandkraan")
    await window.command(f"atti {code} is hersteld")
    await window.press("Enter")
    await window.sees(".preview.twice", f"Attentiebericht {code} intrekken, reden: is hersteld")
    await window.press("Enter")
    await expect(window.at("#attentions")).to_have_count(0)
    await expect(caco.at("#attentions .row")).to_have_count(0)

    until_past(house, "lb.brand", at)
    then = await enter("lb.brand", f"/w/operator?at={local(at)}&why=evaluation")
    await expect(then.at("#attentions .row")).to_contain_text("brandkraan op de Markt is defect")
    await expect(then.at("#new-attention")).to_have_count(0)


async def test_writing_is_undone_as_other_acts_are(enter: Enter, house: House) -> None:
    window = await enter("zb.brand")
    await window.command("att b 30m weg is vrij")
    await window.sees(".preview", "Attentiebericht voor de eenheden B in ZB, tot")
    await window.press("Enter")
    await expect(window.at("#attentions .row")).to_contain_text("weg is vrij")
    await window.press("Control+z")
    await expect(window.at("#attentions")).to_have_count(0)


@pytest.mark.skipif(not AXE.exists(), reason="axe-core is not installed: run ./dev vendor")
async def test_the_list_has_no_violation(enter: Enter, house: House) -> None:
    until = int(time.time() * 1000) + 3_600_000
    unit = house.free("ob.brand", "B")
    to_unit = {"region": "OB", "scope": "unit", "unit": unit["call_sign"], "text": "woord voor een"}
    to_all = {"region": "NL", "scope": "room", "room": "OB", "text": "hek is dicht <b>", "priority": 3}
    for n, to in enumerate((to_unit, to_all)):
        house.do("ob.brand", type="write_attention", attention=f"m{n}", until=until, **to)
    window = await enter("ob.brand", language="en", csp=False)
    await window.sees("#attentions", "woord voor een")
    await window.sees("#attentions", "hek is dicht <b>")
    assert await violations(window) == []


async def test_a_call_from_a_place_says_what_is_known_of_it(enter: Enter, house: House) -> None:
    here, away = {"lat": 52.6324, "lon": 4.7534, "radius": 20.0}, {"lat": 52.64, "lon": 4.7534, "radius": 20.0}
    house.ring("NH.B.intake", "0612345601", "Eerste", location=here)
    house.ring("NH.B.intake", "0612345602", "Elders", location=away)
    known = house.picture("nh.brand", "NH")["calls"]
    place = next(c["location"] for c in known if c["location"]["radius"] == 20.0 and c["state"] != "ended")
    at = {"x": place["x"], "y": place["y"], "text": "Waagplein"}
    until = int(time.time() * 1000) + 3_600_000
    message = {"region": "NL", "scope": "room", "room": "NH", "text": "hond los op het erf", "source": "politie"}
    house.do("nh.brand", type="write_attention", attention="hond", until=until, location=at, **message)
    window = await enter("nh.brand")
    await expect(window.at("#queue .row")).to_have_count(2)
    house.ring("NH.B.intake", "0612345603", "Tweede", location=here)
    await expect(window.at("#queue .row")).to_have_count(3)
    await window.press("F5")
    await window.sees(".head", "0612345601")
    await expect(window.at("#at-place")).to_contain_text("hond los op het erf")
    await expect(window.at("#at-place")).to_contain_text("politie")
    await expect(window.at("#earlier")).to_contain_text("1 × van deze plaats")
