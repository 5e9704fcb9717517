"""Mutations of the BAG (`9999MUT….xml`, in a zip, or in a zip of zips as they are delivered): what changed in the
register of addresses since an extract, or since the mutations before, in the order in which it did.

A group of changes holds additions and alterations; of an alteration what the object was comes first, then what it is.
Only what it is counts here. Nothing is ever deleted: an object that is no more says so in its last occurrence.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from meldkamer.geo.gazetteer.import_run import Item, SourceError
from meldkamer.geo.gazetteer.rows import Changed, Later, Refused
from meldkamer.geo.gazetteer.sources.bag_archive import BagArchive
from meldkamer.geo.gazetteer.sources.bag_extract import OBJECTS, read_occurrence
from meldkamer.geo.gazetteer.sources.points import BadPoint
from meldkamer.geo.safe_xml import Element, XmlRefused, stream_xml

_MEMBER = re.compile(r"\d{4}MUT\d{8}-\d{8}(-\d{1,9})?\.(xml|zip)", re.IGNORECASE)
_CHANGES = frozenset({"toevoeging", "wijziging", "verwijdering"})


def are_changes(path: Path) -> bool:
    """Whether a file is a delivery of mutations, by its name and those of its members."""
    if path.suffix.lower() == ".xml":
        return _MEMBER.fullmatch(path.name) is not None
    try:
        with zipfile.ZipFile(path) as archive:
            return any(_rank(name.rpartition("/")[2]) is not None for name in archive.namelist())
    except (zipfile.BadZipFile, OSError):
        return False


class BagChanges:
    """today: ISO date by which an occurrence counts. since, until: days between which it changed; empty: not said."""

    def __init__(self, path: Path, today: str) -> None:
        self._path, self._today = path, today
        self._archive = BagArchive(path, _rank)
        if not self._archive.units:
            raise SourceError(f"{path.name}: no mutations of the BAG in it (MUT)")
        self.since, self.until = self._archive.told("MutatiedatumVanaf", "MutatiedatumTot")

    def units(self) -> Sequence[str]:
        """XML files in the order of their numbers."""
        return self._archive.units

    def rows(self, unit: str) -> Iterator[Item]:
        """Every change of one file."""
        with self._archive.open(unit) as file:
            try:
                for row, element in enumerate(stream_xml(file, _CHANGES), 1):
                    try:
                        yield self._item(element)
                    except BadPoint as error:
                        yield Refused(f"{self._path.name}/{unit}", row, error.field, str(error))
            except (XmlRefused, zipfile.BadZipFile, EOFError) as error:
                raise SourceError(f"{self._path.name}/{unit}: {error}") from error

    def _item(self, element: Element) -> Item:
        if element.name == "verwijdering":
            raise BadPoint("verwijdering", "the register deletes nothing: an object ends with its last occurrence")
        held = element.find("wordt", "bagObject")
        if held is None or len(held.children) != 1:
            raise BadPoint("wordt", "it does not say what became of it")
        (thing,) = held.children
        if thing.name not in OBJECTS:
            return ()  # buildings
        found = read_occurrence(thing, self._today)
        if not found.key:
            raise BadPoint("identificatie", f"{thing.said('identificatie')!r} is not a BAG id")
        if found.state == "later":
            return (Later(found.kind, found.key, found.number, found.begins, found.rows),)
        return (Changed(found.kind, found.key, found.number, found.rows, over=found.state == "over"),)


def _rank(name: str) -> int | None:
    return 0 if _MEMBER.fullmatch(name) else None
