"""The code tables of the disciplines: classes, characteristics, priorities, statuses, norms.

Names that operators read are Dutch (``name``) with an English twin (``name_en``);
``code`` is what is stored and exchanged. A code is never removed, for old incidents have it:
from the day ``until`` on it is not chosen any more.
"""

from __future__ import annotations

import datetime
from typing import Literal

import msgspec

from meldkamer.domain.unit import Meaning

Basis = Literal["standard", "default"]


class Discipline(msgspec.Struct, frozen=True):
    """A discipline by its letter in masks and functions."""

    code: str
    name: str
    name_en: str
    order: int


class Classification(msgspec.Struct, frozen=True):
    """A class of the LMC. Level 2 and 3 are empty on the higher levels.

    ``disciplines`` is which tracks a new incident of this class gets by default, the leading one first.
    """

    code: str
    level1: str
    level2: str
    level3: str
    priority: int  # 1 (highest) .. 5
    disciplines: tuple[str, ...]
    until: datetime.date | None = None

    @property
    def level(self) -> int:
        """1, 2 or 3."""
        return 3 if self.level3 else 2 if self.level2 else 1

    @property
    def name(self) -> str:
        """The three levels as operators write them: ``Brand / Gebouw / 02 Woning``."""
        return " / ".join(part for part in (self.level1, self.level2, self.level3) if part)


class Characteristic(msgspec.Struct, frozen=True):
    """A karakteristiek beside the class. Its values stand in ``CharacteristicValue``."""

    name: str
    kind: Literal["flag", "number", "text", "single", "multiple"]
    code: str = ""
    until: datetime.date | None = None


class CharacteristicValue(msgspec.Struct, frozen=True):
    """One allowed value, with the note line that sets it (``-grip 2``), or several of them with ``;`` between."""

    name: str
    value: str
    term: str = ""
    until: datetime.date | None = None

    @property
    def terms(self) -> tuple[str, ...]:
        """Each line that sets it."""
        return tuple(part.strip() for part in self.term.split(";") if part.strip())


class Priority(msgspec.Struct, frozen=True):
    """A discipline's urgency. ``rank`` 1..5 makes them comparable with the LMC default."""

    discipline: str
    code: str
    name: str
    name_en: str
    rank: int
    signals: bool


class Status(msgspec.Struct, frozen=True):
    """A unit status. ``key`` is the radio key; ``meaning`` is what the software reasons with.

    ``free_for_new`` is None where the status says nothing about it (a request to speak).
    ``basis`` is ``standard`` for a published table, ``default`` for ours, to be replaced.
    """

    discipline: str
    code: str
    key: str
    abbreviation: str
    name: str
    name_en: str
    meaning: Meaning
    basis: Basis
    free_for_new: bool | None = None


class Role(msgspec.Struct, frozen=True):
    """Who someone is on duty.

    ``functions`` are the kinds the role qualifies for (``A.intake``, ``multi``, ``112``);
    ``compartments`` the sealed fields it may open: caller, medical, police, staff.
    """

    code: str
    name: str
    name_en: str
    discipline: str = ""
    functions: tuple[str, ...] = ()
    compartments: tuple[str, ...] = ()


class Norm(msgspec.Struct, frozen=True):
    """A time norm: from one time stamp to another within ``value`` of ``unit``.

    ``share`` is the percentage that must meet it; None where the source names none.
    ``basis``: law, sector, practice, or default (ours; none was found).
    """

    code: str
    name: str
    name_en: str
    start: str
    end: str
    value: float
    unit: Literal["s", "min"]
    basis: Literal["law", "sector", "practice", "default"]
    source: str
    discipline: str = ""
    share: float | None = None

    @property
    def seconds(self) -> float:
        """The value in seconds."""
        return self.value * 60 if self.unit == "min" else self.value


class ClosingCode(msgspec.Struct, frozen=True):
    """Why a track was closed. ``real`` is no for pocket calls, false alarms and duplicates."""

    discipline: str
    code: str
    name: str
    name_en: str
    real: bool
    until: datetime.date | None = None


class UnitKind(msgspec.Struct, frozen=True):
    """A kind of unit. ``travel`` is its speed profile."""

    code: str
    discipline: str
    name: str
    name_en: str
    capabilities: tuple[str, ...]
    crew: int
    travel: str


class TravelProfile(msgspec.Struct, frozen=True):
    """How fast a kind of vehicle gets somewhere without a road map (``meldkamer.geo``).

    The way is the straight line times ``detour``; its first ``near_m`` metres go at
    ``near_kmh``, the rest at ``far_kmh``; ``start_s`` seconds are added (take-off, landing).
    """

    code: str
    name: str
    name_en: str
    detour: float
    near_m: float
    near_kmh: float
    far_kmh: float
    start_s: float
