"""Coming in, sitting down, and leaving."""

from __future__ import annotations

import asyncio

import pytest

from meldkamer.access.sessions import ABSOLUTE_MILLIS, IDLE_MILLIS
from meldkamer.record import StoreFull

from .conftest import PASSWORD, TestRoom

IDLE_SECONDS = IDLE_MILLIS / 1000


async def test_signing_in_takes_the_seat_as_a_fact_and_signing_out_frees_it(app_room: TestRoom) -> None:
    client = await app_room.signed_in("anna", "RT-07")
    session = (await client.get("/api/session")).json()
    assert {k: session[k] for k in ("person", "room", "seat", "qualified", "simulated", "exercise")} == {
        "person": "anna",
        "room": "RT",
        "seat": "RT-07",
        "qualified": ["112"],
        "simulated": False,
        "exercise": False,
    }
    assert app_room.picture.desk("RT").seats["RT-07"].person == "anna"
    assert (await client.post("/api/sign-out")).status_code == 204
    assert app_room.picture.desk("RT").seats == {}
    assert (await client.get("/api/session")).status_code == 401


async def test_the_session_says_how_long_it_lasts_at_most(app_room: TestRoom) -> None:
    client = await app_room.signed_in("anna")
    assert (await client.get("/api/session")).json()["left"] == ABSOLUTE_MILLIS
    await app_room.clock.pump(600)
    assert (await client.get("/api/session")).json()["left"] == ABSOLUTE_MILLIS - 600_000


async def test_the_cookie_is_out_of_reach_of_scripts(app_room: TestRoom) -> None:
    answer = await app_room.client().post("/api/sign-in", json={"account": "anna", "password": PASSWORD})
    cookie = answer.headers["set-cookie"]
    assert "HttpOnly" in cookie and "SameSite=Strict" in cookie


async def test_a_taken_seat_keeps_nobody_out(app_room: TestRoom) -> None:
    await app_room.signed_in("anna", "RT-07")
    other = await app_room.signed_in("bram", "RT-07")
    assert (await other.get("/api/session")).json()["seat"] == ""
    taken = await other.post("/api/seat", json={"seat": "RT-07"})
    assert taken.status_code == 422 and taken.json()["code"] == "desk.seat_taken"
    moved = await other.post("/api/seat", json={"seat": "RT-08"})
    assert moved.json()["seat"] == "RT-08"
    again = await other.post("/api/seat", json={"seat": "RT-09"})
    assert again.json()["seat"] == "RT-09" and set(app_room.picture.desk("RT").seats) == {"RT-07", "RT-09"}
    assert (await other.post("/api/seat/leave")).json()["seat"] == ""
    assert set(app_room.picture.desk("RT").seats) == {"RT-07"}


async def test_a_simulated_colleague_sits_by_the_record_and_gives_way(app_room: TestRoom) -> None:
    robot = app_room.client("robot")
    assert (await robot.post("/api/seat", json={"seat": "RT-01"})).json()["seat"] == "RT-01"
    assert (await robot.get("/api/session")).json()["seat"] == "RT-01"
    assert app_room.picture.desk("RT").seats["RT-01"].simulated
    person = await app_room.signed_in("bram", "RT-01")
    assert (await person.get("/api/session")).json()["seat"] == "RT-01"
    assert (await robot.get("/api/session")).json()["seat"] == ""


@pytest.mark.parametrize("body", [{"account": "anna", "password": "no"}, {"account": "nobody", "password": PASSWORD}])
async def test_a_wrong_guess_says_nothing(app_room: TestRoom, body: dict[str, str]) -> None:
    answer = await app_room.client().post("/api/sign-in", json=body)
    assert answer.status_code == 401 and answer.json()["type"] == "wrong_credentials"
    assert "set-cookie" not in answer.headers


async def test_a_reader_takes_no_seat(app_room: TestRoom) -> None:
    reader = await app_room.signed_in("lezer", "RT-03")
    assert (await reader.get("/api/session")).json()["seat"] == ""
    assert (await reader.post("/api/seat", json={"seat": "RT-03"})).status_code == 403


