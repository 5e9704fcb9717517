"""The embedded store's file: its tables, its versions, and how it is opened or refused.

pos = region number << 40 | sequence: the table is stored in region order, so replay is one range scan.
data is the canonical form that the hash covers (see `canonical`), kept byte for byte.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
from collections.abc import Iterator
from pathlib import Path

from meldkamer.record.port import NotAStore, RecordError, StoreTooNew

APPLICATION = 0x4D4B5243
"""`MKRC` in the file's header: says whose file it is."""
EXERCISE = 0x4D4B5258
"""`MKRX` in its place: the record of an exercise, which no live room ever works on. It goes along with every copy of
the file, and a program that does not know it takes the file for another program's."""
SCHEMA = 1
"""What this program writes, and the newest `compat` it reaches. What old programs survive raises only SCHEMA."""
SEQ_BITS = 40
SEQ_MASK = (1 << SEQ_BITS) - 1

TABLES = """
CREATE TABLE meta(key TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE region(no INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE);
CREATE TABLE subject(no INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE);
CREATE TABLE event(
  pos INTEGER PRIMARY KEY, subject INTEGER NOT NULL, version INTEGER NOT NULL, id NOT NULL UNIQUE,
  data BLOB NOT NULL, hash BLOB NOT NULL, signature BLOB NOT NULL, UNIQUE(subject, version));
CREATE TABLE lease(room TEXT PRIMARY KEY, n INTEGER NOT NULL, holder TEXT NOT NULL) WITHOUT ROWID;
"""


class WrongWorld(RecordError):
    """An exercise's record where a live one belongs, or a live one where an exercise would write. Names the file."""


def open_writer(path: Path, exercise: bool = False) -> sqlite3.Connection:
    """The one writing connection, creating the store when there is no file. Raises NotAStore, StoreTooNew, WrongWorld.

    exercise: write to the record of an exercise, and to no other.
    """
    if exercise and not path.exists():
        raise NotAStore(f"{path}: no such file; an exercise works on a copy of a record")
    if not path.exists():
        _create(path)
    with naming(path):
        db = sqlite3.connect(path, isolation_level=None, check_same_thread=False, cached_statements=256)
    try:
        with naming(path):
            if _check(path, db) != exercise:
                raise _wrong_world(path, exercise)
            # A restored copy comes in rollback mode.
            db.execute("PRAGMA journal_mode=WAL")
            # FULL, not NORMAL: NORMAL loses acknowledged rows when the power fails.
            db.execute("PRAGMA synchronous=FULL")
            db.execute("PRAGMA busy_timeout=5000")
            # The writer checkpoints by itself, after the acknowledgements of a group are out.
            db.execute("PRAGMA wal_autocheckpoint=0")
    except BaseException:
        db.close()
        raise
    return db


def open_reader(path: Path) -> sqlite3.Connection:
    """A connection that cannot write, also while a writer runs. Raises NotAStore, StoreTooNew."""
    if not path.is_file():
        raise NotAStore(f"{path}: no such file")
    uri = f"{path.absolute().as_uri()}?mode=ro"
    with naming(path):
        db = sqlite3.connect(uri, uri=True, isolation_level=None, check_same_thread=False)
    try:
        with naming(path):
            _check(path, db)
    except BaseException:
        db.close()
        raise
    return db


def is_exercise(path: Path) -> bool:
    """Whether this is the record of an exercise. Raises NotAStore, StoreTooNew."""
    with contextlib.closing(open_reader(path)) as db, naming(path):
        return _check(path, db)


def must_be_live(path: Path) -> None:
    """Raises WrongWorld for the record of an exercise; NotAStore, StoreTooNew."""
    if is_exercise(path):
        raise _wrong_world(path, False)


def mark_exercise(db: sqlite3.Connection) -> None:
    """Make a copy that nobody uses yet the record of an exercise, for good."""
    db.execute(f"PRAGMA application_id={EXERCISE}")


