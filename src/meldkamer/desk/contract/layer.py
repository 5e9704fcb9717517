"""From HTTP to a handler and back: who asks, may they, is it well-formed; then the answer or a problem."""

from __future__ import annotations

import asyncio
import logging
import math
from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import Any, TypeVar

import msgspec
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, HTTPConnection
from starlette.requests import Request as HttpRequest
from starlette.responses import Response
from starlette.routing import BaseRoute, Route
from starlette.types import Receive, Scope, Send

from meldkamer.access import Need, Session
from meldkamer.desk.contract.body import JSON, read_body
from meldkamer.desk.contract.openapi import describe
from meldkamer.desk.contract.operation import Operation, Request, declare, is_list
from meldkamer.desk.contract.problems import ProblemError, not_valid, problem_error
from meldkamer.domain.clock import Clock

PROBLEM = "application/problem+json"
MAX_QUERY = 8 * 1024

_LARGEST = 2**63

F = TypeVar("F", bound=Callable[..., Awaitable[Any]])
_log = logging.getLogger("meldkamer.desk")
_encode = msgspec.json.Encoder().encode


class Api:
    """All operations of a room. identify: who is behind a connection. cookie: its name, for the description."""

    def __init__(
        self,
        title: str,
        version: str,
        *,
        identify: Callable[[HTTPConnection], Session | None],
        clock: Clock,
        cookie: str = "meldkamer",
    ) -> None:
        self.title, self.version, self.cookie = title, version, cookie
        self.operations: list[Operation] = []
        self._identify, self._clock = identify, clock

    def op(
        self, method: str, path: str, *, needs: Need, status: int = 200, problems: Sequence[str] = ()
    ) -> Callable[[F], F]:
        """Register `async def handler(request: Request, [body: T,] **typed parameters) -> T`.

        A parameter named in the path comes from there, the others from the query (tuples as comma lists). `-> None`
        answers 204. problems: the types beyond those that the layer itself can answer. Raises TypeError or ValueError
        for a declaration that is not whole, without needs above all.
        """

        def add(handler: F) -> F:
            operation = declare(method, path, needs, status, problems, handler)
            if any((o.method, o.path) == (method, path) or o.name == operation.name for o in self.operations):
                raise ValueError(f"{method} {path} ({operation.name}) is registered already")
            self.operations.append(operation)
            return handler

        return add

    def openapi(self) -> dict[str, Any]:
        """The OpenAPI 3.1 description, from the same types that check the requests."""
        return describe(self.title, self.version, self.cookie, self.operations)

    def routes(self) -> list[BaseRoute]:
        """One route a path, so that 405 names every method; and `/openapi.json`."""
        by_path: dict[str, dict[str, _Prepared]] = {}
        for operation in self.operations:
            by_path.setdefault(operation.path, {})[operation.method] = _Prepared(operation)
        return [
            *(Route(path, _Path(self, methods)) for path, methods in by_path.items()),
            Route("/openapi.json", _Description(self)),
        ]

    def app(self, more: Iterable[BaseRoute] = ()) -> Starlette:
        """An application of the operations and `more` routes, in which every error is a problem."""
        handlers: dict[Any, Any] = {HTTPException: _http_error}
        return Starlette(routes=[*self.routes(), *more], exception_handlers=handlers)

    async def handle(self, prepared: _Prepared, http: HttpRequest, head: bool) -> Response:
        """Check, call, answer. Raises nothing but what says that the client went away or the task must stop."""
        operation, session = prepared.operation, self._identify(http)
        request = Request(http, session, self._clock.now())
        try:
            if not operation.needs.public:
                operation.needs.check(request.session)
            arguments = _parameters(operation, http)
            if prepared.decoder is not None:
                arguments["body"] = prepared.decoder.decode(await read_body(http))
            result = await operation.handler(request, **arguments)
            if operation.result is None or operation.result is type(None):
                return _answer(b"", 204, "", request.headers)
            return _answer(_encode(result), operation.status, JSON, request.headers, head)
        except ClientDisconnect:
            raise
        except Exception as error:
            known = problem_error(error)
            if known is None:
                who = session.id if session is not None else "nobody"
                _log.exception("%s %s failed for %s", operation.method, operation.path, who)
                known = ProblemError("broken", detail="whether it was done is not known; look before doing it again")
            return problem_response(known)


