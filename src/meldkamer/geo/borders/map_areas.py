"""Official borders as the map shows them: safety regions and the rooms that serve them, as GeoJSON in RD."""

from __future__ import annotations

import json
from typing import Any

import shapely

from meldkamer.geo.borders.borders import Borders
from meldkamer.pack import Pack

COARSE_M = 30.0
"""By how much an outline on the map may lie beside the true one: less than a stroke is wide where a region is seen
whole. Decisions use the true one."""


def map_areas(borders: Borders, pack: Pack) -> dict[str, Any]:
    """The same shape as the pack's own `areas.geojson`, without `approximate`."""
    by_region: dict[str, list[str]] = {}
    for area in borders.areas:
        region = area.code if borders.level == "safety_region" else pack.municipality[area.code].safety_region
        by_region.setdefault(region, []).append(area.code)
    shapes = {region: borders.together(codes) for region, codes in sorted(by_region.items())}
    by_room: dict[str, list[shapely.Geometry]] = {}
    features = []
    for code, shape in shapes.items():
        safety = pack.safety_region[code]
        room = pack.region[safety.region].home_room
        by_room.setdefault(room, []).append(shape)
        features.append(_feature("safety_region", code, safety.name, room, shape))
    for room, parts in sorted(by_room.items()):
        features.append(_feature("room", room, pack.room[room].name, room, shapely.union_all(parts)))
    crs = {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::28992"}}
    return {"type": "FeatureCollection", "crs": crs, "source": "official areas", "features": features}


def _feature(kind: str, code: str, name: str, room: str, shape: shapely.Geometry) -> dict[str, Any]:
    coarse = shapely.set_precision(shapely.simplify(shape, COARSE_M), 1.0)
    properties = {"kind": kind, "code": code, "name": name, "room": room, "approximate": False}
    return {"type": "Feature", "properties": properties, "geometry": json.loads(shapely.to_geojson(coarse))}
