"""What the continuity report is made of. Moments are milliseconds UTC; None is "not checked", not "fine"."""

from __future__ import annotations

import datetime
from typing import Literal

import msgspec

from meldkamer.domain.clock import Millis
from meldkamer.steering.fields import Unknown

Verdict = Literal["within", "over", "not checked", "no target"]
"""Of what was measured against a target; nothing measured is "not checked"."""

ServiceState = Literal["up", "degraded", "down", "not checked"]
BudgetState = Literal["fine", "runs out", "empty", "not checked"]
"""Of an error budget."""


class Availability(msgspec.Struct, frozen=True, kw_only=True):
    """How long something was measured and how much of that it was lost. percent: 0 to 100.

    unknown_seconds: at most so much more, around restarts, when nobody could tell. agreed_seconds: the part of the
    lost time that fell in maintenance announced before and approved; it is named, and never subtracted.
    degraded_seconds: so long it worked with less than it should; that is not lost, and not hidden either.
    """

    since: Millis
    seconds: float
    lost_seconds: float
    unknown_seconds: float
    agreed_seconds: float
    interruptions: int
    percent: float
    degraded_seconds: float = 0.0


class Tested(msgspec.Struct, frozen=True, kw_only=True):
    """Exercises and drills: how many, the newest, how old it is, and the recovery that it showed."""

    count: int
    last: Millis | None
    age_days: float | None
    seconds: float | None


class FunctionRow(msgspec.Struct, frozen=True, kw_only=True):
    """One function. target_seconds: from the impact analysis. last_seconds, worst_seconds: of takeovers that happened.

    verdict: the newest takeover or exercise against the target.
    """

    function: str
    kind: str
    region: str
    home: str
    owner: str
    away: bool
    since: Millis | None
    acknowledged: bool
    availability: Availability | None
    target_seconds: int | Unknown | None
    confirmed: bool
    takeovers: int
    last_at: Millis | None
    last_age_days: float | None
    last_seconds: float | None
    last_ground: str
    last_to: str
    worst_seconds: float | None
    hand_backs: int
    tested: Tested
    verdict: Verdict


class RoomRow(msgspec.Struct, frozen=True, kw_only=True):
    """One room. state: as the record says it now."""

    room: str
    name: str
    state: Literal["up", "silent", "down"]
    availability: Availability | None
    fell_silent: int
    declared_down: int
    last_at: Millis | None
    last_reason: str
    owns: int
    holds_for_others: int
    tested: Tested


class ServiceRow(msgspec.Struct, frozen=True, kw_only=True):
    """One service by name. state: the worst that is said of it now; "not checked" when nobody says anything, or did so
    too long ago. last_*: of the newest outage. heard_at, heard_from: of the newest word of any kind."""

    service: str
    name: str
    name_en: str
    national: bool
    provision: str
    state: ServiceState
    down_in: tuple[str, ...]
    availability: Availability | None
    last_at: Millis | None
    last_seconds: float | None
    last_source: str
    last_reason: str
    heard_at: Millis | None
    heard_from: str
    target_seconds: int | Unknown | None
    confirmed: bool
    tested: Tested
    verdict: Verdict


class ProvisionRow(msgspec.Struct, frozen=True, kw_only=True):
    """A line of the plan: lost while any of its services was down, as far as those are checked. down: which are now."""

    provision: str
    name: str
    name_en: str
    availability: Availability | None
    checked: tuple[str, ...]
    not_checked: tuple[str, ...]
    down: tuple[str, ...] = ()


class ChainPart(msgspec.Struct, frozen=True, kw_only=True):
    """A part of a chain. lost_seconds: None reads "not checked"."""

    part: str
    kind: Literal["function", "service"]
    lost_seconds: float | None


class ChainRow(msgspec.Struct, frozen=True, kw_only=True):
    """A chain in one region. It works only while all parts do. whole: every part was checked; while that is not so the
    availability is only an upper bound."""

    chain: str
    name: str
    name_en: str
    region: str
    availability: Availability | None
    whole: bool
    parts: tuple[ChainPart, ...]


