"""Slips of hand and eye at three in the morning: a key that is held, the wrong thing undone, another one in hand."""

from __future__ import annotations

import asyncio
import json
import re
import secrets
from typing import Any

import pytest
from playwright.async_api import Request, Route, expect

from .conftest import Enter
from .house import AMERSFOORT, ROTTERDAM, House
from .line import line_to
from .window import Window

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]
SETTLED = "() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))"


async def hold(window: Window, key: str, times: int = 4) -> None:
    """A finger that stays: the browser says the key again and again."""
    for _ in range(times):
        await window.page.keyboard.down(key)
    await window.page.keyboard.up(key)
    await window.page.evaluate(SETTLED)


def given(window: Window) -> list[str]:
    """What this window asks of the room from now on: the types of its commands."""
    types: list[str] = []

    def note(request: Request) -> None:
        if request.url.endswith("/api/commands"):
            types.append(json.loads(request.post_data or "")["command"]["type"])

    window.page.on("request", note)
    return types


def at_work(house: House, account: str, text: str, number: int) -> tuple[str, str]:
    """An incident with a unit that works for it: its reference and the call sign."""
    ref = house.incident(account, house.people[account], "B", text)
    unit = house.free(account, "B", number)
    house.do(account, type="assign_unit", unit=unit["ref"], assignment=secrets.token_hex(8), incident=ref)
    return ref, str(unit["call_sign"])


# --- keys -------------------------------------------------------------------------------------------------------------


async def test_a_key_that_is_held_takes_one_call_and_confirms_nothing(enter: Enter, house: House) -> None:
    for number in ("0612345611", "0612345612", "0612345613"):
        house.ring("AD.B.intake", number, "Beller")
    _, sign = at_work(house, "ad.brand", "Vasthoudweg 1", 3)
    window = await enter("ad.brand")
    await expect(window.at("#queue .row")).to_have_count(3)
    acts = given(window)
    await window.page.keyboard.down("F5")
    await window.sees(".head", "0612345611")
    await hold(window, "F5")
    assert acts == ["answer_call"]
    # Pressed anew it asks, as somebody is on the line; once more it is meant.
    await window.page.keyboard.down("F5")
    await window.sees(".preview.twice", "U bent al in gesprek")
    await hold(window, "F5")
    assert acts == ["answer_call"]
    await window.press("F5")
    await window.sees(".head", "0612345612")

    await window.command(f"t {sign}")
    await hold(window, "Enter")
    await expect(window.at(".preview.twice")).to_contain_text("Nog een keer Enter")
    assert house.unit("ad.brand", sign)["assignment"] is not None
    await window.press("Enter")
    await expect(window.at("#units .row", has_text=sign)).not_to_contain_text("#AD-")
    assert house.unit("ad.brand", sign)["assignment"] is None
    # What writes or moves goes on.
    await window.command("n ")
    await hold(window, "a")
    await expect(window.at("#command")).to_have_value("n aaaa")
    await window.press("F7", "Home")
    first = await window.at("#units .row.selected").get_attribute("id")
    await hold(window, "ArrowDown")
    await expect(window.at("#units .row").nth(4)).to_have_class(re.compile("selected"))
    assert first != await window.at("#units .row.selected").get_attribute("id")


async def test_the_arrows_of_a_list_carry_nothing_out(enter: Enter, house: House) -> None:
    ref = house.incident("ad.brand", "AD", "B", "Keuzeweg 2", priority=3)
    window = await enter("ad.brand")
    await window.in_hand("Keuzeweg 2")
    acts = given(window)
    priority = window.at(".tracks select").first
    await priority.focus()
    await window.press("ArrowUp", "ArrowUp")
    await expect(priority).to_have_value("1")
    await window.press("Escape")
    await expect(priority).to_have_value("3")
    close = window.at("#close-B")
    await close.focus()
    await window.press("ArrowDown", "ArrowDown")
    wanted = await close.input_value()
    await window.page.evaluate(SETTLED)
    assert acts == []
    await priority.focus()
    await window.press("ArrowUp", "ArrowUp", "Enter")
    await expect(window.at("section[aria-labelledby=incident-title] .head .box")).to_have_text("1")
    await close.focus()
    await window.press("ArrowDown", "ArrowDown", "Enter")
    # A priority 1 asks once more.
    await window.at("#close-sure-B").focus()
    await window.press("Enter")
    await window.sees("#incident-title", "gesloten")
    assert acts == ["prioritise", "close_track"]
    assert house.detail("ad.brand", ref)["incident"]["tracks"]["B"]["close_code"] == wanted


