"""`/health`: for a load balancer in one word, for people and monitoring with every check."""

from __future__ import annotations

from meldkamer.access import PUBLIC
from meldkamer.desk.contract import Api, Request
from meldkamer.desk.health import HealthView
from meldkamer.desk.services import Services


def add_health(api: Api, services: Services) -> None:
    """Register the operation."""

    @api.op("GET", "/health", needs=PUBLIC)
    async def health(request: Request) -> HealthView:
        """Is it well? Details only with a session or with the scope `health`."""
        found = await services.health.look()
        who = request.anybody
        if who is not None and (not who.machine or "health" in who.scopes):
            return found
        return HealthView(state=found.state)
