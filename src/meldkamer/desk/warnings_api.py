"""Address warnings: which there are for whoever asks, one with its words, and what holds at a place.

They are in no row that goes to every desk alike: that police or ambulance know something of a house says something of
who lives there. So each reader asks, and gets what is for them; words are read one warning at a time, and recorded.
"""

from __future__ import annotations

import math
from typing import Annotated

import msgspec

from meldkamer.access import need, redact_warning, viewer_of
from meldkamer.desk.contract import Api, ProblemError, Request
from meldkamer.desk.history import Purpose, Shown
from meldkamer.desk.reading_api import PURPOSE, At, Regions
from meldkamer.desk.services import Services
from meldkamer.domain.basics import Id, Location, Region
from meldkamer.domain.clock import Millis
from meldkamer.domain.warning import AddressWarning, Compartment, Prolongation, Said, Standing
from meldkamer.network import read_whole, subject_of

NEAR_METRES = 75.0
"""So near is the same place: an address and the pavement before it."""
MOST = 20
"""Warnings that are told of one place, the nearest first."""
X = Annotated[float, msgspec.Meta(ge=-400_000, le=700_000)]
Y = Annotated[float, msgspec.Meta(ge=-100_000, le=1_100_000)]


class WarningRow(msgspec.Struct, frozen=True, kw_only=True):
    """A warning without its words. until: when it ends; over: from when on it counts no more and waits for nobody.
    confirmed: by whom; longer: the prolongation that waits for a second person."""

    ref: str
    at: Millis
    by: str
    room: str
    audience: str
    compartment: Compartment
    location: Location
    until: Millis
    over: Millis
    months: int
    standing: Standing
    confirmed: Said | None
    longer: Prolongation | None


class WarningDetail(msgspec.Struct, frozen=True, kw_only=True):
    """A warning with its words and the reasons for what was said of it later; null where they stay closed.

    source: who says so; basis: code of the legal basis. unreadable: compartments of which the key is gone. metres: how
    far it stands from the place that was asked.
    """

    warning: WarningRow
    nature: str | None
    text: str | None
    source: str | None
    basis: str | None
    prolongations: tuple[Prolongation, ...]
    refused: tuple[Said, ...]
    withdrawn: Said | None
    unreadable: tuple[str, ...]
    metres: int | None = None


def add_warnings(api: Api, services: Services) -> None:
    """Register the operations."""

    async def opened(request: Request, ref: str, then: Shown, why: Purpose | None) -> WarningDetail | None:
        """One with its words, recorded as read before it leaves; None for whom it is not."""
        session, viewer = request.session, viewer_of(request.session)
        upto = then.upto(ref.partition("/")[0])
        whole = await read_whole(
            services.record, services.sealer, subject_of("warning", ref), viewer.compartments, upto
        )
        if whole is None:
            return None
        state: AddressWarning = whole.state
        shown, wall = redact_warning(state, viewer), (state.compartment,)
        closed = shown is None or shown.text is None
        await services.read_log.record(
            session,
            ref,
            "warning",
            () if closed else wall,
            why or PURPOSE,
            refused=wall if closed else (),
            origin=request.address,
        )
        return None if shown is None else _detail(shown, then.at, wall if closed else ())

    @api.op("GET", "/api/warnings", needs=need("read"), problems=("store_full",))
    async def warnings(
        request: Request, regions: Regions = (), at: At | None = None, why: Purpose | None = None
    ) -> list[WarningRow]:
        """The warnings of these regions that are for this reader, also those over in the last thirty days, without
        words; what ends first comes first."""
        session = request.session
        for region in regions:
            services.authority.may_see(session, region)
        wanted, viewer = set(regions or session.regions), viewer_of(session)
        then = await services.shown_at(at, why)
        if at is not None and why is not None:
            await services.looked_back(session, sorted(wanted), at, why, request.address)
        found = [
            _row(w, then.at)
            for w in then.picture.warnings.values()
            if (not wanted or w.ref.partition("/")[0] in wanted) and redact_warning(w, viewer) is not None
        ]
        return sorted(found, key=lambda row: (row.until, row.ref))

    @api.op("GET", "/api/warnings/here", needs=need("read"), problems=("store_full",))
    async def warnings_here(
        request: Request, x: X, y: Y, at: At | None = None, why: Purpose | None = None
    ) -> list[WarningDetail]:
        """What counts at this point (RD New, metres) and is for this reader, nearest first. Recorded as read."""
        session, viewer = request.session, viewer_of(request.session)
        then = await services.shown_at(at, why)
        near: list[tuple[int, str]] = []
        for w in then.picture.warnings.values():
            away = _metres(w.location, x, y)
            seen = not session.regions or w.ref.partition("/")[0] in session.regions
            if away is not None and seen and w.counts(then.at) and redact_warning(w, viewer) is not None:
                near.append((away, w.ref))
        told = []
        for away, ref in sorted(near)[:MOST]:
            detail = await opened(request, ref, then, why)
            if detail is not None:
                told.append(msgspec.structs.replace(detail, metres=away))
        return told

    @api.op("GET", "/api/warnings/{region}/{id}", needs=need("read"), problems=("not_found", "store_full"))
    async def warning(
        request: Request, region: Region, id: Id, at: At | None = None, why: Purpose | None = None
    ) -> WarningDetail:
        """One warning with its words. Recorded as read; for whom it is not, it is not there."""
        services.authority.may_see(request.session, region)
        found = await opened(request, f"{region}/{id}", await services.shown_at(at, why), why)
        if found is None:
            raise ProblemError("not_found", "warning.unknown", params={"warning": f"{region}/{id}"})
        return found


def _metres(location: Location, x: float, y: float) -> int | None:
    """How far its place is from a point; None when it is another place."""
    if location.x is None or location.y is None:
        return None
    away = max(0.0, math.hypot(location.x - x, location.y - y) - (location.radius or 0.0))
    return round(away) if away <= NEAR_METRES else None


def _row(warning: AddressWarning, now: Millis) -> WarningRow:
    return WarningRow(
        ref=warning.ref,
        at=warning.at,
        by=warning.by,
        room=warning.room,
        audience=warning.audience,
        compartment=warning.compartment,
        location=warning.location,
        until=warning.ends,
        over=warning.over,
        months=warning.months,
        standing=warning.standing(now),
        confirmed=warning.agreed(),
        longer=warning.longer(now),
    )


def _detail(warning: AddressWarning, now: Millis, closed: tuple[str, ...]) -> WarningDetail:
    return WarningDetail(
        warning=_row(warning, now),
        nature=warning.nature,
        text=warning.text,
        source=warning.source,
        basis=warning.basis,
        prolongations=warning.prolongations,
        refused=warning.refused,
        withdrawn=warning.withdrawn,
        unreadable=closed,
    )
