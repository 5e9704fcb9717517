"""The embedded engine: one SQLite file, one writer thread, group commit, no server.

Appends wait in a queue; the writer takes what is there, checks each in memory and in the same transaction, commits once
with `synchronous=FULL`, and only then answers. An append that fails its checks touches nothing of the others.
"""

from __future__ import annotations

import asyncio
import fcntl
import os
import queue
import sqlite3
import threading
from collections import deque
from collections.abc import AsyncIterator, Mapping, Sequence
from pathlib import Path

import msgspec

from meldkamer.record import canonical
from meldkamer.record import sqlite_schema as schema
from meldkamer.record.disk import DiskGuard, DiskHealth
from meldkamer.record.port import (
    MAX_EVENT_BYTES,
    Appended,
    Conflict,
    Damaged,
    Durability,
    Entry,
    Fence,
    Fenced,
    InUse,
    Lease,
    Position,
    RecordError,
    Reused,
    StoreFull,
    TooLarge,
    Unknown,
    Write,
    fence_subject,
)
from meldkamer.record.signing import Signer, batch_digest

GROUP = 256
MAX_BATCH = 1_000
PAGE = 2_000
FOLLOW_QUEUE = 10_000
CHECKPOINT_PAGES = 4_000


class _Job(msgspec.Struct):
    region: str
    writes: Sequence[Write]
    fences: Sequence[Fence]
    loop: asyncio.AbstractEventLoop
    future: asyncio.Future[Appended]
    lease: tuple[str, str, int] | None = None
    answer: Appended | Lease | None = None
    error: Exception | None = None


class _Head(msgspec.Struct):
    no: int
    version: int
    hash: bytes
    seq: int


