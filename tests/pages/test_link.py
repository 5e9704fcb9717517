"""The link to the room falls silent: the desk says so, refuses what it cannot do, keeps what was written."""

from __future__ import annotations

import re
import time

import pytest
from playwright.async_api import expect

from .conftest import Enter
from .house import House
from .line import line_to
from .shots import shot

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]


async def test_a_silent_link_is_said_and_nothing_is_lost(enter: Enter, house: House) -> None:
    ref = house.incident("nh.brand", "NH", "B", "Stilteweg 4", class_text="Woningbrand", priority=1)
    sign = house.free("nh.brand", "B", 5)["call_sign"]
    async with line_to(house.url) as line:
        window = await enter("nh.brand", url=line.url)
        window.may_lose_link = True
        await window.in_hand("Stilteweg 4")

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

        async def refused() -> None:
            await window.command(f"d {sign}")
            await window.press("Enter")
            await expect(window.at("#command")).to_have_value("")

        await shot(window, "offline", refused)
        for number in range(3):
            house.incident("nh.brand", "NH", "B", f"Ondertussen {number}")

        back = time.time() * 1000
        line.restore()
        await window.ready()
        await expect(band).to_have_count(0)
        await window.sees(".log", "geschreven zonder verbinding")
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
