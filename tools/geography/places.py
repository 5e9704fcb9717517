"""The places of the pack: GeoNames, our supplement, our corrections."""

from __future__ import annotations

import csv
from pathlib import Path

from tools.geography.sources import RawPlace, geonames_places

HERE = Path(__file__).parent
# Municipalities that merged after the packages took their codes: old CBS code -> the one of the 342.
MERGED = {"0501": "1992", "0530": "1992", "0614": "1992", "0457": "0363"}
REMARK = (
    "# Place data from GeoNames (geonames.org), licence CC BY 4.0, changed: a part of the fields, municipalities "
    "brought to the 342, some places added by hand (id below 1000). See SOURCES.md."
)


def write_places(scratch: Path, pack: Path) -> int:
    """Write ``places.csv``; returns the number of places. Raises ValueError for a place without municipality."""
    corrections = {int(row["id"]): row for row in _rows(HERE / "corrections.csv")}
    places: list[RawPlace] = []
    for place in geonames_places(scratch, "NL").values():
        fix = corrections.get(place.id, {})
        code = fix.get("municipality") or f"GM{MERGED.get(place.municipality, place.municipality)}"
        if code == "GM":
            raise ValueError(f"{place.name} ({place.id}) has no municipality: add it to corrections.csv")
        name = fix.get("name") or _dutch(place.name)
        places.append(place._replace(name=name, municipality=code))
    for row in _rows(HERE / "supplement.csv"):
        numbers = int(row["id"]), row["name"], float(row["lat"]), float(row["lon"]), int(row["inhabitants"])
        places.append(RawPlace(*numbers, row["municipality"], row["kind"]))
    places.sort(key=lambda place: place.id)
    with (pack / "places.csv").open("w", encoding="utf-8", newline="") as file:
        file.write(REMARK + "\n")
        out = csv.writer(file, lineterminator="\n")
        out.writerow(RawPlace._fields)
        out.writerows(places)
    return len(places)


def _dutch(name: str) -> str:
    """The apostrophe that one package drops: t Harde, s-Gravendeel."""
    return f"'{name}" if name.startswith(("t ", "s-")) else name


def _rows(path: Path) -> list[dict[str, str]]:
    lines = [line for line in path.read_text(encoding="utf-8").splitlines() if not line.startswith("#")]
    return list(csv.DictReader(lines))