async def test_an_administrator_makes_and_ends_accounts_and_reads_no_log(app_room: TestRoom) -> None:
    admin = await app_room.signed_in("beheer")
    made = await admin.post(
        "/api/accounts", json={"name": "dirk", "password": PASSWORD, "roles": ["CTL-B"], "reason": "nieuw"}
    )
    assert made.status_code == 200 and made.json()["account"]["room"] == "RT"
    machine = await admin.post("/api/accounts", json={"name": "feedje", "scopes": ["feed"], "reason": "koppeling"})
    assert machine.json()["token"].startswith("mkt_")
    assert "dirk" not in [a["name"] for a in (await admin.get("/api/accounts")).json()]
    await app_room.confirm()
    assert "dirk" in [a["name"] for a in (await admin.get("/api/accounts")).json()]
    assert PASSWORD not in (await admin.get("/api/accounts")).text
    dirk = app_room.client()
    assert (await dirk.post("/api/sign-in", json={"account": "dirk", "password": PASSWORD})).status_code == 200
    await admin.post("/api/accounts/dirk", json={"disabled": True, "reason": "uit dienst"})
    assert (await dirk.get("/api/session")).status_code == 401
    assert (await admin.get("/api/read-log?why=supervision")).status_code == 403
    assert (await admin.post("/api/accounts/nobody", json={"disabled": True, "reason": "weg"})).status_code == 404


async def test_the_head_of_the_room_sees_who_read_what(app_room: TestRoom) -> None:
    await app_room.an_incident()
    desk, head = await app_room.signed_in("bram"), await app_room.signed_in("hoofd")
    await desk.get("/api/calls/RT/c1")
    page = (await head.get("/api/read-log?why=complaint&ref=RT/c1")).json()
    assert [(r["reading"]["person"], r["reading"]["compartments"]) for r in page["readings"]] == [("bram", ["caller"])]
    assert (await head.get(f"/api/read-log?why=complaint&ref=RT/c1&after={page['next']}")).json()["readings"] == []


async def test_a_seat_whose_session_is_over_is_free_at_the_next_sign_in(app_room: TestRoom) -> None:
    await app_room.signed_in("anna", "RT-07")
    await app_room.clock.pump(IDLE_SECONDS - 1)
    kept_out = await app_room.signed_in("ambu", "RT-07")
    assert (await kept_out.get("/api/session")).json()["seat"] == ""
    await app_room.clock.pump(1)
    bram = await app_room.signed_in("bram", "RT-07")
    assert (await bram.get("/api/session")).json()["seat"] == "RT-07"
    assert app_room.picture.desk("RT").seats["RT-07"].person == "bram"


async def test_a_seat_whose_session_is_over_comes_free_by_itself_and_only_that(app_room: TestRoom) -> None:
    await app_room.signed_in("anna", "RT-07")
    robot = app_room.client("robot")
    await robot.post("/api/seat", json={"seat": "RT-01"})
    await app_room.clock.pump(IDLE_SECONDS - 60)
    await app_room.signed_in("bram", "RT-08")
    working = asyncio.create_task(app_room.services.seats.keep())
    app_room.tasks.append(working)
    await app_room.clock.pump(61)
    async with asyncio.timeout(10):
        while "RT-07" in app_room.picture.desk("RT").seats:
            await app_room.clock.pump(0)
    assert set(app_room.picture.desk("RT").seats) == {"RT-01", "RT-08"}
    assert not working.done()


async def test_who_sits_at_the_seat_again_keeps_it_when_the_older_session_ends(app_room: TestRoom) -> None:
    await app_room.signed_in("anna", "RT-07")
    await app_room.clock.pump(IDLE_SECONDS - 1)
    await app_room.signed_in("anna", "RT-07")
    await app_room.clock.pump(1)
    await app_room.services.seats.free()
    assert app_room.picture.desk("RT").seats["RT-07"].person == "anna"


async def test_a_seat_is_freed_later_when_the_record_cannot_take_it_now(
    app_room: TestRoom, monkeypatch: pytest.MonkeyPatch
) -> None:
    await app_room.signed_in("anna", "RT-07")
    await app_room.clock.pump(IDLE_SECONDS)
    with monkeypatch.context() as broken:

        async def full(*_: object, **__: object) -> None:
            raise StoreFull("no space")

        broken.setattr(app_room.handler, "do", full)
        await app_room.services.seats.free()
        assert "RT-07" in app_room.picture.desk("RT").seats
    await app_room.services.seats.free()
    assert app_room.picture.desk("RT").seats == {}
