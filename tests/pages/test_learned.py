"""What was learned of travel times stands beside the time that it is in."""

from __future__ import annotations

import pytest
from playwright.async_api import expect

from meldkamer.domain.travel import Cell, name_of
from meldkamer.geo import TravelTimes
from meldkamer.pack import load_pack

from .conftest import Enter
from .house import ROTTERDAM, House

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]


async def test_a_time_says_what_was_learned_of_such_trips(enter: Enter, house: House) -> None:
    bases = (TravelTimes(load_pack().travel_profiles).basis("heavy"),)
    cells = (Cell(0, 17, "heavy", -1, 1_250, 60, 20, 90_000, 30_000),)
    place = {**ROTTERDAM, "safety_region": 17}
    house.incident("rt.brand", "RT", "B", "Leerstraat 1", location={**place, "text": "Leerstraat 1"})
    adopt = {"type": "adopt_travel_times", "reason": "gemeten"}
    table = [[c.basis, c.area, c.profile, c.hour, c.permille, c.samples, c.held, c.before, c.after] for c in cells]
    house.do("bestuur", **adopt, upto=1, bases=list(bases), cells=table)
    try:
        house.incident("rt.brand", "RT", "B", "Leerstraat 3", location={**place, "text": "Leerstraat 3"})
        window = await enter("rt.brand")
        await window.in_hand("Leerstraat 3")
        await window.press("F6", "v")
        await window.sees("#proposal", "+25 % naar 80 ritten")
        # What was opened before keeps the times that it began with.
        await window.in_hand("Leerstraat 1")
        await window.press("F6", "v")
        await window.sees("#proposal", "snelste")
        await expect(window.at("#proposal")).not_to_contain_text("naar 80 ritten")
    finally:
        house.do("bestuur", **adopt, upto=2, previous=name_of(bases, cells, 1))
