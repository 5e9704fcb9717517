"""A proxy that all of a workplace goes through, its worker and socket too: who was asked for, and how much came."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import urlsplit

ASKED = re.compile(rb"^(?:GET|HEAD|POST|PUT|DELETE|OPTIONS|CONNECT) (\S+) HTTP/1\.", re.MULTILINE)


class HouseProxy:
    """Passes on to one server alone. hosts: `name:port` of everything that was asked for. received: bytes that came."""

    def __init__(self, house: str) -> None:
        self.house = urlsplit(house).netloc
        self.hosts: set[str] = set()
        self.received = 0
        self.url = ""

    async def _meet(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        target = ASKED.match(head)
        host = "" if target is None else self._note(target[1].decode())
        if host != self.house:
            writer.write(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
            writer.close()
            return
        name, _, port = host.partition(":")
        far_reader, far_writer = await asyncio.open_connection(name, int(port))
        if head.startswith(b"CONNECT "):
            writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
        else:
            far_writer.write(head)
        await asyncio.gather(self._pass(reader, far_writer, False), self._pass(far_reader, writer, True))

    def _note(self, target: str) -> str:
        host = urlsplit(target).netloc if "://" in target else target
        if host:
            self.hosts.add(host)
        return host

    async def _pass(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter, coming: bool) -> None:
        try:
            while data := await source.read(65536):
                if coming:
                    self.received += len(data)
                else:
                    for found in ASKED.findall(data):
                        if b"://" in found:  # another request on the same connection; without it, what is in a tunnel
                            self._note(found.decode())
                sink.write(data)
                await sink.drain()
        except OSError:
            pass
        finally:
            sink.close()


@asynccontextmanager
async def proxy_to(house: str) -> AsyncIterator[HouseProxy]:
    """A proxy on a free port."""
    proxy = HouseProxy(house)
    server = await asyncio.start_server(proxy._meet, "127.0.0.1", 0)
    proxy.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield proxy
    finally:
        server.close()
