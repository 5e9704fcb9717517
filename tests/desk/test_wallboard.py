"""The wall: true counts on one scale, and nothing about anybody."""

from __future__ import annotations

import msgspec

from meldkamer.desk.wallboard import Wallboard
from meldkamer.domain import call, desk, unit

from .conftest import TestRoom
from .world import CANARY


async def wall(room: TestRoom, code: str = "RT") -> dict[str, object]:
    client = await room.signed_in("lezer")
    view = (await client.get("/api/wallboard")).json()
    found: dict[str, object] = next(r for r in view["rooms"] if r["room"] == code)
    return found


async def test_it_counts_calls_units_and_the_norm(app_room: TestRoom) -> None:
    await app_room.an_incident()
    for n, seconds in (("c2", 3), ("c3", 30)):
        await app_room.do(call.ReceiveCall(call=n, region="RT", function="RT.112", channel="112"))
        await app_room.clock.pump(seconds)
        await app_room.do(call.AnswerCall(call=f"RT/{n}"))
    await app_room.do(call.ReceiveCall(call="c4", region="RT", function="RT.112", channel="112"))
    await app_room.do(call.ReceiveCall(call="c5", region="RT", function="RT.112", channel="112", test=True))
    await app_room.clock.pump(7)
    now = await wall(app_room)
    assert (now["waiting"], now["longest"]) == (1, 7.0)
    assert (now["answered"], now["in_norm"]) == (3, 2)
    assert (now["incidents"], now["p1"], now["units"], now["free"]) == (1, 1, 1, 1)
    await app_room.do(unit.AssignUnit(unit="RT/17-0131", assignment="a1", incident="RT/i1"))
    await app_room.do(unit.ReportStatus(unit="RT/17-0131", code="emergency"))
    now = await wall(app_room)
    assert (now["free"], now["emergencies"]) == (0, 1)
    # The norm is of the last hour.
    await app_room.clock.pump(3600)
    now = await wall(app_room)
    assert (now["answered"], now["in_norm"], now["longest"]) == (0, 0, 3607.0)


async def test_it_shows_who_is_down_and_who_serves_whom(app_room: TestRoom) -> None:
    await app_room.own("RT.112", "RT.B.dispatch")
    await app_room.own("LB.112", room="RT")
    await app_room.do(desk.DeclareRoomDown(room="LB", reason="fire"))
    here, there = await wall(app_room), await wall(app_room, "LB")
    assert (here["state"], here["serves"], here["served_by"]) == ("up", ["LB"], [])
    assert (there["state"], there["serves"], there["served_by"]) == ("down", [], ["RT"])


async def test_from_a_snapshot_it_counts_the_same(app_room: TestRoom) -> None:
    await app_room.an_incident()
    wallboard = app_room.services.wallboard
    homes = {f.code: f.home_room for f in app_room.pack.functions}
    later = Wallboard(app_room.picture, app_room.rooms.rows, homes, app_room.pack.norm, app_room.clock)
    assert later.view() != wallboard.view()
    later.read()
    assert later.view() == wallboard.view()
    later.read()
    assert later.view() == wallboard.view()


async def test_there_is_no_sign_of_anybody(app_room: TestRoom) -> None:
    await app_room.an_incident()
    await app_room.signed_in("anna", "RT-01")
    client = await app_room.signed_in("lezer")
    said = (await client.get("/api/wallboard")).text
    for word in (CANARY, "anna", "lezer", "RT-01", "Coolsingel", "smoke", "17-0131", "RT-1"):
        assert word not in said
    strings = {s for room in msgspec.json.decode(said)["rooms"] for s in _strings(room)}
    names = {room.name for room in app_room.pack.rooms} | {room.code for room in app_room.pack.rooms}
    assert strings <= names | {"up", "down", "silent", "alone"}


def _strings(value: object) -> set[str]:
    if isinstance(value, str):
        return {value}
    if isinstance(value, dict):
        return {s for inner in value.values() for s in _strings(inner)}
    if isinstance(value, list):
        return {s for inner in value for s in _strings(inner)}
    return set()
