"""`/health`: for a load balancer in one word, for people and monitoring with every check; and the alarms from it."""

from __future__ import annotations

import msgspec

from meldkamer.access import PUBLIC, need
from meldkamer.desk.contract import Api, Request
from meldkamer.desk.health import Checked, HealthView, State
from meldkamer.desk.health_watch import Alarm
from meldkamer.desk.services import Services


class Alarms(msgspec.Struct, frozen=True, kw_only=True):
    """What the administrators see. state, checks: as found at the last look, `age` seconds ago; null and nothing before
    the first. open: the alarms that stand, the oldest first. ended: the newest that are over."""

    state: State | None
    age: float | None
    checks: tuple[Checked, ...]
    open: tuple[Alarm, ...]
    ended: tuple[Alarm, ...]


def add_health(api: Api, services: Services) -> None:
    """Register the operations."""

    @api.op("GET", "/health", needs=PUBLIC)
    async def health(request: Request) -> HealthView:
        """Is it well? Details only with a session or with the scope `health`."""
        found = await services.health.look()
        who = request.anybody
        if who is not None and (not who.machine or "health" in who.scopes):
            return found
        return HealthView(state=found.state)

    @api.op("GET", "/api/alarms", needs=need("administer", "scope:health"))
    async def alarms(request: Request) -> Alarms:
        """The alarms to the administrators: what is not well and has lasted, and what is over."""
        watch = services.monitoring.watch
        return Alarms(
            state=watch.view.state if watch.view is not None else None,
            age=None if watch.age is None else round(watch.age, 1),
            checks=watch.view.checks if watch.view is not None else (),
            open=tuple(watch.open),
            ended=tuple(watch.ended),
        )
