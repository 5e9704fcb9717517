"""Questions beside the form and in an incident, by keys alone: never in the way, never lost, and behind their walls."""

from __future__ import annotations

import datetime
import random
import re
import time
from typing import Any

import msgspec
import pytest
from playwright.async_api import Browser, expect

from meldkamer.pack import load_pack, set_for, shown

from .conftest import Enter
from .house import House
from .line import line_to
from .shots import shot
from .test_axe import AXE, violations
from .window import Window

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

SAID = {
    "nl": {
        "room": "RT",
        "yes": "j",
        "title": "Onwel of ziek",
        "awake": "Is de patiënt aanspreekbaar?",
        "breathing": "Hoe is de ademhaling?",
        "short": "Hoorbaar benauwd",
        "advice": "Laat de patiënt rechtop zitten",
        "count": "2 van",
        "offer": "Bewustzijn: Niet aanspreekbaar",
        "first": "eerst vragen",
    },
    "en": {
        "room": "LB",
        "yes": "y",
        "title": "Unwell or ill",
        "awake": "Does the patient respond?",
        "breathing": "How is the breathing?",
        "short": "Audibly short of breath",
        "advice": "Let the patient sit upright",
        "count": "2 of",
        "offer": "Bewustzijn: Niet aanspreekbaar",
        "first": "ask first",
    },
}


def answers(detail: dict[str, Any]) -> list[tuple[str, str | None]]:
    return [(a["question"], a["answer"]) for a in detail["answers"]]


async def on(window: Window, words: str) -> None:
    """This question is the one that a key answers."""
    await expect(window.at(".question.active .ask")).to_contain_text(words)


async def in_the_form(window: Window, place: str, what: str) -> None:
    """A place and a class in the form, by keys."""
    await window.press("F4")
    await window.type(place)
    await window.press("Enter")
    await expect(window.at("#what")).to_be_focused()
    await window.type(what)
    await window.press("Enter")
    await expect(window.at("#priority")).to_be_focused()


@pytest.mark.parametrize("language", ["nl", "en"])
async def test_questions_are_answered_beside_the_form_by_single_keys(enter: Enter, house: House, language: str) -> None:
    said = SAID[language]
    room = said["room"]
    account, place = f"{room.lower()}.ambu", f"Vraagkade {language}"
    house.ring(f"{room}.A.intake", "0612340101", "Vraag Beller")
    window = await enter(account, language=language)
    await expect(window.at("#queue .row")).to_have_count(1)
    await window.press("F5")
    await window.sees(".head", "0612340101")
    await in_the_form(window, place, "gzoz")
    await window.sees("#questions-title", said["title"])
    await expect(window.at(".question .chip.first").first).to_have_text(said["first"])

    await window.press("F3")
    await expect(window.at("#questions")).to_be_focused()
    await on(window, said["awake"])
    await window.press("n")
    await on(window, said["breathing"])
    await window.press("3")
    await window.sees("#questions-title", said["count"])
    await expect(window.at(".question .said").nth(1)).to_have_text(said["short"])
    await window.sees(".advice", said["advice"])

    # What follows is offered, and nothing of it is done before somebody takes it.
    await window.sees(".offers", said["offer"])
    await expect(window.at(".characteristics .chip")).to_have_count(0)
    await window.press("+")
    await window.sees(".characteristics .chip", said["offer"])
    await expect(window.at(".offers")).not_to_contain_text(said["offer"])
    await expect(window.at(".offer")).to_have_count(2)
    await window.press("-")
    await expect(window.at(".offer")).to_have_count(1)
    if language == "nl":
        await shot(window, "questions")

    await window.press("Escape")
    await expect(window.at("#first-note")).to_be_focused()
    await window.type("hond in de tuin")
    await window.page.reload()
    await window.ready()
    await window.at("#queue .row").first.click()
    await window.sees("#questions-title", said["count"])
    await expect(window.at("#first-note")).to_have_value("hond in de tuin")

    # Open questions hold nothing up.
    await window.press("F3")
    await expect(window.at("#questions")).to_be_focused()
    await window.press("Control+Enter")
    await expect(window.at(".head .place")).to_have_text(place)
    await window.sees(".log", said["short"])
    row = next(i for i in house.picture(account, room)["incidents"] if i["location"]["text"] == place)
    assert answers(house.detail(account, row["ref"])) == [("awake", "no"), ("breathing", "short")]
    assert row["characteristics"] == {"Bewustzijn": "Niet aanspreekbaar"}
    assert "benauwd" not in str(house.detail(f"{room.lower()}.brand", row["ref"]))


