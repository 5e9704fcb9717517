"""Run cards as data: what an incident of a kind needs, and the rules of a discipline that go with them.

The field's words: inzetplan, MAR. One file per discipline, and `common.toml` for what all share; see docs/proposal.md.
"""

from __future__ import annotations

import datetime
import math
from collections.abc import Mapping

import msgspec

from meldkamer.response.runcards.text import Term

Conditions = dict[str, tuple[str, ...]]
"""Characteristic -> values, one of which it must have."""


class Role(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A role that a card can ask for: which kinds of unit or capabilities it means.

    instead: roles that will do when this one is not there, or is `instead_after` seconds later.
    """

    name: str
    kinds: tuple[str, ...] = ()
    capabilities: tuple[str, ...] = ()
    instead: tuple[str, ...] = ()
    instead_after: int = 0


class Urgency(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A discipline's own urgency. rank: of the pack's priorities, 1..5.

    usual: the one of its rank when a card says nothing. divert: urgencies from which a unit on its way may be taken.
    norm: code of the arrival norm, when a card names none.
    """

    code: str
    rank: int
    usual: bool = False
    divert: tuple[str, ...] = ()
    norm: str = ""


class Turnout(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Seconds between order and departure: at the station, and on the road."""

    station: int = 0
    road: int = 0


class Rest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """When a crew that could go is left in peace, if another is nearly as soon. Nothing given: rest does not count.

    long: minutes of one piece of work after which a crew rests; rest: minutes that it rests then. duty: hours on duty
    from which on a crew counts as tired (0: they are not counted); most: hours beyond which the crew must have changed
    without a word. seconds: added in the comparison. ranks: priorities for which rest counts.
    """

    long: int = 0
    rest: int = 0
    duty: int = 0
    most: int = 24
    seconds: int = 0
    ranks: tuple[int, ...] = ()

    def fault(self) -> str:
        """What is wrong with it, empty when nothing is."""
        if not (0 <= self.long <= 1_440 and 0 <= self.rest <= 1_440 and 0 <= self.duty <= 48 and 0 <= self.most <= 48):
            return "long and rest are 0 to 1440 minutes, duty and most 0 to 48 hours"
        if not 0 <= self.seconds <= 900:
            return "seconds are 0 to 900"
        if any(not 1 <= rank <= 5 for rank in self.ranks):
            return "ranks are 1 to 5"
        if self.seconds and not (self.ranks and (self.duty or (self.long and self.rest))):
            return "seconds need ranks, and long with rest, or duty"
        return ""


class Coverage(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """For which urgencies a unit is spared that many would miss. Nothing given: for none.

    within: seconds of travel in which people count as covered. busy: the chance that a unit is not free: then a second
    one near them counts too. people: so many that are left weigh as one second; most: seconds that sparing may cost.
    """

    urgencies: tuple[str, ...] = ()
    within: int = 720
    busy: float = 0.3
    people: int = 250
    most: int = 300

    def fault(self) -> str:
        """What is wrong with it, empty when nothing is."""
        if not 60 <= self.within <= 3_600:
            return "within is 60 to 3600 seconds"
        if not 0 < self.busy < 1:
            return "busy lies between 0 and 1"
        if self.people < 1 or not 0 < self.most <= 1_800:
            return "people is 1 or more, most 1 to 1800 seconds"
        return ""


class PlaceSet(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Places with something in common. municipalities: codes; circles: (lat, lon, metres)."""

    name: str
    municipalities: tuple[str, ...] = ()
    circles: tuple[tuple[float, float, float], ...] = ()


class Trait(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An object type or risk factor: known by its name, by characteristics (any of them), or by the class."""

    name: str
    characteristics: Conditions = {}
    classes: tuple[str, ...] = ()


class Card(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, rename={"start": "from"}):
    """One run card.

    classes: codes, or beginnings of codes (`brgb*`). priority: ranks; none = all. level: alarm level ("" = first
    answer). regions: safety regions; none = all. start, until: days, the first included, the last not.
    A card with place_sets, object_types, risk_factors or characteristics comes on top of the one that the class gives;
    all its kinds of condition must hold, any of their values will do.
    need: at least this; add: so much more; judge: no card can say it, a person decides.
    """

    id: str
    classes: tuple[str, ...]
    priority: tuple[int, ...] = ()
    level: str = ""
    regions: tuple[str, ...] = ()
    start: datetime.date | None = None
    until: datetime.date | None = None
    place_sets: tuple[str, ...] = ()
    object_types: tuple[str, ...] = ()
    risk_factors: tuple[str, ...] = ()
    characteristics: Conditions = {}
    need: str = ""
    add: str = ""
    urgency: str = ""
    norm: str = ""
    judge: bool = False
    remark: str = ""

    @property
    def on_top(self) -> bool:
        """Whether it comes on top of another card instead of being chosen by class alone."""
        return bool(self.place_sets or self.object_types or self.risk_factors or self.characteristics)

    def in_force(self, day: datetime.date) -> bool:
        """Whether it counts on this day."""
        return (self.start is None or self.start <= day) and (self.until is None or day < self.until)


class Rules(msgspec.Struct, frozen=True, kw_only=True):
    """One discipline's file. where: file and line of each card, by id."""

    discipline: str
    file: str
    levels: tuple[str, ...]
    level_characteristics: tuple[str, ...]
    turnout: Turnout
    rest: Rest
    coverage: Coverage
    urgencies: tuple[Urgency, ...]
    roles: Mapping[str, Role]
    cards: tuple[Card, ...]
    needs: Mapping[str, tuple[Term, ...]]
    adds: Mapping[str, tuple[Term, ...]]
    where: Mapping[str, str]

    def urgency(self, code: str) -> Urgency | None:
        """The urgency with this code."""
        return next((u for u in self.urgencies if u.code == code), None)

    def urgency_of(self, card: str, rank: int) -> Urgency | None:
        """What a track has: what the card says where the rank agrees, else the usual one of the rank."""
        named = self.urgency(card)
        if named is not None and named.rank == rank:
            return named
        of_rank = [u for u in self.urgencies if u.rank == rank]
        return next((u for u in of_rank if u.usual), of_rank[0] if of_rank else None)


class CardBook(msgspec.Struct, frozen=True, kw_only=True):
    """All run cards of a country. centres: circles of place sets as RD x, y, metres. hash: of all files."""

    folder: str
    hash: str
    rules: Mapping[str, Rules]
    place_sets: tuple[PlaceSet, ...]
    object_types: tuple[Trait, ...]
    risk_factors: tuple[Trait, ...]
    centres: Mapping[str, tuple[tuple[float, float, float], ...]]

    def sets_at(self, x: float, y: float, municipality: str) -> set[str]:
        """The place sets in which a point (RD) or its municipality (code) lies."""
        found = set()
        for places in self.place_sets:
            near = any(math.hypot(x - cx, y - cy) <= radius for cx, cy, radius in self.centres[places.name])
            if near or municipality in places.municipalities:
                found.add(places.name)
        return found
