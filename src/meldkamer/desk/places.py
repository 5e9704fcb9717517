"""Places, streets, addresses, junctions and posts as one types, with who serves them: what the gazetteer finds."""

from __future__ import annotations

import msgspec

from meldkamer.geo import BadCoordinate, Geography, Hit, OutsideArea


class PlaceFound(msgspec.Struct, frozen=True, kw_only=True):
    """Something with a name and where it is: WGS84 and RD New.

    kind: place, quarter, street, address, junction, road, post, object, name or point. place: in which place an address
    or street lies. id, object_id: of the source, such as BAG ids. exact: found as it was typed; missing: but for this
    house number, which the street does not have.
    municipality, safety_region and region are empty and 0 for what lies outside the country.
    """

    kind: str
    name: str
    place: str
    postcode: str
    detail: str
    id: str
    object_id: str
    exact: bool
    missing: str
    municipality: str
    safety_region: int
    region: str
    lat: float
    lon: float
    x: float
    y: float
    distance_m: float | None = None


class Places:
    """Searches what is in force now."""

    def __init__(self, geography: Geography) -> None:
        self._geography = geography

    def find(self, words: str, near: tuple[float, float] | None = None) -> list[PlaceFound]:
        """At most twenty for what was typed so far, the best first. near: RD metres."""
        return [self._found(hit) for hit in self._geography.gazetteer.search(words, near)]

    def _found(self, hit: Hit) -> PlaceFound:
        try:
            answer = self._geography.where.at(hit.lat, hit.lon)
        except (BadCoordinate, OutsideArea):
            answer = None
        return PlaceFound(
            kind=hit.kind,
            name=hit.name,
            place=hit.place,
            postcode=hit.postcode,
            detail=hit.detail,
            id=hit.id,
            object_id=hit.object_id,
            exact=hit.exact,
            missing=hit.missing,
            municipality=answer.municipality if answer is not None else "",
            safety_region=answer.safety_region_number if answer is not None else 0,
            region=answer.region if answer is not None else "",
            lat=hit.lat,
            lon=hit.lon,
            x=hit.x,
            y=hit.y,
            distance_m=hit.distance_m,
        )
