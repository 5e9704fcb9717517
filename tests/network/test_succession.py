"""Who takes over what, as a rule alone: everybody comes to the same answer, and nobody carries it all."""

from __future__ import annotations

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from meldkamer.network import Capacity, spread

KINDS = ("112", "A.dispatch", "A.intake", "B.dispatch", "B.intake", "P.dispatch", "P.intake", "multi")
FUNCTIONS = [f"LB.{kind}" for kind in KINDS]
BUDDIES = ("OB", "ZB", "RT", "MD", "AD")
ALL = dict.fromkeys(KINDS, 2)


def room(people: dict[str, int] | None = None, seats: int = 4, serves: int = 11, steady: bool = True) -> Capacity:
    return Capacity(people=ALL if people is None else people, seats=seats, serves=serves, steady=steady)


def owners(**able: Capacity) -> dict[str, str]:
    return {name: s.room for name, s in spread(FUNCTIONS, "LB", BUDDIES, able).items()}


def test_rooms_that_are_staffed_alike_share_what_is_lost() -> None:
    found = owners(OB=room(), ZB=room(), RT=room(), MD=room())
    assert Counter(found.values()).keys() == {"OB", "ZB", "RT"}, "the three nearest, and none of them everything"
    assert max(Counter(found.values()).values()) <= 3


def test_what_one_discipline_does_stays_together() -> None:
    found = owners(OB=room(), ZB=room(), RT=room())
    assert all(found[f"LB.{d}.intake"] == found[f"LB.{d}.dispatch"] for d in "ABP")


def test_who_has_more_people_takes_more() -> None:
    found = Counter(owners(OB=room(seats=4), ZB=room(seats=20)).values())
    assert found["ZB"] == len(FUNCTIONS)


def test_only_qualified_people_count_and_far_ones_before_none() -> None:
    found = owners(OB=room({"112": 1}), AD=room())
    assert found["LB.112"] in ("OB", "AD") and found["LB.A.intake"] == "AD"


def test_nobody_qualified_is_told_and_goes_to_the_first_that_works() -> None:
    found = spread(FUNCTIONS, "LB", BUDDIES, {"ZB": room({}), "RT": room({})})
    assert {s.room for s in found.values()} == {"ZB"}
    assert not any(s.staffed for s in found.values())
    assert found["LB.112"].rule == "unstaffed place=2 of=LB people=0 seats=4 serves=11"


def test_no_room_at_all_is_an_alarm_and_not_a_silence() -> None:
    assert spread(FUNCTIONS, "LB", BUDDIES, {}) == {}


def test_a_room_that_flaps_is_asked_last() -> None:
    assert set(owners(OB=room(steady=False), ZB=room({})).values()) == {"OB", "ZB"} - {"ZB"}
    found = spread(["LB.112"], "LB", BUDDIES, {"OB": room({}, steady=False), "ZB": room({})})
    assert found["LB.112"].room == "ZB", "nobody is qualified in either: not the one that flaps"


capacities = st.builds(
    Capacity,
    people=st.dictionaries(st.sampled_from(KINDS), st.integers(0, 4)),
    seats=st.integers(0, 12),
    serves=st.integers(0, 25),
    steady=st.booleans(),
)


@given(
    st.permutations(FUNCTIONS),
    st.dictionaries(st.sampled_from([*BUDDIES, "LB"]), capacities),
    st.integers(1, 5),
)
def test_every_function_finds_the_same_room_everywhere(
    functions: list[str], able: dict[str, Capacity], near: int
) -> None:
    found = spread(functions, "LB", BUDDIES, able, near)
    working = [r for r in BUDDIES if r in able]
    assert found.keys() == (set(functions) if working else set())
    assert found == spread(sorted(functions), "LB", BUDDIES, dict(reversed(able.items())), near)
    for name, chosen in found.items():
        kind = name.partition(".")[2]
        qualified = [r for r in working if able[r].people.get(kind)]
        assert chosen.room in working and chosen.room != "LB"
        assert chosen.staffed == bool(qualified)
        if qualified:
            nearest = sorted(qualified, key=lambda r: (not able[r].steady, BUDDIES.index(r)))[:near]
            assert chosen.room in nearest
