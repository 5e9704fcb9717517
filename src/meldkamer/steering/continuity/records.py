"""What the plan says about continuity: services, chains, impact, plans, options, processes, clocks. Judged, by owners.

What was measured stands nowhere here; it comes from the record (see `facts`).
"""

from __future__ import annotations

import datetime
from typing import Annotated, Literal

from meldkamer.steering.fields import Unknown, refers
from meldkamer.steering.record import (
    BasisId,
    Owned,
    PartyId,
    ProvisionId,
    Record,
    RoleId,
    Row,
    SystemId,
    When,
)

ServiceId = Annotated[str, refers("service")]
ClockId = Annotated[str, refers("clock")]
ContinuityPlanId = Annotated[str, refers("continuity_plan")]
ImpactId = Annotated[str, refers("impact")]

FUNCTION_KINDS = ("112", "intake", "dispatch", "multi", "crisis", "steering")
"""The kinds of function of the network; `intake` and `dispatch` stand for those of all disciplines."""

FunctionKind = Literal["112", "intake", "dispatch", "multi", "crisis", "steering"]


class Service(Record, frozen=True, kw_only=True):
    """Something a room leans on, by the name under which its outages are reported. national: on the national code list.

    provision: the line of the plan that delivers it. system: the application, where the register has it.
    """

    national: bool
    provision: ProvisionId
    system: SystemId | Literal[""] = ""


class Chain(Owned, frozen=True, kw_only=True):
    """What must work together for one thing to succeed; it works only while all of its parts do."""

    functions: tuple[FunctionKind, ...]
    services: tuple[ServiceId, ...]


class Impact(Owned, frozen=True, kw_only=True):
    """Business impact of one function or service that is gone. Exactly one of `function` and `service` is named.

    after, weight: after so many minutes without it the impact weighs so much, 1 (felt) to 5 (lives). recover_seconds:
    within this it works again. lose_seconds: so much of what was recorded may be lost. confirmed: the owner says so;
    otherwise the target is only where we begin.
    """

    function: FunctionKind | Literal[""] = ""
    service: ServiceId | Literal[""] = ""
    needs: tuple[ImpactId, ...] = ()
    after: tuple[int, ...] = ()
    weight: tuple[int, ...] = ()
    recover_seconds: int | Unknown
    lose_seconds: int | Unknown
    confirmed: bool
    reviewed: When


class ContinuityPlan(Owned, frozen=True, kw_only=True):
    """A plan for when things fail: a text with a version. every_months: how often it is tested at least.

    for_functions, for_services: what it is about; an exercise of one of these, or one that names the plan, tests it.
    """

    file: str
    version: str
    date: datetime.date
    every_months: int
    for_functions: tuple[FunctionKind, ...] = ()
    for_services: tuple[ServiceId, ...] = ()


class Option(Owned, frozen=True, kw_only=True):
    """Something that could be done. cost_per_year: thousands of euro. avoids: share of the lost minutes, 0 to 100.

    The minutes are those that were measured of what it is about; the share is the owner's judgement.
    """

    for_functions: tuple[FunctionKind, ...] = ()
    for_services: tuple[ServiceId, ...] = ()
    cost_per_year: int | Unknown
    avoids: int | Unknown
    state: Literal["idea", "planned", "busy", "done", "refused"]


class Process(Owned, frozen=True, kw_only=True):
    """A process that all parties run: response to incidents and crises, changes. levels: names, lowest first."""

    levels: tuple[str, ...]
    target: int | Unknown
    """The level it must reach, counted from 1."""
    basis: tuple[BasisId, ...] = ()


ProcessId = Annotated[str, refers("process")]


class Maturity(Row, frozen=True, kw_only=True):
    """How far one party has come in one process, as it says itself. A newer one follows an older."""

    process: ProcessId
    party: PartyId
    by: RoleId
    date: datetime.date
    level: int
    reason: str = ""


class LegalClock(Record, frozen=True, kw_only=True):
    """A term that the law sets. Exactly one of hours and months is above 0. status: whether the term was confirmed."""

    hours: int = 0
    months: int = 0
    to: str
    basis: tuple[BasisId, ...]
    status: Literal["confirmed", "to be confirmed"]


class Notifiable(Owned, frozen=True, kw_only=True):
    """Something that has to be reported: which clocks run from when it was known. cause: found afterwards."""

    known: datetime.datetime
    clocks: tuple[ClockId, ...]
    closed: datetime.datetime | Literal[""] = ""
    cause: str = ""


NotifiableId = Annotated[str, refers("notifiable")]


class Notification(Row, frozen=True, kw_only=True):
    """That a report was made: it stops one clock."""

    notifiable: NotifiableId
    clock: ClockId
    at: datetime.datetime
    by: RoleId
