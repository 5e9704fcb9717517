"""Several windows, one workplace."""

from __future__ import annotations

import json

import pytest
from playwright.async_api import expect

from .conftest import Enter
from .house import House
from .window import Window, open_window

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


async def test_every_window_goes_on_when_the_worker_dies(enter: Enter, house: House) -> None:
    house.incident("zb.brand", "ZB", "B", "Werkerweg 1")
    first = await enter("zb.brand")
    second = await open_window(first.page.context, house.url)
    await second.open("/w/operator")
    await second.ready()
    await first.in_hand("Werkerweg 1")
    await first.at("#note").focus()
    await first.type("half geschreven")
    await kill_worker(first)
    # What happens from then on reaches both, each by a line of its own, and nothing that was typed is gone.
    house.incident("zb.brand", "ZB", "B", "Na de werker 2")
    for window in (first, second):
        await window.sees("#incidents", "Na de werker 2")
        await window.ready()
    await expect(first.at("#note")).to_have_value("half geschreven")
    await first.press("Control+Enter")
    await first.sees(".log", "half geschreven")
    # Closing one of them leaves the other its line.
    await second.page.close()
    house.incident("zb.brand", "ZB", "B", "Daarna 3")
    await first.sees("#incidents", "Daarna 3")
    assert second.complaints == []


async def kill_worker(window: Window) -> None:
    """The shared worker of this workplace ends, as when it crashes: nobody is told."""
    browser = window.page.context.browser
    assert browser is not None
    session = await browser.new_browser_cdp_session()
    targets = (await session.send("Target.getTargets"))["targetInfos"]
    (worker,) = (t["targetId"] for t in targets if t["type"] == "shared_worker")
    attached = await session.send("Target.attachToTarget", {"targetId": worker, "flatten": False})
    message = json.dumps({"id": 1, "method": "Runtime.evaluate", "params": {"expression": "self.close()"}})
    await session.send("Target.sendMessageToTarget", {"sessionId": attached["sessionId"], "message": message})
