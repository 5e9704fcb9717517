"""How to speak with a caller, by keys: noted at the intake, and read by everybody who goes on with the call."""

from __future__ import annotations

import secrets

import pytest
from playwright.async_api import expect

from .conftest import Enter
from .house import House
from .shots import shot

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]


async def test_what_one_notes_the_next_reads_and_a_list_never_tells(enter: Enter, house: House) -> None:
    id = secrets.token_hex(16)
    ref = house.ring("OB.B.intake", "0612340101", "Anna Nowak", call_id=id)
    fire = await enter("ob.brand")
    head = fire.at("section[aria-labelledby=call-title] > .head")
    await expect(fire.at("#queue .row")).to_have_count(1)
    await fire.command("taal pools")
    await fire.sees(".preview.wrong", "Neem eerst een oproep aan")
    await fire.press("F5")
    await expect(head).to_contain_text("Anna Nowak")

    # Never a guess: both begin so.
    await fire.command("taal po")
    await fire.sees(".preview.wrong", "pl Pools · pt Portugees")
    await fire.press("Enter")
    await fire.command("taal pools")
    await fire.sees(".preview", "Melder spreekt Pools")
    await expect(head.locator(".speaking")).to_have_count(0)
    await fire.press("Enter")
    await expect(head.locator(".speaking")).to_contain_text("Pools")
    await fire.command("via tolk doof")
    await fire.sees(".preview", "tolk in de lijn · is doof")
    await fire.press("Enter")
    await expect(head.locator(".speaking")).to_contain_text("Pools · tolk in de lijn · is doof")
    await fire.command("via -doof")
    await fire.press("Enter")
    await expect(head.locator(".speaking")).to_contain_text("Pools · tolk in de lijn")
    await expect(head.locator(".speaking")).not_to_contain_text("is doof")
    await fire.press("Control+z")
    await expect(head.locator(".speaking")).to_contain_text("is doof")

    # The same in the form, by keys: the arrows choose, Enter notes.
    await fire.at("#speaks").focus()
    await fire.type("Turks")
    await expect(fire.at("#speaks")).to_have_value("tr")
    await expect(head.locator(".speaking")).to_contain_text("Pools")
    await fire.press("Enter")
    await expect(head.locator(".speaking")).to_contain_text("Turks")
    await expect(fire.at("#speaks")).to_have_value("tr")
    await fire.at("#speaks-via").select_option("no_call_back")
    await expect(head.locator(".speaking")).to_contain_text("niet terugbellen: onveilig")
    await shot(fire, "speaking")
    await fire.at("#speaks-via").select_option("no_call_back")
    await expect(head.locator(".speaking")).not_to_contain_text("onveilig")
    await fire.page.reload()
    await fire.ready()
    await fire.at("#queue .row").first.click()
    await expect(head.locator(".speaking")).to_contain_text("Turks · tolk in de lijn · is doof")

    await fire.at("select[aria-label='Naar functie …']").select_option("OB.P.intake")
    await fire.at("button", has_text="Doorverbinden").click()
    await expect(fire.at("#queue .row")).to_have_count(0)
    event = {"event_id": secrets.token_hex(16), "call_id": id, "kind": "abandoned"}
    house.gateway("telephony", "/api/telephony/events", event)

    police = await enter("ob.politie")
    row = police.at("#queue .row")
    await expect(row).to_contain_text("terugbellen")
    await expect(row).to_contain_text("taal · contact")
    await police.at("#queue").focus()
    await police.press("Home")
    await expect(police.at("#take-back")).to_be_visible()
    body = await police.page.inner_text("body")
    assert "Turks" not in body and "doof" not in body, "read by whoever takes it, and by nobody before"
    await police.press("Enter")
    head = police.at("section[aria-labelledby=call-title] > .head")
    await expect(head.locator(".speaking")).to_contain_text("Turks · tolk in de lijn · is doof")
    await expect(head).to_contain_text("Contact met de melder: Turks · tolk in de lijn · is doof")
    await police.command("via geen")
    await police.press("Enter")
    await expect(row).not_to_contain_text("contact")
    house.do("ob.politie", type="call_back", call=ref, result="reached")


async def test_an_incident_shows_it_with_its_callers_as_it_changes(enter: Enter, house: House) -> None:
    ref = house.ring("OB.B.intake", "0612340102", "Piet Stil")
    house.do("ob.brand", type="answer_call", call=ref)
    house.do("ob.brand", type="note_speaking", call=ref, language="dse", ways=["text"])
    house.incident("ob.brand", "OB", "B", "Spreekkade 3", call=ref)
    window = await enter("ob.brand", language="en")
    await window.in_hand("Spreekkade 3")
    head = window.at("section[aria-labelledby=incident-title] > .head").first
    await expect(head).to_contain_text("Sign Language of the Netherlands · reach by chat or RTT")
    house.do("ob.brand", type="note_speaking", call=ref, ways=["sms"])
    await expect(head).to_contain_text("reach by SMS")
    await expect(head).not_to_contain_text("RTT")
    house.do("ob.brand", type="end_call", call=ref)
