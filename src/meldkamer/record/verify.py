"""Checking the whole record: nothing missing, nothing changed, every batch whole and signed by its room.

What fails is set aside and named, with place and reason; the rest is still checked.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path

import msgspec

from meldkamer.record import canonical
from meldkamer.record import sqlite_schema as schema
from meldkamer.record.signing import Verifier, batch_digest

PAGE = 5_000
MAX_PROBLEMS = 1_000


class Problem(msgspec.Struct, frozen=True):
    """What is wrong at which place."""

    region: str
    seq: int
    why: str


class RegionReport(msgspec.Struct, frozen=True):
    """What was checked of one region."""

    region: str
    events: int
    last: int


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """`ok` only when everything was checked and nothing is wrong. unsigned: batches of rooms without a known key."""

    ok: bool
    regions: tuple[RegionReport, ...]
    events: int
    subjects: int
    batches: int
    unsigned: int
    problems: tuple[Problem, ...]


class _Checker:
    def __init__(self, verifier: Verifier | None) -> None:
        self._verifier = verifier
        self.heads: dict[str, tuple[int, bytes]] = {}
        self.problems: list[Problem] = []
        self.batches = 0
        self.unsigned = 0
        self._batch: list[tuple[int, canonical.Stored, bytes]] = []

    def problem(self, region: str, seq: int, why: str) -> None:
        if len(self.problems) < MAX_PROBLEMS:
            self.problems.append(Problem(region, seq, why))

    def entry(self, region: str, seq: int, data: bytes, hash_: bytes, signature: bytes) -> None:
        if canonical.digest(data) != hash_:
            self.problem(region, seq, "the hash does not fit the contents")
        try:
            stored = canonical.decode(data)
        except msgspec.MsgspecError as error:
            self.problem(region, seq, f"not an entry: {error}")
            self._batch = []
            return
        version, head = self.heads.get(stored.subject, (0, canonical.FIRST))
        if stored.version != version + 1:
            self.problem(region, seq, f"{stored.subject}: version {stored.version} after {version}")
        if stored.previous != head:
            self.problem(region, seq, f"{stored.subject}: the chain is broken before version {stored.version}")
        self.heads[stored.subject] = (stored.version, hash_)
        self._in_batch(region, seq, stored, hash_, signature)

    def _in_batch(self, region: str, seq: int, stored: canonical.Stored, hash_: bytes, signature: bytes) -> None:
        before = self._batch[-1][1] if self._batch else None
        follows = before is not None and before.batch == stored.batch and before.n + 1 == stored.n
        if not follows:
            if self._batch or stored.n != 0:
                self.problem(region, seq, f"batch {stored.batch} is not whole")
            self._batch = []
        self._batch.append((seq, stored, hash_))
        if stored.n != stored.of - 1:
            return
        self.batches += 1
        room = stored.event.room
        hashes = [h for _, _, h in self._batch]
        if self._verifier is not None and self._verifier.knows(room):
            if not self._verifier.good(room, batch_digest(region, hashes), signature):
                self.problem(region, seq, f"the signature of room {room} does not fit")
        else:
            self.unsigned += 1
        self._batch = []

    def end(self, region: str, seq: int) -> None:
        if self._batch:
            self.problem(region, seq, f"batch {self._batch[-1][1].batch} is not whole")
            self._batch = []


def verify_file(path: Path, verifier: Verifier | None = None, progress: Callable[[int], None] | None = None) -> Report:
    """Check a record's file while a room may be writing to it. Raises NotAStore, StoreTooNew."""
    db = schema.open_reader(path)
    checker = _Checker(verifier)
    try:
        db.execute("BEGIN")  # one consistent view, whatever is written meanwhile
        regions = db.execute("SELECT no, name FROM region ORDER BY name").fetchall()
        reports, done = [], 0
        for no, name in regions:
            report = _region(db, no, name, checker, lambda n, base=done: progress(base + n) if progress else None)
            reports.append(report)
            done += report.events
    except sqlite3.DatabaseError as error:
        checker.problem("", 0, f"{path}: {error}")
        reports = []
    finally:
        db.close()
    return Report(
        ok=not checker.problems,
        regions=tuple(reports),
        events=sum(r.events for r in reports),
        subjects=len(checker.heads),
        batches=checker.batches,
        unsigned=checker.unsigned,
        problems=tuple(checker.problems),
    )


def _region(
    db: sqlite3.Connection, no: int, name: str, checker: _Checker, progress: Callable[[int], None]
) -> RegionReport:
    seq, count = 0, 0
    high = (no + 1) << schema.SEQ_BITS
    while True:
        rows = db.execute(
            "SELECT pos, data, hash, signature FROM event WHERE pos>? AND pos<? ORDER BY pos LIMIT ?",
            ((no << schema.SEQ_BITS) | seq, high, PAGE),
        ).fetchall()
        if not rows:
            break
        for pos, data, hash_, signature in rows:
            at = pos & schema.SEQ_MASK
            if at != seq + 1:
                checker.problem(name, seq + 1, f"missing up to {at - 1}")
            seq = at
            count += 1
            checker.entry(name, at, data, hash_, signature)
        progress(count)
    checker.end(name, seq)
    return RegionReport(name, count, seq)
