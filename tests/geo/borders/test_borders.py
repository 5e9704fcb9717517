"""Borders: files in and refused, edges, shares against plain geometry, versions, overlaps and gaps."""

from __future__ import annotations

import json
import math
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from meldkamer.domain.clock import FakeClock
from meldkamer.geo import (
    ArcBand,
    AreaFileError,
    BadShape,
    Borders,
    Circle,
    Ellipse,
    Geography,
    Point,
    Polygon,
    RdTransform,
    Releases,
    Schedule,
    Shape,
    Territory,
    Where,
    read_areas,
)
from meldkamer.geo.area_import import guess_level, import_areas_file
from meldkamer.geo.borders import Area, misfits
from meldkamer.geo.borders.shapes import in_rd
from meldkamer.pack import Pack, load_pack
from tests.geo.geodata import SOUTH, WEST, box, feature, square_of, squares, write_geojson, write_geopackage

RD, PACK = RdTransform(), load_pack()
CODES = list(PACK.safety_region)
AREAS = [Area(f"VR{n:02d}", f"Regio {n}", shapely.box(*square_of(n))) for n in range(1, 26)]
BORDERS = Borders("safety_region", AREAS)
TERRITORY = Territory(Where(PACK, RD, areas=BORDERS), BORDERS)
EAST, NORTH = WEST + 150_000, SOUTH + 150_000

inside_x, inside_y = st.floats(WEST + 1, EAST - 1), st.floats(SOUTH + 1, NORTH - 1)


def degrees(x: float, y: float) -> tuple[float, float]:
    return RD.to_wgs84(x, y)


# --- files ------------------------------------------------------------------------------------------------------------


def test_rd_and_degrees_and_geopackage_give_the_same_areas(tmp_path: Path) -> None:
    ring = box(150_000, 450_000, 160_000, 460_000)
    turned = [list(reversed(RD.to_wgs84(x, y))) for x, y in ring]
    in_metres = read_areas(write_geojson(tmp_path / "a.geojson", [feature("VR09", ring)]), ["VR09"], RD).areas
    in_degrees = read_areas(write_geojson(tmp_path / "b.geojson", [feature("VR09", turned)]), ["VR09"], RD).areas
    wkb = shapely.to_wkb(shapely.polygons(ring))
    package = write_geopackage(tmp_path / "c.gpkg", {"regio": (("statcode", "statnaam"), [("VR09", "Utrecht", wkb)])})
    from_package = read_areas(package, ["VR09"], RD).areas
    assert from_package[0].name == "Utrecht"
    for areas in (in_degrees, from_package):
        assert shapely.symmetric_difference(areas[0].geometry, in_metres[0].geometry).area < 1000


BAD: dict[str, tuple[Callable[[list[Any]], Any], str]] = {
    "bow tie": (lambda f: [*f[:-1], bow_tie()], "crosses itself"),
    "swapped rd": (lambda f: [*f[:-1], feature("VR25", [[y, x] for x, y in box(*square_of(25))])], "swapped"),
    "swapped degrees": (
        lambda f: [*f[:-1], feature("VR25", [list(RD.to_wgs84(x, y)) for x, y in box(*square_of(25))])],
        "swapped",
    ),
    "outside": (lambda f: [*f[:-1], feature("VR25", box(900_000, 900_000, 910_000, 910_000))], "outside the country"),
    "missing": (lambda f: f[:-1], "VR25 has no area"),
    "unknown code": (lambda f: [*f, feature("VR99", box(0, 400_000, 10, 400_010))], "VR99"),
    "a point": (
        lambda f: [*f[:-1], {"properties": {"code": "VR25"}, "geometry": {"type": "Point", "coordinates": [1, 2]}}],
        "a Polygon or MultiPolygon is needed",
    ),
    "no geometry": (lambda f: [*f[:-1], {"properties": {"code": "VR25"}, "geometry": None}], "no geometry"),
    "two corners": (
        lambda f: [
            *f[:-1],
            {"properties": {"code": "VR25"}, "geometry": {"type": "Polygon", "coordinates": [[[1, 2]]]}},
        ],
        "no geometry",
    ),
    "no feature": (lambda f: [*f[:-1], 7], "''"),
    "no codes": (lambda f: [feature("x", box(0, 400_000, 10, 400_010))], "name it with --key"),
    "none": (lambda f: [], "no features"),
}


def bow_tie() -> dict[str, Any]:
    x1, y1, x2, y2 = square_of(25)
    return feature("VR25", [[x1, y1], [x2, y2], [x2, y1], [x1, y2]])


