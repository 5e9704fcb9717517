"""What must hold of the records about proof, beside what the general check looks at."""

from __future__ import annotations

from collections.abc import Iterator

from meldkamer.steering.faults import Fault
from meldkamer.steering.parties import Role
from meldkamer.steering.plan import Placed, Plan
from meldkamer.steering.proof.queries import QUERIES
from meldkamer.steering.proof.records import DEGREES, Advice, Applied, Measure


def check_proof(plan: Plan) -> Iterator[Fault]:
    """Every fault of these records."""
    for placed in plan.placed:
        yield from _one(plan, placed)


def _one(plan: Plan, placed: Placed) -> Iterator[Fault]:
    record, place = placed.record, placed.place

    def fault(field: str, message: str) -> Fault:
        return Fault(place.file, place.line_of(field), field, message)

    if isinstance(record, Measure):
        if record.query and record.query not in QUERIES:
            yield fault("query", f"{record.query!r} is not a query; there are {', '.join(sorted(QUERIES))}")
        if not record.id.startswith(f"{record.framework}-") or not record.number:
            yield fault("id", f"{record.id!r} is not {record.framework}- and a number")
    elif isinstance(record, Applied):
        if not 0 <= record.degree <= DEGREES:
            yield fault("degree", f"{record.degree} is not a degree, 0 (nothing) to {DEGREES} (fully)")
        if not record.applicable and not record.reason.strip():
            yield fault("reason", "says why the measure does not apply")
        if not record.applicable and record.degree:
            yield fault("degree", "what does not apply has no degree")
        if record.applicable and record.degree and not record.evidence.strip():
            yield fault("evidence", "says by what one sees it")
        if record.fresh_months < 1:
            yield fault("fresh_months", f"{record.fresh_months} is not a number of months")
        role = plan.by_id.get(record.by)
        if isinstance(role, Role) and role.party != record.party:
            yield fault("by", f"{record.by} belongs to {role.party} and cannot judge for {record.party}")
    elif isinstance(record, Advice):
        if record.answer == "refused" and not record.reason.strip():
            yield fault("reason", "says why the advice is refused")
        if record.answer != "not yet answered" and not record.date:
            yield fault("date", "says when it was answered")
