"""Looking back: the same pages at an earlier moment, in a window of its own, where nothing can be done."""

from __future__ import annotations

import re
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from playwright.async_api import expect

from meldkamer.desk.history import YOUNGEST_MILLIS

from .conftest import Enter
from .house import AMERSFOORT, House
from .shots import shot
from .test_axe import AXE, violations
from .window import Window

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]
HERE = ZoneInfo("Europe/Amsterdam")
LISTS = "['#queue', '#incidents', '#units'].map((id) => document.querySelector(id).innerText)"
AGE = re.compile(r"\b\d+:\d\d(?::\d\d)?\b")


def local(at: int) -> str:
    """A moment as it stands in an address."""
    return datetime.fromtimestamp(at / 1000, HERE).strftime("%Y-%m-%dT%H:%M:%S")


def second(house: House, account: str, region: str) -> int:
    """The end of a second in which all that was done before is stored, and after which the next things happen."""
    at = int(house.picture(account, region)["now"] // 1000 * 1000 + 1000)
    house.until(at)
    return at


def until_past(house: House, account: str, at: int) -> None:
    """Ask until this moment is past."""
    house.until(at + YOUNGEST_MILLIS)
    for _ in range(600):
        answer = house.as_person(account).get(f"/api/picture?regions=NL&at={at}&why=evaluation")
        if answer.is_success:
            return
        assert answer.json()["code"] == "past.not_yet"
    raise AssertionError("that moment does not come to be past")


async def lists(window: Window) -> list[str]:
    """What the lists of the operator's screen say, without how long ago."""
    return [AGE.sub("…", text) for text in await window.page.evaluate(LISTS)]


async def test_a_minute_is_shown_as_it_was(enter: Enter, house: House) -> None:
    account, room = "zb.brand", "ZB"
    house.ring(f"{room}.B.intake", "0612300001", "Terugkijker")
    ref = house.incident(account, room, "B", "Terugkijkweg 1", class_text="Woningbrand", priority=1)
    unit = house.free(account, "B", 3)
    house.do(account, type="assign_unit", unit=unit["ref"], assignment="terug1", incident=ref)
    live = await enter(account)
    await expect(live.at("#incidents .row", has_text="Terugkijkweg 1")).to_contain_text("1 gealarmeerd")
    at = second(house, account, room)
    was = await lists(live)
    until_past(house, account, at)
    house.incident(account, room, "B", "Later 2", class_text="Containerbrand")
    house.do(account, type="write_note", incident=ref, line="na", text="pas na die minuut", audience="")
    await live.in_hand("Terugkijkweg 1")
    await live.sees(".log", "pas na die minuut")

    past = await enter(account, f"/w/operator?at={local(at)}&why=evaluation")
    await expect(past.at(".band.past")).to_contain_text("doel: evaluatie")
    await expect(past.at("#incidents .row", has_text="Terugkijkweg 1")).to_be_visible()
    assert await lists(past) == was
    assert await past.page.inner_text(".clock") == local(at)[11:]
    await past.in_hand("Terugkijkweg 1")
    await expect(past.at(".log")).to_be_visible()
    await expect(past.at(".log")).not_to_contain_text("pas na die minuut")
    assert await past.at("#incidents .row", has_text="Later 2").count() == 0
    await shot(past, "past")

    # Nothing can be done: not by the command line, not by a key, not by a hand-made request of this page.
    before = house.detail(account, ref)
    await past.command("n dit gebeurt niet")
    await past.sees(".preview", "U kijkt terug")
    await past.press("Enter", "Escape")
    await past.press("F7", "ArrowDown", "3")
    await past.sees(".preview", "U kijkt terug")
    assert not await past.at("#note").is_visible()
    kept = await past.page.evaluate("localStorage.getItem('mk.outbox')")
    assert kept in (None, "[]")
    assert house.detail(account, ref)["notes"] == before["notes"]

    # Later it was different, by the same keys: the next thing that was stored.
    stood = await past.at(".when").get_attribute("data-at") or ""
    await past.at("#past").focus()
    await past.press(".")
    await expect(past.at(f'.when:not([data-at="{stood}"])')).to_be_visible()
    await expect(past.at(".log")).not_to_contain_text("pas na die minuut")
    last = past.at(".preview", has_text="Daar is niets vastgelegd")
    for _ in range(60):  # whatever else was stored comes first, and the time stands there before its picture does
        if await past.at("#incidents .row", has_text="Later 2").count() or await last.count():
            break
        stood = await past.at(".when").get_attribute("data-at") or ""
        await past.at("#past").press(".")
        await expect(past.at(f'.when:not([data-at="{stood}"])').or_(last).first).to_be_visible()
    await expect(past.at("#incidents .row", has_text="Later 2")).to_be_visible()


async def test_time_moves_by_keys_plays_and_comes_back_to_now(enter: Enter, house: House) -> None:
    account, room = "nh.brand", "NH"
    ref = house.incident(account, room, "B", "Speelweg 3", class_text="Woningbrand")
    start = second(house, account, room)
    unit = house.free(account, "B", 4)
    house.do(account, type="assign_unit", unit=unit["ref"], assignment="speel1", incident=ref)
    house.report(unit, "ut")
    end = second(house, account, room)
    until_past(house, account, end)

    past = await enter(account, f"/w/operator?at={local(start)}&why=complaint")
    row = past.at("#incidents .row", has_text="Speelweg 3")
    await expect(past.at("#past")).to_be_focused()
    await past.press("ArrowLeft")
    await expect(past.at(".clock")).to_have_text(local(start - 60_000)[11:])
    await expect(row).to_have_count(0)
    assert f"at={local(start - 60_000)}" in past.page.url
    await past.press("PageUp", "PageDown", "ArrowRight")
    await expect(past.at(".clock")).to_have_text(local(start)[11:])
    await expect(row).to_contain_text("wacht")

    # From a minute before, so that now is not reached while the keys are still being pressed.
    await past.press("ArrowLeft", "Space")
    await past.sees(".band.past [role=status]", "speelt 1×")
    await past.press("+", "+")
    await past.sees(".band.past [role=status]", "speelt 16×")
    # At the edge of now it stands still by itself, and the unit drives.
    await past.sees(".band.past [role=status]", "staat stil")
    await expect(row).to_contain_text("1 onderweg")

    # Another screen shows the same moment; a reload too.
    await past.at("nav a", has_text="Caco").click()
    await expect(past.at(".band.past")).to_be_visible()
    await expect(past.at("#rooms .room").first).to_be_visible()
    await past.page.reload()
    await expect(past.at(".band.past")).to_be_visible()
    await past.at("#past").focus()
    await past.press("Escape")
    await expect(past.at(".band.past")).to_have_count(0)
    await past.ready()


async def test_the_command_opens_a_window_of_its_own(enter: Enter, house: House) -> None:
    live = await enter("lb.brand")
    await live.press("Control+h")
    await expect(live.at("#command")).to_have_value("h ")
    await live.type("-1")
    await live.sees(".preview", "Zeg waarvoor: inzet")
    await live.type(" kl")
    await live.sees(".preview", "doel: klacht")
    await live.type(" RT")
    await live.sees(".preview", "in RT")
    async with live.page.context.expect_page() as opened:
        await live.press("Enter")
    past = Window(await opened.value, house.url)
    await expect(past.at(".band.past")).to_contain_text("RT · alleen lezen · doel: klacht")
    await expect(past.at(".top strong").first).to_contain_text("Rotterdam")
    assert await live.at(".band.past").count() == 0
    await past.command("h 99:99")
    await past.sees(".preview", "Zeg wanneer")
    await past.command("h nu")
    await past.press("Enter")
    await expect(past.at(".band.past")).to_have_count(0)
    assert past.complaints == []


@pytest.fixture(scope="module")
def readable(house: House) -> str:
    """A moment with an incident in Oost-Brabant, as it stands in an address."""
    house.incident("ob.brand", "OB", "B", "Leesbaar", priority=1, class_text="Woningbrand", location={**AMERSFOORT})
    at = second(house, "ob.brand", "OB")
    until_past(house, "ob.brand", at)
    return f"at={local(at)}&why=training"


@pytest.mark.skipif(not AXE.exists(), reason="axe-core is not installed: run ./dev vendor")
@pytest.mark.parametrize(("language", "theme"), [("nl", "night"), ("en", "day")])
async def test_a_window_that_looks_back_has_no_violation(
    enter: Enter, readable: str, language: str, theme: str
) -> None:
    account, address = "ob.brand", readable
    window = await enter(account, f"/w/operator?{address}", language=language, theme=theme, csp=False)
    await window.at("#incidents .row").first.click()
    await expect(window.at(".log")).to_be_visible()
    found = {"operator": await violations(window)}
    for screen in ("caco", "map"):
        await window.open(f"/w/{screen}?{address}")
        await window.ready()
        found[screen] = await violations(window)
    said = [f"{screen} {what}" for screen, lines in found.items() for what in lines]
    assert not said, "\n".join(said)