@pytest.mark.parametrize("language", ["nl", "en"])
async def test_an_incident_is_asked_about_and_every_answer_stands_in_its_log(
    enter: Enter, house: House, language: str
) -> None:
    room = {"nl": "ZB", "en": "OB"}[language]
    account, place = f"{room.lower()}.brand", f"Vraagplein {language}"
    ref = house.incident(account, room, "PB", place, class_code="brgb01")
    window = await enter(account, language=language)
    other = await enter(f"{room.lower()}.politie", language=language)
    await window.in_hand(place)
    await other.in_hand(place)
    inside, yes, no = {
        "nl": ("Zijn er nog mensen binnen?", "ja", "nee"),
        "en": ("Are there still people inside?", "yes", "no"),
    }[language]

    await window.sees("#questions-title", "0 ")
    await window.press("F3")
    await on(window, inside)
    await window.press(SAID[language]["yes"])
    await window.sees(".log", f"{inside} {yes}")
    # The next question asks for words: the first letter begins them, Enter gives them.
    await expect(window.at(".question.active input.reply")).to_be_visible()
    await window.type("twee, op zolder")
    await expect(window.at(".question.active input.reply")).to_have_value("twee, op zolder")
    await window.press("Enter")
    await expect(window.at("#questions")).to_be_focused()
    await expect(window.at(".log .answered")).to_have_count(2)
    await other.sees(".log", "twee, op zolder")

    number = window.at("section[aria-labelledby=incident-title] .head .box")
    await expect(number).to_have_text("2")
    await window.press("+")
    await expect(number).to_have_text("1")

    # Another answer is one more line, and so is one that is taken back.
    await window.press("ArrowUp", "ArrowUp")
    await on(window, inside)
    await window.press("n")
    await expect(window.at(".log .answered", has_text=f"{inside} {no}")).to_have_count(1)
    await expect(window.at(".question", has_text="zolder")).to_have_count(0)
    await window.press("ArrowUp")
    await on(window, inside)
    await window.press("Delete")
    await expect(window.at(".log .answered")).to_have_count(4)
    told = house.detail(account, ref)["answers"]
    assert [(a["question"], a["answer"], a["withdrawn"]) for a in told] == [
        ("inside", "yes", False),
        ("how_many", "twee, op zolder", False),
        ("inside", "no", False),
        ("inside", None, True),
    ]
    assert {a["by"] for a in told} == {account} and {a["version"] for a in told} == {"2026.1"}
    await expect(other.at(".log .answered")).to_have_count(4)


async def test_a_call_that_is_handed_on_takes_its_answers_along_but_no_medical_one(enter: Enter, house: House) -> None:
    ref = house.ring("NH.A.intake", "0612340909", "Doorver Bonden")
    window = await enter("nh.ambu")
    await expect(window.at("#queue .row")).to_have_count(1)
    await window.press("F5")
    await window.sees(".head", "0612340909")
    await in_the_form(window, "Doorweg 9", "gzra")
    await window.press("F3")
    await on(window, "Reageert de persoon")
    await window.press("n", "1", "n", "j")
    await expect(window.at(".question .said")).to_have_count(4)
    await window.at(".write select").first.select_option("NH.B.intake")
    await window.at(".write button").first.click()
    await expect(window.at("#queue .row", has_text="in gesprek")).to_have_count(0)
    summary = house.as_person("nh.brand").get(f"/api/calls/{ref}").json()["caller"]["summary"]
    assert summary.splitlines() == [
        "Waar: Doorweg 9",
        "Wat: Gezondheid / Reanimatie",
        "Is er iemand bezig met borstcompressies? nee",
        "Is er een AED in de buurt? ja",
    ]


async def test_quick_keys_meet_the_questions_that_follow_from_those_before(enter: Enter, house: House) -> None:
    ref = house.incident("md.politie", "MD", "P", "Snelweg 1", class_code="bzdswk")
    window = await enter("md.politie")
    await window.in_hand("Snelweg 1")
    await window.sees("#questions-title", "Diefstal")
    await window.press("F3")
    await expect(window.at("#questions")).to_be_focused()
    # Present, held, violent: the second is only asked because of the first, which the room has hardly heard.
    await window.press("j", "n", "n")
    await expect(window.at(".log .answered")).to_have_count(3)
    assert sorted(answers(house.detail("md.politie", ref))) == [("held", "no"), ("present", "yes"), ("violent", "no")]


