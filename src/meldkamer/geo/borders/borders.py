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
"""Metres: of each square it is remembered whose it is, or which areas it touches."""


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
        self._near: dict[tuple[int, int], str | tuple[int, ...]] = {}

    def find(self, x: float, y: float) -> str | None:
        """The code of the area at an RD point; None outside all."""
        square = (int(x // SQUARE), int(y // SQUARE))
        near = self._near.get(square)
        if near is None:
            near = self._look(square)
        if isinstance(near, str):
            return near
        for number in near:
            if shapely.intersects_xy(self._geometries[number], x, y):
                return self.areas[number].code
        return None

    def _look(self, square: tuple[int, int]) -> str | tuple[int, ...]:
        """Whose a square is: the code of the one area in which all of it lies and no other touches it, or the numbers
        of those that it touches, in the order of their codes. Of a square that touches none nothing is remembered."""
        column, row = square
        box = shapely.box(column * SQUARE, row * SQUARE, (column + 1) * SQUARE, (row + 1) * SQUARE)
        found = sorted(self._tree.query(box, predicate="intersects").tolist())
        near: str | tuple[int, ...] = tuple(found)
        if len(found) == 1 and shapely.contains_properly(self._geometries[found[0]], box):
            near = self.areas[found[0]].code
        if found:
            self._near[square] = near
        return near

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
