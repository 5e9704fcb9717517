"""The live channel: in order, nothing lost, nothing twice, and nobody slows another down."""

from __future__ import annotations

import struct
from collections.abc import AsyncIterator

import pytest

from meldkamer.desk.affected import Recent
from meldkamer.desk.frames import text as frame_text
from meldkamer.desk.hub import Hub
from meldkamer.desk.live import Admitted, Live, Scope
from meldkamer.desk.reader import QUEUE_FRAMES
from meldkamer.desk.rows_of import Rows
from meldkamer.domain import call, drawing, function, incident, road
from meldkamer.domain.basics import Location
from meldkamer.response import PositionReport, Positions

from .world import CANARY, Desk, World, settle


class Room:
    """A world with a live channel on it."""

    def __init__(self, ring: int = 500) -> None:
        self.world = World()
        self.positions = Positions(self.world.picture)
        self.rows = Rows(self.world.picture, {}, self.positions)
        self.hub = Hub(self.world.picture, self.rows, self.world.clock, list, self.positions, recent=Recent(ring))
        self.signed_in = True
        self.bound: frozenset[str] = frozenset()
        self.room = "RT"
        self.live = Live(self.hub, self.admit, self.world.clock)
        self.desks: list[Desk] = []

    async def admit(self, scope: Scope) -> Admitted | None:
        return Admitted("p", self.room, "RT-1", False, self.bound, lambda: self.signed_in) if self.signed_in else None

    async def desk(self, *regions: str, after: dict[str, int] | None = None) -> Desk:
        desk = Desk(self.live)
        self.desks.append(desk)
        desk.subscribe(*regions, after=after)
        await settle()
        return desk


@pytest.fixture
async def room() -> AsyncIterator[Room]:
    room = Room()
    yield room
    for desk in room.desks:
        desk.reads.set()
        desk.hang_up()
    await settle()


async def test_hello_then_caught_up_then_every_event_with_its_rows(room: Room) -> None:
    room.world.an_incident()
    desk = await room.desk("RT", after={"RT": room.world.seq["RT"]})
    seq = room.world.a_call()
    await settle()
    assert [f["t"] for f in desk.heard] == ["hello", "caught_up", "ev"]
    ev = desk.heard[-1]
    assert (ev["region"], ev["seq"]) == ("RT", seq)
    assert [(r["kind"], r["ref"], r["row"]["state"]) for r in ev["rows"]] == [("call", "RT/c1", "queued")]


async def test_numbers_are_without_a_gap_also_where_no_row_changes(room: Room) -> None:
    desk = await room.desk("RT")
    room.world.a_call()
    room.world.own("RT.112", "RT")
    room.world.an_incident()
    await settle()
    assert desk.numbers() == list(range(1, room.world.seq["RT"] + 1))


OPENED = (
    incident.IncidentOpened(number="RT-1", location=Location(text="Coolsingel")),
    incident.TrackStarted(discipline="B", priority=1),
    incident.TrackStarted(discipline="A", priority=2),
)


async def test_what_one_act_stored_is_told_at_once_and_never_by_halves(room: Room) -> None:
    desk = await room.desk("RT")
    room.world.store("ev.RT.incident.i1", *OPENED)
    await settle()
    assert [(f["seq"], [sorted(r["row"]["tracks"]) for r in f["rows"]]) for f in desk.of("ev")] == [(3, [["A", "B"]])]


async def test_an_act_of_which_the_last_event_is_not_understood_is_told_all_the_same(room: Room) -> None:
    desk = await room.desk("RT")
    room.world.store("ev.RT.incident.i1", *OPENED, tell=2)
    await settle()
    assert not desk.of("ev")
    # Behind the next act of its region, or after a second.
    room.world.a_call()
    await settle()
    assert desk.numbers() == [2, 3]
    room.world.store("ev.RT.incident.i2", *OPENED, tell=1)
    room.hub.tick()
    await settle()
    assert desk.numbers() == [2, 3, 4]


