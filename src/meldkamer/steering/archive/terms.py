"""Terms: which keys had to be gone by now, which are, and destroying the rest. Only confirmed terms count."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from typing import Protocol

import msgspec

from meldkamer.domain.clock import Millis
from meldkamer.steering.archive.cases import Case, Cases
from meldkamer.steering.archive.records import Retention
from meldkamer.steering.continuity.judged import months_later
from meldkamer.steering.fields import Unknown
from meldkamer.steering.measured import date_of
from meldkamer.steering.plan import Plan

BY = "system.retention"


class Keys(Protocol):
    """What is needed of the key store."""

    def find(self, subject: str, compartment: str) -> bytes | None: ...

    async def destroy(self, subject: str, compartment: str, at: Millis, reason: str, by: str) -> bool: ...


class TermRow(msgspec.Struct, frozen=True, kw_only=True):
    """One class of data. held: things that sealed something in it; over: of those, ended; due: over their term; gone:
    of those, without a key; waiting: over their term, kept for ever, and first to be archived."""

    retention: str
    name: str
    name_en: str
    of: str
    compartment: str
    months: int | Unknown
    appraisal: str
    confirmed: bool
    held: int
    over: int
    due: int
    gone: int
    waiting: int
    next: datetime.date | None


class Terms(msgspec.Struct, frozen=True, kw_only=True):
    """All classes at a moment. enforced: terms that are known and confirmed."""

    at: Millis
    rows: tuple[TermRow, ...]
    enforced: int
    due: int
    gone: int
    waiting: int


def enforceable(plan: Plan) -> bool:
    """Whether any term is known and confirmed."""
    return any(r.confirmed and r.months != "unknown" for r in plan.of(Retention))


def terms(plan: Plan, cases: Cases, keys: Keys, now: Millis) -> Terms:
    """How every class stands. Looks whether keys are there; opens nothing."""
    rows = tuple(_row(retention, cases, keys, now) for retention in plan.of(Retention))
    return Terms(
        at=now,
        rows=rows,
        enforced=sum(row.confirmed and row.months != "unknown" for row in rows),
        due=sum(row.due for row in rows),
        gone=sum(row.gone for row in rows),
        waiting=sum(row.waiting for row in rows),
    )


async def keep_terms(plan: Plan, cases: Cases, keys: Keys, now: Millis) -> int:
    """Destroy every key that is over a confirmed term. Returns how many there were."""
    destroyed = 0
    for retention in plan.of(Retention):
        if retention.appraisal != "V":
            continue
        for case in _due(retention, cases, now):
            reason = f"term of {retention.id}: {retention.months} months"
            destroyed += await keys.destroy(case.subject, retention.compartment, now, reason, BY)
    return destroyed


def _row(retention: Retention, cases: Cases, keys: Keys, now: Millis) -> TermRow:
    held = [c for c in cases.of.values() if c.kind == retention.of and retention.compartment in c.sealed]
    over = [(c, at) for c in held if (at := cases.over(c)) is not None and at <= now]
    due = list(_due(retention, cases, now))
    gone = sum(keys.find(c.subject, retention.compartment) is None for c in due)
    coming: list[datetime.date] = []
    if retention.confirmed and retention.months != "unknown":
        ends = (months_later(date_of(at), retention.months) for _, at in over)
        coming = [day for day in ends if day >= date_of(now)]
    kept = retention.appraisal != "V"
    return TermRow(
        retention=retention.id,
        name=retention.name,
        name_en=retention.name_en,
        of=retention.of,
        compartment=retention.compartment,
        months=retention.months,
        appraisal=retention.appraisal,
        confirmed=retention.confirmed,
        held=len(held),
        over=len(over),
        due=0 if kept else len(due),
        gone=0 if kept else gone,
        waiting=len(due) - gone if kept else 0,
        next=min(coming, default=None),
    )


def _due(retention: Retention, cases: Cases, now: Millis) -> Iterator[Case]:
    if not retention.confirmed or retention.months == "unknown":
        return
    today = date_of(now)
    for case in cases.of.values():
        if case.kind != retention.of or retention.compartment not in case.sealed:
            continue
        over = cases.over(case)
        if over is not None and today > months_later(date_of(over), retention.months):
            yield case
