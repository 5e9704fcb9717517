"""What if: a scenario as a file, and what is wrong with it.

Amounts and spreads come from the planner. What is not known stays `unknown`: it takes no part in the runs and gets a
break-even instead. Every figure says where it comes from: `adopted`, `planner`, or `example` to be replaced.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path
from typing import Literal, TypeVar

import msgspec

from meldkamer.steering.faults import Fault, PlanError
from meldkamer.steering.fields import Unknown
from meldkamer.steering.load import SCENARIOS, struct_from
from meldkamer.steering.numerals import Thousands
from meldkamer.steering.plan import Plan
from meldkamer.steering.toml_lines import TomlTable, read_toml

S = TypeVar("S", bound=msgspec.Struct)

Funding = Literal["account", "drawdown", "room", "contribution"]
"""account: on top of the planned drawdown. drawdown: out of it, the excess on top. room: out of what is left of the
contribution that year. contribution: somebody else pays."""

Source = Literal["adopted", "planner", "example"]


class Range(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """From low to high; likely is the top of the triangle, without it every value is as likely."""

    low: int
    high: int
    likely: int | None = None


Figure = int | Range | Unknown


class ScenarioItem(msgspec.Struct, frozen=True, kw_only=True):
    """One claim or relief. amount: thousands of euro per year or in total; start: a year; years: how long.

    group: items of a group move together as far as the group's correlation says.
    """

    id: str
    name: str
    name_en: str
    kind: Literal["cost", "saving"] = "cost"
    start: Figure
    years: Figure
    amount: Figure
    per: Literal["year", "total"] = "year"
    probability: Decimal | int | Unknown = 1
    funding: Funding
    group: str = ""
    source: Source
    items: tuple[str, ...] = ()
    """Work of the plan that this is about."""

    def unknowns(self) -> tuple[str, ...]:
        """The fields that nobody knows."""
        return tuple(n for n in ("start", "years", "amount", "probability") if getattr(self, n) == "unknown")


class Group(msgspec.Struct, frozen=True, kw_only=True):
    """correlation: rank correlation between any two items of the group, 0 (apart) to 1 (as one)."""

    id: str
    correlation: Decimal | int
    source: Source


class Question(msgspec.Struct, frozen=True, kw_only=True):
    """The top of the file: a question about the account, and how the account is treated.

    floor: the balance that should not be passed below. basis: balances as printed, or carried on from the opening
    balance. drawdown: the planned one, or none. room_used_percent: at least this part of each year's room is spent.
    cost_growth_percent, contribution_growth_percent: growth per year from `growth_from` that the tables do not have.
    cost_spread_percent: standard deviation of the cost per year of horizon; it adds up as a random walk.
    """

    name: str
    name_en: str
    question: str
    question_en: str
    serves: tuple[str, ...]
    floor: Thousands = 0
    basis: Literal["carried", "printed"] = "carried"
    drawdown: Literal["adopted", "none"] = "adopted"
    room_used_percent: int = 0
    cost_growth_percent: Decimal | int = 0
    contribution_growth_percent: Decimal | int = 0
    growth_from: int = 0
    cost_spread_percent: Decimal | int = 0
    spread_source: Source = "planner"
    seed: int = 112
    runs: int = 10_000


class Scenario(Question, frozen=True, kw_only=True):
    """A question with its items, ready to run."""

    file: str
    items: tuple[ScenarioItem, ...] = ()
    groups: tuple[Group, ...] = ()

    def hash(self, plan: Plan) -> str:
        """Sha256 over all that the result follows from (hex): this scenario and the adopted tables."""
        tables = [(t.years, [(row.role, row.line, row.amounts) for row in t.rows]) for t in (plan.budget, plan.account)]
        inputs = msgspec.json.encode([msgspec.structs.replace(self, file=""), tables], order="deterministic")
        return hashlib.sha256(inputs).hexdigest()


def scenario_files(plan: Plan) -> list[Path]:
    """The plan's own scenarios, by name."""
    return sorted((Path(plan.folder) / SCENARIOS).glob("*.toml"))


def find_scenarios(asked: Sequence[str], plan: Plan) -> list[Path]:
    """Files for what was asked: a path, the name of one of the plan's own, or `all`."""
    found: list[Path] = []
    own = scenario_files(plan)
    for name in asked:
        if name == "all":
            found += own
        elif named := [file for file in own if file.stem == name]:
            found += named
        elif Path(name).is_file():
            found.append(Path(name))
        else:
            message = f"is no file and no scenario of the plan; there are {', '.join(file.stem for file in own)}"
            raise PlanError("what was asked", [Fault(name, 0, "", message)])
    return found


