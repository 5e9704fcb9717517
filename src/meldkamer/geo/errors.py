"""Why a coordinate cannot be answered. The message says what to do; the fields say it to programs."""

from __future__ import annotations

from typing import Literal

Mistake = Literal["not_a_number", "not_degrees", "rd", "swapped"]


class BadCoordinate(ValueError):
    """The numbers are not a WGS84 latitude and longitude. ``mistake`` names the likely cause."""

    def __init__(self, first: float, second: float, mistake: Mistake, message: str) -> None:
        self.first, self.second, self.mistake = first, second, mistake
        super().__init__(message)


class OutsideArea(ValueError):
    """A good coordinate, but outside the country of the pack.

    ``where`` is ``sea``, the code of the neighbouring country, or ``far`` for what lies beyond
    them; ``distance_m`` is the way to the pack's own country, None when it is far.
    """

    def __init__(self, lat: float, lon: float, where: str, name: str, distance_m: float | None) -> None:
        self.lat, self.lon, self.where, self.name, self.distance_m = lat, lon, where, name, distance_m
        place = {"sea": "at sea", "far": "far away"}.get(where, f"in {name}")
        beyond = "" if distance_m is None else f", {distance_m / 1000:.1f} km outside it"
        super().__init__(f"{lat:.5f}, {lon:.5f} is not in the area of the pack: it lies {place}{beyond}")
