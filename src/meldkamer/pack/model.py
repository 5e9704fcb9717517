"""A country as data: everything a pack holds, and the look-ups that others need."""

from __future__ import annotations

from functools import cached_property
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

import msgspec

from meldkamer.domain.playbook import Sheet
from meldkamer.domain.question import Put
from meldkamer.domain.warning import Nature
from meldkamer.pack.codes import (
    Characteristic,
    CharacteristicValue,
    Classification,
    ClosingCode,
    Discipline,
    Norm,
    Priority,
    Role,
    Status,
    TravelProfile,
    UnitKind,
)
from meldkamer.pack.network import (
    Agreement,
    Buddy,
    Distribution,
    Function,
    Municipality,
    Place,
    PoliceUnit,
    Region,
    Room,
    SafetyRegion,
)
from meldkamer.pack.playbooks import Playbook
from meldkamer.pack.questions import QuestionSet
from meldkamer.pack.speaking import Language, SpeakingWay
from meldkamer.pack.warnings import LegalBasis, WarningNature

FirstAnswer = Literal["national_first", "by_location"]


class QualityRule(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """When a difference between rooms is a lasting one: in the newest of so many whole weeks, and in at least ``worse``
    of them, the room stood worse than all others together."""

    weeks: Annotated[int, msgspec.Meta(ge=1, le=26)] = 4
    worse: Annotated[int, msgspec.Meta(ge=1, le=26)] = 3

    def __post_init__(self) -> None:
        if self.worse > self.weeks:
            raise ValueError("quality: worse must not be more than weeks")


class EarlierRule(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """For how many days a caller's earlier calls are looked up, and by which calling code numbers in national form are
    meant (E.164: 31 for the Netherlands)."""

    days: Annotated[int, msgspec.Meta(ge=1, le=366)]
    calling_code: Annotated[str, msgspec.Meta(pattern=r"^[1-9][0-9]{0,2}$(?!\n)")]


TimeOfDay = Annotated[str, msgspec.Meta(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$(?!\n)")]
"""Hours and minutes by the country's clock: 07:00."""


class Manifest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``pack.toml``: what the pack says about itself.

    ``near_buddies``: over so many of its nearest buddies with qualified people the functions of a lost room are spread.

    ``expected`` holds the number of rows per table that the pack promises; a table
    that is cut off half-way is otherwise a valid table.

    ``time_zone``: name in the IANA database, by which the country's clock times and days are meant.

    ``shifts``: when one shift of a room takes over from the one before; none when rooms have none in common.
    """

    name: str
    version: str
    country: str
    language: str
    time_zone: str
    first_answer: FirstAnswer
    national_region: str
    near_buddies: int
    home_regions: tuple[str, ...]
    expected: dict[str, int]
    earlier_calls: EarlierRule
    quality: QualityRule = QualityRule()
    shifts: Annotated[tuple[TimeOfDay, ...], msgspec.Meta(max_length=12)] = ()


class Pack(msgspec.Struct, frozen=True, dict=True):
    """A checked pack. Every reference in it resolves; ``hash`` identifies its contents."""

    manifest: Manifest
    folder: str
    hash: str
    disciplines: tuple[Discipline, ...]
    rooms: tuple[Room, ...]
    regions: tuple[Region, ...]
    safety_regions: tuple[SafetyRegion, ...]
    police_units: tuple[PoliceUnit, ...]
    municipalities: tuple[Municipality, ...]
    places: tuple[Place, ...]
    functions: tuple[Function, ...]
    buddies: tuple[Buddy, ...]
    distribution: tuple[Distribution, ...]
    agreements: tuple[Agreement, ...]
    classes: tuple[Classification, ...]
    characteristics: tuple[Characteristic, ...]
    characteristic_values: tuple[CharacteristicValue, ...]
    priorities: tuple[Priority, ...]
    statuses: tuple[Status, ...]
    roles: tuple[Role, ...]
    norms: tuple[Norm, ...]
    closing_codes: tuple[ClosingCode, ...]
    unit_kinds: tuple[UnitKind, ...]
    travel_profiles: tuple[TravelProfile, ...]
    question_sets: tuple[QuestionSet, ...] = ()
    playbooks: tuple[Playbook, ...] = ()
    warning_natures: tuple[WarningNature, ...] = ()
    legal_bases: tuple[LegalBasis, ...] = ()
    languages: tuple[Language, ...] = ()
    speaking_ways: tuple[SpeakingWay, ...] = ()
    past_sets: tuple[QuestionSet, ...] = ()
    """Versions that were replaced while rooms worked: asked no more, and still what answers were given to."""

    @cached_property
    def question_set(self) -> dict[tuple[str, str], QuestionSet]:
        """Question sets by id and version: also those that count no longer, or not yet."""
        return {(item.id, item.version): item for item in (*self.past_sets, *self.question_sets)}

    @cached_property
    def zone(self) -> ZoneInfo:
        """By which the country's clock times and days are meant."""
        return ZoneInfo(self.manifest.time_zone)

    @cached_property
    def room(self) -> dict[str, Room]:
        """Rooms by code."""
        return {room.code: room for room in self.rooms}

    @cached_property
    def region(self) -> dict[str, Region]:
        """Regions by code."""
        return {region.code: region for region in self.regions}

    @cached_property
    def safety_region(self) -> dict[str, SafetyRegion]:
        """Safety regions by code."""
        return {item.code: item for item in self.safety_regions}

    @cached_property
    def municipality(self) -> dict[str, Municipality]:
        """Municipalities by CBS code."""
        return {item.code: item for item in self.municipalities}

    @cached_property
    def function(self) -> dict[str, Function]:
        """Functions by code (``LB.A.dispatch``)."""
        return {item.code: item for item in self.functions}

    @cached_property
    def classification(self) -> dict[str, Classification]:
        """LMC classes by code."""
        return {item.code: item for item in self.classes}

    @cached_property
    def unit_kind(self) -> dict[str, UnitKind]:
        """Unit kinds by code."""
        return {item.code: item for item in self.unit_kinds}

    @cached_property
    def role(self) -> dict[str, Role]:
        """Roles by code."""
        return {item.code: item for item in self.roles}

    @cached_property
    def norm(self) -> dict[str, Norm]:
        """Norms by code."""
        return {item.code: item for item in self.norms}

    @cached_property
    def overflow(self) -> dict[str, Distribution]:
        """When calls go on to other rooms, by kind of function (`112`, `intake`)."""
        return {item.kind: item for item in self.distribution}

    @cached_property
    def _police(self) -> dict[str, PoliceUnit]:
        return {item.region: item for item in self.police_units if item.discipline == "P"}

    @cached_property
    def _buddies(self) -> dict[str, tuple[str, ...]]:
        ordered = sorted(self.buddies, key=lambda item: (item.room, item.order))
        found: dict[str, list[str]] = {}
        for item in ordered:
            found.setdefault(item.room, []).append(item.buddy)
        return {room: tuple(names) for room, names in found.items()}

    @cached_property
    def _statuses(self) -> dict[str, tuple[Status, ...]]:
        found: dict[str, list[Status]] = {}
        for item in self.statuses:
            found.setdefault(item.discipline, []).append(item)
        return {discipline: tuple(items) for discipline, items in found.items()}

    @cached_property
    def _values(self) -> dict[str, tuple[CharacteristicValue, ...]]:
        found: dict[str, list[CharacteristicValue]] = {}
        for item in self.characteristic_values:
            found.setdefault(item.name, []).append(item)
        return {name: tuple(items) for name, items in found.items()}

    def asked(self, set: str, version: str, question: str) -> Put | None:
        """A question of a version of a set, as those who keep its answer need it; None when this pack has none such."""
        one = self.question_set.get((set, version))
        found = one.question(question) if one is not None else None
        return None if found is None else Put(asked=found.ask, audience="A" if found.medical else "", fits=found.fits)

    def playbook_sheet(self, playbook: str, version: str) -> Sheet | None:
        """What a version of a playbook asks, by id; None when this pack has none such."""
        for book in self.playbooks:
            if (book.id, book.version) == (playbook, version):
                return Sheet(steps=tuple(s.id for s in book.steps), tell=tuple(s.id for s in book.tell))
        return None

    def nature(self, code: str) -> Nature | None:
        """What may be asked of a nature of address warnings, by code; None when this pack has none such."""
        for one in self.warning_natures:
            if one.id == code:
                return Nature(months=one.months, widest=one.widest, bases=one.bases)
        return None

    def home_functions(self, room: str) -> tuple[Function, ...]:
        """The functions that live in ``room`` when nothing is wrong."""
        return tuple(item for item in self.functions if item.home_room == room)

    def buddies_of(self, room: str) -> tuple[str, ...]:
        """The rooms to turn to for ``room``, first choice first."""
        return self._buddies.get(room, ())

    def statuses_of(self, discipline: str) -> tuple[Status, ...]:
        """The status table of one discipline, in the order of the file."""
        return self._statuses.get(discipline, ())

    def priorities_of(self, discipline: str) -> tuple[Priority, ...]:
        """The urgencies of one discipline, most urgent first."""
        return tuple(item for item in self.priorities if item.discipline == discipline)

    def closing_codes_of(self, discipline: str) -> tuple[ClosingCode, ...]:
        """The reasons for closing a track of one discipline."""
        return tuple(item for item in self.closing_codes if item.discipline == discipline)

    def values_of(self, characteristic: str) -> tuple[CharacteristicValue, ...]:
        """The allowed values of a characteristic; empty for numbers and free text."""
        return self._values.get(characteristic, ())

    def police_unit_of(self, region: str) -> PoliceUnit | None:
        """The regional police unit of a region; None for the national region."""
        return self._police.get(region)

    def agreements_for(self, borrower: str) -> tuple[Agreement, ...]:
        """The standing agreements under which others send units into ``borrower``'s area."""
        return tuple(item for item in self.agreements if item.borrower == borrower)
