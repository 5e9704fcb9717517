"""Areas from GeoJSON: the approximate ones of the pack, and the user's official ones."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

from meldkamer.geo.polygons import Polygons, Rings, rings_of
from meldkamer.geo.rd import RdTransform, looks_like_rd

Level = Literal["municipality", "safety_region", "country"]
MAX_BYTES = 200_000_000


class Areas:
    """Named areas in RD metres. ``codes[i]`` belongs to polygon ``i``."""

    def __init__(
        self, level: Level, codes: Sequence[str], polygons: Polygons, names: Mapping[str, str] | None = None
    ) -> None:
        self.level = level
        self.names = dict(names or {})
        self.codes = tuple(codes)
        self.polygons = polygons

    def find(self, x: float, y: float) -> str | None:
        """The code of the area at an RD point; None outside all."""
        number = self.polygons.find(x, y)
        return None if number is None else self.codes[number]


def import_areas(
    source: Path | Mapping[str, Any], level: Level, known: Sequence[str], rd: RdTransform, key: str | None = None
) -> Areas:
    """The user's own areas, which then replace the approximate answer.

    ``source`` is a GeoJSON FeatureCollection in WGS84 or RD (recognised by its numbers).
    ``key`` is the property that holds the code; without it the property is taken whose
    values are all in ``known``, the codes of the pack. Raises ValueError that lists every
    feature at fault; an area that is missing is a fault too, since a gap gives wrong answers.
    """
    collection = _collection(source)
    features = collection["features"]
    key = key or _code_property(features, set(known))
    codes: list[str] = []
    areas: list[Rings] = []
    faults: list[str] = []
    for number, feature in enumerate(features):
        code = str((feature.get("properties") or {}).get(key, ""))
        if code not in known:
            faults.append(f"feature {number}: {key} {code!r} is not in the pack")
            continue
        try:
            rings = rings_of(feature.get("geometry") or {})
            areas.append(_in_rd(rings, rd))
            codes.append(code)
        except (TypeError, ValueError, IndexError) as error:
            faults.append(f"feature {number} ({code}): {error}")
    faults += [f"{code} has no area" for code in known if code not in codes]
    if faults:
        raise ValueError("the areas cannot be used:\n" + "\n".join(f"  {fault}" for fault in faults))
    return Areas(level, codes, Polygons(areas))


def read_outline(path: Path) -> Areas:
    """The outlines of the pack's country and its neighbours, already in RD; code is the country."""
    features = _collection(path)["features"]
    codes = [str(feature["properties"]["country"]) for feature in features]
    names = {str(feature["properties"]["country"]): str(feature["properties"]["name"]) for feature in features}
    return Areas("country", codes, Polygons([rings_of(feature["geometry"]) for feature in features]), names)


def _collection(source: Path | Mapping[str, Any]) -> Mapping[str, Any]:
    if isinstance(source, Path):
        size = source.stat().st_size
        if size > MAX_BYTES:
            raise ValueError(f"{source.name} is {size} bytes; at most {MAX_BYTES} are read")
        try:
            source = json.loads(source.read_text(encoding="utf-8"))
        except (UnicodeDecodeError, json.JSONDecodeError) as error:
            raise ValueError(f"not GeoJSON: {error}") from error
    if not isinstance(source, Mapping) or not isinstance(source.get("features"), list):
        raise ValueError("not GeoJSON: a FeatureCollection with features is needed")
    return source


def _code_property(features: Sequence[Mapping[str, Any]], known: set[str]) -> str:
    for name in (features[0].get("properties") or {}) if features else ():
        if all(str((feature.get("properties") or {}).get(name)) in known for feature in features):
            return str(name)
    raise ValueError("no property of the features holds the codes of the pack: name it with key")


def _in_rd(rings: Rings, rd: RdTransform) -> Rings:
    first = rings[0][0]
    if looks_like_rd(first[0], first[1]):
        return rings
    converted = []
    for ring in rings:
        lon, lat = zip(*((point[0], point[1]) for point in ring), strict=True)
        if not all(-90 <= value <= 90 for value in lat) or not all(-180 <= value <= 180 for value in lon):
            raise ValueError("the coordinates are neither WGS84 degrees nor RD metres")
        x, y = rd.to_rd_many(lat, lon)
        converted.append([[float(a), float(b)] for a, b in zip(x, y, strict=True)])
    return converted
