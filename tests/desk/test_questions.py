"""Answers over HTTP: judged against the pack, behind the walls on every path, and refused with a reason."""

from __future__ import annotations

from typing import Any

import pytest

from meldkamer.desk.paper import Papers
from meldkamer.desk.paper_page import Print, as_html
from meldkamer.desk.paper_words import Language
from meldkamer.domain import incident_rules

from .conftest import TestRoom
from .test_commands_api import act
from .test_walls import headers_of, lines
from .world import CANARY, Desk, settle

UNWELL = {"type": "answer_question", "incident": "RT/i1", "set": "unwell", "version": "2026.1"}
MEDICAL = {**UNWELL, "question": "medicine", "answer": CANARY + "insulin"}
OPEN = {**UNWELL, "question": "lift", "answer": CANARY + "third floor"}


async def tell(room: TestRoom, person: str, *commands: dict[str, Any]) -> list[Any]:
    desk = await room.signed_in(person)
    return [await desk.post("/api/commands", json=act(90 + n, **c)) for n, c in enumerate(commands)]


async def test_the_sets_are_there_for_whoever_is_signed_in(app_room: TestRoom) -> None:
    desk = await app_room.signed_in("bram")
    sets = (await desk.get("/api/questions")).json()["sets"]
    assert len(sets) == len(app_room.pack.question_sets)
    unwell = next(s for s in sets if s["id"] == "unwell")
    assert unwell["effective"] == "2026-01-01" and unwell["questions"][0]["ask_en"] == "Does the patient respond?"
    assert next(s["class"] for s in unwell["suggestions"] if s["class"]) == "gzra"
    assert (await app_room.client().get("/api/questions")).status_code == 401


async def test_an_answer_is_stored_and_read_back_with_its_question(app_room: TestRoom) -> None:
    await app_room.an_incident()
    (stored,) = await tell(app_room, "bram", OPEN)
    assert stored.status_code == 200 and stored.json()["outcome"] == "SAFE"
    detail = (await (await app_room.signed_in("bram")).get("/api/incidents/RT/i1")).json()
    (answer,) = detail["answers"]
    assert (answer["asked"], answer["by"], answer["version"]) == (
        "Op welke verdieping, en is er een lift?",
        "bram",
        "2026.1",
    )
    assert (answer["answer"], answer["compartment"], answer["audience"]) == (CANARY + "third floor", "caller", "PBAK")


async def test_another_answer_and_one_taken_back_are_each_an_event(app_room: TestRoom) -> None:
    await app_room.an_incident()
    said = {**UNWELL, "question": "door"}
    await tell(app_room, "bram", {**said, "answer": "no"}, {**said, "answer": "yes"}, {**said, "answer": ""})
    detail = (await (await app_room.signed_in("ambu")).get("/api/incidents/RT/i1")).json()
    assert [(a["answer"], a["withdrawn"]) for a in detail["answers"]] == [("no", False), ("yes", False), (None, True)]
    assert detail["unreadable"] == []


async def test_a_medical_answer_reaches_ambulance_and_no_other_desk_by_any_path(app_room: TestRoom) -> None:
    heard = Desk(app_room.app, await headers_of(app_room, "bram"))
    heard.subscribe("RT")
    await settle()
    await app_room.an_incident()
    # Whoever gives it does not choose who reads it: the question does.
    (stored,) = await tell(app_room, "ambu", {**MEDICAL, "audience": "PBAK", "asked": "x"})
    assert stored.status_code == 200
    await settle(50)
    fire, reader = await app_room.signed_in("bram"), await app_room.signed_in("lezer")
    ambulance = await app_room.signed_in("ambu")
    for who in (fire, reader, await app_room.signed_in("paul"), await app_room.signed_in("anna")):
        for path in ("/api/picture", "/api/incidents/RT/i1", "/api/feed?region=RT&limit=1000"):
            answer = await who.get(path)
            assert CANARY + "insulin" not in answer.text, path
    assert CANARY not in repr(heard.heard) and len(heard.of("ev")) > 5
    assert (await fire.get("/api/incidents/RT/i1")).json()["answers"] == []
    events = (await app_room.client("keten").get("/api/feed?region=RT&limit=1000")).json()["events"]
    told = [e for e in events if e["type"] == "incident.question_answered"]
    assert [(e["audience"], e["data"]) for e in told] == [("A", None)]
    (own,) = (await ambulance.get("/api/incidents/RT/i1")).json()["answers"]
    assert (own["answer"], own["compartment"], own["asked"]) == (
        CANARY + "insulin",
        "medical",
        "Welke medicijnen of ziekten zijn bekend?",
    )
    heard.hang_up()
    await settle()


async def test_reading_an_answer_is_recorded_with_its_compartment(app_room: TestRoom) -> None:
    await app_room.own("RT.112", "RT.A.dispatch")
    await app_room.do(incident_rules.OpenIncident(incident="i1", region="RT", disciplines="A", priority=1))
    await tell(app_room, "ambu", MEDICAL)
    await (await app_room.signed_in("ambu")).get("/api/incidents/RT/i1")
    assert [(c.reading.person, c.reading.compartments) for c in lines(app_room)] == [("ambu", ("medical",))]


