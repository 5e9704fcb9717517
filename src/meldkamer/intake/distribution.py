"""Who gets a waiting call: one rule, the same in every room, that can be read aloud to a caller's lawyer.

The room that owns the call's function offers it. Its longest-idle qualified free seat gets it; when none is free it
waits for the whole room. It goes on to somebody who is free now, in the room that is the most preferred of those that
have registered for it, when it has rung too long, when the owner has more than it can answer, when a person there
declared a peak, or when nobody qualified sits there at all. A call of a function that nobody owns is looked after by
the room that is nearest to it, and a call that nobody may answer is offered to whoever the country names for that.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

import msgspec

from meldkamer.domain.clock import Millis
from meldkamer.intake.ng112 import RoomNow
from meldkamer.pack import Distribution

Rule = Literal[
    "longest_idle",
    "queue",
    "takeover",
    "overflow_time",
    "overflow_load",
    "overflow_peak",
    "overflow_empty",
    "unowned",
    "last_resort",
]
"""longest_idle, queue: at the owner. takeover: the function moved. overflow_…: elsewhere, because it rang too long, the
load is too high, a peak was declared, or nobody qualified sits at the owner. unowned: nobody owns the function.
last_resort: nobody qualified is signed in anywhere."""
HOME: frozenset[str] = frozenset({"longest_idle", "queue", "takeover"})
"""Rules that keep a call in the room that owns its function."""


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


class Home(msgspec.Struct, frozen=True, kw_only=True):
    """The room that offers the call. ring_seconds: so long it rings at one place. owned: whether it owns the function.

    onward: the rule by which a call goes on at once when nobody is free here; None: only after the ring time.
    """

    room: str
    ring_seconds: float
    onward: Rule | None = None
    owned: bool = True


class Offer(msgspec.Struct, frozen=True):
    """Let it ring in this room, at this seat when one was chosen, and why. idle_since: of that seat."""

    room: str
    seat: str
    rule: Rule
    idle_since: Millis = 0


def onward(now: RoomNow, kind: str) -> Rule | None:
    """The rule by which calls of this kind leave their owner at once when nobody there is free; None: none does."""
    if now.peak:
        return "overflow_peak"
    if not now.people.get(kind):
        return "overflow_empty"
    return "overflow_load" if kind in now.overflowing else None


def choose(
    waiting: WaitingCall, home: Home, free: Mapping[str, Sequence[FreeSeat]], order: Sequence[str]
) -> Offer | None:
    """Where the call should ring next; None when it rings where it should.

    free: per room the free seats qualified for it, longest idle first (rooms that do not work are left out). order: the
    rooms registered for it, the most preferred first.
    """
    overdue = waiting.ringing >= home.ring_seconds
    away = bool(waiting.room) and waiting.room != home.room
    moved = away and (waiting.rule in HOME or not waiting.seat)
    if waiting.seat and waiting.stands and not overdue and not moved:
        return None
    at_home = _first(free.get(home.room, ()), waiting)
    if moved:
        seat, since = (at_home.seat, at_home.idle_since) if at_home else ("", 0)
        return Offer(home.room, seat, "takeover" if home.owned else "unowned", since)
    if at_home is not None:
        rule: Rule = "longest_idle" if home.owned else "unowned"
        return Offer(home.room, at_home.seat, rule, at_home.idle_since)
    if overdue or home.onward:
        for room in order:
            elsewhere = _first(free.get(room, ()), waiting) if room != home.room else None
            if elsewhere is not None:
                return Offer(room, elsewhere.seat, home.onward or "overflow_time", elsewhere.idle_since)
    if waiting.seat and waiting.stands:
        return None
    if waiting.room == home.room and not waiting.seat:
        return None
    return Offer(home.room, "", "queue" if home.owned else "unowned")


def load(waiting: int, seats: int) -> float:
    """Waiting calls per seat that can take one; with no such seat as with one, for one may become free."""
    return waiting / max(1, seats)


def overflow_changes(open_: bool, since: Millis, waiting: int, seats: int, rule: Distribution, now: Millis) -> bool:
    """Whether overflow by load opens, or closes. It opens at once and closes late, so that it does not flap.

    open_, since: whether and since when it is open. seats: with people who may take such a call and do not talk.
    """
    if not open_:
        return load(waiting, seats) > rule.load_on
    return load(waiting, seats) <= rule.load_off and now - since >= rule.hold_seconds * 1000


def _first(seats: Sequence[FreeSeat], waiting: WaitingCall) -> FreeSeat | None:
    """The longest idle one at which this call has not rung in vain."""
    return next((s for s in seats if (s.room, s.seat) not in waiting.tried), None)
