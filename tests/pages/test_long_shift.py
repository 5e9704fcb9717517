"""A workplace that stays open: what is over leaves it, what is not stays (`python -m bench soak` is the long way)."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.async_api import Browser, expect

from bench._browser import module
from bench._room import ShownClock, ShownRoom, shown
from meldkamer.domain import call
from meldkamer.network.follower import KEEP_MILLIS

from .conftest import SCREEN
from .window import open_window

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]
HELD = f"""async () => {{
  const s = {module("stores")};
  return [[...s.incidents.value.keys()], [...s.calls.value.keys()]];
}}"""
MINUTE = 60_000


async def test_what_was_over_long_ago_leaves_a_window_that_stays_open(browser: Browser) -> None:
    room = ShownRoom(ShownClock())
    room.units(3)
    for n in range(50):
        room.open(f"i{n}", f"Dienstweg {n}")
        room.ring(f"c{n}")
        room.put("call", f"c{n}", call.CallAnswered(by="rt.brand", room="RT"))
        if n:
            room.close(f"i{n}")
            room.put("call", f"c{n}", call.CallEnded(reason="done", by="rt.brand"))
    async with shown(room) as url:
        context = await browser.new_context(viewport=SCREEN, locale="nl-NL")
        window = await open_window(context, url)
        await window.open("/w/operator")
        await window.ready()
        await expect(window.at("#incidents .row")).to_have_count(1)

        async def held() -> Any:
            return await window.page.evaluate(HELD)

        # As long as the room keeps it, so does the window: it can still be looked up.
        room.clock.ahead += KEEP_MILLIS - 5 * MINUTE
        room.open("later", "Laterweg 1")
        room.hub.tick()
        await window.sees("#incidents", "Laterweg 1")
        assert [len(kind) for kind in await held()] == [51, 50]

        room.clock.ahead += 10 * MINUTE
        room.hub.tick()
        room.open("last", "Laatste weg 1")
        await window.sees("#incidents", "Laatste weg 1")
        incidents, calls = await held()
        assert incidents == ["RT/i0", "RT/later", "RT/last"] and calls == ["RT/c0"]
        await expect(window.at("#incidents .row")).to_have_count(3)
        assert window.complaints == []
        await context.close()
