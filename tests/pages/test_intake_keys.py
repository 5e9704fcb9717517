"""The intake by keys alone: one caller at a time unless more are meant, handing a call on, and the list of calls."""

from __future__ import annotations

import asyncio
import re

import pytest
from playwright.async_api import Request, Route, expect

from .conftest import Enter
from .house import House
from .test_slips import SETTLED
from .window import Window

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]
ASKS = "U bent al in gesprek (AD.B.intake). Nog een keer F5 neemt ook de volgende oproep aan"
CALLER = "section[aria-labelledby=call-title] .head strong.mono"


def answered(window: Window) -> list[str]:
    """Calls that this window asks the room for from now on."""
    calls: list[str] = []

    def note(request: Request) -> None:
        if request.url.endswith("/api/commands"):
            command = (request.post_data_json or {})["command"]
            if command["type"] == "answer_call":
                calls.append(command["call"])

    window.page.on("request", note)
    return calls


async def lines(window: Window, count: int) -> None:
    """Wait until so many callers are on the line here."""
    await expect(window.at("#queue .row", has_text=re.compile("in gesprek|talking"))).to_have_count(count)


async def test_whoever_speaks_is_asked_before_a_second_caller_is_on_the_line(enter: Enter, house: House) -> None:
    calls = [house.ring("AD.B.intake", f"061234571{n}", f"Beller {n}") for n in range(4)]
    window = await enter("ad.brand")
    await expect(window.at("#queue .row")).to_have_count(4)
    acts = answered(window)
    goes_on = asyncio.Event()

    async def hold(route: Route) -> None:
        await goes_on.wait()
        await route.continue_()

    # Two presses before the first has its call are one wish.
    await window.page.route("**/api/commands", hold, times=1)
    await window.press("F5", "F5")
    goes_on.set()
    await expect(window.at(CALLER)).to_have_text("0612345710")
    await lines(window, 1)
    await window.press("F5")
    await expect(window.at(".preview.twice")).to_have_text(ASKS)
    # Another key takes the question away, and the next press asks anew.
    await window.press("F4")
    await expect(window.at(".preview")).to_have_text("")
    await window.press("F5")
    await expect(window.at(".preview.twice")).to_have_text(ASKS)
    assert acts == calls[:1]
    await window.press("F5")
    await expect(window.at(CALLER)).to_have_text("0612345711")
    await lines(window, 2)
    await window.press("F5")
    await window.sees(".preview.twice", "(AD.B.intake, AD.B.intake)")

    # A caller who is gone is nobody on the line: what was asked of that goes, and one press takes the next.
    house.do("ad.brand", type="end_call", call=calls[0])
    await lines(window, 1)
    await expect(window.at(".preview")).to_have_text("")
    await window.command("e")
    await window.press("Enter")
    await lines(window, 0)
    await window.press("F5")
    await expect(window.at(CALLER)).to_have_text("0612345712")
    assert acts == calls[:3]
    house.do("ad.brand", type="end_call", call=calls[2])
    await lines(window, 0)

    # The room has said yes and the list comes later: somebody is on the line already.
    async def stored(route: Route) -> None:
        await route.fulfill(json={"outcome": "SAFE", "ref": calls[3], "region": "AD", "seq": 0})

    last = house.ring("AD.B.intake", "0612345719", "Laatste Beller")
    await expect(window.at("#queue .row")).to_have_count(2)
    await window.page.route("**/api/commands", stored, times=1)
    async with window.page.expect_response("**/api/commands"):
        await window.press("F5")
    await window.page.evaluate(SETTLED)
    await window.press("F5")
    await expect(window.at(".preview.twice")).to_have_text(ASKS)
    await window.press("F5")
    await expect(window.at(CALLER)).to_have_text("0612345719")
    assert acts == [*calls, last]
    # Nobody waits any more but who is thought to be on the line: there is nothing to ask.
    await lines(window, 1)
    await window.press("F5")
    await window.sees(".preview", "Er wacht geen oproep")
    for call in (calls[3], last):
        if call != last:
            house.do("ad.brand", type="answer_call", call=call)
        house.do("ad.brand", type="end_call", call=call)


