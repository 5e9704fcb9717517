"""Why: goals, frameworks, law and mandate, and the developments around the rooms."""

from __future__ import annotations

from typing import Literal

from meldkamer.steering.record import AskerId, BasisId, Owned, PartyId, Record, When


class Goal(Record, frozen=True, kw_only=True):
    """A policy goal: the top of every trace."""

    basis: tuple[BasisId, ...]


class Framework(Record, frozen=True, kw_only=True):
    """A policy framework within which the goals are reached."""

    goals: tuple[BasisId, ...]
    basis: tuple[BasisId, ...]
    fits: Literal["fits", "to be reviewed", "not yet judged"] = "not yet judged"


class Law(Record, frozen=True, kw_only=True):
    """Law, norm or mandate, with the version that the plan leans on."""

    kind: Literal["law", "norm", "mandate", "levels"]
    version: str
    since: When
    status: Literal["in force", "coming", "being replaced", "to be confirmed"]
    parties: tuple[PartyId, ...] = ()
    """For whom it holds; empty: for all."""


class Trend(Record, frozen=True, kw_only=True):
    """A development in society or technology that explains choices and feeds risks and load scenarios."""

    kind: Literal["labour", "climate", "cooperation", "technology"]
    effect: Literal["chance", "risk", "both"]


class Vision(Record, frozen=True, kw_only=True):
    """A discipline's picture of its future: input with a version, revised after the joint exploration."""

    party: PartyId
    version: str


class Text(Record, frozen=True, kw_only=True):
    """A text in Markdown that belongs to the plan."""

    file: str


class Principle(Owned, frozen=True, kw_only=True):
    """A way of working of the planning itself, with how often it comes round."""

    asked_by: tuple[AskerId, ...] = ()
    every_months: int = 0
    """How often it comes round; 0: when needed."""