def _wrong_world(path: Path, exercise: bool) -> WrongWorld:
    if exercise:
        return WrongWorld(f"{path}: a live record; an exercise writes to a copy of its own only")
    return WrongWorld(f"{path}: the record of an exercise; it never becomes part of a live room")


def _create(path: Path) -> None:
    """Make the whole empty store under another name and rename it: a file of this name is a store or is torn."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(path.name + ".new")
    for left in (part, wal_of(part), part.with_name(part.name + "-shm"), part.with_name(part.name + "-journal")):
        left.unlink(missing_ok=True)
    db = sqlite3.connect(part, isolation_level=None)
    try:
        db.executescript(
            f"PRAGMA synchronous=FULL; BEGIN IMMEDIATE; {TABLES}"
            f"INSERT INTO meta VALUES('schema', {SCHEMA}), ('compat', {SCHEMA}), ('barrier', 0);"
            f"PRAGMA application_id={APPLICATION}; PRAGMA user_version={SCHEMA}; COMMIT; PRAGMA journal_mode=WAL;"
        )
    finally:
        db.close()
    part.rename(path)
    for folder in (path.parent, path.parent.parent):
        sync_folder(folder)


def _check(path: Path, db: sqlite3.Connection) -> bool:
    """Whether it is the record of an exercise. Raises NotAStore, StoreTooNew."""
    # Only names and sizes are asked of the file system: opening and closing the file beside SQLite would drop the
    # locks that other connections of this process hold on it.
    size, wal = path.stat().st_size, wal_of(path)
    if size == 0:
        raise NotAStore(f"{path}: empty, a store has lost its contents or never was one")
    (found,) = db.execute("PRAGMA application_id").fetchone()
    if found not in (APPLICATION, EXERCISE):
        raise NotAStore(f"{path}: a SQLite file of another program (application id {found:#x} at byte 68)")
    (pages,), (page,) = db.execute("PRAGMA page_count").fetchone(), db.execute("PRAGMA page_size").fetchone()
    # What is still in the WAL may rightly be missing from the file itself.
    if size < pages * page and not (wal.exists() and wal.stat().st_size):
        raise NotAStore(f"{path}: torn, the file ends at byte {size} of {pages * page}")
    meta = dict(db.execute("SELECT key, value FROM meta").fetchall())
    if meta["compat"] > SCHEMA:
        raise StoreTooNew(
            f"{path}: written by a newer program (schema {meta['schema']}, readable from {meta['compat']} on); "
            f"this program reaches {SCHEMA}. Use that program or a newer one"
        )
    return bool(found == EXERCISE)


@contextlib.contextmanager
def naming(path: Path) -> Iterator[None]:
    """Turn SQLite's complaints about a foreign, torn or unreadable file into NotAStore with its name and size."""
    try:
        yield
    except sqlite3.Error as error:
        size = path.stat().st_size if path.exists() else 0
        raise NotAStore(f"{path}: {error} (a file of {size} bytes)") from error
    except (KeyError, TypeError) as error:
        raise NotAStore(f"{path}: its table `meta` lacks {error}") from error


def wal_of(path: Path) -> Path:
    return path.with_name(path.name + "-wal")


def sync_folder(folder: Path) -> None:
    """Make the names in a folder durable."""
    fd = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)


def id_key(id: str) -> bytes | str:
    """How an event id is stored: 16 bytes for a UUID's 32 lower-case digits, the text itself for anything else."""
    try:
        key = bytes.fromhex(id)
    except ValueError:
        return id
    return key if len(id) == 32 and key.hex() == id else id


def last_seq(db: sqlite3.Connection, region_no: int) -> int:
    """The newest sequence of a region, 0 when it has none."""
    low = region_no << SEQ_BITS
    row = db.execute(
        "SELECT pos FROM event WHERE pos > ? AND pos <= ? ORDER BY pos DESC LIMIT 1", (low, low | SEQ_MASK)
    ).fetchone()
    return row[0] & SEQ_MASK if row else 0
