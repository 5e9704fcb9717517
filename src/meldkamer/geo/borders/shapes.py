"""Where somebody may be, as a shape: point, circle, ellipse, arc band or polygon (the shapes of RFC 5491), in WGS84.

Distances are metres, angles degrees clockwise from true north. To compare with borders a shape becomes a polygon in RD,
round lines in steps so fine that the area is right to a thousandth.
"""

from __future__ import annotations

import math
from typing import TypeAlias

import msgspec
import numpy as np
import shapely

from meldkamer.geo.rd import RdTransform

STEPS = 128
"""Corners of a full circle."""
LARGEST = 400_000.0
"""Metres; a shape that is larger than the country says nothing."""
MOST_CORNERS = 2_000


class BadShape(ValueError):
    """Not a shape that can be; says why."""


class Point(msgspec.Struct, frozen=True, tag="point"):
    """Exactly there."""

    lat: float
    lon: float


class Circle(msgspec.Struct, frozen=True, tag="circle"):
    """Somewhere within `radius` metres."""

    lat: float
    lon: float
    radius: float


class Ellipse(msgspec.Struct, frozen=True, tag="ellipse"):
    """Semi-axes in metres; `orientation` is that of the major axis."""

    lat: float
    lon: float
    major: float
    minor: float
    orientation: float


class ArcBand(msgspec.Struct, frozen=True, tag="arc_band"):
    """Between two distances of a mast, from `start` over `opening` degrees clockwise."""

    lat: float
    lon: float
    inner: float
    outer: float
    start: float
    opening: float


class Polygon(msgspec.Struct, frozen=True, tag="polygon"):
    """Corners (lat, lon); the last may repeat the first."""

    corners: tuple[tuple[float, float], ...]


Shape: TypeAlias = Point | Circle | Ellipse | ArcBand | Polygon


def middle(shape: Shape) -> tuple[float, float]:
    """Latitude and longitude of the point that stands for the shape."""
    if isinstance(shape, Polygon):
        corners = shape.corners[:-1] if shape.corners[0] == shape.corners[-1] else shape.corners
        lat, lon = (sum(values) / len(corners) for values in zip(*corners, strict=True))
        return lat, lon
    return shape.lat, shape.lon


def check(shape: Shape) -> None:
    """Raises BadShape for numbers that cannot be: not finite, not degrees, sizes below zero or beyond all measure."""
    if isinstance(shape, Polygon):
        if not 3 <= len(shape.corners) <= MOST_CORNERS:
            raise BadShape(f"a polygon of {len(shape.corners)} corners; 3 to {MOST_CORNERS} are read")
        for lat, lon in shape.corners:
            _degrees(lat, lon)
        if len(set(shape.corners)) < 3:
            raise BadShape("a polygon of fewer than three different corners")
        return
    _degrees(shape.lat, shape.lon)
    match shape:
        case Circle(radius=radius):
            _size("radius", radius, above=0.0)
        case Ellipse(major=major, minor=minor, orientation=orientation):
            _size("semi-major axis", major, above=0.0)
            _size("semi-minor axis", minor, above=0.0)
            _angle("orientation", orientation)
            if minor > major:
                raise BadShape("the semi-minor axis is longer than the semi-major axis")
        case ArcBand(inner=inner, outer=outer, start=start, opening=opening):
            _size("inner radius", inner, above=-1.0)
            _size("outer radius", outer, above=0.0)
            _angle("start angle", start)
            _angle("opening angle", opening)
            if inner >= outer:
                raise BadShape("the inner radius is not below the outer radius")
            if opening == 0:
                raise BadShape("the opening angle is zero")


