"""The one door to nats-py: what it does badly is set right here, and nobody else in the project imports it.

* A client that met an authorization error is closed for ever, even when the next server would let it in: it is made
  anew here, for as long as this is wanted.
* What is published while there is no connection waits in a buffer and goes out minutes later. Nothing is published
  without a connection; what was on its way when one broke is an outcome of its own (`Silence`).
* Subscriptions drop messages when their queue is full. Queues here have no limit, as only what was asked for comes.
* `10164 wrong last sequence` is no conflict (the subject is still in process); only 10071 is (`Moved`).
* A batch is committed by a message that is stored; a commit by `eob` forgets the checks of the last message.
* Headers are read letter by letter, which costs more than everything else about a message; here line by line.
* Task cancellation is swallowed while flushing, so whoever stops a task here checks that it stopped.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import itertools
import logging
import ssl
from collections.abc import Callable, Coroutine, Mapping, Sequence
from typing import Any

import msgspec
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.aio.subscription import Subscription
from nats.errors import Error, NoRespondersError

from meldkamer.record.jetstream_access import Access, RequestFailed, Unreachable
from meldkamer.record.nkey import NKey

WRONG_LAST_SEQUENCE = 10071
NOT_FOUND = frozenset({10014, 10037, 10059})
"""Consumer, message, stream."""
_NOTHING_LEFT = frozenset({10002, 10023, 10047, 10077})
"""The server has no room or no memory for it, or its disk refuses."""
_RETRY_PAUSE_SECONDS = 0.2
_PING_SECONDS, _PINGS = 2, 2
_PENDING_BYTES = 64 << 20
_PLAIN = b"NATS/1.0\r\n"

Arrived = Msg
"""A message that came in: subject, reply, data and headers."""
Enough = Callable[[Sequence[Arrived]], bool]

log = logging.getLogger(__name__)


class Message(msgspec.Struct, frozen=True):
    """One message to store. `newest`: the sequence of the newest message that its subject must have now, if checked."""

    subject: str
    payload: bytes
    newest: int | None = None


class Stored(msgspec.Struct, frozen=True):
    """All of it is stored by a majority and fsynced; `seq` is the last one's."""

    seq: int


class Moved(msgspec.Struct, frozen=True):
    """Nothing was stored by this attempt: the stream (or a subject) goes on to `seq` already."""

    seq: int


class Refusal(msgspec.Struct, frozen=True):
    """Nothing was stored by this attempt, for another reason; `full`: for want of room."""

    why: str
    full: bool = False


class Silence(msgspec.Struct, frozen=True):
    """It was sent and no answer came: stored or not."""

    why: str


class _Client(Client):
    async def _process_headers(self, headers: bytes | None) -> dict[str, str] | None:
        if not headers:
            return None
        if not headers.startswith(_PLAIN):  # it says a status first
            found: dict[str, str] | None = await super()._process_headers(headers)
            return found
        lines = headers[len(_PLAIN) :].decode("utf-8", "replace").split("\r\n")
        return {name: value.strip() for name, sign, value in (line.partition(":") for line in lines) if sign}


