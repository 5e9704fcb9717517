"""The BAG extract of the Kadaster: a zip of zips of XML files (`lvbag-extract-nl.zip`), or one such inner zip or file.

Read as a stream, member by member; memory holds one object of the register. The order of the pieces is that in which
they need each other: places (WPL), public spaces (OPR), number designations (NUM), then where they are (VBO, LIG, STA).
Buildings (PND), history and what the register calls withdrawn are left out. What counts from a later day on is kept
beside the rest until mutations bring that day.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Literal

import msgspec

from meldkamer.geo.gazetteer.import_run import Item, SourceError
from meldkamer.geo.gazetteer.rows import Held, Later, Named, Number, Refused, RegisterKind, Spot
from meldkamer.geo.gazetteer.sources.bag_archive import BagArchive
from meldkamer.geo.gazetteer.sources.bag_table import GONE, bag_number
from meldkamer.geo.gazetteer.sources.points import BadPoint, number, rd_point
from meldkamer.geo.safe_xml import Element, XmlRefused, stream_xml

ORDER = ("WPL", "OPR", "NUM", "VBO", "LIG", "STA")
OBJECTS: dict[str, RegisterKind] = {
    "Woonplaats": "place",
    "OpenbareRuimte": "street",
    "Nummeraanduiding": "number",
    "Verblijfsobject": "object",
    "Ligplaats": "object",
    "Standplaats": "object",
}
_KIND = re.compile(r"\d{4}(WPL|OPR|NUM|VBO|LIG|STA)\d*", re.IGNORECASE)
_POSTCODE = re.compile(r"[1-9]\d{3}[A-Z]{2}")
_NO_PART = "tijdstipnietbag"
"""How the elements begin that say of an object that it never belonged to the register."""

State = Literal["now", "over", "later", "gone"]


class Occurrence(msgspec.Struct, frozen=True):
    """One occurrence of an object of the register. state: `now` it counts, `over` it does not any more, `later` it will
    from the day `begins` on, `gone`: it counts, and says that the object is no more. number: among those of the object.
    """

    kind: RegisterKind
    key: int
    number: int
    state: State
    begins: str
    rows: tuple[Held, ...]


class BagExtract:
    """today: ISO date; an occurrence that has ended on that day is left out. until: the day of the extract."""

    def __init__(self, path: Path, today: str) -> None:
        self._path, self._today = path, today
        self._archive = BagArchive(path, _rank)
        if not self._archive.units:
            raise SourceError(f"{path.name}: no BAG objects in it (WPL, OPR, NUM, VBO, LIG, STA)")
        (self.until,) = self._archive.told("StandTechnischeDatum")

    def units(self) -> Sequence[str]:
        """XML files as `inner.zip//file.xml`, in the order in which they must be read."""
        return self._archive.units

    def rows(self, unit: str) -> Iterator[Item]:
        """Every object of one file."""
        with self._archive.open(unit) as file:
            try:
                for row, element in enumerate(stream_xml(file, OBJECTS.keys()), 1):
                    try:
                        found = read_occurrence(element, self._today)
                    except BadPoint as error:
                        yield Refused(f"{self._path.name}/{unit}", row, error.field, str(error))
                        continue
                    if found.state == "later":
                        yield (Later(found.kind, found.key, found.number, found.begins, found.rows),)
                    else:
                        yield found.rows if found.state == "now" else ()
            except (XmlRefused, zipfile.BadZipFile, EOFError) as error:
                raise SourceError(f"{self._path.name}/{unit}: {error}") from error


def read_occurrence(element: Element, today: str) -> Occurrence:
    """An object of the register with one of its occurrences. Raises BadPoint naming the field that cannot be used."""
    kind, key = OBJECTS[element.name], bag_number(element.said("identificatie"))
    occurrence = element.find("voorkomen", "Voorkomen")
    ends = begins = said = ""
    if occurrence is not None:
        ends, begins = occurrence.said("eindGeldigheid")[:10], occurrence.said("beginGeldigheid")[:10]
        said = occurrence.said("voorkomenidentificatie")
    count = int(said) if said.isdecimal() and len(said) < 10 else 0
    if (ends and ends <= today) or (occurrence is not None and occurrence.said("tijdstipInactief")):
        return Occurrence(kind, key, count, "over", begins, ())
    state: State = "later" if begins > today else "now"
    no_part = occurrence is not None and any(p.name.lower().startswith(_NO_PART) for p in occurrence.walk())
    if no_part or any(word in element.said("status").lower() for word in GONE):
        return Occurrence(kind, key, count, "gone" if state == "now" else "later", begins, ())
    if not key:
        raise BadPoint("identificatie", f"{element.said('identificatie')!r} is not a BAG id")
    return Occurrence(kind, key, count, state, begins, _rows(element, kind, key))


def _rows(element: Element, kind: RegisterKind, key: int) -> tuple[Held, ...]:
    match kind:
        case "place":
            return (Named(kind="place", key=key, name=_name(element), source_id=f"{key:04d}"),)
        case "street":
            place = bag_number(element.said("ligtIn", "WoonplaatsRef"))
            said = element.said("type")
            detail = "" if said == "Weg" else said
            street = Named(
                kind="street", key=key, name=_name(element), place_key=place, detail=detail, source_id=f"{key:016d}"
            )
            return (street,)
        case "number":
            return (_designation(key, element),)
        case "object":
            return _spots(key, element)


def _rank(name: str) -> int | None:
    """The place of a file in the order, by its name; None for one that holds no addresses."""
    found = _KIND.search(name)
    return ORDER.index(found[1].upper()) if found else None


def _name(element: Element) -> str:
    name = element.said("naam")
    if not name:
        raise BadPoint("naam", "empty")
    return name


def _designation(key: int, element: Element) -> Number:
    text = element.said("huisnummer")
    if not text.isdecimal() or not 0 < int(text[:9]) <= 99_999:
        raise BadPoint("huisnummer", f"{text!r} is not a house number")
    postcode = element.said("postcode").upper()
    if postcode and not _POSTCODE.fullmatch(postcode):
        raise BadPoint("postcode", f"{postcode!r} is not a postcode")
    street = bag_number(element.said("ligtAan", "OpenbareRuimteRef"))
    if not street:
        raise BadPoint("ligtAan", "no public space")
    place = bag_number(element.said("ligtIn", "WoonplaatsRef"))
    letter, addition = element.said("huisletter"), element.said("huisnummertoevoeging")
    return Number(key, street, int(text), letter, addition, postcode, place)


def _spots(key: int, element: Element) -> tuple[Spot, ...]:
    geometry = element.find("geometrie")
    if geometry is None:
        raise BadPoint("geometrie", "no geometry")
    x, y = _middle(geometry)
    addresses = [*element.all("heeftAlsHoofdadres"), *element.all("heeftAlsNevenadres")]
    refs = [ref for address in addresses for ref in address.all("NummeraanduidingRef")]
    return tuple(Spot(bag_number(ref.text.strip()), key, x, y) for ref in refs)


def _middle(geometry: Element) -> tuple[float, float]:
    """The point of an object: its own, or the mean of the corners of its outer ring."""
    ring: list[float] = []
    dimension = 0
    for element in geometry.walk():
        dimension = dimension or int(element.attributes.get("srsDimension", "0") or 0)
        if element.name == "pos":
            values = [number(text, "geometrie") for text in element.text.split()]
            if len(values) < 2:
                raise BadPoint("geometrie", "a point of fewer than two numbers")
            return rd_point(values[0], values[1], ("geometrie", "geometrie"))
        if element.name == "posList":
            ring = [number(text, "geometrie") for text in element.text.split()]
            break
    step = dimension if dimension in (2, 3) else (3 if len(ring) % 3 == 0 and len(ring) % 2 else 2)
    corners = list(zip(ring[0::step], ring[1::step], strict=False))[:-1]
    if len(corners) < 3:
        raise BadPoint("geometrie", "neither a point nor a ring")
    x, y = (sum(values) / len(corners) for values in zip(*corners, strict=True))
    return rd_point(x, y, ("geometrie", "geometrie"))
