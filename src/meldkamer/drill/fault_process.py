"""Faults of processes: killed, stopped, ended in order, alone or a whole site at once."""

from __future__ import annotations

import shutil
import signal
from collections.abc import Sequence

from meldkamer.drill.fault import Fault, a_leader, a_site, a_site_with_core, everything, several_cores
from meldkamer.drill.looking import alone, has, moved, owners, safe_again, taken_over, unavailable
from meldkamer.drill.mending import core_whole, missing, move
from meldkamer.drill.rows import Row
from meldkamer.drill.stage import Stage
from meldkamer.network import TTL_SECONDS
from meldkamer.network.sites.applications import SETTINGS, application

ELECTION_SECONDS = 14.0
"""A leader that dies is missed after four to nine seconds; then clients find the new one."""
PAUSE_SECONDS = 14.0
UP_TO = 3.0
MAJORITY_SECONDS = 20.0
MIXED_SECONDS = 20.0


async def kill_app(stage: Stage, row: Row) -> None:
    name = application(stage.network.site(row.target))
    begin = stage.clock.monotonic()
    await stage.end(signal.SIGKILL, name)
    row.seen["takeover_s"] = await taken_over(stage, [row.target], begin)
    row.seen["unavailable_s"] = unavailable(stage.probes_outside([row.target]), begin, stage.clock.monotonic())


async def stop_app(stage: Stage, row: Row) -> None:
    """It stands still, is given up, wakes, and must find that it owns nothing any more."""
    site = stage.network.site(row.target)
    witness = stage.witnesses[row.target]
    begin = stage.clock.monotonic()
    stage.tell(signal.SIGSTOP, application(site))
    row.seen["takeover_s"] = await taken_over(stage, [row.target], begin)
    woken = stage.clock.monotonic()
    stage.tell(signal.SIGCONT, application(site))
    if await witness.until(lambda functions: not witness.owned_by(site.rooms), 30.0):
        row.seen["deposed_s"] = round(stage.clock.monotonic() - woken, 2)
    else:
        row.why = "the room that had stood still did not learn that others serve its functions"


async def kill_room_server(stage: Stage, row: Row) -> None:
    await _aside(stage, row, f"room-{row.target}", signal.SIGKILL, 5.0)


async def kill_core(stage: Stage, row: Row) -> None:
    await _aside(stage, row, row.target, signal.SIGKILL, ELECTION_SECONDS)


async def term_core(stage: Stage, row: Row) -> None:
    await _aside(stage, row, row.target, signal.SIGTERM, 5.0)


async def stop_core(stage: Stage, row: Row) -> None:
    await _aside(stage, row, row.target, signal.SIGSTOP, PAUSE_SECONDS)


async def _aside(stage: Stage, row: Row, name: str, sign: signal.Signals, seconds: float) -> None:
    """A server is gone for a while; rooms go on, and no function moves."""
    before, begin = owners(stage), stage.clock.monotonic()
    if sign is signal.SIGSTOP:
        stage.tell(sign, name)
    else:
        await stage.end(sign, name)
    await stage.clock.wait(seconds)
    stage.tell(signal.SIGCONT, name)
    await safe_again(stage, list(stage.probes.values()), stage.clock.monotonic())
    row.seen["unavailable_s"] = unavailable(list(stage.probes.values()), begin, stage.clock.monotonic())
    row.seen["moved"] = moved(before, owners(stage))
    row.seen["crashed"] = len(missing(stage, name))


async def kill_site(stage: Stage, row: Row) -> None:
    site = stage.network.site(row.target)
    names = [application(site), f"room-{site.code}", *([f"core-{site.code}"] if site.core else [])]
    begin = stage.clock.monotonic()
    await stage.end(signal.SIGKILL, *names)
    row.seen["takeover_s"] = await taken_over(stage, [row.target], begin)
    row.seen["unavailable_s"] = unavailable(stage.probes_outside([row.target]), begin, stage.clock.monotonic())


