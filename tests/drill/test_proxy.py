"""A link's weather: what gets through, what is held, and what is refused."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator

import pytest

from meldkamer.domain.clock import FakeClock
from meldkamer.drill.proxy import BLACK_HOLE, CLEAR, ONE_WAY, REFUSED, Proxy, Weather


class Far:
    """A server that keeps what it gets, and says what it is told to say."""

    def __init__(self) -> None:
        self.got = b""
        self.ended = asyncio.Event()
        self.news = asyncio.Event()
        self.writer: asyncio.StreamWriter | None = None

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.writer = writer
        self.news.set()
        try:
            while data := await reader.read(100):
                self.got += data
                self.news.set()
        except ConnectionError:
            pass
        self.ended.set()

    async def has(self, data: bytes) -> None:
        async with asyncio.timeout(10):
            while self.got != data:
                self.news.clear()
                await self.news.wait()


class Line:
    def __init__(self, far: Far, proxy: Proxy, clock: FakeClock) -> None:
        self.far, self.proxy, self.clock = far, proxy, clock

    async def connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        reader, writer = await asyncio.open_connection("127.0.0.1", self.proxy.port)
        async with asyncio.timeout(10):
            await self.far.news.wait()
        return reader, writer


async def settled() -> None:
    """Let everything that can happen now happen: bytes on loopback are there after a few rounds of the loop."""
    for _ in range(200):
        await asyncio.sleep(0)


@pytest.fixture
async def line() -> AsyncIterator[Line]:
    far, clock = Far(), FakeClock()
    server = await asyncio.start_server(far.serve, "127.0.0.1", 0)
    proxy = Proxy(server.sockets[0].getsockname()[1], clock, random.Random(1))
    await proxy.start()
    yield Line(far, proxy, clock)
    await proxy.close()
    server.close()


async def test_in_clear_weather_everything_passes_both_ways_and_so_does_the_end(line: Line) -> None:
    reader, writer = await line.connect()
    writer.write(b"there")
    await line.far.has(b"there")
    assert line.far.writer is not None
    line.far.writer.write(b"back")
    assert await reader.readexactly(4) == b"back"
    writer.close()
    async with asyncio.timeout(10):
        await line.far.ended.wait()
    assert line.proxy.carried == 1


async def test_a_refused_link_drops_what_is_connected_and_takes_nothing_new(line: Line) -> None:
    reader, _ = await line.connect()
    line.proxy.set(REFUSED)
    with pytest.raises((ConnectionError, asyncio.IncompleteReadError)):
        await reader.readexactly(1)
    again, _ = await asyncio.open_connection("127.0.0.1", line.proxy.port)
    with pytest.raises((ConnectionError, asyncio.IncompleteReadError)):
        await again.readexactly(1)
    assert line.proxy.connections == 0


async def test_a_black_hole_holds_everything_until_it_heals_in_order(line: Line) -> None:
    reader, writer = await line.connect()
    line.proxy.set(BLACK_HOLE)
    assert line.far.writer is not None
    writer.write(b"one ")
    line.far.writer.write(b"back")
    await settled()
    writer.write(b"two")
    await settled()
    assert line.far.got == b""
    line.proxy.set(CLEAR)
    await line.far.has(b"one two")
    assert await reader.readexactly(4) == b"back"


async def test_one_way_lets_only_what_comes_back_pass(line: Line) -> None:
    reader, writer = await line.connect()
    line.proxy.set(ONE_WAY)
    assert line.far.writer is not None
    writer.write(b"there")
    line.far.writer.write(b"back")
    assert await reader.readexactly(4) == b"back"
    await settled()
    assert line.far.got == b""
    line.proxy.set(CLEAR)
    await line.far.has(b"there")


async def test_what_is_late_comes_in_order_and_not_before_its_time(line: Line) -> None:
    _, writer = await line.connect()
    line.proxy.set(Weather(delay=0.1, jitter=0.2))
    for part in (b"a", b"b", b"c"):
        writer.write(part)
        await settled()
    await line.clock.pump(0.09)
    assert line.far.got == b""
    await line.clock.pump(0.3)
    await line.far.has(b"abc")


async def test_a_narrow_link_takes_its_time_for_every_byte(line: Line) -> None:
    _, writer = await line.connect()
    line.proxy.set(Weather(rate=10))
    writer.write(b"0123456789")
    await line.far.has(b"0123456789")
    writer.write(b"more")
    await settled()
    assert line.far.got == b"0123456789"  # a second's worth has gone through
    await line.clock.pump(1.0)
    await line.far.has(b"0123456789more")


async def test_a_server_that_is_gone_ends_the_connection_at_once(line: Line) -> None:
    nobody = Proxy(1, line.clock, random.Random(1))
    await nobody.start()
    reader, _ = await asyncio.open_connection("127.0.0.1", nobody.port)
    with pytest.raises((ConnectionError, asyncio.IncompleteReadError)):
        await reader.readexactly(1)
    await nobody.close()
