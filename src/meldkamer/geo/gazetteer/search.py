"""Search as you type over all parts of the gazetteer, ranked by how well it fits, how near it is and how big.

Three steps, each only when the one before gave nothing: as typed, with typing errors and abbreviations, and without
the words that nobody knows. Two places in the text index are asked each time when a point is given: around the point
first (a caller asks for the Dorpsstraat near by), then the country.
"""

from __future__ import annotations

import math
import threading
from collections.abc import Iterable, Sequence

import msgspec

from meldkamer.geo.gazetteer.hit import Here, Hit, bag_id, post_name, written
from meldkamer.geo.gazetteer.part import AddressRow, EntryRow, GazetteerPart, Group
from meldkamer.geo.gazetteer.query import Query, Reading, understand
from meldkamer.geo.gazetteer.ranking import Point, once, rank
from meldkamer.geo.gazetteer.reverse import look_here
from meldkamer.geo.gazetteer.spelling import fold, typed
from meldkamer.geo.rd import RdTransform, looks_like_rd

MOST = 20
NUMBERED = 8
"""Streets of which the house number is looked up."""
_UNNUMBERED = {"street": 1.0, "junction": 2.5}
"""By how much a row counts less when a house number was typed that it does not have."""


class Gazetteer:
    """Searches the parts of a release, the user's own before the pack's places. Safe to call from any thread."""

    def __init__(self, parts: Sequence[GazetteerPart], rd: RdTransform) -> None:
        self._parts, self._rd = tuple(parts), rd
        self._lock = threading.Lock()

    @property
    def has_addresses(self) -> bool:
        """Whether somebody's own addresses are loaded."""
        return any(part.kind == "bag" for part in self._parts)

    def close(self) -> None:
        """Close every part; a search that runs is finished first."""
        with self._lock:
            for part in self._parts:
                part.close()
            self._parts = ()

    def search(self, text: str, near: Point | None = None, most: int = MOST) -> list[Hit]:
        """At most `most` answers for what was typed so far, the best first. near: RD metres."""
        query = understand(text)
        with self._lock:
            hits = list(self._hits(query, near))
        hits.sort(key=lambda hit: (-hit.score, hit.name, hit.place))
        return self._placed(once(hits)[:most])

    def here(self, x: float, y: float) -> Here:
        """What is at an RD point: address, street, road and post, objects, place, each with its distance."""
        with self._lock:
            found = look_here(self._parts, x, y)
        lat, lon = self._rd.to_wgs84(x, y)
        placed = {
            name: self._placed([value])[0]
            for name in ("address", "street", "road", "post", "place")
            if (value := getattr(found, name)) is not None
        }
        return msgspec.structs.replace(found, lat=lat, lon=lon, objects=tuple(self._placed(found.objects)), **placed)

    # --- the steps of a search --------------------------------------------------------------------------------------

    def _hits(self, query: Query, near: Point | None) -> Iterable[Hit]:
        if query.point is not None:
            yield from self._point(query.point)
            return
        for part in self._parts:
            if query.post is not None:
                yield from _posts(part, query, near)
            if query.postcode:
                yield from _postcodes(part, query, near)
        found = False
        for reading in query.readings:
            groups = [typed(word) for word in reading.words]
            for part in self._parts:
                for hit in _entries(part, query, reading, groups, near):
                    found = True
                    yield hit
        for reading in query.readings:
            if found:
                return
            for part in self._parts:
                for hit in _loosely(part, query, reading, near):
                    found = True
                    yield hit

    def _point(self, pair: Point) -> Iterable[Hit]:
        if looks_like_rd(*pair):
            x, y = pair
        elif abs(pair[0]) <= 90 and abs(pair[1]) <= 180:
            x, y = self._rd.to_rd(*pair)
        else:
            return
        if math.isfinite(x) and math.isfinite(y):
            yield Hit(kind="point", name=f"{pair[0]:g}, {pair[1]:g}", x=x, y=y, score=9.0)

    def _placed(self, hits: Sequence[Hit]) -> list[Hit]:
        """With WGS84 beside RD, for all at once."""
        if not hits:
            return []
        lat, lon = self._rd.to_wgs84_many([hit.x for hit in hits], [hit.y for hit in hits])
        return [
            msgspec.structs.replace(hit, lat=float(a), lon=float(b), x=round(hit.x, 1), y=round(hit.y, 1))
            for hit, a, b in zip(hits, lat, lon, strict=True)
        ]


