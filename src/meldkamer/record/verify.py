"""Checking the whole record: nothing missing, nothing changed, every batch whole and signed by its room.

What fails is set aside and named, with place and reason; the rest is still checked. Entries are never changed once they
stand, so the check runs beside a writer without holding anything, up to where each region ended when it began.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

import msgspec

from meldkamer.record import canonical
from meldkamer.record.port import Damaged, Entry
from meldkamer.record.signing import Verifier, batch_digest
from meldkamer.record.store_reader import Reader

PAGE = 1_000
MAX_PROBLEMS = 1_000


class Source(Protocol):
    """Blocking reads of a record, as `store_reader.Reader` gives them: hashes and contiguity already checked."""

    def regions(self) -> list[str]: ...

    def tail(self, region: str) -> int: ...

    def chunk(self, region: str, after: int, until: int | None, limit: int) -> tuple[list[Entry], Damaged | None]: ...


class Problem(msgspec.Struct, frozen=True):
    """What is wrong at which place; `until`: the last of several neighbours with the same trouble."""

    region: str
    seq: int
    why: str
    until: int


class RegionReport(msgspec.Struct, frozen=True):
    """What was checked of one region: entries that could be read, and the sequence up to which."""

    region: str
    events: int
    last: int


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """`ok` only when everything was checked and nothing is wrong.

    unsigned: batches of rooms without a known key, which is a problem only when signatures are required.
    seconds: how long it took. more: problems beyond those that are listed.
    """

    ok: bool
    regions: tuple[RegionReport, ...]
    events: int
    subjects: int
    batches: int
    unsigned: int
    problems: tuple[Problem, ...]
    more: int = 0
    seconds: float = 0.0


def verify_file(
    path: Path,
    verifier: Verifier | None = None,
    progress: Callable[[int], None] | None = None,
    require_signatures: bool = False,
) -> Report:
    """Check a record's file, also while a room writes to it. Raises NotAStore, StoreTooNew."""
    reader = Reader(path)
    try:
        return verify(reader, verifier, progress, require_signatures)
    finally:
        reader.close()


def verify(
    source: Source,
    verifier: Verifier | None = None,
    progress: Callable[[int], None] | None = None,
    require_signatures: bool = False,
) -> Report:
    """Check a record. progress: told the number of entries read so far."""
    start = time.monotonic()
    check = _Check(verifier, require_signatures)
    reports: list[RegionReport] = []
    for region in source.regions():
        until, after, events = source.tail(region), 0, 0
        while after < until:
            entries, damage = source.chunk(region, after, until, PAGE)
            for entry in entries:
                check.entry(entry)
            events += len(entries)
            if damage is not None:
                check.damage(damage)
                after = damage.seq
            elif entries:
                after = entries[-1].seq
            else:
                check.damage(Damaged(region, after + 1, f"missing, the region goes on to {until}"))
                break
            if progress is not None:
                progress(sum(r.events for r in reports) + events)
        check.end(region, until)
        reports.append(RegionReport(region, events, until))
    return Report(
        ok=not check.problems,
        regions=tuple(reports),
        events=sum(r.events for r in reports),
        subjects=len(check.heads),
        batches=check.batches,
        unsigned=check.unsigned,
        problems=tuple(check.problems),
        more=check.more,
        seconds=round(time.monotonic() - start, 3),
    )


class _Check:
    """What has to be remembered from entry to entry: heads of subjects, and the batch that is open."""

    def __init__(self, verifier: Verifier | None, require_signatures: bool) -> None:
        self._verifier, self._required = verifier, require_signatures
        self.heads: dict[str, tuple[int, bytes] | None] = {}
        self.problems: list[Problem] = []
        self.more, self.batches, self.unsigned = 0, 0, 0
        self._batch: list[Entry] = []
        self._holes = False
        """Something could not be read: what is missing in a subject after that may be just this."""

    def damage(self, damage: Damaged) -> None:
        self._problem(damage.region, damage.seq, damage.why)
        self._batch, self._holes = [], True

    def entry(self, entry: Entry) -> None:
        if canonical.hash_of(entry) != entry.hash:
            self._problem(entry.region, entry.seq, "its content does not fit its hash")
        version, head = self.heads.get(entry.subject) or (0, canonical.FIRST)
        if entry.version != version + 1:
            self._problem(entry.region, entry.seq, f"{entry.subject}: version {entry.version} follows {version}")
        elif entry.previous != head:
            self._problem(entry.region, entry.seq, f"{entry.subject}: the hash chain is broken before this entry")
        self.heads[entry.subject] = (entry.version, entry.hash)
        self._in_batch(entry)

    def end(self, region: str, seq: int) -> None:
        if self._batch:
            self._problem(region, seq, f"batch {self._batch[-1].batch} is not whole")
        self._batch, self._holes = [], False

    def _in_batch(self, entry: Entry) -> None:
        before = self._batch[-1] if self._batch else None
        if before is not None and (before.batch, before.n + 1, before.of) != (entry.batch, entry.n, entry.of):
            self._problem(entry.region, before.seq, f"batch {before.batch} is not whole")
            self._batch = []
        if not self._batch and (entry.n or entry.batch != entry.event.id):
            if not self._holes:  # else the damage before it is named already
                self._problem(entry.region, entry.seq, f"batch {entry.batch} is not whole")
            return
        self._batch.append(entry)
        self._holes = False
        if entry.n == entry.of - 1:
            self._signed(self._batch)
            self._batch = []

    def _signed(self, batch: list[Entry]) -> None:
        self.batches += 1
        last = batch[-1]
        room = last.event.room
        if any(entry.event.room != room for entry in batch):
            self._problem(last.region, last.seq, "a batch of more than one room, for which nobody can sign")
        if self._verifier is not None and self._verifier.knows(room):
            digest = batch_digest(last.region, [entry.hash for entry in batch])
            if not self._verifier.good(room, digest, last.signature):
                self._problem(last.region, last.seq, f"the signature of room {room} does not fit")
        else:
            self.unsigned += 1
            if self._required:
                self._problem(last.region, last.seq, f"no key of room {room} is known, its hand cannot be checked")

    def _problem(self, region: str, seq: int, why: str) -> None:
        if self.problems:
            last = self.problems[-1]
            if (last.region, last.why, last.until + 1) == (region, why, seq):
                self.problems[-1] = Problem(region, last.seq, why, seq)
                return
        if len(self.problems) < MAX_PROBLEMS:
            self.problems.append(Problem(region, seq, why, seq))
        else:
            self.more += 1
