"""The picture, the feed, look-ups, health and pages."""

from __future__ import annotations

import asyncio

from meldkamer.desk.security import CONTENT_SECURITY_POLICY, PART_HEADERS

from .conftest import TestRoom
from .world import CANARY, settle


async def test_the_picture_and_its_positions_belong_together(app_room: TestRoom) -> None:
    await app_room.an_incident()
    desk = await app_room.signed_in("bram", "RT-01")
    picture = (await desk.get("/api/picture?regions=RT")).json()
    assert picture["positions"] == app_room.picture.positions
    assert [i["number"] for i in picture["incidents"]] == ["RT-1"]
    assert [(u["call_sign"], u["free"]) for u in picture["units"]] == [("17-0131", True)]
    assert len(picture["functions"]) == len(app_room.pack.functions)
    rotterdam = next(r for r in picture["rooms"] if r["room"] == "RT")
    assert (rotterdam["incidents_open"], rotterdam["incidents_p1"], rotterdam["seats_taken"]) == (1, 1, 1)
    assert rotterdam["heartbeat_age"] == 1.0 and rotterdam["foreign"] == []
    silent = next(r for r in picture["rooms"] if r["room"] == "LB")
    assert silent["heartbeat_age"] is None
    assert (await desk.get("/api/picture?regions=LB")).json()["incidents"] == []
    assert len((await desk.get("/api/picture")).json()["incidents"]) == 1


async def test_waiting_calls_are_counted_until_somebody_answers(app_room: TestRoom) -> None:
    from meldkamer.domain import call

    await app_room.own("RT.112")
    await app_room.do(call.ReceiveCall(call="c1", region="RT", function="RT.112", channel="112"))
    await app_room.clock.pump(7)
    desk = await app_room.signed_in("anna")
    row = next(r for r in (await desk.get("/api/picture")).json()["rooms"] if r["room"] == "RT")
    assert (row["calls_waiting"], row["longest_wait"], row["load"]) == (1, 7.0, 1.0)
    await app_room.do(call.AnswerCall(call="RT/c1"))
    row = next(r for r in (await desk.get("/api/picture")).json()["rooms"] if r["room"] == "RT")
    assert (row["calls_waiting"], row["longest_wait"]) == (0, 0.0)


async def test_a_unit_has_its_history(app_room: TestRoom) -> None:
    await app_room.an_incident()
    desk = await app_room.signed_in("bram")
    detail = (await desk.get("/api/units/RT/17-0131")).json()
    assert [line["what"] for line in detail["history"]] == ["unit.status_reported", "unit.registered"]


async def test_the_feed_is_whole_resumable_and_without_personal_fields(app_room: TestRoom) -> None:
    await app_room.an_incident()
    feed, after, seen = app_room.client("keten"), 0, []
    while True:
        page = (await feed.get(f"/api/feed?region=RT&after={after}&limit=3")).json()
        if not page["events"]:
            break
        seen += page["events"]
        after = page["next"]
    assert [e["seq"] for e in seen] == list(range(1, app_room.picture.positions["RT"] + 1))
    assert CANARY not in repr(seen)
    received = next(e for e in seen if e["type"] == "call.received")
    assert received["data"]["channel"] == "112" and "number" not in received["data"]
    assert (received["ref"], received["kind"], received["version"]) == ("RT/c1", "call", 1)


async def waits(room: TestRoom, seconds: float) -> None:
    """Until somebody waits for no longer than this."""
    async with asyncio.timeout(30):
        # The clock tells no event of it.
        while (due := room.clock.next_due()) is None or due > room.clock.monotonic() + seconds:  # noqa: ASYNC110
            await asyncio.sleep(0)


async def test_the_feed_waits_for_the_next_event(app_room: TestRoom) -> None:
    await app_room.an_incident()
    after = app_room.picture.positions["RT"]
    asking = asyncio.create_task(app_room.client("keten").get(f"/api/feed?region=RT&after={after}&wait=20"))
    await waits(app_room, 20)
    await settle()
    assert not asking.done()
    from meldkamer.domain import call

    await app_room.do(call.ReceiveCall(call="c2", region="RT", function="RT.112", channel="112"))
    assert [e["seq"] for e in (await asking).json()["events"]] == [after + 1]
    asking = asyncio.create_task(app_room.client("keten").get(f"/api/feed?region=RT&after={after + 1}&wait=5"))
    await waits(app_room, 5)
    await app_room.clock.pump(6)
    assert (await asking).json() == {"events": [], "next": after + 1}


async def test_places_are_found_by_what_was_typed_so_far(app_room: TestRoom) -> None:
    desk = await app_room.signed_in("bram")
    found = (await desk.get("/api/places?q=rotterd")).json()
    assert found[0]["name"] == "Rotterdam" and found[0]["region"] == "RT" and 80_000 < found[0]["x"] < 100_000
    assert (await desk.get("/api/places?q=%20")).json() == []
    assert (await desk.get("/api/places?q=s-hertogenb")).json()


