"""The rule alone: who gets a waiting call."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from typing import get_args

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from meldkamer.intake import FreeSeat, Home, Offer, RoomNow, Rule, WaitingCall, choose, onward, overflow_changes
from meldkamer.pack import load_pack

RULE = load_pack().overflow["112"]
RING = RULE.ring_seconds
HERE = Home(room="RT", ring_seconds=RING)
LOADED = Home(room="RT", ring_seconds=RING, onward="overflow_load")
BUDDIES = ("DH", "LB")


def free(*places: str) -> Mapping[str, list[FreeSeat]]:
    """`RT-2` is a seat of RT; earlier in the list is longer idle."""
    found: dict[str, list[FreeSeat]] = {}
    for n, place in enumerate(places):
        room = place.partition("-")[0]
        found.setdefault(room, []).append(FreeSeat(room, place, 1000 + n))
    return found


def where(offer: Offer | None) -> tuple[str, str, str] | None:
    return None if offer is None else (offer.room, offer.seat, offer.rule)


def test_the_longest_idle_seat_of_the_owner_gets_it() -> None:
    offer = choose(WaitingCall(), HERE, free("DH-1", "RT-2", "RT-1"), BUDDIES)
    assert offer == Offer("RT", "RT-2", "longest_idle", idle_since=1001)


def test_without_a_free_seat_it_waits_for_the_whole_room() -> None:
    assert where(choose(WaitingCall(), HERE, free("DH-1"), BUDDIES)) == ("RT", "", "queue")
    assert choose(WaitingCall(room="RT", rule="queue"), HERE, free("DH-1"), BUDDIES) is None


def test_it_rings_where_it_rings_until_its_time_is_over() -> None:
    ringing = WaitingCall(room="RT", seat="RT-1", rule="longest_idle", stands=True, ringing=RING - 1)
    assert choose(ringing, LOADED, free("RT-2", "DH-1"), BUDDIES) is None


def test_rung_too_long_it_goes_to_the_next_at_home_then_along_those_registered() -> None:
    late = WaitingCall(
        room="RT", seat="RT-1", rule="longest_idle", stands=True, ringing=RING, tried=frozenset({("RT", "RT-1")})
    )
    assert where(choose(late, HERE, free("RT-2", "DH-1"), BUDDIES)) == ("RT", "RT-2", "longest_idle")
    assert where(choose(late, HERE, free("LB-1", "DH-1"), BUDDIES)) == ("DH", "DH-1", "overflow_time")
    assert choose(late, HERE, free("AD-1"), BUDDIES) is None, "AD is not registered"


@pytest.mark.parametrize("rule", ["overflow_load", "overflow_peak", "overflow_empty"])
def test_a_room_that_sends_on_does_not_wait_for_the_ring_time(rule: Rule) -> None:
    home = Home(room="RT", ring_seconds=RING, onward=rule)
    assert where(choose(WaitingCall(room="RT", rule="queue"), home, free("LB-1"), BUDDIES)) == ("LB", "LB-1", rule)
    assert where(choose(WaitingCall(), home, free("LB-1", "RT-1"), BUDDIES)) == ("RT", "RT-1", "longest_idle")


def test_a_call_that_nobody_owns_is_offered_by_whoever_looks_after_it() -> None:
    home = Home(room="RT", ring_seconds=RING, onward="unowned", owned=False)
    assert where(choose(WaitingCall(), home, free("DH-1"), BUDDIES)) == ("DH", "DH-1", "unowned")
    assert where(choose(WaitingCall(), home, free("RT-1"), BUDDIES)) == ("RT", "RT-1", "unowned")
    assert where(choose(WaitingCall(), home, {}, BUDDIES)) == ("RT", "", "unowned")


def test_a_seat_that_left_gives_the_call_back_to_the_room() -> None:
    gone = WaitingCall(room="RT", seat="RT-1", rule="longest_idle", stands=False)
    assert where(choose(gone, HERE, {}, BUDDIES)) == ("RT", "", "queue")
    assert where(choose(gone, HERE, free("RT-3"), BUDDIES)) == ("RT", "RT-3", "longest_idle")


def test_a_takeover_brings_the_call_to_the_new_owner() -> None:
    here = Home(room="DH", ring_seconds=RING)
    there = WaitingCall(room="RT", seat="RT-1", rule="longest_idle", stands=True)
    assert where(choose(there, here, free("DH-4"), ("LB",))) == ("DH", "DH-4", "takeover")
    assert where(choose(there, here, {}, ("LB",))) == ("DH", "", "takeover")
    over = WaitingCall(room="LB", seat="LB-1", rule="overflow_time", stands=True)
    assert choose(over, here, free("DH-4"), ("LB",)) is None
    lost = WaitingCall(room="RT", seat="", rule="unowned")
    assert where(choose(lost, here, {}, ("LB",))) == ("DH", "", "takeover")


def test_a_person_s_word_counts_before_the_figures() -> None:
    now = RoomNow(room="RT", peak=True, people={"112": 2}, overflowing=frozenset({"112"}))
    assert onward(now, "112") == "overflow_peak"
    assert onward(msgspec.structs.replace(now, peak=False), "112") == "overflow_load"
    assert onward(msgspec.structs.replace(now, peak=False), "B.intake") == "overflow_empty"
    assert onward(RoomNow(room="RT", people={"112": 2}), "112") is None


@given(st.lists(st.tuples(st.integers(0, 12), st.integers(0, 4), st.integers(0, 40)), max_size=60))
def test_overflow_by_load_opens_at_once_and_never_flaps(looks: list[tuple[int, int, int]]) -> None:
    now, since, is_open, changes = 0, 0, False, []
    for waiting, seats, seconds in looks:
        now += seconds * 1000
        per_seat = waiting / max(1, seats)
        if overflow_changes(is_open, since, waiting, seats, RULE, now):
            is_open, since = not is_open, now
            changes.append((now, is_open))
            assert per_seat > RULE.load_on if is_open else per_seat <= RULE.load_off
        else:
            assert is_open or per_seat <= RULE.load_on, "too much waits, and it stays closed"
    for (opened, is_open), (closed, _) in itertools.pairwise(changes):
        assert not is_open or closed - opened >= RULE.hold_seconds * 1000


rooms = st.sampled_from(["RT", "DH", "LB", "AD"])
seats = st.dictionaries(rooms, st.lists(st.integers(1, 3), unique=True, min_size=1), max_size=4).map(
    lambda d: {r: [FreeSeat(r, f"{r}-{n}", n) for n in ns] for r, ns in d.items()}
)
calls = st.builds(
    WaitingCall,
    room=st.sampled_from(["", "RT", "DH", "LB"]),
    seat=st.sampled_from(["", "x"]),
    rule=st.sampled_from(get_args(Rule)),
    stands=st.booleans(),
    ringing=st.floats(0, 60),
).filter(lambda c: bool(c.room) or not c.seat)
homes = st.builds(
    Home,
    room=rooms,
    ring_seconds=st.just(RING),
    onward=st.sampled_from([None, "overflow_load", "overflow_peak", "overflow_empty"]),
) | st.builds(Home, room=rooms, ring_seconds=st.just(RING), onward=st.just("unowned"), owned=st.just(False))
orders = st.permutations(["RT", "DH", "LB", "AD"])


@given(calls, homes, seats, orders)
def test_the_answer_is_a_free_seat_or_the_room_itself_and_repeating_it_changes_nothing(
    waiting: WaitingCall, home: Home, free: dict[str, list[FreeSeat]], order: list[str]
) -> None:
    offer = choose(waiting, home, free, order)
    if offer is None:
        assert waiting.room, "a call that rings nowhere always gets a place"
        return
    if offer.seat:
        assert offer.seat in {s.seat for s in free[offer.room]}
    else:
        assert offer.room == home.room
    assert (offer.rule == "unowned") != home.owned
    assert not home.owned or (offer.room == home.room) != offer.rule.startswith("overflow")
    after = WaitingCall(room=offer.room, seat=offer.seat, rule=offer.rule, stands=bool(offer.seat))
    rest = {r: left for r, ss in free.items() if (left := [s for s in ss if s.seat != offer.seat])}
    if offer.seat:
        assert choose(after, home, rest, order) is None


@given(calls, homes, seats, orders)
def test_nobody_is_passed_over(
    waiting: WaitingCall, home: Home, free: dict[str, list[FreeSeat]], order: list[str]
) -> None:
    offer = choose(waiting, home, free, order)
    if offer is None or not offer.seat:
        return
    assert offer.seat == free[offer.room][0].seat, "the longest idle of the room"
    if offer.room != home.room:
        assert home.room not in free, "the owner's own people go first"
        before = order[: order.index(offer.room)]
        assert not [room for room in before if room in free], "the most preferred room that has somebody free"
