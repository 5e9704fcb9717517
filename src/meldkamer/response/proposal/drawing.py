"""What the map draws of the proposal's travel times: how far a unit comes, and by which way it comes to an incident."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import msgspec

from meldkamer.domain.basics import Refused
from meldkamer.domain.clock import Clock, Millis
from meldkamer.geo import Reach, Route, Travel
from meldkamer.network import Picture
from meldkamer.response.proposal.standing import Standing

NO_PLACE = "unit.no_place"
"""Why it was refused: the unit never reported, and has no base."""


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

    def reach(self, start: tuple[float, float], minutes: Sequence[int], profile: str) -> Callable[[], Reach]:
        """How far one comes from a point in RD; what is left to do may be done by any thread.

        Raises KeyError for an unknown profile.
        """
        return self._travel.reach(start, [60_000 * one for one in minutes], profile)

    def trip(self, unit: str, incident: str) -> Trip:
        """Raises Refused when either is unknown or has no place (NO_PLACE for the unit)."""
        known = self._picture.incidents.get(incident)
        if known is None:
            raise Refused("incident.unknown", incident=incident)
        if known.location.x is None or known.location.y is None:
            raise Refused("incident.no_place", number=known.number)
        stand = self.stand(unit)
        route = self._travel.route((stand.x, stand.y), (known.location.x, known.location.y), stand.profile)
        return Trip(stand=stand, route=route, there=self._clock.now() + route.millis)
