"""What nobody should type, call himself or answer, in front of an operator: defined, shown, and nothing lost."""

from __future__ import annotations

import asyncio
import re
import time
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from playwright.async_api import Browser, Route, expect

from bench._room import ShownClock, ShownRoom, shown

from .conftest import SCREEN, Enter
from .house import ROTTERDAM, House
from .line import line_to
from .shots import shot
from .test_words import WORDS
from .window import Window, open_window

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

HOSTILE = """<img src=x onerror="window.hurt=1"><script>window.hurt=1</script></textarea>${window.hurt=1}{{7*7}}\
<style>*{display:none}</style>' onmouseover='window.hurt=1' javascript:alert(1) &amp; %s {number}"""
HEBREW, OVERRIDE, EMOJI = "עלי בן־דוד", "\u202eegrahc\u202d ni", "Zoë 👩‍🚒🏳️‍🌈 Ø 你好"
PASTE = "Wateroverlast in de kelder. " * 1_800


async def test_hostile_text_is_shown_as_it_was_written(enter: Enter, house: House) -> None:
    place = HOSTILE[:180]
    house.ring("AD.B.intake", "0612345001", HOSTILE[:100], location={"lat": 52.37, "lon": 4.89, "source": "cell"})
    ref = house.incident("ad.brand", "AD", "B", place, class_text=HOSTILE[:150])
    house.do("ad.brand", type="write_note", incident=ref, line="hostile", text=HOSTILE)
    house.do("ad.caco", type="say", talk="chat-AD", line="hostile", text=HOSTILE)
    window = await enter("ad.brand")
    await window.press("F5")
    await window.sees(".head", HOSTILE[:100])
    await window.at("#incidents .row", has_text=place).first.click()
    await expect(window.at(".head .place")).to_have_text(place)
    await window.sees(".log", HOSTILE)
    await window.command(f"n {HOSTILE}")
    await window.sees(".preview", HOSTILE)
    for screen, where in (("comms", "#said"), ("map", ".map-canvas"), ("operator", "#incidents .row")):
        await window.open(f"/w/{screen}")
        await window.ready()
        if screen == "comms":
            await window.at("[data-talk=chat-AD]").click()
            await window.sees(where, HOSTILE)
        await expect(window.at(where)).to_be_visible()
        assert await window.page.evaluate("window.hurt") is None
        assert await window.at("img, iframe, style, object, embed").count() == 0
        assert await window.at("script").count() == 1


AFTER = """() => {
  const box = (e) => e.getBoundingClientRect();
  const line = document.querySelector('.head .second');
  return box(line.querySelector('.mono')).left - box(line.querySelector('bdi')).right;
}"""


@pytest.mark.parametrize("name", [HEBREW, OVERRIDE, EMOJI], ids=["Hebrew", "override", "emoji"])
async def test_a_name_of_any_script_turns_nothing_round(enter: Enter, house: House, name: str) -> None:
    """A number stands after the name of whom it is, and what is written of both reads as it was typed."""
    call = house.ring("OB.B.intake", "0612345002", name)
    window = await enter("ob.brand")
    await window.press("F5")
    await window.sees(".head", name)
    await window.at("#where").fill(name)
    await window.at("#where").focus()
    await window.press("Control+Enter")
    await expect(window.at(".log")).to_be_visible()
    await window.sees(".head:has(.place)", "0612345002")
    assert await window.page.evaluate(AFTER) >= 0
    await window.at("#note").focus()
    await window.page.keyboard.insert_text(f"{name} belt terug op 0612345002")
    await window.press("Control+Enter")
    await window.sees(".log", f"{name} belt terug op 0612345002")
    ref = next(i["ref"] for i in house.picture("ob.brand", "OB")["incidents"] if i["location"]["text"] == name)
    assert house.detail("ob.brand", ref)["notes"][-1]["text"] == f"{name} belt terug op 0612345002"
    house.do("ob.brand", type="end_call", call=call)


