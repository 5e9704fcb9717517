"""For the map: how far one comes in so many minutes, and the way of a unit to an incident as a line."""

from __future__ import annotations

import asyncio
from typing import Annotated

import msgspec

from meldkamer.access import need
from meldkamer.desk.contract import Api, Request, not_valid
from meldkamer.desk.refusals import in_words
from meldkamer.desk.services import Services
from meldkamer.domain.basics import Ref, Refused
from meldkamer.domain.clock import Millis
from meldkamer.domain.unit import Unit
from meldkamer.geo import BadCoordinate, Correction, OutsideArea, Reach
from meldkamer.response import CUT_OFF, NO_PLACE, UNDER_WAY, Stand, Trip

Metres = Annotated[float, msgspec.Meta(ge=-1_000_000, le=2_000_000)]
Minutes = Annotated[tuple[Annotated[int, msgspec.Meta(ge=1, le=60)], ...], msgspec.Meta(min_length=1, max_length=4)]
Profile = Annotated[str, msgspec.Meta(max_length=24)]
Units = Annotated[tuple[Ref, ...], msgspec.Meta(min_length=1, max_length=12)]
USUAL = (5, 10, 15)
DEFAULT_PROFILE = "light"
Line = tuple[tuple[float, float], ...]


class RingView(msgspec.Struct, frozen=True, kw_only=True):
    """What is reached within so many minutes. areas: polygons in RD metres, each its outline and then its holes.

    map_ends: the map of roads ends before the area does.
    """

    minutes: int
    areas: tuple[tuple[Line, ...], ...]
    map_ends: bool


class ReachView(msgspec.Struct, frozen=True, kw_only=True):
    """From a point in RD metres, or from where a unit is. source: by road past what is closed now, or a straight line
    with its detour. position_age: seconds, of the unit's position; None when its base is taken, or for a point.
    correction: what was learned of such trips, which is in the times."""

    at: Millis
    x: float
    y: float
    unit: str
    profile: str
    source: str
    detour: float
    rings: tuple[RingView, ...]
    position_age: int | None = None
    jumped: bool = False
    correction: Correction | None = None


class RouteView(msgspec.Struct, frozen=True, kw_only=True):
    """A unit's way to an incident. seconds: to drive from where it is now, without departing; there: when it is there,
    milliseconds UTC; metres: of the way; line: RD metres, two points by straight line. driving: it is on its way.
    correction: what was learned of such trips, which is in the time."""

    unit: str
    call_sign: str
    discipline: str
    profile: str
    source: str
    seconds: int
    there: Millis
    metres: int
    line: Line
    driving: bool
    correction: Correction | None
    position_age: int | None
    jumped: bool


class RoutesView(msgspec.Struct, frozen=True, kw_only=True):
    """The ways of some units. unplaced: those of which nobody knows where they are; cut_off: those from which no road
    of the map leads there."""

    at: Millis
    incident: str
    routes: tuple[RouteView, ...]
    unplaced: tuple[str, ...]
    cut_off: tuple[str, ...] = ()


def add_reach(api: Api, services: Services) -> None:
    """Register the operations."""
    drawing, picture = services.proposals.drawing, services.picture
    profiles = {profile.code for profile in services.pack.travel_profiles}

    def safety_region(x: float, y: float) -> int:
        """The number of the one that a point lies in; 0 outside all."""
        try:
            return services.where.at(*services.where.rd.to_wgs84(x, y)).safety_region_number
        except (BadCoordinate, OutsideArea):
            return 0

    @api.op("GET", "/api/reach", needs=need("read"), problems=("refused",))
    async def reach(
        request: Request,
        x: Metres | None = None,
        y: Metres | None = None,
        unit: Ref | None = None,
        minutes: Minutes = USUAL,
        profile: Profile = "",
    ) -> ReachView:
        """How far one comes within these minutes: from x and y (RD), or from a unit's place by its kind of vehicle."""
        session = request.session
        if profile and profile not in profiles:
            raise not_valid(f"{profile!r} is none of {', '.join(sorted(profiles))} - at `$.profile`")
        stand: Stand | None = None
        if unit is not None:
            services.authority.may_see(session, unit.partition("/")[0])
            try:
                stand = drawing.stand(unit)
            except Refused as error:
                raise in_words(error, services.words, session) or error from error
            start = stand.x, stand.y
        elif x is None or y is None:
            raise not_valid("Missing parameter: unit, or x and y - at `$.x`")
        else:
            start = x, y
        by = profile or (DEFAULT_PROFILE if stand is None else stand.profile)
        wanted = sorted(set(minutes))
        found: Reach = await asyncio.to_thread(drawing.reach(start, wanted, by, safety_region(*start)))
        rings = tuple(
            RingView(minutes=m, areas=ring.areas, map_ends=ring.map_ends)
            for m, ring in zip(wanted, found.rings, strict=True)
        )
        return ReachView(
            at=request.now,
            x=start[0],
            y=start[1],
            unit=unit or "",
            profile=by,
            source=found.source,
            detour=found.detour,
            correction=found.correction,
            rings=rings,
            position_age=None if stand is None else stand.position_age,
            jumped=stand is not None and stand.jumped,
        )

    @api.op("GET", "/api/routes", needs=need("read"), problems=("refused",))
    async def routes(request: Request, incident: Ref, units: Units) -> RoutesView:
        """The ways of units to an incident from where they are now, past what is closed now."""
        session = request.session
        for ref in (*units, incident):
            services.authority.may_see(session, ref.partition("/")[0])
        found: list[RouteView] = []
        without: dict[str, list[str]] = {NO_PLACE: [], CUT_OFF: []}
        try:
            for unit in dict.fromkeys(units):
                try:
                    trip = drawing.trip(unit, incident)
                except Refused as error:
                    if error.code not in without:
                        raise
                    without[error.code].append(unit)
                else:
                    found.append(_route(picture.units[unit], incident, trip))
        except Refused as error:
            raise in_words(error, services.words, session) or error from error
        return RoutesView(
            at=request.now,
            incident=incident,
            routes=tuple(found),
            unplaced=tuple(without[NO_PLACE]),
            cut_off=tuple(without[CUT_OFF]),
        )


def _route(unit: Unit, incident: str, trip: Trip) -> RouteView:
    order = unit.assignment
    return RouteView(
        unit=unit.ref,
        call_sign=unit.call_sign,
        discipline=unit.discipline,
        profile=trip.stand.profile,
        source=trip.route.source,
        seconds=-(-trip.route.millis // 1000),
        there=trip.there,
        metres=round(trip.route.metres),
        line=trip.route.line,
        driving=order is not None and order.incident == incident and order.state in UNDER_WAY,
        correction=trip.route.correction,
        position_age=trip.stand.position_age,
        jumped=trip.stand.jumped,
    )
