"""A room server for page tests of a flood: the burst of a New Year's night in one region, at a time that is told.

`python flood_server.py FOLDER` prints one line of JSON when it serves. Shown time stands still until it obeys a line on
its standard input, and each line is answered with one of JSON: `to SECONDS` lets it go on to so long after midnight,
and all that is due by then be done; `report` ends the simulated world and says what that counted.
"""

from __future__ import annotations

import asyncio
import contextlib
import heapq
import itertools
import json
import sys
from collections.abc import Awaitable, Callable
from functools import cache
from pathlib import Path
from unittest.mock import patch

import msgspec
from argon2 import PasswordHasher

from meldkamer.access import make_demonstration
from meldkamer.access.people import Account
from meldkamer.client import AsgiTransport, Client
from meldkamer.domain.clock import Millis, RandomIds, SystemClock
from meldkamer.pack import demonstration_hospitals, load_pack
from meldkamer.room import House, open_house
from meldkamer.serve import listen, serve
from meldkamer.settings import Settings
from meldkamer.simulate import NATIONAL_DAY, Burst, CallStream, LivingWorld, Seat, WorldConfig, WorldData, factor

CHEAP = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
REGION, NEIGHBOUR, FIRST_ANSWER = "LB", "OB", "N1"
MIDNIGHT: Millis = 1_767_222_000_000
"""1 January 2026, 00:00 Dutch time."""
SECONDS, TIMES = 600, 30.0
"""So long the burst is, and so many times the calls of this region on an ordinary day in the mean."""
SEED = "2026"
SEATS = ("lb.een", "lb.twee")
"""Two who answer for police, fire service and ambulance care: nobody else sits in this room at night."""
SEATED = {("OB", "P.intake"): 3, ("OB", "A.intake"): 3, ("OB", "B.intake"): 2, ("N1", "112"): 8}
"""Simulated colleagues by room and kind of function; in the flooded room sit people only."""


@cache
def data() -> WorldData:
    """A world in which only this region is inhabited: nobody calls from elsewhere."""
    pack = load_pack()
    all_ = WorldData.of(pack, hospitals=demonstration_hospitals(pack))
    return msgspec.structs.replace(all_, places=tuple(p for p in all_.places if p.region == REGION))


def config() -> WorldConfig:
    """The burst, and hardly a call before or after it."""
    pack = load_pack()
    everybody = sum(p.inhabitants for p in WorldData.of(pack).places)
    share = sum(p.inhabitants for p in data().places) / everybody
    few = 1e-6
    burst = Burst(REGION, MIDNIGHT, SECONDS, TIMES / few / factor(MIDNIGHT))
    return WorldConfig(seed=SEED, daily=NATIONAL_DAY * share * few, bursts=(burst,), lockstep=True)


def callers() -> CallStream:
    """Who calls: the same people, at the same times, as call at the server."""
    given = config()
    return CallStream(data(), seed=given.seed, start=MIDNIGHT, daily=given.daily, bursts=given.bursts)


class ToldClock(SystemClock):
    """Shown time goes on when it is told to; leases, beats and patience go by real time."""

    def __init__(self, start: Millis) -> None:
        super().__init__()
        self._shown = start
        self._order = itertools.count()
        self._sleepers: list[tuple[Millis, int, asyncio.Future[None]]] = []

    def now(self) -> Millis:
        return self._shown

    async def sleep(self, seconds: float) -> None:
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        heapq.heappush(self._sleepers, (self._shown + max(1, int(seconds * 1000)), next(self._order), future))
        await future

    async def go(self, until: Millis, quiet: Callable[[], Awaitable[None]]) -> None:
        """Wake everybody who sleeps until then, in order; those who sleep longer wait for what these do."""
        while self._sleepers and self._sleepers[0][0] <= until:
            self._shown = max(self._shown, self._sleepers[0][0])
            while self._sleepers and self._sleepers[0][0] <= self._shown:
                future = heapq.heappop(self._sleepers)[2]
                if not future.done():
                    future.set_result(None)
            await quiet()
        self._shown = until


