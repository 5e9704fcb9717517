"""Where: the location of a LoST request, as a shape of ours or as a civic address.

Profiles of RFC 5222, section 12: `geodetic-2d` with the shapes of GML and of GeoShape (point, polygon, circle, ellipse,
arc band), and `civic` (RFC 5139).
"""

from __future__ import annotations

import math
import re

import msgspec

from meldkamer.geo.borders import ArcBand, BadShape, Circle, Ellipse, Point, Polygon, Shape
from meldkamer.geo.borders.shapes import check
from meldkamer.geo.lost.faults import LostFault
from meldkamer.geo.safe_xml import Element

GEODETIC, CIVIC = "geodetic-2d", "civic"
GML = ("http://www.opengis.net/gml", "http://www.opengis.net/gml/3.2")
GS = "http://www.opengis.net/pidflo/1.0"
CIVIC_NS = "urn:ietf:params:xml:ns:pidf:geopriv10:civicAddr"
_SRS = re.compile(r"(urn:ogc:def:crs:)?EPSG::?4326", re.IGNORECASE)
_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d{1,2})?")
_METRES, _DEGREES, _RADIANS = "EPSG::9001", "EPSG::9102", "EPSG::9101"
MOST_FIELD = 120


class Civic(msgspec.Struct, frozen=True):
    """A civic address: fields by their name in RFC 5139 (country, A1, A3, RD, HNO, PC, ...)."""

    fields: dict[str, str]


class Location(msgspec.Struct, frozen=True):
    """One location of a request."""

    id: str
    profile: str
    where: Shape | Civic


def read_location(element: Element) -> Location:
    """The first location whose profile we know. Raises LostFault."""
    given = element.all("location")
    if not given:
        raise LostFault("badRequest", "a location is needed")
    unknown = []
    for location in given:
        identity = location.attributes.get("id", "").strip()
        if not identity:
            raise LostFault("badRequest", "a location has no id")
        profile = location.attributes.get("profile", "").strip() or _implied(location)
        if profile == GEODETIC:
            return Location(identity, profile, _shape(location))
        if profile == CIVIC:
            return Location(identity, profile, _civic(location))
        unknown.append(profile or "none")
    names = " ".join(re.sub(r"[^A-Za-z0-9._:-]", "_", name)[:40] for name in unknown)
    raise LostFault("locationProfileUnrecognized", f"known are {GEODETIC} and {CIVIC}", {"unsupportedProfiles": names})


def _implied(location: Element) -> str:
    """A location without a profile attribute is read by what it holds."""
    first = location.children[0].namespace if location.children else ""
    return GEODETIC if first in (*GML, GS) else CIVIC if first == CIVIC_NS else ""


def _civic(location: Element) -> Civic:
    address = location.find("civicAddress")
    if address is None or address.namespace != CIVIC_NS:
        raise LostFault("locationInvalid", "the civic location has no civicAddress")
    fields = {
        child.name: " ".join(child.text.split())[:MOST_FIELD]
        for child in address.children
        if child.namespace == CIVIC_NS and child.text.strip()
    }
    if not fields:
        raise LostFault("locationInvalid", "the civic address is empty")
    return Civic(fields)


def _shape(location: Element) -> Shape:
    if len(location.children) != 1:
        raise LostFault("locationInvalid", "one shape is needed")
    element = location.children[0]
    if element.namespace not in (*GML, GS):
        raise LostFault("locationInvalid", f"{element.name} is not a shape of GML or GeoShape")
    _check_srs(element)
    try:
        shape = _read(element)
        check(shape)
    except BadShape as error:
        raise LostFault("locationInvalid", str(error)) from error
    return shape


def _read(element: Element) -> Shape:
    match (element.namespace in GML, element.name):
        case (True, "Point"):
            return Point(*_position(element))
        case (True, "Polygon"):
            return _polygon(element)
        case (False, "Circle"):
            return Circle(*_position(element), _length(element, "radius"))
        case (False, "Ellipse"):
            return Ellipse(
                *_position(element),
                _length(element, "semiMajorAxis"),
                _length(element, "semiMinorAxis"),
                _angle(element, "orientation"),
            )
        case (False, "ArcBand"):
            return ArcBand(
                *_position(element),
                _length(element, "innerRadius"),
                _length(element, "outerRadius"),
                _angle(element, "startAngle"),
                _angle(element, "openingAngle"),
            )
    raise LostFault("locationInvalid", f"{element.name} is not a two-dimensional shape of this profile")


def _polygon(element: Element) -> Polygon:
    ring = element.find("exterior", "LinearRing")
    if ring is None or element.find("interior") is not None:
        raise BadShape("a polygon has one exterior ring and no other")
    listed = ring.find("posList")
    if listed is not None:
        values = _numbers(listed.text)
        if len(values) % 2:
            raise BadShape("the list of positions has an odd number of numbers")
        corners = list(zip(values[0::2], values[1::2], strict=True))
    else:
        corners = [pair_of(position.text) for position in ring.all("pos")]
    if len(corners) < 4 or corners[0] != corners[-1]:
        raise BadShape("the ring is not closed: its last position must be its first")
    return Polygon(tuple(corners))


def _position(element: Element) -> tuple[float, float]:
    position = element.find("pos")
    if position is None:
        raise BadShape(f"{element.name} has no pos")
    return pair_of(position.text)


def pair_of(text: str) -> tuple[float, float]:
    """The two numbers of a position. Raises BadShape."""
    values = _numbers(text)
    if len(values) != 2:
        raise BadShape(f"a position has two numbers, not {len(values)}")
    return values[0], values[1]


def _numbers(text: str) -> list[float]:
    found = []
    for word in text.split():
        if not _NUMBER.fullmatch(word):
            raise BadShape(f"{word[:20]!r} is not a number")
        found.append(float(word))
    return found


def _measure(element: Element, name: str) -> tuple[float, str]:
    found = element.find(name)
    if found is None:
        raise BadShape(f"{element.name} has no {name}")
    values = _numbers(found.text)
    if len(values) != 1:
        raise BadShape(f"{name} is one number")
    return values[0], found.attributes.get("uom", "").strip()


def _length(element: Element, name: str) -> float:
    value, unit = _measure(element, name)
    if unit and not unit.endswith(_METRES):
        raise BadShape(f"{name} is in {unit[:60]}, not in metres (urn:ogc:def:uom:{_METRES})")
    return value


def _angle(element: Element, name: str) -> float:
    value, unit = _measure(element, name)
    if unit.endswith(_RADIANS):
        return math.degrees(value)
    if unit and not unit.endswith(_DEGREES):
        raise BadShape(f"{name} is in {unit[:60]}, not in degrees (urn:ogc:def:uom:{_DEGREES})")
    return value


def _check_srs(element: Element) -> None:
    for part in element.walk():
        name = part.attributes.get("srsName", "").strip()
        if name and not _SRS.fullmatch(name):
            raise LostFault("SRSInvalid", f"{name[:80]} is not urn:ogc:def:crs:EPSG::4326")
        if part.attributes.get("srsDimension", "2").strip() != "2":
            raise LostFault("SRSInvalid", "the profile geodetic-2d has two dimensions")
