"""Drawing on the map: by keys, by command and by mouse, on every room's map at once, and over with its incident."""

from __future__ import annotations

import re
import time
from typing import Any

import pytest
from playwright.async_api import Locator, expect

from .conftest import Enter
from .house import House
from .shots import shot
from .test_axe import AXE, violations
from .test_past import local, second, until_past
from .window import Window

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]
DRAWN = """async (region) => {
  const app = document.querySelector("script[type=module]").src;
  const { counting } = await import(app.replace("app.js", "drawings.js"));
  return counting.value.filter((d) => d.ref.startsWith(region))
    .map((d) => [d.shape, d.points, d.radius]);
}"""
X, Y = 192_000.0, 364_000.0


async def drawn(window: Window, region: str) -> list[Any]:
    found: list[Any] = await window.page.evaluate(DRAWN, region)
    return found


def rows(window: Window, region: str) -> Locator:
    """What is drawn of a region, in the list: other tests draw too, and every map shows all."""
    return window.at(f"#drawings .row[data-drawing^='{region}/']")


async def code_of(window: Window) -> str:
    row = rows(window, "LB")
    return (await row.locator(".mono").inner_text()).strip()


async def test_by_keys_in_one_room_and_at_once_on_the_map_of_another(enter: Enter, house: House) -> None:
    window = await enter("lb.brand", "/w/map")
    other = await enter("rt.brand", "/w/map", language="en")
    await expect(other.at("#new-drawing")).to_be_visible()
    await expect(rows(other, "LB")).to_have_count(0)
    await window.at("#new-drawing").focus()
    await window.press("Enter")
    await expect(window.at(".map-canvas")).to_be_focused()
    await window.press("0", "Enter", "ArrowRight", "Backspace", "Enter")
    await window.sees("#draw", "1 van ten minste 1 punten")
    await window.at("#sketch-radius").focus()
    await window.press("Control+a")
    await window.type("250")
    await window.at("#sketch-text").focus()
    await window.type("gaslek bij de markt")
    await window.at("#save-drawing").focus()
    await window.press("Enter")
    await expect(window.at(".map-canvas")).to_be_focused()
    await expect(rows(window, "LB")).to_contain_text(re.compile("Afzetting cirkel 250 m.*gaslek bij de markt"))
    row = rows(other, "LB")
    await expect(row).to_contain_text(
        re.compile(r"Cordon circle 250 m.*gaslek bij de markt.*LB · no end · by [\w.]+ \(LB\)")
    )

    code = await code_of(window)
    await window.command(f"tekenv {code} 400 2u gaslek, breder")
    await window.sees(".preview", f"Tekening {code} (afzetting) wijzigen: 400 m")
    await window.press("Enter")
    await expect(row).to_contain_text(re.compile("Cordon circle 400 m.*gaslek, breder.*until"))
    # Who comes in later, or again, has it too.
    await other.page.reload()
    await other.ready()
    await expect(row).to_contain_text(re.compile("400 m.*gaslek, breder"))
    # Another room than the one that serves the region may see it and no more.
    other.may_be_refused = True
    await other.command(f"drawx {code}")
    await other.press("Enter")
    await other.sees(".preview.twice", f"Take away drawing {code} (cordon)")
    await other.press("Enter")
    await expect(other.at(".preview.wrong")).to_be_visible()

    at = second(house, "lb.brand", "LB")
    await window.at("#drawings").focus()
    await window.press("Enter", "-")
    await expect(window.at("#command")).to_have_value(f"tekenw {code} ")
    await window.press("Enter")
    await window.sees(".preview.twice", f"Tekening {code} (afzetting) weghalen")
    await window.press("Enter")
    await expect(rows(window, "LB")).to_have_count(0)
    await expect(row).to_have_count(0)
    until_past(house, "lb.brand", at)
    then = await enter("lb.brand", f"/w/map?at={local(at)}&why=evaluation")
    await expect(rows(then, "LB")).to_contain_text(re.compile("400 m.*gaslek, breder"))
    await expect(then.at("#draw button")).to_have_count(0)


