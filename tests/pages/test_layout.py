"""What fits on a screen: nothing clipped, nothing under the strip, targets large enough."""

from __future__ import annotations

import random
import re
import secrets
from typing import Any

import pytest
from playwright.async_api import expect

from .conftest import SCREEN, Enter
from .house import AMERSFOORT, House
from .shots import shot

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]
TARGET = 24
ROW = 31
TITLE = 31

SPEAK = """async (to) => {
  const app = document.querySelector('script[type=module]').src;
  await (await import(app.replace('app.js', 'words.js'))).speak(to);
}"""

TOO_SMALL = """(least) => [...document.querySelectorAll('button, input, select, textarea, a')]
  .filter((e) => e.checkVisibility() && !e.closest('.sr'))
  .map((e) => [e, (e.closest('label') ?? e).getBoundingClientRect()])
  .filter(([, r]) => r.height < least || r.width < least)
  .map(([e, r]) => `${r.width} x ${r.height}: ${e.outerHTML.slice(0, 120)}`)"""

OUTSIDE = """() => [...document.querySelectorAll('.work .pane, .write, .strip, .keys')]
  .map((e) => [e, e.getBoundingClientRect(), (e.closest('.work') ?? document.body).getBoundingClientRect()])
  .filter(([, r, limit]) => r.bottom > limit.bottom + 1 || r.right > limit.right + 1)
  .map(([e]) => e.className)"""

CLIPPED = """() => [...document.querySelectorAll(`button, h2, h3, .chip, .top, .keys, .band, .row.unit .box,
    .row.unit strong, .row.call .right, .row.incident .right`)]
  .filter((e) => e.checkVisibility() && !e.classList.contains('cut') && e.scrollWidth > e.clientWidth + 1)
  .map((e) => `${e.className || e.tagName}: ${e.textContent.trim()}`)"""


CUT = """() => [...document.querySelectorAll('.preview, .slot .grow, .row.emergency .status')]
  .filter((e) => e.scrollHeight > e.clientHeight + 1 || e.scrollWidth > e.clientWidth + 1)
  .map((e) => e.textContent.trim())"""
"""What will be carried out, what is wrong and who asks for help, where it is not there to the last word."""
TITLES = "() => [...new Set([...document.querySelectorAll('.work h2.title')].map((e) => e.offsetHeight))]"


@pytest.mark.parametrize("size", [SCREEN, {"width": 1280, "height": 720}], ids=["1920", "1280"])
async def test_an_operator_s_screen_holds_everything(enter: Enter, house: House, size: dict[str, int]) -> None:
    text = f"Indelingsweg {size['width']}"
    ref = house.incident(
        "on.brand", "ON", "BA", text, priority=1, class_text="Woningbrand", location={**AMERSFOORT, "text": text}
    )
    unit = house.free("on.brand", "B", 4)
    house.do("on.brand", type="assign_unit", unit=unit["ref"], assignment=ref.split("/")[1], incident=ref)
    window = await enter("on.brand")
    await window.page.set_viewport_size(size)  # type: ignore[arg-type]
    await window.in_hand(text)
    await window.press("F6", "v")
    await expect(window.at("#proposal")).to_be_visible()

    async def measured(script: str, given: Any = None) -> Any:
        return await window.page.evaluate(script, given)

    assert await measured(TOO_SMALL, TARGET) == []
    assert await measured(OUTSIDE) == []
    assert await measured(CLIPPED) == []
    assert await measured(TITLES) == [TITLE]
    assert await window.at(".log").evaluate("e => e.clientHeight") >= 90
    heights = "() => [...new Set([...document.querySelectorAll('#units .row')].map((r) => r.offsetHeight))]"
    assert await measured(heights) == [ROW]
    assert await window.at("#units").evaluate("e => e.clientHeight") >= ROW * (26 if size == SCREEN else 14)


async def test_the_top_line_says_how_long_the_shift_still_lasts(enter: Enter) -> None:
    window = await enter("on.brand")
    await window.sees(".top .shift", re.compile(r"^dienst nog \d+:[0-5]\d$"))
    await expect(window.at(".top .shift")).to_have_attribute("title", re.compile("^tot (07|19):00$"))
    found = await window.page.evaluate(
        """async () => {
          const { leftOf, shiftEnds } = await import('/static/js/shift.js');
          const left = (changes, at) => leftOf(shiftEnds(changes, Date.parse(at)) - Date.parse(at));
          const twelve = ['07:00', '19:00'];
          return [
            left(twelve, '2026-11-27T03:00:30+01:00'), left(twelve, '2026-11-27T19:00:00+01:00'),
            left(twelve, '2026-10-24T23:00:00+02:00'), left(twelve, '2027-03-27T23:00:00+01:00'),
            left(['06:45'], '2026-11-27T06:45:00+01:00'), shiftEnds([], 0),
          ];
        }"""
    )
    # The night on which the clock goes back lasts an hour longer, the one on which it goes on an hour less.
    assert found == ["4:00", "12:00", "9:00", "7:00", "24:00", None]


