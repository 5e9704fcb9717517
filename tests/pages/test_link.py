"""The link to the room falls silent: the desk says so, refuses what it cannot do, keeps what was written."""

from __future__ import annotations

import re
import time
from collections.abc import Callable

import pytest
from playwright.async_api import WebSocketRoute, expect

from .conftest import Enter
from .house import House
from .line import line_to
from .shots import shot

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]


async def test_a_silent_link_is_said_and_nothing_is_lost(enter: Enter, house: House) -> None:
    ref = house.incident("nh.brand", "NH", "B", "Stilteweg 4", class_text="Woningbrand", priority=1)
    sign = house.free("nh.brand", "B", 5)["call_sign"]
    pressed = house.free("nh.brand", "B", 8)
    house.report(pressed, "nk")
    async with line_to(house.url) as line:
        window = await enter("nh.brand", url=line.url)
        window.may_lose_link = True
        await window.in_hand("Stilteweg 4")
        await window.sees(".strip", pressed["call_sign"])

        line.silence()
        band = window.at(".band.lost")
        await expect(band).to_contain_text(re.compile(r"GEEN VERBINDING.*\d\d:\d\d:\d\d"))
        await expect(band).to_have_attribute("role", "alert")
        await expect(window.at(".work")).to_have_class(re.compile("lost"))

        await window.command(f"d {sign}")
        await window.press("Enter")
        await window.sees(".preview", "niet uitgevoerd en niet bewaard")

        await window.at("#note").focus()
        await window.type("geschreven zonder verbinding")
        written = time.time() * 1000
        await window.press("Control+Enter")
        await window.sees(".preview", "nog niet verzonden")
        await expect(band).to_contain_text("(1)")
        await expect(window.at(".log .entry", has_text="geschreven zonder verbinding")).to_contain_text(
            "nog niet verzonden"
        )

        async def refused() -> None:
            await window.command(f"d {sign}")
            await window.press("Enter")
            await expect(window.at("#command")).to_have_value("")

        await shot(window, "offline", refused)
        for number in range(3):
            house.incident("nh.brand", "NH", "B", f"Ondertussen {number}")

        back = time.time() * 1000
        line.restore()
        await window.sees(".band.back", "Bijgewerkt")
        await window.ready()
        await expect(band).to_have_count(0)
        await window.sees(".log", "geschreven zonder verbinding")
        await expect(window.at(".log .unsent")).to_have_count(0)
        await expect(window.at("#note")).to_have_value("")

        picture = house.picture("nh.brand", "NH")
        still_open = [i for i in picture["incidents"] if not i["closed"] and "B" in i["disciplines"]]
        await expect(window.at("#incidents .row")).to_have_count(len(still_open))
        await expect(window.at("#units .row")).to_have_count(
            len([u for u in picture["units"] if u["discipline"] == "B"][:300])
        )
    note = house.detail("nh.brand", ref)["notes"][-1]
    assert note["text"] == "geschreven zonder verbinding"
    assert abs(note["at"] - written) < 2_000 and note["at"] < back
    assert house.unit("nh.brand", sign)["assignment"] is None


class Held:
    """The channel of one window: can be cut, and then goes on only as far as it is let."""

    def __init__(self) -> None:
        self.now: WebSocketRoute | None = None
        self.asks: list[Callable[[], None]] = []
        self.ends: list[Callable[[], None]] = []
        self.holding = False

    def meet(self, window: WebSocketRoute) -> None:
        """A new connection of the page. While it is held, what the page asks waits, and that all is there waits."""
        self.now, room = window, window.connect_to_server()

        def asked(said: str | bytes) -> None:
            self.asks.append(lambda: room.send(said))
            if not self.holding:
                self.let(self.asks)

        def answered(said: str | bytes) -> None:
            whole = isinstance(said, str) and '"caught_up"' in said
            if whole and self.holding:
                self.ends.append(lambda: window.send(said))
            else:
                window.send(said)

        window.on_message(asked)
        room.on_message(answered)

    async def cut(self) -> None:
        """The connection is gone; the next one is held."""
        self.holding = True
        assert self.now is not None
        await self.now.close(code=4000)

    def let(self, waiting: list[Callable[[], None]]) -> None:
        """What waited goes on."""
        for go in waiting:
            go()
        waiting.clear()


async def test_after_a_cut_it_says_how_much_it_catches_up_with(enter: Enter, house: House) -> None:
    window = await enter("nh.politie")
    window.may_lose_link = True
    held = Held()
    # A connection of the window itself: that of the workplace's worker cannot be held here.
    await window.page.add_init_script("delete window.SharedWorker")
    await window.page.route_web_socket("**/api/live", held.meet)
    await window.page.reload()
    await window.press("Insert")
    await window.ready()
    await expect(window.at(".band")).to_have_count(0)
    # A unit is known by the whole of its call sign; those of the police are the longest.
    for width in (1280, 1600, 1920):
        await window.page.set_viewport_size({"width": width, "height": 900})
        cut = "all => all.filter((e) => e.scrollWidth > e.clientWidth).map((e) => e.textContent)"
        assert await window.at("#units .row .sign").evaluate_all(cut) == []

    await held.cut()
    await expect(window.at(".band.catching")).to_be_visible()
    for n in range(2):
        house.incident("nh.politie", "NH", "P", f"Inhaalweg {n}", class_text="Aanrijding")
    held.let(held.asks)
    await window.sees(".band.catching", "2 wijzigingen")
    await shot(window, "catching_up")
    held.holding = False
    held.let(held.ends)
    await window.sees(".band.back", "Bijgewerkt")
    await window.sees("#incidents", "Inhaalweg 1")

    async def back_again() -> None:
        # It passes after some seconds: each picture is of a new one.
        await expect(window.at(".band")).to_have_count(0)
        await held.cut()
        held.holding = False
        held.let(held.asks)
        held.let(held.ends)
        await expect(window.at(".band.back")).to_be_visible()

    await shot(window, "up_to_date", back_again)
