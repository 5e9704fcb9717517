"""A fleet as commands: from the pack's demonstration, or from a room's own CSV file, checked as a whole."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable
from pathlib import Path

import msgspec

from meldkamer.domain.unit import Meaning, RegisterUnit
from meldkamer.pack import FleetUnit, Pack

ToRd = Callable[[float, float], tuple[float, float]]
"""WGS84 lat, lon -> RD x, y in metres."""

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
        lines = [line for line in path.read_text("utf-8-sig").splitlines() if not line.startswith("#")]
    except UnicodeDecodeError as error:
        raise FleetFileError(path, [f"not UTF-8: {error.reason} at byte {error.start}"]) from error
    rows = csv.DictReader(lines, restkey="", restval="")
    if missing := [c for c in COLUMNS if c not in (rows.fieldnames or ())]:
        raise FleetFileError(path, [f"column missing: {', '.join(missing)}"])
    faults: list[str] = []
    found: dict[str, RegisterUnit] = {}
    for number, row in enumerate(rows, start=2):
        command = _row(row, number, pack, to_rd, faults)
        if command is None:
            continue
        ref = f"{command.region}/{command.call_sign}"
        if ref in found:
            faults.append(f"row {number}: {ref} stands twice")
        found[ref] = command
    if faults:
        raise FleetFileError(path, faults)
    return list(found.values())


def _row(row: dict[str, str], number: int, pack: Pack, to_rd: ToRd, faults: list[str]) -> RegisterUnit | None:
    before = len(faults)
    for column, known in (
        ("region", pack.region),
        ("function", pack.function),
        ("safety_region", pack.safety_region),
        ("kind", pack.unit_kind),
    ):
        if row[column] not in known:
            faults.append(f"row {number}, {column}: {row[column]!r} is not in the pack")
    try:
        lat, lon = float(row["lat"]), float(row["lon"])
        crew = int(row.get("crew") or 0)
    except ValueError:
        faults.append(f"row {number}: lat, lon and crew must be numbers")
        return None
    if not (abs(lat) <= 90 and abs(lon) <= 180):
        faults.append(f"row {number}: {lat}, {lon} is not WGS84 degrees")
    if len(faults) > before:
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
        crew or kind.crew,
    )
    try:
        # What is stored is read back with these limits, so they are checked before, not after.
        return msgspec.msgpack.decode(msgspec.msgpack.encode(command), type=RegisterUnit)
    except msgspec.ValidationError as error:
        faults.append(f"row {number}: {error}")
        return None


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