@pytest.mark.parametrize("name", BAD)
def test_bad_files_are_refused_with_the_feature_named(tmp_path: Path, name: str) -> None:
    change, why = BAD[name]
    path = write_geojson(tmp_path / "bad.geojson", change(squares()))
    with pytest.raises(AreaFileError, match=why):
        read_areas(path, CODES, RD)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"[]",
        b'{"features": 3}',
        b"\xff\xfe",
        b'{"type": "Topology"}',
        b'{"features": [NaN]}',
        b"[" * 100_000,
    ],
)
def test_what_is_not_geojson_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "bad.geojson"
    path.write_bytes(content)
    with pytest.raises(AreaFileError):
        read_areas(path, CODES, RD)


def test_every_fault_is_listed(tmp_path: Path) -> None:
    features = squares()[2:]
    features[0] = bow_tie() | {"properties": {"code": "VR03"}}
    with pytest.raises(AreaFileError) as caught:
        read_areas(write_geojson(tmp_path / "bad.geojson", [*features, feature("VR77", box(0, 0, 1, 1))]), CODES, RD)
    assert {(fault.row, fault.field) for fault in caught.value.faults} == {(1, "geometry"), (24, "code"), (0, "code")}
    assert sum("has no area" in fault.reason for fault in caught.value.faults) == 2


def test_a_tiny_ear_is_cut_off_and_told(tmp_path: Path) -> None:
    x1, y1, x2, y2 = square_of(25)
    ear = [[x1, y1], [x2, y1], [x2, y2], [x1 + 2, y2], [x1 - 2, y2 + 3], [x1 - 2, y2], [x1 + 1, y2 + 1], [x1, y2 - 5]]
    read = read_areas(write_geojson(tmp_path / "a.geojson", [*squares()[:-1], feature("VR25", ear)]), CODES, RD)
    assert [(fault.row, fault.field) for fault in read.mended] == [(25, "geometry")]
    assert shapely.is_valid(read.areas[-1].geometry)
    assert read.areas[-1].geometry.area == pytest.approx((x2 - x1) * (y2 - y1), rel=1e-5)


def test_a_code_with_several_features_is_one_area(tmp_path: Path) -> None:
    x1, y1, x2, y2 = square_of(25)
    halves = [feature("VR25", box(x1, y1, x1 + 10_000, y2)), feature("VR25", box(x1 + 10_000, y1, x2, y2))]
    read = read_areas(write_geojson(tmp_path / "a.geojson", squares()[:-1] + halves), CODES, RD)
    assert read.areas[-1].geometry.area == pytest.approx(30_000**2)


def test_the_level_is_what_the_file_holds(tmp_path: Path, pack: Pack) -> None:
    assert guess_level(write_geojson(tmp_path / "a.geojson", squares()), pack, RD) == "safety_region"
    with pytest.raises(AreaFileError, match="VR25 has no area"):
        guess_level(write_geojson(tmp_path / "b.geojson", squares()[:-1]), pack, RD)


def test_overlaps_and_gaps_are_reported(tmp_path: Path) -> None:
    x1, y1, x2, y2 = square_of(13)
    moved = [*AREAS[:12], Area("VR13", "Regio 13", shapely.box(x1 + 1000, y1, x2 + 500, y2)), *AREAS[13:]]
    found = misfits(moved, RD)
    assert [(m.kind, m.codes, m.square_m) for m in found] == [
        ("gap", ("VR07", "VR08", "VR12", "VR13", "VR17", "VR18"), 30_000_000.0),
        ("overlap", ("VR13", "VR14"), 15_000_000.0),
    ]
    assert Borders("safety_region", moved).find(*RD.to_rd(found[1].lat, found[1].lon)) == "VR13"
    assert misfits(AREAS, RD) == []


# --- points -----------------------------------------------------------------------------------------------------------


@given(column=st.integers(0, 4), row=st.integers(0, 4), x=st.floats(0.001, 29_999.999), y=st.floats(0.001, 29_999.999))
def test_a_point_is_in_its_square(column: int, row: int, x: float, y: float) -> None:
    assert BORDERS.find(WEST + column * 30_000 + x, SOUTH + row * 30_000 + y) == f"VR{row * 5 + column + 1:02d}"


@given(x=st.integers(0, 5), y=st.floats(0, 150_000))
def test_a_point_on_a_border_belongs_to_exactly_one_area(x: int, y: float) -> None:
    found = BORDERS.find(WEST + x * 30_000, SOUTH + y)
    assert found is not None
    assert found == Borders("safety_region", list(reversed(AREAS))).find(WEST + x * 30_000, SOUTH + y)


def test_outside_all_is_none() -> None:
    assert BORDERS.find(WEST - 0.01, SOUTH) is None


# --- shapes -----------------------------------------------------------------------------------------------------------


