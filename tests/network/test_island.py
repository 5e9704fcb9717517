"""A room that is cut off goes on, and everything it did is there once, in every room, when it is back."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import msgspec
import pytest

from meldkamer.domain import attention, call, desk, drawing, function, incident, unit
from meldkamer.domain import incident_rules as rules
from meldkamer.domain.basics import Refused
from meldkamer.domain.clock import FakeClock
from meldkamer.network import Done
from meldkamer.network.island import STEADY_SECONDS
from meldkamer.network.relay import Relay
from meldkamer.record import StoreFull, Unknown, Unreachable
from meldkamer.record.sqlite import SqliteRecord
from tests.network.cuttable import REGIONS, RoomAt, SharedKeys

UNIT = "LB/24-0101"


class World:
    """Limburg with its line, and Oost-Brabant beside it."""

    def __init__(self, folder: Path) -> None:
        self.clock, self.folder = FakeClock(), folder
        self.shared = SqliteRecord(folder / "record.sqlite")
        self.keys = SharedKeys(folder)

    async def room(self, code: str) -> RoomAt:
        return await RoomAt(code, self.shared, self.keys, self.folder, self.clock).open()

    async def begin(self) -> tuple[RoomAt, RoomAt, str]:
        """Both rooms, Limburg's functions owned, a unit and an incident with a fire track."""
        lb, ob = await self.room("LB"), await self.room("OB")
        for name in ("LB.B.dispatch", "LB.B.intake", "LB.112"):
            await lb.do(function.TakeFunction(function=name, to="LB", ground="first"))
        await lb.do(
            unit.RegisterUnit(region="LB", call_sign="24-0101", discipline="B", kind="TS", function="LB.B.dispatch")
        )
        await lb.do(unit.ReportStatus(unit=UNIT, code="available"))
        made = await lb.do(rules.OpenIncident(incident="i1", region="LB", disciplines="B", priority=2))
        await ob.caught_up()
        return lb, ob, made.ref


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    world = World(tmp_path)
    yield world
    await world.shared.close()
    await world.keys.close()


async def taken_over(ob: RoomAt) -> None:
    """Oost-Brabant notices the silence and takes Limburg's fire dispatch and intake."""
    await ob.do(desk.NoteRoomSilent(room="LB", silent=13.0))
    for name in ("LB.B.dispatch", "LB.B.intake"):
        await ob.do(function.TakeFunction(function=name, to="OB", ground="lapsed", rule="buddy 1"))


async def same_picture(one: RoomAt, other: RoomAt) -> None:
    await one.caught_up()
    await other.caught_up()
    for shelf in ("calls", "incidents", "units", "alerts", "functions", "desks", "attentions", "drawings"):
        mine, theirs = getattr(one.picture, shelf), getattr(other.picture, shelf)
        assert msgspec.to_builtins(mine) == msgspec.to_builtins(theirs), shelf
    assert one.picture.versions == other.picture.versions


async def test_what_is_done_alone_is_said_to_be_local_and_is_everywhere_once_afterwards(world: World) -> None:
    lb, ob, i1 = await world.begin()
    await lb.cut_off()
    answers: list[Done] = []
    for n in range(20):
        answers.append(await lb.do(rules.WriteNote(incident=i1, line=f"n{n}", text=f"line {n}")))
    answers.append(await lb.do(call.ReceiveCall(call="c1", region="LB", function="LB.112", channel="sip", said="help")))
    answers.append(await lb.do(unit.ReportStatus(unit=UNIT, code="on_scene", source="unit")))
    assert {one.outcome for one in answers} == {"LOCAL"}
    assert len(lb.picture.incidents[i1].notes) == 20
    assert lb.picture.desk("LB").alone
    await ob.do(rules.WriteNote(incident=i1, line="theirs", text="from the other room"))
    assert [n.line for n in ob.picture.incidents[i1].notes] == ["theirs"]

    await lb.heal()
    await same_picture(lb, ob)
    assert len(ob.picture.incidents[i1].notes) == 21
    assert ob.picture.units[UNIT].meaning is unit.Meaning.ON_SCENE
    assert ob.picture.desk("LB").alone == 0
    everything = [e for region in REGIONS async for e in world.shared.replay(region)]
    assert len({e.event.id for e in everything}) == len(everything)
    assert sum(e.event.island for e in everything) == 23  # and that it was alone
    assert (await lb.do(rules.WriteNote(incident=i1, line="after", text="together again"))).outcome == "SAFE"
    await lb.close()
    await ob.close()


