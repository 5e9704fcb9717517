"""Names from OpenStreetMap: places, streets as lines, junctions and named objects, from any .osm.pbf.

Read with libosmium (the package `osmium`, an extra), in two passes: named ways and the numbers of their nodes, then
where those nodes and the named ones are. Memory grows with the named roads, some 50 bytes for each of their nodes.
OpenStreetMap does not say in which place a street lies: it is the place whose disc it lies deepest in.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import numpy.typing as npt

from meldkamer.geo.gazetteer.hit import Kind
from meldkamer.geo.gazetteer.import_run import Item, SourceError
from meldkamer.geo.gazetteer.rows import Named, Refused, Section
from meldkamer.geo.gazetteer.sources.points import BadPoint, rd_point
from meldkamer.geo.rd import RdTransform

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
UNITS = ("places", "streets", "junctions", "objects", "sections")
_CHUNK = 4_096

Floats = npt.NDArray[np.float64]


class _Way(msgspec.Struct, frozen=True):
    """A named or numbered road. first: where its nodes begin in the long list of all."""

    name: str
    road: str
    first: int
    nodes: int


class _Spot(msgspec.Struct, frozen=True):
    """A named node, or a named area by one of its nodes (`ref`)."""

    row: int
    ref: int
    tags: dict[str, str]
    lat: float = math.nan
    lon: float = math.nan


class _Map(msgspec.Struct):
    """What the file holds, in RD. x, y: of every node of every way, NaN where the file does not have it."""

    ways: list[_Way]
    refs: npt.NDArray[np.int64]
    x: Floats
    y: Floats
    spots: list[_Spot]
    spot_x: Floats
    spot_y: Floats
    in_place: list[str]


class OsmNames:
    """Reads a .osm.pbf (or .osm, .osm.bz2). Raises SourceError, also when the package is not installed."""

    def __init__(self, path: Path, rd: RdTransform) -> None:
        try:
            import osmium
        except ImportError as error:
            raise SourceError("reading OpenStreetMap needs the package osmium: install meldkamer[roads]") from error
        self._osmium: Any = osmium
        self._path, self._rd = path, rd
        self._map: _Map | None = None

    def units(self) -> Sequence[str]:
        """Places, streets, junctions, objects, sections."""
        return UNITS

    def rows(self, unit: str) -> Iterator[Item]:
        """Every row of a piece."""
        if self._map is None:
            try:
                self._map = self._read()
            except (RuntimeError, OSError, ValueError) as error:
                raise SourceError(f"{self._path.name} cannot be read as OpenStreetMap data: {error}") from error
        found = self._map
        match unit:
            case "places":
                yield from self._named(found, places=True)
            case "objects":
                yield from self._named(found, places=False)
            case "streets":
                yield from _streets(found)
            case "junctions":
                yield from _junctions(found)
            case "sections":
                yield from self._sections(found)

    # --- reading ----------------------------------------------------------------------------------------------------

    def _read(self) -> _Map:
        osm = self._osmium.osm
        ways: list[_Way] = []
        refs: list[int] = []
        spots: list[_Spot] = []
        row = 0
        wanted = self._osmium.filter.KeyFilter("name", "ref")
        for thing in self._osmium.FileProcessor(str(self._path), osm.NODE | osm.WAY).with_filter(wanted):
            row += 1
            tags = {tag.k: tag.v for tag in thing.tags}
            if thing.is_node():
                if tags.get("name") and thing.location.valid() and _is_spot(tags):
                    spots.append(_Spot(row, thing.id, tags, thing.location.lat, thing.location.lon))
                continue
            nodes = [node.ref for node in thing.nodes]
            if "highway" in tags and len(nodes) > 1:
                ways.append(_Way(tags.get("name", ""), _road(tags), len(refs), len(nodes)))
                refs += nodes
            elif tags.get("name") and nodes and _is_spot(tags):
                spots.append(_Spot(row, nodes[0], tags))
        if not ways and not spots:
            raise ValueError("nothing with a name in it")
        all_refs = np.array(refs, dtype=np.int64)
        lat, lon = self._where(np.concatenate([all_refs, np.array([spot.ref for spot in spots], dtype=np.int64)]))
        for n, spot in enumerate(spots, len(refs)):
            if math.isfinite(spot.lat):
                lat[n], lon[n] = spot.lat, spot.lon
        x, y = self._rd.to_rd_many(lat, lon)
        n = len(refs)
        found = _Map(ways, all_refs, x[:n], y[:n], spots, x[n:], y[n:], [])
        found.in_place = _in_places(found)
        return found

    def _where(self, refs: npt.NDArray[np.int64]) -> tuple[Floats, Floats]:
        """Latitude and longitude of each node; NaN where the file does not hold it."""
        ids = np.unique(refs)
        lat, lon = np.full(len(ids), np.nan), np.full(len(ids), np.nan)
        nodes = self._osmium.FileProcessor(str(self._path), self._osmium.osm.NODE)
        for node in nodes.with_filter(self._osmium.filter.IdFilter(ids.tolist())):
            if node.location.valid():
                at = int(np.searchsorted(ids, node.id))
                lat[at], lon[at] = node.location.lat, node.location.lon
        at_all = np.searchsorted(ids, refs)
        return lat[at_all], lon[at_all]

    # --- rows -------------------------------------------------------------------------------------------------------

    def _named(self, found: _Map, places: bool) -> Iterator[Item]:
        for spot, x, y in zip(found.spots, found.spot_x.tolist(), found.spot_y.tolist(), strict=True):
            is_place = spot.tags.get("place") in PLACES
            if is_place != places:
                continue
            try:
                rd_point(x, y, ("location", "location"))
            except BadPoint as error:
                yield Refused(self._path.name, spot.row, error.field, str(error))
                continue
            yield (_place(spot, x, y) if places else _object(spot, x, y),)

    def _sections(self, found: _Map) -> Iterator[Item]:
        for row, (way, place) in enumerate(zip(found.ways, found.in_place, strict=True), 1):
            line = _line(found, way)
            try:
                if len(line) < 2:
                    raise BadPoint("nodes", "its nodes are not in the file")
                for x, y in line:
                    rd_point(x, y, ("nodes", "nodes"))
            except BadPoint as error:
                yield Refused(f"{self._path.name}:ways", row, error.field, str(error))
                continue
            yield (Section(way.name, way.road, place, line),) if way.name or way.road else ()


def _is_spot(tags: Mapping[str, str]) -> bool:
    return tags.get("place") in PLACES or tags.get("highway") == "motorway_junction" or any(k in tags for k in OBJECTS)


def _road(tags: Mapping[str, str]) -> str:
    """The first road number: `A28` of `A28;E232`."""
    return tags.get("ref", "").partition(";")[0].replace(" ", "").upper()


def _place(spot: _Spot, x: float, y: float) -> Named:
    kind, _, usual = PLACES[spot.tags["place"]]
    people = spot.tags.get("population", "")
    weight = int(people) if people.isdecimal() and len(people) < 9 else usual
    source_id = f"osm:n{spot.ref}"
    return Named(
        kind=kind, name=spot.tags["name"], detail=spot.tags["place"], source_id=source_id, x=x, y=y, weight=weight
    )


def _object(spot: _Spot, x: float, y: float) -> Named:
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


def _line(found: _Map, way: _Way) -> tuple[tuple[float, float], ...]:
    part = slice(way.first, way.first + way.nodes)
    points = zip(found.x[part].tolist(), found.y[part].tolist(), strict=True)
    return tuple((x, y) for x, y in points if math.isfinite(x))


def _in_places(found: _Map) -> list[str]:
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


def _streets(found: _Map) -> Iterator[Item]:
    sums: dict[tuple[str, str], list[float]] = defaultdict(lambda: [0.0, 0.0, 0.0])
    for way, place in zip(found.ways, found.in_place, strict=True):
        line = _line(found, way)
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


def _junctions(found: _Map) -> Iterator[Item]:
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
