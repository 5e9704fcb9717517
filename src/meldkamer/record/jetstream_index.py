"""What a region's stream says, folded: where each event id stands, each subject's newest entry, and up to where.

It is what makes exactly-once hold for ever: a writer looks here for ids, versions, hashes and fences, and stores on the
condition that the stream still ends where this ends. So whatever is decided here is decided on the whole stream.

A cache in one SQLite file, beside what is not written to it yet in memory. It may be thrown away at any time (the
stream is folded again), and is when it is torn or belongs to another stream. It never goes back: a stream that ends
before what was seen, or has something else there, has lost acknowledged events, and that is said.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import msgspec

from meldkamer.record import canonical
from meldkamer.record.jetstream_message import NotAnEntry, entry, subject_of
from meldkamer.record.jetstream_reader import Raw
from meldkamer.record.port import Entry, Position
from meldkamer.record.store_file import id_key

FORMAT = 2
FLUSH = 2_000
"""Entries in memory before they are written to the file."""
_HEADS_KEPT = 200_000
_TABLES = """
CREATE TABLE meta(key TEXT PRIMARY KEY, value BLOB) WITHOUT ROWID;
CREATE TABLE head(subject TEXT PRIMARY KEY, version INTEGER, hash BLOB, seq INTEGER, last INTEGER) WITHOUT ROWID;
CREATE TABLE event(id PRIMARY KEY, seq INTEGER, subject TEXT, version INTEGER) WITHOUT ROWID;
CREATE TABLE aside(seq INTEGER PRIMARY KEY, why TEXT, entry INTEGER);
"""

log = logging.getLogger(__name__)
Place = tuple[int, str, int]
"""Sequence, subject, version."""


class Head(msgspec.Struct, frozen=True, gc=False):
    """A subject's newest entry. last: its newest message of whatever kind, which compare-and-set goes by."""

    version: int = 0
    hash: bytes = canonical.FIRST
    seq: int = 0
    last: int = 0


NEW = Head()


