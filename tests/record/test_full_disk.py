"""A disk that is full or refuses: no promise that is not kept, and work goes on after."""

from __future__ import annotations

import asyncio
import json
import sqlite3
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from meldkamer.record import Appended, StoreFull, Unknown, Write
from meldkamer.record.disk import MB, DiskGuard
from meldkamer.record.sqlite import SqliteRecord
from meldkamer.record.sqlite_ledger import Ledger
from meldkamer.record.verify import verify_file

from .conftest import CALL, plain_event

WRITER = """
import asyncio, json, resource, sys
from pathlib import Path
from meldkamer.record import NewEvent, StoreFull, Unknown, Write
from meldkamer.record.disk import DiskGuard
from meldkamer.record.sqlite import SqliteRecord

async def main(path, limit, reserve):
    disk = DiskGuard(path.parent, warn=0, floor=0, reserve=reserve)
    record = SqliteRecord(path, disk=disk)
    if limit:
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, resource.RLIM_INFINITY))
    acked, failed, wrong, states, n = [], [], [], [], 0
    while len(failed) < 40 and n < 3000:
        batch = []
        for _ in range(8):
            n += 1
            batch.append(NewEvent(id=f"e{n}", type="t", body=b"x" * 3000, occurred=1, recorded=1, room="LB", actor="x"))
        done = await asyncio.gather(
            *(record.append("LB", [Write(f"ev.LB.call.{i}", (e,))]) for i, e in enumerate(batch)),
            return_exceptions=True)
        for event, result in zip(batch, done):
            if isinstance(result, (StoreFull, Unknown)):
                failed.append([event.id, type(result).__name__])
            elif isinstance(result, BaseException):
                wrong.append(repr(result))
            else:
                acked.append(event.id)
        if disk.health().disk not in states:
            states.append(disk.health().disk)
    readable = [e.event.id async for e in record.replay("LB")]
    if limit:
        resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    after = "not tried"
    if limit:
        event = NewEvent(id="after", type="t", body=b"", occurred=1, recorded=1, room="LB", actor="x")
        after = (await record.append("LB", [Write("ev.LB.call.0", (event,))])).durability.value
    resolved = {id: (await record.resolve("LB", id)) is not None for id, _ in failed} if limit else {}
    await record.close()
    print(json.dumps({"acked": acked, "failed": failed, "wrong": wrong, "readable": readable, "states": states,
                      "after": after, "resolved": resolved}))

asyncio.run(main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])))
"""


def run_writer(path: Path, limit: int, reserve: int = 0) -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, "-c", WRITER, str(path), str(limit), str(reserve)],
        capture_output=True,
        text=True,
        env={"PYTHONPATH": str(Path(__file__).parents[2] / "src")},
        timeout=100,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


@pytest.mark.faults
@pytest.mark.parametrize("limit", [150_000, 400_000, 1_000_003])
def test_a_file_that_may_not_grow(tmp_path: Path, limit: int) -> None:
    """The kernel refuses writes beyond the limit (EFBIG), in the middle of a frame as well."""
    answer = run_writer(tmp_path / "record.sqlite", limit)
    assert answer["acked"] and answer["failed"] and not answer["wrong"]
    assert answer["after"] == "SAFE"
    stored = set(answer["readable"])
    assert set(answer["acked"]) <= stored
    for id, kind in answer["failed"]:
        if kind == "StoreFull":
            assert id not in stored
    assert not any(answer["resolved"].values()), "resolve said None once; it must have been final"
    report = verify_file(tmp_path / "record.sqlite")
    assert report.ok and report.events == len(answer["acked"]) + 1


