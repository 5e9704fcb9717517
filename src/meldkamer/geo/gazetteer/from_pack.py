"""The places of the pack as a part of the gazetteer in memory: what a fresh clone knows."""

from __future__ import annotations

from meldkamer.geo.gazetteer.builder import Builder
from meldkamer.geo.gazetteer.part import GazetteerPart
from meldkamer.geo.gazetteer.part_file import create
from meldkamer.geo.gazetteer.rows import Named
from meldkamer.geo.rd import RdTransform
from meldkamer.pack import Pack

KIND = "pack"


def pack_part(pack: Pack, rd: RdTransform) -> GazetteerPart:
    """Built anew at every start: a few thousand names take a fraction of a second."""
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
    return GazetteerPart(KIND, database)
