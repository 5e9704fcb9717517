"""Whether appends fit, and the messages that they become: decided on the index, before anything is sent.

A group of appends becomes one atomic batch of messages on one condition: that the stream still ends where the index
ends. So an append that does not fit is refused here and takes no other with it, and one that fits here is stored whole
or, when anybody else was faster, not at all.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from meldkamer.record import canonical
from meldkamer.record.batch import Batch
from meldkamer.record.jetstream_index import Head, Index
from meldkamer.record.jetstream_message import nats_subject, payload
from meldkamer.record.jetstream_outcome import Message
from meldkamer.record.port import (
    Appended,
    Conflict,
    Durability,
    Entry,
    Fence,
    Fenced,
    NewEvent,
    Position,
    Reused,
    fence_subject,
)
from meldkamer.record.signing import Signer, batch_digest

MAX_MESSAGES = 1_000
"""Of an atomic batch; the server takes no more."""
MAX_BYTES = 16 << 20


class Behind(Exception):
    """The caller has seen more of the stream than the index has: catch up and decide again."""


class Group:
    """Appends that go to the stream together, on top of what the index knows."""

    def __init__(self, index: Index, signers: Mapping[str, Signer], keys: Sequence[bytes | str]) -> None:
        """keys: of all events that may be added."""
        self._index, self._signers = index, signers
        self.after = self._seq = index.tail
        self.messages: list[Message] = []
        self.bytes = 0
        self.doubtful = False
        """Whether it was offered to the stream and no answer came."""
        self.entries: list[Entry] = []
        """The same as they stand in the stream once they are stored."""
        self._heads: dict[str, Head] = {}
        self._ids = index.find_all(keys)

    def add(self, batch: Batch, sure: bool) -> Appended:
        """Add one append. Raises Conflict, Fenced, Reused; Behind when not `sure` that the index is up to date."""
        if (known := self._known(batch)) is not None:
            return known
        region, seq = self._index.region, self._seq
        for fence in batch.fences:
            self._owned(fence, sure)
        heads: dict[str, Head] = {}
        messages: list[Message] = []
        positions: list[Position] = []
        digests: list[bytes] = []
        chain: list[bytes] = []
        data = b""
        of, n, id = len(batch.keys), 0, batch.events[0].id
        for subject, expected, raws in batch.writes:
            head = heads.get(subject) or self._head(subject)
            if expected is not None and expected != head.version:
                if expected > head.version and not sure:
                    raise Behind
                raise Conflict(subject, expected, head.version)
            place = nats_subject(subject)
            # The server checks a subject only where the batch first meets it.
            newest = None if subject in heads or subject in self._heads else head.last
            version, previous = head.version, head.hash
            for raw in raws:
                version, seq = version + 1, seq + 1
                data = canonical.encode(previous, subject, version, id, n, of, raw)
                chain.append(previous)
                previous = canonical.digest(data)
                messages.append(Message(place, payload(data, previous, b""), newest))
                positions.append(Position(region, seq, subject, version))
                digests.append(previous)
                n, newest = n + 1, None
            heads[subject] = Head(version, previous, seq, seq)
        signature = self._sign(batch.events, digests)
        if signature:
            messages[-1] = Message(messages[-1].subject, payload(data, digests[-1], signature), messages[-1].newest)
        # Nothing above has changed anything; from here on nothing can fail.
        self._heads |= heads
        self._ids |= zip(batch.keys, positions, strict=True)
        self._seq = seq
        self.messages += messages
        for n, (event, at) in enumerate(zip(batch.events, positions, strict=True)):
            last = signature if n == of - 1 else b""
            self.entries.append(_entry(event, at, id, n, of, chain[n], digests[n], last))
        self.bytes += sum(len(message.payload) for message in messages)
        return Appended(tuple(positions), Durability.SAFE)

    def _known(self, batch: Batch) -> Appended | None:
        """The first answer, when these events stand already or stand in this group. Raises Reused."""
        places = [self._ids.get(key) for key in batch.keys]
        if not any(places):
            return None
        if None in places:
            raise Reused([event.id for event, place in zip(batch.events, places, strict=True) if place])
        return Appended(tuple(p for p in places if p), Durability.SAFE, duplicate=True)

    def _owned(self, fence: Fence, sure: bool) -> None:
        owner = self._head(fence_subject(self._index.region, fence.function))
        if not owner.version or owner.seq != fence.token:
            if fence.token > owner.seq and not sure:
                raise Behind
            raise Fenced(fence.function, fence.token, owner.seq)

    def _head(self, subject: str) -> Head:
        return self._heads.get(subject) or self._index.head(subject)

    def _sign(self, events: Sequence[NewEvent], digests: Sequence[bytes]) -> bytes:
        signer = self._signers.get(events[-1].room)
        return b"" if signer is None else signer.sign(batch_digest(self._index.region, digests))


def _entry(
    event: NewEvent, at: Position, batch: str, n: int, of: int, previous: bytes, hash: bytes, signature: bytes
) -> Entry:
    return Entry(
        region=at.region,
        seq=at.seq,
        subject=at.subject,
        version=at.version,
        event=event,
        batch=batch,
        n=n,
        of=of,
        previous=previous,
        hash=hash,
        signature=signature,
    )
