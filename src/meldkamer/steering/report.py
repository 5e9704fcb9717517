"""The plan and its money in words and columns, for a terminal; amounts in thousands of euro."""

from __future__ import annotations

from collections import Counter
from typing import Any

import msgspec

from meldkamer.steering.budget import Account, Budget, MoneyTable
from meldkamer.steering.lines import Portfolio
from meldkamer.steering.numerals import dutch
from meldkamer.steering.outcome import Outcome
from meldkamer.steering.plan import Plan
from meldkamer.steering.portfolio import Demand, Item, MoneyNote
from meldkamer.steering.realisation import Realised
from meldkamer.steering.reconcile import Reconciled, reconcile
from meldkamer.steering.sensitivity import sensitivities


class Summary(msgspec.Struct, frozen=True, kw_only=True):
    """What a plan holds, and what in it is still open. A demand that is recorded is not met."""

    name: str
    version: str
    records: dict[str, int]
    demands_recorded: int
    demands_taken_up: int
    demands_met: int
    items_without_dates: int
    items_without_capacity: int
    unserved: list[str]

    def __str__(self) -> str:
        kinds = ", ".join(f"{count} {kind}" for kind, count in self.records.items())
        lines = [
            f"{self.name}, version {self.version}: good",
            f"  {kinds}",
            f"  demands: {self.demands_recorded} recorded, {self.demands_taken_up} taken up, {self.demands_met} met",
            f"  still unknown: dates of {self.items_without_dates} items, capacity of {self.items_without_capacity}",
        ]
        if self.unserved:
            lines.append(f"  requirements that nothing answers: {' '.join(self.unserved)}")
        return "\n".join(lines)


def summary(plan: Plan) -> Summary:
    """Count a plan."""
    demands, items = plan.of(Demand), plan.of(Item)
    return Summary(
        name=plan.manifest.name,
        version=plan.manifest.version,
        records=dict(sorted(Counter(placed.kind for placed in plan.placed).items())),
        demands_recorded=len(demands),
        demands_taken_up=sum(bool(demand.items) for demand in demands),
        demands_met=sum(demand.met not in ("no", "unknown") for demand in demands),
        items_without_dates=sum("unknown" in (item.start, item.end) for item in items),
        items_without_capacity=sum(item.capacity == "unknown" for item in items),
        unserved=[id for id, records in plan.served.items() if not records],
    )


def money(plan: Plan) -> dict[str, Any]:
    """All of the plan's money as data: both tables as adopted, where they do not add up, lists, and sensitivities."""
    differing = [row for row in reconcile(plan) if row.printed_minus_derived]
    return {
        "decision": plan.manifest.decision,
        "date": plan.manifest.date,
        "unit": "thousands of euro",
        "budget": plan.budget,
        "account": plan.account,
        "differences": differing,
        "other_users": [
            {
                "year": year,
                "recovered": plan.budget.amount("cost_recovered", year),
                "known_shares": plan.other_users.known(year),
                "complete": plan.other_users.complete(year),
            }
            for year in plan.other_users.years
        ],
        "users": plan.other_users.users,
        "lists": plan.of(MoneyNote),
        "sensitivities": sensitivities(plan),
    }


def tables(plan: Plan) -> list[str]:
    """Both tables as adopted; beside a printed amount the computed one where they differ."""
    lines = [f"{plan.manifest.name}: adopted {plan.manifest.date} ({plan.manifest.decision}), thousands of euro", ""]
    lines += _table(plan.budget, [row for row in reconcile(plan) if row.relation in ("T1", "T2", "T4")])
    lines += ["", *_table(plan.account, [row for row in reconcile(plan) if row.relation == "R3"]), ""]
    found = sensitivities(plan)
    lines += [
        f"  In brackets: what the cells add up to, where that is not what was adopted ({_count(plan)}).",
        f"  Room that is not spent flows into the account: together {dutch(found.room_total)}.",
        f"  The planned drawdown is {dutch(found.reserve_gap)} more than the account holds when the plan begins.",
    ]
    unknown = [note.name for note in plan.of(MoneyNote) if note.amount == "unknown" and note.scenario]
    return [*lines, f"  Still unknown: {', '.join(unknown)}."]


def _count(plan: Plan) -> str:
    rows = reconcile(plan)
    return f"{sum(bool(row.printed_minus_derived) for row in rows)} of {len(rows)} relations differ"


_SHOWN = {"T1": "total", "T2": "total_without_recovered", "T4": "room", "R3": "closing"}


