"""What the map draws of the proposal's travel times: how far a unit comes, and by which way it comes to an incident."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import msgspec
import numpy as np

from meldkamer.domain.basics import Expected, Refused
from meldkamer.domain.clock import Clock, Millis
from meldkamer.domain.unit import Meaning, Unit
from meldkamer.geo import NO_WAY, Case, Reach, Route, Travel
from meldkamer.network import Picture
from meldkamer.response.proposal.contender import OLD_SECONDS
from meldkamer.response.proposal.standing import Standing

NO_PLACE, CUT_OFF = "unit.no_place", "unit.cut_off"
"""Why it was refused: the unit never reported, and has no base; or no road leads from there."""
MOST_MILLIS = 86_400_000
AT_BASE = 150.0
"""Metres from its base within which a unit that does not move stands there."""


class Stand(msgspec.Struct, frozen=True, kw_only=True):
    """Where a unit is taken to be, in RD metres, as the proposal does. position_age: seconds, None when its base is
    taken. jumped: it cannot have come where it says. profile: its kind of vehicle."""

    x: float
    y: float
    position_age: int | None
    jumped: bool
    profile: str


class Trip(msgspec.Struct, frozen=True, kw_only=True):
    """The way of a unit to an incident from where it is now. there: when it is there if it drives on from now,
    milliseconds UTC; without the time that a crew needs to depart."""

    stand: Stand
    route: Route
    there: Millis


class Drawing:
    """Not thread-safe: it lives on the loop."""

    def __init__(self, picture: Picture, standing: Standing, travel: Travel, clock: Clock) -> None:
        self._picture, self._standing, self._travel, self._clock = picture, standing, travel, clock

    def stand(self, unit: str) -> Stand:
        """Raises Refused when there is no such unit, or when nobody knows where it is (NO_PLACE)."""
        known = self._picture.units.get(unit)
        if known is None:
            raise Refused("unit.unknown", unit=unit)
        found = self._standing.place(unit, self._clock.now())
        if found is None:
            raise Refused("unit.no_place", unit=known.call_sign)
        x, y, age, jumped, profile = found
        return Stand(x=round(x, 1), y=round(y, 1), position_age=age, jumped=jumped, profile=profile)

    def reach(
        self, start: tuple[float, float], minutes: Sequence[int], profile: str, safety_region: int = 0
    ) -> Callable[[], Reach]:
        """How far one comes from a point in RD that lies in a safety region (its number), with what was learned of such
        trips; what is left to do may be done by any thread.

        Raises KeyError for an unknown profile.
        """
        case = Case(safety_region, self._clock.now())
        return self._travel.reach(start, [60_000 * one for one in minutes], profile, case)

    def trip(self, unit: str, incident: str) -> Trip:
        """Raises Refused when either is unknown or has no place (NO_PLACE for the unit), or no road leads from one to
        the other (CUT_OFF)."""
        known = self._picture.incidents.get(incident)
        if known is None:
            raise Refused("incident.unknown", incident=incident)
        if known.location.x is None or known.location.y is None:
            raise Refused("incident.no_place", number=known.number)
        stand = self.stand(unit)
        case = Case(known.location.safety_region, known.opened)
        end = (known.location.x, known.location.y)
        route = self._travel.route((stand.x, stand.y), end, stand.profile, case)
        if route is None:
            raise Refused("unit.cut_off", unit=self._picture.units[unit].call_sign)
        return Trip(stand=stand, route=route, there=self._clock.now() + route.millis)

    def expected(self, of: Unit) -> Expected | None:
        """What map or line say of the way of a unit that departs now for its order; None when that is not sure enough
        to learn from: no place, no road, an old or doubtful position, or an order that is over."""
        order = of.assignment
        known = self._picture.incidents.get(order.incident) if order is not None else None
        if known is None or known.location.x is None or known.location.y is None:
            return None
        found = self._standing.place(of.ref, self._clock.now())
        if found is None:
            return None
        x, y, age, jumped, profile = found
        if age is None or age > OLD_SECONDS:
            # Who stood at the base departs from there; of others nobody knows from where.
            stand_x, stand_y = of.stand
            if stand_x is None or stand_y is None:
                return None
            near = age is not None and math.hypot(x - stand_x, y - stand_y) <= AT_BASE
            if of.meaning is not Meaning.STANDBY and not near:
                return None
            x, y = stand_x, stand_y
        elif jumped:
            return None
        end = (known.location.x, known.location.y)
        way = self._travel.ways(np.array([x]), np.array([y]), end, profile)
        if way.millis[0] == NO_WAY:
            return None
        return Expected(
            millis=min(int(way.millis[0]), MOST_MILLIS),
            basis=self._travel.basis(profile, bool(way.by_road[0])),
            profile=profile,
            area=known.location.safety_region,
        )
