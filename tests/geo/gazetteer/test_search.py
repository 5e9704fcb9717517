"""Search as one types: what people write, abbreviate and mistype, and that what is near comes first."""

from __future__ import annotations

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from meldkamer.geo import Gazetteer, Geography, Hit, RdTransform
from meldkamer.geo.gazetteer import pack_part
from meldkamer.geo.gazetteer.query import Reading, understand
from meldkamer.geo.gazetteer.spelling import abbreviates, begins_like, distance, filed, fold, plain
from meldkamer.pack import load_pack

PACK, RD = load_pack(), RdTransform()
PART = pack_part(PACK, RD)
PLACES = Gazetteer([pack_part(PACK, RD)], RD)
VILLAGE, TOWN = (155_000.0, 463_000.0), (185_000.0, 445_000.0)


def first(geography: Geography, text: str, near: tuple[float, float] | None = None) -> Hit:
    found = geography.gazetteer.search(text, near)
    assert found, text
    return found[0]


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("amersf", "Amersfoort"),
        ("AMERSFOORT", "Amersfoort"),
        ("amrsf", "Amersfoort"),
        ("ROTTDM", "Rotterdam"),
        ("AMSTDM", "Amsterdam"),
        ("roterdam", "Rotterdam"),
        ("rotredam", "Rotterdam"),
        ("utrehct", "Utrecht"),
        ("enschedee", "Enschede"),
        ("katwyk aan zee", "Katwijk aan Zee"),
        ("ymuiden", "IJmuiden"),
        ("den haag", "Den Haag"),
        ("'s-gravenhage", "Den Haag"),
        ("sgravh", "Den Haag"),
        ("denhaag", "Den Haag"),
        ("den bosch", "'s-Hertogenbosch"),
        ("s hertogenb", "'s-Hertogenbosch"),
        ("bergen op z", "Bergen op Zoom"),
        ("alphen rijn", "Alphen aan den Rijn"),
    ],
)
def test_a_fresh_clone_finds_places(typed: str, name: str) -> None:
    assert PLACES.search(typed)[0].name == name


def test_every_place_of_the_pack_is_found_by_its_name() -> None:
    for place in PACK.places:
        found = [hit.id for hit in PLACES.search(place.name, RD.to_rd(place.lat, place.lon))]
        assert f"pack:{place.id}" in found, place.name


@pytest.mark.parametrize(
    ("typed", "name", "place"),
    [
        ("dorpsstraat 12 voorbeelddorp", "Dorpsstraat 12", "Voorbeelddorp"),
        ("dorpsstr 12 voorb", "Dorpsstraat 12", "Voorbeelddorp"),
        ("Dorpsstraat 12a, Voorbeelddorp", "Dorpsstraat 12A", "Voorbeelddorp"),
        ("dorpsstraat 12-2 grote voorbeeldstad", "Dorpsstraat 12-2", "Grote Voorbeeldstad"),
        ("voorbeelddorp dorpsstr 12", "Dorpsstraat 12", "Voorbeelddorp"),
        ("dorpstraat 12 voorbelddorp", "Dorpsstraat 12", "Voorbeelddorp"),
        ("drpsstraat 12 voorbeelddorp", "Dorpsstraat 12", "Voorbeelddorp"),
        ("9001AA 12", "Dorpsstraat 12", "Voorbeelddorp"),
        ("9001 aa 12", "Dorpsstraat 12", "Voorbeelddorp"),
        ("plein 1944", "Plein 1944", "Grote Voorbeeldstad"),
        ("plein 1944 3", "Plein 1944 3", "Grote Voorbeeldstad"),
        ("burg heijdenlaan 101b bis", "Burgemeester van der Heijdenlaan 101b-bis", "Grote Voorbeeldstad"),
        ("burg heydenln 101", "Burgemeester van der Heijdenlaan 101b-bis", "Grote Voorbeeldstad"),
        ("kerkln 7", "Kerklaan 7", "Grote Voorbeeldstad"),
        ("haven 1 voorbeelddorp", "Haven 1", "Voorbeelddorp"),
    ],
)
def test_addresses_as_people_type_them(country: Geography, typed: str, name: str, place: str) -> None:
    found = first(country, typed)
    assert (found.name, found.place) == (name, place)


