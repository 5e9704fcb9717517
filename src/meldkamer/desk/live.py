"""The live channel's WebSocket: who may open it, what the client says, how it ends. Bare ASGI, for speed."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

import msgspec

from meldkamer.desk import frames
from meldkamer.desk.hub import Hub
from meldkamer.desk.reader import RESYNC, SIGNED_OUT, Reader, Send
from meldkamer.domain.clock import Clock

PROTOCOL = "mk.v1"
MAX_SAID = 64 * 1024
FIRST_SECONDS = 10.0
GOODBYE_SECONDS = 5.0

NORMAL, NOT_UNDERSTOOD, TOO_LONG, NOTHING_SAID = 1000, 4400, 1009, 4408

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]


class Admitted(msgspec.Struct, frozen=True):
    """Who opened the channel. regions: the only ones that it may have (empty: all).

    still: whether the session holds, asked once a second.
    """

    person: str
    room: str
    seat: str
    exercise: bool
    regions: frozenset[str]
    still: Callable[[], bool]


Admit = Callable[[Scope], Awaitable[Admitted | None]]
"""From the handshake's scope to who it is; None when there is no session or it may not read."""


class Live:
    """The endpoint. Stands behind `security.Guard`, which refuses pages of other sites."""

    def __init__(self, hub: Hub, admit: Admit, clock: Clock) -> None:
        self._hub, self._admit, self._clock = hub, admit, clock

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one client until either side ends it."""
        await receive()
        if PROTOCOL not in scope.get("subprotocols", ()):
            await send(frames.close(NORMAL))  # before acceptance: an HTTP 403
            return
        who = await self._admit(scope)
        await send({"type": "websocket.accept", "subprotocol": PROTOCOL})
        if who is None:
            await send(frames.close(SIGNED_OUT, "sign in first"))
            return
        now = self._clock.now()
        await send(frames.text(frames.Hello(now, who.room, who.seat, who.person, who.exercise)))
        reader = Reader(who.still, who.regions, who.room)
        try:
            await self._serve(reader, receive, send)
        finally:
            self._hub.leave(reader)

    async def _serve(self, reader: Reader, receive: Receive, send: Send) -> None:
        tasks: list[asyncio.Future[Any]] = [
            asyncio.create_task(reader.write(send)),
            asyncio.create_task(self._hear(reader, receive)),
            asyncio.create_task(self._expect_first(reader)),
        ]
        try:
            while not reader.ended.done():
                done, _ = await asyncio.wait([*tasks, reader.ended], return_when=asyncio.FIRST_COMPLETED)
                tasks = [task for task in tasks if task not in done]
                if any(task is not reader.ended and task.exception() is not None for task in done):
                    return  # the client went away in the middle of a frame
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
        code = reader.ended.result()
        if code != NORMAL:
            await self._goodbye(code, send)

    async def _hear(self, reader: Reader, receive: Receive) -> None:
        """What the client says, until it is gone or is not understood."""
        while True:
            message = await receive()
            if message["type"] == "websocket.disconnect":
                reader.end(NORMAL)
                return
            said = message.get("text") or message.get("bytes") or b""
            if len(said) > MAX_SAID:
                reader.end(TOO_LONG)
                return
            try:
                self.said(reader, said)
            except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
                reader.end(NOT_UNDERSTOOD)
                return

    def said(self, reader: Reader, said: str | bytes) -> None:
        """Every message is a new subscription. Raises msgspec.MsgspecError."""
        self._hub.subscribe(reader, frames.read_subscribe(said))

    async def _expect_first(self, reader: Reader) -> None:
        await self._clock.wait(FIRST_SECONDS)
        if not reader.regions:
            reader.end(NOTHING_SAID)

    async def _goodbye(self, code: int, send: Send) -> None:
        """Say why. Whoever does not read, does not hear it either, and is cut off by the server."""

        async def say() -> None:
            if code == RESYNC:
                await send(frames.text(frames.Resync()))
            await send(frames.close(code))

        saying = asyncio.ensure_future(say())
        patience = asyncio.ensure_future(self._clock.wait(GOODBYE_SECONDS))
        await asyncio.wait([saying, patience], return_when=asyncio.FIRST_COMPLETED)
        for task in (saying, patience):
            task.cancel()
        await asyncio.gather(saying, patience, return_exceptions=True)
