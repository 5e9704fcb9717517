"""Every screen that the pages have, read from their scripts, and who may open it."""

from __future__ import annotations

import re

from playwright.async_api import expect

from .house import ROOT
from .window import Window

JS = ROOT / "src/meldkamer/desk/static/js"
APP = (JS / "app.js").read_text()


def _named(file: str, table: str) -> list[str]:
    found = re.search(rf"const {table} = [{{\[](.*?)[}}\]];", (JS / file).read_text(), re.DOTALL)
    assert found is not None, f"{file} has no {table}"
    return re.findall(r'name: "(\w+)"', found[1]) or re.findall(r"(\w+):", found[1])


FRAME = _named("views/frame.js", "SCREENS")
STEERING = _named("steering/store.js", "SCREENS")
ACCESS = _named("admin/store.js", "TABLE")
FETCHED = [name for name in re.findall(r"(\w+): \(\) => import\(", APP) if name not in ("admin", "steering")]
ALONE = re.findall(r'screen\(\) === "(\w+)"', APP)
"""Screens that stand outside the frame of the workplace: app.js names them."""

EVERY: dict[str, list[str]] = {
    "rt.caco": [f"/w/{name}" for name in [*FRAME, *ALONE] if name != "watch"],
    "sturing": [*(f"/w/steering/{name}" for name in STEERING), *(f"/w/{name}" for name in FETCHED)],
    "beheer": ["/w/watch", *(f"/w/admin/{name}" for name in ACCESS if name != "log")],
    "audit": ["/w/admin/log"],
}
"""Account -> the screens that are its own."""


async def go(window: Window, screen: str) -> None:
    """Open a screen and wait until what it shows is there."""
    await window.open(screen)
    name = screen.split("/")[2]
    if name == "wallboard":
        await expect(window.at(".wall table")).to_be_visible()
    elif name in ("steering", "admin"):
        await expect(window.at(".sheets").first).to_be_visible()
    elif name in FRAME:
        await window.ready()
        if name == "map":
            await expect(window.at(".map-canvas canvas").first).to_be_visible()
    else:
        await expect(window.at("h1").first).to_be_visible()