async def core_majority(stage: Stage, row: Row) -> None:
    """Nobody can promise anything to all any more: rooms go on alone, and nothing changes hands."""
    cores = [f"core-{site.code}" for site in stage.network.cores]
    first = cores.index(row.target)
    dead = [cores[(first + n) % len(cores)] for n in range(len(cores) // 2 + 1)]
    before, begin = owners(stage), stage.clock.monotonic()
    await stage.end(signal.SIGKILL, *dead)
    await stage.clock.wait(MAJORITY_SECONDS)
    healed = stage.clock.monotonic()
    await stage.start(*dead)
    await alone(stage, list(stage.probes.values()), begin, healed, row)
    row.seen["moved"] = moved(before, owners(stage))
    row.seen["crashed"] = len(missing(stage))


async def rolling(stage: Stage, row: Row) -> None:
    """Every server and every application is ended in order and started again, one after another, as for an upgrade."""
    before, begin = owners(stage), stage.clock.monotonic()
    for server in stage.network.servers():
        await stage.end(signal.SIGTERM, server.name)
        await stage.start(server.name)
        await core_whole(stage)
    longest = 0.0
    for site in stage.network.sites:
        ended = stage.clock.monotonic()
        await stage.end(signal.SIGTERM, application(site))
        await stage.start(application(site))
        longest = max(longest, stage.clock.monotonic() - ended)
    row.seen["app_away_s"] = round(longest, 2)
    await safe_again(stage, list(stage.probes.values()), stage.clock.monotonic())
    row.seen["unavailable_s"] = unavailable(list(stage.probes.values()), begin, stage.clock.monotonic())
    if longest < TTL_SECONDS:  # whoever is away for longer is taken over, and rightly
        row.seen["moved"] = moved(before, owners(stage))


async def mixed_versions(stage: Stage, row: Row) -> None:
    """Every other application becomes one of another version, and after a while what it was: the way there and back of
    an upgrade, with both at work together."""
    before, begin, longest = owners(stage), stage.clock.monotonic(), 0.0
    sites = stage.network.sites[::2]
    env = shutil.which("env") or "env"
    words = (env, "-u", "PYTHONPATH", stage.other, "room", SETTINGS)
    for site in sites:
        ended = stage.clock.monotonic()
        await stage.end(signal.SIGTERM, application(site))
        await stage.start_otherwise(site, words)
        longest = max(longest, stage.clock.monotonic() - ended)
    await stage.clock.wait(MIXED_SECONDS)
    await safe_again(stage, list(stage.probes.values()), stage.clock.monotonic())
    row.seen["crashed"] = len(missing(stage))
    for site in sites:
        ended = stage.clock.monotonic()
        await stage.end(signal.SIGTERM, application(site))
        await stage.start(application(site))
        longest = max(longest, stage.clock.monotonic() - ended)
    row.seen["app_away_s"] = round(longest, 2)
    await safe_again(stage, list(stage.probes.values()), stage.clock.monotonic())
    row.seen["unavailable_s"] = unavailable(list(stage.probes.values()), begin, stage.clock.monotonic())
    if longest < TTL_SECONDS:
        row.seen["moved"] = moved(before, owners(stage))


def _no_other(stage: Stage) -> str:
    return "" if stage.other else "needs another version of the program here, which --other names"


async def declared(stage: Stage, row: Row) -> None:
    """A room is gone and a person elsewhere says so: nobody waits for a heart-beat to lapse."""
    site = stage.network.site(row.target)
    await stage.end(signal.SIGKILL, application(site))
    desk = next(d for room, d in stage.desks.items() if room not in site.rooms and d.regions)
    begin = stage.clock.monotonic()
    for room in site.rooms:
        await desk.command({"type": "declare_room_down", "room": room, "reason": "drill"}, "NL")
    row.seen["declared_s"] = await taken_over(stage, [row.target], begin)


async def hand_over(stage: Stage, row: Row) -> None:
    """Two rooms agree that a function moves."""
    work = next(w for w in stage.works if stage.site_of(w.desk.room).code == row.target)
    to = next(w.desk.room for w in stage.works if w.desk is not work.desk)
    served = owners(stage)[f"{work.region}.A.dispatch"]
    row.seen["handover_s"] = await move(stage, served, to)
    await has(stage.witnesses[row.target], served.name, to, stage.clock.monotonic(), stage)


PROCESS_FAULTS: Sequence[Fault] = (
    Fault("kill-app", "kill -9 of a room's application", a_site, kill_app),
    Fault("stop-app", "a room's application stands still (SIGSTOP), is given up, and wakes", a_site, stop_app),
    Fault("kill-room-server", "kill -9 of a room server", a_site, kill_room_server, {"unavailable_s": UP_TO}),
    Fault(
        "kill-core",
        "kill -9 of the leading core server",
        a_leader,
        kill_core,
        {"unavailable_s": ELECTION_SECONDS},
        several_cores,
    ),
    Fault(
        "term-core", "SIGTERM to the leading core server", a_leader, term_core, {"unavailable_s": UP_TO}, several_cores
    ),
    Fault(
        "stop-core",
        "the leading core server stands still for 14 s (SIGSTOP)",
        a_leader,
        stop_core,
        {"unavailable_s": ELECTION_SECONDS + UP_TO},
        several_cores,
    ),
    Fault(
        "kill-site",
        "kill -9 of everything at a site with a core server",
        a_site_with_core,
        kill_site,
        {},
        several_cores,
    ),
    Fault(
        "core-majority",
        "kill -9 of most core servers for 20 s",
        a_leader,
        core_majority,
        {},
        several_cores,
    ),
    Fault(
        "rolling",
        "every server and application ended and started again, one by one",
        everything,
        rolling,
        {"app_away_s": TTL_SECONDS},
        several_cores,
    ),
    Fault(
        "mixed-versions",
        "every other application becomes one of another version for 20 s, and again what it was",
        everything,
        mixed_versions,
        {"app_away_s": TTL_SECONDS},
        _no_other,
    ),
    Fault("declared", "kill -9 of an application, and a person elsewhere declares the room lost", a_site, declared),
    Fault("hand-over", "two rooms agree that a function moves", a_site, hand_over),
)
