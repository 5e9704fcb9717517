"""`GET /metrics`: the figures of a room as Prometheus reads them, for monitoring and for administrators.

Beside the JSON operations, because Prometheus fixes the form. Deny by default: a machine needs the scope `health` (its
token goes into Prometheus' `bearer_token_file`), a person the right `administer`.
"""

from __future__ import annotations

import logging
from collections.abc import Callable

from starlette.requests import HTTPConnection
from starlette.requests import Request as HttpRequest
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from meldkamer.access import Session, need
from meldkamer.desk.contract import ProblemError, no_session, problem_error, problem_response
from meldkamer.desk.metrics import Metrics
from meldkamer.desk.services import Services
from meldkamer.prometheus import MEDIA

PATH = "/metrics"
NEEDS = need("administer", "scope:health")

log = logging.getLogger(__name__)


def metrics_route(services: Services, identify: Callable[[HTTPConnection], Session | None]) -> Route:
    """The route, for the application."""
    return Route(PATH, MetricsEndpoint(services.monitoring.metrics, identify))


class MetricsEndpoint:
    """The ASGI endpoint. identify: who is behind a connection, as for every other operation."""

    def __init__(self, metrics: Metrics, identify: Callable[[HTTPConnection], Session | None]) -> None:
        self._metrics, self._identify = metrics, identify

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        http = HttpRequest(scope, receive, send)
        try:
            response = await self._response(http)
        except Exception as error:
            known = problem_error(error)
            if known is None:
                log.exception("the figures failed")
                known = ProblemError("broken")
            response = problem_response(known)
        await response(scope, receive, send)

    async def _response(self, http: HttpRequest) -> Response:
        session = self._identify(http)
        if session is None:
            raise no_session()
        NEEDS.check(session)
        if http.method not in ("GET", "HEAD"):
            raise ProblemError("not_allowed", headers={"Allow": "GET, HEAD"})
        text = await self._metrics.text()
        return Response(b"" if http.method == "HEAD" else text, media_type=MEDIA)
