"""The wall's figures, for whoever may read."""

from __future__ import annotations

from meldkamer.access import need
from meldkamer.desk.contract import Api, Request
from meldkamer.desk.services import Services
from meldkamer.desk.wallboard import WallView


def add_wallboard(api: Api, services: Services) -> None:
    """Register the operation."""

    @api.op("GET", "/api/wallboard", needs=need("read"))
    async def wallboard(request: Request) -> WallView:
        """Counts of every room on one scale, without anything about anybody."""
        return services.wallboard.view()
