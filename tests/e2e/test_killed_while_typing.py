"""The server is killed while somebody types, and is started again: nothing is lost, neither typed nor acknowledged.

One workplace of two windows: a call in hand with its form half filled, an incident with a line half written, and a
command half typed in each. People press keys only; the room is a process of its own, and it is ended by `kill -9`.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser, Locator, Page, expect, sync_playwright

from tests.nats.server import free_ports

from .real_room import PASSWORD, RealRoom
from .test_island_browsers import CHROMIUM, FLAGS
from .test_two_rooms import tell

PATIENCE = 30_000
SAFE, KEPT = "Opgeslagen", "nog niet verzonden"
pytestmark = [
    pytest.mark.browser,
    pytest.mark.timeout(200),
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine; ./dev test installs it where it may"),
]


class KilledRoom(RealRoom):
    """A room that comes back where desks look for it."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        (port,) = free_ports(1)
        self.file.write_text(self.file.read_text().replace("port = 0", f"port = {port}"))

    def kill(self) -> None:
        """As `kill -9`: it has no time for a word."""
        assert self.process is not None
        self.process.kill()
        assert self.process.wait(20) == -9


class Window:
    """One window of the workplace."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.faults: list[str] = []
        page.set_default_timeout(PATIENCE)
        page.on("pageerror", lambda error: self.faults.append(str(error)))

    def at(self, selector: str, **how: Any) -> Locator:
        return self.page.locator(selector, **how)

    def press(self, *keys: str) -> None:
        for key in keys:
            self.page.keyboard.press(key)

    def type(self, text: str) -> None:
        self.page.keyboard.type(text)

    def sees(self, selector: str, text: str | re.Pattern[str]) -> None:
        expect(self.at(selector)).to_contain_text(text, timeout=PATIENCE)

    def tabs_to(self, selector: str) -> None:
        """By Tab alone, from where the focus is."""
        wanted = self.at(selector).element_handle()
        for _ in range(80):
            if self.page.evaluate("(wanted) => document.activeElement === wanted", wanted):
                return
            self.press("Tab")
        raise AssertionError(f"no Tab leads to {selector}")

    def begins_command(self, text: str) -> None:
        self.press("Control+Space")
        expect(self.at("#command")).to_be_focused()
        self.type(text)

    def writes(self, text: str) -> None:
        """Into the field for the next line of the log."""
        self.press("F6", "Enter")
        expect(self.at("#note")).to_be_focused()
        self.type(text)

    def notes(self) -> list[str]:
        return self.at(".log .entry > span:last-child").all_inner_texts()


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory) -> Iterator[KilledRoom]:
    running = KilledRoom(tmp_path_factory.mktemp("killed"))
    running.accounts()
    running.start()
    yield running
    running.stop()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=[*FLAGS, "--disable-quic"])
        yield browser
        browser.close()


def sign_in(browser: Browser, url: str) -> Window:
    context = browser.new_context(
        viewport={"width": 1920, "height": 1080}, locale="nl-NL", timezone_id="Europe/Amsterdam"
    )
    window = Window(context.new_page())
    window.page.goto(f"{url}/w/operator")
    expect(window.at("#account")).to_be_focused()
    for text in ("anna", PASSWORD, "RT-B-1"):
        window.type(text)
        window.press("Tab")
    window.press("Enter")
    expect(window.at(".top [data-state]")).to_have_attribute("data-state", "live")
    return window


def test_the_server_is_killed_while_somebody_types_and_nothing_is_lost(room: KilledRoom, browser: Browser) -> None:
    hoofd = room.client("anna")
    where = {"text": "Markt 40", "source": "operator"}
    opened = tell(hoofd, "open_incident", incident="i1", region="RT", disciplines="B", priority=2, location=where)
    assert opened.status_code == 200, opened.text
    first = room.calls("c1", number="0612345601", name="Eerste Beller").json()["call"]

    # One window has the call in hand; the other, loose from it, the incident.
    form = sign_in(browser, room.url)
    expect(form.at("#queue .row.call")).to_have_count(1)
    form.press("F5")
    form.sees(".head", "0612345601")
    log = Window(form.page.context.new_page())
    log.page.goto(f"{room.url}/w/operator")
    expect(log.at(".top [data-state]")).to_have_attribute("data-state", "live")
    log.press("Control+b")
    log.sees(".top", "venster los")
    log.press("F6", "Home")
    log.sees("#incident-title", "#RT-1")
    log.writes("voor de storing")
    log.press("Control+Enter")
    log.sees(".preview", SAFE)
    log.sees(".log", "voor de storing")

    # A form half filled, a line and two commands half typed, and one line given just when the server dies.
    form.press("F4", "Control+a")
    form.type("Blaak 12")
    form.press("Enter")
    form.type("br won")
    form.press("Enter")
    form.tabs_to("#first-note")
    form.type("twee kinderen op de ")
    log.begins_command("n de ploeg vraagt om ")
    log.writes("gegeven terwijl hij viel")
    gone = time.time()
    room.kill()
    log.press("Control+Enter")
    form.type("zolder, ")
    log.type("half geschre")
    form.type("rook tot ")
    log.type("ven, en ")

    # It is said at once, in every window, since when and what still waits here.
    for window in (form, log):
        window.sees(".band.lost", re.compile(r"GEEN VERBINDING.*\d\d:\d\d:\d\d"))
    log.sees(".band.lost", "(1)")
    expect(log.at(".log .entry", has_text="gegeven terwijl hij viel")).to_contain_text(KEPT)

    # Whoever types goes on; a line is kept, an order is refused and not kept. The telephone exchange finds nobody.
    log.type("af nu zonder verbinding")
    log.press("Control+Enter")
    log.sees(".band.lost", "(2)")
    expect(log.at(".log .entry", has_text="half geschreven, en af nu")).to_contain_text(KEPT)
    form.type("de trap")
    form.begins_command("e")
    with pytest.raises(httpx.TransportError):
        room.calls("c2", number="0612345602")
    log.writes("deze is nog niet af")

    room.start()
    for window in (form, log):
        expect(window.at(".top [data-state]")).to_have_attribute("data-state", "live", timeout=PATIENCE)
        expect(window.at(".band.lost")).to_have_count(0)
    # What was kept goes out by itself, once, in the order of writing; what is half done stands where it was.
    expect(log.at(".log .unsent")).to_have_count(0, timeout=PATIENCE)
    expect(log.at(".band.lost")).to_have_count(0)
    expect(log.at(".log .entry")).to_have_count(3)
    assert log.notes() == ["voor de storing", "gegeven terwijl hij viel", "half geschreven, en af nu zonder verbinding"]
    expect(log.at("#note")).to_have_value("deze is nog niet af")
    expect(log.at("#command")).to_have_value("n de ploeg vraagt om ")
    expect(form.at("#where")).to_have_value(re.compile("Blaak 12"))
    expect(form.at("#what")).to_have_value(re.compile("brand|br won", re.IGNORECASE))
    expect(form.at("#first-note")).to_have_value("twee kinderen op de zolder, rook tot de trap")
    expect(form.at("#command")).to_have_value("e")

    # The exchange says again what nobody heard; the call that was answered still is, by her, and is hers to finish.
    second = room.calls("c2", number="0612345602").json()["call"]
    expect(form.at("#queue .row.call")).to_have_count(2)
    form.sees(".head", "0612345601")
    log.type(", nu wel")
    log.press("Control+Enter")
    log.sees(".log", "deze is nog niet af, nu wel")
    log.begins_command("hoogwerker")
    log.press("Enter")
    log.sees(".log", "de ploeg vraagt om hoogwerker")
    form.tabs_to("#first-note")
    form.press("Control+Enter")
    form.sees("#incident-title", "#RT-2")
    form.sees(".log", "twee kinderen op de zolder, rook tot de trap")
    form.press("Control+Space", "Enter")
    expect(form.at("#queue .row.call", has_text="in gesprek")).to_have_count(0)
    assert form.faults == log.faults == []

    # And so it stands in the record, with the times at which it was written.
    client = room.client("anna")
    lines = client.get("/api/incidents/RT/i1").json()["notes"]
    texts = [line["text"] for line in lines]
    assert texts == [
        "voor de storing",
        "gegeven terwijl hij viel",
        "half geschreven, en af nu zonder verbinding",
        "deze is nog niet af, nu wel",
        "de ploeg vraagt om hoogwerker",
    ]
    assert all(abs(line["at"] / 1000 - gone) < 60 for line in lines) and lines[2]["at"] < lines[3]["at"]
    calls = {c["ref"]: c for c in client.get("/api/picture").json()["calls"]}
    assert (calls[first]["state"], calls[first]["answered_by"]) == ("ended", "anna")
    assert calls[second]["state"] in ("queued", "offered")
    room.stop()
    assert room.verify()["ok"]
