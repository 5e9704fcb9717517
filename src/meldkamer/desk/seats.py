"""Seats whose session is gone come free: nobody else could sit there, and the room would count somebody who left."""

from __future__ import annotations

import logging
from collections.abc import Mapping

from meldkamer.access import Gate
from meldkamer.domain import desk
from meldkamer.domain.basics import Context, Refused
from meldkamer.domain.clock import Clock, Ids
from meldkamer.network import Handler
from meldkamer.record import RecordError

log = logging.getLogger(__name__)


class Seats:
    """Notes in the record that a seat is free when the session that took it ended without saying so.

    handlers: by room that this process hosts. wall: runs at the speed of the wall, as that of the sessions.
    """

    def __init__(self, gate: Gate, handlers: Mapping[str, Handler], ids: Ids, clock: Clock, wall: Clock) -> None:
        self._gate, self._handlers = gate, handlers
        self._ids, self._clock, self._wall = ids, clock, wall

    async def free(self) -> None:
        """Free what was left. What the record cannot take now is tried again the next time."""
        for person, seat in self._gate.sessions.left_seats():
            account = self._gate.accounts.get(person)
            handler = None if account is None else self._handlers.get(account.room)
            if account is None or handler is None:
                continue
            room = account.room
            context = Context(now=self._clock.now(), actor=person, room=room, seat=seat)
            try:
                await handler.do(desk.SignOut(room=room, seat=seat), command_id=self._ids.new(), context=context)
            except (Refused, RecordError) as error:
                log.warning("seat %s is not noted as free yet: %s", seat, error)
                self._gate.sessions.leave_seat(person, seat)

    async def keep(self, every: float = 60.0) -> None:
        """Free for ever; run as a task of the room."""
        while True:
            await self._wall.wait(every)
            await self.free()
