"""The network's engine: streams of NATS JetStream, replicated over the core's servers.

An acknowledgement means stored and fsynced by a majority of the core. Reading, deciding and following work on what this
process has folded from the streams; storing is compare-and-set on the whole stream of a region, so what was decided on
less than all of it is never stored.
"""

from __future__ import annotations

import asyncio
import fcntl
import logging
import os
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import aclosing
from pathlib import Path

from meldkamer.record.batch import Batch
from meldkamer.record.feed import BoundedFeed
from meldkamer.record.jetstream_access import Access, RequestFailed, Unreachable
from meldkamer.record.jetstream_client import JetStreamClient
from meldkamer.record.jetstream_connection import stopped
from meldkamer.record.jetstream_leases import LeaseStore
from meldkamer.record.jetstream_outcome import Message
from meldkamer.record.jetstream_reader import Raw
from meldkamer.record.jetstream_region import Region
from meldkamer.record.jetstream_safety import Audit, holders
from meldkamer.record.jetstream_streams import LEASES, check, info, lease_stream, make, stream_of
from meldkamer.record.port import (
    Appended,
    Entry,
    Fence,
    InUse,
    Lease,
    Position,
    RecordError,
    TooLarge,
    Unknown,
    Unsafe,
    Write,
    fence_subject,
)
from meldkamer.record.signing import Signer, Verifier
from meldkamer.record.store_file import id_key

MAX_APPEND_BYTES = 32 << 20
"""A stream's queue of what comes in holds 128 MB on the server."""
_PAUSE_SECONDS = 0.2
_SHORT_SECONDS = 0.02

log = logging.getLogger(__name__)


