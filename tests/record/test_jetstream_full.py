"""A core whose store is full: what cannot be promised is refused, what stands is read, and work goes on after."""

from __future__ import annotations

import asyncio
import resource
from pathlib import Path

import pytest

from meldkamer.record import Durability, StoreFull, Write, subject
from tests.nats.opening import event, opened
from tests.nats.server import running, single

BODY = b"\xc5\xff\xf8" + bytes(0xFFF8)
"""A msgpack of 64 kB."""


async def test_a_core_whose_store_is_full_refuses_and_keeps_what_stands_until_there_is_room(
    tmp_path: Path,
) -> None:
    server = single(tmp_path / "nats")
    server.set("max_file: 4GB", "max_file: 2MB")
    kept: list[str] = []
    with running([server]):
        async with opened([server], tmp_path / "a", seconds=5) as record:
            name = subject("LB", "incident", "1")
            with pytest.raises(StoreFull, match="nothing was stored"):
                for _ in range(60):
                    new = event(body=BODY)
                    await record.append("LB", [Write(name, (new,))])
                    kept.append(new.id)
            assert 10 < len(kept) < 60
            assert [entry.event.id for entry in await record.read(name)] == kept
            refused = event(body=BODY)
            with pytest.raises(StoreFull):
                await record.append("LB", [Write(name, (refused,))])
            assert await record.resolve("LB", refused.id) is None
            server.end()
            server.set("max_file: 2MB", "max_file: 4GB")
            server.start()
            server.wait()
            appended = await record.append("LB", [Write(name, (refused,))])
            assert not appended.duplicate
            assert [entry.event.id for entry in await record.read(name)] == [*kept, refused.id]


async def test_a_room_whose_own_disk_is_full_still_stores_at_the_core_and_reads(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """What a room keeps of the streams is a cache: the promise is the core's."""
    with running([single(tmp_path / "nats")]) as servers:
        cache = tmp_path / "a"
        async with opened(servers, cache) as record:
            name = subject("LB", "incident", "1")
            kept = [event()]
            await record.append("LB", [Write(name, (kept[0],), 0)])
            before = resource.getrlimit(resource.RLIMIT_FSIZE)
            # From here on no file of this process may grow: the system says so as it does on a full disk.
            resource.setrlimit(resource.RLIMIT_FSIZE, (1, before[1]))
            try:
                for n in range(3):
                    batch = tuple(event() for _ in range(900))
                    appended = await record.append("LB", [Write(subject("LB", "call", str(n)), batch)])
                    assert appended.durability is Durability.SAFE
                kept.append(event())
                await record.append("LB", [Write(name, (kept[1],), 1)])
                assert [entry.event.id for entry in await record.read(name)] == [e.id for e in kept]
                async with asyncio.timeout(20):  # it is kept beside the work
                    while "the index cannot be kept" not in caplog.text:  # noqa: ASYNC110 - a line in a log is no event
                        await asyncio.sleep(0.01)
            finally:
                resource.setrlimit(resource.RLIMIT_FSIZE, before)
        async with opened(servers, cache) as record:
            assert await record.tail("LB") == 2 + 3 * 900
            assert [entry.event.id for entry in await record.read(name)] == [e.id for e in kept]
