"""`meldkamer run`: the whole network on one machine with a living picture, for looking, learning and load.

The rooms run in this process; callers, units and colleagues run in a process of their own and reach the rooms through
the API like everybody else.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import signal
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import msgspec

from meldkamer.access import Demonstration
from meldkamer.client import Client, HttpTransport
from meldkamer.domain.clock import Millis, RandomIds, SystemClock
from meldkamer.pack import demonstration_hospitals, load_pack
from meldkamer.room import House, demonstrate, open_house
from meldkamer.serve import listen, serving
from meldkamer.settings import Settings, SteeringSettings
from meldkamer.simulate import NATIONAL_DAY, Burst, LivingWorld, Report, Seat, WorldConfig, WorldData
from meldkamer.steering import RepositoryError, init_plan, shipped_plan

BURST_SECONDS = 2 * 3600
EVERYWHERE = "all"


class Options(msgspec.Struct, frozen=True, kw_only=True):
    """What to show. seconds: wall time after which it ends; None = until stopped. daily: national calls a day.

    alone: rooms without simulated colleagues; `all` = nowhere. burst: a region that gets thirty times its calls.
    """

    data: str = ""
    port: int = 8112
    seconds: float | None = None
    speed: float = 1.0
    daily: float = NATIONAL_DAY
    seed: str = "112"
    start: Millis | None = None
    alone: tuple[str, ...] = ()
    burst: str = ""
    accounts_file: str = ""
    json: bool = False


class Job(msgspec.Struct, frozen=True, kw_only=True):
    """What the simulating process needs; it comes over standard input, because tokens are secrets."""

    url: str
    seats: tuple[Seat, ...]
    gateways: dict[str, str]
    speed: float
    start: Millis
    origin: float
    seed: str
    daily: float
    burst: str
    seconds: float | None


async def run(options: Options) -> int:
    """Run the demonstration. Returns the exit code: 1 when something that was acknowledged is lost."""
    with contextlib.ExitStack() as stack:
        folder = options.data or stack.enter_context(tempfile.TemporaryDirectory(prefix="meldkamer-"))
        try:
            sock = listen("127.0.0.1", options.port)
        except OSError as error:
            print(f"meldkamer: port {options.port}: {error.strerror}; choose another with --port", file=sys.stderr)
            return 1
        pack = load_pack()
        rooms, port = tuple(room.code for room in pack.rooms), sock.getsockname()[1]
        settings = Settings(data=folder, rooms=rooms, port=port, steering=SteeringSettings(plan=_plan(Path(folder))))
        clock = SystemClock(options.speed, options.start)
        async with open_house(settings, clock, RandomIds(), demonstration=True) as house:
            people = await demonstrate(house)
            async with serving(house, sock) as server:
                _announce(house, people, options)
                report = await _simulate(house, people, options, clock, server)
    if options.json:
        print(json.dumps(report))
    elif report:
        print(f"calls {report.get('calls')}, incidents {report.get('incidents')}, lost {report.get('lost')}")
    return 0 if not options.seconds or report.get("lost") == 0 else 1


def _plan(data: Path) -> str:
    """The folder of a plan of this run's own, so that judging and adopting can be tried; empty where git is missing."""
    folder = data / "plan"
    if not folder.exists():
        try:
            init_plan(folder, shipped_plan())
        except RepositoryError:
            return ""
    return str(folder)


def _announce(house: House, people: Demonstration, options: Options) -> None:
    """Say where to look and with which accounts; on standard error, so that --json stays clean."""
    url = f"http://localhost:{house.settings.port}/"
    if options.accounts_file:
        accounts = [p.account for p in people.people]
        facts: dict[str, Any] = {
            "url": url,
            "password": people.password,
            "gateways": people.gateways,
            "people": accounts,
        }
        facts["seats"] = msgspec.to_builtins(people.colleagues)
        path = Path(options.accounts_file)
        path.touch(mode=0o600)
        path.write_text(json.dumps(facts), encoding="utf-8")
    names = [p.account for p in people.people]
    shown = [n for n in ("rt.112", "rt.brand", "rt.ambu", "rt.politie", "rt.caco", "dh.caco") if n in names]
    print(
        f"\n  The network is up: {url}\n"
        f"  Sign in as {', '.join(shown)} (or the same for any room: {len(names)} accounts)\n"
        f"  with the password of this run: {people.password}\n"
        f"  Data in {house.settings.data}. Ctrl+C stops it.\n",
        file=sys.stderr,
        flush=True,
    )


async def _simulate(
    house: House, people: Demonstration, options: Options, clock: SystemClock, server: asyncio.Task[None]
) -> dict[str, Any]:
    """Start the simulating process, wait for the end that was asked for, and take its figures."""
    job = Job(
        url=f"http://localhost:{house.settings.port}",
        seats=tuple(
            Seat(c.account, c.room, c.function, c.seat, c.token)
            for c in people.colleagues
            if c.room not in options.alone and EVERYWHERE not in options.alone
        ),
        gateways={**people.gateways, "reader": people.colleagues[0].token},
        speed=options.speed,
        start=clock.now(),
        origin=time.time(),
        seed=options.seed,
        daily=options.daily,
        burst=options.burst,
        seconds=options.seconds,
    )
    child = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "meldkamer.cli",
        "simulate",
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    assert child.stdin is not None and child.stdout is not None
    child.stdin.write(msgspec.json.encode(job))
    child.stdin.close()
    ended = asyncio.create_task(child.wait())
    failed = house.failed if house.failed is not None else asyncio.get_running_loop().create_future()
    await asyncio.wait([ended, server, failed], return_when=asyncio.FIRST_COMPLETED)
    if not ended.done():
        # Stopped by a person (or by a failure): the world ends too, and still says what happened.
        with contextlib.suppress(ProcessLookupError):
            child.send_signal(signal.SIGINT)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(asyncio.shield(ended), 10)
    if not ended.done():
        child.kill()
    if failed.done():
        failed.result()
    text = await child.stdout.read()
    report: dict[str, Any] = json.loads(text) if text.strip() else {}
    return report


async def simulate(job: Job) -> Report:
    """The simulating process: live in the shown world of the rooms until the end or a signal."""
    pack = load_pack()
    data = WorldData.of(pack, hospitals=demonstration_hospitals(pack))
    clock = SystemClock(job.speed, job.start, job.origin)
    bursts = (Burst(job.burst, job.start, BURST_SECONDS),) if job.burst else ()
    config = WorldConfig(seed=job.seed, daily=job.daily, bursts=bursts)
    base = Client(HttpTransport(job.url), clock=clock)
    world = LivingWorld(base, data, job.seats, job.gateways, config, clock, RandomIds())
    living = asyncio.create_task(world.run(None if job.seconds is None else job.seconds * job.speed))
    loop = asyncio.get_running_loop()
    for name in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(name, living.cancel)
    try:
        return await living
    except asyncio.CancelledError:
        return await world.report()
    finally:
        await base.close()


def options_error(options: Options, regions: set[str], rooms: set[str]) -> str:
    """What is wrong with the options, or an empty text."""
    if options.speed <= 0:
        return "--speed must be above zero"
    if options.burst and options.burst not in regions:
        return f"--burst: no region {options.burst}"
    if unknown := [room for room in options.alone if room not in rooms and room != EVERYWHERE]:
        return f"--alone: no room {', '.join(unknown)}"
    return ""