class Index:
    """Of one region, used in one loop. Entries come in by `fold`, in order."""

    def __init__(self, region: str, path: Path, stream: str | None) -> None:
        """stream: what tells this stream from one that had its name before; None while nobody can be asked, see
        `belongs`."""
        self.region = region
        self._path = path
        self._db = _open(path, stream)
        self._heads: dict[str, Head] = {}
        self._dirty: set[str] = set()
        self._fresh: dict[bytes | str, Place] = {}
        self._flushing: dict[bytes | str, Place] = {}
        meta = dict(self._db.execute("SELECT key, value FROM meta").fetchall())
        self.tail: int = meta["tail"]
        self.mark: bytes = meta["mark"]
        """Digest of the payload at the tail."""
        self.aside: dict[int, str] = dict(self._db.execute("SELECT seq, why FROM aside WHERE NOT entry").fetchall())
        """Messages that are no entries, by sequence, with the reason."""
        self.distrusted: dict[int, str] = dict(self._db.execute("SELECT seq, why FROM aside WHERE entry").fetchall())
        """Entries that nobody is shown."""
        self._new_aside: list[tuple[int, str, bool]] = []

    # --- asking -----------------------------------------------------------------------------------------------------

    def head(self, subject: str) -> Head:
        """A subject's newest entry; NEW when it has none."""
        if (head := self._heads.get(subject)) is not None:
            return head
        row = self._db.execute("SELECT version, hash, seq, last FROM head WHERE subject = ?", (subject,)).fetchone()
        if row is None:
            return NEW
        self._heads[subject] = head = Head(*row)
        return head

    def find(self, key: bytes | str) -> Position | None:
        """Where an event id (see `store_file.id_key`) stands."""
        place = self._fresh.get(key) or self._flushing.get(key)
        if place is None:
            place = self._db.execute("SELECT seq, subject, version FROM event WHERE id = ?", (key,)).fetchone()
        return Position(self.region, *place) if place else None

    def find_all(self, keys: Sequence[bytes | str]) -> dict[bytes | str, Position]:
        """Where those of these ids stand that stand anywhere; usually none does, and one look tells."""
        found: dict[bytes | str, Position] = {}
        for start in range(0, len(keys), 500):
            some = keys[start : start + 500]
            marks = ",".join("?" * len(some))
            sql = f"SELECT id, seq, subject, version FROM event WHERE id IN ({marks})"  # noqa: S608 - only question marks
            for id, *place in self._db.execute(sql, some).fetchall():
                found[id] = Position(self.region, *place)
        for memory in (self._flushing, self._fresh):
            if memory:
                found |= {key: Position(self.region, *memory[key]) for key in keys if key in memory}
        return found

    # --- taking in --------------------------------------------------------------------------------------------------

    def fold(self, raws: Iterable[Raw]) -> list[Entry]:
        """Take in messages; those already known are passed over. Returns the entries among them."""
        entries: list[Entry] = []
        before = len(self.aside)
        new = [(raw, self._read(raw)) for raw in raws if raw.seq > self.tail]
        known = self.find_all([id_key(found.event.id) for _, found in new if isinstance(found, Entry)])
        for raw, found in new:
            assert raw.seq == self.tail + 1, f"{self.region}: {raw.seq} after {self.tail}"
            why = found if isinstance(found, str) else self._misfit(found, known)
            if isinstance(found, str) or why:
                self._set_aside(raw, why)
            else:
                self._take(found, raw.seq)
                entries.append(found)
            self.tail = raw.seq
        if new:
            self.mark = canonical.digest(new[-1][0].data)
        if (count := len(self.aside) - before) > 0:  # one line, however many: a stranger must not fill the disk with it
            seq, why = next(reversed(self.aside.items()))
            log.error("region %s: %d messages set aside, up to sequence %d: %s", self.region, count, seq, why)
        return entries

    def accept(self, entries: Sequence[Entry], last: bytes) -> None:
        """Take in entries that were decided on this index and are stored now, without looking at them again.

        last: the payload of the last one.
        """
        assert entries[0].seq == self.tail + 1, f"{self.region}: {entries[0].seq} after {self.tail}"
        for one in entries:
            self._take(one, one.seq)
        self.tail, self.mark = entries[-1].seq, canonical.digest(last)

    def lose(self, seq: int, why: str) -> None:
        """Go on without a message that is nowhere any more. Nobody can tell here which subject it belonged to."""
        assert seq == self.tail + 1, f"{self.region}: {seq} after {self.tail}"
        self.tail, self.mark = seq, b""
        self.aside[seq] = why
        self._new_aside.append((seq, why, False))

    def distrust(self, refused: Sequence[tuple[int, str]]) -> None:
        """Keep entries from being shown, now and later."""
        self.distrusted |= refused
        self._new_aside += [(seq, why, True) for seq, why in refused]

    def _read(self, raw: Raw) -> Entry | str:
        """The entry in a message, or why there is none."""
        try:
            return entry(self.region, raw.seq, raw.subject, raw.data)
        except NotAnEntry as error:
            return str(error)

    def _misfit(self, found: Entry, known: Mapping[bytes | str, Position]) -> str:
        """Why an entry does not go on from what stands, '' when it does. Every room folds the same messages by the
        same rule, so all agree on what counts."""
        head, key = self.head(found.subject), id_key(found.event.id)
        if found.version != head.version + 1:
            return f"version {found.version} of {found.subject} follows {head.version}"
        if found.previous != head.hash:
            return f"the hash chain of {found.subject} does not lead here"
        if not found.subject.partition(".")[2].startswith(self.region + "."):
            return f"{found.subject} does not belong to region {self.region}"
        if key in known or key in self._fresh:
            return f"event {found.event.id} stands already"
        return ""

    def _take(self, found: Entry, seq: int) -> None:
        subject = found.subject
        self._heads[subject] = Head(found.version, found.hash, seq, seq)
        self._dirty.add(subject)
        self._fresh[id_key(found.event.id)] = (seq, subject, found.version)

    def _set_aside(self, raw: Raw, why: str) -> None:
        self.aside[raw.seq] = why
        self._new_aside.append((raw.seq, why, False))
        # Compare-and-set goes by the newest message of a subject, so a stranger's one counts for that.
        if (subject := subject_of(raw.subject)) is not None:
            self._heads[subject] = msgspec.structs.replace(self.head(subject), last=raw.seq)
            self._dirty.add(subject)

    # --- keeping ----------------------------------------------------------------------------------------------------

    @property
    def full(self) -> bool:
        """Whether it is time to flush."""
        return len(self._fresh) >= FLUSH and not self._flushing

    async def flush(self) -> None:
        """Write what is only in memory to the file, in a thread; asking and taking in go on meanwhile."""
        if self._flushing:
            return
        self._flushing, self._fresh = self._fresh, {}
        dirty, self._dirty = self._dirty, set()
        aside, self._new_aside = self._new_aside, []
        heads = [(name, h.version, h.hash, h.seq, h.last) for name in dirty for h in (self._heads[name],)]
        events = [(key, *place) for key, place in self._flushing.items()]
        meta: list[tuple[int | bytes, str]] = [(self.tail, "tail"), (self.mark, "mark")]
        writing = asyncio.ensure_future(asyncio.to_thread(_write, self._path, heads, events, aside, meta))
        try:
            await asyncio.shield(writing)
        except BaseException:  # all of it is still to be written; to write some of it twice does no harm
            self._fresh = self._flushing | self._fresh
            self._dirty |= dirty
            self._new_aside = aside + self._new_aside
            raise
        finally:
            self._flushing = {}
            while not writing.done():  # cancelled: the thread cannot be, and the file must not change behind us
                with contextlib.suppress(asyncio.CancelledError):
                    await asyncio.wait({writing})
        if len(self._heads) > _HEADS_KEPT:
            self._heads = {name: self._heads[name] for name in self._dirty}

    def belongs(self, stream: str) -> None:
        """Say which stream it is of, after it was opened without knowing."""
        self._db.execute("UPDATE meta SET value = ? WHERE key = 'stream'", (f"{FORMAT} {stream}",))

    def close(self) -> None:
        self._db.close()


