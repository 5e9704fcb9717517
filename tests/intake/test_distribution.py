"""The rule alone: who gets a waiting call."""

from __future__ import annotations

from collections.abc import Mapping

from hypothesis import given
from hypothesis import strategies as st

from meldkamer.intake import RING_SECONDS, FreeSeat, Offer, WaitingCall, choose, overload

BUDDIES = ("DH", "LB")


def free(*places: str) -> Mapping[str, list[FreeSeat]]:
    """`RT-2` is a seat of RT; earlier in the list is longer idle."""
    found: dict[str, list[FreeSeat]] = {}
    for n, place in enumerate(places):
        room = place.partition("-")[0]
        found.setdefault(room, []).append(FreeSeat(room, place, 1000 + n))
    return found


def test_the_longest_idle_seat_of_the_owner_gets_it() -> None:
    assert choose(WaitingCall(), "RT", free("DH-1", "RT-2", "RT-1"), BUDDIES, False) == Offer(
        "RT", "RT-2", "longest_idle"
    )


def test_without_a_free_seat_it_waits_for_the_whole_room() -> None:
    assert choose(WaitingCall(), "RT", free("DH-1"), BUDDIES, False) == Offer("RT", "", "queue")
    assert choose(WaitingCall(room="RT", rule="queue"), "RT", free("DH-1"), BUDDIES, False) is None


def test_it_rings_where_it_rings_until_its_time_is_over() -> None:
    ringing = WaitingCall(room="RT", seat="RT-1", rule="longest_idle", stands=True, ringing=RING_SECONDS - 1)
    assert choose(ringing, "RT", free("RT-2", "DH-1"), BUDDIES, True) is None


def test_rung_too_long_it_goes_to_the_next_at_home_then_along_the_buddies() -> None:
    late = WaitingCall(
        room="RT",
        seat="RT-1",
        rule="longest_idle",
        stands=True,
        ringing=RING_SECONDS,
        tried=frozenset({("RT", "RT-1")}),
    )
    assert choose(late, "RT", free("RT-2", "DH-1"), BUDDIES, False) == Offer("RT", "RT-2", "longest_idle")
    assert choose(late, "RT", free("LB-1", "DH-1"), BUDDIES, False) == Offer("DH", "DH-1", "overflow")
    assert choose(late, "RT", free("AD-1"), BUDDIES, False) is None


def test_an_overloaded_room_does_not_wait_for_the_ring_time() -> None:
    assert choose(WaitingCall(room="RT", rule="queue"), "RT", free("LB-1"), BUDDIES, True) == Offer(
        "LB", "LB-1", "overflow"
    )


def test_a_seat_that_left_gives_the_call_back_to_the_room() -> None:
    gone = WaitingCall(room="RT", seat="RT-1", rule="longest_idle", stands=False)
    assert choose(gone, "RT", {}, BUDDIES, False) == Offer("RT", "", "queue")
    assert choose(gone, "RT", free("RT-3"), BUDDIES, False) == Offer("RT", "RT-3", "longest_idle")


def test_a_takeover_brings_the_call_to_the_new_owner() -> None:
    there = WaitingCall(room="RT", seat="RT-1", rule="longest_idle", stands=True)
    assert choose(there, "DH", free("DH-4"), ("LB",), False) == Offer("DH", "DH-4", "takeover")
    assert choose(there, "DH", {}, ("LB",), False) == Offer("DH", "", "takeover")
    over = WaitingCall(room="LB", seat="LB-1", rule="overflow", stands=True)
    assert choose(over, "DH", free("DH-4"), ("LB",), False) is None


def test_overload_counts_people_not_furniture() -> None:
    assert overload(1, 0) and not overload(0, 0)
    assert not overload(4, 2) and overload(5, 2)


rooms = st.sampled_from(["RT", "DH", "LB", "AD"])
seats = st.dictionaries(rooms, st.lists(st.integers(1, 3), unique=True, min_size=1), max_size=4).map(
    lambda d: {r: [FreeSeat(r, f"{r}-{n}", n) for n in ns] for r, ns in d.items()}
)
calls = st.builds(
    WaitingCall,
    room=st.sampled_from(["", "RT", "DH", "LB"]),
    seat=st.sampled_from(["", "x"]),
    rule=st.sampled_from(["queue", "longest_idle", "overflow", "takeover"]),
    stands=st.booleans(),
    ringing=st.floats(0, 60),
).filter(lambda c: bool(c.room) or not c.seat)


@given(calls, rooms, seats, st.booleans())
def test_the_answer_is_a_free_seat_or_the_owner_and_repeating_it_changes_nothing(
    waiting: WaitingCall, owner: str, free: dict[str, list[FreeSeat]], overloaded: bool
) -> None:
    offer = choose(waiting, owner, free, BUDDIES, overloaded)
    if offer is None:
        assert waiting.room, "a call that rings nowhere always gets a place"
        return
    if offer.seat:
        assert offer.seat in {s.seat for s in free[offer.room]}
    else:
        assert offer.room == owner
    assert (offer.room == owner) != (offer.rule == "overflow")
    after = WaitingCall(room=offer.room, seat=offer.seat, rule=offer.rule, stands=bool(offer.seat))
    rest = {r: left for r, ss in free.items() if (left := [s for s in ss if s.seat != offer.seat])}
    if offer.seat:
        assert choose(after, owner, rest, BUDDIES, overloaded) is None
