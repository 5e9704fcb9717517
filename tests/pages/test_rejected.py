"""Who is not proposed, and why: in the proposal itself, by one key."""

from __future__ import annotations

import secrets

import pytest
from playwright.async_api import expect

from .conftest import Enter
from .house import ROTTERDAM, House

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]


async def test_a_nearer_unit_that_is_busy_is_named_with_its_reason(enter: Enter, house: House) -> None:
    first, second = (
        house.incident("rt.brand", "RT", "B", text, location={**ROTTERDAM, "text": text})
        for text in ("Afwijskade 1", "Afwijskade 3")
    )
    path = f"/api/incidents/{first}/proposal?disciplines=B"
    advice = house.as_person("rt.brand").get(path).json()["advice"][0]
    nearest = advice["proposal"]["filled"][0]["going"]
    house.do("rt.brand", type="assign_unit", unit=nearest["unit"], assignment=secrets.token_hex(16), incident=first)
    number = next(i["number"] for i in house.picture("rt.brand", "RT")["incidents"] if i["ref"] == first)
    window = await enter("rt.brand")
    await window.in_hand("Afwijskade 3")
    await window.press("F6", "v")
    await expect(window.at("#proposal")).to_be_focused()
    await window.sees("#proposal-rejected summary", "Niet voorgesteld, en waarom")
    row = window.at("#proposal-rejected .row", has_text=nearest["call_sign"])
    await expect(row).to_be_hidden()
    await window.press("r")
    await expect(row).to_be_visible()
    await expect(row).to_contain_text(number)
    # It is no choice: the keys of the list stay with the list, and nobody can pick it.
    await expect(window.at("#proposal")).to_be_focused()
    await expect(window.at("#proposal .row strong", has_text=nearest["call_sign"])).to_have_count(0)
    await window.press("r")
    await expect(row).to_be_hidden()
    await window.at("#proposal-rejected summary").focus()
    await window.press("Enter")
    await expect(row).to_be_visible()
    assert second != first
