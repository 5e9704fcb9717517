"""Who serves a place: the safety regions and regions over which a shape divides, by official borders when there are
any, else by the approximate answer at many points of the shape, and then marked as such."""

from __future__ import annotations

import math
from collections import defaultdict

import msgspec
import shapely

from meldkamer.geo.borders.borders import Borders
from meldkamer.geo.borders.shapes import Point, Shape, check, in_rd, middle, spread
from meldkamer.geo.errors import BadCoordinate, OutsideArea
from meldkamer.geo.where import Where


class RegionShare(msgspec.Struct, frozen=True):
    """How much of a shape a safety region has, 0 to 1; the codes are empty for what lies outside the country."""

    safety_region: str
    safety_region_name: str
    region: str
    share: float


class Divided(msgspec.Struct, frozen=True):
    """The shares, largest first and outside last; together 1. approximate: no official borders were there."""

    shares: tuple[RegionShare, ...]
    approximate: bool

    def in_words(self) -> str:
        """`83 % Utrecht, 17 % Gooi en Vechtstreek`; what is below half a per cent is not said."""
        said = [share for share in self.shares if round(share.share * 100)]
        return ", ".join(f"{round(s.share * 100)} % {s.safety_region_name or '-'}" for s in said)

    def largest(self) -> RegionShare | None:
        """The region that has most of it; None when all lies outside."""
        return next((share for share in self.shares if share.region), None)


class Territory:
    """borders: official areas of safety regions or municipalities, or None."""

    def __init__(self, where: Where, borders: Borders | None = None) -> None:
        self.where, self.borders = where, borders
        self._wholly: dict[str, Divided] = {}

    def divide(self, shape: Shape) -> Divided:
        """The shares of a shape. Raises BadShape."""
        check(shape)
        if isinstance(shape, Point):
            return self._point(shape)
        geometry = in_rd(shape, self.where.rd)
        if self.borders is None:
            return self._approximate(shape, geometry)
        found: dict[str, float] = defaultdict(float)
        for share in self.borders.shares(geometry):
            found[self._safety_region(share.code)] += share.share
        return Divided(self._shares(found), approximate=False)

    def _point(self, shape: Point) -> Divided:
        if self.borders is not None:
            # A point in an official area is that area's, whatever else might be said of it.
            x, y = self.where.rd.to_rd(shape.lat, shape.lon)
            code = self.borders.find(x, y) if math.isfinite(x) else None
            if code is not None:
                whole = self._wholly.get(code)
                if whole is None:
                    shares = self._shares({self._safety_region(code): 1.0})
                    whole = self._wholly[code] = Divided(shares, approximate=False)
                return whole
        try:
            answer = self.where.at(shape.lat, shape.lon)
        except (OutsideArea, BadCoordinate):
            return Divided((RegionShare("", "", "", 1.0),), approximate=self.borders is None)
        share = RegionShare(answer.safety_region, answer.safety_region_name, answer.region, 1.0)
        return Divided((share,), approximate=answer.approximate)

    def _approximate(self, shape: Shape, geometry: shapely.Geometry) -> Divided:
        """By the place to which each of many points belongs. A shape whose middle lies in the country is taken to lie
        in it: the rough outline says no better."""
        where = self.where
        try:
            where.at(*middle(shape))
        except (OutsideArea, BadCoordinate):
            return self._one_by_one(geometry)
        x, y = zip(*spread(geometry), strict=True)
        towns = [where.pack.places[n].municipality for n in where.place_index_many(*where.rd.to_wgs84_many(x, y))]
        found: dict[str, float] = defaultdict(float)
        for town in towns:
            found[where.pack.municipality[town].safety_region] += 1 / len(towns)
        return Divided(self._shares(found), approximate=True)

    def _one_by_one(self, geometry: shapely.Geometry) -> Divided:
        points = spread(geometry)
        found: dict[str, float] = defaultdict(float)
        for x, y in points:
            try:
                code = self.where.at(*self.where.rd.to_wgs84(x, y)).safety_region
            except (OutsideArea, BadCoordinate):
                code = ""
            found[code] += 1 / len(points)
        return Divided(self._shares(found), approximate=True)

    def _safety_region(self, code: str) -> str:
        if not code or self.borders is None or self.borders.level == "safety_region":
            return code
        return self.where.pack.municipality[code].safety_region

    def _shares(self, found: dict[str, float]) -> tuple[RegionShare, ...]:
        known = self.where.pack.safety_region
        shares = [
            RegionShare(code, known[code].name, known[code].region, share) if code else RegionShare("", "", "", share)
            for code, share in found.items()
        ]
        return tuple(sorted(shares, key=lambda s: (not s.safety_region, -s.share, s.safety_region)))