async def test_what_was_typed_as_an_answer_is_not_lost(enter: Enter, house: House) -> None:
    house.incident("nh.politie", "NH", "P", "Bewaarweg 2", class_code="vovsps")
    window = await enter("nh.politie")
    await window.in_hand("Bewaarweg 2")
    await window.sees("#questions-title", "Verdachte situatie")
    await window.press("F3")
    await expect(window.at("#questions")).to_be_focused()
    await window.press("ArrowDown")
    await on(window, "Wat gebeurt er precies")
    await window.type("kijkt in auto's")
    await window.press("Escape")
    await expect(window.at("#questions")).to_be_focused()
    await expect(window.at(".question.active input.reply")).to_have_value("kijkt in auto's")
    await window.page.reload()
    await window.ready()
    await window.in_hand("Bewaarweg 2")
    await window.sees("#questions-title", "Verdachte situatie")
    await window.press("F3", "ArrowDown")
    await expect(window.at(".question.active input.reply")).to_have_value("kijkt in auto's")
    await expect(window.at(".log .answered")).to_have_count(0)


async def test_answers_given_without_a_link_come_later_with_their_own_time(enter: Enter, house: House) -> None:
    ref = house.incident("md.brand", "MD", "B", "Stille Vraag 1", class_code="brwe")
    async with line_to(house.url) as line:
        window = await enter("md.brand", url=line.url)
        window.may_lose_link = True
        await window.in_hand("Stille Vraag 1")
        await window.sees("#questions-title", "Brand in een voertuig")
        line.silence()
        await expect(window.at(".band.lost")).to_be_visible()
        await window.press("F3")
        await expect(window.at("#questions")).to_be_focused()
        given = time.time() * 1000
        await window.press("j", "1")
        await window.sees(".band.lost", "(2)")
        await window.sees("#questions-title", "2 van")
        assert house.detail("md.brand", ref)["answers"] == []
        line.restore()
        await window.ready()
        await expect(window.at(".log .answered")).to_have_count(2)
    told = house.detail("md.brand", ref)["answers"]
    assert [(a["question"], a["answer"]) for a in told] == [("inside", "yes"), ("what", "car")]
    assert all(abs(a["at"] - given) < 5_000 for a in told)


async def test_a_medical_question_is_asked_only_by_those_who_may_read_its_answer(enter: Enter, house: House) -> None:
    ref = house.incident("on.ambu", "ON", "BA", "Muurweg 3", class_code="gzra")
    given = {"type": "answer_question", "incident": ref, "set": "resuscitation", "version": "2026.1"}
    house.do("on.ambu", **given, question="breathing", answer="gasping")
    house.do("on.ambu", **given, question="aed", answer="yes")
    window = await enter("on.brand")
    await window.in_hand("Muurweg 3")
    await window.sees(".log", "AED in de buurt?")
    await expect(window.at(".question").first).to_be_visible()
    assert not re.search("happend|Ademt de persoon", await window.page.content())
    ambulance = await enter("on.ambu")
    await ambulance.in_hand("Muurweg 3")
    await ambulance.sees(".log", "Af en toe, happend")
    await expect(ambulance.at(".advice")).to_have_count(0)
    await ambulance.press("F3")
    await ambulance.sees(".advice", "druk hard en snel")


async def test_characteristics_are_set_by_a_line_by_the_command_line_and_by_form(enter: Enter, house: House) -> None:
    ref = house.incident("nn.brand", "NN", "B", "Kenmerkweg 4")
    window = await enter("nn.brand")
    await window.in_hand("Kenmerkweg 4")
    await window.command("-grip 2 z")
    await window.sees(".preview", "GRIP wordt 2 zonder CoPI")
    await window.command("-soort wap")
    await window.sees(".preview", "Welke?")
    await window.press("Enter")
    await expect(window.at("#command")).to_have_value("-soort wap")
    await window.command("-grip 2")
    await window.sees(".preview", "GRIP wordt 2")
    await expect(window.at("#follows ul")).to_be_visible()
    await window.press("Enter")
    await window.sees(".characteristics .chip", "GRIP: 2")

    await window.at("#note").focus()
    await window.type("twee gewonden gezien")
    await window.press("Enter")
    await window.type("-gew 2")
    await window.press("Enter")
    await window.type("-gewonden bestaat niet")
    await window.press("Control+Enter")
    await window.sees(".log", "twee gewonden gezien")
    await expect(window.at(".characteristics .chip", has_text="Aantal gewonden: 2")).to_have_count(1)

    await window.at("#characteristic").select_option("Windrichting")
    value = window.at("#characteristic-value")
    await value.select_option(index=1)
    await expect(window.at(".characteristics .chip", has_text="Windrichting")).to_have_count(1)
    await window.at(".characteristics .chip", has_text="GRIP").locator("button").click()
    await expect(window.at(".characteristics .chip", has_text="GRIP")).to_have_count(0)
    kept = house.detail("nn.brand", ref)["incident"]["characteristics"]
    assert kept["Aantal gewonden"] == "2" and set(kept) == {"Aantal gewonden", "Windrichting"}


