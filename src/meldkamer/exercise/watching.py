"""What happens to the work of a room from the moment it is lost: its functions, its callers, its incidents.

Follows the picture like everything else in a house, so that the score says what the record says.
"""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from meldkamer.domain import call, function, incident
from meldkamer.domain.clock import Clock, Millis
from meldkamer.network import Change, Picture


class Wait(msgspec.Struct):
    """A caller who waits at one function of the lost room. until: when somebody answered, or the caller gave up."""

    function: str
    since: Millis
    until: Millis | None = None
    answered: bool = False


class Moved(msgspec.Struct, frozen=True):
    """A function that has another owner. after: seconds since the room was lost."""

    owner: str
    after: float


class Watch:
    """Of one room. Listens from the start; counts from `lost`. is_person: whether an account is somebody's, so that
    whoever does anything takes part."""

    def __init__(self, room: str, picture: Picture, clock: Clock, is_person: Callable[[str], bool]) -> None:
        self.room, self._picture, self._clock, self._is_person = room, picture, clock, is_person
        self.people: set[str] = set()
        self.functions: tuple[str, ...] = ()
        self.staffed: frozenset[str] = frozenset()
        self.fault: Millis = 0
        self.moved: dict[str, Moved] = {}
        self.acknowledged: dict[str, float] = {}
        self.waits: list[Wait] = []
        self._open: dict[str, Wait] = {}
        self._lost_at = 0.0
        picture.listen(self.see)

    def lost(self, ago: float) -> None:
        """The room is lost: `ago` seconds before now."""
        self._lost_at = self._clock.monotonic() - ago
        self.fault = self._clock.now() - round(ago * 1000)
        self.functions = tuple(sorted(self._picture.owned_by(self.room)))
        seats = self._picture.desk(self.room).seats.values()
        self.staffed = frozenset(kind for seat in seats for kind in seat.qualified)
        for c in self._picture.calls.values():
            if c.waiting and c.function in self.functions:
                self._begin(c.ref, c.function, c.waiting_since)

    def see(self, change: Change) -> None:
        """One change, in order."""
        at, actor = change.entry.event.occurred, change.entry.event.actor
        if actor not in self.people and self._is_person(actor):
            self.people.add(actor)
        match change.event:
            case function.FunctionOwned() if change.ref in self.functions and change.event.owner != self.room:
                self.moved.setdefault(change.ref, Moved(change.event.owner, self._since()))
            case function.TakeoverAcknowledged() if change.ref in self.moved:
                self.acknowledged.setdefault(change.ref, self._since())
            case call.CallReceived() | call.CallTransferred():
                self._end(change.ref, at, answered=True)
                if change.event.function in self.functions:
                    self._begin(change.ref, change.event.function, at)
            case call.CallAnswered():
                self._end(change.ref, at, answered=True)
            case call.CallAbandoned():
                self._end(change.ref, at, answered=False)

    def _since(self) -> float:
        return self._clock.monotonic() - self._lost_at

    def _begin(self, ref: str, name: str, since: Millis) -> None:
        self._open[ref] = Wait(name, since)
        self.waits.append(self._open[ref])

    def _end(self, ref: str, at: Millis, answered: bool) -> None:
        wait = self._open.pop(ref, None)
        if wait is not None:
            wait.until, wait.answered = at, answered

    # --- how it stands now ------------------------------------------------------------------------------------------

    @property
    def rooms_took(self) -> tuple[str, ...]:
        """Who took the functions."""
        return tuple(sorted({moved.owner for moved in self.moved.values()}))

    def unstaffed(self) -> list[str]:
        """Functions that somebody sat for before the loss, and nobody now."""
        kinds = ((name, name.partition(".")[2]) for name in self.functions)
        return [name for name, kind in kinds if kind in self.staffed and not self._served(name)]

    def orphans(self) -> list[str]:
        """Open incidents of which some discipline is served by nobody."""
        regions = {name.partition(".")[0] for name in self.functions}
        return [
            i.ref
            for i in self._picture.incidents.values()
            if not i.closed
            and i.ref.partition("/")[0] in regions
            and not all(self._served(name) for name in _dispatch(i))
        ]

    def _served(self, name: str) -> bool:
        owner = self._picture.function(name).owner
        room = self._picture.desk(owner)
        kind = name.partition(".")[2]
        if not owner or owner == self.room or room.state != "up":
            return False
        return any(kind in seat.qualified for seat in room.seats.values())


def _dispatch(of: incident.Incident) -> list[str]:
    """The functions that serve its open tracks."""
    region = of.ref.partition("/")[0]
    return [f"{region}.{d}.dispatch" for d, track in of.tracks.items() if track.closed is None]
