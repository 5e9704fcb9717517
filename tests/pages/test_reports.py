"""The reports by keyboard: figures over a period that keys move, charts with a table beside them, and items of gaps."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.async_api import expect

from meldkamer.pack import load_pack

from .conftest import Enter
from .house import ROOT, House, running
from .reports_server import SLOW, towns_of
from .shots import shot
from .test_axe import AXE, violations
from .test_layout import CLIPPED, TARGET, TOO_SMALL
from .test_words import REPORTS, STATIC, WORDS
from .window import Window

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]
KEYS = {"overview": "F2", "rooms": "F3", "groups": "F4", "overflow": "F6", "gaps": "F7"}
SHEET = {"overview": "#overview", "rooms": "#level", "groups": "#drawn", "overflow": "#answered", "gaps": "#lasting"}


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """A server whose record holds five weeks, in which one room lags."""
    if not (ROOT / "src/meldkamer/desk/static/vendor/preact.js").exists():
        pytest.skip("the browser modules are not there: run ./dev vendor")
    with running(tmp_path_factory.mktemp("reports"), "reports_server.py") as house:
        yield house


async def reports(enter: Enter, account: str = "hoofd", screen: str = "overview", **how: str) -> Window:
    """Somebody at the reports, which have no live picture to wait for."""
    window = await enter(account, f"/w/reports/{screen}", **how)
    await expect(window.at(SHEET[screen])).to_be_visible()
    return window


async def show(window: Window, screen: str) -> None:
    """Press a screen's key and wait for it."""
    await window.press(KEYS[screen])
    await expect(window.at("nav a[aria-current]").first).to_have_attribute("href", f"/w/reports/{screen}")
    await expect(window.at(SHEET[screen])).to_be_visible()


async def test_the_keys_are_those_of_the_table() -> None:
    table = re.findall(r'name: "(\w+)", key: "(F\d)"', (STATIC / "js/reports/store.js").read_text())
    assert dict(table) == KEYS and list(KEYS) == REPORTS


@pytest.mark.skipif(not AXE.exists(), reason="axe-core is not installed: run ./dev vendor")
@pytest.mark.parametrize(("language", "theme"), [("nl", "night"), ("en", "day")])
async def test_each_key_opens_its_screen_and_everybody_can_read_it(
    enter: Enter, house: House, language: str, theme: str
) -> None:
    window = await reports(enter, language=language, theme=theme, csp=False)  # type: ignore[arg-type]
    found = []
    for screen in KEYS:
        await show(window, screen)
        await window.sees("#steer-title", WORDS[language][f"reports.tab.{screen}"])
        await window.sees("#steer-title", WORDS[language][f"reports.why.{screen}"])
        await expect(window.at("#steer")).to_be_focused()
        text = await window.at(".reports").inner_text()
        assert not re.search(r"reports\.\w|undefined|\[object|NaN", text), screen
        if screen in ("rooms", "groups", "overflow"):
            drawn = window.at(".chart svg")
            await expect(drawn).to_have_attribute("role", "img")
            assert len(await drawn.get_attribute("aria-label") or "") > 100, "the chart says in words what it shows"
        found += [f"{screen} {line}" for line in await violations(window)]
        found += [f"{screen} too small {line}" for line in await window.page.evaluate(TOO_SMALL, TARGET)]
        found += [f"{screen} cut {line}" for line in await window.page.evaluate(CLIPPED)]
    assert not found, "\n".join(found)


async def test_the_period_goes_by_keys(enter: Enter, house: House) -> None:
    window = await reports(enter)
    await expect(window.at("#period")).to_have_value(re.compile(r"^\d{4}-W\d\d$"))
    week = await window.at("#period").input_value()
    cell = window.at("#all-answer_112- td").first
    await expect(window.at("#period-days")).not_to_be_empty()
    await window.press("F9")
    await expect(window.at("#period")).not_to_have_value(week)
    await expect(cell).to_have_text("200")  # twenty first answers of each of ten rooms
    await shot(window, "reports_overview")
    await window.press("F10")
    await expect(window.at("#period")).to_have_value(week)
    await window.press("F8")
    await expect(window.at("#period")).to_be_focused()
    await window.type("1999-12")
    await window.press("Enter")
    await expect(cell).to_have_text("0")
    await window.sees("#all-answer_112-", "niet te meten")
    assert "period=1999-12" in window.page.url
    await window.press("F8")
    window.may_be_refused = True
    await window.type("volgende week")
    await window.press("Enter")
    await window.sees(".wrong", "Dat is geen periode")
    await window.at("#this-week").press("Enter")
    await expect(window.at(".wrong")).to_have_count(0)