def _write(
    path: Path,
    heads: list[tuple[str, int, bytes, int, int]],
    events: list[tuple[bytes | str, int, str, int]],
    aside: list[tuple[int, str, bool]],
    meta: list[tuple[int | bytes, str]],
) -> None:
    db = sqlite3.connect(path, isolation_level=None, timeout=30)
    try:
        db.execute("PRAGMA synchronous=NORMAL")  # in WAL mode power failure only takes it back to an earlier state
        db.execute("BEGIN IMMEDIATE")
        (tail,) = db.execute("SELECT value FROM meta WHERE key = 'tail'").fetchone()
        assert tail <= meta[0][0], f"{path} is at {tail} already"
        db.executemany("INSERT OR REPLACE INTO head VALUES(?,?,?,?,?)", heads)
        db.executemany("INSERT OR REPLACE INTO event VALUES(?,?,?,?)", events)
        db.executemany("INSERT OR REPLACE INTO aside VALUES(?,?,?)", aside)
        db.executemany("UPDATE meta SET value = ? WHERE key = ?", meta)
        db.execute("COMMIT")
    finally:
        db.close()


def _open(path: Path, stream: str | None) -> sqlite3.Connection:
    """The file's connection for reading; made new when it is missing, torn, of another format or another stream's."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.exists():
        try:
            db = sqlite3.connect(path, isolation_level=None, timeout=30)
            kept = str(dict(db.execute("SELECT key, value FROM meta").fetchall()).get("stream"))
            if kept == f"{FORMAT} {stream}" or (stream is None and kept.startswith(f"{FORMAT} ")):
                for table in ("head", "event", "aside"):
                    db.execute(f"SELECT * FROM {table} LIMIT 1").fetchall()  # noqa: S608 - one of these three
                return db
            why = "it belongs to another stream"
            db.close()
        except sqlite3.Error as error:
            why = str(error)
        log.warning("%s is made anew: %s", path, why)
        for left in (path, path.with_name(path.name + "-wal"), path.with_name(path.name + "-shm")):
            with contextlib.suppress(FileNotFoundError):
                left.unlink()
    db = sqlite3.connect(path, isolation_level=None, timeout=30)
    db.executescript(f"PRAGMA journal_mode=WAL; BEGIN; {_TABLES}")
    rows = [("stream", f"{FORMAT} {stream}"), ("tail", 0), ("mark", b"")]
    db.executemany("INSERT INTO meta VALUES(?, ?)", rows)
    db.execute("COMMIT")
    return db
