"""One region's stream as this process sees it: read for ever, folded into the index, handed to followers."""

from __future__ import annotations

import asyncio
import logging
import sqlite3
from collections import deque
from collections.abc import AsyncGenerator, Callable, Coroutine, Mapping, Sequence
from contextlib import aclosing
from pathlib import Path

from meldkamer.record import canonical, jetstream_reader, jetstream_streams
from meldkamer.record.feed import BoundedFeed
from meldkamer.record.jetstream_access import RequestFailed, Unreachable
from meldkamer.record.jetstream_client import JetStreamClient
from meldkamer.record.jetstream_connection import stopped
from meldkamer.record.jetstream_index import Index
from meldkamer.record.jetstream_ledger import Group
from meldkamer.record.jetstream_message import NotAnEntry, entry, nats_subject
from meldkamer.record.jetstream_outcome import Message, Stored
from meldkamer.record.jetstream_reader import Hole, Raw
from meldkamer.record.jetstream_trust import Gate, Refused
from meldkamer.record.jetstream_writer import Writer
from meldkamer.record.port import Damaged, Entry, RecordError, mirror_of
from meldkamer.record.signing import Signer, Verifier

LAG_SECONDS, CATCH_UP_SECONDS, PUT_BACK_SECONDS, RETRY_SECONDS = 0.25, 1.0, 30.0, 10.0
_APPEAR_SECONDS = 1.0
RECENT = 2_000
"""Entries kept in memory: a room's own copy may lag behind what the room has seen when it is cut off."""

log = logging.getLogger(__name__)


