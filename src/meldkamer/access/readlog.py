"""Who read which sealed fields: on the disk before the answer leaves, chained by hash, per machine one file.

One thread writes; what arrives while it writes goes into the next commit together. The fields follow the Logboek
Dataverwerkingen; the subject of the data is named by the reference of the call or incident, never by a person.
"""

from __future__ import annotations

import asyncio
import hashlib
import queue
import sqlite3
import threading
from collections.abc import Sequence
from pathlib import Path

import msgspec

from meldkamer.access.database import open_private
from meldkamer.access.errors import ReadLogFailed
from meldkamer.access.sessions import Session
from meldkamer.domain.clock import Clock, Ids, Millis

APPLICATION, VERSION = 0x4D4B524C, 1
SCHEMA = (
    """CREATE TABLE IF NOT EXISTS readings (n INTEGER PRIMARY KEY, at INTEGER NOT NULL, person TEXT NOT NULL,
       ref TEXT NOT NULL, body BLOB NOT NULL, previous BLOB NOT NULL, hash BLOB NOT NULL) STRICT""",
    "CREATE INDEX IF NOT EXISTS readings_by_ref ON readings (ref, n)",
    "CREATE INDEX IF NOT EXISTS readings_by_person ON readings (person, n)",
    """CREATE TRIGGER IF NOT EXISTS readings_stay BEFORE UPDATE ON readings
       BEGIN SELECT RAISE(ABORT, 'a reading is never changed'); END""",
    """CREATE TRIGGER IF NOT EXISTS readings_remain BEFORE DELETE ON readings
       BEGIN SELECT RAISE(ABORT, 'a reading is never removed'); END""",
)
MOST_AT_ONCE = 1_000
_START = bytes(32)


class Reading(msgspec.Struct, frozen=True, kw_only=True):
    """One reading. kind: call, incident, past, paper, talk, read_log. compartments: those of which something was shown.

    purpose: why, as a code of the register of processing. refused: compartments that were asked and stayed closed.
    origin: address of the desk.
    """

    at: Millis
    id: str
    person: str
    room: str
    seat: str
    ref: str
    kind: str
    compartments: tuple[str, ...]
    purpose: str
    refused: tuple[str, ...] = ()
    origin: str = ""
    session: str = ""


class Chained(msgspec.Struct, frozen=True, kw_only=True):
    """A stored reading with its place in the chain."""

    n: int
    reading: Reading
    hash: bytes


class Broken(msgspec.Struct, frozen=True):
    """Where the chain does not hold, and why."""

    n: int
    why: str


_Job = tuple[tuple[Reading, ...], "asyncio.Future[None]"]


