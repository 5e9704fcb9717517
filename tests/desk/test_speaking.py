"""How to speak with a caller: noted with the call, sealed as who called is, and read by whoever goes on with it."""

from __future__ import annotations

import pytest

from .conftest import TestRoom
from .test_commands_api import act


async def test_it_is_kept_with_the_call_and_read_by_whoever_may_read_the_caller(app_room: TestRoom) -> None:
    await app_room.an_incident()
    desk, reader = await app_room.signed_in("bram"), await app_room.signed_in("lezer")
    noted: list[dict[str, object]] = [{"language": "rif"}, {"ways": ["no_call_back", "interpreter"]}]
    for n, given in enumerate(noted):
        answer = await desk.post("/api/commands", json=act(n, type="note_speaking", call="RT/c1", **given))
        assert answer.status_code == 200, answer.text
    caller = (await desk.get("/api/calls/RT/c1")).json()["caller"]
    assert (caller["language"], caller["ways"]) == ("rif", ["no_call_back", "interpreter"])
    at_incident = (await desk.get("/api/incidents/RT/i1")).json()["calls"][0]["caller"]
    assert (at_incident["language"], at_incident["ways"]) == ("rif", ["no_call_back", "interpreter"])

    closed = await reader.get("/api/calls/RT/c1")
    assert closed.json()["unreadable"] == ["caller"]
    assert (closed.json()["caller"]["language"], closed.json()["caller"]["ways"]) == (None, None)
    feed = (await app_room.client("keten").get("/api/feed?region=RT&limit=1000")).text
    picture = await desk.get("/api/picture?regions=RT")
    for text in (closed.text, feed, picture.text):
        assert "rif" not in text and "no_call_back" not in text
    row = next(c for c in picture.json()["calls"] if c["ref"] == "RT/c1")
    assert row["language_noted"] > 0 and row["ways_noted"] > 0

    await desk.post("/api/commands", json=act(3, type="note_speaking", call="RT/c1", language=""))
    row = next(c for c in (await desk.get("/api/picture?regions=RT")).json()["calls"] if c["ref"] == "RT/c1")
    assert (row["language_noted"], row["ways_noted"] > 0) == (0, True)
    assert (await desk.get("/api/calls/RT/c1")).json()["caller"]["language"] is None


async def test_with_the_key_it_is_gone_for_everybody(app_room: TestRoom) -> None:
    await app_room.an_incident()
    desk = await app_room.signed_in("bram")
    await desk.post("/api/commands", json=act(1, type="note_speaking", call="RT/c1", language="rif", ways=["deaf"]))
    await app_room.keys.destroy("ev.RT.call.c1", "caller", app_room.clock.now(), "term", "test")
    detail = (await desk.get("/api/calls/RT/c1")).json()
    assert (detail["caller"]["language"], detail["caller"]["ways"], detail["unreadable"]) == (None, None, ["caller"])


@pytest.mark.parametrize(
    ("account", "given", "status"),
    [
        ("lezer", {"language": "pl"}, 403),
        ("bram", {}, 422),
        ("bram", {"language": "Pools"}, 422),
        ("bram", {"ways": ["deaf\n"]}, 422),
        ("bram", {"ways": ["deaf"] * 13}, 422),
        ("bram", {"ways": "deaf"}, 422),
    ],
)
async def test_what_is_refused(app_room: TestRoom, account: str, given: dict[str, object], status: int) -> None:
    await app_room.an_incident()
    desk = await app_room.signed_in(account)
    answer = await desk.post("/api/commands", json=act(1, type="note_speaking", call="RT/c1", **given))
    assert answer.status_code == status, answer.text
