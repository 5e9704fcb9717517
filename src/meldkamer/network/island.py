"""A room's way into being alone and back: a rule, by what the majority of the core has stored of our heart-beats.

Alone after five seconds in which no heart-beat was stored. Back when the heart-beats have been stored for a while
again, longer after a link that flaps: then what was stored alone is brought to the others, the picture is folded anew,
and the functions that others took meanwhile stay with them until people hand them back.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from itertools import pairwise
from typing import Protocol

from meldkamer.domain import desk
from meldkamer.domain.basics import Context, Refused
from meldkamer.domain.clock import Clock, Ids
from meldkamer.network.handler import Handler
from meldkamer.network.leases import LeaseKeeper
from meldkamer.network.picture import Picture
from meldkamer.network.relay import Brought, Others, Relay
from meldkamer.record import IslandRecord, RecordError, Sealer, Unreachable

ALONE_SECONDS = 5.0
"""Without a stored heart-beat: then this room is alone."""
LOOK_SECONDS = 0.5
STEADY_SECONDS = (1.0, 2.0, 4.0, 8.0, 15.0, 30.0)
"""So long heart-beats must be stored again before the rejoin; longer each time the link broke within FLAP_SECONDS. That
the core elected a leader meanwhile is no break of the link."""
FLAP_SECONDS = 300.0
STANDSTILL_SECONDS = 2.0
"""So long nobody can store anything while what was kept is brought, at most. What is not done by then is done at the
next try: what was brought stays brought."""
SYSTEM = "system.island"

log = logging.getLogger(__name__)


class IslandKeys(Protocol):
    """A key store that makes keys by itself while its servers are out of reach."""

    def go_alone(self) -> None:
        """Make them here alone from now on."""
        ...

    async def hand_in(self) -> Others:
        """Give them to the servers; those that had another one by then. Raises RecordError."""
        ...

    async def gathered(self) -> None:
        """What was sealed with them has been brought to the others."""
        ...


class Island:
    """One process's watch, for all of its rooms. `leaving`: what is done just before they go on alone; `rejoined`: when
    they are with the others again."""

    def __init__(
        self,
        record: IslandRecord,
        keys: IslandKeys,
        sealer: Sealer,
        picture: Picture,
        keepers: Sequence[LeaseKeeper],
        handlers: Mapping[str, Handler],
        clock: Clock,
        ids: Ids,
        turn: float = 0.0,
    ) -> None:
        """turn: seconds that these rooms wait longer than others before they come back. After a loss of the core all
        come back, and who brings what it kept stands still for less when fewer do so at the same time."""
        self._turn = turn
        self._record, self._keys, self._sealer, self._picture = record, keys, sealer, picture
        self._keepers, self._handlers = tuple(keepers), dict(handlers)
        self._clock, self._ids = clock, ids
        self.leaving: list[Callable[[], Awaitable[None]]] = []
        self.rejoined: list[Callable[[], Awaitable[None]]] = []
        self._since = clock.monotonic() if record.alone else None
        self._breaks: list[float] = []
        self._links = record.network.links
        self._steady: float | None = None
        if record.alone:
            keys.go_alone()

    @property
    def alone(self) -> bool:
        """Whether these rooms are cut off."""
        return self._record.alone

    @property
    def seconds(self) -> float:
        """How long they have been, seconds; 0 when they are not."""
        return 0.0 if self._since is None else self._clock.monotonic() - self._since

    @property
    def events(self) -> int:
        """How many events are kept here alone."""
        return self._record.journal.events if self._record.journal is not None else 0

    async def run(self) -> None:
        """Look for ever. Start it after the follower."""
        if self.alone:
            await self._say_alone()
        while True:
            try:
                await self.look()
            except RecordError as error:
                log.warning("not with the others yet: %s", error)
            await self._clock.wait(LOOK_SECONDS)

    async def look(self) -> None:
        """One look, and what follows from it. Raises RecordError."""
        age = min(keeper.age for keeper in self._keepers)
        failing = all(keeper.failing for keeper in self._keepers)
        if not self.alone:
            if failing and age >= ALONE_SECONDS:
                await self._begin(age)
        elif failing or age >= ALONE_SECONDS:
            self._steady = None
        else:
            now = self._clock.monotonic()
            if self._steady is None:
                self._steady = now - age
                if self._links != self._record.network.links:
                    self._links = self._record.network.links
                    self._breaks.append(now)
            # Heart-beats are stored in one stream; the others may still be without a leader, and nobody waits for that.
            if now - self._steady >= self._patience(now) + self._turn and await self._record.network.answers():
                self._steady = None
                await self._rejoin()

    def _patience(self, now: float) -> float:
        self._breaks = [at for at in self._breaks if now - at < FLAP_SECONDS]
        return STEADY_SECONDS[min(max(0, len(self._breaks) - 1), len(STEADY_SECONDS) - 1)]

    async def _begin(self, age: float) -> None:
        log.error("alone: no heart-beat was stored for %.1f s", age)
        for act in self.leaving:
            await act()
        self._since = self._clock.monotonic()
        self._links = self._record.network.links
        self._keys.go_alone()
        await self._record.begin()
        await self._say_alone()

    async def _say_alone(self) -> None:
        for room in self._handlers:
            await self._do(desk.NoteRoomAlone(room=room), room)

    async def _rejoin(self) -> None:
        """Bring everything to the others. Raises RecordError: then nothing is lost, and it is tried again."""
        began = {room: self._picture.desk(room).alone for room in self._handlers}
        times = [self._clock.monotonic()]
        until = asyncio.get_running_loop().time() + STANDSTILL_SECONDS
        try:
            async with self._record.still() as journal, asyncio.timeout_at(until):
                times.append(self._clock.monotonic())
                others = await self._keys.hand_in()
                times.append(self._clock.monotonic())
                brought: Brought = await Relay(self._record.network, journal, self._sealer, others).run()
                await self._keys.gathered()
                times.append(self._clock.monotonic())
        except TimeoutError:
            raise Unreachable(f"not all was brought within {STANDSTILL_SECONDS:g} s, the rest is next time") from None
        log.warning(
            "with the others again: %d events brought, %d conflicts; %.2f s to learn what they did, %.2f s for keys,"
            " %.2f s to bring",
            brought.events,
            brought.conflicts,
            *(later - earlier for earlier, later in pairwise(times)),
        )
        self._since = None
        for room, since in began.items():
            command = desk.NoteRoomRejoined(room=room, began=since, events=brought.events, conflicts=brought.conflicts)
            await self._do(command, room)
        for act in self.rejoined:
            await act()

    async def _do(self, command: desk.DeskCommand, room: str) -> None:
        context = Context(now=self._clock.now(), actor=SYSTEM, room=room)
        try:
            await self._handlers[room].do(command, command_id=self._ids.new(), context=context)
        except Refused as refused:
            log.info("room %s: %s not needed: %s", room, type(command).__name__, refused)
