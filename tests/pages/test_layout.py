"""What fits on a screen: nothing clipped, nothing under the strip, targets large enough."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.async_api import expect

from .conftest import SCREEN, Enter
from .house import AMERSFOORT, House

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]
TARGET = 24
ROW = 31

TOO_SMALL = """(least) => [...document.querySelectorAll('button, input, select, textarea, a')]
  .filter((e) => e.checkVisibility() && !e.closest('.sr'))
  .map((e) => [e, (e.closest('label') ?? e).getBoundingClientRect()])
  .filter(([, r]) => r.height < least || r.width < least)
  .map(([e, r]) => `${r.width} x ${r.height}: ${e.outerHTML.slice(0, 120)}`)"""

OUTSIDE = """() => [...document.querySelectorAll('.work .pane, .write, .strip, .keys')]
  .map((e) => [e, e.getBoundingClientRect(), (e.closest('.work') ?? document.body).getBoundingClientRect()])
  .filter(([, r, limit]) => r.bottom > limit.bottom + 1 || r.right > limit.right + 1)
  .map(([e]) => e.className)"""

CLIPPED = """() => [...document.querySelectorAll(`button, h2, h3, .chip, .top, .keys, .band, .row.unit .box,
    .row.unit strong, .row.call .right, .row.incident .right`)]
  .filter((e) => e.checkVisibility() && !e.classList.contains('cut') && e.scrollWidth > e.clientWidth + 1)
  .map((e) => `${e.className || e.tagName}: ${e.textContent.trim()}`)"""


@pytest.mark.parametrize("size", [SCREEN, {"width": 1280, "height": 720}], ids=["1920", "1280"])
async def test_an_operator_s_screen_holds_everything(enter: Enter, house: House, size: dict[str, int]) -> None:
    text = f"Indelingsweg {size['width']}"
    ref = house.incident(
        "on.brand", "ON", "BA", text, priority=1, class_text="Woningbrand", location={**AMERSFOORT, "text": text}
    )
    unit = house.free("on.brand", "B", 4)
    house.do("on.brand", type="assign_unit", unit=unit["ref"], assignment=ref.split("/")[1], incident=ref)
    window = await enter("on.brand")
    await window.page.set_viewport_size(size)  # type: ignore[arg-type]
    await window.in_hand(text)
    await window.press("F6", "v")
    await expect(window.at("#proposal")).to_be_visible()

    async def measured(script: str, given: Any = None) -> Any:
        return await window.page.evaluate(script, given)

    assert await measured(TOO_SMALL, TARGET) == []
    assert await measured(OUTSIDE) == []
    assert await measured(CLIPPED) == []
    assert await window.at(".log").evaluate("e => e.clientHeight") >= 90
    heights = "() => [...new Set([...document.querySelectorAll('#units .row')].map((r) => r.offsetHeight))]"
    assert await measured(heights) == [ROW]
    assert await window.at("#units").evaluate("e => e.clientHeight") >= ROW * (26 if size == SCREEN else 14)


async def test_an_old_position_is_said_in_the_list(enter: Enter, house: House) -> None:
    unit = house.free("md.brand", "B", 6)
    window = await enter("md.brand")
    row = window.at(f"#units .row[data-unit='{unit['ref']}']")
    await expect(row).to_contain_text("–")
    now = house.picture("md.brand", "MD")["now"]
    house.positions([{"unit": unit["ref"], "lat": 52.09, "lon": 5.12, "heading": 0, "at": now - 900_000}])
    await expect(row.locator(".late")).to_contain_text("15:")
    await expect(row).to_contain_class("old")
