"""The network's record: what its guarantees cost over the barest use of the same three servers.

append   30 asyncio publishers, each waiting for its answer, on a stream with three copies, `sync_interval: always`;
         against 30 publishers with nats-py's own `publish`, the same bytes, an expected sequence of its subject and an
         id each, so as safe and as much compare-and-set. Ours adds exactly-once beyond the server's window, versions,
         hash chains, an index of it all, and fences; signing is more than the baseline does. A publisher begins a new
         incident after 40 events.
replay   through the port, every hash checked, against nats-py's own pull consumer that fetches the same messages,
         1,000 at a time, without looking into them.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from functools import partial
from pathlib import Path

import msgspec
from nats.aio.client import Client
from nats.js.api import AckPolicy, ConsumerConfig
from nats.js.errors import APIError

from bench import Ratio, alternate
from bench.record import EVENTS_PER_INCIDENT, new_event
from meldkamer.domain.clock import RandomIds
from meldkamer.record import Write, canonical
from meldkamer.record.jetstream import JetStreamRecord
from meldkamer.record.jetstream_message import payload
from meldkamer.record.jetstream_streams import region_stream
from meldkamer.record.nkey import NKey
from meldkamer.record.signing import Signer, open_signers
from tests.nats.opening import opened
from tests.nats.server import Server, Users, cluster, running

PUBLISHERS = 30
IN_PROCESS = 10164
"""What the server answers now and then to one that writes to its own subject alone."""


def run(quick: bool) -> list[Ratio]:
    """Quick: half a minute; else about three. A few hundred MB in the temporary folder."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        servers = cluster(folder)
        with running(servers):
            asyncio.run(_made(servers, folder))
            return [*_append(servers, folder, quick), *_replay(servers, folder, quick)]


async def _made(servers: list[Server], folder: Path) -> None:
    async with opened(servers, folder / "first") as record:
        await record.append("LB", [Write("ev.LB.incident.first", (new_event(RandomIds()),))])


def _append(servers: list[Server], folder: Path, quick: bool) -> Iterator[Ratio]:
    seconds, rounds = (1.0, 3) if quick else (3.0, 7)
    signers, _ = open_signers(folder / "signing", ["LB"])
    none: dict[str, Signer] = {}
    for name, keys, bound in (("unsigned", none, 0.7), ("signed", signers, 0.5)):
        ours, bare = alternate(
            rounds,
            partial(_run, _ours, servers, folder, seconds, keys),
            partial(_run, _bare, servers, folder, seconds, keys),
        )
        yield Ratio(
            name=f"append by {PUBLISHERS} publishers, three copies, {name}",
            ours=ours,
            baseline=bare,
            unit="appends/s",
            bound=bound,
            more_is_better=True,
            against="bare nats-py, same bytes, same durability, compare-and-set and id",
        )


Publish = Callable[[list[Server], Path, float, dict[str, Signer]], Awaitable[float]]


def _run(publish: Publish, servers: list[Server], folder: Path, seconds: float, keys: dict[str, Signer]) -> float:
    async def once() -> float:
        return await publish(servers, folder, seconds, keys)

    return asyncio.run(once())


async def _ours(servers: list[Server], folder: Path, seconds: float, keys: dict[str, Signer]) -> float:
    async with opened(servers, folder / "ours", keys) as record:
        await record.tail("LB")  # caught up before the clock starts
        ids = RandomIds()

        async def append(name: str, version: int) -> None:
            await record.append("LB", [Write(name, (new_event(ids),), version)])

        return await _measured(append, seconds)


async def _bare(servers: list[Server], folder: Path, seconds: float, keys: dict[str, Signer]) -> float:
    async with _client(servers, folder) as client:
        js, ids, newest = client.jetstream(), RandomIds(), dict[str, int]()
        settings = {**region_stream("LB", len(servers)), "name": "BARE", "subjects": ["bare.>"]}
        await client.request("$JS.API.STREAM.CREATE.BARE", msgspec.json.encode(settings), timeout=10)

        async def append(name: str, version: int) -> None:
            event, name = new_event(ids), f"bare.{name}"
            data = canonical.encode(b"h" * 32, name, version, event.id, 0, 1, canonical.encode_event(event))
            bytes_ = payload(data, canonical.digest(data), b"s" * 64 if keys else b"")
            headers = {"Nats-Expected-Last-Subject-Sequence": str(newest.get(name, 0)), "Nats-Msg-Id": event.id}
            while True:
                try:
                    newest[name] = (await js.publish(name, bytes_, headers=headers)).seq
                    return
                except APIError as error:
                    if error.err_code != IN_PROCESS:
                        raise

        return await _measured(append, seconds)


async def _measured(append: Callable[[str, int], Awaitable[None]], seconds: float) -> float:
    """Appends per second of all publishers together."""
    ids, count, start = RandomIds(), 0, time.perf_counter()

    async def publisher() -> None:
        nonlocal count
        while True:
            name = f"ev.LB.incident.{ids.new()}"
            for version in range(EVENTS_PER_INCIDENT):
                if time.perf_counter() - start > seconds:
                    return
                await append(name, version)
                count += 1

    await asyncio.gather(*(publisher() for _ in range(PUBLISHERS)))
    return count / (time.perf_counter() - start)


def _replay(servers: list[Server], folder: Path, quick: bool) -> Iterator[Ratio]:
    events, rounds = (20_000, 3) if quick else (100_000, 5)
    asyncio.run(_fill(servers, folder, events))

    async def port() -> float:
        async with opened(servers, folder / "fill", regions=("NL",)) as record:
            await record.tail("NL")
            start, count = time.perf_counter(), 0
            async for _ in record.replay("NL"):
                count += 1
            assert count == events
            return count / (time.perf_counter() - start)

    async def bare() -> float:
        async with _client(servers, folder) as client:
            config = ConsumerConfig(ack_policy=AckPolicy.NONE, mem_storage=True, num_replicas=1)
            consumer = await client.jetstream().pull_subscribe("", stream="REG_NL", config=config)
            start, count = time.perf_counter(), 0
            while count < events:
                count += len(await consumer.fetch(min(1_000, events - count), timeout=10))
            return count / (time.perf_counter() - start)

    ours, baseline = alternate(rounds, lambda: asyncio.run(port()), lambda: asyncio.run(bare()))
    yield Ratio(
        name=f"replay of {events:,} events from three servers",
        ours=ours,
        baseline=baseline,
        unit="events/s",
        bound=0.4,
        more_is_better=True,
        against="nats-py's own fetching of the same messages",
    )


async def _fill(servers: list[Server], folder: Path, events: int) -> None:
    async with opened(servers, folder / "fill", regions=("NL",)) as record:
        for start in range(0, events, 1_000):
            await _thousand(record, start)


async def _thousand(record: JetStreamRecord, start: int) -> None:
    ids = RandomIds()
    await record.append("NL", [Write(f"ev.NL.incident.{start}", tuple(new_event(ids) for _ in range(1_000)))])


@contextlib.asynccontextmanager
async def _client(servers: list[Server], folder: Path) -> AsyncIterator[Client]:
    key, client = NKey.read(Users(folder).operator), Client()
    client._public_nkey, client._auth_configured = key.public, True
    urls = [server.url for server in servers]
    await client.connect(urls, signature_cb=lambda nonce: base64.b64encode(key.sign(nonce.encode())))
    try:
        yield client
    finally:
        await client.close()