class WorldClock(ToldClock):
    """The same clock for the simulated world, which says when that waits for time."""

    def __init__(self, clock: ToldClock) -> None:
        super().__init__(clock.now())
        self._clock, self.waits = clock, asyncio.Event()

    def now(self) -> Millis:
        return self._clock.now()

    async def sleep(self, seconds: float) -> None:
        self.waits.set()
        await self._clock.sleep(seconds)
        self.waits.clear()


class Told:
    """What obeys: the world, and how far it is."""

    def __init__(self, house: House, clock: ToldClock, own: WorldClock, world: LivingWorld) -> None:
        self._house, self._clock, self._own, self._world = house, clock, own, world
        self.living: asyncio.Task[object] = asyncio.create_task(world.run())

    async def quiet(self) -> None:
        """Until the world waits for time again, and what the house was storing meanwhile is stored."""
        for _ in range(10):
            await asyncio.sleep(0)
        waits = asyncio.ensure_future(self._own.waits.wait())
        await asyncio.wait({waits, self.living}, return_when=asyncio.FIRST_COMPLETED)
        waits.cancel()
        # A round trip through the writer: an offer of the distribution is stored before it.
        await self._house.record.resolve("NL", "0" * 32)
        for _ in range(10):
            await asyncio.sleep(0)

    async def obey(self) -> None:
        """Answer line after line of the standard input."""
        reader = asyncio.StreamReader()
        loop = asyncio.get_running_loop()
        await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
        async for line in reader:
            word, _, rest = line.decode().strip().partition(" ")
            print(json.dumps(await (self._go(int(rest)) if word == "to" else self._report())), flush=True)

    async def _go(self, seconds: int) -> object:
        await self.quiet()
        await self._clock.go(MIDNIGHT + seconds * 1000, self.quiet)
        return seconds

    async def _report(self) -> object:
        self.living.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self.living
        return msgspec.to_builtins(await self._world.report())


async def main(folder: str) -> None:
    """Put house and world together, say where it is, serve."""
    pack = load_pack()
    rooms = tuple(room.code for room in pack.rooms)
    sock = listen("127.0.0.1", 0)
    port = sock.getsockname()[1]
    settings = Settings(data=folder, rooms=rooms, port=port, hosts=("127.0.0.1", "in-process"))
    clock = ToldClock(MIDNIGHT)
    with patch("meldkamer.access.passwords.PasswordHasher", return_value=CHEAP):
        async with open_house(settings, clock, RandomIds(), True) as house:
            await house.register()
            who = await make_demonstration(house.accounts, house.passwords, pack.roles, pack.functions, rooms)
            hashed = await house.passwords.hash(who.password)
            roles = ("CTL-P", "CTL-B", "CTL-A")
            two = [Account(name=n, room=REGION, roles=roles, password=hashed, demonstration=True) for n in SEATS]
            await house.accounts.put(two, "demonstration", "two seats")
            seats = [
                Seat(c.account, c.room, c.function, c.seat, c.token)
                for c in who.colleagues
                if int(c.seat.rpartition("-")[2]) <= SEATED.get((c.room, c.function), 0)
            ]
            own = WorldClock(clock)
            base = Client(AsgiTransport(house.app), clock=own)
            gateways = {**who.gateways, "reader": seats[0].token}
            told = Told(house, clock, own, LivingWorld(base, data(), seats, gateways, config(), own, RandomIds()))
            said = {
                "url": f"http://127.0.0.1:{port}",
                "password": who.password,
                "gateways": who.gateways,
                "people": {**dict.fromkeys(SEATS, REGION), **{person.account: person.room for person in who.people}},
                "rooms": rooms,
            }
            print(json.dumps(said), flush=True)
            obeying = asyncio.create_task(told.obey())
            try:
                await serve(house, sock)
            finally:
                for task in (obeying, told.living):
                    task.cancel()


if __name__ == "__main__":
    asyncio.run(main(str(Path(sys.argv[1]))))
