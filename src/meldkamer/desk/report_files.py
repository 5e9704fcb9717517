"""The report as a file to take away: `/reports/week.csv`, `.parquet` or `.html`, for `?period=2026-W02&language=nl`.

Files and not operations of the API, because a person saves them and a spreadsheet opens them.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from typing import cast

from starlette.concurrency import run_in_threadpool
from starlette.requests import HTTPConnection, Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from meldkamer.access import Session, need
from meldkamer.desk.contract import ProblemError, no_session, problem_error, problem_response
from meldkamer.desk.reports_api import asked_span, reading
from meldkamer.desk.services import Services
from meldkamer.insight import Figures, Language, Report, as_csv, as_html, as_parquet

NEEDS = need("reports")
KINDS = {
    "csv": "text/csv; charset=utf-8",
    "parquet": "application/vnd.apache.parquet",
    "html": "text/html; charset=utf-8",
}
WAIT_SECONDS = 5.0

log = logging.getLogger(__name__)


class ReportFiles:
    """The files of a report, made when they are asked for. identify: who is behind a connection."""

    def __init__(self, services: Services, identify: Callable[[HTTPConnection], Session | None]) -> None:
        self._services, self._identify = services, identify

    def routes(self) -> Sequence[BaseRoute]:
        """One path for every kind."""
        return [Route("/reports/report.{kind}", self._answer, methods=["GET"])]

    async def _answer(self, request: Request) -> Response:
        try:
            return await self._file(request)
        except Exception as error:
            known = problem_error(error)
            if known is None:
                log.exception("a report could not be made")
                known = ProblemError("broken")
            return problem_response(known)

    async def _file(self, request: Request) -> Response:
        session = self._identify(request)
        if session is None:
            raise no_session()
        NEEDS.check(session)
        services, pack = self._services, self._services.pack
        services.authority.may_see(session, pack.manifest.national_region)
        kind = request.path_params["kind"]
        if kind not in KINDS:
            raise ProblemError("not_found")
        language = request.query_params.get("language", "nl")
        if language not in ("nl", "en"):
            raise ProblemError("not_valid", detail="language is nl or en")
        span = asked_span(request.query_params.get("period", ""), services.clock.now(), pack.zone)
        book = await services.reports.book(WAIT_SECONDS)
        if book is None:
            raise reading(*services.reports.progress)

        report = await services.reports.of(
            ("report", span.name),
            book,
            lambda book: Figures(book, pack, pack.zone, since=span.since, until=span.until).report(),
        )
        body = await run_in_threadpool(_made, report, kind, cast(Language, language), services)
        name = f"{'kwaliteit' if language == 'nl' else 'quality'}-{span.name.replace('..', '--')}.{kind}"
        headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
        return Response(body, media_type=KINDS[kind], headers=headers)


def _made(report: Report, kind: str, language: Language, services: Services) -> bytes:
    if kind == "parquet":
        return as_parquet(report)
    text = as_csv(report) if kind == "csv" else as_html(report, services.pack, language)
    return text.encode()
