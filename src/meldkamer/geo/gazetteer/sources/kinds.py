"""Which reader belongs to which kind of import, by the kind and the first bytes of the file."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from meldkamer.geo.gazetteer.import_run import Source, SourceError
from meldkamer.geo.gazetteer.sources.bag_changes import BagChanges, are_changes
from meldkamer.geo.gazetteer.sources.bag_extract import BagExtract
from meldkamer.geo.gazetteer.sources.bag_table import BagTable
from meldkamer.geo.gazetteer.sources.nwb import NwbPackage, PostsCsv
from meldkamer.geo.gazetteer.sources.objects import ObjectsCsv
from meldkamer.geo.gazetteer.sources.osm import OsmNames
from meldkamer.geo.rd import RdTransform

KINDS = ("bag", "nwb", "posts", "osm", "objects", "names")
"""bag: addresses. nwb: roads and posts. posts: posts alone, as CSV. osm: OpenStreetMap. objects, names: own CSV."""


def source_opener(kind: str, rd: RdTransform, today: str) -> Callable[[Path], Source]:
    """The reader for a kind. today: ISO day, for registers with a history."""

    def opened(path: Path) -> Source:
        if kind in ("objects", "names"):
            return ObjectsCsv(path, rd, "object" if kind == "objects" else "name")
        if kind == "posts":
            return PostsCsv(path, rd)
        if kind == "osm":
            return OsmNames(path, rd)
        with path.open("rb") as file:
            begins = file.read(16)
        sqlite, zipped = begins == b"SQLite format 3\0", begins[:4] == b"PK\x03\x04"
        if kind == "nwb":
            return NwbPackage(path) if sqlite or zipped else PostsCsv(path, rd)
        if kind == "bag":
            if sqlite:
                return BagTable(path, rd)
            return BagChanges(path, today) if are_changes(path) else BagExtract(path, today)
        raise SourceError(f"there is no kind {kind!r}")

    return opened
