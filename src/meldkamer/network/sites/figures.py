"""What one server says of itself, asked over the operator's connection, with the time at which it said so."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import msgspec

from meldkamer.domain.clock import Clock, Millis
from meldkamer.network.sites.link import ANSWER_SECONDS, Line, Operator
from meldkamer.network.sites.model import Network, NetworkError, Server
from meldkamer.record import RecordError

_NANOSECONDS = re.compile(r"(\.\d{6})\d+")


class Replica(msgspec.Struct, frozen=True):
    """One other copy of a stream, as its leader sees it. `lag`: operations that it is behind."""

    server: str
    current: bool
    offline: bool
    lag: int


class Stream(msgspec.Struct, frozen=True, kw_only=True):
    """One stream as one server has it. `source`: of a mirror, the stream that it copies; `contact_ms`: how long ago it
    last heard of it (-1: never). `holes`: sequences between first and last that are not there."""

    name: str
    leader: str
    first: int
    last: int
    holes: int
    replicas: tuple[Replica, ...] = ()
    source: str = ""
    contact_ms: int = -1


class Figures(msgspec.Struct, frozen=True, kw_only=True):
    """One server's answer. `at`: when it was given (epoch milliseconds). digest: of the configuration it runs.
    peers: servers that it is linked with as a leaf or for its leaves. meta: who leads the core, as it sees it.
    clock_ms: how much its clock is ahead of ours, as near as the way there and back allows (None: it did not say).
    store_used, store_limit: bytes of its streams, and how many it may keep (0: it did not say)."""

    server: str
    at: Millis
    version: str
    digest: str
    sync_always: bool
    domain: str
    started: str
    expires: str
    meta: str
    peers: tuple[str, ...]
    streams: tuple[Stream, ...]
    clock_ms: int | None = None
    store_used: int = 0
    store_limit: int = 0


class Answer(msgspec.Struct, frozen=True):
    """The figures of a server, or why there are none (then `figures` is what it said the last time, if ever)."""

    server: str
    figures: Figures | None
    why: str = ""


async def ask_all(operator: Operator, network: Network, clock: Clock) -> list[Answer]:
    """Ask every server of the network, all at once."""
    return list(await asyncio.gather(*(ask(operator, server, clock) for server in network.servers())))


async def ask(operator: Operator, server: Server, clock: Clock) -> Answer:
    """Ask one server. Never raises for a server that cannot be reached or answers strangely: that is an answer too."""
    try:
        async with operator.watch(server) as line:
            asked = clock.now()
            general = await _about(line, server, "VARZ", {})
            halfway = (asked + clock.now()) // 2
            store = await _about(line, server, "JSZ", {"accounts": True, "streams": True})
            leaves = await _about(line, server, "LEAFZ", {})
        return Answer(server.name, _figures(general, store, leaves, clock.now(), halfway))
    except (RecordError, NetworkError) as error:
        return Answer(server.name, None, str(error))
    except (KeyError, TypeError, ValueError) as error:
        return Answer(server.name, None, f"answered what this program does not understand: {error!r}")


async def answering_core(operator: Operator, network: Network, clock: Clock) -> Server:
    """A core server that answers. Raises NetworkError when none does."""
    cores = [server for server in network.servers() if server.kind == "core"]
    answers = await asyncio.gather(*(ask(operator, server, clock) for server in cores))
    for server, answer in zip(cores, answers, strict=True):
        if answer.figures is not None:
            return server
    raise NetworkError(f"no core server answers; {answers[0].server}: {answers[0].why}")


async def _about(line: Line, server: Server, what: str, question: dict[str, bool]) -> dict[str, Any]:
    """What the server says of itself. The question goes to all that share its core; the name has only one answer."""
    named = question | {"server_name": server.name, "exact_match": True}
    answer = await line.request(f"$SYS.REQ.SERVER.PING.{what}", msgspec.json.encode(named), ANSWER_SECONDS)
    found: dict[str, Any] = answer["data"]
    return found


def _figures(
    general: Mapping[str, Any], store: Mapping[str, Any], leaves: Mapping[str, Any], at: Millis, halfway: Millis
) -> Figures:
    config = store.get("config") or {}
    theirs = general.get("now", "")
    return Figures(
        server=general["server_name"],
        at=at,
        version=general["version"],
        digest=general.get("config_digest", ""),
        sync_always=bool(config.get("sync_always")),
        domain=config.get("domain", ""),
        started=general["start"],
        expires=general.get("tls_cert_not_after", ""),
        meta=(store.get("meta_cluster") or {}).get("leader", ""),
        peers=tuple(sorted(leaf["name"] for leaf in leaves.get("leafs") or ())),
        streams=tuple(
            _stream(stream)
            for account in store.get("account_details") or ()
            for stream in account.get("stream_detail") or ()
        ),
        clock_ms=server_millis(theirs) - halfway if theirs else None,
        store_used=int(store.get("storage", 0)),
        store_limit=int(config.get("max_storage", 0)),
    )


def server_millis(text: str) -> Millis:
    """A server's time (RFC 3339, with nanoseconds) in milliseconds. Raises ValueError."""
    return int(datetime.fromisoformat(_NANOSECONDS.sub(r"\1", text)).timestamp() * 1000)


def _stream(row: Mapping[str, Any]) -> Stream:
    state, cluster, mirror = row["state"], row.get("cluster") or {}, row.get("mirror")
    span = state["last_seq"] - state["first_seq"] + 1 if state["last_seq"] else 0
    active = mirror.get("active", -1) if mirror else -1
    return Stream(
        name=row["name"],
        leader=cluster.get("leader", ""),
        first=state["first_seq"],
        last=state["last_seq"],
        holes=span - state["messages"],
        replicas=tuple(
            Replica(r["name"], bool(r.get("current")), bool(r.get("offline")), r.get("lag", 0))
            for r in cluster.get("replicas") or ()
        ),
        source=mirror["name"] if mirror else "",
        contact_ms=active // 1_000_000 if active >= 0 else -1,
    )
