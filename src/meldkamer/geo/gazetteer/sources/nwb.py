"""The national road register (NWB): road sections, streets, junctions and hectometre posts, from its GeoPackage or from
the zip of shapefiles in which it is published every month.

A post carries no road number of its own, only the section along which it stands. The number is written in several
ways; `road_number` reads them all. What must be put together over the whole file (streets, junctions) is collected in a
database of its own that SQLite keeps on disk, so memory stays small.
"""

from __future__ import annotations

import re
import sqlite3
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from meldkamer.geo.gazetteer.import_run import Item, SourceError
from meldkamer.geo.gazetteer.rows import Named, Post, Refused, Section
from meldkamer.geo.gazetteer.sources.points import BadPoint, degrees_point, number, rd_point
from meldkamer.geo.gazetteer.sources.tables import CsvTable, Fields
from meldkamer.geo.geopackage import GeoPackage, NotAGeoPackage, first_point, lines
from meldkamer.geo.rd import RdTransform
from meldkamer.geo.shapefile import NotAShapefile, ShapeZip

SECTIONS, POSTS = "wegvakken", "hectopunten"
STREETS, JUNCTIONS = "streets", "junctions"
_SECTION = ("wvk_id", "jte_id_beg", "jte_id_end", "wegbehsrt", "wegnummer", "routeltr", "routenr", "rpe_code")
_OPTIONAL = ("hecto_lttr", "stt_naam", "wpsnaam", "wpsnaamnen", "gme_naam")
_POST_COLUMNS = ("hectomtrng", "wvk_id", "zijde", "hecto_lttr")
_WRITTEN = re.compile(r"^(?:rijksweg |rw )?([anse])\s?0*(\d{1,3})$", re.IGNORECASE)
JUNCTION_WEIGHT, ROAD_WEIGHT = 20, 2_000
_UNREADABLE = (NotAGeoPackage, NotAShapefile)


