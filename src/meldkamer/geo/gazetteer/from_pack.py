"""The places of the pack as a part of the gazetteer in memory: what a fresh clone knows."""

from __future__ import annotations

import sqlite3

import msgspec

from meldkamer.geo.gazetteer.builder import Builder
from meldkamer.geo.gazetteer.part import GazetteerPart
from meldkamer.geo.gazetteer.part_file import create
from meldkamer.geo.gazetteer.rows import Named
from meldkamer.geo.rd import RdTransform
from meldkamer.pack import Municipality, Pack, Place

KIND = "pack"


class _Built(msgspec.Struct, frozen=True):
    """A finished part as SQLite keeps it, and of what it was built."""

    hash: str
    places: tuple[Place, ...]
    towns: tuple[Municipality, ...]
    image: bytes


_built: _Built | None = None


def pack_part(pack: Pack, rd: RdTransform) -> GazetteerPart:
    """A few thousand names take a fraction of a second to build; of the same places the next one is a copy, so that
    another release comes into force without that work."""
    global _built
    built = _built
    if built is None or (built.hash, built.places, built.towns) != (pack.hash, pack.places, pack.municipalities):
        built = _built = _Built(pack.hash, pack.places, pack.municipalities, _image(pack, rd))
    database = sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)
    database.deserialize(built.image)
    return GazetteerPart(KIND, database)


def _image(pack: Pack, rd: RdTransform) -> bytes:
    database = create(None)
    builder = Builder(database)
    x, y = rd.to_rd_many([place.lat for place in pack.places], [place.lon for place in pack.places])
    for place, px, py in zip(pack.places, x, y, strict=True):
        town = pack.municipality[place.municipality].name
        builder.add(
            Named(
                kind="quarter" if place.kind == "quarter" else "place",
                name=place.name,
                place=town if town != place.name else "",
                detail=town,
                source_id=f"pack:{place.id}",
                x=float(px),
                y=float(py),
                weight=place.inhabitants,
            )
        )
    builder.finish(None, {"kind": KIND, "source": pack.hash})
    image = database.serialize()
    database.close()
    return image
