"""Drawings over the API: who may draw, who sees what at once, where it ends, and what is refused and why."""

from __future__ import annotations

from typing import Any

import httpx

from meldkamer.domain import function
from meldkamer.domain.drawing import MOST_OF_INCIDENT, Draw
from meldkamer.domain.incident_rules import CloseTrack, ReopenTrack

from .conftest import TestRoom
from .test_walls import headers_of
from .world import CANARY, Desk, settle

HOUR = 3_600_000
HERE = [92_400.0, 437_400.0]
CIRCLE: dict[str, Any] = {"shape": "circle", "kind": "cordon", "points": [HERE], "radius": 300}


async def give(app: TestRoom, desk: httpx.AsyncClient, **command: Any) -> httpx.Response:
    return await desk.post("/api/commands", json={"command_id": app.ids.new(), "command": command})


async def draw(app: TestRoom, desk: httpx.AsyncClient, **fields: Any) -> httpx.Response:
    return await give(
        app, desk, **{"type": "draw", "region": "RT", "drawing": "d1", "text": CANARY, **CIRCLE, **fields}
    )


async def rows(desk: httpx.AsyncClient, query: str = "") -> list[dict[str, Any]]:
    answer = await desk.get(f"/api/picture{query}")
    assert answer.status_code == 200 and CANARY not in answer.text
    found: list[dict[str, Any]] = answer.json()["drawings"]
    return found


async def test_a_drawing_lives_from_its_shape_to_its_taking_away_on_every_map(app_room: TestRoom) -> None:
    await app_room.an_incident()
    here, far = [Desk(app_room.app, await headers_of(app_room, name)) for name in ("anna", "paul")]
    here.subscribe("RT")
    far.subscribe("LB")
    await settle()
    bram, anna = await app_room.signed_in("bram", "RT-02"), await app_room.signed_in("anna", "RT-01")
    done = await draw(app_room, bram, incident="RT/i1", until=app_room.clock.now() + HOUR)
    assert (done.status_code, done.json()["outcome"]) == (200, "SAFE"), done.text
    [row] = await rows(anna, "?regions=LB")
    assert (row["shape"], row["kind"], row["radius"], row["points"]) == ("circle", "cordon", 300, [HERE])
    assert (row["number"], row["by"], row["changed"], row["over"]) == ("RT-1", "bram", 0, None) and row["words"]

    moved = {"radius": 500, "text": CANARY + "2", "until": 0}
    assert (await give(app_room, anna, type="change_drawing", drawing="RT/d1", **moved)).status_code == 403
    caco = await app_room.signed_in("caco")
    assert (await give(app_room, caco, type="change_drawing", drawing="RT/d1", **moved)).is_success
    [row] = await rows(anna)
    assert (row["radius"], row["until"], row["changed_by"]) == (500, 0, "caco")
    detail = (await anna.get("/api/drawings/RT/d1")).json()
    assert (detail["text"], detail["unreadable"], detail["removed"]) == (CANARY + "2", [], None)
    reading = app_room.read_log.query()[-1].reading
    assert (reading.person, reading.kind, reading.compartments) == ("anna", "drawing", ("caller",))

    assert (await give(app_room, bram, type="remove_drawing", drawing="RT/d1")).is_success
    [row] = await rows(anna)
    assert row["over"] == app_room.clock.now()
    assert (await anna.get("/api/drawings/RT/d1")).json()["removed"]["by"] == "bram"
    again = await give(app_room, bram, type="change_drawing", drawing="RT/d1", radius=5)
    assert (again.status_code, again.json()["code"]) == (422, "drawing.over")
    await settle()
    for desk in (here, far):
        assert CANARY not in repr(desk.heard)
        assert [r["kind"] for f in desk.of("ev") for r in f["rows"]].count("drawing") == 3
        desk.hang_up()
    assert CANARY not in (await app_room.client("keten").get("/api/feed?region=RT&limit=1000")).text
    await settle()


async def test_it_ends_with_its_incident_and_counts_again_when_that_goes_on(app_room: TestRoom) -> None:
    await app_room.an_incident()
    live = Desk(app_room.app, await headers_of(app_room, "anna"))
    live.subscribe("LB")
    bram = await app_room.signed_in("bram")
    assert (await draw(app_room, bram, incident="RT/i1")).is_success
    assert (await draw(app_room, bram, drawing="d2")).is_success
    disciplines = app_room.picture.incidents["RT/i1"].disciplines
    for d in disciplines:
        await app_room.do(CloseTrack(incident="RT/i1", discipline=d, code="x"))
    over = {row["ref"]: row["over"] for row in await rows(bram)}
    assert over["RT/d1"] and over["RT/d2"] is None
    refused = await give(app_room, bram, type="change_drawing", drawing="RT/d1", radius=5)
    assert refused.json()["code"] == "drawing.over"
    assert (await draw(app_room, bram, drawing="d3", incident="RT/i1")).json()["code"] == "incident.closed"
    await app_room.do(ReopenTrack(incident="RT/i1", discipline=disciplines[0], reason="fire again"))
    assert {row["ref"]: row["over"] for row in await rows(bram)} == {"RT/d1": None, "RT/d2": None}
    await settle()
    said = [(r["ref"], r["row"]["over"] is None) for f in live.of("ev") for r in f["rows"] if r["kind"] == "drawing"]
    assert said == [("RT/d1", True), ("RT/d2", True), ("RT/d1", False), ("RT/d1", True)]
    # What is over for long leaves the picture together with its incident, and stays in the record.
    for d in app_room.picture.incidents["RT/i1"].disciplines:
        if app_room.picture.incidents["RT/i1"].tracks[d].closed is None:
            await app_room.do(CloseTrack(incident="RT/i1", discipline=d, code="x"))
    app_room.picture.forget(app_room.clock.now() + 1)
    assert list(app_room.picture.drawings) == ["RT/d2"]
    assert (await bram.get("/api/drawings/RT/d1")).json()["text"] == CANARY
    live.hang_up()
    await settle()


