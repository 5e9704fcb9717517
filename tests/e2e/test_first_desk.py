"""From a call to a closed incident and through a lost room, by people in real browsers on the real program.

Rotterdam's operator takes a call, makes an incident, alerts two units, sees them arrive and closes it. Den Haag's Caco
declares Rotterdam down; what is open and who waits is served from there; then it is handed back by both.
"""

from __future__ import annotations

import json
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-quic",
]
SPEED = 30
PATIENCE = 60_000

expect.set_options(timeout=30_000)
pytestmark = [
    pytest.mark.browser,
    pytest.mark.timeout(300),
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine; ./dev test installs it where it may"),
]


class Network:
    """`meldkamer run` with nobody calling and no simulated colleagues: people and the test's own calls only."""

    def __init__(self, folder: Path) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        self.folder = folder
        accounts = folder / "accounts.json"
        command = [sys.executable, "-m", "meldkamer.cli", "run", "--data", str(folder / "data"), "--port", str(port)]
        command += ["--calls", "0", "--alone", "all", "--speed", str(SPEED)]
        command += ["--accounts-file", str(accounts)]
        self._log = (folder / "run.log").open("wb")
        self.process = subprocess.Popen(command, stderr=self._log, stdout=self._log)  # noqa: S603
        self.facts: dict[str, Any] = {}
        self.faults: list[str] = []
        _until(lambda: accounts.exists() and accounts.stat().st_size > 0, self.log)
        self.facts = json.loads(accounts.read_text())
        self.url: str = self.facts["url"]
        _until(lambda: httpx.get(f"{self.url}health").json()["state"] == "fine", self.log)

    def log(self) -> str:
        return (self.folder / "run.log").read_text(errors="replace")

    def calls(self, call_id: str, **more: Any) -> None:
        """Somebody dials 112 in Rotterdam."""
        event = {
            "event_id": f"{call_id}-1",
            "call_id": call_id,
            "kind": "offered",
            "function": "RT.B.intake",
            "disciplines": "B",
            "location": {"lat": 51.9205, "lon": 4.4795, "radius": 12, "source": "aml"},
            **more,
        }
        token = self.facts["gateways"]["telephony"]
        answer = httpx.post(f"{self.url}api/telephony/events", json=event, headers={"Authorization": f"Bearer {token}"})
        assert answer.status_code == 200, answer.text

    def stop(self) -> None:
        self.process.terminate()
        try:
            self.process.wait(30)
        except subprocess.TimeoutExpired:
            self.process.kill()
        self._log.close()