@pytest.mark.parametrize("language", ["nl", "en"])
async def test_a_paste_of_fifty_thousand_characters_is_refused_in_words_and_kept(
    enter: Enter, house: House, language: str
) -> None:
    place = f"Plakstraat {language}"
    ref = house.incident("md.brand", "MD", "B", place)
    window = await enter("md.brand", language=language)
    await window.in_hand(place)
    await window.at("#note").focus()
    await window.page.keyboard.insert_text(PASTE)
    await window.press("Control+Enter")
    said = WORDS[language]["outcome.too_long"].format(n=len(PASTE), most=8_000)
    await window.sees(".preview", said)
    await expect(window.at("#note")).to_have_value(PASTE)
    # The same into everything else that takes text: the window goes on, and no key is lost after it.
    for field in ("#unit-filter", "#command"):
        await window.at(field).focus()
        await window.page.keyboard.insert_text(PASTE)
        await expect(window.at(field)).to_have_value(PASTE)
        await window.press("Control+a", "Delete")
    await window.page.reload()
    await window.ready()
    await window.in_hand(place)
    await expect(window.at("#note")).to_have_value(PASTE)
    await window.at("#note").focus()
    await window.press("Control+a")
    await window.type("Kelder onder water")
    await window.press("Control+Enter")
    await window.sees(".log", "Kelder onder water")
    assert [note["text"] for note in house.detail("md.brand", ref)["notes"]] == ["Kelder onder water"]


# --- answers that come late or in another order -----------------------------------------------------------------------


class Held:
    """Answers of one path that come when the test says so, each with what the room knew when it was asked."""

    def __init__(self) -> None:
        self.waiting: list[asyncio.Future[None]] = []
        self.holding = True
        self.more = asyncio.Event()

    async def __call__(self, route: Route) -> None:
        answer = await route.fetch()
        if self.holding:
            held: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            self.waiting.append(held)
            self.more.set()
            await held
        await route.fulfill(response=answer)


async def wait_for(held: Held, count: int) -> None:
    """Until so many answers wait."""
    async with asyncio.timeout(10):
        while len(held.waiting) < count:
            held.more.clear()
            await held.more.wait()


async def test_an_answer_of_before_never_takes_the_place_of_a_later_one(enter: Enter, house: House) -> None:
    ref = house.incident("zb.brand", "ZB", "B", "Volgordeweg 1")
    house.do("zb.brand", type="write_note", incident=ref, line="one", text="eerste regel")
    window = await enter("zb.brand")
    # Without the worker that asks for all windows: what it asks cannot be held here.
    await window.page.add_init_script("delete window.SharedWorker")
    await window.page.reload()
    await window.ready()
    held = Held()
    await window.page.route("**/api/incidents/**", held)
    await window.at("#incidents .row", has_text="Volgordeweg 1").first.click()
    await wait_for(held, 1)
    house.do("zb.brand", type="write_note", incident=ref, line="two", text="tweede regel")
    await wait_for(held, 2)
    held.waiting[1].set_result(None)
    await window.sees(".log", "tweede regel")
    held.waiting[0].set_result(None)
    held.holding = False
    # Something that comes after it: by then the late answer has been taken, or left.
    house.incident("zb.brand", "ZB", "B", "Volgordeweg 2")
    await window.sees("#incidents", "Volgordeweg 2")
    await window.sees(".log", "tweede regel")


async def test_a_road_that_was_closed_stays_on_the_map_when_the_answer_of_before_comes_late(
    enter: Enter, house: House
) -> None:
    window = await enter("on.brand", "/w/map")
    await expect(window.at("#draw-closure")).to_be_visible()
    held = Held()
    await window.page.route("**/api/closures", held)
    body = {"points": [[190_500, 362_030]], "radius": 60, "until": int(time.time() * 1000) + 3_600_000, "slower": 0}
    limburg = house.as_person("lb.brand")
    assert limburg.post("/api/closures", json={**body, "id": "late-one", "text": "Eerste"}).is_success
    await wait_for(held, 1)
    assert limburg.post("/api/closures", json={**body, "id": "late-two", "text": "Tweede"}).is_success
    await wait_for(held, 2)
    held.holding = False
    held.waiting[1].set_result(None)
    await window.sees("#closures", "Tweede")
    held.waiting[0].set_result(None)
    house.incident("on.brand", "ON", "B", "Volgordeplein", location={**ROTTERDAM, "text": "Volgordeplein"})
    async with window.page.expect_request("**/api/closures"):
        assert limburg.delete("/api/closures/late-one").is_success
    await expect(window.at("#closures .chip")).to_have_count(1)
    await window.sees("#closures", "Tweede")
    assert limburg.delete("/api/closures/late-two").is_success


