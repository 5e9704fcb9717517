"""Deny by default, and the legal walls on every path by which something leaves the room."""

from __future__ import annotations

import msgspec
import pytest

from meldkamer.access.readlog import Chained

from .conftest import TestRoom
from .world import CANARY, Desk, settle

PARAMS = {"region": "RT", "id": "i1", "call_sign": "17-0131", "name": "anna"}
PUBLIC = {
    ("POST", "/api/sign-in"),
    ("GET", "/api/sign-in/passkey"),
    ("POST", "/api/sign-in/passkey"),
    ("POST", "/api/sign-in/passkey/ask"),
    ("GET", "/api/sign-in/provider"),
    ("POST", "/api/sign-in/provider"),
    ("POST", "/api/sign-in/provider/return"),
    ("POST", "/api/sign-in/provider/code"),
    ("POST", "/api/sign-in/provider/leave"),
    ("GET", "/health"),
}


def operations(room: TestRoom) -> list[tuple[str, str, str]]:
    found = []
    for path, methods in room.app.api.openapi()["paths"].items():
        filled = path
        for name, value in PARAMS.items():
            filled = filled.replace("{" + name + "}", value)
        found += [(method.upper(), path, filled) for method in methods]
    return found


async def test_nothing_is_possible_without_a_session(app_room: TestRoom) -> None:
    await app_room.an_incident()
    seen = 0
    for headers in ({}, {"authorization": "Bearer mkt_" + "x" * 43}, {"cookie": "meldkamer-rt=" + "x" * 43}):
        client = app_room.client()
        for method, path, filled in operations(app_room):
            if (method, path) in PUBLIC:
                continue
            answer = await client.request(method, filled, headers=headers, json=None if method == "GET" else {})
            assert answer.status_code == 401, (method, path, answer.status_code)
            assert CANARY not in answer.text
            seen += 1
    assert seen > 60


async def test_a_machine_may_only_what_its_scope_says(app_room: TestRoom) -> None:
    await app_room.an_incident()
    allowed = {
        "waker": {"/health", "/api/alarms", "/api/services", "/api/services/reports"},
        "centrale": {"/api/telephony/events", "/api/where", "/api/where/shares", "/api/ng112"},
        "wegwijzer": set(),
        "keten": {"/api/feed"},
    }
    session = {"/api/session", "/api/sign-out", "/api/pack", "/api/areas", "/api/seat/leave", "/api/commands"}
    for machine, paths in allowed.items():
        client = app_room.client(machine)
        for method, path, filled in operations(app_room):
            if path in paths | session or path.startswith(("/health", "/api/sign-in", "/api/commands")):
                continue
            answer = await client.request(method, filled, json=None if method == "GET" else {})
            assert answer.status_code == 403, (machine, method, path, answer.status_code)
            assert answer.json()["params"]["right"]


async def test_a_machine_for_health_can_give_no_command(app_room: TestRoom) -> None:
    await app_room.an_incident()
    body = {"command_id": "0" * 32, "command": {"type": "end_call", "call": "RT/c1"}}
    answer = await app_room.client("waker").post("/api/commands", json=body)
    assert answer.status_code == 403 and answer.json()["params"] == {"right": "operate"}


async def test_a_medical_line_reaches_ambulance_and_no_other_desk_by_any_path(app_room: TestRoom) -> None:
    desk = Desk(app_room.app, await headers_of(app_room, "bram"))
    desk.subscribe("RT")
    await settle()
    await app_room.an_incident()
    await settle(50)
    fire, ambulance = await app_room.signed_in("bram"), await app_room.signed_in("ambu")
    paths = [
        "/api/picture",
        "/api/incidents/RT/i1",
        "/api/calls/RT/c1",
        "/api/calls/RT/c1/earlier",
        "/api/units/RT/17-0131",
        "/api/feed?region=RT&limit=1000",
        "/api/feed?region=NL&limit=1000",
    ]
    for path in paths:
        answer = await fire.get(path)
        assert answer.status_code == 200, answer.text
        assert CANARY + "medical" not in answer.text, path
    assert CANARY not in repr(desk.heard) and len(desk.of("ev")) > 5
    assert CANARY not in (await fire.get("/api/feed?region=RT&limit=1000")).text
    assert CANARY not in (await fire.get("/api/picture")).text
    detail = (await ambulance.get("/api/incidents/RT/i1")).json()
    assert [n["text"] for n in detail["notes"]] == [CANARY + "medical", "smoke on the second floor"]
    lines = (await fire.get("/api/incidents/RT/i1")).json()["notes"]
    assert [n["text"] for n in lines] == ["smoke on the second floor"]
    desk.hang_up()
    await settle()


