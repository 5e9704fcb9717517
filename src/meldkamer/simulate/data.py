"""What the simulated world is made of: plain data, given by whoever starts it.

`WorldData.of` takes a loaded pack by the names of its fields, so that the simulator imports no other feature.
"""

from __future__ import annotations

import random
from functools import cached_property
from typing import Any

import msgspec
import numpy as np
import numpy.typing as npt

from meldkamer.simulate.grid import to_rd


class Place(msgspec.Struct, frozen=True):
    """A populated place. x, y: RD metres."""

    name: str
    x: float
    y: float
    inhabitants: int
    region: str
    safety_region: int = 0
    municipality: str = ""


class ClassCode(msgspec.Struct, frozen=True):
    """A class an operator can choose. disciplines: the leading one first."""

    code: str
    name: str
    priority: int
    disciplines: tuple[str, ...]


class Closing(msgspec.Struct, frozen=True):
    """A closing code of a discipline; real is False for false alarms and the like."""

    discipline: str
    code: str
    real: bool = True


class Hospital(msgspec.Struct, frozen=True):
    """Where ambulances go. x, y: RD metres."""

    name: str
    x: float
    y: float


class Travel(msgspec.Struct, frozen=True):
    """How a kind of unit gets somewhere: straight line times detour. Metres and metres per second."""

    detour: float = 1.35
    near_m: float = 4_000.0
    near_ms: float = 14.0
    far_ms: float = 23.0
    start_s: float = 0.0

    def seconds(self, straight: float) -> float:
        """Seconds for a straight distance in metres."""
        way = straight * self.detour
        first = min(way, self.near_m)
        return self.start_s + first / self.near_ms + (way - first) / self.far_ms


class FleetUnit(msgspec.Struct, frozen=True):
    """A unit to register where the room does not know it yet. x, y: RD metres of its base."""

    region: str
    call_sign: str
    discipline: str
    kind: str
    safety_region: int
    base: str
    x: float
    y: float
    capabilities: tuple[str, ...] = ()
    crew: int = 2


class WorldData(msgspec.Struct, frozen=True, dict=True):
    """Everything a world needs to know that is not in the record. status: (discipline, meaning) -> code."""

    places: tuple[Place, ...]
    classes: tuple[ClassCode, ...]
    status: dict[tuple[str, str], str]
    closings: tuple[Closing, ...] = ()
    hospitals: tuple[Hospital, ...] = ()
    travel: dict[str, Travel] = {}
    fleet: tuple[FleetUnit, ...] = ()
    national: str = "NL"

    @classmethod
    def of(cls, pack: Any, fleet: Any = (), hospitals: Any = ()) -> WorldData:
        """From a loaded pack with its demonstration fleet (bases, units) and hospitals."""
        return cls(
            places=tuple(_places(pack)),
            classes=tuple(
                ClassCode(c.code, c.name, c.priority, tuple(c.disciplines)) for c in pack.classes if c.disciplines
            ),
            status=_statuses(pack),
            closings=tuple(Closing(c.discipline, c.code, c.real) for c in pack.closing_codes),
            hospitals=tuple(Hospital(h.name, *_xy(h)) for h in hospitals),
            travel=_travel(pack),
            fleet=tuple(_fleet(pack, fleet)),
            national=pack.manifest.national_region,
        )

    @cached_property
    def xy(self) -> npt.NDArray[np.float64]:
        """RD coordinates of the places, shape (n, 2)."""
        return np.array([(p.x, p.y) for p in self.places], dtype=np.float64).reshape(-1, 2)

    def nearest(self, x: float, y: float) -> tuple[Place, float] | None:
        """The nearest place and its distance in metres; None without places."""
        if not self.places:
            return None
        squared = ((self.xy - (x, y)) ** 2).sum(axis=1)
        found = int(squared.argmin())
        return self.places[found], float(squared[found] ** 0.5)

    @cached_property
    def by_name(self) -> dict[str, Place]:
        """Places by lower-case name; of namesakes the largest."""
        return {p.name.lower(): p for p in sorted(self.places, key=lambda p: p.inhabitants)}

    @cached_property
    def by_code(self) -> dict[str, ClassCode]:
        """Classes by code."""
        return {c.code: c for c in self.classes}

    @cached_property
    def class_by_name(self) -> dict[str, ClassCode]:
        """Classes by lower-case name, as a whole or by its last level when that is not ambiguous."""
        last: dict[str, list[ClassCode]] = {}
        for c in self.classes:
            last.setdefault(c.name.rpartition(" / ")[2].lower(), []).append(c)
        alone = {name: found[0] for name, found in last.items() if len(found) == 1}
        return {**alone, **{c.name.lower(): c for c in self.classes}}

    @cached_property
    def region_of_safety_region(self) -> dict[int, str]:
        """Home region by number of the safety region."""
        return {p.safety_region: p.region for p in self.places if p.safety_region}

    def status_code(self, discipline: str, *meanings: str) -> str | None:
        """The code of the first of these meanings that the discipline has."""
        return next((self.status[discipline, m] for m in meanings if (discipline, m) in self.status), None)

    def closing(self, discipline: str, real: bool, rng: random.Random) -> str:
        """A closing code for a track, at random among those that fit."""
        fits = [c.code for c in self.closings if c.discipline == discipline and c.real is real]
        return rng.choice(fits) if fits else ("done" if real else "false")

    def travel_of(self, kind: str) -> Travel:
        """How this kind of unit drives."""
        return self.travel.get(kind, Travel())

    def hospital_near(self, x: float, y: float) -> Hospital | None:
        """The nearest hospital."""
        return min(self.hospitals, key=lambda h: (h.x - x) ** 2 + (h.y - y) ** 2, default=None)


