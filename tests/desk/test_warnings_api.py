"""Address warnings over the API: who may ask, be the second person and read; others do not even see one is there."""

from __future__ import annotations

from typing import Any

import httpx

from meldkamer.access import add_account
from meldkamer.domain.warning import MONTH

from .conftest import PASSWORD, TestRoom
from .test_walls import headers_of
from .world import CANARY, Desk, settle

DAY = 86_400_000
AT = {"text": "Coolsingel 1", "x": 92_400.0, "y": 437_400.0}
HERE = "/api/warnings/here?x=92410&y=437400"
HOSTILE = "<img src=x onerror=alert(1)> \u202e txet 🚒 {{7*7}} ' OR 1=1 --\n‮מים"


async def give(app: TestRoom, desk: httpx.AsyncClient, type: str, **command: Any) -> httpx.Response:
    return await desk.post("/api/commands", json={"command_id": app.ids.new(), "command": {"type": type, **command}})


async def ask(app: TestRoom, desk: httpx.AsyncClient, **fields: Any) -> httpx.Response:
    given = {"nature": "aggression", "audience": "PBAK", "basis": "wpg", "source": CANARY, "text": CANARY} | fields
    until = app.clock.now() + 90 * DAY
    return await give(
        app, desk, "ask_warning", **{"region": "RT", "warning": "w1", "location": AT, "until": until, **given}
    )


async def rows(desk: httpx.AsyncClient, query: str = "") -> list[dict[str, Any]]:
    answer = await desk.get(f"/api/warnings{query}")
    assert answer.status_code == 200 and CANARY not in answer.text, answer.text
    found: list[dict[str, Any]] = answer.json()
    return found


async def here(desk: httpx.AsyncClient, query: str = "") -> list[dict[str, Any]]:
    answer = await desk.get(HERE + query)
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()
    return found


async def a_coordinator(app: TestRoom, name: str, role: str) -> httpx.AsyncClient:
    await add_account(
        app.gate.accounts, app.passwords, app.gate.roles, name=name, room="RT", password=PASSWORD, roles=(role,)
    )
    return await app.signed_in(name)


async def test_a_warning_lives_from_its_request_to_its_withdrawal(app_room: TestRoom) -> None:
    await app_room.an_incident()
    live = Desk(app_room.app, await headers_of(app_room, "anna"))
    live.subscribe("RT")
    await settle()
    bram, anna, caco = [await app_room.signed_in(name) for name in ("bram", "anna", "caco")]
    done = await ask(app_room, bram)
    assert (done.status_code, done.json()["outcome"]) == (200, "SAFE"), done.text
    [row] = await rows(caco)
    assert (row["standing"], row["by"], row["audience"], row["months"]) == ("asked", "bram", "PBAK", 12)
    assert await here(anna) == [], "nobody is warned by what one person says"

    own = await give(app_room, bram, "confirm_warning", warning="RT/w1")
    assert own.status_code == 403, "who works at a seat is not the second person"
    assert (await give(app_room, caco, "confirm_warning", warning="RT/w1")).is_success
    [shown] = await here(anna)
    assert (shown["text"], shown["source"], shown["nature"], shown["basis"]) == (CANARY, CANARY, "aggression", "wpg")
    assert (shown["metres"], shown["warning"]["confirmed"]["by"], shown["unreadable"]) == (10, "caco", [])
    reading = app_room.read_log.query()[-1].reading
    assert (reading.person, reading.kind, reading.ref) == ("anna", "warning", "RT/w1")
    assert reading.compartments == ("caller",)
    assert (await anna.get("/api/warnings/here?x=92500&y=437400")).json() == [], "another place"

    until = app_room.clock.now() + 300 * DAY
    longer = {"warning": "RT/w1", "prolongation": "p1", "until": until, "reason": CANARY}
    assert (await give(app_room, caco, "prolong_warning", **longer)).is_success
    refused = await give(app_room, caco, "confirm_warning", warning="RT/w1", prolongation="p1")
    assert (refused.status_code, refused.json()["code"]) == (422, "warning.own")
    second = await a_coordinator(app_room, "mkb", "C-MKB")
    [row] = await rows(second)
    assert row["longer"]["prolongation"] == "p1" and row["until"] < until
    assert (await give(app_room, second, "confirm_warning", warning="RT/w1", prolongation="p1")).is_success
    [row] = await rows(second)
    assert (row["until"], row["longer"]) == (until, None)

    gone = await give(app_room, bram, "withdraw_warning", warning="RT/w1", reason=CANARY)
    assert gone.status_code == 403, "what stands is taken away by who may confirm"
    assert (await give(app_room, second, "withdraw_warning", warning="RT/w1", reason=CANARY)).is_success
    assert await here(anna) == []
    [row] = await rows(anna)
    assert row["standing"] == "withdrawn"
    detail = (await anna.get("/api/warnings/RT/w1")).json()
    assert (detail["withdrawn"]["reason"], detail["withdrawn"]["by"]) == (CANARY, "mkb")
    assert len(live.of("warnings")) == 5 and CANARY not in repr(live.heard)
    assert not [r for f in live.of("ev") for r in f["rows"] if r["kind"] == "warning"]
    assert CANARY not in (await app_room.client("keten").get("/api/feed?region=RT&limit=1000")).text
    live.hang_up()
    await settle()


