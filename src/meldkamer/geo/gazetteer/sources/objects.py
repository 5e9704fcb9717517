"""Objects and own names from a CSV file: hospitals, tunnels, campsites, and what people call a place.

Columns (Dutch or English, any order): name, and x, y (RD) or lat, lon (WGS84); may have: place, kind (what it is), id,
weight.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from meldkamer.geo.gazetteer.hit import Kind
from meldkamer.geo.gazetteer.import_run import Item, SourceError
from meldkamer.geo.gazetteer.rows import Named, Refused
from meldkamer.geo.gazetteer.sources.points import BadPoint, degrees_point, number, rd_point
from meldkamer.geo.gazetteer.sources.tables import CsvTable, Fields
from meldkamer.geo.rd import RdTransform

NAMES = {
    "name": ("name", "naam", "objectnaam"),
    "place": ("place", "plaats", "woonplaats"),
    "detail": ("kind", "soort", "type", "objecttype"),
    "id": ("id", "code", "nummer"),
    "weight": ("weight", "gewicht"),
    "x": ("x", "x_rd", "rd_x"),
    "y": ("y", "y_rd", "rd_y"),
    "lat": ("lat", "latitude", "breedtegraad"),
    "lon": ("lon", "lng", "longitude", "lengtegraad"),
}
USUAL_WEIGHT = 50
MOST_NAME = 200


class ObjectsCsv:
    """kind: `object` for buildings and sites, `name` for the user's own names."""

    def __init__(self, path: Path, rd: RdTransform, kind: Kind) -> None:
        self._table, self._rd, self._kind = CsvTable(path, NAMES, ("name",)), rd, kind
        self._degrees = self._table.has("lat") and self._table.has("lon")
        if not self._degrees and not (self._table.has("x") and self._table.has("y")):
            raise SourceError(f"{path.name}: the header has neither x, y nor lat, lon")

    def units(self) -> Sequence[str]:
        """The file is one piece."""
        return (self._table.path.name,)

    def rows(self, unit: str) -> Iterator[Item]:
        """Every line."""
        for line, fields in self._table.rows():
            try:
                yield (self._named(fields),)
            except BadPoint as error:
                yield Refused(unit, line, error.field, str(error))

    def _named(self, fields: Fields) -> Named:
        name = fields["name"]
        if not name or len(name) > MOST_NAME or "\ufffd" in name:
            raise BadPoint("name", "not a name in UTF-8" if name else "empty")
        if self._degrees:
            x, y = degrees_point(number(fields["lat"], "lat"), number(fields["lon"], "lon"), self._rd)
        else:
            x, y = rd_point(number(fields["x"], "x"), number(fields["y"], "y"))
        weight = fields.get("weight", "")
        return Named(
            kind=self._kind,
            name=name,
            place=fields.get("place", ""),
            detail=fields.get("detail", ""),
            source_id=fields.get("id", ""),
            x=x,
            y=y,
            weight=int(number(weight, "weight")) if weight else USUAL_WEIGHT,
        )
