"""The outlines that the pack ships as GeoJSON. The user's official areas: `borders`."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

from meldkamer.geo.polygons import Polygons, rings_of

Level = Literal["municipality", "safety_region", "country"]


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


def read_outline(path: Path) -> Areas:
    """The outlines of the pack's country and its neighbours, already in RD; code is the country."""
    features = _collection(path)["features"]
    codes = [str(feature["properties"]["country"]) for feature in features]
    names = {str(feature["properties"]["country"]): str(feature["properties"]["name"]) for feature in features}
    return Areas("country", codes, Polygons([rings_of(feature["geometry"]) for feature in features]), names)


def _collection(path: Path) -> Mapping[str, Any]:
    try:
        source = json.loads(path.read_text(encoding="utf-8"))
    except (UnicodeDecodeError, json.JSONDecodeError) as error:
        raise ValueError(f"{path.name}: not GeoJSON: {error}") from error
    if not isinstance(source, Mapping) or not isinstance(source.get("features"), list):
        raise ValueError("not GeoJSON: a FeatureCollection with features is needed")
    return source
