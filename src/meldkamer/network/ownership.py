"""Ownership in one room: taking what is ours at start, watching the others, and taking over by rule.

Every room runs one of these. A takeover happens when a person declared the owner down or its lease lapsed; the fence
record performs it, so it stays right even when two rooms try at once or the deposed owner does not know.
"""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Sequence

from meldkamer.domain import desk, function
from meldkamer.domain.basics import Context, Refused
from meldkamer.domain.clock import Clock, Ids
from meldkamer.network.handler import Handler
from meldkamer.network.leases import LeaseWatch
from meldkamer.network.picture import Change, Picture
from meldkamer.network.succession import NEAR_BUDDIES, Capacity, spread
from meldkamer.record import RecordError

LOOK_SECONDS = 0.5
SYSTEM = "system.ownership"
STEADY_MILLIS = 60_000
"""A room that came back less than this ago takes functions over only when no other can."""

log = logging.getLogger(__name__)


class Ownership:
    """One room's part in who owns what.

    home: functions that live here. buddies: for every room its buddies in order. watch: this room's own view of leases.
    near: over so many of its nearest buddies a lost room's functions are spread.
    """

    def __init__(
        self,
        handler: Handler,
        picture: Picture,
        watch: LeaseWatch,
        home: Sequence[str],
        buddies: dict[str, tuple[str, ...]],
        clock: Clock,
        ids: Ids,
        near: int = NEAR_BUDDIES,
    ) -> None:
        self.room = handler.room
        self.watch = watch
        self._handler, self._picture = handler, picture
        self._home, self._buddies = tuple(home), buddies
        self._clock, self._ids, self._near = clock, ids, near
        self._urgent = asyncio.Event()
        self.stopped = False
        picture.listen(self._on_change)

    async def start(self) -> None:
        """Take what nobody owns yet, and start a new epoch for what was ours before a restart."""
        for name in sorted({*self._home, *self._picture.owned_by(self.room)}):
            f = self._picture.function(name)
            if not f.owner:
                await self._take(name, "first", rule="home room")
            elif f.owner == self.room:
                await self._take(name, "resumed", rule="restart")

    async def run(self) -> None:
        """Look at all leases once a second, and act on what is lost."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._look())
            group.create_task(self._act_when_told())

    async def _look(self) -> None:
        while not self.stopped:
            try:
                await self.watch.look()
            except RecordError as error:
                log.warning("room %s: could not look at the leases: %s", self.room, error)
            else:
                self._urgent.set()
            await self._clock.wait(LOOK_SECONDS)

    async def _act_when_told(self) -> None:
        # One actor, so that a declared loss and the next look never act at the same time.
        while not self.stopped:
            await self._urgent.wait()
            self._urgent.clear()
            await self.act()

    async def act(self) -> None:
        """Take over what falls to this room now. Harmless to repeat."""
        if self._handler.alone:
            return  # who hears nobody can call nobody silent
        own = self._picture.desk(self.room)
        if own.state == "silent":
            # The others gave us up while we were quiet. We work again, and get back only what is handed back.
            await self._do(desk.DeclareRoomUp(room=self.room))
        if not self._up(self.room):
            return
        for lost in self._lost():
            state = self._picture.desk(lost)
            if state.state == "up":
                silent = round(self.watch.silence(lost), 1)
                await self._do(desk.NoteRoomSilent(room=lost, silent=silent))
            await self._succeed(lost)

    def _lost(self) -> list[str]:
        owners = {f.owner for f in self._picture.functions.values() if f.owner and f.owner != self.room}
        return sorted(room for room in owners if not self._up(room))

    def _up(self, room: str) -> bool:
        return self._picture.desk(room).state == "up" and not self.watch.lapsed(room)

    async def _succeed(self, lost: str) -> None:
        """Take what falls to this room of what the lost one served."""
        near = self._buddies.get(lost, ())
        # Beyond its buddies any room is better than none.
        buddies = (*near, *(room for room in sorted(self._buddies) if room not in (lost, *near)))
        able = {room: self._capacity(room) for room in buddies if self._up(room)}
        found = spread(self._picture.owned_by(lost), lost, buddies, able, self._near)
        declared = self._picture.desk(lost).state == "down"
        reason = self._picture.desk(lost).reason if declared else "heart-beat lapsed"
        for name, chosen in found.items():
            if chosen.room == self.room:
                await self._take(name, "declared" if declared else "lapsed", reason=reason, rule=chosen.rule)

    def _capacity(self, room: str) -> Capacity:
        of = self._picture.desk(room)
        people = Counter(kind for seat in of.seats.values() for kind in seat.qualified)
        steady = not of.since or self._clock.now() - of.since >= STEADY_MILLIS
        return Capacity(people=people, seats=len(of.seats), serves=len(self._picture.owned_by(room)), steady=steady)

    async def _take(self, name: str, ground: function.Ground, reason: str = "", rule: str = "") -> None:
        await self._do(function.TakeFunction(function=name, to=self.room, ground=ground, reason=reason, rule=rule))

    async def _do(self, command: desk.DeskCommand | function.FunctionCommand) -> None:
        context = Context(now=self._clock.now(), actor=SYSTEM, room=self.room)
        try:
            await self._handler.do(command, command_id=self._ids.new(), context=context)
        except Refused as refused:
            log.info("room %s: %s not needed: %s", self.room, type(command).__name__, refused)
        except RecordError as error:
            log.warning("room %s: %s not stored, tried again next look: %s", self.room, type(command).__name__, error)

    def _on_change(self, change: Change) -> None:
        # A declared loss must not wait for the next look.
        if isinstance(change.event, desk.RoomDeclaredDown) and change.ref != self.room:
            self._urgent.set()
