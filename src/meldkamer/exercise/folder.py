"""The folder of one exercise: a copy of the record that only its owner may read, and that is gone at the end.

It stands in `exercises/` beside the record that it is a copy of. What stays is who read what, as that is a duty in an
exercise too: `<id>.readlog.sqlite`. With `keep` the record stays as well, without any key, so without any text.
"""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Iterator
from pathlib import Path

from meldkamer.exercise.options import ExerciseError
from meldkamer.intake import EARLIER_FILES
from meldkamer.network.exercises import FOLDER, RUNNING, keep_read_log, occupied, remove, sweep
from meldkamer.record.backup import KEYS, MASTER, RECORD, copy_for_exercise
from meldkamer.record.signing import PUBLIC
from meldkamer.record.store_reader import Reader

SIGNING = "signing"
SECRETS = (KEYS, MASTER, "access.sqlite", "sessions.sqlite", *EARLIER_FILES)


class Practice:
    """The folder while the exercise lasts. readable: whether the text in the copy can be read."""

    def __init__(self, folder: Path, readable: bool) -> None:
        self.folder, self.readable = folder, readable
        self.keep = False

    def newest(self) -> int:
        """When the newest event of the copy was recorded, milliseconds UTC; 0 for an empty record."""
        with contextlib.closing(Reader(self.folder / RECORD)) as reader:
            ends = [(region, reader.tail(region)) for region in reader.regions()]
            return max((e.event.recorded for r, t in ends for e in reader.chunk(r, t - 1, None, 1)[0]), default=0)


@contextlib.contextmanager
def practice(beside: Path, source: Path, master: Path, id: str) -> Iterator[Practice]:
    """A copy of the record in `source`, in a new folder in `beside`. Raises RecordError, OSError, ExerciseError."""
    parent = beside / FOLDER
    parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    sweep(beside)
    folder = parent / id
    folder.mkdir(mode=0o700)
    with occupied(folder / RUNNING):
        made: Practice | None = None
        try:
            if not (source / RECORD).exists():
                raise ExerciseError(
                    f"{source / RECORD}: no such file; it must be the data folder of a room or a backup"
                )
            made = Practice(folder, copy_for_exercise(source, folder, master))
            _known_rooms(beside, folder)
            yield made
        finally:
            _clear(folder, keep=made is not None and made.keep)


def _known_rooms(beside: Path, folder: Path) -> None:
    """Take the rooms' public keys along, by which what they signed can still be checked. Nobody signs with these."""
    known = beside / SIGNING / PUBLIC
    if known.exists():
        (folder / SIGNING).mkdir(mode=0o700)
        shutil.copyfile(known, folder / SIGNING / PUBLIC)


def _clear(folder: Path, keep: bool) -> None:
    if not keep:
        remove(folder)
        return
    keep_read_log(folder)
    for name in SECRETS:
        for ending in ("", "-wal", "-shm"):
            (folder / f"{name}{ending}").unlink(missing_ok=True)
    (folder / RUNNING).unlink()
