"""What changed between two versions of the plan, record by record and cell by cell, and why."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Literal

import msgspec

from meldkamer.steering.plan import Plan
from meldkamer.steering.portfolio import Change


class Field(msgspec.Struct, frozen=True, kw_only=True):
    """A field, or a year of a row of money, before and after."""

    field: str
    before: Any
    after: Any


class Difference(msgspec.Struct, frozen=True, kw_only=True):
    """A record or row that came, went or changed. reasons: what the later version says about it; empty: nothing."""

    what: Literal["added", "removed", "changed"]
    kind: str
    id: str
    fields: list[Field]
    reasons: list[str]


def differences(before: Plan, after: Plan) -> list[Difference]:
    """All that differs, by id. The reasons are the changes that only the later version holds."""
    old_reasons = {change.id for change in before.of(Change)}
    reasons: dict[str, list[str]] = {}
    for change in after.of(Change):
        if change.id not in old_reasons:
            reasons.setdefault(change.of, []).append(f"{change.reason} ({change.by}, {change.date})")
    found = []
    old, new = dict(_rows(before)), dict(_rows(after))
    for key in sorted({*old, *new}):
        kind, id = key
        fields = list(_fields(old.get(key, {}), new.get(key, {})))
        if not fields:
            continue
        what: Literal["added", "removed", "changed"] = "changed"
        if key not in old:
            what = "added"
        elif key not in new:
            what = "removed"
        found.append(Difference(what=what, kind=kind, id=id, fields=fields, reasons=reasons.get(id, [])))
    return found


def _rows(plan: Plan) -> Iterator[tuple[tuple[str, str], dict[str, Any]]]:
    for placed in plan.placed:
        if not isinstance(placed.record, Change):
            yield (placed.kind, placed.record.id), msgspec.structs.asdict(placed.record)
    for kind, table in (("budget", plan.budget), ("account", plan.account)):
        for row in table.rows:
            cells = {str(year): amount for year, amount in zip(table.years, row.amounts, strict=True)}
            yield (kind, row.line), {"name": row.name, "source": row.source, **cells}
    for user in plan.other_users.users:
        shares = {str(year): share for year, share in zip(plan.other_users.years, user.shares, strict=True)}
        yield ("other_users", user.user), {"name": user.name, "source": user.source, **shares}
    yield ("manifest", "plan.toml"), msgspec.structs.asdict(plan.manifest)


def _fields(old: dict[str, Any], new: dict[str, Any]) -> Iterator[Field]:
    for name in dict.fromkeys([*old, *new]):
        if old.get(name) != new.get(name):
            yield Field(field=name, before=old.get(name), after=new.get(name))