async def test_who_asked_takes_back_what_only_he_said(app_room: TestRoom) -> None:
    await app_room.an_incident()
    bram, ambu = await app_room.signed_in("bram"), await app_room.signed_in("ambu")
    assert (await ask(app_room, bram)).is_success
    assert (await give(app_room, ambu, "withdraw_warning", warning="RT/w1", reason="x")).status_code == 403
    assert (await give(app_room, bram, "withdraw_warning", warning="RT/w1", reason="typed wrongly")).is_success
    assert [row["standing"] for row in await rows(bram)] == ["withdrawn"]


BAD: list[tuple[str, dict[str, Any], int, str]] = [
    ("bram", {"until": 1}, 422, "warning.ended"),
    ("bram", {"until": 1_767_225_600_000 + 12 * MONTH + DAY}, 422, "warning.too_long"),
    ("bram", {"nature": "dragons"}, 422, "warning.no_nature"),
    ("bram", {"basis": "agreement"}, 422, "warning.no_basis"),
    ("bram", {"nature": "power_dependent", "basis": "avg_vital"}, 422, "warning.too_wide"),
    ("bram", {"text": "  "}, 422, "warning.empty"),
    ("bram", {"source": "  "}, 422, "warning.say_who"),
    ("bram", {"text": "x" * 501}, 422, ""),
    ("bram", {"text": "x" * 300_000}, 413, ""),
    ("bram", {"location": {"text": "somewhere"}}, 422, ""),
    ("bram", {"audience": ""}, 422, ""),
    ("bram", {"warning": "../w1"}, 422, ""),
    ("bram", {"colour": "red"}, 422, ""),
    ("bram", {"audience": "P"}, 403, ""),
    ("bram", {"audience": "A", "nature": "bariatric", "basis": "avg_consent"}, 403, ""),
    ("caco", {"audience": "PK", "nature": "police_only"}, 403, ""),
    ("anna", {}, 403, ""),
    ("lezer", {}, 403, ""),
    ("hoofd", {}, 403, ""),
    ("caco", {"region": "LB"}, 409, ""),
]


async def test_what_cannot_be_is_refused_with_the_reason(app_room: TestRoom) -> None:
    await app_room.an_incident()
    desks = {name: await app_room.signed_in(name) for name in ("bram", "caco", "anna", "lezer", "hoofd")}
    for person, fields, status, code in BAD:
        answer = await ask(app_room, desks[person], **fields)
        assert answer.status_code == status, (fields, answer.text)
        assert not code or answer.json()["code"] == code
    assert app_room.picture.warnings == {}


