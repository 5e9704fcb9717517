"""Taking a seat, as a fact in the record, and what somebody who came in is told: the same whatever way they came in."""

from __future__ import annotations

import logging
from typing import Annotated

import msgspec

from meldkamer.access import Session, SessionView, view
from meldkamer.desk.services import Services
from meldkamer.domain import desk
from meldkamer.domain.basics import Refused
from meldkamer.network import Done
from meldkamer.record import RecordError

AnySeat = Annotated[str, msgspec.Meta(max_length=64, pattern=r"^[0-9A-Za-z._-]*$(?!\n)")]

log = logging.getLogger(__name__)


async def take(services: Services, session: Session, seat: str) -> Done:
    """Say in the record that somebody sits here now. Raises what the handler does, Refused when it is taken."""
    await services.seats.free()
    command = desk.SignIn(
        room=session.room,
        seat=seat,
        qualified=session.qualified,
        simulated=session.simulated,
        name=session.name,
    )
    context = msgspec.structs.replace(services.context(session), seat=seat)
    return await services.handler(session).do(command, command_id=services.ids.new(), context=context)


async def come_in(services: Services, secret: str, session: Session, seat: str) -> Session:
    """The session of somebody who just came in, at this seat when it is free; empty: at none.

    Whoever may come in comes in, also when the seat is taken or the record cannot take the fact now.
    """
    if seat and "operate" in session.rights and session.room in services.handlers:
        try:
            await take(services, session, seat)
        except (Refused, RecordError) as error:
            log.info("%s signed in without a seat: %s", session.id, error)
        else:
            return await services.gate.sessions.take_seat(secret, seat) or session
    return session


def told(services: Services, session: Session) -> SessionView:
    """What the holder of a session is told about it."""
    return view(msgspec.structs.replace(session, seat=services.seat(session)), services.gate.sessions.now())
