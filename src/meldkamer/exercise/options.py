"""What is asked of an exercise, and what comes of it."""

from __future__ import annotations

from typing import Literal

import msgspec

from meldkamer.domain.exercise import ExerciseFigure

Ground = Literal["declared", "silent"]


class ExerciseError(Exception):
    """The exercise cannot be held, or ended before it could be scored; says why."""


class Options(msgspec.Struct, frozen=True, kw_only=True):
    """One exercise.

    of: the room that is lost. data: data folder of the live room, which gets the score; source: a backup to work on
    instead of the room's own record. master: file with the master key of a backup's keys; empty = beside them.
    minutes: from the moment everybody sits. warm: seconds before the room is lost. calls: a minute, in the regions that
    the room serves. host, port: where people can take part; port None = nobody does. keep: leave the record of the
    exercise, without any key. by: who holds it. plan: the continuity plan that it tests. patience: seconds to wait for
    the live room to keep the score.
    """

    of: str
    data: str = ""
    source: str = ""
    master: str = ""
    pack: str = ""
    ground: Ground = "declared"
    minutes: float = 10.0
    warm: float = 30.0
    calls: float = 6.0
    seed: str = "112"
    host: str = "127.0.0.1"
    port: int | None = None
    keep: bool = False
    by: str = ""
    plan: str = ""
    patience: float = 15.0


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """What came of it. kept: whether the score stands in the live record, waits for the room to run, or went nowhere.

    readable: whether the copy's text could be read. record: folder of the exercise's record, when it was kept.
    """

    ok: bool = True
    exercise: str
    room: str
    ground: Ground
    functions: tuple[str, ...]
    rooms_took: tuple[str, ...]
    recovery_seconds: float | None
    good: bool | None
    figures: tuple[ExerciseFigure, ...]
    people: int
    readable: bool
    kept: Literal["record", "waiting", "nowhere"]
    record: str = ""
