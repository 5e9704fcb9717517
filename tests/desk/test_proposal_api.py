"""The proposal as desks get it: by the cards, by road, past what was closed a moment ago."""

from __future__ import annotations

from typing import Any

from meldkamer.domain import road
from meldkamer.domain.basics import Context
from tests.desk.conftest import TestRoom


async def _placed(app_room: TestRoom, x: float, y: float) -> None:
    await app_room.an_incident()
    wagens = app_room.client("wagens")
    at = app_room.clock.now()
    await wagens.post("/api/field/positions", json={"positions": [{"unit": "RT/17-0131", "x": x, "y": y, "at": at}]})


async def _fire(desk: Any) -> dict[str, Any]:
    answer = (await desk.get("/api/incidents/RT/i1/proposal?disciplines=B")).json()
    return answer["advice"][0]["proposal"]


async def test_the_proposal_says_who_by_which_card_and_how_the_time_was_found(app_room: TestRoom) -> None:
    await _placed(app_room, 91_000, 436_000)
    desk = await app_room.signed_in("bram")
    answer = (await desk.get("/api/incidents/RT/i1/proposal")).json()
    assert answer["room"] == "RT" and answer["cards"]
    by_discipline = {a["proposal"]["discipline"]: a for a in answer["advice"]}
    assert set(by_discipline) == {"A", "B"}
    assert by_discipline["A"]["proposal"]["shortfall"][0]["role"] == "AMB"
    fire = by_discipline["B"]["proposal"]
    assert fire["filled"] and fire["filled"][0]["going"]["source"] == "road"
    assert fire["filled"][0]["going"]["reasons"][0]["code"] == "fastest"
    assert (await desk.get("/api/incidents/RT/none/proposal")).status_code == 404


async def test_a_drawn_closure_changes_the_next_proposal_and_ends(app_room: TestRoom) -> None:
    await _placed(app_room, 91_000, 437_400)
    desk = await app_room.signed_in("bram")
    before = (await _fire(desk))["filled"][0]["going"]["seconds"]
    until = app_room.clock.now() + 600_000
    drawn = {"id": "water", "points": [[91_700, 437_200], [91_700, 437_800]], "radius": 60, "until": until}
    made = (await desk.post("/api/closures", json=drawn)).json()
    assert made["edges"] > 0 and made["by"]
    assert (await _fire(desk))["filled"][0]["going"]["seconds"] > before
    assert [c["closure"]["id"] for c in (await desk.get("/api/closures")).json()] == ["water"]
    assert (await desk.delete("/api/closures/water")).json() == {"opened": True}
    assert (await _fire(desk))["filled"][0]["going"]["seconds"] == before
    await desk.post("/api/closures", json=drawn)
    await app_room.clock.pump(601)
    assert (await desk.get("/api/closures")).json() == []


async def test_a_closure_stands_in_the_record_of_the_region_where_it_begins(app_room: TestRoom) -> None:
    desk, until = await app_room.signed_in("bram"), app_room.clock.now() + 600_000
    lb_x, lb_y = app_room.where.rd.to_rd(50.85, 5.69)
    for id, point, region in (
        ("rt", [91_700, 437_200], "RT"),
        ("lb", [lb_x, lb_y], "LB"),
        ("sea", [0, 0], "NL"),
        ("far", [2e6, -1e6], "NL"),
    ):
        drawn = {"id": id, "points": [point], "radius": 60, "until": until}
        made = (await desk.post("/api/closures", json=drawn)).json()
        assert made["region"] == region and f"{region}/{id}" in app_room.picture.roads
    moved = {"id": "rt", "points": [[lb_x, lb_y]], "radius": 60, "until": until}
    assert (await desk.post("/api/closures", json=moved)).json()["region"] == "RT", "the same one, drawn anew"
    assert (await desk.delete("/api/closures/none")).json() == {"opened": False}
    reader = await app_room.signed_in("lezer")
    assert len((await reader.get("/api/closures")).json()) == 4
    assert (await reader.post("/api/closures", json=moved)).status_code == 403
    assert (await reader.delete("/api/closures/rt")).status_code == 403


async def test_another_room_closes_a_road_and_the_proposal_here_goes_round_it(app_room: TestRoom) -> None:
    await _placed(app_room, 91_000, 437_400)
    desk = await app_room.signed_in("bram")
    before = (await _fire(desk))["filled"][0]["going"]["seconds"]
    until = app_room.clock.now() + 600_000
    drawn = road.CloseRoad(
        region="RT", road="water", points=((91_700, 437_200), (91_700, 437_800)), radius=60, until=until
    )
    context = Context(now=app_room.clock.now(), actor="lb.brand", room="LB")
    await app_room.other.do(drawn, command_id=app_room.ids.new(), context=context)
    assert (await _fire(desk))["filled"][0]["going"]["seconds"] > before
    assert [c["by"] for c in (await desk.get("/api/closures")).json()] == ["lb.brand"]
    assert (await desk.delete("/api/closures/water")).json() == {"opened": True}
    assert (await _fire(desk))["filled"][0]["going"]["seconds"] == before


async def test_what_the_screen_shows_can_be_held(app_room: TestRoom) -> None:
    await _placed(app_room, 91_000, 436_000)
    desk = await app_room.signed_in("bram")
    answer = await desk.get("/api/incidents/RT/i1/proposal?disciplines=B&held=RT/17-0131,RT/17-0999")
    assert answer.status_code == 200 and answer.json()["advice"][0]["proposal"]["filled"][0]["going"]["call_sign"]


async def test_a_closure_that_makes_no_sense_is_refused(app_room: TestRoom) -> None:
    await app_room.an_incident()
    desk = await app_room.signed_in("bram")
    until = app_room.clock.now() + 600_000
    for drawn in (
        {"id": "a", "points": [[0, 0]], "until": until},
        {"id": "a", "points": [[0, 0]], "radius": 5, "until": until - 600_001},
        {"id": "a", "points": [[0, 0]], "radius": 5, "until": until, "slower": 0.5},
    ):
        assert (await desk.post("/api/closures", json=drawn)).status_code == 422


async def test_what_a_scale_up_would_ask_is_said_before_it_is_done(app_room: TestRoom) -> None:
    await _placed(app_room, 91_000, 436_000)
    desk = await app_room.signed_in("bram")
    path = "/api/incidents/RT/i1/proposal?disciplines=B"

    async def needs(more: str = "") -> str:
        answer = await desk.get(path + more)
        assert answer.status_code == 200, answer.text
        return str(answer.json()["advice"][0]["needs"])

    first, greater = await needs(), await needs("&name=Ops Br&value=Groot")
    assert first != greater and "HOvD" in greater
    assert await needs() == first, "nothing was stored"
    command = {"type": "set_characteristic", "incident": "RT/i1", "name": "Ops Br", "value": "Groot"}
    await desk.post("/api/commands", json={"command_id": "b" * 32, "command": command})
    assert await needs() == greater, "what was said is what is asked"
    assert await needs("&name=Ops Br") == first, "an empty value: as if it did not stand"
    assert (await desk.get(path + "&name=")).status_code == 422
    assert {"GRIP", "Ops Br"} <= set((await desk.get("/api/pack")).json()["scale_ups"])
