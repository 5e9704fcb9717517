"""The room's own map tiles under the desk's map: their colours by theme, whom they are from, and when they are gone."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import expect

from meldkamer.geo import RdTransform
from tests.tilemaker import AREA, LINE, PAPER, POINT, RD, WATER, mbtiles, over, plain, pmtiles, rd_pictures, vector

from .conftest import Enter
from .house import ROOT, House, running
from .shots import STATIC, shot
from .window import Window

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

THEMES = {
    theme: dict(re.findall(r"--mk-([a-z0-9-]+): (#[0-9a-f]{6})", body))
    for theme, body in re.findall(r'\[data-theme="(\w+)"\] \{([^}]*)\}', (STATIC / "css/tokens.css").read_text())
}
OVER = """([units, grounds]) => {
  const above = [...document.querySelectorAll('.ol-layers > canvas')].at(-1); // units; drawings lie under them
  const below = document.querySelector('.ol-layers > .ground canvas');
  if (!above || !below || above.width !== below.width) return false;
  const pixels = (canvas) => canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data;
  const [a, b] = [pixels(above), pixels(below)];
  const is = (data, at, colours) => colours.some((c) => c.every((v, n) => Math.abs(v - data[at + n]) < 4));
  for (let at = 0; at < a.length; at += 4) {
    if (a[at + 3] === 255 && b[at + 3] === 255 && is(a, at, units) && is(b, at, grounds)) return true;
  }
  return false;
}"""
"""Whether somewhere a pixel of one of these colours is drawn by a unit over a pixel of one of those of the tiles."""
WHERE = """(colour) => {
  const canvas = document.querySelector('.ol-layers > .ground canvas');
  if (!canvas) return null;
  const data = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data;
  const box = canvas.getBoundingClientRect();
  const scale = box.width / canvas.width;
  for (let n = data.length / 8 | 0; n < data.length / 4; n++) {
    if (data[4 * n + 3] !== 255 || !colour.every((v, c) => Math.abs(v - data[4 * n + c]) < 4)) continue;
    return [box.x + (n % canvas.width) * scale, box.y + Math.floor(n / canvas.width) * scale];
  }
  return null;
}"""
"""Where this colour is drawn by the tiles, from the middle downwards."""
MODULE = "(name) => import(document.querySelector('script[type=module]').src.replace('app.js', name))"
ASK = f"async () => (await ({MODULE})('tiles.js')).askTiles()"
FOCUS = f"async () => (await ({MODULE})('stores.js')).focus.value"
TO_RD = f"""async (places) => {{
  await ({MODULE})('views/map_tiles.js');
  const {{ transform }} = await ({MODULE})('../vendor/ol_tiles.js');
  return places.map((place) => transform(place, 'EPSG:4326', 'EPSG:28992'));
}}"""


def a_vector_tile() -> bytes:
    """The left half water, motorways across, and what is not drawn."""
    water = [(0, 0), (2048, 0), (2048, 4096), (0, 4096)]
    road = {"class": "motorway", "ref": "A2"}
    return vector(
        {
            "waterdeel": [(AREA, water, {})],
            "transportation": [(LINE, [(0, y), (4096, y)], road) for y in range(128, 4096, 256)],
            "poi": [(POINT, [(9, 9)], {"ref": "7"})],
        }
    )


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("house")
    said = {"attribution": "&copy; <a href='https://elsewhere.invalid'>Kaartmakers</a>", **RD}
    return mbtiles(folder / "kaart", rd_pictures(range(6), (40_000, 400_000, 135_000, 470_000)), **said)


@pytest.fixture(scope="module")
def house(file: Path) -> Iterator[House]:
    """A server with a map of its own."""
    if not (ROOT / "src/meldkamer/desk/static/vendor/preact.js").exists():
        pytest.skip("the browser modules are not there: run ./dev vendor")
    with running(file.parent) as house:
        yield house


def channels(colour: str) -> list[int]:
    return [int(colour[at : at + 2], 16) for at in (1, 3, 5)]


def worn(own: tuple[int, int, int], theme: str) -> list[float]:
    """What becomes of a colour of the tiles: white is the land, black its lines, and some of its own remains."""
    land, ink = channels(THEMES[theme]["map-land"]), channels(THEMES[theme]["map-line"])
    grey = 0.299 * own[0] + 0.587 * own[1] + 0.114 * own[2]
    return [land[n] + (ink[n] - land[n]) * (1 - grey / 255) + 0.3 * (own[n] - grey) for n in range(3)]


def light(colour: list[float] | list[int]) -> float:
    parts = [c / 255 / 12.92 if c / 255 <= 0.03928 else ((c / 255 + 0.055) / 1.055) ** 2.4 for c in colour]
    return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]


def contrast(one: Any, other: Any) -> float:
    high, low = sorted((light(one), light(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


async def on_the_map(window: Window) -> None:
    await window.at(".map-canvas").focus()
    await expect(window.at(".map-canvas")).to_be_focused()


async def test_the_own_map_lies_under_units_in_the_colours_of_the_theme(enter: Enter) -> None:
    window = await enter("rt.brand", "/w/map")
    await on_the_map(window)
    await window.sees(".map-note .ground-note", "© Kaartmakers")
    await window.press("0")
    for theme in ("night", "day", "dusk"):
        await window.page.evaluate("(theme) => { document.documentElement.dataset.theme = theme; }", theme)
        units = [channels(THEMES[theme][d]) for d in "pbak"]
        grounds = [worn(PAPER, theme), worn(WATER, theme)]
        await window.page.wait_for_function(OVER, arg=[units, grounds])
        assert min(contrast(unit, ground) for unit in units for ground in grounds) >= 4.5
    await window.page.evaluate("document.documentElement.dataset.theme = 'night'")
    await shot(window, "map_tiles")
    # What the desk reprojects lies where the room says that it is.
    places = [(4.48, 51.92), (6.57, 53.22), (5.69, 50.85), (3.6, 51.5), (6.9, 52.2)]
    found = await window.page.evaluate(TO_RD, [list(place) for place in places])
    for (lon, lat), (x, y) in zip(places, found, strict=True):
        east, north = RdTransform().to_rd(lat, lon)
        assert abs(east - x) < 1 and abs(north - y) < 1


async def test_a_file_that_vanishes_is_said_on_the_map_and_another_is_drawn(enter: Enter, file: Path) -> None:
    window = await enter("rt.brand", "/w/map")
    await on_the_map(window)
    await expect(window.at(".ground canvas")).to_be_visible()
    away = file.with_name("away")
    os.rename(file, away)
    await window.press("-", "-", "-", "-")
    await window.sees(".map-note .ground-note", "Eigen kaartlaag is weg; gebieden en eenheden staan er")
    await expect(window.at(".ground canvas")).to_have_count(0)
    # Whatever was under way at that moment, and nothing after it.
    asked: list[str] = []
    window.page.on("request", lambda request: asked.append(request.url) if "/tiles/" in request.url else None)
    await window.press("+", "+", "0")
    await window.page.evaluate(ASK)
    assert [url for url in asked if "/api/" not in url] == []
    failed = [line for line in window.complaints if "status of 503" in line]
    assert 0 < len(failed) <= 16
    window.complaints = [line for line in window.complaints if line not in failed]

    # What stands there next is vectors in another grid.
    os.replace(pmtiles(away, over(range(5, 8), a_vector_tile()), attribution="Andere makers"), file)
    await window.page.evaluate(ASK)
    await window.sees(".map-note .ground-note", "Andere makers")
    units = [channels(THEMES["night"][d]) for d in "pbak"]
    await window.page.wait_for_function(OVER, arg=[units, [channels(THEMES["night"]["map-water"])]])
    road = channels(THEMES["night"]["map-road"])
    await window.page.wait_for_function(WHERE, arg=road)
    # A road that has a number is no incident.
    x, y = await window.page.evaluate(WHERE, road)
    await window.page.mouse.click(x, y)
    await window.press("r")
    await expect(window.at("#ways [role=status]")).not_to_have_text("")
    assert await window.page.evaluate(FOCUS) is None

    # And pictures in that grid.
    os.replace(mbtiles(away, over(range(5, 9), plain(WATER))), file)
    await window.page.evaluate(ASK)
    await expect(window.at(".ground-note")).to_have_text("")
    await window.page.wait_for_function(OVER, arg=[units, [worn(WATER, "night")]])
