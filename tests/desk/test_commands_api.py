"""Commands over HTTP: exactly once, denied by default, refused with a reason, bounded."""

from __future__ import annotations

import asyncio
import typing

import pytest

from meldkamer.access import RULES
from meldkamer.desk.commands_api import AnyCommand

from .conftest import TestRoom


def act(n: int, **command: object) -> dict[str, object]:
    return {"command_id": f"{n:032x}", "command": command}


NOTE = {"type": "write_note", "incident": "RT/i1", "line": "l9", "text": "second ambulance asked"}


async def test_a_call_becomes_an_incident(app_room: TestRoom) -> None:
    await app_room.own("RT.112", "RT.B.dispatch")
    phone, desk = app_room.client("centrale"), await app_room.signed_in("anna", "RT-1")
    event = {"event_id": "e1", "call_id": "x", "kind": "offered", "function": "RT.112", "number": "0612"}
    ref = (await phone.post("/api/telephony/events", json=event)).json()["call"]
    for n, command in enumerate(
        (
            {"type": "answer_call", "call": ref},
            {"type": "open_incident", "incident": "i1", "region": "RT", "disciplines": "B", "call": ref},
        )
    ):
        answer = await desk.post("/api/commands", json=act(n, **command))
        assert answer.status_code == 200, answer.text
        assert answer.json()["outcome"] == "SAFE"
    assert app_room.picture.calls[ref].answered_by == "anna" and app_room.picture.calls[ref].seat == "RT-1"
    assert app_room.picture.calls[ref].incidents == ("RT/i1",)


async def test_the_same_command_twice_gives_the_same_answer(app_room: TestRoom) -> None:
    await app_room.an_incident()
    desk = await app_room.signed_in("bram")
    first = (await desk.post("/api/commands", json=act(1, **NOTE))).json()
    again = (await desk.post("/api/commands", json=act(1, **NOTE))).json()
    assert again == {**first, "duplicate": True} and first["duplicate"] is False
    many = await asyncio.gather(
        *(desk.post("/api/commands", json=act(2, **{**NOTE, "line": "l10"})) for _ in range(10))
    )
    assert {m.json()["seq"] for m in many if m.status_code == 200} == {first["seq"] + 1}
    assert sum(n.line == "l10" for n in app_room.picture.incidents["RT/i1"].notes) == 1


async def test_a_refusal_names_its_reason_in_the_language_of_the_session(app_room: TestRoom) -> None:
    await app_room.an_incident()
    desk = await app_room.signed_in("bram")
    answer = await desk.post("/api/commands", json=act(1, **{**NOTE, "text": "  "}))
    assert answer.status_code == 422 and answer.headers["content-type"] == "application/problem+json"
    assert {k: answer.json()[k] for k in ("type", "code", "detail")} == {
        "type": "refused",
        "code": "note.empty",
        "detail": "A note needs words",
    }


async def test_a_foreign_function_is_named_with_its_owner(app_room: TestRoom) -> None:
    await app_room.an_incident()
    await app_room.own("RT.P.dispatch", room="LB")
    await app_room.do(
        __import__("meldkamer.domain.incident_rules", fromlist=["x"]).StartTrack(
            incident="RT/i1", discipline="P", priority=2
        )
    )
    desk = await app_room.signed_in("paul")
    answer = await desk.post(
        "/api/commands", json=act(1, type="close_track", incident="RT/i1", discipline="P", code="x")
    )
    assert answer.status_code == 409
    assert answer.json()["type"] == "not_owner"
    assert answer.json()["params"] == {"function": "RT.P.dispatch", "owner": "LB"}


async def test_a_batch_answers_each_act_by_itself_and_in_order(app_room: TestRoom) -> None:
    await app_room.an_incident()
    desk = await app_room.signed_in("bram")
    acts = [
        act(1, **NOTE),
        act(2, type="assign_unit", unit="RT/none", assignment="a", incident="RT/i1"),
        act(3, type="assign_unit", unit="RT/17-0131", assignment="a1", incident="RT/i1"),
        act(4, type="take_function", function="RT.112", to="RT", ground="resumed"),
        act(1, **NOTE),
    ]
    answer = await desk.post("/api/commands/batch", json={"commands": acts})
    results = answer.json()["results"]
    assert [r["ok"]["ref"] if "ok" in r else r["problem"]["type"] for r in results] == [
        "RT/i1",
        "refused",
        "RT/17-0131",
        "forbidden",
        "RT/i1",
    ]
    assert results[0]["ok"]["seq"] == results[4]["ok"]["seq"]


@pytest.mark.parametrize("count", [0, 201])
async def test_a_batch_is_bounded(app_room: TestRoom, count: int) -> None:
    desk = await app_room.signed_in("bram")
    acts = [act(n, **{**NOTE, "line": f"l{n}"}) for n in range(count)]
    assert (await desk.post("/api/commands/batch", json={"commands": acts})).status_code == 422


async def test_ten_megabytes_are_too_large(app_room: TestRoom) -> None:
    desk = await app_room.signed_in("bram")
    answer = await desk.post("/api/commands", json=act(1, **{**NOTE, "text": "x" * 10_000_000}))
    assert answer.status_code == 413 and answer.json()["type"] == "too_large"


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"[" * 200_000, 422),
        (b'{"command":' * 20_000, 400),
        (b"\xff\xfe", 400),
        (b'{"command_id":"' + b"1" * 32 + b'"', 400),
        (b"[" * 300_000, 413),
        (b'{"command_id":"' + b"0" * 32 + b'","command":{"type":"sign_in","room":"RT","seat":"1"}}', 422),
        (
            b'{"command_id":"' + b"0" * 32 + b'","command":{"type":"undo","incident":"RT/i1","command":"x","more":1}}',
            422,
        ),
        (b'{"command_id":"zz","command":{"type":"answer_call","call":"RT/c1"}}', 422),
    ],
)
async def test_hostile_bodies_are_refused_clearly(app_room: TestRoom, body: bytes, status: int) -> None:
    desk = await app_room.signed_in("bram")
    answer = await desk.post("/api/commands", content=body, headers={"content-type": "application/json"})
    assert answer.status_code == status and answer.json()["type"] in ("not_valid", "too_large")


async def test_the_number_of_a_caller_is_not_in_a_problem(app_room: TestRoom) -> None:
    desk = await app_room.signed_in("anna")
    answer = await desk.post("/api/commands", json=act(1, type="identify_caller", call="RT/none", number="0612345678"))
    assert answer.status_code == 422 and "0612345678" not in answer.text


def test_every_command_from_outside_has_a_rule() -> None:
    assert set(typing.get_args(AnyCommand)) <= set(RULES)
