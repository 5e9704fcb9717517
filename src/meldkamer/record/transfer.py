"""Export and import: a record as one stream of lines, and from it the same record again, bit for bit.

line 1      {"meldkamer": "record", "format": 1, "regions": {"RT": 812, …}}; an exercise's also "exercise": true
others      {"region", "seq", "data", "hash", "signature"}; data, hash, signature in base64
last line   {"end": <lines between>, "sha256": <of all lines before it>}
"""

from __future__ import annotations

import contextlib
import hashlib
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO, TypeVar

import msgspec

from meldkamer.record import canonical, store_file
from meldkamer.record.port import Damaged, RecordError

T = TypeVar("T")
FORMAT = 1
MAX_LINE = 4 << 20


class ImportRefused(RecordError):
    """The export cannot be taken in: names the line and what is wrong. Nothing was imported."""

    def __init__(self, line: int, why: str) -> None:
        super().__init__(f"line {line}: {why}")
        self.line, self.why = line, why


class _Header(msgspec.Struct, omit_defaults=True):
    meldkamer: str
    format: int
    regions: dict[str, int]
    exercise: bool = False


class _Line(msgspec.Struct):
    region: str
    seq: int
    data: bytes
    hash: bytes
    signature: bytes


class _End(msgspec.Struct, forbid_unknown_fields=True):
    end: int
    sha256: str


def export_record(path: Path, out: BinaryIO, progress: Callable[[int], None] | None = None) -> int:
    """Write every entry to `out`, also while a room writes. Returns how many. Raises NotAStore, StoreTooNew, Damaged.

    Damaged content goes out as it is: what refuses it, with its line, is the import.
    """
    sha = hashlib.sha256()
    encode = msgspec.json.Encoder().encode

    def put(value: object) -> None:
        line = encode(value) + b"\n"
        sha.update(line)
        out.write(line)

    count = 0
    with store_file.naming(path), contextlib.closing(store_file.open_reader(path)) as db:
        numbers = db.execute("SELECT no, name FROM region ORDER BY name").fetchall()
        tails = {name: store_file.last_seq(db, no) for no, name in numbers}
        put(_Header("record", FORMAT, tails, store_file.is_exercise(path)))
        for no, name in numbers:
            # What stands never changes, so short reads up to where the region ended give one consistent whole.
            at, last = no << store_file.SEQ_BITS, (no << store_file.SEQ_BITS) | tails[name]
            while at < last:
                rows = db.execute(
                    "SELECT pos, data, hash, signature FROM event WHERE pos > ? AND pos <= ? ORDER BY pos LIMIT 1000",
                    (at, last),
                ).fetchall()
                if not rows:
                    raise Damaged(name, (at & store_file.SEQ_MASK) + 1, f"missing, the region goes on to {tails[name]}")
                for pos, data, hash_, signature in rows:
                    put(_Line(name, pos & store_file.SEQ_MASK, data, hash_, signature))
                at, count = rows[-1][0], count + len(rows)
                if progress:
                    progress(count)
    out.write(encode(_End(count, sha.hexdigest())) + b"\n")
    return count


def import_record(source: BinaryIO, path: Path, progress: Callable[[int], None] | None = None) -> int:
    """Make a record at `path` (which must not exist) from an export. Returns the number of entries.

    Raises ImportRefused naming the line, RecordError when there is a record already; what was half made is removed.
    Signatures are taken along, not checked: `verify` does that with the public keys.
    """
    if path.exists():
        raise RecordError(f"{path}: exists already; an import makes a new record")
    part = path.with_name(path.name + ".import")
    _remove(part)
    db = store_file.open_writer(part)
    try:
        db.execute("BEGIN IMMEDIATE")
        count = _take(source, db, progress)
        db.execute("COMMIT")
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    except BaseException:
        db.close()
        _remove(part)
        raise
    db.close()
    part.rename(path)
    store_file.sync_folder(path.parent)
    return count


def _take(source: BinaryIO, db: sqlite3.Connection, progress: Callable[[int], None] | None) -> int:
    sha = hashlib.sha256()
    first = source.readline(MAX_LINE)
    header = _decode(first, _Header, 1)
    if header.meldkamer != "record" or header.format != FORMAT:
        raise ImportRefused(1, f"format {header.format} of {header.meldkamer!r}; this program reads record {FORMAT}")
    if header.exercise:
        raise ImportRefused(1, "the record of an exercise; it never becomes part of a live room")
    sha.update(first)
    regions: dict[str, int] = {}
    subjects: dict[str, tuple[int, int, bytes]] = {}
    seqs: dict[str, int] = {}
    number, count = 1, 0
    while line := source.readline(MAX_LINE):
        number += 1
        if line.startswith(b'{"end"'):
            end = _decode(line, _End, number)
            if end.end != count or end.sha256 != sha.hexdigest():
                raise ImportRefused(number, "the export is not whole: count or checksum differ")
            if seqs != {r: s for r, s in header.regions.items() if s}:
                raise ImportRefused(number, "a region ends before the position that the first line names")
            return count
        sha.update(line)
        entry = _decode(line, _Line, number)
        if entry.seq != seqs.get(entry.region, 0) + 1:
            raise ImportRefused(number, f"{entry.region} sequence {entry.seq} after {seqs.get(entry.region, 0)}")
        if canonical.digest(entry.data) != entry.hash:
            raise ImportRefused(number, f"{entry.region} sequence {entry.seq}: the hash does not fit the contents")
        try:
            stored = canonical.decode(entry.data)
        except msgspec.MsgspecError as error:
            raise ImportRefused(number, f"not an entry: {error}") from None
        if stored.subject.split(".", 2)[1:2] != [entry.region]:
            raise ImportRefused(number, f"{stored.subject} does not belong to region {entry.region}")
        seqs[entry.region] = entry.seq
        if entry.region not in regions:
            regions[entry.region] = int(
                db.execute("INSERT INTO region(name) VALUES(?)", (entry.region,)).lastrowid or 0
            )
        no, version, head = subjects.get(stored.subject, (0, 0, canonical.FIRST))
        if not no:
            no = int(db.execute("INSERT INTO subject(name) VALUES(?)", (stored.subject,)).lastrowid or 0)
        if stored.version != version + 1 or stored.previous != head:
            raise ImportRefused(number, f"{stored.subject}: the chain is broken at version {stored.version}")
        subjects[stored.subject] = (no, stored.version, entry.hash)
        pos, key = (regions[entry.region] << store_file.SEQ_BITS) | entry.seq, store_file.id_key(stored.event.id)
        try:
            db.execute(
                "INSERT INTO event VALUES(?,?,?,?,?,?,?)",
                (pos, no, stored.version, key, entry.data, entry.hash, entry.signature),
            )
        except sqlite3.IntegrityError:
            raise ImportRefused(number, f"event id {stored.event.id} stands twice") from None
        count += 1
        if progress and count % 1000 == 0:
            progress(count)
    raise ImportRefused(number + 1, "the export ends without its last line")


def _remove(store: Path) -> None:
    for left in (store, store_file.wal_of(store), store.with_name(store.name + "-shm")):
        left.unlink(missing_ok=True)


def _decode(line: bytes, type_: type[T], number: int) -> T:
    try:
        return msgspec.json.decode(line, type=type_)
    except msgspec.MsgspecError as error:
        raise ImportRefused(number, str(error)) from None
