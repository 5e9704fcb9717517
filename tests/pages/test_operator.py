"""From a ringing line to a unit under way, by keys alone."""

from __future__ import annotations

import re
import secrets

import pytest
from playwright.async_api import expect

from .conftest import Enter
from .house import ROTTERDAM, House

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]


async def test_a_call_becomes_an_incident(enter: Enter, house: House) -> None:
    house.ring("RT.B.intake", "0612345601", "Oudste Beller")
    house.ring("RT.B.intake", "0612345602", "Tweede Beller")
    window = await enter("rt.brand")
    page = window.page
    await expect(window.at("#queue .row")).to_have_count(2)
    await window.at("#queue .row").first.click()
    await expect(window.at("section[aria-labelledby=call-title]")).to_be_visible()
    assert not re.search(r"061234560|Beller", await page.inner_text("body"))

    await window.press("F5")
    await window.sees(".head", "0612345601")
    await window.sees(".head", "Oudste Beller")
    assert "0612345602" not in await page.inner_text("body")

    await window.press("F4")
    await window.type("Testkade 12")
    await window.press("Enter")
    await expect(window.at("#what")).to_be_focused()
    await window.type("br woning")
    await window.at("#first-note").focus()
    await window.type("rook uit het dak")
    await page.reload()
    await window.ready()
    await window.at("#queue .row").first.click()
    await expect(window.at("#where")).to_have_value("Testkade 12")
    await expect(window.at("#first-note")).to_have_value("rook uit het dak")

    await window.at("#where").focus()
    await window.press("Escape")
    await expect(window.at("#where")).to_have_value("Testkade 12")
    await window.press("F4", "Control+Enter")
    await expect(window.at(".head .place")).to_have_text("Testkade 12")
    await window.sees(".log", "rook uit het dak")

    await window.at("#note").focus()
    await window.type("TS vraagt hoogwerker")
    await window.press("Control+Enter")
    await window.sees(".log", "TS vraagt hoogwerker")
    await expect(window.at("#note")).to_have_value("")
    row = next(i for i in house.picture("rt.brand", "RT")["incidents"] if i["location"]["text"] == "Testkade 12")
    assert (row["calls"], row["notes"], row["disciplines"]) == (1, 2, "B")


async def test_a_priority_can_be_taken_back_within_ten_seconds(enter: Enter, house: House) -> None:
    ref = house.incident("rt.brand", "RT", "B", "Terugkade 1")
    window = await enter("rt.brand")
    await window.in_hand("Terugkade 1")
    number = window.at("section[aria-labelledby=incident-title] .head .box")
    await window.command("p 1")
    await window.sees(".preview", "naar prioriteit 1")
    assert house.detail("rt.brand", ref)["incident"]["priority"] == 2
    await window.press("Enter")
    await expect(number).to_have_text("1")
    await window.press("Control+z")
    await expect(number).to_have_text("2")
    await window.sees(".preview", "Teruggedraaid")
    assert house.detail("rt.brand", ref)["incident"]["priority"] == 2


async def test_the_command_line_never_guesses_and_alerts_who_is_named(enter: Enter, house: House) -> None:
    ref = house.incident("rt.brand", "RT", "B", "Opdrachtkade 7", location={**ROTTERDAM, "text": "Opdrachtkade 7"})
    unit = house.free("rt.brand", "B", 20)
    window = await enter("rt.brand")
    await window.in_hand("Opdrachtkade 7")

    await window.command("d TS")
    await window.sees(".preview", "Welke?")
    await window.press("Enter")
    await expect(window.at("#command")).to_have_value("d TS")
    assert house.detail("rt.brand", ref)["incident"]["units"] == []

    await window.command(f"d {unit['call_sign'].replace('-', '')}")
    await window.sees(".preview", f"Alarmeren {unit['call_sign']}")
    await window.press("Enter")
    await window.sees("#working", unit["call_sign"])
    house.report(unit, "ut")
    await window.sees("#working", "onderweg")

    await window.command(f"t {unit['call_sign']}")
    await window.press("Enter")
    await expect(window.at(".preview.twice")).to_contain_text("Nog een keer Enter")
    assert len(house.detail("rt.brand", ref)["incident"]["units"]) == 1
    await window.press("Escape")
    await expect(window.at(".preview.twice")).to_have_count(0)
    await expect(window.at("#command")).to_have_value(f"t {unit['call_sign']}")
    await window.press("Enter", "Enter")
    await expect(window.at("#working")).to_have_count(0)
    assert house.unit("rt.brand", unit["call_sign"])["assignment"] is None


