"""Distribution over a real record: who rings, who takes over, and what happens after a restart."""

from __future__ import annotations

from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from meldkamer.domain import call, desk
from meldkamer.domain.call import CallOffered, CallState
from meldkamer.intake import RING_SECONDS, Distributor
from tests.intake.house import BUDDIES, ROOMS, House

KIND = "112"


def start_rooms(house: House, *rooms: str) -> None:
    for room in rooms or ROOMS:
        house.spawn(Distributor(house.handlers[room], house.picture, house.clock, BUDDIES).run())


async def ready(house: House) -> None:
    for room in ROOMS:
        await house.own(room, f"{room}.112")
    start_rooms(house)


async def ring(house: House, id: str, region: str = "RT") -> str:
    await house.do(region, call.ReceiveCall(call=id, region=region, function=f"{region}.112", channel="112"))
    await house.quiet()
    return f"{region}/{id}"


def where(house: House, ref: str) -> tuple[str, str, str]:
    c = house.picture.calls[ref]
    return c.room, c.seat, c.rule


async def test_the_longest_idle_gets_it_and_the_next_call_the_next(house: House) -> None:
    await ready(house)
    await house.sit("RT", "RT-1", KIND)
    await house.pass_time(5)
    await house.sit("RT", "RT-2", KIND)
    await house.sit("RT", "RT-3", "B.intake")
    first, second, third = [await ring(house, f"c{n}") for n in (1, 2, 3)]
    assert where(house, first) == ("RT", "RT-1", "longest_idle")
    assert where(house, second) == ("RT", "RT-2", "longest_idle")
    assert where(house, third) == ("RT", "", "queue")


async def test_a_call_in_the_queue_gets_the_seat_that_becomes_free(house: House) -> None:
    await ready(house)
    await house.sit("RT", "RT-1", KIND)
    first = await ring(house, "c1")
    await house.do("RT", call.AnswerCall(call=first), seat="RT-1")
    second = await ring(house, "c2")
    assert where(house, second) == ("RT", "", "queue")
    await house.do("RT", call.EndCall(call=first), seat="RT-1")
    await house.quiet()
    assert where(house, second) == ("RT", "RT-1", "longest_idle")


async def test_after_the_ring_time_somebody_elsewhere_is_asked(house: House) -> None:
    await ready(house)
    await house.sit("RT", "RT-1", KIND)
    await house.sit("LB", "LB-1", KIND)
    ref = await ring(house, "c1")
    await house.pass_time(RING_SECONDS - 2)
    assert where(house, ref)[0] == "RT"
    await house.pass_time(4)
    assert where(house, ref) == ("LB", "LB-1", "overflow")
    await house.do("LB", call.AnswerCall(call=ref), seat="LB-1")
    assert house.picture.calls[ref].state is CallState.ANSWERED


async def test_a_room_without_people_sends_its_calls_on_at_once(house: House) -> None:
    await ready(house)
    await house.sit("DH", "DH-1", KIND)
    assert where(house, await ring(house, "c1")) == ("DH", "DH-1", "overflow")


async def test_a_person_who_leaves_does_not_take_the_ringing_call_along(house: House) -> None:
    await ready(house)
    await house.sit("RT", "RT-1", KIND)
    ref = await ring(house, "c1")
    await house.sit("RT", "RT-2", KIND)
    await house.do("RT", desk.SignOut(room="RT", seat="RT-1"), actor="person.RT-1")
    await house.quiet()
    assert where(house, ref) == ("RT", "RT-2", "longest_idle")


async def test_a_transfer_rings_at_the_other_function(house: House) -> None:
    await ready(house)
    await house.own("DH", "DH.A.intake")
    await house.sit("RT", "RT-1", KIND)
    await house.sit("DH", "DH-9", "A.intake")
    ref = await ring(house, "c1")
    await house.do("RT", call.AnswerCall(call=ref), seat="RT-1")
    await house.do("RT", call.TransferCall(call=ref, function="DH.A.intake", summary="val van trap"), seat="RT-1")
    await house.quiet()
    assert where(house, ref) == ("DH", "DH-9", "longest_idle")