async def test_a_call_is_handed_on_from_the_command_line_with_what_was_noted(enter: Enter, house: House) -> None:
    ref = house.ring("RT.B.intake", "0612345721", "Door Verbonden")
    window = await enter("rt.brand")
    await window.command("door politie")
    await window.sees(".preview.wrong", "U spreekt niemand")
    await expect(window.at("#queue .row")).to_have_count(1)
    await window.press("F5")
    await expect(window.at(CALLER)).to_have_text("0612345721")
    for typed, said in (
        ("door", "Doorverbinden naar welke functie? RT.P.intake · RT.B.intake"),
        ("door k", "Welke? RT.K.intake · NL.K.intake"),
        ("door lb b", "Geen functie lb b waar deze oproep heen kan"),
        ("door politie", "Gesprek RT.B.intake doorverbinden naar RT.P.intake, zonder samenvatting"),
    ):
        await window.command(typed)
        await window.sees(".preview", said)
        if "zonder" not in said:
            await window.press("Enter")
            await expect(window.at("#command")).to_have_value(typed)
    await window.at("#first-note").focus()
    await window.type("inbreker op het dak")
    await window.command("door politie")
    await window.press("Enter")
    await expect(window.at(".preview.twice")).to_have_text(
        "Nog een keer Enter om uit te voeren: Gesprek RT.B.intake doorverbinden naar RT.P.intake, "
        "met samenvatting: inbreker op het dak"
    )
    await lines(window, 1)
    await window.press("Enter")
    await lines(window, 0)
    # It is the last act, and is not taken back in place of anything before it.
    await window.press("F6", "Control+z")
    await window.sees(".preview.wrong", "Dit kan niet teruggedraaid worden")

    # The same from another screen and in the other language, by whoever takes it there.
    police = await enter("rt.politie", language="en")
    await expect(police.at("#queue .row")).to_have_count(1)
    await police.press("F5")
    await police.sees(".head", "inbreker op het dak")
    await police.open("/w/comms")
    await police.ready()
    await police.command("tr amb")
    await police.sees(".preview", "Transfer the call RT.P.intake to RT.A.intake, without a summary")
    await police.press("Enter", "Enter")
    await police.sees(".preview", "Stored")
    call = next(c for c in house.picture("rt.ambu", "RT")["calls"] if c["ref"] == ref)
    assert (call["function"], call["disciplines"], call["state"] in ("queued", "offered")) == ("RT.A.intake", "A", True)


async def test_one_key_leads_to_the_list_of_calls_from_anywhere(enter: Enter, house: House) -> None:
    house.ring("ZB.B.intake", "0612345731", "Lijst Beller")
    window = await enter("zb.brand")
    await expect(window.at("#queue .row")).to_have_count(1)
    await window.press("F2")
    await expect(window.at("#where")).to_be_visible()
    await window.press("F4")
    await window.type("Markt")
    await window.press("F1")
    await expect(window.at(".manual")).to_be_visible()
    await window.press("Control+F5")
    await expect(window.at("#queue")).to_be_focused()
    await expect(window.at(".manual")).to_have_count(0)
    await expect(window.at("#where")).to_have_value("Markt")
    await window.open("/w/comms")
    await window.ready()
    await window.press("Control+F5")
    await expect(window.at("#queue")).to_be_focused()
    await expect(window.at("#queue .row")).to_have_count(1)
    await window.press("ArrowDown", "Enter")
    await expect(window.at(CALLER)).to_have_text("0612345731")
    await window.command("e")
    await window.press("Enter")
    await lines(window, 0)


async def test_what_went_wrong_is_seen_while_a_command_stands_half_typed(enter: Enter, house: House) -> None:
    house.incident("on.brand", "ON", "B", "Halfweg 4")
    window = await enter("on.brand")
    await window.in_hand("Halfweg 4")
    await window.command("n rook uit")
    await window.sees(".preview", "rook uit")
    boxes = "all => all.map((e) => JSON.stringify(e.getBoundingClientRect()))"
    before = await window.at(".bar, #command, .work").evaluate_all(boxes)
    await window.press("F7", "Home", "0")
    came = window.at(".came")
    await expect(came).to_have_text("Geen status op toets 0 voor deze eenheid")
    await expect(window.at(".preview")).to_be_hidden()
    # Whoever goes back to the command sees what it would do, and below it still what went wrong.
    await window.press("Control+Space")
    await expect(window.at(".preview")).to_be_visible()
    await expect(came).to_be_in_viewport()
    preview, under = await window.at(".preview").bounding_box(), await came.bounding_box()
    assert preview and under and preview["y"] + preview["height"] <= under["y"]
    assert await window.at(".bar, #command, .work").evaluate_all(boxes) == before
    assert await window.at(".bar [role=status]").count() == 1
    await window.press("ArrowRight")
    await expect(came).to_be_visible()
    await window.type(" d")
    await expect(came).to_have_count(0)
    await window.sees(".preview", "rook uit d")
    # What went well is no reason to look up.
    await window.press("F7", "2")
    await window.sees("#units .row.selected", "ter plaatse")
    await expect(came).to_have_count(0)
