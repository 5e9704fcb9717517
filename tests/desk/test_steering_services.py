"""The door for probes and suppliers: who may tell, under whose name it stands, and what follows from it."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from meldkamer.access import add_account

from .conftest import MACHINES, PASSWORD, PEOPLE, TestRoom

PATH = "/api/services/reports"
A, B = "a" * 32, "b" * 32


def body(*reports: dict[str, Any], id: str = A) -> dict[str, Any]:
    return {"id": id, "reports": [{"service": "C2000", "state": "down", **report} for report in reports or ({},)]}


async def steering(room: TestRoom) -> httpx.AsyncClient:
    await add_account(
        room.gate.accounts, room.passwords, room.gate.roles, name="sturing", room="RT", password=PASSWORD,
        roles=("STURING",), language="en",
    )  # fmt: skip
    return await room.signed_in("sturing")


async def c2000(client: httpx.AsyncClient) -> dict[str, Any]:
    answer = await client.get("/api/services")
    assert answer.status_code == 200, answer.text
    return next(row for row in answer.json()["services"] if row["service"] == "C2000")


async def test_only_monitoring_coordinators_and_steering_tell(app_room: TestRoom) -> None:
    assert (await app_room.client().post(PATH, json=body())).status_code == 401
    for person in PEOPLE:
        client = await app_room.signed_in(person)
        for answer in (await client.post(PATH, json=body()), await client.get("/api/services")):
            assert (answer.status_code < 300) == (person == "caco"), (person, answer.text)
    for machine in MACHINES:
        client = app_room.client(machine)
        for answer in (await client.post(PATH, json=body()), await client.get("/api/services")):
            assert (answer.status_code < 300) == (machine == "waker"), (machine, answer.text)


async def test_a_machine_speaks_in_its_own_name_and_unsays_nobody(app_room: TestRoom) -> None:
    probe, steer = app_room.client("waker"), await steering(app_room)
    assert (await c2000(steer))["state"] == "not checked"
    answer = await probe.post(PATH, json=body({"state": "up"}))
    assert (answer.status_code, answer.json()) == (201, {"stored": 1, "source": "waker", "unknown": []})
    assert (await c2000(probe))["state"] == "up"
    answer = await steer.post(PATH, json=body({"rooms": ["LB"], "reason": "mast"}, id=B))
    assert answer.json()["source"] == "person"
    await app_room.clock.pump(1)
    assert (await probe.post(PATH, json=body({"state": "up"}, id="c" * 32))).status_code == 201
    row = await c2000(probe)
    assert (row["state"], row["down_in"], row["last_reason"]) == ("down", ["LB"], "mast")
    refused = await probe.post(PATH, json={**body(), "reports": [{**body()["reports"][0], "source": "person"}]})
    assert refused.status_code == 422, "nobody says in whose name"


async def test_it_is_stored_once_and_measured_with_no_typing(app_room: TestRoom) -> None:
    probe, steer = app_room.client("waker"), await steering(app_room)
    for _ in range(2):
        await probe.post(PATH, json=body({"state": "up", "holds": 900}, {"service": "P2000", "state": "degraded"}))
    assert [e.event.type for e in await app_room.record.read("ev.NL.function.NL.steering")] == [
        "provision.reported"
    ] * 2
    await app_room.clock.pump(60)
    await probe.post(PATH, json=body(id=B))
    await app_room.clock.pump(60)
    today = (await steer.get("/api/steering/today")).json()
    assert today["counted"]["counts"]["outage:C2000"] == 1
    assert {s["service"]: s["state"] for s in today["checked"]["services"]} == {"C2000": "down", "P2000": "degraded"}
    report = (await steer.get("/api/steering/continuity")).json()["report"]
    provision = next(p for p in report["provisions"] if "C2000" in p["checked"])
    assert provision["down"] == ["C2000"] and provision["availability"]["lost_seconds"] > 0


async def test_a_name_that_nobody_knows_is_told_and_kept(app_room: TestRoom) -> None:
    probe = app_room.client("waker")
    answer = await probe.post(PATH, json=body({"service": "C2OOO"}, {"rooms": ["ZZ"]}))
    assert answer.status_code == 201 and answer.json()["unknown"] == ["C2OOO", "ZZ"]
    assert len(await app_room.record.read("ev.NL.function.NL.steering")) == 2


@pytest.mark.parametrize(
    "report",
    [{"service": "c 2000"}, {"state": "bijna"}, {"holds": -1}, {"holds": 10**7}, {"reason": "x" * 201}, {"at": -1}],
)
async def test_what_is_not_well_formed_is_refused(app_room: TestRoom, report: dict[str, Any]) -> None:
    assert (await app_room.client("waker").post(PATH, json=body(report))).status_code == 422
    assert await app_room.record.read("ev.NL.function.NL.steering") == []


async def test_a_moment_that_is_past_counts_and_one_to_come_is_now(app_room: TestRoom) -> None:
    probe, now = app_room.client("waker"), app_room.clock.now()
    await probe.post(PATH, json=body({"state": "up", "at": now - 60_000}, {"state": "down", "at": now + 60_000}))
    moments = [e.event.occurred for e in await app_room.record.read("ev.NL.function.NL.steering")]
    assert moments == [now - 60_000, now]
    many = {"id": A, "reports": body()["reports"] * 101}
    assert (await probe.post(PATH, json=many)).status_code == 422