BAD: list[tuple[str, dict[str, Any], int, str]] = [
    ("bram", {"until": 1}, 422, "drawing.ended"),
    ("bram", {"incident": "RT/none"}, 422, "incident.unknown"),
    ("bram", {"incident": "LB/i1"}, 422, ""),
    ("bram", {"points": [HERE] * 201, "shape": "line", "kind": "route", "radius": 0}, 422, ""),
    ("bram", {"text": "x" * 300_000}, 413, ""),
    ("bram", {"kind": "treasure"}, 422, ""),
    ("bram", {"drawing": "../d1"}, 422, ""),
    ("bram", {"colour": "red"}, 422, ""),
    ("anna", {}, 403, ""),
    ("lezer", {}, 403, ""),
    ("beheer", {}, 403, ""),
    ("caco", {"region": "LB"}, 409, ""),
]


async def test_what_cannot_be_is_refused_with_the_reason(app_room: TestRoom) -> None:
    await app_room.an_incident()
    desks = {name: await app_room.signed_in(name) for name in {person for person, *_ in BAD}}
    for person, fields, status, code in BAD:
        answer = await draw(app_room, desks[person], **fields)
        assert answer.status_code == status, (fields, answer.text)
        assert not code or answer.json()["code"] == code
    assert app_room.picture.drawings == {}


async def test_so_many_stand_for_one_incident_and_no_more(app_room: TestRoom) -> None:
    await app_room.an_incident()
    mark = {"shape": "mark", "kind": "mark", "points": ((92_400.0, 437_400.0),)}
    for n in range(MOST_OF_INCIDENT):
        await app_room.do(Draw(region="RT", drawing=f"m{n}", incident="RT/i1", **mark))  # type: ignore[arg-type]
    bram = await app_room.signed_in("bram")
    full = await draw(app_room, bram, incident="RT/i1")
    assert (full.status_code, full.json()["code"]) == (422, "drawing.too_many")
    assert full.json()["params"]["most"] == MOST_OF_INCIDENT
    assert (await draw(app_room, bram)).is_success  # for the region there is room still
    assert (await give(app_room, bram, type="remove_drawing", drawing="RT/m0")).is_success
    assert (await draw(app_room, bram, drawing="d2", incident="RT/i1")).is_success


async def test_the_walls_hold(app_room: TestRoom) -> None:
    await app_room.an_incident()
    people = {name: await app_room.signed_in(name) for name in ("bram", "ambu", "paul", "lezer")}
    assert (await draw(app_room, people["bram"])).is_success
    for name, desk in people.items():
        answer = await desk.get("/api/drawings/RT/d1")
        assert answer.status_code == 200 and (CANARY in answer.text) is (name != "lezer")
        assert answer.json()["unreadable"] == (["caller"] if name == "lezer" else [])
    assert {r.reading.person for r in app_room.read_log.query() if r.reading.refused} == {"lezer"}
    assert (await people["bram"].get("/api/drawings/RT/none")).status_code == 404
    body = {"kind": "drawing", "ref": "RT/d1", "compartments": ["caller"], "reason": "term is over"}
    head = await app_room.signed_in("hoofd")
    assert (await head.post("/api/keys/destroy", json=body)).json() == {"compartments": ["caller"]}
    detail = (await people["bram"].get("/api/drawings/RT/d1")).json()
    assert (detail["text"], detail["unreadable"], detail["drawing"]["kind"]) == (None, ["caller"], "cordon")


async def test_whoever_takes_the_region_over_goes_on_with_what_was_drawn(app_room: TestRoom) -> None:
    await app_room.an_incident()
    bram = await app_room.signed_in("bram")
    assert (await draw(app_room, bram)).is_success
    owned = [name for name in app_room.picture.owned_by("RT") if name.startswith("RT.")]
    for name in owned:
        await app_room.do(function.ProposeTransfer(function=name, to="LB"))
        await app_room.do(function.AnswerTransfer(function=name, agree=True), room="LB", actor="lena")
    assert (await give(app_room, bram, type="remove_drawing", drawing="RT/d1")).json()["type"] == "not_owner"
    [row] = await rows(bram)
    assert row["over"] is None


async def test_a_drawing_of_then_is_as_it_was(app_room: TestRoom) -> None:
    await app_room.an_incident()
    bram = await app_room.signed_in("bram")
    await draw(app_room, bram)
    await app_room.clock.pump(60)
    at = app_room.clock.now()
    await app_room.clock.pump(1)
    await give(app_room, bram, type="change_drawing", drawing="RT/d1", radius=900, text="other")
    await give(app_room, bram, type="remove_drawing", drawing="RT/d1")
    await app_room.clock.pump(30)
    query = f"?at={at}&why=evaluation"
    [row] = await rows(bram, query)
    assert (row["radius"], row["over"]) == (300, None)
    detail = (await bram.get(f"/api/drawings/RT/d1{query}")).json()
    assert (detail["text"], detail["removed"]) == (CANARY, None)
    assert (await bram.get(f"/api/drawings/RT/d1?at={at}")).json()["code"] == "past.purpose"
