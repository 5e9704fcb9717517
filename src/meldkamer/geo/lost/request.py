"""The four requests of LoST (RFC 5222), read strictly."""

from __future__ import annotations

from typing import TypeAlias

import msgspec

from meldkamer.geo.lost.faults import LostFault
from meldkamer.geo.lost.location import Location, read_location
from meldkamer.geo.safe_xml import Element, Limits, XmlRefused, read_xml

LOST = "urn:ietf:params:xml:ns:lost1"
LIMITS = Limits(bytes=64 * 1024, elements=2_500, depth=16)
MOST_VIA = 16


class FindService(msgspec.Struct, frozen=True, kw_only=True):
    """Who serves this place? boundary: `reference` or `value`."""

    location: Location
    service: str
    via: tuple[str, ...] = ()
    boundary: str = "reference"
    validate: bool = False


class ListServices(msgspec.Struct, frozen=True, kw_only=True):
    """What is served, under a service or at all; at a location, or anywhere (None)."""

    service: str | None
    via: tuple[str, ...] = ()
    location: Location | None = None


class GetServiceBoundary(msgspec.Struct, frozen=True, kw_only=True):
    """The area behind a reference."""

    key: str


LostRequest: TypeAlias = FindService | ListServices | GetServiceBoundary


def read_request(body: bytes) -> LostRequest:
    """Raises LostFault."""
    try:
        root = read_xml(body, LIMITS)
    except XmlRefused as error:
        raise LostFault("badRequest", str(error)) from error
    if root.namespace != LOST:
        raise LostFault("badRequest", f"not a request of {LOST}")
    match root.name:
        case "findService":
            service = _service(root)
            if service is None:
                raise LostFault("badRequest", "findService needs a service")
            boundary = root.attributes.get("serviceBoundary", "reference")
            if boundary not in ("reference", "value"):
                raise LostFault("badRequest", "serviceBoundary is reference or value")
            _truth(root, "recursive")
            return FindService(
                location=read_location(root),
                service=service,
                via=_via(root),
                boundary=boundary,
                validate=_truth(root, "validateLocation"),
            )
        case "listServices":
            return ListServices(service=_service(root), via=_via(root))
        case "listServicesByLocation":
            _truth(root, "recursive")
            return ListServices(service=_service(root), via=_via(root), location=read_location(root))
        case "getServiceBoundary":
            key = root.attributes.get("key", "").strip()
            if not key:
                raise LostFault("badRequest", "getServiceBoundary needs a key")
            return GetServiceBoundary(key=key)
    raise LostFault("badRequest", f"{root.name[:60]} is not a request of LoST")


def _service(root: Element) -> str | None:
    given = root.all("service")
    if len(given) > 1:
        raise LostFault("badRequest", "one service at a time")
    return given[0].text.strip() or None if given else None


def _via(root: Element) -> tuple[str, ...]:
    path = root.find("path")
    sources = tuple(via.attributes.get("source", "").strip() for via in path.all("via")) if path is not None else ()
    if len(sources) > MOST_VIA:
        raise LostFault("loop", f"the request went through {len(sources)} servers")
    return sources


def _truth(root: Element, name: str) -> bool:
    text = root.attributes.get(name, "false").strip()
    if text not in ("true", "false", "1", "0"):
        raise LostFault("badRequest", f"{name} is true or false")
    return text in ("true", "1")