def _until(condition: Any, log: Any, seconds: float = 60.0) -> None:
    """Poll for something that no event announces: another process that is starting."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            if condition():
                return
        except (httpx.TransportError, json.JSONDecodeError, KeyError):
            pass
        time.sleep(0.1)  # another process: there is nothing to await
    raise AssertionError(f"not in {seconds} s:\n{log()}")


@pytest.fixture(scope="module")
def network(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Network]:
    running = Network(tmp_path_factory.mktemp("network"))
    yield running
    running.stop()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


def sign_in(browser: Browser, network: Network, account: str, seat: str) -> Page:
    context: BrowserContext = browser.new_context(viewport={"width": 1920, "height": 1080}, locale="nl-NL")
    context.set_default_timeout(PATIENCE)
    page = context.new_page()
    page.on("pageerror", lambda error: network.faults.append(f"{account}: {error}"))
    page.goto(network.url)
    page.fill("#account", account)
    page.fill("#password", network.facts["password"])
    page.fill("#seat", seat)
    page.keyboard.press("Enter")
    expect(page.locator(".top")).to_contain_text(account)
    return page


def test_from_call_to_closed_incident_and_through_a_lost_room(network: Network, browser: Browser) -> None:
    operator = sign_in(browser, network, "rt.brand", "RT-B-1")
    expect(operator.locator("#units .row.unit").first).to_be_visible()

    # Somebody calls; the operator takes it with one key and sees who it is.
    network.calls("e2e-1", number="0612345678", name="Jansen", said="Rook uit het dak van de buren")
    expect(operator.locator("#queue .row.call")).to_have_count(1)
    operator.keyboard.press("F5")
    expect(operator.locator(".head")).to_contain_text("0612345678")
    expect(operator.locator(".head")).to_contain_text("Jansen")

    # The form, with the keyboard only, and an incident of it.
    operator.keyboard.press("F4")
    operator.keyboard.type("Coolsingel 40 rotterdam")
    expect(operator.locator(".hits button").first).to_contain_text("Rotterdam")
    operator.keyboard.press("Enter")
    operator.keyboard.type("brand geb woning")
    expect(operator.locator(".hits button").last).to_be_visible()
    operator.keyboard.press("Enter")
    operator.select_option("#priority", "1")
    operator.locator("#first-note").fill("Vlammen uit het dak, bewoners buiten")
    operator.keyboard.press("Control+Enter")
    expect(operator.locator("#incident-title")).to_contain_text("#RT-1")
    expect(operator.locator(".log .entry")).to_contain_text("Vlammen uit het dak")

    # Two units of the proposal; who leaves out what the cards ask for says why.
    operator.locator("#show-proposal").click()
    rows = operator.locator("#proposal .row")
    expect(rows.nth(1)).to_be_visible()
    operator.keyboard.press("Space")
    operator.keyboard.press("ArrowDown")
    operator.keyboard.press("Space")
    operator.keyboard.press("Enter")
    expect(operator.locator("#proposal-why")).to_be_focused()
    operator.keyboard.type("Officier volgt later")
    operator.keyboard.press("Enter")
    expect(operator.locator("#working .line")).to_have_count(2)

    # They acknowledge, drive and arrive by themselves: real orders over the field API.
    expect(operator.locator("#working .chip", has_text="ter plaatse")).to_have_count(2, timeout=120_000)

    # Another caller waits while Den Haag's Caco declares Rotterdam down.
    network.calls("e2e-2", number="0687654321", name="De Vries", said="Ik zie ook rook")
    expect(operator.locator("#queue .row.call")).to_have_count(2)
    caco = sign_in(browser, network, "dh.caco", "DH-multi-1")
    colleague = sign_in(browser, network, "dh.brand", "DH-B-1")
    caco.locator("#room-RT").click()
    caco.locator("#reason").fill("Brand in de zaal")
    caco.keyboard.press("Enter")
    expect(caco.locator("#declare-down")).to_contain_text("Zeker?")
    caco.locator("#declare-down").click()

    # Den Haag, where qualified people sit, serves it now; Rotterdam's screen says so.
    expect(operator.locator(".band.foreign")).to_contain_text("RT wordt bediend door")
    expect(colleague.locator(".band.foreign")).to_contain_text("OVERNAME")
    row = colleague.locator("#incidents .row.incident", has_text="RT-1")
    expect(row).to_be_visible()
    expect(colleague.locator("#queue .row.call", has_text="RT.B.intake")).to_have_count(1)
    colleague.keyboard.press("F5")
    expect(colleague.locator(".head")).to_contain_text("0687654321")
    row.click()
    expect(colleague.locator(".log")).to_contain_text("Vlammen uit het dak")
    colleague.locator("#note").fill("Wij nemen dit over vanuit Den Haag")
    colleague.locator("#note").press("Control+Enter")

    # What Rotterdam orders now is refused; what it notes is not.
    operator.locator("#incidents .row.incident", has_text="RT-1").click()
    operator.locator("#note").fill("Rotterdam kijkt mee")
    operator.locator("#note").press("Control+Enter")
    expect(colleague.locator(".log")).to_contain_text("Rotterdam kijkt mee")
    expect(operator.locator("#close-B")).to_have_count(0)

    # Den Haag sees it, and hands it back; Rotterdam must agree.
    caco.locator("#seen-RT").click()
    expect(caco.locator("#seen-RT")).to_have_count(0)
    caco.locator("#declare-up").click()
    expect(caco.locator("#room-RT.down")).to_have_count(0)
    caco.locator("#hand-back-RT").click()
    own_caco = sign_in(browser, network, "rt.caco", "RT-multi-1")
    expect(own_caco.locator("#agree")).to_be_visible()
    own_caco.locator("#agree").click()
    expect(operator.locator(".band.foreign")).to_have_count(0)

    # The units are done and the incident closes; priority 1 asks twice.
    expect(operator.locator("#working .line")).to_have_count(0, timeout=120_000)
    operator.select_option("#close-B", index=1)
    operator.locator("#close-sure-B").click()
    expect(operator.locator("#incident-title")).to_contain_text("gesloten")

    # Nothing was lost, by the record's own check.
    operator.goto(f"{network.url}w/map")
    expect(operator.locator(".map-canvas canvas").first).to_be_visible()
    expect(operator.locator(".band")).to_have_count(0)
    assert network.faults == []


def test_the_record_is_clean_after_all_that(network: Network) -> None:
    network.stop()
    answer = subprocess.run(  # noqa: S603
        [sys.executable, "-m", "meldkamer.cli", "record", "verify", str(network.folder / "data"), "--json"],
        capture_output=True,
        check=False,
    )
    report = json.loads(answer.stdout)
    assert report["ok"] is True, report
    assert answer.returncode == 0
