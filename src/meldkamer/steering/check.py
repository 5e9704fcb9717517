"""What must hold across the files of a plan: references, ids, owners, dates, order of work, and sums."""

from __future__ import annotations

import datetime
import graphlib
from collections.abc import Iterator
from typing import Any

from meldkamer.steering.archive.check import check_retention
from meldkamer.steering.continuity.check import check_continuity
from meldkamer.steering.faults import Fault
from meldkamer.steering.fields import references_of
from meldkamer.steering.parties import Agreement, Decision, Role
from meldkamer.steering.plan import Place, Placed, Plan
from meldkamer.steering.policy import Text
from meldkamer.steering.portfolio import Change, Demand, Innovation, Item, Line, MoneyNote
from meldkamer.steering.proof.check import check_proof
from meldkamer.steering.provisions import Algorithm, Provision, SideService, System
from meldkamer.steering.reconcile import beyond_tolerance, rounding
from meldkamer.steering.record import Record
from meldkamer.steering.risk_check import check_risks

FIRST_DATE = datetime.date(2000, 1, 1)


def check(plan: Plan) -> list[Fault]:
    """Every fault of a plan that could be read."""
    faults = [
        *_ids(plan),
        *_references(plan),
        *_sources(plan),
        *_cycles(plan),
        *beyond_tolerance(plan),
        *check_risks(plan),
        *check_continuity(plan),
        *check_proof(plan),
        *check_retention(plan),
    ]
    for placed in plan.placed:
        faults += _one(plan, placed)
    return faults


def _ids(plan: Plan) -> Iterator[Fault]:
    seen: dict[str, Place] = {}
    for placed in plan.placed:
        id, place = placed.record.id, placed.place
        if id in seen:
            where = f"{seen[id].file}, line {seen[id].line}"
            yield Fault(place.file, place.line_of("id"), "id", f"{id!r} already stands in {where}")
        elif not id or any(sign.isspace() for sign in id):
            yield Fault(place.file, place.line_of("id"), "id", f"{id!r} is not an id: no spaces, not empty")
        seen.setdefault(id, place)
        if not isinstance(placed.record, Record):
            continue
        for field in ("name", "name_en"):
            if not getattr(placed.record, field).strip():
                yield Fault(place.file, place.line_of(field), field, "is empty")
        if not placed.record.serves:
            yield Fault(place.file, place.line_of("serves"), "serves", "names no requirement of the adopted plan")


def _references(plan: Plan) -> Iterator[Fault]:
    known: dict[str, set[str]] = {"requirement": set(plan.requirements)}
    for placed in plan.placed:
        known.setdefault(placed.kind, set()).add(placed.record.id)
    for placed in plan.placed:
        for name, kinds, words in references_of(type(placed.record)):
            value = getattr(placed.record, name)
            for id in value if isinstance(value, tuple) else (value,):
                if id not in words and not any(id in known.get(kind, ()) for kind in kinds):
                    message = f"{id!r} is not the id of a {' or '.join(kinds)}"
                    if name == "accountable":
                        message += "; exactly one role is accountable"
                    yield Fault(placed.place.file, placed.place.line_of(name), name, message)


def _sources(plan: Plan) -> Iterator[Fault]:
    """The figures: where each comes from, and what it answers."""
    decisions = {decision.id for decision in plan.of(Decision)}
    known = set(plan.requirements)
    for table in (plan.budget, plan.account):
        for row in table.rows:
            if row.source not in decisions:
                yield Fault(table.file, row.at, "source", f"{row.source!r} is not the id of a decision")
            for id in row.serves:
                if id not in known:
                    yield Fault(table.file, row.at, "serves", f"{id!r} is not the id of a requirement")
    for user in plan.other_users.users:
        if user.source not in decisions:
            yield Fault(plan.other_users.file, user.at, "source", f"{user.source!r} is not the id of a decision")
    users = plan.other_users
    if users.years != plan.budget.years:
        yield Fault(users.file, 1, "", "the years are not those of the budget")
    else:
        for year in users.years:
            paid, due = users.known(year), plan.budget.amount("cost_recovered", year)
            spare = rounding(len(users.users) + 1)
            if paid > due + spare or (users.complete(year) and paid < due - spare):
                message = f"the shares add up to {paid}, the cost that is recovered is {due}"
                yield Fault(users.file, users.users[-1].at if users.users else 1, str(year), message)
    manifest = plan.manifest
    if manifest.keeper and not isinstance(plan.by_id.get(manifest.keeper), Role):
        yield Fault("plan.toml", 0, "keeper", f"{manifest.keeper!r} is not the id of a role")
    if manifest.decision not in decisions:
        yield Fault("plan.toml", 0, "decision", f"{manifest.decision!r} is not the id of a decision")
    years = tuple(range(manifest.first_year, manifest.last_year + 1))
    if plan.budget.years != years:
        yield Fault(plan.budget.file, 1, "", f"the years are not those of the plan, {years[0]}-{years[-1]}")
    if plan.account.years[1:] != years:
        message = f"the years are not {years[0] - 1}-{years[-1]}: the account begins a year before the plan"
        yield Fault(plan.account.file, 1, "", message)


