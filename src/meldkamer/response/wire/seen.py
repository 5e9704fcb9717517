"""Which counters of a sender were used, so that a datagram that somebody recorded is worth nothing when sent again."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path
from typing import Annotated

import msgspec

from meldkamer.record import NotAStore
from meldkamer.response.wire.envelope import MOST_COUNTER

WINDOW = 64
"""Datagrams overtake each other on the way: one that is so many behind the newest may still come, once."""
_ALL = (1 << WINDOW) - 1
_File = dict[str, Annotated[int, msgspec.Meta(ge=0, le=MOST_COUNTER)]]


class Seen:
    """Of one sender: the newest counter, and which of the WINDOW up to it were used."""

    __slots__ = ("_bits", "newest")

    def __init__(self, newest: int = -1, bits: int = _ALL) -> None:
        self.newest, self._bits = newest, bits

    def take(self, counter: int) -> bool:
        """Use it; False when it was used already, or is too far behind to know."""
        ahead = counter - self.newest
        if ahead > 0:
            self._bits = ((self._bits << ahead) | 1) & _ALL if ahead < WINDOW else 1
            self.newest = counter
            return True
        if -ahead >= WINDOW or self._bits >> -ahead & 1:
            return False
        self._bits |= 1 << -ahead
        return True


class CountersFile:
    """The counters of all senders, kept in a file over a restart, after which nothing up to the kept one counts again.

    What came after the last `save` before a crash could be sent once more. Raises NotAStore for a file that is torn.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._by_sender: dict[str, Seen] = {}
        self._saved: dict[str, int] = {}
        self._lock = asyncio.Lock()
        if path.exists():
            try:
                self._saved = msgspec.json.decode(path.read_bytes(), type=_File)
            except (OSError, msgspec.MsgspecError) as error:
                raise NotAStore(f"{path}: {error}; move it away and let every sender begin with a new key") from error
            self._by_sender = {name: Seen(newest) for name, newest in self._saved.items()}

    def take(self, sender: str, counter: int) -> bool:
        """Use a counter of a sender; False when it was used."""
        seen = self._by_sender.get(sender)
        if seen is None:
            seen = self._by_sender[sender] = Seen()
        return seen.take(counter)

    async def save(self) -> None:
        """Write what changed, whole or not at all."""
        async with self._lock:
            now = {name: seen.newest for name, seen in self._by_sender.items()}
            if now == self._saved:
                return
            await asyncio.to_thread(self._write, msgspec.json.encode(now))
            self._saved = now

    def _write(self, content: bytes) -> None:
        beside = self._path.with_name(self._path.name + ".new")
        with beside.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(self._path)
