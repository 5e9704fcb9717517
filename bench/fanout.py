"""What it costs to show one stored event on 500 desks, against bare ASGI sends of the same bytes on the same server.

Ours: the event is folded, its rows are made and encoded, and the frame goes to every desk. The baseline sends a
finished frame of the same length to the same number of sockets in a loop. Both run under uvicorn in this process, with
real WebSocket clients in another one; what counts is the CPU time of this process per message that arrived.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, MutableMapping
from contextlib import asynccontextmanager
from typing import Any

import msgspec
import uvicorn
from websockets.asyncio.client import connect
from websockets.typing import Subprotocol

from bench import Ratio, alternate
from meldkamer.desk import frames
from meldkamer.desk.hub import Hub
from meldkamer.desk.live import PROTOCOL, Admitted, Live
from meldkamer.desk.rows import RowChange
from meldkamer.desk.rows_of import Rows
from meldkamer.domain import unit
from meldkamer.domain.basics import Event
from meldkamer.domain.clock import SystemClock
from meldkamer.domain.unit import Meaning
from meldkamer.network import Picture
from meldkamer.record import Entry, NewEvent
from meldkamer.response import Positions

DESKS, QUICK_DESKS = 500, 100
EVENTS_A_SECOND = 20
UNITS = 200

Message = MutableMapping[str, Any]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Any, Callable[[], Awaitable[Message]], Send], Awaitable[None]]


def run(quick: bool) -> list[Ratio]:
    """CPU per message, ours against bare sends."""
    desks, seconds, rounds = (QUICK_DESKS, 2.0, 1) if quick else (DESKS, 8.0, 3)
    ours, baseline = alternate(
        rounds, lambda: asyncio.run(_ours(desks, seconds)), lambda: asyncio.run(_bare(desks, seconds))
    )
    return [
        Ratio(
            name=f"CPU per message to {desks} desks",
            ours=ours,
            baseline=baseline,
            unit="µs",
            bound=1.5,
            more_is_better=False,
            against="bare ASGI sends, uvicorn",
        )
    ]


# --- both sides -------------------------------------------------------------------------------------------------------


class Source:
    """Events of units of some regions, folded into a picture as a follower would."""

    def __init__(self, regions: list[str]) -> None:
        self.regions = regions
        self._events: dict[str, Event] = {}
        self.picture = Picture(lambda entry: self._events.pop(entry.event.id))
        self._seq = dict.fromkeys(regions, 0)
        self._version: dict[str, int] = {}
        self._n = 0
        for region in regions:
            for n in range(UNITS):
                self._apply(
                    f"ev.{region}.unit.u{n}",
                    unit.UnitRegistered(
                        discipline="A",
                        kind="AMB",
                        function=f"{region}.A.dispatch",
                        base="17-A01",
                        base_x=92e3,
                        base_y=437e3,
                    ),
                )

    def next(self) -> tuple[str, int]:
        """Fold one status report; where it stands."""
        self._n += 1
        region = self.regions[self._n % len(self.regions)]
        meaning = (Meaning.AVAILABLE, Meaning.STANDBY)[self._n % 2]
        event = unit.StatusReported(code=str(self._n % 10), meaning=meaning, source="unit")
        return region, self._apply(f"ev.{region}.unit.u{self._n % UNITS}", event)

    def _apply(self, subject: str, event: Event) -> int:
        region, now = subject.split(".")[1], int(time.time() * 1000)
        self._seq[region] += 1
        self._version[subject] = self._version.get(subject, 0) + 1
        id = f"{region}{self._seq[region]}"
        self._events[id] = event
        new = NewEvent(id=id, type="unit", body=b"", occurred=now, recorded=now, room="RT", actor="bench")
        self.picture.apply(
            Entry(
                region=region,
                seq=self._seq[region],
                subject=subject,
                version=self._version[subject],
                event=new,
                batch=id,
                n=0,
                of=1,
                previous=b"",
                hash=b"",
            )
        )
        return self._seq[region]


async def _ours(desks: int, seconds: float) -> float:
    source = Source(["RT"])
    hub, live = live_on(source)
    async with serving(live) as url, Clients(url, desks, ["RT"], source.picture.positions) as clients:
        beating = asyncio.create_task(hub.run())
        try:
            return await _measure(clients, seconds, lambda: _nothing(source.next()))
        finally:
            beating.cancel()


async def _bare(desks: int, seconds: float) -> float:
    source = Source(["RT"])
    row = Rows(source.picture, {}, Positions(source.picture)).row("unit", "RT/u1")
    finished = frames.text(frames.Ev("RT", 1_000, [RowChange(kind="unit", ref="RT/u1", row=row)]))
    sends: list[Send] = []

    async def app(scope: Any, receive: Callable[[], Awaitable[Message]], send: Send) -> None:
        await receive()
        await send({"type": "websocket.accept", "subprotocol": PROTOCOL})
        sends.append(send)
        while (await receive())["type"] != "websocket.disconnect":
            await send({"type": "websocket.send", "text": '{"t":"caught_up"}'})

    async def to_all() -> None:
        for send in sends:
            await send(finished)

    async with serving(app) as url, Clients(url, desks, ["RT"], {}) as clients:
        return await _measure(clients, seconds, to_all)


async def _measure(clients: Clients, seconds: float, step: Callable[[], Awaitable[None]]) -> float:
    await paced(EVENTS_A_SECOND, 0.5, step)
    before, start = await clients.count(), time.process_time()
    await paced(EVENTS_A_SECOND, seconds, step)
    await asyncio.sleep(0.5)
    spent = time.process_time() - start
    return spent * 1e6 / max(1, await clients.count() - before)


async def _nothing(done: object) -> None:
    return None


# --- shared with `screen` ---------------------------------------------------------------------------------------------


def live_on(source: Source) -> tuple[Hub, Live]:
    """The live channel over a source, open to everybody."""
    return live_of(source.picture)


def live_of(picture: Picture) -> tuple[Hub, Live]:
    """The live channel over a picture that somebody folds, open to everybody."""
    clock, positions = SystemClock(), Positions(picture)

    async def admit(scope: Any) -> Admitted:
        return Admitted("p", "RT", "RT-1", False, frozenset(), lambda: True)

    hub = Hub(picture, Rows(picture, {}, positions), clock, list, positions)
    return hub, Live(hub, admit, clock)


async def paced(rate: float, seconds: float, step: Callable[[], Awaitable[None]]) -> None:
    """Call `step` at this rate, on a fixed grid: a late step does not move the later ones."""
    start = time.monotonic()
    for n in range(round(rate * seconds)):
        await asyncio.sleep(max(0.0, start + n / rate - time.monotonic()))
        await step()


@asynccontextmanager
async def serving(app: App) -> AsyncIterator[str]:
    """The application under uvicorn on a free port, without compression."""
    config = uvicorn.Config(
        app,
        port=0,
        log_level="error",
        ws="websockets-sansio",
        ws_per_message_deflate=False,
        lifespan="off",
        timeout_graceful_shutdown=1,
    )
    server = uvicorn.Server(config)
    task = asyncio.create_task(server.serve())
    while not server.started:  # noqa: ASYNC110 - uvicorn sets a flag, no event
        await asyncio.sleep(0.01)
    try:
        yield f"ws://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}/api/live"
    finally:
        server.should_exit = True
        await task


class Clients:
    """Desks in a process of their own, all subscribed when the block begins. `ask` talks to it by lines of JSON."""

    def __init__(self, url: str, desks: int, regions: list[str], after: dict[str, int]) -> None:
        self._plan = {"url": url, "desks": desks, "regions": regions, "after": dict(after)}

    async def __aenter__(self) -> Clients:
        self._process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "bench.fanout",
            json.dumps(self._plan),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            limit=256 * 1024 * 1024,
        )
        await self.ask("ready")
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.ask("stop")
        await self._process.wait()

    async def count(self) -> int:
        """Messages that arrived so far."""
        return int((await self.ask("count"))["count"])

    async def ask(self, what: str) -> dict[str, Any]:
        """One question to the other process."""
        assert self._process.stdin is not None and self._process.stdout is not None
        self._process.stdin.write(what.encode() + b"\n")
        answer: dict[str, Any] = json.loads(await self._process.stdout.readline())
        return answer


# --- the other process ------------------------------------------------------------------------------------------------


class _Desks:
    def __init__(self, plan: dict[str, Any]) -> None:
        self.plan = plan
        self.count = 0
        self.seen: list[tuple[str, int, float]] = []
        self.ready = 0
        self.all_ready = asyncio.Event()
        self.sockets: list[Any] = []

    async def desk(self, n: int) -> None:
        regions = self.plan["regions"]
        mine = regions[n % len(regions)]
        async with connect(
            self.plan["url"],
            compression=None,
            subprotocols=[Subprotocol(PROTOCOL)],
            ping_interval=None,
            open_timeout=60,
        ) as socket:
            self.sockets.append(socket)
            await socket.send(msgspec.json.encode({"regions": [mine], "after": self.plan["after"]}).decode())
            async for said in socket:
                self.count += 1
                if isinstance(said, bytes):
                    continue
                if said.startswith('{"t":"ev"'):
                    at = time.monotonic()
                    head = said[:60].split('"', 12)
                    self.seen.append((head[7], int(head[10].strip(":,")), at))
                elif said.startswith('{"t":"caught_up"'):
                    self.ready += 1
                    if self.ready == self.plan["desks"]:
                        self.all_ready.set()
                elif said.startswith("echo"):
                    self.seen.append(("", 0, time.monotonic() - float(said[4:])))

    async def echo(self, rate: float, burst: int, seconds: float) -> None:
        """Bursts of sockets that each send a time stamp and get it back."""

        async def step() -> None:
            for _ in range(burst):
                socket = self.sockets[self._turn % len(self.sockets)]
                self._turn += 1
                await socket.send(f"echo{time.monotonic()}")

        self._turn = 0
        await paced(rate, seconds, step)
        await asyncio.sleep(0.5)


async def _client(plan: dict[str, Any]) -> None:
    desks = _Desks(plan)
    tasks = [asyncio.create_task(desks.desk(n)) for n in range(plan["desks"])]
    lines: asyncio.Queue[str] = asyncio.Queue()
    loop = asyncio.get_running_loop()
    loop.add_reader(sys.stdin, lambda: lines.put_nowait(sys.stdin.readline().strip()))
    while True:
        answer: dict[str, Any] = {}
        match (await lines.get()).split():
            case ["ready"]:
                await desks.all_ready.wait()
            case ["count"]:
                answer = {"count": desks.count}
            case ["seen"]:
                answer, desks.seen = {"seen": desks.seen}, []
            case ["echo", rate, burst, seconds]:
                await desks.echo(float(rate), int(burst), float(seconds))
            case _:
                sys.stdout.write("{}\n")
                sys.stdout.flush()
                for task in tasks:
                    task.cancel()
                return
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    asyncio.run(_client(json.loads(sys.argv[1])))
