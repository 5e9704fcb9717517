"""Coordinates as they stand in other people's files: RD or WGS84, checked before they are believed."""

from __future__ import annotations

import math

from meldkamer.geo.rd import RD_BOUNDS, RdTransform


class BadPoint(ValueError):
    """The numbers are not a point in the country; `field` names the column at fault."""

    def __init__(self, field: str, message: str) -> None:
        self.field = field
        super().__init__(message)


def rd_point(x: float, y: float, fields: tuple[str, str] = ("x", "y")) -> tuple[float, float]:
    """A point in RD metres, as given. Raises BadPoint; names the axes as swapped when that would fit."""
    if not (math.isfinite(x) and math.isfinite(y)):
        raise BadPoint(fields[0], "not a number")
    if _in_country(x, y):
        return x, y
    if _in_country(y, x):
        raise BadPoint(fields[0], f"{x:g}, {y:g} has x and y swapped")
    raise BadPoint(fields[0], f"{x:g}, {y:g} is not a point in RD metres")


def degrees_point(
    lat: float, lon: float, rd: RdTransform, fields: tuple[str, str] = ("lat", "lon")
) -> tuple[float, float]:
    """A WGS84 point as RD metres. Raises BadPoint."""
    if not (math.isfinite(lat) and math.isfinite(lon)):
        raise BadPoint(fields[0], "not a number")
    if abs(lat) > 90 or abs(lon) > 180:
        raise BadPoint(fields[0], f"{lat:g}, {lon:g} are not degrees")
    x, y = rd.to_rd(lat, lon)
    if math.isfinite(x) and _in_country(x, y):
        return x, y
    if abs(lon) <= 90:
        sx, sy = rd.to_rd(lon, lat)
        if math.isfinite(sx) and _in_country(sx, sy):
            raise BadPoint(fields[0], f"{lat:g}, {lon:g} has latitude and longitude swapped")
    raise BadPoint(fields[0], f"{lat:g}, {lon:g} lies outside the country")


def number(text: str, field: str) -> float:
    """A number with a point or a decimal comma. Raises BadPoint."""
    try:
        return float(text.strip().replace(",", "."))
    except ValueError:
        raise BadPoint(field, f"{text!r} is not a number") from None


def _in_country(x: float, y: float) -> bool:
    x_min, y_min, x_max, y_max = RD_BOUNDS
    return x_min <= x <= x_max and y_min <= y <= y_max
