"""What every alert channel must do. An adapter's test derives from this class and says how to make one."""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod

from meldkamer.domain.alert import Alert
from meldkamer.response import AlertChannel, ChannelError

ALERT = Alert(
    ref="RT/a1",
    unit="RT/17-0131",
    assignment="o1",
    incident="RT/i1",
    number="RT-1",
    priority=1,
    text="P1 RT-1 Brand Coolsingel Rotterdam",
    epoch=1,
    ordered=1_767_225_600_000,
)


class AlertChannelSuite(ABC):
    """Derive, and give the three ways in which the outside world can be."""

    @abstractmethod
    async def a_channel(self) -> AlertChannel:
        """A channel whose outside world works."""

    @abstractmethod
    async def a_broken_channel(self) -> AlertChannel | None:
        """A channel whose outside world does not; None when it cannot be broken."""

    @abstractmethod
    async def orders_shown(self, channel: AlertChannel) -> int | None:
        """How many orders a crew would now see; None when nobody can tell (a one-way pager)."""

    async def test_it_has_a_name_for_the_record(self) -> None:
        channel = await self.a_channel()
        assert 0 < len(channel.name) <= 24 and channel.name.isascii()
        assert isinstance(channel.confirms, bool)

    async def test_taking_an_alert_again_shows_no_second_order(self) -> None:
        channel = await self.a_channel()
        await channel.send(ALERT)
        once = await self.orders_shown(channel)
        await channel.send(ALERT)
        assert await self.orders_shown(channel) == once

    async def test_many_at_once_are_all_taken(self) -> None:
        channel = await self.a_channel()
        async with asyncio.timeout(20):
            await asyncio.gather(*(channel.send(ALERT) for _ in range(50)))

    async def test_withdrawing_what_it_never_had_is_no_error(self) -> None:
        await (await self.a_channel()).withdraw(ALERT)

    async def test_it_fails_with_a_channel_error_that_says_why_and_nothing_secret(self) -> None:
        channel = await self.a_broken_channel()
        if channel is None:
            return
        try:
            async with asyncio.timeout(20):
                await channel.send(ALERT)
        except ChannelError as error:
            assert str(error) and len(str(error)) <= 200
            assert ALERT.text not in str(error)
        else:
            raise AssertionError("a broken channel must not say that it took the alert")
