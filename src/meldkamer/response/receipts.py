"""What comes back about an alert, written to the record. Facts: any room may write them, and repeating is harmless."""

from __future__ import annotations

from meldkamer.domain import alert
from meldkamer.domain.basics import Context
from meldkamer.domain.clock import Clock, derived_id
from meldkamer.network import Done, Handler


class Receipts:
    """The way back for channels. Raises what `Handler.do` raises, Refused for an alert that nobody knows."""

    def __init__(self, handler: Handler, clock: Clock) -> None:
        self._handler, self._clock = handler, clock

    async def delivered(self, ref: str, channel: str) -> Done:
        """It arrived at a device."""
        command = alert.NoteAlertDelivered(alert=ref, channel=channel)
        return await self._do(command, channel, derived_id("alert.delivered", ref))

    async def failed(self, ref: str, channel: str, why: str, event_id: str) -> Done:
        """The channel found out later that it could not deliver. event_id: the channel's own name for this report."""
        command = alert.NoteAlertFailed(alert=ref, channel=channel, why=why[:200])
        return await self._do(command, channel, derived_id("alert.failed", ref, channel, event_id))

    async def acknowledged(self, ref: str, channel: str, by: str) -> Done:
        """A human has read it."""
        command = alert.AcknowledgeAlert(alert=ref, by=by)
        return await self._do(command, channel, derived_id("alert.acknowledged", ref))

    async def _do(self, command: alert.AlertCommand, channel: str, command_id: str) -> Done:
        context = Context(now=self._clock.now(), actor=f"channel.{channel}", room=self._handler.room)
        return await self._handler.do(command, command_id=command_id, context=context)
