"""What stands before every request: known host, own origin, safe headers, and the cookie that carries a session."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import msgspec
from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from meldkamer.access import QUESTION_MILLIS, Gate, Session
from meldkamer.desk.contract import ProblemError, problem_response
from meldkamer.desk.exercise_mark import HEADER as EXERCISE

CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; worker-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'self'; "
    "frame-ancestors 'none'"
)
HEADERS = {
    "content-security-policy": CONTENT_SECURITY_POLICY,
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), payment=(), usb=(), microphone=(self)",
}
PART = "/static/"
PART_HEADERS = {
    "content-security-policy": "default-src 'none'; script-src 'self'; connect-src 'self'",
    "x-content-type-options": "nosniff",
    "cross-origin-resource-policy": "same-origin",
}
"""Of what a page is made of: what is only heeded for a page is left out, as a workplace fetches a hundred of them
before it is there. Its worker goes by the policy of its own file."""
STRICT_TRANSPORT = "max-age=31536000"
NO_STORE = ("/api/", "/openapi.json", "/health", "/metrics")
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
COOKIE_SECONDS = 14 * 3600
_CACHE = b"cache-control"


class SessionCookie:
    """The cookie of one room. Cookies ignore ports, so its name holds the room: ten rooms can share one machine, and an
    exercise beside a live room signs nobody out of it."""

    def __init__(self, room: str, *, tls: bool, exercise: bool = False) -> None:
        self.name = f"{'__Host-' if tls else ''}meldkamer-{'exercise-' if exercise else ''}{room.lower()}"
        self._attributes = "; Path=/; HttpOnly; SameSite=Strict" + ("; Secure" if tls else "")

    def read(self, connection: HTTPConnection) -> str:
        """The secret that the browser sent, or an empty text."""
        return connection.cookies.get(self.name, "")

    def give(self, secret: str) -> tuple[str, str]:
        """The header that sets it."""
        return "set-cookie", f"{self.name}={secret}{self._attributes}; Max-Age={COOKIE_SECONDS}"

    def read_asked(self, connection: HTTPConnection) -> str:
        """What a browser was given when it was asked for a passkey, or an empty text."""
        return connection.cookies.get(f"{self.name}-asked", "")

    def give_asked(self, browser: str) -> tuple[str, str]:
        """The header by which only this browser can answer."""
        return "set-cookie", f"{self.name}-asked={browser}{self._attributes}; Max-Age={QUESTION_MILLIS // 1000}"

    def take(self) -> tuple[str, str]:
        """The header that removes it."""
        return "set-cookie", f"{self.name}={self._attributes}; Max-Age=0"


def identify_with(gate: Gate, cookie: SessionCookie) -> Callable[[HTTPConnection], Session | None]:
    """Who is behind a connection: by its token when it sends one (and then by nothing else), else by its cookie."""

    def identify(connection: HTTPConnection) -> Session | None:
        scheme, _, token = connection.headers.get("authorization", "").partition(" ")
        if scheme:
            return gate.by_token(token.strip()) if scheme.lower() == "bearer" else None
        secret = cookie.read(connection)
        return gate.by_cookie(secret) if secret else None

    return identify


class Site(msgspec.Struct, frozen=True, kw_only=True):
    """How the room is reached. hosts: names that it answers to, without port. origins: further own origins, such as
    `https://meldkamer.example` when something before the room ends TLS. exercise: every answer says that it is one."""

    hosts: frozenset[str]
    origins: frozenset[str] = frozenset()
    tls: bool = False
    exercise: bool = False


class Guard:
    """ASGI middleware. Foreign host: 400. State-changing request or WebSocket from another site: 403."""

    def __init__(self, app: ASGIApp, site: Site) -> None:
        self._app, self._site = app, site
        more = {
            **({"strict-transport-security": STRICT_TRANSPORT} if site.tls else {}),
            **(dict([EXERCISE]) if site.exercise else {}),
        }
        self._headers = _encoded({**HEADERS, **more})
        self._part = _encoded({**PART_HEADERS, **more})
        self._own = {_CACHE, *(name for name, _ in self._headers)}
        self._stored = [*self._headers, (_CACHE, b"no-cache")]
        self._not_stored = [*self._headers, (_CACHE, b"no-store")]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        refusal = self._refusal(scope)
        if scope["type"] == "websocket":
            if refusal is not None:
                await receive()
                await send({"type": "websocket.close", "code": 1008, "reason": refusal.problem.code})
                return
            await self._app(scope, receive, send)
            return

        async def dressed(message: Message) -> None:
            if message["type"] == "http.response.start":
                self._dress(message, scope["path"])
            await send(message)

        if refusal is not None:
            await problem_response(refusal)(scope, receive, dressed)
            return
        await self._app(scope, receive, dressed)

    def _dress(self, message: Message, path: str) -> None:
        headers = list(message.get("headers", ()))
        secret = path.startswith(NO_STORE)
        there = {name.lower() for name, _ in headers}
        if there.isdisjoint(self._own):
            # Nearly every answer: nothing in it is one of ours.
            message["headers"] = headers + (self._not_stored if secret else self._stored)
            return
        ours = self._part if path.startswith(PART) else self._headers
        headers += [pair for pair in ours if pair[0] not in there]
        if secret:
            headers = [pair for pair in headers if pair[0].lower() != _CACHE]
            headers.append((_CACHE, b"no-store"))
        elif _CACHE not in there:
            headers.append((_CACHE, b"no-cache"))
        message["headers"] = headers

    def _refusal(self, scope: Scope) -> ProblemError | None:
        # Before every request, so by one look at the headers as they came.
        given: dict[bytes, bytes] = {}
        hosts = 0
        for name, value in scope["headers"]:
            hosts += name == b"host"
            given.setdefault(name, value)
        host = given[b"host"].decode("latin-1").lower() if hosts == 1 else ""
        if _without_port(host) not in self._site.hosts:
            return ProblemError("not_valid", "request.host", "this room does not answer to that name", status=400)
        if scope["type"] == "http" and scope["method"] in SAFE_METHODS:
            return None
        if (origin := given.get(b"origin")) is not None:
            secure = self._site.tls or scope["scheme"] in ("https", "wss")
            own = {f"{'https' if secure else 'http'}://{host}", *self._site.origins}
            return None if origin.decode("latin-1").lower() in own else _other_site()
        if given.get(b"sec-fetch-site", b"none") not in (b"same-origin", b"none"):
            return _other_site()
        # Every browser sends an origin here; something that carries a cookie but none is not the desk.
        return _other_site() if b"cookie" in given and b"authorization" not in given else None


def _encoded(headers: Mapping[str, str]) -> list[tuple[bytes, bytes]]:
    return [(name.encode(), value.encode()) for name, value in headers.items()]


def _other_site() -> ProblemError:
    return ProblemError(
        "forbidden", "request.other_site", "this request comes from another site", params={"right": "same-origin"}
    )


def _without_port(host: str) -> str:
    if host.startswith("["):
        return host.partition("]")[0] + "]"
    return host.partition(":")[0]
