"""What must hold among risks: one matrix that is whole, judgements inside it and by those who may give them."""

from __future__ import annotations

from collections.abc import Iterator

from meldkamer.steering.faults import Fault
from meldkamer.steering.parties import Role
from meldkamer.steering.plan import Placed, Plan
from meldkamer.steering.risk import Judgement, Risk, RiskMatrix, Treatment


def check_risks(plan: Plan) -> Iterator[Fault]:
    """Every fault among the risks of a plan that could be read."""
    matrices = [placed for placed in plan.placed if isinstance(placed.record, RiskMatrix)]
    for extra in matrices[1:]:
        yield Fault(extra.place.file, extra.place.line, "", "there is one risk_matrix already")
    risky = [placed for placed in plan.placed if isinstance(placed.record, Risk | Judgement | Treatment)]
    if not matrices:
        if risky:
            yield Fault(risky[0].place.file, risky[0].place.line, "", "there is no risk_matrix to judge by")
        return
    matrix = matrices[0].record
    assert isinstance(matrix, RiskMatrix)
    whole = list(_matrix(matrices[0], matrix))
    yield from whole
    if not whole:
        for placed in risky:
            yield from _one(plan, placed, matrix)


def _matrix(placed: Placed, matrix: RiskMatrix) -> Iterator[Fault]:
    def fault(field: str, message: str) -> Fault:
        return Fault(placed.place.file, placed.place.line_of(field), field, message)

    if not matrix.likelihood or not matrix.impact:
        yield fault("likelihood", "likelihood and impact have at least one step each")
    if len(matrix.per_year) != len(matrix.likelihood):
        yield fault("per_year", f"{len(matrix.per_year)} numbers for {len(matrix.likelihood)} steps of likelihood")
    elif list(matrix.per_year) != sorted(matrix.per_year):
        yield fault("per_year", "does not rise with the steps of likelihood")
    if [len(row) for row in matrix.scores] != [len(matrix.impact)] * len(matrix.likelihood):
        yield fault("scores", f"is not {len(matrix.likelihood)} rows of {len(matrix.impact)} scores")
    elif min(min(row) for row in matrix.scores) < min(matrix.levels_from, default=0):
        yield fault("levels_from", "the lowest score has no level")
    if len(matrix.levels) != len(matrix.levels_from) or list(matrix.levels_from) != sorted(set(matrix.levels_from)):
        yield fault("levels_from", "gives each level where it begins, rising")
    if matrix.stale_months < 1:
        yield fault("stale_months", f"{matrix.stale_months} is not a number of months")


def _one(plan: Plan, placed: Placed, matrix: RiskMatrix) -> Iterator[Fault]:
    record = placed.record

    def fault(field: str, message: str) -> Fault:
        return Fault(placed.place.file, placed.place.line_of(field), field, message)

    def inside(field: str, step: int, steps: tuple[str, ...]) -> Iterator[Fault]:
        if not 1 <= step <= len(steps):
            yield fault(field, f"{step} is not a step, 1 ({steps[0]}) to {len(steps)} ({steps[-1]})")

    if isinstance(record, Judgement):
        role = plan.by_id.get(record.by)
        if record.party not in matrix.parties:
            yield fault("party", f"{record.party} is not among those who judge: {', '.join(matrix.parties)}")
        elif isinstance(role, Role) and role.party != record.party:
            yield fault("by", f"{record.by} belongs to {role.party} and cannot judge for {record.party}")
        if record.holds:
            yield from inside("likelihood", record.likelihood, matrix.likelihood)
            yield from inside("impact", record.impact, matrix.impact)
        elif record.likelihood or record.impact:
            yield fault("holds", "a risk that does not hold has no likelihood and no impact")
        elif not record.reason:
            yield fault("reason", "says why the risk does not hold")
    elif isinstance(record, Treatment):
        if record.cost != "unknown" and record.cost < 0:
            yield fault("cost", f"{record.cost} must not be negative")
        for field, after, steps in (
            ("likelihood_after", record.likelihood_after, matrix.likelihood),
            ("impact_after", record.impact_after, matrix.impact),
        ):
            if after != "unknown":
                yield from inside(field, after, steps)
    elif isinstance(record, Risk) and not record.sealed and not (record.cause and record.effect):
        yield fault("cause", "a risk names its cause and its effect, or is sealed")
