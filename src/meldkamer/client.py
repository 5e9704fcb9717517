"""The client of a room's API: what desks of others, terminals, integrators and the simulator talk through.

One `Client` speaks for one account; `speaking_as` gives another account over the same connection. How bytes travel is
a `Transport`: over the network (`HttpTransport`) or straight into an ASGI application in this process
(`AsgiTransport`). A command whose outcome is unknown is sent again under the same id, so nothing is stored twice.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping, MutableMapping, Sequence
from typing import Any, Protocol
from urllib.parse import quote, urlencode

import httpx
import msgspec
import websockets
from websockets.typing import Subprotocol

from meldkamer.domain.clock import Clock, Ids, Millis, RandomIds, SystemClock

BATCH_LIMIT = 200
"""Commands that one batch request may carry."""
SUBPROTOCOL = "mk.v1"
UNSET: Any = msgspec.UNSET


# --- what can go wrong ------------------------------------------------------------------------------------------------


class Problem(msgspec.Struct, frozen=True):
    """RFC 9457 problem details as a room gives them. `code` names the sentence; `params` fill it."""

    type: str = "unknown"
    title: str = ""
    status: int = 0
    detail: str = ""
    code: str = ""
    params: dict[str, Any] = {}


class ApiError(Exception):
    """The room did not do it. What to do next follows from the subclass."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(f"{problem.status} {problem.type} {problem.code}: {problem.detail or problem.title}")
        self.problem = problem


class NotValid(ApiError):
    """The request itself is wrong (400, 413, 415, 422)."""


class Refused(ApiError):
    """The rules do not allow it; the reason is in the problem."""


class Forbidden(ApiError):
    """This account may not (401, 403)."""


class Conflict(ApiError):
    """Somebody was first: read again, decide again."""


class NotOwner(ApiError):
    """This room does not own the function; `params` names the owner."""


class SlowDown(ApiError):
    """Too many requests. retry_after: seconds to wait."""

    def __init__(self, problem: Problem, retry_after: float) -> None:
        super().__init__(problem)
        self.retry_after = retry_after


class Unknown(ApiError):
    """Stored or not is not known, also after asking again. Never to be shown as failed."""


class StoreFull(ApiError):
    """No room to promise anything."""


class Unsafe(ApiError):
    """Nothing was stored: a server of the core might lose it. The same command may be given again later."""


class Damaged(ApiError):
    """The record is damaged where this had to be read; `params` names region and sequence."""


_BY_TYPE: dict[str, type[ApiError]] = {
    "not_valid": NotValid,
    "too_large": NotValid,
    "refused": Refused,
    "forbidden": Forbidden,
    "conflict": Conflict,
    "older_epoch": Conflict,
    "not_owner": NotOwner,
    "unknown": Unknown,
    "unsafe": Unsafe,
    "damaged": Damaged,
    "store_full": StoreFull,
}
_BY_STATUS: dict[int, type[ApiError]] = {401: Forbidden, 403: Forbidden, 409: Conflict, 503: Unknown, 507: StoreFull}


def error_for(problem: Problem, retry_after: float = 1.0) -> ApiError:
    """The exception that fits a problem."""
    if problem.type == "slow_down" or problem.status == 429:
        return SlowDown(problem, retry_after)
    if found := _BY_TYPE.get(problem.type if problem.type != "unknown" or problem.status == 503 else ""):
        return found(problem)
    return _BY_STATUS.get(problem.status, NotValid if problem.status < 500 else Unknown)(problem)


# --- what comes back --------------------------------------------------------------------------------------------------


class Ack(msgspec.Struct, frozen=True):
    """A command is stored. outcome: SAFE or LOCAL; seq: its number in the region's stream."""

    outcome: str
    region: str
    seq: int
    ref: str = ""
    duplicate: bool = False


class CallAck(msgspec.Struct, frozen=True):
    """A telephony event is stored; `call` is the call's reference."""

    call: str
    outcome: str = ""
    seq: int = 0
    duplicate: bool = False


