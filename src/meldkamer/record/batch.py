"""An append made ready before anything is known of the store: the part that is the same for every engine."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

import msgspec

from meldkamer.record import canonical
from meldkamer.record.port import MAX_EVENT_BYTES, Fence, NewEvent, TooLarge, Write
from meldkamer.record.store_file import id_key

MAX_BATCH = 1_000


class Batch:
    """An append with its events encoded, sizes and subjects checked.

    Raises TooLarge; ValueError for a batch that no engine may take: empty, a repeated id, another region's subject.
    """

    __slots__ = ("events", "fences", "future", "keys", "region", "writes")

    def __init__(self, region: str, writes: Sequence[Write], fences: Sequence[Fence], future: asyncio.Future[Any]):
        self.region, self.fences, self.future = region, fences, future
        self.writes: list[tuple[str, int | None, list[msgspec.Raw]]] = []
        self.keys: list[bytes | str] = []
        self.events: list[NewEvent] = []
        for write in writes:
            subject, events = write.subject, write.events
            if not subject.partition(".")[2].startswith(region + "."):
                raise ValueError(f"{subject} does not belong to region {region}")
            if not events:
                raise ValueError(f"{subject}: a write without events")
            raws = []
            for event in events:
                raws.append(raw := canonical.encode_event(event))
                # The encoded whole is never smaller than what is limited, and quicker to measure.
                if len(raw) > MAX_EVENT_BYTES and (size := _size(event)) > MAX_EVENT_BYTES:
                    raise TooLarge(f"event {event.id}: {size} bytes, {MAX_EVENT_BYTES} fit")
                self.keys.append(id_key(event.id))
            self.events += events
            self.writes.append((subject, write.expected, raws))
        count = len(self.keys)
        if not count:
            raise ValueError("an append without events")
        if count > MAX_BATCH:
            raise TooLarge(f"{count} events in a batch, {MAX_BATCH} fit")
        if count > 1 and len(set(self.keys)) != count:
            raise ValueError("the same event id twice in one batch")


def _size(event: NewEvent) -> int:
    return len(event.body) + sum(map(len, event.sealed.values()))
