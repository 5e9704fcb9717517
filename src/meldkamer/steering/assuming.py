"""What if it were otherwise than the file says: figures that somebody assumes for once. Nothing is kept of them."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Annotated

import msgspec

from meldkamer.steering.faults import Fault, PlanError
from meldkamer.steering.fields import Unknown
from meldkamer.steering.plan import Plan
from meldkamer.steering.scenario import Figure, Range, Scenario, check_item
from meldkamer.steering.toml_lines import TomlTable

Amount = Annotated[int, msgspec.Meta(ge=0, le=10_000_000)]
Year = Annotated[int, msgspec.Meta(ge=2000, le=2100)]


class Assumed(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Figures of one item; None: as the file has it. most: with it the amount lies anywhere from amount to most.

    start: a year; years: how many; amount, most: thousands of euro; probability: percent.
    """

    start: Year | None = None
    years: Annotated[int, msgspec.Meta(ge=1, le=100)] | None = None
    amount: Amount | None = None
    most: Amount | None = None
    probability: Annotated[int, msgspec.Meta(ge=0, le=100)] | None = None


class Figures(msgspec.Struct, frozen=True, kw_only=True):
    """What a scenario's file says of one item. probability: percent."""

    id: str
    name: str
    name_en: str
    per: str
    start: Figure
    years: Figure
    amount: Figure
    probability: float | Unknown


def figures(scenario: Scenario) -> tuple[Figures, ...]:
    """Every item of a scenario with its figures."""
    return tuple(
        Figures(
            id=item.id,
            name=item.name,
            name_en=item.name_en,
            per=item.per,
            start=item.start,
            years=item.years,
            amount=item.amount,
            probability="unknown" if item.probability == "unknown" else float(item.probability * 100),
        )
        for item in scenario.items
    )


def assume(scenario: Scenario, plan: Plan, assumed: Mapping[str, Assumed]) -> Scenario:
    """The scenario with other figures, which then come from a planner. Raises PlanError for what cannot be."""
    faults = [
        Fault(scenario.file, 0, "id", f"{id!r} is not the id of an item of this scenario")
        for id in assumed
        if id not in {item.id for item in scenario.items}
    ]
    groups, seen, items = {group.id for group in scenario.groups}, set[str](), []
    for item in scenario.items:
        other = assumed.get(item.id, Assumed())
        amount: Figure | None = other.amount
        if other.most is not None:
            amount = Range(low=other.amount or 0, high=other.most)
        given = {"start": other.start, "years": other.years, "amount": amount}
        if other.probability is not None:
            given["probability"] = Decimal(other.probability) / 100  # type: ignore[assignment]
        given = {name: value for name, value in given.items() if value is not None}
        if given:
            item = msgspec.structs.replace(item, **given, source="planner")
        check_item(item, TomlTable("item", 0, {}, {}), plan, groups, seen, scenario.file, faults)
        items.append(item)
    if faults:
        raise PlanError("what was assumed", faults)
    return msgspec.structs.replace(scenario, items=tuple(items))
