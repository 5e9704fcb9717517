"""The read log: on the disk before anybody sees anything, chained, and honest about damage."""

from __future__ import annotations

import asyncio
import sqlite3
import threading
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from meldkamer.access import ReadLog, ReadLogFailed, Session
from meldkamer.domain.clock import FakeClock, SeededIds

WHO = Session(id="s1", person="anna", name="Anna", room="RT", seat="RT-4")
OTHER = Session(id="s2", person="bert", name="Bert", room="LB")


@pytest.fixture
def log(tmp_path: Path, clock: FakeClock) -> Iterator[ReadLog]:
    log = ReadLog(tmp_path / "readlog.sqlite", clock, SeededIds(1))
    yield log
    log.close()


def stored(path: Path) -> list[int]:
    connection = sqlite3.connect(path / "readlog.sqlite")
    try:
        return [n for (n,) in connection.execute("SELECT n FROM readings ORDER BY n")]
    finally:
        connection.close()


async def read(log: ReadLog, ref: str = "RT/1", who: Session = WHO) -> None:
    await log.record(who, ref, "incident", ("caller", "medical"), "handling", origin="10.0.0.4")


async def test_a_reading_is_stored_when_record_returns_and_says_all_that_was_asked(
    log: ReadLog, tmp_path: Path, clock: FakeClock
) -> None:
    await log.record(WHO, "RT/1", "incident", ("caller",), "handling", refused=("medical",), origin="10.0.0.4")
    assert stored(tmp_path) == [1]
    [found] = log.query()
    reading = found.reading
    assert (reading.at, reading.person, reading.room, reading.seat) == (clock.now(), "anna", "RT", "RT-4")
    assert (reading.ref, reading.kind, reading.compartments) == ("RT/1", "incident", ("caller",))
    assert (reading.purpose, reading.refused, reading.origin) == ("handling", ("medical",), "10.0.0.4")
    assert reading.session == "s1" and len(reading.id) == 32


async def test_many_at_once_are_all_stored_in_order_with_few_commits(log: ReadLog, tmp_path: Path) -> None:
    commits = 0
    store = log._store

    def counted(readings: list[object]) -> None:
        nonlocal commits
        commits += 1
        store(readings)  # type: ignore[arg-type]

    log._store = counted  # type: ignore[method-assign,assignment]
    await asyncio.gather(*(read(log, f"RT/{n}") for n in range(500)))
    assert stored(tmp_path) == list(range(1, 501))
    assert [c.reading.ref for c in log.query()] == [f"RT/{n}" for n in range(500)]
    assert log.verify() == [] and commits < 250


async def test_the_event_loop_is_never_held_by_the_disk(log: ReadLog) -> None:
    gate = threading.Event()
    store = log._store

    def slow(readings: list[object]) -> None:
        gate.wait(5)
        store(readings)  # type: ignore[arg-type]

    log._store = slow  # type: ignore[method-assign,assignment]
    waiting = asyncio.create_task(read(log))
    for _ in range(10):
        await asyncio.sleep(0)
    assert not waiting.done()
    gate.set()
    await waiting


async def test_what_cannot_be_recorded_may_not_be_shown(log: ReadLog, tmp_path: Path) -> None:
    blocker = sqlite3.connect(tmp_path / "readlog.sqlite", isolation_level=None)
    blocker.execute("CREATE TRIGGER full BEFORE INSERT ON readings BEGIN SELECT RAISE(ABORT, 'disk full'); END")
    with pytest.raises(ReadLogFailed):
        await read(log)
    blocker.execute("DROP TRIGGER full")
    blocker.close()
    await read(log)
    assert stored(tmp_path) == [1]


async def test_a_reader_that_goes_away_is_recorded_all_the_same(log: ReadLog, tmp_path: Path) -> None:
    task = asyncio.create_task(read(log))
    await asyncio.sleep(0)
    task.cancel()
    await read(log, "RT/2")
    assert stored(tmp_path) == [1, 2]


