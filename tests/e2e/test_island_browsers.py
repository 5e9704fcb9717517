"""Two rooms in two browsers: one is cut off and works on, then it is lost altogether; people put it right with keys."""

from __future__ import annotations

import asyncio
import os
import re
import shutil
import signal
import time
from collections.abc import Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

import httpx
import pytest
from playwright.sync_api import Browser, Locator, Page, expect, sync_playwright

from meldkamer.domain.function import FunctionOwned
from meldkamer.domain.registry import EVENT_TYPES
from meldkamer.drill.proxy import BLACK_HOLE, CLEAR
from meldkamer.record.jetstream import JetStreamRecord
from meldkamer.record.keys import SqliteKeys
from meldkamer.record.sealing import Sealer
from tests.network.sites.running import Running, access

from .real_room import PASSWORD, until
from .test_island import OTHER, UNIT, Link, register, scene, write
from .test_two_rooms import TAKEN_OVER_SECONDS, Scene, owners, tell

__all__ = ["scene"]
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]
PATIENCE = 30_000
INCIDENT = "LB/i1"
BAND_SECONDS = 10.0
"""Five until the room knows, and what it takes to be seen while the machine has much else to do."""

expect.set_options(timeout=PATIENCE)
pytestmark = [
    pytest.mark.browser,
    pytest.mark.timeout(400),
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine; ./dev test installs it where it may"),
]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=[*FLAGS, "--disable-quic"])
        yield browser
        browser.close()


class Desk:
    """A person at a desk of a room, who has a keyboard."""

    def __init__(self, browser: Browser, url: str, person: str, seat: str, screen: str = "operator") -> None:
        context = browser.new_context(
            viewport={"width": 1920, "height": 1080}, locale="nl-NL", timezone_id="Europe/Amsterdam"
        )
        context.set_default_timeout(PATIENCE)
        self.page: Page = context.new_page()
        self.faults: list[str] = []
        self.page.on("pageerror", lambda error: self.faults.append(f"{person}: {error}"))
        self.page.goto(f"{url}/w/{screen}")
        expect(self.at("#account")).to_be_focused()
        for text in (person, PASSWORD, seat):
            self.type(text)
            self.press("Tab")
        self.press("Enter")
        expect(self.at(".top [data-state]")).to_have_attribute("data-state", "live")

    def at(self, selector: str, **how: Any) -> Locator:
        return self.page.locator(selector, **how)

    def press(self, *keys: str) -> None:
        for key in keys:
            self.page.keyboard.press(key)

    def type(self, text: str) -> None:
        self.page.keyboard.type(text)

    def sees(self, selector: str, text: str | re.Pattern[str], seconds: float = PATIENCE / 1000) -> None:
        expect(self.at(selector)).to_contain_text(text, timeout=seconds * 1000)

    def command(self, text: str) -> None:
        """Type into the command line; Enter is up to the caller."""
        self.press("Control+Space")
        expect(self.at("#command")).to_be_focused()
        self.press("Control+a", "Delete")
        self.type(text)

    def does(self, text: str, answer: str) -> None:
        """A command, carried out, and what the desk says of it."""
        self.command(text)
        self.press("Enter")
        self.sees(".preview", answer)

    def takes(self, number: str) -> None:
        """The incident in hand."""
        expect(self.at("#incidents .row", has_text=number)).to_be_visible()
        self.press("F6", "Home")
        self.sees("#incident-title", number)

    def notes(self) -> list[str]:
        return self.at(".log .entry > span:last-child").all_inner_texts()

    def writes(self, text: str, answer: str) -> None:
        self.at("#note").focus()
        self.type(text)
        self.press("Control+Enter")
        self.sees(".preview", answer)
        self.sees(".log", text)


T = TypeVar("T")


