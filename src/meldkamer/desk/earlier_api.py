"""Earlier calls by the number of a call in hand and from its place, with what came of them.

That two calls are of one number is a fact about a caller: only who may open callers is told, and each call that is
shown for it is recorded as read before the answer leaves.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Annotated

import msgspec

from meldkamer.access import need, redact_call, viewer_of
from meldkamer.desk.contract import Api, ProblemError, Request, not_valid
from meldkamer.desk.history import Purpose, Shown
from meldkamer.desk.reading_api import PURPOSE, At
from meldkamer.desk.rows import CallRow, IncidentRow
from meldkamer.desk.rows_of import call_row
from meldkamer.desk.services import Services
from meldkamer.domain.basics import Id, Region
from meldkamer.domain.call import Call
from meldkamer.domain.clock import Millis
from meldkamer.domain.incident import Incident
from meldkamer.intake import Earlier, EarlierTally, place_of
from meldkamer.network import read_folded, read_whole, subject_of

INCIDENTS_OF_ONE = 3
"""Incidents that are shown of one call, the newest; hardly any has more than one."""

X = Annotated[float, msgspec.Meta(ge=-400_000, le=700_000)]
Y = Annotated[float, msgspec.Meta(ge=-100_000, le=1_100_000)]


class EarlierCall(msgspec.Struct, frozen=True, kw_only=True):
    """A call that was before. number, place: by what it was found. incidents: what came of it, as it stands."""

    call: CallRow
    number: bool
    place: bool
    end_reason: str
    incidents: tuple[IncidentRow, ...]


class EarlierView(msgspec.Struct, frozen=True, kw_only=True):
    """What was found, the newest twenty. since: what was received before that is not remembered; days: so long it is.

    whole: false while the record is still being read, so that there may be more. count: of all that were found.
    by_number, by_place: how many, and how many of each ending other than `done`; null where nothing could be looked
    for. unreadable: compartments that stay closed to this reader.
    """

    days: int
    since: Millis
    whole: bool
    count: int
    by_number: EarlierTally | None
    by_place: EarlierTally | None
    calls: tuple[EarlierCall, ...]
    unreadable: tuple[str, ...]


def add_earlier(api: Api, services: Services) -> None:
    """Register the operation."""

    @api.op("GET", "/api/calls/{region}/{id}/earlier", needs=need("read"), problems=("not_found", "store_full"))
    async def earlier_calls(
        request: Request,
        region: Region,
        id: Id,
        x: X | None = None,
        y: Y | None = None,
        at: At | None = None,
        why: Purpose | None = None,
    ) -> EarlierView:
        """Earlier calls by the same number and from the same place: x and y, else the call's own. Recorded as read."""
        session, ref = request.session, f"{region}/{id}"
        services.authority.may_see(session, region)
        if (x is None) != (y is None):
            raise not_valid("Missing parameter: x and y - at `$.x`")
        then = await services.shown_at(at, why)
        viewer = viewer_of(session)
        subject = subject_of("call", ref)
        whole = await read_whole(services.record, services.sealer, subject, viewer.compartments, then.upto(region))
        if whole is None:
            raise ProblemError("not_found", "call.unknown", params={"call": ref})
        state: Call = whole.state
        call, closed = redact_call(state, viewer)
        unreadable = tuple(dict.fromkeys([*closed, *sorted(whole.unreadable)]))
        looked = await services.earlier.look(
            ref,
            call.number,
            place_of(call) if x is None or y is None else (x, y),
            regions=session.regions,
            before=at,
            upto=then.upto,
        )
        calls = [await _whole(services, one, session.regions, then) for one in looked.calls]
        await _record(services, request, ref, call, looked.calls, unreadable, why or PURPOSE)
        return EarlierView(
            days=services.earlier.days,
            since=looked.since,
            whole=looked.whole,
            count=looked.count,
            by_number=looked.by_number,
            by_place=looked.by_place,
            calls=tuple(calls),
            unreadable=unreadable,
        )


async def _whole(services: Services, one: Earlier, regions: Sequence[str], then: Shown) -> EarlierCall:
    incidents = []
    for ref in one.call.incidents[-INCIDENTS_OF_ONE:]:
        region = ref.partition("/")[0]
        if regions and region not in regions:
            continue
        incident: Incident | None = then.picture.incidents.get(ref)
        if incident is None:
            subject = subject_of("incident", ref)
            incident = await read_folded(services.record, services.sealer, subject, then.upto(region))
        if incident is not None:
            incidents.append(then.rows.incident(incident))
    return EarlierCall(
        call=call_row(one.call),
        number=one.number,
        place=one.place,
        end_reason=one.call.end_reason,
        incidents=tuple(incidents),
    )


async def _record(
    services: Services,
    request: Request,
    ref: str,
    call: Call,
    found: Sequence[Earlier],
    unreadable: Sequence[str],
    why: Purpose,
) -> None:
    """Whose number was compared with whose is on the disk before anything of it leaves. Raises ReadLogFailed."""
    log, session, origin = services.read_log, request.session, request.address
    if call.number is not None or unreadable:
        shown = ("caller",) if call.number is not None else ()
        await log.record(session, ref, "earlier", shown, why, refused=unreadable, origin=origin)
    same = [one.call.ref for one in found if one.number]
    await asyncio.gather(*(log.record(session, one, "earlier", ("caller",), why, origin=origin) for one in same))
