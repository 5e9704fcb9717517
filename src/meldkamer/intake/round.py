"""One look at all waiting calls: the rooms as they are now, and free seats per kind, less those given away."""

from __future__ import annotations

from meldkamer.intake.distribution import FreeSeat, Offer
from meldkamer.intake.ng112 import DequeueRegistration
from meldkamer.intake.rooms_now import RoomsNow
from meldkamer.intake.seats import Seats


class Round:
    """What does not change while one round of offers is made, but for the seats that it gives away."""

    def __init__(self, seats: Seats, rooms: RoomsNow) -> None:
        self.rooms = rooms.rooms()
        self._seats, self._now = seats, rooms
        self._free: dict[str, dict[str, list[FreeSeat]]] = {}
        self._given: set[tuple[str, str]] = set()
        self._registered: dict[str, tuple[DequeueRegistration, ...]] = {}

    def registered(self, function: str) -> tuple[DequeueRegistration, ...]:
        """Who takes calls of this function, the most preferred first."""
        if function not in self._registered:
            self._registered[function] = self._now.registered(function, self.rooms)
        return self._registered[function]

    def free(self, kind: str) -> dict[str, list[FreeSeat]]:
        """Per working room the free seats qualified for this kind, the longest idle first."""
        if kind not in self._free:
            self._free[kind] = self._seats.free(kind)
            for room, seat in self._given:
                self._take(self._free[kind], room, seat)
        return self._free[kind]

    def give(self, offer: Offer) -> None:
        """The seat of this offer is free no more."""
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