async def test_a_takeover_offers_waiting_calls_again(house: House) -> None:
    await ready(house)
    await house.sit("RT", "RT-1", KIND)
    await house.sit("DH", "DH-1", KIND)
    first, second = await ring(house, "c1"), await ring(house, "c2")
    await house.hand_over("RT.112", "DH")
    await house.quiet()
    assert where(house, first) == ("DH", "DH-1", "takeover")
    assert where(house, second) == ("DH", "", "takeover")


async def test_a_restart_offers_nothing_twice(tmp_path: Path) -> None:
    house = House(tmp_path)
    await house.start()
    await ready(house)
    await house.sit("RT", "RT-1", KIND)
    await ring(house, "c1")
    await ring(house, "c2")
    await house.close()
    again = House(tmp_path, house.clock)
    await again.start()
    before = len(again.events(CallOffered))
    start_rooms(again)
    await again.quiet()
    assert len(again.events(CallOffered)) == before == 2
    await again.close()


async def test_a_call_that_came_while_we_were_away_is_offered_at_start(tmp_path: Path) -> None:
    house = House(tmp_path)
    await house.start()
    await house.own("RT", "RT.112")
    await house.sit("RT", "RT-1", KIND)
    ref = await ring(house, "c1")
    assert where(house, ref) == ("", "", "")
    start_rooms(house)
    await house.quiet()
    assert where(house, ref) == ("RT", "RT-1", "longest_idle")
    await house.close()


acts = st.lists(
    st.tuples(st.sampled_from(["call", "answer", "end", "abandon", "sit", "leave", "move", "time"]), st.integers(0, 5)),
    max_size=14,
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(acts)
async def test_no_seat_ever_rings_twice_and_no_busy_seat_rings(tmp_path_factory, acts: list[tuple[str, int]]) -> None:
    house = House(tmp_path_factory.mktemp("acts"))
    await house.start()
    await ready(house)
    await house.sit("RT", "RT-0", KIND)
    await house.sit("DH", "DH-1", KIND)
    count = 0
    for what, n in acts:
        calls = sorted(house.picture.calls.values(), key=lambda c: c.ref)
        c = calls[n % len(calls)] if calls else None
        if what == "call":
            count += 1
            await ring(house, f"c{count}", "RT" if n % 2 else "DH")
        elif what == "answer" and c is not None and c.waiting and c.seat:
            await house.do(c.room, call.AnswerCall(call=c.ref), seat=c.seat)
        elif what == "end" and c is not None and c.state is CallState.ANSWERED:
            await house.do(c.room, call.EndCall(call=c.ref), seat=c.seat)
        elif what == "abandon" and c is not None and c.waiting:
            await house.do("RT", call.AbandonCall(call=c.ref))
        elif what == "sit":
            await house.sit(("RT", "DH", "LB")[n % 3], f"{('RT', 'DH', 'LB')[n % 3]}-{n}", KIND)
        elif what == "leave":
            room = ("RT", "DH", "LB")[n % 3]
            await house.do(room, desk.SignOut(room=room, seat=f"{room}-{n}"), actor=f"person.{room}-{n}")
        elif what == "move" and house.picture.function("RT.112").owner != ROOMS[n % 3]:
            await house.hand_over("RT.112", ROOMS[n % 3])
        elif what == "time":
            await house.pass_time(8.0, step=4.0)
        await house.quiet()
        check(house)
    await house.close()


def check(house: House) -> None:
    ringing = [(c.room, c.seat) for c in house.picture.calls.values() if c.waiting and c.seat]
    talking = {(c.room, c.seat) for c in house.picture.calls.values() if c.state is CallState.ANSWERED}
    assert len(ringing) == len(set(ringing))
    assert not talking & set(ringing)
    for c in house.picture.calls.values():
        if c.waiting:
            assert c.state is CallState.OFFERED, "every waiting call rings somewhere"
            if c.rule != "overflow":
                assert c.room == house.picture.function(c.function).owner
            if c.seat:
                assert c.seat in house.picture.desk(c.room).seats
