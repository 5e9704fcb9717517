"""What is here: from a point to the nearest address, street, road and post, objects and place, with the way to each."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from itertools import pairwise
from typing import Any, TypeVar

from meldkamer.geo.gazetteer.builder import unpacked
from meldkamer.geo.gazetteer.hit import Here, Hit, bag_id, post_name, written
from meldkamer.geo.gazetteer.part import GazetteerPart, PostRow
from meldkamer.geo.gazetteer.part_file import CELL, cells_at

ADDRESS_M, ROAD_M, POST_M, OBJECT_M, PLACE_M = 500.0, 500.0, 1000.0, 500.0, 15_000.0
"""How far away each may be, metres."""
MOST_OBJECTS = 5

_ADDRESS = """SELECT a.number, a.letter, a.addition, a.postcode, a.designation, a.object, a.x, a.y, e.name, e.place
FROM address a JOIN entry e ON e.id = a.street WHERE a.cell IN (SELECT value FROM json_each(?))"""
_ROAD = """SELECT s.id, s.name, s.road, s.place, s.line FROM section s
WHERE s.id IN (SELECT section FROM section_cell WHERE cell IN (SELECT value FROM json_each(?)))"""
_POST = "SELECT road, hm, side, letter, x, y FROM post WHERE cell IN (SELECT value FROM json_each(?))"
_ENTRIES = """SELECT kind, name, place, detail, source_id, x, y FROM entry
WHERE cell IN (SELECT value FROM json_each(?))"""

Row = TypeVar("Row")
Found = tuple[float, Row]


def look_here(parts: Sequence[GazetteerPart], x: float, y: float) -> Here:
    """The answer without degrees; for a point that is not finite, nothing."""
    if not (math.isfinite(x) and math.isfinite(y)) or abs(x) > 1e7 or abs(y) > 1e7:
        raise ValueError(f"not a point: {x}, {y}")
    address = _best(_address(part, x, y) for part in parts)
    road = _best(_road(part, x, y) for part in parts)
    post = _best(_post(part, x, y, road.detail if road is not None else "") for part in parts)
    named = _best(_entry(part, x, y, ("place",), PLACE_M, address.place) for part in parts) if address else None
    objects = sorted((hit for part in parts for hit in _objects(part, x, y)), key=_way)
    return Here(
        x=x,
        y=y,
        lat=0.0,
        lon=0.0,
        address=address,
        street=_best(_entry(part, x, y, ("street",), ROAD_M) for part in parts),
        road=road,
        post=post,
        objects=tuple(objects[:MOST_OBJECTS]),
        # Whose address it is, that place it is; the nearest middle of a place is only a guess at it.
        place=named or _best(_entry(part, x, y, ("place", "quarter"), PLACE_M) for part in parts),
    )


def _way(hit: Hit) -> float:
    return hit.distance_m if hit.distance_m is not None else math.inf


def _best(hits: Iterable[Hit | None]) -> Hit | None:
    return min((hit for hit in hits if hit is not None), key=_way, default=None)


def _nearest(read: Callable[[list[int]], Iterable[Found[Row]]], x: float, y: float, within: float) -> Found[Row] | None:
    """The nearest row by rings of squares: a ring further out cannot hold anything nearer than its inner edge."""
    best: Found[Row] | None = None
    for ring in range(int(within // CELL) + 2):
        inner = (ring - 1) * CELL
        if inner > within or (best is not None and best[0] <= inner):
            break
        for found in read(cells_at(x, y, ring)):
            if found[0] <= within and (best is None or found[0] < best[0]):
                best = found
    return best


def _list(cells: list[int]) -> str:
    """As JSON, which SQL takes apart: one statement for any number of squares."""
    return str(cells)


def _address(part: GazetteerPart, x: float, y: float) -> Hit | None:
    def read(cells: list[int]) -> Iterable[Found[tuple[Any, ...]]]:
        for row in part.db.execute(_ADDRESS, (_list(cells),)):
            yield math.hypot(row[6] - x, row[7] - y), row

    found = _nearest(read, x, y, ADDRESS_M)
    if found is None:
        return None
    metres, (number, letter, addition, postcode, designation, building, ax, ay, name, place) = found
    return Hit(
        kind="address",
        name=f"{name} {written(number, letter, addition)}",
        place=place,
        postcode=postcode,
        id=bag_id(designation),
        object_id=bag_id(building),
        x=ax,
        y=ay,
        distance_m=round(metres, 1),
        source=part.kind,
    )


def _road(part: GazetteerPart, x: float, y: float) -> Hit | None:
    """The nearest piece of road; the hit's own point is the foot of the perpendicular."""

    def read(cells: list[int]) -> Iterable[Found[tuple[Any, ...]]]:
        for _, name, road, place, line in part.db.execute(_ROAD, (_list(cells),)):
            metres, foot = _to_line(unpacked(line), x, y)
            yield metres, (name, road, place, foot)

    found = _nearest(read, x, y, ROAD_M)
    if found is None:
        return None
    metres, (name, road, place, foot) = found
    shown = " ".join(filter(None, (road, name if name != road else "")))
    return Hit(
        kind="road",
        name=shown,
        place=place,
        detail=road,
        x=foot[0],
        y=foot[1],
        distance_m=round(metres, 1),
        source=part.kind,
    )


