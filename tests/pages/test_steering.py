"""The steering screens by keyboard: reading, judging, reviewing, adopting; and that the kinds of fact stay apart."""

from __future__ import annotations

import re

import pytest
from playwright.async_api import expect

from .conftest import Enter
from .house import House
from .shots import shot
from .test_axe import AXE, violations
from .test_layout import CLIPPED, TARGET, TOO_SMALL
from .test_words import SCREENS, STATIC, WORDS
from .window import Window

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]
READ_AGAIN = """async () => {
  const js = (name) => import(new URL(name, document.querySelector("script[type=module]").src).href);
  const { known } = await js("steering/store.js");
  known.value = structuredClone(known.value);
  await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
}"""
KEYS = {"today": "F2", "risks": "F3", "continuity": "F4", "lines": "F6", "money": "F7", "proof": "F8", "register": "F9"}
MIXED = """() => [...document.querySelectorAll('.sheet')].filter((sheet) => {
  const own = sheet.querySelectorAll(':scope > .title .kind').length;
  return !own && !sheet.querySelector('.inside .kind, .note');
}).map((sheet) => sheet.id)"""


async def steer(enter: Enter, house: House, account: str = "sturing", **how: str) -> Window:
    """Somebody at the steering screens, which have no live picture to wait for."""
    window = await enter(account, "/w/steering", **how)
    await expect(window.at(".sheets")).to_be_visible()
    return window


async def show(window: Window, screen: str) -> None:
    """Press a screen's key and wait for it."""
    await window.press(KEYS[screen])
    await expect(window.at("nav a[aria-current]").first).to_have_attribute("href", f"/w/steering/{screen}")
    await expect(window.at(".sheets")).to_be_visible()


async def test_the_keys_are_those_of_the_table() -> None:
    table = re.findall(r'name: "(\w+)", key: "(F\d)"', (STATIC / "js/steering/store.js").read_text())
    assert dict(table) == KEYS and list(KEYS) == SCREENS


async def test_signing_in_leads_a_planner_to_the_plan(enter: Enter, house: House) -> None:
    window = await enter("sturing", "/")
    await expect(window.page).to_have_url(re.compile("/w/steering$"))
    await expect(window.at("#steer-title")).to_contain_text("Vandaag")


@pytest.mark.parametrize("language", ["nl", "en"])
async def test_each_key_opens_its_screen_with_its_question(enter: Enter, house: House, language: str) -> None:
    window = await steer(enter, house, language=language)
    for screen in KEYS:
        await show(window, screen)
        await window.sees("#steer-title", WORDS[language][f"steering.tab.{screen}"])
        await window.sees("#steer-title", WORDS[language][f"steering.why.{screen}"])
        await expect(window.at("#steer")).to_be_focused()
        text = await window.at(".steering").inner_text()
        assert not re.search(r"steering\.\w|undefined|\[object|NaN", text), screen
        assert await window.page.evaluate(MIXED) == [], screen


async def test_an_operator_is_told_that_this_is_not_theirs(enter: Enter, house: House) -> None:
    window = await enter("ad.brand")
    window.may_be_refused = True
    await window.open("/w/steering")
    await expect(window.at(".wrong")).to_be_visible()
    await expect(window.at(".sheets")).to_have_count(0)


async def test_a_takeover_shows_without_typing(enter: Enter, house: House) -> None:
    window = await steer(enter, house)
    await show(window, "risks")
    seen = window.at("#risk-R-kamer-neer td.measured")
    before = await seen.inner_text()
    await show(window, "proof")
    recovered = window.at("#queries tbody tr", has_text="8.13.02")
    proven = await recovered.inner_text()
    house.do("zb.caco", type="declare_room_down", room="ZB", reason="Oefening sturing")
    await show(window, "today")
    await expect(window.at("#rooms-now tr.act")).to_contain_text("Oefening sturing")
    await shot(window, "steering_today")
    await show(window, "continuity")
    await expect(window.at("#recovery tbody tr", has_text="ZB.112")).to_contain_text("niet gezien")
    await shot(window, "steering_continuity")
    await show(window, "risks")
    await expect(seen).not_to_have_text(before)
    await show(window, "proof")
    await expect(recovered).not_to_have_text(proven, use_inner_text=True)
    await shot(window, "steering_proof")
    house.do("zb.caco", type="declare_room_up", room="ZB")