@settings(deadline=None)
@given(x=inside_x, y=inside_y, radius=st.floats(1, 60_000))
def test_the_shares_of_a_circle_come_to_one(x: float, y: float, radius: float) -> None:
    divided = TERRITORY.divide(Circle(*degrees(x, y), radius))
    assert sum(share.share for share in divided.shares) == pytest.approx(1.0, abs=1e-6)
    assert not divided.approximate
    ordered = [share.share for share in divided.shares if share.safety_region]
    assert ordered == sorted(ordered, reverse=True)
    assert all(not share.safety_region for share in divided.shares[len(ordered) :])


@settings(deadline=None)
@given(x=inside_x, y=inside_y, radius=st.floats(1, 20_000))
def test_a_circle_is_as_large_as_a_circle(x: float, y: float, radius: float) -> None:
    assert in_rd(Circle(*degrees(x, y), radius), RD).area == pytest.approx(math.pi * radius**2, rel=1e-3)


def test_a_circle_on_a_border_is_halved() -> None:
    x1, y1, _, _ = square_of(13)
    divided = TERRITORY.divide(Circle(*degrees(x1, y1 + 15_000), 1000))
    assert {share.safety_region for share in divided.shares} == {"VR12", "VR13"}
    assert divided.shares[0].share == pytest.approx(0.5, abs=1e-3)


@settings(deadline=None)
@given(x=inside_x, y=inside_y, major=st.floats(100, 20_000), part=st.floats(0.05, 1), turned=st.floats(0, 360))
def test_an_ellipse_is_as_large_as_an_ellipse(x: float, y: float, major: float, part: float, turned: float) -> None:
    shape = in_rd(Ellipse(*degrees(x, y), major, major * part, turned), RD)
    assert shape.area == pytest.approx(math.pi * major * major * part, rel=1e-3)


def test_the_orientation_is_clockwise_from_north() -> None:
    x, y = 155_000.0, 463_000.0  # where grid north is true north
    for turned, (dx, dy) in ((0, (0, 1)), (90, (1, 0)), (45, (math.sqrt(0.5), math.sqrt(0.5)))):
        shape = in_rd(Ellipse(*degrees(x, y), 1000, 10, turned), RD)
        assert shapely.contains_xy(shape, x + 900 * dx, y + 900 * dy)
        assert not shapely.contains_xy(shape, x + 900 * dy, y - 900 * dx)


@settings(deadline=None)
@given(inner=st.floats(0, 5_000), more=st.floats(10, 5_000), start=st.floats(0, 360), opening=st.floats(1, 360))
def test_an_arc_band_is_as_large_as_its_piece_of_a_ring(
    inner: float, more: float, start: float, opening: float
) -> None:
    shape = in_rd(ArcBand(*degrees(175_000, 475_000), inner, inner + more, start, opening), RD)
    area = math.pi * ((inner + more) ** 2 - inner**2) * opening / 360
    assert shape.area == pytest.approx(area, rel=2e-3)


def test_an_arc_band_opens_clockwise() -> None:
    shape = in_rd(ArcBand(*degrees(155_000, 463_000), 500, 1000, 0, 90), RD)
    assert shapely.contains_xy(shape, 155_500, 463_500) and not shapely.contains_xy(shape, 154_500, 463_500)


@settings(deadline=None)
@given(x=inside_x, y=inside_y, half=st.floats(10, 20_000))
def test_a_polygon_divides_as_plain_geometry_says(x: float, y: float, half: float) -> None:
    corners = tuple(degrees(*corner) for corner in box(x - half, y - half, x + half, y + half))
    divided = TERRITORY.divide(Polygon(corners))
    whole = shapely.box(x - half, y - half, x + half, y + half)
    for share in divided.shares:
        if share.safety_region:
            plain = shapely.intersection(AREAS[CODES.index(share.safety_region)].geometry, whole).area / whole.area
            assert share.share == pytest.approx(plain, abs=1e-3)


@pytest.mark.parametrize(
    "shape",
    [
        Circle(52, 5, 0),
        Circle(52, 5, -1),
        Circle(52, 5, math.inf),
        Circle(52, 5, 1e9),
        Circle(math.nan, 5, 10),
        Circle(95, 5, 10),
        Ellipse(52, 5, 10, 20, 0),
        Ellipse(52, 5, 20, 0, 0),
        Ellipse(52, 5, 20, 10, 361),
        ArcBand(52, 5, 20, 10, 0, 90),
        ArcBand(52, 5, -1, 10, 0, 90),
        ArcBand(52, 5, 1, 10, 0, 0),
        Polygon(((52, 5), (52, 6))),
        Polygon(((52, 5), (52, 5), (52, 5), (52, 5))),
        Polygon(((52, 5), (53, 6), (53, 5), (52, 6))),
        Polygon(tuple((52 + n / 10_000, 5.0) for n in range(3_000))),
        Point(math.nan, 5),
    ],
)
def test_shapes_that_cannot_be_are_refused(shape: Shape) -> None:
    with pytest.raises(BadShape):
        TERRITORY.divide(shape)


