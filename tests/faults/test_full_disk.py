"""A whole room whose disk runs full: the reserve is for callers, what is refused is said, and it goes on afterwards."""

from __future__ import annotations

import asyncio
import errno
import os
import sqlite3
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path

import httpx
import pytest

from meldkamer.domain import call
from meldkamer.domain.basics import Context
from meldkamer.domain.clock import RandomIds, SystemClock
from meldkamer.record.keys import SqliteKeys
from meldkamer.record.snapshots import FileSnapshots
from meldkamer.room import open_house
from meldkamer.settings import Settings
from tests.e2e.real_room import PASSWORD, RealRoom, until

DISK = "100m"
"""Room for the reserve with as much to spare, and little more."""


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / "disk"
    folder.mkdir()
    if subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={DISK}", "tmpfs", str(folder)], capture_output=True
    ).returncode:
        pytest.skip("mounting a small file system needs root")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


def fill(path: Path) -> None:
    with path.open("ab") as file:
        try:
            while True:
                os.write(file.fileno(), bytes(64 * 1024))
        except OSError as error:
            assert error.errno == errno.ENOSPC


@pytest.mark.faults
@pytest.mark.slow
def test_a_room_on_a_full_disk(disk: Path, tmp_path: Path) -> None:
    room = RealRoom(tmp_path, disk / "data")
    room.accounts()
    room.start()
    try:
        anna = room.client("anna")
        taken = [room.calls("before", number="0612345678")]

        # Somebody fills the disk in one go: the very next caller is taken, from the reserve.
        fill(disk / "filler")
        taken.append(room.calls("reserve", number="0612345678"))
        assert [answer.status_code for answer in taken] == [200, 200], taken[-1].text
        assert "reserve" in anna.get("/health").text and not (room.data / "reserve").exists()

        # Then it is really full: every refusal says so, the screens go on, and the process lives.
        fill(disk / "filler")
        answer = taken[-1]
        for n in range(60):
            answer = room.calls(f"full-{n}", number="0612345678", said="x" * 7_000)
            if answer.status_code != 200:
                break
            taken.append(answer)
        ref = taken[0].json()["call"]
        act = {"command_id": "0" * 32, "command": {"type": "answer_call", "call": ref}}
        person = {"account": "anna", "password": PASSWORD}
        refused = [
            answer,
            anna.post("/api/commands", json=act),
            httpx.post(f"{room.url}/api/sign-in", json=person, headers={"Origin": room.url}),
        ]
        assert [(a.status_code, a.json()["type"]) for a in refused] == [(507, "store_full")] * 3
        shown = {row["ref"] for row in anna.get("/api/picture").json()["calls"]}
        assert shown == {answer.json()["call"] for answer in taken}
        assert room.alive and room.health() == "degraded"

        # Room again: the same acts succeed, and nothing that was acknowledged is gone.
        (disk / "filler").unlink()
        until(lambda: room.calls("after").status_code == 200, room.log)
        assert anna.post("/api/commands", json=act).status_code == 200
        assert anna.get(f"/api/calls/{ref}").json()["caller"]["number"] == "0612345678"
        until(lambda: (room.data / "reserve").exists(), room.log)
    finally:
        room.stop()
    assert "Traceback" not in room.log()
    assert room.verify()["ok"]


async def test_a_new_key_may_have_the_reserve(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same without a small disk: the key of a call comes before its place in the record."""
    left, asked = 1, 0
    make = SqliteKeys._make

    def full(self: SqliteKeys, names: list[tuple[str, str]]) -> dict[tuple[str, str], bytes | None]:
        if left:
            error = sqlite3.OperationalError("database or disk is full")
            error.sqlite_errorcode = sqlite3.SQLITE_FULL
            raise error
        return make(self, names)

    def spare() -> bool:
        nonlocal left, asked
        left, asked = 0, asked + 1
        return True

    monkeypatch.setattr(SqliteKeys, "_make", full)
    keys = SqliteKeys(tmp_path, spare)
    one, two = await asyncio.gather(keys.obtain("ev.RT.call.1", "caller"), keys.obtain("ev.RT.call.2", "caller"))
    assert one != two and asked == 1
    await keys.close()


async def test_no_room_for_a_snapshot_stops_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def save(self: FileSnapshots, key: str, positions: Mapping[str, int], blob: bytes) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(FileSnapshots, "save", save)
    settings = Settings(data=str(tmp_path), rooms=("RT",))
    command = call.ReceiveCall(call="c1", region="RT", function="RT.112", channel="112", number="0612345678")
    async with open_house(settings, SystemClock(), RandomIds()) as house:
        context = Context(now=house.clock.now(), actor="x", room="RT")
        await house.rooms["RT"].handler.do(command, command_id="0" * 32, context=context)
        await house.follower.save()
    # It was closed in order, and the next start finds everything without a snapshot.
    monkeypatch.undo()
    async with open_house(settings, SystemClock(), RandomIds()) as house:
        assert "RT/c1" in house.picture.calls


async def test_half_a_snapshot_does_not_keep_its_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(fd: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    kept = FileSnapshots(tmp_path)
    await kept.save("picture", {"RT": 1}, b"first")
    with monkeypatch.context() as patched, pytest.raises(OSError, match="No space"):
        patched.setattr(os, "fsync", full)
        await kept.save("picture", {"RT": 2}, b"second")
    assert [Path(name).suffix for name in os.listdir(tmp_path)] == [".snapshot"]
    assert await kept.latest("picture") == ({"RT": 1}, b"first")
