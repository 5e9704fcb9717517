"""Reading every copy of the record, server by server: the core's replicas and each room's mirrors."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

from meldkamer.domain.clock import Clock
from meldkamer.drill.checker import Copy
from meldkamer.network.sites.copies import Raw, read_copy
from meldkamer.network.sites.figures import Answer, ask_all
from meldkamer.network.sites.link import Operator
from meldkamer.network.sites.model import Network, NetworkError, Server
from meldkamer.network.sites.streams import Plan, name_on
from meldkamer.record import Entry, RecordError

LOOK_SECONDS = 0.5

Decode = Callable[[str, Raw], Entry | str]
"""The entry in a message of a region, or why there is none."""


async def read_copies(
    operator: Operator, network: Network, plan: Plan, clock: Clock, decode: Decode, seconds: float
) -> list[Copy]:
    """Every copy of every region, as far as the core goes once each copy has come as far; those that have not within
    `seconds` are read as far as they are. Equal copies share what was found. Raises NetworkError, RecordError."""
    ends = await even(operator, network, plan, clock, seconds)
    copies: list[Copy] = []
    for region, until in ends.items():
        first: list[Raw] = []
        found: dict[int, Entry | str] = {}
        for server in network.servers():
            raws = await _read(operator, server, name_on(server, plan, region), until)
            if not copies or copies[-1].region != region or raws != first:
                first, found = raws, {raw.seq: decode(region, raw) for raw in raws}
            copies.append(Copy(server.name, region, found))
    return copies


async def even(operator: Operator, network: Network, plan: Plan, clock: Clock, seconds: float) -> dict[str, int]:
    """Wait until every copy has come as far as the core is, for at most `seconds`. Returns how far the core is."""
    end = clock.monotonic() + seconds
    while True:
        answers = await ask_all(operator, network, clock)
        ends = {region: _end(answers, plan.stream(region)) for region in network.regions}
        if not behind(network, plan, answers, ends):
            return ends
        if clock.monotonic() > end:
            return ends
        await clock.wait(LOOK_SECONDS)


def behind(network: Network, plan: Plan, answers: Sequence[Answer], ends: dict[str, int]) -> list[str]:
    """The servers that lack something, or did not say."""
    figures = {answer.server: answer.figures for answer in answers}
    found: list[str] = []
    for server in network.servers():
        told = figures.get(server.name)
        last = {stream.name: stream.last for stream in told.streams} if told is not None else {}
        if any(last.get(name_on(server, plan, region), -1) < until for region, until in ends.items()):
            found.append(server.name)
    return found


def _end(answers: Sequence[Answer], stream: str) -> int:
    lasts = [s.last for a in answers if a.figures is not None for s in a.figures.streams if s.name == stream]
    if not lasts:
        raise NetworkError(f"no server says how far {stream} is")
    return max(lasts)


async def _read(operator: Operator, server: Server, stream: str, until: int) -> list[Raw]:
    """What one server has; tried again, as a consumer may be lost with a server that changes its mind."""
    for attempt in range(3):
        try:
            async with operator.call(server) as line:
                blocks = [block async for block in read_copy(line, stream, server.name, 0, until)]
            return [raw for block in blocks for raw in block]
        except RecordError:
            if attempt == 2:
                raise
            await asyncio.sleep(LOOK_SECONDS)
    raise AssertionError("unreachable")