class Region:
    """Of one name; its stream need not exist yet. `ready` starts it."""

    index: Index
    writer: Writer

    def __init__(
        self,
        name: str,
        client: JetStreamClient,
        cache: Path,
        signers: Mapping[str, Signer],
        verifier: Verifier | None,
        replicas: int,
        seconds: float,
        admit: Callable[[], RecordError | None],
        flowing: asyncio.Event,
        mirror: JetStreamClient | None = None,
    ) -> None:
        """verifier: see Gate. seconds, admit, flowing: see Writer. mirror: a room server with a copy of the stream, to
        read from while nothing flows. Raises ValueError for a name that no stream can have."""
        self._flowing, self._mirror = flowing, mirror
        self._recent: deque[Entry] = deque(maxlen=RECENT)
        self._confirmed = True
        self.name, self._stream = name, jetstream_streams.stream_of(name)
        self._client, self._signers, self._seconds, self._admit = client, signers, seconds, admit
        self._path, self._replicas = cache / f"index-{name}.sqlite", replicas
        self._gate = Gate(name, verifier)
        self.started = False
        self._starting = asyncio.Lock()
        self._moved = asyncio.Event()
        self._feeds: set[BoundedFeed] = set()
        self._tasks: list[asyncio.Task[None]] = []
        self._flushing: asyncio.Task[None] | None = None
        self._flush_after = 0.0

    # --- starting and stopping --------------------------------------------------------------------------------------

    async def ready(self, create: bool) -> bool:
        """Start, catching up to where the stream ends. False when there is no stream and none is to be created.

        Raises Damaged for a stream that has lost what was seen of it, WrongStream, Unreachable, RequestFailed.
        """
        async with self._starting:
            if self.started:
                return True
            if not self._flowing.is_set():
                await self._start_alone()
                return True
            settings = jetstream_streams.region_stream(self.name, self._replicas)
            found = await jetstream_streams.info(self._client, self._stream)
            if found is None:
                if not create:
                    return False
                found = await jetstream_streams.make(self._client, settings)
            jetstream_streams.check(found, settings)
            try:
                self.index = Index(self.name, self._path, str(found["created"]))
            except (sqlite3.Error, OSError) as error:
                raise RecordError(f"{self._path}: {error}") from error
            try:
                await self._begin(int(found["state"]["last_seq"]))
            except BaseException:
                self.index.close()
                raise
            self._start()
        return True

    def _start(self) -> None:
        self.writer = Writer(self.name, self, self._client, self._signers, self._seconds, self._admit, self._flowing)
        self._spawn(self._read(), "reading")
        self._spawn(self.writer.run(), "writing")
        self.started = True
        for feed in self._feeds:
            feed.missed()

    async def _start_alone(self) -> None:
        """Without the core: from the cache, and what the room's own copy has beyond it. `confirm` comes later."""
        try:
            self.index = Index(self.name, self._path, None)
        except (sqlite3.Error, OSError) as error:
            raise RecordError(f"{self._path}: {error}") from error
        try:
            async with aclosing(self._copied(self.index.tail)) as blocks:
                async for raws in blocks:
                    self._gate.catch_up(self.index.fold(raws))
        except Hole as hole:
            log.error("region %s: the copy here ends before sequence %d: %s", self.name, hole.seq, hole)
        self._distrust(self._gate.caught_up())
        self._confirmed = False
        self._start()

    async def confirm(self) -> None:
        """Compare with the core what was begun without it. Raises Damaged when that is another stream; Unreachable."""
        if self._confirmed:
            return
        found = await jetstream_streams.info(self._client, self._stream)
        if found is None:
            raise Unreachable(f"region {self.name} has no stream on the servers yet")
        await self._compare(int(found["state"]["last_seq"]))
        self.index.belongs(str(found["created"]))
        self._confirmed = True

    async def _begin(self, last: int) -> None:
        """Compare with what was seen before, then fold up to `last`."""
        index = self.index
        await self._compare(last)
        while index.tail < last:
            try:
                async with self._following(index.tail) as blocks:
                    async for raws in blocks:
                        self._gate.catch_up(index.fold(raws))
                        if index.full:
                            await self._flush()
                        if index.tail >= last:
                            break
            except Hole as hole:
                index.lose(hole.seq, str(hole))
        self._distrust(self._gate.caught_up())

    async def _compare(self, last: int) -> None:
        """Whether this is the stream that was seen before. Raises Damaged, Unreachable."""
        index = self.index
        if index.tail > last:
            raise Damaged(self.name, last + 1, f"the stream ends before this, and went on to {index.tail} before")
        if index.mark:
            raw = await jetstream_reader.get(self._client, self._stream, index.tail)
            if raw is None or canonical.digest(raw.data) != index.mark:
                raise Damaged(self.name, index.tail, "the stream has something else here than it had before")

    async def close(self) -> None:
        """Answer what was accepted, then stop."""
        if self.started:
            await self.writer.finished()
        for task in self._tasks:
            await stopped(task)
        if not self.started:
            return
        if self._flushing is not None:
            await asyncio.wait({self._flushing})
        await self._flush()
        self.index.close()

    def _spawn(self, work: Coroutine[object, object, None], what: str) -> None:
        self._tasks.append(asyncio.create_task(work, name=f"{what} {self.name}"))

    # --- the stream's end -------------------------------------------------------------------------------------------

    async def _read(self) -> None:
        """Take in what is stored, for ever."""
        while True:
            try:
                async with self._following(self.index.tail) as blocks:
                    async for raws in blocks:
                        await self._flowing.wait()
                        self.take(raws)
            except Hole as hole:
                await self._flowing.wait()
                log.error("region %s sequence %d: %s", self.name, hole.seq, hole)
                if hole.seq == self.index.tail + 1:
                    self.index.lose(hole.seq, str(hole))
                    self._changed([], own=False)
                for feed in self._feeds:
                    feed.missed()
            except Exception:  # a mistake of ours, or a cache that cannot be read: said, and tried again
                log.exception("region %s: reading failed", self.name)
                await asyncio.sleep(CATCH_UP_SECONDS)

    def _following(self, after: int) -> aclosing[AsyncGenerator[list[Raw], None]]:
        return aclosing(jetstream_reader.follow(self._client, self._stream, after))

    def take(self, raws: Sequence[Raw]) -> None:
        """Fold what follows the index's end, and tell the followers."""
        index = self.index
        if not raws or raws[-1].seq <= index.tail or raws[0].seq > index.tail + 1:
            return
        self._changed(index.fold(raws), own=False)
        self._keep()

    def accept(self, group: Group) -> None:
        """Take a group that is stored into the index, and tell the followers, of what the reader has not met yet."""
        if entries := group.entries[self.index.tail - group.after :]:
            self.index.accept(entries, group.messages[-1].payload)
            self._changed(entries, own=True)
        self._keep()

    def _keep(self) -> None:
        now = asyncio.get_running_loop().time()
        if self.index.full and now > self._flush_after and (self._flushing is None or self._flushing.done()):
            self._flushing = asyncio.create_task(self._flush(), name=f"index of {self.name}")

    def _changed(self, entries: Sequence[Entry], own: bool) -> None:
        self._moved.set()
        self._moved = asyncio.Event()
        shown, refused = self._gate.admit(entries, own)
        self._recent += shown
        self._distrust(refused)
        for feed in self._feeds:
            feed.offer(shown)

    def _distrust(self, refused: Refused) -> None:
        if refused:
            self.index.distrust(refused)
            seq, why = refused[-1]
            log.error("region %s: %d entries are not shown, up to sequence %d: %s", self.name, len(refused), seq, why)

    async def _flush(self) -> None:
        try:
            await self.index.flush()
        except sqlite3.Error as error:  # it is only a cache: what is not in it is folded again after a restart
            log.warning("region %s: the index cannot be kept: %s", self.name, error)
            self._flush_after = asyncio.get_running_loop().time() + RETRY_SECONDS

    async def catch_up(self, seq: int) -> bool:
        """Wait a moment for the index to come to a sequence; whether it did. The replica that is read from may lag, as
        it was cut off itself: after a while whichever has it is asked."""
        if not await self._comes(seq, LAG_SECONDS):
            await self._fetch(seq)
        return await self._comes(seq, CATCH_UP_SECONDS)

    async def _comes(self, seq: int, seconds: float) -> bool:
        try:
            async with asyncio.timeout(seconds):
                while self.index.tail < seq:
                    await self._moved.wait()
        except TimeoutError:
            return False
        return True

    async def _fetch(self, last: int) -> None:
        """Take in what any replica has up to a sequence, as far as there is no hole in it."""
        after = self.index.tail
        try:
            async with asyncio.timeout(CATCH_UP_SECONDS):
                raws = await jetstream_reader.between(self._client, self._stream, after, last)
        except (Unreachable, RequestFailed, TimeoutError) as error:
            log.info("region %s: sequence %d is not to be had yet: %s", self.name, last, error)
            return
        whole = [raw for n, raw in enumerate(raws, after + 1) if raw.seq == n]
        if self._flowing.is_set():
            self.take(whole)

    # --- while nothing flows ----------------------------------------------------------------------------------------

    def remember(self, everything: bool) -> None:
        """Keep all that comes in memory, or only the newest: what is learned of the core before the room is with it
        again may be in no copy here when that fails."""
        self._recent = deque(self._recent, None if everything else RECENT)

    @property
    def shown(self) -> int:
        """Up to where followers have been shown, or can be."""
        return self.index.tail - self._gate.held

    async def settled(self) -> bool:
        """Whether all that the stream has is known here, and the fate of all that was accepted, within a moment.
        Raises Unreachable, RequestFailed."""
        return await self.catch_up(await self.last()) and self.writer.settled

    def version(self, subject: str) -> int:
        """A subject's version as followers have been shown it."""
        return self.index.head(subject).version - self._gate.held_of(subject)

    async def _copied(self, after: int) -> AsyncGenerator[list[Raw], None]:
        """What the room's own copy has after a sequence; nothing when it has none, or cannot be asked. Raises Hole."""
        if self._mirror is None:
            return
        name = mirror_of(self.name)
        try:
            found = await jetstream_streams.info(self._mirror, name)
            last = 0 if found is None else int(found["state"]["last_seq"])
            if after >= last:
                return
            async with aclosing(jetstream_reader.follow(self._mirror, name, after)) as blocks:
                async for raws in blocks:
                    yield raws
                    if raws[-1].seq >= last:
                        return
        except (Unreachable, RequestFailed) as error:
            log.warning("region %s: the copy here cannot be read: %s", self.name, error)

    async def _read_alone(self, subject: str, after: int, last: int) -> list[Entry]:
        """Entries of a subject from the room's own copy and from memory. Raises Unreachable for what is in neither."""
        found: dict[int, Entry] = {}
        if self._mirror is not None:
            name = mirror_of(self.name)
            try:
                info = await jetstream_streams.info(self._mirror, name)
                end = min(0 if info is None else int(info["state"]["last_seq"]), self.index.head(subject).seq)
                raws = await jetstream_reader.between(self._mirror, name, 0, end, nats_subject(subject))
                found = {one.version: one for one in map(self._entry, raws) if one.seq not in self.index.aside}
            except (Unreachable, RequestFailed) as error:
                log.warning("region %s: the copy here cannot be read: %s", self.name, error)
        found |= {one.version: one for one in self._recent if one.subject == subject}
        whole = []
        for version in range(after + 1, last + 1):
            if (one := found.get(version)) is None:
                raise Unreachable(f"version {version} of {subject} is not in this room's own copy")
            if one.seq not in self.index.distrusted:
                whole.append(one)
        return whole

    async def last(self) -> int:
        """Where the stream ends, according to its leader. Raises Unreachable, RequestFailed."""
        found = await jetstream_streams.info(self._client, self._stream)
        return 0 if found is None else int(found["state"]["last_seq"])

    # --- reading ----------------------------------------------------------------------------------------------------

    async def replay(self, after: int, until: int | None) -> AsyncGenerator[Entry, None]:
        """Entries after a sequence, up to where the index ends; what is no entry is passed over. Raises Damaged."""
        index, last = self.index, self.shown if until is None else min(until, self.shown)
        if after >= last:
            return
        if not self._flowing.is_set():
            async with aclosing(self._copied(after)) as blocks:
                async for some in blocks:
                    for raw in some:
                        if raw.seq <= last and raw.seq not in index.aside and raw.seq not in index.distrusted:
                            after = raw.seq
                            yield self._entry(raw)
            if (kept := self._remembered(after, last)) is None:
                raise Unreachable(f"region {self.name}: from sequence {after + 1} on it is not in this room's own copy")
            for one in kept:
                yield one
            return
        if (kept := self._remembered(after, last)) is not None:
            for one in kept:
                yield one
            return
        async with aclosing(self.raws(after, last)) as raws:
            async for raw in raws:
                if raw.seq not in index.aside and raw.seq not in index.distrusted:
                    yield self._entry(raw)

    def _remembered(self, after: int, last: int) -> list[Entry] | None:
        """What can be shown of these sequences, when all of it is still in memory."""
        kept = [one for one in self._recent if after < one.seq <= last]
        hidden = sum(after < seq <= last for seq in {*self.index.aside, *self.index.distrusted})
        return kept if len(kept) + hidden == last - after else None

    async def raws(self, after: int, last: int) -> AsyncGenerator[Raw, None]:
        """Messages after a sequence up to `last`, which must exist. Raises Damaged."""
        if after >= last:
            return
        try:
            async with self._following(after) as blocks:
                async for raws in blocks:
                    for raw in raws:
                        if raw.seq <= last:
                            yield raw
                    if raws[-1].seq >= last:
                        return
        except Hole as hole:
            raise Damaged(self.name, hole.seq, str(hole)) from None

    async def read(self, subject: str, after: int, until: int | None) -> list[Entry]:
        """Entries of a subject by version, chain checked. Raises Damaged, Unreachable."""
        head = self.index.head(subject)
        last = head.version if until is None else min(until, head.version)
        if after >= last:
            return []
        if not self._flowing.is_set():
            return await self._read_alone(subject, after, min(last, self.version(subject)))
        newest = await jetstream_reader.get(self._client, self._stream, head.seq)
        if newest is None:
            raise Damaged(self.name, head.seq, f"the newest entry of {subject} is lost", subject, head.version)
        if after == head.version - 1:
            raws = [newest]
        else:
            raws = await jetstream_reader.between(self._client, self._stream, 0, head.seq, nats_subject(subject))
        found: list[Entry] = []
        previous = canonical.FIRST if after == 0 else None
        for raw in raws:
            if raw.seq in self.index.aside:
                continue
            one = self._entry(raw, subject, after + 1)
            if one.version <= after:
                continue
            if one.version != after + 1:
                break
            if previous is not None and one.previous != previous:
                raise Damaged(self.name, raw.seq, "the hash chain of its subject is broken here", subject, after + 1)
            if raw.seq not in self.index.distrusted:
                found.append(one)
            previous, after = one.hash, one.version
            if after == last:
                return found
        raise Damaged(self.name, 0, f"version {after + 1} of {subject} is missing", subject, after + 1)

    def _entry(self, raw: Raw, subject: str = "", version: int = 0) -> Entry:
        try:
            return entry(self.name, raw.seq, raw.subject, raw.data)
        except NotAnEntry as error:
            raise Damaged(self.name, raw.seq, str(error), subject, version) from None

    async def put_back(self, after: int, messages: Sequence[Message]) -> None:
        """Store finished messages where the stream ends. Raises RecordError, Unreachable."""
        outcome = await self._client.store(messages, after, PUT_BACK_SECONDS)
        if not isinstance(outcome, Stored):
            raise RecordError(f"region {self.name}: nothing was put back after sequence {after}: {outcome}")
        if not await self.catch_up(outcome.seq):
            raise Unreachable(f"region {self.name}: put back up to {outcome.seq}, and not read again")

    # --- following --------------------------------------------------------------------------------------------------

    def add_feed(self, feed: BoundedFeed) -> None:
        """Hand over what comes from now on; called before the feed reads the stream."""
        self._feeds.add(feed)
        if not self.started and not self._tasks:
            self._spawn(self._appear(), "waiting for")

    def drop_feed(self, feed: BoundedFeed) -> None:
        self._feeds.discard(feed)

    async def _appear(self) -> None:
        """Wait until somebody makes the stream."""
        while not self.started:
            try:
                if await self.ready(create=False):
                    return
            except RecordError as error:
                log.warning("region %s: %s", self.name, error)
            await asyncio.sleep(_APPEAR_SECONDS)
