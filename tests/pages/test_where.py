"""The field `where`: what is typed right is taken with Enter, a guess is not, and the incident gets its point.

And beside it: earlier calls of whoever calls, and from the place."""

from __future__ import annotations

import secrets

import pytest
from playwright.async_api import expect

from .conftest import Enter
from .house import House
from .shots import shot
from .test_axe import AXE, violations

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]


async def test_what_is_typed_right_fills_the_incident(enter: Enter, house: House) -> None:
    call = house.ring("ZB.B.intake", "0612345671", "Beller Plaats")
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
    house.do("zb.brand", type="end_call", call=call)


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


FORGET = """async (ref) => {
  const { incidents } = await import(document.querySelector('script[type=module]').src.replace('app.js', 'stores.js'));
  incidents.value = new Map([...incidents.value].filter(([known]) => known !== ref));
}"""


async def test_a_number_that_called_before_is_known_when_it_is_answered(enter: Enter, house: House) -> None:
    here = {"lat": 51.4946, "lon": 4.2871, "radius": 20.0, "source": "aml"}
    for _ in range(2):
        misused = house.ring("ZB.B.intake", "+31 6 12345673", "Beller Vaker")
        house.do("zb.brand", type="answer_call", call=misused)
        house.do("zb.brand", type="end_call", call=misused, reason="misuse")
    fire = house.ring("ZB.B.intake", "0031612345673", "Beller Vaker", location=here)
    house.do("zb.brand", type="answer_call", call=fire)
    given = {"class_text": "Containerbrand", "call": fire, "location": {"text": "Eerderweg 7", "source": "operator"}}
    incident = house.incident("zb.brand", "ZB", "B", "", **given)
    house.do("zb.brand", type="end_call", call=fire)
    code = next(
        c["code"]
        for c in house.as_person("zb.brand").get("/api/pack").json()["closing_codes"]
        if c["discipline"] == "B"
    )
    house.do("zb.brand", type="close_track", incident=incident, discipline="B", code=code)
    house.ring("ZB.B.intake", "0687654399", "Beller Buurman", location=here)
    house.ring("ZB.B.intake", "0612345673", "Beller Vaker", location=here)
    window = await enter("zb.brand", csp=False)
    # Of those who wait, the neighbour rings longest; the one that called before is taken by its row.
    rows = window.at("#queue .row")
    before = await rows.count()
    await rows.nth(before - 1).click()
    await window.at("#queue").press("Enter")
    await window.sees(".head", "0612345673")
    await window.sees("#earlier", "3 × dit nummer, 2 misbruik · 2 × van deze plaats in 30 dagen")
    lines = window.at("#earlier-list .row")
    await expect(lines).to_have_count(4)
    await expect(lines.first).to_contain_text("deze plaats")
    await expect(lines.nth(1)).to_contain_text("Containerbrand")
    await expect(lines.nth(1)).to_contain_text(f"({code})")
    await expect(lines.last).to_contain_text("misbruik")
    # It takes no focus, and the form can be filled on.
    await window.press("F4")
    await window.type("bergen")
    await expect(window.at("#where")).to_have_value("bergen")
    await expect(window.at("#where")).to_be_focused()
    if AXE.exists():
        assert await violations(window) == []
    await window.command("eer")
    await window.sees(".preview", "Naar de eerdere oproepen")
    await window.press("Enter")
    await expect(window.at("#earlier-list")).to_be_focused()
    await shot(window, "earlier")
    # An incident that no list holds any more is opened by one key, as it stands.
    await window.page.evaluate(FORGET, incident)
    await window.press("Home", "ArrowDown", "Enter")
    await expect(window.at(".head .place")).to_have_text("Eerderweg 7")
    await expect(window.at("#incident-title")).to_contain_text("gesloten")
    # And back to who is on the line, where everything still stands as it was typed.
    await window.command("eer")
    await window.sees(".preview", "Naar de eerdere oproepen")
    await window.press("Enter")
    await expect(window.at("#earlier-list")).to_be_focused()
    await expect(window.at("#where")).to_have_value("bergen")
    await window.press("Escape")
    await expect(window.at("#where")).to_be_focused()
    await window.command("eer 2")
    await window.sees(".preview", "Toon #ZB-")
    await window.press("Enter")
    await expect(window.at(".head .place")).to_have_text("Eerderweg 7")


async def test_whoever_calls_back_knows_what_was_before_as_well(enter: Enter, house: House) -> None:
    before = house.ring("ON.B.intake", "0612345675", "Beller Ophanger")
    house.do("on.brand", type="answer_call", call=before)
    house.do("on.brand", type="end_call", call=before, reason="pocket")
    hung, line = secrets.token_hex(16), {"function": "ON.B.intake", "number": "+31612345675", "channel": "112"}
    for kind in ("offered", "abandoned"):
        event = {"event_id": secrets.token_hex(16), "call_id": hung, "kind": kind, **line}
        house.gateway("telephony", "/api/telephony/events", event)
    window = await enter("on.brand")
    await window.at("#queue .row", has_text="ON.B.intake").first.click()
    await expect(window.at("#take-back")).to_be_visible()
    await expect(window.at("#earlier")).to_have_count(0)
    await window.at("#queue").press("Enter")
    await window.sees("#earlier", "1 × dit nummer, 1 broekzak in 30 dagen")
    await expect(window.at("#back-reached")).to_be_visible()
