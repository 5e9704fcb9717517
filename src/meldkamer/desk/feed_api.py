"""The numbered event feed for integrators: every stored event of a region in order, without personal fields."""

from __future__ import annotations

import asyncio
from typing import Annotated, Any

import msgspec

from meldkamer.access import Session, need
from meldkamer.desk.contract import Api, Request
from meldkamer.desk.services import Services
from meldkamer.domain.basics import Region
from meldkamer.domain.clock import Millis
from meldkamer.network import kind_and_ref
from meldkamer.record import Entry

DEFAULT, MOST = 200, 1_000
LONGEST_WAIT = 30.0

After = Annotated[int, msgspec.Meta(ge=0, le=2**53)]
Limit = Annotated[int, msgspec.Meta(ge=1, le=MOST)]
Wait = Annotated[float, msgspec.Meta(ge=0, le=LONGEST_WAIT)]


class FeedEvent(msgspec.Struct, frozen=True, kw_only=True):
    """One stored event. data: its fields without the personal ones; null where its audience excludes the reader."""

    region: str
    seq: int
    ref: str
    kind: str
    version: int
    type: str
    occurred: Millis
    recorded: Millis
    room: str
    actor: str
    audience: str
    data: dict[str, Any] | None


class FeedPage(msgspec.Struct, frozen=True):
    """Events in order, without a gap. next: what to give as `after` for the following page."""

    events: list[FeedEvent]
    next: int


def add_feed(api: Api, services: Services) -> None:
    """Register the operation."""

    @api.op("GET", "/api/feed", needs=need("read", "scope:feed"))
    async def feed(
        request: Request, region: Region, after: After = 0, limit: Limit = DEFAULT, wait: Wait = 0.0
    ) -> FeedPage:
        """Stored events of a region after a number; `wait`: seconds to stay when there is none yet."""
        services.authority.may_see(request.session, region)
        # What a room has alone gets its number when the others have it too.
        tail = await services.shared_tail(region)
        if tail <= after and wait > 0:
            await _wait(services, region, after + 1, wait)
            tail = await services.shared_tail(region)
        events = []
        if tail > after:
            async for entry in services.record.replay(region, after, min(tail, after + limit)):
                events.append(_event(services, entry, request.session))
        return FeedPage(events, events[-1].seq if events else after)


async def _wait(services: Services, region: str, seq: int, seconds: float) -> None:
    coming = asyncio.ensure_future(services.picture.reached(region, seq))
    patience = asyncio.ensure_future(services.clock.wait(seconds))
    try:
        await asyncio.wait([coming, patience], return_when=asyncio.FIRST_COMPLETED)
    finally:
        coming.cancel()
        patience.cancel()


def _event(services: Services, entry: Entry, session: Session) -> FeedEvent:
    stored = entry.event
    kind, ref = kind_and_ref(entry.subject)
    data = None
    if _may_see(stored.audience, session):
        fields = msgspec.to_builtins(services.sealer.decode(entry, frozenset()).event)
        data = {name: value for name, value in fields.items() if name != "type"}
    return FeedEvent(
        region=entry.region,
        seq=entry.seq,
        ref=ref,
        kind=kind,
        version=entry.version,
        type=stored.type,
        occurred=stored.occurred,
        recorded=stored.recorded,
        room=stored.room,
        actor=stored.actor,
        audience=stored.audience,
        data=data,
    )


def _may_see(audience: str, session: Session) -> bool:
    """What everybody may know goes to every integrator; what is for some disciplines only to who works for one."""
    return audience == "PBAK" or bool(set(audience) & set(session.audiences))
