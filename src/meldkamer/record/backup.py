"""A copy of a running record, and a record from a copy.

    TARGET/record.sqlite     the whole record; personal fields in it are ciphertext
    TARGET/destroyed.json    which keys were destroyed, when and why; no secret
    TARGET/keys.sqlite       only when asked for: the keys that live on, wrapped by the master key

The master key is never copied: keep it apart, or a stolen backup is readable. A key that is destroyed after a backup
with keys was made still stands in that backup, so restoring keys takes the newest list of destructions and destroys
again.
"""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Callable, Iterable
from pathlib import Path

import msgspec

from meldkamer.record import store_file
from meldkamer.record.keys import Destruction, copy_keys, read_destroyed, wrap_again
from meldkamer.record.port import RecordError

RECORD, KEYS, DESTROYED, MASTER = "record.sqlite", "keys.sqlite", "destroyed.json", "master.key"
PAGES_PER_STEP = 2_000
Progress = Callable[[int], None]


class TargetExists(RecordError):
    """There is something already where a copy or a restored record would go; nothing is ever overwritten."""


def backup(folder: Path, target: Path, keys: bool = False, progress: Progress | None = None) -> None:
    """Copy the record of a data folder to the new folder `target`, while it is in use.

    progress: told the pages copied. Raises TargetExists, NotAStore, StoreTooNew, KeysLost, RecordError.
    """
    _fresh(target, (RECORD, KEYS, DESTROYED))
    destroyed = read_destroyed(folder / KEYS)
    _copy(folder / RECORD, target / RECORD, progress)
    (target / DESTROYED).write_bytes(msgspec.json.format(msgspec.json.encode(destroyed)) + b"\n")
    if keys:
        copy_keys(folder / KEYS, target / KEYS, ())
    store_file.sync_folder(target)


def restore(source: Path, folder: Path, destroyed: Iterable[Destruction] | None = None) -> bool:
    """Make a data folder's record, which must not exist, from a backup; true when keys came with it.

    destroyed: the newest list of destructions that is known, needed when the backup holds keys.
    Raises TargetExists, NotAStore, StoreTooNew, KeysLost, WrongWorld; RecordError for keys without such a list.
    """
    store_file.must_be_live(source / RECORD)
    with_keys = (source / KEYS).exists()
    if with_keys and destroyed is None:
        raise RecordError(
            f"{source / KEYS}: keys that were destroyed since would come back; give the newest list of destructions"
        )
    _fresh(folder, (RECORD, KEYS))
    if with_keys:
        copy_keys(source / KEYS, folder / KEYS, [*read_list(source / DESTROYED), *(destroyed or ())])
    # The record last: a folder with a record is a whole one.
    _copy(source / RECORD, folder / RECORD, None)
    return with_keys


def copy_for_exercise(folder: Path, target: Path, master: Path, progress: Progress | None = None) -> bool:
    """The record of a data folder or a backup as that of an exercise in the new folder `target`; true when its text can
    be read there.

    Keys come along when there are any and `master` is there, under a master key that the exercise alone has, so that
    removing `target` takes them away again. Raises TargetExists, NotAStore, StoreTooNew, KeysLost, RecordError.
    """
    _fresh(target, (RECORD, KEYS, MASTER))
    # The record first: a key that is made meanwhile is then one too many, not one too few.
    _copy(folder / RECORD, target / RECORD, progress, exercise=True)
    with_keys = (folder / KEYS).exists() and master.exists()
    if with_keys:
        copy_keys(folder / KEYS, target / KEYS, read_list(folder / DESTROYED) if (folder / DESTROYED).exists() else ())
        wrap_again(target / KEYS, master, target / MASTER)
    return with_keys


def read_list(path: Path) -> list[Destruction]:
    """A list of destructions, from a backup or from a key file. Raises KeysLost, RecordError."""
    if path.suffix == ".sqlite":
        return read_destroyed(path)
    try:
        return msgspec.json.decode(path.read_bytes(), type=list[Destruction])
    except (OSError, ValueError) as error:
        raise RecordError(f"{path}: not a list of destructions: {error}") from error


def _fresh(folder: Path, names: Iterable[str]) -> None:
    for name in names:
        if (folder / name).exists():
            raise TargetExists(f"{folder / name}: exists already, and nothing is overwritten")
    folder.mkdir(parents=True, exist_ok=True)


def _copy(path: Path, target: Path, progress: Progress | None, exercise: bool = False) -> None:
    part = target.with_name(target.name + ".part")
    part.unlink(missing_ok=True)
    try:
        with (
            contextlib.closing(store_file.open_reader(path)) as source,
            contextlib.closing(sqlite3.connect(part, isolation_level=None)) as copy,
        ):
            copy.execute("PRAGMA synchronous=FULL")
            # One view for the whole copy; without it every commit of the room would start the copy again.
            source.execute("BEGIN")
            source.execute("SELECT value FROM meta").fetchall()
            source.backup(
                copy,
                pages=PAGES_PER_STEP,
                progress=lambda status, left, total: progress(total - left) if progress else None,
            )
            # Opening a copy must not leave files beside it, and reading it must not need to write.
            copy.execute("PRAGMA journal_mode=DELETE")
            if exercise:
                store_file.mark_exercise(copy)
    except sqlite3.Error as error:
        raise RecordError(f"{path} to {target}: {error}") from error
    else:
        part.rename(target)
        store_file.sync_folder(target.parent)
    finally:
        part.unlink(missing_ok=True)