def _places(pack: Any) -> list[Place]:
    found = []
    for p in pack.places:
        if p.kind != "place" or p.inhabitants <= 0:
            continue
        municipality = pack.municipality.get(p.municipality)
        area = pack.safety_region.get(municipality.safety_region) if municipality is not None else None
        if area is None:
            continue
        x, y = to_rd(p.lat, p.lon)
        found.append(Place(p.name, x, y, p.inhabitants, area.region, area.number, municipality.name))
    return found


def _statuses(pack: Any) -> dict[tuple[str, str], str]:
    codes: dict[tuple[str, str], str] = {}
    for s in pack.statuses:
        codes.setdefault((s.discipline, s.meaning.value), s.code)
    return codes


def _travel(pack: Any) -> dict[str, Travel]:
    profiles = {
        t.code: Travel(t.detour, t.near_m, t.near_kmh / 3.6, t.far_kmh / 3.6, t.start_s) for t in pack.travel_profiles
    }
    return {k.code: profiles[k.travel] for k in pack.unit_kinds if k.travel in profiles}


def _fleet(pack: Any, fleet: Any) -> list[FleetUnit]:
    if not fleet:
        return []
    bases, units = fleet
    base_by_code = {b.code: b for b in bases}
    found = []
    for u in units:
        base = base_by_code[u.base]
        x, y = _xy(base)
        kind = pack.unit_kind.get(u.kind)
        region = pack.safety_region[u.safety_region].region if isinstance(u.safety_region, str) else u.region
        number = pack.safety_region[u.safety_region].number if isinstance(u.safety_region, str) else u.safety_region
        found.append(
            FleetUnit(
                region, u.call_sign, u.discipline, u.kind, number, base.name, x, y,
                tuple(kind.capabilities) if kind else (), kind.crew if kind else 2,
            )
        )  # fmt: skip
    return found


def _xy(thing: Any) -> tuple[float, float]:
    if getattr(thing, "x", None) is not None:
        return float(thing.x), float(thing.y)
    return to_rd(thing.lat, thing.lon)
