"""A flood: the burst of a New Year's night, worked by two seats with keys alone while calls go on to the next room.

The world is the simulator's: thirty times the calls of a region for ten minutes, callers who hang up, colleagues in the
next room and at the first answer. Shown time stands still while people press keys, so nothing depends on how fast this
machine is. In the end everything that was acknowledged is looked up in the record, and every caller is accounted for.
"""

from __future__ import annotations

import asyncio
import itertools
import re
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Response, Route, expect

from meldkamer.simulate.callers import Contact

from .conftest import SCREEN
from .flood_server import MIDNIGHT, NEIGHBOUR, REGION, SEATS, SECONDS, callers
from .house import ROOT, House, running
from .test_slips import SETTLED
from .window import Window, open_window

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]
CACO, THERE = f"{REGION.lower()}.caco", f"{NEIGHBOUR.lower()}.politie"
FUNCTIONS = tuple(f"{REGION}.{d}.intake" for d in "PBA")
STOPS = range(100, SECONDS + 1, 100)
"""Seconds after midnight at which the two seats are looked at and each works a call: about as long as one takes."""
OVER = SECONDS + 480
"""By then nobody waits: who was not answered has hung up."""
ENDS = {"pocket": "broek", "silent": "stil", "misuse": "misb", "wrong_number": "verk", "not_urgent": "geen"}
URGENT = 3
"""What is less urgent than this is planned, and nobody is alerted at once."""


