"""Changes to the plan's files as a planner makes them by hand: a line of a record, and a record of the reason."""

from __future__ import annotations

import datetime
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Literal

import msgspec

from meldkamer.steering.faults import RepositoryError
from meldkamer.steering.plan import Plan
from meldkamer.steering.portfolio import Change, Item

REASONS = "wijzigingen.toml"
"""Where the reasons of changes are kept that come from a form."""

EditableField = Literal["axis", "horizon", "start", "end", "state", "capacity"]

EDITABLE: Mapping[type[msgspec.Struct], tuple[EditableField, ...]] = {
    Item: ("axis", "horizon", "start", "end", "state", "capacity"),
}
"""What a form may change of which kind of record: single values, each on a line of its own."""

_VALUE = re.compile(r"""(=\s*)("[^"]*"|[^#\s][^#]*?)(\s*(?:#.*)?)$""")


def set_fields(folder: Path, plan: Plan, id: str, fields: Mapping[EditableField, int | str]) -> None:
    """Give fields of a record other values. plan: as it stands in the folder.

    Raises RepositoryError for a record or field that no form may change.
    """
    placed = next((placed for placed in plan.placed if placed.record.id == id), None)
    allowed = () if placed is None else EDITABLE.get(type(placed.record), ())
    if placed is None or not fields or (unknown := [name for name in fields if name not in allowed]):
        what = ", ".join(unknown) if placed is not None and fields else id
        raise RepositoryError(f"{what} cannot be changed by a form; change it in its file")
    path = folder / placed.place.file
    lines = path.read_text(encoding="utf-8").split("\n")
    added = []
    for name, value in fields.items():
        text = msgspec.json.encode(value).decode()
        at = placed.place.lines.get(name)
        if at is None:
            added.append(f"{name} = {text}")
        else:
            lines[at - 1] = _VALUE.sub(lambda found, text=text: f"{found[1]}{text}{found[3]}", lines[at - 1], count=1)  # type: ignore[misc]
    lines[placed.place.line : placed.place.line] = added
    path.write_text("\n".join(lines), encoding="utf-8")


def write_change(folder: Path, plan: Plan, *, of: str, reason: str, by: str, date: datetime.date) -> Change:
    """Add the reason of a change, by which it can be adopted."""
    taken = {placed.record.id for placed in plan.placed}
    number = next(n for n in range(1, len(taken) + 2) if f"W-{date:%Y}-{n}" not in taken)
    new = Change(id=f"W-{date:%Y}-{number}", of=of, reason=reason, by=by, date=date)
    path = folder / REASONS
    text = path.read_text(encoding="utf-8").rstrip() + "\n\n" if path.exists() else ""
    values = {**msgspec.structs.asdict(new), "date": None}
    rows = [f"{key} = {msgspec.json.encode(value).decode()}" for key, value in values.items() if value is not None]
    path.write_text(text + "\n".join(["[[change]]", *rows, f"date = {date}", ""]), encoding="utf-8")
    return new
