"""What the writer's thread knows and decides: heads of subjects, tails of regions, and whether an append fits.

Everything is decided against heads in memory before a row is written, so one append that does not fit leaves no trace
in the group's transaction. Heads come from the store when first needed and are forgotten whenever a commit fails.
"""

from __future__ import annotations

import hashlib
import itertools
import sqlite3
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from meldkamer.record import canonical
from meldkamer.record.batch import Batch
from meldkamer.record.port import (
    Appended,
    Conflict,
    Durability,
    Entry,
    Fenced,
    NewEvent,
    Position,
    Reused,
    fence_subject,
)
from meldkamer.record.signing import Signer, batch_digest
from meldkamer.record.store_file import SEQ_BITS, SEQ_MASK, last_seq

_HEADS_KEPT = 200_000
_ROWS = 64
_INSERT = {1 << n: "INSERT INTO event VALUES" + ",".join(["(?,?,?,?,?,?,?)"] * (1 << n)) for n in range(7)}


class Head(msgspec.Struct, gc=False):
    """A subject's newest entry. version 0: not stored yet."""

    no: int
    version: int
    hash: bytes
    seq: int


class Ledger:
    """The open group on the writing connection: begin, append each batch, commit or roll back."""

    def __init__(self, db: sqlite3.Connection, signers: Mapping[str, Signer]) -> None:
        self.db, self._signers = db, signers
        self.tails: dict[str, int] = {}
        """Committed tails, also read from other threads."""
        self._heads: dict[str, Head] = {}
        self._load()
        self.tails.update({name: self._tails[no] for name, no in self._regions.items()})

    def begin(self, batches: Sequence[Batch], collect: bool) -> None:
        """Open the transaction for these batches. collect: make entries for followers."""
        self.entries: list[Entry] | None = [] if collect else None
        self._rows: list[tuple[object, ...]] = []
        self._new_subjects: list[tuple[int, str]] = []
        self._touched: dict[str, int] = {}
        if self._stale:
            self._load()
        if len(self._heads) > _HEADS_KEPT:
            self._heads.clear()
        self.db.execute("BEGIN IMMEDIATE")
        self._known = self.find([key for batch in batches for key in batch.keys])

    def append(self, batch: Batch) -> Appended:
        """Fit one batch into the open transaction. Raises Conflict, Fenced, Reused."""
        keys, known = batch.keys, self._known
        if not known.keys().isdisjoint(keys):
            return self._stored_before(batch)
        region = batch.region
        for fence in batch.fences:
            owner = self._head(fence_subject(region, fence.function))
            if not owner.version or owner.seq != fence.token:
                raise Fenced(fence.function, fence.token, owner.seq)
        region_no, seq = self._region(region)
        base, of, n, id = region_no << SEQ_BITS, len(keys), 0, batch.events[0].id
        encode, sha256 = canonical.encode_plain, hashlib.sha256
        heads: dict[str, Head] = {}
        rows: list[tuple[Any, ...]] = []
        positions: list[Position] = []
        chain: list[bytes] = []
        for subject, expected, raws in batch.writes:
            head = heads.get(subject) or self._heads.get(subject) or self._head(subject)
            no, version, previous = head.no, head.version, head.hash
            if expected is not None and expected != version:
                raise Conflict(subject, expected, version)
            for raw in raws:
                version += 1
                seq += 1
                data = encode((previous, subject, version, id, n, of, raw))
                chain.append(previous)
                previous = sha256(data).digest()
                rows.append((base | seq, no, version, keys[n], data, previous, b""))
                positions.append(Position(region, seq, subject, version))
                n += 1
            heads[subject] = Head(no, version, previous, seq)
        if self._signers and (signer := self._signers.get(batch.events[-1].room)) is not None:
            signature = signer.sign(batch_digest(region, [row[5] for row in rows]))
            rows[-1] = (*rows[-1][:-1], signature)
        # Nothing above has changed anything; from here on nothing can fail.
        for subject, head in heads.items():
            if not self._heads[subject].version:
                self._new_subjects.append((head.no, subject))
            self._heads[subject] = head
        self._tails[region_no] = self._touched[region] = seq
        self._rows += rows
        if of == 1:
            known[keys[0]] = positions[0]
        else:
            known.update(zip(keys, positions, strict=True))
        if self.entries is not None:
            self.entries += map(
                _entry,
                batch.events,
                positions,
                rows,
                chain,
                itertools.repeat(id),
                itertools.count(),
                itertools.repeat(of),
            )
        return Appended(tuple(positions), Durability.SAFE)

    def flush(self) -> int:
        """Write what fits; the number of rows. Fails only with sqlite3.Error, for want of room or of a working disk."""
        if self._new_subjects:
            self.db.executemany("INSERT INTO subject VALUES(?, ?)", self._new_subjects)
        # Many rows to a statement, in sizes that are powers of two: between statements this thread gives way to the
        # loop's, and giving way for each row costs more than the row.
        rows, start = self._rows, 0
        while left := len(rows) - start:
            count = min(_ROWS, 1 << left.bit_length() - 1)
            values = list(itertools.chain.from_iterable(rows[start : start + count]))
            self.db.execute(_INSERT[count], values)
            start += count
        return len(rows)

    def commit(self) -> None:
        """Make the group durable. After a sqlite3.Error here only `barrier` tells whether it is stored."""
        self.db.execute("COMMIT")
        self.tails.update(self._touched)

    def rollback(self) -> None:
        """Forget the group, in the store (when it still answers) and in memory."""
        self._stale = True
        if self.db.in_transaction:
            self.db.execute("ROLLBACK")

    def barrier(self) -> bool:
        """Settle a COMMIT that failed: a commit after it overwrites whatever it left in the WAL.

        Until then a crash could bring the failed group back, when its last frame reached the disk but fsync did not
        say so. True: the group is not stored and never will be.
        """
        for prepare in ("", "PRAGMA wal_checkpoint(RESTART)"):
            try:
                if prepare:  # the WAL may be all that cannot grow; start it again from its beginning
                    self.db.execute(prepare).fetchall()
                self.db.execute("UPDATE meta SET value = value + 1 WHERE key = 'barrier'")
                return True
            except sqlite3.Error:
                if self.db.in_transaction:
                    self.db.execute("ROLLBACK")
        return False

    def find(self, keys: Sequence[bytes | str]) -> dict[bytes | str, Position]:
        """Where these ids are stored; absent those that are not."""
        found: dict[bytes | str, Position] = {}
        for start in range(0, len(keys), 500):
            some = keys[start : start + 500]
            marks = ",".join("?" * len(some))
            # Answered from the index of ids alone, as nearly always there is nothing to find.
            for key, pos in self.db.execute(
                f"SELECT id, pos FROM event WHERE id IN ({marks})",  # noqa: S608 - only question marks
                some,
            ).fetchall():
                name, version = self.db.execute(
                    "SELECT name, version FROM event JOIN subject ON subject.no = event.subject WHERE pos = ?", (pos,)
                ).fetchone()
                found[key] = Position(self._names[pos >> SEQ_BITS], pos & SEQ_MASK, name, version)
        return found

    def _stored_before(self, batch: Batch) -> Appended:
        places = [self._known.get(key) for key in batch.keys]
        if None in places:
            raise Reused([event.id for event, place in zip(batch.events, places, strict=True) if place])
        return Appended(tuple(p for p in places if p), Durability.SAFE, duplicate=True)

    def _head(self, subject: str) -> Head:
        if (head := self._heads.get(subject)) is not None:
            return head
        row = self.db.execute(
            "SELECT event.subject, version, hash, pos FROM event WHERE event.subject ="
            " (SELECT no FROM subject WHERE name = ?) ORDER BY version DESC LIMIT 1",
            (subject,),
        ).fetchone()
        if row is None:
            self._next_subject += 1
            head = Head(self._next_subject, 0, canonical.FIRST, 0)
        else:
            head = Head(row[0], row[1], row[2], row[3] & SEQ_MASK)
        self._heads[subject] = head
        return head

    def _region(self, name: str) -> tuple[int, int]:
        """Number and tail of a region. A new one is put into the open transaction, at worst without an entry."""
        if (no := self._regions.get(name)) is None:
            no = len(self._regions) + 1
            self.db.execute("INSERT INTO region VALUES(?, ?)", (no, name))
            self._regions[name], self._names[no], self._tails[no] = no, name, 0
        return no, self._tails[no]

    def _load(self) -> None:
        self._heads.clear()
        self._names: dict[int, str] = dict(self.db.execute("SELECT no, name FROM region").fetchall())
        self._regions = {name: no for no, name in self._names.items()}
        self._tails = {no: last_seq(self.db, no) for no in self._names}
        (top,) = self.db.execute("SELECT MAX(no) FROM subject").fetchone()
        self._next_subject: int = top or 0
        self._stale = False


def _entry(
    event: NewEvent, place: Position, row: tuple[Any, ...], previous: bytes, batch: str, n: int, of: int
) -> Entry:
    return Entry(
        region=place.region,
        seq=place.seq,
        subject=place.subject,
        version=place.version,
        event=event,
        batch=batch,
        n=n,
        of=of,
        previous=previous,
        hash=row[5],
        signature=row[6],
    )
