"""A connection whose server is swallowed by the network finds the next one, and waits for no answer of the first."""

from __future__ import annotations

import asyncio
import random
import signal
from pathlib import Path

import msgspec
import pytest

from meldkamer.domain.clock import SystemClock
from meldkamer.drill.proxy import BLACK_HOLE, Proxy
from meldkamer.record.jetstream_client import JetStreamClient
from tests.network.sites.running import Running, access, network, written

FOUND_SECONDS = 15.0
"""Two pings of two seconds, and a connection; a goodbye over TLS that nobody answers alone would take thirty."""


@pytest.mark.slow
@pytest.mark.faults
@pytest.mark.timeout(120)
async def test_a_client_leaves_a_black_hole_for_the_next_server(tmp_path: Path) -> None:
    made = network(1, 1)
    keys = written(tmp_path / "net", made)
    running = Running(tmp_path / "net", made, "--only", "core-LB")
    proxy = Proxy(made.sites[0].ports.core, SystemClock(), random.Random(1))
    await proxy.start()
    try:
        await asyncio.to_thread(running.wait_for, "these servers are up")
        way = access(keys, "LB", next(iter(made.servers())))
        near = f"tls://127.0.0.1:{proxy.port}"
        client = JetStreamClient(msgspec.structs.replace(way, servers=(near, *way.servers)), "test")
        await client.open(10)
        again = asyncio.Event()
        client.on_connected = again.set
        proxy.set(BLACK_HOLE)
        async with asyncio.timeout(FOUND_SECONDS):
            await client.broken
            await again.wait()
        assert client.connected and (await client.ask("INFO"))["streams"] >= 1
        await client.close()
    finally:
        await proxy.close()
        await asyncio.to_thread(running.end, signal.SIGTERM)
