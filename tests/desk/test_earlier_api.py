"""Earlier calls over the API: with what came of them, behind the walls, recorded before anything leaves."""

from __future__ import annotations

from typing import Any

import httpx

from meldkamer.access import add_account
from meldkamer.desk.history import YOUNGEST_MILLIS
from meldkamer.domain import call, incident_rules
from meldkamer.domain.basics import Location

from .conftest import PASSWORD, TestRoom
from .world import CANARY

NUMBER = "0612345678"
PLACE = Location(text="Coolsingel", x=92_400.0, y=437_400.0)
DAY_SECONDS = 86_400.0


async def ring(room: TestRoom, ref: str, number: str | None = NUMBER, location: Location | None = None) -> None:
    region, id = ref.split("/")
    await room.do(
        call.ReceiveCall(
            call=id,
            region=region,
            function=f"{region}.112",
            channel="112",
            number=number,
            name=CANARY,
            said=CANARY,
            location=location,
        )
    )


async def a_history(room: TestRoom) -> None:
    """A month ago too long, three days ago a fire that was closed, then misuse, then somebody else at the place; now a
    call by the same telephone from that place."""
    await room.own("RT.112", "RT.B.dispatch", "LB.112")
    await ring(room, "RT/ancient")
    await room.clock.pump(28 * DAY_SECONDS)
    await ring(room, "RT/fire", "+31 6 12345678", PLACE)
    await room.do(call.AnswerCall(call="RT/fire"), actor="bram")
    await room.do(
        incident_rules.OpenIncident(
            incident="i1", region="RT", location=PLACE, disciplines="B", priority=2, class_text="Brand", call="RT/fire"
        )
    )
    await room.do(call.EndCall(call="RT/fire"), actor="bram")
    await room.do(incident_rules.CloseTrack(incident="RT/i1", discipline="B", code="x"))
    await room.clock.pump(DAY_SECONDS)
    await ring(room, "LB/misuse", "0031612345678")
    await room.do(call.AnswerCall(call="LB/misuse"), room="LB")
    await room.do(call.EndCall(call="LB/misuse", reason="misuse"), room="LB")
    await room.clock.pump(2 * DAY_SECONDS)
    await ring(room, "RT/neighbour", "0687654321", PLACE)
    await room.clock.pump(60)
    await ring(room, "RT/now", NUMBER, PLACE)
    await room.do(call.AnswerCall(call="RT/now"), actor="bram")
    # So long ago that nobody's lists hold it any more.
    room.picture.forget(room.clock.now() - 7_200_000)
    assert "RT/i1" not in room.picture.incidents


async def earlier(client: httpx.AsyncClient, more: str = "") -> dict[str, Any]:
    answer = await client.get(f"/api/calls/RT/now/earlier{more}")
    assert answer.status_code == 200, answer.text
    assert CANARY not in answer.text and "12345678" not in answer.text
    found: dict[str, Any] = answer.json()
    return found


def refs(found: dict[str, Any]) -> list[str]:
    return [one["call"]["ref"] for one in found["calls"]]


async def test_what_the_telephone_and_the_place_called_for_before(app_room: TestRoom) -> None:
    await a_history(app_room)
    found = await earlier(await app_room.signed_in("bram"))
    assert refs(found) == ["RT/neighbour", "LB/misuse", "RT/fire"]
    assert (found["days"], found["whole"], found["count"], found["unreadable"]) == (30, True, 3, [])
    assert found["by_number"] == {"count": 2, "ended": {"misuse": 1}, "more": False}
    assert found["by_place"] == {"count": 2, "ended": {}, "more": False}
    neighbour, misuse, fire = found["calls"]
    assert (neighbour["number"], neighbour["place"]) == (False, True)
    assert (misuse["number"], misuse["place"], misuse["end_reason"]) == (True, False, "misuse")
    assert (fire["number"], fire["place"], fire["call"]["room"], fire["call"]["channel"]) == (True, True, "RT", "112")
    (came,) = fire["incidents"]
    assert (came["ref"], came["number"], came["tracks"]["B"]["priority"]) == ("RT/i1", "RT-1", 2)
    assert came["closed"] and came["tracks"]["B"]["close_code"] == "x"
    # What came of it can be opened, though it is in no list any more.
    detail = (await (await app_room.signed_in("bram")).get("/api/incidents/RT/i1")).json()
    assert detail["incident"]["closed"] and detail["incident"]["class_text"] == "Brand"


