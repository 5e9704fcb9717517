"""The demonstration fleet: always the same, whole, and recognisably synthetic."""

from __future__ import annotations

import re
from collections import Counter

import pytest

from meldkamer.pack import FleetPlan, Pack, demonstration_fleet, demonstration_hospitals
from meldkamer.pack.spread import share

FORMS = {"A": r"\d\d-[129]\d\d", "B": r"\d\d-\d\d\d[1-9]", "P": r"[A-Z]{2}-\d{4}-\d\d", "K": r"KM-\d\d-\d\d"}


def test_the_same_seed_gives_the_same_fleet(pack: Pack) -> None:
    assert demonstration_fleet(pack, 7) == demonstration_fleet(pack, 7)
    assert demonstration_hospitals(pack, 7) == demonstration_hospitals(pack, 7)
    assert demonstration_fleet(pack, 7)[0] != demonstration_fleet(pack, 8)[0]


def test_the_numbers_are_those_of_the_plan(pack: Pack) -> None:
    _, units = demonstration_fleet(pack)
    assert Counter(unit.kind for unit in units) == FleetPlan().kinds


def test_call_signs_are_unique_and_follow_their_form(pack: Pack) -> None:
    _, units = demonstration_fleet(pack)
    assert len({unit.call_sign for unit in units}) == len(units)
    for unit in units:
        assert re.fullmatch(FORMS[unit.discipline], unit.call_sign), unit
        if unit.discipline in "AB":
            assert unit.call_sign.startswith(pack.safety_region[unit.safety_region].call_sign_prefix)


def test_every_unit_has_a_base_and_an_owner(pack: Pack) -> None:
    bases, units = demonstration_fleet(pack)
    by_code = {base.code: base for base in bases}
    assert len(by_code) == len(bases)
    for unit in units:
        base = by_code[unit.base]
        assert (unit.region, unit.lat, unit.lon) == (base.region, base.lat, base.lon)
        assert pack.function[unit.function].kind == "dispatch"


def test_every_safety_region_can_send_what_an_incident_needs(pack: Pack) -> None:
    _, units = demonstration_fleet(pack)
    have = {(unit.safety_region, unit.kind) for unit in units}
    for region in pack.safety_region:
        assert {(region, kind) for kind in ("TS", "RV", "HV", "OVD-B", "AMB", "OVD-G", "POL", "OVD-P")} <= have


def test_nobody_can_take_it_for_real(pack: Pack) -> None:
    bases, _ = demonstration_fleet(pack)
    hospitals = demonstration_hospitals(pack)
    names = [base.name for base in bases] + [hospital.name for hospital in hospitals]
    assert all(name.endswith("(synthetisch)") for name in names)
    assert len(hospitals) == 80
    assert Counter(item.region for item in hospitals if item.trauma_centre) == dict.fromkeys(
        pack.manifest.home_regions, 1
    )


def test_too_many_units_for_the_call_signs_is_said(pack: Pack) -> None:
    with pytest.raises(ValueError, match="no call sign left"):
        demonstration_fleet(pack, plan=FleetPlan(kinds={"AMB": 5000}))


def test_sharing_adds_up_and_favours_size() -> None:
    assert share([10, 5, 1], 7) == [4, 2, 1]
    assert share([10, 5, 1], 2) == [2, 0, 0]
    assert share([], 0) == []
    with pytest.raises(ValueError, match="nothing"):
        share([], 1)
