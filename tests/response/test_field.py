"""The terminal in the vehicle: fetching is delivery, reading is a fact, and an old epoch does not count."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from meldkamer.domain import unit
from meldkamer.domain.alert import AlertAcknowledged, AlertDelivered
from meldkamer.domain.basics import Refused
from meldkamer.domain.unit import StatusReported
from meldkamer.response import AlertChannel, FieldChannel, OlderEpoch
from tests.conformance.alert_channel_suite import ALERT, AlertChannelSuite
from tests.intake.house import House
from tests.response.scene import ENGINE, FIRE, ORDER, a_scene, an_engine, order, outbox


async def a_field(house: House) -> FieldChannel:
    await a_scene(house)
    field = FieldChannel(house.handlers["RT"], house.picture, house.clock)
    outbox(house, "RT", field)
    outbox(house, "DH", FieldChannel(house.handlers["DH"], house.picture, house.clock))
    return field


async def test_fetching_is_the_delivery(house: House) -> None:
    field = await a_field(house)
    assert (await field.orders(ENGINE)).order is None
    await order(house)
    await house.quiet()
    got = await field.orders(ENGINE)
    assert got.order is not None and (got.order.assignment, got.order.incident, got.epoch) == (ORDER, FIRE, 1)
    assert house.picture.alerts[got.order.alert].state == "delivered"
    assert (await field.orders(ENGINE)).order == got.order
    assert len(house.events(AlertDelivered)) == 1


async def test_who_waits_gets_it_at_once(house: House) -> None:
    field = await a_field(house)
    waiting = asyncio.create_task(field.orders(ENGINE, wait=30))
    await house.quiet()
    await order(house)
    async with asyncio.timeout(5):
        got = await waiting
    assert got.order is not None and got.order.assignment == ORDER


async def test_waiting_ends_with_what_stands(house: House) -> None:
    field = await a_field(house)
    waiting = asyncio.create_task(field.orders(ENGINE, wait=30))
    await house.quiet()
    await house.do("RT", unit.ReportStatus(unit=ENGINE, code="standby"))
    await house.pass_time(29, step=29)
    assert not waiting.done()
    await house.pass_time(2)
    assert (await waiting).order is None


async def test_a_recall_wakes_who_waits(house: House) -> None:
    field = await a_field(house)
    await order(house)
    await house.quiet()
    await field.orders(ENGINE)
    waiting = asyncio.create_task(field.orders(ENGINE, wait=30))
    await house.quiet()
    assert not waiting.done()
    await house.do("RT", unit.RecallUnit(unit=ENGINE))
    async with asyncio.timeout(5):
        assert (await waiting).order is None


async def test_reading_it_is_a_fact_at_unit_and_alert_once(house: House) -> None:
    field = await a_field(house)
    await order(house)
    await house.quiet()
    got = await field.orders(ENGINE)
    first = await field.acknowledge(ENGINE, ORDER, got.epoch, "k1")
    again = await field.acknowledge(ENGINE, ORDER, got.epoch, "k1")
    more = await field.acknowledge(ENGINE, ORDER, got.epoch, "k2")
    await house.quiet()
    of = house.picture.units[ENGINE]
    assert of.assignment is not None and of.assignment.state == "acknowledged"
    assert len(house.events(AlertAcknowledged)) == 1
    assert (first.duplicate, again.duplicate, more.duplicate) == (False, True, True)


async def test_an_older_epoch_is_refused_until_the_order_is_fetched_again(house: House) -> None:
    field = await a_field(house)
    await an_engine(house, "17-0231")
    await order(house)
    await house.quiet()
    old = await field.orders(ENGINE)
    await house.hand_over("RT.B.dispatch", "DH")
    await order(house, "DH", id="o2", ref="RT/17-0231")
    await house.quiet()
    with pytest.raises(OlderEpoch) as refused:
        await field.acknowledge(ENGINE, ORDER, old.epoch, "k1")
    assert (refused.value.epoch, refused.value.newest) == (1, 2)
    again = await field.orders(ENGINE)
    assert again.order is not None and again.order.epoch == 2
    await field.acknowledge(ENGINE, ORDER, again.order.epoch, "k2")
    of = house.picture.units[ENGINE]
    assert of.assignment is not None and of.assignment.state == "acknowledged"


async def test_an_order_that_is_over_cannot_be_acknowledged(house: House) -> None:
    field = await a_field(house)
    await order(house)
    await house.do("RT", unit.RecallUnit(unit=ENGINE))
    with pytest.raises(Refused) as refused:
        await field.acknowledge(ENGINE, ORDER, 1, "k1")
    assert refused.value.code == "unit.order_over"


async def test_a_status_is_the_units_own_and_at_its_own_time(house: House) -> None:
    field = await a_field(house)
    await house.pass_time(60, step=60)
    then = house.clock.now() - 20_000
    await field.report(ENGINE, "standby", "s1", occurred=then)
    await field.report(ENGINE, "standby", "s1", occurred=then)
    reports = [c for c in house.events(StatusReported) if c.event.source == "unit"]
    assert len(reports) == 1 and not reports[0].event.manual and reports[0].entry.event.occurred == then
    assert reports[0].entry.event.actor == "unit.17-0131"
    with pytest.raises(Refused):
        await field.report("RT/99-9999", "standby", "s2")


async def test_after_a_restart_the_order_is_still_there(tmp_path: Path) -> None:
    house = House(tmp_path)
    await house.start()
    await a_field(house)
    await order(house)
    await house.quiet()
    await house.close()
    again = House(tmp_path, house.clock)
    await again.start()
    field = FieldChannel(again.handlers["RT"], again.picture, again.clock)
    got = await field.orders(ENGINE)
    assert got.order is not None and (got.order.assignment, got.epoch) == (ORDER, 1)
    await again.close()


class TestFieldIsAnAlertChannel(AlertChannelSuite):
    @pytest.fixture(autouse=True)
    async def _scene(self, house: House) -> None:
        self.house = house
        self.field = await a_field(house)
        await order(house, id=ALERT.assignment)
        await house.quiet()

    async def a_channel(self) -> AlertChannel:
        return self.field

    async def a_broken_channel(self) -> AlertChannel | None:
        return None

    async def orders_shown(self, channel: AlertChannel) -> int | None:
        return 0 if (await self.field.orders(ENGINE)).order is None else 1
