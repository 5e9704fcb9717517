"""The port to whatever carries an order to a crew: a terminal, a pager, a gateway."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

from meldkamer.domain.alert import Alert


class ChannelError(Exception):
    """The channel could not take the alert now. The message goes into the record: no personal data, no secrets."""


class RealChannel(Exception):
    """An exercise was given a channel that reaches somebody; names it."""


def only_in_house(channels: Iterable[AlertChannel]) -> tuple[AlertChannel, ...]:
    """The channels, of which none may reach anybody by itself: all that an exercise may have. Raises RealChannel.

    A channel has to say so with `in_house = True`; one that says nothing is taken for real.
    """
    given = tuple(channels)
    for channel in given:
        if getattr(channel, "in_house", False) is not True:
            raise RealChannel(f"channel {channel.name}: an exercise alerts nobody")
    return given


class AlertChannel(Protocol):
    """Takes alerts. Never called inside an operator's request; only the outbox calls it."""

    @property
    def name(self) -> str:
        """How the record names it; at most 24 characters."""
        ...

    @property
    def confirms(self) -> bool:
        """Whether it says afterwards that an alert arrived. One that cannot is done when it has taken the alert."""
        ...

    async def send(self, alert: Alert) -> None:
        """Take the alert on its way. Returns when the channel is responsible for it.

        The same alert may come again after a restart: the crew must not see two orders. Raises ChannelError.
        """
        ...

    async def withdraw(self, alert: Alert) -> None:
        """Tell the crew that the order is over, as far as the channel can; one it never had is no error.

        Raises ChannelError.
        """
        ...
