"""What the steering screens show: values that were measured, judged and adopted, each in a struct of its own kind."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from typing import Any

import msgspec

from meldkamer.desk.rows import RoomRow
from meldkamer.domain.clock import Millis
from meldkamer.steering import (
    Account,
    Adoption,
    Board,
    Body,
    Budget,
    Continuity,
    Demand,
    Figures,
    Innovation,
    Item,
    Judgement,
    Line,
    Measured,
    MoneyNote,
    OtherUsers,
    Outcome,
    Party,
    Plan,
    Portfolio,
    Proof,
    Reconciled,
    Record,
    RiskMatrix,
    Role,
    Row,
    Sensitivities,
)


class RoomToday(msgspec.Struct, frozen=True, kw_only=True):
    """A room as the record shows it now. away: its own functions that another room serves; foreign: the reverse.

    heartbeat_age: seconds; None was not checked.
    """

    room: str
    name: str
    state: str
    since: Millis
    reason: str
    heartbeat_age: float | None
    away: tuple[str, ...]
    foreign: tuple[str, ...]


class Counted(msgspec.Struct, frozen=True, kw_only=True):
    """How often things happened in the days that the record covers."""

    since: Millis
    until: Millis
    days: int
    counts: dict[str, int]


class ToJudge(msgspec.Struct, frozen=True, kw_only=True):
    """What waits for a person. None: there are no proposals or no versions here, as nothing can be written."""

    proposals: int | None
    missing: int
    stale: int
    otherwise: int
    demands_open: int
    items_without_dates: int
    items_without_capacity: int
    unknown_amounts: int
    changes: int | None
    unreasoned: int | None


class Adopted(msgspec.Struct, frozen=True, kw_only=True):
    """What is binding. tag and identity are empty when the plan was never adopted in this repository."""

    decision: str
    date: datetime.date
    tag: str = ""
    body: str = ""
    adopted_on: str = ""
    identity: str = ""


class Checked(msgspec.Struct, frozen=True, kw_only=True):
    """What of the continuity report stands on the first screen, in its own rows."""

    rooms: dict[str, Any]
    provisions: list[Any]
    clocks: list[Any]
    plans: list[Any]
    objectives: list[Any]
    services: list[Any]
    unacknowledged: list[str]


class Today(msgspec.Struct, frozen=True, kw_only=True):
    """The first screen. counted, checked: None reads "not checked"."""

    at: Millis
    rooms: tuple[RoomToday, ...]
    counted: Counted | None
    checked: Checked | None
    waits: ToJudge
    adopted: Adopted
    names: dict[str, tuple[str, str]]


class Named(msgspec.Struct, frozen=True, kw_only=True):
    """Something of the plan with its names."""

    id: str
    name: str
    name_en: str


class PartyView(msgspec.Struct, frozen=True, kw_only=True):
    """A party that judges, and the roles of it that may speak for it."""

    id: str
    name: str
    name_en: str
    discipline: str
    roles: tuple[Named, ...]


class ReportView(msgspec.Struct, frozen=True, kw_only=True):
    """A report of the steering package as it stands there; None reads "not checked". roles, parties: for its forms."""

    report: dict[str, Any] | None
    names: dict[str, tuple[str, str]]
    roles: tuple[Named, ...]
    parties: tuple[PartyView, ...]


class RisksView(msgspec.Struct, frozen=True, kw_only=True):
    """The risk board. judgements: every one ever given, the history; counted: None reads "not checked"."""

    board: Board
    matrix: RiskMatrix | None
    parties: tuple[PartyView, ...]
    roles: tuple[Named, ...]
    judgements: tuple[Judgement, ...]
    causes: dict[str, tuple[str, str]]
    counted: Counted | None


class DemandView(msgspec.Struct, frozen=True, kw_only=True):
    """What a room asked. met: a date, "no" or "unknown"; neither recorded nor taken up (items) is met."""

    id: str
    name: str
    name_en: str
    room: str
    order: int
    recorded: datetime.date
    owner: str
    items: tuple[str, ...]
    answer: str
    met: str
    met_said_by: str


class TrialView(msgspec.Struct, frozen=True, kw_only=True):
    """A trial on its way from idea to use: what it expects, and what it showed."""

    id: str
    name: str
    name_en: str
    room: str
    state: str
    hypothesis: str
    result: str


class LinesView(msgspec.Struct, frozen=True, kw_only=True):
    """The development lines. names: of everything that an item or demand points to. adoptions: first to last."""

    portfolio: Portfolio
    roles: tuple[Named, ...]
    bodies: tuple[Named, ...]
    lines: tuple[Line, ...]
    items: tuple[Item, ...]
    demands: tuple[DemandView, ...]
    innovations: tuple[TrialView, ...]
    names: dict[str, tuple[str, str]]
    chart: str
    adoptions: tuple[Adoption, ...]


class ScenarioName(msgspec.Struct, frozen=True, kw_only=True):
    """A question of the plan's own, by the name of its file."""

    file: str
    name: str
    name_en: str
    question: str
    question_en: str


