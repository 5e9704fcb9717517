"""Offers waiting calls, in the room that owns their function. State-based: after a restart it looks and goes on."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping, Sequence

import msgspec

from meldkamer.domain import call
from meldkamer.domain.clock import Clock, derived_id
from meldkamer.intake.distribution import RING_SECONDS, FreeSeat, Offer, WaitingCall, choose, overload
from meldkamer.intake.follow_up import do_as
from meldkamer.intake.seats import Seats
from meldkamer.network import Change, Handler, Picture, subject_of
from meldkamer.record import RecordError

ACTOR = "system.distribution"
LOOK_SECONDS = 1.0
"""How often ring times are looked at, in shown time."""
PAUSE_SECONDS = 0.5
"""Pause after the record could not take an offer, in real time."""

log = logging.getLogger(__name__)


class Distributor:
    """One room's part in the distribution of calls. One task decides, so that no seat is given away twice."""

    def __init__(self, handler: Handler, picture: Picture, clock: Clock, buddies: Mapping[str, Sequence[str]]) -> None:
        self.room = handler.room
        self._handler, self._picture, self._clock = handler, picture, clock
        self._buddies = tuple(buddies.get(handler.room, ()))
        self._seats = Seats(picture)
        self._wake = asyncio.Event()
        picture.listen(self._on_change)

    async def run(self) -> None:
        """Offer for ever. Start it when the picture is up to date."""
        self._seats = Seats(self._picture)
        self._seats.read()
        self._wake.set()
        async with asyncio.TaskGroup() as group:
            group.create_task(self._watch_time())
            group.create_task(self._decide())

    def _on_change(self, change: Change) -> None:
        if self._seats.see(change):
            self._wake.set()

    async def _watch_time(self) -> None:
        while True:
            await self._clock.sleep(LOOK_SECONDS)
            if self._seats.waiting:
                self._wake.set()

    async def _decide(self) -> None:
        while True:
            await self._wake.wait()
            self._wake.clear()
            try:
                await self.act()
            except RecordError as error:
                log.warning("room %s: offer not stored, trying again: %s", self.room, error)
                await self._clock.wait(PAUSE_SECONDS)
                self._wake.set()
            except Exception:
                log.exception("room %s: distribution failed, trying again", self.room)
                await self._clock.wait(PAUSE_SECONDS)
                self._wake.set()

    async def act(self) -> None:
        """Give every waiting call of our functions its place, the longest waiting first. Harmless to repeat."""
        now = _Round(self._seats, self.room)
        for ref in [c.ref for c in self._seats.in_order() if self._mine(c)]:
            c = self._seats.waiting.get(ref)
            if c is None or not self._mine(c):
                continue
            offer = self._choose(c, now)
            if offer is None or self._seats.talking((offer.room, offer.seat)):
                continue
            now.give(offer)
            await self._offer(c, offer)

    def _mine(self, c: call.Call) -> bool:
        return self._picture.function(c.function).owner == self.room

    def _choose(self, c: call.Call, now: _Round) -> Offer | None:
        place, kind = (c.room, c.seat), _kind(c)
        ringing = (self._clock.now() - self._seats.ringing_since(c)) / 1000
        stands = bool(c.seat) and self._seats.stands(c, kind)
        if stands and c.room == self.room and ringing < RING_SECONDS:
            return None
        free = now.free(kind)
        if not free and c.room == self.room and not c.seat:
            return None  # a long queue: nobody is free anywhere, and it rings in the whole room
        late = frozenset([place] if c.seat and ringing >= RING_SECONDS else ())
        tried = late | self._seats.tried(c.ref)
        view = WaitingCall(room=c.room, seat=c.seat, rule=c.rule, stands=stands, ringing=ringing, tried=tried)
        offer = choose(view, self.room, free, self._buddies, now.overloaded(kind))
        if tried != late and (offer is None or not offer.seat):
            # Everybody who is free has let it ring: begin again rather than let it ring in an empty room.
            self._seats.forget_tried(c.ref)
            view = msgspec.structs.replace(view, tried=late)
            offer = choose(view, self.room, free, self._buddies, now.overloaded(kind))
        return offer

    async def _offer(self, c: call.Call, offer: Offer) -> None:
        version = self._picture.versions.get(subject_of("call", c.ref), 0)
        command = call.OfferCall(call=c.ref, room=offer.room, seat=offer.seat, rule=offer.rule)
        id = derived_id("offer", c.ref, str(version), offer.room, offer.seat)
        await do_as(ACTOR, self._handler, self._clock, command, id)


class _Round:
    """One look at all waiting calls: free seats per kind, less those given away in this look."""

    def __init__(self, seats: Seats, room: str) -> None:
        self._seats, self._room = seats, room
        self._free: dict[str, dict[str, list[FreeSeat]]] = {}
        self._given: set[tuple[str, str]] = set()
        self._overloaded: dict[str, bool] = {}

    def free(self, kind: str) -> dict[str, list[FreeSeat]]:
        if kind not in self._free:
            self._free[kind] = self._seats.free(kind)
            for room, seat in self._given:
                self._take(self._free[kind], room, seat)
        return self._free[kind]

    def overloaded(self, kind: str) -> bool:
        if kind not in self._overloaded:
            waiting = sum(_kind(c) == kind and c.room == self._room for c in self._seats.waiting.values())
            self._overloaded[kind] = overload(waiting, self._seats.qualified(self._room, kind))
        return self._overloaded[kind]

    def give(self, offer: Offer) -> None:
        if offer.seat:
            self._given.add((offer.room, offer.seat))
            for free in self._free.values():
                self._take(free, offer.room, offer.seat)

    @staticmethod
    def _take(free: dict[str, list[FreeSeat]], room: str, seat: str) -> None:
        left = [s for s in free.get(room, ()) if s.seat != seat]
        if left:
            free[room] = left
        else:
            free.pop(room, None)


def _kind(c: call.Call) -> str:
    """`RT.B.intake` -> `B.intake`: what a person must be qualified for."""
    return c.function.partition(".")[2]
