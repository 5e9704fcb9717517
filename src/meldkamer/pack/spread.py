"""Dividing a number over places by size, the same way every time."""

from __future__ import annotations

import heapq
import math
from collections.abc import Sequence

import msgspec

from meldkamer.pack.model import Pack
from meldkamer.pack.network import Place

SMALLEST = 1500  # inhabitants; a smaller place gets no base of its own
LARGEST = 60_000  # inhabitants; a larger town is served from several sites
DENSITY_PER_KM2 = 5000.0
METRES_PER_DEGREE = 111_200.0  # of latitude


class Site(msgspec.Struct, frozen=True):
    """A spot for a base, WGS84. ``weight``: the people it serves, without the town's quarters.

    ``name`` is the place, numbered where a large town has several spots.
    """

    name: str
    place: str
    municipality: str
    safety_region: str
    lat: float
    lon: float
    weight: float


def settlements(pack: Pack) -> list[Site]:
    """Spots in places and quarters, the most people first.

    A city's number includes its quarters, which are places too; left so, the centre would
    take everything. A tenth stays with the centre in any case.
    """
    quarters: dict[str, int] = {}
    largest: dict[str, Place] = {}
    for place in pack.places:
        if place.kind == "quarter":
            quarters[place.municipality] = quarters.get(place.municipality, 0) + place.inhabitants
        elif place.inhabitants >= largest.get(place.municipality, place).inhabitants:
            largest[place.municipality] = place
    found: list[Site] = []
    for place in pack.places:
        weight = float(place.inhabitants)
        if largest.get(place.municipality) is place:
            weight = max(weight - quarters.get(place.municipality, 0), weight / 10)
        if weight >= SMALLEST:
            found += _split(place, pack.municipality[place.municipality].safety_region, weight)
    return sorted(found, key=lambda site: (-site.weight, site.municipality, site.name))


def _split(place: Place, safety_region: str, weight: float) -> list[Site]:
    """One spot in the centre and, for a large town, more on a ring half-way to its edge."""
    parts = math.ceil(weight / LARGEST)
    edge_m = math.sqrt(weight / (math.pi * DENSITY_PER_KM2)) * 1000
    found = []
    for part in range(parts):
        away = 0.6 * edge_m if part else 0.0
        turn = 2 * math.pi * part / max(parts - 1, 1)
        lat, lon = moved(place.lat, place.lon, away, turn)
        name = f"{place.name} {part + 1}" if parts > 1 else place.name
        found.append(Site(name, place.name, place.municipality, safety_region, lat, lon, weight / parts))
    return found


def moved(lat: float, lon: float, metres: float, turn: float) -> tuple[float, float]:
    """A WGS84 point ``metres`` away in the direction ``turn`` (radians from north), to about a metre."""
    north, east = metres * math.cos(turn), metres * math.sin(turn)
    east_degree = METRES_PER_DEGREE * math.cos(math.radians(lat))
    return round(lat + north / METRES_PER_DEGREE, 5), round(lon + east / east_degree, 5)


def share(weights: Sequence[float], count: int) -> list[int]:
    """``count`` divided over ``weights`` by highest averages (D'Hondt); earlier wins a tie.

    Where there is enough, everyone gets one before anyone gets two. Raises ValueError when
    there is nothing to divide over.
    """
    if count and not weights:
        raise ValueError(f"{count} to divide over nothing")
    each = 1 if count >= len(weights) else 0
    result = [each] * len(weights)
    heap = [(-weight / (each + 1), index) for index, weight in enumerate(weights)]
    heapq.heapify(heap)
    for _ in range(count - sum(result)):
        _, index = heap[0]
        result[index] += 1
        heapq.heapreplace(heap, (-weights[index] / (result[index] + 1), index))
    return result


def apart(sites: Sequence[Site], count: int, distance_m: float, *, evenly: bool) -> list[Site]:
    """At most ``count`` sites no closer than ``distance_m``, largest first.

    ``evenly`` gives every safety region its share by the square root of its people, so that
    thinly populated regions keep bases; otherwise the largest of the country are taken.
    """
    chosen: list[Site] = []
    if evenly:
        people: dict[str, float] = {}
        for site in sites:
            people[site.safety_region] = people.get(site.safety_region, 0.0) + site.weight
        regions = sorted(people)
        shares = share([math.sqrt(people[region]) for region in regions], count)
        for region, number in zip(regions, shares, strict=True):
            local = [site for site in sites if site.safety_region == region]
            chosen += _spaced(local, number, distance_m)
    else:
        chosen = _spaced(sites, count, distance_m)
    return chosen


def _spaced(sites: Sequence[Site], count: int, distance_m: float) -> list[Site]:
    taken: list[Site] = []
    for site in sites:
        if len(taken) == count:
            break
        if all(_metres(site, other) >= distance_m for other in taken):
            taken.append(site)
    return taken


def _metres(one: Site, other: Site) -> float:
    """Straight line on a local plane; good to a percent at this scale."""
    north = (one.lat - other.lat) * METRES_PER_DEGREE
    east = (one.lon - other.lon) * METRES_PER_DEGREE * math.cos(math.radians(one.lat))
    return math.hypot(north, east)
