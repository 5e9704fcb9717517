"""A LoST server (RFC 5222) over the borders that are in force: where is a call for, and who answers it there?

It is the authority for its own country and asks nobody else: a request for a place outside gets `notFound`. What it
answers is what the intake itself decides by, from the same territory.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import UTC, datetime

import msgspec

from meldkamer.domain.clock import Clock, Millis
from meldkamer.geo.borders import BadShape, Divided, Point, Shape
from meldkamer.geo.borders.shapes import middle
from meldkamer.geo.errors import BadCoordinate, OutsideArea
from meldkamer.geo.geography import Geography, GeographyNow
from meldkamer.geo.lost import answer as answers
from meldkamer.geo.lost.alike import RequestReader
from meldkamer.geo.lost.boundaries import Boundaries
from meldkamer.geo.lost.civic import locate
from meldkamer.geo.lost.faults import LostFault
from meldkamer.geo.lost.location import Civic, Location
from meldkamer.geo.lost.request import FindService, GetServiceBoundary, ListServices, LostRequest
from meldkamer.geo.lost.services import NUMBER, UnknownService, below, served
from meldkamer.pack import Pack

MOVING = 60_000
"""Milliseconds for which an answer holds whose address follows whoever serves the function now."""
ROUGH = 3_600_000
"""… that rests on approximate borders."""
STEADY = 24 * 3_600_000
"""… that rests on official ones, unless they change before."""
KEPT = 2_048
"""Bytes of a request that could not be read that are kept in the log."""

log = logging.getLogger(__name__)


class LostSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """source: name of this server in answers (a domain name). uri: address of a function, in which {function},
    {region} and {room} stand for the function's code, its region and the room that serves it now."""

    source: str = "lost.meldkamer.invalid"
    uri: str = "sip:{function}@meldkamer.invalid"