async def test_a_fire_machine_does_not_read_a_line_for_ambulance_in_the_feed(app_room: TestRoom) -> None:
    await app_room.an_incident()
    events = (await app_room.client("keten").get("/api/feed?region=RT&limit=1000")).json()["events"]
    notes = [e for e in events if e["type"] == "incident.note_written"]
    assert [(e["audience"], e["data"] is None) for e in notes] == [("A", True), ("BA", True)]


async def test_a_reader_without_the_compartment_gets_no_caller(app_room: TestRoom) -> None:
    await app_room.an_incident()
    reader = await app_room.signed_in("lezer")
    answer = await reader.get("/api/calls/RT/c1")
    assert answer.status_code == 200 and CANARY not in answer.text
    assert answer.json()["unreadable"] == ["caller"]
    answer = await reader.get("/api/calls/RT/c1/earlier")
    assert answer.status_code == 200 and CANARY not in answer.text
    assert (answer.json()["unreadable"], answer.json()["by_number"]) == (["caller"], None)


async def test_a_reading_is_recorded_before_the_answer_leaves(app_room: TestRoom) -> None:
    await app_room.an_incident()
    desk = await app_room.signed_in("bram")
    detail = (await desk.get("/api/incidents/RT/i1")).json()
    assert detail["calls"][0]["caller"]["number"] == CANARY + "number"
    stored = [(c.reading.person, c.reading.kind, c.reading.ref, c.reading.compartments) for c in lines(app_room)]
    assert stored == [("bram", "call", "RT/c1", ("caller",)), ("bram", "incident", "RT/i1", ("caller",))]
    app_room.read_log.close()
    for path in ("/api/incidents/RT/i1", "/api/calls/RT/c1", "/api/calls/RT/c1/earlier"):
        answer = await desk.get(path)
        assert answer.status_code == 507 and CANARY not in answer.text


async def test_a_destroyed_key_closes_the_text_for_everybody(app_room: TestRoom) -> None:
    await app_room.an_incident()
    head, ambulance = await app_room.signed_in("hoofd"), await app_room.signed_in("ambu")
    body = {"kind": "incident", "ref": "RT/i1", "compartments": ["medical"], "reason": "term is over"}
    assert (await head.post("/api/keys/destroy", json=body)).json() == {"compartments": ["medical"]}
    assert (await head.post("/api/keys/destroy", json=body)).json() == {"compartments": []}
    assert (await ambulance.post("/api/keys/destroy", json=body)).status_code == 403
    detail = (await ambulance.get("/api/incidents/RT/i1")).json()
    assert detail["notes"][0]["text"] is None and "medical" in detail["unreadable"]


@pytest.mark.parametrize(
    "path", ["/api/incidents/RT/none", "/api/calls/RT/none", "/api/calls/RT/none/earlier", "/api/units/RT/none"]
)
async def test_what_is_not_there_is_not_found(app_room: TestRoom, path: str) -> None:
    desk = await app_room.signed_in("bram")
    answer = await desk.get(path)
    assert answer.status_code == 404 and answer.json()["type"] == "not_found"


def lines(room: TestRoom) -> list[Chained]:
    return room.read_log.query()


async def headers_of(room: TestRoom, person: str) -> list[tuple[bytes, bytes]]:
    client = await room.signed_in(person)
    cookie = "; ".join(f"{c.name}={c.value}" for c in client.cookies.jar)
    return [(b"host", b"room"), (b"origin", b"http://room"), (b"cookie", cookie.encode())]


async def test_the_live_channel_of_a_page_of_another_site_stays_shut(app_room: TestRoom) -> None:
    own = await headers_of(app_room, "bram")
    evil = [(k, b"http://evil" if k == b"origin" else v) for k, v in own]
    for headers, fits in ((own, True), (evil, False)):
        desk = Desk(app_room.app, headers)
        await settle()
        assert desk.accepted is fits and (desk.closed is None) is fits
        desk.hang_up()
        await settle()


async def test_signing_out_ends_the_live_channel(app_room: TestRoom) -> None:
    client = await app_room.signed_in("bram")
    cookie = "; ".join(f"{c.name}={c.value}" for c in client.cookies.jar)
    desk = Desk(app_room.app, [(b"host", b"room"), (b"origin", b"http://room"), (b"cookie", cookie.encode())])
    desk.subscribe("RT")
    await settle()
    await client.post("/api/sign-out")
    app_room.hub.tick()
    await settle()
    assert desk.closed == 4401


def test_a_password_is_not_in_the_text_of_its_request() -> None:
    from meldkamer.desk.accounts_api import AccountChange, NewAccount
    from meldkamer.desk.session_api import SignInBody

    bodies = [SignInBody(account="a", password=CANARY, new_password=CANARY)]
    said = repr([*bodies, NewAccount(name="ab", password=CANARY, reason="why")])
    assert CANARY not in said + repr(AccountChange(password=CANARY, reason="why"))
    assert msgspec.json.decode(msgspec.json.encode(bodies[0]))["password"] == CANARY
