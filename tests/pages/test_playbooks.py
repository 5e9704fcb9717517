"""Playbooks by keyboard: opened from what is wrong, ticked, taken over by another room, closed, with clocks."""

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


def runs(house: House, account: str, room: str) -> list[dict[str, Any]]:
    """The playbooks at a room's desk, as the API says."""
    rooms = house.picture(account, house.people[account])["rooms"]
    return list(next(r for r in rooms if r["room"] == room)["playbooks"])


async def test_one_is_opened_ticked_undone_and_closed_by_keys(enter: Enter, house: House) -> None:
    caco = await enter("ob.caco", "/w/caco")
    await expect(caco.at("#rooms .room").first).to_be_visible()
    await caco.at("#room-OB").focus()
    await caco.press("d")
    await expect(caco.at("#playbooks")).to_be_focused()
    await caco.sees("#playbooks", "Telefonie uitgevallen")

    # By name on the command line; the preview says what Enter does, an ambiguous name does nothing.
    await caco.command("db uit")
    await expect(caco.at(".preview.wrong")).to_contain_text("Telefonie uitgevallen")
    await caco.command("db tele")
    await caco.sees(".preview", "Draaiboek openen: Telefonie uitgevallen")
    await caco.press("Enter")
    await expect(caco.at("#steps")).to_be_visible()
    await caco.at("#steps").focus()
    first = caco.at("#step-confirm")
    await expect(first).to_contain_text("nog ")

    await caco.press("Space")
    await expect(first).to_contain_text("ob.caco OB")
    await caco.press("ArrowDown", "Space")
    await expect(caco.at("#step-divert")).to_contain_text("ob.caco OB")
    assert set(runs(house, "ob.caco", "OB")[0]["done"]) == {"confirm", "divert"}
    await caco.press("Control+z")
    await expect(caco.at("#step-divert")).not_to_contain_text("ob.caco")
    assert set(runs(house, "ob.caco", "OB")[0]["done"]) == {"confirm"}

    # Closing takes a note, and asks twice while steps are open; it is undone as elsewhere.
    await caco.press("n")
    await expect(caco.at("#playbook-note")).to_be_focused()
    await caco.press("Enter")
    await caco.sees(".preview", "Schrijf er een zin bij")
    await caco.type("proef, alles werkt")
    await caco.press("Enter")
    await caco.sees("#close-playbook", "Zeker? 10 niet afgevinkt")
    assert not runs(house, "ob.caco", "OB")[0]["closed"]
    await caco.press("Enter")
    await caco.sees("#playbooks", "Onlangs gesloten")
    await caco.press("Control+z")
    await expect(caco.at("#playbooks")).not_to_contain_text("Onlangs gesloten")
    await caco.at("#steps").focus()
    await caco.press("n")
    await caco.type("nu echt")
    await caco.press("Enter", "Enter")
    await caco.sees("#playbooks", "Onlangs gesloten")
    (run,) = runs(house, "ob.caco", "OB")
    assert (run["closed_by"], run["note"]) == ("ob.caco", "nu echt")


async def test_another_room_takes_over_what_a_lost_room_worked_through(enter: Enter, house: House) -> None:
    """The whole way: an alarm asks for it, a room works on it and falls away, the next one loses nothing."""
    house.do("lb.caco", type="declare_room_down", room="ZB", reason="ontruimd")
    other = await enter("lb.caco", "/w/playbooks", language="en")
    asked = other.at("#playbooks .row", has_text="Whole room lost or evacuated · ZB")
    await expect(asked).to_contain_text("ZB:")
    await asked.click()
    await other.at("#playbooks").focus()
    await other.press("Enter")
    await expect(other.at("#playbook-about")).to_be_focused()
    await expect(other.at("#playbook-about")).to_have_value("ZB")
    await shot(other, "playbook_asked")
    await other.press("Enter")
    await expect(other.at("#step-declare")).to_be_visible()
    await other.at("#steps").focus()
    await other.press("Space", "ArrowDown", "Space")
    await expect(other.at("#step-owners")).to_contain_text("lb.caco LB")

    # Limburg falls away too: what it ticked is there, and who goes on says why.
    house.do("ob.caco", type="declare_room_down", room="LB", reason="geen stroom")
    caco = await enter("ob.caco", "/w/playbooks")
    await expect(caco.at(".strip")).to_contain_text("LB valt weg, niemand gaat ermee verder")
    await caco.at("#playbooks .row", has_text="2 van 12 · LB").click()
    await expect(caco.at("#step-owners")).to_contain_text("lb.caco LB")
    await caco.at("#steps").focus()
    await caco.press("ArrowDown", "ArrowDown", "o")
    await expect(caco.at("#playbook-reason")).to_be_focused()
    await caco.type("LB zonder stroom")
    await caco.press("Enter")
    await caco.sees(".head", "overgenomen door ob.caco")
    await caco.at("#steps").focus()
    await caco.press("Space")
    await expect(caco.at("#step-briefing")).to_contain_text("ob.caco OB")
    await shot(caco, "playbook_running")
    (run,) = runs(house, "ob.caco", "ZB")
    assert (run["holder"], {i: d["room"] for i, d in run["done"].items()}) == (
        "OB",
        {"declare": "LB", "owners": "LB", "briefing": "OB"},
    )
    # The room that held it sees so, and can tick no more.
    await expect(other.at(".head .chip.foreign")).to_contain_text("with OB")
    other.may_be_refused = True
    await other.press("ArrowDown", "Space")
    await other.sees(".preview", "OB works on this playbook")
    for room in ("ZB", "LB"):
        house.do("ob.caco", type="declare_room_up", room=room)
    house.do("ob.caco", type="close_playbook", room="ZB", run=run["run"], note="klaar")


