"""Who may send positions, with which keys, for which units: a file that only the room's account can read."""

from __future__ import annotations

import stat
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import msgspec

from meldkamer.domain.basics import Ref

Name = Annotated[str, msgspec.Meta(pattern=r"^[0-9A-Za-z._-]{1,64}$(?!\n)")]
Key = Annotated[str, msgspec.Meta(pattern=r"^(?:[0-9A-Fa-f]{2}){32,64}$(?!\n)")]
OPEN_TO_OTHERS = 0o077


class SendersError(ValueError):
    """The file cannot be used; says which file, which field, and what to do."""


class _Row(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    keys: Annotated[tuple[Key, ...], msgspec.Meta(min_length=1, max_length=2)]
    units: Annotated[tuple[Ref, ...], msgspec.Meta(min_length=1, max_length=50_000)]


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    sender: dict[Name, _Row]


class Sender(msgspec.Struct, frozen=True):
    """keys: each of them proves it is this sender (two while they are changed). units: those it may report."""

    keys: tuple[bytes, ...]
    units: frozenset[str]


class SendersFile:
    """The file, read again when it changes; a bad one leaves the last good one in force and says so in `problem`."""

    def __init__(self, path: Path) -> None:
        self._path, self.problem = path, ""
        self.now, self._mark = self._read()

    def look(self) -> None:
        """Read it again when it changed."""
        try:
            if self._marked() != self._mark:
                self.now, self._mark = self._read()
            self.problem = ""
        except SendersError as error:
            self.problem = str(error)

    def _marked(self) -> tuple[int, int, int]:
        try:
            about = self._path.stat()
        except OSError as error:
            raise SendersError(f"{self._path}: {error.strerror}") from error
        return about.st_mtime_ns, about.st_size, stat.S_IMODE(about.st_mode)

    def _read(self) -> tuple[Mapping[str, Sender], tuple[int, int, int]]:
        mark = self._marked()
        if mark[2] & OPEN_TO_OTHERS:
            raise SendersError(f"{self._path}: others can read these keys (mode {mark[2]:o}): chmod 600")
        try:
            file = msgspec.toml.decode(self._path.read_bytes(), type=_File)
        except OSError as error:
            raise SendersError(f"{self._path}: {error.strerror}") from error
        except (msgspec.MsgspecError, UnicodeDecodeError) as error:
            raise SendersError(f"{self._path}: {error}") from error
        senders = {
            name: Sender(tuple(bytes.fromhex(key) for key in row.keys), frozenset(row.units))
            for name, row in file.sender.items()
        }
        keys = [key for sender in senders.values() for key in sender.keys]
        if len(set(keys)) < len(keys):
            raise SendersError(f"{self._path}: a key stands twice; each sender has its own")
        return senders, mark
