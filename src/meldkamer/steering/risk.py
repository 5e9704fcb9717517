"""The shared register of risks and chances: what may happen, what each party judges, what is done about it.

A risk is written once for the whole field; each party then says for itself whether it holds, how likely and how heavy.
A judgement is never changed, a newer one follows it: that is the history.
"""

from __future__ import annotations

import datetime
from decimal import Decimal
from typing import Literal

from meldkamer.steering.fields import Unknown
from meldkamer.steering.record import DeliveredId, ItemId, LineId, Owned, PartyId, Record, RiskId, RoleId, Row

Indicator = Literal["", "takeover", "room_silent", "room_declared_down", "outage"]
"""What the platform counts by itself (see `measured`). outage: of the services of what the risk concerns."""


class RiskMatrix(Record, frozen=True, kw_only=True):
    """How likelihood and impact become a score; the plan has exactly one.

    likelihood, impact: names of the steps, lowest first. per_year: how often a year makes a step of likelihood, lowest
    first. scores: one row per step of likelihood, one column per step of impact. levels: names of the scores from
    `levels_from` on. parties: who judges. network: how the parties' scores become one. stale_months: how long a
    judgement is fresh.
    """

    likelihood: tuple[str, ...]
    impact: tuple[str, ...]
    per_year: tuple[Decimal | int, ...]
    scores: tuple[tuple[int, ...], ...]
    levels: tuple[str, ...]
    levels_from: tuple[int, ...]
    parties: tuple[PartyId, ...]
    network: Literal["highest", "sum"]
    stale_months: int

    def level(self, score: int) -> str:
        """The name of a score."""
        return [name for name, least in zip(self.levels, self.levels_from, strict=True) if score >= least][-1]


class Risk(Owned, frozen=True, kw_only=True):
    """Something that may happen. outside: it comes from outside the rooms. sealed: what is confidential of it."""

    kind: Literal["risk", "chance"]
    outside: bool = False
    cause: str = ""
    effect: str = ""
    line: LineId | Literal[""] = ""
    concerns: tuple[DeliveredId, ...] = ()
    indicator: Indicator = ""
    sealed: str = ""


class Judgement(Row, frozen=True, kw_only=True):
    """What one party says of one risk on one day. Steps count from 1; 0 where the risk does not hold."""

    risk: RiskId
    party: PartyId
    by: RoleId
    date: datetime.date
    holds: bool
    likelihood: int = 0
    impact: int = 0
    reason: str = ""


class Treatment(Owned, frozen=True, kw_only=True):
    """What is done about a risk, what it costs (thousands of euro) and what it buys: the steps that remain."""

    risk: RiskId
    cost: int | Unknown
    likelihood_after: int | Unknown
    impact_after: int | Unknown
    state: Literal["idea", "planned", "busy", "done", "refused"]
    items: tuple[ItemId, ...] = ()
