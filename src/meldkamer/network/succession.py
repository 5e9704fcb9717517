"""Who takes over what: a pure rule, so that every room comes to the same answer from the same picture."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import msgspec


class Successor(msgspec.Struct, frozen=True):
    """The room that takes a function over, and by which rule. staffed: somebody qualified sits there."""

    room: str
    rule: str
    staffed: bool


def successor(
    function: str,
    lost: str,
    buddies: Sequence[str],
    up: Callable[[str], bool],
    qualified: Mapping[str, set[str]],
) -> Successor | None:
    """The first buddy in order that works and has somebody qualified; failing that, the first that works at all.

    buddies: rooms in the order of `lost`. qualified: room -> kinds of function (`B.dispatch`) that signed-in people may
    serve. None when no room works: an alarm, never a silence.
    """
    kind = function.partition(".")[2]
    working = [room for room in buddies if room != lost and up(room)]
    for place, room in enumerate(working, start=1):
        if kind in qualified.get(room, ()):
            return Successor(room, f"buddy {place} of {lost}, qualified people present", True)
    if working:
        return Successor(working[0], f"buddy 1 of {lost}, nobody qualified signed in anywhere", False)
    return None
