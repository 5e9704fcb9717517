"""One operation of the API as its handler declares it: method, path, needs, parameters, body and answer."""

from __future__ import annotations

import inspect
import re
import typing
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import msgspec
from starlette.requests import HTTPConnection

from meldkamer.access import Need, Session
from meldkamer.desk.contract.problems import KINDS, no_session
from meldkamer.domain.clock import Millis

METHODS = ("GET", "POST", "PUT", "DELETE")
_SLOT = re.compile(r"\{([a-z_]+)\}")


class Request:
    """What a handler knows of the request that it answers."""

    __slots__ = ("_session", "address", "connection", "headers", "now")

    def __init__(self, connection: HTTPConnection, session: Session | None, now: Millis) -> None:
        self.connection, self._session, self.now = connection, session, now
        self.address = connection.client.host if connection.client is not None else ""
        self.headers: list[tuple[str, str]] = []
        """Headers for the answer, such as a cookie."""

    @property
    def session(self) -> Session:
        """Who asks; always there unless the operation is public. Raises ProblemError (401) when nobody is signed in."""
        if self._session is None:
            raise no_session()
        return self._session

    @property
    def anybody(self) -> Session | None:
        """Who asks, or None: for public operations that tell more to those who are in."""
        return self._session


class Operation(msgspec.Struct, frozen=True, kw_only=True):
    """A declared operation. params: name -> type, without the body."""

    method: str
    path: str
    name: str
    summary: str
    needs: Need
    handler: Callable[..., Awaitable[Any]]
    body: Any
    params: dict[str, Any]
    required: frozenset[str]
    in_path: tuple[str, ...]
    result: Any
    status: int
    problems: tuple[str, ...]


def declare(
    method: str, path: str, needs: Need, status: int, problems: Sequence[str], handler: Callable[..., Awaitable[Any]]
) -> Operation:
    """Read a handler's signature. Raises TypeError or ValueError for a declaration that is not whole."""
    where = f"{method} {path}"
    if not isinstance(needs, Need):
        raise TypeError(f"{where}: say what it needs: PUBLIC, SESSION or need(...)")
    if not (needs.public or needs.session or needs.person or needs.rights or needs.scopes):
        raise ValueError(f"{where}: nobody could ever do this")
    if method not in METHODS or not path.startswith("/"):
        raise ValueError(f"{where}: not a method and a path")
    if unknown := [kind for kind in problems if kind not in KINDS]:
        raise ValueError(f"{where}: unknown problems {unknown}")
    if not inspect.iscoroutinefunction(handler):
        raise TypeError(f"{where}: the handler must be a coroutine function")
    hints = typing.get_type_hints(handler, include_extras=True)
    signature = inspect.signature(handler).parameters
    if next(iter(signature), "") != "request" or hints.pop("request", None) is not Request or "return" not in hints:
        raise TypeError(f"{where}: a handler is `(request: Request, ...) -> Answer`")
    result, body = hints.pop("return"), hints.pop("body", None)
    in_path = tuple(_SLOT.findall(path))
    if missing := [name for name in in_path if name not in hints]:
        raise TypeError(f"{where}: the handler does not take {missing}")
    if untyped := [name for name in signature if name not in (*hints, "request", "body")]:
        raise TypeError(f"{where}: no type given for {untyped}")
    if body is not None and method == "GET":
        raise TypeError(f"{where}: GET has no body")
    return Operation(
        method=method,
        path=path,
        name=handler.__name__,
        summary=(handler.__doc__ or handler.__name__).strip().splitlines()[0],
        needs=needs,
        handler=handler,
        body=body,
        params=hints,
        required=frozenset(n for n in hints if signature[n].default is inspect.Parameter.empty),
        in_path=in_path,
        result=result,
        status=status,
        problems=tuple(problems),
    )


def is_list(kind: Any) -> bool:
    """Whether a query parameter of this type is written as a comma list."""
    while typing.get_origin(kind) is typing.Annotated:
        kind = typing.get_args(kind)[0]
    return typing.get_origin(kind) in (tuple, list, frozenset, set)
