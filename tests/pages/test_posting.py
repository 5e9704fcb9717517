"""A free unit is sent to stand by at a post or a place, with real keys, and stays free for incidents."""

from __future__ import annotations

import pytest
from playwright.async_api import expect

from .conftest import Enter
from .house import House
from .shots import shot
from .test_axe import AXE, violations

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]


async def test_a_unit_is_sent_to_another_post_reads_it_arrives_and_is_taken_back(enter: Enter, house: House) -> None:
    unit = house.free("lb.brand", "B")
    picture = house.picture("lb.brand", "LB")["units"]
    other = next(u for u in picture if u["discipline"] == "B" and u["base"] not in ("", unit["base"]))
    sign, post = unit["call_sign"], other["base"]
    window = await enter("lb.brand")
    row = window.at(f"#units [data-unit='{unit['ref']}']")
    await window.command(f"verplaats {sign} {post.lower()}")
    await window.sees(".preview", f"{sign} verplaatsen naar {post}; blijft inzetbaar")
    await window.press("Enter")
    await expect(row).to_contain_text(f"naar {post}, niet bevestigd")
    order = house.order(unit)
    assert order is not None and (order["incident"], order["text"]) == ("", f"Stand-by {post}")
    assert house.unit("lb.brand", sign)["free"]
    house.report(unit, "ut")
    await expect(row).to_contain_text(f"naar {post}")
    await expect(row).not_to_contain_text("niet bevestigd")
    await shot(window, "posting")
    await window.open("/w/map")
    await expect(window.at(".map-canvas canvas").first).to_be_visible()
    await window.ready()

    async def whole_region() -> None:
        await window.at(".map-canvas").focus()
        await window.press("0")

    await shot(window, "posting_map", whole_region)
    await window.open("/w/operator")
    house.report(unit, "kz")
    await expect(row).to_contain_text(f"staat bij {post}")
    there = house.unit("lb.brand", sign)
    assert there["free"] and (there["x"], there["y"]) == (there["posting"]["x"], there["posting"]["y"])
    await window.command(f"t {sign}")
    await window.press("Enter", "Enter")
    await expect(row).not_to_contain_text("staat bij")
    assert house.unit("lb.brand", sign)["posting"] is None


async def test_an_incident_comes_first_and_no_place_is_refused(enter: Enter, house: House) -> None:
    unit = house.free("ob.brand", "B")
    sign = unit["call_sign"]
    house.incident("ob.brand", "OB", "B", "Voorgaanweg 1")
    window = await enter("ob.brand", language="en")
    window.may_be_refused = True
    await window.in_hand("Voorgaanweg 1")
    row = window.at(f"#units [data-unit='{unit['ref']}']")
    await window.command(f"post {sign} qqqzz")
    await window.press("Enter")
    await window.sees(".preview", "qqqzz is no known place")
    await window.command(f"post {sign} Eindhoven")
    await window.sees(".preview", f"Send {sign} to stand by at Eindhoven; it stays available")
    await window.press("Enter")
    await expect(row).to_contain_text("to Eindhoven")
    await window.command(f"d {sign}")
    await window.press("Enter")
    await expect(row).to_contain_text("#OB-")
    assert house.unit("ob.brand", sign)["posting"] is None


@pytest.mark.skipif(not AXE.exists(), reason="axe-core is not installed: run ./dev vendor")
async def test_a_row_that_goes_elsewhere_has_no_violation(enter: Enter, house: House) -> None:
    unit = house.free("zb.brand", "B")
    place = {"text": "Markt", "x": 112_000.0, "y": 400_000.0}
    house.do("zb.brand", type="post_unit", unit=unit["ref"], assignment="p1", place=place)
    window = await enter("zb.brand", theme="day", csp=False)
    await expect(window.at(f"[data-unit='{unit['ref']}']")).to_contain_text("naar Markt")
    assert await violations(window) == []