async def test_of_an_append_every_reader_gets_its_own_rows_in_one_frame(room: Room) -> None:
    """As an island brings what it kept: guest calls, something drawn and a function, all of a region that
    is not followed here. A number comes once: a second frame with it would count as known."""
    world = room.world
    for n in "123":
        world.a_call(f"LB/c{n}")
        world.store(f"ev.LB.call.c{n}", call.CallOffered(room="RT", rule="overflow", owner="LB"))
    room.bound = frozenset({"RT"})
    after = dict(world.seq)
    bound = await room.desk("RT", after=after)
    room.bound = frozenset()
    desks = []
    for room.room in ("RT", "LB", "DH"):
        desks.append(await room.desk(room.room, after=after))
    here, there, far = desks
    point = ((0.0, 0.0),)
    drawn = drawing.DrawingDrawn(by="x", room="LB", shape="mark", kind="mark", points=point, words=True, text=CANARY)
    world.store_all(
        ("ev.LB.call.c1", call.CallOffered(room="LB", rule="home")),
        ("ev.LB.call.c2", call.CallAnswered(by="p", room="RT")),
        ("ev.LB.drawing.d1", drawn),
        ("fence.LB.LB.112", function.FunctionOwned(function="LB.112", owner="LB", epoch=1, ground="first")),
    )
    await settle()

    def seen(desk: Desk) -> list[list[tuple[str, bool]]]:
        return [[(r["ref"], r["row"] is not None) for r in f["rows"]] for f in desk.of("ev") if f["region"] == "LB"]

    drawing_and_function = [("LB/d1", True), ("LB.112", True)]
    assert seen(here) == [[("LB/c1", False), ("LB/c2", True), *drawing_and_function]]
    assert seen(there) == [[("LB/c1", True), ("LB/c2", True), *drawing_and_function]]
    assert seen(far) == [drawing_and_function]
    assert seen(bound) == [[("LB.112", True)]]


