"""How long a stored event takes to 500 desks' screens, against a bare WebSocket echo under the same load.

Ours: from the moment at which the room learns from the record that the event is stored, to its arrival at each desk of
its region. The baseline: the same number of sockets, which in bursts of the same size and at the same rate send a few
bytes that come straight back. Both take the 99th percentile over every message.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any

from bench import Ratio, alternate
from bench.fanout import Clients, Message, Send, Source, live_on, paced, serving
from meldkamer.desk.live import PROTOCOL

REGIONS = ["NN", "ON", "MD", "NH", "AD", "DH", "RT", "ZB", "OB", "LB"]


def run(quick: bool) -> list[Ratio]:
    """p99, ours against an echo."""
    desks, rate, seconds, rounds = (100, 50.0, 2.0, 1) if quick else (500, 100.0, 8.0, 3)
    ours, baseline = alternate(
        rounds,
        lambda: asyncio.run(_ours(desks, rate, seconds)),
        lambda: asyncio.run(_echo(desks, rate, seconds)),
    )
    return [
        Ratio(
            name=f"stored event to screen, {desks} desks, {rate:.0f} events/s, p99",
            ours=ours,
            baseline=baseline,
            unit="ms",
            bound=5.0,
            more_is_better=False,
            against="WebSocket echo under the same load, uvicorn",
        )
    ]


async def _ours(desks: int, rate: float, seconds: float) -> float:
    source = Source([*REGIONS])
    hub, live = live_on(source)
    stored: dict[tuple[str, int], float] = {}

    async def step() -> None:
        at = time.monotonic()
        stored[source.next()] = at

    async with serving(live) as url, Clients(url, desks, REGIONS, source.picture.positions) as clients:
        beating = asyncio.create_task(hub.run())
        await paced(rate, 0.5, step)
        await clients.ask("seen")
        stored.clear()
        await paced(rate, seconds, step)
        await asyncio.sleep(0.5)
        seen = (await clients.ask("seen"))["seen"]
        beating.cancel()
    times = [at - stored[(region, seq)] for region, seq, at in seen if (region, seq) in stored]
    expected = len(stored) * desks // len(REGIONS)
    if len(times) < expected:
        raise RuntimeError(f"{expected - len(times)} of {expected} messages did not arrive")
    return _p99(times)


async def _echo(desks: int, rate: float, seconds: float) -> float:
    async def app(scope: Any, receive: Callable[[], Awaitable[Message]], send: Send) -> None:
        await receive()
        await send({"type": "websocket.accept", "subprotocol": PROTOCOL})
        first = True
        while (message := await receive())["type"] == "websocket.receive":
            await send({"type": "websocket.send", "text": '{"t":"caught_up"}' if first else message["text"]})
            first = False

    async with serving(app) as url, Clients(url, desks, REGIONS, {}) as clients:
        burst = desks // len(REGIONS)
        await clients.ask(f"echo {rate} {burst} 0.5")
        await clients.ask("seen")
        await clients.ask(f"echo {rate} {burst} {seconds}")
        seen = (await clients.ask("seen"))["seen"]
    return _p99([at for _, _, at in seen])


def _p99(times: list[float]) -> float:
    ordered = sorted(times)
    return ordered[int(len(ordered) * 0.99)] * 1000
