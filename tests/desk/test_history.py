"""The time machine: a past minute is what was shown at that minute, no more, no less, and nothing can be done there."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
import msgspec
import pytest

from meldkamer.desk.history import YOUNGEST_MILLIS
from meldkamer.desk.history_live import MOST_SCENES, PATH
from meldkamer.domain import call, incident, incident_rules, unit
from meldkamer.network.past import DAY_MILLIS, MARK_MILLIS
from meldkamer.network.picture import SNAPSHOT_VERSION
from meldkamer.record import NewEvent, Write
from meldkamer.record.snapshots import FileSnapshots
from meldkamer.response import PositionReport

from .conftest import TestRoom
from .world import CANARY, Desk, settle

WHY = "evaluation"
NOT_IN_THE_RECORD = ("heartbeat_age", "age")
"""Of a room: measured by whoever looked, and not kept."""


def as_shown(picture: dict[str, Any]) -> dict[str, Any]:
    """A picture without what no record holds."""
    rooms = [{k: v for k, v in room.items() if k not in NOT_IN_THE_RECORD} for room in picture["rooms"]]
    lists = {kind: sorted(picture[kind], key=lambda r: r["ref"]) for kind in ("incidents", "calls", "units")}
    positions = {region: seq for region, seq in picture["positions"].items() if seq}
    return {**picture, **lists, "rooms": rooms, "positions": positions}


async def a_night(room: TestRoom, desk: httpx.AsyncClient) -> list[dict[str, Any]]:
    """Eight minutes with something in each; the picture as it was live at the end of each of them."""
    await room.an_incident()
    seen = []

    async def minute() -> None:
        await room.clock.pump(60)
        await room.tracks.sample()
        seen.append((await desk.get("/api/picture")).json())
        await room.clock.pump(0.5)

    await minute()
    await room.do(unit.AssignUnit(unit="RT/17-0131", assignment="a1", incident="RT/i1"))
    now = room.clock.now()
    room.positions.update([PositionReport("RT/17-0131", 92_000.0, 437_000.0, now)], now)
    await minute()
    await room.do(unit.ReportStatus(unit="RT/17-0131", code="en_route"))
    await room.do(call.ReceiveCall(call="c2", region="RT", function="RT.112", channel="112"))
    await minute()
    await room.do(call.AnswerCall(call="RT/c2"))
    await room.do(call.EndCall(call="RT/c2", reason="done"))
    await room.own("LB.112", "LB.A.dispatch", room="LB")
    await minute()
    await room.do(incident_rules.WriteNote(incident="RT/i1", line="late", text="signal good fire"))
    await minute()
    await room.do(unit.RecallUnit(unit="RT/17-0131", reason="not needed"))
    await room.do(incident_rules.CloseTrack(incident="RT/i1", discipline="A", code="x"))
    await minute()
    await room.do(incident_rules.CloseTrack(incident="RT/i1", discipline="B", code="x"))
    await minute()
    await minute()
    return seen


def then(picture: dict[str, Any]) -> dict[str, str]:
    return {"at": str(picture["now"]), "why": WHY}


async def test_every_minute_is_shown_as_it_was_live(app_room: TestRoom) -> None:
    desk = await app_room.signed_in("anna", "RT-01")
    live = await a_night(app_room, desk)
    assert len({msgspec.json.encode(as_shown(p)) for p in live}) == len(live)
    await app_room.clock.pump(YOUNGEST_MILLIS / 1000)
    # Backwards and then in between: no moment may carry anything of another.
    for picture in [*reversed(live), *live[::2]]:
        past = (await desk.get("/api/picture", params=then(picture))).json()
        assert as_shown(past) == as_shown(picture)
    assert [i["closed"] is None for i in live[5]["incidents"]] == [True]
    assert [i["closed"] is None for i in live[6]["incidents"]] == [False]


async def test_a_jump_from_a_kept_picture_is_the_same(app_room: TestRoom) -> None:
    desk = await app_room.signed_in("anna", "RT-01")
    live = await a_night(app_room, desk)
    await app_room.clock.pump(120)
    await app_room.past.mark(live[3]["now"] - 10)
    start = await app_room.past.start(live[4]["now"])
    assert (start.at, start.positions) == (live[3]["now"] - 10, live[3]["positions"])
    for picture in live[3:]:
        past = (await desk.get("/api/picture", params=then(picture))).json()
        assert as_shown(past) == as_shown(picture)
    # It begins at what was kept: without it, everything is folded.
    past = await app_room.past.open(start)
    assert await past.forward(live[4]["now"]) == live[4]["positions"]["RT"] - live[3]["positions"]["RT"]
    await past.close()


async def test_marks_are_kept_two_days_and_midnights_longer(app_room: TestRoom) -> None:
    await app_room.an_incident()
    first = app_room.clock.now() // DAY_MILLIS * DAY_MILLIS + DAY_MILLIS
    for mark in (first, first + MARK_MILLIS, first + 3 * DAY_MILLIS + MARK_MILLIS):
        await app_room.past.mark(mark)
    assert (await app_room.past.start(first + 2 * MARK_MILLIS)).at == first
    assert (await app_room.past.start(first + 9 * DAY_MILLIS)).at == first + 3 * DAY_MILLIS + MARK_MILLIS
    await app_room.past.mark(first + 100 * DAY_MILLIS)
    assert (await app_room.past.start(first + 4 * DAY_MILLIS)).at == 0


async def test_a_kept_picture_that_is_torn_costs_time_and_nothing_else(app_room: TestRoom) -> None:
    desk = await app_room.signed_in("anna", "RT-01")
    live = await a_night(app_room, desk)
    await app_room.clock.pump(120)
    snapshots = FileSnapshots(app_room.static.parent / "past")
    await snapshots.save(f"past-{SNAPSHOT_VERSION}-{live[2]['now']}", {"RT": 3}, b"not a picture")
    past = (await desk.get("/api/picture", params=then(live[4]))).json()
    assert as_shown(past) == as_shown(live[4])
    assert snapshots.keys("past-") == []


async def test_details_are_of_then_and_recorded_with_their_purpose(app_room: TestRoom) -> None:
    desk = await app_room.signed_in("anna", "RT-01")
    live = await a_night(app_room, desk)
    await app_room.clock.pump(120)
    before = (await desk.get("/api/incidents/RT/i1", params={"at": live[3]["now"], "why": "complaint"})).json()
    after = (await desk.get("/api/incidents/RT/i1", params=then(live[4]))).json()
    assert "late" not in [n["line"] for n in before["notes"]] and "late" in [n["line"] for n in after["notes"]]
    assert before["incident"] == live[3]["incidents"][0]
    assert before["calls"][0]["caller"]["name"] == CANARY + "name"
    line = (await desk.get("/api/units/RT/17-0131", params=then(live[1]))).json()
    assert [h["what"] for h in line["history"]] == ["unit.assigned", "unit.status_reported", "unit.registered"]
    read = [(c.reading.kind, c.reading.purpose) for c in app_room.read_log.query()]
    assert ("incident", "complaint") in read and ("call", "complaint") in read and ("incident", WHY) in read
    seen = [c.reading for c in app_room.read_log.query() if c.reading.kind == "past"]
    assert seen == []
    await desk.get("/api/picture", params=then(live[1]))
    seen = [c.reading for c in app_room.read_log.query() if c.reading.kind == "past"]
    assert [(r.person, r.purpose, r.compartments) for r in seen] == [("anna", WHY, ("staff",))]


@pytest.mark.parametrize("path", ["/api/picture", "/api/incidents/RT/i1", "/api/calls/RT/c1", "/api/units/RT/17-0131"])
async def test_looking_back_asks_why_and_only_at_the_past(app_room: TestRoom, path: str) -> None:
    await app_room.an_incident()
    desk = await app_room.signed_in("anna")
    now = app_room.clock.now()
    for query, code in ((f"at={now}", "past.purpose"), (f"at={now}&why={WHY}", "past.not_yet")):
        answer = await desk.get(f"{path}?{query}")
        assert (answer.status_code, answer.json()["code"]) == (422, code)
    assert (await desk.get(path, params={"at": now, "why": "curious"})).status_code == 422


async def test_there_is_nothing_to_do_in_the_past(app_room: TestRoom) -> None:
    past = [o for o in app_room.app.api.operations if o.path.startswith("/api/past") or "at" in o.params]
    assert past and all(o.method == "GET" for o in past)


async def test_what_was_recorded_later_was_not_known_then(app_room: TestRoom) -> None:
    desk = await app_room.signed_in("anna", "RT-01")
    await app_room.an_incident()
    await app_room.clock.pump(60)
    at = app_room.clock.now()
    await app_room.clock.pump(60)
    late = incident_rules.WriteNote(incident="RT/i1", line="typed-before", text="typed without a link")
    context = app_room.services.context(msgspec.structs.replace(_session(app_room), person="anna"))
    await app_room.handler.do(late, command_id=app_room.ids.new(), context=context, occurred=at - 1)
    await app_room.clock.pump(10)
    past = (await desk.get("/api/picture", params={"at": at, "why": WHY})).json()
    assert past["incidents"][0]["notes"] == 2


async def test_an_island_is_shown_as_it_knew_it_and_nobody_knew_it_before(app_room: TestRoom) -> None:
    desk = await app_room.signed_in("anna", "RT-01")
    await app_room.an_incident()
    start = app_room.clock.now()

    async def brought(line: str, recorded: int) -> None:
        event = incident.NoteWritten(line=line, audience="B", compartment="caller", by="p", text="alone")
        id = app_room.ids.new()
        type_, schema, body, sealed = await app_room.sealer.encode(event, "ev.RT.incident.i1", id)
        stored = NewEvent(
            id=id,
            type=type_,
            schema=schema,
            body=body,
            sealed=sealed,
            occurred=recorded,
            recorded=recorded,
            room="RT",
            actor="p",
            island=True,
        )
        await app_room.record.append("RT", [Write("ev.RT.incident.i1", (stored,))])

    await app_room.clock.pump(600)
    await brought("early", start + 60_000)
    await brought("late", start + 300_000)
    await app_room.clock.pump(60)
    await app_room.do(incident_rules.WriteNote(incident="RT/i1", line="after", text="together again"))
    # Brought when others had recorded something later: nobody knew it then.
    await brought("unknown", start + 120_000)
    await app_room.clock.pump(60)
    for minutes, notes in ((0.5, 2), (2, 3), (5, 4), (10, 4), (11.5, 6)):
        query = f"at={start + int(minutes * 60_000)}&why={WHY}"
        assert (await desk.get(f"/api/picture?{query}")).json()["incidents"][0]["notes"] == notes, minutes


async def test_steps_go_to_where_something_happened(app_room: TestRoom) -> None:
    desk = await app_room.signed_in("anna", "RT-01")
    live = await a_night(app_room, desk)
    await app_room.clock.pump(120)
    at = live[0]["now"]
    ahead = (await desk.get("/api/past/beside", params={"at": at, "to": "next"})).json()["at"]
    assert at < ahead < live[1]["now"]
    back = (await desk.get("/api/past/beside", params={"at": at, "to": "previous"})).json()["at"]
    assert back < at - 50_000
    assert (await desk.get("/api/past/beside", params={"at": back - 1, "to": "previous"})).json()["at"] is None
    assert (await desk.get("/api/past/beside", params={"at": live[7]["now"], "to": "next"})).json()["at"] is None


class Screen(Desk):
    """A client of the channel of the past."""

    def __init__(self, room: TestRoom, client: httpx.AsyncClient, at: int, why: str = WHY) -> None:
        cookie = "; ".join(f"{name}={value}" for name, value in client.cookies.items())
        headers = [(b"host", b"room"), (b"origin", b"http://room"), (b"cookie", cookie.encode())]

        async def live(scope: Any, receive: Any, send: Any) -> None:
            scope |= {"path": PATH, "query_string": f"at={at}&why={why}".encode(), "scheme": "ws"}
            await room.app(scope, receive, send)

        super().__init__(live, headers)

    async def until(self, room: TestRoom, what: Any) -> None:
        async with asyncio.timeout(60):
            while not what():
                await room.clock.pump(0.25)

    def shown(self, ref: str) -> dict[str, Any]:
        """The newest row of a thing that came as an event; empty when none did."""
        rows = [row["row"] for frame in self.of("ev") for row in frame["rows"] if row["ref"] == ref]
        return rows[-1] if rows else {}


async def test_it_plays_what_happened_at_speed_and_stops_at_now(app_room: TestRoom) -> None:
    desk = await app_room.signed_in("anna", "RT-01")
    live = await a_night(app_room, desk)
    await app_room.clock.pump(30)
    start, end = live[0], live[4]
    screen = Screen(app_room, desk, start["now"])
    screen.subscribe("RT", "LB", after=start["positions"])
    await screen.until(app_room, lambda: screen.of("caught_up"))
    assert screen.of("hello")[0]["now"] == start["now"] and not screen.of("resync")
    await app_room.clock.pump(5)
    assert not screen.of("ev") and screen.of("beat")[-1]["now"] == start["now"]

    screen.say({"speed": 10})
    await screen.until(app_room, lambda: screen.of("beat")[-1]["now"] >= end["now"])
    screen.say({"speed": 0})
    await settle()
    rows = [(r["ref"], r["row"]) for f in screen.of("ev") for r in f["rows"]]
    assert [row["state"] for ref, row in rows if ref == "RT/c2"] == ["queued", "answered", "ended"]
    assert [row["meaning"] for ref, row in rows if ref == "RT/17-0131" and row["assignment"]][:1] == ["available"]
    assert len(screen.binary) > 0
    stood = screen.of("beat")[-1]["now"]
    await app_room.clock.pump(6)
    assert screen.of("beat")[-1]["now"] - stood < 60_000

    # On to the edge of now, where it stands still by itself. The clock goes on while the next moment is folded, in a
    # thread of its own, so it is known only between which moments that edge lay.
    begun = app_room.clock.now()
    screen.say({"speed": 600})
    await screen.until(app_room, lambda: any(told["speed"] == 600 for told in screen.of("moment")))
    await screen.until(app_room, lambda: screen.of("moment")[-1]["speed"] == 0)
    stands = screen.of("moment")[-1]["now"]
    assert begun - YOUNGEST_MILLIS <= stands <= app_room.clock.now() - YOUNGEST_MILLIS
    await screen.until(app_room, lambda: screen.shown("RT/i1").get("closed") is not None)
    await app_room.clock.pump(6)
    assert screen.of("moment")[-1]["now"] == screen.of("beat")[-1]["now"] == stands
    screen.hang_up()
    await settle()


async def test_who_may_not_read_sees_no_past_and_scenes_are_bounded(app_room: TestRoom) -> None:
    desk = await app_room.signed_in("anna", "RT-01")
    live = await a_night(app_room, desk)
    await app_room.clock.pump(30)
    at = live[0]["now"]
    nobody = Screen(app_room, app_room.client(), at)
    no_reason = Screen(app_room, desk, at, "curious")
    not_past = Screen(app_room, desk, app_room.clock.now() + 3_600_000)
    await nobody.until(app_room, lambda: all(s.closed for s in (nobody, no_reason, not_past)))
    assert (nobody.closed, no_reason.closed, not_past.closed) == (4401, 4422, 4422)
    screens = [Screen(app_room, desk, at) for _ in range(MOST_SCENES + 1)]
    for screen in screens:
        screen.subscribe("RT", after=live[0]["positions"])
    await screens[0].until(app_room, lambda: any(s.closed for s in screens))
    assert [s.closed for s in screens if s.closed] == [4429]
    for screen in screens:
        screen.hang_up()
    await screens[0].until(app_room, lambda: all(s.task.done() for s in screens))
    again = Screen(app_room, desk, at)
    again.subscribe("RT", after=live[0]["positions"])
    await again.until(app_room, lambda: again.of("caught_up"))
    again.hang_up()
    await settle()


def _session(room: TestRoom) -> Any:
    return room.gate.by_token(room.tokens["robot"])
