"""The first minute: an address that is typed fills the incident, the proposal stands while the caller still speaks,
a road that is closed on the map changes it, and two keys alert it."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.async_api import expect

from meldkamer.cli import main
from meldkamer.geo import ROADS
from meldkamer.geo.roads.graph import save_graph
from tests.geo.geodata import wkb_point, write_geopackage
from tests.geo.roads.maps import a_grid

from .conftest import Enter
from .house import ROOT, House, running
from .window import open_window

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

WEST, SOUTH, STEP = 190_324.5, 362_022.5, 500.0
X, Y = WEST + 3.5 * STEP, SOUTH + 3 * STEP
"""Half-way along a street of a town of eight by eight crossings."""
ADDRESS = "Peelkade 12, 6099AA, Sluitdorp"
PIXEL = 20.0
"""Metres on the map of an incident that was just taken in hand."""


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """A server that has the addresses and the roads of a town, imported as a room does it."""
    if not (ROOT / "src/meldkamer/desk/static/vendor/preact.js").exists():
        pytest.skip("the browser modules are not there: run ./dev vendor")
    folder = tmp_path_factory.mktemp("house")
    data = folder / "data"
    data.mkdir()
    save_graph(a_grid(8, STEP, WEST, SOUTH), data / ROADS)
    columns = ("openbare_ruimte_naam", "woonplaats_naam", "huisnummer", "postcode")
    rows = [("Peelkade", "Sluitdorp", n, "6099AA", wkb_point(X + n - 12, Y)) for n in (10, 12, 14)]
    addresses = write_geopackage(folder / "bag.gpkg", {"adres": (columns, rows)})
    assert main(["geo", "import", "bag", str(addresses), "--data", str(data)]) == 0
    with running(folder) as house:
        yield house


def engines(house: House, *places: tuple[float, float]) -> list[dict[str, Any]]:
    """Free fire engines, one at each place."""
    free = [u for u in house.picture("lb.brand", "LB")["units"] if u["free"] and u["kind"] == "TS"][: len(places)]
    at = int(time.time() * 1000)
    house.positions([{"unit": u["ref"], "x": x, "y": y, "at": at} for u, (x, y) in zip(free, places, strict=True)])
    return free


async def test_from_a_typed_address_to_the_engine_that_can_be_there_first(enter: Enter, house: House) -> None:
    west, east = engines(house, (X - 750.0, Y), (X + 1_250.0, Y))
    house.ring("LB.B.intake", "0612345681", "Beller Brand")
    window = await enter("lb.brand")
    await window.at("#queue .row").last.click()
    await window.press("F5")
    await window.sees(".head", "0612345681")

    # Typing an address fills the incident.
    await window.press("F4")
    await window.type("peelk 12")
    await expect(window.at(".form .hits button").first).to_contain_text("Peelkade 12")
    await window.press("Enter")
    await expect(window.at("#where")).to_have_value(ADDRESS)
    await expect(window.at("#what")).to_be_focused()
    await window.type("br woning")
    await window.press("Enter")
    await window.press("Control+Enter")
    await expect(window.at(".head .place")).to_have_text(ADDRESS)
    (location,) = [i["location"] for i in house.picture("lb.brand", "LB")["incidents"]]
    assert (location["x"], location["y"], location["place"]) == (X, Y, "Sluitdorp")

    # The proposal stands, with its reasons, before the sentence is done.
    await window.at("#note").focus()
    await window.type("Vlammen uit het dak, er zou nog ")
    first = window.at("#proposal .row[aria-selected=true]").first
    await expect(first).to_contain_text(west["call_sign"])
    await expect(first).to_contain_text("snelste")
    await expect(first).to_contain_text("over de weg")
    await expect(window.at("#note")).to_be_focused()
    await window.type("iemand binnen zijn")
    await expect(window.at("#note")).to_have_value("Vlammen uit het dak, er zou nog iemand binnen zijn")
    await window.press("Control+Enter")
    await window.sees(".log", "iemand binnen zijn")

    # A closure that is drawn on the map changes it.
    board = await open_window(window.page.context, house.url)
    await board.open("/w/map")
    await board.ready()
    await expect(board.at("#draw-closure")).to_be_visible()
    await window.in_hand(ADDRESS)
    await board.page.wait_for_function(IN_HAND)
    await board.at("#draw-closure").click()
    await expect(board.at(".map-canvas")).to_be_focused()
    await board.page.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
    box = await board.at(".map-canvas").bounding_box()
    assert box is not None
    middle = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    for n, north in enumerate((600.0, -600.0), 1):
        await board.page.mouse.click(middle[0] - 500.0 / PIXEL, middle[1] - north / PIXEL)
        await board.sees("#closures", f"{n} punten")
    await board.at("#closures input[maxlength]").focus()
    await board.type("Kade ingestort")
    await board.at("#save-closure").focus()
    await board.press("Enter")
    await board.sees("#closures [role=status]", "Afgesloten")
    (closure,) = house.as_person("lb.brand").get("/api/closures").json()
    drawn = closure["closure"]["points"]
    assert drawn == [pytest.approx([X - 500.0, Y + 600.0], abs=60), pytest.approx([X - 500.0, Y - 600.0], abs=60)]
    assert closure["edges"] >= 2
    await expect(first).to_contain_text(east["call_sign"])
    # It says who stands nearer, and why that one does not go.
    await expect(first).to_contain_text(west["call_sign"])

    # Two keys alert it.
    await window.press("F6", "v")
    await expect(window.at("#proposal")).to_be_focused()
    await window.press("Enter")
    await window.sees("#working", east["call_sign"])
    assert house.unit("lb.brand", east["call_sign"])["assignment"]["incident"]
    assert house.unit("lb.brand", west["call_sign"])["assignment"] is None
    assert not board.complaints


IN_HAND = """async () => {
  const app = document.querySelector('script[type=module]').src;
  return (await import(app.replace('app.js', 'stores.js'))).focus.value?.kind === 'incident';
}"""
