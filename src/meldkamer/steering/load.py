"""A folder into a `Plan`: read every file, check the whole, then hand it over or refuse it with every fault."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

from meldkamer.pack import shipped_pack
from meldkamer.steering.check import check
from meldkamer.steering.continuity.openslo import read_objectives
from meldkamer.steering.csv_lines import read_csv
from meldkamer.steering.faults import Fault, PlanError
from meldkamer.steering.fields import convert, fields_of
from meldkamer.steering.kinds import KINDS
from meldkamer.steering.money_files import read_account, read_budget, read_other_users
from meldkamer.steering.plan import Manifest, Place, Placed, Plan
from meldkamer.steering.proof.frameworks import read_measures
from meldkamer.steering.record import Row
from meldkamer.steering.toml_lines import TomlTable, read_toml

MANIFEST = "plan.toml"
SCENARIOS = "scenarios"
"""The folder of files that `load_scenario` reads; they ask "what if" and are no part of what was adopted."""


def shipped_plan() -> Path:
    """The plan 2025-2029 that comes with the product."""
    return shipped_pack() / "plan"


def load_plan(folder: Path | None = None) -> Plan:
    """Load and check a plan (default: the shipped one). Raises PlanError with every fault found."""
    root = folder if folder is not None else shipped_plan()
    faults: list[Fault] = []
    plan = read_plan(root, faults)
    if plan is not None:
        faults += check(plan)
    if plan is None or faults:
        raise PlanError(f"the plan in {root}", sorted(faults, key=lambda f: (f.file, f.line, f.field)))
    return plan


def read_plan(root: Path, faults: list[Fault]) -> Plan | None:
    """The plan as it stands in the files, not yet checked as a whole; None when a part of it cannot be read."""
    manifest = _manifest(root, faults)
    if manifest is None:
        return None
    before = len(faults)
    placed = (*_records(root, faults), *_measures(root, faults))
    known = read_csv(root / manifest.requirements, manifest.requirements, faults)
    if known is not None and "id" not in known.columns:
        faults.append(Fault(known.name, known.header_line, "id", "this column is missing"))
        known = None
    budget = read_budget(root / manifest.budget, manifest.budget, faults)
    account = read_account(root / manifest.account, manifest.account, faults)
    users = read_other_users(root / manifest.other_users, manifest.other_users, faults)
    objectives = tuple(read_objectives(root, faults))
    if known is None or budget is None or account is None or users is None:
        return None
    plan = Plan(
        folder=str(root),
        manifest=manifest,
        placed=placed,
        requirements=tuple(row.cells["id"] for row in known.rows),
        budget=budget,
        account=account,
        other_users=users,
        objectives=objectives,
    )
    if len(faults) > before:
        # References to a record that was itself refused would only echo the first fault.
        return None
    return plan


def _manifest(root: Path, faults: list[Fault]) -> Manifest | None:
    if not root.is_dir():
        faults.append(Fault(str(root), 0, "", "is not a folder"))
        return None
    tables = read_toml(root / MANIFEST, MANIFEST, faults)
    top = next((table for table in tables if table.name == ""), None)
    if top is None:
        if not faults:
            faults.append(Fault(MANIFEST, 0, "", "the file is empty"))
        return None
    values = struct_from(top, Manifest, MANIFEST, faults)
    return values if isinstance(values, Manifest) else None


def _records(root: Path, faults: list[Fault]) -> Iterator[Placed]:
    for path in sorted(root.rglob("*.toml")):
        name = path.relative_to(root).as_posix()
        if name == MANIFEST or any(part == SCENARIOS or part.startswith(".") for part in name.split("/")):
            continue
        for table in read_toml(path, name, faults):
            kind = KINDS.get(table.name)
            if table.name == "":
                line = min(table.lines.values(), default=1)
                faults.append(Fault(name, line, next(iter(table.values)), "stands outside a record, such as [[item]]"))
            elif kind is None:
                message = f"[[{table.name}]] is not a kind of record; there are {', '.join(sorted(KINDS))}"
                faults.append(Fault(name, table.line, "", message))
            elif (record := struct_from(table, kind, name, faults)) is not None:
                assert isinstance(record, Row)
                yield Placed(record, Place(name, table.line, table.lines))


def _measures(root: Path, faults: list[Fault]) -> Iterator[Placed]:
    for measure, file, line in read_measures(root, faults):
        yield Placed(measure, Place(file, line, {}))


def struct_from(table: TomlTable, kind: type[msgspec.Struct], file: str, faults: list[Fault]) -> Any:
    """A table of TOML as a struct, or None with a fault for every field that does not fit."""
    fields = fields_of(kind)
    before = len(faults)
    values: dict[str, Any] = {}
    for key, value in table.values.items():
        if key not in fields:
            faults.append(Fault(file, table.line_of(key), key, "this field is not known"))
            continue
        try:
            if key == "accountable" and isinstance(value, list):
                raise ValueError(f"{len(value)} roles stand here; exactly one role is accountable")
            values[key] = convert(value, fields[key].type)
        except ValueError as error:
            faults.append(Fault(file, table.line_of(key), key, str(error)))
    for key, field in fields.items():
        if field.required and key not in table.values:
            why = "is missing; exactly one role is accountable" if key == "accountable" else "is missing"
            faults.append(Fault(file, table.line, key, why))
    return kind(**values) if len(faults) == before else None