async def test_the_room_that_lags_is_seen_and_the_measure_is_chosen(enter: Enter, house: House) -> None:
    window = await reports(enter, screen="rooms")
    await window.press("F9")
    await window.sees(f"#room-{SLOW}", "minder dan de rest")
    await expect(window.at("#differences tr.act")).to_have_count(1)
    await shot(window, "reports_rooms")
    await window.at("#measure").select_option("answer_region B")
    await window.sees("#differences-title", "Aannametijd regio, Brandweer")
    await show(window, "groups")
    for by, some in (
        ("hour", "12"),
        ("municipality", towns_of(load_pack())[SLOW][0]),
        ("room", "Zeeland-West-Brabant"),
    ):
        await window.at("#by").select_option(by)
        await window.sees("#counted", some)
        await expect(window.at("#drawn .chart svg")).to_be_visible()
        if by == "hour":
            await shot(window, "reports_hours")
    await show(window, "overflow")
    await shot(window, "reports_overflow")


async def test_the_files_are_there_to_take_away(enter: Enter, house: House) -> None:
    window = await reports(enter)
    await window.press("F9")
    await expect(window.at("#all-answer_112- td").first).to_have_text("200")
    for kind in ("csv", "parquet", "html"):
        async with window.page.expect_download() as coming:
            await window.at(f"#file-{kind}").press("Enter")
        download = await coming.value
        assert re.fullmatch(rf"kwaliteit-\d{{4}}-W\d\d\.{kind}", download.suggested_filename)


async def test_a_lasting_gap_becomes_an_item_with_keys_alone(enter: Enter, house: House) -> None:
    window, reader = await reports(enter, screen="gaps"), await reports(enter, "bestuur", "gaps")
    lag = window.at(f"#lag-{SLOW}-answer_112")
    await expect(lag).to_contain_text("minder dan de rest")
    await expect(reader.at(f"#lag-{SLOW}-answer_112")).to_contain_text("nog geen")
    await expect(reader.at("#lasting button")).to_have_count(0)
    await lag.get_by_role("button").focus()
    await window.press("Enter")
    await expect(window.at("#new-gap-owner")).to_be_focused()
    await window.press("Tab", "Tab")
    await window.type("Twee zetels meer in de avond")
    await window.press("Enter")
    item = window.at(f"#item-{SLOW}-answer_112")
    await expect(item).to_contain_text("Hoofd meldkamer, Meldkamer Zeeland-West-Brabant")
    await expect(item).to_contain_text("Twee zetels meer in de avond")
    await shot(window, "reports_item")

    await item.get_by_role("button", name="Wijzigen").press("Enter")
    form = window.at(f"#change-{SLOW}-answer_112")
    await expect(form.locator("select").first).to_be_focused()
    await form.locator("[name=reason]").focus()
    await window.type("Ander rooster")
    await form.locator("[name=action]").fill("Eén zetel meer in de avond")
    await window.press("Enter")
    await expect(item).to_contain_text("Ander rooster")

    await item.get_by_role("button", name="Sluiten").press("Enter")
    await expect(window.at(f"#close-{SLOW}-answer_112-reached")).to_be_focused()
    await window.press("Tab")
    await window.type("Drie weken gelijk aan de rest")
    await window.press("Enter")
    await window.sees("#done", "Drie weken gelijk aan de rest")
    await expect(item).to_have_count(0)
    await reader.press("F2")
    await show(reader, "gaps")
    await reader.sees("#done", "gesloten, het verschil is weg")


async def test_an_operator_is_told_that_this_is_not_theirs(enter: Enter, house: House) -> None:
    window = await enter("ad.brand")
    await expect(window.at(".top a[href='/w/reports']")).to_have_count(0)
    window.may_be_refused = True
    await window.open("/w/reports")
    await expect(window.at(".wrong")).to_be_visible()
    await expect(window.at(".sheet")).to_have_count(0)


async def test_on_paper_it_stands_alone(enter: Enter, house: House) -> None:
    window = await reports(enter)
    for screen in KEYS:
        await show(window, screen)
        await window.page.emulate_media(media="print")
        for part in (".top", ".keys", ".period"):
            await expect(window.at(part)).to_be_hidden()
        assert await window.at("#steer").evaluate("e => e.scrollHeight <= e.clientHeight + 1"), screen
        await window.page.emulate_media(media="screen")
