"""Who answered for whom, and functions that moved: overflow and takeover per room."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import msgspec
import numpy as np

from meldkamer.domain.clock import Millis
from meldkamer.insight.columns import Columns, Names
from meldkamer.insight.estimate import Percentile, Share, percentile, share
from meldkamer.insight.facts import Down, Owned

TAKEN = ("declared", "lapsed")
"""Grounds of an ownership that are a takeover because a room could not work."""
MATCH: Millis = 15 * 60_000
"""A takeover follows from what was said of its previous owner in this time before it."""


class Overflow(msgspec.Struct, frozen=True, kw_only=True):
    """Answered calls of a room's own functions and of others.

    own: calls of functions that belong to the room. answered_here: by itself. overflow_out: while it owned the
    function, by another room. taken_over: by the room that owned the function meanwhile. helped: calls of others'
    functions that it answered. overflow: the share of overflow_out; None when it had no calls, which is not zero.
    """

    room: str
    own: int
    answered_here: int
    overflow_out: int
    taken_over: int
    helped: int
    overflow: Share | None


class Takeover(msgspec.Struct, frozen=True, kw_only=True):
    """A function that moved. to: the new owner. seconds: from the decision, or from the last sign of life; None when
    nothing in the record says when that was. away: seconds until it was back at its home; None while it is away."""

    function: str
    home: str
    previous: str
    to: str
    ground: str
    at: Millis
    seconds: float | None
    away: float | None


class Takeovers(msgspec.Struct, frozen=True, kw_only=True):
    """All of them, and how fast they were: `declared` from the decision, `silent` from the last sign of life."""

    moves: tuple[Takeover, ...]
    declared: Percentile | None
    silent: Percentile | None


def overflow(of: Columns, names: Names, rooms: Sequence[str]) -> tuple[Overflow, ...]:
    """Per room the answered calls among these cases: its own by who answered them, and those of others."""
    counts: dict[str, dict[str, int]] = {
        room: dict.fromkeys(("own", "answered_here", "overflow_out", "taken_over", "helped"), 0) for room in rooms
    }
    # Three numbers as one, which is counted an order of magnitude faster than rows of three.
    several = len(names)
    answered = ((of.home.astype(np.int64) * several + of.room) * 2 + of.moved)[of.served]
    kinds, totals = np.unique(answered, return_counts=True)
    for kind, count in zip(kinds.tolist(), totals.tolist(), strict=True):
        who, moved = divmod(kind, 2)
        home_no, room_no = divmod(who, several)
        home, room = names[home_no], names[room_no]
        if home in counts:
            counts[home]["own"] += count
            if room == home:
                counts[home]["answered_here"] += count
            else:
                counts[home]["taken_over" if moved else "overflow_out"] += count
        if room != home and room in counts:
            counts[room]["helped"] += count
    return tuple(
        Overflow(room=room, overflow=share(found["overflow_out"], found["own"]), **found)
        for room, found in counts.items()
    )


def takeovers(
    owned: Sequence[Owned], downs: Sequence[Down], home: Mapping[str, str], since: Millis, until: Millis
) -> Takeovers:
    """The moves from since to until (excluded) that were takeovers, oldest first."""
    rows = sorted(owned, key=lambda o: (o.at, o.function))
    moves = [_move(n, rows, downs, home) for n, o in enumerate(rows) if o.ground in TAKEN and since <= o.at < until]
    return Takeovers(
        moves=tuple(moves),
        declared=_speed(moves, "declared"),
        silent=_speed(moves, "lapsed"),
    )


def _move(n: int, rows: Sequence[Owned], downs: Sequence[Down], home: Mapping[str, str]) -> Takeover:
    o = rows[n]
    belongs = home.get(o.function, "")
    back = next((r.at for r in rows[n + 1 :] if r.function == o.function and r.owner == belongs), None)
    return Takeover(
        function=o.function,
        home=belongs,
        previous=o.previous,
        to=o.owner,
        ground=o.ground,
        at=o.at,
        seconds=_seconds(o, downs),
        away=None if back is None else (back - o.at) / 1000,
    )


def _seconds(o: Owned, downs: Sequence[Down]) -> float | None:
    silent = o.ground == "lapsed"
    said = [d for d in downs if d.room == o.previous and (d.silent is not None) == silent and 0 <= o.at - d.at <= MATCH]
    if not said:
        return None
    last = max(said, key=lambda d: d.at)
    return (o.at - last.at) / 1000 + (last.silent or 0.0)


def _speed(moves: Iterable[Takeover], ground: str) -> Percentile | None:
    return percentile(sorted(m.seconds for m in moves if m.ground == ground and m.seconds is not None), 0.9)
