"""The live channel of the past: the same hub and frames, over a moment that stands still or goes on at a speed.

`/api/past/live?at=<ms>&why=<purpose>`: the first message subscribes as on the live channel, each further one says a
speed (`{"speed": 60}`), 0 to stand still. At the youngest past moment it stands still by itself.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Annotated, Any, get_args
from urllib.parse import parse_qs

import msgspec

from meldkamer.desk import frames
from meldkamer.desk.contract import ProblemError
from meldkamer.desk.history import History, Purpose, Scene
from meldkamer.desk.hub import Hub
from meldkamer.desk.live import PROTOCOL, Admit, Live, Receive, Scope
from meldkamer.desk.reader import SIGNED_OUT, Reader, Send

PATH = "/api/past/live"
MOST_SCENES = 8
"""Scenes at once: each holds a whole picture."""
PACE_SECONDS = 0.25
BUSY, NOT_PAST, BROKEN = 4429, 4422, 4500

log = logging.getLogger(__name__)

Noted = Callable[[Scope, int, Purpose], Awaitable[bool]]
"""Records that somebody looks back, and why, before anything is shown; False when there is nobody who may."""


class Speed(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the client says to let time go on. speed: shown seconds per second."""

    speed: Annotated[float, msgspec.Meta(ge=0, le=600)]


class PastLive:
    """The endpoint. Stands behind `security.Guard`, as the live channel does."""

    def __init__(self, history: History, admit: Admit, noted: Noted) -> None:
        self._history, self._admit, self._noted = history, admit, noted
        self._scenes = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one client until either side ends it."""
        found = await self._open(scope)
        if isinstance(found, int):
            await receive()
            await send({"type": "websocket.accept", "subprotocol": PROTOCOL})
            await send(frames.close(found))
            return
        try:
            await self._serve(found, scope, receive, send)
        finally:
            self._scenes -= 1

    async def _open(self, scope: Scope) -> Scene | int:
        """The scene that is asked for, or the code of why not."""
        if PROTOCOL not in scope.get("subprotocols", ()) or self._scenes >= MOST_SCENES:
            return BUSY
        try:
            at, why = _asked(scope)
        except ValueError:
            return NOT_PAST
        self._scenes += 1
        try:
            if not await self._noted(scope, at, why):
                found: Scene | int = SIGNED_OUT
            else:
                found = await self._history.scene(at)
        except ProblemError:
            found = NOT_PAST
        except BaseException:
            self._scenes -= 1
            raise
        if isinstance(found, int):
            self._scenes -= 1
        return found

    async def _serve(self, scene: Scene, scope: Scope, receive: Receive, send: Send) -> None:
        hub = Hub(
            scene.past.picture, scene.rows, scene.clock, scene.rooms.rows, scene.positions, self._history.national
        )
        screen = _Screen(hub, self._admit, scene)
        tasks = [asyncio.create_task(hub.run()), asyncio.create_task(self._pace(scene, screen))]
        try:
            await screen(scope, receive, send)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            await scene.past.close()

    async def _pace(self, scene: Scene, screen: _Screen) -> None:
        """Let the picture follow the scene's clock, up to the edge of now."""
        clock = scene.clock
        try:
            while True:
                await clock.wait(PACE_SECONDS)
                if clock.speed:
                    edge = self._history.latest
                    await self._history.move(scene, max(clock.now(), min(clock.due(), edge)))
                    # A picture that takes long to fold makes time go slower; it never makes it jump.
                    clock.run(clock.speed if clock.now() < edge else 0.0)
                    screen.tell()
        except Exception:
            log.exception("a shown past cannot go on")
            screen.end(BROKEN)


class _Screen(Live):
    """One client of one scene."""

    def __init__(self, hub: Hub, admit: Admit, scene: Scene) -> None:
        super().__init__(hub, admit, scene.clock)
        self._scene = scene
        self._reader: Reader | None = None

    def said(self, reader: Reader, said: str | bytes) -> None:
        """A subscription first, speeds after it. Raises msgspec.MsgspecError."""
        self._reader = reader
        if not reader.regions:
            super().said(reader, said)
        else:
            self._scene.clock.run(_speed.decode(said).speed)
            self.tell()

    def tell(self) -> None:
        """Say which moment is shown; the newest wins."""
        clock = self._scene.clock
        if self._reader is not None:
            self._reader.put("moment", frames.text(frames.Moment(clock.now(), clock.speed)))

    def end(self, code: int) -> None:
        if self._reader is not None:
            self._reader.end(code)


_speed = msgspec.json.Decoder(Speed)


def _asked(scope: Scope) -> tuple[int, Purpose]:
    """The moment and the purpose in the query. Raises ValueError."""
    query: dict[str, Any] = parse_qs(scope.get("query_string", b"").decode("latin-1"))
    why = query.get("why", [""])[0]
    if why not in get_args(Purpose):
        raise ValueError(why)
    return int(query.get("at", [""])[0]), why
