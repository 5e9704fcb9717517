"""The embedded engine: one SQLite file, one writer, no server. An acknowledgement means fsynced on this machine."""

from __future__ import annotations

import asyncio
import fcntl
import os
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

from meldkamer.record.batch import Batch
from meldkamer.record.disk import DiskGuard, DiskHealth
from meldkamer.record.feed import BoundedFeed
from meldkamer.record.port import (
    Appended,
    Entry,
    Fence,
    InUse,
    Lease,
    Position,
    RecordError,
    Write,
    fence_subject,
)
from meldkamer.record.signing import Signer
from meldkamer.record.sqlite_leases import all_leases, renew_lease
from meldkamer.record.sqlite_ledger import Ledger
from meldkamer.record.sqlite_writer import Act, Look, Writer
from meldkamer.record.store_file import id_key, naming, open_writer
from meldkamer.record.store_reader import Reader, checked

T = TypeVar("T")
_CHUNK = 512


class SqliteRecord:
    """Record and Leases over one file, created when there is none. A loop is needed only for its coroutines.

    signers: room -> key that signs the batches whose last event is of that room; without one they stay unsigned.
    read_only: beside a running writer, to verify or look; appends, `follow` and `renew` then raise RecordError.
    feed_limit: entries that a slow follower may be behind before it reads the store instead.
    exercise: write to the record of an exercise, and to no live one.
    Raises InUse, NotAStore, StoreTooNew, WrongWorld.
    """

    def __init__(
        self,
        path: Path,
        signers: Mapping[str, Signer] | None = None,
        disk: DiskGuard | None = None,
        *,
        read_only: bool = False,
        feed_limit: int = 4_096,
        exercise: bool = False,
    ) -> None:
        self.path = path
        self._feed_limit, self._feeds, self._closed = feed_limit, set[BoundedFeed](), False
        self._lock: int | None = None
        self._ledger: Ledger | None = None
        self._writer: Writer | None = None
        if read_only:
            self._disk = disk or DiskGuard(path.parent, reserve=0)
        else:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._lock = _lock(path)
            try:
                db = open_writer(path, exercise)
                with naming(path):
                    self._ledger = Ledger(db, signers or {})
            except BaseException:
                os.close(self._lock)
                raise
            self._disk = disk or DiskGuard(path.parent)
            self._writer = Writer(self._ledger, self._disk)
        self._reader = Reader(path)
        self._pool = ThreadPoolExecutor(4, thread_name_prefix="record-reader")

    async def append(self, region: str, writes: Sequence[Write], fences: Sequence[Fence] = ()) -> Appended:
        """See the port. Cancelling does not take it back: `resolve` tells whether it was stored."""
        future: asyncio.Future[Appended] = asyncio.get_running_loop().create_future()
        self._writing().submit(Batch(region, writes, fences, future))
        return await future

    async def resolve(self, region: str, event_id: str) -> Position | None:
        if self._writer is None:
            return await self._read(lambda: self._reader.position(event_id))
        ledger = self._ledger
        assert ledger is not None
        key = id_key(event_id)
        future: asyncio.Future[Position | None] = asyncio.get_running_loop().create_future()
        self._writing().submit(Look(lambda _: ledger.find([key]).get(key), future))
        return await future

    async def read(self, subject: str, after: int = 0, until: int | None = None) -> list[Entry]:
        return await self._read(lambda: self._reader.subject(subject, after, until))

    async def replay(self, region: str, after: int = 0, until: int | None = None) -> AsyncIterator[Entry]:
        """In short reads, so that a slow consumer keeps no old pages alive."""
        while True:
            start = after
            rows, damage = await self._read(lambda: self._reader.rows(region, start, until, _CHUNK))  # noqa: B023
            # Checked and decoded one by one as they are consumed: what is at hand is still in the processor's cache.
            for entry in checked(region, rows, after):
                yield entry
            if damage is not None:
                raise damage
            if len(rows) < _CHUNK:
                return
            after = start + len(rows)

    async def follow(self, after: Mapping[str, int]) -> AsyncIterator[Entry]:
        writer = self._writing()
        feed = BoundedFeed(after, self._feed_limit)
        writer.add_feed(feed)
        self._feeds.add(feed)
        try:
            async for entry in feed.entries(after, self.replay):
                yield entry
        except RecordError:
            if not self._closed:  # closing ends a follower, it does not fail it
                raise
        finally:
            writer.drop_feed(feed)
            self._feeds.discard(feed)

    async def tail(self, region: str) -> int:
        if self._ledger is not None:
            return self._ledger.tails.get(region, 0)
        return await self._read(lambda: self._reader.tail(region))

    async def version(self, subject: str) -> int:
        return await self._read(lambda: self._reader.version(subject))

    async def fence(self, region: str, function: str) -> Entry | None:
        subject = fence_subject(region, function)
        newest = await self.version(subject)
        found = await self.read(subject, newest - 1) if newest else []
        return found[-1] if found else None

    async def regions(self) -> list[str]:
        return await self._read(self._reader.regions)

    async def renew(self, room: str, holder: str, expected: int) -> Lease:
        future: asyncio.Future[Lease] = asyncio.get_running_loop().create_future()
        self._writing().submit(Act(renew_lease(room, holder, expected), future))
        return await future

    async def all(self) -> dict[str, Lease]:
        return await self._read(lambda: all_leases(self._reader))

    def make_room(self) -> bool:
        """Give up the reserve for what must be written beside the record. False when it is used already."""
        return self._disk.spend()

    def disk(self) -> DiskHealth:
        """How much room is left."""
        return self._disk.health()

    async def close(self) -> None:
        if self._closed:
            return
        self._closed = True
        if self._writer is not None:
            await asyncio.to_thread(self._writer.close)
        for feed in self._feeds:
            feed.end()
        await asyncio.to_thread(self._pool.shutdown)
        self._reader.close()
        if self._ledger is not None:  # last, as the last one to close moves the WAL into the file
            await asyncio.to_thread(self._ledger.db.close)
        if self._lock is not None:
            os.close(self._lock)

    def _writing(self) -> Writer:
        if self._closed:
            raise RecordError(f"{self.path}: closed")
        if self._writer is None:
            raise RecordError(f"{self.path}: opened for reading only")
        return self._writer

    async def _read(self, call: Callable[[], T]) -> T:
        if self._closed:
            raise RecordError(f"{self.path}: closed")
        return await asyncio.get_running_loop().run_in_executor(self._pool, call)


def _lock(path: Path) -> int:
    """Hold the right to write to a store. Raises InUse; the operating system releases it when the process ends."""
    fd = os.open(path.with_name(path.name + ".lock"), os.O_RDWR | os.O_CREAT, 0o644)
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        owner = os.read(fd, 32).decode(errors="replace").strip() or "unknown"
        os.close(fd)
        raise InUse(f"{path}: process {owner} writes to it; one writer per store, open it read-only instead") from None
    os.truncate(fd, 0)
    os.write(fd, str(os.getpid()).encode())
    return fd
