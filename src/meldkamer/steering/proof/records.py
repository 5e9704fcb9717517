"""What the plan says about security: measures by number in our own words, what each party judges, its norms, advice."""

from __future__ import annotations

import datetime
from typing import Annotated, Literal

from meldkamer.steering.fields import refers
from meldkamer.steering.record import ItemId, Owned, PartyId, Record, RoleId, Row

MeasureId = Annotated[str, refers("measure")]

DEGREES = 4
"""The highest degree: 0 nothing, 1 begun, 2 partly, 3 largely, 4 fully."""


class Measure(Row, frozen=True, kw_only=True):
    """A measure of a framework by its number: a row of `kaders/*.csv`. query: the name of what the record shows.
    accountable: who reviews what the parties say of it."""

    framework: str
    name: str
    name_en: str
    accountable: RoleId
    query: str = ""

    @property
    def number(self) -> str:
        """The number in its framework, `5.30.01`."""
        return self.id.partition("-")[2]


class Applied(Row, frozen=True, kw_only=True):
    """What one party says of one measure on one day. A government measure cannot be accepted away: it applies, or the
    reason says why it does not. fresh_months: how long this is believed."""

    measure: MeasureId
    party: PartyId
    by: RoleId
    date: datetime.date
    applicable: bool
    degree: int = 0
    evidence: str = ""
    reason: str = ""
    fresh_months: int = 12


class Norm(Record, frozen=True, kw_only=True):
    """A norm that a party has beside the common frameworks, and the measures that it touches."""

    party: PartyId
    version: str
    measures: tuple[MeasureId, ...]


class Advice(Owned, frozen=True, kw_only=True):
    """A measure that another programme advises: followed, joined (we use theirs) or refused with a reason."""

    given_by: PartyId
    answer: Literal["not yet answered", "followed", "joined", "refused"]
    date: datetime.date | Literal[""] = ""
    reason: str = ""
    measures: tuple[MeasureId, ...] = ()
    items: tuple[ItemId, ...] = ()
