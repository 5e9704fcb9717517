"""Places by name, for typing: what begins so first, then what contains it, the larger place before the smaller."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable

import msgspec

from meldkamer.pack import Pack

MOST = 20


class PlaceFound(msgspec.Struct, frozen=True, kw_only=True):
    """A place with where it is: WGS84 and RD New."""

    name: str
    municipality: str
    safety_region: int
    region: str
    lat: float
    lon: float
    x: float
    y: float


class Places:
    """The pack's places, searchable. to_rd: WGS84 degrees to RD metres."""

    def __init__(self, pack: Pack, to_rd: Callable[[float, float], tuple[float, float]]) -> None:
        self._pack, self._to_rd = pack, to_rd
        ordered = sorted(pack.places, key=lambda place: -place.inhabitants)
        self._names = [(plain(place.name), place) for place in ordered]

    def find(self, words: str) -> list[PlaceFound]:
        """At most twenty places for what was typed so far."""
        wanted = plain(words)
        if not wanted:
            return []
        begins = [place for name, place in self._names if name.startswith(wanted)]
        inside = [place for name, place in self._names if wanted in name and not name.startswith(wanted)]
        return [self._found(place.municipality, place.name, place.lat, place.lon) for place in (begins + inside)[:MOST]]

    def _found(self, municipality: str, name: str, lat: float, lon: float) -> PlaceFound:
        town = self._pack.municipality[municipality]
        safety = self._pack.safety_region[town.safety_region]
        x, y = self._to_rd(lat, lon)
        return PlaceFound(
            name=name,
            municipality=town.name,
            safety_region=safety.number,
            region=safety.region,
            lat=lat,
            lon=lon,
            x=round(x, 1),
            y=round(y, 1),
        )


def plain(name: str) -> str:
    """Lower case without accents, apostrophes and dashes: `'s-Hertogenbosch` is found as `s hertogenbosch`."""
    bare = "".join(c for c in unicodedata.normalize("NFD", name.casefold()) if not unicodedata.combining(c))
    return " ".join("".join(c if c.isalnum() else " " for c in bare).split())
