"""A file of calls, given to a room as if they happened now, and finished by simulated people in every region.

Work goes in turns. A turn takes everything that is due, sorts it by what must come first, and sends each kind in
batches, many regions at once: the record then writes many of them in one go. At `max` a turn is a hundred rows or so:
each time that a call is answered, a room looks at all who wait.
"""

from __future__ import annotations

import asyncio
import heapq
import itertools
import logging
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from pathlib import Path
from typing import Any
from zlib import crc32

import msgspec

from meldkamer.client import BATCH_LIMIT, Ack, ApiError, Client, Conflict, NotOwner, Problem, Refused, Unknown, envelope
from meldkamer.domain.clock import Clock, Millis
from meldkamer.simulate.calls_csv import RefusedRow, Row, file_hash, read_calls
from meldkamer.simulate.data import WorldData
from meldkamer.simulate.life import Life, Phase, Step, command, plan, telephony_event
from meldkamer.simulate.mirror import Mirror
from meldkamer.simulate.pool import Pool
from meldkamer.simulate.team import Team

ROWS_PER_TURN = 150
REQUESTS_AT_ONCE = 48
COMMANDS_PER_REQUEST = 4
"""Far below the limit: many requests at once share a commit of the record, one long one does not (measured)."""
BEAT_SECONDS = 0.25
"""Longest pause between two turns by the clock."""
REFUSED_KEPT = 1_000
"""Reasons that the report holds; all are counted."""
TRIES = 6
NEAR_M, NEAR_MS = 500.0, 600_000
"""Two calls within this distance (metres) and time, about the same discipline, may be about the same event."""

log = logging.getLogger(__name__)


class Complaint(msgspec.Struct, frozen=True):
    """Something about a line. line: physical line in the file, from 1."""

    line: int
    reason: str


class ReplayReport(msgspec.Struct, frozen=True, kw_only=True):
    """What became of the file. already: acts that an earlier run had stored; unfinished: calls that could not be
    finished, with the reason; notes: rows that were taken in spite of something; events: acknowledged acts."""

    rows: int
    calls: int
    incidents: int
    alerts: int
    closed: int
    possible_duplicates: int
    refused_count: int
    refused: list[Complaint]
    already: int = 0
    acts: int = 0
    unfinished_count: int = 0
    unfinished: list[Complaint] = []
    notes: dict[str, int] = {}


async def replay_calls(
    team: Team,
    path: Path | str,
    data: WorldData,
    *,
    clock: Clock,
    speed: float | None = None,
    now: Millis | None = None,
    progress: Callable[[str], None] | None = None,
) -> ReplayReport:
    """Replay a file.

    team: the accounts that act. speed: seconds of the file per second of `clock` (an ordinary one; it need not be
    scaled); None = `max`, for which the clock is not asked. now: what lies a day after it is nonsense (default: the
    reader's clock). progress: told a line about every two seconds. Raises HeaderError for a file without a header,
    OSError when it cannot be read, ApiError when the room does not let us in.
    """
    path = Path(path)
    rows = read_calls(path, data, now=team.reader.clock.now() if now is None else now)
    replay = _Replay(team, data, await asyncio.to_thread(file_hash, path), progress)
    await replay.prepare()
    if speed is None:
        await replay.at_once(rows)
    else:
        await replay.by_clock(rows, clock, speed)
    return replay.report()


