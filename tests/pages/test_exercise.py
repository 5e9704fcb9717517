"""People take part in an exercise: marked on every screen, in both languages and on paper, and scored at the end."""

from __future__ import annotations

import asyncio
import json
import re
import signal
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Browser, expect

from meldkamer.domain.clock import RandomIds, SystemClock
from meldkamer.pack import load_pack
from meldkamer.room import open_house
from meldkamer.settings import PaperSettings, Settings
from tests.programs import PIPE, Program

from .conftest import SCREEN
from .shots import shot
from .test_axe import AXE, violations
from .window import Window, open_window

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.asyncio(loop_scope="session")]
LOST = "ZB"


class Running:
    """`meldkamer exercise takeover --open 0`, with what it tells the person at the keyboard."""

    def __init__(self, folder: Path) -> None:
        # A quarter of the time goes by before the room is lost; people have the rest to see it.
        words = ["--of", LOST, "--data", str(folder), "--minutes", "1.4", "--calls", "10", "--open", "0", "--json"]
        command = ["-m", "meldkamer.cli", "exercise", "takeover", *words]
        self.process = Program(command, stdout=PIPE, stderr=PIPE)
        self.url, self.password = (
            self._said(r"take part at (http\S+)/"),
            self._said(r"password of this exercise: (\S+)"),
        )

    def _said(self, wanted: str) -> str:
        assert self.process.stderr is not None
        while line := self.process.stderr.readline():
            if found := re.search(wanted, line):
                return found[1]
        raise AssertionError(f"it never said {wanted}")

    def end(self) -> dict[str, Any]:
        """Stop it as a person would, and take its score."""
        self.process.send_signal(signal.SIGINT)
        out, errors = self.process.communicate(timeout=60)
        assert self.process.returncode == 0, errors[-2000:]
        score: dict[str, Any] = json.loads(out)
        return score


@pytest_asyncio.fixture(loop_scope="session")
async def running(tmp_path: Path) -> AsyncIterator[Running]:
    """An exercise on the record of a room that is not running now."""
    rooms = tuple(room.code for room in load_pack().rooms)
    settings = Settings(data=str(tmp_path / "data"), rooms=rooms, paper=PaperSettings(minutes=0))
    async with open_house(settings, SystemClock(), RandomIds(), demonstration=True) as house:
        await house.register()
    (tmp_path / "data" / "access.sqlite").unlink()
    exercise = await asyncio.to_thread(Running, tmp_path / "data")
    yield exercise
    if exercise.process.poll() is None:
        exercise.process.kill()
        exercise.process.wait()


async def marked(window: Window) -> None:
    """The band with both words, over a screen that still fits."""
    band = window.at("body > .exercise")
    await expect(band).to_be_visible()
    await expect(band.locator("[lang=nl]").first).to_have_text("OEFENING")
    await expect(band.locator("[lang=en]").first).to_have_text("EXERCISE")
    assert (await window.page.title()).startswith("OEFENING · EXERCISE")
    fits = await window.page.evaluate("document.documentElement.scrollHeight <= innerHeight")
    assert fits, "the band pushes nothing off the screen"


async def test_somebody_takes_part(browser: Browser, running: Running) -> None:
    buddy = load_pack().buddies_of(LOST)[0]
    context = await browser.new_context(viewport=SCREEN, locale="nl-NL", bypass_csp=True)
    await context.add_init_script("localStorage.getItem('mk.language') ?? localStorage.setItem('mk.language', 'nl')")
    window = await open_window(context, running.url)
    await window.open("/")
    await expect(window.at("#account")).to_be_focused()
    await marked(window)
    await window.sign_in(f"{buddy.lower()}.caco", running.password, "/w/caco")
    for screen in ("operator", "map", "caco"):
        await window.open(f"/w/{screen}")
        await window.ready()
        await marked(window)

    await window.open("/w/wallboard")
    await expect(window.at("#app > *")).to_be_visible()
    await marked(window)
    await window.open("/w/caco")
    await window.ready()

    # The room is lost, its functions come here, and the Caco says that it was seen.
    await expect(window.at(".band.foreign")).to_contain_text(f"u bedient ook {LOST}", timeout=60_000)
    await expect(window.at(f"#seen-{LOST}")).to_be_visible()
    await window.at(f"#seen-{LOST}").focus()
    await window.press("Enter")
    await expect(window.at(f"#seen-{LOST}")).to_have_count(0)
    await marked(window)
    await shot(window, "exercise")
    if AXE.exists():
        assert await violations(window) == []

    # On paper too: the manual as it is printed, and the sheet.
    await window.press("F1")
    await window.page.emulate_media(media="print")
    await expect(window.at("body > .exercise")).to_be_visible()
    await window.page.emulate_media(media="screen")
    await window.open(f"/paper/{buddy}/all")
    await expect(window.at(".exercise")).to_contain_text("OEFENING · EXERCISE")

    score = await asyncio.to_thread(running.end)
    await context.close()
    assert (score["room"], score["people"], score["kept"]) == (LOST, 1, "waiting")
    figures = {figure["name"]: figure for figure in score["figures"]}
    assert figures["recovery_s"]["good"] is True
    assert "value" in figures["acknowledged_s"] and buddy in score["rooms_took"]
