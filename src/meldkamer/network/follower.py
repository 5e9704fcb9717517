"""Keeps the picture up with the record: from a snapshot when there is one, then everything after it, for ever."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from typing import Protocol

import msgspec

from meldkamer.domain.basics import Event
from meldkamer.domain.clock import Clock
from meldkamer.network.picture import SNAPSHOT_VERSION, NotFolded, Picture, kind_and_ref
from meldkamer.network.reading import load
from meldkamer.record import Entry, Record, Sealer, Snapshots, Unreachable

SNAPSHOT_KEY = f"picture-{SNAPSHOT_VERSION}"
SNAPSHOT_EVERY_SECONDS = 300.0
PAUSE_SECONDS = 0.5
KEEP_MILLIS = 2 * 60 * 60 * 1000
"""How long what is over stays in the picture, in shown time."""

log = logging.getLogger(__name__)


class Island(Protocol):
    """What the follower asks of a record that can be cut off."""

    @property
    def alone(self) -> bool:
        """Whether it is."""
        ...

    @property
    def closed(self) -> bool:
        """Whether nothing comes any more."""
        ...


class Follower:
    """The one task that folds. Everything on the screens is behind the record by what `behind` says."""

    def __init__(
        self,
        record: Record,
        sealer: Sealer,
        picture: Picture,
        snapshots: Snapshots,
        clock: Clock,
        regions: Sequence[str],
        island: Island | None = None,
    ) -> None:
        """island: of a record that can be cut off from its network."""
        self._record, self._sealer, self._picture, self._snapshots = record, sealer, picture, snapshots
        self._clock, self._regions = clock, tuple(regions)
        self._island = island
        self.passed: dict[str, str] = {}
        """Entries that could not be folded, by event id, with the reason."""
        self.anew: list[Callable[[], None]] = []
        """What reads the picture again when it was folded anew."""

    async def start(self) -> int:
        """Load the snapshot and replay what came after it. Returns the number of events replayed. Raises Damaged."""
        return await self._fold(self._picture)

    async def _fold(self, picture: Picture) -> int:
        """The whole of the record, from the snapshot on, into an empty picture. Returns the number of events."""
        kept = await self._snapshots.latest(SNAPSHOT_KEY)
        if kept is not None:
            try:
                picture.from_snapshot(*kept)
            except msgspec.MsgspecError as error:
                log.warning("snapshot not usable, replaying everything: %s", error)
        count = 0
        for region in self._regions:
            after = picture.positions.setdefault(region, 0)
            async for entry in self._record.replay(region, after):
                await self._apply(entry, picture)
                count += 1
        return count

    async def run(self) -> None:
        """Follow live. Raises Damaged when the record has a hole: a picture with holes is worse than none.

        When the record ends what it showed, since it has another history by now (see `IslandRecord.follow`), everything
        is folded anew beside the picture that stands, which changes at one moment.
        """
        anew = False
        while True:
            try:
                if anew:
                    await self._again()
                async for entry in self._record.follow(dict(self._picture.positions)):
                    await self._apply(entry, self._picture)
            except Unreachable as error:
                # Cut off, and something is not in this room's own copy. What was shown stays until it is.
                log.warning("the picture waits: %s", error)
                await self._clock.wait(PAUSE_SECONDS)
                continue
            if self._island is None or self._island.closed:
                return
            anew = True

    async def _again(self) -> None:
        began = self._clock.monotonic()
        fresh = Picture(self._decode)
        count = await self._fold(fresh)
        self._picture.become(fresh)
        for read in self.anew:
            read()
        log.warning("picture folded anew in %.2f s, %d events replayed", self._clock.monotonic() - began, count)

    def _decode(self, entry: Entry) -> Event:
        return self._sealer.decode(entry, frozenset()).event

    async def _apply(self, entry: Entry, picture: Picture) -> None:
        if picture.missing(entry):
            # Long over and forgotten, and now something happened to it after all.
            kind, ref = kind_and_ref(entry.subject)
            state, version = await load(self._record, self._sealer, entry.subject, until=entry.version - 1)
            if state is not None:
                picture.recall(kind, ref, state, entry.subject, version)
        try:
            picture.apply(entry)
        except NotFolded as error:
            # A newer program of another room wrote it: this one shows the rest, and says that it does not know all.
            picture.pass_over(entry)
            if entry.event.id not in self.passed:
                log.error("passed over: %s", error)
            self.passed[entry.event.id] = str(error)

    async def behind(self) -> int:
        """Events that are stored but not folded yet."""
        missing = 0
        for region in self._regions:
            missing += await self._record.tail(region) - self._picture.positions.get(region, 0)
        return missing

    async def save(self) -> None:
        """Keep a snapshot of what is folded now. It is a cache: without one the next start only takes longer, so a
        disk that has no room for it stops nothing. Nothing is kept of what this room has alone: it gets another place
        in the network's history. Nor of a picture that lacks what only a newer program understands: that one is to
        begin from before it."""
        if self.passed:
            return
        if self._island is not None and self._island.alone:
            return
        positions = dict(self._picture.positions)
        try:
            await self._snapshots.save(SNAPSHOT_KEY, positions, self._picture.to_snapshot())
        except OSError as error:
            log.warning("snapshot not kept: %s", error)

    async def keep_house(self) -> None:
        """Forget what is long over and keep a fresh snapshot, every five minutes."""
        while True:
            await self._clock.wait(SNAPSHOT_EVERY_SECONDS)
            self._picture.forget(self._clock.now() - KEEP_MILLIS)
            await self.save()