def load_scenario(path: Path, plan: Plan) -> Scenario:
    """The scenario in a file. Raises PlanError with every fault found."""
    faults: list[Fault] = []
    name = path.name
    tables = read_toml(path, name, faults)
    top = next((table for table in tables if table.name == ""), None)
    head = struct_from(top, Question, name, faults) if top else None
    if top is None and not faults:
        faults.append(Fault(name, 0, "", "the file has no question"))
    items = _several("item", ScenarioItem, tables, name, faults)
    groups = _several("group", Group, tables, name, faults)
    for table in tables:
        if table.name not in ("", "item", "group"):
            faults.append(Fault(name, table.line, "", f"[[{table.name}]] is not known here; there are item and group"))
    if isinstance(head, Question) and top is not None:
        _check_top(head, top, plan, name, faults)
    known = {group.id for group, _ in groups}
    seen: set[str] = set()
    for item, table in items:
        check_item(item, table, plan, known, seen, name, faults)
    for group, table in groups:
        if not 0 <= group.correlation <= 1:
            message = f"{group.correlation} is not between 0 and 1"
            faults.append(Fault(name, table.line_of("correlation"), "correlation", message))
    if faults or not isinstance(head, Question):
        raise PlanError(f"the scenario {path}", faults)
    return Scenario(
        file=name,
        items=tuple(item for item, _ in items),
        groups=tuple(group for group, _ in groups),
        **msgspec.structs.asdict(head),
    )


def _several(
    name: str, kind: type[S], tables: list[TomlTable], file: str, faults: list[Fault]
) -> list[tuple[S, TomlTable]]:
    found = []
    for table in tables:
        if table.name == name:
            value = struct_from(table, kind, file, faults)
            if isinstance(value, kind):
                found.append((value, table))
    return found


def _check_top(head: Question, top: TomlTable, plan: Plan, name: str, faults: list[Fault]) -> None:
    def fault(field: str, message: str) -> None:
        faults.append(Fault(name, top.line_of(field), field, message))

    for id in head.serves:
        if id not in plan.requirements:
            fault("serves", f"{id!r} is not the id of a requirement")
    if not 0 <= head.room_used_percent <= 100:
        fault("room_used_percent", f"{head.room_used_percent} is not between 0 and 100")
    if head.cost_spread_percent < 0:
        fault("cost_spread_percent", f"{head.cost_spread_percent} must not be negative")
    if not 1 <= head.runs <= 1_000_000:
        fault("runs", f"{head.runs} is not between 1 and 1000000")
    if head.seed < 0:
        fault("seed", f"{head.seed} must not be negative")
    if (head.cost_growth_percent or head.contribution_growth_percent) and head.growth_from not in plan.budget.years:
        fault("growth_from", f"{head.growth_from} is not a year of the budget")


def check_item(
    item: ScenarioItem, table: TomlTable, plan: Plan, groups: set[str], seen: set[str], name: str, faults: list[Fault]
) -> None:
    """Append a fault for every figure of an item that cannot be. groups, seen: ids of this file."""

    def fault(field: str, message: str) -> None:
        faults.append(Fault(name, table.line_of(field), field, message))

    if item.id in seen:
        fault("id", f"{item.id!r} already stands in this file")
    seen.add(item.id)
    first = plan.manifest.first_year
    for field, least, what in (
        ("start", first, f"lies before {first}"),
        ("years", 1, "is shorter than a year"),
        ("amount", 0, 'must not be negative; what is saved has kind = "saving"'),
    ):
        value: Figure = getattr(item, field)
        if isinstance(value, Range):
            likely = value.low if value.likely is None else value.likely
            if not value.low <= likely <= value.high:
                fault(field, f"low {value.low}, likely {likely}, high {value.high} do not follow each other")
            if value.low < least:
                fault(field, f"{value.low} {what}")
        elif value != "unknown" and value < least:
            fault(field, f"{value} {what}")
    if item.kind == "saving" and item.funding != "account":
        fault("funding", "what is saved stays on the account: funding is account")
    if item.probability != "unknown" and not 0 <= item.probability <= 1:
        fault("probability", f"{item.probability} is not between 0 and 1")
    if item.group and item.group not in groups:
        fault("group", f"{item.group!r} is not the id of a group in this file")
    for id in item.items:
        if id not in plan.by_id:
            fault("items", f"{id!r} is not the id of a record of the plan")
