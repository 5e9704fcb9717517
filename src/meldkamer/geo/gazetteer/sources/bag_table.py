"""Addresses from a GeoPackage: the national address register as one table of whole addresses.

Layers `adres` or `verblijfsobject` (with `ligplaats` and `standplaats`, whose areas count by their middle), as the
national geo services publish them (`bag-light.gpkg`); any layer with these columns will do.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from meldkamer.geo.gazetteer.import_run import Item, SourceError
from meldkamer.geo.gazetteer.rows import Address, Refused
from meldkamer.geo.gazetteer.sources.points import BadPoint, degrees_point, rd_point
from meldkamer.geo.geopackage import GeoPackage, NotAGeoPackage, middle_point
from meldkamer.geo.rd import RdTransform

NAMES = {
    "street": ("openbare_ruimte_naam", "openbareruimte", "openbareruimtenaam", "straatnaam"),
    "place": ("woonplaats_naam", "woonplaats", "woonplaatsnaam"),
    "number": ("huisnummer",),
    "letter": ("huisletter",),
    "addition": ("toevoeging", "huisnummertoevoeging"),
    "postcode": ("postcode",),
    "designation": ("nummeraanduiding_hoofdadres_identificatie", "nummeraanduiding_identificatie", "nummeraanduiding"),
    "object": ("adresseerbaar_object_identificatie", "adresseerbaarobject"),
    "id": ("identificatie",),
}
NEEDED = ("street", "place", "number")
GONE = ("ingetrokken", "niet gerealiseerd", "ten onrechte")
RD, DEGREES = (28992, 7415), (4326, 4258)


class BagTable:
    """Reads the layers that have addresses."""

    def __init__(self, path: Path, rd: RdTransform) -> None:
        try:
            self._file = GeoPackage(path)
        except NotAGeoPackage as error:
            raise SourceError(str(error)) from error
        self._rd = rd
        self._columns = {layer: chosen for layer in self._file.layers if (chosen := self._choose(layer))}
        if "adres" in self._columns:  # holds what the layers of objects hold, and the side addresses too
            self._columns = {"adres": self._columns["adres"]}
        if not self._columns:
            raise SourceError(f"{path.name}: no layer has street, place and house number")
        for layer in self._columns:
            if self._file.srs[layer] not in (*RD, *DEGREES):
                raise SourceError(f"{path.name}, {layer}: coordinates in EPSG:{self._file.srs[layer]}, not RD or WGS84")

    def units(self) -> Sequence[str]:
        """The layers with addresses."""
        return sorted(self._columns)

    def rows(self, unit: str) -> Iterator[Item]:
        """Every address; those that the register calls withdrawn give nothing."""
        degrees = self._file.srs[unit] in DEGREES
        try:
            for number, row, wkb in self._file.rows(unit, self._columns[unit]):
                if any(word in str(row.get("status") or "").lower() for word in GONE):
                    yield ()
                    continue
                try:
                    yield (self._address(unit, row, wkb, degrees),)
                except BadPoint as error:
                    yield Refused(f"{self._file.path.name}:{unit}", number, error.field, str(error))
        except NotAGeoPackage as error:
            raise SourceError(str(error)) from error

    def _address(self, layer: str, row: dict[str, Any], wkb: bytes, degrees: bool) -> Address:
        street, place = _text(row, "street"), _text(row, "place")
        if not street:
            raise BadPoint("openbare_ruimte_naam", "empty")
        try:
            number = int(row["number"])
        except (TypeError, ValueError):
            raise BadPoint("huisnummer", f"{row['number']!r} is not a number") from None
        try:
            x, y = middle_point(wkb)
        except ValueError as error:
            raise BadPoint("geom", str(error)) from error
        x, y = degrees_point(y, x, self._rd, ("geom", "geom")) if degrees else rd_point(x, y, ("geom", "geom"))
        own = bag_number(row.get("id"))
        # In a table of addresses the row's own id is the number designation, in one of objects the object's.
        designation = bag_number(row.get("designation")) or (own if layer == "adres" else 0)
        return Address(
            street=street,
            place=place,
            number=number,
            letter=_text(row, "letter"),
            addition=_text(row, "addition"),
            postcode=_text(row, "postcode").replace(" ", "").upper(),
            designation=designation,
            object=bag_number(row.get("object")) or (0 if layer == "adres" else own),
            x=x,
            y=y,
        )

    def _choose(self, layer: str) -> dict[str, str]:
        known = self._file.columns(layer)
        chosen = {ours: name for ours, theirs in NAMES.items() for name in reversed(theirs) if name in known}
        if "status" in known:
            chosen["status"] = "status"
        return chosen if all(name in chosen for name in NEEDED) else {}


def _text(row: dict[str, Any], name: str) -> str:
    value = row.get(name)
    return "" if value is None else str(value).strip()


def bag_number(value: Any) -> int:
    """A BAG id as a number; 0 for none or for what is not one."""
    text = str(value or "").removeprefix("NL.IMBAG.").rpartition(".")[2]
    return int(text) if text.isdecimal() and len(text) <= 16 else 0