async def test_what_a_person_hears_of_a_service_is_told_and_shows(enter: Enter, house: House) -> None:
    window = await steer(enter, house)
    await show(window, "continuity")
    row = window.at("#services tbody tr", has_text="P2000")
    await expect(row).to_contain_text("niet gecontroleerd")
    await window.at("#tell-service").select_option("P2000")
    await window.at("#tell-state").select_option("down")
    await window.at("#tell-reason").focus()
    await window.type("Storing bij de leverancier")
    await window.press("Enter")
    await window.sees("#tell [role=status]", "Verstuurd")
    await expect(row).to_contain_text("werkt niet")
    await expect(row).to_contain_text("Storing bij de leverancier")
    await show(window, "today")
    await window.sees("#running", "P2000")
    await show(window, "continuity")
    await window.at("#tell-service").select_option("P2000")
    await window.at("#tell-state").select_option("up")
    await window.at("#tell-reason").focus()
    await window.type("Hersteld")
    await window.press("Enter")
    await expect(row).not_to_contain_text("werkt niet")


async def test_maintenance_is_announced_and_never_ends_before_it_begins(enter: Enter, house: House) -> None:
    window = await steer(enter, house)
    await show(window, "continuity")
    await window.at("#work-service").select_option("GMS")
    await window.at("#work-since").fill("2031-03-01T04:00")
    await window.at("#work-until").fill("2031-03-01T02:00")
    await window.at("#work-reason").fill("Nieuwe versie")
    await window.at("#work-reason").press("Enter")
    await window.sees("#maintenance [role=status]", "Het einde ligt voor het begin")
    await window.at("#work-until").fill("2031-03-01T06:00")
    await window.at("#work-by").select_option("rol-meldkamersysteem")
    await window.at("#work-reason").press("Enter")
    await window.sees("#maintenance [role=status]", "Verstuurd")


async def test_a_party_says_how_far_it_is_with_a_measure(enter: Enter, house: House) -> None:
    judge = await steer(enter, house, "risico.politie")
    await show(judge, "proof")
    row = judge.at("#measure-BIO2-5\\.30\\.01")
    await row.get_by_role("button").press("Enter")
    await expect(judge.at("#assess-party")).to_be_focused()
    await judge.at("#degree").select_option("3")
    await judge.at("#evidence").fill("Verslag van de oefening in mei")
    await judge.at("#assess-reason").focus()
    await judge.type("Jaarlijkse weging")
    await judge.press("Enter")
    await judge.sees("#assess [role=status]", "Verstuurd")
    await expect(row).not_to_contain_text("3/4")
    owner = await steer(enter, house)
    proposal = owner.at("#proposals .proposal", has_text="Jaarlijkse weging")
    await proposal.get_by_role("button", name="Overnemen").press("Enter")
    await expect(proposal).to_have_count(0)
    await show(owner, "proof")
    await expect(owner.at("#measure-BIO2-5\\.30\\.01")).to_contain_text("3/4")


async def test_everything_is_saved_as_a_workbook(enter: Enter, house: House) -> None:
    window = await steer(enter, house)
    await show(window, "money")
    async with window.page.expect_download() as waiting:
        await window.at("#workbook").press("Enter")
    download = await waiting.value
    assert download.suggested_filename.endswith(".xlsx")
    assert (await download.path()).read_bytes()[:2] == b"PK"
    await window.sees("#lists [role=status]", download.suggested_filename)


async def test_what_is_not_known_is_said_in_words(enter: Enter, house: House) -> None:
    window = await steer(enter, house)
    await show(window, "continuity")
    await window.sees("#services tbody tr:first-child", "niet gecontroleerd")
    await window.sees("#services tbody tr:first-child", "onbekend")
    await show(window, "lines")
    await window.sees("#items", "onbekend")


