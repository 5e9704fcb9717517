"""The risk board: what each party judges, the network's score, what was measured beside it, and what is to do."""

from __future__ import annotations

import datetime
from typing import Literal

import msgspec

from meldkamer.steering.continuity.records import Service
from meldkamer.steering.fields import Unknown
from meldkamer.steering.measured import OUTAGE, Measured
from meldkamer.steering.plan import Plan
from meldkamer.steering.risk import Judgement, Risk, RiskMatrix, Treatment

State = Literal["holds", "does not hold", "not yet judged"]


class Cell(msgspec.Struct, frozen=True, kw_only=True):
    """A party's newest judgement of a risk. score: None where it does not hold or nobody judged."""

    party: str
    state: State
    likelihood: int = 0
    impact: int = 0
    score: int | None = None
    level: str = ""
    date: datetime.date | None = None
    stale: bool = False
    earlier: int = 0
    """Judgements before this one."""


class Buys(msgspec.Struct, frozen=True, kw_only=True):
    """A treatment: what it costs (thousands of euro) and what score would remain; unknown stays unknown."""

    id: str
    name: str
    state: str
    cost: int | Unknown
    score_after: int | Unknown


class Seen(msgspec.Struct, frozen=True, kw_only=True):
    """What the record shows: how often, in how many days, and which step of likelihood that would be."""

    count: int
    days: int
    likelihood: int


class BoardRow(msgspec.Struct, frozen=True, kw_only=True):
    """One risk. score: the network's; None when no party that holds it has judged. seen: None reads "not checked"."""

    risk: str
    name: str
    name_en: str
    kind: str
    outside: bool
    confidential: bool
    accountable: str
    cells: list[Cell]
    judged: int
    score: int | None
    level: str
    seen: Seen | None
    treatments: list[Buys]


class ToDo(msgspec.Struct, frozen=True, kw_only=True):
    """Something a party has to do about a risk."""

    party: str
    risk: str
    name: str
    why: Literal["not yet judged", "stale", "measured otherwise"]
    detail: str


class Board(msgspec.Struct, frozen=True, kw_only=True):
    """The board on a day; rows with the highest score first, then those least judged."""

    date: datetime.date
    rows: list[BoardRow]
    to_do: list[ToDo]


def risk_board(plan: Plan, today: datetime.date, measured: Measured | None = None) -> Board:
    """The board. measured: counts from the record, or None when nobody looked."""
    matrices = plan.of(RiskMatrix)
    if not matrices:
        return Board(date=today, rows=[], to_do=[])
    matrix = matrices[0]
    rows = [_row(plan, matrix, risk, today, measured) for risk in plan.of(Risk)]
    rows.sort(key=lambda row: (-(row.score or 0), row.judged, row.risk))
    return Board(date=today, rows=rows, to_do=[todo for row in rows for todo in _to_do(matrix, row)])


def _row(plan: Plan, matrix: RiskMatrix, risk: Risk, today: datetime.date, measured: Measured | None) -> BoardRow:
    cells = [_cell(plan, matrix, risk.id, party, today) for party in matrix.parties]
    scores = [cell.score for cell in cells if cell.score is not None]
    score = None if not scores else max(scores) if matrix.network == "highest" else sum(scores)
    return BoardRow(
        risk=risk.id,
        name=risk.name,
        name_en=risk.name_en,
        kind=risk.kind,
        outside=risk.outside,
        confidential=bool(risk.sealed),
        accountable=risk.accountable,
        cells=cells,
        judged=sum(cell.state != "not yet judged" for cell in cells),
        score=score,
        level="" if score is None else matrix.level(score),
        seen=_seen(plan, matrix, risk, measured),
        treatments=[_buys(matrix, t) for t in plan.of(Treatment) if t.risk == risk.id],
    )


def _cell(plan: Plan, matrix: RiskMatrix, risk: str, party: str, today: datetime.date) -> Cell:
    given = [j for j in plan.of(Judgement) if (j.risk, j.party) == (risk, party) and j.date <= today]
    if not given:
        return Cell(party=party, state="not yet judged")
    # Of two on one day the later in the files counts: it was written after the other.
    newest = max(enumerate(given), key=lambda one: (one[1].date, one[0]))[1]
    stale = _months(newest.date, today) >= matrix.stale_months
    common = {"party": party, "date": newest.date, "stale": stale, "earlier": len(given) - 1}
    if not newest.holds:
        return Cell(state="does not hold", **common)  # type: ignore[arg-type]
    score = matrix.scores[newest.likelihood - 1][newest.impact - 1]
    return Cell(
        state="holds",
        likelihood=newest.likelihood,
        impact=newest.impact,
        score=score,
        level=matrix.level(score),
        **common,  # type: ignore[arg-type]
    )


def _seen(plan: Plan, matrix: RiskMatrix, risk: Risk, measured: Measured | None) -> Seen | None:
    if measured is None or not risk.indicator:
        return None
    names = [risk.indicator] if risk.indicator != "outage" else _outages(plan, risk)
    names = [name for name in names if name in measured.counts]
    if not names:
        return None
    rate = sum(measured.per_year(name) for name in names)
    steps = [n for n, least in enumerate(matrix.per_year, 1) if rate >= least]
    count = sum(measured.counts.get(name, 0) for name in names)
    return Seen(count=count, days=measured.days, likelihood=max(steps, default=1))


def _outages(plan: Plan, risk: Risk) -> list[str]:
    return [f"{OUTAGE}{s.id}" for s in plan.of(Service) if s.system in risk.concerns or s.provision in risk.concerns]


def _buys(matrix: RiskMatrix, treatment: Treatment) -> Buys:
    after: int | Unknown = "unknown"
    if treatment.likelihood_after != "unknown" and treatment.impact_after != "unknown":
        after = matrix.scores[treatment.likelihood_after - 1][treatment.impact_after - 1]
    return Buys(id=treatment.id, name=treatment.name, state=treatment.state, cost=treatment.cost, score_after=after)


def _to_do(matrix: RiskMatrix, row: BoardRow) -> list[ToDo]:
    found = []
    for cell in row.cells:
        if cell.state == "not yet judged":
            others = f"{row.judged} of {len(row.cells)} parties have judged"
            found.append(ToDo(party=cell.party, risk=row.risk, name=row.name, why="not yet judged", detail=others))
            continue
        if cell.stale:
            detail = f"judged on {cell.date}"
            found.append(ToDo(party=cell.party, risk=row.risk, name=row.name, why="stale", detail=detail))
        if row.seen is not None and row.seen.count and row.seen.likelihood > cell.likelihood:
            judged = matrix.likelihood[cell.likelihood - 1] if cell.state == "holds" else cell.state
            detail = f"judged {judged}, happened {row.seen.count} times in {row.seen.days} days"
            found.append(ToDo(party=cell.party, risk=row.risk, name=row.name, why="measured otherwise", detail=detail))
    return found


def _months(start: datetime.date, end: datetime.date) -> int:
    """Whole calendar months between two days."""
    return (end.year - start.year) * 12 + end.month - start.month - (end.day < start.day)
