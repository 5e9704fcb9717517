"""One room's desk in the drill: acts through the API of its application, each written in the book with its answer.

What stays unknown is asked again, under the same id, once the network is whole: then every act has an answer.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import msgspec

from meldkamer.client import (
    Ack,
    ApiError,
    CallAck,
    Client,
    HttpTransport,
    NotValid,
    Problem,
    SlowDown,
    StoreFull,
    Unknown,
    envelope,
    error_for,
)
from meldkamer.domain.basics import split_ref
from meldkamer.domain.clock import Clock, Ids, derived_id
from meldkamer.drill.book import Act, Book, Outcome
from meldkamer.drill.setting import account

ANSWER_SECONDS = 8.0
PROBE_SECONDS = 2.0
"""How long an act that is sent a single time waits for its answer."""
CONNECTIONS = 32

Send = Callable[[], Awaitable[Ack | CallAck]]


class Desk:
    """Acts of one room. regions: those at home there."""

    def __init__(self, room: str, regions: tuple[str, ...], url: str, token: str, book: Book, clock: Clock, ids: Ids):
        self.room, self.regions = room, regions
        self._book, self._clock, self._ids = book, clock, ids
        transport = HttpTransport(url, timeout=ANSWER_SECONDS, connections=CONNECTIONS)
        self.client = Client(transport, token, clock=clock, ids=ids)
        self._token, self._account = token, account(room)
        self._open: dict[str, tuple[Act, Send]] = {}

    async def close(self) -> None:
        await self.client.close()

    async def command(self, command: Mapping[str, Any], region: str) -> Act:
        """One act of an operator."""
        id = self._ids.new()
        act = self._begin(id, region, str(command["type"]))
        return await self._send(act, lambda: self.client.command(command, id))

    async def once(self, command: Mapping[str, Any], region: str) -> Act:
        """The same, sent a single time: what was not answered is asked again later."""
        id = self._ids.new()
        act = self._begin(id, region, str(command["type"]))
        return await self._send(
            act, lambda: self.client.command(command, id), lambda: _once(self.client, self._token, command, id)
        )

    async def telephony(self, kind: str, call: str, region: str, **more: object) -> tuple[Act, str]:
        """An event of the telephony system; the call's reference comes with it ('' when nobody knows it yet)."""
        event = f"{kind}-{call}"
        act = self._begin(derived_id("event", self._account, event), region, f"call {kind}")
        body = {"event_id": event, "call_id": call, "kind": kind, "function": f"{region}.112", **more}
        found: list[str] = []

        async def send() -> CallAck:
            answer = await self.client.telephony(body)
            found.append(answer.call)
            return answer

        await self._send(act, send)
        return act, found[-1] if found else ""

    async def status(self, unit: str, code: str) -> Act:
        """A status from the terminal of a unit."""
        event = self._ids.new()
        act = self._begin(derived_id("field.status", unit, event), split_ref(unit)[0], "status")
        return await self._send(act, lambda: self.client.field_status(unit, code, event))

    async def ask_again(self) -> int:
        """Send what is unknown once more. Returns how much still is."""
        for act, send in list(self._open.values()):
            await self._send(act, send)
        return len(self._open)

    def _begin(self, id: str, region: str, what: str) -> Act:
        return self._book.begin(Act(id=id, room=self.room, region=region, what=what, sent=self._clock.monotonic()))

    async def _send(self, act: Act, send: Send, first: Send | None = None) -> Act:
        try:
            answer = await (first or send)()
        except (Unknown, ConnectionError, SlowDown, StoreFull) as error:
            # Full is a definite no of one try, but an earlier one may have been stored: asked again, it is known.
            act.outcome, act.why = "unknown", str(error)[:200]
            self._open[act.id] = (act, send)
            return act
        except NotValid as error:
            raise RuntimeError(f"the drill asked what the API does not know: {error}") from error
        except ApiError as error:
            act.outcome, act.why = "refused", f"{error.problem.type} {error.problem.code}"
        else:
            act.outcome = _outcome(answer)
            act.seq = answer.seq
            act.region = answer.region if isinstance(answer, Ack) else split_ref(answer.call)[0]
        act.answered = self._clock.monotonic()
        self._open.pop(act.id, None)
        return act


def _outcome(answer: Ack | CallAck) -> Outcome:
    if answer.duplicate and not answer.seq:
        return "nothing"
    return "LOCAL" if answer.outcome == "LOCAL" else "SAFE"


async def _once(client: Client, token: str, command: Mapping[str, Any], id: str) -> Ack:
    """One request, not repeated. Raises ApiError, ConnectionError."""
    body = msgspec.json.encode(envelope(command, id))
    headers = {"authorization": f"Bearer {token}", "content-type": "application/json"}
    try:
        async with asyncio.timeout(PROBE_SECONDS):
            answer = await client.transport.request("POST", "/api/commands", body, headers)
    except TimeoutError:
        raise ConnectionError("no answer in time") from None
    if answer.status < 400:
        return msgspec.json.decode(answer.body, type=Ack)
    try:
        problem = msgspec.json.decode(answer.body, type=Problem)
    except msgspec.DecodeError:
        problem = Problem(detail=answer.body[:200].decode("utf-8", "replace"))
    raise error_for(msgspec.structs.replace(problem, status=answer.status))
