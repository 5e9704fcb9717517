"""Doors for machines: telephony systems, terminals in vehicles, and whoever reports positions."""

from __future__ import annotations

from typing import Annotated

import msgspec

from meldkamer.access import Session, need
from meldkamer.desk.commands_api import PROBLEMS, Occurred
from meldkamer.desk.contract import Api, ProblemError, Request
from meldkamer.desk.position_reports import NEEDS, ReportedMany, Taken, take_reports
from meldkamer.desk.refusals import in_words
from meldkamer.desk.services import Services
from meldkamer.domain.basics import Id, Region, Short
from meldkamer.intake import Accepted, ChannelEvent
from meldkamer.network import Done
from meldkamer.response import Orders

LONGEST_WAIT = 30.0

EventId = Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
Wait = Annotated[float, msgspec.Meta(ge=0, le=LONGEST_WAIT)]


class StatusBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A status as the terminal knows it. The same event_id twice is one report."""

    code: Annotated[Short, msgspec.Meta(min_length=1)]
    event_id: EventId
    occurred: Occurred | None = None


class AcknowledgeBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The crew has read this order of this epoch."""

    assignment: Id
    epoch: Annotated[int, msgspec.Meta(ge=0, le=2**31)]
    event_id: EventId


def add_doors(api: Api, services: Services) -> None:
    """Register the operations."""
    picture = services.picture

    def telling(error: Exception, session: Session) -> Exception:
        return in_words(error, services.words, session) or error

    @api.op("POST", "/api/telephony/events", needs=need("scope:telephony"), problems=PROBLEMS)
    async def telephony_event(request: Request, body: ChannelEvent) -> Accepted:
        """A call was offered, abandoned or ended; the same event twice stores nothing twice."""
        session = request.session
        handler = services.handler(session)
        try:
            return await services.door.take(body, session.person, handler, services.clock)
        except Exception as error:
            raise telling(error, session) from error

    @api.op(
        "POST", "/api/field/{region}/{call_sign}/status", needs=need("scope:field"), problems=(*PROBLEMS, "not_found")
    )
    async def field_status(request: Request, region: Region, call_sign: Id, body: StatusBody) -> Done:
        """A key was pressed in a vehicle."""
        session, unit = request.session, known(request.session, region, call_sign)
        try:
            return await services.field(session).report(unit, body.code, body.event_id, body.occurred)
        except Exception as error:
            raise telling(error, session) from error

    @api.op(
        "POST",
        "/api/field/{region}/{call_sign}/acknowledge",
        needs=need("scope:field"),
        problems=(*PROBLEMS, "older_epoch", "not_found"),
    )
    async def field_acknowledge(request: Request, region: Region, call_sign: Id, body: AcknowledgeBody) -> Done:
        """The crew has read its order; one of an older epoch is refused."""
        session, unit = request.session, known(request.session, region, call_sign)
        try:
            return await services.field(session).acknowledge(unit, body.assignment, body.epoch, body.event_id)
        except Exception as error:
            raise telling(error, session) from error

    @api.op(
        "GET", "/api/field/{region}/{call_sign}/orders", needs=need("scope:field"), problems=(*PROBLEMS, "not_found")
    )
    async def field_orders(request: Request, region: Region, call_sign: Id, wait: Wait = 0.0) -> Orders:
        """The open order of a unit. Fetching it is its delivery; `wait`: seconds to stay when there is none yet."""
        session, unit = request.session, known(request.session, region, call_sign)
        try:
            return await services.field(session).orders(unit, wait)
        except Exception as error:
            raise telling(error, session) from error

    @api.op("POST", "/api/field/positions", needs=NEEDS)
    async def field_positions(request: Request, body: ReportedMany) -> Taken:
        """Where units are; newest wins, and nothing of it is stored in the record. Also over a WebSocket that stays
        open: `/api/field/positions/live`."""
        return take_reports(services, request.session, "http", body, request.now)

    def known(session: Session, region: str, call_sign: str) -> str:
        services.authority.may_see(session, region)
        ref = f"{region}/{call_sign}"
        if ref not in picture.units:
            raise ProblemError("not_found", "unit.unknown", params={"unit": ref})
        return ref
