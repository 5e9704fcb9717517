"""A sampled, bounded history of positions in a small file of its own: for looking back at an incident, not as proof."""

from __future__ import annotations

import asyncio
import logging
import sqlite3
from pathlib import Path

import msgspec
import numpy as np

from meldkamer.domain.clock import Clock, Millis
from meldkamer.record import NotAStore
from meldkamer.response.positions import MIN_MILLIS, Positions

SAMPLE_SECONDS = 30.0
MOVED_METRES = 25.0
KEEP_HOURS = 48.0
MAX_SAMPLES = 20_000_000
"""Some 600 MB; older samples go first when it is reached."""
PRUNE_EVERY = 60
"""Samples taken between two rounds of pruning."""

log = logging.getLogger(__name__)


class Sample(msgspec.Struct, frozen=True):
    """Where a unit was. x, y: RD metres; at: milliseconds UTC."""

    at: Millis
    x: float
    y: float


class PositionHistory:
    """One sample per moving unit every half minute. When the file is lost, nothing is lost but looking back.

    Raises NotAStore for a file that is torn or another program's.
    """

    def __init__(
        self,
        path: Path,
        positions: Positions,
        clock: Clock,
        keep_hours: float = KEEP_HOURS,
        max_samples: int = MAX_SAMPLES,
    ) -> None:
        self._positions, self._clock = positions, clock
        self._keep, self._max = int(keep_hours * 3_600_000), max_samples
        self._last: dict[int, tuple[float, float]] = {}
        self._numbers: dict[str, int] = {}
        self._lock = asyncio.Lock()
        try:
            self._db = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
            tables = {name for (name,) in self._db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
            if tables and not {"unit", "sample"} <= tables:
                raise NotAStore(f"{path}: another program's file")
            self._db.executescript(
                "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;"
                "CREATE TABLE IF NOT EXISTS unit(no INTEGER PRIMARY KEY, ref TEXT UNIQUE NOT NULL);"
                "CREATE TABLE IF NOT EXISTS sample(unit INTEGER, at INTEGER, x INTEGER, y INTEGER,"
                " PRIMARY KEY(unit, at)) WITHOUT ROWID;"
                "CREATE INDEX IF NOT EXISTS sample_at ON sample(at);"
            )
            self._numbers = {ref: no for no, ref in self._db.execute("SELECT no, ref FROM unit")}
        except sqlite3.Error as error:
            raise NotAStore(f"{path}: {error}; move it away to begin a new history of positions") from error

    async def run(self) -> None:
        """Sample for ever, in shown time."""
        taken = 0
        while True:
            await self._clock.sleep(SAMPLE_SECONDS)
            try:
                await self.sample()
                taken += 1
                if taken % PRUNE_EVERY == 0:
                    await self.prune()
            except sqlite3.Error as error:
                log.warning("position history not written: %s", error)

    async def sample(self) -> int:
        """Write where every unit is that has moved since its last sample. Returns how many."""
        p = self._positions
        rows = []
        for slot in np.flatnonzero(p.at[: len(p)] != MIN_MILLIS):
            if p.jumped[slot]:
                continue  # until a later position agrees, it is not where it was
            x, y = float(p.x[slot]), float(p.y[slot])
            last = self._last.get(int(slot))
            if last is not None and abs(x - last[0]) < MOVED_METRES and abs(y - last[1]) < MOVED_METRES:
                continue
            self._last[int(slot)] = (x, y)
            rows.append((p.refs[slot], int(p.at[slot]), round(x * 10), round(y * 10)))
        if rows:
            async with self._lock:
                await asyncio.to_thread(self._write, rows)
        return len(rows)

    def _write(self, rows: list[tuple[str, int, int, int]]) -> None:
        self._db.execute("BEGIN")
        try:
            for ref, *_ in rows:
                if ref not in self._numbers:
                    cursor = self._db.execute("INSERT INTO unit(ref) VALUES(?)", (ref,))
                    self._numbers[ref] = int(cursor.lastrowid or 0)
            values = [(self._numbers[ref], at, x, y) for ref, at, x, y in rows]
            self._db.executemany("INSERT OR IGNORE INTO sample VALUES(?,?,?,?)", values)
            self._db.execute("COMMIT")
        except BaseException:
            self._db.execute("ROLLBACK")
            self._numbers = {ref: no for no, ref in self._db.execute("SELECT no, ref FROM unit")}
            raise

    async def prune(self) -> None:
        """Drop what is older than the term, and the oldest above the limit."""
        async with self._lock:
            await asyncio.to_thread(self._prune, self._clock.now() - self._keep)

    def _prune(self, before: Millis) -> None:
        self._db.execute("DELETE FROM sample WHERE at < ?", (before,))
        (count,) = self._db.execute("SELECT count(*) FROM sample").fetchone()
        if count > self._max:
            limit = self._db.execute(
                "SELECT at FROM sample ORDER BY at LIMIT 1 OFFSET ?", (count - self._max,)
            ).fetchone()
            self._db.execute("DELETE FROM sample WHERE at < ?", limit)

    async def track(self, ref: str, after: Millis, before: Millis) -> list[Sample]:
        """A unit's samples in this time, in order. The caller records the reading: it is about people at work."""
        async with self._lock:
            return await asyncio.to_thread(self._track, ref, after, before)

    def _track(self, ref: str, after: Millis, before: Millis) -> list[Sample]:
        rows = self._db.execute(
            "SELECT at, x, y FROM sample WHERE unit = ? AND at >= ? AND at < ? ORDER BY at",
            (self._numbers.get(ref, 0), after, before),
        )
        return [Sample(at, x / 10, y / 10) for at, x, y in rows]

    async def between(self, after: Millis, until: Millis) -> list[tuple[str, Sample]]:
        """The newest sample of every unit that has one after the first and not after the second moment. The caller
        records the reading: it is about people at work."""
        async with self._lock:
            return await asyncio.to_thread(self._between, after, until)

    def _between(self, after: Millis, until: Millis) -> list[tuple[str, Sample]]:
        rows = self._db.execute(
            "SELECT ref, s.at, s.x, s.y FROM unit JOIN sample s ON s.unit = unit.no AND s.at ="
            " (SELECT max(at) FROM sample WHERE unit = unit.no AND at <= ?) WHERE s.at > ?",
            (until, after),
        )
        return [(ref, Sample(at, x / 10, y / 10)) for ref, at, x, y in rows]

    async def close(self) -> None:
        """Finish what is being written, then close the file."""
        async with self._lock:
            self._db.close()
