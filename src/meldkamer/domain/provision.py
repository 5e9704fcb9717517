"""What rooms lean on: whether a service works, maintenance that was announced, restore tests. Facts; never refused.

They stand on the own subject of the function `NL.steering`. A service has the name of the national code list or one of
the platform's own; which names there are is the plan's to say, so an unknown one is kept as it was reported.
"""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from meldkamer.domain.basics import Command, Context, Event, Refused, Short
from meldkamer.domain.clock import Millis
from meldkamer.domain.desk import RoomCode

ServiceName = Annotated[str, msgspec.Meta(min_length=1, max_length=24, pattern=r"^[A-Z0-9][A-Z0-9-]*$(?!\n)")]
Rooms = Annotated[tuple[RoomCode, ...], msgspec.Meta(max_length=64)]
"""Where; none = everywhere."""
Moment = Annotated[Millis, msgspec.Meta(ge=0, le=4_102_444_800_000)]
State = Literal["up", "degraded", "down"]
"""degraded: it works, with less than it should."""
Holds = Annotated[int, msgspec.Meta(ge=0, le=7 * 24 * 3600)]
"""Seconds; 0 = until something else is said."""


class ProvisionReported(Event, frozen=True, kw_only=True, tag="provision.reported"):
    """A service works, works with less, or does not. source: person, probe, supplier, …: what one source said stands
    until the same source says something else. holds: how many seconds this is believed; 0 = until then.
    """

    service: Short
    state: State
    rooms: tuple[Short, ...] = ()
    source: Short
    by: Short
    reason: Short = ""
    holds: int = 0


class MaintenancePlanned(Event, frozen=True, kw_only=True, tag="provision.maintenance"):
    """Work on a service was announced. risk: what may go wrong; way_back: how it is undone; approved_by: a role, or
    empty while nobody agreed."""

    service: Short
    rooms: tuple[Short, ...] = ()
    since: Millis
    until: Millis
    reason: Short
    risk: Short = ""
    way_back: Short = ""
    approved_by: Short = ""
    by: Short


class RestoreTested(Event, frozen=True, kw_only=True, tag="provision.restore_tested"):
    """A copy was put back and tried. seconds: until it could be used; good: whether all was there and whole."""

    service: Short
    seconds: float
    good: bool
    by: Short
    reason: Short = ""


class ReportProvision(Command, frozen=True, kw_only=True, tag="report_provision"):
    """Say that a service works, works with less, or does not. holds: for a probe that reports again and again: when it
    falls silent, what it said last is believed no longer than this."""

    service: ServiceName
    state: State
    rooms: Rooms = ()
    source: Annotated[Short, msgspec.Meta(min_length=1)] = "person"
    reason: Short = ""
    holds: Holds = 0


class PlanMaintenance(Command, frozen=True, kw_only=True, tag="plan_maintenance"):
    """Announce work on a service."""

    service: ServiceName
    rooms: Rooms = ()
    since: Moment
    until: Moment
    reason: Annotated[Short, msgspec.Meta(min_length=1)]
    risk: Short = ""
    way_back: Short = ""
    approved_by: Short = ""


class NoteRestoreTest(Command, frozen=True, kw_only=True, tag="note_restore_test"):
    """Keep the result of putting a copy back."""

    service: ServiceName
    seconds: Annotated[float, msgspec.Meta(ge=0)]
    good: bool
    reason: Short = ""


ProvisionCommand = ReportProvision | PlanMaintenance | NoteRestoreTest


def decide(command: ProvisionCommand, context: Context) -> list[Event]:
    """What follows. Only a stretch that ends before it begins is refused: it says nothing."""
    match command:
        case ReportProvision():
            return [
                ProvisionReported(
                    service=command.service,
                    state=command.state,
                    rooms=command.rooms,
                    source=command.source,
                    by=context.actor,
                    reason=command.reason,
                    holds=command.holds,
                )
            ]
        case PlanMaintenance():
            if command.until <= command.since:
                raise Refused("provision.ends_before", service=command.service)
            fields = {name: getattr(command, name) for name in command.__struct_fields__}
            return [MaintenancePlanned(**fields, by=context.actor)]
        case NoteRestoreTest():
            fields = {name: getattr(command, name) for name in command.__struct_fields__}
            return [RestoreTested(**fields, by=context.actor)]
