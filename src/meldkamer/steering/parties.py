"""Who: parties, roles, bodies, suppliers, sites, and what they agreed or decided."""

from __future__ import annotations

import datetime
from typing import Literal

from meldkamer.steering.fields import Unknown
from meldkamer.steering.record import (
    AgreementId,
    BasisId,
    BodyId,
    DeliveredId,
    Owned,
    PartyId,
    Record,
    When,
)


class Party(Record, frozen=True, kw_only=True):
    """An organisation. discipline: its letter where it is one of the four."""

    kind: Literal["discipline", "manager", "ministry", "supplier", "knowledge", "other"]
    discipline: Literal["P", "B", "A", "K", ""] = ""


class Role(Record, frozen=True, kw_only=True):
    """A place that answers for things. steering: line (people) or functional (the work), kept apart."""

    party: PartyId
    steering: Literal["line", "functional"] = "functional"


class Body(Owned, frozen=True, kw_only=True):
    """A board or consultation; its members and what it decides change over time, `since` says from when."""

    members: tuple[PartyId, ...]
    outside: tuple[PartyId, ...] = ()
    decides: str
    since: When
    state: Literal["works", "being redefined", "to be formed"]


class Supplier(Owned, frozen=True, kw_only=True):
    """A supplier inside or outside the own organisation, under the same explicit terms."""

    party: PartyId
    internal: bool
    delivers: tuple[DeliveredId, ...]
    agreement: AgreementId | Unknown
    agreed_level: str
    measure: str
    """What of the record shows the level that was reached."""


class Site(Owned, frozen=True, kw_only=True):
    """A place of work: a room (its id is the room's code), or another building."""

    kind: Literal["room", "answering", "office"]
    connected: Literal["connected", "to connect", "unknown", "not applicable"]
    housing: Literal["fits", "gaps", "works", "not yet judged"]
    labour_norm: Literal["meets", "gaps", "not yet judged"] = "not yet judged"
    safety_norm: Literal["meets", "gaps", "not yet judged"] = "not yet judged"
    technical_norm: Literal["meets", "gaps", "not yet judged"] = "not yet judged"
    training: Literal["enough", "short", "not yet judged"] = "not yet judged"
    grid: Literal["enough", "full", "not yet judged"] = "not yet judged"


class Agreement(Owned, frozen=True, kw_only=True):
    """What parties agreed or still have to agree, followed until it is fulfilled."""

    parties: tuple[PartyId, ...]
    state: Literal["to be made", "made", "fulfilled", "ended"]
    version: str = ""
    until: When = "unknown"
    situation: str = ""
    """Bounds for a party that joins only in given situations."""
    nominated_by: tuple[PartyId, ...] = ()


class Decision(Record, frozen=True, kw_only=True):
    """Adopted: what, by which body, on which date. An adopted fact is stored and never recomputed."""

    body: BodyId
    date: datetime.date
    adopts: tuple[str, ...]
    """Files of the plan that the decision covers."""
    basis: tuple[BasisId, ...] = ()


class AgendaStep(Owned, frozen=True, kw_only=True):
    """A step of a body's working agenda, taken or still to take."""

    body: BodyId
    state: Literal["to take", "busy", "taken"]
    when: When
    parties: tuple[PartyId, ...] = ()
