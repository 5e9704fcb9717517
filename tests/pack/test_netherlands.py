"""What must be true of the Netherlands as shipped."""

from __future__ import annotations

from collections import Counter

from meldkamer.domain.basics import COMPARTMENTS, DISCIPLINES, region_of
from meldkamer.domain.unit import Meaning
from meldkamer.pack import Pack


def test_every_function_has_a_home_that_exists(pack: Pack) -> None:
    for function in pack.functions:
        assert function.home_room in pack.room
        assert region_of(function.code) == function.region


def test_every_region_has_all_its_functions(pack: Pack) -> None:
    for region in pack.manifest.home_regions:
        wanted = {f"{region}.{kind}" for kind in ("112", "multi", "crisis")}
        wanted |= {f"{region}.{letter}.{kind}" for letter in DISCIPLINES for kind in ("intake", "dispatch")}
        assert wanted <= set(pack.function)
    assert {"NL.112", "NL.K.dispatch", "NL.steering"} <= set(pack.function)


def test_the_buddy_order_is_complete_without_the_room_itself(pack: Pack) -> None:
    regional = {room.code for room in pack.rooms if room.kind == "regional"}
    for room in pack.rooms:
        order = pack.buddies_of(room.code)
        assert room.code not in order
        assert len(set(order)) == len(order)
        assert regional - {room.code} <= set(order)


def test_each_safety_region_has_its_municipalities(pack: Pack) -> None:
    counts = Counter(item.safety_region for item in pack.municipalities)
    assert sum(counts.values()) == 342
    assert counts["VR09"] == 26
    assert counts["VR13"] == 6
    assert set(counts) == set(pack.safety_region)


def test_call_sign_prefixes_are_the_numbers(pack: Pack) -> None:
    assert [item.call_sign_prefix for item in pack.safety_regions] == [f"{n:02d}" for n in range(1, 26)]


def test_every_municipality_has_a_place(pack: Pack) -> None:
    assert {place.municipality for place in pack.places} == set(pack.municipality)


def test_the_status_tables_let_a_unit_finish_its_work(pack: Pack) -> None:
    for discipline in DISCIPLINES:
        meanings = {status.meaning for status in pack.statuses_of(discipline)}
        assert {Meaning.ORDERED, Meaning.EN_ROUTE, Meaning.ON_SCENE, Meaning.AVAILABLE, Meaning.EMERGENCY} <= meanings
        keys = [status.key for status in pack.statuses_of(discipline) if status.key]
        assert len(keys) == len(set(keys))
    fire = {status.key: status.abbreviation for status in pack.statuses_of("B")}
    assert fire["1"] == "ut" and fire["6"] == "bd"


def test_medical_fields_are_for_ambulance_staff_only(pack: Pack) -> None:
    for role in pack.roles:
        assert set(role.compartments) <= set(COMPARTMENTS)
        if "medical" in role.compartments:
            assert role.discipline == "A"
        if "police" in role.compartments:
            assert role.discipline in ("P", "K")


def test_the_lmc_is_three_levels_deep(pack: Pack) -> None:
    assert Counter(item.level for item in pack.classes) == {1: 10, 2: 65, 3: 266}
    assert Counter(item.priority for item in pack.classes) == {1: 70, 2: 104, 3: 110, 4: 24, 5: 33}
    assert pack.classification["alabdk"].name == "Alarm / Autom. brand / Drukknopmelding OMS"


def test_a_note_line_sets_one_value_only(pack: Pack) -> None:
    terms = Counter(value.term for value in pack.characteristic_values if value.term)
    assert [term for term, count in terms.items() if count > 1] == []


def test_agreements_go_both_ways(pack: Pack) -> None:
    pairs = {(item.lender, item.borrower, item.discipline) for item in pack.agreements}
    assert pairs == {(borrower, lender, discipline) for lender, borrower, discipline in pairs}
    assert ("VR17", "VR18", "A") in pairs
    assert not any({"VR01", "VR24"} == {lender, borrower} for lender, borrower, _ in pairs)


def test_norms_convert_to_seconds(pack: Pack) -> None:
    assert pack.norm["A1_response"].seconds == 900
    assert pack.norm["answer_112"].seconds == 10
