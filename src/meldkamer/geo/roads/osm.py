"""Any .osm.pbf into junctions and roads: classes, permitted speeds, one-ways, access, ferries and turn restrictions.

Two passes over the file: ways and restrictions, then the nodes of those ways. Memory grows with the roads, not with the
file.
"""

from __future__ import annotations

import itertools
import math
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from meldkamer.geo.rd import Floats
from meldkamer.geo.roads.errors import RoadsError
from meldkamer.geo.roads.graph import ACCESS, Edge, RoadGraph, Turn, make_graph
from meldkamer.geo.roads.islands import Island, islands

ToPlane = Callable[[Floats, Floats], tuple[Floats, Floats]]
"""lat, lon in degrees -> x, y in metres."""

MOTOR, EMERGENCY, FOOT, WATER = ACCESS["motor"], ACCESS["emergency"], ACCESS["foot"], ACCESS["water"]
_LINKED = ("motorway", "trunk", "primary", "secondary", "tertiary")
CARS = frozenset(
    [*_LINKED, *(f"{c}_link" for c in _LINKED), "unclassified", "residential", "living_street", "service", "road"]
)
OTHERS = {
    "busway": EMERGENCY | FOOT,
    "track": EMERGENCY | FOOT,
    "pedestrian": EMERGENCY | FOOT,
    "footway": FOOT,
    "path": FOOT,
    "steps": FOOT,
    "cycleway": FOOT,
}
BARRED = frozenset({"no", "private", "agricultural", "forestry"})
BOATS = frozenset({"river", "canal", "fairway"})
EARTH = 6_371_000.0
METRES_PER_SECOND_FERRY = 4.0
WAIT_FOR_FERRY = 300_000
"""Milliseconds: half of what lies between two crossings of a short ferry, by guess."""


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """What came of it. broken: ways that refer to nodes which are not in the file; skipped: restrictions that a graph
    of junctions cannot hold (by way of other ways) or that name roads which are not there. islands: parts for vehicles
    from which no road leads to the largest; largest_islands: the first LISTED of them."""

    ways: int
    junctions: int
    nodes: int
    arcs: int
    turns: int
    skipped: int
    broken: int
    islands: int
    largest_islands: tuple[Island, ...]


class LeftOut(msgspec.Struct, frozen=True):
    """Something of the map that was not taken, or not whole, or that hangs together with nothing else. thing: `way`,
    `relation`, or `island`, then named by one of its ways; id: its number there."""

    thing: str
    id: int
    reason: str


Progress = Callable[[str, int], None]
"""Told now and then: what is read, and how many of them."""
_TELL = 50_000
MOST_LEFT_OUT = 100_000
LISTED = 50


class _Told:
    """What is left out, as far as anybody wants to know."""

    def __init__(self, progress: Progress, left_out: list[LeftOut] | None) -> None:
        self.progress, self._left_out = progress, left_out

    def leave(self, thing: str, id: int, reason: str) -> None:
        if self._left_out is not None and len(self._left_out) < MOST_LEFT_OUT:
            self._left_out.append(LeftOut(thing, id, reason))

    def count(self, step: str, number: int) -> None:
        if number % _TELL == 0:
            self.progress(step, number)


class _Way(msgspec.Struct, frozen=True):
    id: int
    refs: list[int]
    road: str
    speed: int
    ahead: int
    back: int
    fixed: int


class _Restriction(msgspec.Struct, frozen=True):
    id: int
    via: int
    start: int
    end: int
    only: bool


def import_pbf(
    path: Path,
    to_plane: ToPlane,
    progress: Progress = lambda step, number: None,
    left_out: list[LeftOut] | None = None,
) -> tuple[RoadGraph, Report]:
    """progress: told how far it is. left_out: filled with what could not be taken.

    Raises RoadsError for a file that is no pbf or breaks off, or that holds no roads.
    """
    osmium, told = _osmium(), _Told(progress, left_out)
    try:
        ways, turns, skipped = _read(osmium, path, told)
        places = _places(osmium, path, ways, told)
    except (RuntimeError, OSError, ValueError) as error:
        raise RoadsError(f"{path}: cannot be read as OpenStreetMap data: {error}") from error
    if not ways or not places:
        raise RoadsError(f"{path}: holds no roads")
    progress("junctions", len(places))
    return _build(ways, turns, skipped, places, to_plane, told)


def _osmium() -> Any:
    try:
        import osmium
    except ImportError as error:
        raise RoadsError("importing roads needs the package osmium: install meldkamer[roads]") from error
    return osmium


