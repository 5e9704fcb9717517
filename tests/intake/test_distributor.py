"""Distribution over a real record: who rings, who takes over, and what happens after a restart."""

from __future__ import annotations

from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from meldkamer.domain import call, desk, peak
from meldkamer.domain.call import CallOffered, CallState
from meldkamer.domain.peak import OverflowClosed, OverflowOpened
from meldkamer.intake import RoomsNow
from tests.intake.house import BUDDIES, RING, ROOMS, RULES, House

KIND = "112"


async def ready(house: House) -> None:
    for room in ROOMS:
        await house.own(room, f"{room}.112")
    house.distribute()


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
    await house.pass_time(RING - 2)
    assert where(house, ref)[0] == "RT"
    await house.pass_time(4)
    assert where(house, ref) == ("LB", "LB-1", "overflow_time")
    offered = house.picture.calls[ref]
    assert offered.owner == "RT" and offered.figures is not None
    assert offered.figures.waited >= RING == offered.figures.limit
    assert offered.figures.preference == 3, "the second buddy of RT"
    await house.do("LB", call.AnswerCall(call=ref), seat="LB-1")
    assert house.picture.calls[ref].state is CallState.ANSWERED


async def test_a_room_without_people_sends_its_calls_on_at_once(house: House) -> None:
    await ready(house)
    await house.sit("DH", "DH-1", KIND)
    assert where(house, await ring(house, "c1")) == ("DH", "DH-1", "overflow_empty")


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
    again.distribute()
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
    house.distribute()
    await house.quiet()
    assert where(house, ref) == ("RT", "RT-1", "longest_idle")
    await house.close()


async def test_a_load_that_is_too_high_opens_overflow_and_closes_it_late(house: House) -> None:
    await ready(house)
    await house.sit("RT", "RT-1", KIND)
    await house.do("RT", call.AnswerCall(call=await ring(house, "c0")), seat="RT-1")
    calls = [await ring(house, f"c{n}") for n in (1, 2)]
    assert house.events(OverflowOpened) == [], "two calls for the one seat that will be free"
    calls.append(await ring(house, "c3"))
    opened = house.picture.desk("RT").overflows[KIND]
    assert (opened.waiting, opened.seats, opened.limit) == (3, 0, RULES["112"].load_on)
    assert [where(house, ref)[0] for ref in calls] == ["RT"] * 3, "open, but nobody is free elsewhere either"
    await house.sit("LB", "LB-1", KIND)
    await house.quiet()
    assert where(house, calls[0]) == ("LB", "LB-1", "overflow_load")
    figures = house.picture.calls[calls[0]].figures
    assert figures is not None and (figures.waiting, figures.limit, figures.preference) == (3, 2.0, 3)
    await house.do("LB", call.AnswerCall(call=calls[0]), seat="LB-1")
    await house.do("RT", call.AbandonCall(call=calls[1]))
    await house.quiet()
    assert KIND in house.picture.desk("RT").overflows, "low again, but not for long enough: it does not flap"
    await house.pass_time(RULES["112"].hold_seconds, step=10)
    assert house.picture.desk("RT").overflows == {}
    assert len(house.events(OverflowOpened)) == len(house.events(OverflowClosed)) == 1


async def test_overflow_that_closed_opens_again_when_the_load_is_back(house: House) -> None:
    await ready(house)
    await house.sit("RT", "RT-1", KIND)
    await house.do("RT", call.AnswerCall(call=await ring(house, "c0")), seat="RT-1")
    for n in (1, 2):
        calls = [await ring(house, f"{n}{m}") for m in range(3)]
        for ref in calls:
            await house.do("RT", call.AbandonCall(call=ref))
        await house.pass_time(RULES["112"].hold_seconds + 10, step=10)
        assert len(house.events(OverflowOpened)) == len(house.events(OverflowClosed)) == n


async def test_a_declared_peak_sends_on_at_once_what_nobody_is_free_for(house: House) -> None:
    await ready(house)
    await house.sit("RT", "RT-1", KIND)
    await house.sit("DH", "DH-1", KIND)
    first, second = await ring(house, "c1"), await ring(house, "c2")
    assert where(house, second) == ("RT", "", "queue")
    await house.do("RT", peak.DeclarePeak(room="RT", reason="jaarwisseling"), actor="rt.caco")
    await house.quiet()
    assert where(house, first) == ("RT", "RT-1", "longest_idle"), "its own people go first"
    assert where(house, second) == ("DH", "DH-1", "overflow_peak")
    await house.do("DH", call.AnswerCall(call=second), seat="DH-1")
    await house.do("RT", peak.EndPeak(room="RT"), actor="rt.caco")
    third = await ring(house, "c3")
    assert where(house, third) == ("RT", "", "queue")