async def test_the_proposal_alerts_what_is_chosen(enter: Enter, house: House) -> None:
    house.incident("rt.brand", "RT", "B", "Voorstelkade 3", location={**ROTTERDAM, "text": "Voorstelkade 3"})
    window = await enter("rt.brand")
    await window.in_hand("Voorstelkade 3")
    await window.press("F6", "v")
    await expect(window.at("#proposal")).to_be_focused()
    first = await window.at("#proposal .row strong").first.inner_text()
    await window.press("Space", "Enter")
    await window.sees("#working", first.strip())


async def test_enter_alerts_the_proposal_as_it_stands_and_a_deviation_needs_a_reason(
    enter: Enter, house: House
) -> None:
    house.incident("rt.brand", "RT", "B", "Voorstelkade 7", location={**ROTTERDAM, "text": "Voorstelkade 7"})
    window = await enter("rt.brand")
    await window.in_hand("Voorstelkade 7")
    # It stands there by itself, with its reasons.
    await expect(window.at("#proposal .row")).not_to_have_count(0)
    await expect(window.at("#proposal-need")).to_contain_text("TS-4")
    await expect(window.at("#proposal .row[aria-selected=true]").first).to_contain_text("hemelsbreed")
    await window.press("F6", "v")
    await expect(window.at("#proposal")).to_be_focused()
    rows = window.at("#proposal .row strong")
    proposed, other = (await rows.nth(0).inner_text()).strip(), (await rows.nth(1).inner_text()).strip()
    await window.press("ArrowDown", "Space", "Enter")
    await expect(window.at("#proposal-why")).to_be_focused()
    assert house.unit("rt.brand", other)["assignment"] is None
    await window.type("Bemensing kent het pand")
    await window.press("Enter")
    await window.sees("#working", other)
    assert house.unit("rt.brand", proposed)["assignment"] is None

    house.incident("rt.brand", "RT", "B", "Voorstelkade 9", location={**ROTTERDAM, "text": "Voorstelkade 9"})
    await window.in_hand("Voorstelkade 9")
    await window.press("F6", "v")
    await expect(window.at("#proposal")).to_be_focused()
    first = (await rows.first.inner_text()).strip()
    await window.press("Enter")
    await window.sees("#working", first)


async def test_a_proposal_of_several_is_renewed_while_it_stands(enter: Enter, house: House) -> None:
    place = {**ROTTERDAM, "text": "Hoogstraat 11"}
    house.incident("rt.brand", "RT", "B", "Hoogstraat 11", location=place, priority=1, class_code="brgb03")
    window = await enter("rt.brand")
    await window.in_hand("Hoogstraat 11")
    await window.press("F6", "v")
    proposed = window.at("#proposal .row[aria-selected=true]")
    await expect(proposed.nth(2)).to_be_visible()
    before = await proposed.all_inner_texts()
    async with window.page.expect_response(lambda r: "held=" in r.url and r.status == 200):
        await window.at("#show-proposal").click()
    assert await proposed.all_inner_texts() == before


async def test_a_digit_on_the_board_sets_a_status(enter: Enter, house: House) -> None:
    unit = house.free("rt.brand", "B", 40)
    house.incident("rt.brand", "RT", "B", "Bordkade 5")
    window = await enter("rt.brand")
    await window.in_hand("Bordkade 5")
    await window.at("#unit-filter").focus()
    await window.type(unit["call_sign"])
    await window.press("F7", "Home", "6")
    row = window.at(f"#units .row[data-unit='{unit['ref']}']")
    await expect(row).to_contain_text("buiten dienst")
    await expect(row.locator(".box")).to_have_text("6")
    assert house.unit("rt.brand", unit["call_sign"])["status"] == "bd"
    # Looking at a unit leaves the incident in hand.
    await window.press("Enter")
    await expect(window.at(".head .place")).to_have_text("Bordkade 5")


async def test_the_board_shows_what_is_walked_to(enter: Enter) -> None:
    window = await enter("rt.brand")
    await window.press("F7", "End")
    await expect(window.at("#units .row.selected")).to_be_in_viewport()
    await expect(window.at("#units .row").last).to_have_class(re.compile("selected"))
    chosen = await window.at("#units .row.selected").get_attribute("id")
    assert await window.at("#units").get_attribute("aria-activedescendant") == chosen


async def test_an_emergency_button_comes_first_and_is_acknowledged(enter: Enter, house: House) -> None:
    unit = house.free("ob.brand", "B", 3)
    window = await enter("ob.brand")
    house.report(unit, "nk")
    slot = window.at(".strip .slot.alarm")
    await expect(slot).to_contain_text(f"NOODKNOP {unit['call_sign']}")
    await window.sees(".strip[aria-live=assertive]", "NOODKNOP")
    await expect(window.at("#units .row").first).to_contain_text(unit["call_sign"])
    # The first press says that it was seen, and leaves in hand what is; the next one shows whom it is about.
    await window.press("F8")
    await expect(slot).not_to_have_class(re.compile("fresh"))
    await window.sees(".preview", f"Gekwiteerd: NOODKNOP {unit['call_sign']}")
    await expect(window.at("#units .row.selected", has_text=unit["call_sign"])).to_have_count(0)
    await expect(slot.locator("kbd")).to_have_text("F8 toont")
    await window.press("F8")
    await expect(window.at("#units .row.selected")).to_contain_text(unit["call_sign"])


