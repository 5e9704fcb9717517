"""A whole exercise beside a live house: held, scored, kept, and nothing else of it stays."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest

from meldkamer.cli import main
from meldkamer.domain.clock import RandomIds, SystemClock
from meldkamer.domain.exercise import ExerciseHeld
from meldkamer.exercise.holding import hold
from meldkamer.exercise.options import ExerciseError, Ground, Options
from meldkamer.record.backup import backup
from meldkamer.record.signing import Verifier, read_public
from meldkamer.record.store_file import is_exercise
from meldkamer.record.verify import verify_file
from meldkamer.room import House, open_house

from .conftest import CANARY, settings
from .test_kept import held

SHORT = Options(of="LB", minutes=0.45, warm=10.0, calls=60.0, by="leider", plan="CP-LB")


def quiet(line: str) -> None:
    """Nobody reads along."""


def files(folder: Path) -> list[str]:
    return sorted(p.relative_to(folder).as_posix() for p in folder.rglob("*"))


def contents(folder: Path) -> bytes:
    return b"".join(p.read_bytes() for p in folder.rglob("*") if p.is_file())


@pytest.mark.slow
@pytest.mark.parametrize(("ground", "norm"), [("declared", 1.0), ("silent", 14.0)])
async def test_an_exercise_beside_a_running_room(live: House, ground: Ground, norm: float) -> None:
    data = Path(live.settings.data)
    before = await live.record.tail("LB")
    owners = {f.name: f.owner for f in live.picture.functions.values()}
    minutes = 0.45 if ground == "declared" else 0.55  # silence itself takes up to fourteen seconds
    told: list[str] = []
    options = Options(**{f: getattr(SHORT, f) for f in SHORT.__struct_fields__} | {
        "data": str(data), "ground": ground, "minutes": minutes, "port": 0, "keep": ground == "silent",
    })  # fmt: skip
    outcome = await hold(options, told.append)
    figures = {figure.name: figure for figure in outcome.figures}
    assert outcome.recovery_seconds is not None and outcome.recovery_seconds <= norm
    assert figures["recovery_s"].norm == norm and figures["recovery_s"].good
    assert figures["calls"].value and figures["events_lost"].value == 0
    assert figures["incidents_without_owner"].value == 0 and figures["functions_without_people"].value == 0
    assert set(outcome.functions) == {name for name, owner in owners.items() if owner == "LB"}
    assert outcome.rooms_took and "LB" not in outcome.rooms_took
    assert outcome.readable and any("http://127.0.0.1:" in line for line in told)

    # The live room has the score as one fact and nothing else of it.
    assert outcome.kept == "record"
    ((_, event),) = await held(live)
    assert isinstance(event, ExerciseHeld)
    assert (event.exercise, event.ground, event.plan, event.by) == (outcome.exercise, ground, "CP-LB", "leider")
    assert event.figures == outcome.figures and event.began < event.fault
    assert await live.record.tail("LB") == before
    assert {f.name: f.owner for f in live.picture.functions.values()} == owners
    assert live.picture.desk("LB").state == "up"

    # The copy is gone, with its keys; who read what is not. One that was kept can be checked to the last signature.
    if outcome.record:
        checked = verify_file(Path(outcome.record) / "record.sqlite", Verifier(read_public(data / "signing")))
        assert checked.problems and all("signature" in p.why for p in checked.problems), "rooms signed anew in the copy"
        mine = Verifier(read_public(Path(outcome.record) / "signing"))
        assert verify_file(Path(outcome.record) / "record.sqlite", mine).ok
    else:
        assert files(data / "exercises") == [f"{outcome.exercise}.kept.json", f"{outcome.exercise}.readlog.sqlite"]


@pytest.mark.slow
async def test_from_a_backup_its_record_is_kept_without_a_key(live: House, tmp_path: Path) -> None:
    source = tmp_path / "backup"
    await asyncio.to_thread(backup, Path(live.settings.data), source, True)
    kept = Options(**{f: getattr(SHORT, f) for f in SHORT.__struct_fields__} | {
        "source": str(source), "keep": True, "minutes": 0.15, "warm": 1.0,
    })  # fmt: skip
    outcome = await hold(kept, quiet)
    assert outcome.kept == "nowhere" and not outcome.readable, "the master key is in no backup"
    assert await held(live) == []
    record = Path(outcome.record)
    assert is_exercise(record / "record.sqlite")
    there = files(record)
    assert not [name for name in there if "key" in name or "access" in name or "session" in name]
    assert CANARY.encode() not in contents(record)


async def test_what_is_no_room_or_no_record_cannot_be_lost(tmp_path: Path) -> None:
    folder = tmp_path / "empty"
    async with open_house(settings(folder, rooms=("LB",)), SystemClock(), RandomIds(), demonstration=True):
        pass
    with pytest.raises(ExerciseError, match="no room XX"):
        await hold(Options(of="XX", data=str(folder)), quiet)
    with pytest.raises(ExerciseError, match="must be the data folder of a room or a backup"):
        await hold(Options(of="LB", data=str(tmp_path)), quiet)
    assert not list((tmp_path / "exercises").glob("*/*"))


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--of", "LB"], "on what?"),
        (["--of", "LB", "--data", "nowhere"], "no such folder"),
        (["--of", "LB", "--data", ".", "--minutes", "0.1"], "--minutes must be"),
        (["--of", "LB", "--data", ".", "--calls", "0"], "--calls must be above zero"),
        (["--of", "LB", "--data", ".", "--master", "k"], "belongs to a backup"),
    ],
)
def test_a_wrong_call_is_said_in_one_line(words: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["exercise", "takeover", *words]) == 2
    assert said in capsys.readouterr().err


def test_what_cannot_be_held_is_said_as_json_too(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["exercise", "takeover", "--of", "LB", "--data", str(tmp_path), "--json"]) == 1
    answer = json.loads(capsys.readouterr().out)
    assert answer["ok"] is False and "record.sqlite" in answer["error"]