class _Replay:
    def __init__(
        self,
        team: Team,
        data: WorldData,
        file: str,
        progress: Callable[[str], None] | None,
    ) -> None:
        self._team, self._data, self._file = team, data, file
        self._progress = progress
        self._told = self._started = team.reader.clock.monotonic()
        self._gate = asyncio.Semaphore(REQUESTS_AT_ONCE)
        self._mirror = Mirror(team.reader, ())
        self._pool = Pool((), data.national)
        self._order = itertools.count()
        self._due: list[tuple[Millis, int, Life, Step]] = []
        self._horizon: Millis = 0
        self._recent: deque[Row] = deque()
        self.rows = self.calls = self.incidents = self.alerts = self.closed = 0
        self.duplicates = self.already = self.acts = self.refused_count = self.unfinished_count = 0
        self.refused: list[Complaint] = []
        self.unfinished: list[Complaint] = []
        self.notes: dict[str, int] = {}

    async def prepare(self) -> None:
        """Learn who owns what and which units there are."""
        regions = sorted({p.region for p in self._data.places} | {self._data.national})
        self._mirror = Mirror(self._team.reader, tuple(regions))
        await self._mirror.load()
        self._pool = Pool(self._mirror.units.values(), self._data.national)

    async def at_once(self, rows: Iterator[Row | RefusedRow]) -> None:
        """As fast as the room can: turns of many rows, then turns until everything is finished."""
        fed = 0
        for row in rows:
            fed += self._feed(row)
            if fed >= ROWS_PER_TURN:
                fed = 0
                await self._turn(self._horizon)
        while self._due:
            # Not all at once: who is sent must come back before the next can be sent.
            await self._turn(self._due[0][0] + 3_600_000)

    async def by_clock(self, rows: Iterator[Row | RefusedRow], clock: Clock, speed: float) -> None:
        """Every act at its time of the file, counted from the first row."""
        start = clock.now()
        first: Millis | None = None

        def shown() -> Millis:
            return (first or 0) + int((clock.now() - start) * speed)

        async for row in _gently(rows):
            if isinstance(row, Row):
                first = row.at if first is None else first
                while (now := shown()) < row.at:
                    await self._turn(now)
                    await clock.sleep(min(BEAT_SECONDS, (row.at - now) / 1000 / speed))
            self._feed(row)
        while self._due and first is not None:
            await self._turn(shown())
            await clock.sleep(BEAT_SECONDS)

    def report(self) -> ReplayReport:
        """All figures."""
        return ReplayReport(
            rows=self.rows,
            calls=self.calls,
            incidents=self.incidents,
            alerts=self.alerts,
            closed=self.closed,
            possible_duplicates=self.duplicates,
            refused_count=self.refused_count,
            refused=self.refused,
            already=self.already,
            acts=self.acts,
            unfinished_count=self.unfinished_count,
            unfinished=self.unfinished,
            notes=self.notes,
        )

    # --- rows in ----------------------------------------------------------------------------------------------------

    def _feed(self, row: Row | RefusedRow) -> int:
        self.rows += 1
        self._tell()
        if isinstance(row, RefusedRow):
            self.refused_count += 1
            if len(self.refused) < REFUSED_KEPT:
                self.refused.append(Complaint(row.line, row.reason))
            return 0
        for note in row.notes:
            kind = "priority not understood, kept beside" if note.startswith("priority") else note
            self.notes[kind] = self.notes.get(kind, 0) + 1
        self.duplicates += self._seen_near(row)
        life = plan(row, self._file, self._data)
        self._horizon = max(self._horizon, row.at)
        for step in life.steps:
            if step.phase is Phase.CLOSE and life.orders[step.discipline]:
                continue  # when the crew is done
            heapq.heappush(self._due, (step.due, next(self._order), life, step))
        return 1

    def _seen_near(self, row: Row) -> bool:
        while self._recent and row.at - self._recent[0].at > NEAR_MS:
            self._recent.popleft()
        near = any(
            abs(r.at - row.at) <= NEAR_MS
            and (r.x - row.x) ** 2 + (r.y - row.y) ** 2 <= NEAR_M**2
            and set(r.disciplines) & set(row.disciplines)
            for r in self._recent
        )
        self._recent.append(row)
        return near

    # --- acts out ---------------------------------------------------------------------------------------------------

    async def _turn(self, upto: Millis) -> None:
        """Everything that is due, in the order of phases; within a phase many requests at once."""
        due: list[tuple[Life, Step]] = []
        while self._due and self._due[0][0] <= upto:
            _, _, life, step = heapq.heappop(self._due)
            due.append((life, step))
        while due:
            phase = min(step.phase for _, step in due)
            now = [(life, step) for life, step in due if step.phase is phase]
            due = [(life, step) for life, step in due if step.phase is not phase]
            await self._send(phase, now)
            # What an acknowledgement made possible (a crew that got its order) belongs to this turn too.
            while self._due and self._due[0][0] <= upto:
                _, _, life, step = heapq.heappop(self._due)
                due.append((life, step))
            self._tell()

    async def _send(self, phase: Phase, steps: list[tuple[Life, Step]]) -> None:
        steps = [(life, step) for life, step in steps if not life.failed]
        if phase is Phase.OFFER:
            await asyncio.gather(*(self._offer(life) for life, _ in steps))
            return
        if phase is Phase.TRANSFER or phase is Phase.ANSWER:
            steps = [(life, step) for life, step in steps if life.national]
        if phase is Phase.ASSIGN:
            steps = [(life, step) for life, step in steps if self._choose(life, step)]
        work: dict[str, list[tuple[Life, Step]]] = {}
        for life, step in steps:
            work.setdefault("" if phase is Phase.CREW else _function(life, step), []).append((life, step))
        batches = []
        for function, found in work.items():
            lanes: dict[int, list[tuple[Life, Step]]] = {}
            count = -(-len(found) // COMMANDS_PER_REQUEST)
            for life, step in found:
                # What a crew does must stay in order; the rest of a phase has none.
                key = life.units[step.discipline].ref if phase is Phase.CREW else life.key
                lanes.setdefault(crc32(key.encode()) % count, []).append((life, step))
            batches += [(self._actor(function, lane), part) for lane, part in lanes.items()]
        await asyncio.gather(*(self._batch(actor, part) for actor, part in batches))

    def _actor(self, function: str, lane: int) -> Client:
        """Who serves the function; the units' gateway for what crews do."""
        if not function:
            return self._team.units
        return self._team.desk(self._mirror.owner(function), function.partition(".")[2], lane)

    async def _offer(self, life: Life) -> None:
        async with self._gate:
            try:
                ack = await self._team.telephony.telephony(telephony_event(life))
            except (ApiError, ConnectionError) as error:
                self._fail(life, error)
                return
        self.acts += 1
        self.already += ack.duplicate
        self.calls += 1
        life.call = ack.call
        life.national = ack.call.partition("/")[0] != life.row.region

    async def _batch(self, actor: Client, steps: list[tuple[Life, Step]]) -> None:
        for part in _parts(steps, BATCH_LIMIT):
            async with self._gate:
                sent = [envelope(command(li, st, self._data), _command_id(li, st), st.due) for li, st in part]
                answers: Sequence[Ack | ApiError]
                try:
                    answers = await actor.commands(sent)
                except (ApiError, ConnectionError) as error:
                    answers = [error if isinstance(error, ApiError) else _unknown(error)] * len(part)
            for (life, step), answer in zip(part, answers, strict=True):
                self._answered(life, step, answer)

    def _answered(self, life: Life, step: Step, answer: Ack | ApiError) -> None:
        if isinstance(answer, Ack):
            self.acts += 1
            self.already += answer.duplicate
            self._done(life, step)
            return
        if step.name == "assign":
            life.units.pop(step.discipline)  # somebody else is using it: it stays reserved, and out of our hands
        step.tries += 1
        again = isinstance(answer, Conflict | NotOwner | Unknown | Refused) and step.tries < TRIES
        if again and step.name in ("assign", "close", "open"):
            self._later(life, step, 60)
        elif step.name == "assign":
            self._nobody(life, step)
        elif step.name in ("answer", "answer2", "end", "transfer") and isinstance(answer, Refused):
            log.debug("line %d, %s: %s", life.row.line, step.name, answer)  # a person took it: leave it to them
        elif step.phase is Phase.CREW:
            if step.last:
                self._close_later(life, step.discipline, step.due)
        else:
            self._fail(life, answer)

    def _done(self, life: Life, step: Step) -> None:
        match step.name:
            case "open":
                life.opened = True
                self.incidents += 1
            case "assign":
                self.alerts += 1
                shift = max(0, step.due - life.orders[step.discipline][0].due + 5_000)
                for crew in life.orders[step.discipline]:
                    crew.due += shift
                    heapq.heappush(self._due, (crew.due, next(self._order), life, crew))
            case "close":
                life.closing.pop(step.discipline, None)
                self.closed += not life.closing
        if step.last:
            self._pool.give_back(life.units[step.discipline], step.due)
            self._close_later(life, step.discipline, step.due)

    def _close_later(self, life: Life, discipline: str, after: Millis) -> None:
        close = life.closing[discipline]
        close.due = max(close.due, after + 20_000)
        heapq.heappush(self._due, (close.due, next(self._order), life, close))

    def _choose(self, life: Life, step: Step) -> bool:
        """Reserve a unit for an order; without one the order waits for the next turn, or nobody is sent."""
        if not life.opened:
            step.tries += 1
            self._later(life, step, 60)
            return False
        held = self._pool.open_orders.get(life.id("assignment", step.discipline))
        if held is not None and (unit := self._mirror.units.get(held)) is not None:
            life.units[step.discipline] = unit  # an earlier run was cut off here
            return True
        row = life.row
        found = self._pool.take(row.region, step.discipline, row.x, row.y, step.due)
        if found is not None:
            life.units[step.discipline] = found
            return True
        if self._pool.any(row.region, step.discipline) and step.tries < 100 * TRIES:
            step.tries += 1
            self._later(life, step, 120)
        else:
            self._nobody(life, step)
        return False

    def _nobody(self, life: Life, step: Step) -> None:
        self._close_later(life, step.discipline, step.due)

    def _later(self, life: Life, step: Step, seconds: float) -> None:
        step.due += int(seconds * 1000)
        heapq.heappush(self._due, (step.due, next(self._order), life, step))

    def _fail(self, life: Life, error: Exception) -> None:
        life.failed = str(error)
        self.unfinished_count += 1
        if len(self.unfinished) < REFUSED_KEPT:
            self.unfinished.append(Complaint(life.row.line, str(error)[:300]))

    def _tell(self) -> None:
        if self._progress is None:
            return
        now = self._team.reader.clock.monotonic()
        if now - self._told >= 2.0:
            self._told = now
            self._progress(
                f"{self.rows} rows, {self.calls} calls, {self.incidents} incidents, {self.closed} closed, "
                f"{self.refused_count} refused, {self.acts / max(0.001, now - self._started):.0f} acts/s"
            )


def _function(life: Life, step: Step) -> str:
    """The function whose owner does this."""
    region = life.row.region
    match step.phase:
        case Phase.FIRST_ANSWER | Phase.TRANSFER:
            return f"{life.call.partition('/')[0]}.112"
        case Phase.ANSWER | Phase.OPEN | Phase.END:
            return f"{region}.{life.lead}.intake" if life.national else f"{region}.112"
        case Phase.ASSIGN:
            return life.units[step.discipline].function
    return f"{region}.{step.discipline}.dispatch"


def _command_id(life: Life, step: Step) -> str:
    return life.id("command", step.name, step.discipline)


def _parts(steps: list[Any], size: int) -> Iterator[list[Any]]:
    for start in range(0, len(steps), size):
        yield steps[start : start + size]


def _unknown(error: Exception) -> Unknown:
    return Unknown(Problem(type="unknown", detail=str(error)))


async def _gently(rows: Iterator[Row | RefusedRow]) -> AsyncIterator[Row | RefusedRow]:
    for count, row in enumerate(rows):
        if count % 100 == 0:
            await asyncio.sleep(0)
        yield row