# --- undo -------------------------------------------------------------------------------------------------------------


async def test_undo_after_an_alert_offers_to_call_back_and_touches_nothing_before_it(
    enter: Enter, house: House
) -> None:
    place = {**ROTTERDAM, "text": "Terugdraaiweg 3"}
    ref = house.incident("rt.brand", "RT", "B", "Terugdraaiweg 3", location=place, priority=3)
    sign = house.free("rt.brand", "B", 11)["call_sign"]
    window = await enter("rt.brand")
    await window.in_hand("Terugdraaiweg 3")
    await window.command("p 2")
    await window.press("Enter")
    await expect(window.at("section[aria-labelledby=incident-title] .head .box")).to_have_text("2")
    await window.command(f"d {sign}")
    await window.press("Enter")
    await window.sees("#working", sign)
    await window.at("#units").focus()
    await window.press("Control+z")
    await expect(window.at("#command")).to_be_focused()
    await expect(window.at("#command")).to_have_value(f"t {sign}")
    await window.sees(".preview", f"{sign}")
    assert house.detail("rt.brand", ref)["incident"]["priority"] == 2
    # What was only offered gives way to what is begun next; what somebody typed does not.
    await window.press("Escape", "Control+h")
    await expect(window.at("#command")).to_have_value("h ")
    await window.type("-1")
    await window.at("#units").focus()
    await window.press("Control+z")
    await expect(window.at("#command")).to_have_value("h -1")
    await window.command(f"t {sign}")
    await window.press("Enter", "Enter")
    await expect(window.at("#working")).to_have_count(0)
    # Nor is a recall passed over for what was before it.
    await window.press("Control+z")
    await window.sees(".preview", "kan niet teruggedraaid worden")
    assert house.detail("rt.brand", ref)["incident"]["priority"] == 2


async def test_undo_waits_for_what_is_under_way_and_never_takes_the_act_before_it(enter: Enter, house: House) -> None:
    ref = house.incident("rt.brand", "RT", "B", "Onderwegweg 5", priority=1)
    window = await enter("rt.brand")
    await window.in_hand("Onderwegweg 5")
    priority = window.at("section[aria-labelledby=incident-title] .head .box")
    await window.command("p 2")
    await window.press("Enter")
    await expect(priority).to_have_text("2")
    refused = {"type": "refused", "code": "incident.exists", "params": {}, "title": "", "status": 409}
    goes_on = asyncio.Event()
    answer: dict[str, Any] = {}

    async def hold(route: Route) -> None:
        await goes_on.wait()
        await (route.fulfill(**answer) if answer else route.continue_())

    async def undone_under_way(says: str) -> None:
        goes_on.clear()
        await window.page.route("**/api/commands", hold, times=1)
        async with window.page.expect_request("**/api/commands"):
            await window.command("p 3")
            await window.press("Enter")
        await window.at("#incidents").focus()
        await window.press("Control+z")
        goes_on.set()
        await window.sees(".preview", says)
        await expect(priority).to_have_text("2")

    await undone_under_way("Teruggedraaid")
    answer |= {"status": 409, "json": refused}
    window.may_be_refused = True
    await undone_under_way("bestaat al")
    assert house.detail("rt.brand", ref)["incident"]["priority"] == 2


