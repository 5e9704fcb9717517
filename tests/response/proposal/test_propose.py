"""The proposal: what must hold whatever the fleet, and what it says of its choices."""

from __future__ import annotations

import random

from hypothesis import given
from hypothesis import strategies as st

from meldkamer.response.proposal import propose
from meldkamer.response.runcards import Need
from tests.response.proposal.fleet import ENGINE, LADDER, OFFICER, SIX, fleets, need, needs, unit


def codes(reasons) -> list[tuple[str, str]]:
    return [(r.code, r.about) for r in reasons]


# --- whatever the fleet ---------------------------------------------------------------------------------------------


@given(needs, fleets())
def test_nobody_is_unsuitable_unfree_or_sent_twice(wanted: Need, fleet) -> None:
    found = propose(wanted, fleet)
    by_ref = {c.unit: c for c in fleet}
    assert len(set(found.units)) == len(found.units)
    slots = {s.role: s for s in wanted.slots}
    for filled in found.filled:
        of = by_ref[filled.going.unit]
        assert of.may_go and (of.free or filled.going.diverts)
        assert slots[filled.role].accept(of.kind, of.capabilities, of.crew) is not None
        assert filled.going.reasons
    empty = sum(s.count for s in found.shortfall)
    assert len(found.filled) + empty == len(wanted.slots)


@given(needs, fleets(), st.data())
def test_dropping_a_unit_never_improves_it(wanted: Need, fleet, data) -> None:
    if not fleet:
        return
    gone = data.draw(st.integers(0, len(fleet) - 1))
    assert propose(wanted, fleet[:gone] + fleet[gone + 1 :]).cost >= propose(wanted, fleet).cost


@given(needs, fleets(), st.integers(0, 10**6))
def test_the_order_of_the_input_does_not_matter(wanted: Need, fleet, seed: int) -> None:
    shuffled = fleet[:]
    random.Random(seed).shuffle(shuffled)
    assert propose(wanted, shuffled) == propose(wanted, fleet)


@given(needs, fleets())
def test_a_need_is_left_open_only_when_nobody_is_left_for_it(wanted: Need, fleet) -> None:
    found = propose(wanted, fleet)
    slots = {s.role: s for s in wanted.slots}
    idle = [c for c in fleet if c.may_go and c.unit not in found.units]
    for short in found.shortfall:
        assert not any(slots[short.role].accept(c.kind, c.capabilities, c.crew) for c in idle)


@given(needs, fleets())
def test_what_is_shown_never_flickers_away_for_an_equal(wanted: Need, fleet) -> None:
    shown = propose(wanted, fleet)
    assert set(propose(wanted, fleet, held=shown.units).units) == set(shown.units)


# --- what it says ---------------------------------------------------------------------------------------------------


def test_the_fastest_goes_and_says_so() -> None:
    found = propose(need(ENGINE), [unit("1", 300), unit("2", 100)])
    assert found.units == ("RT/2",) and codes(found.filled[0].going.reasons) == [("fastest", "")]
    assert [o.unit for o in found.filled[0].others] == ["RT/1"]
    assert codes(found.filled[0].others[0].reasons) == [("slower", "")]


def test_a_nearer_one_that_is_busy_is_named() -> None:
    found = propose(need(ENGINE), [unit("1", 50, free=False, incident="RT-7"), unit("2", 100)])
    assert codes(found.filled[0].going.reasons) == [("nearer_busy", "1")]
    assert [(r.unit, codes(r.reasons)) for r in found.rejected] == [("RT/1", [("busy", "RT-7")])]


