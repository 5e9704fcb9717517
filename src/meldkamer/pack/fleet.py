"""Bases, units and hospitals for the demonstration: synthetic, the same for the same pack and seed.

No open source lists the real ones. These follow the people: each region gets its share,
each town in it by size. Names say that they are synthetic; nobody may take them for real.
"""

from __future__ import annotations

import math
import random

import msgspec

from meldkamer.pack.callsigns import CallSigns
from meldkamer.pack.model import Pack
from meldkamer.pack.spread import Site, apart, moved, settlements, share

BASE_NAMES = {"A": "Ambulancepost", "B": "Kazerne", "P": "Bureau", "K": "Brigade"}
SUFFIX = "(synthetisch)"


class Base(msgspec.Struct, frozen=True):
    """Where units stand when nothing happens. WGS84; ``code`` is unique in the country."""

    code: str
    name: str
    discipline: str
    place: str
    municipality: str
    safety_region: str
    region: str
    lat: float
    lon: float


class FleetUnit(msgspec.Struct, frozen=True):
    """A unit with its home. ``function`` is the dispatch function that owns it; WGS84 of its base."""

    call_sign: str
    discipline: str
    kind: str
    function: str
    region: str
    safety_region: str
    base: str
    lat: float
    lon: float
    capabilities: tuple[str, ...]
    crew: int


class Hospital(msgspec.Struct, frozen=True):
    """A place to bring patients to. ``trauma_centre``: one per region."""

    code: str
    name: str
    place: str
    municipality: str
    safety_region: str
    region: str
    lat: float
    lon: float
    trauma_centre: bool


class FleetPlan(msgspec.Struct, frozen=True):
    """How many of each kind, and over how many bases.

    The numbers are of the order of the country's own: some 640 ambulances are needed on a
    weekday, 940 exist. ``spread_m`` keeps bases of one discipline apart; ``jitter_m`` moves
    each base off the centre point of its place; ``scarce_m`` keeps the rarest kinds apart.
    """

    kinds: dict[str, int] = msgspec.field(
        default_factory=lambda: {
            "AMB": 600, "AMB-Z": 40, "OVD-G": 25, "MMT": 4,
            "TS": 640, "RV": 100, "HV": 75, "WO": 75, "OVD-B": 75, "HOVD-B": 25, "GW": 25,
            "POL": 1250, "POL-M": 100, "HOND": 50, "OVD-P": 100,
            "KMAR": 54, "OVD-K": 6,
        }
    )  # fmt: skip
    bases: dict[str, int] = msgspec.field(default_factory=lambda: {"A": 220, "B": 560, "P": 320, "K": 18})
    hospitals: int = 80
    spread_m: dict[str, float] = msgspec.field(
        default_factory=lambda: {"A": 2500.0, "B": 1800.0, "P": 1800.0, "K": 15000.0, "hospital": 4000.0}
    )
    jitter_m: float = 500.0
    scarce_m: float = 60_000.0


def demonstration_fleet(
    pack: Pack, seed: int = 1, plan: FleetPlan | None = None
) -> tuple[tuple[Base, ...], tuple[FleetUnit, ...]]:
    """Bases and units, in a fixed order. Raises ValueError when the call signs run out."""
    plan = plan if plan is not None else FleetPlan()
    chance = random.Random(seed)
    signs = CallSigns(pack)
    bases: list[Base] = []
    units: list[FleetUnit] = []
    for discipline in (item.code for item in pack.disciplines):
        if discipline not in plan.bases:
            continue
        chosen = _base_sites(pack, discipline, plan)
        stations = [_base(pack, site, discipline, number, plan, chance) for site, number in chosen]
        bases += stations
        sites = [site for site, _ in chosen]
        for kind, count in plan.kinds.items():
            if pack.unit_kind[kind].discipline == discipline:
                numbers = _divide(sites, stations, count, plan.scarce_m)
                units += _units(pack, signs, stations, numbers, kind)
    return tuple(bases), tuple(units)