async def test_a_status_is_taken_back_unless_the_unit_itself_spoke(enter: Enter, house: House) -> None:
    unit = house.free("zb.brand", "B", 7)
    window = await enter("zb.brand")
    row = window.at(f"#units .row[data-unit='{unit['ref']}'] .box")
    before = await row.inner_text()
    await window.command(f"s {unit['call_sign']} 6")
    await window.press("Enter")
    await expect(row).to_have_text("6")
    await window.press("Control+z")
    await expect(row).to_have_text(before)
    await window.sees(".preview", "Teruggedraaid")
    await window.command(f"s {unit['call_sign']} 6")
    await window.press("Enter")
    await expect(row).to_have_text("6")
    house.report(unit, "4")
    await expect(row).to_have_text("4")
    await window.press("Control+z")
    await window.sees(".preview", "intussen iets veranderd")
    await expect(row).to_have_text("4")


# --- what is typed ----------------------------------------------------------------------------------------------------


async def test_the_command_line_survives_a_reload_and_is_of_who_typed_it(enter: Enter, house: House) -> None:
    house.incident("md.brand", "MD", "BA", "Regelweg 4")
    window = await enter("md.ambu")
    await window.in_hand("Regelweg 4")
    await window.command("n eerste regel")
    await window.press("Enter")
    await window.sees(".log", "eerste regel")
    await window.command("n patient met diabetes, nog niet")
    await window.page.reload()
    await window.ready()
    await expect(window.at("#command")).to_have_value("n patient met diabetes, nog niet")
    # An earlier command does not take the place of what is being typed for good.
    await window.at("#command").focus()
    await window.press("ArrowUp")
    await expect(window.at("#command")).to_have_value("n eerste regel")
    await window.press("ArrowDown")
    await expect(window.at("#command")).to_have_value("n patient met diabetes, nog niet")
    await window.at("#note").focus()
    await window.type("insuline gegeven om")

    # Whoever takes the desk over finds none of it.
    window.may_be_refused = window.may_lose_link = True
    await window.at(".top button").first.focus()
    await window.press("Enter")
    await signed_in(window, "md.brand", house.password)
    await expect(window.at("#command")).to_have_value("")
    await window.at("#command").focus()
    await window.press("ArrowUp")
    await expect(window.at("#command")).to_have_value("")
    await window.in_hand("Regelweg 4")
    await expect(window.at("#note")).to_have_value("")
    await window.at(".top button").first.focus()
    await window.press("Enter")
    await signed_in(window, "md.ambu", house.password)
    await expect(window.at("#command")).to_have_value("n patient met diabetes, nog niet")
    await window.in_hand("Regelweg 4")
    await expect(window.at("#note")).to_have_value("insuline gegeven om")


async def signed_in(window: Window, account: str, password: str) -> None:
    """At the page that asks who is there."""
    await expect(window.at("#account")).to_be_focused()
    await window.type(account)
    await window.press("Tab")
    await window.type(password)
    await window.press("Enter")
    await window.ready()
    await window.sees(".top", account)


async def test_what_was_kept_without_a_link_is_sent_by_who_wrote_it(enter: Enter, house: House) -> None:
    ref = house.incident("dh.brand", "DH", "BA", "Wisselweg 5")
    async with line_to(house.url) as line:
        window = await enter("dh.ambu", url=line.url)
        window.may_lose_link = window.may_be_refused = True
        await window.in_hand("Wisselweg 5")
        line.silence()
        await expect(window.at(".band.lost")).to_be_visible()
        await window.at("#note").focus()
        await window.type("geschreven door de ambulancedesk")
        await window.press("Control+Enter")
        await window.sees(".preview", "nog niet verzonden")
        # The session ends meanwhile, as when somebody takes the desk over.
        left = await window.page.context.request.post(f"{house.url}/api/sign-out", headers={"Origin": house.url})
        assert left.ok
        line.restore()
        await signed_in(window, "dh.brand", house.password)
        await window.sees(".top", "1 van dh.ambu nog niet verzonden")
        assert house.detail("dh.brand", ref)["notes"] == []
        await window.at(".top button").first.focus()
        await window.press("Enter")
        await signed_in(window, "dh.ambu", house.password)
        await window.in_hand("Wisselweg 5")
        await window.sees(".log", "geschreven door de ambulancedesk")
        await expect(window.at(".top")).not_to_contain_text("nog niet verzonden")
    (note,) = house.detail("dh.ambu", ref)["notes"]
    assert note["by"] == "dh.ambu"


