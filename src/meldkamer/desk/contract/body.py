"""The body of a request, bounded while it arrives: in length, in time, and by what it says it is."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Generator
from typing import Any, cast

from starlette.requests import ClientDisconnect
from starlette.requests import Request as HttpRequest
from starlette.types import Message

from meldkamer.desk.contract.problems import ProblemError

JSON = "application/json"
MAX_BODY = 256 * 1024
MAX_DISCARDED = 16 * 1024 * 1024
"""Up to this length a body that is too large is received and thrown away. A connection that is cut while its client
still sends is reset, and the answer that says what is wrong gets lost with it."""
BODY_SECONDS = 20.0
"""How long a body may take to arrive. A desk's takes milliseconds; one that trickles holds a place others need."""


async def read_body(http: HttpRequest, expected: str = JSON, most: int = MAX_BODY) -> bytes:
    """The whole body, never more than `most` bytes of it in memory. expected: its media type; always UTF-8.

    Raises ProblemError (400, 408, 413, 415).
    """
    given = {name: value.decode("latin-1") for name, value in reversed(http.scope["headers"])}  # the first counts
    media, _, parameter = given.get(b"content-type", "").partition(";")
    charset = parameter.strip().lower().removeprefix("charset=").strip('"')
    if media.strip().lower() != expected or charset not in ("", "utf-8"):
        code = "request.not_json" if expected == JSON else "request.media_type"
        raise ProblemError("not_valid", code, f"send {expected} in UTF-8", status=415)
    if given.get(b"content-encoding", "identity").lower() != "identity":
        raise ProblemError("not_valid", "request.encoded", "send the body as it is, not compressed", status=415)
    declared = given.get(b"content-length", "0")
    if declared.isdecimal() and (length := int(declared[:20])) > most:
        if length <= MAX_DISCARDED:
            await _discard(http)
        raise _too_large(most)
    received = bytearray()
    step = http.receive()
    message, waits = _begin(step)
    if message is not None and _take(message, received, most):
        return bytes(received)  # nearly every body is there already, and needs no clock that watches over it
    try:
        async with asyncio.timeout(BODY_SECONDS):
            if message is None:
                message = await _GoOn(step, waits)
                if _take(message, received, most):
                    return bytes(received)
            while not _take(await http.receive(), received, most):
                pass
    except TimeoutError as error:
        detail = f"the body took longer than {BODY_SECONDS:.0f} s"
        raise ProblemError("not_valid", "request.slow", detail, status=408, headers={"Connection": "close"}) from error
    return bytes(received)


def _begin(step: Any) -> tuple[Message | None, Any]:
    """Take the first step of a coroutine: its result when it needs no more, else what it waits for."""
    try:
        return None, step.send(None)
    except StopIteration as done:
        return done.value, None


class _GoOn:
    """Goes on with a coroutine whose first step was taken, where that waits."""

    def __init__(self, step: Any, waits: Any) -> None:
        self._step, self._waits = step, waits

    def __await__(self) -> Generator[Any, Any, Message]:
        waits = self._waits
        while True:
            try:
                answer = yield waits
            except BaseException as error:
                act, value = self._step.throw, error
            else:
                act, value = self._step.send, answer
            try:
                waits = act(value)
            except StopIteration as done:
                return cast("Message", done.value)


def _take(message: Message, received: bytearray, most: int) -> bool:
    """Add a piece of the body; whether it was the last."""
    if message["type"] == "http.disconnect":
        raise ClientDisconnect
    chunk = message.get("body", b"")
    if len(received) + len(chunk) > most:
        raise _too_large(most)
    received += chunk
    return not message.get("more_body", False)


async def _discard(http: HttpRequest) -> None:
    """Receive a body of a bounded length without keeping any of it; what trickles is not waited for."""
    left = MAX_DISCARDED
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(BODY_SECONDS):
            async for chunk in http.stream():
                left -= len(chunk)
                if left < 0:
                    return


def _too_large(most: int) -> ProblemError:
    detail = f"a request has at most {most} bytes"
    return ProblemError("too_large", detail=detail, headers={"Connection": "close"})
