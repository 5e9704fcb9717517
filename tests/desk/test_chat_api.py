"""Talks and hand-overs: read by those who take part, behind the legal walls, with every reading recorded."""

from __future__ import annotations

from typing import Any

from meldkamer.domain import chat

from .conftest import TestRoom
from .world import CANARY


async def say(room: TestRoom, desk: Any, text: str, talk: str = "chat-RT", **more: Any) -> Any:
    command = {"type": "say", "talk": talk, "line": room.ids.new(), "text": text, **more}
    return await desk.post("/api/commands", json={"command_id": room.ids.new(), "command": command})


async def test_what_is_said_is_read_by_those_who_take_part(app_room: TestRoom) -> None:
    anna, bram = await app_room.signed_in("anna", "RT-01"), await app_room.signed_in("bram", "RT-02")
    assert (await say(app_room, anna, CANARY + "is the ladder free?")).status_code == 200
    assert (await say(app_room, anna, "far talk", "chat-LB-OB")).status_code == 422
    picture = await bram.get("/api/picture")
    row = next(r for r in picture.json()["talks"] if r["ref"] == "chat-RT")
    assert (row["lines"], row["by"], row["rooms"]) == (1, "anna", ["RT"])
    assert CANARY not in picture.text
    view = (await bram.get("/api/talks/chat-RT")).json()
    assert [(line["what"], line["text"], line["seat"]) for line in view["lines"]] == [
        ("said", CANARY + "is the ladder free?", "RT-01")
    ]
    readings = [c.reading for c in app_room.read_log.query() if c.reading.kind == "talk"]
    assert [(r.person, r.ref, r.compartments) for r in readings] == [("bram", "chat-RT", ("caller",))]
    # What is new is read alone.
    await say(app_room, bram, "yes")
    view = (await anna.get("/api/talks/chat-RT?after=1")).json()
    assert [(line["n"], line["text"]) for line in view["lines"]] == [(2, "yes")]
    assert (await anna.get("/api/talks/chat-LB-OB")).status_code == 403
    lezer = await app_room.signed_in("lezer")
    assert (await lezer.get("/api/talks/chat-RT")).status_code == 403


async def test_the_legal_walls_hold(app_room: TestRoom) -> None:
    ambu, paul = await app_room.signed_in("ambu", "RT-A"), await app_room.signed_in("paul", "RT-P")
    await say(app_room, ambu, CANARY + "medical", audience="A")
    await say(app_room, paul, CANARY + "police", audience="P")
    await say(app_room, paul, "for everybody")
    for desk, sees in ((ambu, ["A", "PBAK"]), (paul, ["P", "PBAK"])):
        answer = await desk.get("/api/talks/chat-RT")
        assert [line["audience"] for line in answer.json()["lines"]] == sees
        assert (CANARY + "police" in answer.text) is ("P" in sees)
        assert (CANARY + "medical" in answer.text) is ("A" in sees)
    # The feed of the chain carries that something was said, never what.
    feed = await app_room.client("keten").get("/api/feed?region=NL")
    assert CANARY not in feed.text


async def test_a_shift_is_handed_over(app_room: TestRoom) -> None:
    anna, bram = await app_room.signed_in("anna", "RT-01"), await app_room.signed_in("bram", "RT-02")
    left = {"type": "leave_hand_over", "talk": "shift-RT", "hand_over": "h1", "text": CANARY + "two fires open"}
    done = await anna.post("/api/commands", json={"command_id": app_room.ids.new(), "command": left})
    assert done.status_code == 200
    row = next(r for r in (await bram.get("/api/picture")).json()["talks"] if r["ref"] == "shift-RT")
    assert [(h["hand_over"], h["by"], h["seat"]) for h in row["open"]] == [("h1", "anna", "RT-01")]
    take = {"type": "take_hand_over", "talk": "shift-RT", "hand_over": "h1"}
    own = await anna.post("/api/commands", json={"command_id": app_room.ids.new(), "command": take})
    assert (own.status_code, own.json()["code"]) == (422, "hand_over.own")
    assert (await bram.post("/api/commands", json={"command_id": app_room.ids.new(), "command": take})).is_success
    row = next(r for r in (await bram.get("/api/picture")).json()["talks"] if r["ref"] == "shift-RT")
    assert row["open"] == [] and (row["last_taken"]["by"], row["last_taken"]["taken_by"]) == ("anna", "bram")
    log = (await bram.get("/api/talks/shift-RT")).json()["lines"]
    assert [(line["what"], line["by"], line["text"]) for line in log] == [
        ("left", "anna", CANARY + "two fires open"),
        ("taken", "bram", ""),
    ]


async def test_a_talk_is_a_row_of_the_national_region(app_room: TestRoom) -> None:
    desk = await app_room.signed_in("anna", "RT-01")
    before = (await desk.get("/api/picture")).json()["positions"]
    await app_room.do(chat.Say(talk="chat-NL", line="l1", text="all rooms"), room="LB", actor="lena")
    seen = app_room.hub._recent.since("NL", before["NL"], app_room.picture.positions["NL"])
    assert seen is not None and list(seen) == [("talk", "chat-NL")]


async def test_a_talk_of_then_is_as_it_was(app_room: TestRoom) -> None:
    desk = await app_room.signed_in("anna", "RT-01")
    await say(app_room, desk, "before")
    await app_room.clock.pump(60)
    at = app_room.clock.now()
    await app_room.clock.pump(1)
    await say(app_room, desk, "after")
    await app_room.clock.pump(30)
    query = f"at={at}&why=evaluation"
    assert [line["text"] for line in (await desk.get(f"/api/talks/chat-RT?{query}")).json()["lines"]] == ["before"]
    rows = (await desk.get(f"/api/picture?{query}")).json()["talks"]
    assert [(r["ref"], r["lines"]) for r in rows] == [("chat-RT", 1)]
