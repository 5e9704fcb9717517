"""How much room is left to promise anything: warn early, keep a reserve, refuse only when that is used as well.

ok       free space above `warn`
low      below it: health says so with the free bytes; appends go on
reserve  the reserve file was given up to finish; appends go on, nobody may overlook it
full     the reserve is used and less than `floor` is free: every append is refused before it is tried
"""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Literal

import msgspec

MB = 1 << 20
DiskState = Literal["ok", "low", "reserve", "full"]


class DiskHealth(msgspec.Struct, frozen=True):
    """State and free bytes of the file system that holds the store."""

    disk: DiskState
    free: int


class DiskGuard:
    """Watches the file system of one directory. Used from the writer's thread; `health` and `spend` from any.

    warn, floor, reserve: bytes; a reserve of 0 keeps none. free_bytes: how to ask (tests simulate a full disk).
    """

    def __init__(
        self,
        directory: Path,
        warn: int = 1024 * MB,
        floor: int = 4 * MB,
        reserve: int = 32 * MB,
        free_bytes: Callable[[], int] | None = None,
    ) -> None:
        self._file = directory / "reserve"
        self._warn, self._floor, self._reserve = warn, floor, reserve
        self._free_bytes = free_bytes or (lambda: shutil.disk_usage(directory).free)
        self._held = self._file.exists()
        self._keep()

    def admit(self) -> bool:
        """Whether a commit may be tried; gives up the reserve when that is what it takes."""
        free = self._free_bytes()
        if free >= self._floor:
            if not self._held:
                self._keep()
            return True
        return self.spend()

    def spend(self) -> bool:
        """Give up the reserve. False when there is none (left)."""
        if not self._held:
            return False
        self._file.unlink(missing_ok=True)
        self._held = False
        return True

    def health(self) -> DiskHealth:
        free = self._free_bytes()
        state: DiskState = "ok" if free >= self._warn else "low"
        if self._reserve and not self._held:
            state = "reserve" if free >= self._floor else "full"
        elif not self._reserve and free < self._floor:
            state = "full"
        return DiskHealth(state, free)

    def _keep(self) -> None:
        """Put the reserve there (again) when it fits with as much to spare; a full disk has none, which is a state."""
        if not self._reserve or self._held or self._free_bytes() < 2 * self._reserve + self._floor:
            return
        part = self._file.with_suffix(".part")
        with contextlib.suppress(OSError):
            _allocate(part, self._reserve)
            part.rename(self._file)
            self._held = True
        part.unlink(missing_ok=True)


def _allocate(path: Path, size: int) -> None:
    with path.open("wb") as file:
        if hasattr(os, "posix_fallocate"):
            os.posix_fallocate(file.fileno(), 0, size)
        else:  # a sparse file would reserve nothing
            for _ in range(size // MB):
                file.write(bytes(MB))
        file.flush()
        os.fsync(file.fileno())