class SqliteRecord:
    """Record and Leases over one file. Open with `SqliteRecord(path)`; raises NotAStore, StoreTooNew, InUse."""

    def __init__(self, path: Path, signers: Mapping[str, Signer] | None = None, disk: DiskGuard | None = None) -> None:
        self.path = path
        path.parent.mkdir(parents=True, exist_ok=True)
        self._lock_fd = _lock(path)
        try:
            self._db = schema.open_writer(path)
        except BaseException:
            os.close(self._lock_fd)
            raise
        self._signers = dict(signers or {})
        self._disk = disk or DiskGuard(path.parent)
        self._regions: dict[str, int] = dict(self._db.execute("SELECT name, no FROM region").fetchall())
        self._names = {no: name for name, no in self._regions.items()}
        self._tails = {name: self._tail_of(no) for name, no in self._regions.items()}
        self._heads: dict[str, _Head] = {}
        self._queue: queue.SimpleQueue[_Job | None] = queue.SimpleQueue()
        self._followers: set[_Feed] = set()
        self._readers = threading.local()
        self._open_readers: list[sqlite3.Connection] = []
        self._closed = False
        self._thread = threading.Thread(target=self._write_loop, name="record-writer", daemon=True)
        self._thread.start()

    # --- writing ----------------------------------------------------------------------------------------------------

    async def append(self, region: str, writes: Sequence[Write], fences: Sequence[Fence] = ()) -> Appended:
        _check_size(writes)
        job = self._submit(region, writes, fences, None)
        answer = await asyncio.shield(job.future)
        return answer

    async def renew(self, room: str, holder: str, expected: int) -> Lease:
        job = self._submit("", (), (), (room, holder, expected))
        await asyncio.shield(job.future)
        assert isinstance(job.answer, Lease)
        return job.answer

    def _submit(
        self, region: str, writes: Sequence[Write], fences: Sequence[Fence], lease: tuple[str, str, int] | None
    ) -> _Job:
        if self._closed:
            raise RecordError(f"{self.path}: the record is closed")
        loop = asyncio.get_running_loop()
        job = _Job(region, writes, fences, loop, loop.create_future(), lease)
        self._queue.put(job)
        return job

    def _write_loop(self) -> None:
        while (job := self._queue.get()) is not None:
            group = [job]
            while len(group) < GROUP:
                try:
                    more = self._queue.get_nowait()
                except queue.Empty:
                    break
                if more is None:
                    self._queue.put(None)
                    break
                group.append(more)
            self._write_group(group)

    def _write_group(self, group: list[_Job]) -> None:
        new: list[Entry] = []
        if not self._disk.admit():
            full = StoreFull(f"{self.path.parent}: the disk is full")
            for job in group:
                job.error = full
            _answer(group)
            return
        try:
            self._db.execute("BEGIN IMMEDIATE")
            for job in group:
                try:
                    if job.lease is not None:
                        job.answer = self._renew(*job.lease)
                    else:
                        job.answer, entries = self._append(job)
                        new += entries
                except RecordError as error:
                    job.error = error
        except sqlite3.Error as error:
            self._abandon(group, error, before_commit=True)
            return
        try:
            self._db.execute("COMMIT")
        except sqlite3.Error as error:
            self._abandon(group, error, before_commit=not self._db.in_transaction)
            return
        _answer(group)
        self._publish(new)
        if self._wal_pages() > CHECKPOINT_PAGES:
            self._db.execute("PRAGMA wal_checkpoint(PASSIVE)")

    def _abandon(self, group: list[_Job], error: sqlite3.Error, before_commit: bool) -> None:
        """Nothing of the group is stored (rolled back), or it cannot be known; the writer lives on either way."""
        sure = True
        try:
            if self._db.in_transaction:
                self._db.execute("ROLLBACK")
        except sqlite3.Error:
            sure = False
        self._heads.clear()
        self._regions = dict(self._db.execute("SELECT name, no FROM region").fetchall())
        self._names = {no: name for name, no in self._regions.items()}
        self._tails = {name: self._tail_of(no) for name, no in self._regions.items()}
        for job in group:
            if job.error is not None and not isinstance(job.error, sqlite3.Error):
                continue
            ids = [e.id for w in job.writes for e in w.events]
            stored = all(self._stored(i) is not None for i in ids) and bool(ids)
            if stored:
                job.answer = Appended(tuple(p for i in ids if (p := self._stored(i))), Durability.SAFE)
            elif sure:
                job.error = StoreFull(f"{self.path}: {error}")
            else:
                job.error = Unknown(ids, str(error))
        _answer(group)

    def _append(self, job: _Job) -> tuple[Appended, list[Entry]]:
        events = [e for w in job.writes for e in w.events]
        known = [self._stored(e.id) for e in events]
        if any(known):
            if all(known):
                return Appended(tuple(p for p in known if p), Durability.SAFE, duplicate=True), []
            raise Reused([e.id for e, k in zip(events, known, strict=True) if k])
        for fence in job.fences:
            head = self._head(fence_subject(job.region, fence.function))
            if head.seq != fence.token or fence.token == 0:
                raise Fenced(fence.function, fence.token, head.seq)
        heads: list[_Head] = []
        for write in job.writes:
            if write.subject.split(".", 2)[1] != job.region:
                raise ValueError(f"{write.subject} does not belong to region {job.region}")
            head = self._head(write.subject)
            if write.expected is not None and write.expected != head.version:
                raise Conflict(write.subject, write.expected, head.version)
            heads.append(head)
        return self._store(job, heads, events[0].id, len(events))

    def _store(self, job: _Job, heads: list[_Head], batch: str, of: int) -> tuple[Appended, list[Entry]]:
        region_no = self._region_no(job.region)
        tail = self._tails[job.region]
        signer = self._signers.get(job.writes[0].events[0].room)
        entries: list[Entry] = []
        positions: list[Position] = []
        rows = []
        hashes: list[bytes] = []
        for write, head in zip(job.writes, heads, strict=True):
            if head.no == 0:
                head.no = self._subject_no(write.subject)
            for event in write.events:
                tail += 1
                n = len(positions)
                version = head.version + 1
                data = canonical.encode(head.hash, write.subject, version, batch, n, of, canonical.encode_event(event))
                hash_ = canonical.digest(data)
                hashes.append(hash_)
                signature = signer.sign(batch_digest(job.region, hashes)) if signer and n == of - 1 else b""
                rows.append(
                    (
                        (region_no << schema.SEQ_BITS) | tail,
                        head.no,
                        version,
                        schema.id_key(event.id),
                        data,
                        hash_,
                        signature,
                    )
                )
                entries.append(
                    Entry(
                        region=job.region,
                        seq=tail,
                        subject=write.subject,
                        version=version,
                        event=event,
                        batch=batch,
                        n=n,
                        of=of,
                        previous=head.hash,
                        hash=hash_,
                        signature=signature,
                    )
                )
                positions.append(Position(job.region, tail, write.subject, version))
                head.version, head.hash, head.seq = version, hash_, tail
        self._db.executemany("INSERT INTO event VALUES(?,?,?,?,?,?,?)", rows)
        self._tails[job.region] = tail
        return Appended(tuple(positions), Durability.SAFE), entries

    def _renew(self, room: str, holder: str, expected: int) -> Lease:
        row = self._db.execute("SELECT n FROM lease WHERE room=?", (room,)).fetchone()
        actual = row[0] if row else 0
        if actual != expected:
            raise Conflict(f"lease.{room}", expected, actual)
        self._db.execute("INSERT OR REPLACE INTO lease VALUES(?,?,?)", (room, expected + 1, holder))
        return Lease(room=room, n=expected + 1, holder=holder)

    # --- writer's own look-ups --------------------------------------------------------------------------------------

    def _head(self, subject: str) -> _Head:
        head = self._heads.get(subject)
        if head is None:
            row = self._db.execute(
                "SELECT s.no, e.version, e.hash, e.pos FROM subject s JOIN event e ON e.subject = s.no"
                " WHERE s.name=? ORDER BY e.version DESC LIMIT 1",
                (subject,),
            ).fetchone()
            head = _Head(row[0], row[1], row[2], row[3] & schema.SEQ_MASK) if row else _Head(0, 0, canonical.FIRST, 0)
            if len(self._heads) > 200_000:
                self._heads.clear()
            self._heads[subject] = head
        return head

    def _subject_no(self, subject: str) -> int:
        row = self._db.execute("SELECT no FROM subject WHERE name=?", (subject,)).fetchone()
        if row:
            return int(row[0])
        return int(self._db.execute("INSERT INTO subject(name) VALUES(?)", (subject,)).lastrowid or 0)

    def _region_no(self, region: str) -> int:
        no = self._regions.get(region)
        if no is None:
            no = int(self._db.execute("INSERT INTO region(name) VALUES(?)", (region,)).lastrowid or 0)
            self._regions[region], self._names[no], self._tails[region] = no, region, 0
        return no

    def _tail_of(self, no: int) -> int:
        low, high = no << schema.SEQ_BITS, (no + 1) << schema.SEQ_BITS
        row = self._db.execute("SELECT max(pos) FROM event WHERE pos>=? AND pos<?", (low, high)).fetchone()
        return (row[0] & schema.SEQ_MASK) if row[0] is not None else 0

    def _stored(self, event_id: str) -> Position | None:
        return _position(self._db, event_id)

    def _wal_pages(self) -> int:
        wal = schema.wal_of(self.path)
        try:
            return wal.stat().st_size // 4096
        except FileNotFoundError:
            return 0

    # --- reading ----------------------------------------------------------------------------------------------------

    async def resolve(self, region: str, event_id: str) -> Position | None:
        return await asyncio.to_thread(lambda: _position(self._reader(), event_id))

    async def read(self, subject: str, after: int = 0) -> list[Entry]:
        return await asyncio.to_thread(self._read, subject, after)

    def _read(self, subject: str, after: int) -> list[Entry]:
        rows = self._reader().execute(
            "SELECT e.pos, e.data, e.hash, e.signature FROM subject s JOIN event e ON e.subject = s.no"
            " WHERE s.name=? AND e.version>? ORDER BY e.version",
            (subject, after),
        )
        region = subject.split(".", 2)[1]
        return [
            canonical.entry(region, pos & schema.SEQ_MASK, canonical.decode(data), hash_, signature)
            for pos, data, hash_, signature in rows
        ]

    async def replay(self, region: str, after: int = 0, until: int | None = None) -> AsyncIterator[Entry]:
        while until is None or after < until:
            page = await asyncio.to_thread(self._page, region, after, until)
            if not page:
                return
            for entry in page:
                if entry.seq != after + 1:
                    raise Damaged(region, after + 1, f"missing, the next entry is {entry.seq}")
                after = entry.seq
                yield entry

    def _page(self, region: str, after: int, until: int | None) -> list[Entry]:
        db = self._reader()
        row = db.execute("SELECT no FROM region WHERE name=?", (region,)).fetchone()
        if row is None:
            return []
        low = (row[0] << schema.SEQ_BITS) | after
        high = (row[0] << schema.SEQ_BITS) | (schema.SEQ_MASK if until is None else until)
        rows = db.execute(
            "SELECT pos, data, hash, signature FROM event WHERE pos>? AND pos<=? ORDER BY pos LIMIT ?",
            (low, high, PAGE),
        ).fetchall()
        found = []
        for pos, data, hash_, signature in rows:
            seq = pos & schema.SEQ_MASK
            try:
                found.append(canonical.entry(region, seq, canonical.decode(data), hash_, signature))
            except msgspec.MsgspecError as error:
                raise Damaged(region, seq, f"not an entry: {error}") from error
        return found

    async def follow(self, after: Mapping[str, int]) -> AsyncIterator[Entry]:
        feed = _Feed(asyncio.get_running_loop(), set(after))
        cursors = dict(after)
        self._followers.add(feed)
        try:
            behind = True
            while True:
                if behind:
                    # Everything that was published before this point is in the store; what comes later is in the feed.
                    feed.take()
                    for region in sorted(cursors):
                        async for entry in self.replay(region, cursors[region]):
                            cursors[region] = entry.seq
                            yield entry
                    behind = False
                entries, behind = await feed.wait()
                for entry in entries:
                    at = cursors[entry.region]
                    if entry.seq <= at:
                        continue
                    if entry.seq != at + 1:
                        behind = True
                        break
                    cursors[entry.region] = entry.seq
                    yield entry
                if feed.closed:
                    return
        finally:
            self._followers.discard(feed)

    def _publish(self, entries: list[Entry]) -> None:
        for feed in tuple(self._followers):
            feed.offer([e for e in entries if e.region in feed.regions])

    async def tail(self, region: str) -> int:
        return self._tails.get(region, 0)

    async def version(self, subject: str) -> int:
        entries = await asyncio.to_thread(
            lambda: (
                self._reader()
                .execute(
                    "SELECT max(e.version) FROM subject s JOIN event e ON e.subject = s.no WHERE s.name=?", (subject,)
                )
                .fetchone()
            )
        )
        return int(entries[0] or 0)

    async def fence(self, region: str, function: str) -> Entry | None:
        entries = await self.read(fence_subject(region, function))
        return entries[-1] if entries else None

    async def regions(self) -> list[str]:
        return sorted(name for name, tail in self._tails.items() if tail)

    async def all(self) -> dict[str, Lease]:
        rows = await asyncio.to_thread(lambda: self._reader().execute("SELECT room, n, holder FROM lease").fetchall())
        return {room: Lease(room=room, n=n, holder=holder) for room, n, holder in rows}

    def disk(self) -> DiskHealth:
        """How much room is left."""
        return self._disk.health()

    def _reader(self) -> sqlite3.Connection:
        db: sqlite3.Connection | None = getattr(self._readers, "db", None)
        if db is None:
            db = self._readers.db = schema.open_reader(self.path)
            self._open_readers.append(db)
        return db

    async def close(self) -> None:
        if self._closed:
            return
        self._closed = True
        self._queue.put(None)
        await asyncio.to_thread(self._thread.join)
        for feed in tuple(self._followers):
            feed.close()
        for db in self._open_readers:
            db.close()
        self._db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        self._db.close()
        os.close(self._lock_fd)


