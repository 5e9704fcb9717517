"""Looking up: codes and names, where something is, addresses and places by name, and which units are nearest."""

from __future__ import annotations

import asyncio
import datetime
from typing import Annotated, Any

import msgspec

from meldkamer.access import SESSION, need
from meldkamer.desk.contract import Api, ProblemError, Request, not_valid
from meldkamer.desk.places import PlaceFound
from meldkamer.desk.refusals import in_words
from meldkamer.desk.services import Services
from meldkamer.domain.basics import Discipline, Ref, Refused
from meldkamer.geo import Answer, BadCoordinate, BadShape, Circle, Divided, GeographyNow, Here, OutsideArea
from meldkamer.pack import (
    Characteristic,
    CharacteristicValue,
    ClosingCode,
    Function,
    Language,
    LegalBasis,
    Norm,
    Pack,
    Playbook,
    Priority,
    QuestionSet,
    Region,
    Role,
    Room,
    SafetyRegion,
    SpeakingWay,
    Status,
    TimeOfDay,
    UnitKind,
    WarningNature,
)
from meldkamer.pack import Discipline as DisciplineName
from meldkamer.response import CardBook, Nearest

Degrees = Annotated[float, msgspec.Meta(ge=-180, le=180)]
Metres = Annotated[float, msgspec.Meta(ge=-1_000_000, le=2_000_000)]
Radius = Annotated[float, msgspec.Meta(gt=0, le=400_000)]
Words = Annotated[str, msgspec.Meta(max_length=80)]
Kinds = Annotated[tuple[Annotated[str, msgspec.Meta(max_length=24)], ...], msgspec.Meta(max_length=32)]


class ClassView(msgspec.Struct, frozen=True, kw_only=True):
    """A class with its name as operators write it. disciplines: the tracks it starts with, the leading one first.
    until: the first day on which it is not chosen any more."""

    code: str
    name: str
    priority: int
    disciplines: tuple[str, ...]
    until: datetime.date | None = None


class PackView(msgspec.Struct, frozen=True, kw_only=True):
    """The country as data: what desks need to name and choose. hash: changes with its contents. shifts: when one takes
    over from the one before, as hours and minutes. scale_ups: the characteristics that scale an incident up, by a run
    card's level or by a playbook."""

    name: str
    version: str
    hash: str
    time_zone: str
    shifts: tuple[TimeOfDay, ...]
    first_answer: str
    disciplines: tuple[DisciplineName, ...]
    rooms: tuple[Room, ...]
    regions: tuple[Region, ...]
    safety_regions: tuple[SafetyRegion, ...]
    functions: tuple[Function, ...]
    classes: tuple[ClassView, ...]
    characteristics: tuple[Characteristic, ...]
    characteristic_values: tuple[CharacteristicValue, ...]
    priorities: tuple[Priority, ...]
    statuses: tuple[Status, ...]
    closing_codes: tuple[ClosingCode, ...]
    unit_kinds: tuple[UnitKind, ...]
    roles: tuple[Role, ...]
    norms: tuple[Norm, ...]
    warning_natures: tuple[WarningNature, ...]
    legal_bases: tuple[LegalBasis, ...]
    languages: tuple[Language, ...]
    speaking_ways: tuple[SpeakingWay, ...]
    scale_ups: tuple[str, ...]


class QuestionsView(msgspec.Struct, frozen=True, kw_only=True):
    """Every version of every question set; of each set the one with the latest day that has come counts. past: versions
    that were replaced, which answers still name."""

    sets: tuple[QuestionSet, ...]
    past: tuple[QuestionSet, ...]


class PlaybooksView(msgspec.Struct, frozen=True, kw_only=True):
    """Every version of every playbook; of each the one with the latest day that has come counts."""

    books: tuple[Playbook, ...]


