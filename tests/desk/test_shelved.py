"""Alarms set aside stand in the row of the room, for everybody there, until their end."""

from __future__ import annotations

from typing import Any

from .conftest import TestRoom


async def shelf_of(desk: Any) -> list[tuple[str, str]]:
    rooms = (await desk.get("/api/picture")).json()["rooms"]
    return [(s["key"], s["by"]) for s in next(r for r in rooms if r["room"] == "RT")["shelved"]]


async def test_the_whole_room_sees_what_is_set_aside_and_until_when(app_room: TestRoom) -> None:
    anna, caco = await app_room.signed_in("anna", "RT-01"), await app_room.signed_in("caco", "RT-02")

    async def give(desk: Any, **command: Any) -> Any:
        return await desk.post("/api/commands", json={"command_id": app_room.ids.new(), "command": command})

    shelve = {"type": "shelve_alarm", "room": "RT", "text": "a call waits", "minutes": 10}
    assert (await give(anna, **shelve, cause="waiting", key="waiting RT/c1")).status_code == 200
    never = await give(anna, **shelve, cause="emergency", key="emergency RT/1")
    assert (never.status_code, never.json()["code"]) == (422, "alarm.never_shelved")
    assert await shelf_of(caco) == [("waiting RT/c1", "anna")]
    await app_room.clock.pump(9 * 60)
    assert await shelf_of(caco) == [("waiting RT/c1", "anna")]
    await app_room.clock.pump(61)
    assert await shelf_of(caco) == []
    assert (await give(anna, **shelve, cause="waiting", key="waiting RT/c1")).status_code == 200
    back = await give(caco, type="unshelve_alarm", room="RT", key="waiting RT/c1")
    assert back.status_code == 200 and await shelf_of(anna) == []
