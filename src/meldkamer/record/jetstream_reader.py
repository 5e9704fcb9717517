"""Reading a stream in order, without holes: an ephemeral pull consumer, made anew after the last good message.

Never more is under way than was asked for, so nothing is dropped; the consumer's own count and the stream's sequences
are checked for every message. A message that one replica has lost is fetched from the leader, or from whichever other
still has it; one that is nowhere is damage.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import logging
from collections import deque
from collections.abc import AsyncGenerator, Sequence
from typing import NamedTuple

from meldkamer.record.jetstream_access import RequestFailed, Unreachable
from meldkamer.record.jetstream_client import NOT_FOUND, Arrived, JetStreamClient

PULL, PULL_BYTES = 1_000, 8 << 20
_SECOND = 1_000_000_000
_EXPIRES_SECONDS, _HEARTBEAT_SECONDS, _SILENT_SECONDS = 30, 1, 3.0
_PAUSE_SECONDS = 0.1
_DIRECT_SECONDS, _ONE_DIRECT_SECONDS = 10.0, 1.0
"""Any replica may be asked, also one that has just been cut off and that nobody misses yet: then another one."""
_REPLICAS_ASKED = 10

log = logging.getLogger(__name__)


class Raw(NamedTuple):
    """A message as it is stored."""

    seq: int
    subject: str
    data: bytes


class Hole(Exception):
    """The stream has no message at a sequence where it must have one."""

    def __init__(self, seq: int, next: int) -> None:
        super().__init__(f"missing, the next entry is {next}")
        self.seq = seq


class _Broken(Exception):
    """This consumer is of no more use."""


async def follow(client: JetStreamClient, stream: str, after: int) -> AsyncGenerator[list[Raw], None]:
    """All messages after a sequence, as they come, for ever. Raises Hole; waits while nobody can be reached."""
    while True:
        try:
            async with contextlib.aclosing(_consume(client, stream, after)) as consumer:
                async for some in consumer:
                    whole, hole = some, None
                    if some[0].seq != after + 1 or some[-1].seq - some[0].seq != len(some) - 1:
                        whole, hole = await _mended(client, stream, after, some)
                    if whole:
                        after = whole[-1].seq
                        yield whole
                    if hole is not None:
                        raise hole
        except (_Broken, Unreachable, RequestFailed) as error:
            log.info("stream %s: reading begins again after %d: %s", stream, after, error)
            await asyncio.sleep(_PAUSE_SECONDS)


async def follow_newest(client: JetStreamClient, stream: str, after: int) -> AsyncGenerator[list[Raw], None]:
    """What a stream still has after a sequence, as it comes, for ever: of a stream in which newer messages take the
    place of older ones, so that holes say nothing."""
    while True:
        try:
            async with contextlib.aclosing(_consume(client, stream, after)) as consumer:
                async for some in consumer:
                    after = some[-1].seq
                    yield some
        except (_Broken, Unreachable, RequestFailed) as error:
            log.info("stream %s: reading begins again after %d: %s", stream, after, error)
            await asyncio.sleep(_PAUSE_SECONDS)


async def _consume(client: JetStreamClient, stream: str, after: int) -> AsyncGenerator[list[Raw], None]:
    """One consumer, until something about it is not as it should be. Raises _Broken, Unreachable, RequestFailed."""
    arrived, wake = deque[Arrived](), asyncio.Event()

    def take(message: Arrived) -> None:
        arrived.append(message)
        wake.set()

    def wakened(_: object) -> None:
        wake.set()

    inbox, subscription = await client.subscribe(take)
    broken = client.broken
    broken.add_done_callback(wakened)
    name = inbox.rpartition(".")[2]
    try:
        await client.ask(
            f"CONSUMER.CREATE.{stream}.{name}",
            {
                "stream_name": stream,
                "config": {
                    "name": name,
                    "deliver_policy": "by_start_sequence",
                    "opt_start_seq": after + 1,
                    "ack_policy": "none",
                    "replay_policy": "instant",
                    "inactive_threshold": 60 * _SECOND,
                    "mem_storage": True,
                    "num_replicas": 1,
                },
            },
        )
        count, asked = 0, 0
        while True:
            if not asked:
                pull = {"batch": PULL, "max_bytes": PULL_BYTES, "expires": _EXPIRES_SECONDS * _SECOND}
                beat = {"idle_heartbeat": _HEARTBEAT_SECONDS * _SECOND}
                await client.tell(f"CONSUMER.MSG.NEXT.{stream}.{name}", pull | beat, inbox)
                asked = PULL
            try:
                async with asyncio.timeout(_SILENT_SECONDS):
                    await wake.wait()
            except TimeoutError:
                raise _Broken("not even a heartbeat any more") from None
            wake.clear()
            if broken.done():
                raise _Broken("the connection broke")
            some: list[Raw] = []
            while arrived:
                message = arrived.popleft()
                status = (message.headers or {}).get("Status")
                if status is not None and not message.reply:
                    asked = _asked(status, message, asked)
                    continue
                seq, consumer = _numbers(message.reply)
                if consumer != count + 1:
                    raise _Broken(f"its message {count + 1} did not come")
                count, asked = consumer, asked - 1
                some.append(Raw(seq, message.subject, message.data))
            if some:
                yield some
    finally:
        broken.remove_done_callback(wakened)
        await client.unsubscribe(subscription)
        with contextlib.suppress(Unreachable):  # it goes by itself when nobody asks for a minute
            await client.tell(f"CONSUMER.DELETE.{stream}.{name}", None, inbox)


def _asked(status: str, message: Arrived, asked: int) -> int:
    """What is still to come of the request after a status message; 0 when it has ended."""
    if status == "100":
        return asked
    why = str((message.headers or {}).get("Description", ""))
    # A request ends by time (408), or because the next message would make it too large (409).
    if status == "408" or (status == "409" and why.startswith(("Batch Completed", "Message Size Exceeds MaxBytes"))):
        return 0
    raise _Broken(f"{status} {why}")


def _numbers(reply: str) -> tuple[int, int]:
    """Stream and consumer sequence from `$JS.ACK.[domain.account.]stream.consumer.delivered.S.C.time.pending[.…]`."""
    fields = reply.split(".")
    at = 5 if len(fields) == 9 else 7
    return int(fields[at]), int(fields[at + 1])


async def _mended(client: JetStreamClient, stream: str, after: int, some: list[Raw]) -> tuple[list[Raw], Hole | None]:
    """The same messages with those that the replica we read from has lost, up to one that is nowhere."""
    whole: list[Raw] = []
    for raw in some:
        for seq in range(after + 1, raw.seq):
            found = await get(client, stream, seq) or await _anywhere(client, stream, seq)
            if found is None:
                return whole, Hole(seq, raw.seq)
            log.error("stream %s: a replica has lost sequence %d, another still has it", stream, seq)
            whole.append(found)
        whole.append(raw)
        after = raw.seq
    return whole, None


async def get(client: JetStreamClient, stream: str, seq: int) -> Raw | None:
    """One message, from the leader; None when it has none at that sequence. Raises RequestFailed, Unreachable."""
    return await _get(client, stream, {"seq": seq})


async def _anywhere(client: JetStreamClient, stream: str, seq: int) -> Raw | None:
    """One message from whichever replica answers, asked several times as each time another one may."""
    for _ in range(_REPLICAS_ASKED):
        for message in await client.ask_many(f"DIRECT.GET.{stream}", {"seq": seq}, bool, _ONE_DIRECT_SECONDS):
            headers = message.headers or {}
            if headers.get("Nats-Sequence") == str(seq):
                return Raw(seq, headers["Nats-Subject"], message.data)
    return None


async def next_of(client: JetStreamClient, stream: str, after: int, subject: str) -> Raw | None:
    """The first message after a sequence on these subjects, from the leader; None when there is none. Raises
    RequestFailed, Unreachable."""
    return await _get(client, stream, {"seq": after + 1, "next_by_subj": subject})


async def newest(client: JetStreamClient, stream: str, subject: str) -> Raw | None:
    """The newest message of a subject, from the leader. Raises RequestFailed, Unreachable."""
    return await _get(client, stream, {"last_by_subj": subject})


async def _get(client: JetStreamClient, stream: str, which: dict[str, object]) -> Raw | None:
    try:
        found = (await client.ask(f"STREAM.MSG.GET.{stream}", which))["message"]
    except RequestFailed as error:
        if error.code in NOT_FOUND:
            return None
        raise
    return Raw(found["seq"], found["subject"], base64.b64decode(found.get("data", "")))


async def between(client: JetStreamClient, stream: str, after: int, last: int, subject: str = ">") -> list[Raw]:
    """What there is with after < sequence <= last, of one subject or of all. Any replica answers, and is asked again
    when it lags. Raises Unreachable when the last of them, which must exist, does not come.
    """
    found: list[Raw] = []
    end = asyncio.get_running_loop().time() + _DIRECT_SECONDS
    while after < last:
        before = after
        body = {"seq": after + 1, "next_by_subj": subject, "batch": PULL, "max_bytes": PULL_BYTES}
        for message in await client.ask_many(f"DIRECT.GET.{stream}", body, _whole, _ONE_DIRECT_SECONDS):
            headers = message.headers or {}
            if "Nats-Sequence" in headers and (seq := int(headers["Nats-Sequence"])) > after:
                found.append(Raw(seq, headers["Nats-Subject"], message.data))
                after = seq
        if after == before:
            if asyncio.get_running_loop().time() > end:
                raise Unreachable(f"stream {stream}: nobody has {subject} up to sequence {last}")
            await asyncio.sleep(_PAUSE_SECONDS)
    return [raw for raw in found if raw.seq <= last]


def _whole(messages: Sequence[Arrived]) -> bool:
    """Whether the last answer of a direct get has come: it says how it ended."""
    return bool(messages) and "Status" in (messages[-1].headers or {})
