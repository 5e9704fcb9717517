"""`/api/field/positions/live`: positions over a WebSocket that stays open, for gateways that report every few seconds.

Each message is a body of `POST /api/field/positions`, each answer is the answer to it, in order. The connection ends
with a code and a reason when the token holds no more, when something is not understood, or when it is too much.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

import msgspec
from starlette.requests import HTTPConnection

from meldkamer.access import Forbidden, Session
from meldkamer.desk import frames
from meldkamer.desk.position_reports import NEEDS, ReportedMany, take_reports
from meldkamer.desk.services import Services

PATH = "/api/field/positions/live"
PROTOCOL = "mk.positions.v1"
LONGEST = 64 * 1024
"""Bytes of a message: some five hundred positions."""
RATE, BURST = 20.0, 100.0
"""Messages a second, and at once after quiet. 10,000 units in 5 seconds are four such messages a second."""
SILENT_SECONDS = 300.0
"""A connection that says nothing for so long is closed: it holds a place that others need."""

REFUSED, TOO_LONG = 1000, 1009
SIGNED_OUT, FORBIDDEN, NOT_UNDERSTOOD, SILENT, TOO_MANY = 4401, 4403, 4400, 4408, 4429
MOST_SAID = 100
"""Characters of a reason; a close frame has room for 123 bytes."""

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Identify = Callable[[HTTPConnection], Session | None]

_decode = msgspec.json.Decoder(ReportedMany).decode
_encode = msgspec.json.Encoder().encode


class PositionsLive:
    """The endpoint, bare ASGI. Stands behind `security.Guard`, which refuses pages of other sites."""

    def __init__(self, services: Services, identify: Identify) -> None:
        self._services, self._identify = services, identify

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one gateway until either side ends it."""
        await receive()
        if PROTOCOL not in scope.get("subprotocols", ()):
            await send(frames.close(REFUSED))  # before acceptance: an HTTP 403
            return
        await send({"type": "websocket.accept", "subprotocol": PROTOCOL})
        code, reason = await self._serve(HTTPConnection(scope), receive, send)
        if code:
            await send(frames.close(code, reason[:MOST_SAID]))

    async def _serve(self, connection: HTTPConnection, receive: Receive, send: Send) -> tuple[int, str]:
        """The code and the reason with which it ends; 0 when the other side is gone."""
        clock = self._services.clock
        left, last = BURST, clock.monotonic()
        while True:
            if (refusal := self._refusal(self._identify(connection))) is not None:
                return refusal  # before the first message too: who may not, hears it at once
            message = await self._next(receive)
            if message is None:
                return SILENT, f"nothing was said for {SILENT_SECONDS:.0f} s"
            if message["type"] == "websocket.disconnect":
                return 0, ""
            now = clock.monotonic()
            left, last = min(BURST, left + (now - last) * RATE), now
            if left < 1:
                return TOO_MANY, f"at most {RATE:.0f} messages a second"
            left -= 1
            said = message.get("text") or message.get("bytes") or b""
            if len(said) > LONGEST:
                return TOO_LONG, f"at most {LONGEST} bytes a message"
            # A token can be taken back while nothing is said.
            session = self._identify(connection)
            refusal = self._refusal(session)
            if session is None or refusal is not None:
                return refusal or (SIGNED_OUT, "")
            try:
                body = _decode(said)
            except (msgspec.MsgspecError, UnicodeError, RecursionError) as error:
                return NOT_UNDERSTOOD, str(error).encode("ascii", "replace").decode()
            taken = take_reports(self._services, session, "websocket", body, clock.now())
            await send({"type": "websocket.send", "text": _encode(taken).decode()})

    @staticmethod
    def _refusal(session: Session | None) -> tuple[int, str] | None:
        """The code and the reason for one who may not report; None for one who may."""
        if session is None:
            return SIGNED_OUT, "send the token of a machine that may do this"
        try:
            NEEDS.check(session)
        except Forbidden as error:
            return FORBIDDEN, f"this account lacks {error.right}"
        return None

    async def _next(self, receive: Receive) -> MutableMapping[str, Any] | None:
        """The next message; None when none comes for too long."""
        coming = asyncio.ensure_future(receive())
        patience = asyncio.ensure_future(self._services.clock.wait(SILENT_SECONDS))
        try:
            await asyncio.wait([coming, patience], return_when=asyncio.FIRST_COMPLETED)
            return coming.result() if coming.done() else None
        finally:
            for one in (coming, patience):
                one.cancel()
