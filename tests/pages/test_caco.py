"""The coordinator: ten rooms on one scale, a room that fails, and the way back that both sides agree on."""

from __future__ import annotations

import re

import pytest
from playwright.async_api import expect

from .conftest import Enter
from .house import House
from .shots import shot

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]
HOME, NEIGHBOUR = "NN", "ON"
AT_WORK = [
    ("nn.brand", "Overnameweg 1", "Brand in een keuken", 1),
    ("nn.brand", "Stationsplein 4, Assen", "Liftopsluiting", 3),
    ("nn.brand", "Eemskanaal 12", "Persoon te water", 1),
    ("on.brand", "Marktstraat 8, Enschede", "Automatische brandmelding", 2),
    ("on.brand", "A1 Re 104,2", "Ongeval met beknelling", 1),
    ("on.brand", "Parklaan 31, Zwolle", "Wateroverlast", 4),
]
"""What goes on in either room: account, place, what, priority."""


async def test_every_room_has_its_tile(enter: Enter, house: House) -> None:
    window = await enter("md.caco", "/w/caco")
    tiles = window.at("#rooms .room")
    await expect(tiles).to_have_count(len(house.rooms))
    assert len(house.rooms) >= 10
    assert [await tile.locator("strong").first.inner_text() for tile in await tiles.all()] == list(house.rooms)


async def test_a_takeover_and_its_return(enter: Enter, house: House) -> None:
    """By keys alone, and looked at in both rooms."""
    for account, place, what, priority in AT_WORK:
        house.incident(account, house.people[account], "B", place, class_text=what, priority=priority)
    desk = await enter("nn.brand")
    caco = await enter("on.caco", "/w/caco")
    other = await enter("on.brand")
    took = await other.page.context.request.post(
        f"{house.url}/api/seat", data={"seat": "ON-B7"}, headers={"Origin": house.url}
    )
    assert took.ok, await took.text()

    # Declaring a room down takes a reason and two steps.
    await caco.press("F10")
    await caco.tab_to(f"#room-{HOME}")
    await caco.press("Enter")
    await caco.tab_to("#declare-down")
    await caco.press("Enter")
    await caco.sees(".preview", "Geef eerst de reden")
    await caco.press("Shift+Tab")
    await expect(caco.at("#reason")).to_be_focused()
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
    house.incident("on.brand", HOME, "B", "Vaart ZZ 12, Assen", class_text="Brand in een schuur")
    for window in (other, desk):
        await window.sees("#incidents", "Vaart ZZ 12")
        await window.press("F6", "Home")
        await expect(window.at(".head .place")).to_have_text("Overnameweg 1")
    await expect(other.at("#incidents .row.foreign .chip", has_text=HOME)).to_have_count(4)
    await expect(desk.at("#incidents .row.foreign")).to_have_count(0)
    await shot(other, "takeover")
    await shot(desk, "taken_over")
    await expect(caco.at(f"#room-{HOME}")).to_have_class(re.compile("down"))

    # What must be known of it stands there first; nothing is given back to a room that does not answer.
    await caco.sees(f"#briefing-{HOME}", "Overnameweg 1")
    await caco.sees("#moved", f"{HOME} antwoordt niet")
    await expect(caco.at(f"#hand-back-{HOME}")).to_have_count(0)

    # The Caco says that it was seen.
    seen = caco.at(f"#seen-{HOME}")
    await caco.tab_to(f"#seen-{HOME}")
    await caco.press("Enter")
    await expect(seen).to_have_count(0)
    await expect(caco.at(".strip")).not_to_contain_text("nog niet gezien")

    # Each seat that may serve what came reads it and says so, once; the Caco sees where that was not.
    await other.page.reload()
    await other.ready()
    await caco.sees(f"#read-by-{HOME}", f"{HOME}: nog niet gelezen op ON-B7")
    await other.sees(".strip", f"Overname van {HOME} ({HOME}): nog niet door u gelezen")
    await other.press("F9")
    await expect(other.at("#taken")).to_be_focused()
    await other.sees("#taken", "Overnameweg 1")
    await other.press("Escape")
    await expect(other.at("#taken")).to_have_count(0)
    await caco.sees(f"#read-by-{HOME}", "nog niet gelezen")
    await other.press("F9")
    await expect(other.at("#taken")).to_be_focused()
    await other.press("Enter")
    await other.sees(".preview", "Bevestigd: u hebt gelezen")
    await expect(other.at("#read-takeover")).to_have_count(0)
    await expect(other.at(".strip")).not_to_contain_text("nog niet door u gelezen")
    await caco.sees(f"#read-by-{HOME}", f"{HOME}: overal gelezen (plaatsen: 1)")
    await other.press("F9")
    await expect(other.page).to_have_url(re.compile("/w/comms#hand-over$"))
    await other.open("/w/operator")
    await other.ready()

    # The way back: declared up, proposed by one side, agreed by the other.
    await caco.tab_to("#declare-up")
    await caco.press("Enter")
    await expect(caco.at(f"#room-{HOME}")).not_to_have_class(re.compile("down"))
    await caco.press("F10")
    await caco.tab_to(f"#hand-back-{HOME}")
    await caco.press("Enter")
    await caco.sees("#moved", f"voorgesteld aan {HOME}")
    assert await caco.at("#agree").count() == 0
    await expect(desk.at(".band.foreign")).to_be_visible()
    home = await enter("nn.caco", "/w/caco")
    await home.sees(f"#briefing-{HOME}", "Overnameweg 1")
    await home.tab_to("#agree")
    await shot(home, "hand_back")
    await home.press("Enter")
    for window in (desk, other, caco, home):
        await expect(window.at(".band.foreign")).to_have_count(0)
    owners = {f["owner"] for f in house.picture("on.caco", "ON")["functions"] if f["home"] == HOME}
    assert owners == {HOME}
