"""What is counted from the moment a room is lost, and how it is judged."""

from __future__ import annotations

import msgspec
import pytest

from meldkamer.domain import call, desk, function
from meldkamer.domain.exercise import ExerciseFigure
from meldkamer.exercise.options import ExerciseError
from meldkamer.exercise.score import Norms, score, verdict
from meldkamer.exercise.watching import Watch
from meldkamer.pack import load_pack
from tests.desk.world import World

NORMS = Norms(takeover=1.0, first=10.0, region=10.0, share=None)
MINE = ("LB.112", "LB.B.dispatch", "LB.B.intake")


def seat(world: World, room: str, *kinds: str, person: str = "sim", simulated: bool = True) -> None:
    signed = desk.SignedIn(seat=f"{room}-1", person=person, qualified=kinds, simulated=simulated)
    world.store(f"ev.NL.desk.{room}", signed)


def take(world: World, name: str, owner: str, ground: function.Ground = "declared") -> None:
    owned = function.FunctionOwned(function=name, owner=owner, epoch=2, ground=ground, previous="LB")
    world.store(f"fence.LB.{name}", owned)


def ring(world: World, ref: str, name: str) -> None:
    world.store(f"ev.LB.call.{ref}", call.CallReceived(function=name, channel="112"))


def answer(world: World, ref: str, room: str = "OB") -> None:
    world.store(f"ev.LB.call.{ref}", call.CallAnswered(by="sim", room=room, seat=f"{room}-1"))


async def pass_time(world: World, seconds: float) -> None:
    await world.clock.pump(seconds)


@pytest.fixture
def scene() -> tuple[World, Watch]:
    """Limburg serves three functions, with people for two of them, and has an open fire."""
    world = World()
    watch = Watch("LB", world.picture, world.clock, lambda account: account == "p")
    for name in MINE:
        world.own(name, "LB")
    seat(world, "LB", "B.dispatch", "B.intake")
    seat(world, "OB", "B.dispatch", "B.intake")
    world.an_incident("LB/i1", "B")
    return world, watch


def figures(world: World, watch: Watch, lost: int | None = 0) -> dict[str, ExerciseFigure]:
    return {f.name: f for f in score(watch, NORMS, world.clock.now(), lost)}


async def test_a_takeover_that_meets_every_norm(scene: tuple[World, Watch]) -> None:
    world, watch = scene
    ring(world, "before", "LB.B.intake")
    await pass_time(world, 2)
    watch.lost(0.0)
    await pass_time(world, 0.5)
    for name in MINE:
        take(world, name, "OB")
    await pass_time(world, 3)
    answer(world, "before")
    ring(world, "after", "LB.112")
    await pass_time(world, 4)
    answer(world, "after")
    found = figures(world, watch)
    assert (found["recovery_s"].value, found["recovery_s"].norm, found["recovery_s"].good) == (0.5, 1.0, True)
    assert (found["first_answer_s"].value, found["first_answer_s"].norm) == (3.5, 11.0)
    assert found["calls"].value == 2 and found["calls_over_norm"].value == 0
    assert found["incidents_without_owner"].value == found["functions_without_people"].value == 0
    assert found["acknowledged_s"].value is None, "no Caco has said that it was seen"
    assert verdict(found.values()) is True and watch.rooms_took == ("OB",)
    for name in MINE:
        world.store(f"ev.LB.function.{name}", function.TakeoverAcknowledged(function=name, by="ob.caco"))
    assert figures(world, watch)["acknowledged_s"].value == 7.5


async def test_each_thing_that_goes_wrong_is_counted(scene: tuple[World, Watch]) -> None:
    world, watch = scene
    watch.lost(0.0)
    await pass_time(world, 5)
    for name in MINE[:2]:
        take(world, name, "OB")
    ring(world, "late", "LB.B.intake")
    ring(world, "gone", "LB.B.intake")
    ring(world, "waits", "LB.B.intake")
    ring(world, "elsewhere", "RT.B.intake")
    await pass_time(world, 11)
    answer(world, "late")
    world.store("ev.LB.call.gone", call.CallAbandoned())
    world.store("ev.NL.desk.OB", desk.SignedOut(seat="OB-1", person="sim"))
    found = figures(world, watch, lost=1)
    assert found["recovery_s"].value is None and found["recovery_s"].good is None, "one function has no owner yet"
    assert found["first_answer_s"].value == 11.0, "from the first caller on: nobody waited before"
    assert (found["calls"].value, found["calls_over_norm"].value, found["calls_given_up"].value) == (3, 3, 1)
    assert found["calls_over_norm"].good is False
    assert watch.orphans() == ["LB/i1"], "its owner has nobody for it"
    assert watch.unstaffed() == ["LB.B.dispatch", "LB.B.intake"], "and 112 had nobody before"
    assert found["events_lost"].good is False and verdict(found.values()) is False


async def test_what_could_not_be_measured_is_not_called_good(scene: tuple[World, Watch]) -> None:
    world, watch = scene
    watch.lost(0.0)
    for name in MINE:
        take(world, name, "OB")
    found = figures(world, watch, lost=None)
    assert [name for name, f in found.items() if f.norm is not None and f.good is None] == [
        "first_answer_s", "calls_over_norm", "events_lost",
    ]  # fmt: skip
    assert verdict(found.values()) is None


async def test_silence_counts_from_the_last_sign_of_life(scene: tuple[World, Watch]) -> None:
    world, watch = scene
    await pass_time(world, 10)
    watch.lost(2.5)
    await pass_time(world, 10)
    for name in MINE:
        take(world, name, "OB", "lapsed")
    assert figures(world, watch)["recovery_s"].value == 12.5


async def test_whoever_does_something_takes_part_and_machines_do_not(scene: tuple[World, Watch]) -> None:
    world, watch = scene
    assert watch.people == {"p"}
    nobody = Watch("LB", world.picture, world.clock, lambda account: False)
    ring(world, "a", "LB.B.intake")
    assert nobody.people == set()


def test_the_norms_come_from_the_country() -> None:
    pack = load_pack()
    assert Norms.of(pack, "declared").takeover == 1.0 and Norms.of(pack, "silent").takeover == 14.0
    assert Norms.of(pack, "silent").answer("LB.112") == pack.norm["answer_112"].value
    bare = msgspec.structs.replace(pack, norms=tuple(n for n in pack.norms if n.code != "takeover_silent"))
    with pytest.raises(ExerciseError, match="takeover_silent"):
        Norms.of(bare, "silent")


async def test_a_share_of_the_calls_may_be_late(scene: tuple[World, Watch]) -> None:
    world, watch = scene
    watch.lost(0.0)
    for number in range(10):
        ring(world, str(number), "LB.B.intake")
    for number in range(9):
        answer(world, str(number))
    await pass_time(world, 11)
    shared = Norms(takeover=1.0, first=10.0, region=10.0, share=90.0)
    (over,) = [f for f in score(watch, shared, world.clock.now(), 0) if f.name == "calls_over_norm"]
    assert (over.value, over.norm, over.good) == (1, 1, True)
