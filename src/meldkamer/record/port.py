"""The record's port: what any engine (SQLite, JetStream) must do, and what it may answer.

An append is all-or-nothing, compare-and-set on each subject, and refused when a fence is stale.
Outcomes are SAFE or LOCAL, or one of the exceptions below; *unknown* is an outcome of its own that the
caller resolves by event id, never a failure.
"""

from __future__ import annotations

import enum
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Protocol

import msgspec

from meldkamer.domain.clock import Millis

MAX_EVENT_BYTES = 256 * 1024
"""Largest body plus sealed parts of one event; also fits a JetStream message (1 MB)."""


class Durability(enum.Enum):
    """What an acknowledgement means: SAFE = stored by a majority, or fsynced on one machine; LOCAL = island journal."""

    SAFE = "SAFE"
    LOCAL = "LOCAL"


class NewEvent(msgspec.Struct, frozen=True, kw_only=True, array_like=True, gc=False):
    """An event as a writer offers it. Both times in milliseconds UTC.

    Its msgpack is an array in the order of these fields and is what engines store and hash (see `canonical`): a new
    field may only be added at the end, with a default. No field can be part of a cycle, hence no garbage tracking.

    body: msgpack of the domain event without its personal fields.
    sealed: compartment -> ciphertext of the personal fields (see `sealing`).
    epochs: function -> epoch under which the writer acted.
    audience: discipline letters out of PBAK that may see it; "" means nobody outside the room's own staff.
    cause: command id. correlation: the id of the call or incident that it all belongs to.
    island: written by a room that was cut off; base: the version of its subject that this room had last seen then.
    """

    id: str
    type: str
    schema: int = 1
    body: bytes
    sealed: Mapping[str, bytes] = {}
    occurred: Millis
    recorded: Millis
    room: str
    actor: str
    epochs: Mapping[str, int] = {}
    audience: str = "PBAK"
    cause: str = ""
    correlation: str = ""
    island: bool = False
    base: int = 0


class Write(msgspec.Struct, frozen=True):
    """Events (one at least) for one subject, whose second part names the region of the append.

    `expected` is the subject's version before them (0 = new); None for a fact that always fits.
    """

    subject: str
    events: tuple[NewEvent, ...]
    expected: int | None = None


class Fence(msgspec.Struct, frozen=True):
    """Proof of ownership: `token` is the sequence of the newest entry on `fence.<region>.<function>`."""

    function: str
    epoch: int
    token: int


class Entry(msgspec.Struct, frozen=True, gc=False):
    """A stored event. `seq` is contiguous per region from 1, `version` contiguous per subject from 1.

    previous/hash: SHA-256 chain per subject over what is stored (ciphertext, never clear text).
    batch: id of the append's first event; n: index in the batch; of: size of the batch;
    signature: the room's Ed25519 signature over the batch, on its last entry (empty elsewhere).
    """

    region: str
    seq: int
    subject: str
    version: int
    event: NewEvent
    batch: str
    n: int
    of: int
    previous: bytes
    hash: bytes
    signature: bytes = b""


class Position(msgspec.Struct, frozen=True):
    """Where an event stands: region sequence and subject version."""

    region: str
    seq: int
    subject: str
    version: int


class Appended(msgspec.Struct, frozen=True):
    """The answer to an append; `duplicate` when these events were already there (the first positions are returned)."""

    positions: tuple[Position, ...]
    durability: Durability
    duplicate: bool = False


class RecordError(Exception):
    """Base of everything a record answers instead of a position."""


class Conflict(RecordError):
    """A subject has moved on: read it again and decide again."""

    def __init__(self, subject: str, expected: int, actual: int) -> None:
        super().__init__(f"{subject}: expected version {expected}, is {actual}")
        self.subject, self.expected, self.actual = subject, expected, actual


class Fenced(RecordError):
    """The writer does not own the function (any more)."""

    def __init__(self, function: str, token: int, actual: int) -> None:
        super().__init__(f"{function}: fence token {token} is stale, the newest is {actual}")
        self.function, self.token, self.actual = function, token, actual


class Unknown(RecordError):
    """Stored or not: the engine cannot tell yet. `resolve` each id; never show this as failed."""

    def __init__(self, event_ids: Sequence[str], why: str) -> None:
        super().__init__(f"outcome unknown ({why}): {', '.join(event_ids)}")
        self.event_ids, self.why = tuple(event_ids), why


class Unreachable(RecordError):
    """No server, or no majority of them, answers now; nothing was stored. Says who was asked and what came back."""


class Reused(RecordError):
    """Some of the ids are stored, others are not: a batch is offered again as it was or not at all. Nothing was stored.

    Answering with the first positions here would acknowledge events that are in no store.
    """

    def __init__(self, event_ids: Sequence[str]) -> None:
        super().__init__(f"stored before, with other events: {', '.join(event_ids)}")
        self.event_ids = tuple(event_ids)


