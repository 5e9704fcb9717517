"""A core whose store is full: what cannot be promised is refused, what stands is read, and work goes on after."""

from __future__ import annotations

from pathlib import Path

import pytest

from meldkamer.record import StoreFull, Write, subject
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
