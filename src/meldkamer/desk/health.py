"""Is it well? Each check says fine, degraded, or could not check: a state of its own, never shown as fine."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from typing import Literal

import msgspec

from meldkamer.desk.runbooks import runbook
from meldkamer.domain.clock import Clock

State = Literal["fine", "degraded", "could_not_check"]
CHECK_SECONDS = 2.0
"""How long a check may take before it counts as one that could not be made."""

log = logging.getLogger(__name__)


class Found(msgspec.Struct, frozen=True):
    """What a check found. age: seconds since the thing it looks at was last true; None when that says nothing.

    number: the figure that it judges, for the metrics (what it counts follows from the check); None when there is none.
    """

    state: State
    detail: str = ""
    age: float | None = None
    number: float | None = None


class Checked(msgspec.Struct, frozen=True, kw_only=True):
    """One check's answer. number: see Found. run: the page of `docs/run/` for whoever has to mend it."""

    name: str
    state: State
    detail: str
    age: float | None
    number: float | None = None
    run: str = ""


class HealthView(msgspec.Struct, frozen=True, kw_only=True):
    """All together: the worst of all. checks: empty for whoever may not see details."""

    state: State
    checks: tuple[Checked, ...] = ()


Check = Callable[[], Awaitable[Found]]


class Health:
    """Runs its checks when asked, side by side, each with a bound."""

    def __init__(self, checks: Sequence[tuple[str, Check]], clock: Clock) -> None:
        self._checks, self._clock = tuple(checks), clock

    async def look(self) -> HealthView:
        """Ask every check. With no check at all nothing was checked."""
        checked = tuple(await asyncio.gather(*(self._one(name, check) for name, check in self._checks)))
        return HealthView(state=worst([c.state for c in checked]), checks=checked)

    async def _one(self, name: str, check: Check) -> Checked:
        looking = asyncio.ensure_future(check())
        patience = asyncio.ensure_future(self._clock.wait(CHECK_SECONDS))
        try:
            await asyncio.wait([looking, patience], return_when=asyncio.FIRST_COMPLETED)
            if not looking.done():
                return self._not_checked(name, "no answer in time")
            found = looking.result()
        except Exception as error:
            log.warning("health check %s: %s", name, error)
            return self._not_checked(name, type(error).__name__)
        finally:
            looking.cancel()
            patience.cancel()
        return Checked(
            name=name, state=found.state, detail=found.detail, age=found.age, number=found.number, run=runbook(name)
        )

    @staticmethod
    def _not_checked(name: str, why: str) -> Checked:
        return Checked(name=name, state="could_not_check", detail=why, age=None, run=runbook(name))


def worst(states: Sequence[State]) -> State:
    """Degraded before could not check before fine; nothing checked is could not check."""
    if "degraded" in states:
        return "degraded"
    return "could_not_check" if "could_not_check" in states or not states else "fine"


def by_age(age: Callable[[], float | None], limit: float, what: str) -> Check:
    """A check of something that must have happened within `limit` seconds; None means that nobody knows."""

    async def check() -> Found:
        seconds = age()
        if seconds is None:
            return Found("could_not_check", f"{what}: not seen yet")
        return Found("fine" if seconds <= limit else "degraded", f"{what} {seconds:.1f} s ago", round(seconds, 1))

    return check


def by_count(count: Callable[[], Awaitable[int]], limit: int, what: str) -> Check:
    """A check of a number that must stay at or below `limit`: events not folded, orders not sent."""

    async def check() -> Found:
        number = await count()
        return Found("fine" if number <= limit else "degraded", f"{what}: {number}", number=number)

    return check
