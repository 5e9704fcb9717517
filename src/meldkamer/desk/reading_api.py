"""Reading: the picture for lists, and one call, incident or unit whole, which is recorded before the answer leaves.

With `at` all of it is as it was then, and `why` says for what: looking back is recorded too.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

import msgspec

from meldkamer.access import need, opened_in, redact_call, redact_incident, viewer_of
from meldkamer.desk.conflict_views import conflict_views
from meldkamer.desk.contract import Api, ProblemError, Request
from meldkamer.desk.details import (
    CallDetail,
    IncidentDetail,
    UnitDetail,
    call_detail,
    entered_afterwards,
    incident_detail,
    unit_detail,
)
from meldkamer.desk.history import Purpose, Shown
from meldkamer.desk.rows import AttentionRow, CallRow, DrawingRow, FunctionRow, IncidentRow, RoomRow, TalkRow, UnitRow
from meldkamer.desk.services import Services
from meldkamer.domain.basics import Event, Id, Region
from meldkamer.domain.call import Call, CallState
from meldkamer.domain.clock import Millis
from meldkamer.domain.incident import Incident
from meldkamer.domain.unit import Unit
from meldkamer.network import read_whole, subject_of
from meldkamer.record import Entry

CALLS_SHOWN = 50
HISTORY_READ = 400
PURPOSE: Purpose = "emergency_response"
"""Why it is read now, as a code of the register of processing."""

At = Annotated[Millis, msgspec.Meta(ge=0, le=4_102_444_800_000)]
"""A past moment."""

Regions = Annotated[tuple[Region, ...], msgspec.Meta(max_length=32)]
"""Regions by code; none means all that the account may see."""


class PictureView(msgspec.Struct, frozen=True, kw_only=True):
    """All rows that lists show, and where the record stood. Functions and rooms are always
    national; drawings are of all regions that the account may see: they show on every map."""

    now: Millis
    room: str
    positions: dict[str, int]
    incidents: list[IncidentRow]
    calls: list[CallRow]
    units: list[UnitRow]
    functions: list[FunctionRow]
    talks: list[TalkRow]
    attentions: list[AttentionRow]
    drawings: list[DrawingRow]
    rooms: list[RoomRow]


def add_reading(api: Api, services: Services) -> None:
    """Register the operations."""

    @api.op("GET", "/api/picture", needs=need("read"), problems=("store_full",))
    async def picture_now(
        request: Request, regions: Regions = (), at: At | None = None, why: Purpose | None = None
    ) -> PictureView:
        """All rows of these regions, and the numbers from which the live channel goes on."""
        session = request.session
        for region in regions:
            services.authority.may_see(session, region)
        shown = set(regions or session.regions)

        then = await services.shown_at(at, why)
        if at is not None and why is not None:
            # Where people at work were is in it.
            await services.looked_back(session, sorted(shown), at, why, request.address)
        picture, rows = then.picture, then.rows

        def seen(ref: str) -> bool:
            return not shown or ref.partition("/")[0] in shown

        def national(ref: str) -> bool:
            return ref.partition("/")[0] == services.pack.manifest.national_region

        def guest(c: Call) -> bool:
            """A call that another room sent here, or that this person took."""
            mine = c.waiting or c.state is CallState.ANSWERED or c.answered_by == session.person
            return not session.regions and c.room == session.room and mine

        def drawn(ref: str) -> bool:
            return not session.regions or ref.partition("/")[0] in session.regions

        # Nothing here waits, so rows and positions belong to one moment.
        return PictureView(
            now=then.at,
            room=session.room,
            positions=dict(picture.positions),
            incidents=[rows.incident(i) for i in picture.incidents.values() if seen(i.ref)],
            calls=[rows.call(c) for c in picture.calls.values() if seen(c.ref) or guest(c)],
            units=[rows.unit(u) for u in picture.units.values() if seen(u.ref)],
            functions=rows.functions(),
            talks=rows.talks(),
            attentions=[rows.attention(a) for a in picture.attentions.values() if seen(a.ref) or national(a.ref)],
            drawings=[rows.drawing(d) for d in picture.drawings.values() if drawn(d.ref)],
            rooms=then.rooms.rows(),
        )

    @api.op("GET", "/api/incidents/{region}/{id}", needs=need("read"), problems=("not_found", "store_full"))
    async def incident(
        request: Request, region: Region, id: Id, at: At | None = None, why: Purpose | None = None
    ) -> IncidentDetail:
        """One incident with its log and its callers, as far as this reader may see. Recorded as read."""
        session, ref = request.session, f"{region}/{id}"
        services.authority.may_see(session, region)
        found = await _read_incident(services, request, ref, await services.shown_at(at, why), why or PURPOSE)
        if found is None:
            raise ProblemError("not_found", "incident.unknown", params={"incident": ref})
        return found

    @api.op("GET", "/api/calls/{region}/{id}", needs=need("read"), problems=("not_found", "store_full"))
    async def call(
        request: Request, region: Region, id: Id, at: At | None = None, why: Purpose | None = None
    ) -> CallDetail:
        """One call with the caller. Recorded as read."""
        session, ref = request.session, f"{region}/{id}"
        services.authority.may_see(session, region)
        found = await _read_call(services, request, ref, await services.shown_at(at, why), why or PURPOSE)
        if found is None:
            raise ProblemError("not_found", "call.unknown", params={"call": ref})
        return found

    @api.op("GET", "/api/units/{region}/{id}", needs=need("read"), problems=("not_found",))
    async def unit(
        request: Request, region: Region, id: Id, at: At | None = None, why: Purpose | None = None
    ) -> UnitDetail:
        """One unit with what it did lately."""
        services.authority.may_see(request.session, region)
        then = await services.shown_at(at, why)
        state = then.picture.units.get(f"{region}/{id}")
        if state is None:
            raise ProblemError("not_found", "unit.unknown", params={"unit": f"{region}/{id}"})
        return unit_detail(state, then.rows.unit(state), await _history(services, state, then))


async def _read_incident(
    services: Services, request: Request, ref: str, then: Shown, why: Purpose
) -> IncidentDetail | None:
    session = request.session
    viewer = viewer_of(session)
    subject = subject_of("incident", ref)
    upto = then.upto(ref.partition("/")[0])
    whole = await read_whole(services.record, services.sealer, subject, viewer.compartments, upto)
    if whole is None:
        return None
    state: Incident = whole.state
    shown, closed = redact_incident(state, viewer)
    calls = []
    for other in shown.calls[-CALLS_SHOWN:]:
        if not session.regions or other.partition("/")[0] in session.regions:
            detail = await _read_call(services, request, other, then, why)
            if detail is not None:
                calls.append(detail)
    await _record(services, request, "incident", ref, opened_in(shown), closed, why)
    unreadable = dict.fromkeys([*closed, *(c for detail in calls for c in detail.unreadable)])
    late = list(entered_afterwards(whole.history, shown))
    for unit in then.picture.units_at(ref):
        late += entered_afterwards(await _history(services, unit, then), shown)
    left_out = len(shown.calls) - len(calls)
    row, conflicts = then.rows.incident(state), conflict_views(shown, whole.history)
    return incident_detail(shown, row, tuple(calls), left_out, unreadable, late, conflicts)


async def _read_call(services: Services, request: Request, ref: str, then: Shown, why: Purpose) -> CallDetail | None:
    viewer = viewer_of(request.session)
    subject, upto = subject_of("call", ref), then.upto(ref.partition("/")[0])
    whole = await read_whole(services.record, services.sealer, subject, viewer.compartments, upto)
    if whole is None:
        return None
    state: Call = whole.state
    shown, closed = redact_call(state, viewer)
    unreadable = dict.fromkeys([*closed, *sorted(whole.unreadable)])
    detail = call_detail(shown, then.rows.call(state), unreadable)
    await _record(services, request, "call", ref, sorted(whole.opened - set(closed)), tuple(unreadable), why)
    return detail


async def _record(
    services: Services,
    request: Request,
    kind: str,
    ref: str,
    shown: Sequence[str],
    refused: Sequence[str],
    why: Purpose,
) -> None:
    """The reading is on the disk before anything of it leaves. Raises ReadLogFailed."""
    if shown or refused:
        await services.read_log.record(request.session, ref, kind, shown, why, refused=refused, origin=request.address)


async def _history(services: Services, unit: Unit, then: Shown) -> list[tuple[Entry, Event]]:
    subject = subject_of("unit", unit.ref)
    version = then.picture.versions.get(subject, 0)
    entries = await services.record.read(subject, max(0, version - HISTORY_READ), version)
    return [(entry, services.sealer.decode(entry, frozenset()).event) for entry in entries]
