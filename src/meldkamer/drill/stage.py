"""A running network to drill: its processes, its links, an application's every desk, and eyes on each of them."""

from __future__ import annotations

import asyncio
import contextlib
import random
import signal
from collections.abc import AsyncIterator, Callable, Coroutine, Iterable
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from meldkamer.client import ApiError, Client, HttpTransport
from meldkamer.domain.clock import Clock, RandomIds
from meldkamer.drill.book import Book
from meldkamer.drill.desk import Desk
from meldkamer.drill.disk import Disks
from meldkamer.drill.load import Work
from meldkamer.drill.probe import Probe
from meldkamer.drill.setting import Setting
from meldkamer.drill.wiring import Wiring
from meldkamer.drill.witness import Witness
from meldkamer.network.sites.applications import ALL, LOG, application, start_applications
from meldkamer.network.sites.figures import Figures, ask_all
from meldkamer.network.sites.link import Operator
from meldkamer.network.sites.model import NetworkError, Server, Site
from meldkamer.network.sites.processes import Job, command
from meldkamer.network.sites.streams import Plan
from meldkamer.network.sites.up import Up

LOOK_SECONDS = 0.2
GONE_SECONDS = 30.0
WHOLE_SECONDS = 90.0
"""How long a network may take to be whole again after a fault."""
NOTE = "not in this drill"

T = TypeVar("T")