class JetStreamClient:
    """A connection that is made anew whenever it breaks, and requests over it."""

    def __init__(self, access: Access, name: str, domain: str = "") -> None:
        """domain: of the JetStream that is meant, when it is not that of the servers themselves."""
        self._access, self._name = access, name
        self._api = f"$JS.{domain}.API." if domain else "$JS.API."
        self._key = NKey.read(access.seed_path) if access.seed else None
        self._tls = access.tls()
        self._client: Client | None = None
        self._connected = asyncio.Event()
        self.broken: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        """Done when the connection that stands now breaks; another one takes its place with the next connection."""
        self._closed = False
        self._keeper: asyncio.Task[None] | None = None
        self._batches = itertools.count(1)
        self._complaint = ""
        self.on_connected: Callable[[], None] = lambda: None
        """Called each time a connection stands (again)."""

    async def open(self, seconds: float) -> None:
        """Connect. Raises Unreachable when no server lets us in within that time."""
        self._keeper = asyncio.create_task(self._keep(), name=f"connection {self._name}")
        try:
            await self.ready(seconds)
        except Unreachable:
            await self.close()
            raise

    @property
    def connected(self) -> bool:
        return self._connected.is_set() and self._client is not None and self._client.is_connected

    @property
    def version(self) -> tuple[int, int]:
        """Major and minor of the server that we are connected to."""
        assert self._client is not None
        found = self._client.connected_server_version
        return found.major, found.minor

    async def ready(self, seconds: float) -> None:
        """Wait for a connection. Raises Unreachable."""
        try:
            async with asyncio.timeout(seconds):
                await self._connected.wait()
        except TimeoutError:
            where = ", ".join(self._access.shown())
            raise Unreachable(f"no connection to {where}: {self._complaint or 'no answer'}") from None

    async def close(self) -> None:
        self._closed = True
        self._fall()
        if self._keeper is not None:
            await stopped(self._keeper)
        if self._client is not None:
            with contextlib.suppress(Exception):
                await self._client.close()

    # --- questions --------------------------------------------------------------------------------------------------

    async def ask(self, api: str, body: object = None, seconds: float = 5.0) -> dict[str, Any]:
        """A JetStream API request. Raises RequestFailed with the server's code, Unreachable."""
        answer = await self.request(self._api + api, b"" if body is None else msgspec.json.encode(body), seconds)
        if (error := answer.get("error")) is not None:
            raise RequestFailed(f"{api}: {error.get('description')}", int(error.get("err_code", 0)))
        return answer

    async def request(self, subject: str, payload: bytes, seconds: float) -> dict[str, Any]:
        """A request with one JSON answer. Raises Unreachable."""
        client = self._standing()
        try:
            return await self._answer(client.request(subject, payload, timeout=seconds))
        except (Error, OSError, TimeoutError) as error:
            raise Unreachable(f"{subject}: {_text(error)}") from None

    async def ask_many(self, api: str, body: object, enough: Enough, seconds: float) -> list[Msg]:
        """A JetStream API request with many answers. Raises Unreachable."""
        return await self.gather(self._api + api, msgspec.json.encode(body), enough, seconds)

    async def gather(self, subject: str, payload: bytes, enough: Enough, seconds: float) -> list[Msg]:
        """A request with many answers: those that came until there are `enough`, or the time is over."""
        client, found, wake = self._standing(), list[Msg](), asyncio.Event()

        async def take(message: Msg) -> None:
            found.append(message)
            wake.set()

        inbox = client.new_inbox()
        try:
            subscription = await client.subscribe(inbox, cb=take, pending_msgs_limit=0, pending_bytes_limit=0)
            await client.publish(subject, payload, reply=inbox)
        except (Error, OSError) as error:
            raise Unreachable(f"{subject}: {_text(error)}") from None
        try:
            async with asyncio.timeout(seconds):
                while not enough(found):
                    wake.clear()
                    await wake.wait()
        except TimeoutError:
            pass
        finally:
            await _drop(subscription)
        return found

    async def subscribe(self, take: Callable[[Msg], None]) -> tuple[str, Subscription]:
        """An inbox whose messages go to `take`, in order, none dropped. Raises Unreachable."""
        client = self._standing()

        async def callback(message: Msg) -> None:
            take(message)

        inbox = client.new_inbox()
        try:
            made = await client.subscribe(inbox, cb=callback, pending_msgs_limit=0, pending_bytes_limit=0)
        except (Error, OSError) as error:
            raise Unreachable(f"subscribing: {_text(error)}") from None
        return inbox, made

    async def unsubscribe(self, subscription: Subscription) -> None:
        await _drop(subscription)

    async def tell(self, api: str, body: object, reply: str) -> None:
        """A JetStream API request whose answers come to an inbox. Raises Unreachable."""
        try:
            payload = b"" if body is None else msgspec.json.encode(body)
            await self._standing().publish(self._api + api, payload, reply=reply)
        except (Error, OSError) as error:
            raise Unreachable(f"{api}: {_text(error)}") from None

    # --- storing ----------------------------------------------------------------------------------------------------

    async def store(
        self, messages: Sequence[Message], after: int | None, seconds: float
    ) -> Stored | Moved | Refusal | Silence:
        """Store messages of one stream, all or none. after: the stream's last sequence that is expected."""
        if not self.connected:
            return Refusal(f"no connection: {self._complaint}")
        client = self._standing()
        batch = f"{id(self):x}-{next(self._batches)}" if len(messages) > 1 else ""
        sent = False
        try:
            for number, message in enumerate(messages[:-1], 1):
                headers = _checks(message, after if number == 1 else None)
                headers |= {"Nats-Batch-Id": batch, "Nats-Batch-Sequence": str(number)}
                await client.publish(message.subject, message.payload, headers=headers)
            last = messages[-1]
            headers = _checks(last, None if batch else after)
            if batch:
                headers |= {"Nats-Batch-Id": batch, "Nats-Batch-Sequence": str(len(messages)), "Nats-Batch-Commit": "1"}
            sent = True
            answer = await self._answer(client.request(last.subject, last.payload, timeout=seconds, headers=headers))
        except NoRespondersError:
            return Refusal("nobody leads the stream at the moment")
        except (Error, OSError, TimeoutError) as error:
            return Silence(_text(error)) if sent else Refusal(_text(error))
        return _outcome(answer)

    async def _answer(self, asking: Coroutine[Any, Any, Msg]) -> dict[str, Any]:
        """The answer to a request, whose time is over when the connection breaks. Raises as nats-py does."""
        request: asyncio.Task[Msg] = asyncio.ensure_future(asking)
        either: set[asyncio.Future[Any]] = {request, self.broken}
        try:
            await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
            if not request.done():
                raise ConnectionError("the connection broke before the answer came")
            return _json(request.result())
        finally:
            if not request.done():
                await stopped(request)

    # --- the connection ---------------------------------------------------------------------------------------------

    def _standing(self) -> Client:
        if self._client is None or not self._client.is_connected:
            raise Unreachable(f"no connection to {', '.join(self._access.shown())}: {self._complaint or 'not yet'}")
        return self._client

    async def _keep(self) -> None:
        """Connect, wait until that client is finished with, and begin again."""
        while not self._closed:
            ended = asyncio.Event()
            client = await self._connect(ended)
            if client is None:
                await asyncio.sleep(_RETRY_PAUSE_SECONDS)
                continue
            self._client = client
            self._stand()
            await ended.wait()
            self._fall()

    async def _connect(self, ended: asyncio.Event) -> Client | None:
        client = _Client()

        async def complain(error: Exception) -> None:
            text = _text(error)
            if text != self._complaint:
                self._complaint = text
                log.warning("connection %s: %s", self._name, text)

        async def broken() -> None:
            self._fall()

        async def mended() -> None:
            self._stand()

        async def over() -> None:
            ended.set()

        options: dict[str, Any] = {}
        if self._key is not None:
            key = self._key
            # nats-py signs with an NKey only through a package of its own for keys; it needs no more than these.
            client._public_nkey = key.public
            client._auth_configured = True
            options["signature_cb"] = lambda nonce: base64.b64encode(key.sign(nonce.encode()))
        if self._tls is not None:
            options["tls"] = self._tls
        connecting = client.connect(
            list(self._access.servers),
            name=self._name,
            error_cb=complain,
            disconnected_cb=broken,
            reconnected_cb=mended,
            closed_cb=over,
            max_reconnect_attempts=-1,
            reconnect_time_wait=0.2,  # type: ignore[arg-type] # seconds; only annotated as whole ones
            connect_timeout=2,
            ping_interval=_PING_SECONDS,
            max_outstanding_pings=_PINGS,
            dont_randomize=True,
            pending_size=_PENDING_BYTES,
            **options,
        )
        try:
            async with asyncio.timeout(5):
                await connecting
        except (Error, OSError, TimeoutError, ssl.SSLError) as error:
            self._complaint = self._complaint or _text(error)
            with contextlib.suppress(Exception):
                await client.close()
            return None
        return client

    def _fall(self) -> None:
        self._connected.clear()
        if not self.broken.done():
            self.broken.set_result(None)

    def _stand(self) -> None:
        self._complaint = ""
        if self.broken.done():
            self.broken = asyncio.get_running_loop().create_future()
        self._connected.set()
        self.on_connected()


