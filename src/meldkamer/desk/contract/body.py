"""The body of a request, bounded while it arrives: in length, in time, and by what it says it is."""

from __future__ import annotations

import asyncio
import contextlib

from starlette.requests import Request as HttpRequest

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
    media, _, parameter = http.headers.get("content-type", "").partition(";")
    charset = parameter.strip().lower().removeprefix("charset=").strip('"')
    if media.strip().lower() != expected or charset not in ("", "utf-8"):
        code = "request.not_json" if expected == JSON else "request.media_type"
        raise ProblemError("not_valid", code, f"send {expected} in UTF-8", status=415)
    if http.headers.get("content-encoding", "identity").lower() != "identity":
        raise ProblemError("not_valid", "request.encoded", "send the body as it is, not compressed", status=415)
    declared = http.headers.get("content-length", "0")
    if declared.isdecimal() and (length := int(declared[:20])) > most:
        if length <= MAX_DISCARDED:
            await _discard(http)
        raise _too_large(most)
    received = bytearray()
    try:
        async with asyncio.timeout(BODY_SECONDS):
            async for chunk in http.stream():
                if len(received) + len(chunk) > most:
                    raise _too_large(most)
                received += chunk
    except TimeoutError as error:
        detail = f"the body took longer than {BODY_SECONDS:.0f} s"
        raise ProblemError("not_valid", "request.slow", detail, status=408, headers={"Connection": "close"}) from error
    return bytes(received)


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
