"""The user's own map under the desk's: what there is (`/api/tiles`), and its tiles (`/tiles/VERSION/z/x/y`).

Tiles are no operations of the API: they are pictures or packed vectors, and a browser keeps them. Only for whoever may
read the map; kept by nothing between the room and the browser.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from typing import Literal

import msgspec
from starlette.concurrency import run_in_threadpool
from starlette.requests import HTTPConnection, Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from meldkamer.access import Session, need
from meldkamer.desk.contract import Api, ProblemError, no_session, problem_error, problem_response
from meldkamer.desk.contract import Request as Asked
from meldkamer.desk.pages import takes_gzip
from meldkamer.desk.services import Services
from meldkamer.desk.tile_file import GZIP, MEDIA, TilesAbout, TilesGone, TileTooLarge, unpacked

NEEDS = need("read")
KEPT = "private, max-age=86400"
"""Its address changes with the file, so that a browser may keep a tile; a day, as desks are shared."""

log = logging.getLogger(__name__)


class TilesNow(msgspec.Struct, frozen=True, kw_only=True):
    """The room's own map. state: `none` when the settings name no file, `ready`, or `gone`: it was there at the start
    and cannot be read now. about: what it holds, when it is ready."""

    state: Literal["none", "ready", "gone"]
    about: TilesAbout | None = None


def add_tiles(api: Api, services: Services) -> None:
    """The operation that says what there is."""

    @api.op("GET", "/api/tiles", needs=NEEDS)
    async def tiles(request: Asked) -> TilesNow:
        """The room's own map tiles: whether there are any, their grid, zoom levels and whom they are from."""
        if services.tiles is None:
            return TilesNow(state="none")
        about = await asyncio.to_thread(services.tiles.look)
        return TilesNow(state="gone") if about is None else TilesNow(state="ready", about=about)


class TileRoutes:
    """The tiles themselves. identify: who is behind a connection."""

    def __init__(self, services: Services, identify: Callable[[HTTPConnection], Session | None]) -> None:
        self._tiles, self._identify = services.tiles, identify

    def routes(self) -> Sequence[BaseRoute]:
        """One path for every tile."""
        return [Route("/tiles/{version}/{z:int}/{x:int}/{y:int}", self._answer, methods=["GET"])]

    async def _answer(self, request: Request) -> Response:
        try:
            return await self._tile(request)
        except Exception as error:
            known = problem_error(error)
            if known is None:
                log.exception("a map tile could not be read")
                known = ProblemError("broken")
            return problem_response(known)

    async def _tile(self, request: Request) -> Response:
        session = self._identify(request)
        if session is None:
            raise no_session()
        NEEDS.check(session)
        at = request.path_params
        version, z, x, y = at["version"], at["z"], at["x"], at["y"]
        if self._tiles is None:
            raise ProblemError("not_found")
        takes = takes_gzip(request.headers.get("accept-encoding", ""))
        try:
            tile = await run_in_threadpool(self._tiles.read, version, z, x, y)
            about = self._tiles.look()
            body = b"" if tile is None else tile if takes or not tile.startswith(GZIP) else unpacked(tile)
        except KeyError:
            raise ProblemError("not_found", detail="the map is another one by now") from None
        except TilesGone:
            raise ProblemError("away", detail="the map is gone", headers={"Retry-After": "10"}) from None
        except TileTooLarge:
            raise ProblemError("too_large") from None
        headers = {"Cache-Control": KEPT, "Vary": "Accept-Encoding, Cookie"}
        if tile is None or about is None:
            # A file need not have every tile; that is no mistake of anybody, and no line in a browser's log.
            return Response(status_code=204, headers=headers)
        packed = body.startswith(GZIP)
        headers["ETag"] = etag = f'"{version}-{z}-{x}-{y}{"-gz" if packed else ""}"'
        if etag in [tag.strip().removeprefix("W/") for tag in request.headers.get("if-none-match", "").split(",")]:
            return Response(status_code=304, headers=headers)
        if packed:
            headers["Content-Encoding"] = "gzip"
        return Response(body, headers={**headers, "Content-Type": MEDIA[about.format]})
