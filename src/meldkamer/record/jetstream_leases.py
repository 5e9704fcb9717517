"""Leases in a stream of their own: compare-and-set on each room's newest message, stored by a majority.

A renewal is the probe of the whole core: only a majority can take it, while reading still works without one.

What others renew is heard as it is stored, which costs less than asking. Hearing nothing proves nothing, as whoever is
listened to may lag or be cut off: of a lease that has not moved for a while the stream's leader is asked.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from typing import NamedTuple

import msgspec

from meldkamer.record.jetstream_access import Unreachable
from meldkamer.record.jetstream_client import JetStreamClient
from meldkamer.record.jetstream_connection import stopped
from meldkamer.record.jetstream_message import nats_subject
from meldkamer.record.jetstream_outcome import Message, Moved, Refusal, Silence, Stored
from meldkamer.record.jetstream_reader import Raw, follow_newest, newest, next_of
from meldkamer.record.jetstream_streams import LEASES
from meldkamer.record.port import Conflict, Lease, Unknown

_RENEW_SECONDS = 2.0
_PAUSE_SECONDS = 0.02
_QUIET_SECONDS = 4.0
"""A room that lives renews its lease every three."""
_ALL = "lease.*"
_DECODE = msgspec.json.Decoder(Lease).decode

log = logging.getLogger(__name__)


class _Known(NamedTuple):
    """A lease as it was last heard of. heard: seconds on this process's own clock."""

    lease: Lease
    seq: int
    heard: float


class LeaseStore:
    """Every room's lease. Only after its stream was made."""

    def __init__(self, client: JetStreamClient) -> None:
        self._client = client
        self._seen = 0
        self._known: dict[str, _Known] = {}
        self._task: asyncio.Task[None] | None = None

    def listen(self) -> None:
        """Hear from now on what is renewed."""
        self._task = asyncio.create_task(self._listen(), name="leases")

    async def close(self) -> None:
        """Listen no more."""
        if self._task is not None:
            await stopped(self._task)

    async def _listen(self) -> None:
        async with contextlib.aclosing(follow_newest(self._client, LEASES, self._seen)) as messages:
            async for some in messages:
                for raw in some:
                    self._take(raw)

    async def renew(self, room: str, holder: str, expected: int) -> Lease:
        """See the port. Raises Conflict, Unknown, Unreachable, RequestFailed."""
        known = self._known.get(room)
        if known is not None and known.lease.n == expected:
            seq = known.seq  # when it has moved meanwhile, the core does not take it
        else:
            seq, lease = await self._newest(room)
            actual = lease.n if lease is not None else 0
            if actual != expected:
                raise Conflict(_subject(room), expected, actual)
        new = Lease(room, expected + 1, holder)
        message = Message(_subject(room), msgspec.json.encode(new), seq)
        end = asyncio.get_running_loop().time() + _RENEW_SECONDS
        silent = ""
        while True:
            match outcome := await self._client.store([message], None, _RENEW_SECONDS):
                case Stored():
                    self._known[room] = _Known(new, outcome.seq, asyncio.get_running_loop().time())
                    return new
                case Moved():
                    seq, lease = await self._newest(room)
                    if lease == new and silent:  # an attempt of our own whose answer was lost
                        return new
                    raise Conflict(_subject(room), expected, lease.n if lease is not None else 0)
                case Silence():
                    silent = outcome.why
                case Refusal():
                    pass
            if asyncio.get_running_loop().time() >= end:
                raise Unknown((), silent) if silent else Unreachable(f"lease of {room}: {outcome.why}")
            await asyncio.sleep(_PAUSE_SECONDS)

    async def all(self) -> dict[str, Lease]:
        """See the port. When nothing can be heard, or a lease has not moved for a while, the stream's leader is asked
        for one after the other of what is new: a replica that lags, or was just cut off, makes no room look dead.
        Raises Unreachable, RequestFailed.
        """
        quiet = asyncio.get_running_loop().time() - _QUIET_SECONDS
        heard = self._client.connected and bool(self._known)
        if not heard or any(known.heard < quiet for known in self._known.values()):
            while (raw := await next_of(self._client, LEASES, self._seen, _ALL)) is not None:
                self._take(raw)
        return {room: known.lease for room, known in self._known.items()}

    def _take(self, raw: Raw) -> None:
        """Note what a message says; messages come in the stream's order, from whoever gives them first."""
        if raw.seq > self._seen:
            self._seen = raw.seq
            lease = _lease(raw)
            known = None if lease is None else self._known.get(lease.room)
            if lease is not None and (known is None or raw.seq > known.seq):
                self._known[lease.room] = _Known(lease, raw.seq, asyncio.get_running_loop().time())

    async def _newest(self, room: str) -> tuple[int, Lease | None]:
        raw = await newest(self._client, LEASES, _subject(room))
        return (0, None) if raw is None else (raw.seq, _lease(raw))


def _lease(raw: Raw) -> Lease | None:
    """The lease in a message; None for what is none, which then counts as none."""
    try:
        lease = _DECODE(raw.data)
    except msgspec.MsgspecError as error:
        log.error("%s sequence %d: not a lease: %s", LEASES, raw.seq, error)
        return None
    return lease if _subject(lease.room) == raw.subject else None


def _subject(room: str) -> str:
    return nats_subject(f"lease.{room}")
