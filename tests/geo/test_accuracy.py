"""Against official borders and where people live. Runs only where the reference data are."""

from __future__ import annotations

import csv
import json
import math
from collections import defaultdict
from pathlib import Path

from shapely import STRtree, get_coordinates
from shapely.geometry import Point, shape

from meldkamer.geo import Borders, RdTransform, Where, read_areas
from meldkamer.pack import Pack


def nodes(reference: Path) -> list[dict[str, str]]:
    """Postcode areas that people live in."""
    with (reference / "pc4_demand_nodes.csv").open(encoding="utf-8") as file:
        return [row for row in csv.DictReader(file) if float(row["inwoners_2020"] or 0) > 0]


def test_nearly_everyone_is_placed_rightly(reference: Path, where: Where, pack: Pack) -> None:
    right: dict[str, float] = defaultdict(float)
    by_certainty: dict[str, list[float]] = defaultdict(lambda: [0.0, 0.0])
    total = 0.0
    for node in nodes(reference):
        people = float(node["inwoners_2020"])
        answer = where.at(float(node["lat"]), float(node["lon"]))
        total += people
        region_right = answer.safety_region == node["vr_code"]
        right["municipality"] += people * (answer.municipality_code == node["gm_code"])
        right["safety_region"] += people * region_right
        right["room"] += people * (answer.region == pack.safety_region[node["vr_code"]].region)
        by_certainty[answer.certainty][0] += people
        by_certainty[answer.certainty][1] += people * region_right
    share = {name: round(value / total, 4) for name, value in right.items()}
    print(share, {name: round(good / all_, 4) for name, (all_, good) in by_certainty.items()})
    assert share["municipality"] >= 0.95
    assert share["safety_region"] >= 0.99
    assert share["room"] >= 0.99
    # The word must be worth something: "high" is right nearly always, and most answers are high.
    assert by_certainty["high"][1] / by_certainty["high"][0] >= 0.999
    assert by_certainty["high"][0] / total >= 0.8


def test_official_borders_make_it_exact(reference: Path, pack: Pack, rd: RdTransform) -> None:
    file = reference / "gemeenten_2023.geojson"
    exact = Where(pack, rd, areas=Borders("municipality", read_areas(file, list(pack.municipality), rd).areas))
    total = right = approximate = 0.0
    for node in nodes(reference):
        answer = exact.at(float(node["lat"]), float(node["lon"]))
        people = float(node["inwoners_2020"])
        total += people
        right += people * (answer.municipality_code == node["gm_code"])
        approximate += people * answer.approximate
    assert right / total >= 0.999
    assert approximate / total <= 0.001


def test_the_municipalities_are_in_their_official_safety_region(reference: Path, pack: Pack) -> None:
    official = {node["gm_code"]: node["vr_code"] for node in nodes(reference)}
    assert {code: pack.municipality[code].safety_region for code in official} == official


def test_official_borders_are_exact_at_their_edges(reference: Path, pack: Pack, rd: RdTransform) -> None:
    """Five metres on both sides of every tenth border line: as the file itself says, asked in its own degrees."""
    file = reference / "gemeenten_2023.geojson"
    exact = Where(pack, rd, areas=Borders("municipality", read_areas(file, list(pack.municipality), rd).areas))
    features = json.loads(file.read_text(encoding="utf-8"))["features"]
    codes = [feature["properties"]["code"] for feature in features]
    shapes = [shape(feature["geometry"]) for feature in features]
    tree = STRtree(shapes)
    checked = 0
    for outline in shapes[::10]:
        points = get_coordinates(outline)
        for (lon1, lat1), (lon2, lat2) in zip(points[::10], points[1::10], strict=False):
            x1, y1 = rd.to_rd(lat1, lon1)
            x2, y2 = rd.to_rd(lat2, lon2)
            length = math.hypot(x2 - x1, y2 - y1)
            for side in (5.0, -5.0):
                if length < 50:
                    continue
                x, y = (x1 + x2) / 2 + side * (y2 - y1) / length, (y1 + y2) / 2 - side * (x2 - x1) / length
                lat, lon = rd.to_wgs84(x, y)
                wanted = {codes[n] for n in tree.query(Point(lon, lat), predicate="intersects")}
                if len(wanted) != 1:
                    continue  # outside the country, or where the file's own areas overlap
                answer = exact.at(lat, lon)
                assert (answer.municipality_code, answer.certainty) == (wanted.pop(), "official"), (lat, lon)
                checked += 1
    assert checked > 200