def test_a_neighbour_goes_when_it_is_well_before_and_says_who_must_be_asked() -> None:
    own, other = unit("1", 400), unit("2", 100, consent="ask", owner="DH")
    found = propose(need(ENGINE), [own, other])
    assert found.units == ("RT/2",) and ("must_be_asked", "DH") in codes(found.filled[0].going.reasons)
    # For half a minute nobody is called.
    near = propose(need(ENGINE), [unit("1", 130), other])
    assert near.units == ("RT/1",) and codes(near.filled[0].going.reasons) == [("nearer_asked", "2")]
    # Where it was agreed before, the neighbour is as good as one's own.
    agreed = propose(need(ENGINE), [unit("1", 130), unit("2", 100, consent="agreed", owner="DH")])
    assert agreed.units == ("RT/2",) and ("agreed", "DH") in codes(agreed.filled[0].going.reasons)


def test_the_all_rounder_is_kept_for_what_only_it_can() -> None:
    found = propose(need(ENGINE, SIX), [unit("1", 10), unit("2", 60, kind="TS4")])
    assert {f.role: f.going.call_sign for f in found.filled} == {"TS": "2", "TS-6": "1"}
    engine = next(f for f in found.filled if f.role == "TS")
    assert codes(engine.going.reasons) == [("nearer_used", "1")]


def test_one_on_the_way_to_less_is_marked_and_not_preferred_for_a_minute() -> None:
    diverted = unit("1", 10, free=False, meaning="en_route", divert_from="RT-5")
    found = propose(need(ENGINE), [diverted, unit("2", 600)])
    assert found.units == ("RT/1",) and found.filled[0].going.diverts == "RT-5"
    assert propose(need(ENGINE), [diverted, unit("2", 100)]).units == ("RT/2",)


def test_what_is_missing_is_named_with_the_one_that_could() -> None:
    found = propose(need(ENGINE, ENGINE, SIX), [unit("1", 10), unit("2", 20, free=False)])
    assert [(s.count, s.why) for s in found.shortfall] == [(2, "all_busy")]
    assert found.shortfall[0].soonest is not None and found.shortfall[0].soonest.call_sign == "2"
    nobody = propose(need(LADDER), [unit("1", kind="OVD-B")])
    assert [(s.why, s.soonest) for s in nobody.shortfall] == [("none_known", None)]
    assert propose(need(ENGINE), [unit("1", consent="nobody")]).shortfall[0].why == "cannot_be_ordered"


def test_what_is_wanted_never_takes_from_what_is_needed() -> None:
    every = propose(need(OFFICER, LADDER), [unit("1", kind="OVD-B")])
    assert [f.role for f in every.filled] == ["OvD"] and [s.role for s in every.shortfall] == ["RV"]
    assert every.cost[:2] == (1, 0)


def test_the_second_choice_comes_when_it_is_well_before() -> None:
    assert propose(need(LADDER), [unit("1", 100, kind="RV"), unit("2", 50)]).filled[0].by == "RV"
    instead = propose(need(LADDER), [unit("1", 400, kind="RV"), unit("2", 50)]).filled[0]
    assert instead.by == "TS" and ("instead", "RV") in codes(instead.going.reasons)


def test_the_norm_counts_from_the_call() -> None:
    wanted = need(ENGINE, norm="B_arrival_8", norm_seconds=480)
    on_time = propose(wanted, [unit("1", 300)], elapsed=100)
    assert (on_time.norm_seconds, on_time.met) == (380, True)
    assert propose(wanted, [unit("1", 300)], elapsed=200).met is False
    assert propose(wanted, []).met is False and propose(need(ENGINE), []).met is None


def test_an_old_position_is_doubted() -> None:
    found = propose(need(ENGINE), [unit("1", 50, position_age=2_000), unit("2", 100)])
    assert found.units == ("RT/2",) and codes(found.filled[0].going.reasons) == [("nearer_doubted", "1")]
    assert codes(found.rejected[0].reasons)[0] == ("old_position", "")


def test_what_is_left_open_is_shown() -> None:
    found = propose(need(ENGINE), [unit("1", 10), unit("2", 90), unit("3", 400)])
    assert found.filled[0].bares == 800
    assert propose(need(ENGINE), [unit("1", 10)]).filled[0].bares is None
