"""A room that is cut off says so and works on; over what it may not decide alone, and units in doubt, people decide."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator

import pytest
import pytest_asyncio
from playwright.async_api import Browser, expect

from .conftest import SCREEN
from .house import ROTTERDAM, House, running
from .shots import shot
from .test_axe import violations
from .window import Window, open_window

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]
LOCAL = "Hier opgeslagen, nog niet gedeeld"
Sit = Callable[..., Awaitable[Window]]


@pytest.fixture(scope="module")
def cuttable(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with running(tmp_path_factory.mktemp("alone"), "alone_server.py") as house:
        yield house


@pytest_asyncio.fixture(loop_scope="session")
async def sit(browser: Browser, cuttable: House) -> AsyncIterator[Sit]:
    """Sign people in at a desk of these rooms."""
    windows: list[Window] = []

    async def sit(account: str, path: str = "/w/operator", language: str = "nl", theme: str = "night") -> Window:
        context = await browser.new_context(
            viewport=SCREEN, locale="nl-NL", timezone_id="Europe/Amsterdam", bypass_csp=True
        )
        await context.add_init_script(
            f"localStorage.getItem('mk.theme') ?? localStorage.setItem('mk.theme', '{theme}');"
            f"localStorage.getItem('mk.language') ?? localStorage.setItem('mk.language', '{language}')"
        )
        windows.append(window := await open_window(context, cuttable.url))
        await window.come_in(account, cuttable.password, path)
        return window

    yield sit
    complaints = [line for window in windows for line in window.complaints]
    for window in windows:
        await window.page.context.close()
    assert not complaints


async def test_a_room_that_is_alone_says_so_works_on_and_asks_twice(sit: Sit, cuttable: House) -> None:
    where = {**ROTTERDAM, "text": "Eilandkade 1"}
    ref = cuttable.incident(
        "rt.brand", "RT", "B", "Eilandkade 1", location=where, class_code="brwo", class_text="Woningbrand"
    )
    desk, caco = await sit("rt.brand"), await sit("rt.caco", "/w/caco", language="en", theme="day")
    await desk.in_hand("Eilandkade 1")
    await expect(desk.at(".band")).to_have_count(0)
    cuttable.tell("cut")
    await desk.sees(".band.alone", re.compile(r"Deze kamer werkt alleen sinds \d\d:\d\d"))
    await caco.sees(".band.alone", "This room works alone since")
    await expect(desk.at(".band.alone svg")).to_be_visible()

    # What is saved is said to be saved here; the band counts it.
    await desk.at("#note").focus()
    await desk.type("alleen geschreven")
    await desk.press("Control+Enter")
    await desk.sees(".preview", LOCAL)
    await desk.sees(".band.alone", re.compile(r"hier bewaard en nog niet gedeeld: [1-9]"))
    await caco.sees("#room-RT", "alone since")

    # From the proposal: the first Enter warns, another choice begins anew, the second Enter sends.
    await desk.press("F6", "v")
    await expect(desk.at("#proposal .row").first).to_be_visible()
    await expect(desk.at("#proposal")).to_be_focused()
    await desk.press("Enter")
    await desk.sees(".preview", "Kamer is alleen")
    await desk.sees("#send-proposal", "Deze kamer is alleen: nogmaals")
    assert not cuttable.picture("rt.brand", "RT")["incidents"][0]["units"]
    await desk.press("Enter")
    await desk.sees(".preview", LOCAL)
    await expect(desk.at("#working .line").first).to_be_visible()

    # From the board, with keys.
    sign = cuttable.free("rt.brand", "B", 3)["call_sign"]
    before = await desk.at("#working .line").count()
    await desk.at("#unit-filter").focus()
    await desk.type(sign)
    await expect(desk.at("#units .row")).to_have_count(1)
    await desk.press("Tab", "Home", "Space", "Enter")
    await desk.sees("section[aria-labelledby=units-title]", "Deze kamer is alleen: nogmaals")
    await desk.press("Enter")
    await expect(desk.at("#working .line")).to_have_count(before + 1)
    await expect(desk.at("#units .row.picked")).to_have_count(0)

    # From the command line.
    sign = cuttable.free("rt.brand", "B", 5)["call_sign"]
    await desk.command(f"d {sign}")
    await desk.press("Enter")
    await desk.sees(".preview.twice", "Kamer is alleen")
    await shot(desk, "alone")
    await expect(desk.at("#units .row.picked")).to_have_count(0)
    await desk.press("Escape")
    await desk.sees(".preview", "Enter")
    await desk.press("Enter", "Enter")
    await expect(desk.at("#working .line")).to_have_count(before + 2)

    # Closing becomes a conflict, of which both screens tell.
    other = cuttable.incident("rt.brand", "RT", "B", "Eilandkade 2")
    await desk.in_hand("Eilandkade 2")
    await desk.command("af oef")
    await desk.press("Enter")
    await desk.sees("#conflicts", "Sluiten Brandweer")
    await caco.sees("#conflicts", "Closing Fire")
    assert await violations(desk) + await violations(caco) == []

    cuttable.tell("heal")
    for window in (desk, caco):
        await expect(window.at(".band.alone")).to_have_count(0, timeout=30_000)
    await caco.sees("#room-RT", re.compile(r"was alone \d\d:\d\d–\d\d:\d\d: brought \d+ events"))
    notes = [note["text"] for note in cuttable.detail("rt.brand", ref)["notes"]]
    assert notes == ["alleen geschreven"]

    # It is decided with keys, with a reason; then both say by whom.
    await desk.command("bes")
    await desk.press("Enter")
    await expect(desk.at("#conflicts")).to_be_focused()
    await desk.press("3", "Escape")
    await expect(desk.at("#conflict-why")).to_have_count(0)
    await expect(desk.at("#conflicts")).to_be_focused()
    await desk.press("1")
    await expect(desk.at("#conflict-why")).to_be_focused()
    await desk.press("Enter")
    await desk.sees(".preview", "Geef eerst de reden")
    await desk.type("er is nog rook")
    await shot(desk, "conflict")
    # Left and come back to it is from before: a key says that it still holds, and only the next one decides.
    await desk.press("Escape")
    await expect(desk.at("#conflicts")).to_be_focused()
    await desk.press("1")
    await desk.sees("#conflict-why-old", "geldt die nog?")
    await desk.press("Enter")
    await expect(desk.at("#conflict-why-old")).to_have_count(0)
    await expect(desk.at(".decided")).to_have_count(0)
    await desk.press("Enter")
    await desk.sees(".decided", re.compile(r"Blijft: open.*besloten door rt.brand om .*er is nog rook", re.S))
    await expect(caco.at("#conflicts")).to_have_count(0)
    [decided] = cuttable.detail("rt.brand", other)["conflicts"]
    assert (decided["choice"], decided["by"], decided["reason"]) == ("kept", "rt.brand", "er is nog rook")
    assert decided["other_by"]["by"] == "rt.brand" and decided["other_by"]["room"] == "RT"


async def test_a_conflict_is_decided_by_a_command_in_english(sit: Sit, cuttable: House) -> None:
    ref = cuttable.incident("rt.brand", "RT", "B", "Eilandkade 3")
    desk = await sit("rt.brand", language="en")
    cuttable.tell("cut")
    await desk.sees(".band.alone", "This room works alone since")
    await desk.in_hand("Eilandkade 3")
    await desk.command("cl oef")
    await desk.press("Enter")
    await desk.sees("#conflicts", "Closing Fire")
    cuttable.tell("heal")
    await expect(desk.at(".band.alone")).to_have_count(0, timeout=60_000)
    await desk.command("dec other")
    await desk.sees(".preview.wrong", "and the reason")
    await desk.command("dec oth all done")
    await desk.sees(".preview", "it becomes B oef, reason: all done")
    await desk.press("Enter")
    await desk.sees(".decided", re.compile(r"Other: closed, code oef.*decided by rt.brand at .*all done", re.S))
    assert cuttable.detail("rt.brand", ref)["incident"]["closed"]


async def test_a_unit_that_a_lost_room_may_be_using_asks_a_reason(sit: Sit, cuttable: House) -> None:
    cuttable.do("dh.caco", type="declare_room_down", room="RT", reason="brand in de zaal")
    where = {**ROTTERDAM, "text": "Twijfelkade 1"}
    desk = await sit("dh.brand")
    await desk.sees(".band.foreign", "u bedient ook RT")
    cuttable.incident(
        "dh.brand", "RT", "B", "Twijfelkade 1", location=where, class_code="brwo", class_text="Woningbrand"
    )
    units = [u for u in cuttable.picture("dh.brand", "RT")["units"] if u["discipline"] == "B" and u["free"]]
    assert {u["maybe_used_by"] for u in units} == {"RT"}
    first, second = units[0], units[1]

    # The board marks it, and asks why; the command line asks before Enter.
    await desk.in_hand("Twijfelkade 1")
    await desk.at("#unit-filter").focus()
    await desk.type(first["call_sign"])
    await expect(desk.at("#units .row")).to_have_count(1)
    await desk.sees("#units .row .chip.doubt", "bij RT?")
    await desk.at("#units").focus()
    await desk.press("Home", "Space")
    await desk.sees("#units .row .chip.warn", "bij RT?")
    await desk.press("Enter")
    await desk.sees(".preview", "mogelijk in gebruik bij RT")
    await expect(desk.at("#units-why")).to_be_focused()
    assert await violations(desk) == []
    await desk.type("geen ander vrij")
    await shot(desk, "maybe_in_use")
    await desk.press("Enter")
    await desk.sees("#working", first["call_sign"])
    await expect(desk.at("#working .chip.warn")).to_contain_text("bij RT?")
    await desk.command(f"d {second['call_sign']}")
    await desk.sees(".preview.wrong", "zet de reden achter een dubbele punt")
    await desk.type(": ook nodig")
    await desk.sees(".preview", "reden: ook nodig")
    await desk.press("Enter")
    await desk.sees("#working", second["call_sign"])

    # The proposal marks each, and one reason goes with all.
    where["text"] = "Twijfelkade 2"
    other = cuttable.incident(
        "dh.brand", "RT", "B", "Twijfelkade 2", location=where, class_code="brwo", class_text="Woningbrand"
    )
    await desk.in_hand("Twijfelkade 2")
    await desk.press("F6", "v")
    await desk.sees("#proposal", "bij RT?")
    await expect(desk.at("#proposal")).to_be_focused()
    await desk.press("Enter")
    await expect(desk.at("#proposal-why")).to_be_focused()
    await desk.type("volgens voorstel")
    await desk.press("Enter")
    await desk.sees(".preview", "Opgeslagen")
    assert cuttable.detail("dh.brand", other)["incident"]["units"]

    # Its own report ends the doubt, in the row on the screen as well.
    await desk.in_hand("Twijfelkade 1")
    cuttable.report(first, "tp")
    await expect(desk.at("#working .line", has_text=first["call_sign"]).locator(".chip.warn")).to_have_count(0)