async def test_a_place_that_was_typed_is_looked_around_instead(app_room: TestRoom) -> None:
    await a_history(app_room)
    desk = await app_room.signed_in("bram")
    away = await earlier(desk, "?x=90000&y=437400")
    assert refs(away) == ["LB/misuse", "RT/fire"] and away["by_place"]["count"] == 0
    assert not any(one["place"] for one in away["calls"])
    half = await desk.get("/api/calls/RT/now/earlier?x=90000")
    assert half.status_code == 422 and half.json()["type"] == "not_valid"
    assert (await desk.get("/api/calls/RT/none/earlier")).status_code == 404


async def test_who_may_not_open_callers_learns_nothing_of_numbers(app_room: TestRoom) -> None:
    await a_history(app_room)
    found = await earlier(await app_room.signed_in("lezer"))
    assert (found["by_number"], found["unreadable"]) == (None, ["caller"])
    assert refs(found) == ["RT/neighbour", "RT/fire"] and not any(one["number"] for one in found["calls"])
    read = [c.reading for c in app_room.read_log.query()]
    assert [(r.ref, r.kind, r.compartments, r.refused) for r in read] == [("RT/now", "earlier", (), ("caller",))]


async def test_an_account_that_is_bound_to_regions_sees_those_alone(app_room: TestRoom) -> None:
    await a_history(app_room)
    gate = app_room.gate
    await add_account(
        gate.accounts,
        app_room.passwords,
        gate.roles,
        name="gebonden",
        room="RT",
        password=PASSWORD,
        roles=("CTL-112",),
        regions=("RT",),
    )
    bound = await app_room.signed_in("gebonden")
    found = await earlier(bound)
    assert refs(found) == ["RT/neighbour", "RT/fire"]
    assert found["by_number"] == {"count": 1, "ended": {}, "more": False}
    assert (await bound.get("/api/calls/LB/misuse/earlier")).status_code == 403


async def test_each_call_that_is_shown_for_its_number_is_recorded_first(app_room: TestRoom) -> None:
    await a_history(app_room)
    desk = await app_room.signed_in("bram")
    await earlier(desk)
    read = [c.reading for c in app_room.read_log.query()]
    assert {(r.person, r.kind, r.ref, r.compartments) for r in read} == {
        ("bram", "earlier", ref, ("caller",)) for ref in ("RT/now", "LB/misuse", "RT/fire")
    }
    app_room.read_log.close()
    answer = await desk.get("/api/calls/RT/now/earlier")
    assert answer.status_code == 507 and "misuse" not in answer.text


async def test_a_destroyed_key_takes_its_call_away(app_room: TestRoom) -> None:
    await a_history(app_room)
    desk, head = await app_room.signed_in("bram"), await app_room.signed_in("hoofd")
    assert "RT/fire" in refs(await earlier(desk))
    body = {"kind": "call", "ref": "RT/fire", "compartments": ["caller"], "reason": "term is over"}
    assert (await head.post("/api/keys/destroy", json=body)).json() == {"compartments": ["caller"]}
    found = await earlier(desk)
    assert refs(found) == ["RT/neighbour", "LB/misuse"]
    assert (found["by_number"]["count"], found["by_place"]["count"]) == (1, 1)


async def test_whoever_looks_back_finds_what_was_before_that_moment(app_room: TestRoom) -> None:
    await a_history(app_room)
    desk = await app_room.signed_in("bram")
    at = app_room.clock.now()
    await app_room.clock.pump(YOUNGEST_MILLIS / 1000)
    await app_room.do(call.EndCall(call="RT/now"), actor="bram")
    await ring(app_room, "RT/after", NUMBER, PLACE)
    assert refs(await earlier(desk)) == ["RT/after", "RT/neighbour", "LB/misuse", "RT/fire"]
    then = await earlier(desk, f"?at={at}&why=evaluation")
    assert refs(then) == ["RT/neighbour", "LB/misuse", "RT/fire"]
    assert [r.reading.purpose for r in app_room.read_log.query(newest=True, limit=3)] == ["evaluation"] * 3
    assert (await desk.get(f"/api/calls/RT/now/earlier?at={at}")).status_code == 422
