"""Rooms and queues in the words of NG112, so that telephony can ask for them as they are.

Service states, queue states and dequeue registrations are those of NENA-STA-010.3f 2.4.2, 4.2.1.3 and 4.2.1.4 (ETSI
TS 103 479 uses the same). A function is a queue; a room with qualified people is registered as one that takes calls
from it, its owner first. Who is registered, and with which preference, is also what our own overflow goes by.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

import msgspec

Service = Literal[
    "Normal",
    "Unstaffed",
    "ScheduledMaintenanceDown",
    "ScheduledMaintenanceAvailable",
    "MajorIncidentInProgress",
    "Partial",
    "Overloaded",
    "GoingDown",
    "Down",
    "Unreachable",
]
Queue = Literal["Active", "Inactive", "Disabled", "Full", "Standby"]

FIRST, LAST = 5, 1
"""Preferences of a dequeue registration: the owner has the first; of several with the same the nearer goes first."""


class RoomNow(msgspec.Struct, frozen=True, kw_only=True):
    """A room as an observer sees it. people: per kind of function (`B.intake`) how many may serve it.

    state: silent also when its heart-beat lapsed. peak: declared by a person. overflowing: kinds with too high a load.
    """

    room: str
    state: Literal["up", "down", "silent"] = "up"
    reason: str = ""
    peak: bool = False
    people: Mapping[str, int] = {}
    overflowing: frozenset[str] = frozenset()
    owns: frozenset[str] = frozenset()


class DequeueRegistration(msgspec.Struct, frozen=True):
    """This room takes calls of this queue. place: in the order of the owner's buddies, 0 for the owner itself."""

    queue: str
    dequeuer: str
    preference: int
    place: int


def kind_of(function: str) -> str:
    """`RT.B.intake` -> `B.intake`: what a person must be qualified for."""
    return function.partition(".")[2]


def service_state(now: RoomNow) -> Service:
    """The state of a room's service; the worst that is true.

    Unreachable is never said by a room of itself: it is what others conclude from a heart-beat that lapsed.
    """
    if now.state == "down":
        return "Down"
    if now.state == "silent":
        return "Unreachable"
    if not any(now.people.values()):
        return "Unstaffed"
    if now.overflowing:
        return "Overloaded"
    if now.peak:
        return "MajorIncidentInProgress"
    if any(not now.people.get(kind_of(function)) for function in now.owns):
        return "Partial"
    return "Normal"


def registrations(
    queue: str, owner: str, buddies: Sequence[str], rooms: Mapping[str, RoomNow]
) -> tuple[DequeueRegistration, ...]:
    """Who takes calls of this queue, the most preferred first.

    The owner has preference 5, its buddies 4, 3, 2 and then 1, and every other room 1. A room that has more than it can
    answer itself, by its load or by its own word, has 1 and comes after those that have not. owner: empty when nobody
    owns the function; then `buddies` begins with its home.
    """
    kind = kind_of(queue)
    order = dict.fromkeys([owner, *buddies, *sorted(rooms)])
    found = []
    for place, room in enumerate(order):
        now = rooms.get(room)
        if now is None or now.state != "up" or not now.people.get(kind):
            continue
        busy = room != owner and (now.peak or kind in now.overflowing)
        preference = LAST if busy else max(LAST, FIRST - place)
        found.append((-preference, busy, place, DequeueRegistration(queue, room, preference, place)))
    return tuple(registration for *_, registration in sorted(found, key=lambda item: item[:3]))


def queue_state(queue: str, owner: RoomNow | None, registered: Sequence[DequeueRegistration]) -> Queue:
    """The state of a function's queue. owner: None when nobody owns it."""
    if owner is not None and owner.state == "down":
        return "Disabled"
    if not registered:
        return "Inactive"
    if owner is None or registered[0].dequeuer != owner.room:
        return "Standby"
    return "Full" if kind_of(queue) in owner.overflowing else "Active"
