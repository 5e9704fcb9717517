"""Faults of power: a site, or every site at once, loses what it had not written through, and starts from the rest."""

from __future__ import annotations

import signal
from collections.abc import Sequence

from meldkamer.drill.disk import Disks
from meldkamer.drill.fault import Fault, a_site, a_site_with_core, everything, several_cores
from meldkamer.drill.looking import safe_again, taken_over, unavailable
from meldkamer.drill.mending import core_whole
from meldkamer.drill.proxy import REFUSED
from meldkamer.drill.rows import Row
from meldkamer.drill.stage import Stage

ALONE_SECONDS = 20.0
BACK_SECONDS = 180.0
"""Every server and every application starts, one by one."""


async def power_loss(stage: Stage, row: Row) -> None:
    """A site with a core server: the others serve its functions, and what the core promised stands there as well."""
    begin = stage.clock.monotonic()
    await _off(stage, row.target)
    row.seen["takeover_s"] = await taken_over(stage, [row.target], begin)
    row.seen["unavailable_s"] = unavailable(stage.probes_outside([row.target]), begin, stage.clock.monotonic())
    await _disks(stage).power_on(row.target)


async def power_loss_all(stage: Stage, row: Row) -> None:
    """Nobody is left who could have a copy in memory."""
    begin = stage.clock.monotonic()
    sites = [site.code for site in stage.network.sites]
    await _off(stage, *sites)
    for code in sites:
        await _disks(stage).power_on(code)
    await stage.start(*(server.name for server in stage.network.servers()))
    await core_whole(stage)
    await stage.start(*stage.all_names())
    row.seen["back_s"] = await safe_again(stage, list(stage.probes.values()), begin, BACK_SECONDS)


async def power_loss_alone(stage: Stage, row: Row) -> None:
    """A site that is cut off has said LOCAL of what nobody else has; then its power goes. It must bring all of that."""
    begin = stage.clock.monotonic()
    probes = [p for room, p in stage.probes.items() if stage.site_of(room).code == row.target]
    stage.wiring.set(REFUSED, stage.wiring.between(row.target))
    row.seen["takeover_s"] = await taken_over(stage, [row.target], begin)
    await stage.clock.wait(max(0.0, begin + ALONE_SECONDS - stage.clock.monotonic()))
    await _off(stage, row.target)
    row.seen["alone"] = sum(probe.first("LOCAL", begin) is not None for probe in probes)
    await _disks(stage).power_on(row.target)
    stage.wiring.heal()
    healed = stage.clock.monotonic()
    await stage.start(*(name for name in stage.all_names() if not stage.running(name)))
    row.seen["back_s"] = await safe_again(stage, probes, healed)


async def _off(stage: Stage, *sites: str) -> None:
    """The power goes at these sites at once: first what was written, then whoever wrote."""
    for code in sites:
        _disks(stage).power_off(code)
    await stage.end(signal.SIGKILL, *(name for code in sites for name in stage.names_at(code) if stage.running(name)))


def _disks(stage: Stage) -> Disks:
    if stage.disks is None:
        raise RuntimeError("tried without file systems of their own, though `needs` says so")
    return stage.disks


def _needs(stage: Stage) -> str:
    return several_cores(stage) if stage.disks is not None else "needs --disks: root, loop devices and ext4"


POWER_FAULTS: Sequence[Fault] = (
    Fault(
        "power-loss",
        "everything at a site with a core server loses its power",
        a_site_with_core,
        power_loss,
        {},
        _needs,
    ),
    Fault(
        "power-loss-all",
        "every site loses its power at once",
        everything,
        power_loss_all,
        {"back_s": BACK_SECONDS},
        _needs,
    ),
    Fault("power-loss-alone", "a site that is cut off for 20 s loses its power", a_site, power_loss_alone, {}, _needs),
)
