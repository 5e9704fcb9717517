"""What a room brings back: 1,500 events of an hour alone, over three servers that write before they say yes.

rejoin   the network learned anew, every event looked up, merged and stored, the journal closed; against the same events
         appended to the same servers in batches of the same size by a room that was never away. The seconds are of
         this machine; the promise of three seconds is the drill's.
"""

from __future__ import annotations

import asyncio
import tempfile
import time
from pathlib import Path

from bench import Ratio
from bench.record import new_event
from meldkamer.domain.clock import RandomIds, SystemClock
from meldkamer.domain.registry import EVENT_TYPES
from meldkamer.network.relay import GROUP, Relay
from meldkamer.record import IslandRecord, Sealer, Write
from meldkamer.record.keys import SqliteKeys
from meldkamer.record.sqlite import SqliteRecord
from tests.nats.opening import opened
from tests.nats.server import Server, cluster, running

PER_INCIDENT = 30


def run(quick: bool) -> list[Ratio]:
    """Quick: 300 events, once; else 1,500, the middle of five. Under a minute."""
    count, rounds = (300, 1) if quick else (1_500, 5)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        servers = cluster(folder)
        with running(servers):
            pairs = [asyncio.run(_both(servers, folder / str(n), count)) for n in range(rounds)]
    ours, baseline = sorted(pairs, key=lambda pair: pair[0] / pair[1])[len(pairs) // 2]
    return [
        Ratio(
            name=f"rejoin with {count:,} events",
            ours=ours,
            baseline=baseline,
            unit="s",
            bound=5.0,
            more_is_better=False,
            against="the same events appended by a room that was never away",
        )
    ]


def _writes(ids: RandomIds, count: int, mark: str) -> list[Write]:
    subjects = [f"ev.LB.incident.{mark}{n // PER_INCIDENT}" for n in range(count)]
    return [Write(subject, (new_event(ids),)) for subject in subjects]


async def _both(servers: list[Server], folder: Path, count: int) -> tuple[float, float]:
    """Seconds of the rejoin, and of the plain appends."""
    ids, clock = RandomIds(), SystemClock()
    keys = SqliteKeys(folder / "keys")
    sealer = Sealer(EVENT_TYPES, keys)
    async with opened(servers, folder / "cache") as network:
        await network.append("LB", _writes(ids, 1, f"begin{ids.new()}"))
        record = await IslandRecord.open(network, folder / "island", SqliteRecord, clock)
        await record.begin()
        for write in _writes(ids, count, f"alone{ids.new()}"):
            await record.append("LB", [write])
        began = time.perf_counter()
        async with record.still() as journal:
            brought = await Relay(record.network, journal, sealer, {}).run()
        ours = time.perf_counter() - began
        assert brought.events == count, brought
        writes = _writes(ids, count, f"plain{ids.new()}")
        began = time.perf_counter()
        for start in range(0, count, GROUP):
            await network.append("LB", writes[start : start + GROUP])
        baseline = time.perf_counter() - began
    await keys.close()
    return ours, baseline