class _Feed:
    """A follower's bounded queue; when it overflows it says so, and the follower reads the store instead."""

    def __init__(self, loop: asyncio.AbstractEventLoop, regions: set[str]) -> None:
        self.regions = regions
        self.closed = False
        self._loop = loop
        self._lock = threading.Lock()
        self._entries: deque[Entry] = deque()
        self._overflow = False
        self._event = asyncio.Event()

    def offer(self, entries: list[Entry]) -> None:
        if not entries:
            return
        with self._lock:
            if len(self._entries) + len(entries) > FOLLOW_QUEUE:
                self._entries.clear()
                self._overflow = True
            else:
                self._entries.extend(entries)
        self._wake()

    def take(self) -> tuple[list[Entry], bool]:
        with self._lock:
            entries, overflow = list(self._entries), self._overflow
            self._entries.clear()
            self._overflow = False
            self._event.clear()
        return entries, overflow

    async def wait(self) -> tuple[list[Entry], bool]:
        while True:
            entries, overflow = self.take()
            if entries or overflow or self.closed:
                return entries, overflow
            await self._event.wait()

    def close(self) -> None:
        self.closed = True
        self._wake()

    def _wake(self) -> None:
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._event.set)


def _answer(group: list[_Job]) -> None:
    """Hand the answers over, once per loop."""
    by_loop: dict[asyncio.AbstractEventLoop, list[_Job]] = {}
    for job in group:
        by_loop.setdefault(job.loop, []).append(job)
    for loop, jobs in by_loop.items():
        if not loop.is_closed():
            loop.call_soon_threadsafe(_resolve, jobs)