def test_an_address_has_its_bag_ids_and_both_coordinates(country: Geography, rd: RdTransform) -> None:
    found = first(country, "dorpsstraat 12 voorbeelddorp")
    assert (found.kind, found.id, found.object_id) == ("address", "9999200000000001", "9999010000000001")
    assert (found.postcode, found.x, found.y) == ("9001AA", 155_100.0, 463_100.0)
    assert rd.to_rd(found.lat, found.lon) == pytest.approx((155_100.0, 463_100.0), abs=0.05)


def test_a_number_that_is_not_there_gives_the_street_and_says_so(country: Geography) -> None:
    found = first(country, "dorpsstraat 99 voorbeelddorp")
    assert (found.kind, found.name, found.exact, found.missing) == ("street", "Dorpsstraat", False, "99")
    assert first(country, "drpsstraat 99 voorbeelddorp").missing == ""  # a guess at the street is not sure


def test_what_is_near_comes_first(country: Geography) -> None:
    assert first(country, "dorpsstraat", VILLAGE).place == "Voorbeelddorp"
    assert first(country, "dorpsstraat", TOWN).place == "Grote Voorbeeldstad"
    near = first(country, "dorpsstr 12", TOWN)
    assert near.place == "Grote Voorbeeldstad" and near.distance_m is not None and near.distance_m < 10


@pytest.mark.parametrize(
    ("typed", "names"),
    [
        ("A28 Re 22,4", ["A28 Re 22,4", "A28 Re 22,4 a"]),
        ("a28 li 22.4", ["A28 Li 22,4"]),
        ("A28 22,4 rechts", ["A28 Re 22,4", "A28 Re 22,4 a"]),
        ("A28 HRL 22,4", ["A28 Li 22,4"]),
        ("a 28 re hmp 22,5", ["A28 Re 22,5"]),
        ("A28 22,4 a", ["A28 Re 22,4 a"]),
        ("N201 li 3,1", ["N201 Li 3,1"]),
    ],
)
def test_hectometre_posts(country: Geography, typed: str, names: list[str]) -> None:
    found = [hit.name for hit in country.gazetteer.search(typed) if hit.kind == "post"]
    assert found[: len(names)] == names


def test_a_kilometre_that_is_not_finished_gives_its_posts(country: Geography) -> None:
    found = {hit.name for hit in country.gazetteer.search("A28 22") if hit.kind == "post"}
    assert {"A28 Re 22,4", "A28 Re 22,5", "A28 Re 22,6 a", "A28 Li 22,4"} <= found


@pytest.mark.parametrize("typed", ["kerkstraat / dorpsstraat", "dorpsstr hoek kerkstr", "kerkstraat dorpsstraat voorb"])
def test_junctions(country: Geography, typed: str) -> None:
    found = first(country, typed)
    assert (found.kind, found.name, found.x, found.y) == ("junction", "Dorpsstraat / Kerkstraat", 155_200, 463_000)


def test_objects_and_own_names(country: Geography) -> None:
    hospital = first(country, "st voorbeeldziekenh")
    assert (hospital.kind, hospital.detail) == ("object", "ziekenhuis")
    assert first(country, "de kuil").kind == "name"


def test_typed_coordinates_are_a_place(rd: RdTransform) -> None:
    degrees = PLACES.search("52.09, 5.12")[0]
    assert degrees.kind == "point" and (degrees.x, degrees.y) == pytest.approx(rd.to_rd(52.09, 5.12), abs=0.1)
    assert PLACES.search("155000 463000")[0].lat == pytest.approx(52.155, abs=0.001)
    assert PLACES.search("999 999") == []


@settings(max_examples=300, deadline=None)
@given(text=st.text(max_size=80))
def test_whatever_is_typed_is_answered(text: str) -> None:
    for hit in PLACES.search(text):
        assert hit.name and hit.x == hit.x


