"""What the lists say when there is little room or nothing left to do."""

from __future__ import annotations

import pytest
from playwright.async_api import expect

from .conftest import Enter
from .house import ROTTERDAM, House
from .test_words import WORDS

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

CUT = r"""() => [...document.querySelectorAll('#units .row .second')]
  .filter((e) => e.scrollWidth > e.clientWidth && /\d/.test(e.textContent)).map((e) => e.textContent)"""
"""Stations are told by their number; the state of an order may be cut, it stands in the incident as well."""


@pytest.mark.parametrize("language", ["nl", "en"])
async def test_a_proposal_that_is_met_says_so_and_not_that_nobody_is_free(
    enter: Enter, house: House, language: str
) -> None:
    text = f"Genoegstraat {language}"
    place = {**ROTTERDAM, "text": text}
    house.incident("rt.brand", "RT", "B", text, location=place, priority=2, class_code="alab")
    window = await enter("rt.brand", language=language)
    await window.in_hand(text)
    await window.press("F6", "v")
    await expect(window.at("#proposal .row").first).to_be_visible()
    await expect(window.at("#proposal")).to_be_focused()
    await window.press("Enter")
    await expect(window.at("#working [data-unit]").first).to_be_visible()
    await window.press("F6", "v")
    await window.sees("#proposal .empty", WORDS[language]["proposal.enough"])


async def test_the_station_of_a_unit_can_be_read_on_a_small_screen(enter: Enter) -> None:
    window = await enter("ad.brand")
    await window.page.set_viewport_size({"width": 1280, "height": 720})
    await expect(window.at("#units .row").first).to_be_visible()
    assert await window.page.evaluate(CUT) == []
