"""The answers of LoST (RFC 5222), written as text: a handful of elements, every value escaped."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache
from xml.sax.saxutils import escape, quoteattr

import msgspec
import shapely

from meldkamer.geo.lost.faults import LostFault
from meldkamer.geo.lost.location import CIVIC_NS, GEODETIC
from meldkamer.geo.lost.request import LOST

MEDIA = "application/lost+xml"
_HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n'
_PLAIN = re.compile(r"[A-Za-z0-9.,:;@/()_-]+(?: [A-Za-z0-9.,:;@/()_-]+)*")
"""Text that needs no care."""
_GML = 'xmlns:gml="http://www.opengis.net/gml"'
_FIND = f'{_GML} xmlns:ca="{CIVIC_NS}"'


class Mapping(msgspec.Struct, frozen=True, kw_only=True):
    """One mapping, but for its expiry. boundary: of serviceBoundary or its reference, as XML, or empty. updated: ISO
    8601 in UTC."""

    service: str
    uris: tuple[str, ...]
    names: tuple[tuple[str, str], ...]
    number: str
    updated: str
    source_id: str
    boundary: str = ""


class Validation(msgspec.Struct, frozen=True):
    """Names of civic fields: those that exist so, those that do not, and those that could not be checked."""

    valid: tuple[str, ...]
    invalid: tuple[str, ...]
    unchecked: tuple[str, ...]


def mapping_text(source: str, mapping: Mapping) -> str:
    """The element of a mapping as it goes on behind its time of expiry."""
    names = "".join(f"<displayName xml:lang={_q(lang)}>{_t(name)}</displayName>" for lang, name in mapping.names)
    uris = "".join(f"<uri>{_t(uri)}</uri>" for uri in mapping.uris)
    number = f"<serviceNumber>{_t(mapping.number)}</serviceNumber>" if mapping.number else ""
    return (
        f" lastUpdated={_q(mapping.updated)} source={_q(source)} "
        f"sourceId={_q(mapping.source_id)}>{names}<service>{_t(mapping.service)}</service>"
        f"{mapping.boundary}{uris}{number}</mapping>"
    )


def find_service_response(
    source: str,
    mapping: str,
    expires: str,
    used: str,
    via: tuple[str, ...],
    warnings: Iterable[tuple[str, str]] = (),
    validation: Validation | None = None,
) -> bytes:
    """findServiceResponse. mapping: of `mapping_text`; expires: xsd:dateTime; warnings: kind and message."""
    inside = (
        f'<mapping expires="{expires}"{mapping}'
        f"{_validation(validation)}{_warnings(source, warnings)}{_path(via)}<locationUsed id={_q(used)}/>"
    )
    return _document("findServiceResponse", inside, _FIND)


def list_services_response(services: Sequence[str], used: str | None, via: tuple[str, ...]) -> bytes:
    """listServicesResponse, or listServicesByLocationResponse when a location was used."""
    inside = f"<serviceList>{_t(' '.join(services))}</serviceList>{_path(via)}"
    if used is None:
        return _document("listServicesResponse", inside)
    return _document("listServicesByLocationResponse", f"{inside}<locationUsed id={_q(used)}/>")


def boundary_response(boundary: str, via: tuple[str, ...]) -> bytes:
    """getServiceBoundaryResponse."""
    return _document("getServiceBoundaryResponse", f"{boundary}{_path(via)}", _GML)


def errors(source: str, fault: LostFault) -> bytes:
    """errors, with one of them."""
    more = "".join(f" {name}={_q(value)}" for name, value in fault.attributes.items())
    return _document(
        "errors", f'<{fault.kind}{more} message={_q(fault.message)} xml:lang="en"/>', f"source={_q(source)}"
    )


def boundary_reference(source: str, key: str) -> str:
    """serviceBoundaryReference."""
    return f"<serviceBoundaryReference source={_q(source)} key={_q(key)}/>"


def boundary_value(shape: shapely.Geometry) -> str:
    """serviceBoundary by value. shape: in WGS84 with x = longitude."""
    polygons = "".join(_polygon(part) for part in shapely.get_parts(shape))
    return f"<serviceBoundary profile={_q(GEODETIC)}>{polygons}</serviceBoundary>"


def _polygon(part: shapely.Geometry) -> str:
    rings = f"<gml:exterior>{_ring(part.exterior)}</gml:exterior>"
    rings += "".join(f"<gml:interior>{_ring(ring)}</gml:interior>" for ring in part.interiors)
    return f'<gml:Polygon srsName="urn:ogc:def:crs:EPSG::4326">{rings}</gml:Polygon>'


def _ring(ring: shapely.Geometry) -> str:
    # The boundary is cut off after the seventh decimal: a centimetre.
    listed = " ".join(f"{lat:.7f} {lon:.7f}" for lon, lat in shapely.get_coordinates(ring))
    return f"<gml:LinearRing><gml:posList>{listed}</gml:posList></gml:LinearRing>"


def _validation(found: Validation | None) -> str:
    if found is None:
        return ""
    parts = (("valid", found.valid), ("invalid", found.invalid), ("unchecked", found.unchecked))
    inside = "".join(f"<{name}>{' '.join(f'ca:{_t(f)}' for f in fields)}</{name}>" for name, fields in parts if fields)
    return f"<locationValidation>{inside}</locationValidation>"


def _warnings(source: str, warnings: Iterable[tuple[str, str]]) -> str:
    inside = "".join(f'<{kind} message={_q(message)} xml:lang="en"/>' for kind, message in warnings)
    return f"<warnings source={_q(source)}>{inside}</warnings>" if inside else ""


@lru_cache(maxsize=64)
def _path(via: tuple[str, ...]) -> str:
    return f"<path>{''.join(f'<via source={_q(source)}/>' for source in via)}</path>"


def _document(name: str, inside: str, attributes: str = "") -> bytes:
    space = f" {attributes}" if attributes else ""
    return f'{_HEAD}<{name} xmlns="{LOST}"{space}>{inside}</{name}>'.encode()


def _clean(text: str) -> str:
    """One line of characters that XML allows."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


def _q(text: str) -> str:
    return f'"{text}"' if _PLAIN.fullmatch(text) else quoteattr(_clean(text))


def _t(text: str) -> str:
    return text if _PLAIN.fullmatch(text) else escape(_clean(text))
