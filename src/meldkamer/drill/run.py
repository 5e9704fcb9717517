"""A drill from its first to its last minute: a network, work, one fault after another, rest, and the judgement."""

from __future__ import annotations

import asyncio
import contextlib
import random
from collections.abc import Callable, Coroutine, Sequence
from pathlib import Path
from typing import Any

import msgspec

from meldkamer.client import ApiError
from meldkamer.domain.clock import Clock
from meldkamer.drill.checker import check
from meldkamer.drill.disk import Disks
from meldkamer.drill.fault import Fault
from meldkamer.drill.faults import ELSEWHERE, schedule
from meldkamer.drill.keeping import keep
from meldkamer.drill.looking import NotSeen
from meldkamer.drill.mending import ask_again, mend
from meldkamer.drill.reading import Decode, read_copies
from meldkamer.drill.report import Report, make_report
from meldkamer.drill.rows import Row, Skipped
from meldkamer.drill.setting import make_setting
from meldkamer.drill.stage import Stage, opened
from meldkamer.drill.views import differences
from meldkamer.drill.wiring import Wiring
from meldkamer.network.sites.keyring import SIGNING
from meldkamer.network.sites.link import Dial, Operator
from meldkamer.network.sites.model import Network, NetworkError
from meldkamer.network.sites.streams import Plan
from meldkamer.pack import Pack
from meldkamer.record import RecordError, read_public
from meldkamer.record.signing import Verifier

EVEN_SECONDS = 150.0
"""A room server's copy that met no core tries again after up to two minutes."""
CALM_SECONDS = 1.0
WATCHING_SECONDS = 30.0

Say = Callable[[str], None]


class Parts(msgspec.Struct, frozen=True):
    """What the program brings: the record's engine, as `meldkamer network` has it, and how to read a message of it."""

    dial: Dial
    plan: Callable[[Network], Plan]
    decode: Decode


class Options(msgspec.Struct, frozen=True, kw_only=True):
    """minutes: of faults. rate: calls a second in each region. other: the `meldkamer` of another version. disks:
    whether each site has a file system of its own, for faults of power."""

    folder: Path
    program: str
    faults: Sequence[Fault]
    minutes: float = 10.0
    seed: int = 1
    rooms: int = 10
    core: int = 5
    rate: float = 0.1
    other: str = ""
    disks: bool = False


async def drill(options: Options, parts: Parts, pack: Pack, clock: Clock, say: Say) -> Report:
    """Run it. Raises NetworkError, OSError when the network does not come to work at all."""
    setting = await make_setting(options.folder, pack, options.rooms, options.core, parts.plan, clock)
    wiring = Wiring(setting.network, clock, options.seed)
    disks = Disks(setting.keys, options.folder) if options.disks else None
    try:
        if disks is not None:
            await disks.open(setting.network.sites)
        await wiring.open(setting.keys, setting.nowhere)
        operator, plan = Operator(setting.keys, parts.dial), parts.plan(setting.network)
        more = options.other, disks
        async with opened(setting, wiring, operator, plan, clock, options.program, say, *more) as stage:
            try:
                return await stage.or_ended(_Drill(options, parts, stage, clock, say).run())
            finally:
                await stage.close()
    finally:
        await wiring.close()
        if disks is not None:
            await disks.close()


