"""Whether the servers keep what they acknowledge: each must fsync before it says so, and be new enough.

With the default `sync_interval` of two minutes a power failure loses acknowledged events, so the record refuses to
write to a server that is set so, and to servers that did not say how they are set. The question goes to the system
account, which answers for every server of the network.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Collection, Sequence
from typing import Any

import msgspec

from meldkamer.record.jetstream_access import RequestFailed, Unreachable
from meldkamer.record.jetstream_client import Arrived, JetStreamClient
from meldkamer.record.jetstream_streams import LEASES, info
from meldkamer.record.port import Unsafe

OLDEST = (2, 15)
"""Atomic batches, and `sync_interval: always` that fsyncs the Raft log of replicated streams."""
PING = "$SYS.REQ.SERVER.PING.JSZ"
"""The one subject of the system account that a room's auditor may publish to."""

_AUDIT_SECONDS, _ANSWER_SECONDS, _AUDITS_MISSED = 30.0, 2.0, 3

log = logging.getLogger(__name__)


class _Config(msgspec.Struct, frozen=True):
    sync_always: bool = False


class _Data(msgspec.Struct, frozen=True):
    config: _Config = _Config()
    disabled: bool = False


class _Server(msgspec.Struct, frozen=True):
    name: str
    ver: str = "0.0"
    domain: str = ""


class _Answer(msgspec.Struct, frozen=True):
    server: _Server
    data: _Data | None = None


_DECODE = msgspec.json.Decoder(_Answer).decode


async def check_servers(auditor: JetStreamClient, needed: Collection[str], domain: str, seconds: float) -> None:
    """Ask how the servers are set. Raises Unsafe for one that may lose what it acknowledges; Unreachable unless a
    majority of those that are needed answers.

    needed: the names of the servers that hold replicas; none for a single server, which then must answer.
    domain: servers of other domains (leaf nodes) do not count, if given. A server that is down holds up nobody: it is
    asked when it is back.
    """
    found: dict[str, _Answer] = {}

    def enough(messages: Sequence[Arrived]) -> bool:
        for message in messages:
            answer = _DECODE(message.data)
            if answer.data is not None and not answer.data.disabled:
                found[answer.server.name] = answer
        return bool(found) and found.keys() >= set(needed)

    await auditor.gather(PING, b'{"config":true}', enough, seconds)
    for name, answer in sorted(found.items()):
        if name in needed or not domain or answer.server.domain == domain:
            _check_one(name, answer)
    heard = len(found.keys() & set(needed)) if needed else len(found)
    if heard * 2 <= len(set(needed)):
        missing = ", ".join(sorted(set(needed) - found.keys())) or "any server"
        raise Unreachable(f"no answer about its settings from {missing}")


def _check_one(name: str, answer: _Answer) -> None:
    assert answer.data is not None
    if not answer.data.config.sync_always:
        raise Unsafe(f"server {name}: jetstream {{ sync_interval: always }} is not set, it would lose what it confirms")
    version = tuple(int(part) for part in answer.server.ver.split(".")[:2])
    if version < OLDEST:
        raise Unsafe(f"server {name}: version {answer.server.ver}, {OLDEST[0]}.{OLDEST[1]} or newer is needed")


def holders(info: dict[str, Any]) -> set[str]:
    """The names of the servers that hold a stream, from its description; none when there is no cluster."""
    cluster = info.get("cluster") or {}
    return {name for name in (cluster.get("leader"), *(r["name"] for r in cluster.get("replicas") or ())) if name}


class Audit:
    """Whether the core may be written to, asked again and again: a server that comes back may be set otherwise."""

    def __init__(self, core: JetStreamClient, auditor: JetStreamClient, domain: str) -> None:
        """auditor: a line to the system account. domain: see `check_servers`."""
        self._core, self._auditor, self._domain = core, auditor, domain
        self.unsafe: Unsafe | None = None
        """Why nothing may be written now."""
        self._look = asyncio.Event()
        core.on_connected = self._look.set

    async def check(self, names: Collection[str]) -> None:
        """Ask once, about these servers. Raises Unsafe, Unreachable."""
        await self._auditor.ready(_ANSWER_SECONDS)
        await check_servers(self._auditor, names, self._domain, _ANSWER_SECONDS)

    async def run(self) -> None:
        """Ask from time to time, and after each break of the connection."""
        missed = 0
        while True:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_ANSWER_SECONDS if missed else _AUDIT_SECONDS):
                    await self._look.wait()
            self._look.clear()
            try:
                found = await info(self._core, LEASES)
            except (Unreachable, RequestFailed):
                continue  # then nothing can be written either
            try:
                await self.check(holders(found or {}))
                self.unsafe, missed = None, 0
            except Unsafe as error:
                self._refuse(error)
                missed = 0
            except Unreachable as error:
                missed += 1
                if missed >= _AUDITS_MISSED:
                    self._refuse(Unsafe(f"cannot tell whether the servers fsync before they acknowledge: {error}"))

    def _refuse(self, error: Unsafe) -> None:
        if str(error) != str(self.unsafe):
            log.error("nothing is written: %s", error)
        self.unsafe = error
