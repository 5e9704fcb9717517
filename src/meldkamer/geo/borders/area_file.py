"""Official areas from GeoJSON or GeoPackage, in RD or WGS84, as polygons in RD; every feature at fault is named.

An area that crosses itself, has its axes swapped or lies outside the country is not mended but refused: a border that
a program guessed is worse than the one that was in force. The one exception is an ear so small that it is rounding
(`TINY` of the area; official files that were generalised have them): it is cut off, and told.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import shapely
from shapely.geometry import shape as geojson_shape

from meldkamer.geo.geopackage import GeoPackage, NotAGeoPackage
from meldkamer.geo.rd import RD_BOUNDS, RdTransform

MOST_BYTES = 400_000_000
MOST_FEATURES = 50_000
TINY = 1e-5
"""The part of an area that an outline crossing itself may put in doubt and still be mended."""
_KEYS = ("statcode", "code", "gemeentecode", "veiligheidsregiocode", "vr_code", "gm_code", "vr", "gm", "id")
_NAMES = ("statnaam", "naam", "name", "gemeentenaam", "veiligheidsregionaam", "vrname", "gemnaam")


class AreaFault(msgspec.Struct, frozen=True):
    """A feature that cannot be used: which file, which feature counted from 1, which field, and why."""

    file: str
    row: int
    field: str
    reason: str


class AreaFileError(ValueError):
    """The file cannot be used. faults: every feature at fault."""

    def __init__(self, message: str, faults: Sequence[AreaFault] = ()) -> None:
        self.faults = tuple(faults)
        told = "".join(f"\n  feature {f.row}, {f.field}: {f.reason}" for f in self.faults[:20])
        super().__init__(message + told)


class Area(msgspec.Struct, frozen=True):
    """One named area; geometry: polygon or multipolygon in RD metres."""

    code: str
    name: str
    geometry: shapely.Geometry


class AreasRead(msgspec.Struct, frozen=True):
    """The areas of a file in the order of their codes, and what was mended in them."""

    areas: tuple[Area, ...]
    mended: tuple[AreaFault, ...]


class Feature(msgspec.Struct, frozen=True):
    """As it stands in the file."""

    row: int
    properties: Mapping[str, Any]
    geometry: shapely.Geometry | None
    fault: str = ""


def read_areas(path: Path, known: Sequence[str], rd: RdTransform, key: str = "", layer: str = "") -> AreasRead:
    """The areas of the codes in `known`, in the order of their codes.

    key: the property that holds the code; without it the one whose values are codes. Features of other codes are
    refused, and so is a file in which a code is missing: a gap gives wrong answers. Raises AreaFileError with all
    faults.
    """
    features, degrees = _features(path, layer)
    if not features:
        raise AreaFileError(f"{path.name}: no features in it")
    wanted = set(known)
    column = key or _column(path, features, wanted)
    pieces: dict[str, list[shapely.Geometry]] = {}
    names: dict[str, str] = {}
    faults: list[AreaFault] = []
    mended: list[AreaFault] = []
    for feature in features:
        code = str(feature.properties.get(column, "")).strip()
        if code not in wanted:
            faults.append(AreaFault(path.name, feature.row, column, f"{code!r} is not a code of the pack"))
            continue
        try:
            geometry, square_m = _checked(feature, rd, degrees)
            pieces.setdefault(code, []).append(geometry)
            if square_m:
                why = f"{code}: the outline crosses itself in an ear of {square_m:.0f} m², which was cut off"
                mended.append(AreaFault(path.name, feature.row, "geometry", why))
        except ValueError as error:
            faults.append(AreaFault(path.name, feature.row, "geometry", f"{code}: {error}"))
        names[code] = _name(feature.properties) or code
    missing = sorted(wanted - set(pieces) - {fault.reason.partition(":")[0] for fault in faults})
    faults += [AreaFault(path.name, 0, column, f"{code} has no area") for code in missing]
    if faults:
        raise AreaFileError(f"{path.name}: the areas cannot be used, {len(faults)} faults", faults)
    areas = [
        Area(code, names[code], parts[0] if len(parts) == 1 else shapely.union_all(parts))
        for code, parts in sorted(pieces.items())
    ]
    return AreasRead(tuple(areas), tuple(mended))


def _features(path: Path, layer: str) -> tuple[list[Feature], bool | None]:
    """The features and whether they are in degrees (None: to be seen from the numbers)."""
    try:
        size = path.stat().st_size
    except OSError as error:
        raise AreaFileError(f"{path.name}: {error.strerror}") from error
    if size > MOST_BYTES:
        raise AreaFileError(f"{path.name} is {size} bytes; at most {MOST_BYTES} are read")
    with path.open("rb") as file:
        sqlite = file.read(16) == b"SQLite format 3\0"
    return _from_package(path, layer) if sqlite else (list(_from_geojson(path)), None)


def _from_geojson(path: Path) -> Iterator[Feature]:
    try:
        collection = json.loads(path.read_bytes().decode("utf-8-sig"), parse_constant=_no_constant)
    except (UnicodeDecodeError, ValueError, RecursionError) as error:
        raise AreaFileError(f"{path.name} is not GeoJSON in UTF-8: {error}") from error
    features = collection.get("features") if isinstance(collection, dict) else None
    if not isinstance(features, list) or len(features) > MOST_FEATURES:
        raise AreaFileError(f"{path.name} is not a GeoJSON FeatureCollection of at most {MOST_FEATURES} features")
    for row, feature in enumerate(features, 1):
        properties = feature.get("properties") if isinstance(feature, dict) else None
        known = properties if isinstance(properties, dict) else {}
        try:
            yield Feature(row, known, geojson_shape(feature["geometry"]))
        except Exception as error:  # whatever a broken geometry makes the library raise is a fault of that feature
            yield Feature(row, known, None, f"no geometry: {error}")


def _from_package(path: Path, layer: str) -> tuple[list[Feature], bool | None]:
    try:
        package = GeoPackage(path)
        name = layer or next(iter(sorted(package.layers)), "")
        if len(package.layers) != 1 and not layer:
            raise AreaFileError(f"{path.name} has {len(package.layers)} layers: name one of {sorted(package.layers)}")
        geometry = package.layers.get(name, "").lower()
        columns = {column: column for column in package.columns(name) if column != geometry}
        found = []
        for row, values, wkb in package.rows(name, columns):
            try:
                found.append(Feature(row, values, shapely.from_wkb(wkb) if wkb else None))
            except shapely.errors.ShapelyError as error:
                found.append(Feature(row, values, None, f"no geometry: {error}"))
        srs = package.srs[name]
        package.close()
    except NotAGeoPackage as error:
        raise AreaFileError(str(error)) from error
    if srs not in (28992, 7415, 4326, 4258, 0, -1):
        raise AreaFileError(f"{path.name}: coordinates in EPSG:{srs}, not RD (28992) or WGS84 (4326)")
    return found, {28992: False, 7415: False, 4326: True, 4258: True}.get(srs)


def _checked(feature: Feature, rd: RdTransform, degrees: bool | None) -> tuple[shapely.Geometry, float]:
    """The geometry in RD, and the square metres that mending it put in doubt. Raises ValueError."""
    geometry = feature.geometry
    if geometry is None:
        raise ValueError(feature.fault or "no geometry")
    if geometry.geom_type not in ("Polygon", "MultiPolygon") or geometry.is_empty:
        raise ValueError(f"a Polygon or MultiPolygon is needed, not {geometry.geom_type}")
    geometry = shapely.force_2d(geometry)
    points = shapely.get_coordinates(geometry)
    if not np.isfinite(points).all():
        raise ValueError("a coordinate is not a number")
    if degrees is None:
        degrees = bool((np.abs(points) <= 180).all())
    if degrees:
        geometry = shapely.transform(geometry, lambda xy: np.column_stack(rd.to_rd_many(xy[:, 1], xy[:, 0])))
    if not _in_country(shapely.get_coordinates(geometry)):
        turned = points[:, ::-1]
        other = np.column_stack(rd.to_rd_many(turned[:, 1], turned[:, 0])) if degrees else turned
        if _in_country(other):
            raise ValueError("the axes are swapped (longitude first in degrees, x first in RD)")
        raise ValueError("it lies outside the country: neither WGS84 degrees nor RD metres")
    return _whole(geometry)


def _whole(geometry: shapely.Geometry) -> tuple[shapely.Geometry, float]:
    """The geometry when it is valid, or rid of a tiny ear. Raises ValueError for one that crosses itself."""
    if shapely.is_valid(geometry):
        return geometry, 0.0
    mended = shapely.make_valid(geometry)
    polygons = [part for part in shapely.get_parts(mended) if part.geom_type == "Polygon"]
    # What a bow tie encloses twice counts once in `mended` and against itself in the plain area: the difference is
    # what nobody can know.
    doubt = abs(float(sum(part.area for part in polygons)) - float(geometry.area))
    if doubt > TINY * geometry.area or not polygons:
        raise ValueError(f"the outline crosses itself: {shapely.is_valid_reason(geometry)}")
    kept = [part for part in polygons if part.area > doubt] or polygons
    return shapely.union_all(kept), doubt


def _in_country(points: Any) -> bool:
    x_min, y_min, x_max, y_max = RD_BOUNDS
    if not np.isfinite(points).all():
        return False
    low, high = points.min(axis=0), points.max(axis=0)
    return bool(low[0] >= x_min and low[1] >= y_min and high[0] <= x_max and high[1] <= y_max)


def _column(path: Path, features: Sequence[Feature], wanted: set[str]) -> str:
    """The property that holds the codes: where most values are codes, by the usual names first."""
    names = dict.fromkeys(name for feature in features[:50] for name in feature.properties)
    ordered = sorted(names, key=lambda name: _KEYS.index(name.lower()) if name.lower() in _KEYS else len(_KEYS))
    counts = {
        name: sum(str(feature.properties.get(name, "")).strip() in wanted for feature in features) for name in ordered
    }
    best = max(ordered, key=lambda name: counts[name], default="")
    if not best or counts[best] * 2 < len(features):
        raise AreaFileError(f"{path.name}: no property holds the codes of the pack: name it with --key")
    return best


def _name(properties: Mapping[str, Any]) -> str:
    by_lower = {name.lower(): value for name, value in properties.items()}
    return next((str(by_lower[name]) for name in _NAMES if by_lower.get(name)), "")


def _no_constant(text: str) -> float:
    raise ValueError(f"{text} is not a number in JSON")
