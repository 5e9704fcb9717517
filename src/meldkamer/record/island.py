"""A record that goes on when its network is out of reach: SAFE with the network, LOCAL in a journal of its own without.

While cut off, what is known of the network stands still, and everything that is stored here stands on top of it. What
was on its way to the network at that moment is stored here too, under the same event ids, so that it counts once in the
end whatever became of it. Bringing the journal to the network is `network.relay`'s.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

from meldkamer.domain.clock import Clock
from meldkamer.record.island_journal import Journal, unfinished
from meldkamer.record.port import (
    Appended,
    Conflict,
    Durability,
    Entry,
    Fence,
    Fenced,
    Lease,
    Leases,
    Position,
    Record,
    RecordError,
    StoreFull,
    Write,
    fence_subject,
)

STILL_SECONDS = 1.5
"""So long people wait for what the others did to be learned, at most. When it takes longer, as a region elects a leader
just then, the room goes on alone on top of what it has learned by then, and has less to learn the next time."""
_QUEUE = 1_000
_BENEATH = 50
"""Hundredths of a second that what is stored here waits for what is beneath it."""

log = logging.getLogger(__name__)


class NetworkRecord(Record, Leases, Protocol):
    """A record over servers elsewhere, which can be told to let what is known here stand still. Everything below the
    first two answers without asking anybody."""

    @property
    def held(self) -> bool:
        """Whether it stands still, also because it was opened without its servers."""
        ...

    @property
    def links(self) -> int:
        """How often a line to a server came to stand."""
        ...

    def hold(self) -> None:
        """Let it stand still."""
        ...

    def let_go(self) -> None:
        """Take back a `hold` that led to nothing."""
        ...

    async def answers(self) -> bool:
        """Whether whoever knows where each region ends can be asked now."""
        ...

    async def go_on(self, seconds: float) -> None:
        """Take in and write again; done when all is known here. Raises RecordError, and stands still again."""
        ...

    def shown(self, region: str) -> int:
        """Up to where a region's followers have been shown."""
        ...

    def shown_version(self, subject: str) -> int:
        """A subject's version up to there."""
        ...

    def token(self, region: str, function: str) -> int:
        """The sequence of a function's newest fence record; 0 when there is none."""
        ...

    def known(self, region: str, event_id: str) -> Position | None:
        """Where an event stands, as far as is known here."""
        ...