LONG = "Veiligheid en openbare orde / Beveiliging luchtvaart / Startverbod vliegtuig"
LEAST = {"width": 1280, "height": 720}
UNDER = """() => {
  const clock = document.querySelector('.clock').getBoundingClientRect();
  return [...document.querySelectorAll('.top > :not(.clock)')].filter((e) => e.checkVisibility()).filter((e) => {
    const at = e.getBoundingClientRect();
    return at.right > clock.left && at.left < clock.right && at.bottom > clock.top && at.top < clock.bottom;
  }).map((e) => e.textContent.trim());
}"""
"""What of the top line lies under its clock."""
NOT_WHOLE = """() => [...document.querySelectorAll('#what, .row.incident strong, .row.unit .cut, #send-picked, .shift')]
  .filter((e) => e.checkVisibility())
  .filter((e) => e.scrollWidth > e.clientWidth || e.scrollHeight > e.clientHeight + 4)
  .map((e) => `${e.className || e.tagName}: ${e.value ?? e.textContent.trim()}`)"""


async def test_nothing_is_hidden_on_the_least_screen_and_nothing_moves_on_the_usual(enter: Enter, house: House) -> None:
    caco = await enter("md.caco", "/w/caco")
    await expect(caco.at(".top a", has_text="Draaiboeken")).to_be_visible()
    await caco.page.set_viewport_size(LEAST)  # type: ignore[arg-type]
    assert await caco.page.evaluate(UNDER) == []
    assert await caco.page.evaluate(CLIPPED) == []
    await caco.page.set_viewport_size(SCREEN)
    assert await caco.at(".top").evaluate("e => [e.offsetHeight, getComputedStyle(e).fontSize]") == [34, "16px"]

    house.incident("md.brand", "MD", "B", "Startbaan 1", class_text=LONG)
    unit = house.free("md.brand", "B", 9)
    ref = house.incident("md.brand", "MD", "B", "Landingsbaan 2", priority=1)
    house.do("md.brand", type="assign_unit", unit=unit["ref"], assignment=secrets.token_hex(16), incident=ref)
    window = await enter("md.brand")
    await window.press("F2")
    await window.at("#what").fill(LONG)
    await window.press("Enter")
    await expect(window.at("#what")).to_have_value(LONG)
    rows = """() => ['#incidents .row', '#units .row'].map((all) =>
      Math.max(...[...document.querySelectorAll(all)].map((row) => row.offsetHeight)))"""
    for size in (SCREEN, LEAST):
        await window.page.set_viewport_size(size)  # type: ignore[arg-type]
        assert await window.page.evaluate(NOT_WHOLE) == []
        assert await window.page.evaluate(rows) == [53, ROW]
    # Whom one is about to send stands there whole as well.
    await window.in_hand("Landingsbaan 2")
    await window.press("F7", "Home", "Space", "ArrowDown", "Space")
    await expect(window.at("#send-picked")).to_contain_text("→ #")
    assert await window.page.evaluate(NOT_WHOLE) == []
    assert await window.page.evaluate(TITLES) == [TITLE]


async def test_an_old_position_is_said_in_the_list(enter: Enter, house: House) -> None:
    unit = house.free("md.brand", "B", 6)
    window = await enter("md.brand")
    row = window.at(f"#units .row[data-unit='{unit['ref']}']")
    await expect(row).to_contain_text("–")
    now = house.picture("md.brand", "MD")["now"]
    house.positions([{"unit": unit["ref"], "lat": 52.09, "lon": 5.12, "heading": 0, "at": now - 900_000}])
    await expect(row.locator(".late")).to_contain_text("15:")
    await expect(row).to_contain_class("old")


