"""A shift of twelve hours in one workplace that is never closed: a million events, and what its memory comes to.

The room's clock runs on with the events, so that what is over is forgotten as it would be. Two windows, the operator's
and the map, share the workplace's worker. All the while calls come and end; incidents open, get units, are written
in, looked at and closed; units press keys and drive. After every fiftieth part the garbage is collected and counted.

The baseline is the part of the shift between its third and its fifth hour, when as much is forgotten as comes; ours is
what its last two hours came to.
"""

from __future__ import annotations

import asyncio
import statistics
import sys
from collections import deque

import msgspec
from playwright.async_api import Page

from bench import Ratio
from bench._browser import Heap, chromium, heap_of, heap_of_worker, module, until, window, workplace
from bench._room import PERSON, REGION, ShownClock, ShownRoom, shown
from meldkamer.domain import call, incident, unit
from meldkamer.domain.unit import Progress
from meldkamer.network.follower import KEEP_MILLIS

EVENTS, QUICK_EVENTS = 1_000_000, 100_000
SHIFT = 12 * 60 * 60 * 1000
PARTS = 50
UNITS = 600
AT_ONCE = 100
"""Events between two looks at whether the windows have shown what came before."""
OPEN = 60
"""Incidents that are open at the same time."""
BOUND = 1.1
STATES: tuple[Progress, ...] = ("acknowledged", "en_route", "on_scene")

LOOK = f"async (ref) => {module('stores')}.look({{ kind: 'incident', ref }})"
SHOWS = f"async (code) => {module('stores')}.units.value.get('{REGION}/u0')?.status === code"
HOLDS = f"async (most) => {module('stores')}.incidents.value.size <= most"


class Memory(msgspec.Struct, frozen=True):
    """After one part: bytes and nodes by whose they are."""

    share: float
    figures: dict[str, int]


class Shift:
    """The work of a shift, one event after the other."""

    def __init__(self, room: ShownRoom, step: float) -> None:
        self.room, self.step = room, step
        self.done = 0
        self._begun = 0
        self._open: deque[tuple[str, int]] = deque()
        self._passed = 0.0

    @property
    def newest(self) -> str:
        """An incident that is open."""
        return f"{REGION}/{self._open[-1][0]}"

    def _put(self, kind: str, id: str, event: object) -> None:
        assert isinstance(event, msgspec.Struct)
        self.room.put(kind, id, event)  # type: ignore[arg-type]
        self.done += 1
        self._passed += self.step
        whole, self._passed = divmod(self._passed, 1)
        self.room.clock.ahead += int(whole)

    def go(self, events: int) -> None:
        """So many events, or a few more: what belongs together is not cut."""
        until_done = self.done + events
        while self.done < until_done:
            if self._begun * 100 <= self.done:
                self._life()
            n = self.done
            reported = unit.StatusReported(code=str(n % 3), meaning=unit.Meaning.AVAILABLE, source="unit")
            self._put("unit", f"u{100 + n * 7 % (UNITS - 100)}", reported)

    def pulse(self) -> str:
        """What the first unit shows from now on, so that it can be seen that all before it has come."""
        code = f"p{self.done}"
        self._put("unit", "u0", unit.StatusReported(code=code, meaning=unit.Meaning.AVAILABLE, source="unit"))
        return code

    def _life(self) -> None:
        """A call becomes an incident with a unit; the oldest open one is closed when there are many."""
        self._begun += 1
        n, id = self._begun, f"s{self._begun}"
        engine, order = 1 + n % 99, f"o{self._begun}"
        before = self.room.numbers
        function = f"{REGION}.B.intake"
        self._put("call", id, call.CallReceived(function=function, channel="112"))
        self._put("call", id, call.CallOffered(room=REGION, rule="owner", owner=REGION))
        self._put("call", id, call.CallAnswered(by=PERSON, room=REGION, seat="RT-1"))
        self.room.open(id, f"Dienstweg {n}", 1 + n % 4)
        self.done += 2
        self._put("call", id, call.CallLinked(incident=f"{REGION}/{id}"))
        self._put("call", id, call.CallEnded(reason="done", by=PERSON))
        number = f"{REGION}-{before + 1}"
        for line in range(3):
            note = incident.NoteWritten(line=f"{id}-{line}", audience="B", compartment="caller", by=PERSON)
            self._put("incident", id, note)
        self._open.append((id, engine))
        if len(self._open) <= OPEN:
            self._put("unit", f"u{engine}", self._order(order, id, number))
            for state in STATES:
                self._put("unit", f"u{engine}", unit.AssignmentProgressed(assignment=order, state=state))
            self._put("unit", f"u{engine}", unit.AssignmentEnded(assignment=order, why="done", by=PERSON))
            return
        oldest, _ = self._open.popleft()
        self._put("incident", oldest, incident.TrackClosed(discipline="B", code="x", by=PERSON))

    @staticmethod
    def _order(order: str, id: str, number: str) -> unit.UnitAssigned:
        return unit.UnitAssigned(assignment=order, incident=f"{REGION}/{id}", number=number, priority=2, by=PERSON)