class _Prepared:
    """An operation with its decoder."""

    def __init__(self, operation: Operation) -> None:
        self.operation = operation
        self.decoder = None if operation.body is None else msgspec.json.Decoder(operation.body)


class _Path:
    """Everything that can be done at one path."""

    def __init__(self, api: Api, methods: dict[str, _Prepared]) -> None:
        self._api, self._methods = api, methods
        self._allow = ", ".join(sorted({*methods, *(("HEAD",) if "GET" in methods else ())}))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        head = scope["method"] == "HEAD"
        prepared = self._methods.get("GET" if head else scope["method"])
        if prepared is None:
            response = problem_response(ProblemError("not_allowed", headers={"Allow": self._allow}))
        else:
            try:
                response = await self._api.handle(prepared, HttpRequest(scope, receive, send), head)
            except ClientDisconnect:
                return
        await response(scope, receive, send)


class _Description:
    """`/openapi.json`, made when it is first asked for: a room that starts need not wait for it."""

    def __init__(self, api: Api) -> None:
        self._api, self._document = api, b""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["method"] in ("GET", "HEAD"):
            if not self._document:  # it takes a tenth of a second, in which the desks are served
                self._document = await asyncio.to_thread(lambda: _encode(self._api.openapi()))
            response = _answer(self._document, 200, JSON, [], scope["method"] == "HEAD")
        else:
            response = problem_response(ProblemError("not_allowed", headers={"Allow": "GET, HEAD"}))
        await response(scope, receive, send)


def problem_response(error: ProblemError) -> Response:
    """The HTTP answer of a problem."""
    return Response(_encode(error.problem), error.problem.status, headers=error.headers, media_type=PROBLEM)


def _answer(content: bytes, status: int, media: str, headers: list[tuple[str, str]], head: bool = False) -> Response:
    response = Response(b"" if head else content, status, media_type=media or None)
    if head:
        response.headers["content-length"] = str(len(content))
    for name, value in headers:
        response.headers.append(name, value)
    return response


async def _http_error(request: HttpRequest, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else 500
    kind = {404: "not_found", 405: "not_allowed"}.get(status, "not_valid")
    headers = dict(error.headers or {}) if isinstance(error, HTTPException) else {}
    return problem_response(ProblemError(kind, status=status, headers=headers))


def _parameters(operation: Operation, http: HttpRequest) -> dict[str, Any]:
    """The path's and the query's values by their types. Raises ProblemError, msgspec.ValidationError."""
    if len(http.scope.get("query_string", b"")) > MAX_QUERY:
        raise ProblemError("too_large", "request.query_too_long", f"a query has at most {MAX_QUERY} bytes")
    found: dict[str, Any] = {}
    for name, kind in operation.params.items():
        if name in operation.in_path:
            values = [http.path_params[name]]
        else:
            values = http.query_params.getlist(name)
        if not values:
            if name in operation.required:
                raise not_valid(f"Missing parameter - at `$.{name}`")
            continue
        if len(values) > 1:
            raise not_valid(f"Given more than once - at `$.{name}`")
        text = values[0]
        value: Any = text.split(",") if is_list(kind) else text
        try:
            converted = msgspec.convert(value, kind, strict=False)
        except (msgspec.ValidationError, ValueError) as error:
            raise not_valid(f"{str(error).partition(' - at `')[0]} - at `$.{name}`") from error
        # In a query the checker takes "nan" and integers without end; a body's decoder takes neither.
        bound = _LARGEST if isinstance(converted, int) else math.inf
        if isinstance(converted, int | float) and not -bound < converted < bound:
            raise not_valid(f"Number out of range - at `$.{name}`")
        found[name] = converted
    return found
