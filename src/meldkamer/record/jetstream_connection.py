"""A connection by nats-py that is made anew whenever it breaks, for as long as it is wanted.

* A client that met an authorization error is closed for ever, even when the next server would let it in: it is made
  anew here.
* What is published while there is no connection waits in a buffer and goes out minutes later: nothing is published
  without a connection, and when one breaks everybody who waits for an answer over it is told (`broken`).
* Headers are read letter by letter, which costs more than everything else about a message; here line by line.
* Before it connects again it says goodbye to the server that is gone, and waits half a minute for an answer when the
  link to it swallows everything: here such a connection is dropped.
* Task cancellation is swallowed while flushing, so whoever stops a task here checks that it stopped (`stopped`).
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import logging
import ssl
from collections.abc import Callable
from typing import Any

from nats.aio.client import Client
from nats.errors import Error

from meldkamer.record.jetstream_access import Access, Unreachable
from meldkamer.record.nkey import NKey

_RETRY_PAUSE_SECONDS = 0.2
_PING_SECONDS, _PINGS = 2, 2
_PENDING_BYTES = 64 << 20
_PLAIN = b"NATS/1.0\r\n"

log = logging.getLogger(__name__)


class _Client(Client):
    async def _process_headers(self, headers: bytes | None) -> dict[str, str] | None:
        if not headers:
            return None
        if not headers.startswith(_PLAIN):  # it says a status first
            found: dict[str, str] | None = await super()._process_headers(headers)
            return found
        lines = headers[len(_PLAIN) :].decode("utf-8", "replace").split("\r\n")
        return {name: value.strip() for name, sign, value in (line.partition(":") for line in lines) if sign}

    async def _attempt_reconnect(self) -> None:
        writer = getattr(self._transport, "_io_writer", None)
        if writer is not None:
            writer.transport.abort()
        await super()._attempt_reconnect()


class Connection:
    """To one of the servers of an access, whichever lets us in."""

    def __init__(self, access: Access, name: str) -> None:
        """name: how it shows on the servers. Raises NKeyError, OSError, ssl.SSLError for its files."""
        self._access, self._name = access, name
        self._key = NKey.read(access.seed_path) if access.seed else None
        self._tls = access.tls()
        self._client: Client | None = None
        self._connected = asyncio.Event()
        self.broken: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        """Done when the connection that stands now breaks; another one takes its place with the next connection."""
        self._closed = False
        self._keeper: asyncio.Task[None] | None = None
        self._complaint = ""
        self.stood = 0
        """How often a connection came to stand."""
        self.on_connected: Callable[[], None] = lambda: None
        """Called each time a connection stands (again)."""

    async def open(self, seconds: float) -> None:
        """Connect. Raises Unreachable when no server lets us in within that time."""
        self.begin()
        try:
            await self.ready(seconds)
        except Unreachable:
            await self.close()
            raise

    def begin(self) -> None:
        """Connect, and again whenever it breaks, without waiting for it."""
        if self._keeper is None:
            self._keeper = asyncio.create_task(self._keep(), name=f"connection {self._name}")

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

    def standing(self) -> Client:
        """The client of the connection that stands. Raises Unreachable."""
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
            text = text_of(error)
            # A server that turns us away says why and hangs up; that it hung up is no news.
            refused = "authorization" in self._complaint.lower() and isinstance(error, OSError)
            if text != self._complaint and not refused:
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
            self._complaint = self._complaint or text_of(error)
            with contextlib.suppress(Exception):
                await client.close()
            return None
        return client

    def _fall(self) -> None:
        self._connected.clear()
        if not self.broken.done():
            self.broken.set_result(None)

    def _stand(self) -> None:
        self.stood += 1
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


def text_of(error: BaseException) -> str:
    """What an error says; some of nats-py's say nothing."""
    return str(error) or type(error).__name__