def run(quick: bool) -> list[Ratio]:
    """Bytes of the windows and the worker, and nodes: the end of the shift against its third hour."""
    events = QUICK_EVENTS if quick else EVENTS
    parts = asyncio.run(soak(events, PARTS))
    print(f"  soak: {events:,} events; windows, worker and nodes after each part:", file=sys.stderr)
    for part in parts[:: max(1, len(parts) // 10)]:
        print(f"  {part.share:4.0%} {part.figures}", file=sys.stderr)
    return ratios(parts, events)


def ratios(parts: list[Memory], events: int) -> list[Ratio]:
    """Of every figure the median of the last two hours against that of the third to the fifth."""
    found = []
    for name in parts[0].figures:
        early = [p.figures[name] for p in parts if 3 / 12 <= p.share <= 5 / 12]
        late = [p.figures[name] for p in parts if p.share >= 10 / 12]
        nodes = "nodes" in name
        found.append(
            Ratio(
                name=f"{name}, shift of 12 h, {events:,} events",
                ours=statistics.median(late) / (1 if nodes else 1e6),
                baseline=statistics.median(early) / (1 if nodes else 1e6),
                unit="" if nodes else "MB",
                bound=BOUND,
                more_is_better=False,
                against="its third to fifth hour",
            )
        )
    return found


async def soak(events: int, count: int) -> list[Memory]:
    """Live through the shift; what the memory came to after each of so many parts."""
    room = ShownRoom(ShownClock())
    room.units(UNITS)
    shift = Shift(room, SHIFT / events)
    parts = []
    async with chromium() as browser, shown(room) as url:
        context = await workplace(browser)
        operator, chart = await window(context, url), await window(context, url, "map")
        heaps = {"operator": await heap_of(operator), "map": await heap_of(chart)}
        worker = await heap_of_worker(browser)
        for part in range(1, count + 1):
            while shift.done < events * part / count:
                shift.go(AT_ONCE)
                await _shown(operator, shift)
            room.forget(room.clock.now() - KEEP_MILLIS)
            room.move(UNITS, part)
            await _beat(chart, room)
            parts.append(Memory(part / count, await _figures(heaps, worker)))
        await context.close()
    return parts


async def _shown(operator: Page, shift: Shift) -> None:
    """Wait until the window shows all that happened; now and then the operator looks at something else."""
    code = shift.pulse()
    if shift.done // AT_ONCE % 4 == 0:
        await operator.evaluate(LOOK, shift.newest)
    await until(operator, SHOWS, code)


async def _beat(page: Page, room: ShownRoom) -> None:
    """Let a beat tell the room's time, after which the workplace forgets what is over; and wait until it has."""
    room.hub.tick()
    await until(page, HOLDS, len(room.picture.incidents) + 5)


async def _figures(heaps: dict[str, Heap], worker: Heap) -> dict[str, int]:
    found = {f"heap of {name}": await heap.bytes() for name, heap in heaps.items()}
    found["heap of worker"] = await worker.bytes()
    found |= {f"nodes of {name}": await heap.nodes() for name, heap in heaps.items()}
    return found
