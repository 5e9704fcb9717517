"""From a map of OpenStreetMap, read into memory, to rows of the gazetteer."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterator, Mapping

import msgspec
import numpy as np
import numpy.typing as npt

from meldkamer.geo.gazetteer.hit import Kind
from meldkamer.geo.gazetteer.import_run import Item
from meldkamer.geo.gazetteer.rows import Named
from meldkamer.geo.gazetteer.sources.points import BadPoint, rd_point

PLACES: Mapping[str, tuple[Kind, float, int]] = {
    "city": ("place", 5_000.0, 100_000),
    "town": ("place", 2_500.0, 20_000),
    "village": ("place", 1_000.0, 3_000),
    "hamlet": ("place", 300.0, 200),
    "suburb": ("quarter", 0.0, 5_000),
    "quarter": ("quarter", 0.0, 3_000),
    "neighbourhood": ("quarter", 0.0, 1_000),
}
"""Tag `place`: what it is for us, the radius of its disc in metres (0: no street lies *in* it), usual inhabitants."""
OBJECTS = ("amenity", "healthcare", "tourism", "leisure", "railway", "aeroway", "man_made", "emergency", "building")
JUNCTION_WEIGHT, OBJECT_WEIGHT, ROAD_WEIGHT = 20, 30, 2_000
_CHUNK = 4_096

Floats = npt.NDArray[np.float64]


class Way(msgspec.Struct, frozen=True):
    """A named or numbered road. first: where its nodes begin in the long list of all."""

    name: str
    road: str
    first: int
    nodes: int


class Spot(msgspec.Struct, frozen=True):
    """A named node, or a named area by one of its nodes (`ref`)."""

    row: int
    ref: int
    tags: dict[str, str]
    lat: float = math.nan
    lon: float = math.nan


class Map(msgspec.Struct):
    """What the file holds, in RD. x, y: of every node of every way, NaN where the file does not have it."""

    ways: list[Way]
    refs: npt.NDArray[np.int64]
    x: Floats
    y: Floats
    spots: list[Spot]
    spot_x: Floats
    spot_y: Floats
    in_place: list[str]


def place_row(spot: Spot, x: float, y: float) -> Named:
    """A place, with its inhabitants when the map says them."""
    kind, _, usual = PLACES[spot.tags["place"]]
    people = spot.tags.get("population", "")
    weight = int(people) if people.isdecimal() and len(people) < 9 else usual
    source_id = f"osm:n{spot.ref}"
    return Named(
        kind=kind, name=spot.tags["name"], detail=spot.tags["place"], source_id=source_id, x=x, y=y, weight=weight
    )


def object_row(spot: Spot, x: float, y: float) -> Named:
    """A named object, or a junction of motorways."""
    tags = spot.tags
    if tags.get("highway") == "motorway_junction":
        kind, detail = "junction", tags.get("ref", "")
    else:
        key = next(key for key in OBJECTS if key in tags)
        kind, detail = "object", tags[key] if tags[key] != "yes" else key
    return Named(
        kind=kind,  # type: ignore[arg-type]  # one of the two
        name=tags["name"],
        place=tags.get("addr:city", ""),
        detail=detail,
        source_id=f"osm:n{spot.ref}",
        x=x,
        y=y,
        weight=OBJECT_WEIGHT,
    )


def line_of(found: Map, way: Way) -> tuple[tuple[float, float], ...]:
    """The points of a road that the file holds."""
    part = slice(way.first, way.first + way.nodes)
    points = zip(found.x[part].tolist(), found.y[part].tolist(), strict=True)
    return tuple((x, y) for x, y in points if math.isfinite(x))


def in_places(found: Map) -> list[str]:
    """For each way the place in whose disc its middle lies deepest, or the nearest one."""
    known = [n for n, spot in enumerate(found.spots) if PLACES.get(spot.tags.get("place", ""), ("", 0.0, 0))[1] > 0]
    known = [n for n in known if math.isfinite(found.spot_x[n])]
    if not known:
        return [""] * len(found.ways)
    names = [found.spots[n].tags["name"] for n in known]
    radius = np.array([PLACES[found.spots[n].tags["place"]][1] for n in known])
    px, py = found.spot_x[known], found.spot_y[known]
    middle = np.array([way.first + way.nodes // 2 for way in found.ways], dtype=np.int64)
    result: list[str] = []
    for start in range(0, len(middle), _CHUNK):
        at = middle[start : start + _CHUNK]
        away = np.hypot(found.x[at, None] - px[None, :], found.y[at, None] - py[None, :]) - radius
        result += [names[n] for n in np.where(np.isfinite(away), away, np.inf).argmin(axis=1)]
    return result


def streets(found: Map) -> Iterator[Item]:
    """Each name of a street in a place once, and each road number once."""
    sums: dict[tuple[str, str], list[float]] = defaultdict(lambda: [0.0, 0.0, 0.0])
    for way, place in zip(found.ways, found.in_place, strict=True):
        line = line_of(found, way)
        for key in ((way.name, place), (way.road, "")):
            if key[0] and line and (key[1] or key[0] == way.road or not place):
                x, y = line[len(line) // 2]
                total = sums[key]
                total[0], total[1], total[2] = total[0] + x, total[1] + y, total[2] + 1
    roads = {way.road for way in found.ways if way.road}
    for (name, place), (x, y, n) in sorted(sums.items()):
        try:
            rd_point(x / n, y / n)
        except BadPoint:
            continue  # told with its sections
        road = name in roads and not place
        kind: Kind = "road" if road else "street"
        yield (Named(kind=kind, name=name, place=place, x=x / n, y=y / n, weight=ROAD_WEIGHT if road else int(n)),)


def junctions(found: Map) -> Iterator[Item]:
    """Nodes at which streets of different names meet."""
    names = sorted({way.name for way in found.ways if way.name})
    number = {name: n for n, name in enumerate(names)}
    owner = np.repeat(
        np.array([number.get(way.name, -1) for way in found.ways], dtype=np.int64),
        np.array([way.nodes for way in found.ways], dtype=np.int64),
    )
    place = np.repeat(np.arange(len(found.ways)), np.array([way.nodes for way in found.ways], dtype=np.int64))
    usable = (owner >= 0) & np.isfinite(found.x)
    pairs, first = np.unique(np.column_stack([found.refs[usable], owner[usable]]), axis=0, return_index=True)
    at_all = np.flatnonzero(usable)[first]
    ids, starts, counts = np.unique(pairs[:, 0], return_index=True, return_counts=True)
    for ref, start, count in zip(ids[counts > 1], starts[counts > 1], counts[counts > 1], strict=True):
        meeting = [names[n] for n in pairs[start : start + count, 1]]
        at = int(at_all[start])
        try:
            x, y = rd_point(float(found.x[at]), float(found.y[at]))
        except BadPoint:
            continue
        yield (
            Named(
                kind="junction",
                name=" / ".join(meeting[:4]),
                place=found.in_place[int(place[at])],
                source_id=f"osm:n{ref}",
                x=x,
                y=y,
                weight=JUNCTION_WEIGHT,
            ),
        )