class Order(msgspec.Struct, frozen=True):
    """The order that a unit has. x, y: RD metres."""

    assignment: str
    alert: str = ""
    incident: str = ""
    number: str = ""
    priority: int = 3
    text: str = ""
    x: float | None = None
    y: float | None = None
    epoch: int = 0


class Orders(msgspec.Struct, frozen=True):
    """Answer to a terminal that asks for its order."""

    epoch: int = 0
    order: Order | None = None


class Picture(msgspec.Struct, frozen=True):
    """All rows of some regions, undecoded, and where the record stood."""

    now: Millis = 0
    room: str = ""
    positions: dict[str, int] = {}
    incidents: list[msgspec.Raw] = []
    calls: list[msgspec.Raw] = []
    units: list[msgspec.Raw] = []
    functions: list[msgspec.Raw] = []
    rooms: list[msgspec.Raw] = []


class RowChange(msgspec.Struct, frozen=True):
    """A row as it now is; `row` is JSON `null` when it left the lists."""

    kind: str
    ref: str
    row: msgspec.Raw = msgspec.Raw(b"null")


class Frame(msgspec.Struct, frozen=True):
    """One message of the live channel. t: hello, ev, caught_up, rooms, beat, resync, positions (binary; in `data`)."""

    t: str
    now: Millis = 0
    region: str = ""
    seq: int = 0
    rows: list[msgspec.Raw] = []
    positions: dict[str, int] = {}
    data: bytes = b""


class _Result(msgspec.Struct, frozen=True):
    ok: Ack | None = None
    problem: Problem | None = None


class _Results(msgspec.Struct, frozen=True):
    results: list[_Result]


# --- how bytes travel -------------------------------------------------------------------------------------------------


class Answer(msgspec.Struct, frozen=True):
    """An HTTP answer; header names in lower case."""

    status: int
    body: bytes
    headers: dict[str, str] = {}


class Channel(Protocol):
    """An open WebSocket."""

    async def send(self, text: str) -> None: ...

    async def receive(self) -> str | bytes | None:
        """The next message; None when the other side closed."""
        ...


class Transport(Protocol):
    """How requests reach a room."""

    async def request(self, method: str, path: str, body: bytes | None, headers: Mapping[str, str]) -> Answer:
        """One request. Raises ConnectionError when no answer came."""
        ...

    def channel(self, path: str, headers: Mapping[str, str]) -> contextlib.AbstractAsyncContextManager[Channel]: ...

    async def close(self) -> None: ...


class HttpTransport:
    """Over the network, with connections kept alive. timeout: seconds for one answer."""

    def __init__(self, base_url: str, *, timeout: float = 30.0, connections: int = 16) -> None:
        self.base_url = base_url.rstrip("/")
        limits = httpx.Limits(max_connections=connections, max_keepalive_connections=connections)
        self._http = httpx.AsyncClient(base_url=self.base_url, timeout=timeout, limits=limits)

    async def request(self, method: str, path: str, body: bytes | None, headers: Mapping[str, str]) -> Answer:
        try:
            answer = await self._http.request(method, path, content=body, headers=dict(headers))
        except httpx.TransportError as error:
            raise ConnectionError(f"{method} {path}: {error!r}") from error
        self._http.cookies.clear()  # accounts share this connection; a client keeps its own session
        return Answer(answer.status_code, answer.content, {k.lower(): v for k, v in answer.headers.items()})

    @contextlib.asynccontextmanager
    async def channel(self, path: str, headers: Mapping[str, str]) -> AsyncIterator[Channel]:
        url = "ws" + self.base_url.removeprefix("http") + path
        try:
            async with websockets.connect(
                url, additional_headers=dict(headers), subprotocols=[Subprotocol(SUBPROTOCOL)], max_size=2**24
            ) as socket:
                yield _NetworkChannel(socket)
        except (OSError, websockets.WebSocketException) as error:
            raise ConnectionError(f"{path}: {error!r}") from error

    async def close(self) -> None:
        await self._http.aclose()


