"""A reason that was typed is never lost, and one from before is never stored unread: a key must confirm it."""

from __future__ import annotations

import secrets

import pytest
from playwright.async_api import expect

from .conftest import Enter
from .house import AMERSFOORT, House
from .window import Window

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]
SAID = "Bemensing kent het pand"


async def deviate(window: Window) -> str:
    """Choose the second unit of the proposal instead of the first, and go to the reason; its call sign."""
    await window.press("F6", "v")
    await expect(window.at("#proposal")).to_be_focused()
    other = (await window.at("#proposal .row strong").nth(1).inner_text()).strip()
    await window.press("ArrowDown", "Space")
    await expect(window.at("#proposal .row[aria-selected=true]")).to_have_count(1)
    await window.press("Enter")
    await expect(window.at("#proposal-why")).to_be_focused()
    return other


async def test_the_reason_of_a_proposal_comes_back_marked_and_is_confirmed_by_a_key(enter: Enter, house: House) -> None:
    house.incident("md.brand", "MD", "B", "Redenweg 1", location={**AMERSFOORT, "text": "Redenweg 1"})
    ref = house.incident("md.brand", "MD", "B", "Redenweg 2", location={**AMERSFOORT, "text": "Redenweg 2"})
    window = await enter("md.brand")
    await window.in_hand("Redenweg 2")
    await deviate(window)
    await window.type(SAID)
    await expect(window.at("#proposal-why-old")).to_have_count(0)
    await window.press("Escape")
    await window.sees("#proposal-why-old", "geldt die nog?")
    await window.page.reload()
    await window.ready()

    # Of another incident it says nothing.
    await window.in_hand("Redenweg 1")
    await deviate(window)
    await expect(window.at("#proposal-why")).to_have_value("")
    await window.in_hand("Redenweg 2")
    other = await deviate(window)
    await expect(window.at("#proposal-why")).to_have_value(SAID)
    await window.sees(".preview", "Deze reden is van eerder")
    assert house.detail("md.brand", ref)["incident"]["units"] == []
    await window.press("Enter")
    await expect(window.at("#proposal-why-old")).to_have_count(0)
    await expect(window.at("#working")).to_have_count(0)
    await window.press("Enter")
    await window.sees("#working", other)
    assert house.unit("md.brand", other)["assignment"]["incident"] == ref

    # What was stored does not come back.
    await window.page.reload()
    await window.ready()
    kept = "() => Object.keys(localStorage).filter((key) => key.includes('reason.proposal'))"
    assert await window.page.evaluate(kept) == []


async def test_who_goes_as_proposed_takes_no_old_reason_along(enter: Enter, house: House) -> None:
    house.incident("md.brand", "MD", "B", "Redenweg 3", location={**AMERSFOORT, "text": "Redenweg 3"})
    window = await enter("md.brand")
    await window.in_hand("Redenweg 3")
    await deviate(window)
    await window.type(SAID)
    await window.at("#proposal").focus()
    await window.press("Space")
    await expect(window.at("#proposal-why")).to_have_count(0)
    async with window.page.expect_request(lambda r: "/api/commands" in r.url) as asked:
        await window.press("Enter")
    body = (await asked.value).post_data_json
    assert body is not None
    given = body["command"]
    assert (given["type"], given.get("reason", "")) == ("assign_unit", "")
    await expect(window.at("#working")).to_be_visible()


async def test_the_reason_of_a_peak_survives_a_reload_and_is_declared_only_when_confirmed(
    enter: Enter, house: House
) -> None:
    caco = await enter("md.caco", "/w/caco")
    await caco.at("#peak-reason").focus()
    await caco.type("hoog water")
    await caco.page.reload()
    await caco.ready()
    field, before = caco.at("#peak-reason"), caco.at("#peak-reason-old")
    await expect(field).to_have_value("hoog water")
    await expect(before).to_contain_text("geldt die nog?")
    # Also by its button.
    await caco.at("#declare-peak").focus()
    await caco.press("Enter")
    await expect(field).to_be_focused()
    await caco.sees(".preview", "Deze reden is van eerder")
    await caco.type(" in de Waal")
    await expect(before).to_have_count(0)
    await caco.press("Escape")
    await expect(before).to_be_visible()
    await field.focus()
    await caco.press("Enter")
    await expect(before).to_have_count(0)
    room = next(r for r in house.picture("md.caco", "MD")["rooms"] if r["room"] == "MD")
    assert room["peak"] is None
    await caco.press("Enter")
    await expect(caco.at("#end-peak")).to_be_visible()
    room = next(r for r in house.picture("md.caco", "MD")["rooms"] if r["room"] == "MD")
    assert room["peak"]["reason"] == "hoog water in de Waal"
    await caco.at("#end-peak").focus()
    await caco.press("Enter")
    await expect(field).to_have_value("")


async def test_the_reason_at_the_unit_board_survives_a_reload_and_goes_with_its_order(
    enter: Enter, house: House
) -> None:
    signs = []
    for number in (21, 22):
        unit = house.free("md.brand", "B", 5)
        ref = house.incident("md.brand", "MD", "B", f"Redenweg {number}")
        house.do("md.brand", type="assign_unit", unit=unit["ref"], assignment=secrets.token_hex(16), incident=ref)
        signs.append(unit["call_sign"])
    here = house.incident("md.brand", "MD", "B", "Redenweg 23", priority=1)
    window = await enter("md.brand")
    field, before = window.at("#units-why"), window.at("#units-why-old")
    kept = "() => Object.keys(localStorage).filter((key) => key.includes('reason.units')).length"

    async def pick(sign: str) -> None:
        """Pick a unit that works elsewhere, and go to the reason."""
        await window.in_hand("Redenweg 23")
        await window.at("#unit-filter").fill(sign)
        await window.press("F7", "Home", "Space", "Enter")
        await expect(field).to_be_focused()

    await pick(signs[0])
    await window.type(SAID)
    await window.page.reload()
    await window.ready()
    await pick(signs[0])
    await expect(field).to_have_value(SAID)
    await expect(before).to_contain_text("geldt die nog?")
    await window.sees(".preview", "Deze reden is van eerder")
    assert house.unit("md.brand", signs[0])["assignment"]["incident"] != here
    await window.press("Enter")
    await expect(before).to_have_count(0)
    await window.press("Enter")
    await window.sees("#working", signs[0])
    await expect(field).to_have_count(0)
    assert house.unit("md.brand", signs[0])["assignment"]["incident"] == here
    assert await window.page.evaluate(kept) == 0

    # What nobody goes for any more leaves nothing behind, and a later order begins without words.
    await pick(signs[1])
    await expect(field).to_have_value("")
    await window.type("toch niet")
    assert await window.page.evaluate(kept) == 1
    await window.press("F7", "Space")
    await expect(field).to_have_count(0)
    assert await window.page.evaluate(kept) == 0
