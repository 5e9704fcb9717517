"""Offers waiting calls, in the room that owns their function. State-based: after a restart it looks and goes on."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping

import msgspec

from meldkamer.domain import call, peak
from meldkamer.domain.clock import Clock, derived_id
from meldkamer.intake.distribution import Home, Offer, Rule, WaitingCall, choose, onward, overflow_changes
from meldkamer.intake.follow_up import do_as
from meldkamer.intake.ng112 import DequeueRegistration, kind_of
from meldkamer.intake.rooms_now import RoomsNow
from meldkamer.intake.round import Round
from meldkamer.intake.seats import Seats
from meldkamer.network import Change, Handler, Picture, subject_of
from meldkamer.pack import Distribution
from meldkamer.record import RecordError

ACTOR = "system.distribution"
LOOK_SECONDS = 1.0
"""How often ring times are looked at, in shown time."""
PAUSE_SECONDS = 0.5
"""Pause after the record could not take an offer, in real time."""

log = logging.getLogger(__name__)


class Distributor:
    """One room's part in the distribution of calls. One task decides, so that no seat is given away twice.

    rules: by kind of function (`112`, `intake`). rooms: the others as this room sees them.
    """

    def __init__(
        self, handler: Handler, picture: Picture, clock: Clock, rooms: RoomsNow, rules: Mapping[str, Distribution]
    ) -> None:
        self.room = handler.room
        self._handler, self._picture, self._clock = handler, picture, clock
        self._rooms, self._rules = rooms, rules
        self._seats = self._empty()
        self._wake = asyncio.Event()
        picture.listen(self._on_change)

    def _empty(self) -> Seats:
        return Seats(self._picture, lambda function: self._rule(function).ring_seconds, self._rooms.works)

    async def run(self) -> None:
        """Offer for ever. Start it when the picture is up to date."""
        self.read_again()
        async with asyncio.TaskGroup() as group:
            group.create_task(self._watch_time())
            group.create_task(self._decide())

    def read_again(self) -> None:
        """The picture was folded anew: look at all of it."""
        self._seats = self._empty()
        self._seats.read()
        self._wake.set()

    def _on_change(self, change: Change) -> None:
        if self._seats.see(change):
            self._wake.set()

    async def _watch_time(self) -> None:
        while True:
            await self._clock.sleep(LOOK_SECONDS)
            if self._seats.waiting or self._picture.desk(self.room).overflows:
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
        mine = [c for c in self._seats.in_order() if self._mine(c)]
        await self._note_load({kind_of(c.function) for c in mine})
        if not mine:
            return
        now = Round(self._seats, self._rooms)
        for ref in [c.ref for c in mine]:
            c = self._seats.waiting.get(ref)
            if c is None or not self._mine(c):
                continue
            offer, figures = self._choose(c, now)
            if offer is None or self._seats.talking((offer.room, offer.seat)):
                continue
            now.give(offer)
            await self._offer(c, offer, figures)

    def _mine(self, c: call.Call) -> bool:
        """Whether this room offers it: the owner of its function, and where nobody is, the room nearest to it."""
        owner = self._picture.function(c.function).owner
        return owner == self.room if owner else self._rooms.guardian(c.function) == self.room

    def _rule(self, function: str) -> Distribution:
        """The country's thresholds for this kind of function; for one it does not know, those it names first."""
        kind = function.rpartition(".")[2]
        return self._rules.get(kind) or next(iter(self._rules.values()))

    # --- load ---------------------------------------------------------------------------------------------------------

    async def _note_load(self, kinds: set[str]) -> None:
        """Open or close overflow by load, as a fact that every room sees."""
        open_ = self._picture.desk(self.room).overflows
        for kind in sorted({*kinds, *open_}):
            waiting, seats = self._seats.load(self.room, kind)
            known, rule = open_.get(kind), self._rule(kind)
            since = known.since if known is not None else 0
            if overflow_changes(known is not None, since, waiting, seats, rule, self._clock.now()):
                opens = known is None
                command = peak.NoteOverflow(
                    room=self.room,
                    kind=kind,
                    open=opens,
                    waiting=waiting,
                    seats=seats,
                    limit=rule.load_on if opens else rule.load_off,
                )
                id = derived_id("load", self.room, kind, str(self._clock.now()))
                await do_as(ACTOR, self._handler, self._clock, command, id)

    # --- offering -----------------------------------------------------------------------------------------------------

    def _choose(self, c: call.Call, now: Round) -> tuple[Offer | None, call.Figures]:
        rule, kind = self._rule(c.function), kind_of(c.function)
        owner = self._picture.function(c.function).owner
        registered, last = now.registered(c.function), False
        if not registered and rule.fallback:
            registered, last = now.registered(f"{c.ref.partition('/')[0]}.{rule.fallback}"), True
            kind = rule.fallback
        ringing = (self._clock.now() - self._seats.ringing_since(c)) / 1000
        view = WaitingCall(
            room=c.room,
            seat=c.seat,
            rule=c.rule,
            stands=bool(c.seat) and self._seats.stands(c, kind),
            ringing=ringing,
        )
        home = Home(
            room=self.room,
            ring_seconds=rule.ring_seconds,
            onward=self._onward(owner, last, now, kind),
            owned=bool(owner),
        )
        offer = self._asked(c, view, home, now, kind, [r.dequeuer for r in registered])
        if offer is not None and offer.seat and last:
            offer = msgspec.structs.replace(offer, rule="last_resort")
        figures = self._figures(offer, ringing, rule, kind, registered) if offer is not None else call.Figures()
        return offer, figures

    def _onward(self, owner: str, last: bool, now: Round, kind: str) -> Rule | None:
        if last:
            return "last_resort"
        return onward(now.rooms[self.room], kind) if owner else "unowned"

    def _asked(
        self, c: call.Call, view: WaitingCall, home: Home, now: Round, kind: str, order: list[str]
    ) -> Offer | None:
        """Ask the rule, and begin again when everybody who is free has let it ring."""
        if view.stands and c.room == self.room and view.ringing < home.ring_seconds:
            return None
        free = now.free(kind)
        if not free and c.room == self.room and not c.seat:
            return None  # a long queue: nobody is free anywhere, and it rings in the whole room
        late = frozenset([(c.room, c.seat)] if c.seat and view.ringing >= home.ring_seconds else ())
        tried = late | self._seats.tried(c.ref)
        offer = choose(msgspec.structs.replace(view, tried=tried), home, free, order)
        if tried != late and (offer is None or not offer.seat):
            # Everybody who is free has let it ring: begin again rather than let it ring in an empty room.
            self._seats.forget_tried(c.ref)
            offer = choose(msgspec.structs.replace(view, tried=late), home, free, order)
        return offer

    def _figures(
        self,
        offer: Offer,
        ringing: float,
        rule: Distribution,
        kind: str,
        registered: tuple[DequeueRegistration, ...],
    ) -> call.Figures:
        """What the decision rests on, to be read back later."""
        waiting, seats = self._seats.load(self.room, kind)
        limits = {"overflow_time": rule.ring_seconds, "overflow_load": rule.load_on}
        return call.Figures(
            waited=round(ringing, 1),
            idle=round((self._clock.now() - offer.idle_since) / 1000, 1) if offer.seat else 0.0,
            waiting=waiting,
            seats=seats,
            limit=limits.get(offer.rule, 0.0),
            preference=next((r.preference for r in registered if r.dequeuer == offer.room), 0),
        )

    async def _offer(self, c: call.Call, offer: Offer, figures: call.Figures) -> None:
        version = self._picture.versions.get(subject_of("call", c.ref), 0)
        command = call.OfferCall(
            call=c.ref,
            room=offer.room,
            seat=offer.seat,
            rule=offer.rule,
            owner=self._picture.function(c.function).owner,
            figures=figures,
        )
        id = derived_id("offer", c.ref, str(version), offer.room, offer.seat)
        await do_as(ACTOR, self._handler, self._clock, command, id)