class _NetworkChannel:
    def __init__(self, socket: websockets.ClientConnection) -> None:
        self._socket = socket

    async def send(self, text: str) -> None:
        await self._socket.send(text)

    async def receive(self) -> str | bytes | None:
        try:
            return await self._socket.recv()
        except websockets.ConnectionClosed:
            return None


App = Callable[
    [
        MutableMapping[str, Any],
        Callable[[], Awaitable[MutableMapping[str, Any]]],
        Callable[[MutableMapping[str, Any]], Awaitable[None]],
    ],
    Awaitable[None],
]


class AsgiTransport:
    """Straight into an ASGI application of this process, for lockstep and speed. Its life span is the owner's."""

    def __init__(self, app: App) -> None:
        self._app = app

    async def request(self, method: str, path: str, body: bytes | None, headers: Mapping[str, str]) -> Answer:
        got: dict[str, Any] = {"status": 500, "headers": {}}
        chunks: list[bytes] = []
        asked = False

        async def receive() -> MutableMapping[str, Any]:
            nonlocal asked
            if asked:  # a server that waits for the client to go away waits for ever: this client stays
                await asyncio.Event().wait()
            asked = True
            return {"type": "http.request", "body": body or b"", "more_body": False}

        async def send(message: MutableMapping[str, Any]) -> None:
            if message["type"] == "http.response.start":
                got["status"] = message["status"]
                got["headers"] = {k.decode().lower(): v.decode("latin-1") for k, v in message.get("headers", [])}
            elif message["type"] == "http.response.body":
                chunks.append(message.get("body", b""))

        sent = {**headers, "content-length": str(len(body))} if body is not None else headers
        await self._app(_scope("http", path, sent) | {"method": method}, receive, send)
        return Answer(got["status"], b"".join(chunks), got["headers"])

    @contextlib.asynccontextmanager
    async def channel(self, path: str, headers: Mapping[str, str]) -> AsyncIterator[Channel]:
        channel = _ProcessChannel()
        scope = _scope("websocket", path, headers) | {"subprotocols": [SUBPROTOCOL]}
        served = asyncio.ensure_future(self._app(scope, channel.app_receive, channel.app_send))
        served.add_done_callback(lambda _: channel.inbox.put_nowait(None))
        try:
            if not await channel.accepted:
                raise ConnectionError(f"{path}: refused")
            yield channel
        finally:
            channel.outbox.put_nowait({"type": "websocket.disconnect", "code": 1000})
            with contextlib.suppress(asyncio.TimeoutError, asyncio.CancelledError, Exception):
                await asyncio.wait_for(served, 2.0)

    async def close(self) -> None:
        return None


class _ProcessChannel:
    def __init__(self) -> None:
        self.inbox: asyncio.Queue[str | bytes | None] = asyncio.Queue()
        self.outbox: asyncio.Queue[MutableMapping[str, Any]] = asyncio.Queue()
        self.accepted: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self.outbox.put_nowait({"type": "websocket.connect"})

    async def app_receive(self) -> MutableMapping[str, Any]:
        return await self.outbox.get()

    async def app_send(self, message: MutableMapping[str, Any]) -> None:
        kind = message["type"]
        if kind == "websocket.send":
            text = message.get("text")
            self.inbox.put_nowait(text if text is not None else message.get("bytes", b""))
        elif not self.accepted.done():
            self.accepted.set_result(kind == "websocket.accept")
        if kind == "websocket.close":
            self.inbox.put_nowait(None)

    async def send(self, text: str) -> None:
        self.outbox.put_nowait({"type": "websocket.receive", "text": text})

    async def receive(self) -> str | bytes | None:
        return await self.inbox.get()


def _scope(kind: str, path: str, headers: Mapping[str, str]) -> dict[str, Any]:
    route, _, query = path.partition("?")
    return {
        "type": kind,
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "scheme": "ws" if kind == "websocket" else "http",
        "path": route,
        "raw_path": route.encode(),
        "root_path": "",
        "query_string": query.encode(),
        "headers": [(b"host", b"in-process"), *((k.lower().encode(), v.encode("latin-1")) for k, v in headers.items())],
        "client": ("127.0.0.1", 0),
        "server": ("in-process", 80),
        "state": {},
    }


