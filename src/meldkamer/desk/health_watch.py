"""Looks at the health again and again, and makes an alarm of what lasts.

Checks of one kind are one alarm (ten silent rooms are one, not ten). A state must last before it is an alarm, and must
be over for a while before the alarm ends: what comes and goes is one alarm that says how often, not twenty.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence

import msgspec

from meldkamer.desk.health import Checked, Health, HealthView, State, worst
from meldkamer.desk.runbooks import kind, runbook
from meldkamer.domain.clock import Clock, Millis

LOOK_SECONDS = 10.0
LASTS_SECONDS: Mapping[State, float] = {"degraded": 30.0, "could_not_check": 60.0}
"""How long a state must last before it is an alarm. What could not be checked may be a slow moment."""
OVER_SECONDS = 60.0
"""How long all must be fine before an alarm ends, or before what came and went is forgotten."""
ENDED_KEPT = 50

log = logging.getLogger(__name__)


class Alarm(msgspec.Struct, frozen=True, kw_only=True):
    """One alarm. kind: of the checks that it groups. checks: which of them are not fine (of an ended one: were last).
    since: when it began; raised: when it became an alarm; ended: when it was over, which shows OVER_SECONDS later.
    times: how often it came back."""

    id: str
    kind: str
    state: State
    checks: tuple[str, ...]
    detail: str
    run: str
    since: Millis
    raised: Millis
    ended: Millis | None = None
    times: int = 1


Tell = Callable[[Alarm], None]
"""Told of each alarm twice: when it is raised and when it has ended. Must not raise."""


class _Trouble(msgspec.Struct):
    """A kind of check that is not fine, or was until just now. Times in monotonic seconds, since in milliseconds."""

    since: Millis
    began: float
    fine_from: float | None = None
    times: int = 1
    alarm: Alarm | None = None


class HealthWatch:
    """The rule. tell: where alarms go. open: those that were open when this process last ended; they stay open until
    they are over here."""

    def __init__(self, health: Health, clock: Clock, tell: Sequence[Tell], open: Sequence[Alarm] = ()) -> None:
        self._health, self._clock, self._tell = health, clock, tuple(tell)
        self._troubles = {a.kind: _Trouble(a.since, clock.monotonic(), None, a.times, a) for a in open}
        self._ended: list[Alarm] = []
        self._view: HealthView | None = None
        self._looked = 0.0

    @property
    def view(self) -> HealthView | None:
        """What was found the last time; None before the first."""
        return self._view

    @property
    def age(self) -> float | None:
        """Seconds since that was found."""
        return None if self._view is None else self._clock.monotonic() - self._looked

    @property
    def open(self) -> list[Alarm]:
        """The alarms that stand, the oldest first."""
        return sorted((t.alarm for t in self._troubles.values() if t.alarm is not None), key=lambda a: a.raised)

    @property
    def ended(self) -> list[Alarm]:
        """The newest that are over, the newest first."""
        return self._ended[::-1]

    async def run(self) -> None:
        """Look for ever."""
        while True:
            await self.look()
            await self._clock.wait(LOOK_SECONDS)

    async def look(self) -> None:
        """Look once, and raise or end what is due."""
        self._view = await self._health.look()
        self._looked = self._clock.monotonic()
        by_kind: dict[str, list[Checked]] = {}
        for check in self._view.checks:
            by_kind.setdefault(kind(check.name), []).append(check)
        for name in {*by_kind, *self._troubles}:
            self._judge(name, [check for check in by_kind.get(name, ()) if check.state != "fine"])

    def _judge(self, name: str, bad: list[Checked]) -> None:
        trouble = self._troubles.get(name)
        if bad:
            self._bad(name, bad, trouble)
        elif trouble is not None:
            if trouble.fine_from is None:
                trouble.fine_from = self._looked
            quiet = self._looked - trouble.fine_from
            if quiet >= OVER_SECONDS:
                del self._troubles[name]
                if trouble.alarm is not None:
                    self._end(trouble.alarm, quiet)

    def _bad(self, name: str, bad: list[Checked], trouble: _Trouble | None) -> None:
        if trouble is None:
            trouble = self._troubles[name] = _Trouble(self._clock.now(), self._looked)
        elif trouble.fine_from is not None:
            trouble.fine_from = None
            trouble.times += 1
        state = worst([check.state for check in bad])
        raised = trouble.alarm
        if raised is None and self._looked - trouble.began < LASTS_SECONDS[state]:
            return
        now = self._clock.now()
        trouble.alarm = Alarm(
            id=f"{name} {trouble.since}",
            kind=name,
            state=state,
            checks=tuple(check.name for check in bad),
            detail="; ".join(dict.fromkeys(check.detail for check in bad)),
            run=runbook(name),
            since=trouble.since,
            raised=now if raised is None else raised.raised,
            times=trouble.times,
        )
        if raised is None:
            self._say(trouble.alarm)

    def _end(self, alarm: Alarm, quiet: float) -> None:
        over = msgspec.structs.replace(alarm, ended=self._clock.now() - int(quiet * 1000))
        self._ended = [*self._ended, over][-ENDED_KEPT:]
        self._say(over)

    def _say(self, alarm: Alarm) -> None:
        for tell in self._tell:
            tell(alarm)
