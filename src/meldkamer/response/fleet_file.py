"""A fleet as commands: from the pack's demonstration, or from a room's own CSV file, checked as a whole."""

from __future__ import annotations

import csv
import math
from collections.abc import Callable, Iterable
from pathlib import Path

import msgspec

from meldkamer.domain.unit import Meaning, RegisterUnit
from meldkamer.pack import FleetUnit, Pack

ToRd = Callable[[float, float], tuple[float, float]]
"""WGS84 lat, lon -> RD x, y in metres."""

Box = tuple[float, float, float, float]

COLUMNS = ("call_sign", "region", "discipline", "kind", "function", "safety_region", "base", "lat", "lon")
OPTIONAL = ("capabilities", "crew")


class FleetFileError(Exception):
    """The file cannot be used. `faults` names every row and column at fault; nothing was taken over."""

    def __init__(self, path: Path, faults: list[str]) -> None:
        self.path, self.faults = path, tuple(faults)
        super().__init__(f"{path}: {len(faults)} faults\n" + "\n".join(f"  {f}" for f in faults))


def first_status(pack: Pack) -> Callable[[str], str]:
    """Discipline letter -> the first status code that means available (empty where the pack has none)."""
    codes = {
        d.code: next((s.code for s in pack.statuses_of(d.code) if s.meaning is Meaning.AVAILABLE), "")
        for d in pack.disciplines
    }
    return lambda discipline: codes.get(discipline, "")


def from_pack(units: Iterable[FleetUnit], pack: Pack, to_rd: ToRd) -> list[RegisterUnit]:
    """The pack's units as commands."""
    return [
        _command(pack, to_rd, u.call_sign, u.region, u.discipline, u.kind, u.function, u.safety_region, u.base,
                 u.lat, u.lon, u.capabilities, u.crew)
        for u in units
    ]  # fmt: skip


def read_fleet(path: Path, pack: Pack, to_rd: ToRd) -> list[RegisterUnit]:
    """A CSV file (UTF-8, header row, comma) as commands. Lines that begin with # are remarks.

    Raises FleetFileError with every fault, OSError when it cannot be read.
    """
    try:
        text = path.read_text("utf-8-sig")
    except UnicodeDecodeError as error:
        raise FleetFileError(path, [f"not UTF-8: {error.reason} at byte {error.start}"]) from error
    kept = [(n, line) for n, line in enumerate(text.splitlines(), 1) if line and not line.startswith("#")]
    rows = csv.DictReader((line for _, line in kept), restkey="", restval="")
    if missing := [c for c in COLUMNS if c not in (rows.fieldnames or ())]:
        raise FleetFileError(path, [f"column missing: {', '.join(missing)}"])
    box = _box(pack)
    faults: list[str] = []
    found: dict[str, RegisterUnit] = {}
    first: dict[str, int] = {}
    for row in rows:
        # As an editor counts them, remarks included: that is where somebody will look.
        number = kept[rows.line_num - 1][0]
        command = _row(row, number, pack, box, to_rd, faults)
        if command is None:
            continue
        ref = f"{command.region}/{command.call_sign}"
        if ref in found:
            faults.append(f"row {number}, call_sign: {ref} stands twice, first in row {first[ref]}")
        found[ref] = command
        first.setdefault(ref, number)
    if faults:
        raise FleetFileError(path, faults)
    return list(found.values())


def _row(
    row: dict[str, str], number: int, pack: Pack, box: Box | None, to_rd: ToRd, faults: list[str]
) -> RegisterUnit | None:
    before = len(faults)
    for column, known in (
        ("region", pack.region),
        ("function", pack.function),
        ("safety_region", pack.safety_region),
        ("kind", pack.unit_kind),
    ):
        if row[column] not in known:
            faults.append(f"row {number}, {column}: {row[column]!r} is not in the pack")
    lat, lon, crew = (_number(row, column, number, faults) for column in ("lat", "lon", "crew"))
    if lat is not None and lon is not None and not _near(box, lat, lon):
        swapped = "; latitude and longitude are swapped" if _near(box, lon, lat) else ""
        faults.append(f"row {number}, lat, lon: {lat}, {lon} is not in or near the country{swapped}")
    if len(faults) > before or lat is None or lon is None:
        return None
    capabilities = tuple(c for c in (row.get("capabilities") or "").split(";") if c)
    kind = pack.unit_kind[row["kind"]]
    command = _command(
        pack,
        to_rd,
        row["call_sign"],
        row["region"],
        row["discipline"],
        row["kind"],
        row["function"],
        row["safety_region"],
        row["base"],
        lat,
        lon,
        capabilities or kind.capabilities,
        int(crew or 0) or kind.crew,
    )
    try:
        # What is stored is read back with these limits, so they are checked before, not after.
        return msgspec.msgpack.decode(msgspec.msgpack.encode(command), type=RegisterUnit)
    except msgspec.ValidationError as error:
        faults.append(f"row {number}: {error}")
        return None


def _number(row: dict[str, str], column: str, number: int, faults: list[str]) -> float | None:
    """A number of a row; an empty crew is 0. None when it is none, which is then among the faults."""
    said = (row.get(column) or "").strip()
    if column == "crew" and not said:
        return 0.0
    most = {"lat": 90.0, "lon": 180.0, "crew": 99.0}[column]
    try:
        found = float(int(said)) if column == "crew" else float(said)
    except ValueError:
        found = math.nan
    if not abs(found) <= most:
        faults.append(f"row {number}, {column}: {said[:40]!r} is not a number up to {most:g}")
        return None
    return found


def _box(pack: Pack) -> Box | None:
    """South, north, west and east of the pack's places, with a degree to spare; None for a pack without any."""
    if not pack.places:
        return None
    lat, lon = [p.lat for p in pack.places], [p.lon for p in pack.places]
    return min(lat) - 1, max(lat) + 1, min(lon) - 1, max(lon) + 1


def _near(box: Box | None, lat: float, lon: float) -> bool:
    return box is None or (box[0] <= lat <= box[1] and box[2] <= lon <= box[3])


def _command(
    pack: Pack,
    to_rd: ToRd,
    call_sign: str,
    region: str,
    discipline: str,
    kind: str,
    function: str,
    safety_region: str,
    base: str,
    lat: float,
    lon: float,
    capabilities: tuple[str, ...],
    crew: int,
) -> RegisterUnit:
    x, y = to_rd(lat, lon)
    known = pack.safety_region.get(safety_region)
    return RegisterUnit(
        region=region,
        call_sign=call_sign,
        discipline=discipline,
        kind=kind,
        function=function,
        safety_region=known.number if known is not None else 0,
        base=base,
        base_x=round(x, 1),
        base_y=round(y, 1),
        capabilities=capabilities,
        crew=crew,
    )
