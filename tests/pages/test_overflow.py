"""A peak, and where calls go then: declared by key or by command, seen everywhere, told to whoever gets the call."""

from __future__ import annotations

import contextlib
import secrets
from collections.abc import Iterator

import pytest
from playwright.async_api import expect

from .conftest import Enter
from .house import House
from .shots import shot
from .test_axe import AXE, violations
from .window import Window

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]
HOME, NEIGHBOUR = "ZB", "RT"
"""Calls here are for the police: other tests leave calls for the fire service, which would ring at these seats."""


@contextlib.contextmanager
def seated(house: House, *accounts: str) -> Iterator[None]:
    """These people sit at a seat of their room, which the distribution may choose."""
    for account in accounts:
        taken = house.as_person(account).post("/api/seat", json={"seat": f"{account[:2].upper()}-O"})
        assert taken.is_success, taken.text
    try:
        yield
    finally:
        for account in accounts:
            assert house.as_person(account).post("/api/seat/leave").is_success


def room(house: House, account: str, code: str) -> dict[str, object]:
    found = house.picture(account, house.people[account])["rooms"]
    return dict(next(r for r in found if r["room"] == code))


async def to_peak(caco: Window, target: str) -> None:
    """By keys alone: to the rooms, and from there to the peak of one's own."""
    await caco.press("F10")
    await expect(caco.at("#rooms .room").first).to_be_focused()
    await caco.press("p")
    await expect(caco.at(target)).to_be_focused()


async def test_a_peak_sends_a_call_on_to_whoever_is_free_and_says_why(enter: Enter, house: House) -> None:
    home, neighbour = f"{HOME.lower()}.politie", f"{NEIGHBOUR.lower()}.politie"
    with seated(house, home, neighbour):
        caco = await enter(f"{HOME.lower()}.caco", "/w/caco")
        far = await enter("nn.caco", "/w/caco")
        desk = await enter(neighbour)
        first = house.ring(f"{HOME}.P.intake", "0612340001", "Eerste Beller")
        house.do(home, type="answer_call", call=first)
        house.ring(f"{HOME}.P.intake", "0612340002", "Tweede Beller")
        await expect(caco.at(f"#room-{HOME}")).to_contain_text("1")
        await expect(desk.at("#queue .row", has_text=f"{HOME}.P.intake")).to_have_count(0)

        await to_peak(caco, "#peak-reason")
        await caco.press("Enter")
        await caco.sees(".preview", "Geef eerst de reden")
        await caco.type("zeer zware storm")
        await caco.press("Enter")
        for window in (caco, far):
            await expect(window.at(f"#room-{HOME}")).to_contain_text("piek")
            await expect(window.at(f"#room-{HOME}")).to_contain_text("zeer zware storm")
            await expect(window.at(f"#room-{HOME}")).to_contain_text("elders: piek")
        await expect(far.at(".strip")).to_contain_text(f"Piek in {HOME}: zeer zware storm")

        # It rings at a desk that does not follow that region, and says from where it comes and why.
        row = desk.at("#queue .row.foreign", has_text=f"{HOME}.P.intake")
        await expect(row).to_contain_text(f"overloop uit {HOME}: daar is een piek gemeld")
        await desk.press("F5")
        await desk.sees(".head", "0612340002")
        await desk.sees(".head .chip.foreign", f"overloop uit {HOME}")
        await desk.press("F4")
        await desk.type("Overloopkade 1")
        await desk.press("Control+Enter")
        await expect(desk.at(".head .place")).to_have_text("Overloopkade 1")
        await shot(caco, "peak")

        await to_peak(caco, "#end-peak")
        await caco.press("Enter")
        await expect(far.at(f"#room-{HOME}")).not_to_contain_text("zeer zware storm")
        assert room(house, "nn.caco", HOME)["peak"] is None
        for call in house.picture(home, HOME)["calls"]:
            if call["state"] == "answered" and call["answered_by"] in (home, neighbour):
                house.do(call["answered_by"], type="end_call", call=call["ref"])


@pytest.mark.parametrize(
    ("account", "language", "on", "off"),
    [
        ("lb.caco", "nl", "piek hoog water", "piekaf"),
        ("ob.caco", "en", "peak high water", "peakoff"),
    ],
)
async def test_a_peak_by_command_line(
    enter: Enter, house: House, account: str, language: str, on: str, off: str
) -> None:
    caco = await enter(account, "/w/caco", language=language)
    code, reason = account[:2].upper(), on.partition(" ")[2]
    await caco.command(on.partition(" ")[0])
    await expect(caco.at(".preview")).to_have_class("preview wrong")
    await caco.command(on)
    await caco.sees(".preview", reason)
    await caco.press("Enter")
    await expect(caco.at("#end-peak")).to_be_visible()
    await expect(caco.at(f"#room-{code}")).to_contain_text(reason)
    peak = room(house, account, code)["peak"]
    assert isinstance(peak, dict) and (peak["by"], peak["reason"]) == (account, reason)
    await caco.command(off)
    await caco.press("Enter")
    await expect(caco.at("#peak-reason")).to_be_visible()
    assert room(house, account, code)["peak"] is None