def in_rd(shape: Shape, rd: RdTransform) -> shapely.Geometry:
    """The shape as a point or polygon in RD metres. Raises BadShape, also for a polygon that crosses itself."""
    check(shape)
    if isinstance(shape, Polygon):
        lat, lon = zip(*shape.corners, strict=True)
        x, y = rd.to_rd_many(lat, lon)
        made = shapely.polygons(np.column_stack([x, y])) if np.isfinite(x).all() else None
        if made is None or not shapely.is_valid(made):
            reason = "far from the country" if made is None else str(shapely.is_valid_reason(made))
            raise BadShape(f"the polygon cannot be used: {reason}")
        return made
    x0, y0 = rd.to_rd(shape.lat, shape.lon)
    if not (math.isfinite(x0) and math.isfinite(y0)):
        raise BadShape("far from the country")
    if isinstance(shape, Point):
        return shapely.points(x0, y0)
    north = _north(shape.lat, shape.lon, rd, x0, y0)
    if isinstance(shape, ArcBand):
        return _band(x0, y0, shape.inner, shape.outer, shape.start + north, shape.opening)
    if isinstance(shape, Circle):
        outline = _ellipse(shape.radius, shape.radius, 0.0)
    else:
        outline = _ellipse(shape.major, shape.minor, shape.orientation + north)
    return shapely.polygons([(x0 + dx, y0 + dy) for dx, dy in outline])


def spread(geometry: shapely.Geometry, most: int = 100) -> list[tuple[float, float]]:
    """About `most` points that lie evenly in a geometry: to judge it where no borders are known. Always the same."""
    if geometry.geom_type == "Point":
        return [(geometry.x, geometry.y)]
    x1, y1, x2, y2 = geometry.bounds
    step = math.sqrt(max(geometry.area, 1e-6) / most)
    xs, ys = np.arange(x1 + step / 2, x2, step)[: most * 8], np.arange(y1 + step / 2, y2, step)[: most * 8]
    gx, gy = (values.ravel()[: most * 64] for values in np.meshgrid(xs, ys))
    inside = shapely.contains_xy(geometry, gx, gy)
    found = list(zip(gx[inside].tolist(), gy[inside].tolist(), strict=True))
    point = geometry.representative_point()
    return found or [(point.x, point.y)]


def _ellipse(major: float, minor: float, turned: float) -> list[tuple[float, float]]:
    turn = math.radians(turned)
    points = []
    for n in range(STEPS):
        angle = 2 * math.pi * n / STEPS
        along, across = major * math.cos(angle), minor * math.sin(angle)
        # A polygon inside the ellipse is a little smaller: its corners move out until the areas are the same.
        grow = math.sqrt((2 * math.pi / STEPS) / math.sin(2 * math.pi / STEPS))
        dx = along * math.sin(turn) + across * math.cos(turn)
        dy = along * math.cos(turn) - across * math.sin(turn)
        points.append((dx * grow, dy * grow))
    return points


def _band(x: float, y: float, inner: float, outer: float, start: float, opening: float) -> shapely.Geometry:
    if opening >= 360:
        ring = shapely.polygons([(x + dx, y + dy) for dx, dy in _ellipse(outer, outer, 0.0)])
        if inner <= 0:
            return ring
        return shapely.difference(ring, shapely.polygons([(x + dx, y + dy) for dx, dy in _ellipse(inner, inner, 0)]))
    steps = max(2, math.ceil(STEPS * opening / 360))
    angles = [math.radians(start + opening * n / steps) for n in range(steps + 1)]
    out = [(x + outer * math.sin(a), y + outer * math.cos(a)) for a in angles]
    back = [(x + inner * math.sin(a), y + inner * math.cos(a)) for a in reversed(angles)] if inner > 0 else [(x, y)]
    return shapely.polygons(out + back)


def _north(lat: float, lon: float, rd: RdTransform, x: float, y: float) -> float:
    """Degrees by which true north is turned clockwise in the grid at a point (up to 1.6)."""
    nx, ny = rd.to_rd(lat + 0.001, lon)
    return math.degrees(math.atan2(nx - x, ny - y))


def _degrees(lat: float, lon: float) -> None:
    if not (math.isfinite(lat) and math.isfinite(lon) and abs(lat) <= 90 and abs(lon) <= 180):
        raise BadShape(f"{lat:g}, {lon:g} is not a latitude and a longitude")


def _size(name: str, value: float, above: float) -> None:
    if not (math.isfinite(value) and above < value <= LARGEST):
        raise BadShape(f"the {name} of {value:g} m cannot be")


def _angle(name: str, value: float) -> None:
    if not (math.isfinite(value) and 0 <= value <= 360):
        raise BadShape(f"the {name} of {value:g} degrees cannot be")
