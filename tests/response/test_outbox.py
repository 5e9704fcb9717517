"""One alert per assignment, brought out over channels that fail, and taken back when it is not needed."""

from __future__ import annotations

import asyncio
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from meldkamer.domain import alert, incident_rules, unit
from meldkamer.domain.alert import AlertFailed, AlertOrdered, AlertSent, AlertWithdrawn
from meldkamer.response import RECEIPT_SECONDS, ROUND_PAUSES, Receipts
from tests.intake.house import House
from tests.response.scene import ENGINE, FIRE, ORDER, Loudhailer, a_fire, a_scene, an_engine, order, outbox


def the_alert(house: House) -> alert.Alert:
    (found,) = house.picture.alerts.values()
    return found


async def test_an_assignment_alone_makes_the_alert_and_sends_it(house: House) -> None:
    await a_scene(house)
    hailer = Loudhailer()
    outbox(house, "RT", hailer)
    await order(house)
    await house.quiet()
    a = the_alert(house)
    assert (a.ref, a.unit, a.assignment, a.epoch) == (f"RT/{alert.alert_id(ORDER)}", ENGINE, ORDER, 1)
    assert a.text == "P1 RT-1 Brand Gebouw Woning Coolsingel 40 Rotterdam" and a.x == 92_500.0
    assert a.state == "sent" and [s.ref for s in hailer.sent] == [a.ref]


async def test_only_the_room_that_owns_the_function_alerts(house: House) -> None:
    await a_scene(house)
    mine, other = Loudhailer(), Loudhailer()
    outbox(house, "DH", other)
    outbox(house, "RT", mine)
    await order(house)
    await house.quiet()
    assert (len(mine.sent), len(other.sent)) == (1, 0)


async def test_a_channel_that_fails_is_followed_by_the_next(house: House) -> None:
    await a_scene(house)
    broken, pager = Loudhailer("terminal", fails=99), Loudhailer("pager", confirms=False)
    outbox(house, "RT", broken, pager)
    await order(house)
    await house.quiet()
    assert [c.event.channel for c in house.events(AlertFailed, AlertSent)] == ["terminal", "pager"]
    assert the_alert(house).state == "sent" and len(pager.sent) == 1
    await house.pass_time(300, step=10)
    assert len(pager.sent) == 1, "a channel that cannot confirm is done when it has taken it"


async def test_a_channel_that_hangs_does_not_hold_the_alert(house: House) -> None:
    await a_scene(house)
    pager = Loudhailer("pager", confirms=False)
    outbox(house, "RT", Loudhailer("terminal", hangs=True), pager)
    await order(house)
    await house.pass_time(12)
    assert len(pager.sent) == 1 and house.events(AlertFailed)[0].event.why == "no answer"


async def test_no_receipt_brings_the_next_channel_and_in_the_end_says_so(house: House) -> None:
    await a_scene(house)
    terminal, second = Loudhailer("terminal"), Loudhailer("second")
    outbox(house, "RT", terminal, second)
    await order(house)
    await house.quiet()
    assert (len(terminal.sent), len(second.sent)) == (1, 0)
    await house.pass_time(RECEIPT_SECONDS + 1)
    assert (len(terminal.sent), len(second.sent)) == (1, 1)
    rounds = len(ROUND_PAUSES) + 1
    await house.pass_time(2 * rounds * RECEIPT_SECONDS + sum(ROUND_PAUSES) + 30, step=5)
    assert (len(terminal.sent), len(second.sent)) == (rounds, rounds)
    assert the_alert(house).state == "failed" and the_alert(house).failed == "no receipt"
    await house.pass_time(600, step=60)
    assert len(terminal.sent) == rounds, "after that a person decides"


async def test_a_receipt_ends_it(house: House) -> None:
    await a_scene(house)
    terminal = Loudhailer("terminal")
    outbox(house, "RT", terminal)
    await order(house)
    await house.quiet()
    await Receipts(house.handlers["RT"], house.clock).delivered(the_alert(house).ref, "terminal")
    await house.pass_time(120, step=10)
    assert len(terminal.sent) == 1 and the_alert(house).state == "delivered"


async def test_a_recall_before_it_was_read_withdraws_it(house: House) -> None:
    await a_scene(house)
    terminal = Loudhailer("terminal")
    outbox(house, "RT", terminal)
    await order(house)
    await house.quiet()
    await house.do("RT", unit.RecallUnit(unit=ENGINE, reason="loos alarm"))
    await house.quiet()
    assert the_alert(house).state == "withdrawn" and [a.ref for a in terminal.withdrawn] == [the_alert(house).ref]
    await house.pass_time(60, step=10)
    assert len(terminal.sent) == 1


async def test_whoever_drives_has_read_it_and_is_not_withdrawn_afterwards(house: House) -> None:
    await a_scene(house)
    outbox(house, "RT", Loudhailer("terminal"))
    await order(house)
    await house.quiet()
    await house.do("RT", unit.ReportStatus(unit=ENGINE, code="en_route"))
    await house.do("RT", unit.ReportStatus(unit=ENGINE, code="available"))
    await house.quiet()
    assert house.picture.units[ENGINE].assignment is None
    assert the_alert(house).state == "acknowledged" and the_alert(house).acknowledged_by == "17-0131"
    assert not house.events(AlertWithdrawn)


