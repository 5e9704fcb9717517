"""The record: what its guarantees cost over the barest SQLite that is as durable.

append      50 asyncio writers, each waiting for its answer, against 50 writers over a queue, one thread and one
            INSERT of the same bytes; WAL, synchronous=FULL and group commit (256) on both sides. Two bare tables: one
            that keeps ids unique, as any event table must, and one with nothing but an integer key. Ours adds
            versions, subjects, hash chains, their indexes and gapless sequences. A writer begins a new incident after
            40 events. The index of ids is what costs most: random ids (those of commands) change a page of it for
            every event, ids that begin with the time (RFC 9562 version 7) one for many.
replay      through the port, every hash checked, against SELECT of position and bytes of the same rows and msgspec
            decoding of those bytes into the same type, and nothing else, in one thread.
cold start  from a snapshot that stands 1,000 events before the end of a large record: open, read and decode the
            snapshot, replay the rest; against reading and decoding the snapshot.
"""

from __future__ import annotations

import asyncio
import os
import queue
import sqlite3
import tempfile
import threading
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import msgspec

from bench import Ratio, alternate
from meldkamer.domain.clock import Ids, RandomIds
from meldkamer.record import NewEvent, Write, canonical
from meldkamer.record.disk import DiskGuard
from meldkamer.record.signing import open_signers
from meldkamer.record.snapshots import FileSnapshots
from meldkamer.record.sqlite import SqliteRecord

WRITERS = 50
UNIQUE_IDS = "CREATE TABLE bare(id BLOB PRIMARY KEY, data BLOB NOT NULL)"
NO_IDS = "CREATE TABLE bare(n INTEGER PRIMARY KEY, id BLOB, data BLOB NOT NULL)"
EVENTS_PER_INCIDENT = 40


def run(quick: bool) -> list[Ratio]:
    """Quick: a few seconds; else about two minutes and 2 GB in the temporary folder."""
    return [*_append(1.0 if quick else 3.0, 3 if quick else 7), *_replay(quick), *_cold_start(quick)]


def new_event(ids: Ids) -> NewEvent:
    """A note line as it is stored: some 640 bytes with its envelope."""
    return NewEvent(
        id=ids.new(),
        type="incident.noted",
        body=b"b" * 300,
        sealed={"caller": b"c" * 90},
        occurred=1_767_225_600_000,
        recorded=1_767_225_600_000,
        room="LB",
        actor="lb.m.jansen",
        epochs={"LB.A.dispatch": 3},
        cause=ids.new(),
        correlation=ids.new(),
    )


def _quiet(folder: Path) -> DiskGuard:
    return DiskGuard(folder, reserve=0)


# --- append ---------------------------------------------------------------------------------------------------------


def _append(seconds: float, rounds: int) -> Iterator[Ratio]:
    with tempfile.TemporaryDirectory() as name:
        signers, _ = open_signers(Path(name) / "signing", ["LB"])

    def ours(ids: Ids, sign: bool) -> float:
        with tempfile.TemporaryDirectory() as folder:
            return asyncio.run(_append_ours(Path(folder), seconds, ids, signers if sign else {}))

    def bare(ids: Ids, table: str) -> float:
        with tempfile.TemporaryDirectory() as folder:
            return asyncio.run(_append_bare(Path(folder), seconds, ids, table))

    for name, ids, sign, table, against, bound in (
        ("random ids", RandomIds(), False, UNIQUE_IDS, "ids unique", 0.8),
        ("ids by time", _IdsByTime(), False, UNIQUE_IDS, "ids unique", 0.8),
        ("ids by time, signed", _IdsByTime(), True, UNIQUE_IDS, "ids unique", 0.4),
        ("random ids", RandomIds(), False, NO_IDS, "an integer key", 0.8),
    ):
        a, b = alternate(rounds, partial(ours, ids, sign), partial(bare, ids, table))
        yield Ratio(
            name=f"append by {WRITERS} writers, {name}",
            ours=a,
            baseline=b,
            unit="appends/s",
            bound=bound,
            more_is_better=True,
            against=f"bare group-commit SQLite with {against}, same bytes, same durability",
        )


class _IdsByTime:
    """UUID version 7: milliseconds, then 74 random bits."""

    def new(self) -> str:
        digits = os.urandom(10).hex()
        return f"{time.time_ns() // 1_000_000:012x}7{digits[:3]}{'89ab'[digits.encode()[3] % 4]}{digits[4:19]}"


async def _append_ours(folder: Path, seconds: float, ids: Ids, signers: Any) -> float:
    record = SqliteRecord(folder / "record.sqlite", signers, _quiet(folder))
    count = 0
    end = time.perf_counter() + seconds

    async def writer() -> None:
        nonlocal count
        name, version = f"ev.LB.incident.{ids.new()}", 0
        while time.perf_counter() < end:
            if version == EVENTS_PER_INCIDENT:
                name, version = f"ev.LB.incident.{ids.new()}", 0
            await record.append("LB", [Write(name, (new_event(ids),), version)])
            version, count = version + 1, count + 1

    start = time.perf_counter()
    await asyncio.gather(*(writer() for _ in range(WRITERS)))
    took = time.perf_counter() - start
    await record.close()
    return count / took