async def test_a_position_of_who_drives_is_worth_a_note_sooner(enter: Enter, house: House) -> None:
    unit = house.free("md.brand", "B", 7)
    ref = house.incident("md.brand", "MD", "B", "Ritweg 1")
    house.do("md.brand", type="assign_unit", unit=unit["ref"], assignment=secrets.token_hex(16), incident=ref)
    now = house.picture("md.brand", "MD")["now"]
    house.positions([{"unit": unit["ref"], "lat": 52.09, "lon": 5.12, "heading": 0, "at": now - 45_000}])
    window = await enter("md.brand")
    row = window.at(f"#units .row[data-unit='{unit['ref']}']")
    await expect(row.locator(".dim").last).to_contain_text("0:")
    house.report(unit, "ut")
    note = row.locator(".aging")
    await expect(note).to_contain_text("positie van meer dan een halve minuut geleden")
    await expect(note.locator("svg")).to_have_count(1)
    await expect(row).not_to_contain_class("old")
    assert await window.at("#units").evaluate("e => e.scrollWidth <= e.clientWidth")
    assert await note.evaluate("e => e.offsetHeight") <= ROW
    steps = await window.page.evaluate(
        """async () => {
          const { agingOf } = await import('/static/js/position_age.js');
          const at = (assignment, meaning) => [29, 31, 119, 121, 601].map((s) => agingOf({ assignment, meaning }, s));
          return [at({}, 'en_route'), at({}, 'on_scene'), at(null, 'available'), [agingOf({}, null)]];
        }"""
    )
    assert steps == [
        ["", "note", "note", "old", "old"],
        ["", "", "", "old", "old"],
        ["", "", "", "", "old"],
        [""],
    ]


# --- a full room ------------------------------------------------------------------------------------------------------

WORK = [
    ("Coolsingel 42, Rotterdam", "Rook uit woning", 1, "B", (250, 180)),
    ("A20 Re 31,4", "Ongeval met beknelling", 1, "PBA", (-2600, 2100)),
    ("Zwart Janstraat 88, Rotterdam", "Reanimatie", 1, "BA", (1400, 2300)),
    ("Maasboulevard 12, Rotterdam", "Persoon te water", 1, "PBA", (1900, -700)),
    ("Strevelsweg 700, Rotterdam", "Automatische brandmelding", 2, "B", (900, -4300)),
    ("Vondelingenweg 540, Hoogvliet", "Lekkage gevaarlijke stof", 2, "PB", (-9800, -3600)),
    ("Hofplein 20, Rotterdam", "Liftopsluiting", 3, "B", (100, 900)),
    ("Bergweg 141, Rotterdam", "Afhijsen patiënt", 3, "BA", (300, 2600)),
    ("Plaslaan 6, Capelle", "Dier in nood", 4, "B", (6900, 2400)),
    ("Oudedijk 210, Rotterdam", "Wateroverlast kelder", 5, "B", (3100, 1500)),
]
"""Place, what, priority, disciplines and where (metres from the middle of Rotterdam)."""
NOTES = ("Vlammen uit het dak, bewoners buiten", "Buren vangen bewoners op", "Gas nog niet afgesloten")
GOING = {1: ("ut", "tp", "tp"), 2: ("ut",), 3: ("tp", ""), 4: ("ut",)}
"""Of which work how many engines go, and how far they are."""


def around(away: tuple[float, float]) -> dict[str, float]:
    """A point in RD, so many metres east and north of the middle of Rotterdam."""
    return {"x": 92_400.0 + away[0], "y": 437_300.0 + away[1]}


def a_full_room(house: House) -> dict[str, dict[str, Any]]:
    """Rotterdam at night: ten incidents, engines at work, positions, one of them old, and who will press for help."""
    picture = house.picture("rt.brand", "RT")
    engines = [u for u in picture["units"] if u["discipline"] == "B" and u["kind"].startswith("TS") and u["free"]]
    old, emergency, *free = engines
    chance, places = random.Random(112), []
    for number, unit in enumerate(u for u in picture["units"][::3] if u not in (old, emergency)):
        away = (chance.gauss(0, 6_000), chance.gauss(0, 3_500))
        places.append({"unit": unit["ref"], **around(away), "at": picture["now"] - number * 311 % 9_000})
    places.append({"unit": old["ref"], **around((700, 400)), "at": picture["now"] - 1_300_000})
    places.append({"unit": emergency["ref"], **around((4_200, -2_100)), "at": picture["now"]})
    house.positions(places)
    going = iter(free[4:])
    for number, (place, what, priority, disciplines, away) in enumerate(WORK):
        where = {"source": "operator", "text": place, **around(away)}
        ref = house.incident("rt.brand", "RT", disciplines, place, class_text=what, priority=priority, location=where)
        for code in GOING.get(number, ()):
            unit = next(going)
            house.do("rt.brand", type="assign_unit", unit=unit["ref"], assignment=secrets.token_hex(16), incident=ref)
            if code:
                house.report(unit, code)
    return {"old": old, "emergency": emergency}


