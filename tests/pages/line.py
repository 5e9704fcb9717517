"""A line to the server that can fall silent, as a network does: open, and nothing comes through."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import urlsplit


class Line:
    """Passes bytes on between the browser and the server."""

    def __init__(self, target: str) -> None:
        self._host, self._port = urlsplit(target).hostname, urlsplit(target).port
        self._flows = asyncio.Event()
        self._flows.set()
        self._writers: set[asyncio.StreamWriter] = set()
        self.url = ""

    def silence(self) -> None:
        """From now on nothing passes; connections stay open, as with a cable pulled somewhere."""
        self._flows.clear()

    def release(self) -> None:
        """What was held back comes through at once: as from a proxy that gathers before it gives."""
        self._flows.set()

    def restore(self) -> None:
        """The network is back; what was open before is gone."""
        for writer in list(self._writers):
            writer.transport.abort()
        self._flows.set()

    async def _meet(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await self._flows.wait()
        far_reader, far_writer = await asyncio.open_connection(self._host, self._port)
        self._writers |= {writer, far_writer}
        await asyncio.gather(self._pass(reader, far_writer), self._pass(far_reader, writer))
        self._writers -= {writer, far_writer}

    async def _pass(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
        try:
            while data := await source.read(65536):
                await self._flows.wait()
                sink.write(data)
                await sink.drain()
        except OSError:
            pass
        finally:
            sink.close()


@asynccontextmanager
async def line_to(target: str) -> AsyncIterator[Line]:
    """A line on a free port."""
    line = Line(target)
    server = await asyncio.start_server(line._meet, "127.0.0.1", 0)
    line.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield line
    finally:
        line.restore()
        server.close()
