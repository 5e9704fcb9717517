"""Where: known places, near borders, at sea, and every way to give a wrong coordinate."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from meldkamer.geo import BadCoordinate, Borders, Level, OutsideArea, RdTransform, Where, read_areas, where_command
from meldkamer.pack import Pack, load_pack

PACK = load_pack()
WHERE = Where(PACK)


@pytest.mark.parametrize(
    ("lat", "lon", "municipality", "safety_region", "room"),
    [
        (52.3731, 4.8926, "Amsterdam", "VR13", "AD"),  # Dam
        (52.3081, 4.7642, "Haarlemmermeer", "VR12", "NH"),  # Schiphol: near Amsterdam, another room
        (52.3364, 4.8720, "Amsterdam", "VR13", "AD"),  # Zuidas
        (51.9225, 4.4700, "Rotterdam", "VR17", "RT"),
        (51.8133, 4.6736, "Dordrecht", "VR18", "RT"),
        (52.0116, 4.3571, "Delft", "VR15", "DH"),  # between two rooms
        (52.0907, 5.1214, "Utrecht", "VR09", "MD"),
        (52.2215, 6.8937, "Enschede", "VR05", "ON"),  # by the German border
        (50.7700, 6.0170, "Vaals", "VR24", "LB"),  # the rough outline cuts it in two
        (51.4416, 4.9290, "Baarle-Nassau", "VR20", "ZB"),  # among Belgian enclaves
        (51.3300, 3.3900, "Sluis", "VR19", "ZB"),  # Zeeuws-Vlaanderen
        (53.1800, 4.8550, "Texel", "VR10", "NH"),  # De Cocksdorp
        (53.4800, 6.1600, "Schiermonnikoog", "VR02", "NN"),
        (52.5185, 5.4714, "Lelystad", "VR25", "MD"),
        (51.6992, 5.3042, "'s-Hertogenbosch", "VR21", "OB"),
        (51.8800, 4.2400, "Voorne aan Zee", "VR17", "RT"),  # merged municipality, the newest of the 342
        (52.3075, 5.0417, "Amsterdam", "VR13", "AD"),  # Weesp, merged into Amsterdam
    ],
)
def test_known_places(lat: float, lon: float, municipality: str, safety_region: str, room: str) -> None:
    answer = WHERE.at(lat, lon)
    assert (answer.municipality, answer.safety_region, answer.room) == (municipality, safety_region, room)
    assert answer.approximate
    assert answer.certainty in ("high", "medium", "low")
    assert answer.police_unit == f"PE-{answer.region}"
    assert answer.safety_region_number == int(safety_region[2:])
    assert answer.municipality_code.startswith("GM")


@pytest.mark.parametrize(
    ("lat", "lon", "outside"),
    [
        (52.5, 4.2, "sea"),
        (53.8, 6.0, "sea"),
        (51.2194, 4.4025, "BE"),  # Antwerp
        (50.7753, 6.0839, "DE"),  # Aachen
        (48.85, 2.35, "far"),  # Paris
        (-33.9, 151.2, "far"),
        (0.0, 0.0, "far"),
    ],
)
def test_sea_and_abroad_are_refused_by_name(lat: float, lon: float, outside: str) -> None:
    with pytest.raises(OutsideArea) as caught:
        WHERE.at(lat, lon)
    assert caught.value.where == outside
    assert f"{lat:.5f}" in str(caught.value)


def test_a_harbour_and_the_wadden_sea_are_answered_with_doubt() -> None:
    assert WHERE.at(51.985, 4.005).certainty == "low"  # the Nieuwe Waterweg, beyond the coast
    assert WHERE.at(53.10, 5.00).certainty == "low"


@pytest.mark.parametrize(
    ("first", "second", "mistake"),
    [
        (float("nan"), 5.0, "not_a_number"),
        (52.0, float("inf"), "not_a_number"),
        (155_000, 463_000, "rd"),
        (4.9, 52.37, "swapped"),
        (91.0, 5.0, "not_degrees"),
        (52.0, 181.0, "not_degrees"),
    ],
)
def test_mistakes_get_a_hint(first: float, second: float, mistake: str) -> None:
    with pytest.raises(BadCoordinate) as caught:
        WHERE.at(first, second)
    assert caught.value.mistake == mistake


@given(lat=st.floats(allow_nan=True, allow_infinity=True), lon=st.floats(allow_nan=True, allow_infinity=True))
def test_any_pair_of_numbers_is_answered_or_refused(lat: float, lon: float) -> None:
    try:
        WHERE.at(lat, lon)
    except (BadCoordinate, OutsideArea) as refusal:
        assert str(refusal)


@given(lat=st.floats(50.8, 53.4), lon=st.floats(3.5, 7.1))
def test_an_answer_is_consistent_with_the_pack(lat: float, lon: float) -> None:
    try:
        answer = WHERE.at(lat, lon)
    except OutsideArea:
        return
    assert PACK.municipality[answer.municipality_code].safety_region == answer.safety_region
    assert PACK.safety_region[answer.safety_region].region == answer.region
    assert PACK.region[answer.region].home_room == answer.room


def test_many_at_once_is_the_same(pack: Pack) -> None:
    chosen = pack.places[::50]
    found = WHERE.place_index_many([p.lat for p in chosen], [p.lon for p in chosen])
    for place, index in zip(chosen, found, strict=True):
        assert pack.places[index].name == WHERE.at(place.lat, place.lon).place


def square(lat: float, lon: float, code: str) -> dict[str, object]:
    ring = [[lon - 0.05, lat - 0.05], [lon + 0.05, lat - 0.05], [lon + 0.05, lat + 0.05], [lon - 0.05, lat + 0.05]]
    ring.append(ring[0])
    return {"type": "Feature", "properties": {"gm": code}, "geometry": {"type": "Polygon", "coordinates": [ring]}}


def official(folder: Path, features: list[Any], level: Level, known: list[str], rd: RdTransform, key: str) -> Borders:
    file = folder / "areas.geojson"
    file.write_text(json.dumps({"type": "FeatureCollection", "features": features}), "utf-8")
    return Borders(level, read_areas(file, known, rd, key).areas)


def test_official_areas_replace_the_approximate_answer(pack: Pack, rd: RdTransform, tmp_path: Path) -> None:
    # A border drawn on purpose where the approximate answer says Utrecht.
    at = square(52.09, 5.12, "GM0344")
    moved = square(52.09, 5.12, "GM0321")
    areas = official(tmp_path, [at], "municipality", ["GM0344"], rd, "gm")
    first = Where(pack, rd, areas=areas).at(52.09, 5.12)
    areas = official(tmp_path, [moved], "municipality", ["GM0321"], rd, "gm")
    other = Where(pack, rd, areas=areas).at(52.09, 5.12)
    assert (first.municipality, first.approximate, first.certainty) == ("Utrecht", False, "official")
    assert (other.municipality, other.approximate) == ("Houten", False)
    outside = Where(pack, rd, areas=areas).at(53.2, 6.56)
    assert outside.approximate and outside.certainty == "low"


def test_areas_may_be_in_rd(pack: Pack, rd: RdTransform, tmp_path: Path) -> None:
    ring = [[100_000, 400_000], [150_000, 400_000], [150_000, 460_000], [100_000, 460_000]]
    geometry = {"type": "MultiPolygon", "coordinates": [[ring]]}
    feature = {"type": "Feature", "properties": {"vr": "VR09"}, "geometry": geometry}
    areas = official(tmp_path, [feature], "safety_region", ["VR09"], rd, "vr")
    answer = Where(pack, rd, areas=areas).at(*rd.to_wgs84(120_000, 430_000))
    assert (answer.safety_region, answer.certainty) == ("VR09", "official")


def test_the_command_answers_and_refuses_in_plain_data(pack: Pack) -> None:
    found = where_command(pack, 52.3731, 4.8926)
    assert found["ok"] and found["room"] == "AD" and found["pack"]["hash"] == pack.hash
    assert where_command(pack, 4.9, 52.37, where=WHERE)["mistake"] == "swapped"
    refused = where_command(pack, 52.5, 4.2, where=WHERE)
    assert refused["outside"] == "sea" and refused["distance_m"] > 20_000
    for answer in (found, refused, where_command(pack, 0.0, 0.0, where=WHERE)):
        json.loads(json.dumps(answer, allow_nan=False))


def test_the_map_shows_what_where_says(pack: Pack, tmp_path: Path) -> None:
    """The areas on the map come from the same rule, so nearly every place lies in its own area."""
    path = Path(pack.folder) / "areas.geojson"
    assert path.stat().st_size < 400_000
    features = json.loads(path.read_text(encoding="utf-8"))["features"]
    assert all(feature["properties"]["approximate"] for feature in features)
    kinds = [feature["properties"]["kind"] for feature in features]
    assert (kinds.count("safety_region"), kinds.count("room")) == (25, 10)
    regions = [feature for feature in features if feature["properties"]["kind"] == "safety_region"]
    areas = official(tmp_path, regions, "safety_region", list(pack.safety_region), WHERE.rd, "code")
    inside = [areas.find(*WHERE.rd.to_rd(p.lat, p.lon)) for p in pack.places]
    wanted = [pack.municipality[p.municipality].safety_region for p in pack.places]
    agree = np.mean([found == code for found, code in zip(inside, wanted, strict=True) if found is not None])
    assert agree > 0.97
    assert sum(found is None for found in inside) < 0.02 * len(inside)
