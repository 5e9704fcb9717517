# The geometry library has no types of its own.
# mypy: disable-error-code="no-untyped-call, no-any-return"
"""Approximate areas for the map and the outline that tells land from sea and abroad."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import shapely
import shapely.geometry
from shapely.geometry.base import BaseGeometry

from meldkamer.geo import RdTransform
from meldkamer.geo.nearest import Discs
from meldkamer.pack import Pack

CELL_M = 500.0
SIMPLIFY_M = 450.0
WINDOW = (-10_000.0, 290_000.0, 310_000.0, 640_000.0)  # RD: the country and a strip of its neighbours
NAMES = {"NL": "Nederland", "BE": "België", "DE": "Duitsland"}
CRS = {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::28992"}}


def write_outline(pack: Path, outlines: Mapping[str, BaseGeometry], rd: RdTransform) -> int:
    """Write ``outline.geojson`` (RD metres), clipped to the window; returns its size in bytes."""
    features = []
    for code, outline in outlines.items():
        # Cut first, in degrees: overseas parts and the far side of a neighbour have no meaning in RD.
        near = shapely.intersection(outline, shapely.box(2.0, 49.5, 8.5, 54.5))
        plane = shapely.transform(near, lambda lon, lat: rd.to_rd_many(lat, lon), interleaved=False)
        clipped = shapely.simplify(shapely.intersection(shapely.make_valid(plane), shapely.box(*WINDOW)), 50.0)
        features.append(_feature(clipped, {"country": code, "name": NAMES[code], "approximate": True}))
    source = "Natural Earth 1:10m, public domain"
    return _write(pack / "outline.geojson", features, source)


def write_areas(pack: Pack, folder: Path, rd: RdTransform) -> tuple[dict[str, BaseGeometry], int]:
    """Write ``areas.geojson``: safety regions and rooms as ``Where`` sees them, on a grid of 500 m.

    Returns the safety regions (RD) by code and the size of the file in bytes. Borders shared
    by two areas stay shared after simplifying: no slivers, no gaps.
    """
    land = _land(folder, pack.manifest.country)
    x_min, y_min, x_max, y_max = land.bounds
    across = np.arange(x_min // CELL_M, x_max // CELL_M + 1) * CELL_M + CELL_M / 2
    up = np.arange(y_min // CELL_M, y_max // CELL_M + 1) * CELL_M + CELL_M / 2
    x, y = (grid.ravel() for grid in np.meshgrid(across, up))
    near = shapely.intersects(land, shapely.box(x - CELL_M, y - CELL_M, x + CELL_M, y + CELL_M))
    x, y = x[near], y[near]
    best = Discs(pack.places, rd).nearest_many(x, y)
    region = np.array([pack.municipality[pack.places[i].municipality].safety_region for i in best])
    cells = shapely.box(x - CELL_M / 2, y - CELL_M / 2, x + CELL_M / 2, y + CELL_M / 2)
    codes = [item.code for item in pack.safety_regions]
    rough = [shapely.coverage_union_all(cells[region == code]) for code in codes]
    smooth = shapely.coverage_simplify(np.array(rough), SIMPLIFY_M)
    shapes = {code: _clean(shapely.intersection(shape, land)) for code, shape in zip(codes, smooth, strict=True)}
    features = []
    for item in pack.safety_regions:
        room = pack.region[item.region].home_room
        names = {"kind": "safety_region", "code": item.code, "name": item.name, "room": room}
        features.append(_feature(shapes[item.code], {**names, "approximate": True}))
    for home in pack.rooms:
        parts = [shapes[i.code] for i in pack.safety_regions if pack.region[i.region].home_room == home.code]
        if parts:
            whole = _clean(shapely.union_all(parts, grid_size=1.0))
            names = {"kind": "room", "code": home.code, "name": home.name, "room": home.code}
            features.append(_feature(whole, {**names, "approximate": True}))
    source = "derived from places (GeoNames, CC BY 4.0) and Natural Earth (public domain)"
    return shapes, _write(folder / "areas.geojson", features, source)


def _land(folder: Path, country: str) -> BaseGeometry:
    collection = json.loads((folder / "outline.geojson").read_text(encoding="utf-8"))
    for feature in collection["features"]:
        if feature["properties"]["country"] == country:
            return shapely.make_valid(shapely.geometry.shape(feature["geometry"]))
    raise ValueError(f"the outline lacks {country}")


def _clean(shape: BaseGeometry) -> BaseGeometry:
    """Only the polygons of some size: an intersection leaves lines and crumbs."""
    parts = [part for part in shapely.get_parts(shape) if part.geom_type == "Polygon" and part.area > 1e6]
    return shapely.union_all(parts)


def _feature(shape: BaseGeometry, properties: dict[str, Any]) -> dict[str, Any]:
    geometry = json.loads(shapely.to_geojson(_clean(shapely.set_precision(shape, 1.0))))
    return {"type": "Feature", "properties": properties, "geometry": _integers(geometry)}


def _integers(geometry: dict[str, Any]) -> dict[str, Any]:
    def rounded(value: Any) -> Any:
        return [rounded(item) for item in value] if isinstance(value, list) else round(value)

    return {"type": geometry["type"], "coordinates": rounded(geometry["coordinates"])}


def _write(path: Path, features: list[dict[str, Any]], source: str) -> int:
    collection = {"type": "FeatureCollection", "crs": CRS, "source": source, "features": features}
    text = json.dumps(collection, ensure_ascii=False, separators=(",", ":")).replace(
        '{"type":"Feature"', '\n{"type":"Feature"'
    )
    return path.write_text(text + "\n", encoding="utf-8")