def test_without_borders_the_shares_are_marked_approximate() -> None:
    divided = Territory(Where(PACK, RD)).divide(Circle(52.18, 5.13, 5_000))
    assert divided.approximate and {s.safety_region for s in divided.shares} == {"VR09", "VR14"}
    assert sum(share.share for share in divided.shares) == pytest.approx(1.0)
    assert "Utrecht" in divided.in_words() and "%" in divided.in_words()


def test_what_lies_outside_is_said(pack: Pack) -> None:
    divided = TERRITORY.divide(Circle(*degrees(WEST, SOUTH + 15_000), 1000))
    assert divided.shares[-1].region == "" and divided.shares[-1].share == pytest.approx(0.5, abs=1e-3)
    assert TERRITORY.divide(Point(10.0, 10.0)).largest() is None


def test_the_map_shows_the_official_outlines(country: Geography, pack: Pack) -> None:
    shown = country.map_areas()
    assert shown is not None and shown is country.map_areas()
    kinds = [feature["properties"]["kind"] for feature in shown["features"]]
    assert (kinds.count("safety_region"), kinds.count("room")) == (25, 10)
    assert not any(feature["properties"]["approximate"] for feature in shown["features"])
    shapes = {f["properties"]["code"]: shapely.from_geojson(json.dumps(f["geometry"])) for f in shown["features"]}
    assert shapes["VR13"].equals(shapely.box(*square_of(13)))
    assert sum(shapes[room.code].area for room in pack.rooms if room.code in shapes) == pytest.approx(25 * 30_000**2)


# --- versions ---------------------------------------------------------------------------------------------------------


async def test_next_years_borders_are_brought_today_and_count_from_their_day(tmp_path: Path, pack: Pack) -> None:
    clock = FakeClock()
    today, later = "1970-01-01", "2099-01-01"
    releases = Releases(tmp_path / "geo")
    one = write_geojson(tmp_path / "a.geojson", squares())
    part = import_areas_file(one, "safety_region", releases, pack, RD, "2027-01-01T00:00:00Z", begins=today).part
    releases.make(part, "2027-01-01T00:00:00Z")
    swapped = squares()
    swapped[0]["properties"]["code"], swapped[1]["properties"]["code"] = "VR02", "VR01"
    two = write_geojson(tmp_path / "b.geojson", swapped)
    part = import_areas_file(two, "safety_region", releases, pack, RD, "2027-01-02T00:00:00Z", begins=later).part
    release = releases.make(part, "2027-01-02T00:00:00Z")
    Schedule(tmp_path / "geo" / "use.json").use(release.hash, clock.now(), clock.now())
    geography = Geography(pack, RD, tmp_path, clock)
    lat, lon = degrees(WEST + 100, SOUTH + 100)
    assert geography.where.at(lat, lon).safety_region == "VR01"
    assert (geography.now.borders_since, geography.borders_end()) == (today, later)
    await clock.pump(130 * 365.25 * 86_400)
    assert geography.refresh()
    assert geography.where.at(lat, lon).safety_region == "VR02"
    assert geography.borders_end() is None
    geography.close()


def test_a_day_or_a_level_that_is_none_is_refused(tmp_path: Path, pack: Pack) -> None:
    path = write_geojson(tmp_path / "a.geojson", squares())
    for level, begins in (("safety_region", "soon"), ("country", "2027-01-01")):
        with pytest.raises(ValueError):
            import_areas_file(path, level, Releases(tmp_path), pack, RD, "x", begins=begins)
    assert json.loads(path.read_text(encoding="utf-8"))["type"] == "FeatureCollection"


def test_what_is_remembered_of_squares_says_the_same_at_every_edge() -> None:
    """Triangles, whose edges cut through squares; each point is asked twice, of who remembers and of who cannot."""
    corners = [(100_000.0, 400_000.0), (130_000.0, 400_000.0), (130_000.0, 430_000.0), (100_000.0, 430_000.0)]
    middle = (113_333.0, 417_777.0)
    areas = [
        Area(f"VR0{n + 1}", f"R{n}", shapely.polygons([corners[n], corners[(n + 1) % 4], middle])) for n in range(4)
    ]
    kept = Borders("safety_region", areas)
    chance = random.Random(12)
    points = [(chance.uniform(98_000, 132_000), chance.uniform(398_000, 432_000)) for _ in range(1_500)]
    points += [(100_000.0 + 2_000 * n, 400_000.0 + d) for n in range(16) for d in (-0.001, 0.0, 0.001)]
    points += [middle, *corners]
    for x, y in (*points, *reversed(points)):
        assert kept.find(x, y) == Borders("safety_region", areas).find(x, y), (x, y)
