"""What each room's application says of who serves what, followed over its live channel like a desk does.

A witness sees with the eyes of one application. What that one says of its own rooms is a claim: two rooms that claim a
function under the same epoch would be two owners.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import Counter
from collections.abc import Callable, Iterable, Mapping

import msgspec

from meldkamer.client import ApiError, Client, RowChange
from meldkamer.domain.clock import Clock

AGAIN_SECONDS = 0.3


class Served(msgspec.Struct, frozen=True):
    """Who serves a function, under which epoch, where it is at home, and whether somebody wants it to move."""

    name: str
    home: str
    owner: str
    epoch: int
    ground: str = ""
    reason: str = ""
    proposal: dict[str, object] | None = None


class Claim(msgspec.Struct, frozen=True):
    """An application said that one of its own rooms serves this."""

    function: str
    epoch: int
    room: str


class Witness:
    """Follows one application for as long as it runs, and again when it is back."""

    def __init__(self, site: str, rooms: Iterable[str], client: Client, clock: Clock) -> None:
        self.site, self.rooms = site, frozenset(rooms)
        self.functions: dict[str, Served] = {}
        self.claims: set[Claim] = set()
        self.moves: Counter[str] = Counter()
        """How often each function was seen to go to another room."""
        self.watching = False
        self._client, self._clock = client, clock
        self._news = asyncio.Event()

    def owned_by(self, rooms: Iterable[str]) -> set[str]:
        """The functions that these rooms serve, as this application has it."""
        wanted = set(rooms)
        return {served.name for served in self.functions.values() if served.owner in wanted}

    async def until(self, true: Callable[[Mapping[str, Served]], bool], seconds: float) -> bool:
        """Wait until something holds of the functions. False when the time is over first."""
        end = self._clock.monotonic() + seconds
        while not true(self.functions):
            left = end - self._clock.monotonic()
            if left <= 0:
                return False
            news = self._news
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(news.wait(), left)
        return True

    async def run(self) -> None:
        """For ever: the whole picture first, then what changes."""
        while True:
            try:
                picture = await self._client.picture(["NL"])
                for raw in picture.functions:
                    self._see(raw)
                self._told()
                self.watching = True
                async for frame in self._client.live(["NL"], picture.positions):
                    if frame.t == "ev" and any(self._see_change(raw) for raw in frame.rows):
                        self._told()
            except (ApiError, ConnectionError, msgspec.MsgspecError):
                pass
            self.watching = False
            await self._clock.wait(AGAIN_SECONDS)

    def _see_change(self, raw: msgspec.Raw) -> bool:
        change = msgspec.json.decode(raw, type=RowChange)
        if change.kind != "function" or bytes(change.row) == b"null":
            return False
        self._see(change.row)
        return True

    def _see(self, raw: msgspec.Raw) -> None:
        served = msgspec.json.decode(raw, type=Served)
        before = self.functions.get(served.name)
        self.moves[served.name] += before is not None and before.owner != served.owner
        self.functions[served.name] = served
        if served.owner in self.rooms:
            self.claims.add(Claim(served.name, served.epoch, served.owner))

    def _told(self) -> None:
        self._news.set()
        self._news = asyncio.Event()
