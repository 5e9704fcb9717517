"""Alarms stay few: set aside with an end and a name, joined by cause in a flood, sounding only when there is news."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, expect

from .conftest import Enter
from .house import House
from .shots import shot
from .test_axe import AXE, violations

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

RULES = """async ([steps]) => {
  const { joined, sounds, unshelved, causeOf, arrivals, MOST } = await import('/static/js/alarm_rules.js');
  const sounded = new Map();
  let known = new Set(), came = [], heard = [], lines = [];
  for (const { at, alarms, shelved } of steps) {
    const shown = unshelved(alarms, shelved ?? [], at);
    came = arrivals(came, shown, known, at);
    const flood = came.length > MOST;
    heard.push(sounds(shown, known, sounded, flood, at));
    lines.push(flood ? joined(shown, (n, first) => `${n}x ${first.text}`) : shown);
    known = new Set(shown.map((a) => a.key));
  }
  return { heard, lines, causes: steps.at(-1).alarms.map(causeOf) };
}"""
MINUTE = 60_000


def alarm(key: str, level: str = "warn", since: int = 0) -> dict[str, Any]:
    return {"key": key, "level": level, "text": key, "since": since}


@pytest_asyncio.fixture(loop_scope="session")
async def page(browser: Browser, house: House) -> Any:
    page = await (await browser.new_context()).new_page()
    await page.goto(house.url)
    yield page
    await page.context.close()


async def run(page: Page, *steps: dict[str, Any]) -> dict[str, Any]:
    result: dict[str, Any] = await page.evaluate(RULES, [list(steps)])
    return result


async def test_a_steady_hour_sounds_at_most_once_in_ten_minutes(page: Page) -> None:
    # A caller waits a little too long every three minutes, for an hour: each is shown, few sound.
    steps = [{"at": n * 3 * MINUTE, "alarms": [alarm(f"wacht RT/{n}", since=n * 3 * MINUTE)]} for n in range(20)]
    result = await run(page, *steps)
    assert all(len(lines) == 1 for lines in result["lines"])
    sounded = [n * 3 for n, heard in enumerate(result["heard"]) if heard]
    assert sounded and all(b - a >= 10 for a, b in pairwise(sounded))


async def test_a_flood_is_joined_by_cause_and_loses_nothing(page: Page) -> None:
    calls = [alarm(f"wacht RT/{n}", since=n) for n in range(30)]
    unseen = [alarm(f"ongezien {n}", since=50 + n) for n in range(5)]
    button = alarm("noodknop RT/1", "alarm", 90)
    result = await run(
        page,
        {"at": 1_000, "alarms": calls[:1]},
        {"at": 2_000, "alarms": calls},
        {"at": 3_000, "alarms": [*calls, *unseen]},
        {"at": 4_000, "alarms": [button, *calls, *unseen]},
        {"at": 5_000, "alarms": [button, *calls, *unseen, alarm("noodknop RT/2", "alarm", 95), alarm("wacht RT/99")]},
    )
    assert [line["text"] for line in result["lines"][3]] == ["noodknop RT/1", "30x wacht RT/0", "5x ongezien 0"]
    assert [line["since"] for line in result["lines"][3]] == [90, 0, 50]
    assert {k for line in result["lines"][3] for k in line["keys"]} == {a["key"] for a in [button, *calls, *unseen]}
    # Only what is new sounds: the first call, another cause, each button; not the next of a cause that is there.
    assert result["heard"] == [["warn"], [], ["warn"], ["alarm"], ["alarm"]]


async def test_what_is_set_aside_comes_back_and_a_button_is_never_hidden(page: Page) -> None:
    alarms = [alarm("noodknop RT/1", "alarm"), alarm("wacht RT/1"), alarm("ongezien a1")]
    aside = [
        {"key": "noodknop RT/1", "cause": "emergency", "until": 10_000},
        {"key": "wacht RT/1", "cause": "waiting", "until": 10_000},
        {"key": "unseen", "cause": "unseen", "until": 20_000},
    ]
    steps = [{"at": at, "alarms": alarms, "shelved": aside} for at in (5_000, 15_000, 25_000)]
    result = await run(page, *steps)
    assert [[line["key"] for line in lines] for lines in result["lines"]] == [
        ["noodknop RT/1"],
        ["noodknop RT/1", "wacht RT/1"],
        ["noodknop RT/1", "wacht RT/1", "ongezien a1"],
    ]


async def test_an_alarm_is_set_aside_by_command_for_the_whole_room(enter: Enter, house: House) -> None:
    house.ring("OB.B.intake", "0612388888", "Stil Gezet", waited=11)
    desk, caco = await enter("ob.brand"), await enter("ob.caco", "/w/caco")
    waits = desk.at(".strip .slot", has_text="Oproep wacht")
    stuck = desk.at(".strip .slot", has_text="oproepen bij OB")
    button = desk.at(".strip .slot.alarm", has_text="NOODKNOP")
    await expect(waits).to_be_visible()
    unit = house.free("ob.brand", "B", 7)
    house.report(unit, "nk")
    await expect(button).to_be_visible()
    await desk.command("stil 45")
    await desk.sees(".preview", "1 tot 30")
    # The worst that may be set aside first; never the button.
    await desk.command("stil 15")
    await desk.sees(".preview", "Zet 15 minuten stil: Oproepen bij OB: 1")
    await desk.press("Enter")
    await expect(stuck).to_have_count(0)
    await desk.command("stil")
    await desk.sees(".preview", "Zet 10 minuten stil: Oproep wacht")
    await desk.press("Enter")
    await expect(waits).to_have_count(0)
    await expect(button).to_be_visible()
    await desk.sees(".top", "2 stil")
    await desk.command("stil 5")
    await desk.sees(".preview", "geen alarm dat stil mag")
    await expect(caco.at(".shelved .head", has_text="door ob.brand tot")).to_have_count(2)
    await shot(caco, "alarm_set_aside")
    if AXE.exists():
        assert await violations(await enter("ob.caco", "/w/caco", theme="day", csp=False)) == []
    await caco.at(".shelved .head", has_text="Oproep wacht").locator("button").focus()
    await caco.press("Enter")
    await expect(waits).to_be_visible()
    house.do("ob.brand", type="report_status", unit=unit["ref"], code="1", source="room", manual=True)


LISTEN = """const made = AudioContext.prototype.createOscillator; window.heard = [];
AudioContext.prototype.createOscillator = function () { const o = made.call(this); const start = o.start;
  o.start = function (at) { window.heard.push(o.frequency.value); return start.call(this, at); }; return o; };"""


async def test_one_window_of_a_workplace_makes_the_sound(enter: Enter, house: House) -> None:
    first = await enter("lb.brand", csp=False)
    context = first.page.context
    await context.add_init_script(LISTEN)
    await first.page.reload()
    await first.ready()
    await first.press("F7")
    await first.sees(".top", "geluid aan")
    second = await context.new_page()
    await second.goto(f"{house.url}/w/map")
    await expect(second.locator(".frame")).to_be_visible()
    await second.keyboard.press("F7")
    await expect(second.locator(".top")).to_contain_text("geluid aan")
    unit = house.free("lb.brand", "B", 8)
    house.report(unit, "nk")
    heard = "window.heard.filter((f) => f === 1175).length"
    await first.page.wait_for_function(heard)
    # Not acknowledged, it sounds again.
    await first.page.wait_for_function(f"{heard} > 1", timeout=20_000)
    assert await second.evaluate(heard) == 0
    await first.press("F8")
    house.do("lb.brand", type="report_status", unit=unit["ref"], code="1", source="room", manual=True)
    # When that window is closed, the other one has it.
    await first.page.close()
    other = house.free("lb.brand", "B", 9)
    house.report(other, "nk")
    await second.wait_for_function(heard, timeout=20_000)
    house.do("lb.brand", type="report_status", unit=other["ref"], code="1", source="room", manual=True)


FLOODED = [
    ("Marktstraat 8, Enschede", "Brand in een woning", 1),
    ("A1 Re 104,2", "Ongeval met beknelling", 1),
    ("Parklaan 31, Zwolle", "Wateroverlast", 4),
]


async def test_a_flood_says_so_and_joins_by_cause(enter: Enter, house: House) -> None:
    for place, what, priority in FLOODED:
        house.incident("on.brand", "ON", "B", place, class_text=what, priority=priority)
    desk = await enter("on.brand")
    await desk.in_hand(FLOODED[0][0])
    calls = [house.ring("ON.B.intake", f"06123777{n:02}", f"Vloed {n}", waited=11) for n in range(12)]
    await expect(desk.at(".band.flood")).to_contain_text("ALARMVLOED")
    joined = desk.at(".strip .slot", has_text="× Oproep wacht")
    await expect(joined).to_have_count(1)
    await expect(desk.at("#queue .row")).to_have_count(12)
    await shot(desk, "flood")
    # Acknowledging the line acknowledges all of it.
    await joined.click()
    await expect(desk.at(".strip .slot.fresh", has_text="Oproep wacht")).to_have_count(0)
    for ref in calls:
        house.do("on.brand", type="answer_call", call=ref)
        house.do("on.brand", type="end_call", call=ref)
    await expect(joined).to_have_count(0)


async def test_how_loud_it_is_stands_for_the_workplace_and_an_emergency_button_has_a_floor(enter: Enter) -> None:
    first = await enter("zb.brand")
    context = first.page.context
    second = await context.new_page()
    await second.goto(f"{first.url}/w/map")
    await expect(second.locator("#loudness")).to_have_value("50")
    gains = "import('/static/js/sound.js').then((s) => [s.gainOf(false), s.gainOf(true)])"
    usual = await second.evaluate(gains)
    assert usual[1] > usual[0] > 0
    # By key on the command line, and by keys in the list; the other window follows.
    await first.command("geluid 10")
    await first.sees(".preview", "Geluid van deze werkplek: 10 %")
    await first.press("Enter")
    await expect(second.locator("#loudness")).to_have_value("10")
    soft = await second.evaluate(gains)
    assert 0 < soft[0] < usual[0] and soft[1] == usual[1]
    await first.at("#loudness").focus()
    await first.press("End")
    await expect(second.locator("#loudness")).to_have_value("100")
    loud = await second.evaluate(gains)
    assert loud[0] == loud[1] > usual[1]
    await first.page.reload()
    await expect(first.at("#loudness")).to_have_value("100")
    await first.command("geluid 0")
    await first.sees(".preview.wrong", "Geluid van 10 tot 100")
