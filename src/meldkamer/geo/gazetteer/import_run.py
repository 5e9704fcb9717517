"""One import from a source file to a finished part: in batches, with progress, to be taken up again where it stopped.

The work file lies in the workshop of the releases and carries the hash of the source in its name, so an import that
was broken off goes on when the same file is given again, and a changed file begins anew. Nothing that is in force is
touched before the finished part is renamed into place.
"""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Protocol, TypeAlias, runtime_checkable

import msgspec

from meldkamer.geo.gazetteer.builder import Builder
from meldkamer.geo.gazetteer.part_file import create
from meldkamer.geo.gazetteer.restage import NoRegister, day_of, restage
from meldkamer.geo.gazetteer.rows import Refused, Row
from meldkamer.geo.release import Part, Releases, file_hash

BATCH = 20_000
"""Rows between two points at which a broken import can go on."""
WORK = 3
"""Counts up when the unfinished file gets another shape: one of another shape is begun anew."""
MOST_REFUSED = 100_000
"""Refused rows that are written down; all are counted."""

Item: TypeAlias = tuple[Row, ...] | Refused
Progress = Callable[[str, int], None]
"""Told now and then: what is read (a unit of the source, or a step of the finish) and how many rows of it."""


class Source(Protocol):
    """A file in some format. Raises SourceError when it is not one."""

    def units(self) -> Sequence[str]:
        """Its pieces in the order in which they are to be read: members of an archive, tables."""
        ...

    def rows(self, unit: str) -> Iterator[Item]:
        """Every row of a piece: what it gives, or why it is refused. The same file gives the same rows."""
        ...


@runtime_checkable
class Dated(Protocol):
    """A source that is the whole of a register. until: its day (ISO date), empty when it does not say."""

    until: str


@runtime_checkable
class Changes(Dated, Protocol):
    """A source of what changed in a register between two days: it counts over the part of its kind that is loaded."""

    since: str


class SourceError(Exception):
    """The file is not what it should be; nothing was imported."""


class Imported(msgspec.Struct, frozen=True, kw_only=True):
    """What came of an import. names: rows of the text index; taken_up: rows that an earlier try had read already."""

    part: Part
    names: int
    taken_up: int
    refused: tuple[Refused, ...]


def run_import(
    kind: str,
    path: Path,
    open_source: Callable[[Path], Source],
    releases: Releases,
    built: str,
    progress: Progress = lambda step, rows: None,
    batch: int = BATCH,
) -> Imported:
    """Read the file and make the part of that kind. Raises SourceError for a file that is not one, is empty, or of
    which most rows are refused: then it is likely another file than was meant. Raises ReleaseError when an import of
    the kind is at work already."""
    with releases.alone(kind, wait=False):
        return _import(kind, path, open_source, releases, built, progress, batch)


def _import(
    kind: str,
    path: Path,
    open_source: Callable[[Path], Source],
    releases: Releases,
    built: str,
    progress: Progress,
    batch: int,
) -> Imported:
    source_hash, source = file_hash(path), open_source(path)
    base = _base(kind, path, source, releases) if isinstance(source, Changes) else None
    over = f"-over-{base.sha256[:16]}" if base is not None else ""
    work = releases.workshop / f"{kind}-{source_hash[:16]}{over}-{WORK}.sqlite"
    finished = work.with_suffix(".finished")
    finished.unlink(missing_ok=True)

    def begin(database: sqlite3.Connection) -> None:
        if base is not None:
            progress("the register that is loaded", base.rows)
            restage(database, releases.path(base))

    with contextlib.closing(_open_work(work, begin)) as database:
        taken_up = _total(database)[0]
        builder = Builder(database)
        for unit in source.units():
            _read_unit(database, builder, unit, source, path.name, progress, batch)
        rows, refused = _total(database)
        if rows == 0 and base is None:
            raise SourceError(f"{path.name}: there is nothing in it")
        some = _some_refused(database, 200)
        if refused * 2 > rows:
            first = f"; the first: {_said(some[0])}" if some else ""
            raise SourceError(f"{path.name}: {refused} of {rows} rows cannot be used{first}")
        about = {"kind": kind, "source": path.name, "source_sha256": source_hash, "built": built}
        if isinstance(source, Dated):
            about["until"] = source.until
        if base is not None:
            about["base"] = base.sha256
        counts = {"rows": str(rows), "refused": str(refused)}
        today = built[:10] if isinstance(source, Dated) else ""
        names = builder.finish(finished, about | counts, progress, register=today)
    part = Part(
        kind=kind,
        sha256=file_hash(finished),
        bytes=finished.stat().st_size,
        rows=rows,
        refused=refused,
        source=path.name,
        source_sha256=source_hash,
        built=built,
    )
    releases.take_part(finished, part)
    for leftover in (work, Path(f"{work}-wal"), Path(f"{work}-shm")):
        leftover.unlink(missing_ok=True)
    return Imported(part=part, names=names, taken_up=taken_up, refused=some)


