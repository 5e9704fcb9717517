"""The socket on which the datagrams come. Nothing is ever sent back, so it cannot be made to answer anybody else."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import socket
from pathlib import Path
from typing import Any

from meldkamer.domain.clock import Clock
from meldkamer.geo import RdTransform
from meldkamer.response.positions import Positions
from meldkamer.response.wire.door import Lines
from meldkamer.response.wire.seen import CountersFile
from meldkamer.response.wire.senders import SendersFile

LOOK_SECONDS = 2.0
"""Between two looks at the file of keys, and two times that the counters are kept."""
BUFFER = 4 * 1024 * 1024
"""Bytes that the kernel keeps for us while the loop is busy; it gives what it is allowed to give."""
TROUBLE = 10
"""Refused lines in a minute from which on health says so: one stray datagram is nothing."""

log = logging.getLogger(__name__)


class UdpPositions(asyncio.DatagramProtocol):
    """Lines that come together are taken together, once the loop has read them all. shut: why none come, else empty."""

    def __init__(self, lines: Lines, clock: Clock) -> None:
        self.lines, self.shut = lines, "not open yet"
        self._clock = clock
        self._waiting: list[tuple[bytes, str]] = []
        self._transport: asyncio.DatagramTransport | None = None

    @classmethod
    def of(
        cls, keys: Path, counters: Path, positions: Positions, rd: RdTransform, clock: Clock, rate: float
    ) -> UdpPositions:
        """From its files. rate: lines a second of a sender, for each of its units. Raises SendersError, NotAStore."""
        return cls(Lines(SendersFile(keys), CountersFile(counters), positions, rd, clock, rate), clock)

    async def open(self, host: str, port: int) -> tuple[str, int]:
        """Listen there (port 0: any free one); says where. Raises OSError when it cannot."""
        sock = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_DGRAM)
        try:
            with contextlib.suppress(OSError):
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, BUFFER)
            sock.setblocking(False)
            sock.bind((host, port))
            loop = asyncio.get_running_loop()
            self._transport, _ = await loop.create_datagram_endpoint(lambda: self, sock=sock)
        except BaseException:
            sock.close()
            raise
        address = sock.getsockname()
        return str(address[0]), int(address[1])

    async def run(self) -> None:
        """Look at the keys and keep the counters, for ever."""
        while True:
            await self._clock.wait(LOOK_SECONDS)
            await asyncio.to_thread(self.lines.senders.look)
            await self._keep()

    async def close(self) -> None:
        """Listen no more, and keep the counters."""
        if self._transport is not None:
            self._transport.close()
        await self._keep()

    async def _keep(self) -> None:
        try:
            await self.lines.counters.save()
        except OSError as error:
            log.warning("counters of positions not kept: %s", error)

    # --- what asyncio calls -----------------------------------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.shut = ""

    def connection_lost(self, exc: Exception | None) -> None:
        self.shut = f"closed: {exc}" if exc else "closed"

    def error_received(self, exc: Exception) -> None:
        log.info("positions by UDP: %s", exc)

    def datagram_received(self, data: bytes, addr: tuple[str | Any, int]) -> None:
        if not self.lines.admit(data, str(addr[0])):
            return
        if not self._waiting:
            asyncio.get_running_loop().call_soon(self._take)
        self._waiting.append((data, str(addr[0])))

    def _take(self) -> None:
        waiting, self._waiting = self._waiting, []
        self.lines.take(waiting)

    # --- how it is --------------------------------------------------------------------------------------------------

    def state(self) -> tuple[bool, str]:
        """Whether all is well, and in words."""
        trouble, senders = self.lines.trouble(), self.lines.senders
        if self.shut:
            return False, f"the socket is {self.shut}"
        if senders.problem:
            return False, f"the keys of before still count: {senders.problem}"
        if trouble.number >= TROUBLE:
            by = ", ".join(f"{n} {why}" for why, n in sorted(trouble.by.items(), key=lambda item: -item[1]))
            return False, f"lines refused in a minute: {by}; the last of {trouble.last}"
        return True, f"{self.lines.heard()} of {len(senders.now)} senders heard in a minute"