def apart(work: Coroutine[Any, Any, T]) -> T:
    """Wait for it in a loop of its own: the browser has the one of this thread."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, work).result()


SAFE, LOCAL = "Opgeslagen", "Hier opgeslagen, nog niet gedeeld"


def begin(both: Scene) -> httpx.Client:
    """Two units and an incident in Limburg, which Oost-Brabant has as well."""
    limburg, brabant = both.rooms["LB"], both.rooms["OB"]
    anna = limburg.client("anna")
    for unit in (UNIT, OTHER):
        register(limburg.client("beheer"), unit)
        assert tell(anna, "report_status", unit=unit, code="bs").status_code == 200
    where = {"text": "Markt 40", "source": "operator"}
    opened = tell(anna, "open_incident", incident="i1", region="LB", disciplines="B", priority=2, location=where)
    assert opened.status_code == 200, opened.text
    assert write(anna, INCIDENT, "before the cut") == "SAFE"
    until(lambda: brabant.client("anna").get(f"/api/incidents/{INCIDENT}").status_code == 200, brabant.log)
    return anna


def test_a_room_that_is_cut_off_works_on_and_a_person_decides_the_clash(
    scene: tuple[Scene, Link], browser: Browser
) -> None:
    both, link = scene
    begin(both)
    limburg = Desk(browser, both.rooms["LB"].url, "anna", "LB-B-1")
    own_caco = Desk(browser, both.rooms["LB"].url, "caco", "LB-M-1", "caco")
    brabant = Desk(browser, both.rooms["OB"].url, "anna", "OB-B-1")
    caco = Desk(browser, both.rooms["OB"].url, "caco", "OB-M-1", "caco")
    limburg.takes("LB-1")
    limburg.writes("nog met elkaar verbonden", SAFE)

    # The line goes while the operator types; the line that was typed is not lost, and the band tells why.
    limburg.at("#note").focus()
    limburg.type("de lijn valt ")
    link.set(BLACK_HOLE)
    cut = time.monotonic()
    limburg.type("weg terwijl ik typ")
    band = re.compile(r"Deze kamer werkt alleen sinds \d\d:\d\d")
    for desk in (limburg, own_caco):
        desk.sees(".band.alone", band, BAND_SECONDS)
    assert time.monotonic() - cut <= BAND_SECONDS
    limburg.press("Control+Enter")
    limburg.sees(".preview", LOCAL)
    limburg.sees(".log", "de lijn valt weg terwijl ik typ")
    limburg.sees(".band.alone", re.compile(r"hier bewaard en nog niet gedeeld: [1-9]"))
    own_caco.sees("#room-LB", "alleen sinds")

    # A status goes on, an order asks twice.
    limburg.does("s 0101 5", LOCAL)
    limburg.sees(f'[data-unit="{UNIT}"]', "stand-by")
    limburg.command("d 0101")
    limburg.sees(".preview", "Alarmeren 24-0101 naar #LB-1")
    limburg.press("Enter")
    limburg.sees(".preview.twice", "Kamer is alleen")
    expect(limburg.at("#working .line")).to_have_count(0)
    limburg.press("Enter")
    limburg.sees(".preview", LOCAL)
    limburg.sees("#working", "24-0101")
    limburg.does("p 3", LOCAL)

    # Oost-Brabant has taken over by then. Its Caco sees that Limburg may be working alone, its operator which units it
    # may be using, and gives the same incident another priority.
    brabant.sees(".band.foreign", "u bedient ook LB")
    caco.sees("#room-LB", re.compile(r"stil \d+:\d\d.*mogelijk alleen", re.S))
    brabant.takes("LB-1")
    brabant.sees(f'[data-unit="{OTHER}"]', "bij LB?")
    brabant.command("d 0102")
    brabant.sees(".preview.wrong", "mogelijk in gebruik bij LB")
    brabant.does("d 0102: enige redvoertuig in de buurt", SAFE)
    brabant.sees("#working", "24-0102")
    brabant.does("p 1", SAFE)

    # The line stands again, and both screens show the same.
    link.set(CLEAR)
    expect(limburg.at(".band.alone")).to_have_count(0, timeout=90_000)
    caco.sees("#room-LB", re.compile(r"was alleen \d\d:\d\d–\d\d:\d\d: bracht \d+ gebeurtenissen, 1 conflicten"))
    for desk in (limburg, brabant):
        desk.sees(".log", "de lijn valt weg terwijl ik typ")
        expect(desk.at("#working .line")).to_have_count(2)
        desk.sees("#conflicts", "Twee prioriteiten Brandweer")
    assert limburg.notes() == brabant.notes()
    caco.sees("#conflicts", "#LB-1")

    # The clash is decided by a person, with keys: what stands, what the other wanted, by whom.
    expect(brabant.at("#conflicts .row")).to_contain_text(
        re.compile(r"Blijft: 1.*anna · OB.*Ander: 3.*anna · LB", re.S)
    )
    brabant.command("bes")
    brabant.press("Enter")
    expect(brabant.at("#conflicts")).to_be_focused()
    brabant.press("2")
    expect(brabant.at("#conflict-why")).to_be_focused()
    brabant.type("Limburg zag het zelf")
    brabant.press("Enter")
    for desk in (limburg, brabant):
        desk.sees(".decided", re.compile(r"Ander: 3.*besloten door anna om .*Limburg zag het zelf", re.S))
        expect(desk.at("#conflicts")).to_have_count(0)
        expect(desk.at(".tracks select").first).to_have_value("3")
    expect(caco.at("#conflicts")).to_have_count(0)
    assert [fault for desk in (limburg, own_caco, brabant, caco) for fault in desk.faults] == []
    report = apart(both.verify())
    assert report.ok, report


async def owners_in_the_record(both: Scene, function: str) -> list[tuple[str, str, str]]:
    """Who owned a function, on what ground and by whose hand, as it stands in the stream."""
    server = next(server for server in both.network.servers() if server.kind == "core")
    core, audit = access(both.keys, "OB", server), access(both.keys, "OB", server, seed="audit")
    cache = both.keys.root / "reading"
    keys = SqliteKeys(cache / "keys")
    record = await JetStreamRecord.open(core, audit, cache, regions=list(both.network.regions), replicas=1)
    try:
        sealer = Sealer(EVENT_TYPES, keys)
        found = [sealer.decode(entry, frozenset()).event for entry in await record.read(f"fence.LB.{function}")]
    finally:
        await record.close()
        await keys.close()
    return [(one.owner, one.ground, one.by) for one in found if isinstance(one, FunctionOwned)]


def test_a_room_that_is_killed_with_its_server_is_served_next_door_and_handed_back(
    scene: tuple[Scene, Link], browser: Browser
) -> None:
    both, _ = scene
    begin(both)
    limburg = Desk(browser, both.rooms["LB"].url, "anna", "LB-B-1")
    brabant = Desk(browser, both.rooms["OB"].url, "anna", "OB-B-1")
    caco = Desk(browser, both.rooms["OB"].url, "caco", "OB-M-1", "caco")
    limburg.takes("LB-1")
    limburg.writes("laatste regel van Limburg", SAFE)
    call = both.rooms["LB"].calls("c9", number="0687654321", name="Kanarievogel").json()["call"]
    expect(limburg.at("#queue .row.call")).to_have_count(1)

    # kill -9 of the room's process and of its room server.
    [server] = [pid for pid in both.server.pids("room.conf") if pid in both.server.pids("/LB ")]
    lost = time.monotonic()
    both.rooms["LB"].kill()
    os.kill(server, signal.SIGKILL)
    left = TAKEN_OVER_SECONDS
    expect(brabant.at("#incidents .row.foreign", has_text="LB-1")).to_be_visible(timeout=left * 1000)
    expect(brabant.at("#queue .row.call", has_text="LB.112")).to_be_visible(timeout=left * 1000)
    assert time.monotonic() - lost <= TAKEN_OVER_SECONDS
    brabant.sees(".band.foreign", "OVERNAME: u bedient ook LB")
    brabant.press("F5")
    brabant.sees(".head", "0687654321")
    brabant.takes("LB-1")
    brabant.sees(".log", "laatste regel van Limburg")
    brabant.writes("Oost-Brabant gaat verder", SAFE)

    # The Caco has seen it.
    caco.at("#seen-LB").focus()
    caco.press("Enter")
    expect(caco.at("#seen-LB")).to_have_count(0)

    # Limburg's server and process are started again; it sees what was done, and gets its functions when both agree.
    again = Running(both.keys.root, both.network, "--only", "room-LB")
    try:
        again.wait_for("these servers are up")
        both.rooms["LB"].start()
        back = Desk(browser, both.rooms["LB"].url, "anna", "LB-B-1")
        own_caco = Desk(browser, both.rooms["LB"].url, "caco", "LB-M-1", "caco")
        back.sees(".band.foreign", "LB wordt bediend door OB")
        back.takes("LB-1")
        back.sees(".log", "Oost-Brabant gaat verder")
        expect(caco.at("#room-LB")).not_to_have_class(re.compile("silent"))
        caco.at("#hand-back-LB").focus()
        caco.press("Enter")
        caco.sees("#moved", "voorgesteld aan LB")
        lent = [name for name, owner in owners(both.rooms["OB"].client("caco")).items() if owner == "OB"]
        own_caco.sees(".decisions .head", f"{len(lent)} functies van LB")
        own_caco.at("#agree").focus()
        own_caco.press("Enter")
        for desk in (back, own_caco, brabant, caco):
            expect(desk.at(".band.foreign")).to_have_count(0)
        back.writes("wij zijn er weer", SAFE)
        faults = [fault for desk in (brabant, caco, back, own_caco) for fault in desk.faults]
        assert faults == []
        assert back.at(".log .entry .second").all_inner_texts()[-3:] == ["anna", "anna", "anna"]
        row = both.rooms["OB"].client("anna").get(f"/api/calls/{call}").json()["call"]
        assert (row["room"], row["answered_by"]) == ("OB", "anna")

        # And so the record says it.
        owned = apart(owners_in_the_record(both, "LB.B.dispatch"))
        assert owned[0] == ("LB", "first", "system.ownership")
        assert owned[-2:] == [("OB", "lapsed", "system.ownership"), ("LB", "agreed", "caco")]
        report = apart(both.verify())
        assert report.ok and not report.unsigned, report
    finally:
        again.end()
