"""Official areas of one level, ready to be asked: whose is a point, and how a shape divides over them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

import msgspec
import numpy as np
import shapely

from meldkamer.geo.areas import Level
from meldkamer.geo.borders.area_file import Area


class Share(msgspec.Struct, frozen=True):
    """How much of a shape lies in an area, 0 to 1; code is empty for outside all."""

    code: str
    name: str
    share: float


class Borders:
    """Areas in RD metres. A point on a border belongs to the area whose code comes first: exactly one, always the
    same."""

    def __init__(self, level: Level, areas: Sequence[Area], begins: str = "") -> None:
        self.level: Level = level
        self.begins = begins
        self.areas = tuple(sorted(areas, key=lambda area: area.code))
        self._geometries = np.array([area.geometry for area in self.areas], dtype=object)
        shapely.prepare(self._geometries)
        self._tree = shapely.STRtree(self._geometries)

    def find(self, x: float, y: float) -> str | None:
        """The code of the area at an RD point; None outside all."""
        found = self._tree.query(shapely.points((x, y)), predicate="intersects")
        if found.size == 1:
            return self.areas[int(found[0])].code
        return self.areas[int(found.min())].code if found.size else None

    def shares(self, geometry: shapely.Geometry) -> tuple[Share, ...]:
        """Over which areas a polygon divides, the largest share first; what is outside all comes last.

        Where areas overlap, the shares of one shape may come to more than one together; they are then scaled.
        """
        if geometry.geom_type == "Point":
            code = self.find(geometry.x, geometry.y)
            return (Share(code, self.name(code), 1.0) if code is not None else Share("", "", 1.0),)
        total = float(geometry.area)
        near = self._tree.query(geometry, predicate="intersects")
        parts = shapely.area(shapely.intersection(self._geometries[near], geometry)) / total
        scale = max(1.0, float(parts.sum()))
        found = [
            Share(self.areas[int(n)].code, self.areas[int(n)].name, float(part) / scale)
            for n, part in zip(near, parts, strict=True)
            if part > 1e-9
        ]
        found.sort(key=lambda share: (-share.share, share.code))
        outside = 1.0 - sum(share.share for share in found)
        if outside > 1e-6:
            found.append(Share("", "", outside))
        return tuple(found)

    def name(self, code: str) -> str:
        """The name of an area."""
        return next((area.name for area in self.areas if area.code == code), "")

    def together(self, codes: Sequence[str]) -> shapely.Geometry:
        """The areas of these codes as one shape."""
        chosen = [area.geometry for area in self.areas if area.code in set(codes)]
        return cast("shapely.Geometry", shapely.union_all(chosen))
