"""Reading a stream as one server has it: its own copy, entry by entry, also where another server has more or less.

A direct read may be answered by any server that holds the stream. A consumer lives on one of them and reads what that
one has; where it comes to live is the core's choice, so one is made anew until it lives where we want it.
"""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Sequence

import msgspec

from meldkamer.network.sites.link import ANSWER_SECONDS, Line, Reply
from meldkamer.record import RecordError

BLOCK = 1000
"""Entries asked for at once."""
TRIES = 100
"""With five servers the chance of missing one so often is one in ten thousand million."""
_SECOND = 1_000_000_000


class Raw(msgspec.Struct, frozen=True, gc=False):
    """A stored message: its sequence, its subject and what it holds."""

    seq: int
    subject: str
    data: bytes


async def read_copy(line: Line, stream: str, server: str, after: int, until: int) -> AsyncIterator[list[Raw]]:
    """The messages that this server has with a sequence above `after`, up to `until`, in blocks; what is missing there
    is passed over. Raises RecordError when it cannot be read there."""
    if after >= until:
        return
    consumer = await _placed(line, stream, server, after + 1)
    try:
        at = after
        while at < until:
            found = await _next(line, stream, consumer)
            if not found:
                return
            yield [raw for raw in found if raw.seq <= until]
            at = found[-1].seq
    finally:
        with contextlib.suppress(RecordError):
            await line.request(f"$JS.API.CONSUMER.DELETE.{stream}.{consumer}", b"", ANSWER_SECONDS)


async def _placed(line: Line, stream: str, server: str, start: int) -> str:
    """The name of a consumer that lives on this server."""
    config = {
        "deliver_policy": "by_start_sequence",
        "opt_start_seq": start,
        "ack_policy": "none",
        "mem_storage": True,
        "num_replicas": 1,
        "inactive_threshold": 60 * _SECOND,
    }
    question = msgspec.json.encode({"stream_name": stream, "config": config})
    for _ in range(TRIES):
        made = await line.request(f"$JS.API.CONSUMER.CREATE.{stream}", question, ANSWER_SECONDS)
        if (error := made.get("error")) is not None:
            raise RecordError(f"stream {stream}: {error.get('description')}")
        name = str(made["name"])
        if (made.get("cluster") or {}).get("leader", server) == server:
            return name
        await line.request(f"$JS.API.CONSUMER.DELETE.{stream}.{name}", b"", ANSWER_SECONDS)
    raise RecordError(f"stream {stream}: cannot be read on {server}, which seems not to hold it")


async def _next(line: Line, stream: str, consumer: str) -> list[Raw]:
    question = msgspec.json.encode({"batch": BLOCK, "no_wait": True})
    replies = await line.gather(f"$JS.API.CONSUMER.MSG.NEXT.{stream}.{consumer}", question, _ended, ANSWER_SECONDS)
    if not _ended(replies):
        raise RecordError(f"stream {stream}: the server stopped answering")
    return [_raw(reply) for reply in replies if not _status(reply)]


def _ended(replies: Sequence[Reply]) -> bool:
    return len(replies) >= BLOCK or (bool(replies) and bool(_status(replies[-1])))


def _status(reply: Reply) -> str:
    return (reply.headers or {}).get("Status", "")


def _raw(reply: Reply) -> Raw:
    # `$JS.ACK.<stream>.<consumer>.<times>.<sequence>…`, with domain and account before the stream in the longer form.
    words = reply.reply.split(".")
    try:
        return Raw(int(words[5] if len(words) == 9 else words[7]), reply.subject, reply.data)
    except (IndexError, ValueError):
        raise RecordError(f"an answer without a sequence: {reply.reply}") from None