class TooLarge(RecordError):
    """An event over MAX_EVENT_BYTES, or more than 1,000 events in a batch."""


class StoreFull(RecordError):
    """No room left to promise anything, or the disk refuses: nothing was stored, for sure. Reading goes on."""


class Unsafe(RecordError):
    """A server may lose what it acknowledges, or cannot be asked. Names it; nothing is written until that is mended."""


class StoreTooNew(RecordError):
    """The store was written by a newer program whose compat version this program does not reach."""


class NotAStore(RecordError):
    """The file is not a record of ours, or is torn beyond use. Says what and where."""


class InUse(RecordError):
    """Another process (or another record in this one) writes to the store; there is one writer per file."""


class Damaged(RecordError):
    """A gap, a broken hash or a bad signature at a known place. Reading goes on with `after=seq`, without it."""

    def __init__(self, region: str, seq: int, why: str, subject: str = "", version: int = 0) -> None:
        super().__init__(f"{region} sequence {seq}: {why}")
        self.region, self.seq, self.why = region, seq, why
        self.subject, self.version = subject, version


class Record(Protocol):
    """The event log of all regions."""

    async def append(self, region: str, writes: Sequence[Write], fences: Sequence[Fence] = ()) -> Appended:
        """Store a batch in one region, all or nothing.

        Raises Conflict, Fenced, Unknown, TooLarge, StoreFull, Reused. Events whose ids are already stored return the
        first positions, for ever (exactly once), whatever expectation and fences say.
        """
        ...

    async def resolve(self, region: str, event_id: str) -> Position | None:
        """Where this event stands, or None when it is not (and, after Unknown, never will be) stored."""
        ...

    async def read(self, subject: str, after: int = 0, until: int | None = None) -> list[Entry]:
        """All entries of one subject with a version above `after` (up to `until`), in order.

        Raises Damaged when hash, chain or versions do not hold; `after` and `until` read around such a place.
        """
        ...

    def replay(self, region: str, after: int = 0, until: int | None = None) -> AsyncIterator[Entry]:
        """Stored entries of a region in sequence order; gaps and content that misses its hash raise Damaged."""
        ...

    def follow(self, after: Mapping[str, int]) -> AsyncIterator[Entry]:
        """Replay each region after its cursor, then go on live for ever; each entry once, in region order.

        Follows the regions that `after` names (0 = from the start; they need not exist yet) until the record is
        closed. A slow reader waits on the store, it never loses an entry. Raises Damaged on a gap.
        """
        ...

    async def tail(self, region: str) -> int:
        """The newest sequence of a region (0 when empty)."""
        ...

    async def version(self, subject: str) -> int:
        """The newest version of a subject (0 when new)."""
        ...

    async def fence(self, region: str, function: str) -> Entry | None:
        """The newest fence record of a function, or None when nobody ever owned it."""
        ...

    async def regions(self) -> list[str]:
        """Regions with at least one entry, sorted."""
        ...

    async def close(self) -> None:
        """Finish what was accepted, then stop."""
        ...


class Lease(msgspec.Struct, frozen=True):
    """A room's heart-beat as others see it: `n` grows with each renewal, `holder` names the process."""

    room: str
    n: int
    holder: str


class Leases(Protocol):
    """One lease per room. No clock is compared: an observer counts from when *it* last saw `n` change."""

    async def renew(self, room: str, holder: str, expected: int) -> Lease:
        """Compare-and-set `n` from `expected` to `expected + 1`. Raises Conflict when somebody else moved it."""
        ...

    async def all(self) -> dict[str, Lease]:
        """Every lease that was ever taken."""
        ...


class Snapshots(Protocol):
    """A cache for projections, keyed by projection name and code version; never the truth."""

    async def save(self, key: str, positions: Mapping[str, int], blob: bytes) -> None:
        """Keep the newest snapshot of this key."""
        ...

    async def latest(self, key: str) -> tuple[dict[str, int], bytes] | None:
        """The newest whole snapshot, or None (also when the file is torn: it is only a cache)."""
        ...


def subject(region: str, kind: str, id: str) -> str:
    """`ev.<region>.<kind>.<id>`, the name of one aggregate's subject."""
    return f"ev.{region}.{kind}.{id}"


def mirror_of(region: str) -> str:
    """The name of a region's copy in a room server; its sequences are those of the core."""
    return f"MIR_{region}"


def fence_subject(region: str, function: str) -> str:
    """`fence.<region>.<function>`, the subject of a function's ownership records."""
    return f"fence.{region}.{function}"
