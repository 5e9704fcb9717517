"""Who gets a waiting call: one rule, the same in every room, that can be read aloud to a caller's lawyer.

The room that owns the call's function offers it. Its longest-idle qualified free seat gets it; when none is free it
waits for the whole room; when it has rung too long, or the room has more than it can answer, it goes along the buddies
to somebody who is free now.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

import msgspec

from meldkamer.domain.clock import Millis

RING_SECONDS = 20.0
"""A call rings this long at one place before the next is tried. Practice, not a norm: a first answer aims at 10 s."""
WAITING_PER_SEAT = 2
"""A room with more waiting calls than this per qualified seat cannot answer them in time."""

Rule = Literal["longest_idle", "queue", "overflow", "takeover"]


class FreeSeat(msgspec.Struct, frozen=True):
    """A seat with a qualified person and nothing to do. idle_since: milliseconds UTC."""

    room: str
    seat: str
    idle_since: Millis


class WaitingCall(msgspec.Struct, frozen=True, kw_only=True):
    """A waiting call as the rule sees it.

    room, seat, rule: where it rings now (empty: nowhere yet). stands: whether whoever it rings at can still take it.
    ringing: seconds it has rung there. tried: seats that let it ring.
    """

    room: str = ""
    seat: str = ""
    rule: str = ""
    stands: bool = False
    ringing: float = 0.0
    tried: frozenset[tuple[str, str]] = frozenset()


class Offer(msgspec.Struct, frozen=True):
    """Let it ring in this room, at this seat when one was chosen, and why."""

    room: str
    seat: str
    rule: Rule


def choose(
    waiting: WaitingCall,
    owner: str,
    free: Mapping[str, Sequence[FreeSeat]],
    buddies: Sequence[str],
    overloaded: bool,
) -> Offer | None:
    """Where the call should ring next; None when it rings where it should.

    owner: the room that owns the call's function now. free: per room the free seats qualified for it, longest idle
    first (rooms that do not work are left out). buddies: the owner's, in order. overloaded: see `overload`.
    """
    overdue = waiting.ringing >= RING_SECONDS
    moved = bool(waiting.room) and waiting.room != owner and waiting.rule != "overflow"
    if waiting.seat and waiting.stands and not overdue and not moved:
        return None
    at_home = _first(free.get(owner, ()), waiting)
    if moved:
        return Offer(owner, at_home.seat if at_home else "", "takeover")
    if at_home is not None:
        return Offer(owner, at_home.seat, "longest_idle")
    if overdue or overloaded:
        for room in buddies:
            elsewhere = _first(free.get(room, ()), waiting) if room != owner else None
            if elsewhere is not None:
                return Offer(room, elsewhere.seat, "overflow")
    if waiting.seat and waiting.stands:
        return None
    if waiting.room == owner and not waiting.seat:
        return None
    return Offer(owner, "", "queue")


def overload(waiting: int, seats: int) -> bool:
    """Whether a room with so many seats qualified for a kind of function has too many calls of that kind waiting."""
    return waiting > seats * WAITING_PER_SEAT if seats else waiting > 0


def _first(seats: Sequence[FreeSeat], waiting: WaitingCall) -> FreeSeat | None:
    """The longest idle one at which this call has not rung in vain."""
    return next((s for s in seats if (s.room, s.seat) not in waiting.tried), None)