def _post(part: GazetteerPart, x: float, y: float, road: str) -> Hit | None:
    """The nearest post, of the road that is nearest when that has a number."""

    def read(cells: list[int]) -> Iterable[Found[PostRow]]:
        for row in part.db.execute(_POST, (_list(cells),)):
            if not road or row[0] == road:
                yield math.hypot(row[4] - x, row[5] - y), PostRow(*row)

    found = _nearest(read, x, y, POST_M)
    if found is None:
        return None
    metres, row = found
    return Hit(
        kind="post",
        name=post_name(row.road, row.side, row.hm, row.letter),
        detail=row.side,
        x=row.x,
        y=row.y,
        distance_m=round(metres, 1),
        source=part.kind,
    )


def _objects(part: GazetteerPart, x: float, y: float) -> Iterable[Hit]:
    cells = [cell for ring in range(int(OBJECT_M // CELL) + 2) for cell in cells_at(x, y, ring)]
    for row in part.db.execute(_ENTRIES, (_list(cells),)):
        metres = math.hypot(row[5] - x, row[6] - y)
        if row[0] in ("object", "name", "junction") and metres <= OBJECT_M:
            yield _entry_hit(part, row, metres)


def _entry(
    part: GazetteerPart, x: float, y: float, kinds: tuple[str, ...], within: float, name: str = ""
) -> Hit | None:
    def read(cells: list[int]) -> Iterable[Found[tuple[Any, ...]]]:
        for row in part.db.execute(_ENTRIES, (_list(cells),)):
            if row[0] in kinds and (not name or row[1] == name):
                yield math.hypot(row[5] - x, row[6] - y), row

    found = _nearest(read, x, y, within)
    return None if found is None else _entry_hit(part, found[1], found[0])


def _entry_hit(part: GazetteerPart, row: tuple[Any, ...], metres: float) -> Hit:
    kind, name, place, detail, source_id, x, y = row
    return Hit(
        kind=kind,
        name=name,
        place=place,
        detail=detail,
        id=source_id,
        x=x,
        y=y,
        distance_m=round(metres, 1),
        source=part.kind,
    )


def _to_line(line: Sequence[tuple[float, float]], x: float, y: float) -> tuple[float, tuple[float, float]]:
    """Metres from a point to a line, and the point of the line that is nearest."""
    best = (math.inf, line[0])
    for (x1, y1), (x2, y2) in pairwise(line):
        dx, dy = x2 - x1, y2 - y1
        length = dx * dx + dy * dy
        along = min(1.0, max(0.0, ((x - x1) * dx + (y - y1) * dy) / length)) if length else 0.0
        foot = (x1 + along * dx, y1 + along * dy)
        best = min(best, (math.hypot(foot[0] - x, foot[1] - y), foot))
    return best
