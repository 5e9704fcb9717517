"""The work of a room while things break: calls, incidents, orders, statuses, notes, also on incidents of others."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Mapping, Sequence

from meldkamer.domain.clock import Clock
from meldkamer.drill.book import Act
from meldkamer.drill.desk import Desk

UNITS = 4
"""Units of a room that the work uses, beside one that only the probe reports about."""
PROBE_UNIT = "drill-probe"
DISCIPLINE = "A"
CASE_SECONDS = 6.0
"""About as long as a case takes when nothing is in the way."""
EN_ROUTE, ON_SCENE, FREE = "ar", "tp", "vr"
"""Status codes of an ambulance in the shipped country."""


class Work:
    """The work of one room in one of its regions. others: desks that write notes about it as well."""

    def __init__(self, desk: Desk, region: str, others: Sequence[Desk], rng: random.Random, clock: Clock) -> None:
        self.desk, self.region = desk, region
        self._others, self._rng, self._clock = others, rng, clock
        self._free = [f"{region}/drill-{n}" for n in range(1, UNITS + 1)]
        self._cases: set[asyncio.Task[None]] = set()
        self._n = 0

    async def prepare(self) -> bool:
        """Make the units known. False when the room did not take them."""
        done: list[Act] = []
        for name in [*(f"drill-{n}" for n in range(1, UNITS + 1)), PROBE_UNIT]:
            unit = {"type": "register_unit", "region": self.region, "call_sign": name, "discipline": DISCIPLINE}
            unit |= {"kind": "AMBU", "function": f"{self.region}.{DISCIPLINE}.dispatch"}
            done.append(await self.desk.command(unit, self.region))
            done.append(await self.desk.status(f"{self.region}/{name}", FREE))
        return all(act.outcome in ("SAFE", "nothing") for act in done)

    async def run(self, rate: float) -> None:
        """Begin `rate` cases a second at random moments, for ever."""
        while True:
            await self._clock.wait(self._rng.expovariate(rate))
            self._n += 1
            task = asyncio.create_task(self._case(f"{self.region}-{self._n}"), name=f"case {self.region} {self._n}")
            self._cases.add(task)
            task.add_done_callback(self._done)

    async def end(self) -> None:
        """Let what was begun come to its end."""
        if self._cases:
            await asyncio.wait(self._cases)

    def _done(self, task: asyncio.Task[None]) -> None:
        self._cases.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            raise error

    async def _pause(self) -> None:
        await self._clock.wait(self._rng.uniform(0.5, 1.5) * CASE_SECONDS / 8)

    async def _do(self, type: str, **fields: object) -> Act:
        return await self.desk.command({"type": type, **fields}, self.region)

    async def _case(self, name: str) -> None:
        """One call from its first ring to the end; a step that fails does not stop the next, as at a real desk."""
        _, call = await self.desk.telephony("offered", name, self.region, said="drill")
        if call:
            await self._do("answer_call", call=call)
        fields = {"incident": name, "region": self.region, "disciplines": DISCIPLINE, "priority": 1, "note": "drill"}
        await self._do("open_incident", **fields, **({"call": call} if call else {}))
        incident = f"{self.region}/{name}"
        await asyncio.gather(self._notes(incident, name), self._order(incident, name))
        if call:
            await self.desk.telephony("ended", name, self.region)
        await self._pause()
        await self._do("close_track", incident=incident, discipline=DISCIPLINE, code="drill")

    async def _notes(self, incident: str, name: str) -> None:
        for n in range(2):
            await self._do("write_note", incident=incident, line=f"{name}-n{n}", text="drill")
            await self._pause()
        if self._others:
            other = self._rng.choice(self._others)
            note = {"type": "write_note", "incident": incident, "line": f"{name}-{other.room}", "text": "drill"}
            await other.command(note, self.region)

    async def _order(self, incident: str, name: str) -> None:
        if not self._free:
            return
        unit = self._free.pop(self._rng.randrange(len(self._free)))
        try:
            order: Mapping[str, object] = {"unit": unit, "assignment": f"{name}-o", "incident": incident}
            act = await self._do("assign_unit", **order, override="drill")
            if act.outcome != "refused":
                for code in (EN_ROUTE, ON_SCENE):
                    await self._pause()
                    await self.desk.status(unit, code)
            await self.desk.status(unit, FREE)
        finally:
            self._free.append(unit)