async def test_a_question_is_chosen_by_keys_and_answered_with_a_chart(enter: Enter, house: House) -> None:
    window = await steer(enter, house)
    await show(window, "money")
    await window.at("#scenario").focus()
    await window.at("#scenario").select_option("nms-herstart")
    await window.sees("#what-if", "NMS start weer op")
    await window.sees("#what-if", "onbekend")
    chart = window.at("#what-if .chart svg")
    await expect(chart).to_have_attribute("role", "img")
    assert "2029" in str(await chart.get_attribute("aria-label"))
    await expect(window.at("#budget .kind-adopted")).to_have_count(1)
    await expect(window.at("#reconcile tbody tr").first).to_be_visible()
    await window.at("#scenario").select_option("onzekerheid")
    await expect(chart).to_have_attribute("aria-label", re.compile("toekomst"))
    await shot(window, "steering_money")


async def test_judging_reviewing_and_adopting_by_three_people(enter: Enter, house: House) -> None:
    judge = await steer(enter, house, "risico.politie")
    await show(judge, "risks")
    await judge.at("#risk-R-kamer-uit").click()
    await judge.press("Enter")
    await expect(judge.at("#judge-party")).to_be_focused()
    assert await judge.at("#judge-party option").all_inner_texts() == ["Politie"]
    await judge.at("#likelihood").select_option("2")
    await judge.at("#impact").select_option("4")
    await judge.at("#judge-reason").focus()
    await judge.type("Eens in de drie jaar")
    await judge.press("Enter")
    await judge.sees("#judge [role=status]", "Verstuurd")
    await expect(judge.at("#risk-R-kamer-uit")).to_contain_text("nog niet")
    await show(judge, "today")
    await judge.sees("#proposals", "Uw eigen voorstel")

    owner = await steer(enter, house)
    proposal = owner.at("#proposals .proposal", has_text="Eens in de drie jaar")
    await expect(proposal).to_contain_text("Kans 2")
    await shot(owner, "steering_review")
    await proposal.get_by_role("button", name="Overnemen").press("Enter")
    await owner.sees("#proposals", "Er wacht geen voorstel")
    await show(owner, "risks")
    await expect(owner.at("#risk-R-kamer-uit .score").first).to_contain_text("8")
    await owner.at("#whose").select_option("POL")
    await expect(owner.at("#work-list", has_text="Een kamer valt uit")).to_have_count(0)
    await shot(owner, "steering_risks")

    board = await steer(enter, house, "bestuur")
    await show(board, "lines")
    await board.at("#why").focus()
    await board.type("Eerste vaststelling")
    await board.press("Enter")
    await board.sees("#adopt button", "Zeker?")
    await board.press("Enter")
    await expect(board.at("#before option")).to_have_count(1)


async def test_a_change_needs_its_reason_and_shows_in_the_calibration(enter: Enter, house: House) -> None:
    planner = await steer(enter, house)
    await show(planner, "lines")
    await planner.at("#item-C-c2000 button").press("Enter")
    await planner.at("#axis-at").fill("4")
    await planner.at("#reason").focus()
    await planner.press("Enter")
    await expect(planner.at("#change [role=status]")).to_have_text("")
    await planner.type("Capaciteit viel tegen")
    await planner.press("Enter")
    await planner.sees("#change [role=status]", "Verstuurd")
    owner = await steer(enter, house, "risico")
    proposal = owner.at("#proposals .proposal", has_text="Capaciteit viel tegen")
    await expect(proposal).to_contain_text("1 → 4")
    await proposal.get_by_role("button", name="Overnemen").press("Enter")
    await owner.sees("#proposals", "Er wacht geen voorstel")
    await show(owner, "lines")
    await expect(owner.at("#item-C-c2000 td").first).to_have_text("4")
    if await owner.at("#before").count():
        await owner.sees("#calibration", "Capaciteit viel tegen")
    await shot(owner, "steering_lines")


