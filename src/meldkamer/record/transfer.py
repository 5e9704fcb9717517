"""Export and import: a record as one stream of lines, and from it the same record again, bit for bit.

line 1      {"meldkamer": "record", "format": 1, "regions": {"RT": 812, …}}
others      {"region", "seq", "data", "hash", "signature"}; data, hash, signature in base64
last line   {"end": <lines between>, "sha256": <of all lines before it>}
"""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO, TypeVar

import msgspec

from meldkamer.record import canonical
from meldkamer.record import store_file as schema
from meldkamer.record.port import RecordError

T = TypeVar("T")
FORMAT = 1
MAX_LINE = 4 << 20


class ImportRefused(RecordError):
    """The export cannot be taken in: names the line and what is wrong. Nothing was imported."""

    def __init__(self, line: int, why: str) -> None:
        super().__init__(f"line {line}: {why}")
        self.line, self.why = line, why


class _Header(msgspec.Struct):
    meldkamer: str
    format: int
    regions: dict[str, int]


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
    """Write every entry to `out`. Returns how many. Raises NotAStore, StoreTooNew."""
    db = schema.open_reader(path)
    sha = hashlib.sha256()
    encode = msgspec.json.Encoder().encode

    def put(value: object) -> None:
        line = encode(value) + b"\n"
        sha.update(line)
        out.write(line)

    count = 0
    try:
        db.execute("BEGIN")
        regions = db.execute("SELECT no, name FROM region ORDER BY name").fetchall()
        tails = {}
        for no, name in regions:
            low, high = no << schema.SEQ_BITS, (no + 1) << schema.SEQ_BITS
            (top,) = db.execute("SELECT max(pos) FROM event WHERE pos>=? AND pos<?", (low, high)).fetchone()
            tails[name] = (top or 0) & schema.SEQ_MASK
        put(_Header("record", FORMAT, tails))
        for no, name in regions:
            rows = db.execute(
                "SELECT pos, data, hash, signature FROM event WHERE pos>=? AND pos<? ORDER BY pos",
                (no << schema.SEQ_BITS, (no + 1) << schema.SEQ_BITS),
            )
            for pos, data, hash_, signature in rows:
                put(_Line(name, pos & schema.SEQ_MASK, data, hash_, signature))
                count += 1
                if progress and count % 1000 == 0:
                    progress(count)
    finally:
        db.close()
    out.write(encode(_End(count, sha.hexdigest())) + b"\n")
    return count


def import_record(source: BinaryIO, path: Path, progress: Callable[[int], None] | None = None) -> int:
    """Make a record at `path` (which must not exist) from an export. Returns the number of entries.

    Raises ImportRefused naming the line; what was half made is removed.
    """
    if path.exists():
        raise RecordError(f"{path}: exists already; an import makes a new record")
    part = path.with_name(path.name + ".import")
    for old in (part, schema.wal_of(part)):
        old.unlink(missing_ok=True)
    db = schema.open_writer(part)
    try:
        db.execute("BEGIN IMMEDIATE")
        count = _take(source, db, progress)
        db.execute("COMMIT")
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    except BaseException:
        db.close()
        for left in (part, schema.wal_of(part), part.with_name(part.name + "-shm")):
            left.unlink(missing_ok=True)
        raise
    db.close()
    part.rename(path)
    schema.sync_folder(path.parent)
    return count


def _take(source: BinaryIO, db: sqlite3.Connection, progress: Callable[[int], None] | None) -> int:
    sha = hashlib.sha256()
    first = source.readline(MAX_LINE)
    header = _decode(first, _Header, 1)
    if header.meldkamer != "record" or header.format != FORMAT:
        raise ImportRefused(1, f"format {header.format} of {header.meldkamer!r}; this program reads record {FORMAT}")
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
        db.execute(
            "INSERT INTO event VALUES(?,?,?,?,?,?,?)",
            (
                (regions[entry.region] << schema.SEQ_BITS) | entry.seq,
                no,
                stored.version,
                schema.id_key(stored.event.id),
                entry.data,
                entry.hash,
                entry.signature,
            ),
        )
        count += 1
        if progress and count % 1000 == 0:
            progress(count)
    raise ImportRefused(number + 1, "the export ends without its last line")


def _decode(line: bytes, type_: type[T], number: int) -> T:
    try:
        return msgspec.json.decode(line, type=type_)
    except msgspec.MsgspecError as error:
        raise ImportRefused(number, str(error)) from None