async def _append_bare(folder: Path, seconds: float, ids: Ids, table: str) -> float:
    """The writers make the same event and the same bytes; the thread only inserts and commits."""
    waiting: queue.SimpleQueue[tuple[bytes, bytes, asyncio.Future[None]] | None] = queue.SimpleQueue()
    loop = asyncio.get_running_loop()

    def settle(futures: list[asyncio.Future[None]]) -> None:
        for future in futures:
            future.set_result(None)

    def write() -> None:
        db = sqlite3.connect(folder / "bare.sqlite", isolation_level=None)
        db.execute("PRAGMA journal_mode=WAL")
        db.execute("PRAGMA synchronous=FULL")
        db.execute("PRAGMA wal_autocheckpoint=4000")
        db.execute(table)
        while (item := waiting.get()) is not None:
            group = [item]
            while len(group) < 256:
                try:
                    more = waiting.get_nowait()
                except queue.Empty:
                    break
                if more is None:
                    break
                group.append(more)
            db.execute("BEGIN IMMEDIATE")
            db.executemany("INSERT INTO bare(id, data) VALUES(?, ?)", [(id, data) for id, data, _ in group])
            db.execute("COMMIT")
            loop.call_soon_threadsafe(settle, [future for _, _, future in group])
        db.close()

    thread = threading.Thread(target=write)
    thread.start()
    count = 0
    end = time.perf_counter() + seconds

    async def writer() -> None:
        nonlocal count
        name, version = f"ev.LB.incident.{ids.new()}", 0
        while time.perf_counter() < end:
            if version == EVENTS_PER_INCIDENT:
                name, version = f"ev.LB.incident.{ids.new()}", 0
            event = new_event(ids)
            data = canonical.encode(b"h" * 32, name, version, event.id, 0, 1, canonical.encode_event(event))
            future: asyncio.Future[None] = loop.create_future()
            waiting.put((bytes.fromhex(event.id), data, future))
            await future
            version, count = version + 1, count + 1

    start = time.perf_counter()
    await asyncio.gather(*(writer() for _ in range(WRITERS)))
    took = time.perf_counter() - start
    waiting.put(None)
    thread.join()
    return count / took


# --- replay and cold start ------------------------------------------------------------------------------------------


async def _fill(record: SqliteRecord, events: int) -> None:
    """Large batches, several at once: how it got there is not what is measured."""
    ids, size = RandomIds(), 500

    async def some(n: int) -> None:
        for start in range(n * size, events, 8 * size):
            count = min(size, events - start)
            name = f"ev.LB.incident.{start // size:032x}"
            await record.append("LB", [Write(name, tuple(new_event(ids) for _ in range(count)))])

    await asyncio.gather(*(some(n) for n in range(8)))


def _replay(quick: bool) -> Iterator[Ratio]:
    events = 20_000 if quick else 200_000
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        path = folder / "record.sqlite"

        async def fill() -> None:
            record = SqliteRecord(path, None, _quiet(folder))
            await _fill(record, events)
            await record.close()

        async def port() -> float:
            record = SqliteRecord(path, read_only=True)
            start, count = time.perf_counter(), 0
            async for _ in record.replay("LB"):
                count += 1
            took = time.perf_counter() - start
            assert count == events
            await record.close()
            return count / took

        def bare() -> float:
            db = sqlite3.connect(path)
            decode = msgspec.msgpack.Decoder(canonical.Stored).decode
            start, count = time.perf_counter(), 0
            for _, data in db.execute("SELECT pos, data FROM event ORDER BY pos"):
                decode(data)
                count += 1
            took = time.perf_counter() - start
            db.close()
            return count / took

        asyncio.run(fill())
        a, b = alternate(3 if quick else 7, lambda: asyncio.run(port()), bare)
    yield Ratio(
        name=f"replay of {events:,} events",
        ours=a,
        baseline=b,
        unit="events/s",
        bound=0.4,
        more_is_better=True,
        against="bare SELECT and msgspec decoding",
    )


class _Row(msgspec.Struct):
    """A row of a picture, much as projections keep them."""

    id: str
    title: str
    units: list[str]
    seen: int


def _cold_start(quick: bool) -> Iterator[Ratio]:
    events, rows = (50_000, 20_000) if quick else (1_000_000, 20_000)
    picture = [_Row(f"{n:032x}", "Brand woning, Kade 12", ["17-1234", "17-1239"], n) for n in range(rows)]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        path, snapshots = folder / "record.sqlite", FileSnapshots(folder / "snapshots")

        async def fill() -> None:
            record = SqliteRecord(path, None, _quiet(folder))
            await _fill(record, events)
            await record.close()
            await snapshots.save("picture", {"LB": events - 1_000}, msgspec.msgpack.encode(picture))

        async def read() -> float:
            start = time.perf_counter()
            kept = await snapshots.latest("picture")
            assert kept is not None
            msgspec.msgpack.decode(kept[1], type=list[_Row])
            return time.perf_counter() - start

        async def cold() -> float:
            start = time.perf_counter()
            record = SqliteRecord(path, None, _quiet(folder))
            kept = await snapshots.latest("picture")
            assert kept is not None
            msgspec.msgpack.decode(kept[1], type=list[_Row])
            count = 0
            async for _ in record.replay("LB", kept[0]["LB"]):
                count += 1
            took = time.perf_counter() - start
            assert count == 1_000
            await record.close()
            return took

        asyncio.run(fill())
        a, b = alternate(3 if quick else 11, lambda: asyncio.run(cold()), lambda: asyncio.run(read()))
    yield Ratio(
        name=f"cold start of {events:,} events from a snapshot",
        ours=a * 1000,
        baseline=b * 1000,
        unit="ms",
        bound=3.0,
        more_is_better=False,
        against=f"reading that snapshot ({rows:,} rows)",
    )
