"""How every room is now, from the picture and an observer's view of the heart-beats."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence

from meldkamer.domain.desk import Desk
from meldkamer.intake.ng112 import DequeueRegistration, RoomNow, registrations
from meldkamer.network import Picture


def people_of(desk: Desk) -> dict[str, int]:
    """Per kind of function, how many who are signed in may serve it."""
    return dict(Counter(kind for seat in desk.seats.values() for kind in seat.qualified))


def room_now(desk: Desk, owns: frozenset[str], silent: bool, people: Mapping[str, int] | None = None) -> RoomNow:
    """A room from its desk. silent: its heart-beat lapsed. people: as `people_of` counts them, when that is known."""
    return RoomNow(
        room=desk.room,
        state="silent" if desk.state == "up" and silent else desk.state,
        reason=desk.reason or (desk.peak.reason if desk.peak else ""),
        peak=desk.peak is not None,
        people=people_of(desk) if people is None else people,
        overflowing=frozenset(desk.overflows),
        owns=owns,
    )


class RoomsNow:
    """The rooms as one observer sees them. Not thread-safe: it lives on the loop, like the picture.

    rooms: all of the country. buddies: for every room its buddies in order. homes: function -> where it lives when
    nothing is wrong. lapsed: whether a room's heart-beat lapsed, as this observer knows. here: rooms of this process,
    which need no heart-beat to know that they are there, also when they are cut off from all others.
    """

    def __init__(
        self,
        picture: Picture,
        rooms: Sequence[str],
        buddies: Mapping[str, Sequence[str]],
        homes: Mapping[str, str],
        lapsed: Callable[[str], bool],
        here: Sequence[str] = (),
    ) -> None:
        self._picture, self._here = picture, frozenset(here)
        self._lapsed_there = lapsed
        self._rooms, self._buddies, self._homes = tuple(rooms), buddies, homes
        self._people: dict[str, tuple[Desk, dict[str, int]]] = {}

    def rooms(self) -> dict[str, RoomNow]:
        """Every room, also one that has never been heard of."""
        owns: dict[str, set[str]] = {}
        for function in self._picture.functions.values():
            owns.setdefault(function.owner, set()).add(function.name)
        names = dict.fromkeys([*self._rooms, *self._picture.desks])
        return {room: self._room(room, frozenset(owns.get(room, ()))) for room in names}

    def works(self, room: str) -> bool:
        """Whether others may count on this room."""
        return self._picture.desk(room).state == "up" and not self._lapsed(room)

    def _lapsed(self, room: str) -> bool:
        return room not in self._here and self._lapsed_there(room)

    def registered(self, function: str, rooms: Mapping[str, RoomNow]) -> tuple[DequeueRegistration, ...]:
        """Who takes calls of this function, the most preferred first."""
        owner = self._picture.function(function).owner
        return registrations(function, owner, self._order(function, owner), rooms)

    def guardian(self, function: str) -> str:
        """The room that looks after calls of a function that nobody owns: its home, else the next that works.

        Empty when no room works. Every room that works comes to the same answer, once it has watched long enough.
        """
        order = dict.fromkeys([*self._order(function, ""), *self._rooms])
        return next((room for room in order if room in self._rooms and self.works(room)), "")

    def _order(self, function: str, owner: str) -> tuple[str, ...]:
        """The rooms to turn to for a function, after its owner."""
        if owner:
            return tuple(self._buddies.get(owner, ()))
        region = function.partition(".")[0]
        home = self._homes.get(function) or self._homes.get(f"{region}.multi", region)
        return (home, *self._buddies.get(home, ()))

    def _room(self, room: str, owns: frozenset[str]) -> RoomNow:
        desk = self._picture.desk(room)
        return room_now(desk, owns, self._lapsed(room), self._people_of(desk))

    def _people_of(self, desk: Desk) -> dict[str, int]:
        """Counted once for every state of a desk, which is a thing of its own."""
        known = self._people.get(desk.room)
        if known is None or known[0] is not desk:
            known = self._people[desk.room] = (desk, people_of(desk))
        return known[1]