@pytest.mark.faults
def test_a_disk_that_runs_full(tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=6m", "tmpfs", str(disk)], check=False).returncode:
        pytest.skip("mounting a small file system needs root")
    try:
        answer = run_writer(disk / "record.sqlite", 0, reserve=2 * MB)
        assert answer["acked"] and answer["failed"] and not answer["wrong"]
        assert "reserve" in answer["states"], "the reserve was given up before anything was refused"
        assert set(answer["acked"]) == set(answer["readable"])
        assert verify_file(disk / "record.sqlite").ok
    finally:
        subprocess.run(["umount", str(disk)], check=True)


async def test_low_then_reserve_then_full_then_room_again(tmp_path: Path) -> None:
    free = 500 * MB
    disk = DiskGuard(tmp_path, warn=100 * MB, floor=4 * MB, reserve=MB, free_bytes=lambda: free)
    record = SqliteRecord(tmp_path / "record.sqlite", disk=disk)

    async def append() -> Appended:
        return await record.append("LB", [Write(CALL, (plain_event(f"n{next(numbers)}"),))])

    numbers = iter(range(100))
    await append()
    assert (record.disk().disk, (tmp_path / "reserve").stat().st_size) == ("ok", MB)
    free = 50 * MB
    await append()
    assert (record.disk().disk, record.disk().free) == ("low", free)
    free = 3 * MB
    await append()  # gives up the reserve; the simulated disk stays full
    assert record.disk().disk == "full" and not (tmp_path / "reserve").exists()
    with pytest.raises(StoreFull, match="reserve is used"):
        await append()
    assert len(await record.read(CALL)) == 3
    free = 500 * MB
    await append()
    assert record.disk().disk == "ok" and (tmp_path / "reserve").exists()
    await record.close()


@pytest.mark.parametrize("stored", [False, True])
async def test_a_commit_that_fails_is_not_called_refused_before_that_is_sure(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, stored: bool
) -> None:
    """COMMIT fails, and so does everything after it, for a while; once the disk works, `resolve` is final."""
    record = SqliteRecord(tmp_path / "record.sqlite")
    await record.append("LB", [Write(CALL, (plain_event("before"),))])
    real_commit, real_barrier, broken = Ledger.commit, Ledger.barrier, True

    def commit(self: Ledger) -> None:
        if broken:
            if stored:
                real_commit(self)
            raise sqlite3.OperationalError("disk I/O error")
        real_commit(self)

    monkeypatch.setattr(Ledger, "commit", commit)
    monkeypatch.setattr(Ledger, "barrier", lambda self: not broken and real_barrier(self))
    tries = (record.append("LB", [Write(f"ev.LB.call.{n}", (plain_event(f"e{n}"),))]) for n in range(5))
    results = await asyncio.gather(*tries, return_exceptions=True)
    assert [type(r) for r in results] == [Unknown] * 5
    assert [r.event_ids for r in results if isinstance(r, Unknown)] == [(f"e{n}",) for n in range(5)]
    with pytest.raises(Unknown):
        await record.resolve("LB", "e0")
    broken = False
    places = [await record.resolve("LB", f"e{n}") for n in range(5)]
    assert all(place is not None for place in places) if stored else places == [None] * 5
    again = await record.append("LB", [Write("ev.LB.call.0", (plain_event("e0"),))])
    assert again.duplicate is stored
    await record.close()
    report = verify_file(tmp_path / "record.sqlite")
    assert report.ok and report.events == (6 if stored else 2)


async def test_a_commit_that_fails_once_is_refused_for_sure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    record = SqliteRecord(tmp_path / "record.sqlite")
    real = Ledger.commit

    def commit(self: Ledger) -> None:
        monkeypatch.setattr(Ledger, "commit", real)
        raise sqlite3.OperationalError("database or disk is full")

    monkeypatch.setattr(Ledger, "commit", commit)
    with pytest.raises(StoreFull, match="nothing was stored"):
        await record.append("LB", [Write(CALL, (plain_event("a"),), 0)])
    assert await record.resolve("LB", "a") is None
    done = await record.append("LB", [Write(CALL, (plain_event("a"),), 0)])
    assert done.positions[0].seq == 1 and not done.duplicate
    await record.close()


async def test_a_mistake_inside_one_append_ends_neither_the_writer_nor_the_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    record = SqliteRecord(tmp_path / "record.sqlite")
    real = Ledger.append

    def append(self: Ledger, batch: object) -> Appended:
        if batch.keys == ["bad"]:  # type: ignore[attr-defined]
            raise ZeroDivisionError
        return real(self, batch)  # type: ignore[arg-type]

    monkeypatch.setattr(Ledger, "append", append)
    tries = (record.append("LB", [Write(CALL, (plain_event(id),))]) for id in ("a", "bad", "b"))
    results = await asyncio.gather(*tries, return_exceptions=True)
    assert [type(r).__name__ for r in results] == ["Appended", "ZeroDivisionError", "Appended"]
    assert await record.tail("LB") == 2
    await record.close()
