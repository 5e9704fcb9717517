"""The one place where rooms are put together from their configuration: engines, files, workers and doors.

A process hosts one room (`meldkamer room FILE.toml`) or several over one record (`meldkamer run`: ten and the national
sites). Each room is an owner of its own, with its own heart-beat, its own view of the others and its own handler.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Coroutine
from pathlib import Path
from typing import Any

from meldkamer.domain.clock import Clock, Ids
from meldkamer.domain.registry import EVENT_TYPES
from meldkamer.domain.unit import Meaning
from meldkamer.network import Follower, Handler, LeaseKeeper, LeaseWatch, Ownership, Picture
from meldkamer.pack import Pack, load_pack
from meldkamer.record import Sealer
from meldkamer.record.keys import SqliteKeys
from meldkamer.record.signing import open_signers
from meldkamer.record.snapshots import FileSnapshots
from meldkamer.record.sqlite import SqliteRecord
from meldkamer.settings import Settings

log = logging.getLogger(__name__)


class Room:
    """One room in this process."""

    def __init__(self, code: str, handler: Handler, keeper: LeaseKeeper, watch: LeaseWatch, ownership: Ownership) -> None:
        self.code = code
        self.handler = handler
        self.keeper = keeper
        self.watch = watch
        self.ownership = ownership


class House:
    """Everything that runs in this process: what the rooms share, and the rooms."""

    def __init__(self, settings: Settings, pack: Pack, clock: Clock, ids: Ids) -> None:
        self.settings, self.pack, self.clock, self.ids = settings, pack, clock, ids
        folder = settings.folder
        folder.mkdir(parents=True, exist_ok=True)
        unknown = [code for code in settings.rooms if code not in pack.room]
        if unknown:
            raise ValueError(f"rooms unknown to the pack: {', '.join(unknown)}")
        signers, self.verifier = open_signers(folder / "signing", settings.rooms)
        self.keys = SqliteKeys(folder)
        self.record = SqliteRecord(folder / "record.sqlite", signers)
        self.sealer = Sealer(EVENT_TYPES, self.keys)
        self.picture = Picture(lambda entry: self.sealer.decode(entry, frozenset()).event)
        self.follower = Follower(
            self.record,
            self.sealer,
            self.picture,
            FileSnapshots(folder / "snapshots"),
            clock,
            [region.code for region in pack.regions],
        )
        self._meanings = {(s.discipline, s.code): s.meaning for s in pack.statuses}
        self.rooms = {code: self._room(code) for code in settings.rooms}
        self._tasks: set[asyncio.Task[None]] = set()
        self.failed: asyncio.Future[None] | None = None

    def _room(self, code: str) -> Room:
        watch = LeaseWatch(self.record, self.clock)
        handler = Handler(
            code, self.record, self.picture, self.sealer, self.clock, self.meaning, lapsed=watch.lapsed
        )
        keeper = LeaseKeeper(code, self.ids.new(), self.record, self.clock)
        home = [f.code for f in self.pack.home_functions(code)]
        buddies = {room.code: self.pack.buddies_of(room.code) for room in self.pack.rooms}
        ownership = Ownership(handler, self.picture, watch, home, buddies, self.clock, self.ids)
        return Room(code, handler, keeper, watch, ownership)

    def meaning(self, discipline: str, code: str) -> Meaning:
        """What a status code means in this country; UNKNOWN for a code that the pack does not have."""
        return self._meanings.get((discipline, code), Meaning.UNKNOWN)

    async def start(self) -> None:
        """Catch up with the record, take what is ours, and begin to work. Raises Damaged for a record with a hole."""
        self.failed = asyncio.get_running_loop().create_future()
        replayed = await self.follower.start()
        log.info("picture complete, %d events replayed", replayed)
        self.spawn(self.follower.run(), "follower")
        self.spawn(self.follower.keep_house(), "housekeeping")
        for room in self.rooms.values():
            if not await room.keeper.beat():
                await room.keeper.beat()
        for room in self.rooms.values():
            await room.watch.look()
            await room.ownership.start()
        for room in self.rooms.values():
            self.spawn(room.keeper.run(), f"heart-beat {room.code}")
            self.spawn(room.ownership.run(), f"ownership {room.code}")

    def spawn(self, work: Coroutine[Any, Any, None], name: str) -> None:
        """Run a worker for as long as the house stands. One that fails brings the process down, loudly: a room that
        quietly does half its work is worse than one whose functions another room takes over."""
        task = asyncio.create_task(work, name=name)
        self._tasks.add(task)
        task.add_done_callback(self._done)

    def _done(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if task.cancelled():
            return
        error = task.exception()
        if error is not None:
            log.error("%s failed", task.get_name(), exc_info=error)
            if self.failed is not None and not self.failed.done():
                self.failed.set_exception(error)

    async def close(self) -> None:
        """Stop working, keep a snapshot, and close every file."""
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        if self.failed is not None and not self.failed.done():
            self.failed.cancel()
            await self.follower.save()
        await self.record.close()
        await self.keys.close()


@contextlib.asynccontextmanager
async def open_house(settings: Settings, clock: Clock, ids: Ids) -> AsyncIterator[House]:
    """A house that is started, and closed at the end."""
    house = House(settings, load_pack(Path(settings.pack) if settings.pack else None), clock, ids)
    try:
        await house.start()
        yield house
    finally:
        await house.close()
