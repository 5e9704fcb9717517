"""Objectives held against the record: what was reached, and what is left of the error budget."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import msgspec
import numpy as np

from meldkamer.domain.clock import Millis
from meldkamer.steering.continuity.openslo import SOURCE, Objective, Slo, seconds, write_objective
from meldkamer.steering.continuity.spans import Span, slices
from meldkamer.steering.continuity.structs import ObjectiveRow
from meldkamer.steering.facts import RecordFacts, Waits
from meldkamer.steering.measured import DAY

MINUTE: Millis = 60_000


class Series(msgspec.Struct, frozen=True):
    """One thing that is measured in time: since when, and when it was lost."""

    since: Millis
    lost: Sequence[Span]


Find = Callable[[str, str], Iterable[Series]]
"""(about, of) -> every series that it names; none at all reads "not checked"."""


def objective_rows(
    slos: Iterable[tuple[str, Slo]],
    find: Find,
    facts: RecordFacts,
    recovered: Callable[[str], list[tuple[Millis, float]]],
    now: Millis,
) -> list[ObjectiveRow]:
    """A row per target. recovered: kind of function -> (when, seconds) of its takeovers."""
    rows = []
    for file, slo in slos:
        for objective in slo.spec.objectives:
            if slo.spec.budgetingMethod == "Timeslices":
                counted = _slices(slo, objective, find, now)
            else:
                counted = _cases(slo, facts, recovered, now)
            rows.append(_row(file, slo, objective, counted, now))
    return rows


def _slices(slo: Slo, objective: Objective, find: Find, now: Millis) -> tuple[float, float, Millis] | None:
    """(spoiled, all, since) in minutes of slices, over all series together."""
    size = seconds(objective.timeSliceWindow) * 1000
    most = 1 - (objective.timeSliceTarget or 1.0)
    spoiled = whole = 0
    first: Millis | None = None
    for series in find(slo.query.about, slo.query.of):
        since = max(series.since, now - slo.window)
        if since >= now:
            continue
        first = since if first is None else min(first, since)
        spoiled += slices(series.lost, since, now, size, most)
        whole += -(-(now - since) // size)
    if first is None:
        return None
    return spoiled * size / MINUTE, whole * size / MINUTE, first


def _cases(
    slo: Slo, facts: RecordFacts, recovered: Callable[[str], list[tuple[Millis, float]]], now: Millis
) -> tuple[float, float, Millis] | None:
    """(bad, all, since) in cases."""
    since, limit = now - slo.window, slo.query.within_seconds or 0.0
    if slo.query.about == "recovery":
        times = [took for at, took in recovered(slo.query.of) if at >= since]
        bad, whole = sum(took > limit for took in times), len(times)
    else:
        bad, whole = _counted(facts.alerts if slo.query.about == "alert" else facts.answers, since, limit, now)
    if not whole or facts.since is None:
        return None
    return bad, whole, max(since, facts.since)


def _counted(waits: Waits, since: Millis, limit: float, now: Millis) -> tuple[int, int]:
    """(bad, all) of what began since then. What is not done yet counts, as bad, only once it is too late."""
    began = np.frombuffer(waits.began.tobytes(), dtype=np.int64)
    inside = began >= since
    late = np.frombuffer(waits.seconds.tobytes(), dtype=np.float32)[inside] > limit
    open = sum(at >= since and now - at > limit * 1000 for at in waits.open.values())
    return int(late.sum()) + open, int(inside.sum()) + open


def _row(
    file: str, slo: Slo, objective: Objective, counted: tuple[float, float, Millis] | None, now: Millis
) -> ObjectiveRow:
    sliced = slo.spec.budgetingMethod == "Timeslices"
    spent, whole, since = counted if counted is not None else (None, 0.0, now - slo.window)
    # Of time the budget is that of the whole window, also while less of it was measured: it was not used yet.
    full = whole if not sliced or not whole else whole * slo.window / max(now - since, 1)
    budget = (1 - objective.target) * full
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
    )


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