def _base(kind: str, path: Path, source: Changes, releases: Releases) -> Part:
    """The part of the newest release over which changes count. Raises SourceError when there is none, or when the
    changes do not begin where it ends."""
    made = releases.all()
    base = made[-1].part(kind) if made else None
    if base is None:
        raise SourceError(f"{path.name}: these are changes, and there is nothing yet that they could change")
    try:
        day = day_of(releases.path(base))
    except NoRegister as error:
        raise SourceError(f"{path.name}: {error}") from error
    if not source.since or not source.until:
        raise SourceError(f"{path.name}: it does not say between which days these changes were made")
    if source.since > day:
        told = f"changes since {source.since}, but the loaded register is that of {day}"
        raise SourceError(f"{path.name}: {told}; those in between are missing")
    if source.until <= day:
        raise SourceError(f"{path.name}: changes until {source.until}; the loaded register is that of {day} already")
    return base


def refused_rows(path: Path) -> Iterator[Refused]:
    """All refused rows that a finished part remembers, for a report."""
    with contextlib.closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro&immutable=1", uri=True)) as database:
        for row in database.execute("SELECT file, row, field, reason FROM refused ORDER BY file, row"):
            yield Refused(*row)


def _open_work(path: Path, begin: Callable[[sqlite3.Connection], None]) -> sqlite3.Connection:
    """The unfinished file, new or as it was left. begin: fills a new one; broken off in it, it is begun anew."""
    if path.is_file():
        with contextlib.suppress(sqlite3.Error):
            database = sqlite3.connect(path, isolation_level=None)
            database.execute("SELECT count(*) FROM progress").fetchone()
            return database
        path.unlink()
    database = create(path)
    begin(database)
    database.execute("CREATE TABLE progress (unit TEXT PRIMARY KEY, rows INTEGER NOT NULL, whole INTEGER NOT NULL)")
    database.execute("CREATE TABLE refused (file TEXT, row INTEGER, field TEXT, reason TEXT)")
    database.execute("CREATE TABLE refused_count (unit TEXT PRIMARY KEY, rows INTEGER NOT NULL)")
    # From here on it must survive being broken off.
    database.execute("PRAGMA journal_mode=WAL")
    database.execute("PRAGMA synchronous=NORMAL")
    return database


def _read_unit(
    database: sqlite3.Connection,
    builder: Builder,
    unit: str,
    source: Source,
    file: str,
    progress: Progress,
    batch: int,
) -> None:
    done, whole = database.execute("SELECT rows, whole FROM progress WHERE unit = ?", (unit,)).fetchone() or (0, 0)
    if whole:
        return
    items = islice(source.rows(unit), done, None)
    written = int(database.execute("SELECT count(*) FROM refused").fetchone()[0])
    while True:
        taken = list(islice(items, batch))
        refused = [item for item in taken if isinstance(item, Refused)]
        database.execute("BEGIN")
        try:
            for item in taken:
                if not isinstance(item, Refused):
                    for row in item:
                        builder.add(row)
            for fault in refused[: max(0, MOST_REFUSED - written)]:
                values = (fault.file or file, fault.row, fault.field, fault.reason)
                database.execute("INSERT INTO refused VALUES (?,?,?,?)", values)
            written += len(refused)
            done += len(taken)
            last = len(taken) < batch
            database.execute("INSERT OR REPLACE INTO progress VALUES (?,?,?)", (unit, done, int(last)))
            database.execute(
                "INSERT INTO refused_count VALUES (?,?) ON CONFLICT DO UPDATE SET rows = rows + excluded.rows",
                (unit, len(refused)),
            )
            database.execute("COMMIT")
        except BaseException:
            database.execute("ROLLBACK")
            raise
        progress(unit, done)
        if last:
            return


def _total(database: sqlite3.Connection) -> tuple[int, int]:
    rows = database.execute("SELECT coalesce(sum(rows), 0) FROM progress").fetchone()[0]
    refused = database.execute("SELECT coalesce(sum(rows), 0) FROM refused_count").fetchone()[0]
    return int(rows), int(refused)


def _some_refused(database: sqlite3.Connection, most: int) -> tuple[Refused, ...]:
    found = database.execute("SELECT file, row, field, reason FROM refused LIMIT ?", (most,))
    return tuple(Refused(*row) for row in found)


def _said(fault: Refused) -> str:
    return f"{fault.file}, row {fault.row}, {fault.field}: {fault.reason}"