def _entries(
    part: GazetteerPart, query: Query, reading: Reading, groups: Sequence[Group], near: Point | None, exact: bool = True
) -> Iterable[Hit]:
    if not groups:
        return
    rows = {row.id: row for row in part.matching(groups)}
    if near is not None:
        rows |= {row.id: row for row in part.matching(groups, near)}
    ranked = [(rank(row, reading.words, groups, query, near), row) for row in rows.values()]
    ranked.sort(key=lambda pair: -pair[0])
    looked_up = 0
    for score, row in ranked:
        if not reading.number:
            yield _hit(part, row, near, score, exact)
            continue
        addresses: list[AddressRow] = []
        if row.kind == "street" and looked_up < NUMBERED:
            looked_up += 1
            addresses = part.numbers(row.id, reading.number, reading.letter, reading.addition)
        for n, address in enumerate(addresses):
            yield _address(part, row, address, near, score + 2.0 - n * 0.05, exact)
        if not addresses:
            # A number that the street does not have is said, not hidden: the caller may be right.
            hit = _hit(part, row, near, score - _UNNUMBERED.get(row.kind, 1.5), exact=False)
            missing = (
                written(reading.number, reading.letter, reading.addition) if row.kind == "street" and exact else ""
            )
            yield msgspec.structs.replace(hit, missing=missing)


def _loosely(part: GazetteerPart, query: Query, reading: Reading, near: Point | None) -> Iterable[Hit]:
    """With typing errors and abbreviations; then without the words that no name has."""
    groups: list[Group] = []
    kept: list[str] = []
    for word in reading.words:
        literal = typed(word)
        more = [*part.corrections(fold(word)), *part.shortened(fold(word))]
        group = list(dict.fromkeys((*literal, *more))) if more or part.knows(literal) else []
        if group:
            groups.append(group)
            kept.append(word)
    if not groups:
        return

    def entries(without: int | None) -> Iterable[Hit]:
        chosen = [n for n in range(len(groups)) if n != without]
        fewer = msgspec.structs.replace(reading, words=tuple(kept[n] for n in chosen))
        return _entries(part, query, fewer, [groups[n] for n in chosen], near, exact=False)

    found = list(entries(None))
    if not found and len(groups) > 1:
        # One word too many (a name of a farm, a remark): leave out each in turn.
        found = [hit for n in range(len(groups)) for hit in entries(n)]
    # What nobody knows counts against it: another part may know the word.
    lost = 1.0 * (len(reading.words) - len(kept))
    yield from (msgspec.structs.replace(hit, score=round(hit.score - lost, 3)) for hit in found)


# --- rows into answers ------------------------------------------------------------------------------------------------


def _away(x: float, y: float, near: Point | None) -> float | None:
    return None if near is None else round(math.hypot(x - near[0], y - near[1]), 1)


def _hit(part: GazetteerPart, row: EntryRow, near: Point | None, score: float, exact: bool) -> Hit:
    return Hit(
        kind=row.kind,  # type: ignore[arg-type]  # the builder writes only kinds
        name=row.name,
        place=row.place,
        detail=row.detail,
        id=row.source_id,
        x=row.x,
        y=row.y,
        distance_m=_away(row.x, row.y, near),
        exact=exact,
        source=part.kind,
        score=round(score, 3),
    )


def _address(
    part: GazetteerPart, street: EntryRow, row: AddressRow, near: Point | None, score: float, exact: bool = True
) -> Hit:
    return Hit(
        kind="address",
        name=f"{street.name} {written(row.number, row.letter, row.addition)}",
        place=street.place,
        postcode=row.postcode,
        id=bag_id(row.designation),
        object_id=bag_id(row.object),
        x=row.x,
        y=row.y,
        distance_m=_away(row.x, row.y, near),
        exact=exact,
        source=part.kind,
        score=round(score, 3),
    )


def _posts(part: GazetteerPart, query: Query, near: Point | None) -> Iterable[Hit]:
    asked = query.post
    assert asked is not None
    for row in part.posts(asked.road, asked.hm, asked.hm_to, asked.side, asked.letter):
        close = 0.0 if near is None else 2.5 * math.exp(-math.hypot(row.x - near[0], row.y - near[1]) / 8000.0)
        score = 8.0 + close - 0.01 * (row.hm - asked.hm) - (0.3 if row.letter and not asked.letter else 0.0)
        yield Hit(
            kind="post",
            name=post_name(row.road, row.side, row.hm, row.letter),
            detail=row.side,
            x=row.x,
            y=row.y,
            distance_m=_away(row.x, row.y, near),
            source=part.kind,
            score=round(score, 3),
        )


def _postcodes(part: GazetteerPart, query: Query, near: Point | None) -> Iterable[Hit]:
    # In `3811AB 12` the number comes right behind; among other words it was read as a house number all the same.
    for n, row in enumerate(part.at_postcode(query.postcode, query.number)):
        yield _address(part, part.entry(row.street), row, near, 8.0 - n * 0.05)
