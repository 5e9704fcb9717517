"""The development lines at a glance: where work stands between continuity and renewal, who asked, what it needs."""

from __future__ import annotations

from collections import Counter
from html import escape

import msgspec

from meldkamer.steering.fields import Unknown
from meldkamer.steering.plan import Plan
from meldkamer.steering.portfolio import Item, Line
from meldkamer.steering.provisions import Expertise
from meldkamer.steering.svg import across, frame_free, label


class LineView(msgspec.Struct, frozen=True, kw_only=True):
    """A line. continuity, renewal: items below and above the middle of the axis; the rest stands on it.

    asked, push: items that somebody asked for, and those that technology offers (an item may be both).
    capacity_known: full-time years of the items that know theirs; capacity_unknown: how many do not.
    """

    id: str
    name: str
    name_en: str
    base: bool
    items: int
    continuity: int
    renewal: int
    t0: int
    t1: int
    asked: int
    push: int
    conditional: int
    capacity_known: int
    capacity_unknown: int


class ExpertiseView(msgspec.Struct, frozen=True, kw_only=True):
    """A skill: how much there is, how many items want it, and how much those that know it want together."""

    id: str
    name: str
    name_en: str
    scarce: bool
    supply_fte: int | Unknown
    items: int
    demand_known: int
    demand_unknown: int


class Portfolio(msgspec.Struct, frozen=True, kw_only=True):
    """All lines, the balance over them, and the skills they compete for, most wanted first."""

    lines: list[LineView]
    continuity: int
    renewal: int
    expertise: list[ExpertiseView]


def portfolio(plan: Plan) -> Portfolio:
    """Count the lines of a plan. What is unknown is counted as unknown, never as nothing."""
    items = plan.of(Item)
    views = [_view(line, [item for item in items if item.line == line.id]) for line in _ordered(plan)]
    wanted = [_expertise(skill, [item for item in items if skill.id in item.expertise]) for skill in plan.of(Expertise)]
    return Portfolio(
        lines=views,
        continuity=sum(view.continuity for view in views),
        renewal=sum(view.renewal for view in views),
        expertise=sorted(wanted, key=lambda view: (-view.items, view.id)),
    )


def axis_chart(plan: Plan, english: bool = False) -> str:
    """Every item as a dot between continuity and renewal, a row per line; filled: T=0 (today), open: T=1 (tomorrow)."""
    lines, body, said = _ordered(plan), [], []
    for row, line in enumerate(lines):
        y = 96 + row * 64
        body.append(f'<line class="rule" x1="64" y1="{y + 22}" x2="780" y2="{y + 22}"/>')
        name = line.name_en if english else line.name
        body.append(label(64, y - 22, name, "small", "start"))
        taken: Counter[int] = Counter()
        for item in sorted((i for i in plan.of(Item) if i.line == line.id), key=lambda i: (i.axis, i.horizon, i.id)):
            x = across(11, item.axis, 64, 780) + (taken[item.axis] % 4 - 1.5) * 14
            up = y + 12 - (taken[item.axis] // 4) * 14
            taken[item.axis] += 1
            title = escape(item.name_en if english else item.name)
            kind = "dot" if item.horizon == "T0" else "ring"
            body.append(f'<circle class="{kind}" cx="{x:.1f}" cy="{up}" r="5"><title>{title}</title></circle>')
        said.append(f"{name}: {sum(taken.values())}")
    ends = ("continuity", "renewal") if english else ("continuïteit", "vernieuwing")
    foot = 90 + len(lines) * 64
    body += [label(64, foot, ends[0], "", "start"), label(780, foot, ends[1], "", "end")]
    title = "Lines between continuity and renewal" if english else "Lijnen tussen continuïteit en vernieuwing"
    key = "filled: today (T=0), open: tomorrow (T=1)" if english else "dicht: heden (T=0), open: toekomst (T=1)"
    return frame_free(title, "; ".join(said), key, body)


def _ordered(plan: Plan) -> list[Line]:
    return sorted(plan.of(Line), key=lambda line: line.order)


def _view(line: Line, items: list[Item]) -> LineView:
    capacities = [item.capacity for item in items]
    return LineView(
        id=line.id,
        name=line.name,
        name_en=line.name_en,
        base=line.base,
        items=len(items),
        continuity=sum(item.axis < 5 for item in items),
        renewal=sum(item.axis > 5 for item in items),
        t0=sum(item.horizon == "T0" for item in items),
        t1=sum(item.horizon == "T1" for item in items),
        asked=sum(bool(item.asked_by) for item in items),
        push=sum(item.push for item in items),
        conditional=sum(bool(item.conditions) for item in items),
        capacity_known=sum(capacity for capacity in capacities if capacity != "unknown"),
        capacity_unknown=sum(capacity == "unknown" for capacity in capacities),
    )


def _expertise(skill: Expertise, items: list[Item]) -> ExpertiseView:
    capacities = [item.capacity for item in items]
    return ExpertiseView(
        id=skill.id,
        name=skill.name,
        name_en=skill.name_en,
        scarce=skill.scarce,
        supply_fte=skill.supply_fte,
        items=len(items),
        demand_known=sum(capacity for capacity in capacities if capacity != "unknown"),
        demand_unknown=sum(capacity == "unknown" for capacity in capacities),
    )
