"""A folder into a ``Pack``: read every table, check the whole, then hand it over or refuse it."""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Collection
from pathlib import Path
from typing import Any

import msgspec

from meldkamer.pack import codes, network
from meldkamer.pack.check import check_tables
from meldkamer.pack.faults import Fault, PackError
from meldkamer.pack.model import Manifest, Pack
from meldkamer.pack.playbook_files import FOLDER as PLAYBOOKS
from meldkamer.pack.playbook_files import read_playbooks
from meldkamer.pack.question_check import check_sets, country_of
from meldkamer.pack.question_files import FOLDER as QUESTIONS
from meldkamer.pack.question_files import read_sets
from meldkamer.pack.speaking import read_speaking
from meldkamer.pack.table import Table, read_table
from meldkamer.pack.warnings import read_warnings

MANIFEST = "pack.toml"
TABLES: dict[str, type[msgspec.Struct]] = {
    "disciplines": codes.Discipline,
    "rooms": network.Room,
    "regions": network.Region,
    "safety_regions": network.SafetyRegion,
    "police_units": network.PoliceUnit,
    "municipalities": network.Municipality,
    "places": network.Place,
    "functions": network.Function,
    "buddies": network.Buddy,
    "distribution": network.Distribution,
    "agreements": network.Agreement,
    "classes": codes.Classification,
    "characteristics": codes.Characteristic,
    "characteristic_values": codes.CharacteristicValue,
    "priorities": codes.Priority,
    "statuses": codes.Status,
    "roles": codes.Role,
    "norms": codes.Norm,
    "closing_codes": codes.ClosingCode,
    "unit_kinds": codes.UnitKind,
    "travel_profiles": codes.TravelProfile,
}


def shipped_pack() -> Path:
    """The folder of the pack that comes with the product: the Netherlands."""
    return Path(__file__).parent / "nl"


def load_pack(folder: Path | str | None = None, *, unpromised: Collection[str] = ()) -> Pack:
    """Load and check the pack in ``folder`` (default: the shipped one).

    unpromised: tables of which the number of rows is not held against the manifest, since they were changed later.

    Raises PackError with every fault found; a pack is used whole or not at all.
    """
    root = Path(folder) if folder is not None else shipped_pack()
    faults: list[Fault] = []
    if not root.is_dir():
        raise PackError(str(root), [Fault(MANIFEST, 0, "", f"{root} is not a folder")])
    manifest = _manifest(root / MANIFEST, faults)
    if manifest is not None and unpromised:
        expected = {name: n for name, n in manifest.expected.items() if name not in unpromised}
        manifest = msgspec.structs.replace(manifest, expected=expected)
    tables: dict[str, Table[Any]] = {
        name: read_table(root / f"{name}.csv", kind, faults) for name, kind in TABLES.items()
    }
    # References to a row that was itself refused would only echo the first fault, so the
    # checks across tables run on what could be read and leave out what could not.
    faults += check_tables(tables, manifest)
    sets = read_sets(root, faults)
    check_sets(sets, country_of(tables))
    books = read_playbooks(root, tables, faults)
    natures, bases = read_warnings(root, faults)
    languages, ways = read_speaking(root, faults)
    if faults or manifest is None:
        raise PackError(str(root), faults)
    rows: dict[str, Any] = {name: tuple(table.rows) for name, table in tables.items()}
    return Pack(
        manifest=manifest,
        folder=str(root),
        hash=pack_hash(root),
        question_sets=tuple(one.set for one in sets),
        playbooks=books,
        warning_natures=natures,
        legal_bases=bases,
        languages=languages,
        speaking_ways=ways,
        **rows,
    )


def pack_hash(root: Path) -> str:
    """Sha256 over the names and bytes of the folder's files, question sets and playbooks, in order of name (hex)."""
    digest = hashlib.sha256()
    files = [path for path in root.iterdir() if path.suffix in {".csv", ".toml", ".geojson"}]
    deeper = [path for folder in (QUESTIONS, PLAYBOOKS) for path in (root / folder).glob("*.toml")]
    for path in sorted([*files, *deeper], key=lambda item: item.relative_to(root).as_posix()):
        content = path.read_bytes()
        digest.update(f"{path.relative_to(root).as_posix()}\0{len(content)}\0".encode())
        digest.update(content)
    return digest.hexdigest()


def _manifest(path: Path, faults: list[Fault]) -> Manifest | None:
    try:
        raw = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        faults.append(Fault(path.name, 0, "", "the file is missing"))
        return None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        faults.append(Fault(path.name, 0, "", f"cannot be read as TOML: {error}"))
        return None
    try:
        return msgspec.convert(raw, Manifest)
    except msgspec.ValidationError as error:
        faults.append(Fault(path.name, 0, "", str(error)))
        return None
