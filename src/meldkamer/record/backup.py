"""A copy of a running record, and a record from a copy. Keys are copied apart, or a destroyed key would live on in a backup."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path

from meldkamer.record import store_file as schema
from meldkamer.record.port import RecordError

PAGES_PER_STEP = 2_000


def backup_file(path: Path, target: Path, progress: Callable[[int], None] | None = None) -> None:
    """Copy the record at `path` to the new file `target` while it is in use. Raises NotAStore, RecordError."""
    if target.exists():
        raise RecordError(f"{target}: exists already; a backup never overwrites")
    target.parent.mkdir(parents=True, exist_ok=True)
    part = target.with_name(target.name + ".part")
    part.unlink(missing_ok=True)
    source = schema.open_reader(path)
    copy = sqlite3.connect(part)
    try:
        source.backup(
            copy,
            pages=PAGES_PER_STEP,
            progress=lambda status, left, total: progress(total - left) if progress else None,
        )
        copy.execute("PRAGMA journal_mode=DELETE")
    except sqlite3.Error as error:
        copy.close()
        part.unlink(missing_ok=True)
        raise RecordError(f"{target}: {error}") from error
    finally:
        copy.close()
        source.close()
    part.rename(target)
    schema.sync_folder(target.parent)


def restore_file(source: Path, path: Path) -> None:
    """Make the record at `path`, which must not exist, from a backup. Raises NotAStore, StoreTooNew, RecordError."""
    if path.exists():
        raise RecordError(f"{path}: exists already; restore into an empty folder")
    path.parent.mkdir(parents=True, exist_ok=True)
    backup_file(source, path)
    db = sqlite3.connect(path)
    try:
        db.execute("PRAGMA journal_mode=WAL")
    finally:
        db.close()