async def test_a_proxy_that_gathers_before_it_gives_is_seen_and_repeats_nothing(enter: Enter, house: House) -> None:
    ref = house.incident("nn.brand", "NN", "B", "Wachtstraat 7", class_text="Woningbrand", priority=1)
    async with line_to(house.url) as line:
        window = await enter("nn.brand", url=line.url)
        await window.in_hand("Wachtstraat 7")
        line.silence()
        await window.at("#note").focus()
        await window.type("een keer geschreven")
        await window.press("Control+Enter")
        house.incident("nn.brand", "NN", "B", "Ondertussenstraat 8", class_text="Wateroverlast")
        # After three seconds without a word the top line says so, with how long; nothing is thrown away for that.
        await expect(window.at(".top [data-state]")).to_have_attribute("data-state", "slow")
        await window.sees(".top [data-state]", re.compile(r"\d:\d\d"))

        async def silent() -> None:
            line.release()
            await window.ready()
            line.silence()
            await expect(window.at(".top [data-state]")).to_have_attribute("data-state", "slow")

        await shot(window, "slow", silent)
        line.release()
        await window.ready()
        await window.sees("#incidents", "Ondertussenstraat 8")
        await window.sees(".log", "een keer geschreven")
        await expect(window.at(".band")).to_have_count(0)
    assert [note["text"] for note in house.detail("nn.brand", ref)["notes"]] == ["een keer geschreven"]


# --- clocks -----------------------------------------------------------------------------------------------------------

HOUR = 3_600_000


@pytest.mark.parametrize(("ahead", "said"), [(HOUR, "1:00:00 achter"), (-HOUR, "1:00:00 voor")])
async def test_a_workplace_whose_clock_is_an_hour_off_says_so_and_shows_the_room_s_time(
    browser: Browser, ahead: int, said: str
) -> None:
    room = ShownRoom(ShownClock(ahead))
    room.units(3)
    room.open("i1", "Klokstraat 1")
    async with shown(room) as url, line_to(url) as line:
        context = await browser.new_context(viewport=SCREEN, locale="nl-NL", timezone_id="Europe/Amsterdam")
        window = await open_window(context, line.url)
        window.may_lose_link = True
        await window.open("/w/operator")
        await window.ready()
        await window.sees(".top", re.compile(f"klok werkplek {said}"))
        if ahead > 0:
            # On a common screen too the line holds all of it.
            await window.page.set_viewport_size({"width": 1600, "height": 900})
            assert await window.at(".top").evaluate("e => e.scrollWidth - e.clientWidth") <= 1
            await shot(window, "clock_off")
        await expect(window.at("#incidents .row .right.mono").last).to_have_text(re.compile(r"^0:\d\d$"))
        assert near(await window.at(".clock").inner_text(), room.clock.now())
        if ahead < 0:
            await context.close()
            return
        line.silence()
        await window.sees(".band.lost", re.compile(r"\d\d:\d\d:\d\d"))
        stated = re.search(r"\d\d:\d\d:\d\d", await window.at(".band.lost").inner_text())
        assert stated is not None and near(stated[0], room.clock.now())
        age = await window.at(".top [data-state]").inner_text()
        assert re.search(r"\b0:[0-3]\d\b", age), age
        await context.close()
    assert window.complaints == []


def near(said: str, now: int) -> bool:
    """Whether this wall time lies within a minute of the room's."""
    hours, minutes, seconds = (int(part) for part in said.split(":"))
    local = datetime.fromtimestamp(now / 1000, ZoneInfo("Europe/Amsterdam"))
    apart = abs(hours * 3600 + minutes * 60 + seconds - (local.hour * 3600 + local.minute * 60 + local.second))
    return min(apart, 86_400 - apart) < 60


# --- somebody signs in twice ------------------------------------------------------------------------------------------


async def sit_down(window: Window, house: House, account: str, seat: str) -> None:
    """Sign in at a seat, by keyboard."""
    await window.open("/w/operator")
    await expect(window.at("#account")).to_be_focused()
    for text in (account, house.password):
        await window.type(text)
        await window.press("Tab")
    await window.press("Control+a")
    await window.type(seat)
    await window.press("Enter")
    await window.ready()


