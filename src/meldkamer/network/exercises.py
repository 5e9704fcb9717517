"""Exercises that were held here and wait to be kept in the record.

An exercise runs in a process of its own and must not write to a live record. It leaves its score as a file in the data
folder, `exercises/<id>.held.json`; the room puts it in the record, exactly once, and renames it: `<id>.kept.json`, or
`<id>.refused.json` when it is not one. A room that does not run keeps it the next time it starts.
"""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import logging
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import msgspec

from meldkamer.domain.basics import Context, Refused
from meldkamer.domain.clock import Clock, Millis, derived_id
from meldkamer.domain.exercise import NoteExercise
from meldkamer.network.handler import Handler
from meldkamer.record import RecordError

FOLDER = "exercises"
LOOK_SECONDS = 5.0
ACTOR = "system.exercise"
HELD, KEPT, REFUSED = ".held.json", ".kept.json", ".refused.json"

log = logging.getLogger(__name__)


RUNNING = "running"
"""File in the folder of an exercise, locked for as long as it lasts."""
READ_LOG = "readlog.sqlite"
_PARTS = ("", "-wal", "-shm")


@contextlib.contextmanager
def occupied(mark: Path) -> Iterator[None]:
    """Say that the folder of this file is in use. Raises BlockingIOError when another says so."""
    fd = os.open(mark, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    finally:
        os.close(fd)


def sweep(data: Path) -> int:
    """Remove the copies of exercises that were cut off: somebody's text is in them. Returns how many."""
    removed = 0
    for mark in sorted((data / FOLDER).glob(f"*/{RUNNING}")):
        with contextlib.suppress(OSError), occupied(mark):
            remove(mark.parent)
            removed += 1
    return removed


def remove(folder: Path) -> None:
    """Remove the folder of an exercise, but not who read what in it."""
    keep_read_log(folder)
    shutil.rmtree(folder)


def keep_read_log(folder: Path) -> None:
    """Put the read log of an exercise beside its folder. What was not yet in the file itself goes along."""
    for part in _PARTS:
        if (folder / f"{READ_LOG}{part}").exists():
            (folder / f"{READ_LOG}{part}").rename(folder.with_name(f"{folder.name}.{READ_LOG}{part}"))


class HeldExercise(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The score as it is left. at: when the exercise ended, milliseconds UTC."""

    at: Millis
    held: NoteExercise


def leave(data: Path, exercise: HeldExercise) -> Path:
    """Leave a score for the room of this data folder. Returns the file. Raises OSError."""
    folder = data / FOLDER
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = folder / f"{exercise.held.exercise}{HELD}"
    part = path.with_suffix(".part")
    with part.open("wb") as file:
        file.write(msgspec.json.format(msgspec.json.encode(exercise)) + b"\n")
        file.flush()
        os.fsync(file.fileno())
    part.rename(path)
    return path


def kept(left: Path) -> bool:
    """Whether what was left in this file is in the record now."""
    return _renamed(left, KEPT).exists()


class Exercises:
    """Keeps what was left in a data folder. handler: of the room that writes it down."""

    def __init__(self, data: Path, handler: Handler, clock: Clock) -> None:
        self._data, self._folder = data, data / FOLDER
        self._handler, self._clock = handler, clock

    async def run(self) -> None:
        """Look for ever."""
        await asyncio.to_thread(sweep, self._data)
        while True:
            await self.look()
            await self._clock.wait(LOOK_SECONDS)

    async def look(self) -> int:
        """Keep what lies there now; how many there were. What the record cannot take now is tried at the next look."""
        found = 0
        for path in await asyncio.to_thread(lambda: sorted(self._folder.glob(f"*{HELD}"))):
            try:
                exercise = msgspec.json.decode(await asyncio.to_thread(path.read_bytes), type=HeldExercise)
            except (OSError, msgspec.MsgspecError) as error:
                log.error("%s: not the score of an exercise, put aside: %s", path, error)
                self._rename(path, REFUSED)
                continue
            held = exercise.held
            context = Context(now=self._clock.now(), actor=ACTOR, room=self._handler.room)
            id = derived_id("exercise", held.exercise)
            try:
                await self._handler.do(held, command_id=id, context=context, occurred=exercise.at)
            except (Refused, RecordError) as error:
                log.warning("exercise %s is not kept yet: %s", held.exercise, error)
                continue
            self._rename(path, KEPT)
            found += 1
        return found

    @staticmethod
    def _rename(path: Path, ending: str) -> None:
        try:
            path.rename(_renamed(path, ending))
        except OSError as error:
            log.warning("%s could not be renamed and is looked at again: %s", path, error)


def _renamed(left: Path, ending: str) -> Path:
    return left.with_name(left.name.removesuffix(HELD) + ending)
