"""Whom to send: the proposal for an incident with its reasons, and the roads that are closed for it."""

from __future__ import annotations

from typing import Annotated

import msgspec

from meldkamer.access import need
from meldkamer.desk.contract import Api, ProblemError, Request, not_valid
from meldkamer.desk.history import Purpose
from meldkamer.desk.reading_api import At
from meldkamer.desk.refusals import in_words
from meldkamer.desk.services import Services
from meldkamer.domain import road
from meldkamer.domain.basics import Command, Id, Mask, Ref, Refused, Region, Short
from meldkamer.domain.clock import Millis
from meldkamer.geo import Closure, KeptClosure, RoadsError
from meldkamer.network import Done
from meldkamer.response import Advice

Held = Annotated[tuple[Ref, ...], msgspec.Meta(max_length=40)]
Characteristic = Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
PROBLEMS = ("refused", "conflict", "unknown", "unsafe", "damaged", "store_full")


class ProposalView(msgspec.Struct, frozen=True, kw_only=True):
    """What this room is advised to send, per open track. at: milliseconds UTC; cards: hash of the run cards."""

    incident: str
    at: Millis
    room: str
    cards: str
    advice: tuple[Advice, ...]


class DrawnClosure(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An area in RD metres: a polygon of three points or more, else all within `radius` of a line or point.

    slower: times as slow, 0 = closed. until: when it ends, milliseconds UTC.
    """

    id: Id
    points: road.Points
    until: road.Until
    radius: road.Radius = 0.0
    slower: road.Slower = 0.0
    text: road.Why = ""


class Opened(msgspec.Struct, frozen=True):
    """Whether there was such a closure."""

    opened: bool


def add_proposals(api: Api, services: Services) -> None:
    """Register the operations."""

    @api.op("GET", "/api/incidents/{region}/{id}/proposal", needs=need("read"), problems=("refused", "not_found"))
    async def proposal(
        request: Request,
        region: Region,
        id: Id,
        disciplines: Mask | None = None,
        held: Held = (),
        name: Characteristic | None = None,
        value: Short = "",
    ) -> ProposalView:
        """Fastest suitable units by the run cards, over the borders of rooms, with reasons, shortfall and norm.

        disciplines: only these tracks. held: the units of the proposal on the screen, which stay unless one is clearly
        better. name, value: as if this characteristic stood so already, empty as if it did not stand.
        """
        session, ref = request.session, f"{region}/{id}"
        services.authority.may_see(session, region)
        if ref not in services.picture.incidents:
            raise ProblemError("not_found", "incident.unknown", params={"incident": ref})
        try:
            supposed = {name: value} if name is not None else None
            advice = services.proposals.look(session.room, ref, disciplines or "", held, supposed)
        except Refused as error:
            raise in_words(error, services.words, session) or error from error
        return ProposalView(
            incident=ref,
            at=services.clock.now(),
            room=session.room,
            cards=services.proposals.book.hash,
            advice=advice,
        )

    @api.op("GET", "/api/closures", needs=need("read"))
    async def closures(request: Request, at: At | None = None, why: Purpose | None = None) -> list[KeptClosure]:
        """Roads closed or slow, whichever room drew them, the first that ends first: now, or at a past moment."""
        if at is None:
            return services.closures.all()
        then = await services.shown_at(at, why)
        return services.closures.then(then.picture.roads.values(), at)

    @api.op("POST", "/api/closures", needs=need("operate"), problems=PROBLEMS)
    async def close(request: Request, body: DrawnClosure) -> KeptClosure:
        """Close roads or make them slow, until a moment, for every room. It counts from the next proposal on."""
        fields = msgspec.structs.asdict(body)
        try:
            services.closures.check(Closure(**fields))
        except RoadsError as error:
            raise not_valid(f"{error} - at `$.points`") from error
        known = services.closures.refs(fields.pop("id"))
        region = known[0].partition("/")[0] if known else _region_at(services, body.points[0])
        done = await _do(services, request, road.CloseRoad(region=region, road=body.id, **fields))
        return services.closures.of(done.ref)

    @api.op("DELETE", "/api/closures/{id}", needs=need("operate"), problems=PROBLEMS)
    async def open_again(request: Request, id: Id) -> Opened:
        """Open the roads again, whichever room closed them."""
        done = [await _do(services, request, road.OpenRoad(road=ref)) for ref in services.closures.refs(id)]
        return Opened(any(not one.duplicate for one in done))


async def _do(services: Services, request: Request, command: Command) -> Done:
    session = request.session
    try:
        services.authority.may(session, command)
        return await services.handler(session).do(
            command, command_id=services.ids.new(), context=services.context(session)
        )
    except Exception as error:
        known = in_words(error, services.words, session)
        if known is None:
            raise
        raise known from error


def _region_at(services: Services, point: tuple[float, float]) -> str:
    """In whose record it stands: the region where it begins, the national one outside them all."""
    lat, lon = services.where.rd.to_wgs84(*point)
    return services.geography.region_at(lat, lon) or services.pack.manifest.national_region
