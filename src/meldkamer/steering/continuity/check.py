"""What must hold of the records about continuity, beside what the general check looks at."""

from __future__ import annotations

import datetime
import graphlib
from collections.abc import Callable, Iterator

from meldkamer.steering.continuity.records import (
    Chain,
    ContinuityPlan,
    Impact,
    LegalClock,
    Maturity,
    Notifiable,
    Notification,
    Option,
    Process,
)
from meldkamer.steering.faults import Fault
from meldkamer.steering.parties import Role
from meldkamer.steering.plan import Placed, Plan


def check_continuity(plan: Plan) -> Iterator[Fault]:
    """Every fault of these records."""
    places = {p.record.id: p.place for p in plan.placed}
    for placed in plan.placed:
        yield from _one(plan, placed)
    seen: dict[str, str] = {}
    for impact in plan.of(Impact):
        about, place = impact.function or impact.service, places[impact.id]
        if about and about in seen:
            yield Fault(place.file, place.line, "", f"the impact of {about} already stands in {seen[about]}")
        seen[about] = impact.id
    needs = {impact.id: set(impact.needs) for impact in plan.of(Impact)}
    while True:
        try:
            graphlib.TopologicalSorter(needs).prepare()
            break
        except graphlib.CycleError as error:
            ring = error.args[1][::-1]
            place = places[ring[0]]
            yield Fault(place.file, place.line_of("needs"), "needs", f"goes round: {' -> '.join(ring)}")
            needs[ring[0]].discard(ring[1])


def _one(plan: Plan, placed: Placed) -> Iterator[Fault]:
    record, place = placed.record, placed.place

    def fault(field: str, message: str) -> Fault:
        return Fault(place.file, place.line_of(field), field, message)

    if isinstance(record, Impact):
        yield from _impact(plan, record, fault)
    elif isinstance(record, Chain) and not (record.functions or record.services):
        yield fault("functions", "a chain has parts: functions, services or both")
    elif isinstance(record, ContinuityPlan):
        if not plan.holds(record.file):
            yield fault("file", f"{record.file} is missing")
        if record.every_months < 1:
            yield fault("every_months", f"{record.every_months} is not a number of months")
        if not (record.for_functions or record.for_services):
            yield fault("for_functions", "says what it is about: functions, services or both")
    elif isinstance(record, Option):
        if record.cost_per_year != "unknown" and record.cost_per_year < 0:
            yield fault("cost_per_year", f"{record.cost_per_year} must not be negative")
        if record.avoids != "unknown" and not 0 <= record.avoids <= 100:
            yield fault("avoids", f"{record.avoids} is not a share, 0 to 100")
        if not (record.for_functions or record.for_services):
            yield fault("for_functions", "says what it is about: functions, services or both")
    elif isinstance(record, LegalClock) and (record.hours > 0) == (record.months > 0):
        yield fault("hours", "a term is a number of hours or a number of months")
    elif isinstance(record, Process) and record.target != "unknown" and not 1 <= record.target <= len(record.levels):
        yield fault("target", f"{record.target} is not one of the {len(record.levels)} levels")
    elif isinstance(record, Maturity):
        process = plan.by_id.get(record.process)
        if isinstance(process, Process) and not 1 <= record.level <= len(process.levels):
            yield fault("level", f"{record.level} is not one of the {len(process.levels)} levels")
        role = plan.by_id.get(record.by)
        if isinstance(role, Role) and role.party != record.party:
            yield fault("by", f"{record.by} belongs to {role.party} and cannot speak for {record.party}")
    elif isinstance(record, Notifiable):
        yield from _moment(record.known, "known", fault)
        if isinstance(record.closed, datetime.datetime):
            yield from _moment(record.closed, "closed", fault)
    elif isinstance(record, Notification):
        yield from _moment(record.at, "at", fault)
        told = plan.by_id.get(record.notifiable)
        if isinstance(told, Notifiable) and record.clock not in told.clocks:
            yield fault("clock", f"{record.clock} does not run for {record.notifiable}")


def _impact(plan: Plan, impact: Impact, fault: Callable[[str, str], Fault]) -> Iterator[Fault]:
    if bool(impact.function) == bool(impact.service):
        yield fault("function", "names a function or a service, and not both")
    if len(impact.after) != len(impact.weight):
        yield fault("weight", f"{len(impact.after)} moments and {len(impact.weight)} weights")
    elif list(impact.after) != sorted(set(impact.after)) or list(impact.weight) != sorted(impact.weight):
        yield fault("after", "goes up: later is never lighter")
    if any(not 1 <= weight <= 5 for weight in impact.weight):
        yield fault("weight", "weighs 1 (felt) to 5 (lives)")
    for field, value in (("recover_seconds", impact.recover_seconds), ("lose_seconds", impact.lose_seconds)):
        if value != "unknown" and value < 0:
            yield fault(field, f"{value} must not be negative")
    for id in impact.needs:
        other = plan.by_id.get(id)
        if not isinstance(other, Impact) or "unknown" in (impact.recover_seconds, other.recover_seconds):
            continue
        if int(other.recover_seconds) > int(impact.recover_seconds):
            message = (
                f"works again within {impact.recover_seconds} s, but needs {id}, which takes {other.recover_seconds} s"
            )
            yield fault("recover_seconds", message)


def _moment(at: datetime.datetime, field: str, fault: Callable[[str, str], Fault]) -> Iterator[Fault]:
    if at.tzinfo is None:
        yield fault(field, f"{at} has no zone; write for example 2025-03-01T14:20:00+01:00")
