"""A record that counts what came of each append: how often stored, refused, unknown, and how long it took."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Protocol

from meldkamer.domain.clock import Clock
from meldkamer.record.port import (
    Appended,
    Conflict,
    Damaged,
    Entry,
    Fence,
    Fenced,
    Lease,
    Leases,
    Position,
    Record,
    RecordError,
    Reused,
    StoreFull,
    TooLarge,
    Unknown,
    Unsafe,
    Write,
)

OUTCOMES: Mapping[type[RecordError], str] = {
    Conflict: "conflict",
    Fenced: "fenced",
    Unknown: "unknown",
    StoreFull: "full",
    TooLarge: "too_large",
    Reused: "reused",
    Unsafe: "unsafe",
    Damaged: "damaged",
}
"""What an append is counted as when it is not stored; anything else is `failed`."""


class Store(Record, Leases, Protocol):
    """The record and the heart-beats, which stand in the same engine."""


class Counted:
    """Hands everything on to the engine. outcomes: appends by what came of them (`safe`, `local`, `duplicate`, …)."""

    def __init__(self, inner: Store, clock: Clock) -> None:
        self._inner, self._clock = inner, clock
        self.outcomes: Counter[str] = Counter(dict.fromkeys(("safe", "local", "duplicate", *OUTCOMES.values()), 0))
        self.events = 0
        """Events stored by this process."""
        self.seconds = 0.0
        """How long the appends that were stored took, all together."""
        self.slowest = 0.0
        """The slowest of them since `take_slowest` was asked."""
        self._stored_at: float | None = None
        self.renewed = self.not_renewed = 0

    @property
    def stored_age(self) -> float | None:
        """Seconds since something was last stored from here; None when nothing was."""
        return None if self._stored_at is None else self._clock.monotonic() - self._stored_at

    def take_slowest(self) -> float:
        """Seconds that the slowest append since the last question took."""
        slowest, self.slowest = self.slowest, 0.0
        return slowest

    async def append(self, region: str, writes: Sequence[Write], fences: Sequence[Fence] = ()) -> Appended:
        begun = self._clock.monotonic()
        try:
            appended = await self._inner.append(region, writes, fences)
        except RecordError as error:
            self.outcomes[OUTCOMES.get(type(error), "failed")] += 1
            raise
        self._stored_at = self._clock.monotonic()
        took = self._stored_at - begun
        self.seconds += took
        self.slowest = max(self.slowest, took)
        self.outcomes["duplicate" if appended.duplicate else appended.durability.value.lower()] += 1
        if not appended.duplicate:
            self.events += sum(len(write.events) for write in writes)
        return appended

    async def renew(self, room: str, holder: str, expected: int) -> Lease:
        try:
            lease = await self._inner.renew(room, holder, expected)
        except RecordError:
            self.not_renewed += 1
            raise
        self.renewed += 1
        return lease

    # --- handed on as it is -----------------------------------------------------------------------------------------

    async def resolve(self, region: str, event_id: str) -> Position | None:
        return await self._inner.resolve(region, event_id)

    async def read(self, subject: str, after: int = 0, until: int | None = None) -> list[Entry]:
        return await self._inner.read(subject, after, until)

    def replay(self, region: str, after: int = 0, until: int | None = None) -> AsyncIterator[Entry]:
        return self._inner.replay(region, after, until)

    def follow(self, after: Mapping[str, int]) -> AsyncIterator[Entry]:
        return self._inner.follow(after)

    async def tail(self, region: str) -> int:
        return await self._inner.tail(region)

    async def version(self, subject: str) -> int:
        return await self._inner.version(subject)

    async def fence(self, region: str, function: str) -> Entry | None:
        return await self._inner.fence(region, function)

    async def regions(self) -> list[str]:
        return await self._inner.regions()

    async def all(self) -> dict[str, Lease]:
        return await self._inner.all()

    async def close(self) -> None:
        await self._inner.close()
