"""What is refused at the door: torn, foreign and newer files, and a second writer."""

from __future__ import annotations

import asyncio
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from meldkamer.record import InUse, NotAStore, RecordError, StoreTooNew, Write
from meldkamer.record.sqlite import SqliteRecord
from meldkamer.record.verify import verify_file

from .conftest import CALL, MakeRoom, plain_event


async def closed_store(make_room: MakeRoom) -> Path:
    room = make_room()
    await room.fill(60)
    await room.close()
    assert not (room.folder / "record.sqlite-wal").exists()
    return room.folder / "record.sqlite"


@pytest.mark.parametrize("keep", [0, 1, 99, 4_096, 0.5, -1])
async def test_a_torn_file_is_refused_by_name(make_room: MakeRoom, keep: float) -> None:
    path = await closed_store(make_room)
    whole = path.read_bytes()
    path.write_bytes(whole[: int(len(whole) * keep) if keep == 0.5 else int(keep)])
    for open_it in (lambda: SqliteRecord(path), lambda: SqliteRecord(path, read_only=True)):
        with pytest.raises(NotAStore, match=r"record\.sqlite: "):
            open_it()
    assert path.read_bytes() == whole[: len(path.read_bytes())], "a refused file is left as it is"


@pytest.mark.parametrize("content", [b"\x00" * 8_192, b"PK\x03\x04" * 3_000, b"<html>" * 1_000])
async def test_a_foreign_file_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "record.sqlite"
    path.write_bytes(content)
    with pytest.raises(NotAStore, match=r"record\.sqlite: "):
        SqliteRecord(path)
    assert path.read_bytes() == content


async def test_another_program_s_database_is_refused_untouched(tmp_path: Path) -> None:
    path = tmp_path / "record.sqlite"
    with sqlite3.connect(path) as db:
        db.execute("CREATE TABLE event(x)")
    db.close()
    before = path.read_bytes()
    with pytest.raises(NotAStore, match="another program"):
        SqliteRecord(path)
    assert path.read_bytes() == before and not (tmp_path / "record.sqlite-wal").exists()


async def test_a_newer_store_is_refused_and_a_compatible_one_is_not(make_room: MakeRoom) -> None:
    path = await closed_store(make_room)

    def set_meta(key: str, value: int) -> None:
        with sqlite3.connect(path) as db:
            db.execute("UPDATE meta SET value = ? WHERE key = ?", (value, key))
        db.close()

    set_meta("schema", 9)
    await SqliteRecord(path).close()
    set_meta("compat", 9)
    for read_only in (False, True):
        with pytest.raises(StoreTooNew, match=r"schema 9, readable from 9 on\); this program reaches 1"):
            SqliteRecord(path, read_only=read_only)


async def test_one_process_writes_and_others_may_look(make_room: MakeRoom) -> None:
    room = make_room()
    await room.fill()
    with pytest.raises(InUse, match="one writer per store"):
        SqliteRecord(room.folder / "record.sqlite")
    script = (
        "import sys; from pathlib import Path; from meldkamer.record.sqlite import SqliteRecord\n"
        "from meldkamer.record import InUse\n"
        "try: SqliteRecord(Path(sys.argv[1]))\n"
        "except InUse as error: print(error)\n"
    )
    command = [sys.executable, "-c", script, str(room.folder / "record.sqlite")]
    other = await asyncio.create_subprocess_exec(
        *command, stdout=subprocess.PIPE, env={"PYTHONPATH": str(Path(__file__).parents[2] / "src")}
    )
    assert b"writes to it" in (await other.communicate())[0]

    looker = SqliteRecord(room.folder / "record.sqlite", read_only=True)
    assert await looker.tail("LB") == 40 and await looker.regions() == ["LB"]
    first = (await looker.read("ev.LB.call.0"))[0]
    assert await looker.resolve("LB", first.event.id) is not None
    with pytest.raises(RecordError, match="reading only"):
        await looker.append("LB", [Write(CALL, (plain_event("n"),))])
    assert verify_file(room.folder / "record.sqlite", room.verifier).ok
    await looker.close()
    await room.record.append("LB", [Write(CALL, (plain_event("n"),))])


async def test_a_closed_record_says_so(make_room: MakeRoom) -> None:
    room = make_room()
    await room.close()
    with pytest.raises(RecordError, match="closed"):
        await room.record.append("LB", [Write(CALL, (plain_event("n"),))])
    with pytest.raises(RecordError, match="closed"):
        await room.record.read(CALL)


async def test_a_store_whose_making_was_interrupted_is_made_again(tmp_path: Path) -> None:
    (tmp_path / "record.sqlite.new").write_bytes(b"half a header")
    record = SqliteRecord(tmp_path / "record.sqlite")
    await record.append("LB", [Write(CALL, (plain_event("n"),))])
    await record.close()