def _table(table: MoneyTable, checks: list[Reconciled]) -> list[str]:
    derived = {(_SHOWN[row.relation], row.year): row.derived for row in checks if row.printed_minus_derived}
    heads = [str(year) for year in table.years]
    lines = [_row("Begroting" if isinstance(table, Budget) else "Rekening-courant", heads)]
    if isinstance(table, Account):
        lines.append(_row("", list(table.basis)))
    for row in table.rows:
        cells = []
        for year, amount in zip(table.years, row.amounts, strict=True):
            other = derived.get((row.role, year))
            cells.append(dutch(amount) + (f" [{dutch(other)}]" if other is not None else ""))
        lines.append(_row(row.name, cells))
    return lines


def _row(name: str, cells: list[str]) -> str:
    return f"  {name:<46}" + "".join(f"{cell:>20}" for cell in cells)


def reconciliation(plan: Plan) -> list[str]:
    """Every relation, each year."""
    rows = reconcile(plan)
    lines = [f"{'':<4}{'year':>6}{'printed':>12}{'derived':>12}{'diff':>6}  relation"]
    for r in rows:
        amounts = f"{dutch(r.printed):>12}{dutch(r.derived):>12}{r.printed_minus_derived:>+6}"
        lines.append(f"{r.relation:<4}{r.year:>6}{amounts}  {r.expression}")
    return [*lines, f"{_count(plan)}; all within what rounding explains"]


def outcome(found: Outcome) -> list[str]:
    """A scenario's answer."""
    lines = [
        f"{found.name}: {found.question}",
        f"  {found.runs} runs, seed {found.seed}, {found.basis}, drawdown {found.drawdown}, inputs {found.inputs[:16]}",
        f"  {'year':<6}{'adopted':>12}{'P10':>12}{'P50':>12}{'P90':>12}{'room P50':>12}{'below floor':>14}",
    ]
    for y in found.years:
        amounts = "".join(
            f"{dutch(a):>12}" for a in (y.adopted, y.closing.p10, y.closing.p50, y.closing.p90, y.room.p50)
        )
        lines.append(f"  {y.year:<6}{amounts}{y.below_floor:>7}/{found.runs}")
    if found.after_plan.p90:
        after = found.after_plan
        lines.append(f"  after the plan: P10 {dutch(after.p10)}, P50 {dutch(after.p50)}, P90 {dutch(after.p90)}")
    for item in found.items:
        held = ", ".join(f"{s.start} {'holds' if s.holds else 'fails'} ({dutch(s.lowest)})" for s in item.starts)
        lines.append(f"  {item.name} [{item.source}]: begun in {held}")
    for gap in found.gaps:
        lines.append(f"  {gap.name}: {', '.join(gap.unknown)} unknown; at most per year until the end of the plan:")
        for b in gap.break_even:
            most = "any amount" if b.per_year is None else dutch(b.per_year)
            within = "" if b.within is None else f", of which {dutch(b.within)} is in the {gap.funding}"
            lines.append(f"    from {b.start}: {most}{within}")
    return lines


def lines(found: Portfolio) -> list[str]:
    """The lines, their balance, and the skills they want."""
    head = ("items", "continuity", "renewal", "T=0", "T=1", "asked", "push", "fte years", "unknown")
    out = [f"  {'':<62}" + "".join(f"{word:>11}" for word in head)]
    for v in found.lines:
        counts = (v.items, v.continuity, v.renewal, v.t0, v.t1, v.asked, v.push, v.capacity_known, v.capacity_unknown)
        out.append(f"  {v.name:<62}" + "".join(f"{count:>11}" for count in counts))
    out += [f"  balance: {found.continuity} continuity, {found.renewal} renewal", "  expertise:"]
    for e in found.expertise:
        scarce = ", scarce" if e.scarce else ""
        want = f"{e.items} items want it, {e.demand_known} fte years known, {e.demand_unknown} unknown"
        out.append(f"    {e.name}{scarce}: supply {e.supply_fte}; {want}")
    return out


def realisation(rows: list[Realised]) -> list[str]:
    """Spending beside the budget."""
    lines = [f"  {'line':<16}{'year':>6}{'budget':>12}{'realised':>12}{'left':>12}{'to month':>10}{'year end':>12}"]
    for r in rows:
        amounts = f"{dutch(r.budget):>12}{dutch(r.realised):>12}{dutch(r.left):>12}"
        lines.append(f"  {r.line:<16}{r.year:>6}{amounts}{r.through_month:>10}{dutch(r.year_end):>12}")
    return lines
