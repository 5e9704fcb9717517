"""Faults of links: all those between one site and the others, also of its core server."""

from __future__ import annotations

from collections.abc import Sequence

from meldkamer.drill.fault import Fault, a_site, several_cores
from meldkamer.drill.looking import alone, elsewhere, moved, owners, safe_again, taken_over, times_moved, unavailable
from meldkamer.drill.mending import missing
from meldkamer.drill.proxy import BLACK_HOLE, CLEAR, REFUSED, Weather
from meldkamer.drill.rows import Row
from meldkamer.drill.stage import Stage

CUT_SECONDS = 25.0
BAD_SECONDS = 20.0
FLAPS, FLAP_SECONDS = 4, 5.0
POOR = Weather(delay=0.05, jitter=0.3)
"""50 ms there and 50 back, and up to 300 ms more now and then: packets that were lost and sent again."""
NARROW = Weather(delay=0.02, rate=128_000)
"""1 Mbit/s each. A quarter of it is less than the leader of many regions has to send under this load."""


async def cut_refused(stage: Stage, row: Row) -> None:
    await _cut(stage, row, REFUSED)


async def cut_black_hole(stage: Stage, row: Row) -> None:
    await _cut(stage, row, BLACK_HOLE)


async def _cut(stage: Stage, row: Row, weather: Weather) -> None:
    """The others take over, the room goes on alone; after healing it shares what it kept."""
    stage.wiring.set(weather, stage.wiring.between(row.target))
    await _away(stage, row)


async def one_way(stage: Stage, row: Row) -> None:
    """Nothing leaves the site, though it hears the others, late: worse than a cut, as it looks alive to itself."""
    stage.wiring.one_way(row.target, POOR)
    await _away(stage, row)


async def _away(stage: Stage, row: Row) -> None:
    begin = stage.clock.monotonic()
    probes = [p for room, p in stage.probes.items() if stage.site_of(room).code == row.target]
    row.seen["takeover_s"] = await taken_over(stage, [row.target], begin)
    row.seen["unavailable_s"] = unavailable(stage.probes_outside([row.target]), begin, stage.clock.monotonic())
    await stage.clock.wait(max(0.0, begin + CUT_SECONDS - stage.clock.monotonic()))
    healed = stage.clock.monotonic()
    stage.wiring.heal()
    await alone(stage, probes, begin, healed, row)
    row.seen["crashed"] = len(missing(stage))


async def poor(stage: Stage, row: Row) -> None:
    await _bad(stage, row, POOR)


async def narrow(stage: Stage, row: Row) -> None:
    await _bad(stage, row, NARROW)


async def _bad(stage: Stage, row: Row, weather: Weather) -> None:
    """Slow is not gone: nothing may change hands, and everything is stored, late."""
    before, begin = owners(stage), stage.clock.monotonic()
    stage.wiring.set(weather, stage.wiring.between(row.target))
    await stage.clock.wait(BAD_SECONDS)
    row.seen["unavailable_s"] = unavailable(list(stage.probes.values()), begin, stage.clock.monotonic())
    row.seen["moved"] = moved(before, owners(stage, [row.target]))
    stage.wiring.heal()
    await safe_again(stage, list(stage.probes.values()), stage.clock.monotonic())
    row.seen["crashed"] = len(missing(stage))


async def flapping(stage: Stage, row: Row) -> None:
    """Links come and go every few seconds. Others may take over, once; functions must not come and go as well."""
    witness = elsewhere(stage, [row.target])
    before, begin = dict(witness.moves), stage.clock.monotonic()
    links = stage.wiring.between(row.target)
    for _ in range(FLAPS):
        stage.wiring.set(REFUSED, links)
        await stage.clock.wait(FLAP_SECONDS)
        stage.wiring.set(CLEAR, links)
        await stage.clock.wait(FLAP_SECONDS)
    row.seen["unavailable_s"] = unavailable(stage.probes_outside([row.target]), begin, stage.clock.monotonic())
    await safe_again(stage, list(stage.probes.values()), stage.clock.monotonic())
    row.seen["times_moved"] = times_moved(before, witness.moves)
    row.seen["crashed"] = len(missing(stage))


LINK_FAULTS: Sequence[Fault] = (
    Fault("cut-refused", "a site's links are refused for 25 s", a_site, cut_refused, {}, several_cores),
    Fault("cut-black-hole", "a site's links swallow everything for 25 s", a_site, cut_black_hole, {}, several_cores),
    Fault("one-way", "nothing leaves a site for 25 s, what comes in is late", a_site, one_way, {}, several_cores),
    Fault(
        "poor-link", "a site's links are late by 50 ms and up to 300 ms more, for 20 s", a_site, poor, {}, several_cores
    ),
    Fault("narrow-link", "a site's links carry 1 Mbit/s each, for 20 s", a_site, narrow, {}, several_cores),
    Fault("flapping", "a site's links are refused for 5 s, four times", a_site, flapping, {}, several_cores),
)
