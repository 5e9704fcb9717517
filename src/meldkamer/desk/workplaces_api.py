"""Which windows belong to the workplace of whoever asks."""

from __future__ import annotations

import asyncio

from meldkamer.access import need
from meldkamer.desk.contract import Api, Request
from meldkamer.desk.services import Services
from meldkamer.desk.workplaces import WorkplaceView


def add_workplaces(api: Api, services: Services) -> None:
    """Register the operation."""

    @api.op("GET", "/api/workplace", needs=need("read"))
    async def workplace(request: Request) -> WorkplaceView:
        """The windows of the own seat, from the file of the room or as they are without one."""
        session = request.session
        await asyncio.to_thread(services.workplaces.look)
        return services.workplaces.of(session.room, services.seat(session), "multi" in session.qualified)
