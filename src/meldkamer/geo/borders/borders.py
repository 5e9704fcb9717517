"""Official areas of one level, ready to be asked: whose is a point, and how a shape divides over them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

import msgspec
import numpy as np
import shapely

from meldkamer.geo.areas import Level
from meldkamer.geo.borders.area_file import Area

SQUARE = 2_000.0
"""Metres: of squares that lie wholly in one area it is remembered whose they are."""


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
        self._whole: dict[tuple[int, int], str | None] = {}

    def find(self, x: float, y: float) -> str | None:
        """The code of the area at an RD point; None outside all."""
        square = (int(x // SQUARE), int(y // SQUARE))
        whole = self._whole.get(square)
        if whole is not None:
            return whole
        found = self._tree.query(shapely.points((x, y)), predicate="intersects")
        if found.size == 1 and square not in self._whole:
            code = self.areas[int(found[0])].code
            self._whole[square] = code if self._holds(int(found[0]), square) else None
            return code
        return self.areas[int(found.min())].code if found.size else None

    def _holds(self, number: int, square: tuple[int, int]) -> bool:
        """Whether all of a square lies within an area and touches no other: then no point of it needs to be looked
        up again."""
        column, row = square
        box = shapely.box(column * SQUARE, row * SQUARE, (column + 1) * SQUARE, (row + 1) * SQUARE)
        near = self._tree.query(box, predicate="intersects")
        return near.size == 1 and bool(shapely.contains_properly(self._geometries[number], box))

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
