"""From a file of official areas to a new release with them, with what does not fit together reported."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import cast

import msgspec

from meldkamer.geo.areas import Level
from meldkamer.geo.borders import AreaFault, AreaFileError, AreaVersion, Misfit, misfits, read_areas, read_borders
from meldkamer.geo.borders.border_file import LEVELS, with_version, write_borders
from meldkamer.geo.rd import RdTransform
from meldkamer.geo.release import Part, Releases, file_hash
from meldkamer.pack import Pack

FIRST_DAY = "0001-01-01"


class ImportedAreas(msgspec.Struct, frozen=True, kw_only=True):
    """What came of it. misfits: overlaps and gaps, mended: ears cut off; for a person to judge."""

    part: Part
    level: str
    begins: str
    misfits: tuple[Misfit, ...]
    mended: tuple[AreaFault, ...]


def import_areas_file(
    path: Path,
    level: str,
    releases: Releases,
    pack: Pack,
    rd: RdTransform,
    built: str,
    *,
    begins: str = FIRST_DAY,
    key: str = "",
    layer: str = "",
) -> ImportedAreas:
    """Read areas and make the part of that level, which keeps the versions of the newest release.

    begins: ISO day from which they count. Raises AreaFileError for a file that cannot be used, ValueError for a day
    or level that is none.
    """
    date.fromisoformat(begins)
    if level not in LEVELS:
        raise ValueError(f"{level!r} is not one of {', '.join(LEVELS)}")
    codes = list(pack.municipality if level == "municipality" else pack.safety_region)
    read = read_areas(path, codes, rd, key, layer)
    areas = read.areas
    new = AreaVersion(begins, areas)
    kind = f"areas.{level}"
    releases.prepare()
    before = releases.all()
    last = before[-1].part(kind) if before else None
    old = read_borders(releases.path(last))[1] if last is not None else ()
    finished = releases.workshop / f"{kind}.finished"
    write_borders(finished, level, with_version(old, new))
    part = Part(
        kind=kind,
        sha256=file_hash(finished),
        bytes=finished.stat().st_size,
        rows=len(areas),
        refused=0,
        source=path.name,
        source_sha256=file_hash(path),
        built=built,
    )
    releases.take_part(finished, part)
    return ImportedAreas(part=part, level=level, begins=begins, misfits=tuple(misfits(areas, rd)), mended=read.mended)


def guess_level(path: Path, pack: Pack, rd: RdTransform, key: str = "", layer: str = "") -> Level:
    """The level of which the file holds all areas. Raises AreaFileError of the level that fits best."""
    errors = []
    for level in LEVELS:
        codes = list(pack.municipality if level == "municipality" else pack.safety_region)
        try:
            read_areas(path, codes, rd, key, layer)
            return cast("Level", level)
        except AreaFileError as error:
            errors.append(error)
    raise min(errors, key=lambda error: len(error.faults) or 1_000_000)
