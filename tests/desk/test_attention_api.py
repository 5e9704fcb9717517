"""Attention messages over the API: who may ask attention, what comes back for whom, and what is refused and why."""

from __future__ import annotations

from typing import Any

import httpx

from meldkamer.domain.attention import LONGEST, WriteAttention
from meldkamer.domain.basics import Location

from .conftest import TestRoom
from .test_walls import headers_of
from .world import CANARY, Desk, settle

HOUR = 3_600_000
UNIT = {"scope": "unit", "unit": "17-0131"}
HOSTILE = "<img src=x onerror=alert(1)> \u202e txet \u0000 🚒 {{7*7}} ' OR 1=1 --\n‮מים"


async def give(app: TestRoom, desk: httpx.AsyncClient, **command: Any) -> httpx.Response:
    return await desk.post("/api/commands", json={"command_id": app.ids.new(), "command": command})


async def write(app: TestRoom, desk: httpx.AsyncClient, text: str = CANARY, **fields: Any) -> httpx.Response:
    given = {"region": "RT", "attention": "m1", "until": app.clock.now() + HOUR, "text": text, **fields}
    return await give(app, desk, type="write_attention", **given)


async def rows(desk: httpx.AsyncClient, query: str = "") -> list[dict[str, Any]]:
    answer = await desk.get(f"/api/picture{query}")
    assert answer.status_code == 200 and CANARY not in answer.text
    found: list[dict[str, Any]] = answer.json()["attentions"]
    return found


async def test_a_message_lives_from_its_words_to_its_withdrawal(app_room: TestRoom) -> None:
    await app_room.an_incident()
    live = Desk(app_room.app, await headers_of(app_room, "anna"))
    live.subscribe("RT")
    await settle()
    bram, anna = await app_room.signed_in("bram", "RT-02"), await app_room.signed_in("anna", "RT-01")
    place = {"text": "Coolsingel", "x": 92_400.0, "y": 437_400.0}
    done = await write(app_room, bram, **UNIT, source=CANARY, priority=1, incident="RT/i1", location=place)
    assert (done.status_code, done.json()["outcome"]) == (200, "SAFE"), done.text
    [row] = await rows(anna)
    assert (row["scope"], row["unit"], row["audience"], row["number"]) == ("unit", "17-0131", "B", "RT-1")
    assert (row["by"], row["seat"], row["priority"], row["location"]["x"]) == ("bram", "RT-02", 1, 92_400.0)

    assert (await give(app_room, anna, type="pass_on_attention", attention="RT/m1", unit="17-0131")).is_success
    assert (await give(app_room, anna, type="pass_on_attention", attention="RT/m1")).is_success
    longer = app_room.clock.now() + 2 * HOUR
    prolong = {"type": "prolong_attention", "attention": "RT/m1", "until": longer, "reason": CANARY}
    assert (await give(app_room, bram, **prolong)).is_success
    [row] = await rows(anna)
    assert [(p["unit"], p["by"], p["seat"]) for p in row["passed"]] == [
        ("", "anna", "RT-01"),
        ("17-0131", "anna", "RT-01"),
    ]
    assert (row["until"], row["prolonged"], row["withdrawn"]) == (longer, 1, None)

    detail = (await anna.get("/api/attentions/RT/m1")).json()
    assert (detail["text"], detail["source"], detail["prolonged"][0]["reason"]) == (CANARY, CANARY, CANARY)
    assert detail["unreadable"] == []
    reading = app_room.read_log.query()[-1].reading
    assert (reading.person, reading.kind, reading.ref, reading.compartments) == (
        "anna",
        "attention",
        "RT/m1",
        ("caller",),
    )

    assert (await give(app_room, bram, type="withdraw_attention", attention="RT/m1", reason=CANARY)).is_success
    [row] = await rows(anna)
    assert row["withdrawn"] == app_room.clock.now()
    assert (await anna.get("/api/attentions/RT/m1")).json()["withdrawn"]["reason"] == CANARY
    again = await give(app_room, bram, **{**prolong, "until": longer + HOUR})
    assert (again.status_code, again.json()["code"]) == (422, "attention.over")
    assert CANARY not in repr(live.heard)
    assert [r["kind"] for f in live.of("ev") for r in f["rows"]].count("attention") == 5
    assert CANARY not in (await app_room.client("keten").get("/api/feed?region=RT&limit=1000")).text
    live.hang_up()
    await settle()