async def test_a_second_sign_in_elsewhere_is_seen_at_both_and_takes_nobody_s_seat(
    browser: Browser, house: House
) -> None:
    room = house.people["beheer"]
    mine, other, seat = f"{room.lower()}.brand", f"{room.lower()}.politie", f"{room}-2"
    windows = []
    for _ in range(3):
        context = await browser.new_context(viewport=SCREEN, locale="nl-NL")
        windows.append(await open_window(context, house.url))
    first, second, third = windows
    await sit_down(first, house, mine, f"{seat}1")
    await sit_down(second, house, mine, f"{seat}2")
    await first.sees(".top", f"ook aangemeld: {seat}2")
    await second.sees(".top", f"ook aangemeld: {seat}1")
    await sit_down(third, house, other, f"{seat}1")
    await third.sees(".preview", WORDS["nl"]["sign_in.no_seat"].format(seat=f"{seat}1"))
    await expect(third.at(".top")).not_to_contain_text(f"{seat}1")

    # Both of the first person's windows work; when one is ended from elsewhere, what was typed there stays.
    house.incident(mine, room, "B", "Dubbelstraat 2")
    await second.in_hand("Dubbelstraat 2")
    await second.at("#note").focus()
    await second.type("half geschreven")
    beheer = house.as_person("beheer")
    (open_one,) = [s for s in beheer.get("/api/admin/sessions").json() if s["seat"] == f"{seat}2"]
    ended = beheer.post(f"/api/admin/sessions/{open_one['id']}/end", json={"reason": "vergeten af te melden"})
    assert ended.is_success
    await expect(second.at("#account")).to_be_visible()
    await expect(second.at(".row")).to_have_count(0)
    await first.ready()
    await sit_down(second, house, mine, f"{seat}3")
    await second.in_hand("Dubbelstraat 2")
    await expect(second.at("#note")).to_have_value("half geschreven")
    for window in windows:
        assert window.complaints == []
        await window.page.context.close()


# --- five thousand open incidents -------------------------------------------------------------------------------------

OPEN = 5_000


async def test_five_thousand_open_incidents_are_all_within_reach_of_the_keys(browser: Browser) -> None:
    room = ShownRoom()
    room.units(600)
    for n in range(OPEN):
        room.open(f"i{n}", f"Vloedstraat {n}", priority=1 + n * 5 // OPEN)
    async with shown(room) as url:
        context = await browser.new_context(viewport=SCREEN, locale="nl-NL")
        window = await open_window(context, url)
        await window.open("/w/operator")
        await window.ready()
        await window.sees("#incidents-title", str(OPEN))
        await window.sees("#units-title", "/600")
        await window.at("#incidents").focus()
        await window.press("End")
        last = window.at("#incidents .row", has_text=f"Vloedstraat {OPEN - 1}")
        await expect(last).to_be_in_viewport()
        await expect(last).to_have_attribute("aria-posinset", str(OPEN))
        await expect(last).to_have_attribute("aria-setsize", str(OPEN))
        await expect(window.at("#incidents")).to_have_attribute(
            "aria-activedescendant", str(await last.get_attribute("id"))
        )
        await window.press("ArrowUp", "PageUp")
        await expect(window.at("#incidents .row.selected")).to_contain_text(f"Vloedstraat {OPEN - 12}")
        await window.press("Home")
        await expect(window.at(".head .place")).to_have_text("Vloedstraat 0")
        await expect(window.at("#incidents .row.selected")).to_be_in_viewport()
        assert await window.at(".row").count() < 300
        # Units beyond the first hundreds are there as well, and a new incident of priority 1 shows in the right place.
        await window.press("F7", "End")
        await expect(window.at("#units .row.selected")).to_have_attribute("aria-posinset", "600")
        room.open("new", "Nieuwste vloed", priority=1)
        await window.sees("#incidents-title", str(OPEN + 1))
        await window.open("/w/map")
        await window.ready()
        await expect(window.at(".map-canvas canvas").first).to_be_visible()
        assert window.complaints == []
        await context.close()
