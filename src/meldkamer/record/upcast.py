"""Old events stay as they were stored; they are lifted to today's shape when they are read."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

Lift = Callable[[dict[str, Any]], dict[str, Any]]


class Upcasts:
    """Steps from one schema version of an event type to the next, applied one after another."""

    def __init__(self) -> None:
        self._steps: dict[tuple[str, int], tuple[str, Lift]] = {}
        self._current: dict[str, int] = {}

    def register(self, type_: str, schema: int, lift: Lift, becomes: str | None = None) -> None:
        """Say how fields stored as `type_` in version `schema` become the next version's (or another type's)."""
        if (type_, schema) in self._steps:
            raise ValueError(f"{type_} version {schema} already has a step")
        self._steps[type_, schema] = (becomes or type_, lift)
        newer = becomes or type_
        self._current[newer] = max(self.current(newer), schema + 1)

    def current(self, type_: str) -> int:
        """The schema version that today's program writes for a type: one past its newest step."""
        return self._current.get(type_, 1)

    def knows(self, type_: str, schema: int) -> bool:
        """Whether there is a step from this version."""
        return (type_, schema) in self._steps

    def lift(self, type_: str, schema: int, fields: dict[str, Any]) -> tuple[str, dict[str, Any]]:
        """Today's type and fields."""
        while (step := self._steps.get((type_, schema))) is not None:
            type_, fields, schema = step[0], step[1](dict(fields)), schema + 1
        return type_, {**fields, "type": type_}