class IslandRecord:
    """Record and Leases, and the way from one to the other side of a cut. Made by `open`, used in one loop."""

    def __init__(self, network: NetworkRecord, folder: Path, store: Callable[[Path], Record], clock: Clock) -> None:
        self._network, self._folder, self._store, self._clock = network, folder, store, clock
        self.journal: Journal | None = None
        """What is stored here while cut off; None while connected."""
        self._cut: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._open = asyncio.Event()
        self._open.set()
        self._turn = 0
        """How often the journal was given up: what was decided on it counts no more."""
        self._over: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        """Done when what followers were shown here counts no more."""
        self._base: dict[str, int] = {}
        self._closed = self._still = False

    @classmethod
    async def open(
        cls, network: NetworkRecord, folder: Path, store: Callable[[Path], Record], clock: Clock
    ) -> IslandRecord:
        """folder: for journals, of this process alone. store: see Journal. Begins alone when a journal is left from
        before, or when the network was opened without its servers. Raises InUse, NotAStore, StoreTooNew, Damaged."""
        record = cls(network, folder, store, clock)
        if (left := unfinished(folder)) is not None:
            await record._begin(left)
        elif network.held:
            await record.begin()
        return record

    # --- from one to the other --------------------------------------------------------------------------------------

    @property
    def alone(self) -> bool:
        """Whether what is stored goes to the journal."""
        return self.journal is not None

    async def begin(self) -> None:
        """Be alone from now on. What is on its way to the network is answered LOCAL. Raises RecordError when this disk
        gives no journal: then all goes on as before, and waits for the network."""
        if self.journal is None:
            await self._begin(self._folder / str(self._clock.now()))

    async def _begin(self, folder: Path) -> None:
        try:
            journal = Journal(folder, self._store, self._shown, self._network.shown_version)
        except OSError as error:
            raise StoreFull(f"{folder}: {error}") from error
        self._network.hold()
        try:
            await self._network.regions()  # each is begun, from what is here, before anybody asks where it stands
            await journal.rebase(self._network.known)
        except BaseException:
            self._network.let_go()
            await journal.close()
            raise
        self.journal = journal
        self._cut.set_result(None)

    def _shown(self, region: str) -> int:
        """Where the network's sequence stood when this began; a region that was not read yet begins at nothing."""
        if region not in self._base:
            self._base[region] = self._network.shown(region)
        return self._base[region]

    @contextlib.asynccontextmanager
    async def still(self) -> AsyncIterator[Journal]:
        """Nothing is stored meanwhile, neither here nor there: who wants to, waits, and decides anew afterwards.

        Within it the network goes on beneath the journal, to be brought there. When that fails, the room is alone on
        top of whatever it has learned of the network. Either way followers end, and who waits to store something waits
        until somebody has folded it all anew and follows again. Raises RecordError.
        """
        assert self.journal is not None
        self._open.clear()
        self._still = True
        try:
            await self.journal.quiet()
            kept = self.journal.size
            await self._network.go_on(STILL_SECONDS)
            yield self.journal
            await self.journal.quiet()
            if self.journal.size != kept:
                raise RecordError(f"{self.journal.folder}: something was kept while it was brought")
        except BaseException:
            self._network.hold()
            raise
        else:
            journal, self.journal = self.journal, None
            self._cut = asyncio.get_running_loop().create_future()
            try:
                journal.brought()
            except OSError as error:  # then the next start finds it, and that all of it is there
                log.warning("%s: cannot be marked as brought: %s", journal.folder, error)
            await journal.close()
        finally:
            self._base = {}
            if self.journal is not None:
                await self.journal.rebase(self._network.known)
            self._turn += 1
            self._still = False
            self._over.set_result(None)
            self._over = asyncio.get_running_loop().create_future()

    @property
    def closed(self) -> bool:
        """Whether nothing comes any more."""
        return self._closed

    @property
    def network(self) -> NetworkRecord:
        """The network itself, for who brings the journal there."""
        return self._network

    # --- the port ---------------------------------------------------------------------------------------------------

    async def append(self, region: str, writes: Sequence[Write], fences: Sequence[Fence] = ()) -> Appended:
        turn = self._turn
        await self._open.wait()
        if turn != self._turn:
            # Decided on what was true here alone; the network has a history of its own by now.
            raise Conflict(writes[0].subject, writes[0].expected or 0, await self._network.version(writes[0].subject))
        if self.journal is not None:
            return await self._keep(self.journal, region, writes, fences)
        way = asyncio.ensure_future(self._network.append(region, writes, fences))
        way.add_done_callback(_heard)
        await asyncio.wait((way, self._cut), return_when=asyncio.FIRST_COMPLETED)
        if way.done():
            return way.result()
        way.cancel()
        return await self.append(region, writes, fences)

    async def _keep(self, journal: Journal, region: str, writes: Sequence[Write], fences: Sequence[Fence]) -> Appended:
        first = writes[0].events[0].id
        if self._network.known(region, first) is not None:
            places = [self._network.known(region, event.id) for write in writes for event in write.events]
            return Appended(tuple(place for place in places if place), Durability.SAFE, duplicate=True)
        for fence in fences:
            if (token := self._network.token(region, fence.function)) != fence.token:
                raise Fenced(fence.function, fence.token, token)
        return await journal.keep(region, writes)

    async def resolve(self, region: str, event_id: str) -> Position | None:
        if self.journal is None:
            return await self._network.resolve(region, event_id)
        return self._network.known(region, event_id) or await self.journal.find(event_id)

    async def read(self, subject: str, after: int = 0, until: int | None = None) -> list[Entry]:
        journal = self.journal
        if journal is None:
            return await self._network.read(subject, after, until)
        shown = self._network.shown_version(subject)
        last = shown if until is None else min(until, shown)
        found = await self._network.read(subject, after, last) if after < last else []
        return found + await journal.read(subject, after, until)

    async def replay(self, region: str, after: int = 0, until: int | None = None) -> AsyncIterator[Entry]:
        journal = self.journal
        if journal is None:
            async for entry in self._network.replay(region, after, until):
                yield entry
            return
        shown = self._shown(region)
        last = shown if until is None else min(until, shown)
        if after < last:
            async for entry in self._network.replay(region, after, last):
                yield entry
        async for entry in journal.replay(region, max(after, shown), until):
            yield entry

    async def follow(self, after: Mapping[str, int]) -> AsyncIterator[Entry]:
        """See the port; and what is stored here while cut off. Ends also when this room is with the network again, as
        what it has shown meanwhile has another place in the network's history: fold anew."""
        if not self._still:  # one that was folded before this standstill comes too late to end it
            self._open.set()
        queue: asyncio.Queue[Entry] = asyncio.Queue(_QUEUE)
        at, over = dict(after), self._over
        tasks = [asyncio.create_task(self._theirs(at, queue)), asyncio.create_task(self._ours(at, queue))]
        getting: asyncio.Future[Entry] | None = None
        try:
            while not over.done():
                while not queue.empty() and not over.done():
                    yield queue.get_nowait()
                if getting is None:
                    getting = asyncio.ensure_future(queue.get())
                either: list[asyncio.Future[Any]] = [getting, over, *tasks]
                await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
                if getting.done():
                    entry, getting = getting.result(), None
                    yield entry
                elif any(task.done() for task in tasks):
                    for task in tasks:
                        if task.done():
                            task.result()
                    return
        finally:
            for task in (*tasks, *([getting] if getting is not None else ())):
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _theirs(self, at: dict[str, int], queue: asyncio.Queue[Entry]) -> None:
        """The network's entries; while cut off those that it had shown before."""
        async for entry in self._network.follow(dict(at)):
            if self.journal is None or entry.seq <= self._shown(entry.region):
                await queue.put(entry)
                at[entry.region] = entry.seq

    async def _ours(self, at: dict[str, int], queue: asyncio.Queue[Entry]) -> None:
        """What is stored here, once everything beneath it has been shown: that comes from memory, so what has not come
        after a while was kept from being shown."""
        await asyncio.shield(self._cut)
        journal = self.journal
        for _ in range(_BENEATH):
            if journal is None or all(at[region] >= self._shown(region) for region in at):
                break
            await asyncio.sleep(0.01)
        if journal is not None:
            async for entry in journal.follow({region: max(seq, self._shown(region)) for region, seq in at.items()}):
                await queue.put(entry)
        await asyncio.Event().wait()  # the reader has enough when this is over

    async def tail(self, region: str) -> int:
        return await self._network.tail(region) if self.journal is None else self.journal.tail(region)

    async def shared_tail(self, region: str) -> int:
        """Up to where everybody in the network has the same; what a room has alone comes after it."""
        return await self._network.tail(region) if self.journal is None else self._shown(region)

    async def version(self, subject: str) -> int:
        return await self._network.version(subject) if self.journal is None else self.journal.version(subject)

    async def fence(self, region: str, function: str) -> Entry | None:
        subject = fence_subject(region, function)
        newest = await self.version(subject)
        found = await self.read(subject, newest - 1) if newest else []
        return found[-1] if found else None

    async def regions(self) -> list[str]:
        found = await self._network.regions()
        return found if self.journal is None else sorted({*found, *await self.journal.regions()})

    async def renew(self, room: str, holder: str, expected: int) -> Lease:
        return await self._network.renew(room, holder, expected)

    async def all(self) -> dict[str, Lease]:
        return await self._network.all()

    async def close(self) -> None:
        """Finish what was accepted, then stop. The journal stays for the next start."""
        self._closed = True
        self._open.set()
        if not self._over.done():
            self._over.set_result(None)
        if self.journal is not None:
            await self.journal.close()
        await self._network.close()


def _heard(way: asyncio.Future[Appended]) -> None:
    """An answer that nobody waits for any more is no fault."""
    if not way.cancelled():
        way.exception()
