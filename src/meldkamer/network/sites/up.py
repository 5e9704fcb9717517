"""The whole network on this machine, for trying out: start every server, wait until it works, and keep watch."""

from __future__ import annotations

import asyncio
import contextlib
import signal
from collections.abc import Callable, Sequence

from meldkamer.domain.clock import Clock
from meldkamer.network.sites.applications import SETTINGS, application, chosen_sites, start_applications
from meldkamer.network.sites.figures import Figures, answering_core, ask
from meldkamer.network.sites.files import folder as make_folder
from meldkamer.network.sites.keyring import Keyring
from meldkamer.network.sites.link import Operator
from meldkamer.network.sites.model import Network, NetworkError, Server
from meldkamer.network.sites.processes import Job, Processes, command
from meldkamer.network.sites.streams import Plan, make_streams

READY_SECONDS = 150.0
"""Within so many seconds each step must be done: an election takes up to nine, and a room server that met no leader
tries again after up to two minutes."""
LOOK_SECONDS = 0.3

Say = Callable[[str], None]


def chosen(network: Network, only: Sequence[str]) -> list[Server]:
    """The servers of these sites, or of these names; all of them when none is given. Raises NetworkError."""
    servers = list(network.servers())
    for name in only:
        if not any(name in (server.name, server.site.code) for server in servers):
            raise NetworkError(f"{name}: neither a site nor a server of this network")
    return [server for server in servers if not only or {server.name, server.site.code} & set(only)]


class Up:
    """One run of `network up`. `only`: just these sites or servers (others run elsewhere). `applications`: sites whose
    application is started as well, when the servers work."""

    def __init__(
        self,
        keys: Keyring,
        network: Network,
        program: str,
        plan: Plan,
        operator: Operator,
        clock: Clock,
        say: Say,
        only: Sequence[str] = (),
        applications: Sequence[str] = (),
    ) -> None:
        self._network = network
        self._keys, self._program, self._plan, self._operator = keys, program, plan, operator
        self._clock, self._say = clock, say
        self.servers = chosen(network, only)
        self._applications = chosen_sites(network, applications)
        self._whole = not only
        self._stopped: asyncio.Event = asyncio.Event()
        self._deserted = False
        self.stays = False
        """Whether it goes on when every process has ended, since somebody starts them again."""
        self.processes = Processes(self._ended)

    async def run(self, seconds: float | None = None) -> None:
        """Start, wait until all works, then stay until a signal (or for so long). Everything is gone when it returns.

        Raises NetworkError when it does not come to work.
        """
        loop = asyncio.get_running_loop()
        for sign in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(sign, self._stopped.set)
        loop.add_signal_handler(signal.SIGHUP, self._reload)
        try:
            starting = asyncio.create_task(self._until_working())
            stopping = asyncio.create_task(self._stopped.wait())
            await asyncio.wait({starting, stopping}, return_when=asyncio.FIRST_COMPLETED)
            if self._deserted and not starting.done():
                starting.cancel()
                raise NetworkError(f"the servers ended before they worked; see {self._logs()}")
            starting.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await starting
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(stopping, seconds)
        finally:
            for sign in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
                loop.remove_signal_handler(sign)
            self._say("stopping")
            await self.processes.close()
            self._say("every server has ended")

    async def _start(self, servers: list[Server]) -> None:
        for server in servers:
            folder = self._keys.site(server.site.code)
            make_folder(folder / "data")
            log = folder / f"{server.kind}.log"
            job = Job(server.name, tuple(command(self._program, server.kind)), folder, log)
            await self.processes.start(job)

    async def _until_working(self) -> None:
        """The core first: a room server that finds none tries its copies again only after ten seconds and more."""
        cores = [server for server in self.servers if server.kind == "core"]
        rooms = [server for server in self.servers if server.kind == "room"]
        if cores:
            await self._start(cores)
            several = len(self._network.cores) > 1
            await self._each("core servers answer and have a leader", cores, lambda f: bool(f.meta) or not several)
        core = await answering_core(self._operator, self._network, self._clock)
        await make_streams(self._operator, core, self._plan, self._clock, READY_SECONDS)
        if cores:
            await self._led(cores)
        if rooms:
            await self._start(rooms)
            await self._each("room servers are connected to the core", rooms, lambda figures: bool(figures.peers))
            for server in rooms:
                await make_streams(self._operator, server, self._plan, self._clock, READY_SECONDS)
            await self._each("room servers copy every region", rooms, _copies)
        await start_applications(self._applications, self._keys, self.processes, self._clock, self._say)
        self._say("the network is up" if self._whole else "these servers are up")

    async def _led(self, cores: list[Server]) -> None:
        """Wait until every stream of the core has a leader among these servers, or elsewhere if they are not all."""
        end = self._clock.monotonic() + READY_SECONDS
        missing = set(self._plan.names)
        while missing:
            answers = await asyncio.gather(*(ask(self._operator, server, self._clock) for server in cores))
            streams = [stream for answer in answers if answer.figures for stream in answer.figures.streams]
            missing -= {stream.name for stream in streams if stream.leader}
            if missing and self._clock.monotonic() > end:
                raise NetworkError(f"nobody leads {', '.join(sorted(missing))}")
            if missing:
                await self._clock.wait(LOOK_SECONDS)
        self._say(f"{len(self._plan.names)} streams have a leader: what is written is kept by a majority")

    async def _each(self, what: str, servers: list[Server], good: Callable[[Figures], bool]) -> None:
        """Wait until each server answers and what it says is good, telling how many do."""
        end = self._clock.monotonic() + READY_SECONDS
        waiting, told = list(servers), -1
        while waiting:
            answers = await asyncio.gather(*(ask(self._operator, s, self._clock) for s in waiting))
            waiting = [
                server
                for server, answer in zip(waiting, answers, strict=True)
                if answer.figures is None or not good(answer.figures)
            ]
            if len(servers) - len(waiting) != told:
                told = len(servers) - len(waiting)
                self._say(f"{told} of {len(servers)} {what}")
            gone = [server for server in waiting if server.name not in self.processes.pids()]
            if gone or (waiting and self._clock.monotonic() > end):
                first = (gone or waiting)[0]
                log = self._keys.site(first.site.code) / f"{first.kind}.log"
                names = ", ".join(server.name for server in gone or waiting)
                raise NetworkError(f"not so: {what}; {names}. What {first.name} says of itself is in {log}")
            if waiting:
                await self._clock.wait(LOOK_SECONDS)

    def _logs(self) -> str:
        """Where the servers say why."""
        return ", ".join(str(self._keys.site(s.site.code) / f"{s.kind}.log") for s in self.servers[:2])

    def _ended(self, name: str, code: int) -> None:
        again = self._again(name)
        how = f"signal {signal.Signals(-code).name}" if code < 0 else f"exit code {code}"
        self._say(f"{name} has ended ({how}); start it again with `{again}`")
        if not self.processes.pids() and not self.stays:
            self._deserted = True
            self._stopped.set()

    def _again(self, name: str) -> str:
        """How to start one that has ended."""
        for site in self._applications:
            if application(site) == name:
                return f"meldkamer room {self._keys.site(site.code) / SETTINGS}"
        return f"meldkamer network up … --only {name}"

    def _reload(self) -> None:
        self.processes.signal(signal.SIGHUP, {server.name for server in self.servers})
        self._say("every server reads its configuration again")


def _copies(figures: Figures) -> bool:
    """Whether each copy of a region has heard of the core."""
    copies = [stream for stream in figures.streams if stream.source]
    return bool(copies) and all(copy.contact_ms >= 0 for copy in copies)
