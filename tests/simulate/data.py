"""A small country for tests: three towns in two regions, a handful of classes."""

from __future__ import annotations

from meldkamer.simulate.data import ClassCode, Closing, Hospital, Place, Travel, WorldData

AMERSFOORT = Place("Amersfoort", 155_000.0, 463_000.0, 160_000, "MD", 9, "Amersfoort")
UTRECHT = Place("Utrecht", 136_000.0, 456_000.0, 370_000, "MD", 9, "Utrecht")
ROTTERDAM = Place("Rotterdam", 92_500.0, 437_500.0, 650_000, "RT", 17, "Rotterdam")

MEANINGS = (
    "ordered", "en_route", "on_scene", "transporting", "at_hospital", "available", "standby", "returning",
)  # fmt: skip


def world_data() -> WorldData:
    """The same every time."""
    return WorldData(
        places=(AMERSFOORT, UTRECHT, ROTTERDAM),
        classes=(
            ClassCode("brgb", "Brand / Gebouw", 1, ("B", "P")),
            ClassCode("gzon", "Gezondheid / Onwel", 1, ("A",)),
            ClassCode("ovgl", "Overlast / Geluid", 4, ("P",)),
            ClassCode("vkle", "Verkeer / Letsel", 2, ("P", "A")),
        ),
        status={(d, m): f"{m[:2]}" for d in "PBAK" for m in MEANINGS},
        closings=tuple(Closing(d, c, r) for d in "PBAK" for c, r in (("afg", True), ("vlm", False))),
        hospitals=(Hospital("UMC", 140_000.0, 455_000.0),),
        travel={"AMB": Travel()},
    )
