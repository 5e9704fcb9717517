"""Leases in a stream of their own: compare-and-set on each room's newest message, stored by a majority.

A renewal is the probe of the whole core: only a majority can take it, while reading still works without one.
"""

from __future__ import annotations

import asyncio
import logging

import msgspec

from meldkamer.record.jetstream_access import Unreachable
from meldkamer.record.jetstream_client import JetStreamClient
from meldkamer.record.jetstream_message import nats_subject
from meldkamer.record.jetstream_outcome import Message, Moved, Refusal, Silence, Stored
from meldkamer.record.jetstream_reader import Raw, newest, next_of
from meldkamer.record.jetstream_streams import LEASES
from meldkamer.record.port import Conflict, Lease, Unknown

_RENEW_SECONDS = 2.0
_PAUSE_SECONDS = 0.02
_ALL = "lease.*"
_DECODE = msgspec.json.Decoder(Lease).decode

log = logging.getLogger(__name__)


class LeaseStore:
    """Every room's lease. Only after its stream was made."""

    def __init__(self, client: JetStreamClient) -> None:
        self._client = client
        self._seen, self._leases = 0, dict[str, Lease]()

    async def renew(self, room: str, holder: str, expected: int) -> Lease:
        """See the port. Raises Conflict, Unknown, Unreachable, RequestFailed."""
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
        """See the port. The stream's leader is asked for one after the other of what is new, which are a few: a replica
        that lags, or was just cut off, makes no room look dead. Raises Unreachable, RequestFailed.
        """
        while (raw := await next_of(self._client, LEASES, self._seen, _ALL)) is not None:
            if (lease := _lease(raw)) is not None:
                self._leases[lease.room] = lease
            self._seen = raw.seq
        return dict(self._leases)

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