class JetStreamRecord:
    """Record and Leases over the core's servers. Made by `open`, used in the loop that it was opened in."""

    def __init__(
        self,
        client: JetStreamClient,
        auditor: JetStreamClient,
        region: Callable[[str, Callable[[], RecordError | None]], Region],
        *,
        flowing: asyncio.Event,
        mirror: JetStreamClient | None,
        lock: int,
        known: Sequence[str],
        create: bool,
        feed_limit: int,
        domain: str,
    ) -> None:
        self._client, self._auditor, self._make, self._lock = client, auditor, region, lock
        self._flowing, self._mirror = flowing, mirror
        self._known, self._create, self._feed_limit = known, create, feed_limit
        self._regions: dict[str, Region] = {}
        self._feeds: set[BoundedFeed] = set()
        self._leases = LeaseStore(client)
        self._closed = False
        self._accepted: set[asyncio.Future[Appended]] = set()
        self._audit = Audit(client, auditor, domain)
        self._task: asyncio.Task[None] | None = None

    @classmethod
    async def open(
        cls,
        core: Access,
        audit: Access,
        cache: Path,
        signers: Mapping[str, Signer] | None = None,
        verifier: Verifier | None = None,
        *,
        local: Access | None = None,
        regions: Sequence[str] = (),
        replicas: int = 5,
        domain: str = "",
        create: bool = False,
        name: str = "meldkamer",
        seconds: float = 10.0,
        patience: float = 10.0,
        feed_limit: int = 4_096,
    ) -> JetStreamRecord:
        """Connect, check the servers, and be ready to write; a region is read when it is first needed.

        core: the core's servers and this room's user, who may publish to `ev.>`, `fence.>`, `lease.*` and the read-only
        part of `$JS.API.>`. audit: the same servers and a user of the system account, who may publish to
        `$SYS.REQ.SERVER.PING.JSZ` only; it tells whether every server fsyncs before it acknowledges.
        cache: folder of this process alone, for what is folded from the streams; it may be deleted at any time.
        signers: room -> key that signs the batches whose last event is of that room; without one they stay unsigned.
        verifier: the rooms' public keys; batches of other rooms that they do not fit are shown to nobody here. Without
        it signatures are not looked at.
        local: this room's own server with copies of the streams. With it a record opens also when the core is out of
        reach: it is then held (see `hold`), until somebody lets it go on.
        regions: those of the country, which `regions` looks at beside those that were used here.
        replicas: of streams that are made here. create: whether to make streams that are missing, which in the network
        only operators may. domain: the core's JetStream domain, when `core` names servers of another one.
        name: how this connection shows on the servers. seconds: how long an append is tried before it answers Unknown.
        patience: seconds that this waits for servers that do not answer, or have no leader yet.
        feed_limit: entries that a slow follower may be behind before it reads the stream instead.

        Raises Unreachable, Unsafe (a server that may lose what it acknowledges), WrongStream, InUse, NKeyError.
        """
        client = JetStreamClient(core, name, domain)
        auditor = JetStreamClient(audit, f"{name} audit")
        mirror = JetStreamClient(local, f"{name} copy") if local is not None else None
        lock = _lock(cache)
        before = any(cache.glob("index-*.sqlite"))  # noqa: ASYNC240 - a look into a small folder
        keys = signers or {}
        flowing = asyncio.Event()
        flowing.set()

        def region(code: str, admit: Callable[[], RecordError | None]) -> Region:
            return Region(code, client, cache, keys, verifier, replicas, seconds, admit, flowing, mirror)

        record = cls(
            client,
            auditor,
            region,
            flowing=flowing,
            mirror=mirror,
            lock=lock,
            known=regions,
            create=create,
            feed_limit=feed_limit,
            domain=domain,
        )
        try:
            for line in (client, auditor, *([mirror] if mirror is not None else ())):
                line.begin()
            await record._reach(replicas, patience, alone=mirror is not None and before)
            record._leases.listen()
        except BaseException:
            await record.close()
            raise
        return record

    async def _reach(self, replicas: int, patience: float, alone: bool) -> None:
        """alone: whether the core may be out of reach, as there is something here from before."""
        try:
            await self._client.ready(patience)
            await self._auditor.ready(patience)
            await self._begin_patiently(replicas, patience)
        except (Unreachable, RequestFailed) as error:
            if not alone:
                raise
            log.error("the core is out of reach, going on with what is here: %s", error)
            self._flowing.clear()
            self._audit.unsafe = Unsafe("the servers have not been asked yet how they are set")
            self._task = asyncio.create_task(self._audit.run(), name="audit of the servers")

    async def _begin_patiently(self, replicas: int, patience: float) -> None:
        """A core that has just started elects a leader first."""
        end = asyncio.get_running_loop().time() + patience
        while True:
            try:
                return await self._begin(replicas)
            except (Unreachable, RequestFailed):
                if asyncio.get_running_loop().time() > end:
                    raise
            await asyncio.sleep(_PAUSE_SECONDS)

    async def _begin(self, replicas: int) -> None:
        settings = lease_stream(replicas)
        found = await info(self._client, LEASES)
        if found is None:
            if not self._create:
                raise RecordError(f"no stream {LEASES}: `network init` makes the streams")
            found = await make(self._client, settings)
        check(found, settings)
        await self._audit.check(holders(found))
        self._task = asyncio.create_task(self._audit.run(), name="audit of the servers")

    # --- the port ---------------------------------------------------------------------------------------------------

    async def append(self, region: str, writes: Sequence[Write], fences: Sequence[Fence] = ()) -> Appended:
        """See the port. Cancelling does not take it back: `resolve` tells whether it was stored.

        An append of more than 32 MB is TooLarge. Raises also Unsafe; Damaged for a subject whose newest entry cannot
        be read here.
        """
        future: asyncio.Future[Appended] = asyncio.get_running_loop().create_future()
        for write in writes:
            if not write.subject.startswith(("ev.", "fence.")):
                raise ValueError(f"{write.subject}: neither an aggregate's subject nor a function's")
        batch = Batch(region, writes, fences, future)
        if (size := sum(len(raw) for _, _, raws in batch.writes for raw in raws)) > MAX_APPEND_BYTES:
            raise TooLarge(f"an append of {size} bytes, {MAX_APPEND_BYTES} fit")
        place = self._region(region)
        self._accepted.add(future)
        try:
            if not await self._ready(place, [event.id for event in batch.events], self._create):
                raise RecordError(f"region {region} has no stream on the servers")
            place.writer.submit(batch)
            return await future
        finally:
            self._accepted.discard(future)
            future.cancel()  # of no effect on one that was answered

    async def resolve(self, region: str, event_id: str) -> Position | None:
        """See the port. Raises Unknown while the fate of an append from here is open and the core does not answer."""
        place = self._region(region)
        return await place.writer.resolve(event_id) if await self._ready(place, [event_id], False) else None

    async def read(self, subject: str, after: int = 0, until: int | None = None) -> list[Entry]:
        place = await self._of(subject)
        return [] if place is None else await place.read(subject, after, until)

    async def replay(self, region: str, after: int = 0, until: int | None = None) -> AsyncIterator[Entry]:
        place = self._region(region)
        if await place.ready(False):
            async with aclosing(place.replay(after, until)) as entries:
                async for entry in entries:
                    yield entry

    async def follow(self, after: Mapping[str, int]) -> AsyncIterator[Entry]:
        feed = BoundedFeed(after, self._feed_limit)
        self._open()
        self._feeds.add(feed)
        places = [self._region(name) for name in after]
        for place in places:
            place.add_feed(feed)
        try:
            async for entry in feed.entries(after, self._stored):
                yield entry
        except RecordError:
            if not self._closed:  # closing ends a follower, it does not fail it
                raise
        finally:
            self._feeds.discard(feed)
            for place in places:
                place.drop_feed(feed)

    async def tail(self, region: str) -> int:
        """The newest sequence that this process has seen; others may be storing the next one."""
        place = self._region(region)
        return place.index.tail if await place.ready(False) else 0

    async def version(self, subject: str) -> int:
        """The newest version that this process has seen."""
        place = await self._of(subject)
        return 0 if place is None else place.index.head(subject).version

    async def fence(self, region: str, function: str) -> Entry | None:
        subject = fence_subject(region, function)
        newest = await self.version(subject)
        return (await self.read(subject, newest - 1))[-1] if newest else None

    async def regions(self) -> list[str]:
        names = sorted({*self._known, *self._regions})
        tails = await asyncio.gather(*(self.tail(name) for name in names))
        return [name for name, tail in zip(names, tails, strict=True) if tail]

    async def renew(self, room: str, holder: str, expected: int) -> Lease:
        self._open()
        if self._audit.unsafe is not None:
            raise self._audit.unsafe
        return await self._leases.renew(room, holder, expected)

    async def all(self) -> dict[str, Lease]:
        self._open()
        return await self._leases.all()

    # --- beyond the port --------------------------------------------------------------------------------------------

    def set_aside(self) -> dict[str, dict[int, str]]:
        """Messages that are no entries or are lost, as far as regions are read here: region -> sequence -> why."""
        return {name: dict(place.index.aside) for name, place in self._regions.items() if place.started}

    def distrusted(self) -> dict[str, dict[int, str]]:
        """Entries that are shown to nobody, for their signature: region -> sequence -> why."""
        return {name: dict(place.index.distrusted) for name, place in self._regions.items() if place.started}

    async def messages(self, region: str, after: int, until: int) -> AsyncIterator[Raw]:
        """What stands in a region's stream, as it stands there. Raises Damaged."""
        place = self._region(region)
        if await place.ready(False):
            async with aclosing(place.raws(after, until)) as raws:
                async for raw in raws:
                    yield raw

    async def put_back(self, region: str, after: int, messages: Sequence[Message]) -> None:
        """Store entries that are finished already, 1,000 at most, at the sequence after `after`.

        Raises RecordError when the stream does not end there, or when the core does not take them.
        """
        place = self._region(region)
        if not await place.ready(self._create):
            raise RecordError(f"region {region} has no stream on the servers")
        if self._audit.unsafe is not None:
            raise self._audit.unsafe
        await place.put_back(after, messages)

    # --- cut off ----------------------------------------------------------------------------------------------------

    @property
    def held(self) -> bool:
        """Whether nothing is written or taken in now, so that what is known here stands still."""
        return not self._flowing.is_set()

    @property
    def links(self) -> int:
        """How often a line to a server of the core came to stand."""
        return self._client.stood

    def hold(self) -> None:
        """Let what is known here stand still: the room goes on by itself on top of it. What was accepted may still be
        stored by the core; that shows after `go_on`."""
        self._flowing.clear()

    def let_go(self) -> None:
        """Take back a `hold` that led to nothing."""
        self._flowing.set()

    async def answers(self) -> bool:
        """Whether every region that is read here has a leader that says where it ends."""
        try:
            await asyncio.gather(*(place.last() for place in self._started()))
        except (Unreachable, RequestFailed):
            return False
        return True

    async def go_on(self, seconds: float) -> None:
        """Take in and write again. Returns when everything that the core has is known here, and of everything that was
        accepted whether it is stored. Raises Unreachable when that is not so in time, and is held again; Damaged."""
        waiting: list[Region] = []
        try:
            async with asyncio.timeout(seconds):
                for place in self._started():
                    place.remember(everything=True)
                    await place.confirm()
                self._flowing.set()
                waiting = self._started()
                while waiting:
                    settled = await asyncio.gather(*(place.settled() for place in waiting))
                    waiting = [place for place, so in zip(waiting, settled, strict=True) if not so]
                    if waiting:
                        await asyncio.sleep(_SHORT_SECONDS)
            for place in self._started():
                place.remember(everything=False)
        except TimeoutError:
            self._flowing.clear()
            names = ", ".join(place.name for place in waiting)
            raise Unreachable(f"not everything is known yet of the regions {names}") from None
        except RequestFailed as error:
            self._flowing.clear()
            raise Unreachable(str(error)) from None
        except RecordError:
            self._flowing.clear()
            raise

    def _started(self) -> list[Region]:
        return [place for place in self._regions.values() if place.started]

    def shown(self, region: str) -> int:
        """Up to where a region's followers have been shown, or can be, without asking anybody."""
        place = self._regions.get(region)
        return place.shown if place is not None and place.started else 0

    def shown_version(self, subject: str) -> int:
        """A subject's version up to there."""
        place = self._regions.get(subject.split(".", 2)[1])
        return place.version(subject) if place is not None and place.started else 0

    def token(self, region: str, function: str) -> int:
        """The sequence of a function's newest fence record that is known here; 0 when there is none."""
        place = self._regions.get(region)
        return place.index.head(fence_subject(region, function)).seq if place is not None and place.started else 0

    def known(self, region: str, event_id: str) -> Position | None:
        """Where an event stands, as far as is known here without asking anybody."""
        place = self._regions.get(region)
        return place.index.find(id_key(event_id)) if place is not None and place.started else None

    async def leader(self, region: str) -> str:
        """The name of the server that leads a region's stream; '' while there is none. Raises Unreachable."""
        found = await info(self._client, stream_of(region))
        return str(((found or {}).get("cluster") or {}).get("leader", ""))

    @property
    def connected(self) -> bool:
        """Whether a server of the core answers; a majority is proven only by a renewal."""
        return self._client.connected

    async def close(self) -> None:
        if self._closed:
            return
        self._closed = True
        if self._task is not None:
            await stopped(self._task)
        await self._leases.close()
        while self._accepted:
            await asyncio.wait(list(self._accepted))
        await asyncio.gather(*(place.close() for place in self._regions.values()))
        for feed in self._feeds:
            feed.end()
        await self._client.close()
        await self._auditor.close()
        if self._mirror is not None:
            await self._mirror.close()
        os.close(self._lock)

    # --- inside -----------------------------------------------------------------------------------------------------

    def _open(self) -> None:
        if self._closed:
            raise RecordError("the record is closed")

    def _region(self, name: str) -> Region:
        self._open()
        if (place := self._regions.get(name)) is None:
            place = self._regions[name] = self._make(name, lambda: self._audit.unsafe)
        return place

    async def _ready(self, place: Region, event_ids: Sequence[str], create: bool) -> bool:
        """`Region.ready` for somebody who waits for an outcome. Raises Unknown when the core does not answer."""
        try:
            return await place.ready(create)
        except (Unreachable, RequestFailed) as error:
            raise Unknown(event_ids, f"not sent: {error}") from None

    async def _of(self, subject: str) -> Region | None:
        """The region of a subject; None when it has no stream."""
        place = self._region(subject.split(".", 2)[1])
        return place if await place.ready(False) else None

    async def _stored(self, region: str, after: int) -> AsyncIterator[Entry]:
        """For a follower, who is told when there is something at last."""
        place = self._region(region)
        if place.started:
            async with aclosing(place.replay(after, None)) as entries:
                async for entry in entries:
                    yield entry


def _lock(cache: Path) -> int:
    """Hold the right to use a cache. Raises InUse; the operating system releases it when the process ends."""
    cache.mkdir(parents=True, exist_ok=True)
    fd = os.open(cache / "lock", os.O_RDWR | os.O_CREAT, 0o644)
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(fd)
        raise InUse(f"{cache}: another process uses it; each needs a folder of its own") from None
    return fd
