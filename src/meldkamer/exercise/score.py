"""The score: what was seen, figure by figure, each beside its norm where the country's data have one."""

from __future__ import annotations

import math
from collections.abc import Iterable

import msgspec

from meldkamer.domain.clock import Millis
from meldkamer.domain.exercise import ExerciseFigure
from meldkamer.exercise.options import ExerciseError, Ground
from meldkamer.exercise.watching import Wait, Watch
from meldkamer.pack import Pack

TAKEOVER = {"declared": "takeover_declared", "silent": "takeover_silent"}
FIRST_ANSWER = "112"


class Norms(msgspec.Struct, frozen=True):
    """What counts, in seconds. takeover: until all functions have another owner; answer: by first answer and in the
    region; share: of the calls that must be answered in time; None = all."""

    takeover: float
    first: float
    region: float
    share: float | None

    @classmethod
    def of(cls, pack: Pack, ground: Ground) -> Norms:
        """Those of a country. Raises ExerciseError for one that has no norm for taking over or answering."""
        if missing := {TAKEOVER[ground], "answer_112", "answer_region"} - pack.norm.keys():
            raise ExerciseError(f"{pack.manifest.name} has no norm {', '.join(sorted(missing))} to score by")

        def seconds(code: str) -> float:
            norm = pack.norm[code]
            return norm.value * {"s": 1.0, "min": 60.0}[norm.unit]

        share = pack.norm["answer_region"].share
        return cls(seconds(TAKEOVER[ground]), seconds("answer_112"), seconds("answer_region"), share)

    def answer(self, function: str) -> float:
        """How long a caller may wait at this function."""
        return self.first if function.partition(".")[2] == FIRST_ANSWER else self.region


def score(watch: Watch, norms: Norms, now: Millis, lost: int | None) -> tuple[ExerciseFigure, ...]:
    """All figures. now: when it ended. lost: acknowledged events that the record does not have; None = not checked."""
    waits = watch.waits
    over = [w for w in waits if _waited(w, now) > norms.answer(w.function)]
    unanswered = [w for w in waits if w.until is not None and not w.answered]
    allowed = 0 if norms.share is None else math.floor((100 - norms.share) * len(waits) / 100)
    return (
        _judged("recovery_s", recovery(watch), norms.takeover),
        _judged("first_answer_s", _first_answer(watch), norms.takeover + norms.region),
        _told("calls", len(waits)),
        _judged("calls_over_norm", len(over) if waits else None, allowed),
        _told("calls_given_up", len(unanswered)),
        _judged("incidents_without_owner", len(watch.orphans()), 0),
        _judged("functions_without_people", len(watch.unstaffed()), 0),
        _told("acknowledged_s", _last(watch.acknowledged.values(), len(watch.functions))),
        _judged("events_lost", lost, 0),
    )


def recovery(watch: Watch) -> float | None:
    """Seconds until the last function had another owner; None when not all have one."""
    return _last((moved.after for moved in watch.moved.values()), len(watch.functions))


def verdict(figures: Iterable[ExerciseFigure]) -> bool | None:
    """Whether every norm was met; None when one could not be judged and none was missed."""
    judged = [figure.good for figure in figures if figure.norm is not None]
    if False in judged:
        return False
    return None if None in judged else True


def _waited(wait: Wait, now: Millis) -> float:
    return ((now if wait.until is None else wait.until) - wait.since) / 1000


def _first_answer(watch: Watch) -> float | None:
    """From the loss, or from the first caller after it, until somebody answered one."""
    answered = [w.until for w in watch.waits if w.until is not None and w.answered]
    if not answered:
        return None
    begun = max(watch.fault, min(w.since for w in watch.waits))
    return max(0.0, (min(answered) - begun) / 1000)


def _last(seconds: Iterable[float], wanted: int) -> float | None:
    found = list(seconds)
    return max(found) if found and len(found) == wanted else None


def _judged(name: str, value: float | None, norm: float) -> ExerciseFigure:
    good = None if value is None else value <= norm
    return ExerciseFigure(name=name, value=_short(value), norm=norm, good=good)


def _told(name: str, value: float | None) -> ExerciseFigure:
    return ExerciseFigure(name=name, value=_short(value))


def _short(value: float | None) -> float | None:
    return None if value is None else round(value, 3)