async def test_a_proposal_that_comes_late_takes_no_field_from_who_writes(enter: Enter, house: House) -> None:
    place = {**AMERSFOORT, "text": "Laatweg 6"}
    ref = house.incident("md.brand", "MD", "B", "Laatweg 6", location=place)
    unit = house.free("md.brand", "B", 9)
    house.do("md.brand", type="assign_unit", unit=unit["ref"], assignment=secrets.token_hex(8), incident=ref)
    window = await enter("md.brand")
    await window.in_hand("Laatweg 6")
    come = asyncio.Event()

    async def late(route: Route) -> None:
        await come.wait()
        await route.continue_()

    await window.page.route("**/proposal?*", late)
    async with window.page.expect_request("**/proposal?*"):
        await window.press("F6", "v")
    await window.at("#note").focus()
    await window.type("bewoner staat op het ")
    come.set()
    await expect(window.at("#proposal")).to_be_visible()
    await window.page.evaluate(SETTLED)
    await expect(window.at("#note")).to_be_focused()
    await window.type("balkon")
    await expect(window.at("#note")).to_have_value("bewoner staat op het balkon")
    # Asked for again with the hands on the list it comes to them.
    await window.press("F6", "v")
    await expect(window.at("#proposal")).to_be_focused()
    await window.page.unroute("**/proposal?*", late)


# --- whom it is about -------------------------------------------------------------------------------------------------


async def test_sure_of_one_thing_is_not_sure_of_another(enter: Enter, house: House) -> None:
    for text in ("Zekerweg 7", "Onzekerweg 8"):
        house.incident("nh.brand", "NH", "B", text, priority=1)
    window = await enter("nh.brand")
    await window.in_hand("Zekerweg 7")
    await window.command("af oef")
    await window.press("Enter")
    await expect(window.at(".preview.twice")).to_be_visible()
    acts = given(window)
    # Another window of the workplace takes another incident in hand.
    beside = await window.page.context.new_page()
    await beside.goto(f"{house.url}/w/operator")
    await beside.locator("#incidents .row", has_text="Onzekerweg 8").click()
    await expect(window.at(".head .place")).to_have_text("Onzekerweg 8")
    await expect(window.at(".preview.twice")).to_have_count(0)
    await window.at("#command").focus()
    await window.press("Enter")
    await expect(window.at(".preview.twice")).to_be_visible()
    assert acts == []
    await beside.close()


async def test_units_chosen_for_one_incident_ask_before_they_go_to_another(enter: Enter, house: House) -> None:
    place = {**AMERSFOORT}
    for text in ("Gekozenweg 9", "Anderweg 10"):
        house.incident("on.brand", "ON", "B", text, location={**place, "text": text})
    sign = house.free("on.brand", "B", 5)["call_sign"]
    window = await enter("on.brand")
    await window.in_hand("Gekozenweg 9")
    await window.at("#unit-filter").fill(sign)
    await window.press("F7", "Home", "Space")
    await expect(window.at("#units .row.picked")).to_have_count(1)
    await window.in_hand("Anderweg 10")
    await window.press("F7", "Enter")
    await window.sees(".preview", "Anderweg 10 in behandeling")
    assert house.unit("on.brand", sign)["assignment"] is None
    await window.press("Enter")
    await window.sees("#working", sign)
    await expect(window.at(".head .place")).to_have_text("Anderweg 10")


