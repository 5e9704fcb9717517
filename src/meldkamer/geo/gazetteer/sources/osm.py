"""Names from OpenStreetMap: places, streets as lines, junctions and named objects, from any .osm.pbf.

Read with libosmium (the package `osmium`, an extra), in two passes: named ways and the numbers of their nodes, then
where those nodes and the named ones are. Memory grows with the named roads and objects, not with the file.
OpenStreetMap does not say in which place a street lies: it is the place whose disc it lies deepest in.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from meldkamer.geo.gazetteer.import_run import Item, SourceError
from meldkamer.geo.gazetteer.rows import Refused, Section
from meldkamer.geo.gazetteer.sources.osm_rows import (
    OBJECTS,
    PLACES,
    Map,
    Spot,
    Way,
    in_places,
    junctions,
    line_of,
    object_row,
    place_row,
    streets,
)
from meldkamer.geo.gazetteer.sources.points import BadPoint, rd_point
from meldkamer.geo.rd import RdTransform

UNITS = ("places", "streets", "junctions", "objects", "sections")

Floats = npt.NDArray[np.float64]


class OsmNames:
    """Reads a .osm.pbf (or .osm, .osm.bz2). Raises SourceError, also when the package is not installed."""

    def __init__(self, path: Path, rd: RdTransform) -> None:
        try:
            import osmium
        except ImportError as error:
            raise SourceError("reading OpenStreetMap needs the package osmium: install meldkamer[roads]") from error
        self._osmium: Any = osmium
        self._path, self._rd = path, rd
        self._map: Map | None = None

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
                yield from streets(found)
            case "junctions":
                yield from junctions(found)
            case "sections":
                yield from self._sections(found)

    # --- reading ----------------------------------------------------------------------------------------------------

    def _read(self) -> Map:
        osm = self._osmium.osm
        ways: list[Way] = []
        refs: list[int] = []
        spots: list[Spot] = []
        row = 0
        wanted = self._osmium.filter.KeyFilter("name", "ref")
        for thing in self._osmium.FileProcessor(str(self._path), osm.NODE | osm.WAY).with_filter(wanted):
            row += 1
            tags = {tag.k: tag.v for tag in thing.tags}
            if thing.is_node():
                if tags.get("name") and thing.location.valid() and _is_spot(tags):
                    spots.append(Spot(row, thing.id, tags, thing.location.lat, thing.location.lon))
                continue
            nodes = [node.ref for node in thing.nodes]
            if "highway" in tags and len(nodes) > 1:
                ways.append(Way(tags.get("name", ""), _road(tags), len(refs), len(nodes)))
                refs += nodes
            elif tags.get("name") and nodes and _is_spot(tags):
                spots.append(Spot(row, nodes[0], tags))
        if not ways and not spots:
            raise ValueError("nothing with a name in it")
        all_refs = np.array(refs, dtype=np.int64)
        lat, lon = self._where(np.concatenate([all_refs, np.array([spot.ref for spot in spots], dtype=np.int64)]))
        for n, spot in enumerate(spots, len(refs)):
            if math.isfinite(spot.lat):
                lat[n], lon[n] = spot.lat, spot.lon
        x, y = self._rd.to_rd_many(lat, lon)
        n = len(refs)
        found = Map(ways, all_refs, x[:n], y[:n], spots, x[n:], y[n:], [])
        found.in_place = in_places(found)
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

    def _named(self, found: Map, places: bool) -> Iterator[Item]:
        for spot, x, y in zip(found.spots, found.spot_x.tolist(), found.spot_y.tolist(), strict=True):
            is_place = spot.tags.get("place") in PLACES
            if is_place != places:
                continue
            try:
                rd_point(x, y, ("location", "location"))
            except BadPoint as error:
                yield Refused(self._path.name, spot.row, error.field, str(error))
                continue
            yield (place_row(spot, x, y) if places else object_row(spot, x, y),)

    def _sections(self, found: Map) -> Iterator[Item]:
        for row, (way, place) in enumerate(zip(found.ways, found.in_place, strict=True), 1):
            line = line_of(found, way)
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
