"""Nobody heard of a crew: a timer set by command, an alarm when it runs out, and one key for contact."""

from __future__ import annotations

import re
import secrets
import time
from typing import Any

import pytest
from playwright.async_api import expect

from .conftest import Enter
from .house import House
from .shots import shot
from .test_axe import AXE, violations

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]
MINUTE = 60_000


def at_work(house: House, account: str, text: str, number: int = 0) -> dict[str, Any]:
    """A unit that was sent, and reports nothing."""
    ref = house.incident(account, house.people[account], "B", text)
    unit = house.free(account, "B", number)
    house.do(account, type="assign_unit", unit=unit["ref"], assignment=secrets.token_hex(8), incident=ref)
    return unit


def set_before(house: House, account: str, unit: dict[str, Any], ago: int, minutes: int) -> None:
    """A timer that was set so many minutes ago."""
    body: dict[str, Any] = {"command_id": secrets.token_hex(16), "occurred": int(time.time() * 1000) - ago * MINUTE}
    body["command"] = {"type": "set_contact_timer", "unit": unit["ref"], "minutes": minutes}
    assert house.as_person(account).post("/api/commands", json=body).is_success


async def test_a_timer_is_set_runs_out_and_is_answered_by_keys(enter: Enter, house: House) -> None:
    other = at_work(house, "lb.brand", "Stilteweg 1")
    window = await enter("lb.brand")
    row = window.at(f"[data-unit='{other['ref']}']")
    # What is not heard of yet is said of who has read the order.
    await expect(row).to_contain_text("opdracht verstrekt")
    await window.command(f"contact {other['call_sign']} 20")
    await window.sees(".preview", f"Alarm als {other['call_sign']} 20 min niet is gehoord, telkens opnieuw")
    await window.press("Enter")
    await expect(row).to_contain_text("contact 0/20 min")
    # The way back is what it was: none.
    await window.press("Control+z")
    await expect(row).to_contain_text("opdracht verstrekt")

    unit = at_work(house, "lb.brand", "Stilteweg 1b")
    sign = unit["call_sign"]
    row = window.at(f"[data-unit='{unit['ref']}']")
    alarm = window.at(".strip .slot.alarm", has_text=f"{sign} is al 15 min niet gehoord")
    await expect(row).to_contain_text("opdracht verstrekt")
    await expect(alarm).to_have_count(0)
    set_before(house, "lb.brand", unit, 16, 15)
    await expect(alarm).to_be_visible()
    await expect(row.locator(".chip.warn")).to_contain_text("16/15 min")
    await shot(window, "contact")
    # The alarm, once it is acknowledged, brings the unit into sight; on its row one key says that there was contact.
    await window.press("F8", "F8")
    await expect(row).to_have_class(re.compile("selected"))
    await window.press("F7", "c")
    await expect(alarm).to_have_count(0)
    await expect(row).to_contain_text("contact 0/15 min")
    assert house.unit("lb.brand", sign)["heard"] > 0

    await window.command(f"contact {sign} 0")
    await window.sees(".preview", f"Klok zonder contact van {sign} stoppen")
    await window.press("Enter")
    await expect(row).to_contain_text("opdracht verstrekt")
    # Who reports itself was heard.
    house.report(unit, "ut")
    await expect(row).to_contain_text("contact 0 min")


async def test_only_who_it_concerns_is_disturbed_and_it_is_set_aside_as_others(enter: Enter, house: House) -> None:
    unit = at_work(house, "ob.brand", "Stilteweg 2")
    fire, caco = await enter("ob.brand", language="en"), await enter("ob.caco", "/w/caco", language="en")
    other, far = await enter("ob.ambu", language="en"), await enter("zb.brand", language="en")
    words = f"{unit['call_sign']} was not heard of for 15 min"
    set_before(house, "ob.brand", unit, 16, 15)
    for window in (fire, caco):
        await expect(window.at(".strip .slot.alarm", has_text=words)).to_be_visible()
    for window in (other, far):
        await expect(window.at(".strip .slot.alarm", has_text=words)).to_have_count(0)
    await fire.command("quiet 10")
    await fire.sees(".preview", words)
    await fire.press("Enter")
    for window in (fire, caco):
        await expect(window.at(".strip .slot.alarm", has_text=words)).to_have_count(0)
    await expect(fire.at(f"[data-unit='{unit['ref']}'] .chip.warn")).to_be_visible()


@pytest.mark.skipif(not AXE.exists(), reason="axe-core is not installed: run ./dev vendor")
async def test_a_row_whose_timer_ran_out_has_no_violation(enter: Enter, house: House) -> None:
    unit = at_work(house, "zb.brand", "Stilteweg 3")
    set_before(house, "zb.brand", unit, 16, 15)
    window = await enter("zb.brand", theme="day", csp=False)
    await expect(window.at(f"[data-unit='{unit['ref']}'] .chip.warn")).to_be_visible()
    assert await violations(window) == []
