"""The areas that mappings hold for: by value as polygons, or by a key under which they can be fetched."""

from __future__ import annotations

import hashlib

import numpy as np
import shapely

from meldkamer.geo.geography import Geography
from meldkamer.geo.lost import answer as answers
from meldkamer.pack import Pack

PIECE = 1_000.0
"""Longest straight piece of a boundary that is given out, metres."""


class Boundaries:
    """Official outlines of regions in WGS84, made once for each geography. Without official borders there are none: an
    approximate border is not given out as one."""

    def __init__(self, geography: Geography, pack: Pack, source: str) -> None:
        self._geography, self._pack, self._source = geography, pack, source
        self._made: tuple[int, dict[str, str]] = (-1, {})

    def of(self, region: str, asked: str) -> str:
        """The element of a mapping, as it was asked for: `value` or `reference`; empty when there is none."""
        if self._geography.territory.borders is None:
            return ""
        if asked == "value":
            return self._outline(region)
        return answers.boundary_reference(self._source, self._key(region))

    def behind(self, key: str) -> str | None:
        """The outline behind a key that was given out; None when it is not that of the present borders."""
        region = key.partition("-")[0]
        if self._geography.territory.borders is None or region not in self._pack.region or key != self._key(region):
            return None
        return self._outline(region)

    def _key(self, region: str) -> str:
        """The same for as long as the outline is."""
        now = self._geography.now
        return f"{region}-{hashlib.sha256(f'{now.release} {now.borders_since}'.encode()).hexdigest()[:16]}"

    def _outline(self, region: str) -> str:
        changes = self._geography.changes
        if self._made[0] != changes:
            self._made = (changes, {})
        made = self._made[1]
        if region not in made:
            made[region] = answers.boundary_value(self._shape_of(region))
        return made[region]

    def _shape_of(self, region: str) -> shapely.Geometry:
        pack, borders = self._pack, self._geography.territory.borders
        assert borders is not None
        national = region == pack.manifest.national_region
        regions = {code for code, item in pack.safety_region.items() if national or item.region == region}
        if borders.level == "municipality":
            codes = [code for code, town in pack.municipality.items() if town.safety_region in regions]
        else:
            codes = list(regions)
        rd = self._geography.where.rd

        def degrees(xy: np.ndarray) -> np.ndarray:
            lat, lon = rd.to_wgs84_many(xy[:, 0], xy[:, 1])
            return np.column_stack([lon, lat])

        # A straight line in the grid is a slightly bent one in degrees: short pieces keep it within centimetres.
        return shapely.transform(shapely.segmentize(borders.together(codes), PIECE), degrees)
