"""What is wrong with a plan, said so that a planner can repair it: file, line, field, and a sentence."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec


class Fault(msgspec.Struct, frozen=True):
    """One mistake in one place. ``line`` counts from 1; 0 is the file as a whole. ``field`` may be empty."""

    file: str
    line: int
    field: str
    message: str

    def __str__(self) -> str:
        where = self.file
        if self.line:
            where += f", line {self.line}"
        if self.field:
            where += f", field {self.field}"
        return f"{where}: {self.message}"


class PlanError(Exception):
    """The plan, a scenario or a table cannot be used. ``faults`` holds every mistake that was found."""

    def __init__(self, what: str, faults: Sequence[Fault]) -> None:
        self.what = what
        self.faults = tuple(faults)
        count = len(self.faults)
        lines = [f"{what} has {count} fault{'' if count == 1 else 's'}:"]
        super().__init__("\n".join(lines + [f"  {fault}" for fault in self.faults]))


class RepositoryError(Exception):
    """The folder cannot be made into, or used as, the plan's repository; the message says why."""