async def test_a_room_that_has_a_peak_itself_is_asked_after_the_others(house: House) -> None:
    await ready(house)
    await house.sit("DH", "DH-1", KIND)
    await house.sit("LB", "LB-1", KIND)
    await house.do("DH", peak.DeclarePeak(room="DH", reason="storm"))
    assert where(house, await ring(house, "c1")) == ("LB", "LB-1", "overflow_empty")
    assert where(house, await ring(house, "c2")) == ("DH", "DH-1", "overflow_empty"), "but before nobody"


async def test_a_call_of_a_function_that_nobody_owns_reaches_somebody(house: House) -> None:
    house.distribute()
    await house.sit("DH", "DH-1", KIND)
    first = await ring(house, "c1")
    assert where(house, first) == ("DH", "DH-1", "unowned")
    assert house.picture.calls[first].owner == ""
    second = await ring(house, "c2")
    assert where(house, second) == ("RT", "", "unowned"), "nobody is free: it waits at its home"
    await house.sit("RT", "RT-1", KIND)
    await house.quiet()
    assert where(house, second) == ("RT", "RT-1", "unowned")


async def test_the_home_that_is_silent_does_not_keep_a_call_that_nobody_owns(house: House) -> None:
    house.lapsed.add("RT")
    house.distribute("DH", "LB")
    await house.sit("RT", "RT-1", KIND)
    await house.sit("LB", "LB-1", KIND)
    assert where(house, await ring(house, "c1")) == ("LB", "LB-1", "unowned"), "nobody counts on a room that is silent"
    assert where(house, await ring(house, "c2")) == ("DH", "", "unowned"), "the first buddy looks after it"


async def test_a_room_that_is_cut_off_offers_its_calls_to_its_own_people(house: House) -> None:
    """Nobody's heart-beat reaches it, its own neither."""
    house.lapsed |= set(ROOMS)
    house.rooms = RoomsNow(house.picture, ROOMS, BUDDIES, {}, house.lapsed.__contains__, here=("RT",))
    house.distribute("RT")
    await house.own("RT", "RT.112")
    await house.sit("RT", "RT-1", KIND)
    await house.sit("DH", "DH-1", KIND)
    assert where(house, await ring(house, "c1")) == ("RT", "RT-1", "longest_idle")
    assert where(house, await ring(house, "c2")) == ("RT", "", "queue")
    await house.pass_time(RING + 2)
    assert where(house, "RT/c2") == ("RT", "", "queue"), "nobody can count on a room that cannot be heard"


async def test_a_call_of_a_function_that_does_not_exist_reaches_somebody(house: House) -> None:
    await ready(house)
    await house.sit("LB", "LB-1", "Z.intake")
    await house.do("RT", call.ReceiveCall(call="c1", region="RT", function="QQ.Z.intake", channel="112"))
    await house.quiet()
    assert where(house, "RT/c1") == ("LB", "LB-1", "unowned")


async def test_the_owner_who_comes_gets_the_call_that_waited(house: House) -> None:
    house.distribute()
    ref = await ring(house, "c1")
    assert where(house, ref) == ("RT", "", "unowned")
    await house.own("DH", "RT.112")
    await house.quiet()
    assert where(house, ref) == ("DH", "", "takeover")


async def test_when_nobody_qualified_is_signed_in_anywhere_the_caco_is_asked(house: House) -> None:
    await ready(house)
    await house.sit("LB", "LB-9", "multi")
    ref = await ring(house, "c1")
    assert where(house, ref) == ("LB", "LB-9", "last_resort")
    await house.sit("DH", "DH-1", KIND)
    await house.quiet()
    assert where(house, ref) == ("DH", "DH-1", "overflow_empty"), "somebody qualified came in"


async def test_the_offers_follow_the_registrations(house: House) -> None:
    await ready(house)
    for room in ROOMS:
        await house.sit(room, f"{room}-1", KIND)
    order = [r.dequeuer for r in house.rooms.registered("LB.112", house.rooms.rooms())]
    assert order == ["LB", *BUDDIES["LB"]]
    calls = [await ring(house, f"c{n}", "LB") for n in range(4)]
    await house.do("LB", peak.DeclarePeak(room="LB", reason="x"))
    await house.quiet()
    assert [where(house, ref)[0] for ref in calls] == [*order, "LB"]


acts = st.lists(
    st.tuples(
        st.sampled_from(["call", "answer", "end", "abandon", "sit", "leave", "move", "time", "peak"]), st.integers(0, 5)
    ),
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
        elif what == "peak":
            room = ROOMS[n % 3]
            on = house.picture.desk(room).peak is None
            await house.do(room, peak.DeclarePeak(room=room, reason="x") if on else peak.EndPeak(room=room))
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
            if not c.rule.startswith("overflow"):
                assert c.room == house.picture.function(c.function).owner
            if c.seat:
                assert c.seat in house.picture.desk(c.room).seats
