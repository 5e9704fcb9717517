"""One link between two processes as a small TCP proxy, whose weather can be changed while it carries connections.

What cannot get through is held, not thrown away, and goes on when the link heals: so it is with TCP, whose sender sends
again what was lost. A link that loses packets is therefore one that is late now and then: `jitter`.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
from collections import deque

import msgspec

from meldkamer.domain.clock import Clock

CHUNK = 64 * 1024
HELD = 64
"""Chunks that wait in one direction before nothing more is read from the sender."""


class Weather(msgspec.Struct, frozen=True, kw_only=True):
    """What a link does. open: connections are taken and kept, otherwise reset and refused. up, down: whether bytes pass
    towards the server, and back. delay, jitter: seconds, always and at most in addition. rate: bytes a second each way,
    0 = as fast as it goes."""

    open: bool = True
    up: bool = True
    down: bool = True
    delay: float = 0.0
    jitter: float = 0.0
    rate: int = 0


CLEAR = Weather()
REFUSED = Weather(open=False)
BLACK_HOLE = Weather(up=False, down=False)
ONE_WAY = Weather(up=False)


class Proxy:
    """Carries connections to one port of this machine. Start it before its `port` is asked."""

    def __init__(self, target: int, clock: Clock, rng: random.Random, host: str = "127.0.0.1") -> None:
        self.target, self.port, self.carried = target, 0, 0
        self._host, self._clock, self._rng = host, clock, rng
        self._weather = CLEAR
        self._changed = asyncio.Event()
        self._server: asyncio.Server | None = None
        self._open: set[asyncio.StreamWriter] = set()
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def weather(self) -> Weather:
        return self._weather

    @property
    def connections(self) -> int:
        """How many are carried now."""
        return len(self._open) // 2

    async def start(self) -> None:
        """Listen on a free port. Raises OSError."""
        self._server = await asyncio.start_server(self._accept, self._host, 0)
        self.port = self._server.sockets[0].getsockname()[1]

    def set(self, weather: Weather) -> None:
        """Change the weather, also for the connections that there are."""
        self._weather = weather
        self._changed.set()
        self._changed = asyncio.Event()
        if not weather.open:
            for writer in self._open:
                writer.transport.abort()

    async def close(self) -> None:
        """Drop every connection and listen no more."""
        self.set(REFUSED)
        if self._server is not None:
            self._server.close()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.create_task(self._carry(reader, writer), name=f"link to {self.target}")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if not self._weather.open:
            writer.transport.abort()
            return
        try:
            there, back = await asyncio.open_connection(self._host, self.target)
        except OSError:
            writer.transport.abort()
            return
        pair = {writer, back}
        self._open |= pair
        self.carried += 1
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(_Way(self, self._clock, self._rng, up=True).run(reader, back))
                group.create_task(_Way(self, self._clock, self._rng, up=False).run(there, writer))
        except* (OSError, ConnectionError):
            pass
        finally:
            self._open -= pair
            for each in pair:
                each.transport.abort()

    async def changed(self) -> None:
        """Wait until the weather is set anew."""
        await self._changed.wait()


class _Way:
    """One direction of one connection: a reader that notes when each chunk is due, a writer that keeps to it."""

    def __init__(self, proxy: Proxy, clock: Clock, rng: random.Random, *, up: bool) -> None:
        self._proxy, self._clock, self._rng, self._up = proxy, clock, rng, up
        self._held: deque[tuple[float, bytes]] = deque()
        self._news, self._room = asyncio.Event(), asyncio.Event()

    async def run(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Until the sender has ended and all of it is delivered. Raises OSError when either side breaks."""
        reading = asyncio.create_task(self._read(reader))
        try:
            await self._write(writer)
        finally:
            reading.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await reading

    async def _read(self, reader: asyncio.StreamReader) -> None:
        due = 0.0
        while True:
            try:
                data = await reader.read(CHUNK)
            except OSError:
                data = b""
            weather = self._proxy.weather
            late = weather.delay + weather.jitter * self._rng.random() if weather.delay or weather.jitter else 0.0
            due = max(due, self._clock.monotonic() + late)
            self._held.append((due, data))
            self._news.set()
            if not data:
                return
            while len(self._held) >= HELD:
                self._room.clear()
                await self._room.wait()

    async def _write(self, writer: asyncio.StreamWriter) -> None:
        while True:
            while not self._held:
                self._news.clear()
                await self._news.wait()
            due, data = self._held[0]
            if (left := due - self._clock.monotonic()) > 0:
                await self._clock.wait(left)
            while not self._passes():
                await self._proxy.changed()
            self._held.popleft()
            self._room.set()
            if not data:
                with contextlib.suppress(OSError):
                    writer.write_eof()
                return
            writer.write(data)
            await writer.drain()
            if rate := self._proxy.weather.rate:
                await self._clock.wait(len(data) / rate)

    def _passes(self) -> bool:
        weather = self._proxy.weather
        return weather.up if self._up else weather.down