class LostServer:
    """owner: which room serves a function now, None when nobody. Safe to call from any thread."""

    def __init__(
        self, geography: Geography, pack: Pack, settings: LostSettings, owner: Callable[[str], str | None], clock: Clock
    ) -> None:
        _check(settings)
        self._geography, self._pack, self._settings = geography, pack, settings
        self._owner, self._clock, self._began = owner, clock, clock.now()
        self._boundaries = Boundaries(geography, pack, settings.source)
        self._made: tuple[int, dict[tuple[str, str, str], str]] = (-1, {})
        self._reader = RequestReader()
        self._moment: tuple[int, GeographyNow | None, dict[bool, str]] = (-1, None, {})

    def answer(self, body: bytes) -> bytes:
        """The answer to a request, whatever it is: never an exception."""
        return self.prepare(body)[1]()

    def prepare(self, body: bytes) -> tuple[bool, Callable[[], bytes]]:
        """Whether the answer takes no more than a moment, and what gives it. A point is looked up in microseconds; a
        shape, an address or an outline takes so long that others should not wait for it."""
        try:
            request = self._reader.read(body)
        except LostFault as fault:
            if fault.kind == "badRequest":
                log.warning("a LoST request was refused: %s; it began %r", fault.message, body[:KEPT])
            refused = answers.errors(self._settings.source, fault)
            return True, lambda: refused
        except Exception:
            return True, self._mistaken
        location = None if isinstance(request, GetServiceBoundary) else request.location
        by_value = isinstance(request, FindService) and request.boundary == "value"
        quick = not by_value and (location is None or isinstance(location.where, Point))
        return quick and not isinstance(request, GetServiceBoundary), lambda: self._guarded(request)

    def _guarded(self, request: LostRequest) -> bytes:
        try:
            match request:
                case FindService():
                    return self._find(request)
                case ListServices():
                    return self._list(request)
                case GetServiceBoundary():
                    return self._boundary(request)
        except LostFault as fault:
            return answers.errors(self._settings.source, fault)
        except Exception:
            return self._mistaken()

    def _mistaken(self) -> bytes:
        log.exception("a LoST request failed")
        return answers.errors(self._settings.source, LostFault("internalError", "the server made a mistake"))

    # --- the requests -----------------------------------------------------------------------------------------------

    def _find(self, request: FindService) -> bytes:
        via = self._path(request.via)
        try:
            service = served(request.service)
        except UnknownService as error:
            raise LostFault("serviceNotImplemented", str(error)) from error
        shape, validation = self._place(request.location)
        divided = self._divide(shape)
        largest = divided.largest()
        if largest is None:
            raise LostFault("notFound", "nobody serves that place from here")
        try:
            function = service.function(largest.region, self._pack)
        except UnknownService as error:
            raise LostFault("serviceNotImplemented", str(error)) from error
        warnings = []
        if service.substituted:
            warnings.append(("serviceSubstitution", f"{service.service} serves {request.service} there"))
        if request.validate and validation is None:
            warnings.append(("locationValidationUnavailable", "only civic locations are validated"))
        return answers.find_service_response(
            self._settings.source,
            self._mapping(service.service, function, request.boundary),
            self._expires(divided),
            request.location.id,
            via,
            warnings,
            validation if request.validate else None,
        )

    def _mapping(self, service: str, function: str, boundary: str) -> str:
        """The mapping to a function as text. Who calls for it again gets the same text, until another geography or
        another room comes; outlines are too long to be kept once more."""
        changes = self._geography.changes
        kept = self._made
        if kept[0] != changes:
            kept = self._made = (changes, {})
        made = kept[1]
        key = (service, function, self._serving(function))
        text = made.get(key) if boundary == "reference" else None
        if text is None:
            mapping = answers.Mapping(
                service=service,
                uris=(self.uri(function),),
                names=(("nl", self._name(function)),),
                number=NUMBER,
                updated=iso(self._geography.now.since or self._began),
                source_id=f"{function}:{service.rpartition(':')[2]}",
                boundary=self._boundaries.of(function.partition(".")[0], boundary),
            )
            text = answers.mapping_text(self._settings.source, mapping)
            if boundary == "reference":
                made[key] = text
        return text

    def _list(self, request: ListServices) -> bytes:
        via = self._path(request.via)
        try:
            services = below(request.service)
        except UnknownService as error:
            raise LostFault("serviceNotImplemented", str(error)) from error
        used = None
        if request.location is not None:
            shape, _ = self._place(request.location)
            largest = self._divide(shape).largest()
            if largest is None:
                raise LostFault("notFound", "nobody serves that place from here")
            services = tuple(name for name in services if self._serves(name, largest.region))
            used = request.location.id
        return answers.list_services_response(services, used, via)

    def _boundary(self, request: GetServiceBoundary) -> bytes:
        outline = self._boundaries.behind(request.key)
        if outline is None:
            raise LostFault("notFound", "no such boundary; a newer one may have taken its place")
        return answers.boundary_response(outline, (self._settings.source,))

    # --- where ------------------------------------------------------------------------------------------------------

    def _place(self, location: Location) -> tuple[Shape, answers.Validation | None]:
        if not isinstance(location.where, Civic):
            return location.where, None
        found = locate(location.where, self._geography.gazetteer, self._pack.manifest.country)
        return Point(found.lat, found.lon), found.validation

    def _divide(self, shape: Shape) -> Divided:
        territory = self._geography.territory
        try:
            divided = territory.divide(shape)
        except BadShape as error:
            raise LostFault("locationInvalid", str(error)) from error
        if divided.largest() is None:
            try:
                territory.where.at(*middle(shape))  # says better than we what is wrong with it
            except BadCoordinate as error:
                raise LostFault("locationInvalid", str(error)) from error
            except OutsideArea as error:
                raise LostFault("notFound", str(error)) from error
        return divided

    # --- what is answered -------------------------------------------------------------------------------------------

    def _serves(self, service: str, region: str) -> bool:
        try:
            return bool(served(service).function(region, self._pack))
        except UnknownService:
            return False

    def _path(self, via: tuple[str, ...]) -> tuple[str, ...]:
        if self._settings.source in via:
            raise LostFault("loop", "the request was here before")
        return (self._settings.source, *via)

    def _serving(self, function: str) -> str:
        known = self._pack.function.get(function)
        return self._owner(function) or (known.home_room if known is not None else function.partition(".")[0])

    def uri(self, function: str) -> str:
        """The address of a function, also of one that the country does not know."""
        region = function.partition(".")[0]
        return self._settings.uri.format(function=function, region=region, room=self._serving(function))

    def _name(self, function: str) -> str:
        return f"{self._pack.room[self._serving(function)].name} ({function})"

    def _expires(self, divided: Divided) -> str:
        """Until when the answer holds: written once a second, as it says no more than seconds."""
        now, state = self._clock.now(), self._geography.now
        kept = self._moment
        if kept[0] != now // 1000 or kept[1] is not state:
            kept = self._moment = (now // 1000, state, {})
        text = kept[2].get(divided.approximate)
        if text is None:
            text = kept[2][divided.approximate] = iso(self._until(now, divided.approximate))
        return text

    def _until(self, now: Millis, approximate: bool) -> Millis:
        if "{room}" in self._settings.uri:
            return now + MOVING
        if approximate:
            return now + ROUGH
        changes = [now + STEADY]
        if (coming := self._geography.now.next_at) is not None:
            changes.append(max(coming, now))
        if (day := self._geography.borders_end()) is not None:
            changes.append(int(datetime.fromisoformat(day).replace(tzinfo=UTC).timestamp() * 1000))
        return min(changes)


def iso(now: Millis) -> str:
    """A moment as xsd:dateTime in UTC."""
    return datetime.fromtimestamp(now / 1000, UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def _check(settings: LostSettings) -> None:
    """Raises ValueError for settings that would give answers nobody can use."""
    labels = settings.source.split(".")
    if len(labels) < 2 or not all(label.replace("-", "").isalnum() and label.isascii() for label in labels):
        raise ValueError(f"lost.source {settings.source!r} is not a domain name")
    try:
        made = settings.uri.format(function="XX.112", region="XX", room="XX")
    except (KeyError, IndexError, ValueError) as error:
        raise ValueError(f"lost.uri {settings.uri!r}: only {{function}}, {{region}} and {{room}}") from error
    if ":" not in made or any(c.isspace() for c in made):
        raise ValueError(f"lost.uri {settings.uri!r} is not an address")
