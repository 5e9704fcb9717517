"""What must hold of the terms, beside what the general check looks at."""

from __future__ import annotations

from collections.abc import Iterator

from meldkamer.steering.archive.records import Retention
from meldkamer.steering.faults import Fault
from meldkamer.steering.plan import Plan


def check_retention(plan: Plan) -> Iterator[Fault]:
    """Every fault of these records. A term that destroys must be complete: there is no way back from it."""
    seen: dict[tuple[str, str], str] = {}
    for placed in plan.placed:
        record, place = placed.record, placed.place
        if not isinstance(record, Retention):
            continue
        key = (record.of, record.compartment)
        if key in seen:
            yield Fault(place.file, place.line, "", f"the term of {key[0]}, {key[1]} already stands in {seen[key]}")
        seen.setdefault(key, record.id)
        if record.months != "unknown" and record.months < 1:
            message = f"{record.months} is not a number of months"
            yield Fault(place.file, place.line_of("months"), "months", message)
        if record.confirmed and (record.months == "unknown" or record.appraisal == "unknown" or not record.basis):
            message = "a confirmed term has months, an appraisal and a basis"
            yield Fault(place.file, place.line_of("confirmed"), "confirmed", message)