async def test_a_takeover_brings_out_what_the_lost_room_could_not(house: House) -> None:
    await a_scene(house)
    terminal = Loudhailer("terminal")
    outbox(house, "DH", terminal)
    await order(house)
    await house.quiet()
    assert not house.picture.alerts
    await house.hand_over("RT.B.dispatch", "DH")
    await house.quiet()
    assert the_alert(house).epoch == 1, "the epoch under which it was ordered"
    assert [s.ref for s in terminal.sent] == [the_alert(house).ref]


async def test_a_restart_finds_the_epoch_in_the_record_and_goes_on(tmp_path: Path) -> None:
    house = House(tmp_path)
    await house.start()
    await a_scene(house)
    await house.hand_over("RT.B.dispatch", "DH")
    await order(house, "DH")
    await house.close()
    again = House(tmp_path, house.clock)
    await again.start()
    terminal = Loudhailer("terminal")
    outbox(again, "DH", terminal)
    await again.quiet()
    assert the_alert(again).epoch == 2 and len(terminal.sent) == 1
    await again.close()


acts = st.lists(
    st.sampled_from(["order", "recall", "drive", "free", "restart", "die", "receipt", "time", "move", "double"]),
    max_size=12,
)


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(acts)
async def test_exactly_one_alert_per_assignment_whatever_happens(tmp_path_factory, acts: list[str]) -> None:
    folder = tmp_path_factory.mktemp("outbox")
    house = House(folder)
    await house.start()
    await a_scene(house)
    await a_fire(house, "i2")
    terminal = Loudhailer("terminal")

    def listeners() -> list[asyncio.Task[None]]:
        for room in ("RT", "DH"):
            outbox(house, room, terminal)
        return house.tasks[-2:]

    running = listeners()
    count = 0
    for what in acts:
        of = house.picture.units[ENGINE]
        owner = house.picture.function(of.function).owner
        match what:
            case "order" if of.assignment is None:
                count += 1
                await house.do(
                    owner,
                    unit.AssignUnit(unit=ENGINE, assignment=f"o{count}", incident=f"RT/i{1 + count % 2}", override="x"),
                )
            case "recall" if of.assignment is not None:
                await house.do(owner, unit.RecallUnit(unit=ENGINE))
            case "drive":
                await house.do("RT", unit.ReportStatus(unit=ENGINE, code="en_route"))
            case "free":
                await house.do("RT", unit.ReportStatus(unit=ENGINE, code="available"))
            case "restart":
                await house.close()
                house = House(folder, house.clock)
                await house.start()
                running = listeners()
            case "die":
                # In the middle of whatever it does; then one starts that has seen nothing.
                for task in running:
                    task.cancel()
                await asyncio.gather(*running, return_exceptions=True)
                running = listeners()
                continue
            case "double":
                listeners()
            case "receipt" if house.picture.alerts:
                for ref in list(house.picture.alerts):
                    await Receipts(house.handlers["LB"], house.clock).delivered(ref, "terminal")
            case "time":
                await house.pass_time(25.0, step=5.0)
            case "move":
                await house.hand_over("RT.B.dispatch", "DH" if owner == "RT" else "RT")
        await house.quiet()
    await house.quiet()
    ordered = [c.event.assignment for c in house.events(AlertOrdered)]
    assert len(ordered) == len(set(ordered))
    of = house.picture.units[ENGINE]
    for a in house.picture.alerts.values():
        if of.assignment is not None and of.assignment.assignment == a.assignment:
            assert not a.withdrawn
            assert a.attempts >= 1 or a.acknowledged is not None
        else:
            assert a.withdrawn or a.acknowledged is not None
    if of.assignment is not None:
        assert of.assignment.assignment in ordered
    await house.close()


async def test_nothing_outside_is_waited_for_in_the_request(house: House) -> None:
    await a_scene(house)
    outbox(house, "RT", Loudhailer(hangs=True))
    async with asyncio.timeout(5):
        await order(house)
        await house.do("RT", incident_rules.SetCharacteristic(incident=FIRE, name="rook", value="ja"))
    await house.quiet()


async def test_hundreds_of_silent_terminals_do_not_hold_up_each_other(house: House) -> None:
    await a_scene(house)
    terminal = Loudhailer("terminal")
    outbox(house, "RT", terminal)
    for n in range(100):
        await an_engine(house, f"17-1{n:03d}")
        await order(house, id=f"big{n}", ref=f"RT/17-1{n:03d}")
    await house.quiet()
    assert len(terminal.sent) == 100


async def test_an_order_that_was_told_by_voice_alerts_nobody(house: House) -> None:
    await a_scene(house)
    hailer = Loudhailer()
    outbox(house, "RT", hailer)
    told = unit.AssignUnit(unit=ENGINE, assignment=ORDER, incident=FIRE, told=True)
    await house.do("RT", told)
    await house.quiet()
    await house.pass_time(120, step=10)
    assert hailer.sent == [] and house.picture.alerts == {}
    assert house.picture.units[ENGINE].assignment is not None
