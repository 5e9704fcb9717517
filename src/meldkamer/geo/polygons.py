"""Points in polygons, with numpy alone.

A room answers "where" for one point at a time against a few hundred areas. A box test
leaves two or three candidates and counting edge crossings does the rest in
microseconds; a geometry library would be a heavy dependency for that one question.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from meldkamer.geo.rd import Floats

Rings = Sequence[Sequence[Sequence[float]]]


def rings_of(geometry: Mapping[str, Any]) -> Rings:
    """All rings of a GeoJSON Polygon or MultiPolygon; raises ValueError for anything else.

    Outer rings and holes may be mixed: the even-odd rule tells them apart.
    """
    kind, coordinates = geometry.get("type"), geometry.get("coordinates")
    if kind == "Polygon" and isinstance(coordinates, list):
        return coordinates
    if kind == "MultiPolygon" and isinstance(coordinates, list):
        return [ring for polygon in coordinates for ring in polygon]
    raise ValueError(f"a Polygon or MultiPolygon is needed, not {kind!r}")


class Polygons:
    """Areas in one plane (metres), numbered 0..n-1 in the order given.

    ``areas`` holds per area its rings of [x, y] points. Raises ValueError for a ring of
    fewer than three points or with something that is not a number.
    """

    def __init__(self, areas: Sequence[Rings]) -> None:
        self._edges: list[Floats] = []  # per area: rows x1, y1, x2, y2
        boxes = []
        for number, rings in enumerate(areas):
            parts = [_edges(ring, number) for ring in rings]
            if not parts:
                raise ValueError(f"area {number} has no ring")
            edges = np.concatenate(parts)
            self._edges.append(np.ascontiguousarray(edges.T))
            x, y = edges[:, 0], edges[:, 1]
            boxes.append((x.min(), y.min(), x.max(), y.max()))
        self._boxes = np.array(boxes, dtype=np.float64).reshape(-1, 4)

    def __len__(self) -> int:
        return len(self._edges)

    def find(self, x: float, y: float) -> int | None:
        """The first area that contains the point; None if none does."""
        box = self._boxes
        inside = (box[:, 0] <= x) & (x <= box[:, 2]) & (box[:, 1] <= y) & (y <= box[:, 3])
        for number in np.flatnonzero(inside):
            if self.contains(int(number), x, y):
                return int(number)
        return None

    def contains(self, number: int, x: float, y: float) -> bool:
        """Even-odd: whether a ray to the right crosses the edges of the area an odd number of times."""
        x1, y1, x2, y2 = self._edges[number]
        crossing = np.flatnonzero((y1 > y) != (y2 > y))
        if not crossing.size:
            return False
        ax, ay, bx, by = x1[crossing], y1[crossing], x2[crossing], y2[crossing]
        at = ax + (y - ay) * (bx - ax) / (by - ay)
        return bool(np.count_nonzero(x < at) % 2)

    def distance(self, number: int, x: float, y: float) -> float:
        """Metres from the point to the border of the area, whether inside or out."""
        x1, y1, x2, y2 = self._edges[number]
        dx, dy = x2 - x1, y2 - y1
        length = dx * dx + dy * dy
        along = np.clip(((x - x1) * dx + (y - y1) * dy) / np.where(length > 0, length, 1.0), 0.0, 1.0)
        return float(np.hypot(x1 + along * dx - x, y1 + along * dy - y).min())


def _edges(ring: Sequence[Sequence[float]], number: int) -> Floats:
    try:
        points = np.array([point[:2] for point in ring], dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise ValueError(f"area {number} has a ring that is not a list of points") from error
    if len(points) < 3 or points.ndim != 2 or points.shape[1] != 2 or not np.isfinite(points).all():
        raise ValueError(f"area {number} has a ring that is not at least three points of two numbers")
    # A ring that does not repeat its first point is closed here: edge n-1 leads back to point 0.
    return np.hstack([points, np.roll(points, -1, axis=0)])
