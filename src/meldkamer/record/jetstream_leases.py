"""Leases in a stream of their own: compare-and-set on each room's newest message, stored by a majority.

A renewal is the probe of the whole core: only a majority can take it, while reading still works without one.
"""

from __future__ import annotations

import asyncio

import msgspec

from meldkamer.record.jetstream_access import Unreachable
from meldkamer.record.jetstream_client import JetStreamClient, Message, Moved, Refusal, Silence, Stored
from meldkamer.record.jetstream_message import nats_subject
from meldkamer.record.jetstream_reader import newest
from meldkamer.record.jetstream_streams import LEASES
from meldkamer.record.port import Conflict, Lease, RecordError, Unknown

_RENEW_SECONDS = 2.0
_PAUSE_SECONDS = 0.02
_DECODE = msgspec.json.Decoder(Lease).decode


class LeaseStore:
    """Every room's lease. Only after its stream was made."""

    def __init__(self, client: JetStreamClient) -> None:
        self._client = client

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
        """See the port; asked of the stream's leader, as a replica that lags would make rooms look dead."""
        found = await self._client.ask(f"STREAM.INFO.{LEASES}", {"subjects_filter": "lease.*"})
        subjects = found["state"].get("subjects") or {}
        leases = await asyncio.gather(*(self._read(subject) for subject in subjects))
        return {lease.room: lease for _, lease in leases if lease is not None}

    async def _newest(self, room: str) -> tuple[int, Lease | None]:
        return await self._read(_subject(room))

    async def _read(self, subject: str) -> tuple[int, Lease | None]:
        raw = await newest(self._client, LEASES, subject)
        if raw is None:
            return 0, None
        try:
            return raw.seq, _DECODE(raw.data)
        except msgspec.MsgspecError as error:
            raise RecordError(f"{subject}: not a lease: {error}") from None


def _subject(room: str) -> str:
    return nats_subject(f"lease.{room}")