def demonstration_hospitals(pack: Pack, seed: int = 1, plan: FleetPlan | None = None) -> tuple[Hospital, ...]:
    """Hospitals at large places, in a fixed order."""
    plan = plan if plan is not None else FleetPlan()
    chance = random.Random(seed)
    sites = settlements(pack)
    chosen = apart(sites, plan.hospitals, plan.spread_m["hospital"], evenly=True)
    centres: set[str] = set()
    found = []
    for number, site in enumerate(chosen, start=1):
        region = pack.safety_region[site.safety_region].region
        lat, lon = _near(site, plan.jitter_m, chance)
        found.append(
            Hospital(
                code=f"ZH-{number:03d}",
                name=f"Ziekenhuis {site.name} {SUFFIX}",
                place=site.place,
                municipality=site.municipality,
                safety_region=site.safety_region,
                region=region,
                lat=lat,
                lon=lon,
                trauma_centre=region not in centres,
            )
        )
        centres.add(region)
    return tuple(found)


def _base_sites(pack: Pack, discipline: str, plan: FleetPlan) -> list[tuple[Site, int]]:
    """The settlements that get a base, with the base's number within its safety region (or the country)."""
    sites = settlements(pack)
    found = apart(sites, plan.bases[discipline], plan.spread_m[discipline], evenly=discipline != "K")
    numbers: dict[str, int] = {}
    result = []
    for site in found:
        scope = "NL" if discipline == "K" else site.safety_region
        numbers[scope] = numbers.get(scope, 0) + 1
        result.append((site, numbers[scope]))
    return result


def _base(pack: Pack, site: Site, discipline: str, number: int, plan: FleetPlan, chance: random.Random) -> Base:
    safety = pack.safety_region[site.safety_region]
    national = discipline == "K"
    prefix = pack.manifest.national_region if national else safety.call_sign_prefix
    lat, lon = _near(site, plan.jitter_m, chance)
    return Base(
        code=f"{prefix}-{discipline}{number:02d}",
        name=f"{BASE_NAMES.get(discipline, 'Post')} {site.name} {SUFFIX}",
        discipline=discipline,
        place=site.place,
        municipality=site.municipality,
        safety_region=site.safety_region,
        region=pack.manifest.national_region if national else safety.region,
        lat=lat,
        lon=lon,
    )


def _divide(sites: list[Site], stations: list[Base], count: int, scarce_m: float) -> list[int]:
    """How many of ``count`` each base gets: first over the safety regions, then over their bases.

    What is too scarce for one per region (a helicopter) goes to large towns far apart.
    """
    regions: dict[str, list[int]] = {}
    for index, base in enumerate(stations):
        regions.setdefault("" if base.discipline == "K" else base.safety_region, []).append(index)
    result = [0] * len(stations)
    if count < len(regions):
        largest = sorted(sites, key=lambda site: -site.weight)
        for site in apart(largest, count, scarce_m, evenly=False):
            result[sites.index(site)] = 1
        return result
    people = [sum(sites[index].weight for index in indices) for indices in regions.values()]
    for indices, number in zip(regions.values(), share(people, count), strict=True):
        for index, part in zip(indices, share([sites[i].weight for i in indices], number), strict=True):
            result[index] = part
    return result


def _units(pack: Pack, signs: CallSigns, stations: list[Base], numbers: list[int], kind: str) -> list[FleetUnit]:
    about = pack.unit_kind[kind]
    found = []
    for base, number in zip(stations, numbers, strict=True):
        for _ in range(number):
            found.append(
                FleetUnit(
                    call_sign=signs.next(base.code, base.safety_region, about),
                    discipline=about.discipline,
                    kind=kind,
                    function=f"{base.region}.{about.discipline}.dispatch",
                    region=base.region,
                    safety_region=base.safety_region,
                    base=base.code,
                    lat=base.lat,
                    lon=base.lon,
                    capabilities=about.capabilities,
                    crew=about.crew,
                )
            )
    return found


def _near(site: Site, jitter_m: float, chance: random.Random) -> tuple[float, float]:
    """A point within ``jitter_m`` of the site (WGS84)."""
    away, turn = jitter_m * math.sqrt(chance.random()), chance.random() * 2 * math.pi
    return moved(site.lat, site.lon, away, turn)
