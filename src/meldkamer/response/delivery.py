"""One alert on its way out: over the channels in order, again after a pause, until it arrived or is not needed."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence

from meldkamer.domain import alert
from meldkamer.domain.clock import Clock
from meldkamer.response.channel import AlertChannel, ChannelError

ROUND_PAUSES = (2.0, 5.0, 10.0, 20.0)
"""Seconds between the rounds over all channels; one round more than there are pauses."""
RECEIPT_SECONDS = 20.0
"""How long a channel that confirms gets before the next one is tried as well."""
SEND_SECONDS = 10.0
"""A channel that has not taken the alert by then has failed."""

Note = Callable[[alert.AlertCommand], Awaitable[object]]
"""Writes a delivery fact to the record."""
State = Callable[[], alert.Alert | None]
"""The alert as it is now, while its order stands and nobody has read it; None: nothing left to do."""

log = logging.getLogger(__name__)


async def deliver(
    ref: str,
    state: State,
    channels: Sequence[AlertChannel],
    note: Note,
    changed: asyncio.Event,
    clock: Clock,
) -> bool:
    """True when it arrived, was taken by a channel that cannot confirm, or is not needed; False when all was tried.

    changed: set whenever the alert or its order changes.
    """
    last = ""
    for round in range(len(ROUND_PAUSES) + 1):
        for channel in channels:
            if not _open(now := state()):
                return True
            assert now is not None
            last = channel.name
            why = await _send(channel, now, clock)
            if why:
                await note(alert.NoteAlertFailed(alert=ref, channel=channel.name, why=why))
                continue
            await note(alert.NoteAlertSent(alert=ref, channel=channel.name))
            if not channel.confirms or await _arrived(state, changed, clock, RECEIPT_SECONDS):
                return True
        if round < len(ROUND_PAUSES) and await _arrived(state, changed, clock, ROUND_PAUSES[round]):
            return True
    if (now := state()) is not None and _open(now) and not now.failed:
        await note(alert.NoteAlertFailed(alert=ref, channel=last, why="no receipt"))
    return False


def _open(now: alert.Alert | None) -> bool:
    return now is not None and now.delivered is None


async def _send(channel: AlertChannel, now: alert.Alert, clock: Clock) -> str:
    """Why the channel did not take it; empty when it did."""
    sending = asyncio.ensure_future(channel.send(now))
    limit = asyncio.ensure_future(clock.wait(SEND_SECONDS))
    try:
        await asyncio.wait((sending, limit), return_when=asyncio.FIRST_COMPLETED)
        if not sending.done():
            return "no answer"
        sending.result()
    except ChannelError as error:
        return str(error)[:200] or "failed"
    except Exception as error:
        log.exception("channel %s failed", channel.name)
        return type(error).__name__
    finally:
        limit.cancel()
        sending.cancel()
    return ""


async def _arrived(state: State, changed: asyncio.Event, clock: Clock, seconds: float) -> bool:
    """Wait at most so long; whether it need not be sent (again)."""
    limit = asyncio.ensure_future(clock.wait(seconds))
    try:
        while _open(state()):
            if limit.done():
                return False
            changed.clear()
            told = asyncio.ensure_future(changed.wait())
            try:
                await asyncio.wait((told, limit), return_when=asyncio.FIRST_COMPLETED)
            finally:
                told.cancel()
        return True
    finally:
        limit.cancel()