async def test_a_destroyed_key_closes_an_answer_for_everybody(app_room: TestRoom) -> None:
    await app_room.an_incident()
    await tell(app_room, "ambu", MEDICAL)
    head = await app_room.signed_in("hoofd")
    body = {"kind": "incident", "ref": "RT/i1", "compartments": ["medical"], "reason": "term is over"}
    assert (await head.post("/api/keys/destroy", json=body)).status_code == 200
    detail = (await (await app_room.signed_in("ambu")).get("/api/incidents/RT/i1")).json()
    assert detail["answers"][0]["answer"] is None and "medical" in detail["unreadable"]


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"question": "nobody_asks"}, "question.unknown"),
        ({"version": "1999.1"}, "question.unknown"),
        ({"set": "horoscope"}, "question.unknown"),
        ({"question": "awake", "answer": "maybe"}, "question.no_answer"),
        ({"question": "age", "answer": "-3"}, "question.no_answer"),
        ({"question": "breathing", "answer": "6"}, "question.no_answer"),
        ({"question": "lift", "answer": "  "}, "question.no_answer"),
    ],
)
async def test_what_is_no_answer_is_refused_with_the_reason(
    app_room: TestRoom, change: dict[str, str], code: str
) -> None:
    await app_room.an_incident()
    (refused,) = await tell(app_room, "ambu", {**OPEN, **change})
    assert (refused.status_code, refused.json()["code"]) == (422, code)
    assert app_room.picture.incidents["RT/i1"].answers == ()


async def test_whoever_may_not_operate_may_not_answer(app_room: TestRoom) -> None:
    await app_room.an_incident()
    (denied,) = await tell(app_room, "lezer", OPEN)
    assert denied.status_code == 403
    assert (await app_room.client("keten").post("/api/commands", json=act(1, **OPEN))).status_code == 403


async def test_an_incident_opens_with_its_answers_and_is_never_held_up_by_one(app_room: TestRoom) -> None:
    await app_room.own("RT.112", "RT.A.dispatch")
    at = app_room.clock.now() - 30_000
    given = {"set": "unwell", "version": "2026.1", "at": at}
    answers = [
        {**given, "question": "awake", "answer": "no", "audience": "PBAK"},
        {**given, "question": "door", "answer": "yes"},
        {**given, "question": "awake", "answer": "perhaps"},
        {**given, "set": "gone", "question": "q", "answer": "kept"},
    ]
    opened = {"type": "open_incident", "incident": "i1", "region": "RT", "disciplines": "A", "answers": answers}
    (stored,) = await tell(app_room, "ambu", {**opened, "characteristics": {"Bewustzijn": "Niet aanspreekbaar"}})
    assert stored.status_code == 200, stored.text
    detail = (await (await app_room.signed_in("ambu")).get("/api/incidents/RT/i1")).json()
    assert [(a["question"], a["answer"], a["compartment"], a["at"]) for a in detail["answers"]] == [
        ("awake", "no", "medical", at),
        ("door", "yes", "caller", at),
        ("awake", "perhaps", "medical", at),
        ("q", "kept", "medical", at),
    ]
    assert detail["incident"]["characteristics"] == {"Bewustzijn": "Niet aanspreekbaar"}


async def test_the_picture_keeps_no_answer_in_words(app_room: TestRoom) -> None:
    await app_room.an_incident()
    await tell(app_room, "ambu", OPEN, MEDICAL)
    assert [a.answer for a in app_room.picture.incidents["RT/i1"].answers] == [None, None]
    assert CANARY.encode() not in app_room.picture.to_snapshot()


@pytest.mark.parametrize("language", ["nl", "en"])
async def test_the_answers_that_count_stand_on_the_paper_of_those_who_may_read_them(
    app_room: TestRoom, language: Language
) -> None:
    await app_room.an_incident()
    await tell(
        app_room,
        "ambu",
        {**UNWELL, "question": "door", "answer": "no"},
        {**UNWELL, "question": "door", "answer": "yes"},
        {**UNWELL, "question": "breathing", "answer": "short"},
        MEDICAL,
    )
    papers = Papers(app_room.picture, app_room.record, app_room.sealer, app_room.pack, app_room.clock)
    how = Print(language=language, minutes=5.0)
    sheets = {kind: as_html(await papers.compose("RT", kind), app_room.pack, how) for kind in ("A", "B", "all")}
    door, yes, breathing = {
        "nl": ("Kan de ambulance zo naar binnen?", "ja", "Hoorbaar benauwd"),
        "en": ("Can the ambulance crew get in without help?", "yes", "Audibly short of breath"),
    }[language]
    assert f"{door} {yes}" in sheets["A"] and breathing in sheets["A"] and CANARY + "insulin" in sheets["A"]
    assert f"{door} {yes}" in sheets["B"] and breathing not in sheets["B"] and "insulin" not in sheets["B"]
    assert door not in sheets["all"] and "insulin" not in sheets["all"]