async def test_a_command_on_its_way_when_the_line_is_cut_counts_once(world: World) -> None:
    lb, ob, i1 = await world.begin()
    lb.line.cut = lb.line.swallow = True
    note = rules.WriteNote(incident=i1, line="n1", text="was it stored?")
    on_its_way = asyncio.create_task(lb.do(note, command_id="once"))
    await lb.line.lost.wait()
    await lb.cut_off()
    assert (await on_its_way).outcome == "LOCAL"
    assert (await lb.do(note, command_id="once")).duplicate
    await lb.heal()
    await same_picture(lb, ob)
    assert [n.line for n in ob.picture.incidents[i1].notes] == ["n1"]
    await lb.close()
    await ob.close()


async def test_a_room_that_is_back_reads_again_only_what_came_since_the_cut(world: World) -> None:
    lb, ob, incident_ref = await world.begin()
    await lb.caught_up()
    known = dict(lb.picture.positions)
    await lb.cut_off()
    await lb.do(rules.WriteNote(incident=incident_ref, line="n1", text="alone"))
    await ob.do(rules.WriteNote(incident=incident_ref, line="n2", text="elsewhere"))
    lb.line.replayed.clear()
    await lb.heal()
    await same_picture(lb, ob)
    assert lb.line.replayed
    assert all(after >= known.get(region, 0) for region, after in lb.line.replayed)
    await lb.close()
    await ob.close()