class ReadLog:
    """The read log of one file. Raises NotSafeToOpen as `open_private` does."""

    def __init__(self, path: Path, clock: Clock, ids: Ids) -> None:
        self._clock, self._ids = clock, ids
        self._connection = open_private(path, SCHEMA, APPLICATION, VERSION)
        self._lock = threading.Lock()
        self._jobs: queue.SimpleQueue[_Job | None] = queue.SimpleQueue()
        self._closed = False
        self._thread = threading.Thread(target=self._work, name="readlog", daemon=True)
        self._thread.start()

    async def record(
        self,
        session: Session,
        ref: str,
        kind: str,
        compartments: Sequence[str],
        purpose: str,
        *,
        refused: Sequence[str] = (),
        origin: str = "",
    ) -> None:
        """Returns when the reading is on the disk. Raises ReadLogFailed: then nothing may be shown."""
        reading = Reading(
            at=self._clock.now(),
            id=self._ids.new(),
            person=session.person,
            room=session.room,
            seat=session.seat,
            ref=ref,
            kind=kind,
            compartments=tuple(compartments),
            purpose=purpose,
            refused=tuple(refused),
            origin=origin,
            session=session.id,
        )
        if self._closed:
            raise ReadLogFailed("the read log is closed")
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._jobs.put(((reading,), done))
        await done

    def query(
        self,
        *,
        ref: str = "",
        person: str = "",
        since: Millis = 0,
        until: Millis | None = None,
        after: int = 0,
        before: int | None = None,
        newest: bool = False,
        limit: int = 1_000,
    ) -> list[Chained]:
        """Readings in order, or the newest first, for an auditor. Blocks on the disk: call it in a thread.

        ref: what was read, or all that stands below it: `read-log` also finds `read-log/anna`. after, before: numbers
        between which readings are wanted, without those two.
        """
        clauses, values = ["n > ?", "at >= ?"], [after, since]
        arguments: list[object] = list(values)
        if ref:
            clauses.append("(ref = ? OR (ref >= ? AND ref < ?))")
            arguments += [ref, f"{ref}/", f"{ref}0"]
        for clause, value in (("person = ?", person or None), ("at < ?", until), ("n < ?", before)):
            if value is not None:
                clauses.append(clause)
                arguments.append(value)
        # The clauses are the fixed texts above; every value is bound.
        order = "DESC" if newest else "ASC"
        statement = f"SELECT n, body, hash FROM readings WHERE {' AND '.join(clauses)} ORDER BY n {order} LIMIT ?"  # noqa: S608
        with self._lock:
            rows = self._connection.execute(statement, (*arguments, limit)).fetchall()
        decoder = msgspec.msgpack.Decoder(Reading)
        return [Chained(n=n, reading=decoder.decode(body), hash=hash) for n, body, hash in rows]

    def head(self) -> tuple[int, bytes]:
        """Number and hash of the newest reading. Kept elsewhere (in the record, by another room), it proves later that
        the end of the log was not cut off."""
        with self._lock:
            return _head(self._connection)

    def verify(self, head: tuple[int, bytes] | None = None) -> list[Broken]:
        """Every place where the chain does not hold. head: one that was kept earlier must still be there. Blocks."""
        broken: list[Broken] = []
        expected, previous, found = 1, _START, head is None or head == (0, _START)
        with self._lock:
            for n, at, person, ref, body, before, hash in self._connection.execute(
                "SELECT n, at, person, ref, body, previous, hash FROM readings ORDER BY n"
            ):
                if n != expected:
                    broken.append(Broken(n, f"number {expected} is missing"))
                if before != previous or hash != _hash(n, previous, body):
                    broken.append(Broken(n, "the hash does not fit"))
                if not _same(body, at, person, ref):
                    broken.append(Broken(n, "the columns differ from what was logged"))
                found = found or head == (n, hash)
                expected, previous = n + 1, hash
        if not found and head is not None:
            broken.append(Broken(head[0], "the end that was kept is not in the log"))
        return broken

    def close(self) -> None:
        """Finish what was accepted, then close the file."""
        if not self._closed:
            self._closed = True
            self._jobs.put(None)
            self._thread.join()
            self._connection.close()

    def _work(self) -> None:
        while (job := self._jobs.get()) is not None:
            jobs, last = [job], False
            while len(jobs) < MOST_AT_ONCE and not self._jobs.empty():
                more = self._jobs.get()
                if more is None:
                    last = True
                    break
                jobs.append(more)
            failure: ReadLogFailed | None = None
            try:
                self._store([reading for readings, _ in jobs for reading in readings])
            except sqlite3.Error as error:
                failure = ReadLogFailed(f"the reading could not be recorded: {error}")
            for _, done in jobs:
                _tell(done, failure)
            if last:
                return

    def _store(self, readings: list[Reading]) -> None:
        with self._lock, self._connection as connection:
            connection.execute("BEGIN IMMEDIATE")
            n, previous = _head(connection)
            for reading in readings:
                n, body = n + 1, msgspec.msgpack.encode(reading)
                hash = _hash(n, previous, body)
                connection.execute(
                    "INSERT INTO readings VALUES (?, ?, ?, ?, ?, ?, ?)",
                    (n, reading.at, reading.person, reading.ref, body, previous, hash),
                )
                previous = hash


def _head(connection: sqlite3.Connection) -> tuple[int, bytes]:
    row = connection.execute("SELECT n, hash FROM readings ORDER BY n DESC LIMIT 1").fetchone()
    return (0, _START) if row is None else (row[0], row[1])


def _hash(n: int, previous: bytes, body: bytes) -> bytes:
    return hashlib.sha256(n.to_bytes(8, "big") + previous + body).digest()


def _same(body: bytes, at: Millis, person: str, ref: str) -> bool:
    try:
        reading = msgspec.msgpack.decode(body, type=Reading)
    except msgspec.MsgspecError:
        return False
    return (reading.at, reading.person, reading.ref) == (at, person, ref)


def _tell(done: asyncio.Future[None], failure: ReadLogFailed | None) -> None:
    def finish() -> None:
        if not done.done():
            if failure is None:
                done.set_result(None)
            else:
                done.set_exception(failure)

    try:
        done.get_loop().call_soon_threadsafe(finish)
    except RuntimeError:
        return  # The loop is gone, and with it whoever waited; the reading is stored all the same.