def _read(osmium: Any, path: Path, told: _Told) -> tuple[list[_Way], list[_Restriction], int]:
    ways: list[_Way] = []
    turns: list[_Restriction] = []
    skipped = 0
    wanted = osmium.filter.KeyFilter("highway", "route", "waterway", "restriction")
    kinds = osmium.osm.WAY | osmium.osm.RELATION
    for thing in osmium.FileProcessor(str(path), kinds).with_filter(wanted):
        if thing.is_way():
            refs = [node.ref for node in thing.nodes]
            way = _way(thing.id, refs, dict(thing.tags)) if len(refs) > 1 else None
            if way is not None:
                told.count("ways", len(ways) + 1)
                ways.append(way)
        elif thing.tags.get("type") == "restriction":
            turn = _turn(thing.id, [(m.role, m.type, m.ref) for m in thing.members], thing.tags.get("restriction", ""))
            if turn is None:
                skipped += 1
                told.leave("relation", thing.id, "a restriction by way of other roads, or of a kind that is not known")
            else:
                turns.append(turn)
    return ways, turns, skipped


def _way(id: int, refs: list[int], tags: Mapping[str, str]) -> _Way | None:
    highway = tags.get("highway", "")
    if highway in CARS:
        who = MOTOR | EMERGENCY | (0 if highway.startswith("motorway") else FOOT)
    elif highway in OTHERS and tags.get("area") != "yes":
        who = OTHERS[highway]
    elif tags.get("route") == "ferry":
        return _ferry(id, refs, tags)
    elif tags.get("waterway") in BOATS and (tags["waterway"] == "fairway" or tags.get("boat") in ("yes", "designated")):
        return _Way(id, refs, "waterway", 0, WATER, WATER, 0)
    else:
        return None
    if any(tags.get(k) in BARRED for k in ("access", "vehicle", "motor_vehicle")):
        who &= ~MOTOR
        if tags.get("emergency") != "yes" and any(tags.get(k) in ("private", "no") for k in ("access",)):
            who &= ~EMERGENCY
    if tags.get("emergency") in ("yes", "designated"):
        who |= EMERGENCY
    elif tags.get("emergency") == "no":
        who &= ~EMERGENCY
    if tags.get("access") in BARRED and tags.get("foot") not in ("yes", "designated", "permissive"):
        who &= ~FOOT
    if not who:
        return None
    ahead, back = who, who
    oneway = tags.get("oneway", "")
    # On foot both ways, whatever the signs say.
    if oneway in ("yes", "1", "true") or (
        oneway not in ("no", "0", "false", "-1", "reverse")
        and (highway == "motorway" or tags.get("junction") in ("roundabout", "circular"))
    ):
        back &= FOOT
    elif oneway in ("-1", "reverse"):
        ahead &= FOOT
    return _Way(id, refs, highway, _kmh(tags.get("maxspeed", "")), ahead, back, 0)


def _ferry(id: int, refs: list[int], tags: Mapping[str, str]) -> _Way | None:
    who = FOOT
    if not any(tags.get(k) == "no" for k in ("motor_vehicle", "motorcar", "vehicle", "access")):
        who |= MOTOR | EMERGENCY
    fixed = _duration(tags.get("duration", ""))
    return _Way(id, refs, "ferry", 0, who, who, fixed + WAIT_FOR_FERRY if fixed else -1)


def _kmh(text: str) -> int:
    """The permitted speed that a tag states; 0 when it states none that can be read."""
    found = re.fullmatch(r"(\d{1,3})(?:\s*(mph))?", text.strip())
    if found is None:
        return 0
    value = round(int(found[1]) * (1.609 if found[2] else 1))
    return value if value <= 200 else 0


def _duration(text: str) -> int:
    """`00:20` or `20` (minutes) as milliseconds; 0 when it cannot be read."""
    found = re.fullmatch(r"(?:(\d{1,2}):)?(\d{1,3})(?::(\d{2}))?", text.strip())
    if found is None:
        return 0
    return 1000 * (3600 * int(found[1] or 0) + 60 * int(found[2]) + int(found[3] or 0))


def _turn(id: int, members: list[tuple[str, str, int]], kind: str) -> _Restriction | None:
    """None for one that goes by way of other ways, or whose kind is not known."""
    by_role = {role: (type_, ref) for role, type_, ref in members}
    via, start, end = by_role.get("via"), by_role.get("from"), by_role.get("to")
    if via is None or start is None or end is None or via[0] != "n" or not kind.startswith(("no_", "only_")):
        return None
    return _Restriction(id, via[1], start[1], end[1], kind.startswith("only_"))