async def test_an_auditor_finds_by_ref_person_and_time(log: ReadLog, clock: FakeClock) -> None:
    await read(log, "RT/1")
    await clock.pump(10)
    await read(log, "RT/2", OTHER)
    await read(log, "RT/1", OTHER)
    assert [c.n for c in log.query(ref="RT/1")] == [1, 3]
    assert [c.n for c in log.query(person="bert")] == [2, 3]
    assert [c.n for c in log.query(since=clock.now())] == [2, 3]
    assert [c.n for c in log.query(until=clock.now())] == [1]
    assert [c.n for c in log.query(after=1, limit=1)] == [2]
    assert log.query(ref="RT/1' OR 1=1 --") == []


async def test_the_chain_goes_on_after_a_restart(log: ReadLog, tmp_path: Path, clock: FakeClock) -> None:
    await read(log)
    log.close()
    again = ReadLog(tmp_path / "readlog.sqlite", clock, SeededIds(2))
    await read(again)
    assert again.verify() == [] and again.head()[0] == 2
    again.close()
    with pytest.raises(ReadLogFailed):
        await read(again)


def test_a_program_cannot_change_or_remove_a_reading(log: ReadLog, tmp_path: Path) -> None:
    asyncio.run(read(log))
    connection = sqlite3.connect(tmp_path / "readlog.sqlite")
    for statement in ("UPDATE readings SET person = 'x'", "DELETE FROM readings"):
        with pytest.raises(sqlite3.DatabaseError, match="never"):
            connection.execute(statement)
    connection.close()


@pytest.mark.parametrize(
    "tamper",
    [
        "UPDATE readings SET person = 'carla' WHERE n = 2",
        "UPDATE readings SET ref = 'RT/9' WHERE n = 2",
        "UPDATE readings SET at = at + 1 WHERE n = 2",
        "UPDATE readings SET body = (SELECT body FROM readings WHERE n = 1) WHERE n = 2",
        "UPDATE readings SET hash = zeroblob(32) WHERE n = 2",
        "DELETE FROM readings WHERE n = 2",
        "DELETE FROM readings WHERE n = 1",
    ],
)
async def test_tampering_with_the_file_is_seen(log: ReadLog, tmp_path: Path, tamper: str) -> None:
    for n in range(3):
        await read(log, f"RT/{n}")
    head = log.head()
    assert log.verify(head) == []
    connection = sqlite3.connect(tmp_path / "readlog.sqlite", isolation_level=None)
    connection.execute("DROP TRIGGER readings_stay")
    connection.execute("DROP TRIGGER readings_remain")
    connection.execute(tamper)
    connection.close()
    assert log.verify()


async def test_cutting_off_the_end_is_seen_by_who_kept_the_end(log: ReadLog, tmp_path: Path) -> None:
    for n in range(3):
        await read(log, f"RT/{n}")
    head = log.head()
    connection = sqlite3.connect(tmp_path / "readlog.sqlite", isolation_level=None)
    connection.execute("DROP TRIGGER readings_remain")
    connection.execute("DELETE FROM readings WHERE n = 3")
    connection.close()
    # Without the end that somebody kept, a chain that was cut off looks whole: this is said in SECURITY.md.
    assert log.verify() == []
    assert [b.n for b in log.verify(head)] == [3]


async def test_a_body_that_is_no_reading_is_named(log: ReadLog, tmp_path: Path) -> None:
    await read(log)
    connection = sqlite3.connect(tmp_path / "readlog.sqlite", isolation_level=None)
    connection.execute("DROP TRIGGER readings_stay")
    connection.execute("UPDATE readings SET body = ?", (msgspec.msgpack.encode([1]),))
    connection.close()
    assert {b.why for b in log.verify()} == {"the hash does not fit", "the columns differ from what was logged"}