async def test_where_by_either_coordinate_and_not_at_sea(app_room: TestRoom) -> None:
    desk = await app_room.signed_in("bram")
    assert (await desk.get("/api/where?lat=51.9225&lon=4.4792")).json()["room"] == "RT"
    assert (await desk.get("/api/where?x=92400&y=437400")).json()["region"] == "RT"
    assert (await desk.get("/api/where?lat=54.5&lon=3.0")).status_code == 404
    assert (await desk.get("/api/where?lat=52")).status_code == 422


async def test_nearest_and_the_pack(app_room: TestRoom) -> None:
    await app_room.an_incident()
    wagens = app_room.client("wagens")
    at = app_room.clock.now()
    body = {"positions": [{"unit": "RT/17-0131", "x": 92_000, "y": 437_000, "at": at}, {"unit": "RT/no", "at": at}]}
    assert (await wagens.post("/api/field/positions", json=body)).json() == {"taken": 1, "left": 1, "jumped": 0}
    desk = await app_room.signed_in("bram")
    found = (await desk.get("/api/nearest?incident=RT/i1&discipline=B")).json()
    assert [u["call_sign"] for u in found["units"]] == ["17-0131"] and found["units"][0]["metres"] > 400
    assert (await desk.get("/api/nearest?incident=RT/none&discipline=B")).status_code == 404
    pack = (await desk.get("/api/pack")).json()
    assert pack["norms"][0]["source"] and len(pack["rooms"]) == len(app_room.pack.rooms)


async def test_an_order_reaches_its_crew_and_comes_back(app_room: TestRoom) -> None:
    from meldkamer.domain import alert

    await app_room.an_incident()
    desk, wagens = await app_room.signed_in("bram"), app_room.client("wagens")
    command = {"type": "assign_unit", "unit": "RT/17-0131", "assignment": "a1", "incident": "RT/i1"}
    assert (await desk.post("/api/commands", json={"command_id": "a" * 32, "command": command})).status_code == 200
    await app_room.do(
        alert.OrderAlert(
            alert=f"RT/{alert.alert_id('a1')}",
            unit="RT/17-0131",
            assignment="a1",
            incident="RT/i1",
            number="RT-1",
            priority=1,
            text="P1 RT-1",
            epoch=2,
        )
    )
    got = (await wagens.get("/api/field/RT/17-0131/orders")).json()
    assert got["order"]["assignment"] == "a1" and got["epoch"] == 2
    row = app_room.rows.unit(app_room.picture.units["RT/17-0131"])
    assert row.alert is not None and row.alert.state == "delivered"
    path = "/api/field/RT/17-0131/acknowledge"
    older = await wagens.post(path, json={"assignment": "a1", "epoch": 1, "event_id": "e1"})
    assert older.status_code == 409 and older.json()["type"] == "older_epoch"
    assert (await wagens.post(path, json={"assignment": "a1", "epoch": 2, "event_id": "e2"})).status_code == 200
    status = {"code": "en_route", "event_id": "s1"}
    first = await wagens.post("/api/field/RT/17-0131/status", json=status)
    again = await wagens.post("/api/field/RT/17-0131/status", json=status)
    assert (first.json()["duplicate"], again.json()["duplicate"], again.status_code) == (False, True, 200)
    order = app_room.picture.units["RT/17-0131"].assignment
    assert order is not None and order.state == "en_route"
    assert (await wagens.get("/api/field/RT/nobody/orders")).status_code == 404


async def test_health_is_one_word_for_strangers_and_could_not_check_is_not_fine(app_room: TestRoom) -> None:
    stranger, watch = app_room.client(), app_room.client("waker")
    assert (await stranger.get("/health")).json() == {"state": "fine", "checks": []}
    assert [c["name"] for c in (await watch.get("/health")).json()["checks"]] == ["heart-beat"]
    app_room.ages["RT"] = 60.0
    assert (await stranger.get("/health")).json()["state"] == "degraded"
    app_room.ages["RT"] = None
    assert (await stranger.get("/health")).json()["state"] == "could_not_check"


async def test_pages_come_with_a_version_and_no_path_leaves_the_folder(app_room: TestRoom) -> None:
    client = app_room.client()
    page = await client.get("/w/board")
    assert page.status_code == 200 and page.headers["content-type"].startswith("text/html")
    script = page.text.partition('src="')[2].partition('"')[0]
    assert script.startswith("/static/v") and script.endswith("/main.js")
    file = await client.get(script)
    assert file.headers["content-type"].startswith("text/javascript")
    assert "immutable" in file.headers["cache-control"]
    assert page.headers["content-security-policy"] == CONTENT_SECURITY_POLICY and "permissions-policy" in page.headers
    assert PART_HEADERS.items() <= file.headers.items() and "permissions-policy" not in file.headers
    plain = await client.get("/static/main.js")
    assert plain.headers["cache-control"] == "no-cache"
    again = await client.get("/static/main.js", headers={"if-none-match": plain.headers["etag"]})
    assert again.status_code == 304 and again.content == b""
    for path in (
        "/static/../record.sqlite",
        "/static/%2e%2e/record.sqlite",
        "/static/..%2frecord.sqlite",
        "/static//etc/passwd",
    ):
        assert (await client.get(path)).status_code == 404, path
    assert (await client.get("/w/../api/picture")).status_code in (200, 401, 404)
    assert (await client.get("/nothing")).status_code == 404