async def test_the_clocks_of_a_scale_up_run_from_the_decision(enter: Enter, house: House) -> None:
    ref = house.incident("dh.brand", "DH", "B", "Opschaling 1")
    house.do("dh.brand", type="set_characteristic", incident=ref, name="GRIP", value="2")
    number = next(i["number"] for i in house.picture("dh.brand", "DH")["incidents"] if i["ref"] == ref)
    caco = await enter("dh.caco", "/w/playbooks", theme="day")
    await caco.sees("#playbooks", f"#{number} is opgeschaald: GRIP 2")
    house.do(
        "dh.caco",
        type="open_playbook",
        room="DH",
        run=secrets.token_hex(16),
        playbook="scale_up",
        version="2026.1",
        about=number,
        since=int((time.time() - 8 * 60) * 1000),
    )
    await caco.at("#playbooks .row", has_text="te laat").click()
    await expect(caco.at("#step-major_alert")).to_contain_text(re.compile(r"6:\d\d te laat"))
    await expect(caco.at("#step-picture")).to_contain_text(re.compile(r"3:\d\d te laat"))
    await expect(caco.at("#step-copi")).to_contain_text(re.compile(r"nog 2[12]:\d\d"))
    await expect(caco.at("#step-rot_lead")).to_contain_text(re.compile(r"nog 3[67]:\d\d"))
    # What is too late is an alarm of this room until it is done, and the tick says how late it was.
    await expect(caco.at(".strip")).to_contain_text("te laat: Grootschalige alarmering is begonnen")
    await caco.at("#steps").focus()
    await caco.press("Space")
    await expect(caco.at("#step-major_alert")).to_contain_text("dh.caco DH")
    await expect(caco.at("#step-major_alert")).to_contain_text(re.compile(r"6:\d\d te laat"))
    await expect(caco.at(".strip")).not_to_contain_text("Grootschalige alarmering")
    await shot(caco, "playbook_scale_up")
    # From another screen the alarm leads there.
    await caco.open("/w/caco")
    await caco.ready()
    await caco.at(".strip .slot", has_text="te laat: Een persoon heeft de leiding").focus()
    await caco.press("Enter")
    await expect(caco.at("#step-one_lead")).to_be_visible()
    await expect(caco.at("#playbooks .selected")).to_contain_text(number)
    (run,) = [r for r in runs(house, "dh.caco", "DH") if not r["closed"]]
    house.do("dh.caco", type="close_playbook", room="DH", run=run["run"], note="afgeschaald")


async def test_only_the_coordinator_works_with_them(enter: Enter, house: House) -> None:
    desk = await enter("on.brand")
    await expect(desk.at(".top nav a", has_text="Kaart")).to_have_count(1)
    await expect(desk.at(".top nav a", has_text="Draaiboeken")).to_have_count(0)
    await desk.command("db tele")
    await desk.sees(".preview", "Draaiboeken zijn voor Caco")


@pytest.mark.skipif(not AXE.exists(), reason="axe-core is not installed: run ./dev vendor")
@pytest.mark.parametrize(("language", "theme"), [("nl", "night"), ("en", "day")])
async def test_the_screen_has_no_violation(enter: Enter, house: House, language: str, theme: str) -> None:
    window = await enter("ad.caco", "/w/playbooks", language=language, theme=theme, csp=False)
    await expect(window.at("#playbooks .row").first).to_be_visible()
    found = await violations(window)
    house.do(
        "ad.caco",
        type="open_playbook",
        room="AD",
        run=secrets.token_hex(16),
        playbook="radio",
        version="2026.1",
        since=int((time.time() - 240) * 1000),
    )
    await window.at("#playbooks .row", has_text={"nl": "0 van 11", "en": "0 of 11"}[language]).click()
    await expect(window.at("#step-extent")).to_be_visible()
    found += await violations(window)
    (run,) = [r for r in runs(house, "ad.caco", "AD") if not r["closed"]]
    house.do("ad.caco", type="close_playbook", room="AD", run=run["run"], note="x")
    assert not found, "\n".join(found)