async def test_by_command_for_an_incident_with_which_it_ends(enter: Enter, house: House) -> None:
    place = {"text": "Tekenplaats", "x": X, "y": Y, "source": "operator"}
    ref = house.incident("zb.brand", "ZB", "B", "Tekenplaats", location=place)
    number = next(i["number"] for i in house.picture("zb.brand", "ZB")["incidents"] if i["ref"] == ref)
    window = await enter("zb.brand", "/w/map")
    await window.command(f"teken gebied 300 hier #{number} rook, ramen dicht")
    await window.sees(".preview", f"Tekenen: gevaar · 300 m · hier · #{number}, einde –: rook, ramen dicht")
    await window.press("Enter")
    await expect(rows(window, "ZB")).to_contain_text(re.compile(f"Gevarengebied cirkel 300 m.*#{number}"))
    assert await drawn(window, "ZB") == [["circle", [[X, Y]], 300]]
    await window.command("teken route ZB [192100 364000] [192100 364900] van het noorden")
    await window.press("Enter")
    await expect(rows(window, "ZB")).to_have_count(2)
    assert (await drawn(window, "ZB"))[0] == ["line", [[192_100, 364_000], [192_100, 364_900]], 0]
    area = [[192_350, 364_100], [192_700, 364_150], [192_650, 364_450], [192_400, 364_400]]
    drawn_by = {"type": "draw", "region": "ZB", "incident": ref}
    house.do("zb.brand", **drawn_by, drawing="area", shape="area", kind="evacuation", points=area, text="flat leeg")
    house.do("zb.brand", **drawn_by, drawing="mark", shape="mark", kind="assembly", points=[[191_300, 363_800]])
    await expect(rows(window, "ZB")).to_have_count(4)
    await window.at("#drawings").focus()
    await window.at("#drawings .row", has_text="Gevarengebied").click()
    await window.press("Enter")
    await shot(window, "drawing")
    for name in ("area", "mark"):
        house.do("zb.brand", type="remove_drawing", drawing=f"ZB/{name}")
    await expect(rows(window, "ZB")).to_have_count(2)
    await window.press("Control+z")
    await expect(rows(window, "ZB")).to_have_count(1)
    house.do("zb.brand", type="close_track", incident=ref, discipline="B", code="oef")
    await expect(rows(window, "ZB")).to_have_count(0)
    detail = house.as_person("zb.brand").get("/api/picture?regions=ZB").json()["drawings"]
    assert [d["over"] is None for d in detail if d["incident"] == ref] == [False] * 3


async def test_by_mouse_an_area_that_is_moved_afterwards(enter: Enter, house: House) -> None:
    window = await enter("ob.brand", "/w/map", language="en")
    await window.at("#new-drawing").click()
    await window.at("#sketch-shape").select_option("area")
    await window.at("#sketch-kind").select_option("evacuation")
    box = await window.at(".map-canvas").bounding_box()
    assert box is not None
    for n, (dx, dy) in enumerate(((500, 200), (700, 200), (600, 350))):
        await window.page.mouse.click(box["x"] + dx, box["y"] + dy)
        await window.sees("#draw", f"{n + 1} of at least 3 points")
    await window.at("#sketch-hours").select_option("4")
    await window.at("#save-drawing").click()
    row = rows(window, "OB")
    await expect(row).to_contain_text(re.compile(r"Evacuation area.*until"))
    [[shape, before, _]] = await drawn(window, "OB")
    assert shape == "area" and len(before) == 3
    await row.click()
    await window.at("#change-drawing").click()
    await window.at(".tools button", has_text="Point back").click()
    await window.page.mouse.click(box["x"] + 650, box["y"] + 400)
    await window.at("#save-drawing").click()
    await expect(row).to_contain_text("changed by")
    [[_, after, _]] = await drawn(window, "OB")
    assert after[:2] == before[:2] and after[2] != before[2]
    await row.click()
    await window.at("#remove-drawing").click()
    await expect(window.at("#remove-drawing")).to_have_text("Sure to take away?")
    await window.at("#remove-drawing").click()
    await expect(row).to_have_count(0)


@pytest.mark.skipif(not AXE.exists(), reason="axe-core is not installed: run ./dev vendor")
async def test_the_list_and_the_form_have_no_violation(enter: Enter, house: House) -> None:
    for n, kind in enumerate(("cordon", "danger")):
        shape = {"shape": "circle", "kind": kind, "points": [[155_000 + 900 * n, 463_000]], "radius": 400}
        until = int(time.time() * 1000) + 3_600_000
        house.do("md.brand", type="draw", region="MD", drawing=f"d{n}", until=until, text=f"<b>tekst {n}", **shape)
    window = await enter("md.brand", "/w/map", language="en", csp=False)
    await window.sees("#drawings", "<b>tekst 1")
    await window.at("#drawings").focus()
    await window.press("ArrowDown")
    await expect(window.at("#change-drawing")).to_be_visible()
    assert await violations(window) == []
    await window.press("e")
    await expect(window.at("#sketch-radius")).to_have_value("400")
    assert await violations(window) == []
