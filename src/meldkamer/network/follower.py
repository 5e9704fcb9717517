"""Keeps the picture up with the record: from a snapshot when there is one, then everything after it, for ever."""

from __future__ import annotations

import logging
from collections.abc import Sequence

import msgspec

from meldkamer.domain.clock import Clock
from meldkamer.network.picture import SNAPSHOT_VERSION, Picture, kind_and_ref
from meldkamer.network.reading import load
from meldkamer.record import Entry, Record, Sealer, Snapshots

SNAPSHOT_KEY = f"picture-{SNAPSHOT_VERSION}"
SNAPSHOT_EVERY_SECONDS = 300.0
KEEP_MILLIS = 2 * 60 * 60 * 1000
"""How long what is over stays in the picture, in shown time."""

log = logging.getLogger(__name__)


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
    ) -> None:
        self._record, self._sealer, self._picture, self._snapshots = record, sealer, picture, snapshots
        self._clock, self._regions = clock, tuple(regions)

    async def start(self) -> int:
        """Load the snapshot and replay what came after it. Returns the number of events replayed. Raises Damaged."""
        kept = await self._snapshots.latest(SNAPSHOT_KEY)
        if kept is not None:
            try:
                self._picture.from_snapshot(*kept)
            except msgspec.MsgspecError as error:
                log.warning("snapshot not usable, replaying everything: %s", error)
        count = 0
        for region in self._regions:
            after = self._picture.positions.setdefault(region, 0)
            async for entry in self._record.replay(region, after):
                await self._apply(entry)
                count += 1
        return count

    async def run(self) -> None:
        """Follow live. Raises Damaged when the record has a hole: a picture with holes is worse than none."""
        async for entry in self._record.follow(dict(self._picture.positions)):
            await self._apply(entry)

    async def _apply(self, entry: Entry) -> None:
        if self._picture.missing(entry):
            # Long over and forgotten, and now something happened to it after all.
            kind, ref = kind_and_ref(entry.subject)
            state, version = await load(self._record, self._sealer, entry.subject, until=entry.version - 1)
            self._picture.recall(kind, ref, state, entry.subject, version)
        self._picture.apply(entry)

    async def behind(self) -> int:
        """Events that are stored but not folded yet."""
        missing = 0
        for region in self._regions:
            missing += await self._record.tail(region) - self._picture.positions.get(region, 0)
        return missing

    async def save(self) -> None:
        """Keep a snapshot of what is folded now. It is a cache: without one the next start only takes longer, so a
        disk that has no room for it stops nothing."""
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