async def stopped(task: asyncio.Future[Any]) -> None:
    """Cancel a task until it has ended."""
    while not task.done():
        task.cancel()
        await asyncio.wait({task}, timeout=0.05)


def _checks(message: Message, after: int | None) -> dict[str, str]:
    headers: dict[str, str] = {}
    if after is not None:
        headers["Nats-Expected-Last-Sequence"] = str(after)
    if message.newest is not None:
        headers["Nats-Expected-Last-Subject-Sequence"] = str(message.newest)
    return headers


def _outcome(answer: Mapping[str, Any]) -> Stored | Moved | Refusal | Silence:
    error = answer.get("error")
    if error is None:
        return Stored(int(answer["seq"])) if answer.get("seq") else Silence(f"an answer without a place: {answer}")
    code, text = int(error.get("err_code", 0)), str(error.get("description", ""))
    if code == WRONG_LAST_SEQUENCE:
        return Moved(int(text.rpartition(":")[2]))
    return Refusal(f"{text} ({code})", full=code in _NOTHING_LEFT)


def _json(message: Msg) -> dict[str, Any]:
    try:
        return msgspec.json.decode(message.data, type=dict[str, Any])
    except msgspec.MsgspecError:
        return {"error": {"description": f"no JSON in the answer: {message.data[:80]!r}"}}


def _text(error: BaseException) -> str:
    return str(error) or type(error).__name__


async def _drop(subscription: Subscription) -> None:
    with contextlib.suppress(Error, OSError):
        await subscription.unsubscribe()
