"""Records over the servers of a test."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Mapping, Sequence
from pathlib import Path

from meldkamer.domain.clock import RandomIds
from meldkamer.record import NewEvent
from meldkamer.record.jetstream import JetStreamRecord
from meldkamer.record.jetstream_access import Access
from meldkamer.record.signing import Signer, Verifier

from .server import Server, Users

_ids = RandomIds()


def accesses(servers: Sequence[Server]) -> tuple[Access, Access]:
    """How a room and its auditor reach the servers."""
    users = Users(servers[0].folder.parent)
    urls = tuple(server.url for server in servers)
    return Access(servers=urls, seed=str(users.room)), Access(servers=urls, seed=str(users.audit))


@contextlib.asynccontextmanager
async def opened(
    servers: Sequence[Server],
    cache: Path,
    signers: Mapping[str, Signer] | None = None,
    verifier: Verifier | None = None,
    *,
    seconds: float = 10.0,
    patience: float = 20.0,
    regions: Sequence[str] = ("LB",),
) -> AsyncIterator[JetStreamRecord]:
    """A record over these servers, closed at the end; it makes the streams that it needs, one copy on each server."""
    core, audit = accesses(servers)
    record = await JetStreamRecord.open(
        core,
        audit,
        cache,
        signers,
        verifier,
        replicas=len(servers),
        create=True,
        seconds=seconds,
        patience=patience,
        regions=regions,
    )
    try:
        yield record
    finally:
        await record.close()


def event(id: str = "", body: bytes = b"\x80", room: str = "LB") -> NewEvent:
    return NewEvent(id=id or _ids.new(), type="test.noted", body=body, occurred=1, recorded=2, room=room, actor="x")
