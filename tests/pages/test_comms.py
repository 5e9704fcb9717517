"""Talks between seats and rooms, and a shift that is handed over: by keys, and no text is ever lost."""

from __future__ import annotations

import asyncio

import pytest
from playwright.async_api import Route, expect

from .conftest import Enter
from .house import AMERSFOORT, House
from .line import line_to
from .shots import shot
from .test_axe import AXE, violations

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]


async def test_rooms_talk_by_command_and_by_keys(enter: Enter, house: House) -> None:
    here = await enter("rt.brand")
    there = await enter("lb.brand", "/w/comms", language="en")
    third = await enter("ob.brand", "/w/comms")
    await expect(there.at("#talks .row").first).to_be_visible()
    await here.command("c LB ladderwagen 10-3231 vrij voor ons?")
    await here.sees(".preview", "Bericht aan LB: ladderwagen 10-3231 vrij voor ons?")
    await here.press("Enter")
    row = there.at("[data-talk=chat-LB-RT]")
    await expect(row).to_contain_text("1 new")
    await expect(there.at("nav a[aria-current]")).to_contain_text("1")

    # By keys alone: down the list, Enter to the field, Enter sends.
    await there.at("#talks").focus()
    await there.press("Home")
    for _ in range(20):
        if "selected" in (await row.get_attribute("class") or ""):
            break
        await there.press("ArrowDown")
    await there.sees("#said", "ladderwagen 10-3231 vrij voor ons?")
    await expect(row).not_to_contain_text("new")
    await there.press("Enter")
    await expect(there.at("#chat")).to_be_focused()
    await there.type("ja, neem hem maar")
    await there.press("Enter")
    await expect(there.at("#chat")).to_have_value("")
    await here.at("nav a", has_text="Berichten").click()
    await here.at("[data-talk=chat-LB-RT]").click()
    await here.sees("#said", "ja, neem hem maar")
    await shot(here, "comms")
    assert "ladderwagen" not in await third.page.inner_text("body")
    await expect(third.at("[data-talk=chat-LB-RT]")).to_have_count(0)


async def test_what_is_typed_is_never_lost(enter: Enter, house: House) -> None:
    async with line_to(house.url) as line:
        window = await enter("nn.politie" if "nn.politie" in house.people else "nn.brand", "/w/comms", url=line.url)
        await expect(window.at("#chat")).to_be_visible()
        await window.at("#chat").focus()
        await window.type("halve zin")
        await window.press("Escape")
        await window.page.reload()
        await window.ready()
        await expect(window.at("#chat")).to_have_value("halve zin")
        await window.at("#chat").focus()
        await window.press("End")
        await window.type(" en de rest")
        window.may_lose_link = True
        line.silence()
        await expect(window.at(".band.lost")).to_be_visible(timeout=20_000)
        await window.at("#chat").focus()
        await window.press("Enter")
        await window.sees(".preview", "Bewaard op deze werkplek")
        line.restore()
        await window.ready()
        await window.sees("#said", "halve zin en de rest")


async def test_a_shift_is_handed_over_with_what_changed_on_top(enter: Enter, house: House) -> None:
    early = await enter("md.brand", "/w/operator")
    ref = house.incident("md.brand", "MD", "B", "Nachtweg 1", priority=1, class_text="Woningbrand", location=AMERSFOORT)
    await early.press("F9")
    await expect(early.at("#hand-over")).to_be_focused()
    await early.sees("#composed", "nog niemand gestuurd")
    await early.type("sleutel van de HV ligt bij post 3")
    await early.page.reload()
    await expect(early.at("#hand-over")).to_have_value("sleutel van de HV ligt bij post 3")
    await early.sees("#composed", "nog niemand gestuurd")
    await early.at("#hand-over").focus()
    await early.press("Control+Enter")
    await expect(early.at("#hand-over")).to_have_value("")
    await early.sees(".hand-over", "nog niet overgenomen")
    house.incident("md.brand", "MD", "B", "Ochtendweg 2", class_text="Containerbrand")

    late = await enter("md.caco", "/w/operator")
    await late.press("F9")
    await expect(late.at("#left")).to_be_focused()
    await late.sees("#left", "sleutel van de HV ligt bij post 3")
    text = await late.at("#left").inner_text()
    assert text.index("Containerbrand") < text.index("sleutel van de HV") < text.index("Woningbrand")
    await shot(late, "hand_over")
    await late.press("Enter")
    await late.sees(".preview", "Overgenomen van md.brand")
    await expect(late.at("#left")).to_have_count(0)
    await late.at("[data-talk=shift-MD]").click()
    await late.sees("#said", "md.caco heeft overgenomen")
    await expect(early.at(".hand-over")).not_to_contain_text("nog niet overgenomen")
    house.do("md.brand", type="close_track", incident=ref, discipline="B", code="x")


