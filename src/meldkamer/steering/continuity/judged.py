"""What people say about continuity, with what was measured beside it: plans, options, clocks, processes."""

from __future__ import annotations

import calendar
import datetime
from collections.abc import Callable, Iterable, Sequence

from meldkamer.domain.clock import Millis
from meldkamer.steering.continuity.records import (
    ContinuityPlan,
    LegalClock,
    Maturity,
    Notifiable,
    Notification,
    Option,
    Process,
)
from meldkamer.steering.continuity.structs import ClockRow, OptionRow, PlanRow, ProcessRow
from meldkamer.steering.facts import Exercise
from meldkamer.steering.measured import date_of
from meldkamer.steering.plan import Plan
from meldkamer.steering.risk import RiskMatrix


def plan_rows(plan: Plan, tests: Callable[[ContinuityPlan], Sequence[Exercise]], today: datetime.date) -> list[PlanRow]:
    """Every continuity plan; one that was never tested is due so many months after its date."""
    rows = []
    for record in plan.of(ContinuityPlan):
        held = tests(record)
        last = max((exercise.at for exercise in held), default=None)
        due = months_later(record.date if last is None else date_of(last), record.every_months)
        rows.append(
            PlanRow(
                plan=record.id,
                name=record.name,
                name_en=record.name_en,
                file=record.file,
                version=record.version,
                date=record.date,
                accountable=record.accountable,
                tests=len(held),
                last=last,
                due=due,
                overdue=today > due,
            )
        )
    return sorted(rows, key=lambda row: row.due)


def option_rows(plan: Plan, minutes: Callable[[Option], float | None]) -> list[OptionRow]:
    """Options, the one that avoids most minutes per euro first. minutes: measured lost minutes a year."""
    rows = []
    for option in plan.of(Option):
        lost = minutes(option)
        avoided = None if lost is None or option.avoids == "unknown" else lost * option.avoids / 100
        known = avoided is not None and option.cost_per_year != "unknown" and option.cost_per_year > 0
        rows.append(
            OptionRow(
                option=option.id,
                name=option.name,
                name_en=option.name_en,
                state=option.state,
                cost_per_year=option.cost_per_year,
                avoids=option.avoids,
                minutes_lost_per_year=lost,
                minutes_avoided=avoided,
                per_thousand=avoided / int(option.cost_per_year) if known and avoided is not None else None,
            )
        )
    return sorted(rows, key=lambda row: (row.per_thousand is None, -(row.per_thousand or 0.0), row.option))


def clock_rows(plan: Plan, now: Millis) -> list[ClockRow]:
    """Every clock of everything that had to be reported; those that need somebody first."""
    clocks = {clock.id: clock for clock in plan.of(LegalClock)}
    made = {(n.notifiable, n.clock): n.at for n in reversed(plan.of(Notification))}
    moment = datetime.datetime.fromtimestamp(now / 1000, datetime.UTC)
    rows = [
        _clock(notifiable, clocks[id], made.get((notifiable.id, id)), moment)
        for notifiable in plan.of(Notifiable)
        for id in notifiable.clocks
    ]
    order = {"overdue": 0, "running": 1, "late": 2, "done": 3}
    return sorted(rows, key=lambda row: (order[row.state], row.due))


def _clock(
    notifiable: Notifiable, clock: LegalClock, done: datetime.datetime | None, now: datetime.datetime
) -> ClockRow:
    if clock.months:
        day = months_later(notifiable.known.date(), clock.months)
        due = datetime.datetime.combine(day, notifiable.known.timetz())
    else:
        due = notifiable.known + datetime.timedelta(hours=clock.hours)
    if done is not None:
        state = "done" if done <= due else "late"
    else:
        state = "running" if now <= due else "overdue"
    return ClockRow(
        notifiable=notifiable.id,
        name=notifiable.name,
        clock=clock.id,
        to=clock.to,
        known=notifiable.known,
        due=due,
        done=done,
        state=state,  # type: ignore[arg-type]
        left_hours=round((due - now).total_seconds() / 3600, 1),
        confirmed=clock.status == "confirmed",
    )


def process_rows(plan: Plan) -> list[ProcessRow]:
    """Every process with the newest level of each party that judges risks."""
    parties: Iterable[str] = next((matrix.parties for matrix in plan.of(RiskMatrix)), ())
    rows = []
    for process in plan.of(Process):
        levels = dict.fromkeys(parties, 0)
        for said in sorted((m for m in plan.of(Maturity) if m.process == process.id), key=lambda m: m.date):
            levels[said.party] = said.level
        rows.append(
            ProcessRow(
                process=process.id,
                name=process.name,
                name_en=process.name_en,
                target=process.target,
                names=process.levels,
                levels=levels,
            )
        )
    return rows


def months_later(day: datetime.date, months: int) -> datetime.date:
    """The same day so many months on; the last of the month where it has no such day."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return datetime.date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))
