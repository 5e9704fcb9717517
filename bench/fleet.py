"""What it costs to take in a whole fleet's positions by UDP, against only receiving and proving the same datagrams.

Ours: ten thousand units at one position each, through a real socket and the room's door: envelope, key, counter, rate,
line, RD, jump, newest wins. The baseline: the same datagrams through a real socket, one HMAC over each, nothing kept.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import socket
import tempfile
import time
from pathlib import Path
from typing import Any

from bench import Ratio, alternate
from meldkamer.domain.clock import SystemClock
from meldkamer.domain.unit import Unit
from meldkamer.geo import RdTransform
from meldkamer.network import Picture
from meldkamer.response import Positions, UdpPositions
from meldkamer.response.wire.envelope import seal

UNITS, QUICK_UNITS = 10_000, 1_000
TOGETHER = 200
"""Datagrams that are sent before the other side gets to read them: few enough for any kernel's buffer."""
SECONDS = 5.0
KEY = bytes(range(32))


def run(quick: bool) -> list[Ratio]:
    """Milliseconds for one position of every unit."""
    units = QUICK_UNITS if quick else UNITS
    with tempfile.TemporaryDirectory() as folder:
        fleet = _Fleet(Path(folder), units)
        ours, baseline = alternate(3 if quick else 9, fleet.taken, fleet.proven)
    return [
        Ratio(
            name=f"{units} units, one position each, by UDP",
            ours=ours,
            baseline=baseline,
            unit="ms",
            bound=10.0 if quick else 5.0,
            more_is_better=False,
            against="receiving and one HMAC each",
        ),
        Ratio(
            name=f"{units} positions, as a share of the time they come in",
            ours=ours,
            baseline=1000 * SECONDS * units / UNITS,
            unit="ms",
            bound=1.0,
            more_is_better=False,
            against="every unit once in 5 s",
        ),
    ]


class _Fleet:
    """A door, and datagrams with counters and times of their own in every round."""

    def __init__(self, folder: Path, units: int) -> None:
        self._refs = [f"RT/{n}" for n in range(units)]
        keys = folder / "keys.toml"
        keys.write_text(f'[sender.gateway]\nkeys = ["{KEY.hex()}"]\nunits = {self._refs}\n', encoding="utf-8")
        keys.chmod(0o600)
        picture = Picture(_nothing)
        picture.units = {r: Unit(ref=r, discipline="B", kind="TS", function="RT.B.dispatch") for r in self._refs}
        self._keys, self._counters = keys, folder / "counters.json"
        self._clock, self._rd = SystemClock(), RdTransform()
        self._positions = Positions(picture)
        self._round = 0

    def datagrams(self) -> list[bytes]:
        """One of every unit, later than those before."""
        self._round += 1
        of_day = int(time.time()) % 86_400 - 60 + self._round
        first = int(time.time() * 1000) + self._round * 1_000_000
        return [
            seal("gateway", ref, first + n, f">RPV{of_day:05}+52{n:05}+0050000002208412<", KEY)
            for n, ref in enumerate(self._refs)
        ]

    def taken(self) -> float:
        """By the door. Raises RuntimeError when a position is lost: then it measured something else."""
        door = UdpPositions.of(self._keys, self._counters, self._positions, self._rd, self._clock, 100.0)
        before = self._positions.counts.total()
        spent = asyncio.run(_through(door.open("127.0.0.1", 0), self.datagrams(), door.close))
        if (missing := len(self._refs) - self._positions.counts.total() + before) or door.lines.refused:
            raise RuntimeError(f"{missing} positions are missing, refused: {dict(door.lines.refused)}")
        return spent

    def proven(self) -> float:
        """By a socket that only proves."""
        bare = _Bare()
        datagrams = self.datagrams()
        spent = asyncio.run(_through(bare.open(), datagrams, bare.close))
        if bare.good != len(datagrams):
            raise RuntimeError(f"{len(datagrams) - bare.good} datagrams are missing")
        return spent


class _Bare(asyncio.DatagramProtocol):
    def __init__(self) -> None:
        self.good = 0
        self._transport: asyncio.DatagramTransport | None = None

    async def open(self) -> tuple[str, int]:
        loop = asyncio.get_running_loop()
        self._transport, _ = await loop.create_datagram_endpoint(lambda: self, local_addr=("127.0.0.1", 0))
        host, port = self._transport.get_extra_info("sockname")
        return host, port

    def datagram_received(self, data: bytes, addr: tuple[str | Any, int]) -> None:
        said, _, proof = data.rpartition(b" ")
        self.good += hmac.compare_digest(hmac.new(KEY, said, hashlib.sha256).hexdigest().encode(), proof)

    async def close(self) -> None:
        if self._transport is not None:
            self._transport.close()


async def _through(opening: Any, datagrams: list[bytes], close: Any) -> float:
    """Milliseconds of the loop for all of them, sent from the same thread: both sides pay for the sending alike."""
    address = await opening
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as gateway:
        gateway.connect(address)
        begun = time.perf_counter()
        for at in range(0, len(datagrams), TOGETHER):
            for datagram in datagrams[at : at + TOGETHER]:
                gateway.send(datagram)
            for _ in range(TOGETHER + 2):
                await asyncio.sleep(0)  # one datagram a turn of the loop, and one turn to take them
        spent = time.perf_counter() - begun
    await close()
    return 1000 * spent


def _nothing(entry: object) -> Any:
    raise NotImplementedError(entry)
