"""How far one comes and by which way, as the map asks for it."""

from __future__ import annotations

from typing import Any

import pytest

from meldkamer.domain import unit
from meldkamer.domain.function import Function
from meldkamer.domain.plan import STEERING
from meldkamer.domain.travel import Cell, TravelTable
from meldkamer.geo import Corrections
from tests.desk.conftest import TestRoom
from tests.geo.roads.maps import ZONE, open_map
from tests.geo.roads.test_islands import ISLAND, MAINLAND, two_parts


async def _engine(app_room: TestRoom, x: float = 91_000, y: float = 436_000, ago: int = 0) -> None:
    await app_room.an_incident()
    at = app_room.clock.now() - ago
    body = {"positions": [{"unit": "RT/17-0131", "x": x, "y": y, "at": at}]}
    assert (await app_room.client("wagens").post("/api/field/positions", json=body)).json()["taken"] == 1


async def test_from_a_unit_by_its_own_vehicle_with_the_age_of_its_position(app_room: TestRoom) -> None:
    await _engine(app_room, ago=40_000)
    desk = await app_room.signed_in("bram")
    found = (await desk.get("/api/reach?unit=RT/17-0131&minutes=3,1")).json()
    assert (found["x"], found["y"], found["profile"], found["unit"]) == (91_000, 436_000, "heavy", "RT/17-0131")
    assert (found["source"], found["detour"], found["position_age"], found["jumped"]) == ("road", 1, 40, False)
    assert [ring["minutes"] for ring in found["rings"]] == [1, 3]
    less, more = (sum(len(line) for area in ring["areas"] for line in area) for ring in found["rings"])
    assert 0 < less < more


async def test_a_closure_takes_away_what_lies_behind_it(app_room: TestRoom) -> None:
    await _engine(app_room)
    desk = await app_room.signed_in("bram")

    async def corners() -> Any:
        return (await desk.get("/api/reach?x=91000&y=436000&minutes=2")).json()["rings"][0]["areas"]

    before = await corners()
    until = app_room.clock.now() + 3_600_000
    drawn = {"id": "c", "points": [[91_250, 435_000], [91_250, 439_500]], "radius": 30, "until": until}
    assert (await desk.post("/api/closures", json=drawn)).status_code == 200
    after = await corners()
    assert max(x for area in after for x, _ in area[0]) <= 91_300 < max(x for area in before for x, _ in area[0])


async def test_off_the_map_it_says_straight_line(app_room: TestRoom) -> None:
    await app_room.an_incident()
    desk = await app_room.signed_in("bram")
    found = (await desk.get("/api/reach?x=190000&y=362000")).json()
    assert found["source"] == "straight line" and found["detour"] > 1 and found["position_age"] is None
    assert [ring["minutes"] for ring in found["rings"]] == [5, 10, 15]


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("x=1&y=1&minutes=0", 422),
        ("x=1&y=1&minutes=61", 422),
        ("x=1&y=1&minutes=1,2,3,4,5", 422),
        ("x=1&y=1&minutes=", 422),
        ("x=1&y=1&profile=broom", 422),
        ("x=1", 422),
        ("", 422),
        ("x=nan&y=1", 422),
        ("unit=RT/none", 422),
    ],
)
async def test_what_cannot_be_asked_is_refused(app_room: TestRoom, query: str, status: int) -> None:
    desk = await app_room.signed_in("bram")
    assert (await desk.get(f"/api/reach?{query}")).status_code == status


async def test_the_way_of_a_unit_with_its_time_of_arrival(app_room: TestRoom) -> None:
    await _engine(app_room)
    desk = await app_room.signed_in("bram")
    answer = (await desk.get("/api/routes?incident=RT/i1&units=RT/17-0131,RT/17-0131")).json()
    (way,) = answer["routes"]
    assert (way["source"], way["driving"], way["call_sign"]) == ("road", False, "17-0131")
    assert way["line"][0] == [91_000, 436_000] and way["line"][-1] == [92_400, 437_400]
    assert way["there"] - answer["at"] == pytest.approx(1000 * way["seconds"], abs=1_000)
    assert way["metres"] == pytest.approx(2_800, abs=300)
    # The proposal says the same, and the time that the crew needs to depart.
    advice = (await desk.get("/api/incidents/RT/i1/proposal?disciplines=B")).json()["advice"][0]
    assert 0 <= advice["proposal"]["filled"][0]["going"]["seconds"] - way["seconds"] <= 120
    command = {"type": "assign_unit", "unit": "RT/17-0131", "assignment": "a1", "incident": "RT/i1"}
    assert (await desk.post("/api/commands", json={"command_id": "a" * 32, "command": command})).status_code == 200
    (way,) = (await desk.get("/api/routes?incident=RT/i1&units=RT/17-0131")).json()["routes"]
    assert way["driving"]