async def test_who_missed_rows_begins_anew(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    desk = await room.desk("RT")
    room.world.store("ev.RT.incident.i1", *OPENED, tell=1)

    def fails(*_: object) -> None:
        raise ValueError("no row")

    monkeypatch.setattr(room.rows, "row", fails)
    with pytest.raises(ValueError, match="no row"):
        room.hub.tick()
    await settle()
    assert (desk.heard[-1]["t"], desk.closed) == ("resync", 4001)


async def test_other_regions_stay_silent_but_functions_are_national(room: Room) -> None:
    desk = await room.desk("RT")
    room.world.a_call("LB/c1")
    room.world.own("LB.112", "LB")
    await settle()
    assert [(f["region"], f["rows"][0]["kind"]) for f in desk.of("ev")] == [("LB", "function")]


async def test_everybody_hears_that_roads_were_closed_or_opened_anywhere(room: Room) -> None:
    desk = await room.desk("RT")
    room.world.store("ev.LB.road.r1", road.RoadClosed(points=((0.0, 0.0),), radius=5.0, until=2**40, by="x"))
    await settle()
    assert len(desk.of("closures")) == 1 and not desk.of("ev")
    room.world.store("ev.LB.road.r1", road.RoadOpened(by="x"))
    await settle()
    assert len(desk.of("closures")) == 2


async def test_what_is_drawn_shows_on_every_map_of_who_may_see_its_region(room: Room) -> None:
    far = await room.desk("RT")
    room.bound = frozenset({"RT"})
    bound = await room.desk("RT")
    point = ((0.0, 0.0),)
    drawn = drawing.DrawingDrawn(by="x", room="LB", shape="mark", kind="mark", points=point, words=True, text=CANARY)
    room.world.store("ev.LB.drawing.d1", drawn)
    room.world.a_call("LB/c1")
    await settle()
    assert [(f["region"], f["seq"], f["rows"][0]["kind"]) for f in far.of("ev")] == [("LB", 1, "drawing")]
    assert not bound.of("ev") and CANARY not in repr(far.heard)
    # Who comes back after a cut gets the same.
    assert not (await room.desk("RT")).of("ev")
    room.bound = frozenset()
    again = await room.desk("RT")
    assert [r["ref"] for f in again.of("ev") for r in f["rows"] if r["row"]] == ["LB/d1"]


async def test_an_order_shows_at_the_unit_and_at_the_incident_to_each_region_its_own(room: Room) -> None:
    room.world.an_incident("LB/i1")
    room.world.a_unit()
    after = dict(room.world.seq)
    rotterdam, limburg, both = [await room.desk(*r, after=after) for r in (("RT",), ("LB",), ("RT", "LB"))]
    room.world.assign(to="LB/i1")
    await settle()
    seen = [[(r["kind"]) for f in desk.of("ev") for r in f["rows"]] for desk in (rotterdam, limburg, both)]
    assert seen == [["unit"], ["incident"], ["unit", "incident"]]


async def test_a_medical_note_never_crosses_the_channel(room: Room) -> None:
    desk = await room.desk("RT")
    room.world.a_call()
    room.world.an_incident()
    room.world.a_note()
    await settle()
    again = await room.desk("RT", after={"RT": 1})
    assert len(desk.of("ev")) == room.world.seq["RT"] and again.of("ev")
    assert CANARY not in repr(desk.heard) + repr(again.heard)


async def test_resume_by_numbers_loses_nothing_and_repeats_nothing(room: Room) -> None:
    first = await room.desk("RT")
    room.world.a_call("RT/c1")
    room.world.an_incident()
    await settle()
    seen = {"RT": first.numbers()[-1]}
    first.hang_up()
    await settle()
    assert room.hub.readers == 0
    room.world.a_call("RT/c2")
    room.world.a_note()
    second = await room.desk("RT", after=seen)
    room.world.a_call("RT/c3")
    await settle()
    numbers = second.numbers()
    assert numbers == [seen["RT"] + 2, seen["RT"] + 3]  # replay ends at its newest number, then live
    rows = {(r["kind"], r["ref"]) for f in second.of("ev") for r in f["rows"]}
    assert rows == {("call", "RT/c2"), ("incident", "RT/i1"), ("call", "RT/c3")}
    assert second.of("caught_up")[0]["positions"] == {"RT": seen["RT"] + 2}


async def test_many_cuts_and_the_screens_still_equal_the_picture(room: Room) -> None:
    screen: dict[str, object] = {}
    after: dict[str, int] = {}
    for cut in range(30):
        desk = await room.desk("RT", after=after)
        for n in range(cut % 4):
            room.world.a_call(f"RT/x{cut}-{n}")
        await settle(cut % 3 * 10)
        desk.hang_up()
        await settle()
        for frame in desk.of("ev"):
            assert frame["seq"] > after.get("RT", 0)
            after["RT"] = frame["seq"]
            screen |= {r["ref"]: r["row"] for r in frame["rows"]}
        room.world.a_call(f"RT/y{cut}")
    last = await room.desk("RT", after=after)
    screen |= {r["ref"]: r["row"] for f in last.of("ev") for r in f["rows"]}
    assert set(screen) == set(room.world.picture.calls)


async def test_away_longer_than_the_memory_means_fetching_the_picture_again() -> None:
    room = Room(ring=3)
    for n in range(10):
        room.world.a_call(f"RT/c{n}")
    desk = await room.desk("RT", after={"RT": 2})
    assert [f["t"] for f in desk.heard] == ["hello", "resync"] and desk.closed == 4001
    fresh = await room.desk("RT", after={"RT": 8})
    assert fresh.numbers() == [10] and fresh.closed is None
    fresh.hang_up()
    await settle()


async def test_a_reader_ahead_of_this_server_fetches_the_picture_again(room: Room) -> None:
    room.world.a_call()
    desk = await room.desk("RT", after={"RT": 99})
    assert desk.closed == 4001


async def test_a_slow_reader_is_told_to_resync_while_a_good_one_gets_all(room: Room) -> None:
    slow, good = await room.desk("RT"), await room.desk("RT")
    slow.reads.clear()
    for n in range(QUEUE_FRAMES + 50):
        room.world.a_call(f"RT/c{n}")
        if n % 50 == 0:
            await settle(2)
    await settle()
    assert good.numbers() == list(range(1, QUEUE_FRAMES + 51))
    slow.reads.set()
    await settle()
    assert slow.heard[-1]["t"] == "resync" and slow.closed == 4001
    assert slow.numbers() == list(range(1, len(slow.numbers()) + 1))
    assert room.hub.readers == 1


async def test_a_reader_that_hears_nothing_for_five_seconds_is_ended(room: Room) -> None:
    slow = await room.desk("RT")
    slow.reads.clear()
    room.world.a_call("RT/c1")
    room.world.a_call("RT/c2")
    await settle()
    await room.world.clock.pump(6)
    room.hub.tick()
    await settle()
    assert room.hub.readers == 0
    slow.reads.set()
    await settle()
    assert slow.closed == 4001


async def test_one_who_never_reads_again_is_let_go(room: Room) -> None:
    dead = await room.desk("RT")
    dead.reads.clear()
    for n in range(QUEUE_FRAMES + 5):
        room.world.a_call(f"RT/c{n}")
    await settle()
    assert not dead.task.done()
    await room.world.clock.pump(6)
    assert dead.task.done() and dead.closed is None


async def test_beats_rooms_and_positions_come_by_the_clock_and_the_newest_wins(room: Room) -> None:
    import asyncio

    desk = await room.desk("RT")
    running = asyncio.create_task(room.hub.run())
    room.world.a_unit()
    at = room.world.clock.now() - 3_000
    room.positions.update([PositionReport("RT/17-0131", 92_000.04, 437_000.06, at, 361)], at)
    await room.world.clock.pump(4)
    running.cancel()
    assert len(desk.of("beat")) == 3 and len(desk.of("rooms")) == 5
    key, x, y, heading, age = struct.unpack("<IiiHH", desk.binary[1])
    assert (key, x, y, heading) == (room.positions.key("RT/17-0131"), 920_000, 4_370_001, 1)
    assert age == 4


async def test_a_slow_reader_gets_only_the_newest_state(room: Room) -> None:
    room.world.a_unit()
    desk = await room.desk("RT", after=room.world.seq)
    desk.reads.clear()
    for n in range(5):
        room.positions.update([PositionReport("RT/17-0131", n, n, n, 0)], 10)
        room.hub.tick()
        await settle()
    desk.reads.set()
    await settle()
    assert [struct.unpack("<IiiHH", b)[1] for b in desk.binary] == [40]
    assert len(desk.of("rooms")) == 2  # the one in flight, and the newest


async def test_a_failing_figure_does_not_silence_the_beat(room: Room) -> None:
    import asyncio

    def broken() -> list:
        raise RuntimeError("no figures")

    room.hub._rooms = broken
    desk = await room.desk("RT")
    running = asyncio.create_task(room.hub.run())
    await room.world.clock.pump(2)
    running.cancel()
    assert desk.of("beat") and not desk.of("rooms")


async def test_no_session_no_channel_and_a_revoked_one_ends(room: Room) -> None:
    desk = await room.desk("RT")
    room.signed_in = False
    room.hub.tick()
    await settle()
    assert desk.closed == 4401
    refused = await room.desk("RT")
    assert refused.closed == 4401 and not refused.heard


@pytest.mark.parametrize("said", ["no", "[]", '{"regions": 1}', "[" * 60_000, '{"regions":["' + "x" * 70_000 + '"]}'])
async def test_what_is_not_a_subscription_ends_it(room: Room, said: str) -> None:
    desk = Desk(room.live)
    desk.say(said)
    await settle()
    assert desk.closed in (4400, 1009)


async def test_whoever_says_nothing_is_let_go(room: Room) -> None:
    desk = Desk(room.live)
    await settle()
    await room.world.clock.pump(11)
    assert desk.closed == 4408


async def test_regions_can_change_on_an_open_channel(room: Room) -> None:
    desk = await room.desk("RT")
    room.world.a_call("LB/c1")
    desk.subscribe("LB", after={})
    await settle()
    room.world.a_call("RT/c1")
    room.world.a_call("LB/c2")
    await settle()
    assert [(f["region"], f["seq"]) for f in desk.of("ev")] == [("LB", 1), ("LB", 2)]


def test_a_frame_is_encoded_as_text() -> None:
    from meldkamer.desk.frames import Beat

    assert frame_text(Beat(5)) == {"type": "websocket.send", "text": '{"t":"beat","now":5}'}


async def test_a_client_that_vanishes_in_the_middle_of_a_frame_is_forgotten_and_harms_nobody(room: Room) -> None:
    gone, good = await room.desk("RT"), await room.desk("RT")
    gone.broken = True
    room.world.a_call("RT/c1")
    room.world.a_call("RT/c2")
    await settle()
    assert gone.task.done() and room.hub.readers == 1
    assert good.numbers() == [1, 2]


async def test_a_send_that_has_to_wait_goes_on_where_it_waited(room: Room) -> None:
    desk = await room.desk("RT")
    for n in range(6):
        if n % 2 == 0:
            desk.reads.clear()
        else:
            desk.reads.set()
        room.world.a_call(f"RT/c{n}")
        await settle(n)
    desk.reads.set()
    await settle()
    assert desk.numbers() == [1, 2, 3, 4, 5, 6]