async def test_it_is_over_by_itself_and_nothing_is_stored_for_it(app_room: TestRoom) -> None:
    await app_room.an_incident()
    bram = await app_room.signed_in("bram")
    assert (await write(app_room, bram, **UNIT, until=app_room.clock.now() + 60_000)).is_success
    before = await app_room.record.tail("RT")
    await app_room.clock.pump(60)
    assert not app_room.picture.attentions["RT/m1"].counts(app_room.clock.now())
    assert await app_room.record.tail("RT") == before
    for act in ({"type": "withdraw_attention"}, {"type": "prolong_attention", "until": app_room.clock.now() + HOUR}):
        refused = await give(app_room, bram, attention="RT/m1", reason="x", **act)
        assert refused.json()["code"] == "attention.over"
    # That somebody was told in time is a fact, whenever it is said.
    assert (await give(app_room, bram, type="pass_on_attention", attention="RT/m1", unit="17-0131")).is_success
    # The picture forgets what is long over, and the record does not.
    app_room.picture.forget(app_room.clock.now() + 1)
    assert "RT/m1" not in app_room.picture.attentions
    assert (await bram.get("/api/attentions/RT/m1")).json()["attention"]["passed"][0]["unit"] == "17-0131"


BAD: list[tuple[str, dict[str, Any], int, str]] = [
    ("bram", {**UNIT, "until": 1}, 422, "attention.ended"),
    ("bram", {**UNIT, "until": 1_767_225_600_000 + LONGEST + 60_000}, 422, "attention.too_long"),
    ("bram", {**UNIT, "until": "tomorrow"}, 422, ""),
    ("bram", {**UNIT, "until": 2**60}, 422, ""),
    ("bram", {**UNIT, "text": "  "}, 422, "attention.empty"),
    ("bram", {**UNIT, "text": "x" * 501}, 422, ""),
    ("bram", {**UNIT, "text": "x" * 300_000}, 413, ""),
    ("bram", {**UNIT, "text": None}, 422, ""),
    ("bram", {**UNIT, "attention": "../m1"}, 422, ""),
    ("bram", {**UNIT, "colour": "red"}, 422, ""),
    ("bram", {**UNIT, "unit": "17-9999"}, 422, "unit.unknown"),
    ("bram", {**UNIT, "incident": "RT/none"}, 422, "incident.unknown"),
    ("bram", {"scope": "units"}, 422, ""),
    ("bram", {"scope": "all", "region": "NL"}, 403, ""),
    ("bram", {"scope": "room", "region": "NL", "room": "LB"}, 403, ""),
    ("bram", {"scope": "units", "audience": "BA"}, 403, ""),
    ("ambu", UNIT, 403, ""),
    ("lezer", {"scope": "room", "region": "NL", "room": "RT"}, 403, ""),
    ("caco", {"scope": "units", "region": "LB", "audience": "B"}, 409, ""),
]


async def test_what_cannot_be_is_refused_with_the_reason(app_room: TestRoom) -> None:
    await app_room.an_incident()
    desks = {name: await app_room.signed_in(name) for name in ("bram", "ambu", "caco", "lezer")}
    for person, fields, status, code in BAD:
        answer = await write(app_room, desks[person], **fields)
        assert answer.status_code == status, (fields, answer.text)
        assert not code or answer.json()["code"] == code
    assert app_room.picture.attentions == {}


async def test_hostile_words_come_back_as_they_are_and_nowhere_else(app_room: TestRoom) -> None:
    await app_room.an_incident()
    bram = await app_room.signed_in("bram")
    assert (await write(app_room, bram, HOSTILE, **UNIT, source=HOSTILE[:100])).is_success
    assert (await bram.get("/api/attentions/RT/m1")).json()["text"] == HOSTILE
    assert "onerror" not in (await bram.get("/api/picture")).text