class _Drill:
    def __init__(self, options: Options, parts: Parts, stage: Stage, clock: Clock, say: Say) -> None:
        self._options, self._parts, self._stage, self._clock, self._say = options, parts, stage, clock, say
        self._rng = random.Random(options.seed)  # noqa: S311 - the same seed is the same drill
        self._rows: list[Row] = []
        self._skipped: list[Skipped] = list(ELSEWHERE)
        self._began = 0.0

    async def run(self) -> Report:
        stage, options = self._stage, self._options
        async with _background() as spawn:
            await stage.open(options.seed)
            for witness in stage.witnesses.values():
                spawn(witness.run())
            if not await stage.until(lambda: all(w.watching for w in stage.witnesses.values()), WATCHING_SECONDS):
                raise NetworkError("not every application can be followed over its live channel")
            if idle := stage.wiring.idle():
                raise NetworkError(
                    f"core servers reach each other past the proxies: {idle[0].source}, {idle[0].target}"
                )
            async with _background() as spawn_work:
                for probe in stage.probes.values():
                    spawn_work(probe.run())
                for work in stage.works:
                    spawn_work(work.run(options.rate))
                self._began = self._clock.monotonic()
                await self._faults()
                seconds = self._clock.monotonic() - self._began
            self._say("no more faults; what was begun comes to its end")
            await asyncio.gather(*(work.end() for work in stage.works))
            await ask_again(stage)
            await self._clock.wait(CALM_SECONDS)
            clients = {witness.site: stage.desks[min(witness.rooms)].client for witness in stage.witnesses.values()}
            self._say("comparing what the rooms show")
            try:
                shown = await differences(clients, self._clock, 30.0)
            except (ApiError, ConnectionError) as error:
                shown = [f"a room does not show its picture: {error}"]
        self._say("reading every copy of the record")
        claims = {claim for witness in stage.witnesses.values() for claim in witness.claims}
        copies = await read_copies(
            stage.operator, stage.network, stage.plan, self._clock, self._parts.decode, EVEN_SECONDS
        )
        keep(options.folder, stage.book, copies)
        verifier = Verifier(read_public(stage.keys.operator / SIGNING))
        verdict = await asyncio.to_thread(check, stage.book, copies, claims, verifier)
        return make_report(
            verdict,
            shown,
            self._rows,
            self._skipped,
            seed=options.seed,
            rooms=options.rooms,
            core=options.core,
            seconds=seconds,
        )

    async def _faults(self) -> None:
        """One after another until the time is over; one that could not be mended is the last."""
        able: list[Fault] = []
        for fault in self._options.faults:
            if why := fault.needs(self._stage):
                self._skipped.append(Skipped(fault.name, why))
            else:
                able.append(fault)
        end = self._began + self._options.minutes * 60
        for number, fault in enumerate(schedule(able, self._rng)):
            if self._clock.monotonic() >= end:
                tried = {row.fault for row in self._rows}
                self._skipped += [Skipped(f.name, "the time was over") for f in able if f.name not in tried]
                return
            await self._clock.wait(CALM_SECONDS)
            if not await self._one(fault, number):
                return

    async def _one(self, fault: Fault, number: int) -> bool:
        """One fault and its mending. False when the network is not whole again."""
        row = Row(fault=fault.name, target="", begin=self._now(), limits=dict(fault.limits))
        self._rows.append(row)
        whole = False
        try:
            row.target = await fault.draw(self._stage, self._rng)
            self._say(f"{row.begin:6.1f} s  {number + 1}. {fault.name} {row.target}: {fault.text}")
            await fault.do(self._stage, row)
        except (NotSeen, NetworkError, RecordError) as error:
            row.why = str(error)
        try:
            slowest = await mend(self._stage)
            if slowest:
                row.seen["handback_s"] = slowest
            whole = True
        except (NotSeen, NetworkError, RecordError, ApiError, ConnectionError) as error:
            row.why = "; ".join(filter(None, (row.why, f"not whole again: {error}")))
        row.end = self._now()
        row.judge()
        seen = ", ".join(f"{name} {value:g}" for name, value in row.seen.items())
        self._say(f"{row.end:6.1f} s     {row.verdict}: {seen} {row.why}".rstrip())
        return whole

    def _now(self) -> float:
        return round(self._clock.monotonic() - self._began, 1)


@contextlib.asynccontextmanager
async def _background() -> Any:
    """Tasks that run beside the block and are ended with it; one that fails ends the block."""
    tasks: list[asyncio.Task[None]] = []

    def spawn(work: Coroutine[Any, Any, None]) -> None:
        tasks.append(asyncio.create_task(work))

    try:
        yield spawn
    finally:
        for task in tasks:
            task.cancel()
        found = await asyncio.gather(*tasks, return_exceptions=True)
    for error in found:
        if isinstance(error, Exception):
            raise error
