"""Where is this? A coordinate into place, municipality, safety region and the room that serves it."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Literal, Protocol

import msgspec
import numpy as np
import numpy.typing as npt

from meldkamer.geo.areas import Areas, Level, read_outline
from meldkamer.geo.errors import BadCoordinate, OutsideArea
from meldkamer.geo.nearest import Discs
from meldkamer.geo.rd import Floats, RdTransform, looks_like_rd
from meldkamer.pack import Municipality, Pack, Place

Certainty = Literal["official", "high", "medium", "low"]
OUTLINE = "outline.geojson"


class Official(Protocol):
    """The user's own areas: `Areas` of a file, or `Borders` of a release."""

    @property
    def level(self) -> Level: ...

    def find(self, x: float, y: float) -> str | None:
        """The code of the area at an RD point; None outside all."""
        ...


class Answer(msgspec.Struct, frozen=True):
    """What is known of a point. Codes are those of the pack; ``x`` and ``y`` are RD metres.

    ``room`` is the home room of the region, not who owns its functions now. ``certainty``
    is about the safety region: ``official`` from the user's own areas, else by how far the
    point lies from the approximate border.
    """

    place: str
    municipality: str
    municipality_code: str
    safety_region: str
    safety_region_number: int
    safety_region_name: str
    room: str
    region: str
    police_unit: str
    distance_to_place_m: float
    approximate: bool
    certainty: Certainty
    x: float
    y: float