HELD = """delete window.SharedWorker;
const send = WebSocket.prototype.send, held = [];
WebSocket.prototype.send = function (said) { held.push(() => send.call(this, said)); };
window.goOn = () => { for (const one of held) one(); WebSocket.prototype.send = send; };"""
"""A page whose connection to the room asks for nothing yet: the lists are there, and what happened since is not."""


async def test_a_shift_that_is_handed_over_while_the_lists_come_is_handed_over_whole(
    enter: Enter, house: House
) -> None:
    window = await enter("nh.brand", "/w/comms")
    await window.page.add_init_script(HELD)
    await window.page.reload()
    await window.sees("#composed", "Laden")
    await window.at("#hand-over").focus()
    await window.type("de sluis")
    await window.press("Control+Enter")
    await window.sees(".preview", "Wordt overgedragen zodra alles geladen is")
    house.incident("nh.brand", "NH", "B", "Onder het laden 3")
    await window.type(" en de brug")
    await window.page.evaluate("goOn()")
    await expect(window.at("#hand-over")).to_have_value("")
    await window.sees(".hand-over", "nog niet overgenomen")
    (line,) = house.as_person("nh.brand").get("/api/talks/shift-NH").json()["lines"]
    assert line["text"].startswith("de sluis en de brug") and "Onder het laden 3" in line["text"]


async def test_what_is_typed_while_a_line_is_under_way_stays_and_a_second_press_says_nothing_twice(
    enter: Enter, house: House
) -> None:
    window = await enter("on.brand", "/w/comms")
    goes_on = asyncio.Event()

    async def hold(route: Route) -> None:
        await goes_on.wait()
        await route.continue_()

    await window.page.route("**/api/commands", hold)
    await window.at("#chat").focus()
    async with window.page.expect_request("**/api/commands"):
        await window.type("eerst dit")
        await window.press("Enter", "Enter")
    await window.type(" en dan dat")
    goes_on.set()
    await window.sees("#said", "eerst dit")
    await expect(window.at("#chat")).to_have_value("en dan dat")
    await window.press("Enter")
    await expect(window.at("#chat")).to_have_value("")
    await window.sees("#said", "en dan dat")
    lines = house.as_person("on.brand").get("/api/talks/chat-ON").json()["lines"]
    assert [line["text"] for line in lines] == ["eerst dit", "en dan dat"]


async def test_a_hand_over_that_comes_takes_no_field_from_who_types(enter: Enter, house: House) -> None:
    window = await enter("ad.brand", "/w/comms#hand-over")
    await expect(window.at("#hand-over")).to_be_focused()
    await window.type("de sleutel ligt")
    house.do("ad.caco", type="leave_hand_over", talk="shift-AD", hand_over="h1", text="rustige dienst")
    await window.sees(".hand-over [role=status]", "ad.caco")
    await window.type(" bij post 3")
    await expect(window.at("#hand-over")).to_have_value("de sleutel ligt bij post 3")
    # What came shows as soon as the field is left, and takes no focus either.
    await window.at("#chat").focus()
    await window.sees("#left", "rustige dienst")
    await window.type("wie neemt over?")
    await expect(window.at("#chat")).to_have_value("wie neemt over?")


@pytest.mark.skipif(not AXE.exists(), reason="axe-core is not installed: run ./dev vendor")
@pytest.mark.parametrize(("language", "theme"), [("nl", "night"), ("en", "day")])
async def test_the_screen_has_no_violation(enter: Enter, house: House, language: str, theme: str) -> None:
    house.do("zb.caco", type="say", talk="chat-ZB", line=f"l{theme}", text="voor iedereen", to="ZB-1")
    house.do("zb.caco", type="leave_hand_over", talk="shift-ZB", hand_over=f"h{theme}", text=f"rustige dienst {theme}")
    window = await enter("zb.brand", "/w/comms", language=language, theme=theme, csp=False)
    await window.sees("#said", "voor iedereen")
    await window.sees("#left", f"rustige dienst {theme}")
    found = await violations(window)
    await window.at("#take-over").focus()
    await window.press("Enter")
    await expect(window.at("#composed")).to_be_visible()
    assert found + await violations(window) == []
