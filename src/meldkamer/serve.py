"""Serving a house: one uvicorn in the same loop, stopped by a signal or by the house's own failure."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import socket
from collections.abc import AsyncIterator, Iterator
from types import FrameType

import uvicorn

from meldkamer.room import House

SHUTDOWN_SECONDS = 5


TICK_SECONDS = 1.0


class Server(uvicorn.Server):
    """Ends at a signal, and no more than that.

    Uvicorn's own raises the signal again when it has ended, and the process was gone before the house was closed: no
    snapshot was kept and the next start replayed everything. It also wakes ten times a second to see whether it must
    end, in every room of a machine; this one is told.
    """

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self._loop, self._ending = asyncio.get_running_loop(), asyncio.Event()

    def stop(self) -> None:
        """End, in order."""
        self.should_exit = True
        self._ending.set()

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """A signal came; it may interrupt the loop anywhere."""
        super().handle_exit(sig, frame)
        self._loop.call_soon_threadsafe(self._ending.set)

    async def main_loop(self) -> None:
        """Once a second the date for the answers' headers, until somebody ends it."""
        tenths = 0
        while not await self.on_tick(tenths):
            tenths += 10
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(TICK_SECONDS):
                    await self._ending.wait()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        before = {number: signal.signal(number, self.handle_exit) for number in (signal.SIGINT, signal.SIGTERM)}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)


def listen(host: str, port: int) -> socket.socket:
    """A bound socket; port 0 takes any free one. Raises OSError when the address is in use."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    sock = socket.socket(family, socket.SOCK_STREAM)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        sock.bind((host, port))
    except OSError:
        sock.close()
        raise
    return sock


@contextlib.asynccontextmanager
async def serving(house: House, sock: socket.socket) -> AsyncIterator[asyncio.Task[None]]:
    """Serve for as long as the block runs. The task ends when somebody asks the process to stop."""
    settings = house.settings
    config = uvicorn.Config(
        house.app,
        ws="websockets-sansio",
        ws_per_message_deflate=False,
        ws_max_size=64 * 1024,
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=SHUTDOWN_SECONDS,
        ssl_certfile=settings.certificate or None,
        ssl_keyfile=settings.key or None,
    )
    server = Server(config)
    task = asyncio.create_task(server.serve(sockets=[sock]), name="server")
    try:
        while not server.started and not task.done():
            await house.clock.wait(0.01)
        yield task
    finally:
        server.stop()
        await task


async def serve(house: House, sock: socket.socket, seconds: float | None = None) -> None:
    """Serve until a signal, until `seconds` of wall time have passed, or until a worker of the house fails (raised)."""
    async with serving(house, sock) as server:
        waits: list[asyncio.Future[None]] = [server]
        if house.failed is not None:
            waits.append(house.failed)
        await asyncio.wait(waits, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
    if house.failed is not None and house.failed.done():
        house.failed.result()
