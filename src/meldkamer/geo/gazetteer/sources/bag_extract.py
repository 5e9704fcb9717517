"""The BAG extract of the Kadaster: a zip of zips of XML files (`lvbag-extract-nl.zip`), or one such inner zip or file.

Read as a stream, member by member; memory holds one object of the register. The order of the pieces is that in which
they need each other: places (WPL), public spaces (OPR), number designations (NUM), then where they are (VBO, LIG, STA).
Buildings (PND), history and what the register calls withdrawn are left out.
"""

from __future__ import annotations

import re
import shutil
import tempfile
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO, cast

from meldkamer.geo.gazetteer.import_run import Item, SourceError
from meldkamer.geo.gazetteer.rows import Named, Number, Refused, Spot
from meldkamer.geo.gazetteer.sources.bag_table import GONE, bag_number
from meldkamer.geo.gazetteer.sources.points import BadPoint, number, rd_point
from meldkamer.geo.safe_xml import Element, XmlRefused, stream_xml

ORDER = ("WPL", "OPR", "NUM", "VBO", "LIG", "STA")
_OBJECTS = frozenset(
    {"Woonplaats", "OpenbareRuimte", "Nummeraanduiding", "Verblijfsobject", "Ligplaats", "Standplaats"}
)
_KIND = re.compile(r"\d{4}(WPL|OPR|NUM|VBO|LIG|STA)\d*", re.IGNORECASE)
_POSTCODE = re.compile(r"[1-9]\d{3}[A-Z]{2}")
MOST_MEMBER = 8 << 30
"""Bytes of one member when unpacked; more is not a BAG extract."""


class BagExtract:
    """today: ISO date; an occurrence that has ended or not yet begun on that day is left out."""

    def __init__(self, path: Path, today: str) -> None:
        self._path, self._today = path, today
        self._inner: tuple[str, zipfile.ZipFile] | None = None
        self._units = self._find_units()
        if not self._units:
            raise SourceError(f"{path.name}: no BAG objects in it (WPL, OPR, NUM, VBO, LIG, STA)")

    def units(self) -> Sequence[str]:
        """XML files as `outer.zip/inner.zip/file.xml`, in the order in which they must be read."""
        return self._units

    def rows(self, unit: str) -> Iterator[Item]:
        """Every object of one file."""
        with self._open(unit) as file:
            try:
                for row, element in enumerate(stream_xml(file, _OBJECTS), 1):
                    try:
                        yield self._item(element)
                    except BadPoint as error:
                        yield Refused(f"{self._path.name}/{unit}", row, error.field, str(error))
            except (XmlRefused, zipfile.BadZipFile, EOFError) as error:
                raise SourceError(f"{self._path.name}/{unit}: {error}") from error

    # --- one object -------------------------------------------------------------------------------------------------

    def _item(self, element: Element) -> Item:
        occurrence = element.find("voorkomen", "Voorkomen")
        if occurrence is not None:
            ends, begins = occurrence.said("eindGeldigheid")[:10], occurrence.said("beginGeldigheid")[:10]
            if (ends and ends <= self._today) or begins > self._today or occurrence.said("tijdstipInactief"):
                return ()
        if any(word in element.said("status").lower() for word in GONE):
            return ()
        key = bag_number(element.said("identificatie"))
        if not key:
            raise BadPoint("identificatie", f"{element.said('identificatie')!r} is not a BAG id")
        match element.name:
            case "Woonplaats":
                return (Named(kind="place", key=key, name=_name(element), source_id=f"{key:04d}"),)
            case "OpenbareRuimte":
                place = bag_number(element.said("ligtIn", "WoonplaatsRef"))
                kind = element.said("type")
                detail = "" if kind == "Weg" else kind
                street = Named(
                    kind="street", key=key, name=_name(element), place_key=place, detail=detail, source_id=f"{key:016d}"
                )
                return (street,)
            case "Nummeraanduiding":
                return (_designation(key, element),)
        return _spots(key, element)

    # --- files in files ---------------------------------------------------------------------------------------------

    def _find_units(self) -> list[str]:
        if self._path.suffix.lower() == ".xml":
            return [self._path.name]
        found: list[tuple[int, str]] = []
        try:
            with zipfile.ZipFile(self._path) as outer:
                for info in outer.infolist():
                    if not (kind := _KIND.search(info.filename.rpartition("/")[2])):
                        continue
                    if info.file_size > MOST_MEMBER:
                        raise SourceError(f"{self._path.name}/{info.filename}: {info.file_size} bytes is too much")
                    rank = ORDER.index(kind[1].upper())
                    if info.filename.lower().endswith(".xml"):
                        found.append((rank, info.filename))
                    elif info.filename.lower().endswith(".zip"):
                        inner = self._unpack(info.filename)
                        names = [name for name in inner.namelist() if name.lower().endswith(".xml")]
                        found += [(rank, f"{info.filename}//{name}") for name in names]
        except (zipfile.BadZipFile, OSError) as error:
            raise SourceError(f"{self._path.name} is not a BAG extract: {error}") from error
        return [name for _, name in sorted(found)]

    def _open(self, unit: str) -> IO[bytes]:
        if self._path.suffix.lower() == ".xml":
            return self._path.open("rb")
        outer_name, _, inner_name = unit.partition("//")
        try:
            if inner_name:
                return self._unpack(outer_name).open(inner_name)
            return zipfile.ZipFile(self._path).open(outer_name)
        except (zipfile.BadZipFile, KeyError, OSError) as error:
            raise SourceError(f"{self._path.name}/{unit}: {error}") from error

    def _unpack(self, name: str) -> zipfile.ZipFile:
        """An inner zip, copied beside the source's reader: reading it in place would unpack it again at every seek."""
        if self._inner is not None and self._inner[0] == name:
            return self._inner[1]
        if self._inner is not None:
            self._inner[1].close()
        copy = cast("IO[bytes]", tempfile.TemporaryFile())  # noqa: SIM115 - lives as long as the zip that reads it
        with zipfile.ZipFile(self._path) as outer, outer.open(name) as member:
            shutil.copyfileobj(member, copy, 1 << 20)
        copy.seek(0)
        self._inner = (name, zipfile.ZipFile(copy))
        return self._inner[1]


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
