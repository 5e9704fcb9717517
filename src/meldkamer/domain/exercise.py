"""An exercise that was held: what was practised, how it went, and against which norms. A fact about a room.

It stands with the room's other facts (kind `desk`, national stream), so that the figures of continuity find when a room
was last lost on purpose and how long it took. It names nobody, except who held it.
"""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from meldkamer.domain.basics import Command, Event, FunctionName, Id, Short
from meldkamer.domain.clock import Millis
from meldkamer.domain.desk import RoomCode

Seconds = Annotated[float, msgspec.Meta(ge=0)]


class ExerciseFigure(msgspec.Struct, frozen=True, kw_only=True):
    """One figure of a score. value: seconds or a number; None = could not be measured. norm: what it should be at most;
    None = there is none. good: None when there is nothing to judge."""

    name: Annotated[str, msgspec.Meta(min_length=1, max_length=64, pattern=r"^[a-z0-9_]+$(?!\n)")]
    value: float | None = None
    norm: float | None = None
    good: bool | None = None


class ExerciseHeld(Event, frozen=True, kw_only=True, tag="exercise.held"):
    """A room was lost on a copy of the record. It occurred when the exercise ended.

    room: the one that was lost. ground: a person declared it down, or it fell silent. functions: those that it served.
    rooms: who took them. began: start of the exercise; fault: when the room was lost. recovery_seconds: until the last
    function had another owner; None = not all had. good: whether every norm was met; None = not all could be judged.
    people: how many took part beside the simulated colleagues. plan: the continuity plan that it tests, or empty.
    """

    exercise: Id
    kind: Literal["takeover"] = "takeover"
    room: Short
    ground: Literal["declared", "silent"]
    functions: tuple[FunctionName, ...]
    rooms_took: tuple[Short, ...] = ()
    began: Millis
    fault: Millis
    recovery_seconds: float | None = None
    good: bool | None = None
    figures: tuple[ExerciseFigure, ...] = ()
    people: int = 0
    seed: Short = ""
    plan: Short = ""
    by: Short = ""


class NoteExercise(Command, frozen=True, kw_only=True, tag="note_exercise"):
    """Keep the score of an exercise that was held; the same exercise is kept once."""

    exercise: Id
    kind: Literal["takeover"] = "takeover"
    room: RoomCode
    ground: Literal["declared", "silent"]
    functions: Annotated[tuple[FunctionName, ...], msgspec.Meta(min_length=1, max_length=200)]
    rooms_took: Annotated[tuple[RoomCode, ...], msgspec.Meta(max_length=64)] = ()
    began: Annotated[Millis, msgspec.Meta(ge=0)]
    fault: Annotated[Millis, msgspec.Meta(ge=0)]
    recovery_seconds: Seconds | None = None
    good: bool | None = None
    figures: Annotated[tuple[ExerciseFigure, ...], msgspec.Meta(max_length=64)] = ()
    people: Annotated[int, msgspec.Meta(ge=0, le=10_000)] = 0
    seed: Short = ""
    plan: Short = ""
    by: Short = ""


def decide(command: NoteExercise) -> list[Event]:
    """What follows from the command. It is a fact, so it is never refused."""
    return [ExerciseHeld(**{name: getattr(command, name) for name in command.__struct_fields__})]