class Where:
    """Answers for one pack. Build it once at start; ``at`` is safe to call from any thread.

    ``areas`` are the user's official municipalities or safety regions; ``use`` replaces them while it works.
    ``abroad_m`` and ``sea_m`` are how far beyond the rough outline a point is still answered,
    as doubtful: the outline is generalised, and a border village, a harbour or a boat on the
    Wadden Sea must not be refused.
    """

    def __init__(
        self,
        pack: Pack,
        rd: RdTransform | None = None,
        areas: Official | None = None,
        outline: Areas | None = None,
        abroad_m: float = 1500.0,
        sea_m: float = 7000.0,
        high_m: float = 3000.0,
        medium_m: float = 1000.0,
    ) -> None:
        self.pack = pack
        self.rd = rd if rd is not None else RdTransform()
        self.areas = areas
        self._outline = outline if outline is not None else read_outline(Path(pack.folder) / OUTLINE)
        self._country = self._outline.codes.index(pack.manifest.country)
        self._abroad_m, self._sea_m = abroad_m, sea_m
        self._high_m, self._medium_m = high_m, medium_m
        self._discs = Discs(pack.places, self.rd)
        self._towns = [pack.municipality[place.municipality] for place in pack.places]
        codes = [item.code for item in pack.safety_regions]
        self._region_of_place = np.array([codes.index(town.safety_region) for town in self._towns])
        self._region_codes = np.array(codes)
        self._town_codes = np.array([town.code for town in self._towns])
        lat, lon = [p.lat for p in pack.places], [p.lon for p in pack.places]
        self._box = (min(lat) - 1, max(lat) + 1, min(lon) - 1, max(lon) + 1)

    def at(self, lat: float, lon: float) -> Answer:
        """The answer for a WGS84 point in degrees.

        Raises BadCoordinate when the numbers cannot be one, OutsideArea when it lies at sea
        or abroad; both say so in words for an operator.
        """
        self._refuse_mistakes(lat, lon)
        x, y = self.rd.to_rd(lat, lon)
        if not self._near(lat, lon):
            raise OutsideArea(lat, lon, "far", "", None)
        depth = self._discs.depth(x, y)
        areas = self.areas
        official = areas.find(x, y) if areas is not None else None
        if official is not None and areas is not None:
            return self._official(official, areas.level, depth, x, y)
        doubtful = self._refuse_outside(lat, lon, x, y, float(depth.min()))
        best = int(depth.argmin())
        # Beyond all official areas the nearest place is only a guess, however near it is.
        certainty = "low" if doubtful or areas is not None else self._certainty(depth, best)
        return self._answer(best, self._towns[best], x, y, approximate=True, certainty=certainty)

    def use(self, areas: Official | None) -> None:
        """From now on these areas decide; None: the approximate answer."""
        self.areas = areas

    def place_index_many(self, lat: npt.ArrayLike, lon: npt.ArrayLike) -> npt.NDArray[np.int64]:
        """For arrays of points in the country: the index into ``pack.places`` each belongs to (approximate)."""
        x, y = self.rd.to_rd_many(lat, lon)
        return self._discs.nearest_many(x, y)

    def _refuse_mistakes(self, lat: float, lon: float) -> None:
        if not (math.isfinite(lat) and math.isfinite(lon)):
            raise BadCoordinate(lat, lon, "not_a_number", f"{lat}, {lon}: a coordinate needs two numbers")
        if looks_like_rd(lat, lon):
            message = f"{lat}, {lon} looks like RD metres: convert it to WGS84 degrees first"
            raise BadCoordinate(lat, lon, "rd", message)
        if abs(lat) > 90 or abs(lon) > 180:
            message = f"{lat}, {lon} is not a latitude (-90..90) and a longitude (-180..180)"
            raise BadCoordinate(lat, lon, "not_degrees", message)
        if self._near(lon, lat) and not self._near(lat, lon):
            message = f"{lat}, {lon} has latitude and longitude swapped: try {lon}, {lat}"
            raise BadCoordinate(lat, lon, "swapped", message)

    def _near(self, lat: float, lon: float) -> bool:
        """Whether a point lies in the box around the pack's places, with a degree to spare."""
        south, north, west, east = self._box
        return south <= lat <= north and west <= lon <= east

    def _refuse_outside(self, lat: float, lon: float, x: float, y: float, depth: float) -> bool:
        """False inside the outline, True just outside it; raises OutsideArea beyond the margin.

        ``depth`` is the way to the nearest disc: within a town of the pack a point is never
        refused, for the rough outline cuts some border towns (Vaals) in two.
        """
        polygons = self._outline.polygons
        if polygons.contains(self._country, x, y):
            return False
        distance = polygons.distance(self._country, x, y)
        country = self._outline.find(x, y)
        if depth <= 0 or distance <= (self._sea_m if country is None else self._abroad_m):
            return True
        name = self._outline.names[country] if country is not None else ""
        raise OutsideArea(lat, lon, country or "sea", name, distance)

    def _certainty(self, depth: Floats, best: int) -> Certainty:
        """By the distance to the nearest disc of another safety region: half the lead is the way to the border."""
        others = depth[self._region_of_place != self._region_of_place[best]]
        lead = float(others.min() - depth[best]) if others.size else math.inf
        return "high" if lead >= self._high_m else "medium" if lead >= self._medium_m else "low"

    def _official(self, code: str, level: Level, depth: Floats, x: float, y: float) -> Answer:
        """The official area decides; the place is the nearest one inside that area."""
        by_town = level == "municipality"
        inside = (self._town_codes if by_town else self._region_codes[self._region_of_place]) == code
        allowed = np.flatnonzero(inside)
        # An area without a place of its own (an import of newer borders) is named by the nearest place outside.
        best = int(allowed[depth[allowed].argmin()]) if allowed.size else int(depth.argmin())
        town = self.pack.municipality[code] if by_town else self._towns[best]
        return self._answer(best, town, x, y, approximate=False, certainty="official")

    def _answer(
        self, index: int, town: Municipality, x: float, y: float, *, approximate: bool, certainty: Certainty
    ) -> Answer:
        place: Place = self.pack.places[index]
        safety = self.pack.safety_region[town.safety_region]
        region = self.pack.region[safety.region]
        police = self.pack.police_unit_of(region.code)
        return Answer(
            place=place.name,
            municipality=town.name,
            municipality_code=town.code,
            safety_region=safety.code,
            safety_region_number=safety.number,
            safety_region_name=safety.name,
            room=region.home_room,
            region=region.code,
            police_unit=police.code if police is not None else "",
            distance_to_place_m=math.hypot(self._discs.x[index] - x, self._discs.y[index] - y),
            approximate=approximate,
            certainty=certainty,
            x=x,
            y=y,
        )