async def test_a_caller_who_hung_up_is_called_back_by_one_person(enter: Enter, house: House) -> None:
    id = secrets.token_hex(16)
    ref = house.ring("OB.P.intake", "0612340009", "Hing Op", call_id=id)
    event = {"event_id": secrets.token_hex(16), "call_id": id, "kind": "abandoned"}
    house.gateway("telephony", "/api/telephony/events", event)
    window, other = await enter("ob.politie"), await enter("ob.caco")
    await window.at("#queue").focus()
    await expect(window.at("#queue .row")).to_contain_text("terugbellen")
    await window.press("Home")
    await expect(window.at("#take-back")).to_be_visible()
    assert "0612340009" not in await window.page.inner_text("body"), "read by whoever takes it, and by nobody before"
    await window.press("Enter")
    await window.sees(".head", "0612340009")
    house.do("ob.politie", type="call_back", call=ref, result="no_answer")
    await window.sees("#queue .row", "1 keer geprobeerd: niet opgenomen")
    await window.at("#queue").focus()
    await window.press("Enter")
    await window.sees("#queue .row", "ob.politie belt terug")
    await window.at("#back-reached").focus()
    await window.press("Enter")
    await expect(window.at("#queue .row")).to_have_count(0)
    await window.sees("section[aria-labelledby=call-title]", "Teruggebeld door ob.politie: bereikt")
    row = next(c for c in house.picture("ob.politie", "OB")["calls"] if c["ref"] == ref)
    assert (row["call_back"], row["call_back_by"], row["call_back_result"]) == ("done", "ob.politie", "reached")
    assert row["call_backs"] == 2
    await other.page.close()


async def test_a_call_that_nobody_owns_is_an_alarm_at_the_desk_that_gets_it(enter: Enter, house: House) -> None:
    with seated(house, "nh.politie"):
        window = await enter("nh.politie")
        ref = house.ring("NH.P.intake", "0612340030", "Niemands Beller")
        await expect(window.at("#queue .row.call")).to_be_visible()
        await window.press("F5")
        await window.sees(".head", "0612340030")
        house.do("nh.politie", type="transfer_call", call=ref, function="QQ.P.intake", disciplines="P")
        await window.sees("#queue .row.foreign", "niemand bedient deze functie")
        await window.sees(".strip", "Oproep voor QQ.P.intake, die niemand bedient")
        # F8 quiets the alarm, once more shows the call; F5 takes it.
        await window.press("F8")
        await window.sees(".preview", "Gekwiteerd: Oproep voor QQ.P.intake")
        await window.press("F8")
        await window.sees("section[aria-labelledby=call-title]", "QQ.P.intake")
        await window.press("F5")
        await window.sees("#queue .row", "in gesprek")
        house.do("nh.politie", type="end_call", call=ref)


@pytest.mark.skipif(not AXE.exists(), reason="axe-core is not installed: run ./dev vendor")
@pytest.mark.parametrize(("language", "theme", "code"), [("nl", "night", "MD"), ("en", "day", "NH")])
async def test_a_peak_and_a_call_back_have_no_violation(
    enter: Enter, house: House, language: str, theme: str, code: str
) -> None:
    person, caco = f"{code.lower()}.ambu", f"{code.lower()}.caco"
    id = secrets.token_hex(16)
    house.ring(f"{code}.A.intake", "0612340020", "Hing Op", call_id=id)
    event = {"event_id": secrets.token_hex(16), "call_id": id, "kind": "abandoned"}
    house.gateway("telephony", "/api/telephony/events", event)
    house.do(caco, type="declare_peak", room=code, reason="axe")
    window = await enter(person, language=language, theme=theme, csp=False)
    await window.at("#queue").focus()
    await window.press("Home", "Enter")
    await expect(window.at("#back-reached")).to_be_visible()
    found = await violations(window)
    screen = await enter(caco, "/w/caco", language=language, theme=theme, csp=False)
    await expect(screen.at("#end-peak")).to_be_visible()
    assert found + await violations(screen) == []
    house.do(caco, type="end_peak", room=code)
