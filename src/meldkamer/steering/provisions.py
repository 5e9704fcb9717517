"""With what: provisions, systems, and the registers that the law asks for."""

from __future__ import annotations

from typing import Literal

from meldkamer.steering.fields import Unknown
from meldkamer.steering.record import (
    AgreementId,
    BasisId,
    ExpertiseId,
    ItemId,
    Owned,
    PartyId,
    ProvisionId,
    Record,
    RoleId,
    SystemId,
    Year,
)


class Provision(Owned, frozen=True, kw_only=True):
    """One line of the budget with what it provides. `budget_line` is its row in the budget table."""

    kind: Literal["provision", "other users", "management", "office"]
    manager: RoleId
    budget_line: str
    state: Literal["works", "being renewed", "unknown"]
    recovered: bool = False
    """Its costs are recovered from its users."""


class System(Owned, frozen=True, kw_only=True):
    """An application or network: register, ownership and target architecture in one record.

    Both level schemes stand beside each other while the older gives way to the newer.
    """

    provision: ProvisionId
    owner: PartyId | Unknown
    owner_consequences: str = ""
    rule_changes: str = ""
    critical: bool
    lifecycle: Literal["in use", "on the pilot flame", "to be replaced", "being prepared", "studied", "unknown"]
    target: Literal["keep", "harmonise", "replace", "new", "not yet chosen"]
    replaced_by: SystemId | Literal[""] = ""
    needs: tuple[SystemId, ...] = ()
    bbn_target: Literal["BBN1", "BBN2", "BBN3", "unknown"] = "unknown"
    bbn_reached: Literal["BBN1", "BBN2", "BBN3", "unknown"] = "unknown"
    bio2_scope: Literal["in scope", "out of scope", "unknown"] = "unknown"
    minimum_by: Year = "unknown"
    analysis: str = ""
    """The impact analysis that the level follows from."""


class SideService(Owned, frozen=True, kw_only=True):
    """A service or task outside the legal mandate; accepted only when capacity for it is shown."""

    asked_by: tuple[PartyId, ...]
    state: Literal["being weighed", "accepted", "refused", "ended"]
    mandate: Literal["inside", "outside", "unclear"]
    agreement: AgreementId | Unknown = "unknown"
    capacity: int | Unknown = "unknown"
    """Full-time years per year."""
    expertise: tuple[ExpertiseId, ...] = ()


class Algorithm(Owned, frozen=True, kw_only=True):
    """An entry of the algorithm register."""

    risk: Literal["high", "limited", "minimal", "not yet judged"]
    basis: tuple[BasisId, ...]
    oversight: str
    """How a person decides; for a high risk never empty."""
    state: Literal["idea", "trial", "in use", "stopped"]
    items: tuple[ItemId, ...] = ()


class Processing(Owned, frozen=True, kw_only=True):
    """An entry of the register of processing activities: who answers for which data."""

    controllers: tuple[PartyId, ...]
    purpose: str
    compartment: Literal["caller", "medical", "police", "staff", "none"]
    basis: tuple[BasisId, ...]
    retention: str
    retention_status: Literal["confirmed", "to be confirmed"]


class Expertise(Record, frozen=True, kw_only=True):
    """A skill, how much of it there is and how scarce it is. fte: full-time equivalents."""

    supply_fte: int | Unknown
    scarce: bool


class Condition(Owned, frozen=True, kw_only=True):
    """What must be true before an item may go on."""

    met: Literal["met", "not met", "not yet judged"]
    test: str
    """How one sees that it is met."""
