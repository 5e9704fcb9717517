"""What the faults measure, each from the moment it is asked until it is so, or until patience ends."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping, Sequence

from meldkamer.drill.probe import Probe
from meldkamer.drill.rows import Row
from meldkamer.drill.stage import Stage
from meldkamer.drill.witness import Served, Witness

PATIENCE_SECONDS = 40.0
BACK_SECONDS = 110.0
"""A room whose links broke several times stays alone for up to a minute after the last time."""


class NotSeen(Exception):
    """What had to happen did not. Says what."""


def elsewhere(stage: Stage, away: Collection[str] = ()) -> Witness:
    """Somebody who watches at another site than these. Raises NotSeen when nobody does."""
    watching = stage.others(away)
    if not watching:
        raise NotSeen("no application that could be asked who serves what")
    return watching[0]


def owners(stage: Stage, away: Collection[str] = ()) -> dict[str, Served]:
    """Who serves what, as a room elsewhere has it. Raises NotSeen when nobody watches."""
    return dict(elsewhere(stage, away).functions)


def moved(before: Mapping[str, Served], after: Mapping[str, Served]) -> int:
    """How many functions have another owner."""
    return sum(name in after and after[name].owner != served.owner for name, served in before.items())


def times_moved(before: Mapping[str, int], after: Mapping[str, int]) -> int:
    """How often the function changed hands that did so most often, by two counts of one witness."""
    return max((count - before.get(name, 0) for name, count in after.items()), default=0)


async def taken_over(stage: Stage, sites: Collection[str], since: float, seconds: float = PATIENCE_SECONDS) -> float:
    """Seconds from `since` until every application elsewhere sees other owners for all that was served at these sites.

    Raises NotSeen.
    """
    lost = {room for code in sites for room in stage.network.site(code).rooms}
    names = {n for n, served in owners(stage, sites).items() if served.owner in lost}

    def gone(functions: Mapping[str, Served]) -> bool:
        return all(functions[name].owner not in lost for name in names if name in functions)

    waits = [witness.until(gone, since + seconds - stage.clock.monotonic()) for witness in stage.others(sites)]
    if not all(await asyncio.gather(*waits)):
        left = [name for name in sorted(names) if owners(stage, sites)[name].owner in lost]
        raise NotSeen(f"not taken over within {seconds:g} s: {', '.join(left[:5])}")
    return round(stage.clock.monotonic() - since, 2)


async def has(witness: Witness, name: str, room: str, since: float, stage: Stage) -> float:
    """Seconds from `since` until an application sees a room serve a function. Raises NotSeen."""
    if not await witness.until(lambda functions: functions[name].owner == room, PATIENCE_SECONDS):
        raise NotSeen(f"{name} did not come to {room}")
    return round(stage.clock.monotonic() - since, 3)


def unavailable(probes: Sequence[Probe], begin: float, end: float) -> float:
    """The longest time in which one of these rooms got no acknowledgement, in seconds."""
    return round(max((probe.longest_gap(begin, end) for probe in probes), default=0.0), 2)


async def safe_again(stage: Stage, probes: Sequence[Probe], since: float, seconds: float = BACK_SECONDS) -> float:
    """Seconds from `since` until each of these rooms has said SAFE. Raises NotSeen."""
    found = await asyncio.gather(*(p.until("SAFE", since, seconds) for p in probes))
    silent = [probe.room for probe, at in zip(probes, found, strict=True) if at is None]
    if silent:
        raise NotSeen(f"not SAFE again within {seconds:g} s: {', '.join(silent)}")
    return round(max((at for at in found if at is not None), default=since) - since, 2)


async def alone(stage: Stage, probes: Sequence[Probe], begin: float, healed: float, row: Row) -> None:
    """What these rooms did while they were cut off from `begin` to `healed`, and how they came back. Raises NotSeen."""
    row.seen["back_s"] = await safe_again(stage, probes, healed)
    islands = [probe for probe in probes if probe.first("LOCAL", begin) is not None]
    row.seen["alone"] = len(islands)
    if islands:
        row.seen["island_s"] = round(max((p.first("LOCAL", begin) or begin) - begin for p in islands), 2)
        row.seen["rejoin_s"] = round(max(p.standstill(healed) for p in islands), 2)