async def test_others_do_not_even_see_that_one_is_there(app_room: TestRoom) -> None:
    await app_room.an_incident()
    await app_room.own("RT.P.dispatch")
    people = {name: await app_room.signed_in(name) for name in ("ambu", "bram", "caco", "paul", "lezer", "anna")}
    police = await a_coordinator(app_room, "ovd", "OVD-OC")
    assert (await ask(app_room, people["paul"], nature="police_only", audience="PK")).is_success
    medical = {"warning": "w2", "nature": "bariatric", "audience": "A", "basis": "avg_consent"}
    assert (await ask(app_room, people["ambu"], **medical)).is_success
    for name in ("caco", "bram", "paul"):
        answer = await give(app_room, people[name], "confirm_warning", warning="RT/w1")
        assert answer.status_code == 403, "Caco cannot read it, the others are not the second person"
    assert (await give(app_room, police, "confirm_warning", warning="RT/w1")).is_success
    readers = await a_coordinator(app_room, "mka", "C-MKA")
    assert (await give(app_room, readers, "confirm_warning", warning="RT/w2")).is_success
    for name, desk in people.items():
        seen = {"paul": {"RT/w1"}, "ambu": {"RT/w2"}}.get(name, set())
        assert {row["ref"] for row in await rows(desk)} == seen
        assert {d["warning"]["ref"] for d in await here(desk)} == seen
        for ref in ("RT/w1", "RT/w2"):
            answer = await desk.get(f"/api/warnings/{ref}")
            assert answer.status_code == (200 if ref in seen else 404)
            assert (CANARY in answer.text) is (ref in seen)
        there = (await desk.get("/api/warnings/RT/w1")).json()
        if name not in ("paul",):
            nobody = (await desk.get("/api/warnings/RT/none")).json()
            assert {**there, "detail": "", "params": {}} == {**nobody, "detail": "", "params": {}}
        assert "w1" not in (await desk.get("/api/picture?regions=RT")).text.replace("RT/i1", "")
    refused = {line.reading.person for line in app_room.read_log.query() if line.reading.refused}
    assert {"bram", "caco", "lezer", "anna"} <= refused


async def test_a_machine_is_no_second_person(app_room: TestRoom) -> None:
    await app_room.an_incident()
    bram = await app_room.signed_in("bram")
    assert (await ask(app_room, bram)).is_success
    robot = app_room.client("robot")
    for type, more in (
        ("confirm_warning", {}),
        ("refuse_warning", {"reason": "x"}),
        ("withdraw_warning", {"reason": "x"}),
    ):
        assert (await give(app_room, robot, type, warning="RT/w1", **more)).status_code == 403


async def test_hostile_words_come_back_as_they_are_and_nowhere_else(app_room: TestRoom) -> None:
    await app_room.an_incident()
    bram, caco = await app_room.signed_in("bram"), await app_room.signed_in("caco")
    assert (await ask(app_room, bram, text=HOSTILE, source=HOSTILE[:100])).is_success
    assert (await caco.get("/api/warnings/RT/w1")).json()["text"] == HOSTILE
    assert "onerror" not in (await caco.get("/api/warnings")).text


async def test_a_warning_of_then_is_as_it_was(app_room: TestRoom) -> None:
    await app_room.an_incident()
    bram, caco = await app_room.signed_in("bram"), await app_room.signed_in("caco")
    await ask(app_room, bram)
    await give(app_room, caco, "confirm_warning", warning="RT/w1")
    await app_room.clock.pump(60)
    at = app_room.clock.now()
    await app_room.clock.pump(1)
    await give(app_room, caco, "withdraw_warning", warning="RT/w1", reason="moved")
    await app_room.clock.pump(30)
    assert await here(bram) == []
    then = f"at={at}&why=evaluation"
    [shown] = await here(bram, f"&{then}")
    assert shown["text"] == CANARY and shown["withdrawn"] is None
    [row] = await rows(bram, f"?{then}")
    assert row["standing"] == "stands"
    assert app_room.read_log.query()[-1].reading.purpose == "evaluation"
    assert (await bram.get(f"/api/warnings?at={at}")).json()["code"] == "past.purpose"


async def test_a_destroyed_key_closes_the_words_and_what_is_long_over_leaves_the_picture(app_room: TestRoom) -> None:
    await app_room.an_incident()
    bram, head = await app_room.signed_in("bram"), await app_room.signed_in("hoofd")
    await ask(app_room, bram)
    await give(app_room, bram, "withdraw_warning", warning="RT/w1", reason="x")
    app_room.picture.forget(app_room.clock.now() + 29 * DAY)
    assert "RT/w1" in app_room.picture.warnings, "who reviews sees it for thirty days"
    app_room.picture.forget(app_room.clock.now() + 31 * DAY)
    assert "RT/w1" not in app_room.picture.warnings
    assert (await bram.get("/api/warnings/RT/w1")).json()["text"] == CANARY
    body = {"kind": "warning", "ref": "RT/w1", "compartments": ["caller"], "reason": "term is over"}
    assert (await head.post("/api/keys/destroy", json=body)).json() == {"compartments": ["caller"]}
    detail = (await bram.get("/api/warnings/RT/w1")).json()
    assert (detail["text"], detail["nature"], detail["unreadable"]) == (None, None, ["caller"])
    assert detail["warning"]["by"] == "bram"