async def test_a_full_room_fits_in_two_languages_and_shows_what_matters(enter: Enter, house: House) -> None:
    units = a_full_room(house)
    window = await enter("rt.brand")
    page = window.page
    assert house.as_person("rt.politie").post("/api/seat", json={"seat": "RT-P-1"}).is_success
    taken = await page.request.post(f"{house.url}/api/seat", data={"seat": "RT-B-1"}, headers={"Origin": house.url})
    assert taken.ok
    await page.reload()
    await window.ready()

    # A caller with a place, while others are at work.
    known = {"lat": 51.9205, "lon": 4.4795, "radius": 12, "source": "aml"}
    house.ring("RT.B.intake", "0612345678", "J. Jansen", location=known, said="Rook uit het dak van de buren")
    await expect(window.at("#queue .row")).to_have_count(1)
    await window.press("F5")
    await window.sees(".head", "0612345678")
    await window.press("F4")
    await window.type("Coolsingel 40 Rotterdam")
    await expect(window.at(".hits button").first).to_contain_text("Rotterdam")
    await window.press("Enter")
    await expect(window.at("#what")).to_be_focused()
    await window.type("brand geb woning")
    await expect(window.at(".hits button").last).to_contain_text("oning")
    await window.press("Enter")
    await window.at("#priority").select_option("1")
    await window.at("#first-note").fill(NOTES[0])
    await expect(window.at("#questions-title")).to_be_visible()
    await expect(window.at(".around canvas").first).to_be_visible()
    await shot(window, "intake", size=SCREEN)
    await window.at("#first-note").press("Control+Enter")
    await expect(window.at(".head .place")).to_contain_text("Coolsingel 40")
    for note in NOTES[1:]:
        await window.at("#note").fill(note)
        await window.at("#note").press("Control+Enter")
        await window.sees(".log", note)

    # The one in hand with its proposal, an emergency button, one who waits, and a command that is being typed.
    house.ring("RT.B.intake", "0687654321", "De Vries", location={**known, "radius": 90, "source": "cell"})
    house.report(units["emergency"], "nk")
    await expect(window.at(".strip .slot.alarm", has_text=units["emergency"]["call_sign"])).to_be_visible()
    await window.press("F6", "v")
    await expect(window.at("#proposal .row").nth(2)).to_be_visible()
    await expect(window.at("#proposal")).to_be_focused()
    sent = (await window.at("#proposal .row strong").first.inner_text()).strip()
    await window.command(f"d {sent.replace('-', '')}")
    await window.sees(".preview", sent)
    for language in ("nl", "en"):
        await page.evaluate(SPEAK, language)
        for size in (SCREEN, {"width": 1600, "height": 900}):
            await page.set_viewport_size(size)  # type: ignore[arg-type]
            assert await page.evaluate(CLIPPED) == []
            assert await page.evaluate(OUTSIDE) == []
            assert await page.evaluate(CUT) == []
    await page.evaluate(SPEAK, "nl")
    await page.set_viewport_size(SCREEN)
    await shot(window, "dispatch")

    # To wait is no reason for a colour; to wait longer than the country's norm is.
    await expect(window.at("#incidents .row .late")).to_have_count(0)

    # An old position is hatched, with its age, and the proposal says that it reckons with it.
    row = window.at(f"#units .row[data-unit='{units['old']['ref']}']")
    await expect(row).to_contain_class("old")
    await window.at("#unit-filter").fill(units["old"]["call_sign"][:5])
    await expect(row.locator(".late")).to_contain_text(re.compile(r"^2\d:"))
    await shot(window, "stale")

    # The map shows where all of it is, in the colours that the page wears now.
    async with page.expect_response("**/api/areas"):
        await window.open("/w/map")
    await window.ready()
    await expect(window.at(".map-canvas canvas").first).to_be_visible()

    async def whole_region() -> None:
        await window.at(".map-canvas").focus()
        await window.press("0")

    await shot(window, "map", whole_region)

    # And the Caco what it means for the room, while another one falls away.
    house.do("zb.caco", type="declare_room_down", room="ZB", reason="stroomstoring")
    caco = await enter("rt.caco", "/w/caco")
    await expect(caco.at("#room-ZB")).to_contain_class("down")
    await caco.at("#room-ZB").click()
    await expect(caco.at("#declare-up")).to_be_visible()
    assert await caco.page.evaluate(CLIPPED) == []
    await shot(caco, "caco")
    await caco.open("/w/wallboard")
    await expect(caco.at("tr[data-room=ZB] span.alarm")).to_be_visible()
    await shot(caco, "wallboard", size=SCREEN)
    house.do("zb.caco", type="declare_room_up", room="ZB")
