"""Questions and messages to NATS servers: with `jetstream_connection` the one door to nats-py and its weaknesses.

* Subscriptions drop messages when their queue is full. Queues here have no limit, as only what was asked for comes.
* An error is no proof that nothing was stored: what was sent and not answered is an outcome of its own (`Silence`).
* A batch is committed by a message that is stored; a commit by `eob` forgets the checks of the last message.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Coroutine, Sequence
from typing import Any

import msgspec
from nats.aio.msg import Msg
from nats.aio.subscription import Subscription
from nats.errors import Error, NoRespondersError

from meldkamer.record.jetstream_access import Access, RequestFailed, Unreachable
from meldkamer.record.jetstream_connection import Connection, stopped, text_of
from meldkamer.record.jetstream_outcome import Message, Moved, Refusal, Silence, Stored, checks, outcome

NOT_FOUND = frozenset({10014, 10037, 10059})
"""Consumer, message, stream."""
Arrived = Msg
"""A message that came in: subject, reply, data and headers."""
Enough = Callable[[Sequence[Arrived]], bool]


class JetStreamClient(Connection):
    """A connection, and what is asked over it."""

    def __init__(self, access: Access, name: str, domain: str = "") -> None:
        """domain: of the JetStream that is meant, when it is not that of the servers themselves."""
        super().__init__(access, name)
        self._api = f"$JS.{domain}.API." if domain else "$JS.API."

    # --- questions --------------------------------------------------------------------------------------------------

    async def ask(self, api: str, body: object = None, seconds: float = 5.0) -> dict[str, Any]:
        """A JetStream API request. Raises RequestFailed with the server's code, Unreachable."""
        answer = await self.request(self._api + api, b"" if body is None else msgspec.json.encode(body), seconds)
        if (error := answer.get("error")) is not None:
            raise RequestFailed(f"{api}: {error.get('description')}", int(error.get("err_code", 0)))
        return answer

    async def request(self, subject: str, payload: bytes, seconds: float) -> dict[str, Any]:
        """A request with one JSON answer. Raises Unreachable."""
        client = self.standing()
        try:
            return await self._answer(client.request(subject, payload, timeout=seconds))
        except (Error, OSError, TimeoutError) as error:
            raise Unreachable(f"{subject}: {text_of(error)}") from None

    async def ask_many(self, api: str, body: object, enough: Enough, seconds: float) -> list[Msg]:
        """A JetStream API request with many answers. Raises Unreachable."""
        return await self.gather(self._api + api, msgspec.json.encode(body), enough, seconds)

    async def gather(self, subject: str, payload: bytes, enough: Enough, seconds: float) -> list[Msg]:
        """A request with many answers: those that came until there are `enough`, or the time is over."""
        client, found, wake = self.standing(), list[Msg](), asyncio.Event()

        async def take(message: Msg) -> None:
            found.append(message)
            wake.set()

        inbox = client.new_inbox()
        try:
            subscription = await client.subscribe(inbox, cb=take, pending_msgs_limit=0, pending_bytes_limit=0)
            await client.publish(subject, payload, reply=inbox)
        except (Error, OSError) as error:
            raise Unreachable(f"{subject}: {text_of(error)}") from None
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
        client = self.standing()

        async def callback(message: Msg) -> None:
            take(message)

        inbox = client.new_inbox()
        try:
            made = await client.subscribe(inbox, cb=callback, pending_msgs_limit=0, pending_bytes_limit=0)
        except (Error, OSError) as error:
            raise Unreachable(f"subscribing: {text_of(error)}") from None
        return inbox, made

    async def unsubscribe(self, subscription: Subscription) -> None:
        await _drop(subscription)

    async def tell(self, api: str, body: object, reply: str) -> None:
        """A JetStream API request whose answers come to an inbox. Raises Unreachable."""
        try:
            payload = b"" if body is None else msgspec.json.encode(body)
            await self.standing().publish(self._api + api, payload, reply=reply)
        except (Error, OSError) as error:
            raise Unreachable(f"{api}: {text_of(error)}") from None

    # --- storing ----------------------------------------------------------------------------------------------------

    async def store(
        self, messages: Sequence[Message], after: int | None, seconds: float
    ) -> Stored | Moved | Refusal | Silence:
        """Store messages of one stream, all or none. after: the stream's last sequence that is expected."""
        if not self.connected:
            return Refusal(f"no connection: {self._complaint}")
        client = self.standing()
        batch = client.new_inbox().rpartition(".")[2] if len(messages) > 1 else ""
        sent = False
        try:
            for number, message in enumerate(messages[:-1], 1):
                headers = checks(message, after if number == 1 else None)
                headers |= {"Nats-Batch-Id": batch, "Nats-Batch-Sequence": str(number)}
                await client.publish(message.subject, message.payload, headers=headers)
            last = messages[-1]
            headers = checks(last, None if batch else after)
            if batch:
                headers |= {"Nats-Batch-Id": batch, "Nats-Batch-Sequence": str(len(messages)), "Nats-Batch-Commit": "1"}
            sent = True
            answer = await self._answer(client.request(last.subject, last.payload, timeout=seconds, headers=headers))
        except NoRespondersError:
            return Refusal("nobody leads the stream at the moment")
        except (Error, OSError, TimeoutError) as error:
            return Silence(text_of(error)) if sent else Refusal(text_of(error))
        return outcome(answer)

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


def _json(message: Msg) -> dict[str, Any]:
    try:
        return msgspec.json.decode(message.data, type=dict[str, Any])
    except msgspec.MsgspecError:
        return {"error": {"description": f"no JSON in the answer: {message.data[:80]!r}"}}


async def _drop(subscription: Subscription) -> None:
    with contextlib.suppress(Error, OSError):
        await subscription.unsubscribe()
