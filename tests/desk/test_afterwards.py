"""Entered afterwards: both times are there for whoever reads it, and no alert goes out for what was told by voice."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from meldkamer.domain import unit
from meldkamer.network import read_whole

from .conftest import TestRoom

MINUTE = 60_000


async def give(
    client: httpx.AsyncClient, room: TestRoom, occurred: int | None = None, **command: Any
) -> dict[str, Any]:
    body: dict[str, Any] = {"command_id": room.ids.new(), "command": command}
    if occurred is not None:
        body["occurred"] = occurred
    answer = await client.post("/api/commands", json=body)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


@pytest.fixture
async def bram(app_room: TestRoom) -> httpx.AsyncClient:
    await app_room.own("RT.112", "RT.B.dispatch", "RT.A.dispatch")
    engine = unit.RegisterUnit(region="RT", call_sign="17-0131", discipline="B", kind="TS", function="RT.B.dispatch")
    await app_room.do(engine)
    await app_room.do(unit.ReportStatus(unit="RT/17-0131", code="available"))
    await app_room.clock.pump(7_200)
    return await app_room.signed_in("bram")


async def test_a_whole_incident_from_paper_has_both_times(app_room: TestRoom, bram: httpx.AsyncClient) -> None:
    room, now = app_room, app_room.clock.now()
    was = {
        "opened": now - 60 * MINUTE,
        "told": now - 57 * MINUTE,
        "line": now - 50 * MINUTE,
        "there": now - 48 * MINUTE,
    }
    ref = (await give(bram, room, was["opened"], type="open_incident", incident="p1", region="RT", disciplines="B"))[
        "ref"
    ]
    order = {"type": "assign_unit", "unit": "RT/17-0131", "assignment": "a1", "incident": ref, "told": True}
    await give(bram, room, was["told"], **order)
    await give(bram, room, was["line"], type="write_note", incident=ref, line="l1", text="dak staat in brand")
    await give(bram, room, was["there"], type="report_status", unit="RT/17-0131", code="on_scene")
    await give(bram, room, type="write_note", incident=ref, line="l2", text="nu getypt")
    detail = (await bram.get(f"/api/incidents/{ref}")).json()

    assert detail["incident"]["opened"] == was["opened"]
    assert [(n["text"], n["at"]) for n in detail["notes"]] == [("dak staat in brand", was["line"]), ("nu getypt", now)]
    late = {(one["what"], one["at"], one["line"], one["unit"]) for one in detail["afterwards"]}
    assert late == {
        ("incident.opened", was["opened"], "", ""),
        ("incident.track_started", was["opened"], "", ""),
        ("unit.assigned", was["told"], "", "17-0131"),
        ("incident.note_written", was["line"], "l1", ""),
    }
    assert {one["recorded"] for one in detail["afterwards"]} == {now}
    assert {one["by"] for one in detail["afterwards"]} == {"bram"}
    (working,) = detail["incident"]["units"]
    assert (working["state"], working["since"]) == ("on_scene", was["there"])

    await give(bram, room, was["there"] + MINUTE, type="report_status", unit="RT/17-0131", code="available")
    await give(bram, room, now - 30 * MINUTE, type="close_track", incident=ref, discipline="B", code="x")
    detail = (await bram.get(f"/api/incidents/{ref}")).json()
    assert detail["incident"]["closed"] == now - 30 * MINUTE
    assert detail["afterwards"][-1]["what"] == "incident.track_closed" and detail["afterwards"][-1]["discipline"] == "B"


async def test_a_line_that_is_not_for_this_reader_is_not_even_counted(
    app_room: TestRoom, bram: httpx.AsyncClient
) -> None:
    now = app_room.clock.now()
    ref = (await give(bram, app_room, type="open_incident", incident="p1", region="RT", disciplines="BA"))["ref"]
    ambu = await app_room.signed_in("ambu")
    line = {"type": "write_note", "incident": ref, "line": "m1", "text": "patiënt 1", "audience": "A"}
    await give(ambu, app_room, now - 10 * MINUTE, **line)
    mine, theirs = [(await who.get(f"/api/incidents/{ref}")).json()["afterwards"] for who in (bram, ambu)]
    assert mine == [] and [one["line"] for one in theirs] == ["m1"]


async def test_what_lies_ahead_is_taken_for_now(app_room: TestRoom, bram: httpx.AsyncClient) -> None:
    now = app_room.clock.now()
    ref = (await give(bram, app_room, now + 60 * MINUTE, type="open_incident", incident="p1", region="RT"))["ref"]
    whole = await read_whole(app_room.record, app_room.sealer, "ev.RT.incident.p1", frozenset())
    assert whole is not None and whole.history[0][0].event.occurred == now
    assert (await bram.get(f"/api/incidents/{ref}")).json()["afterwards"] == []
