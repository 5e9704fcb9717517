"""The plan as one frozen value, and where each record of it stands."""

from __future__ import annotations

import datetime
from functools import cached_property
from pathlib import Path, PurePosixPath
from typing import TypeVar

import msgspec

from meldkamer.steering.budget import Account, Budget, OtherUsers
from meldkamer.steering.continuity.openslo import Slo
from meldkamer.steering.kinds import NAMES
from meldkamer.steering.record import Record, Row

R = TypeVar("R", bound=Row)


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """`plan.toml`: the years the plan covers and which tables hold its money.

    first_year, last_year: both included. calibrate_months: how often the lines are looked at again.
    """

    name: str
    version: str
    decision: str
    date: datetime.date
    first_year: int
    last_year: int
    calibrate_months: int
    requirements: str
    budget: str
    account: str
    other_users: str
    format: int = 1
    keeper: str = ""
    """The role that reviews changes to records which nobody in particular is accountable for."""


class Place(msgspec.Struct, frozen=True):
    """Where a record stands: file, line of its heading, and the line of each field."""

    file: str
    line: int
    lines: dict[str, int]

    def line_of(self, field: str) -> int:
        return self.lines.get(field, self.line)


class Placed(msgspec.Struct, frozen=True):
    """A record and its place."""

    record: Row
    place: Place

    @property
    def kind(self) -> str:
        return NAMES[type(self.record)]


class Plan(msgspec.Struct, frozen=True, kw_only=True, dict=True):
    """All that a folder of plan files says. Make it with `load_plan`."""

    folder: str
    manifest: Manifest
    placed: tuple[Placed, ...]
    requirements: tuple[str, ...]
    budget: Budget
    account: Account
    other_users: OtherUsers
    objectives: tuple[tuple[str, Slo], ...] = ()
    """(file, objective) of the files in `doelen/`."""

    def of(self, kind: type[R]) -> tuple[R, ...]:
        """All records of a kind, in the order of the files."""
        return tuple(p.record for p in self.placed if type(p.record) is kind)

    def holds(self, file: str) -> bool:
        """Whether a file of this name stands in the plan's folder; never one outside it."""
        path = PurePosixPath(file)
        return not path.is_absolute() and ".." not in path.parts and (Path(self.folder) / file).is_file()

    @cached_property
    def by_id(self) -> dict[str, Row]:
        """Any record by its id."""
        return {p.record.id: p.record for p in self.placed}

    @cached_property
    def served(self) -> dict[str, tuple[str, ...]]:
        """Requirement id -> ids of the records and rows of money that answer it; one that nothing answers has none."""
        found: dict[str, list[str]] = {id: [] for id in self.requirements}
        answers = [(p.record.id, p.record.serves) for p in self.placed if isinstance(p.record, Record)]
        answers += [(row.line, row.serves) for row in (*self.budget.rows, *self.account.rows)]
        for answer, serves in answers:
            for id in serves:
                found.setdefault(id, []).append(answer)
        return {id: tuple(records) for id, records in found.items()}