class ObjectiveRow(msgspec.Struct, frozen=True, kw_only=True):
    """An objective and what is left of its error budget. target, reached: shares, 0 to 1; reached None: not checked.

    budget, spent: minutes for slices of time, cases for occurrences. burn: share of the budget that is spent (1 = all).
    agreed: of what was spent, what fell in maintenance announced before and approved; it counts all the same.
    state: "runs out" while it is spent so fast that it will not last its window; "empty" once all is spent.
    empty_in_days: at the pace of the last tenth of the window; None where nothing was spent in it.
    """

    file: str
    objective: str
    name: str
    service: str
    about: str
    method: str
    window_days: float
    since: Millis
    target: float
    reached: float | None
    budget: float
    spent: float | None
    burn: float | None
    of: float
    unit: Literal["minutes", "cases"]
    agreed: float = 0.0
    state: BudgetState = "not checked"
    empty_in_days: float | None = None


class ImpactRow(msgspec.Struct, frozen=True, kw_only=True):
    """A row of the business impact analysis with what was measured beside it."""

    impact: str
    name: str
    name_en: str
    about: str
    accountable: str
    needs: tuple[str, ...]
    after: tuple[int, ...]
    weight: tuple[int, ...]
    recover_seconds: int | Unknown
    lose_seconds: int | Unknown
    confirmed: bool
    reviewed: datetime.date | Unknown
    measured_seconds: float | None
    measured_at: Millis | None
    verdict: Verdict


class PlanRow(msgspec.Struct, frozen=True, kw_only=True):
    """A continuity plan and its test. due: by when it has to be tested (again); overdue: that day is past."""

    plan: str
    name: str
    name_en: str
    file: str
    version: str
    date: datetime.date
    accountable: str
    tests: int
    last: Millis | None
    due: datetime.date
    overdue: bool


class OptionRow(msgspec.Struct, frozen=True, kw_only=True):
    """An option, by minutes a year that it avoids per thousand euro. minutes_lost: measured, of what it is about.

    per_thousand: None where cost or share is unknown or nothing was measured; such a row stands last.
    """

    option: str
    name: str
    name_en: str
    state: str
    cost_per_year: int | Unknown
    avoids: int | Unknown
    minutes_lost_per_year: float | None
    minutes_avoided: float | None
    per_thousand: float | None


class ClockRow(msgspec.Struct, frozen=True, kw_only=True):
    """A legal clock that runs or ran. state: running, done (in time), late (done too late), overdue (not done)."""

    notifiable: str
    name: str
    clock: str
    to: str
    known: datetime.datetime
    due: datetime.datetime
    done: datetime.datetime | None
    state: Literal["running", "done", "late", "overdue"]
    left_hours: float
    confirmed: bool


class ProcessRow(msgspec.Struct, frozen=True, kw_only=True):
    """A process and how far each party is. levels: party -> level, 0 for not yet judged."""

    process: str
    name: str
    name_en: str
    target: int | Unknown
    names: tuple[str, ...]
    levels: dict[str, int]


class Continuity(msgspec.Struct, frozen=True, kw_only=True):
    """The whole report. covers: what the record covers, None for an empty record. gaps: damaged places, in words."""

    now: Millis
    since: Millis
    covers: tuple[Millis, Millis] | None
    gaps: tuple[str, ...]
    functions: tuple[FunctionRow, ...]
    rooms: tuple[RoomRow, ...]
    services: tuple[ServiceRow, ...]
    provisions: tuple[ProvisionRow, ...]
    chains: tuple[ChainRow, ...]
    objectives: tuple[ObjectiveRow, ...]
    impacts: tuple[ImpactRow, ...]
    plans: tuple[PlanRow, ...]
    options: tuple[OptionRow, ...]
    clocks: tuple[ClockRow, ...]
    processes: tuple[ProcessRow, ...]