async def test_a_class_is_found_in_the_tree(enter: Enter, house: House) -> None:
    window = await enter("dh.brand")
    await window.press("F2")
    await expect(window.at("#what")).to_be_visible()
    await window.at("#what").focus()
    await window.press("ArrowDown")
    tree = window.at("#class-tree")
    await expect(tree).to_be_focused()
    await expect(tree.locator(".branch")).to_have_count(10)
    await window.press("ArrowDown", "ArrowDown")
    await expect(tree.locator(".branch.selected")).to_contain_text("Brand")
    await window.press("ArrowRight")
    await window.sees(".tree", "Brand")
    await expect(tree.locator(".branch").first).to_contain_text("Bijgebouw")
    await window.press("ArrowLeft")
    await expect(tree.locator(".branch.selected")).to_contain_text("Brand")
    await window.press("ArrowRight", "ArrowDown", "ArrowDown")
    await expect(tree.locator(".branch.selected")).to_contain_text("Gebouw")
    await window.press("Enter")
    await expect(window.at("#priority")).to_be_focused()
    await expect(window.at("#what")).to_have_value("Brand / Gebouw")
    await window.sees("#questions-title", "Brand in een gebouw")


SAME = """async ([sets, cases]) => {
  const { setFor, shown, suggested } = await import('/static/js/questions.js');
  return cases.map(({ code, day, answers, medical }) => {
    const set = setFor(sets, code, day);
    const { questions } = shown(set, answers, medical);
    return { set: `${set.id} ${set.version}`, questions: questions.map((q) => q.id) };
  });
}"""


async def test_the_desk_asks_what_the_country_says(browser: Browser, house: House) -> None:
    """The pages and the pack choose the same set and show the same questions, whatever was answered."""
    pack, chance = load_pack(), random.Random(4)
    older = msgspec.structs.replace(pack.question_sets[0], version="0", effective=datetime.date(2020, 1, 1))
    sets = (*pack.question_sets, older)
    days = [datetime.date(2025, 6, 1), datetime.date(2026, 6, 1)]
    cases, expected = [], []
    for _ in range(600):
        code, day = chance.choice(pack.classes).code, chance.choice(days)
        one = set_for(sets, code, day)
        if one is None:
            continue
        answers = {q.id: chance.choice([*q.answers(), "0", "3", "x"]) for q in one.questions if chance.random() < 0.7}
        cases.append({"code": code, "day": day.isoformat(), "answers": answers, "medical": True})
        asked = [q.id for q in shown(one.questions, answers)]
        expected.append({"set": f"{one.id} {one.version}", "questions": asked})
    page = await (await browser.new_context()).new_page()
    await page.goto(house.url)
    assert len(cases) > 300
    plain = msgspec.json.decode(msgspec.json.encode(sets))
    assert await page.evaluate(SAME, [plain, cases]) == expected
    await page.context.close()


@pytest.mark.skipif(not AXE.exists(), reason="axe-core is not installed: run ./dev vendor")
@pytest.mark.parametrize(("language", "theme"), [("nl", "night"), ("en", "day")])
async def test_axe_finds_nothing_wrong(enter: Enter, house: House, language: str, theme: str) -> None:
    room = {"nl": "AD", "en": "DH"}[language]
    account = f"{room.lower()}.ambu"
    ref = house.incident(account, room, "A", "Asweg 5", class_code="gzoz")
    window = await enter(account, language=language, theme=theme, csp=False)
    await window.press("F2")
    await in_the_form(window, "Asweg 6", "gzoz")
    await window.press("F3", "n", "2")
    await expect(window.at(".offers")).to_be_visible()
    found = {"form": await violations(window)}
    await window.at("#what").focus()
    await window.press("ArrowDown")
    await expect(window.at("#class-tree")).to_be_focused()
    found["tree"] = await violations(window)
    await window.press("Escape")
    await window.in_hand("Asweg 5")
    await window.sees("#questions-title", SAID[language]["title"])
    await window.press("F3", "?", "ArrowDown", "ArrowDown", "ArrowDown")
    await window.sees(".log", SAID[language]["awake"])
    found["incident"] = await violations(window)
    if language == "nl":
        await shot(window, "incident_questions")
    assert not [f"{where} {what}" for where, some in found.items() for what in some]
    assert answers(house.detail(account, ref)) == [("awake", "unknown")]