def _cycles(plan: Plan) -> Iterator[Fault]:
    """Work, or systems, that wait for each other in a ring."""
    places = {p.record.id: p.place for p in plan.placed if isinstance(p.record, Item | System)}
    needs = {p.record.id: set(p.record.needs) for p in plan.placed if isinstance(p.record, Item | System)}
    while True:
        try:
            graphlib.TopologicalSorter(needs).prepare()
            return
        except graphlib.CycleError as error:
            ring = error.args[1][::-1]
            place = places[ring[0]]
            yield Fault(place.file, place.line_of("needs"), "needs", f"goes round: {' -> '.join(ring)}")
            # Cut here and look again, so that the next ring is told as well.
            needs[ring[0]].discard(ring[1])


def _one(plan: Plan, placed: Placed) -> Iterator[Fault]:
    record, place = placed.record, placed.place

    def fault(field: str, message: str) -> Fault:
        return Fault(place.file, place.line_of(field), field, message)

    for name in record.__struct_fields__:
        value: Any = getattr(record, name)
        day = value.date() if isinstance(value, datetime.datetime) else value
        if isinstance(day, datetime.date) and not FIRST_DATE <= day <= datetime.date(2099, 12, 31):
            yield fault(name, f"{value} lies outside 2000-2099")
    if isinstance(record, Item):
        yield from _item(plan, record, fault)
        for id in record.asked_by:
            if isinstance(demand := plan.by_id.get(id), Demand) and record.id not in demand.items:
                yield fault("asked_by", f"{id} does not name {record.id} among its items")
    elif isinstance(record, Line) and not 0 <= record.axis <= 10:
        yield fault("axis", f"{record.axis} is not 0 (continuity) to 10 (renewal)")
    elif isinstance(record, Demand):
        for id in record.items:
            if isinstance(item := plan.by_id.get(id), Item) and record.id not in item.asked_by:
                yield fault("items", f"{id} does not name {record.id} among those who asked")
        if record.met not in ("no", "unknown") and not record.met_said_by:
            yield fault("met", "a demand is met when the room says so: met_said_by names the role that said it")
        if isinstance(record.met, datetime.date) and record.met < record.recorded:
            yield fault("met", f"{record.met} lies before it was recorded, {record.recorded}")
    elif isinstance(record, Innovation):
        if record.state == "experiment" and not (record.hypothesis and record.measure):
            yield fault("hypothesis", "an experiment states what it expects and how that is measured")
        if record.state in ("adopted", "stopped") and not record.result:
            yield fault("result", f"is empty while the trial is {record.state}")
        if not record.goals:
            yield fault("goals", "an innovation serves at least one policy goal")
    elif isinstance(record, Algorithm) and record.risk == "high" and not record.oversight:
        yield fault("oversight", "a high risk needs a person who decides")
    elif isinstance(record, SideService) and record.state == "accepted" and record.capacity == "unknown":
        yield fault("capacity", "a side service is accepted only when the capacity for it is known")
    elif isinstance(record, Agreement) and record.situation and not record.nominated_by:
        yield fault("nominated_by", "another party joins only when a discipline nominates it")
    elif isinstance(record, Provision) and record.budget_line not in {row.line for row in plan.budget.costs()}:
        yield fault("budget_line", f"{record.budget_line!r} is not a cost line of {plan.budget.file}")
    elif isinstance(record, Change) and not record.reason.strip():
        yield fault("reason", "is empty; a change says why")
    elif isinstance(record, Text) and not plan.holds(record.file):
        yield fault("file", f"{record.file} is missing")
    elif isinstance(record, MoneyNote) and record.scenario and not plan.holds(record.scenario):
        yield fault("scenario", f"{record.scenario} is missing")
    elif isinstance(record, Decision):
        for file in record.adopts:
            if not plan.holds(file):
                yield fault("adopts", f"{file} is missing")


def _item(plan: Plan, item: Item, fault: Any) -> Iterator[Fault]:
    first, last = plan.manifest.first_year, plan.manifest.last_year
    if not 0 <= item.axis <= 10:
        yield fault("axis", f"{item.axis} is not 0 (continuity) to 10 (renewal)")
    for field, year in (("start", item.start), ("end", item.end)):
        if year != "unknown" and not first <= year <= last and not item.beyond:
            yield fault(field, f"{year} lies outside {first}-{last}; `beyond` says why it may")
    if item.start != "unknown" and item.end != "unknown" and item.end < item.start:
        yield fault("end", f"{item.end} lies before the start, {item.start}")
    for field, amount in (("capacity", item.capacity), ("gain", item.gain)):
        if amount != "unknown" and amount < 0:
            yield fault(field, f"{amount} must not be negative")
    if not item.goals:
        yield fault("goals", "names no policy goal")
    if not item.asked_by and not item.push:
        yield fault("asked_by", "nobody asked for it and it is not marked as technology push")
