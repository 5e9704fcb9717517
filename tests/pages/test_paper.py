"""The status sheet as a Caco prints it, and as it opens from a disk with nothing else there."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.async_api import Browser, expect

from .conftest import Enter
from .house import House
from .test_axe import AXE, TAGS

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]
ROOM = "ON"
FIRE, CACO = f"{ROOM.lower()}.brand", f"{ROOM.lower()}.caco"


def a_fire(house: House, place: str) -> str:
    """A fire with a line, a caller and a unit on its way."""
    call = house.ring(f"{ROOM}.B.intake", "0612345670", "Mevrouw De Boer")
    ref = house.incident(FIRE, ROOM, "BA", place, class_text="Woningbrand", priority=1, call=call)
    house.do(FIRE, type="write_note", incident=ref, line=ref[-8:], text="Dak staat in brand, bewoners buiten")
    engine = house.free(FIRE, "B")
    house.do(FIRE, type="assign_unit", unit=engine["ref"], assignment=ref[-10:], incident=ref)
    return str(engine["call_sign"])


async def test_a_caco_prints_from_the_command_line(enter: Enter, house: House) -> None:
    engine = a_fire(house, "Bladweg 1")
    window = await enter(CACO, "/w/caco")
    # What the browser would ask a person about cannot be answered here; that it was asked can be seen.
    await window.page.context.add_init_script("print = () => { document.documentElement.dataset.printed = 'yes'; }")
    await window.command("bl")
    await window.sees(".preview", "Statusblad")
    async with window.page.context.expect_page() as opening:
        await window.press("Enter")
    sheet = await opening.value
    await expect(sheet.locator("h1")).to_contain_text("Statusblad Meldkamer")
    await expect(sheet.locator(".age")).to_contain_text("Stand van")
    await expect(sheet.locator(".age")).to_contain_text(CACO)
    await expect(sheet.locator(".incident", has_text="Bladweg 1")).to_contain_text(engine)
    text = await sheet.content()
    assert "Mevrouw De Boer" not in text and "bewoners buiten" not in text
    await expect(sheet.locator("html[data-printed=yes]")).to_have_count(1)
    await sheet.close()

    await window.command("bl b")
    async with window.page.context.expect_page() as opening:
        await window.press("Enter")
    sheet = await opening.value
    await expect(sheet.locator(".incident", has_text="Bladweg 1")).to_contain_text("bewoners buiten")
    await expect(sheet.locator(".only")).to_contain_text("Alleen voor Brandweer")
    await sheet.close()

    await window.command("bl z")
    await window.sees(".preview", "Welk blad?")


@pytest.mark.parametrize("language", ["nl", "en"])
async def test_it_opens_from_a_disk_asks_for_nothing_and_prints(
    browser: Browser, house: House, tmp_path: Path, language: str
) -> None:
    place = f"Schijfweg {language}"
    a_fire(house, place)
    answer = house.as_person(FIRE).get(f"/paper/{ROOM}/B?language={language}")
    path = tmp_path / "sheet.html"
    path.write_text(answer.text, encoding="utf-8")

    context = await browser.new_context(offline=True, java_script_enabled=True)
    page = await context.new_page()
    asked: list[str] = []
    said: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda line: said.append(line.text))
    await page.goto(path.as_uri())
    await expect(page.locator(".incident", has_text=place)).to_be_visible()
    assert asked == [path.as_uri()] and said == []
    size = await page.locator("h1").evaluate("e => getComputedStyle(e).fontSize")
    assert float(size.removesuffix("px")) > 20, "its style is applied"
    pdf = await page.pdf(format="A4", print_background=False)
    assert pdf.startswith(b"%PDF") and len(pdf) > 5_000
    assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    await context.close()


@pytest.mark.skipif(not AXE.exists(), reason="axe-core is not installed: run ./dev vendor")
async def test_it_has_no_violation(browser: Browser, house: House, tmp_path: Path) -> None:
    answer = house.as_person(FIRE).get(f"/paper/{ROOM}/B")
    path = tmp_path / "sheet.html"
    path.write_text(answer.text, encoding="utf-8")
    context = await browser.new_context(bypass_csp=True)
    page = await context.new_page()
    await page.goto(path.as_uri())
    await page.evaluate(AXE.read_text())
    found = await page.evaluate("tags => axe.run({runOnly: {type: 'tag', values: tags}})", TAGS)
    assert [violation["id"] for violation in found["violations"]] == []
    await context.close()