async def test_a_unit_that_works_elsewhere_goes_from_there_with_a_reason_by_command_and_board(
    enter: Enter, house: House
) -> None:
    _, sign = at_work(house, "lb.brand", "Eerste Inzetweg 11", 4)
    _, other = at_work(house, "lb.brand", "Tweede Inzetweg 12", 4)
    house.incident("lb.brand", "LB", "B", "Dringendweg 13", priority=1)
    window = await enter("lb.brand")
    await window.in_hand("Dringendweg 13")
    await window.command(f"d {sign}")
    await window.sees(".preview.wrong", re.compile(rf"{sign} werkt voor #LB-\d+: zet de reden achter een dubbele punt"))
    await window.press("Enter")
    await expect(window.at("#command")).to_have_value(f"d {sign}")
    await window.type(": levensgevaar")
    await window.sees(".preview", re.compile(rf"Dringendweg 13; {sign} gaat weg van #LB-\d+, reden: levensgevaar"))
    await window.press("Enter")
    await window.sees("#working", sign)

    await window.at("#unit-filter").fill(other)
    await window.press("F7", "Home", "Space", "Enter")
    await expect(window.at("#units-why")).to_be_focused()
    await window.sees(".preview", f"{other} werkt voor")
    assert (
        house.unit("lb.brand", other)["assignment"]["incident"]
        != house.unit("lb.brand", sign)["assignment"]["incident"]
    )
    await window.type("ook nodig")
    await window.press("Enter")
    await window.sees("#working", other)
    here = {house.unit("lb.brand", one)["assignment"]["number"] for one in (sign, other)}
    assert len(here) == 1


async def test_sure_of_one_room_is_not_sure_of_the_next(enter: Enter, house: House) -> None:
    caco = await enter("dh.caco", "/w/caco")
    await caco.at("#room-ZB").focus()
    await caco.press("Enter")
    await caco.at("#reason").focus()
    await caco.type("brand in de zaal")
    await caco.press("Enter")
    await caco.sees("#declare-down", "Zeker?")
    await caco.at("#room-LB").focus()
    await caco.press("Enter")
    await caco.sees("#declare-down", "LB")
    await expect(caco.at("#declare-down")).not_to_contain_text("Zeker?")
    # Nor is its reason that of another.
    await expect(caco.at("#reason")).to_have_value("")
    await caco.at("#reason").focus()
    await caco.type("stroom weg")
    acts = given(caco)
    await caco.at("#declare-down").focus()
    await caco.press("Enter")
    await caco.sees("#declare-down", "Zeker?")
    assert acts == []


# --- what is said -----------------------------------------------------------------------------------------------------


async def test_an_emergency_button_says_where_its_unit_was_sent(enter: Enter, house: House) -> None:
    _, sign = at_work(house, "ob.brand", "Noodweg 14", 6)
    window = await enter("ob.brand")
    house.report(house.unit("ob.brand", sign), "nk")
    await window.sees(".strip .slot.alarm", re.compile(rf"NOODKNOP {sign} bij #OB-\d+ Noodweg 14"))


async def test_a_sign_in_that_ends_soon_is_told(enter: Enter) -> None:
    window = await enter("ob.brand")
    await expect(window.at(".top")).not_to_contain_text("aanmelding eindigt")

    async def soon(route: Route) -> None:
        answer = await route.fetch()
        await route.fulfill(response=answer, json={**await answer.json(), "left": 20 * 60_000})

    await window.page.route("**/api/session", soon)
    await window.page.reload()
    await window.ready()
    await window.sees(".top", re.compile(r"uw aanmelding eindigt om \d\d:\d\d"))
    await window.page.unroute("**/api/session", soon)


async def test_a_call_that_ends_takes_no_typed_text_out_of_sight_unasked(enter: Enter, house: House) -> None:
    ref = house.ring("MD.B.intake", "0612345621", "Beller")
    window = await enter("md.brand")
    await expect(window.at("#queue .row")).to_have_count(1)
    await window.press("F5")
    await window.sees(".head", "0612345621")
    await window.at("#first-note").focus()
    await window.type("hoort kinderen, zegt niets")
    acts = given(window)
    await window.at("#end-as").focus()
    await window.press("ArrowDown", "Enter")
    await window.sees(".preview", "Er is getypt en nog geen incident gemaakt")
    assert acts == []
    await window.press("ArrowDown", "Enter")
    await expect(window.at("#queue .row")).to_have_count(0)
    assert acts == ["end_call"]
    (call,) = [c for c in house.picture("md.brand", "MD")["calls"] if c["ref"] == ref]
    assert (call["state"], call["answered_by"]) == ("ended", "md.brand")
