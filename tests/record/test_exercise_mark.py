"""The record of an exercise is marked for good: no way leads from it into a live room, and none out of a live one."""

from __future__ import annotations

import io
import json
import sqlite3
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from meldkamer.cli import main
from meldkamer.record import KeysLost, NewEvent, NotAStore, Write, WrongWorld
from meldkamer.record.backup import KEYS, MASTER, RECORD, TargetExists, backup, copy_for_exercise, restore
from meldkamer.record.jetstream_transfer import move_in
from meldkamer.record.keys import SqliteKeys
from meldkamer.record.sqlite import SqliteRecord
from meldkamer.record.store_file import APPLICATION, is_exercise
from meldkamer.record.transfer import ImportRefused, export_record, import_record

SUBJECT = "ev.RT.incident.1"


def an_event(id: str) -> NewEvent:
    return NewEvent(id=id, type="t", body=b"x", occurred=1, recorded=1, room="RT", actor="p")


@pytest.fixture
async def live(tmp_path: Path) -> Path:
    """A data folder with one event and one key."""
    folder = tmp_path / "live"
    keys, record = SqliteKeys(folder), SqliteRecord(folder / RECORD)
    await keys.obtain(SUBJECT, "caller")
    await record.append("RT", [Write(SUBJECT, (an_event("1"),), 0)])
    await record.close()
    await keys.close()
    return folder


@pytest.fixture
def copied(live: Path, tmp_path: Path) -> Path:
    target = tmp_path / "exercise"
    assert copy_for_exercise(live, target, live / MASTER)
    return target


def test_the_copy_is_marked_and_the_original_is_not(live: Path, copied: Path) -> None:
    assert is_exercise(copied / RECORD) and not is_exercise(live / RECORD)


def test_a_live_room_does_not_open_it(copied: Path) -> None:
    with pytest.raises(WrongWorld, match="record of an exercise; it never becomes part of a live room"):
        SqliteRecord(copied / RECORD)


async def test_an_exercise_writes_to_it_and_to_nothing_else(live: Path, copied: Path, tmp_path: Path) -> None:
    with pytest.raises(WrongWorld, match="a live record; an exercise writes to a copy"):
        SqliteRecord(live / RECORD, exercise=True)
    with pytest.raises(NotAStore, match="works on a copy"):
        SqliteRecord(tmp_path / "new" / RECORD, exercise=True)
    record = SqliteRecord(copied / RECORD, exercise=True)
    await record.append("RT", [Write(SUBJECT, (an_event("2"),), 1)])
    assert await record.tail("RT") == 2
    await record.close()
    kept = SqliteRecord(live / RECORD)
    assert await kept.tail("RT") == 1
    await kept.close()


def test_restoring_it_is_refused_also_from_a_copy_of_the_copy(copied: Path, tmp_path: Path) -> None:
    backup(copied, tmp_path / "again")
    for source in (copied, tmp_path / "again"):
        with pytest.raises(WrongWorld):
            restore(source, tmp_path / "restored", destroyed=[])
    assert not (tmp_path / "restored" / RECORD).exists()


def test_importing_it_is_refused(copied: Path, tmp_path: Path) -> None:
    out = io.BytesIO()
    export_record(copied / RECORD, out)
    assert json.loads(out.getvalue().split(b"\n")[0])["exercise"] is True
    with pytest.raises(ImportRefused, match="line 1: the record of an exercise"):
        import_record(io.BytesIO(out.getvalue()), tmp_path / "imported" / RECORD)
    assert not (tmp_path / "imported" / RECORD).exists()


def test_an_export_of_a_live_record_stays_what_it_was(live: Path) -> None:
    out = io.BytesIO()
    export_record(live / RECORD, out)
    assert json.loads(out.getvalue().split(b"\n")[0]) == {"meldkamer": "record", "format": 1, "regions": {"RT": 1}}


async def test_it_does_not_go_into_streams(copied: Path) -> None:
    refused: Callable[..., Awaitable[int]] = move_in
    with pytest.raises(WrongWorld):
        await refused(copied / RECORD, None)


def test_a_program_that_does_not_know_the_mark_takes_it_for_a_foreign_file(copied: Path) -> None:
    with sqlite3.connect(copied / RECORD) as db:
        assert db.execute("PRAGMA application_id").fetchone() != (APPLICATION,)


async def test_its_text_is_readable_under_a_master_key_of_its_own(live: Path, copied: Path) -> None:
    assert (copied / MASTER).read_bytes() != (live / MASTER).read_bytes()
    theirs, ours = SqliteKeys(live), SqliteKeys(copied)
    assert theirs.find(SUBJECT, "caller") == ours.find(SUBJECT, "caller") is not None
    await theirs.close()
    await ours.close()


def test_without_the_master_key_no_key_comes_along(live: Path, tmp_path: Path) -> None:
    backup(live, tmp_path / "backup", keys=True)
    assert not copy_for_exercise(tmp_path / "backup", tmp_path / "blind", tmp_path / "backup" / MASTER)
    assert not (tmp_path / "blind" / KEYS).exists()


def test_a_foreign_master_key_is_named(live: Path, tmp_path: Path) -> None:
    other = tmp_path / MASTER
    other.write_bytes(bytes(32))
    other.chmod(0o600)
    with pytest.raises(KeysLost, match="not the master key of"):
        copy_for_exercise(live, tmp_path / "wrong", other)


def test_nothing_is_overwritten(live: Path, copied: Path) -> None:
    with pytest.raises(TargetExists):
        copy_for_exercise(live, copied, live / MASTER)


def test_the_command_says_it_in_one_line(copied: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["record", "restore", str(tmp_path / "room"), str(copied)]) == 2
    assert "the record of an exercise" in capsys.readouterr().err
