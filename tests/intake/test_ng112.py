"""Rooms and queues in the words of NG112: states that follow, and registrations in the right order."""

from __future__ import annotations

from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from meldkamer.intake import Queue, RoomNow, Service, kind_of, queue_state, registrations, service_state

PEOPLE = {"112": 2, "B.intake": 1}
ROOMS = ("AD", "DH", "LB", "NN", "RT", "ZB")
BUDDIES = ("DH", "ZB", "LB", "AD")


@pytest.mark.parametrize(
    ("now", "state"),
    [
        (RoomNow(room="RT", people=PEOPLE, owns=frozenset({"RT.112"})), "Normal"),
        (RoomNow(room="RT", people=PEOPLE, owns=frozenset({"RT.A.intake"})), "Partial"),
        (RoomNow(room="RT", people=PEOPLE, peak=True), "MajorIncidentInProgress"),
        (RoomNow(room="RT", people=PEOPLE, peak=True, overflowing=frozenset({"112"})), "Overloaded"),
        (RoomNow(room="RT", peak=True), "Unstaffed"),
        (RoomNow(room="RT", people=PEOPLE, state="silent"), "Unreachable"),
        (RoomNow(room="RT", people=PEOPLE, state="down", peak=True), "Down"),
    ],
)
def test_a_room_says_the_worst_that_is_true(now: RoomNow, state: Service) -> None:
    assert service_state(now) == state


def test_the_owner_comes_first_and_then_its_buddies_in_order() -> None:
    rooms = {room: RoomNow(room=room, people=PEOPLE) for room in ROOMS}
    found = registrations("RT.112", "RT", BUDDIES, rooms)
    assert [(r.dequeuer, r.preference) for r in found] == [
        ("RT", 5),
        ("DH", 4),
        ("ZB", 3),
        ("LB", 2),
        ("AD", 1),
        ("NN", 1),
    ]


def test_a_function_that_nobody_owns_has_takers_but_no_first_one() -> None:
    rooms = {room: RoomNow(room=room, people=PEOPLE) for room in ROOMS}
    found = registrations("RT.112", "", ("RT", *BUDDIES), rooms)
    assert [(r.dequeuer, r.preference) for r in found][:2] == [("RT", 4), ("DH", 3)]
    assert queue_state("RT.112", None, found) == "Standby"
    assert queue_state("RT.112", None, ()) == "Inactive"


rooms_now = st.fixed_dictionaries(
    {
        room: st.builds(
            RoomNow,
            room=st.just(room),
            state=st.sampled_from(["up", "up", "down", "silent"]),
            peak=st.booleans(),
            people=st.dictionaries(st.sampled_from(["112", "B.intake", "multi"]), st.integers(0, 3)),
            overflowing=st.frozensets(st.sampled_from(["112", "B.intake"])),
        )
        for room in ROOMS
    }
)
queues = st.sampled_from(["RT.112", "RT.B.intake", "RT.multi"])


@given(rooms_now, queues, st.sampled_from(["", *ROOMS]), st.permutations(ROOMS))
def test_only_who_works_and_is_qualified_is_registered_in_one_order_for_all(
    rooms: dict[str, RoomNow], queue: str, owner: str, buddies: list[str]
) -> None:
    found = registrations(queue, owner, buddies, rooms)
    able = {room for room, now in rooms.items() if now.state == "up" and now.people.get(kind_of(queue))}
    assert {r.dequeuer for r in found} == able and len(found) == len(able)
    assert [r.preference for r in found] == sorted((r.preference for r in found), reverse=True)
    assert all(1 <= r.preference <= 5 for r in found)
    assert {r.dequeuer for r in found if r.preference == 5} == ({owner} & able)
    assert registrations(queue, owner, buddies, dict(reversed(rooms.items()))) == found
    busy = [rooms[r.dequeuer].peak or kind_of(queue) in rooms[r.dequeuer].overflowing for r in found]
    others = [b for r, b in zip(found, busy, strict=True) if r.dequeuer != owner]
    assert others == sorted(others), "who has a peak of their own is asked after those who have not"


@given(rooms_now, queues, st.sampled_from(["", *ROOMS]))
def test_the_state_of_a_queue_follows_from_who_takes_its_calls(
    rooms: dict[str, RoomNow], queue: str, owner: str
) -> None:
    found = registrations(queue, owner, BUDDIES, rooms)
    state = queue_state(queue, rooms.get(owner), found)
    assert state in get_args(Queue)
    if owner and rooms[owner].state == "down":
        assert state == "Disabled"
    elif not found:
        assert state == "Inactive"
    else:
        assert (state in ("Active", "Full")) == (found[0].dequeuer == owner)
