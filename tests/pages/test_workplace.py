"""Several windows, one workplace."""

from __future__ import annotations

import pytest
from playwright.async_api import expect

from .conftest import Enter
from .house import House
from .window import open_window

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]


async def test_windows_look_at_the_same_incident_until_one_is_made_loose(enter: Enter, house: House) -> None:
    for street in ("Eerste Vensterweg", "Tweede Vensterweg", "Derde Vensterweg"):
        house.incident("zb.brand", "ZB", "B", street)
    first = await enter("zb.brand")
    second = await open_window(first.page.context, house.url)
    await second.open("/w/operator")
    await second.ready()

    await first.in_hand("Eerste Vensterweg")
    await expect(second.at(".head .place")).to_have_text("Eerste Vensterweg")

    await second.press("Control+b")
    await expect(second.at(".top .chip")).to_have_text("venster los")
    await first.in_hand("Tweede Vensterweg")
    await second.in_hand("Derde Vensterweg")
    await expect(first.at(".head .place")).to_have_text("Tweede Vensterweg")

    await first.page.close()
    house.incident("zb.brand", "ZB", "B", "Vierde Vensterweg")
    await second.sees("#incidents", "Vierde Vensterweg")
    await second.ready()
    assert second.complaints == []


async def test_a_new_window_begins_where_the_others_are(enter: Enter, house: House) -> None:
    house.incident("zb.brand", "ZB", "B", "Laatkomerweg")
    first = await enter("zb.brand")
    await first.in_hand("Laatkomerweg")
    late = await open_window(first.page.context, house.url)
    await late.open("/w/operator")
    await expect(late.at(".head .place")).to_have_text("Laatkomerweg")
    assert late.complaints == []