# --- the client -------------------------------------------------------------------------------------------------------

_ENCODE = msgspec.json.Encoder().encode
_RETRIES = 8
_FIRST_PAUSE, _LONGEST_PAUSE = 0.1, 5.0


class Client:
    """One account's way to a room. Waiting between attempts goes by `clock`, new ids come from `ids`."""

    def __init__(self, transport: Transport, token: str = "", *, clock: Clock | None = None, ids: Ids | None = None):
        self.transport = transport
        self.clock: Clock = clock if clock is not None else SystemClock()
        self.ids: Ids = ids if ids is not None else RandomIds()
        self.retried = 0
        self._token, self._cookie = token, ""

    def speaking_as(self, token: str) -> Client:
        """The same connection for another account."""
        return Client(self.transport, token, clock=self.clock, ids=self.ids)

    async def close(self) -> None:
        """Close the connection, for every account that shares it."""
        await self.transport.close()

    # -- acts

    async def command(
        self, command: Mapping[str, Any], command_id: str | None = None, occurred: Millis | None = None
    ) -> Ack:
        """One act. Raises an ApiError; `Unknown` only after asking again for about half a minute."""
        body = envelope(command, command_id or self.ids.new(), occurred)
        return msgspec.json.decode(await self._safe_post("/api/commands", body), type=Ack)

    async def commands(self, envelopes: Sequence[Mapping[str, Any]]) -> list[Ack | ApiError]:
        """Several acts (see `envelope`), in order, each with its own answer; what is unknown is asked again."""
        answers: list[Ack | ApiError] = []
        for start in range(0, len(envelopes), BATCH_LIMIT):
            answers += await self._batch(list(envelopes[start : start + BATCH_LIMIT]))
        return answers

    async def _batch(self, part: list[Mapping[str, Any]]) -> list[Ack | ApiError]:
        answers: list[Ack | ApiError] = []
        for attempt in range(_RETRIES):
            body = await self._safe_post("/api/commands/batch", {"commands": part})
            results = msgspec.json.decode(body, type=_Results).results
            answers = [r.ok if r.ok is not None else error_for(r.problem or Problem()) for r in results]
            if not any(isinstance(a, Unknown) for a in answers):
                break
            self.retried += 1
            await self.clock.wait(_pause(attempt))
        return answers

    async def telephony(self, event: Mapping[str, Any]) -> CallAck:
        """A call is offered, abandoned or ended. `event_id` makes a repeat harmless."""
        return msgspec.json.decode(await self._safe_post("/api/telephony/events", event), type=CallAck)

    async def field_status(self, unit: str, code: str, event_id: str, occurred: Millis | None = None) -> Ack:
        """A unit (`<region>/<call sign>`) reports a status."""
        body: dict[str, Any] = {"code": code, "event_id": event_id}
        if occurred is not None:
            body["occurred"] = occurred
        return msgspec.json.decode(await self._safe_post(f"/api/field/{_ref(unit)}/status", body), type=Ack)

    async def field_acknowledge(self, unit: str, assignment: str, epoch: int, event_id: str) -> Ack:
        """A crew has read its order."""
        body = {"assignment": assignment, "epoch": epoch, "event_id": event_id}
        return msgspec.json.decode(await self._safe_post(f"/api/field/{_ref(unit)}/acknowledge", body), type=Ack)

    async def field_orders(self, unit: str, wait: float = 0) -> Orders:
        """A unit's order; fetching it is its delivery. wait: seconds to wait for one."""
        found: Orders = await self.get(f"/api/field/{_ref(unit)}/orders", Orders, wait=wait or None)
        return found

    async def positions(self, positions: Iterable[Mapping[str, Any]]) -> None:
        """Positions of many units at once; a lost one is overtaken by the next, so this is never sent again."""
        await self._request("POST", "/api/field/positions", {"positions": list(positions)})

    async def report_services(self, body: Mapping[str, Any]) -> Any:
        """Say how services are. The `id` in it makes a repeat harmless."""
        return msgspec.json.decode(await self._safe_post("/api/services/reports", body))

    async def take_seat(self, seat: str) -> None:
        """Take a seat."""
        await self._request("POST", "/api/seat", {"seat": seat})

    async def leave_seat(self) -> None:
        """Leave it."""
        await self._request("POST", "/api/seat/leave", {})

    async def sign_in(self, account: str, password: str, seat: str = "") -> dict[str, Any]:
        """Sign in as a person; the session's cookie stays with this client."""
        answer = await self._answer("POST", "/api/sign-in", {"account": account, "password": password, "seat": seat})
        self._cookie = answer.headers.get("set-cookie", "").partition(";")[0]
        session: dict[str, Any] = msgspec.json.decode(answer.body)
        return session

    # -- reading

    async def get(self, path: str, type: Any = Any, **query: Any) -> Any:
        """Read something. Query values that are None are left out."""
        asked = urlencode({k: v for k, v in query.items() if v is not None})
        return msgspec.json.decode(await self._request("GET", f"{path}?{asked}" if asked else path, None), type=type)

    async def picture(self, regions: Iterable[str]) -> Picture:
        """All rows of these regions; functions and rooms are always national."""
        found: Picture = await self.get("/api/picture", Picture, regions=",".join(regions))
        return found

    async def live(self, regions: Iterable[str], after: Mapping[str, int]) -> AsyncIterator[Frame]:
        """Everything after these positions, then what happens. Ends after `resync` or when the link breaks."""
        decode = msgspec.json.Decoder(Frame).decode
        async with self.transport.channel("/api/live", self._headers()) as channel:
            await channel.send(_ENCODE({"regions": list(regions), "after": dict(after)}).decode())
            while (message := await channel.receive()) is not None:
                if isinstance(message, bytes):
                    yield Frame(t="positions", data=message)
                    continue
                frame = decode(message)
                yield frame
                if frame.t == "resync":
                    return

    # -- inner workings

    def _headers(self) -> dict[str, str]:
        headers = {"accept": "application/json"}
        if self._token:
            headers["authorization"] = f"Bearer {self._token}"
        if self._cookie:
            headers["cookie"] = self._cookie
        return headers

    async def _safe_post(self, path: str, body: Any) -> bytes:
        """POST something that carries its own id: an unknown outcome or a broken link is asked again."""
        for attempt in range(_RETRIES):
            try:
                return await self._request("POST", path, body)
            except (Unknown, ConnectionError):
                if attempt == _RETRIES - 1:
                    raise
            self.retried += 1
            await self.clock.wait(_pause(attempt))
        raise AssertionError("unreachable")

    async def _request(self, method: str, path: str, body: Any) -> bytes:
        return (await self._answer(method, path, body)).body

    async def _answer(self, method: str, path: str, body: Any) -> Answer:
        headers = self._headers()
        data = None
        if body is not None:
            data = _ENCODE(body)
            headers["content-type"] = "application/json"
        answer = await self.transport.request(method, path, data, headers)
        if answer.status < 400:
            return answer
        raise error_for(_problem(answer), _seconds(answer.headers.get("retry-after", "1")))


def envelope(command: Mapping[str, Any], command_id: str, occurred: Millis | None = None) -> dict[str, Any]:
    """A command as it travels, alone or in a batch."""
    body: dict[str, Any] = {"command_id": command_id, "command": dict(command)}
    if occurred is not None:
        body["occurred"] = occurred
    return body


def _problem(answer: Answer) -> Problem:
    try:
        problem = msgspec.json.decode(answer.body, type=Problem)
    except msgspec.DecodeError:
        problem = Problem(type="", detail=answer.body[:200].decode("utf-8", "replace"))
    return msgspec.structs.replace(problem, status=answer.status)


def _seconds(text: str) -> float:
    try:
        return max(0.0, float(text))
    except ValueError:
        return 1.0


def _pause(attempt: int) -> float:
    return min(_LONGEST_PAUSE, _FIRST_PAUSE * 2.0**attempt)


def _ref(ref: str) -> str:
    return "/".join(quote(part, safe="") for part in ref.split("/"))
