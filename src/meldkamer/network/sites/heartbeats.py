"""When each room last renewed its lease, as the core has it: who lives, asked of the stream's leader."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec

from meldkamer.domain.clock import Clock, Millis
from meldkamer.network.sites.figures import Answer, server_millis
from meldkamer.network.sites.link import ANSWER_SECONDS, Line, Operator
from meldkamer.network.sites.model import Network
from meldkamer.network.sites.streams import Plan
from meldkamer.network.statement import Statement, read_statement
from meldkamer.record import Lease, RecordError

_NOT_FOUND = 10037


class Beat(msgspec.Struct, frozen=True):
    """A room's newest renewal: how long ago by the core's own clock, and what the room said of itself with it. ms is
    None for a room that never had a lease."""

    room: str
    ms: Millis | None
    said: Statement = Statement(process="")


class Beats(msgspec.Struct, frozen=True):
    """Every room's, when that was asked, or why it could not be."""

    rooms: Mapping[str, Beat]
    at: Millis
    why: str = ""


async def heartbeats(
    operator: Operator, network: Network, plan: Plan, answers: Sequence[Answer], clock: Clock
) -> Beats:
    """Ask the first core server that answered before. Never raises: that it could not be asked is an answer too."""
    up = {answer.server for answer in answers if answer.figures is not None}
    server = next((s for s in network.servers() if s.kind == "core" and s.name in up), None)
    rooms = [room for site in network.sites for room in site.rooms]
    if server is None:
        return Beats({}, clock.now(), "no core server answered")
    try:
        async with operator.call(server) as line:
            return Beats(await _ask(line, str(plan.leases["name"]), rooms), clock.now())
    except (RecordError, KeyError, ValueError, msgspec.MsgspecError) as error:
        return Beats({}, clock.now(), str(error))


async def _ask(line: Line, stream: str, rooms: Iterable[str]) -> dict[str, Beat]:
    found: dict[str, Beat] = {}
    for room in rooms:
        question = msgspec.json.encode({"last_by_subj": f"lease.{room}"})
        answer = await line.request(f"$JS.API.STREAM.MSG.GET.{stream}", question, ANSWER_SECONDS)
        if (error := answer.get("error")) is not None:
            if error.get("err_code") != _NOT_FOUND:
                raise RecordError(str(error.get("description")))
            found[room] = Beat(room, None)
            continue
        message = answer["message"]
        lease = msgspec.json.decode(base64.b64decode(message["data"]), type=Lease)
        now = await _now(line, stream)
        found[room] = Beat(room, max(0, now - server_millis(message["time"])), read_statement(lease.holder))
    return found


async def _now(line: Line, stream: str) -> Millis:
    """The time at the leader, which also dates what it stores: no two machines' clocks are compared."""
    answer: dict[str, Any] = await line.request(f"$JS.API.STREAM.INFO.{stream}", b"", ANSWER_SECONDS)
    return server_millis(answer["ts"])
