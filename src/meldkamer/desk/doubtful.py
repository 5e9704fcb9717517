"""Which units look different because a room was lost or is back: those that it may be using."""

from __future__ import annotations

from collections.abc import Iterator

from meldkamer.desk.rows import RowKind
from meldkamer.domain import desk, function
from meldkamer.network import Change, Picture, lost_by


def doubtful(change: Change, picture: Picture) -> Iterator[tuple[RowKind, str]]:
    """The rows of units of which this change says, or no longer says, that another room may be using them."""
    names: set[str] = set()
    match change.event:
        case function.FunctionOwned():
            before = change.before or function.Function(name=change.ref)
            if lost_by(before, picture) or lost_by(change.after, picture):
                names = {change.ref}
        case desk.RoomDeclaredDown() | desk.RoomFellSilent() | desk.RoomReturned() | desk.RoomRejoined():
            lost = ("lapsed", "declared")
            names = {f.name for f in picture.functions.values() if f.previous == change.ref and f.ground in lost}
    if names:
        yield from (("unit", ref) for ref, of in picture.units.items() if of.function in names)