class Stage:
    """What a fault may touch and look at."""

    def __init__(
        self,
        setting: Setting,
        wiring: Wiring,
        up: Up,
        running: asyncio.Task[None],
        operator: Operator,
        plan: Plan,
        clock: Clock,
        program: str,
        say: Callable[[str], None],
        other: str = "",
        disks: Disks | None = None,
    ) -> None:
        self.setting, self.wiring, self.operator, self.plan, self.clock = setting, wiring, operator, plan, clock
        self.network, self.keys = setting.network, setting.keys
        self.other = other
        """The `meldkamer` of another version; empty when there is none here."""
        self.disks = disks
        """File systems of their own, for sites that lose their power; None without."""
        self.book = Book()
        self._up, self._running, self._program, self._say = up, running, program, say
        self.desks: dict[str, Desk] = {}
        self.witnesses: dict[str, Witness] = {}
        self.probes: dict[str, Probe] = {}
        self.works: list[Work] = []
        self._looks: dict[str, Client] = {}

    # --- opening ----------------------------------------------------------------------------------------------------

    async def open(self, seed: int) -> None:
        """Sit down in every room and prepare what the work needs. Raises NetworkError."""
        ids = RandomIds()
        for site in self.network.sites:
            url = f"http://{site.host}:{site.ports.desk}"
            for room in site.rooms:
                regions = tuple(r for r, home in self.network.regions.items() if home == room == r)
                self.desks[room] = Desk(room, regions, url, self.setting.tokens[room], self.book, self.clock, ids)
            client = Client(HttpTransport(url, timeout=5.0), self.setting.tokens[site.rooms[0]], clock=self.clock)
            self._looks[site.code] = client
            self.witnesses[site.code] = Witness(site.code, site.rooms, client, self.clock)
        for room, desk in self.desks.items():
            await desk.client.take_seat(f"{room}-drill-1")
        first = next(iter(self.desks.values()))
        for room in self.setting.absent:
            # Rooms of the country that do not take part must not be anybody's successor.
            await first.command({"type": "declare_room_down", "room": room, "reason": NOTE}, "NL")
        for room, desk in self.desks.items():
            for region in desk.regions:
                others = [each for each in self.desks.values() if each is not desk and each.regions]
                rng = random.Random(f"{seed} work {region}")  # noqa: S311 - the same seed is the same work
                work = Work(desk, region, others, rng, self.clock)
                if not await work.prepare():
                    raise NetworkError(f"{room} does not take its units; see {self.log(room)}")
                self.works.append(work)
                self.probes[room] = Probe(desk, region, self.clock)

    async def or_ended(self, work: Coroutine[Any, Any, T]) -> T:
        """Do this for as long as the network is kept running. Raises NetworkError when somebody ends it meanwhile."""
        task = asyncio.ensure_future(work)
        await asyncio.wait({task, self._running}, return_when=asyncio.FIRST_COMPLETED)
        if task.done():
            return task.result()
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
        raise NetworkError("ended by a signal; nothing was judged")

    async def close(self) -> None:
        for desk in self.desks.values():
            await desk.close()
        for client in self._looks.values():
            await client.close()

    def log(self, room: str) -> Path:
        """Where a room's application says what it thinks."""
        return self.keys.site(self.site_of(room).code) / "application.log"

    # --- who is where -----------------------------------------------------------------------------------------------

    def site_of(self, room: str) -> Site:
        """The site at which a room works."""
        return next(site for site in self.network.sites if room in site.rooms)

    def note(self, text: str) -> None:
        """Tell whoever watches the drill."""
        self._say(text)

    def witness(self, room: str) -> Witness:
        """The one that watches the application of a room."""
        return self.witnesses[self.site_of(room).code]

    def others(self, sites: Iterable[str]) -> list[Witness]:
        """The witnesses elsewhere that watch now."""
        away = set(sites)
        return [w for code, w in self.witnesses.items() if code not in away and w.watching]

    def probes_outside(self, sites: Iterable[str]) -> list[Probe]:
        """The pulses of rooms that work elsewhere."""
        away = set(sites)
        return [p for room, p in self.probes.items() if self.site_of(room).code not in away]

    async def figures(self) -> dict[str, Figures]:
        """What each server that answers says of itself."""
        answers = await ask_all(self.operator, self.network, self.clock)
        return {answer.server: answer.figures for answer in answers if answer.figures is not None}

    async def leader(self, region: str) -> Server:
        """The core server that leads a region's stream. Raises NetworkError when nobody does."""
        stream = self.plan.stream(region)
        for figures in (await self.figures()).values():
            for each in figures.streams:
                if each.name == stream and each.leader == figures.server:
                    return next(s for s in self.network.servers() if s.name == figures.server)
        raise NetworkError(f"nobody leads {stream}")

    # --- processes --------------------------------------------------------------------------------------------------

    def running(self, name: str) -> bool:
        return name in self._up.processes.pids()

    def pid(self, name: str) -> int:
        """Raises KeyError when it does not run."""
        return self._up.processes.pids()[name]

    def tell(self, sign: signal.Signals, *names: str) -> None:
        """Send processes a signal."""
        self._up.processes.signal(sign, names)

    async def end(self, sign: signal.Signals, *names: str) -> None:
        """Send a signal that ends them, and wait until they are gone. Raises NetworkError when they stay."""
        self.tell(sign, *names)
        if not await self.until(lambda: not any(self.running(name) for name in names), GONE_SECONDS):
            raise NetworkError(f"{', '.join(names)} did not end")

    async def start(self, *names: str) -> None:
        """Start what has ended, servers first. Raises NetworkError for an application that does not open."""
        missing = [name for name in names if not self.running(name)]
        for server in self.network.servers():
            if server.name in missing:
                folder = self.keys.site(server.site.code)
                log = folder / f"{server.kind}.log"
                job = Job(server.name, tuple(command(self._program, server.kind)), folder, log)
                await self._up.processes.start(job)
        sites = [site for site in self.network.sites if application(site) in missing]
        if sites:
            await start_applications(sites, self.keys, self._up.processes, self.clock, lambda said: None)

    async def start_otherwise(self, site: Site, words: tuple[str, ...]) -> None:
        """Start a site's application by another command, and wait until it answers. Raises NetworkError."""
        folder, name = self.keys.site(site.code), application(site)
        await self._up.processes.start(Job(name, words, folder, folder / LOG))
        witness = self.witnesses[site.code]
        if not await self.until(lambda: witness.watching or not self.running(name), GONE_SECONDS):
            raise NetworkError(f"{name} does not open; what it says of itself is in {folder / LOG}")

    def names_at(self, code: str) -> list[str]:
        """Every process of a site, by name."""
        site = self.network.site(code)
        return [s.name for s in self.network.servers() if s.site.code == code] + [application(site)]

    def all_names(self) -> list[str]:
        """Every process, by name."""
        return [s.name for s in self.network.servers()] + [application(site) for site in self.network.sites]

    async def until(self, true: Callable[[], bool], seconds: float) -> bool:
        """Wait until something holds. False when the time is over first."""
        end = self.clock.monotonic() + seconds
        while not true():
            if self.clock.monotonic() > end:
                return False
            await self.clock.wait(LOOK_SECONDS)
        return True

    async def health(self, site: str) -> dict[str, tuple[str, str]]:
        """An application's checks: name -> (state, detail); empty when it does not answer."""
        try:
            found = await self._looks[site].get("/health", type=_Health)
        except (ApiError, ConnectionError, msgspec.MsgspecError):
            return {}
        return {check.name: (check.state, check.detail) for check in found.checks}


class _Check(msgspec.Struct, frozen=True):
    name: str
    state: str
    detail: str


class _Health(msgspec.Struct, frozen=True):
    checks: list[_Check] = []


@contextlib.asynccontextmanager
async def opened(
    setting: Setting,
    wiring: Wiring,
    operator: Operator,
    plan: Plan,
    clock: Clock,
    program: str,
    say: Callable[[str], None],
    other: str = "",
    disks: Disks | None = None,
) -> AsyncIterator[Stage]:
    """Start everything, and end everything. Raises NetworkError when it does not come to work."""
    ready = asyncio.Event()

    def told(text: str) -> None:
        if not ready.is_set():  # from then on processes end because we end them
            say(text)
        if text == "the network is up":
            ready.set()

    up = Up(setting.keys, setting.network, program, plan, operator, clock, told, applications=[ALL])
    running = asyncio.create_task(up.run(), name="network")
    waiting = asyncio.create_task(ready.wait())
    try:
        await asyncio.wait({running, waiting}, return_when=asyncio.FIRST_COMPLETED)
        if running.done():
            running.result()
            raise NetworkError("stopped before the network was up")
        up.stays = True
        yield Stage(setting, wiring, up, running, operator, plan, clock, program, say, other, disks)
    finally:
        waiting.cancel()
        running.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await running