async def test_the_39th_demand_gets_in_by_a_form_and_is_reviewed_by_its_room(enter: Enter, house: House) -> None:
    planner = await steer(enter, house)
    await show(planner, "lines")
    await planner.at("#demands").get_by_role("button", name="Verder met beeldregie").press("Enter")
    await planner.sees("#record-title", "Verder met beeldregie")
    await expect(planner.at("#records tbody tr")).to_have_count(38)
    await expect(planner.at("#record-form input").first).to_be_focused()
    await planner.at("#new-record").press("Enter")
    await planner.sees("#record-title", "Nieuw")
    await planner.at("#record-id").fill("V-RTD-4")
    # What is being typed stands, whatever is drawn anew meanwhile.
    await planner.at("#f-name").focus()
    await planner.type("Rustiger li")
    await planner.page.evaluate(READ_AGAIN)
    await expect(planner.at("#f-name")).to_have_value("Rustiger li")
    await planner.type("cht")
    await planner.at("#f-name_en").fill("Calmer light")
    await planner.at("#f-serves").fill("M113")
    await planner.at("#f-serves").press("Enter")
    await planner.at("#f-room").select_option("RT")
    await planner.at("#f-order").fill("4")
    await planner.at("#f-recorded").fill("2026-01-05")
    await planner.at("#f-owner").select_option("rol-hmk-RT")
    await planner.at("#f-items").select_option("C-huisvesting")
    await planner.at(".filled:has(#f-items) > button").press("Enter")
    await planner.at("#record-role").select_option("rol-hmk-RT")
    await planner.at("#record-reason").fill("Gevraagd in het overleg")
    await shot(planner, "steering_register")
    await planner.at("#record-reason").press("Enter")
    await planner.sees("#record-form [role=status]", "Verstuurd")
    owner = await steer(enter, house, "risico")
    proposal = owner.at("#proposals .proposal", has_text="Gevraagd in het overleg")
    await expect(proposal).to_contain_text("C-huisvesting")
    await proposal.get_by_role("button", name="Overnemen").press("Enter")
    await owner.sees("#proposals", "Er wacht geen voorstel")
    await show(owner, "lines")
    await owner.sees("#demands-title", "39")
    await owner.sees("#demands", "Rustiger licht")


async def test_what_if_is_asked_with_other_figures_and_nothing_is_kept(enter: Enter, house: House) -> None:
    window = await steer(enter, house)
    window.may_be_refused = True
    await show(window, "money")
    await window.at("#scenario").select_option("nms-herstart")
    await window.sees("#what-if", "NMS, herstart: onbekend")
    await window.at("#assume-nms-years").fill("3")
    await window.at("#assume-nms-amount").fill("20000")
    await window.at("#assume-nms-amount").press("Enter")
    await window.sees("#assume [role=status]", "Met uw cijfers; niet bewaard")
    await expect(window.at("#what-if")).not_to_contain_text("NMS, herstart: onbekend")
    await window.at("#assume-nms-start").fill("2024")
    await window.at("#assume-nms-start").press("Enter")
    await window.sees("#assume [role=status]", "2024 lies before 2025")
    await window.at("#assume").get_by_role("button", name="Terug naar het plan").press("Enter")
    await window.sees("#what-if", "NMS, herstart: onbekend")


@pytest.mark.skipif(not AXE.exists(), reason="axe-core is not installed: run ./dev vendor")
@pytest.mark.parametrize(("language", "theme"), [("nl", "night"), ("en", "day")])
async def test_no_screen_has_a_violation_or_a_cut(enter: Enter, house: House, language: str, theme: str) -> None:
    window = await steer(enter, house, "risico.politie", language=language, theme=theme, csp=False)  # type: ignore[arg-type]
    found = []
    for screen in KEYS:
        await show(window, screen)
        if screen == "money":
            await expect(window.at("#what-if .chart svg")).to_be_visible()
        found += [f"{screen} {line}" for line in await violations(window)]
        found += [f"{screen} too small {line}" for line in await window.page.evaluate(TOO_SMALL, TARGET)]
        found += [f"{screen} cut {line}" for line in await window.page.evaluate(CLIPPED)]
    assert not found, "\n".join(found)


async def test_on_paper_it_stands_alone(enter: Enter, house: House) -> None:
    window = await steer(enter, house)
    for screen in KEYS:
        await show(window, screen)
        await window.page.emulate_media(media="print")
        for part in (".top", ".keys", ".choices >> nth=0"):
            await expect(window.at(part)).to_be_hidden()
        await expect(window.at("#steer-title")).to_be_visible()
        assert await window.at("#steer").evaluate("e => e.scrollHeight <= e.clientHeight + 1"), screen
        if screen == "risks":
            await expect(window.at("#work-list .waits button").first).to_be_visible()
            await expect(window.at("tr.selected").first).to_have_css("background-color", "rgba(0, 0, 0, 0)")
        if screen == "money":
            await expect(window.at("#what-if .chart .ground")).to_have_css("fill", "rgb(255, 255, 255)")
        await window.page.emulate_media(media="screen")
