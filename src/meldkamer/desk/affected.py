"""Which rows a stored event changes, and the memory of recent changes from which a reader resumes."""

from __future__ import annotations

from collections import deque

from meldkamer.desk.doubtful import doubtful
from meldkamer.desk.rows import RowKind
from meldkamer.domain import alert, desk, function, incident, unit
from meldkamer.domain.basics import region_of
from meldkamer.network import Change, Picture

RowRef = tuple[RowKind, str]
NATIONAL = "NL"
"""Talks stand in the national stream."""
RING = 20_000
"""Events a region remembers: minutes at three times the design peak; who was away longer fetches the picture."""


def affected(change: Change, picture: Picture) -> tuple[RowRef, ...]:
    """The rows that look different after this change."""
    return (*_of_aggregate(change, picture), *doubtful(change, picture))


def _of_aggregate(change: Change, picture: Picture) -> tuple[RowRef, ...]:
    match change.kind:
        case "call":
            return (("call", change.ref),)
        case "incident":
            return (("incident", change.ref), *_drawings_of(change, picture))
        case "function":
            return (("function", change.ref),) if isinstance(change.after, function.Function) else ()
        case "unit":
            return (("unit", change.ref), *_incidents_of(change))
        case "alert":
            return _unit_of(change.after, picture)
        case "attention":
            return (("attention", change.ref),)
        case "drawing":
            return (("drawing", change.ref),)
        case "desk":
            return (("talk", change.ref),) if isinstance(change.after, desk.Desk) and change.after.talk else ()
    return ()


def region_of_row(row: RowRef) -> str:
    """The region to which a row belongs."""
    kind, ref = row
    if kind == "talk":
        return NATIONAL
    return region_of(ref) if kind == "function" else ref.partition("/")[0]


def _incidents_of(change: Change) -> tuple[RowRef, ...]:
    before = change.before.assignment if isinstance(change.before, unit.Unit) else None
    after = change.after.assignment if isinstance(change.after, unit.Unit) else None
    if before == after:
        return ()
    refs = dict.fromkeys(a.incident for a in (before, after) if a is not None)
    return tuple(("incident", ref) for ref in refs)


def _drawings_of(change: Change, picture: Picture) -> tuple[RowRef, ...]:
    """What is drawn for an incident ends with it, and counts again when it goes on."""
    before = isinstance(change.before, incident.Incident) and change.before.closed
    if before == change.after.closed:
        return ()
    return tuple(("drawing", one.ref) for one in picture.drawings_of(change.ref))


def _unit_of(state: object, picture: Picture) -> tuple[RowRef, ...]:
    if not isinstance(state, alert.Alert):
        return ()
    of = picture.units.get(state.unit)
    if of is None or of.assignment is None or of.assignment.assignment != state.assignment:
        return ()
    return (("unit", state.unit),)


class Recent:
    """The newest changes of every region, without gaps."""

    def __init__(self, size: int = RING) -> None:
        self._size = size
        self._rings: dict[str, deque[tuple[int, tuple[RowRef, ...]]]] = {}

    def add(self, region: str, seq: int, rows: tuple[RowRef, ...]) -> None:
        """Remember one event, also one that changed no row."""
        ring = self._rings.get(region)
        if ring is None:
            ring = self._rings[region] = deque(maxlen=self._size)
        ring.append((seq, rows))

    def since(self, region: str, after: int, now_at: int) -> dict[RowRef, int] | None:
        """Rows changed after this position with the sequence of their last change, oldest first.

        now_at: where the region stands. None when the memory does not reach back that far, or when the reader has
        seen more than this server has.
        """
        if after >= now_at:
            return {} if after == now_at else None
        ring = self._rings.get(region)
        if not ring or ring[0][0] > after + 1:
            return None
        found: dict[RowRef, int] = {}
        for seq, rows in reversed(ring):
            if seq <= after:
                break
            for row in rows:
                found.setdefault(row, seq)
        return dict(reversed(found.items()))
