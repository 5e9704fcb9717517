"""The operator's line to one server: what this package needs of it. The client of the record's engine is one."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any, Protocol

import msgspec

from meldkamer.network.sites.keyring import AUTHORITY, OPERATOR, WATCH, Keyring
from meldkamer.network.sites.model import Server

CONNECT_SECONDS = 3.0
ANSWER_SECONDS = 5.0


class Login(msgspec.Struct, frozen=True, kw_only=True):
    """Where to and as whom: the server's address, and the files that prove who we are."""

    name: str
    address: str
    ca: Path
    certificate: Path
    key: Path
    seed: Path
    seconds: float = CONNECT_SECONDS


class Reply(Protocol):
    """One of many answers."""

    @property
    def subject(self) -> str: ...

    @property
    def reply(self) -> str: ...

    @property
    def data(self) -> bytes: ...

    @property
    def headers(self) -> Mapping[str, str] | None: ...


class Line(Protocol):
    """An open connection."""

    async def request(self, subject: str, payload: bytes, seconds: float) -> dict[str, Any]:
        """A question with one JSON answer. Raises RecordError when none comes."""
        ...

    async def gather(
        self, subject: str, payload: bytes, enough: Callable[[Sequence[Reply]], bool], seconds: float
    ) -> Sequence[Reply]:
        """A question with many answers: those that came until there are enough, or the time is over."""
        ...


Dial = Callable[[Login], AbstractAsyncContextManager[Line]]
"""Opens a line. Raises RecordError when the server cannot be reached or does not let us in."""


class Operator:
    """The operator's keys, and the telephone."""

    def __init__(self, keys: Keyring, dial: Dial) -> None:
        self._folder, self._dial = keys.operator, dial

    def call(self, server: Server) -> AbstractAsyncContextManager[Line]:
        """A line with which streams can be made."""
        return self._dial(self._login(server, OPERATOR))

    def watch(self, server: Server) -> AbstractAsyncContextManager[Line]:
        """A line with which the server can only be asked how it is."""
        return self._dial(self._login(server, WATCH))

    def _login(self, server: Server, user: str) -> Login:
        folder = self._folder
        return Login(
            name=f"meldkamer network, {server.name}",
            address=address(server.site.host, server.port),
            ca=folder / f"{AUTHORITY}.pem",
            certificate=folder / f"{OPERATOR}.pem",
            key=folder / f"{OPERATOR}.key",
            seed=folder / f"{user}.nk",
        )


def address(host: str, port: int) -> str:
    """Where a client connects."""
    return f"tls://{f'[{host}]' if ':' in host else host}:{port}"
