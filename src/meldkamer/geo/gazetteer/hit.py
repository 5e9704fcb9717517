"""What the gazetteer answers with."""

from __future__ import annotations

from typing import Literal

import msgspec

Kind = Literal["place", "quarter", "street", "address", "junction", "road", "post", "object", "name", "point"]
"""post: hectometre post. object: a building or site with a name. name: the user's own. point: typed coordinates."""


class Hit(msgspec.Struct, frozen=True, kw_only=True):
    """One answer. x, y: RD metres; lat, lon: WGS84 degrees.

    name: as people write it, place: where that is. id: of the source, such as the BAG id of the address (number
    designation); object_id: of the addressed building or site in the BAG. detail: what kind of object, which side of
    the road. distance_m: from the point near which was searched. exact: nothing typed was left over or corrected.
    missing: the typed house number, of a street that was typed right but does not have it.
    """

    kind: Kind
    name: str
    place: str = ""
    postcode: str = ""
    detail: str = ""
    id: str = ""
    object_id: str = ""
    x: float
    y: float
    lat: float = 0.0
    lon: float = 0.0
    distance_m: float | None = None
    exact: bool = True
    missing: str = ""
    source: str = ""
    score: float = 0.0


class Here(msgspec.Struct, frozen=True, kw_only=True):
    """What is at a point; each None when nothing is near enough. distance_m of a hit is the way to it.

    road: the nearest road, with how far along it in hectometres when posts are known.
    """

    x: float
    y: float
    lat: float
    lon: float
    address: Hit | None = None
    street: Hit | None = None
    road: Hit | None = None
    post: Hit | None = None
    objects: tuple[Hit, ...] = ()
    place: Hit | None = None


def written(number: int, letter: str, addition: str) -> str:
    """A house number as people write it: `12A-2`."""
    return f"{number}{letter}{'-' + addition if addition else ''}"


def bag_id(number: int) -> str:
    """A BAG id with its sixteen digits; empty for none."""
    return f"{number:016d}" if number else ""


def post_name(road: str, side: str, hm: int, letter: str) -> str:
    """A hectometre post as it is spoken: `A28 Re 22,4`."""
    return " ".join(filter(None, (road, {"R": "Re", "L": "Li"}.get(side, side), f"{hm // 10},{hm % 10}", letter)))