def _places(osmium: Any, path: Path, ways: list[_Way], told: _Told) -> dict[int, tuple[float, float]]:
    ids = {ref for way in ways for ref in way.refs}
    found = {}
    for node in osmium.FileProcessor(str(path), osmium.osm.NODE).with_filter(osmium.filter.IdFilter(ids)):
        if node.location.valid():
            found[node.id] = (node.location.lat, node.location.lon)
            told.count("points", len(found))
    return found


def _build(
    ways: list[_Way],
    turns: list[_Restriction],
    skipped: int,
    places: dict[int, tuple[float, float]],
    to_plane: ToPlane,
    told: _Told,
) -> tuple[RoadGraph, Report]:
    uses: dict[int, int] = {}
    for way in ways:
        for place, ref in enumerate(way.refs):
            uses[ref] = uses.get(ref, 0) + (2 if place in (0, len(way.refs) - 1) else 1)
    for turn in turns:
        if turn.via in uses:
            uses[turn.via] += 1
    order = list(places)
    lat = np.array([places[r][0] for r in order])
    lon = np.array([places[r][1] for r in order])
    plane_x, plane_y = to_plane(lat, lon)
    if not (np.isfinite(plane_x).all() and np.isfinite(plane_y).all()):
        raise RoadsError("the map holds places that the projection cannot show: is it of this country?")
    at = {ref: n for n, ref in enumerate(order)}
    numbers: dict[int, int] = {}
    junctions: list[int] = []

    def junction(ref: int) -> int:
        if ref not in numbers:
            numbers[ref] = len(junctions)
            junctions.append(at[ref])
        return numbers[ref]

    edges: list[Edge] = []
    broken = 0
    for way in ways:
        known = [r for r in way.refs if r in at]
        if len(known) < len(way.refs):
            broken += 1
            told.leave("way", way.id, f"cut off: {len(way.refs) - len(known)} of {len(way.refs)} points are not here")
        begin = 0
        for place in range(1, len(known)):
            last = place == len(known) - 1
            if uses[known[place]] < 2 and not last:
                continue
            part = known[begin : place + 1]
            begin = place
            points = [at[r] for r in part]
            metres = sum(_metres(lat[a], lon[a], lat[b], lon[b]) for a, b in itertools.pairwise(points))
            fixed = way.fixed
            if fixed:
                # The time of the whole crossing, shared over its pieces by the number of points.
                share = (len(part) - 1) / max(1, len(known) - 1)
                whole = fixed if fixed > 0 else WAIT_FOR_FERRY
                fixed = max(1, round(whole * share))
                if way.fixed < 0:
                    fixed += round(metres / METRES_PER_SECOND_FERRY * 1000)
            edges.append(
                Edge(
                    start=junction(part[0]),
                    end=junction(part[-1]),
                    way=way.id,
                    road=way.road,
                    metres=metres,
                    speed=way.speed,
                    fixed=fixed,
                    ahead=way.ahead,
                    back=way.back,
                    x=plane_x[points].tolist(),
                    y=plane_y[points].tolist(),
                )
            )
    way_ids = {w.id for w in ways}
    kept = []
    for turn in turns:
        if turn.via in numbers and turn.start in way_ids and turn.end in way_ids:
            kept.append(Turn(junction=numbers[turn.via], start_way=turn.start, end_way=turn.end, only=turn.only))
        else:
            skipped += 1
            told.leave("relation", turn.id, "a restriction of roads that are not in the file, or not roads here")
    graph = make_graph(plane_x[junctions], plane_y[junctions], edges, kept)
    apart = islands(graph, lat[junctions], lon[junctions])
    for one in apart:
        where = f"around {one.lat:.5f}, {one.lon:.5f}"
        told.leave("island", one.way, f"{one.junctions} junctions {where} hang together with no other road")
    report = Report(
        ways=len(ways),
        junctions=len(junctions),
        nodes=graph.nodes,
        arcs=graph.arcs,
        turns=len(kept),
        skipped=skipped,
        broken=broken,
        islands=len(apart),
        largest_islands=apart[:LISTED],
    )
    return graph, report


def _metres(lat1: float, lon1: float, lat2: float, lon2: float) -> float:
    """Along the sphere: exact enough for a road, and true wherever the map lies."""
    a, b, c, d = map(math.radians, (lat1, lon1, lat2, lon2))
    half = math.sin((c - a) / 2) ** 2 + math.cos(a) * math.cos(c) * math.sin((d - b) / 2) ** 2
    return 2 * EARTH * math.asin(min(1.0, math.sqrt(half)))
