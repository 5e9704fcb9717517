"""Status sheets at a desk, made anew, to be printed: `/paper/<ROOM>/<sheet>?language=nl`.

A page and not an operation of the API, because a person reads it. Whoever asks sees a sheet only when their own session
may open all that it can hold, and every incident on it is recorded as read before the page leaves.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from typing import get_args

from starlette.requests import HTTPConnection, Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from meldkamer.access import Forbidden, Session, need
from meldkamer.desk.contract import ProblemError, no_session, problem_error, problem_response
from meldkamer.desk.paper import SHEETS, Papers, Sheet, SheetKind
from meldkamer.desk.paper_page import POLICY, Print, as_html
from meldkamer.desk.paper_words import Language
from meldkamer.desk.services import Services

OLD_MINUTES = 5.0
PURPOSE = "continuity"
NEEDS = need("read")

log = logging.getLogger(__name__)


class PaperPages:
    """The sheets of the rooms that this process hosts."""

    def __init__(self, services: Services, identify: Callable[[HTTPConnection], Session | None]) -> None:
        self._services, self._identify = services, identify
        s = services
        self._papers = Papers(s.picture, s.record, s.sealer, s.pack, s.clock)

    def routes(self) -> Sequence[BaseRoute]:
        """One path for every sheet."""
        return [Route("/paper/{room}/{sheet}", self._answer, methods=["GET"])]

    async def _answer(self, request: Request) -> Response:
        try:
            return await self._page(request)
        except Exception as error:
            known = problem_error(error)
            if known is None:
                log.exception("a status sheet failed")
                known = ProblemError("broken")
            return problem_response(known)

    async def _page(self, request: Request) -> Response:
        session = self._identify(request)
        if session is None:
            raise no_session()
        NEEDS.check(session)
        room, asked = request.path_params["room"], request.path_params["sheet"]
        kind: SheetKind | None = next((k for k in SHEETS if k == asked), None)
        if room != session.room or room not in self._services.handlers:
            raise Forbidden(f"room:{room}")
        if kind is None or kind not in self._papers.kinds(room):
            raise ProblemError("not_found", detail=f"{room} has no sheet {asked}")
        viewer = self._papers.viewer(kind)
        if missing := viewer.compartments - set(session.compartments):
            raise Forbidden(f"compartment:{min(missing)}")
        if unseen := set(viewer.audiences) - set(session.audiences):
            raise Forbidden(f"discipline:{min(unseen)}")
        sheet = await self._papers.compose(room, kind)
        await self._record(request, session, sheet)
        wanted = request.query_params.get("language", session.language)
        language: Language = next((known for known in get_args(Language) if known == wanted), "nl")
        how = Print(language=language, minutes=OLD_MINUTES, by=session.person, exercise=self._services.site.exercise)
        headers = {"content-security-policy": POLICY, "cache-control": "no-store"}
        return Response(as_html(sheet, self._services.packs.pack, how), media_type="text/html", headers=headers)

    async def _record(self, request: Request, session: Session, sheet: Sheet) -> None:
        origin = request.client.host if request.client is not None else ""
        for part in sheet.incidents:
            if part.opened or part.closed_to:
                await self._services.read_log.record(
                    session,
                    part.incident.ref,
                    "paper",
                    part.opened,
                    PURPOSE,
                    refused=part.closed_to,
                    origin=origin,
                )
        for asked in sheet.attentions:
            if asked.opened or asked.closed_to:
                await self._services.read_log.record(
                    session,
                    asked.message.ref,
                    "paper",
                    asked.opened,
                    PURPOSE,
                    refused=asked.closed_to,
                    origin=origin,
                )
        if any(c.number or c.name for c in (*sheet.waiting, *sheet.call_backs)):
            ref = f"{sheet.room}.{sheet.kind}"
            await self._services.read_log.record(session, ref, "paper", ("caller",), PURPOSE, origin=origin)
