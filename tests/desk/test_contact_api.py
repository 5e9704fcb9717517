"""Timers without contact over the API: who may set one, what every desk then sees, and what is refused."""

from __future__ import annotations

from typing import Any

import httpx

from meldkamer.domain.contact import MINUTE

from .conftest import TestRoom

UNIT = "RT/17-0131"


async def give(app: TestRoom, desk: httpx.AsyncClient, occurred: int | None = None, **command: Any) -> httpx.Response:
    body: dict[str, Any] = {"command_id": app.ids.new(), "command": {"unit": UNIT, **command}}
    return await desk.post("/api/commands", json=body if occurred is None else {**body, "occurred": occurred})


async def row(desk: httpx.AsyncClient) -> dict[str, Any]:
    units = (await desk.get("/api/picture")).json()["units"]
    return next(unit for unit in units if unit["ref"] == UNIT)


async def test_who_sends_units_sets_it_and_whoever_hears_the_crew_says_so(app_room: TestRoom) -> None:
    await app_room.an_incident()
    bram, anna = await app_room.signed_in("bram", "RT-02"), await app_room.signed_in("anna", "RT-01")
    start = app_room.clock.now()
    assert (await row(anna))["contact"] is None and (await row(anna))["heard"] == 0

    refused = await give(app_room, anna, type="set_contact_timer", minutes=15)
    assert (refused.status_code, refused.json()["type"]) == (403, "forbidden")
    assert (await give(app_room, bram, type="set_contact_timer", minutes=15)).json()["outcome"] == "SAFE"
    assert (await row(anna))["contact"] == {"minutes": 15, "since": start, "by": "bram", "due": start + 15 * MINUTE}

    await app_room.clock.pump(16 * 60)
    heard = app_room.clock.now()
    # What the room enters is what it believes; what somebody heard counts from when it was heard.
    await give(app_room, bram, type="report_status", code="on_scene")
    assert (await row(bram))["contact"]["due"] == start + 15 * MINUTE
    assert (await give(app_room, anna, occurred=heard - MINUTE, type="note_contact")).status_code == 200
    shown = await row(bram)
    assert (shown["heard"], shown["contact"]["due"]) == (heard - MINUTE, heard + 14 * MINUTE)

    assert (await give(app_room, bram, type="set_contact_timer", minutes=0)).status_code == 200
    assert (await row(anna))["contact"] is None
    history = (await bram.get(f"/api/units/{UNIT}")).json()["history"]
    said = [(line["what"], line.get("by"), line.get("minutes")) for line in history if "contact" in line["what"]]
    assert said == [
        ("unit.contact_timer_set", "bram", None),
        ("unit.contact_made", "anna", None),
        ("unit.contact_timer_set", "bram", 15),
    ]


async def test_nobody_sets_one_without_end_or_for_what_is_not_there(app_room: TestRoom) -> None:
    await app_room.an_incident()
    bram = await app_room.signed_in("bram")
    assert (await give(app_room, bram, type="set_contact_timer", minutes=241)).status_code == 422
    assert (await give(app_room, bram, type="set_contact_timer", minutes=-1)).status_code == 422
    unknown = await give(app_room, bram, type="note_contact", unit="RT/99-9999")
    assert (unknown.status_code, unknown.json()["code"]) == (422, "unit.unknown")
    assert (await app_room.client().post("/api/commands", json={})).status_code == 401
