"""Books made by hand: weeks of answered calls of ten rooms, of which we know who is slow and how slow."""

from __future__ import annotations

from collections.abc import Mapping

from meldkamer.insight import Book, Case, Names, columns, span_of
from meldkamer.insight.norm_changes import Norms

from .conftest import ZONE

ROOMS = ("NN", "ON", "MD", "NH", "AD", "DH", "RT", "ZB", "OB", "LB")
WEEKS = ("2026-W01", "2026-W02", "2026-W03", "2026-W04")
CALLS = 100
"""Calls of a room in a week."""
MINUTE = 60_000


def answered(room: str, at: int, seconds: float) -> Case:
    return Case(
        measure="answer_region", at=at, seconds=seconds, why="", room=room, region=room, municipality="",
        discipline="B", served=True, home=room,
    )  # fmt: skip


def book(late: Mapping[str, Mapping[str, int]], norms: tuple[tuple[int, Norms], ...] = ()) -> Book:
    """late: week -> room -> how many of its hundred calls were answered too late (30 s); five of all others. norms:
    what was changed meanwhile."""
    cases = [
        answered(room, span_of(week, ZONE).since + n * MINUTE, 30.0 if n < late.get(week, {}).get(room, 5) else 4.0)
        for week in WEEKS
        for room in ROOMS
        for n in range(CALLS)
    ]
    names = Names()
    return Book(
        columns=columns(cases, names),
        names=names,
        tests=(),
        owned=(),
        downs=(),
        items={},
        norms=norms,
        since=span_of(WEEKS[0], ZONE).since,
        until=span_of(WEEKS[-1], ZONE).until + MINUTE,
        entries=len(cases),
        unread=0,
        gaps=(),
    )
