"""LoST over HTTP (RFC 5222, section 14), for the proxies that route calls: POST of application/lost+xml.

Beside the JSON operations, because the standard fixes the body and says that its errors are answers with status 200.
What is not yet LoST is answered as HTTP: nobody signed in 401, not allowed 403, not a POST 405, too large 413, another
media type 415. Only a machine with the scope `lost` gets in.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable

from starlette.requests import ClientDisconnect, HTTPConnection
from starlette.requests import Request as HttpRequest
from starlette.types import Receive, Scope, Send

from meldkamer.access import Session, need
from meldkamer.desk.contract import ProblemError, no_session, problem_error, problem_response, read_body
from meldkamer.geo import LOST_LIMITS, LOST_MEDIA, LostServer

PATH = "/api/lost"
NEEDS = need("scope:lost")
_CONTENT_TYPE = (b"content-type", LOST_MEDIA.encode())

log = logging.getLogger(__name__)


class LostEndpoint:
    """The ASGI endpoint. identify: who is behind a connection, as for every other operation."""

    def __init__(self, server: LostServer, identify: Callable[[HTTPConnection], Session | None]) -> None:
        self._server, self._identify = server, identify

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        http = HttpRequest(scope, receive, send)
        try:
            body = await self._answer(http)
        except ClientDisconnect:
            return
        except Exception as error:
            known = problem_error(error)
            if known is None:
                log.exception("a LoST request failed")
                known = ProblemError("broken")
            await problem_response(known)(scope, receive, send)
            return
        headers = [(b"content-length", b"%d" % len(body)), _CONTENT_TYPE]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    async def _answer(self, http: HttpRequest) -> bytes:
        session = self._identify(http)
        if session is None:
            raise no_session()
        NEEDS.check(session)
        if http.method != "POST":
            raise ProblemError("not_allowed", headers={"Allow": "POST"})
        body = await read_body(http, LOST_MEDIA, LOST_LIMITS.bytes)
        quick, answer = self._server.prepare(body)
        return answer() if quick else await asyncio.to_thread(answer)