@settings(max_examples=200, deadline=None)
@given(number=st.integers(0, len(PACK.places) - 1), cut=st.integers(2, 30))
def test_a_place_stays_among_the_answers_while_its_name_is_typed(number: int, cut: int) -> None:
    place = PACK.places[number]
    typed = place.name[:cut].strip()
    if len(plain(typed)) < 2:
        return
    found = PLACES.search(typed, RD.to_rd(place.lat, place.lon))
    assert f"pack:{place.id}" in [hit.id for hit in found], (typed, [hit.name for hit in found])


@given(word=st.text("abcdefghijklmnopqrstuvwxyz", min_size=1, max_size=14), cut=st.integers(1, 14))
def test_what_was_typed_so_far_folds_to_the_beginning_of_the_whole(word: str, cut: int) -> None:
    assert fold(word).startswith(fold(word[:cut]))


@given(one=st.text("abcd", max_size=6), two=st.text("abcd", max_size=6))
def test_typing_errors_are_counted_the_same_both_ways(one: str, two: str) -> None:
    assert distance(one, two, 6) == distance(two, one, 6)
    assert (distance(one, two, 6) == 0) == (one == two)
    assert begins_like(one, two, 6) <= distance(one, two, 6) or not one or not two


@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_one_typing_error_does_not_lose_a_place(data: st.DataObject) -> None:
    place = data.draw(st.sampled_from([p for p in PACK.places if len(plain(p.name)) >= 6 and " " not in plain(p.name)]))
    word = plain(place.name)
    at = data.draw(st.integers(1, len(word) - 2))
    letter = data.draw(st.sampled_from("abcdefghijklmnopqrstuvwxyz"))
    kind = data.draw(st.sampled_from(["drop", "add", "change", "swap"]))
    wrong = {
        "drop": word[:at] + word[at + 1 :],
        "add": word[:at] + letter + word[at:],
        "change": word[:at] + letter + word[at + 1 :],
        "swap": word[:at] + word[at + 1] + word[at] + word[at + 2 :],
    }[kind]
    # Letters that fold together may count double; what is promised is one error as words are filed.
    assume(distance(fold(word), fold(wrong), 2) <= 1 and len(fold(wrong)) > 3)
    assert fold(word) in {*PART.corrections(fold(wrong)), fold(wrong)} or PART.knows([fold(wrong)])


@pytest.mark.parametrize(
    ("short", "word", "fits"),
    [("rotdm", "roterdam", True), ("amst", "amsterdam", True), ("rdm", "roterdam", True), ("ro", "roterdam", False)],
)
def test_abbreviations_leave_letters_out(short: str, word: str, fits: bool) -> None:
    assert abbreviates(short, word) is fits


def test_other_names_and_joined_words_are_filed() -> None:
    assert {"hag", "denhag", "sgrafenhage"} <= set(filed("Den Haag"))
    assert "bos" in filed("Bosch") and "boskh" in filed("Bosch")


@pytest.mark.parametrize(
    ("typed", "number", "letter", "addition", "postcode"),
    [
        ("dorpsstraat 12", 12, "", "", ""),
        ("dorpsstraat 12a", 12, "a", "", ""),
        ("dorpsstraat 12 a 3", 12, "a", "3", ""),
        ("dorpsstraat 12-3", 12, "", "3", ""),
        ("dorpsstraat 12 bis amersfoort", 12, "", "bis", ""),
        ("3811AB 4", 4, "", "", "3811AB"),
        ("12 dorpsstraat", 0, "", "", ""),
        ("", 0, "", "", ""),
    ],
)
def test_house_numbers_are_read(typed: str, number: int, letter: str, addition: str, postcode: str) -> None:
    query = understand(typed)
    reading = query.readings[0] if query.readings else Reading(())
    assert (reading.number, reading.letter, reading.addition) == (number, letter, addition)
    assert query.postcode == postcode
