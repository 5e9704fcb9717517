"""Who is free, who is busy and who waits, kept up to date from the picture without looking at every call each time."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from meldkamer.domain import call, desk
from meldkamer.domain.clock import Millis
from meldkamer.intake.distribution import FreeSeat
from meldkamer.intake.ng112 import kind_of
from meldkamer.network import Change, Picture

Place = tuple[str, str]
"""(room, seat)"""


class Seats:
    """The state of all seats of the network. Not thread-safe: it lives on the loop, like the picture.

    ring_seconds: how long a call of a function rings at one place. works: whether others may count on a room.
    """

    def __init__(self, picture: Picture, ring_seconds: Callable[[str], float], works: Callable[[str], bool]) -> None:
        self._picture, self._ring_seconds, self._works = picture, ring_seconds, works
        self.waiting: dict[str, call.Call] = {}
        self._talking: dict[Place, set[str]] = {}
        self._ringing: dict[Place, set[str]] = {}
        self._idle: dict[Place, Millis] = {}
        self._offered: dict[str, Millis] = {}
        self._tried: dict[str, set[Place]] = {}

    def read(self) -> None:
        """Start from what the picture holds. A call that rings has then rung since it began to wait, at most."""
        for c in self._picture.calls.values():
            self._enter(c)
            if c.ended and c.seat:
                self._freed((c.room, c.seat), c.ended)

    def see(self, change: Change) -> bool:
        """Take over one change. True when it may matter to who gets which call."""
        if change.kind == "function":
            return True
        if change.kind == "desk":
            return True
        if not isinstance(change.after, call.Call):
            return False
        occurred = change.entry.event.occurred
        if isinstance(change.before, call.Call):
            self._leave(change.before)
            if change.before.state is call.CallState.ANSWERED and change.after.state is not call.CallState.ANSWERED:
                self._freed((change.before.room, change.before.seat), occurred)
        self._enter(change.after)
        if isinstance(change.event, call.CallOffered):
            self._rang(change.before, occurred)
        elif not change.after.waiting or isinstance(change.event, call.CallTransferred):
            self._offered.pop(change.ref, None)
            self._tried.pop(change.ref, None)
        return not isinstance(
            change.event, call.CallerIdentified | call.CallSpeakingNoted | call.CallLocated | call.CallLinked
        )

    def _rang(self, before: call.Call | None, occurred: Millis) -> None:
        if before is None:
            return
        if before.seat and occurred - self.ringing_since(before) >= self._ring_seconds(before.function) * 1000:
            self._tried.setdefault(before.ref, set()).add((before.room, before.seat))
        self._offered[before.ref] = occurred

    def _enter(self, c: call.Call) -> None:
        place = (c.room, c.seat)
        if c.waiting:
            self.waiting[c.ref] = c
            if c.seat:
                self._ringing.setdefault(place, set()).add(c.ref)
        elif c.state is call.CallState.ANSWERED and c.seat:
            self._talking.setdefault(place, set()).add(c.ref)

    def _leave(self, c: call.Call) -> None:
        self.waiting.pop(c.ref, None)
        for table in (self._ringing, self._talking):
            if (refs := table.get((c.room, c.seat))) is not None:
                refs.discard(c.ref)
                if not refs:
                    del table[c.room, c.seat]

    def _freed(self, place: Place, at: Millis) -> None:
        self._idle[place] = max(at, self._idle.get(place, 0))

    # --- looking ----------------------------------------------------------------------------------------------------

    def in_order(self) -> list[call.Call]:
        """Waiting calls, the longest waiting first."""
        return sorted(self.waiting.values(), key=lambda c: (c.waiting_since, c.ref))

    def ringing_since(self, c: call.Call) -> Millis:
        """Since when it rings where it rings now."""
        return self._offered.get(c.ref, c.waiting_since)

    def tried(self, ref: str) -> frozenset[Place]:
        """Seats that let this call ring in vain."""
        return frozenset(self._tried.get(ref, ()))

    def forget_tried(self, ref: str) -> None:
        """Every seat gets another chance."""
        self._tried.pop(ref, None)

    def talking(self, place: Place) -> bool:
        """Whether the seat has a call that was answered and not ended."""
        return place in self._talking

    def stands(self, c: call.Call, kind: str) -> bool:
        """Whether whoever it rings at can still take it: there, qualified, not talking, and in a room that works.

        Of several calls that ring at one seat (offered by two rooms at once) the one that waits longest stays.
        """
        place = (c.room, c.seat)
        seat = self._picture.desk(c.room).seats.get(c.seat)
        if not self._works(c.room) or seat is None or kind not in seat.qualified or place in self._talking:
            return False
        others = self._known(self._ringing.get(place, ()))
        return all((c.waiting_since, c.ref) <= (o.waiting_since, o.ref) for o in others)

    def _known(self, refs: Iterable[str]) -> Iterator[call.Call]:
        for ref in refs:
            if (c := self.waiting.get(ref)) is not None:
                yield c

    def load(self, room: str, kind: str) -> tuple[int, int]:
        """How many calls of this kind wait at this room, which owns their functions, and how many of its people may
        answer one and do not talk."""
        waiting = sum(
            c.room in ("", room) and kind_of(c.function) == kind and self._picture.function(c.function).owner == room
            for c in self.waiting.values()
        )
        seats = self._picture.desk(room).seats.values()
        return waiting, sum(kind in s.qualified and (room, s.seat) not in self._talking for s in seats)

    def free(self, kind: str) -> dict[str, list[FreeSeat]]:
        """Per working room the free seats qualified for this kind, the longest idle first."""
        found: dict[str, list[FreeSeat]] = {}
        for room in self._picture.desks.values():
            if not self._works(room.room):
                continue
            seats = [
                FreeSeat(room.room, s.seat, self._idle_since(room.room, s))
                for s in room.seats.values()
                if kind in s.qualified
                and (room.room, s.seat) not in self._talking
                and (room.room, s.seat) not in self._ringing
            ]
            if seats:
                found[room.room] = sorted(seats, key=lambda s: (s.idle_since, s.seat))
        return found

    def _idle_since(self, room: str, seat: desk.Seat) -> Millis:
        return max(seat.since, self._idle.get((room, seat.seat), 0))