class NwbPackage:
    """A GeoPackage or a zip of shapefiles with the layers `wegvakken` and `hectopunten`, or the first alone."""

    def __init__(self, path: Path) -> None:
        try:
            self._file: GeoPackage | ShapeZip = ShapeZip(path) if zipfile.is_zipfile(path) else GeoPackage(path)
        except _UNREADABLE as error:
            raise SourceError(str(error)) from error
        self._layers = {name.lower(): name for name in self._file.layers}
        if SECTIONS not in self._layers:
            raise SourceError(f"{path.name}: no layer {SECTIONS}")
        for layer in (SECTIONS, POSTS):
            if layer in self._layers and self._file.srs[self._layers[layer]] not in (28992, 7415):
                raise SourceError(f"{path.name}, {layer}: the coordinates are not RD (EPSG:28992)")
        try:
            known = self._file.columns(self._layers[SECTIONS])
        except _UNREADABLE as error:
            raise SourceError(str(error)) from error
        if missing := [name for name in ("wvk_id", "wegnummer", "stt_naam") if name not in known]:
            raise SourceError(f"{path.name}, {SECTIONS}: no column {', '.join(missing)}")
        self._columns = {name: name for name in (*_SECTION, *_OPTIONAL) if name in known}

    def units(self) -> Sequence[str]:
        """Sections, streets, junctions, and posts when they are there."""
        return (SECTIONS, STREETS, JUNCTIONS, *((POSTS,) if POSTS in self._layers else ()))

    def rows(self, unit: str) -> Iterator[Item]:
        """Every row of a piece."""
        try:
            if unit == SECTIONS:
                yield from self._sections()
            elif unit == POSTS:
                yield from self._posts()
            else:
                yield from self._together(unit)
        except _UNREADABLE as error:
            raise SourceError(str(error)) from error

    def _sections(self) -> Iterator[Item]:
        for row, fields, wkb in self._file.rows(self._layers[SECTIONS], self._columns):
            try:
                found = [_checked(line) for line in _lines(wkb)]
            except BadPoint as error:
                yield Refused(f"{self._file.path.name}:{SECTIONS}", row, error.field, str(error))
                continue
            name, road = _text(fields, "stt_naam"), road_number(fields)
            yield tuple(Section(name, road, _place(fields), line) for line in found)

    def _posts(self) -> Iterator[Item]:
        sections = {
            fields["wvk_id"]: (road, _text(fields, "rpe_code"), _text(fields, "hecto_lttr"))
            for _, fields, _ in self._file.rows(self._layers[SECTIONS], self._columns)
            if (road := road_number(fields))
        }
        layer = self._layers[POSTS]
        known = self._file.columns(layer)
        columns = {name: name for name in known if name in _POST_COLUMNS}
        for row, fields, wkb in self._file.rows(layer, columns):
            try:
                found = sections.get(fields.get("wvk_id"))
                if found is None:
                    raise BadPoint("wvk_id", f"{fields.get('wvk_id')} is not a section of a numbered road")
                hm = int(number(str(fields.get("hectomtrng")), "hectomtrng"))
                try:
                    point = first_point(wkb)
                except ValueError as error:
                    raise BadPoint("geom", str(error)) from error
                x, y = rd_point(*point, ("geom", "geom"))
            except BadPoint as error:
                yield Refused(f"{self._file.path.name}:{POSTS}", row, error.field, str(error))
                continue
            letter = _letter(_text(fields, "hecto_lttr") or found[2])
            yield (Post(found[0], hm, side_of(_text(fields, "zijde") or found[1]), letter, x, y),)

    def _together(self, unit: str) -> Iterator[Item]:
        """Streets, roads and junctions, from all sections."""
        scratch = sqlite3.connect("", isolation_level=None)  # a database that SQLite keeps in a file and removes
        scratch.execute("CREATE TABLE end (junction, name, place, road, x, y)")
        scratch.execute("BEGIN")
        for _, fields, wkb in self._file.rows(self._layers[SECTIONS], self._columns):
            try:
                found = [_checked(line) for line in _lines(wkb)]
            except BadPoint:
                continue  # told when the sections were read
            name, place, road = _text(fields, "stt_naam"), _place(fields), road_number(fields)
            for junction, point in (("jte_id_beg", found[0][0]), ("jte_id_end", found[-1][-1])):
                values = (fields.get(junction), name, place, road, *point)
                scratch.execute("INSERT INTO end VALUES (?,?,?,?,?,?)", values)
        scratch.execute("COMMIT")
        yield from _streets(scratch) if unit == STREETS else _junctions(scratch)
        scratch.close()


POST_NAMES = {
    "road": ("road", "weg", "wegnummer"),
    "hm": ("hm", "hectometer", "hectomtrng"),
    "km": ("km", "kilometer"),
    "side": ("side", "zijde", "baan"),
    "letter": ("letter", "hecto_lttr"),
    "x": ("x", "x_rd"),
    "y": ("y", "y_rd"),
    "lat": ("lat", "latitude"),
    "lon": ("lon", "lng", "longitude"),
}


class PostsCsv:
    """Hectometre posts as CSV: road, hm (or km), side, letter, and x, y or lat, lon."""

    def __init__(self, path: Path, rd: RdTransform) -> None:
        self._table, self._rd = CsvTable(path, POST_NAMES, ("road",)), rd
        self._degrees = self._table.has("lat") and self._table.has("lon")
        if not (self._table.has("hm") or self._table.has("km")):
            raise SourceError(f"{path.name}: the header has neither hm nor km")
        if not self._degrees and not (self._table.has("x") and self._table.has("y")):
            raise SourceError(f"{path.name}: the header has neither x, y nor lat, lon")

    def units(self) -> Sequence[str]:
        """The file is one piece."""
        return (self._table.path.name,)

    def rows(self, unit: str) -> Iterator[Item]:
        """Every line."""
        for line, fields in self._table.rows():
            try:
                yield (self._post(fields),)
            except BadPoint as error:
                yield Refused(unit, line, error.field, str(error))

    def _post(self, fields: Fields) -> Post:
        written = _WRITTEN.match(fields["road"])
        if written is None:
            raise BadPoint("road", f"{fields['road']!r} is not a road number such as A28")
        if fields.get("hm"):
            hm = round(number(fields["hm"], "hm"))
        else:
            hm = round(number(fields.get("km", ""), "km") * 10)
        if not 0 <= hm <= 9_999:
            raise BadPoint("hm", f"{hm} is not a number of hectometres")
        if self._degrees:
            x, y = degrees_point(number(fields["lat"], "lat"), number(fields["lon"], "lon"), self._rd)
        else:
            x, y = rd_point(number(fields["x"], "x"), number(fields["y"], "y"))
        road = f"{written[1].upper()}{int(written[2])}"
        return Post(road, hm, side_of(fields.get("side", "")), _letter(fields.get("letter", "")), x, y)