async def test_units_without_a_place_are_named_and_unknown_ones_refused(app_room: TestRoom) -> None:
    await app_room.an_incident()
    desk = await app_room.signed_in("bram")
    answer = (await desk.get("/api/routes?incident=RT/i1&units=RT/17-0131")).json()
    assert (answer["routes"], answer["unplaced"]) == ([], ["RT/17-0131"])
    assert (await desk.get("/api/reach?unit=RT/17-0131")).json()["code"] == "unit.no_place"
    assert (await desk.get("/api/routes?incident=RT/i1&units=RT/none")).status_code == 422
    assert (await desk.get("/api/routes?incident=RT/none&units=RT/17-0131")).status_code == 422
    await app_room.do(
        unit.RegisterUnit(
            region="RT", call_sign="17-9", discipline="B", kind="TS", function="RT.B.dispatch", base_x=1.0, base_y=2.0
        )
    )
    found = (await desk.get("/api/reach?unit=RT/17-9")).json()
    assert (found["x"], found["y"], found["position_age"]) == (1, 2, None), "its base is taken"


async def test_who_is_on_an_island_has_no_way_and_is_named(app_room: TestRoom) -> None:
    x0, y0 = 92_400 - MAINLAND[0], 437_400 - MAINLAND[1]
    await _engine(app_room, x=x0 + ISLAND[0], y=y0 + ISLAND[1])
    app_room.proposals.drawing._travel.roads = open_map(two_parts(x0=x0, y0=y0), app_room.clock.now)
    desk = await app_room.signed_in("bram")
    answer = (await desk.get("/api/routes?incident=RT/i1&units=RT/17-0131")).json()
    assert (answer["routes"], answer["unplaced"], answer["cut_off"]) == ([], [], ["RT/17-0131"])
    (advice,) = (await desk.get("/api/incidents/RT/i1/proposal?disciplines=B")).json()["advice"]
    # It is the only one there is: a straight line over the water is better than nobody, and says what it is.
    assert advice["proposal"]["cut_off"] == [] and advice["proposal"]["filled"][0]["going"]["source"] != "road"


async def test_how_far_one_comes_says_what_was_learned(app_room: TestRoom) -> None:
    await _engine(app_room)
    travel = app_room.proposals.drawing._travel
    cell = Cell(0, 17, "heavy", -1, 1_400, 60, 20, 90_000, 30_000)
    table = TravelTable(
        table="t", bases=(travel.basis("heavy", True),), cells=(cell,), upto=0, since=0, by="b", reason="r", at=0
    )
    app_room.picture.functions[STEERING] = Function(name=STEERING, travel=(table,))
    travel._corrections = Corrections(app_room.picture, app_room.clock, ZONE)
    desk = await app_room.signed_in("bram")
    found = (await desk.get("/api/reach?unit=RT/17-0131&minutes=3")).json()
    assert (found["source"], found["correction"]["permille"], found["rings"][0]["minutes"]) == ("road", 1_400, 3)
    assert (await desk.get("/api/reach?x=190000&y=362000&minutes=3&profile=heavy")).json()["correction"] is None


async def test_machines_and_strangers_get_neither(app_room: TestRoom) -> None:
    for path in ("/api/reach?x=1&y=1", "/api/routes?incident=RT/i1&units=RT/17-0131"):
        assert (await app_room.client().get(path)).status_code == 401
        for machine in ("wagens", "centrale", "waker"):
            assert (await app_room.client(machine).get(path)).status_code == 403