class MoneyView(msgspec.Struct, frozen=True, kw_only=True):
    """Both tables exactly as adopted, what does not add up in them, and what nobody knows yet; thousands of euro."""

    adopted: Adopted
    budget: Budget
    account: Account
    reconciled: tuple[Reconciled, ...]
    users: OtherUsers
    notes: tuple[MoneyNote, ...]
    sensitivities: Sensitivities
    scenarios: tuple[ScenarioName, ...]
    chart: str


class ScenarioView(msgspec.Struct, frozen=True, kw_only=True):
    """The answer to a question, with its drawing. figures: what the question's file says of each item."""

    outcome: Outcome
    chart: str
    figures: tuple[Figures, ...]


class WorkbookView(msgspec.Struct, frozen=True, kw_only=True):
    """The plan as a file for a spreadsheet (xlsx). data: its bytes, in base64."""

    name: str
    data: bytes


def rooms_today(rows: list[RoomRow], owners: dict[str, str], homes: dict[str, str]) -> tuple[RoomToday, ...]:
    """Every room with what it serves for others and what others serve for it. owners: function -> room now."""
    return tuple(
        RoomToday(
            room=row.room,
            name=row.name,
            state=row.state,
            since=row.since,
            reason=row.reason,
            heartbeat_age=row.heartbeat_age,
            away=tuple(
                sorted(f for f, home in homes.items() if home == row.room and owners.get(f, home) not in ("", home))
            ),
            foreign=row.foreign,
        )
        for row in rows
    )


def report_view(plan: Plan, report: Continuity | Proof | None) -> ReportView:
    """A report with what its screen needs beside it."""
    return ReportView(
        report=None if report is None else msgspec.to_builtins(report),
        names=everybody(plan),
        roles=roles_of(plan),
        parties=judging_parties(plan, next(iter(plan.of(RiskMatrix)), None)),
    )


def checked(report: Continuity) -> Checked:
    """Of the report what somebody wants to know today: what was lost, what runs out, what is not seen yet."""
    return Checked(
        rooms={row.room: msgspec.to_builtins(row) for row in report.rooms},
        provisions=[msgspec.to_builtins(row) for row in report.provisions],
        clocks=[msgspec.to_builtins(row) for row in report.clocks if row.state in ("running", "overdue")],
        plans=[msgspec.to_builtins(row) for row in report.plans if row.overdue],
        objectives=[msgspec.to_builtins(row) for row in report.objectives if row.state in ("runs out", "empty")],
        services=[msgspec.to_builtins(row) for row in report.services if row.state in ("down", "degraded")],
        unacknowledged=[row.function for row in report.functions if row.away and not row.acknowledged],
    )


def counted(measured: Measured | None) -> Counted | None:
    """The counts with their days; nothing stays nothing."""
    if measured is None:
        return None
    return Counted(since=measured.since, until=measured.until, days=measured.days, counts=dict(measured.counts))


def named(plan: Plan, ids: set[str]) -> dict[str, tuple[str, str]]:
    """Id -> name and English name, of those that have one."""
    found = ((id, plan.by_id.get(id)) for id in sorted(ids))
    return {id: (record.name, record.name_en) for id, record in found if isinstance(record, Record)}


def demand_view(demand: Demand) -> DemandView:
    """A demand as the screens show it."""
    kept = ("id", "name", "name_en", "room", "order", "recorded", "owner", "items", "answer", "met_said_by")
    return DemandView(met=str(demand.met), **{name: getattr(demand, name) for name in kept})


def trial_view(trial: Innovation) -> TrialView:
    """A trial as the screens show it."""
    return TrialView(**{name: getattr(trial, name) for name in TrialView.__struct_fields__})


def everybody(plan: Plan) -> dict[str, tuple[str, str]]:
    """Names of roles and parties by id."""
    return named(plan, {record.id for record in (*plan.of(Role), *plan.of(Party))})


def judging_parties(plan: Plan, matrix: RiskMatrix | None) -> tuple[PartyView, ...]:
    """The parties of the matrix, in its order."""
    wanted = matrix.parties if matrix is not None else ()
    parties = {party.id: party for party in plan.of(Party)}
    return tuple(
        PartyView(
            id=party.id,
            name=party.name,
            name_en=party.name_en,
            discipline=party.discipline,
            roles=tuple(_named(role) for role in plan.of(Role) if role.party == party.id),
        )
        for party in (parties[id] for id in wanted)
    )


def roles_of(plan: Plan) -> tuple[Named, ...]:
    """Every role of the plan."""
    return tuple(_named(role) for role in plan.of(Role))


def named_records(records: Sequence[Row]) -> tuple[Named, ...]:
    """Records with their names; one that has none goes by its id."""
    return tuple(
        Named(id=row.id, name=getattr(row, "name", row.id), name_en=getattr(row, "name_en", row.id)) for row in records
    )


def bodies_of(plan: Plan) -> tuple[Named, ...]:
    """Every body of the plan."""
    return tuple(_named(body) for body in plan.of(Body))


def _named(record: Record) -> Named:
    return Named(id=record.id, name=record.name, name_en=record.name_en)
