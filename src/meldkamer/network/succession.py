"""Who takes over what: a pure rule, so that every room comes to the same answer from the same picture.

The functions of a lost room go to its nearest buddies that have qualified people signed in: of those the one whose
people have the fewest functions to serve, with what this spread gives them counted in. What one discipline does stays
together. A room that has only just come back is asked last, so that nothing follows a room that flaps.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

import msgspec

NEAR_BUDDIES = 3
"""Over so many buddies a lost room's functions are spread, unless the country says otherwise."""


class Capacity(msgspec.Struct, frozen=True, kw_only=True):
    """A room that works. people: per kind of function (`B.dispatch`) how many signed-in people may serve it.

    seats: people signed in. serves: functions that it owns. steady: it has not only just come back.
    """

    people: Mapping[str, int] = {}
    seats: int = 0
    serves: int = 0
    steady: bool = True


class Successor(msgspec.Struct, frozen=True):
    """The room that takes a function over, and by which rule with which figures. staffed: somebody qualified is there.

    rule: a word of `takeover.` in the desk's word lists, and `name=figure` for what it looked at.
    """

    room: str
    rule: str
    staffed: bool


def spread(
    functions: Iterable[str], lost: str, buddies: Sequence[str], able: Mapping[str, Capacity], near: int = NEAR_BUDDIES
) -> dict[str, Successor]:
    """Who takes which function of a lost room.

    buddies: rooms in the order of `lost`. able: the rooms that work. A function that nobody qualified can serve goes to
    the first buddy that works; when none works the answer is empty: an alarm, never a silence.
    """
    working = [room for room in buddies if room != lost and room in able]
    working.sort(key=lambda room: not able[room].steady)  # stable: the order of the buddies, those that flap last
    given: Counter[str] = Counter()
    together: dict[str, str] = {}
    found: dict[str, Successor] = {}
    if not working:
        return found
    for name in sorted(functions):
        kind = name.partition(".")[2]
        discipline = kind.partition(".")[0]
        staffed = [room for room in working if able[room].people.get(kind)][:near]
        if not staffed:
            room, word = working[0], "unstaffed"
        elif together.get(discipline) in staffed:
            room, word = together[discipline], "together"
        else:
            room = min(staffed, key=lambda r: ((able[r].serves + given[r]) / max(1, able[r].seats), staffed.index(r)))
            word = "least_loaded"
            together[discipline] = room
        found[name] = Successor(
            room,
            f"{word} place={buddies.index(room) + 1} of={lost} people={able[room].people.get(kind, 0)}"
            f" seats={able[room].seats} serves={able[room].serves + given[room]}",
            bool(staffed),
        )
        given[room] += 1
    return found
