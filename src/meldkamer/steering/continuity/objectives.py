"""Objectives held against the record: what was reached, and what is left of the error budget."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import msgspec
import numpy as np

from meldkamer.domain.clock import Millis
from meldkamer.steering.continuity.openslo import SOURCE, Objective, Slo, seconds, write_objective
from meldkamer.steering.continuity.spans import Span, slices, together, without
from meldkamer.steering.continuity.structs import BudgetState, ObjectiveRow
from meldkamer.steering.facts import RecordFacts, Waits
from meldkamer.steering.measured import DAY

MINUTE: Millis = 60_000


class Series(msgspec.Struct, frozen=True):
    """One thing that is measured in time: since when, when it was lost, when nobody could tell, and what of the loss
    fell in agreed maintenance."""

    since: Millis
    lost: Sequence[Span]
    unknown: Sequence[Span] = ()
    agreed: Sequence[Span] = ()


class Counted(msgspec.Struct, frozen=True, kw_only=True):
    """What was counted over a stretch, in minutes of slices or in cases. whole: what could be told; budgeted: what the
    budget counts over, also while nobody could tell."""

    spoiled: float
    whole: float
    budgeted: float
    agreed: float
    since: Millis


Find = Callable[[str, str], Iterable[Series]]
"""(about, of) -> every series that it names; none at all reads "not checked"."""
Recovered = Callable[[str], list[tuple[Millis, float]]]
"""Kind of function -> (when, seconds) of its takeovers."""

PACES = ((720, 0.02), (120, 0.05), (10, 0.10))
"""(part of the window, share of the budget): whoever spends this much in that part will not last the window. For 30
days: 2 % in an hour, 5 % in six, 10 % in three days."""
STILL = 12
"""And it still goes on: as fast in the last twelfth of that part, so that an alarm ends soon after the trouble does."""


def objective_rows(
    slos: Iterable[tuple[str, Slo]], find: Find, facts: RecordFacts, recovered: Recovered, now: Millis
) -> list[ObjectiveRow]:
    """A row per target."""
    rows = []
    for file, slo in slos:
        for objective in slo.spec.objectives:
            count = _counter(slo, objective, find, facts, recovered, now)
            rows.append(_row(file, slo, objective, count, now))
    return rows


Count = Callable[[Millis], Counted | None]
"""Counts from a moment on until now; None: nothing was measured."""


def _counter(
    slo: Slo, objective: Objective, find: Find, facts: RecordFacts, recovered: Recovered, now: Millis
) -> Count:
    if slo.spec.budgetingMethod == "Timeslices":
        series = list(find(slo.query.about, slo.query.of))
        return lambda since: _slices(objective, series, since, now)
    return lambda since: _cases(slo, facts, recovered, since, now)


def _slices(objective: Objective, series: Sequence[Series], start: Millis, now: Millis) -> Counted | None:
    """Minutes of slices, over all series together."""
    size = seconds(objective.timeSliceWindow) * 1000
    most = 1 - (objective.timeSliceTarget or 1.0)
    spoiled = unknown = agreed = whole = 0
    first: Millis | None = None
    for one in series:
        since = max(one.since, start)
        if since >= now:
            continue
        first = since if first is None else min(first, since)
        bad = slices(one.lost, since, now, size, most)
        spoiled += bad
        if one.unknown:
            unknown += slices(together([*one.lost, *one.unknown]), since, now, size, most) - bad
        if one.agreed:
            agreed += bad - slices(without(one.lost, one.agreed), since, now, size, most)
        whole += -(-(now - since) // size)
    if first is None or whole == unknown:
        return None
    minutes = size / MINUTE
    return Counted(
        spoiled=spoiled * minutes,
        whole=(whole - unknown) * minutes,
        budgeted=whole * minutes,
        agreed=agreed * minutes,
        since=first,
    )


def _cases(slo: Slo, facts: RecordFacts, recovered: Recovered, since: Millis, now: Millis) -> Counted | None:
    """Cases, late ones are bad."""
    limit = slo.query.within_seconds or 0.0
    if slo.query.about == "recovery":
        times = [took for at, took in recovered(slo.query.of) if at >= since]
        bad, whole = sum(took > limit for took in times), len(times)
    else:
        bad, whole = _counted(facts.alerts if slo.query.about == "alert" else facts.answers, since, limit, now)
    if not whole or facts.since is None:
        return None
    return Counted(spoiled=bad, whole=whole, budgeted=whole, agreed=0, since=max(since, facts.since))


def _counted(waits: Waits, since: Millis, limit: float, now: Millis) -> tuple[int, int]:
    """(bad, all) of what began since then. What is not done yet counts, as bad, only once it is too late."""
    began = np.frombuffer(waits.began.tobytes(), dtype=np.int64)
    inside = began >= since
    late = np.frombuffer(waits.seconds.tobytes(), dtype=np.float32)[inside] > limit
    open = sum(at >= since and now - at > limit * 1000 for at in waits.open.values())
    return int(late.sum()) + open, int(inside.sum()) + open


def _row(file: str, slo: Slo, objective: Objective, count: Count, now: Millis) -> ObjectiveRow:
    sliced = slo.spec.budgetingMethod == "Timeslices"
    counted = count(now - slo.window)
    spent = None if counted is None else counted.spoiled
    whole = 0.0 if counted is None else counted.whole
    since = now - slo.window if counted is None else counted.since
    # Of time the budget is that of the whole window, also while less of it was measured: it was not used yet.
    full = 0.0 if counted is None else counted.budgeted
    if sliced and counted is not None:
        full *= slo.window / max(now - since, 1)
    budget = (1 - objective.target) * full
    state, days = _pace(slo.window, count, spent, budget, now)
    return ObjectiveRow(
        file=file,
        objective=slo.metadata.name,
        name=objective.displayName or slo.metadata.displayName or slo.metadata.name,
        service=slo.spec.service,
        about=f"{slo.query.about} {slo.query.of}".strip(),
        method=slo.spec.budgetingMethod,
        window_days=slo.window / DAY,
        since=since,
        target=objective.target,
        reached=None if spent is None else 1 - spent / whole,
        budget=budget,
        spent=spent,
        burn=None if spent is None else (spent / budget if budget else 0.0),
        of=whole,
        unit="minutes" if sliced else "cases",
        agreed=0.0 if counted is None else counted.agreed,
        state=state,
        empty_in_days=days,
    )


def _pace(
    window: Millis, count: Count, spent: float | None, budget: float, now: Millis
) -> tuple[BudgetState, float | None]:
    """How it goes, and in how many days all is spent at the pace of the last tenth of the window."""
    if spent is None:
        return "not checked", None
    if spent and spent >= budget:
        return "empty", 0.0

    def share(stretch: Millis) -> float:
        found = count(now - stretch)
        return 0.0 if found is None or not budget else found.spoiled / budget

    lately = share(window // 10)
    days = (1 - spent / budget) * (window / 10 / DAY) / lately if lately else None
    for part, least in PACES:
        stretch = window // part
        if share(stretch) >= least and share(stretch // STILL) >= least / STILL:
            return "runs out", days
    return "fine", days


def write_objectives(folder: Path, slos: Iterable[tuple[str, Slo]], rows: Sequence[ObjectiveRow]) -> list[Path]:
    """Write each objective as OpenSLO for other tools, with what was reached as annotations. Raises OSError."""
    folder.mkdir(parents=True, exist_ok=True)
    files = []
    for file, slo in slos:
        notes = dict(slo.metadata.annotations)
        for row in (row for row in rows if row.file == file):
            reached = "not checked" if row.reached is None else f"{row.reached:.6f}"
            notes[f"{SOURCE}/reached-{row.target}"] = reached
            if row.burn is not None:
                notes[f"{SOURCE}/budget-spent-{row.target}"] = f"{row.burn:.4f}"
        meta = msgspec.structs.replace(slo.metadata, annotations=notes)
        path = folder / Path(file).name
        path.write_text(write_objective(msgspec.structs.replace(slo, metadata=meta)), encoding="utf-8")
        files.append(path)
    return files
