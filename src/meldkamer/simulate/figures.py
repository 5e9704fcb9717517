"""What a simulated world counts."""

from __future__ import annotations

import logging
from collections import Counter

import msgspec

from meldkamer.client import ApiError

log = logging.getLogger(__name__)


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """The outcome of a run. Answer times in seconds of the shown world; lost: None = could not be checked."""

    calls: int
    answered: int
    transferred: int
    abandoned: int
    called_back: int
    waiting: int
    incidents: int
    joined: int
    alerts: int
    closed: int
    open: int
    takeovers_acknowledged: int
    acknowledged: int
    lost: int | None
    lost_examples: list[str]
    p50_answer_s: float | None
    p95_answer_s: float | None
    problems: dict[str, int]
    errors: int


class Figures:
    """Counters that the people of a world raise while it runs."""

    def __init__(self) -> None:
        self.calls = self.answered = self.transferred = self.abandoned = self.called_back = 0
        self.incidents = self.joined = self.alerts = self.closed = self.takeovers = 0
        self.acknowledged = self.errors = 0
        self.answer_seconds: list[float] = []
        self.problems: Counter[str] = Counter()

    def problem(self, error: ApiError) -> None:
        """Count an answer that was not a yes, by type and reason."""
        key = f"{error.problem.type} {error.problem.code}".strip() or type(error).__name__
        if not self.problems[key]:
            log.info("first %s: %s", key, error)
        self.problems[key] += 1

    def quantile(self, share: float) -> float | None:
        """Of the answer times; None when nobody was answered."""
        if not self.answer_seconds:
            return None
        ordered = sorted(self.answer_seconds)
        return round(ordered[min(len(ordered) - 1, int(share * len(ordered)))], 2)

    def report(self, *, waiting: int, open: int, lost: int | None, examples: list[str]) -> Report:
        """All figures as they now are."""
        return Report(
            calls=self.calls,
            answered=self.answered,
            transferred=self.transferred,
            abandoned=self.abandoned,
            called_back=self.called_back,
            waiting=waiting,
            incidents=self.incidents,
            joined=self.joined,
            alerts=self.alerts,
            closed=self.closed,
            open=open,
            takeovers_acknowledged=self.takeovers,
            acknowledged=self.acknowledged,
            lost=lost,
            lost_examples=examples,
            p50_answer_s=self.quantile(0.5),
            p95_answer_s=self.quantile(0.95),
            problems=dict(self.problems),
            errors=self.errors,
        )