@pytest.fixture(scope="module")
def flood(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    if not (ROOT / "src/meldkamer/desk/static/vendor/preact.js").exists():
        pytest.skip("the browser modules are not there: run ./dev vendor")
    with running(tmp_path_factory.mktemp("flood"), "flood_server.py") as house:
        yield house


@pytest.fixture(scope="module")
def heard() -> dict[str, Contact]:
    """What callers say, by their number: whoever listens knows it, and a screen cannot."""
    until = MIDNIGHT + SECONDS * 1000
    return {c.number: c for c in itertools.takewhile(lambda c: c.at <= until, callers())}


class Seat:
    """A person with a keyboard at a seat, and what the room acknowledged to that person."""

    def __init__(self, window: Window) -> None:
        self.window = window
        self.acknowledged: list[Response] = []
        self.worked = 0
        self.line: Contact | None = None
        window.page.on("response", self._keep)

    def _keep(self, response: Response) -> None:
        if response.url.endswith("/api/commands") and response.status == 200:
            self.acknowledged.append(response)

    async def acts(self, text: str, *, twice: bool = False) -> None:
        """Type a command and have it carried out."""
        await self.window.command(text)
        await expect(self.window.at(".preview kbd")).to_be_visible()
        await self.window.press("Enter")
        if twice:
            await expect(self.window.at(".preview.twice")).to_be_visible()
            await self.window.press("Enter")
        await expect(self.window.at("#command")).to_have_value("")

    async def takes(self, heard: dict[str, Contact]) -> None:
        """The next call, by one key: then somebody speaks here."""
        w = self.window
        await w.press("F5")
        await expect(w.at("#where")).to_be_visible()
        shown = w.at("section[aria-labelledby=call-title] .head strong.mono").first
        await expect(shown).to_have_text(re.compile(r"\+3160000\d{4}"))
        self.line = heard[await shown.inner_text()]
        await expect(w.at(".head").first).to_contain_text(self.line.name)

    async def finishes(self, known: dict[str, str]) -> None:
        """Do what the caller in hand asks for, and end the call. known: occasion -> number of its incident."""
        w, contact = self.window, self.line
        if contact is None:
            return
        if contact.kind != "real":
            await self.acts(f"e {ENDS[contact.kind]}")
        elif (number := known.get(contact.occasion.id)) is not None:
            await self.acts(f"= {number}", twice=True)
            await w.sees("#incident-title", f"#{number}")
            await self.acts("e")
        else:
            await self.makes(contact, known)
            await self.acts("e")
        await expect(w.at("#queue .row", has_text="in gesprek")).to_have_count(0)
        self.line = None
        self.worked += 1

    async def makes(self, contact: Contact, known: dict[str, str]) -> None:
        """An incident of the call in hand, and the alert of what the run cards propose."""
        w, occasion = self.window, contact.occasion
        await w.press("F4", "Control+a")
        await w.type(occasion.place.name)
        await w.press("Enter")
        await expect(w.at("#what")).to_be_focused()
        await w.press("Control+a")
        await w.type(occasion.class_code)
        await w.press("Enter")
        await expect(w.at("#priority")).to_be_focused()
        await w.press("Control+Enter")
        title = w.at("#incident-title")
        await expect(title).to_contain_text(f"#{REGION}-")
        number = re.search(rf"#({REGION}-\d+)", await title.inner_text())
        assert number is not None
        known[occasion.id] = number[1]
        if occasion.priority > URGENT:
            return
        await w.press("F6", "v")
        proposed = w.at("#proposal .row[aria-selected=true] strong").first
        for _ in range(3):
            await expect(w.at("#proposal")).to_be_focused()
            sign = await proposed.inner_text()
            await w.press("Enter")
            refused = w.at(".preview.wrong", has_text=f"{sign} werkt voor")
            await expect(w.at("#working .line").or_(refused).first).to_be_visible()
            if not await refused.count():
                return
            # The other seat was first with this unit: it is refused here, and another one is proposed.
            await expect(proposed).not_to_have_text(sign)
        raise AssertionError("nobody could be alerted")


@pytest_asyncio.fixture(loop_scope="session")
async def sit(browser: Browser, flood: House) -> AsyncIterator[Any]:
    windows: list[Window] = []

    async def sit(account: str, seat: str, path: str = "/w/operator") -> Window:
        """Sign in by keys, with a seat, and begin to work."""
        context = await browser.new_context(viewport=SCREEN, locale="nl-NL", timezone_id="Europe/Amsterdam")
        windows.append(window := await open_window(context, flood.url))
        await window.open(path)
        await expect(window.at("#account")).to_be_focused()
        for text in (account, flood.password, seat):
            await window.type(text)
            await window.press("Tab")
        await window.press("Enter")
        await window.ready()
        return window

    yield sit
    complaints = [line for window in windows for line in window.complaints]
    for window in windows:
        await window.page.context.close()
    assert not complaints


def calls_of(house: House) -> dict[str, dict[str, Any]]:
    """Every call of the flood, as the lists have it."""
    found = [c for region in ("NL", REGION) for c in house.picture(CACO, region)["calls"]]
    return {c["ref"]: c for c in found if c["channel"] == "112"}


def waiting(house: House) -> list[dict[str, Any]]:
    """Calls that wait for these two seats, the longest first."""
    found = [c for c in calls_of(house).values() if c["state"] in ("queued", "offered") and c["function"] in FUNCTIONS]
    return sorted(found, key=lambda c: c["waiting_since"])


def tile(house: House) -> dict[str, Any]:
    rooms = house.picture(CACO, REGION)["rooms"]
    return dict(next(r for r in rooms if r["room"] == REGION))


async def look(seats: list[Seat], caco: Window, house: House, flooded: bool) -> None:
    """What both seats and the coordinator see of it now."""
    rows = waiting(house)
    now = tile(house)
    for seat in seats:
        await seat.window.sees("#queue-title", re.compile(rf"Oproepen {len(rows)}(?!\d)"))
        if rows:
            oldest = f"#row-{re.sub('[^0-9A-Za-z]', '-', rows[0]['ref'])}"
            await expect(seat.window.at(oldest)).to_be_in_viewport()
        if flooded:
            await seat.window.sees(".band.flood", "ALARMVLOED")
        if flooded and len(rows) > 1:
            await expect(seat.window.at(".strip .slot", has_text=re.compile(r"\d+× Oproep wacht"))).to_have_count(1)
    waits = caco.at(f"#room-{REGION} .pair", has_text="oproepen wachten").locator("strong")
    await expect(waits).to_have_text(str(now["calls_waiting"]))


async def test_a_burst_is_worked_by_two_seats_while_the_next_room_takes_what_they_cannot(
    sit: Any, flood: House, heard: dict[str, Contact]
) -> None:
    first, second = await asyncio.gather(*(sit(name, f"{REGION}-{n}") for n, name in enumerate(SEATS, 1)))
    caco, there = await asyncio.gather(sit(CACO, f"{REGION}-M-1", "/w/caco"), sit(THERE, f"{NEIGHBOUR}-P-9"))
    seats, far = [Seat(first), Seat(second)], Seat(there)
    first.may_be_refused = second.may_be_refused = True
    known: dict[str, str] = {}
    reasons: list[str] = []
    for stop in STOPS:
        await asyncio.to_thread(flood.ask, f"to {stop}")
        if stop == STOPS[1]:
            # The overflow by load opened by itself; the coordinator says that it is a peak, and why.
            await caco.sees(f"#room-{REGION}", "overloop")
            await caco.command("piek oudejaarsnacht")
            await caco.press("Enter")
            await caco.sees(f"#room-{REGION}", "oudejaarsnacht")
        await look(seats, caco, flood, flooded=stop > STOPS[1])
        # In the next room a call of this one says from where it comes, and why.
        here = there.at("#queue .row.foreign", has_text=f"{REGION}.P.intake")
        if any(c["room"] == NEIGHBOUR and "P" in c["function"] for c in waiting(flood)):
            await expect(here.first).to_contain_text(f"overloop uit {REGION}")
            reasons.append(await here.first.locator(".why").inner_text())
        # Both press F5 at the same moment: each has a call of its own.
        await asyncio.gather(*(seat.finishes(known) for seat in seats))
        if stop < STOPS[-1]:
            await asyncio.gather(*(seat.takes(heard) for seat in seats[: len(waiting(flood))]))
        if reasons and not far.worked and any(c["room"] == NEIGHBOUR and "P" in c["function"] for c in waiting(flood)):
            await there.press("F5")
            await there.sees(".head .chip.foreign", f"overloop uit {REGION}")
            await far.acts("e")
            far.worked += 1
    assert sum(seat.worked for seat in seats) == (len(STOPS) - 1) * len(seats)
    assert far.worked == 1 and reasons

    await asyncio.to_thread(flood.ask, f"to {OVER}")
    for seat in seats:
        await seat.window.sees("#queue-title", re.compile(r"Oproepen 0(?!\d)"))
    report = await asyncio.to_thread(flood.ask, "report")

    # Nobody is lost or counted twice: answered here, answered there by a rule that says why, or to be called back.
    found = calls_of(flood)
    assert report["calls"] == len(heard) == len(found)
    ways: Counter[str] = Counter()
    for call in found.values():
        if call["state"] == "abandoned":
            assert call["call_back"] in ("due", "done"), call
            ways["call back"] += 1
        else:
            assert call["state"] == "ended" and call["answered_by"], call
            ways[call["room"]] += 1
        if call["state"] == "ended" and call["room"] == NEIGHBOUR:
            assert call["rule"].startswith("overflow_") and call["owner"] == REGION and call["figures"], call
    assert ways[NEIGHBOUR] > 0 and ways["call back"] > 0
    by_hand = Counter(c["answered_by"] for c in found.values() if c["room"] == REGION and c["state"] == "ended")
    assert by_hand == {name: seat.worked for name, seat in zip(SEATS, seats, strict=True)}
    assert sum(ways.values()) == len(heard)
    due = sum(c["call_back"] == "due" for c in found.values())
    await caco.sees(f"#room-{REGION} .pair >> text=terugbellen", "terugbellen")
    assert tile(flood)["call_backs"] == due
    # What colleagues and what the two seats were told is stored, stands in the record.
    assert report["lost"] == 0, report["lost_examples"]
    promised = [await r.json() for seat in [*seats, far] for r in seat.acknowledged]
    assert len(promised) >= 3 * sum(seat.worked for seat in seats)
    there_are = {region: stored(flood, region) for region in {p["region"] for p in promised}}
    assert [p for p in promised if p["seq"] and there_are[p["region"]].get(p["seq"]) is None] == []
    opened = [i for i in flood.picture(CACO, REGION)["incidents"] if i["number"] in known.values()]
    assert len(opened) == len(known) == len(set(known.values()))


def stored(house: House, region: str) -> dict[int, str]:
    """Number in the region's stream -> what it is about, from the feed for integrators."""
    found: dict[int, str] = {}
    after = 0
    while True:
        page = house.feed(region, after)
        if not page["events"]:
            return found
        found |= {e["seq"]: e.get("ref", "") for e in page["events"]}
        after = page["events"][-1]["seq"]


async def test_whoever_comes_second_gets_the_next_call_by_the_same_key(sit: Any, flood: House) -> None:
    """A colleague was first: one key press still gives one call; one's own second press of a key gives no second."""
    calls = [flood.ring("ZB.P.intake", f"06123411{n}0", "Beller") for n in range(4)]
    window = await sit("zb.politie", "ZB-P-1")
    await expect(window.at("#queue .row", has_text="ZB.P.intake")).to_have_count(4)
    window.may_be_refused = True
    asked: list[str] = []

    async def late(route: Route) -> None:
        call = (route.request.post_data_json or {})["command"].get("call")
        if not asked:
            flood.do(SEATS[0], type="answer_call", call=call)
        asked.append(call)
        await route.continue_()

    await window.page.route("**/api/commands", late)
    await window.press("F5")
    await window.sees(".head", "0612341110")
    assert asked == calls[:2]
    await window.page.unroute("**/api/commands", late)
    await expect(window.at("#queue .row", has_text="in gesprek")).to_have_count(1)
    flood.do(SEATS[0], type="end_call", call=calls[0])
    flood.do("zb.politie", type="end_call", call=calls[1])
    await expect(window.at("#queue .row", has_text="in gesprek")).to_have_count(0)

    # Its own answer came twice on the way, as from a finger that trembles: no other call is taken for it.
    async def again(route: Route) -> None:
        flood.do("zb.politie", type="answer_call", call=calls[2])
        await route.continue_()

    await window.page.route("**/api/commands", again)
    await window.press("F5")
    await window.sees(".preview", "al aangenomen door zb.politie")
    await window.page.unroute("**/api/commands", again)
    flood.do("zb.politie", type="end_call", call=calls[2])


async def test_a_place_that_is_found_late_still_stands_in_the_incident_and_leaves_nothing_behind(
    sit: Any, flood: House
) -> None:
    """Keys are faster than a busy room: Ctrl+Enter comes before what the place is."""
    window = await sit("zb.brand", "ZB-B-1")
    come = asyncio.Event()

    async def late(route: Route) -> None:
        await come.wait()
        await route.continue_()

    for number, waits in (("0612341201", True), ("0612341202", False)):
        call = flood.ring("ZB.B.intake", number, "Beller")
        await expect(window.at("#queue .row", has_text="ZB.B.intake")).to_have_count(1)
        await window.press("F5")
        await window.sees("section[aria-labelledby=call-title] .head", number)
        come.clear()
        await window.page.route("**/api/places?*", late)
        await window.press("F4", "Control+a")
        await window.type("Middelburg")
        await window.press("Enter")
        await window.type("br won")
        await window.press("Enter")
        async with window.page.expect_request("**/api/commands") as asked:
            await window.press("Control+Enter")
            if waits:
                come.set()
        location = ((await asked.value).post_data_json or {})["command"]["location"]
        assert (location["text"], location.get("place")) == ("Middelburg", "Middelburg" if waits else None)
        await expect(window.at(".head .place")).to_have_text("Middelburg")
        if not waits:
            async with window.page.expect_response("**/api/places?q=Middelburg*") as found:
                come.set()
            await (await found.value).finished()
            await window.page.evaluate(SETTLED)
        await window.page.unroute("**/api/places?*", late)
        assert await window.page.evaluate(f"Object.keys(localStorage).filter((key) => key.endsWith('{call}'))") == []
        await window.command("e")
        await window.sees(".preview", "Gesprek ZB.B.intake beëindigen")
        await window.press("Enter")
        await expect(window.at("#queue .row", has_text="in gesprek")).to_have_count(0)