async def test_a_region_that_takes_nothing_keeps_nobody_from_work(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("meldkamer.network.island.STANDSTILL_SECONDS", 0.05)
    lb, ob, i1 = await world.begin()
    await lb.cut_off()
    await lb.do(rules.WriteNote(incident=i1, line="n1", text="alone"))
    lb.line.cut, lb.line.mute = False, {"LB"}
    with pytest.raises(Unreachable):
        for _ in range(20):
            await lb.keeper.beat() or await lb.keeper.beat()
            await lb.island.look()
            await world.clock.pump(1.0)
    assert lb.record.alone
    assert (await lb.do(rules.WriteNote(incident=i1, line="n2", text="still alone"))).outcome == "LOCAL"
    assert [n.line for n in lb.picture.incidents[i1].notes] == ["n1", "n2"]
    assert not ob.picture.incidents[i1].notes

    lb.line.mute = set()
    monkeypatch.undo()
    await lb.heal()
    await same_picture(lb, ob)
    assert [n.line for n in ob.picture.incidents[i1].notes] == ["n1", "n2"]
    await lb.close()
    await ob.close()


async def test_what_was_kept_for_one_region_does_not_wait_for_another(world: World) -> None:
    lb, ob, i1 = await world.begin()
    await lb.cut_off()
    await lb.do(rules.WriteNote(incident=i1, line="n1", text="alone"))
    await lb.do(rules.OpenIncident(incident="i2", region="OB", disciplines="B", priority=2))
    lb.line.cut, lb.line.mute = False, {"LB"}
    assert lb.record.journal is not None
    bringing = asyncio.create_task(Relay(lb.line, lb.record.journal, lb.sealer, {}).run())
    while not [entry async for entry in world.shared.replay("OB") if entry.subject.startswith("ev.OB.incident")]:
        assert not bringing.done()
        await asyncio.wait({bringing}, timeout=0.01)
    bringing.cancel()
    await asyncio.wait({bringing})
    await lb.close()
    await ob.close()


async def test_a_room_waits_for_its_turn_to_come_back(world: World) -> None:
    lb = await RoomAt("LB", world.shared, world.keys, world.folder, world.clock).open(turn=3.0)
    await lb.cut_off()
    lb.line.cut = False
    began = world.clock.monotonic()
    await lb.heal()
    assert world.clock.monotonic() - began >= STEADY_SECONDS[0] + 3.0
    await lb.close()


async def test_two_values_for_one_field_become_a_conflict_that_a_person_decides(world: World) -> None:
    lb, ob, i1 = await world.begin()
    await lb.cut_off()
    await taken_over(ob)
    await ob.do(rules.Prioritise(incident=i1, disciplines="B", priority=1))
    await lb.do(rules.Prioritise(incident=i1, disciplines="B", priority=3))
    await lb.do(rules.Classify(incident=i1, disciplines="B", class_code="brand"))
    await lb.heal()
    await same_picture(lb, ob)
    there = ob.picture.incidents[i1]
    assert there.tracks["B"].priority == 1  # the newer epoch's stands
    assert there.tracks["B"].class_code == "brand"  # nobody else had said anything about it
    [clash] = there.conflicts
    assert (clash.about, clash.kept, clash.other, clash.choice) == ("island_priority_B", "1", "3", "")
    await ob.do(rules.ResolveConflict(incident=i1, conflict=clash.conflict, choice="other", reason="they were there"))
    await same_picture(lb, ob)
    assert lb.picture.incidents[i1].tracks["B"].priority == 3
    assert lb.picture.incidents[i1].conflicts[0].choice == "other"
    await lb.close()
    await ob.close()


async def test_the_same_value_on_both_sides_is_no_conflict(world: World) -> None:
    lb, ob, i1 = await world.begin()
    await lb.cut_off()
    await taken_over(ob)
    for room in (lb, ob):
        await room.do(rules.Prioritise(incident=i1, disciplines="B", priority=1))
    await lb.heal()
    await same_picture(lb, ob)
    assert not ob.picture.incidents[i1].conflicts
    await lb.close()
    await ob.close()


async def test_closing_waits_for_a_person_and_ownership_does_not_move_while_alone(world: World) -> None:
    lb, ob, i1 = await world.begin()
    await lb.cut_off()
    await lb.do(rules.CloseTrack(incident=i1, discipline="B", code="done"))
    assert not lb.picture.incidents[i1].closed
    assert [c.about for c in lb.picture.incidents[i1].conflicts] == ["closing_alone_B"]
    for command in (
        function.TakeFunction(function="OB.112", to="LB", ground="lapsed"),
        function.ProposeTransfer(function="LB.112", to="OB"),
    ):
        with pytest.raises(Refused, match=r"function\.room_alone"):
            await lb.do(command)
    await lb.heal()
    [open_one] = ob.picture.incidents[i1].conflicts
    await lb.do(rules.ResolveConflict(incident=i1, conflict=open_one.conflict, choice="other"))
    await same_picture(lb, ob)
    assert ob.picture.incidents[i1].closed
    await lb.close()
    await ob.close()


async def test_a_unit_is_ordered_alone_only_when_somebody_insists(world: World) -> None:
    lb, ob, i1 = await world.begin()
    await lb.cut_off()
    order = unit.AssignUnit(unit=UNIT, assignment="a1", incident=i1)
    with pytest.raises(Refused, match=r"unit\.room_alone"):
        await lb.do(order)
    assert (await lb.do(msgspec.structs.replace(order, alone=True))).outcome == "LOCAL"
    await lb.heal()
    await same_picture(lb, ob)
    ordered = ob.picture.units[UNIT].assignment
    assert ordered is not None and ordered.assignment == "a1"
    await lb.close()
    await ob.close()


@pytest.mark.parametrize("answered", [False, True])
async def test_a_unit_that_both_sides_ordered_is_decided_by_its_own_acknowledgement(
    world: World, answered: bool
) -> None:
    lb, ob, i1 = await world.begin()
    i2 = (await ob.do(rules.OpenIncident(incident="i2", region="OB", disciplines="B", priority=1))).ref
    await lb.cut_off()
    await lb.do(unit.AssignUnit(unit=UNIT, assignment="island", incident=i1, alone=True))
    if answered:
        await lb.do(unit.AcknowledgeOrder(unit=UNIT, assignment="island"))
    await taken_over(ob)
    order = unit.AssignUnit(unit=UNIT, assignment="network", incident=i2)
    with pytest.raises(Refused, match=r"unit\.maybe_in_use"):
        await ob.do(order)
    await ob.do(msgspec.structs.replace(order, override="seen at the station"))
    await lb.heal()
    await same_picture(lb, ob)
    of = ob.picture.units[UNIT]
    assert of.assignment is not None
    assert of.assignment.assignment == ("island" if answered else "network")
    assert [one.assignment for one in of.beside] == ([] if answered else ["island"])
    await lb.close()
    await ob.close()


async def test_what_both_sides_said_of_a_message_unites(world: World) -> None:
    lb, ob, _ = await world.begin()
    hour = 3_600_000
    now = world.clock.now()
    asked = attention.WriteAttention(
        region="LB", attention="m1", scope="unit", unit="24-0101", until=now + hour, text="hydrant is broken"
    )
    await lb.do(asked)
    gone = msgspec.structs.replace(asked, attention="m2")
    await lb.do(gone)
    await ob.caught_up()
    await lb.cut_off()
    await taken_over(ob)
    told = attention.PassOnAttention(attention="LB/m1", unit="24-0101")
    answers = [
        await lb.do(attention.ProlongAttention(attention="LB/m1", until=now + 3 * hour, reason="not repaired")),
        await lb.do(told),
        await lb.do(attention.ProlongAttention(attention="LB/m2", until=now + 3 * hour, reason="not repaired")),
        await lb.do(msgspec.structs.replace(asked, attention="m3")),
    ]
    assert {one.outcome for one in answers} == {"LOCAL"}
    await world.clock.pump(60)
    await ob.do(attention.ProlongAttention(attention="LB/m1", until=now + 2 * hour, reason="parts are on their way"))
    await ob.do(told)
    await ob.do(attention.WithdrawAttention(attention="LB/m2", reason="repaired"))
    await lb.heal()
    await same_picture(lb, ob)
    m1, m2, m3 = (ob.picture.attentions[f"LB/{name}"] for name in ("m1", "m2", "m3"))
    assert m1.until == now + 3 * hour and len(m1.prolonged) == 2
    assert [(p.unit, p.room) for p in m1.passed] == [("24-0101", "LB")]  # who told it first
    assert m2.withdrawn is not None and not m2.counts(world.clock.now())
    assert m3.counts(world.clock.now()) and m3.text is None
    await lb.close()
    await ob.close()


async def test_what_both_sides_changed_of_a_drawing_unites(world: World) -> None:
    lb, ob, _ = await world.begin()
    place = ((192_000.0, 364_000.0),)
    for name in ("d1", "d2"):
        circle = drawing.Draw(
            region="LB", drawing=name, shape="circle", kind="cordon", points=place, radius=300.0, text="gas leak"
        )
        await lb.do(circle)
    await ob.caught_up()
    await lb.cut_off()
    await taken_over(ob)
    answers = [
        await lb.do(drawing.ChangeDrawing(drawing="LB/d1", radius=400.0)),
        await lb.do(drawing.ChangeDrawing(drawing="LB/d1", text="gas leak, wider")),
        await lb.do(drawing.ChangeDrawing(drawing="LB/d2", radius=400.0)),
    ]
    assert {one.outcome for one in answers} == {"LOCAL"}
    await world.clock.pump(60)
    await ob.do(drawing.ChangeDrawing(drawing="LB/d1", radius=500.0))
    await ob.do(drawing.RemoveDrawing(drawing="LB/d2"))
    await lb.heal()
    await same_picture(lb, ob)
    d1, d2 = (ob.picture.drawings[f"LB/{name}"] for name in ("d1", "d2"))
    assert (d1.radius, d1.sized.room, d1.worded.room, d1.words) == (500.0, "OB", "LB", True)
    assert d2.removed is not None and not d2.counts(world.clock.now())
    await lb.close()
    await ob.close()


async def test_a_room_that_dies_alone_has_everything_when_it_starts_and_brings_it(world: World) -> None:
    lb, ob, i1 = await world.begin()
    await lb.cut_off()
    await lb.do(rules.WriteNote(incident=i1, line="n1", text="before"), command_id="n1")
    await lb.close()
    await world.clock.pump(1.0)
    again = await world.room("LB")
    assert again.record.alone
    await again.picture.reached("LB", await again.record.tail("LB"))
    assert [n.line for n in again.picture.incidents[i1].notes] == ["n1"]
    assert (await again.do(rules.WriteNote(incident=i1, line="n1", text="before"), command_id="n1")).duplicate
    await again.do(rules.WriteNote(incident=i1, line="n2", text="after"))
    await again.heal()
    await same_picture(again, ob)
    assert [n.line for n in ob.picture.incidents[i1].notes] == ["n1", "n2"]
    await again.close()
    await ob.close()


async def test_a_rejoin_that_breaks_off_in_the_middle_loses_and_doubles_nothing(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("meldkamer.network.relay.GROUP", 5)
    lb, ob, i1 = await world.begin()
    await lb.cut_off()
    for n in range(20):
        await lb.do(rules.WriteNote(incident=i1, line=f"n{n}", text=f"line {n}"))
    through, left = lb.line.append, [2]

    async def breaks(*args: object, **more: object) -> object:
        left[0] -= 1
        if left[0] < 0:
            lb.line.cut = True
            raise Unknown((), "cut in the middle")
        return await through(*args, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(lb.line, "append", breaks)
    lb.line.cut = False
    for _ in range(8):
        await lb.keeper.beat() or await lb.keeper.beat()
        await lb.clock.pump(1.0)
        try:
            await lb.island.look()
        except Unknown:
            break
    assert lb.record.alone
    monkeypatch.setattr(lb.line, "append", through)
    await lb.caught_up()
    assert len(lb.picture.incidents[i1].notes) == 20
    assert (await lb.do(rules.WriteNote(incident=i1, line="n20", text="still alone"))).outcome == "LOCAL"
    await lb.heal()
    await same_picture(lb, ob)
    assert [n.line for n in ob.picture.incidents[i1].notes] == [f"n{n}" for n in range(21)]
    await lb.close()
    await ob.close()


def test_a_conflict_keeps_what_would_make_the_other_value_stand() -> None:
    event = incident.ConflictFound(conflict="1", about="x", kept="a", other="b", otherwise="{}")
    assert msgspec.json.decode(msgspec.json.encode(event), type=incident.ConflictFound) == event


async def test_a_follower_that_folded_before_a_standstill_does_not_end_it(world: World) -> None:
    lb, ob, i1 = await world.begin()
    await lb.cut_off()
    await lb.do(rules.WriteNote(incident=i1, line="n1", text="alone"))
    lb.line.cut = False
    late: asyncio.Task[Done] | None = None
    with pytest.raises(Unknown):
        async with lb.record.still() as journal:
            follower = lb.record.follow({region: journal.tail(region) for region in REGIONS})
            following = asyncio.ensure_future(anext(follower))
            late = asyncio.create_task(lb.do(rules.WriteNote(incident=i1, line="late", text="meanwhile")))
            await world.clock.pump(5.0, settle=200)
            assert not late.done()
            assert journal.size == 2  # that it is alone, and the note
            following.cancel()
            raise Unknown((), "broken off")
    assert late is not None
    assert (await late).outcome == "LOCAL"
    await lb.heal()
    await same_picture(lb, ob)
    assert [n.line for n in ob.picture.incidents[i1].notes] == ["n1", "late"]
    await lb.close()
    await ob.close()


async def test_a_disk_that_gives_no_journal_stops_nothing_that_worked(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    lb, ob, i1 = await world.begin()

    def full(*args: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr("meldkamer.record.island.Journal", full)
        with pytest.raises(StoreFull, match="No space left"):
            await lb.record.begin()
    assert not lb.record.alone and not lb.line.held
    assert (await lb.do(rules.WriteNote(incident=i1, line="n1", text="goes on"))).outcome == "SAFE"

    await lb.cut_off()
    await lb.do(rules.WriteNote(incident=i1, line="n2", text="alone"))
    with monkeypatch.context() as patched:
        patched.setattr("meldkamer.record.island_journal.Journal.brought", full)
        await lb.heal()
    await same_picture(lb, ob)
    await lb.close()
    await world.clock.pump(1.0)
    again = await world.room("LB")  # finds the journal, and that all of it is there
    assert again.record.alone and again.island.events == 0
    await again.heal()
    await same_picture(again, ob)
    assert [n.line for n in ob.picture.incidents[i1].notes] == ["n1", "n2"]
    await again.close()
    await ob.close()
