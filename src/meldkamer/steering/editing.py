"""Changes to the plan's files as a planner makes them by hand: fields of a record, a record, and the reason of it."""

from __future__ import annotations

import datetime
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec

from meldkamer.steering.faults import RepositoryError
from meldkamer.steering.forms import addable, changeable, new_record, values_of
from meldkamer.steering.plan import Plan
from meldkamer.steering.portfolio import Change, Demand, Item
from meldkamer.steering.record import Row
from meldkamer.steering.toml_lines import KEY, value_end

REASONS = "wijzigingen.toml"
"""Where the reasons of changes are kept that come from a form."""

TOGETHER = ("room", "line", "party", "risk", "process")
"""Records that have this in common stand in one file: what a room asked, the work of a line."""

WIDE = 120
"""A list that is longer stands with each of its values on a line."""

_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}", re.ASCII)


def set_fields(folder: Path, plan: Plan, id: str, fields: Mapping[str, Any]) -> bool:
    """Give fields of a record other values; whether anything is different then. plan: as it stands in the folder.

    Remarks beside a value stay. Raises RepositoryError for a record that no form may change, PlanError for values.
    """
    placed = next((placed for placed in plan.placed if placed.record.id == id), None)
    if placed is None or not changeable(placed.kind) or not fields:
        raise RepositoryError(f"{id} cannot be changed by a form; change it in its file")
    place = placed.place
    values = values_of(placed.kind, fields, place.file, place.lines)
    values = {name: value for name, value in values.items() if value != getattr(placed.record, name)}
    path = folder / place.file
    lines = path.read_text(encoding="utf-8").split("\n")
    added = [_row(name, value) for name, value in values.items() if name not in place.lines]
    # From below upwards: a list may become longer or shorter than it was.
    for at, name in sorted(((place.lines[name], name) for name in values if name in place.lines), reverse=True):
        found = KEY.match(lines[at - 1])
        assert found is not None, "the record was read from this very line"
        last, remark = value_end(lines, at)
        row = _row(name, values[name])
        lines[at - 1 : last] = (f"{row}  {remark}" if remark else row).split("\n")
    lines[place.line : place.line] = [line for row in added for line in row.split("\n")]
    path.write_text("\n".join(lines), encoding="utf-8")
    return bool(values)


def add_record(folder: Path, plan: Plan, kind: str, id: str, fields: Mapping[str, Any]) -> Row:
    """Write a new record behind the others of its kind, in the file of those it belongs with; returns it.

    Raises RepositoryError for a kind or id that cannot be, PlanError for values. Whether the plan is good with it is
    for `load_plan` to say.
    """
    if not addable(kind):
        raise RepositoryError(f"no form adds a {kind}")
    if not _ID.fullmatch(id):
        raise RepositoryError(f"{id!r} cannot be an id: letters, digits, - _ and . only")
    if id in plan.by_id:
        raise RepositoryError(f"{id} stands in the plan already")
    file = _file(plan, kind, fields)
    record = new_record(kind, id, fields, file)
    rows = [f"[[{kind}]]", _row("id", id)]
    rows += [_row(name, getattr(record, name)) for name in fields]
    path = folder / file
    before = path.read_text(encoding="utf-8").rstrip() + "\n\n" if path.exists() else ""
    path.write_text(before + "\n".join(rows) + "\n", encoding="utf-8")
    return record


def counterparts(before: Plan, after: Plan, of: str) -> dict[str, dict[str, Any]]:
    """What else must be written, by id, so that a demand and the work that answers it name each other."""
    new, found = after.by_id[of], {}
    if isinstance(new, Demand):
        old = before.by_id.get(of)
        had, has = set(old.items) if isinstance(old, Demand) else set(), set(new.items)
        for id in sorted(had ^ has):
            if isinstance(item := after.by_id.get(id), Item) and (of in item.asked_by) != (id in has):
                found[id] = {"asked_by": _with(item.asked_by, of, id in has)}
    elif isinstance(new, Item):
        old = before.by_id.get(of)
        had, has = set(old.asked_by) if isinstance(old, Item) else set(), set(new.asked_by)
        for id in sorted(had ^ has):
            if isinstance(demand := after.by_id.get(id), Demand) and (of in demand.items) != (id in has):
                found[id] = {"items": _with(demand.items, of, id in has)}
    return found


def _with(ids: tuple[str, ...], id: str, there: bool) -> list[str]:
    return [one for one in ids if one != id] + [id] * there


def write_change(folder: Path, plan: Plan, *, of: str, reason: str, by: str, date: datetime.date) -> Change:
    """Add the reason of a change, by which it can be adopted."""
    taken = {placed.record.id for placed in plan.placed}
    number = next(n for n in range(1, len(taken) + 2) if f"W-{date:%Y}-{n}" not in taken)
    new = Change(id=f"W-{date:%Y}-{number}", of=of, reason=reason, by=by, date=date)
    path = folder / REASONS
    text = path.read_text(encoding="utf-8").rstrip() + "\n\n" if path.exists() else ""
    rows = [_row(name, value) for name, value in msgspec.structs.asdict(new).items()]
    path.write_text(text + "\n".join(["[[change]]", *rows, ""]), encoding="utf-8")
    return new


def _file(plan: Plan, kind: str, fields: Mapping[str, Any]) -> str:
    """Where records of a kind stand; those that share a room, a line or a party stand together."""
    same = [placed for placed in plan.placed if placed.kind == kind]
    for name in TOGETHER:
        if name in fields and (near := [one for one in same if getattr(one.record, name) == fields[name]]):
            return near[-1].place.file
    return same[-1].place.file if same else f"{kind}.toml"


def _row(name: str, value: Any) -> str:
    if isinstance(value, tuple) and len(row := f"{name} = {_toml(value)}") > WIDE:
        return "\n".join([f"{name} = [", *(f"    {_toml(one)}," for one in value), "]"])
    return row if isinstance(value, tuple) else f"{name} = {_toml(value)}"


def _toml(value: Any) -> str:
    if isinstance(value, tuple):
        return f"[{', '.join(map(_toml, value))}]"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, datetime.date):
        return value.isoformat()
    # A text of JSON is one of TOML as well, but for the one sign that JSON leaves as it is.
    return str(msgspec.json.encode(value).decode().replace("\x7f", "\\u007f"))