async def test_what_one_discipline_writes_for_itself_another_does_not_read(enter: Enter, house: House) -> None:
    ref = house.incident("lb.brand", "LB", "BA", "Zwijgweg 9")
    window = await enter("lb.ambu")
    await window.in_hand("Zwijgweg 9")
    await window.at(".write select").select_option("A")
    await window.at("#note").focus()
    await window.type("patient diabetisch, insuline gegeven")
    await window.press("Control+Enter")
    await window.sees(".log", "insuline")
    house.do("lb.ambu", type="write_note", incident=ref, line=secrets.token_hex(16), text="rijdt prio 1", audience="")

    other = await enter("lb.brand")
    await other.in_hand("Zwijgweg 9")
    await other.sees(".log", "rijdt prio 1")
    assert "insuline" not in await other.page.inner_text("body")
    assert "insuline" not in await other.page.content()


async def test_a_second_caller_about_the_same_is_joined_and_what_was_typed_goes_along(
    enter: Enter, house: House
) -> None:
    phone = {"lat": 52.9925, "lon": 6.5642, "radius": 15.0}
    house.ring("NN.B.intake", "0612345691", "Eerste", location=phone)
    (first,) = [c for c in house.picture("nn.brand", "NN")["calls"] if c["location"]]
    place = {"x": first["location"]["x"], "y": first["location"]["y"], "text": "Brink 4", "source": "operator"}
    ref = house.incident("nn.brand", "NN", "B", "Brink 4", location=place, class_text="Woningbrand")
    window = await enter("nn.brand")
    await expect(window.at("#incidents .row", has_text="Brink 4")).to_be_visible()
    await window.press("F5")
    await window.sees(".head", "0612345691")
    await window.sees(".intake", "Mogelijk hetzelfde")
    await window.at("#first-note").focus()
    await window.type("vlammen uit het raam")
    number = house.detail("nn.brand", ref)["incident"]["number"]
    await window.at("#queue").focus()
    await window.press("=")
    await expect(window.at("#command")).to_have_value(f"= {number}")
    await window.sees(".preview", f"Oproep voegen bij #{number} Brink 4")
    await window.press("Enter")
    await expect(window.at(".preview.twice")).to_be_visible()
    await window.press("Enter")
    await expect(window.at(".head .place")).to_have_text("Brink 4")
    await expect(window.at("#note")).to_have_value("vlammen uit het raam")
    assert house.detail("nn.brand", ref)["incident"]["calls"] == 1
    await window.command("= 999999")
    await window.sees(".preview", "Geen open incident")


async def test_what_is_typed_after_f2_goes_to_the_new_incident_and_to_no_unit(enter: Enter, house: House) -> None:
    unit = house.free("rt.brand", "B", 41)
    window = await enter("rt.brand")
    await window.at("#unit-filter").focus()
    await window.type(unit["call_sign"])
    await window.press("F7", "Home", "F2")
    await expect(window.at("#where")).to_be_focused()
    await window.type("26 coolsingel")
    await expect(window.at("#where")).to_have_value("26 coolsingel")
    assert house.unit("rt.brand", unit["call_sign"])["status"] == unit["status"]


async def test_a_digit_after_a_call_was_answered_changes_no_unit(enter: Enter, house: House) -> None:
    unit = house.free("ob.brand", "B", 42)
    call = house.ring("OB.B.intake", "0612300042", "Noteert")
    window = await enter("ob.brand")
    await expect(window.at("#queue .row.call")).not_to_have_count(0)
    await window.at("#unit-filter").focus()
    await window.type(unit["call_sign"])
    await window.press("F7", "Home", "F5")
    await expect(window.at("#where")).to_be_visible()
    await expect(window.at("#units")).not_to_be_focused()
    await window.press("6")
    assert house.unit("ob.brand", unit["call_sign"])["status"] == unit["status"]
    house.do("ob.brand", type="end_call", call=call)


async def test_a_command_is_not_begun_over_what_stands_in_the_line_and_that_is_said(enter: Enter) -> None:
    window = await enter("rt.brand")
    await window.press("Control+Space")
    await window.type("n rook")
    await window.press("Escape", "F6", "Control+h")
    await window.sees(".told", "staat al iets")
    await expect(window.at("#command")).to_have_value("n rook")


async def test_who_has_no_discipline_reads_the_incidents_of_the_room(enter: Enter, house: House) -> None:
    house.incident("nn.brand", "NN", "B", "Leeskade 1")
    window = await enter("hoofd")
    await window.sees("#incidents", "Leeskade 1")
