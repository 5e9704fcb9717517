"""Do areas fit together? Where two overlap, and where between them nobody is responsible."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
import numpy as np
import shapely

from meldkamer.geo.borders.area_file import Area
from meldkamer.geo.rd import RdTransform

SMALLEST = 100.0
"""Square metres below which a sliver is only rounding."""
MOST = 200


class Misfit(msgspec.Struct, frozen=True, kw_only=True):
    """An overlap of two areas or a gap between areas. codes: whose; lat, lon: a point in it; square metres."""

    kind: str
    codes: tuple[str, ...]
    square_m: float
    lat: float
    lon: float


def misfits(areas: Sequence[Area], rd: RdTransform, smallest: float = SMALLEST) -> list[Misfit]:
    """All overlaps and gaps, the largest first, at most two hundred. They are reported, not refused: official data have
    some, and a person decides."""
    geometries = np.array([area.geometry for area in areas], dtype=object)
    found = [*_overlaps(areas, geometries, rd, smallest), *_gaps(areas, geometries, rd, smallest)]
    return sorted(found, key=lambda misfit: -misfit.square_m)[:MOST]


def _overlaps(areas: Sequence[Area], geometries: np.ndarray, rd: RdTransform, smallest: float) -> list[Misfit]:
    tree = shapely.STRtree(geometries)
    left, right = tree.query(geometries, predicate="intersects")
    once = left < right
    left, right = left[once], right[once]
    common = shapely.intersection(geometries[left], geometries[right])
    return [
        _misfit("overlap", (areas[i].code, areas[j].code), shared, rd)
        for i, j, shared in zip(left, right, common, strict=True)
        if shared.area >= smallest
    ]


def _gaps(areas: Sequence[Area], geometries: np.ndarray, rd: RdTransform, smallest: float) -> list[Misfit]:
    together = shapely.union_all(geometries)
    holes = [shapely.polygons(ring) for part in shapely.get_parts(together) for ring in part.interiors]
    found = []
    tree = shapely.STRtree(geometries)
    for hole in holes:
        if hole.area >= smallest:
            around = sorted(areas[int(n)].code for n in tree.query(hole, predicate="intersects"))
            found.append(_misfit("gap", tuple(around), hole, rd))
    return found


def _misfit(kind: str, codes: tuple[str, ...], shape: shapely.Geometry, rd: RdTransform) -> Misfit:
    point = shape.representative_point()
    lat, lon = rd.to_wgs84(point.x, point.y)
    return Misfit(kind=kind, codes=codes, square_m=round(shape.area, 1), lat=round(lat, 6), lon=round(lon, 6))
