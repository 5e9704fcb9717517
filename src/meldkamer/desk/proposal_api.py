"""Whom to send: the proposal for an incident with its reasons, and the roads that are closed for it."""

from __future__ import annotations

from typing import Annotated

import msgspec

from meldkamer.access import need
from meldkamer.desk.contract import Api, ProblemError, Request, not_valid
from meldkamer.desk.refusals import in_words
from meldkamer.desk.services import Services
from meldkamer.domain.basics import Id, Mask, Ref, Refused, Region
from meldkamer.domain.clock import Millis
from meldkamer.geo import Closure, KeptClosure, RoadsError
from meldkamer.response import Advice

Held = Annotated[tuple[Ref, ...], msgspec.Meta(max_length=40)]
Metres = Annotated[float, msgspec.Meta(ge=-1_000_000, le=2_000_000)]


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
    points: Annotated[tuple[tuple[Metres, Metres], ...], msgspec.Meta(min_length=1, max_length=200)]
    until: Millis
    radius: Annotated[float, msgspec.Meta(ge=0, le=50_000)] = 0.0
    slower: Annotated[float, msgspec.Meta(ge=0, le=100)] = 0.0
    text: Annotated[str, msgspec.Meta(max_length=120)] = ""


class Opened(msgspec.Struct, frozen=True):
    """Whether there was such a closure."""

    opened: bool


def add_proposals(api: Api, services: Services) -> None:
    """Register the operations."""

    @api.op("GET", "/api/incidents/{region}/{id}/proposal", needs=need("read"), problems=("refused", "not_found"))
    async def proposal(
        request: Request, region: Region, id: Id, disciplines: Mask | None = None, held: Held = ()
    ) -> ProposalView:
        """Fastest suitable units by the run cards, over the borders of rooms, with reasons, shortfall and norm.

        disciplines: only these tracks. held: the units of the proposal on the screen, which stay unless one is clearly
        better.
        """
        session, ref = request.session, f"{region}/{id}"
        services.authority.may_see(session, region)
        if ref not in services.picture.incidents:
            raise ProblemError("not_found", "incident.unknown", params={"incident": ref})
        try:
            advice = services.proposals.look(session.room, ref, disciplines or "", held)
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
    async def closures(request: Request) -> list[KeptClosure]:
        """Roads that are closed or slow now, the first that ends first."""
        return services.closures.all()

    @api.op("POST", "/api/closures", needs=need("operate"))
    async def close(request: Request, body: DrawnClosure) -> KeptClosure:
        """Close roads or make them slow, until a moment. It counts from the next proposal on."""
        try:
            return services.closures.close(Closure(**msgspec.structs.asdict(body)), request.session.person)
        except RoadsError as error:
            raise not_valid(f"{error} - at `$.points`") from error

    @api.op("DELETE", "/api/closures/{id}", needs=need("operate"))
    async def open_again(request: Request, id: Id) -> Opened:
        """Open the roads again."""
        return Opened(services.closures.open(id))