async def test_the_legal_walls_hold(app_room: TestRoom) -> None:
    await app_room.an_incident()
    people = {name: await app_room.signed_in(name) for name in ("ambu", "bram", "caco", "paul", "lezer", "anna")}
    assert (await write(app_room, people["ambu"], scope="units", audience="A")).is_success
    assert (await write(app_room, people["bram"], attention="m2", **UNIT)).is_success
    for ref, wall, readers in (("m1", "medical", {"ambu"}), ("m2", "caller", {"bram", "caco", "anna"})):
        for name, desk in people.items():
            answer = await desk.get(f"/api/attentions/RT/{ref}")
            assert answer.status_code == 200
            assert (CANARY in answer.text) is (name in readers), (ref, name)
            assert answer.json()["unreadable"] == ([] if name in readers else [wall])
    refused = [line.reading for line in app_room.read_log.query() if line.reading.refused]
    assert {r.person for r in refused if r.ref == "RT/m1"} == {"bram", "caco", "paul", "lezer", "anna"}


async def test_what_is_for_a_room_or_for_everybody_stands_in_the_national_stream(app_room: TestRoom) -> None:
    bram, caco = await app_room.signed_in("bram"), await app_room.signed_in("caco")
    assert (await write(app_room, bram, scope="room", region="NL", room="RT")).is_success
    assert (await write(app_room, caco, attention="m2", scope="all", region="NL", audience="B")).is_success
    until = app_room.clock.now() + HOUR
    far = WriteAttention(
        region="NL", attention="m3", scope="room", room="OB", until=until, text=CANARY, location=Location()
    )
    await app_room.do(far, room="LB", actor="lena")
    assert {row["ref"] for row in await rows(bram, "?regions=RT")} == {"NL/m1", "NL/m2", "NL/m3"}
    for ref, status in (("m1", 200), ("m2", 200), ("m3", 403), ("m4", 404)):
        assert (await bram.get(f"/api/attentions/NL/{ref}")).status_code == status
    other = await give(app_room, caco, type="withdraw_attention", attention="NL/m3", reason="x")
    assert (other.status_code, other.json()["code"]) == (422, "attention.other_room")
    assert (await give(app_room, bram, type="withdraw_attention", attention="NL/m2", reason="x")).status_code == 403
    assert (await give(app_room, bram, type="withdraw_attention", attention="NL/m1", reason="x")).is_success


async def test_a_message_of_then_is_as_it_was(app_room: TestRoom) -> None:
    await app_room.an_incident()
    bram = await app_room.signed_in("bram")
    await write(app_room, bram, **UNIT)
    await app_room.clock.pump(60)
    at = app_room.clock.now()
    await app_room.clock.pump(1)
    await give(app_room, bram, type="withdraw_attention", attention="RT/m1", reason="repaired")
    await app_room.clock.pump(30)
    query = f"?at={at}&why=evaluation"
    [row] = await rows(bram, query)
    assert row["withdrawn"] is None
    detail = (await bram.get(f"/api/attentions/RT/m1{query}")).json()
    assert detail["text"] == CANARY and detail["withdrawn"] is None
    assert (await bram.get(f"/api/attentions/RT/m1?at={at}")).json()["code"] == "past.purpose"
    assert app_room.read_log.query()[-1].reading.purpose == "evaluation"


async def test_a_destroyed_key_closes_the_words_for_everybody(app_room: TestRoom) -> None:
    await app_room.an_incident()
    bram, head = await app_room.signed_in("bram"), await app_room.signed_in("hoofd")
    await write(app_room, bram, **UNIT)
    body = {"kind": "attention", "ref": "RT/m1", "compartments": ["caller"], "reason": "term is over"}
    assert (await head.post("/api/keys/destroy", json=body)).json() == {"compartments": ["caller"]}
    detail = (await bram.get("/api/attentions/RT/m1")).json()
    assert (detail["text"], detail["unreadable"], detail["attention"]["by"]) == (None, ["caller"], "bram")
