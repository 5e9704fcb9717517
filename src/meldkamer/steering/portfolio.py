"""What is done: development lines with their items, what the rooms asked, and trials."""

from __future__ import annotations

import datetime
from typing import Literal

from meldkamer.steering.fields import Unknown
from meldkamer.steering.record import (
    AskerId,
    BasisId,
    BodyId,
    ConditionId,
    DecisionId,
    DeliveredId,
    DemandId,
    ExpertiseId,
    GoalId,
    ItemId,
    LineId,
    Owned,
    Record,
    RoleId,
    Row,
    SiteId,
    Year,
)

Layer = Literal["technology", "organisation", "chain", "systems", "processes", "behaviour"]


class Line(Owned, frozen=True, kw_only=True):
    """A development line. base: it carries the others; axis runs from 0 (continuity) to 10 (renewal)."""

    order: int
    base: bool
    axis: int
    goals: tuple[GoalId, ...]
    capacity_share: Literal["largest", "unknown"] = "unknown"


class Item(Owned, frozen=True, kw_only=True):
    """A piece of work. Its place on the axis is the owner's judgement, 0 continuity to 10 renewal.

    horizon: T0 keeps today going, T1 makes tomorrow. start, end: calendar years, both included.
    """

    line: LineId
    theme: str
    axis: int
    horizon: Literal["T0", "T1"]
    goals: tuple[GoalId, ...]
    asked_by: tuple[AskerId, ...]
    push: bool = False
    """Technology offers it, beside what was asked."""
    cites: tuple[BasisId, ...] = ()
    concerns: tuple[DeliveredId, ...] = ()
    start: Year = "unknown"
    end: Year = "unknown"
    beyond: str = ""
    """Why it begins before or ends after the years of the plan."""
    state: Literal["planned", "busy", "done", "stopped"] = "planned"
    needs: tuple[ItemId, ...] = ()
    conditions: tuple[ConditionId, ...] = ()
    expertise: tuple[ExpertiseId, ...] = ()
    capacity: int | Unknown = "unknown"
    """Full-time years in all."""
    gain: int | Unknown = "unknown"
    """Full-time years per year that it frees in the rooms."""
    layers: tuple[Layer, ...] = ()
    sustainability: Literal["helps", "neutral", "harms", "not yet judged"] = "not yet judged"
    steered_by: BodyId | Literal[""] = ""
    """A body outside the usual governance, where one steers it."""
    included: Literal["budget", "account", "not quantified", "unknown"] = "unknown"
    """Where its money stands."""


class Demand(Record, frozen=True, kw_only=True):
    """What a room asked. Recorded is not met: only the room itself says that it is met."""

    room: SiteId
    order: int
    recorded: datetime.date
    owner: RoleId
    items: tuple[ItemId, ...]
    """The work that answers it; empty: nobody has taken it up."""
    weighed_by: BodyId | Literal[""] = ""
    answer: str = ""
    decision: DecisionId | Literal[""] = ""
    met: datetime.date | Unknown | Literal["no"] = "no"
    met_said_by: RoleId | Literal[""] = ""


class Innovation(Owned, frozen=True, kw_only=True):
    """A trial on its way from idea to use, per room."""

    room: SiteId
    state: Literal["idea", "experiment", "adopted", "stopped"]
    goals: tuple[GoalId, ...]
    demands: tuple[DemandId, ...] = ()
    hypothesis: str = ""
    measure: str = ""
    until: datetime.date | Unknown = "unknown"
    result: str = ""
    capacity: int | Unknown = "unknown"
    expertise: tuple[ExpertiseId, ...] = ()


class Change(Row, frozen=True, kw_only=True):
    """Why something in the plan was changed. of: the id of a record or of a row of money, also of one that is gone."""

    of: str
    reason: str
    by: RoleId
    date: datetime.date


class MoneyNote(Record, frozen=True, kw_only=True):
    """A row of the plan's lists beside its tables: included, not included, or charged to the account."""

    list: Literal["included", "not included", "charged to the account", "purpose of the balance"]
    part_of: str = ""
    time: Literal["known", "unknown"]
    amount: Literal["in the budget", "unknown"]
    scenario: str = ""
    """The scenario file that explores it."""
    items: tuple[ItemId, ...] = ()
    source: DecisionId
