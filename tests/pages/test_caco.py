"""The coordinator: ten rooms on one scale, a room that fails, and the way back that both sides agree on."""

from __future__ import annotations

import re

import pytest
from playwright.async_api import expect

from .conftest import Enter
from .house import House

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]
HOME, NEIGHBOUR = "NN", "ON"


async def test_every_room_has_its_tile(enter: Enter, house: House) -> None:
    window = await enter("md.caco", "/w/caco")
    tiles = window.at("#rooms .room")
    await expect(tiles).to_have_count(len(house.rooms))
    assert len(house.rooms) >= 10
    assert [await tile.locator("strong").first.inner_text() for tile in await tiles.all()] == list(house.rooms)


async def test_a_takeover_and_its_return(enter: Enter, house: House) -> None:
    house.incident("nn.brand", HOME, "B", "Overnameweg 1")
    desk = await enter("nn.brand")
    caco = await enter("on.caco", "/w/caco")
    other = await enter("on.brand")

    # Declaring a room down takes a reason and two steps.
    await caco.at(f"#room-{HOME}").focus()
    await caco.press("Enter")
    await caco.at("#declare-down").focus()
    await caco.press("Enter")
    await caco.sees(".preview", "Geef eerst de reden")
    await caco.at("#reason").focus()
    await caco.type("stroomstoring")
    await caco.press("Enter")
    await caco.sees("#declare-down", "Zeker?")
    assert all(r["state"] == "up" for r in house.picture("on.caco", "ON")["rooms"])
    await caco.press("Enter")

    # Both rooms see it, in every window.
    taken = re.compile(rf"OVERNAME: u bedient ook {HOME} sinds \d\d:\d\d:\d\d")
    await expect(caco.at(".band.foreign")).to_contain_text(taken)
    await expect(other.at(".band.foreign")).to_contain_text(taken)
    await expect(other.at(".band.foreign")).to_contain_text("stroomstoring")
    await expect(desk.at(".band.foreign")).to_contain_text(f"{HOME} wordt bediend door {NEIGHBOUR} sinds")
    await expect(other.at("#incidents .row.foreign", has_text="Overnameweg 1")).to_be_visible()
    await expect(caco.at(f"#room-{HOME}")).to_have_class(re.compile("down"))

    # The Caco says that it was seen.
    seen = caco.at(f"#seen-{HOME}")
    await seen.focus()
    await caco.press("Enter")
    await expect(seen).to_have_count(0)
    await expect(caco.at(".strip")).not_to_contain_text("nog niet gezien")

    # The way back: declared up, proposed by one side, agreed by the other.
    await caco.at("#declare-up").focus()
    await caco.press("Enter")
    await expect(caco.at(f"#room-{HOME}")).not_to_have_class(re.compile("down"))
    await caco.at(f"#hand-back-{HOME}").focus()
    await caco.press("Enter")
    await caco.sees("#moved", f"voorgesteld aan {HOME}")
    assert await caco.at("#agree").count() == 0
    await expect(desk.at(".band.foreign")).to_be_visible()
    home = await enter("nn.caco", "/w/caco")
    await home.at("#agree").focus()
    await home.press("Enter")
    for window in (desk, other, caco, home):
        await expect(window.at(".band.foreign")).to_have_count(0)
    owners = {f["owner"] for f in house.picture("on.caco", "ON")["functions"] if f["home"] == HOME}
    assert owners == {HOME}
