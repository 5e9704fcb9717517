"""Watches the error budgets of the objectives, in the room that serves steering: an alarm when one runs out.

It has nothing to do with the health of the room: a service whose budget is spent may work well by now. The alarm goes
where alarms to administrators go, it ends when the budget does not run out any more, and others read the figures.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Iterable, Sequence

import msgspec

from meldkamer.desk.health_watch import Alarm, Tell
from meldkamer.desk.metrics import Gather
from meldkamer.desk.runbooks import runbook
from meldkamer.domain.basics import Refused
from meldkamer.domain.clock import Clock
from meldkamer.prometheus import Family, Sample
from meldkamer.steering import ObjectiveRow

EACH_SECONDS = 300.0
KIND = "objective"

log = logging.getLogger(__name__)

Look = Callable[[], Awaitable[Sequence[ObjectiveRow] | None]]
"""The objectives as they are now; None: could not be looked at."""


class BudgetWatch:
    """Looks again and again. serves: whether steering is served here; elsewhere nothing is worked out and nothing said.
    open: alarms that stood when this process last ended."""

    def __init__(
        self, look: Look, serves: Callable[[], bool], clock: Clock, tell: Sequence[Tell], open: Iterable[Alarm] = ()
    ) -> None:
        self._look, self._serves, self._clock, self._tell = look, serves, clock, tuple(tell)
        self._open = {alarm.checks[0]: alarm for alarm in open}
        self._rows: Sequence[ObjectiveRow] = ()
        self._looked: float | None = None

    @property
    def open(self) -> list[Alarm]:
        """The alarms that stand, oldest first."""
        return sorted(self._open.values(), key=lambda alarm: alarm.raised)

    async def run(self) -> None:
        """Look for ever."""
        while True:
            await self._clock.wait(EACH_SECONDS)
            await self.look()

    async def look(self) -> None:
        """Look once; raise and end what is due. What could not be looked at changes nothing."""
        if not self._serves():
            # Whoever serves it now raises its own: two rooms do not say the same.
            self._rows, self._looked = (), None
            for name in list(self._open):
                self._end(name)
            return
        try:
            rows = await self._look()
        except Refused as error:
            log.warning("error budgets were not looked at: %s", error)
            return
        if rows is None:
            return
        self._rows, self._looked = rows, self._clock.monotonic()
        known = {name_of(row): row for row in rows}
        for name, row in known.items():
            if row.state in ("runs out", "empty"):
                self._raise(name, row)
        for name in set(self._open) - {n for n, row in known.items() if row.state != "fine"}:
            # One that is not checked any more did not get better: its alarm stands.
            self._end(name)

    def figures(self) -> tuple[str, Gather]:
        """For monitoring, with their name. Gathering raises RuntimeError where nobody looked: then nothing is known."""

        async def gather() -> Iterable[Family]:
            if self._looked is None:
                raise RuntimeError("nobody has looked yet")
            spent = [Sample(row.burn, _labels(row)) for row in self._rows if row.burn is not None]
            reached = [Sample(row.reached, _labels(row)) for row in self._rows if row.reached is not None]
            stands = [Sample(1.0, {"objective": name}) for name in self._open]
            return [
                Family("meldkamer_objective_reached_ratio", "gauge", "What was reached, 0 to 1.", tuple(reached)),
                Family("meldkamer_error_budget_spent_ratio", "gauge", "Share of the budget; 1 = all.", tuple(spent)),
                Family("meldkamer_error_budget_alarm", "gauge", "1 for each budget that runs out.", tuple(stands)),
                Family(
                    "meldkamer_error_budget_checked_age_seconds",
                    "gauge",
                    "Seconds since the budgets were worked out.",
                    (Sample(self._clock.monotonic() - self._looked),),
                ),
            ]

        return "error budgets", gather

    def _raise(self, name: str, row: ObjectiveRow) -> None:
        now, known = self._clock.now(), self._open.get(name)
        words = _words(row)
        empty = row.state == "empty"
        if known is not None and known.times == 1 + empty:
            self._open[name] = msgspec.structs.replace(known, detail=words)
            return
        if known is not None and not empty:
            return  # it was empty, and is not quite: no news
        since = now if known is None else known.since
        alarm = Alarm(
            id=f"{KIND} {name} {since}",
            kind=KIND,
            state="degraded",
            checks=(name,),
            detail=words,
            run=runbook(KIND),
            since=since,
            raised=now,
            times=1 + empty,
        )
        self._open[name] = alarm
        self._say(alarm)

    def _end(self, name: str) -> None:
        self._say(msgspec.structs.replace(self._open.pop(name), ended=self._clock.now()))

    def _say(self, alarm: Alarm) -> None:
        for tell in self._tell:
            tell(alarm)


def name_of(row: ObjectiveRow) -> str:
    """An objective with its target: two targets have two budgets."""
    return f"{row.objective} {100 * row.target:g}%"


def _labels(row: ObjectiveRow) -> dict[str, str]:
    return {"objective": row.objective, "target": f"{row.target:g}", "service": row.service}


def _words(row: ObjectiveRow) -> str:
    spent = f"{100 * (row.burn or 0):.0f} % of the error budget of {row.service} is spent"
    if row.state == "empty" or row.empty_in_days is None:
        return spent
    return f"{spent}; at this pace all of it in {row.empty_in_days:.1f} days"