def _resolve(jobs: list[_Job]) -> None:
    for job in jobs:
        if job.future.done():
            continue
        if job.error is not None:
            job.future.set_exception(job.error)
        else:
            job.future.set_result(job.answer)  # type: ignore[arg-type]


def _check_size(writes: Sequence[Write]) -> None:
    count = 0
    for write in writes:
        if not write.events:
            raise ValueError(f"{write.subject}: a write without an event")
        for event in write.events:
            count += 1
            size = len(event.body) + sum(len(v) for v in event.sealed.values())
            if size > MAX_EVENT_BYTES:
                raise TooLarge(f"{write.subject}: an event of {size} bytes, at most {MAX_EVENT_BYTES} fit")
    if not count:
        raise ValueError("an append without an event")
    if count > MAX_BATCH:
        raise TooLarge(f"{count} events in one append, at most {MAX_BATCH} fit")


def _position(db: sqlite3.Connection, event_id: str) -> Position | None:
    row = db.execute(
        "SELECT e.pos, e.version, s.name FROM event e JOIN subject s ON s.no = e.subject WHERE e.id=?",
        (schema.id_key(event_id),),
    ).fetchone()
    if row is None:
        return None
    pos, version, subject = row
    return Position(subject.split(".", 2)[1], pos & schema.SEQ_MASK, subject, version)


def _lock(path: Path) -> int:
    fd = os.open(path.with_name(path.name + ".lock"), os.O_CREAT | os.O_RDWR, 0o600)
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(fd)
        raise InUse(f"{path}: another process writes to it") from None
    return fd
