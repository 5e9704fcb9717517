"""Reading a record for its times, without any key: personal fields stay sealed, whoever asks for the report."""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from meldkamer.domain.clock import Millis
from meldkamer.domain.registry import EVENT_TYPES
from meldkamer.insight.facts import Facts
from meldkamer.record import Damaged, Destruction, KeyDestroyed, Record, Sealer, UnknownEvent

QUIET_SECONDS = 2.0
"""Reading that takes longer says how far it is, as often as this."""


class Read(msgspec.Struct, frozen=True):
    """Facts, the events that only a newer program can read, and where the record is damaged."""

    facts: Facts
    unread: int
    gaps: tuple[str, ...]


class NoKeys:
    """A key store without keys: nothing personal can be opened through it."""

    async def obtain(self, subject: str, compartment: str) -> bytes:
        raise KeyDestroyed(subject, compartment)

    def find(self, subject: str, compartment: str) -> bytes | None:
        return None

    async def destroy(self, subject: str, compartment: str, at: Millis, reason: str, by: str) -> bool:
        return False

    def destroyed(self) -> list[Destruction]:
        return []


async def read_facts(record: Record, tell: Callable[[str], None], seconds: Callable[[], float]) -> Read:
    """Fold the whole record as it stands now. tell: gets a line of progress now and then; seconds: a monotonic clock.

    A damaged place is passed and named; what else the record cannot do it raises (RecordError).
    """
    facts, sealer = Facts(), Sealer(EVENT_TYPES, NoKeys())
    tails = {region: await record.tail(region) for region in await record.regions()}
    count, whole, said, unread = 0, sum(tails.values()), seconds(), 0
    gaps: list[str] = []
    for region, tail in tails.items():
        after = 0
        while after < tail:
            try:
                async for entry in record.replay(region, after, tail):
                    after = entry.seq
                    count += 1
                    try:
                        facts.apply(entry, sealer.decode(entry, frozenset()).event)
                    except UnknownEvent:
                        unread += 1
                    if seconds() - said > QUIET_SECONDS:
                        said = seconds()
                        tell(f"events read: {count} of {whole}")
                break
            except Damaged as damage:
                gaps.append(str(damage))
                after = max(after + 1, damage.seq)
    return Read(facts, unread, tuple(gaps))