def road_number(fields: dict[str, Any]) -> str:
    """`A28` from route letter and number, from a street name that is one, or from the manager's own number (a number of
    the state's roads is an A, of a province's an N); empty for a road without."""
    letter, digits = _text(fields, "routeltr"), _text(fields, "routenr")
    if letter and digits.isdecimal() and int(digits):
        return f"{letter.upper()}{int(digits)}"
    for name in ("wegnummer", "stt_naam"):
        if written := _WRITTEN.match(_text(fields, name)):
            return f"{written[1].upper()}{int(written[2])}"
    own = _text(fields, "wegnummer")
    kind = {"R": "A", "P": "N"}.get(_text(fields, "wegbehsrt").upper())
    return f"{kind}{int(own)}" if kind and own.isdecimal() and int(own) else ""


def side_of(text: str) -> str:
    """R or L, from `R`, `Re`, `rechts`, `HRR` and the like; empty for none."""
    word = text.strip().upper()
    word = word.removeprefix("HR") or word
    return word[:1] if word[:1] in ("R", "L") else ""


def _streets(scratch: sqlite3.Connection) -> Iterator[Item]:
    sql = (
        "SELECT name, place, count(*) / 2, avg(x), avg(y) FROM end WHERE name <> '' AND name <> road "
        "GROUP BY name, place ORDER BY name, place"
    )
    for name, place, n, x, y in scratch.execute(sql):
        yield (Named(kind="street", name=name, place=place, x=x, y=y, weight=n),)
    sql = "SELECT road, avg(x), avg(y) FROM end WHERE road <> '' GROUP BY road ORDER BY road"
    for road, x, y in scratch.execute(sql):
        yield (Named(kind="road", name=road, x=x, y=y, weight=ROAD_WEIGHT),)


def _junctions(scratch: sqlite3.Connection) -> Iterator[Item]:
    scratch.execute("CREATE INDEX end_junction ON end (junction)")
    sql = (
        "SELECT junction, group_concat(DISTINCT name), max(place), avg(x), avg(y) FROM "
        "(SELECT * FROM end WHERE name <> '' AND junction IS NOT NULL ORDER BY junction, name) "
        "GROUP BY junction HAVING count(DISTINCT name) > 1 ORDER BY junction"
    )
    for junction, names, place, x, y in scratch.execute(sql):
        both = " / ".join(sorted(names.split(","))[:4])
        yield (
            Named(
                kind="junction",
                name=both,
                place=place or "",
                source_id=str(junction),
                x=x,
                y=y,
                weight=JUNCTION_WEIGHT,
            ),
        )


def _lines(wkb: bytes) -> list[tuple[tuple[float, float], ...]]:
    try:
        found = [line for line in lines(wkb) if len(line) > 1]
    except (ValueError, IndexError) as error:
        raise BadPoint("geom", str(error)) from error
    if not found:
        raise BadPoint("geom", "an empty line")
    return found


def _checked(line: tuple[tuple[float, float], ...]) -> tuple[tuple[float, float], ...]:
    for x, y in line:
        rd_point(x, y, ("geom", "geom"))
    return line


def _place(fields: dict[str, Any]) -> str:
    return _text(fields, "wpsnaam") or _text(fields, "wpsnaamnen") or _text(fields, "gme_naam")


def _text(fields: dict[str, Any], name: str) -> str:
    value = fields.get(name)
    return "" if value is None else str(value).strip()


def _letter(text: str) -> str:
    """The letter of a link road; `#` and the like are how the register writes none."""
    return text.lower() if len(text) == 1 and text.isalpha() else ""
