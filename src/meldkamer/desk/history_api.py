"""Looking back: when something happened beside a moment, and the proof of who looked.

The rows and details of a moment are those of `reading_api` with `at`; nothing here or there changes anything.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import msgspec
from starlette.requests import HTTPConnection

from meldkamer.access import Session, need
from meldkamer.desk.contract import Api, Request
from meldkamer.desk.history import Purpose
from meldkamer.desk.history_live import Noted
from meldkamer.desk.live import Scope
from meldkamer.desk.reading_api import At
from meldkamer.desk.services import Services
from meldkamer.domain.clock import Millis


class Beside(msgspec.Struct, frozen=True):
    """When something was stored beside a moment; null when nothing was. latest: the youngest moment that is past."""

    at: Millis | None
    latest: Millis


def add_history(api: Api, services: Services) -> None:
    """Register the operation."""

    @api.op("GET", "/api/past/beside", needs=need("read"))
    async def past_beside(request: Request, at: At, to: Literal["next", "previous"] = "next") -> Beside:
        """The moment at which something was stored just after this one, or just before."""
        found = await services.history.beside(at, to)
        latest = services.history.latest
        return Beside(found if found is None else min(found, latest), latest)


def noted_with(services: Services, identify: Callable[[HTTPConnection], Session | None]) -> Noted:
    """Records who opens a past, and why."""

    async def noted(scope: Scope, at: Millis, why: Purpose) -> bool:
        connection = HTTPConnection(scope)
        session = identify(connection)
        if session is None or "read" not in session.rights:
            return False
        origin = connection.client.host if connection.client is not None else ""
        await services.looked_back(session, sorted(session.regions), at, why, origin)
        return True

    return noted
