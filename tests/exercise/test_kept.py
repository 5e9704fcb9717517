"""A score that was left goes into the live record once; what is none goes nowhere; no copy outlives its exercise."""

from __future__ import annotations

from pathlib import Path

import pytest

from meldkamer.domain import desk
from meldkamer.domain.exercise import ExerciseFigure, ExerciseHeld, NoteExercise
from meldkamer.network.exercises import FOLDER, RUNNING, Exercises, HeldExercise, kept, leave, occupied, sweep
from meldkamer.room import House

NOTE = NoteExercise(
    exercise="e1",
    room="LB",
    ground="silent",
    functions=("LB.112",),
    rooms_took=("OB",),
    began=1_000,
    fault=2_000,
    recovery_seconds=12.5,
    good=True,
    figures=(ExerciseFigure(name="recovery_s", value=12.5, norm=14.0, good=True),),
    plan="CP-1",
    by="leider",
)


async def held(house: House) -> list[tuple[int, ExerciseHeld]]:
    entries = await house.record.read("ev.NL.desk.LB")
    opened = [(e.event.occurred, house.sealer.decode(e, frozenset()).event) for e in entries]
    return [(at, event) for at, event in opened if isinstance(event, ExerciseHeld)]


@pytest.fixture
def tray(live: House) -> Exercises:
    return Exercises(Path(live.settings.data), live.handlers["LB"], live.clock)


async def test_it_is_kept_as_a_fact_of_the_room_with_its_own_time(live: House, tray: Exercises) -> None:
    left = leave(Path(live.settings.data), HeldExercise(3_000, NOTE))
    assert not kept(left)
    await tray.look()
    assert kept(left) and not left.exists()
    ((at, event),) = await held(live)
    assert at == 3_000
    assert {name: getattr(event, name) for name in NOTE.__struct_fields__} == {
        name: getattr(NOTE, name) for name in NOTE.__struct_fields__
    }
    assert live.picture.desk("LB") == desk.Desk(room="LB"), "it changes nothing about the room"


async def test_left_twice_it_is_kept_once(live: House, tray: Exercises) -> None:
    for _ in range(2):
        leave(Path(live.settings.data), HeldExercise(3_000, NOTE))
        await tray.look()
    assert len(await held(live)) == 1


@pytest.mark.parametrize("text", [b"", b"{", b'{"at": 1}', b'{"at": 1, "held": {"type": "declare_room_down"}}'])
async def test_what_is_no_score_is_put_aside(live: House, tray: Exercises, text: bytes) -> None:
    folder = Path(live.settings.data) / FOLDER
    folder.mkdir(exist_ok=True)
    (folder / "x.held.json").write_bytes(text)
    assert await tray.look() == 0
    assert (folder / "x.refused.json").read_bytes() == text
    assert await held(live) == []


def test_the_copy_of_an_exercise_that_was_cut_off_is_removed_and_its_read_log_stays(tmp_path: Path) -> None:
    cut, runs = tmp_path / FOLDER / "cut", tmp_path / FOLDER / "runs"
    for folder in (cut, runs):
        folder.mkdir(parents=True)
        for name in (RUNNING, "master.key", "readlog.sqlite", "readlog.sqlite-wal"):
            (folder / name).write_text("x")
    with occupied(runs / RUNNING):
        assert sweep(tmp_path) == 1
    assert not cut.exists() and (runs / "master.key").exists()
    assert sorted(p.name for p in cut.parent.glob("cut.*")) == ["cut.readlog.sqlite", "cut.readlog.sqlite-wal"]