def add_lookup(api: Api, services: Services) -> None:
    """Register the operations."""
    own = ("name", "version", "hash", "time_zone", "shifts", "first_answer", "classes", "scale_ups")
    fields = [f for f in PackView.__struct_fields__ if f not in own]

    def view_of(pack: Pack, book: CardBook) -> PackView:
        return PackView(
            name=pack.manifest.name,
            version=pack.manifest.version,
            hash=pack.hash,
            time_zone=pack.manifest.time_zone,
            shifts=pack.manifest.shifts,
            first_answer=pack.manifest.first_answer,
            scale_ups=_scale_ups(pack, book),
            classes=tuple(
                ClassView(code=c.code, name=c.name, priority=c.priority, disciplines=c.disciplines, until=c.until)
                for c in pack.classes
            ),
            **{f: getattr(pack, f) for f in fields},
        )

    seen: dict[tuple[str, str], PackView] = {}

    def pack_view() -> PackView:
        pack, book = services.packs.now.pack, services.packs.now.book
        key = (pack.hash, book.hash)
        if key not in seen:
            seen.clear()
            seen[key] = view_of(pack, book)
        return seen[key]

    @api.op("GET", "/api/pack", needs=SESSION)
    async def pack_now(request: Request) -> PackView:
        """Codes and names: rooms, regions, classes, statuses, norms with their sources."""
        return pack_view()

    @api.op("GET", "/api/questions", needs=need("read"))
    async def questions(request: Request) -> QuestionsView:
        """Question sets by class: what to ask, what to tell the caller, and what answers suggest."""
        pack = services.packs.pack
        return QuestionsView(sets=pack.question_sets, past=pack.past_sets)

    @api.op("GET", "/api/playbooks", needs=need("read"))
    async def playbooks(request: Request) -> PlaybooksView:
        """What to do, by when and whom to tell, when a part is lost or an incident scales up."""
        return PlaybooksView(books=services.packs.pack.playbooks)

    @api.op("GET", "/api/areas", needs=SESSION)
    async def areas(request: Request) -> dict[str, Any]:
        """Region areas as GeoJSON in RD New; `approximate` says when they are not the official ones."""
        official = await asyncio.to_thread(services.geography.map_areas)
        return official if official is not None else dict(services.areas)

    @api.op("GET", "/api/where", needs=need("read", "scope:telephony"), problems=("not_found",))
    async def where(
        request: Request,
        lat: Degrees | None = None,
        lon: Degrees | None = None,
        x: Metres | None = None,
        y: Metres | None = None,
    ) -> Answer:
        """Place, municipality, safety region and room of a point: lat and lon, or x and y."""
        if x is not None and y is not None:
            lat, lon = services.where.rd.to_wgs84(x, y)
        if lat is None or lon is None:
            raise not_valid("Missing parameter: lat and lon, or x and y - at `$.lat`")
        try:
            return services.where.at(lat, lon)
        except BadCoordinate as error:
            raise not_valid(f"{error} - at `$.lat`") from error
        except OutsideArea as error:
            raise ProblemError("not_found", "where.outside", str(error)) from error

    @api.op("GET", "/api/places", needs=need("read"))
    async def places(
        request: Request, q: Words, near_x: Metres | None = None, near_y: Metres | None = None
    ) -> list[PlaceFound]:
        """Addresses, streets, places, junctions, hectometre posts and objects, for typing; the nearest first."""
        near = (near_x, near_y) if near_x is not None and near_y is not None else None
        return await asyncio.to_thread(services.places.find, q, near)

    @api.op("GET", "/api/here", needs=need("read"))
    async def here(request: Request, x: Metres, y: Metres) -> Here:
        """What is at a point in RD: address, street, road and post, objects and place, each with its distance."""
        return await asyncio.to_thread(services.geography.gazetteer.here, x, y)

    @api.op("GET", "/api/where/shares", needs=need("read", "scope:telephony"))
    async def where_shares(request: Request, lat: Degrees, lon: Degrees, radius: Radius) -> Divided:
        """How a circle (metres) divides over the safety regions: how certain it is who serves it."""
        try:
            return await asyncio.to_thread(services.geography.territory.divide, Circle(lat, lon, radius))
        except BadShape as error:
            raise not_valid(f"{error} - at `$.radius`") from error

    @api.op("GET", "/api/geography", needs=need("read"))
    async def geography(request: Request) -> GeographyNow:
        """Which release of addresses, roads and borders this room runs, and which comes next."""
        return services.geography.now

    @api.op("GET", "/api/nearest", needs=need("read"), problems=("refused", "not_found"))
    async def nearest(request: Request, incident: Ref, discipline: Discipline, kinds: Kinds = ()) -> Nearest:
        """Nearest free units with distance and estimated time, best first, and why any is not the obvious one."""
        session = request.session
        services.authority.may_see(session, incident.partition("/")[0])
        if incident not in services.picture.incidents:
            raise ProblemError("not_found", "incident.unknown", params={"incident": incident})
        try:
            return services.nearest.look(session.room, incident, discipline, kinds)
        except Refused as error:
            raise in_words(error, services.words, session) or error from error


def _scale_ups(pack: Pack, book: CardBook) -> tuple[str, ...]:
    """The characteristics by which run cards ask more, and those by which a playbook is laid ready, each once."""
    by_cards = [name for rules in book.rules.values() for name in rules.level_characteristics]
    by_playbooks = [one.characteristic for one in pack.playbooks if one.characteristic]
    return tuple(dict.fromkeys([*by_cards, *by_playbooks]))
