"""Writing the files of a network: secrets once and for their owner only, texts never over a person's change."""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO

import msgspec

from meldkamer.network.sites.model import NetworkError

NEW = ".new"
"""What is appended to the name of a text that we do not put over a changed one."""


def read_private(path: Path) -> bytes:
    """The bytes of a secret. Raises NetworkError when it is missing or others may read it."""
    try:
        if path.stat().st_mode & 0o077:
            raise NetworkError(f"{path}: others may read it; `chmod 600 {path}`, and revoke the key if they did")
        return path.read_bytes()
    except FileNotFoundError:
        raise NetworkError(f"{path}: no such file; `meldkamer network init` makes what is missing") from None


def once(path: Path, make: Callable[[], bytes]) -> bytes:
    """The secret in this file; made when there is none, and never again."""
    if path.exists():
        return read_private(path)
    secret = make()
    folder(path.parent)
    _put(path, secret, over=False)
    return secret


def replace(path: Path, data: bytes) -> None:
    """Write a file whole or not at all, over what is there."""
    folder(path.parent)
    _put(path, data, over=True)


def folder(path: Path) -> None:
    """A folder that only its owner may enter."""
    path.mkdir(parents=True, exist_ok=True, mode=0o700)


def new_folder(path: Path) -> None:
    """A folder that was not there. Raises NetworkError when it was."""
    if path.exists():
        raise NetworkError(f"{path}: exists already, and nothing is overwritten")
    folder(path)


@contextlib.contextmanager
def durable(path: Path) -> Iterator[BinaryIO]:
    """A file to write from its beginning, for its owner only; it is on the disk when the block ends."""
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        yield file
        file.flush()
        os.fsync(file.fileno())


class Written:
    """What this program wrote into the folder, by digest: a text that somebody changed since is not overwritten."""

    def __init__(self, root: Path, listing: Path) -> None:
        self._root, self._listing = root, listing
        self._digests: dict[str, str] = {}
        self.changed: list[Path] = []
        self.kept: list[Path] = []
        with contextlib.suppress(FileNotFoundError):
            self._digests = msgspec.json.decode(listing.read_bytes(), type=dict[str, str])

    def text(self, path: Path, text: str) -> None:
        """Write it; beside a file that was changed by hand, and then it is told in `kept`."""
        name, data = str(path.relative_to(self._root)), text.encode()
        digest = hashlib.sha256(data).hexdigest()
        current = hashlib.sha256(path.read_bytes()).hexdigest() if path.exists() else ""
        if current not in ("", digest, self._digests.get(name)):
            self.kept.append(path)
            path = path.with_name(path.name + NEW)
        else:
            self._digests[name] = digest
            if current == digest:
                return
            self.changed.append(path)
        replace(path, data)

    def save(self) -> None:
        """Remember the digests for the next time."""
        replace(self._listing, msgspec.json.format(msgspec.json.encode(self._digests, order="sorted")))


def _put(path: Path, data: bytes, over: bool) -> None:
    part = path.with_name(f"{path.name}.{os.getpid()}.part")
    fd = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        with os.fdopen(fd, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        if over:
            part.replace(path)
        else:
            os.link(part, path)  # unlike a rename, a link never replaces a key that is there
    finally:
        part.unlink(missing_ok=True)


class FolderInUse(NetworkError):
    """Another process works with the folder."""


@contextlib.contextmanager
def held(path: Path) -> Iterator[None]:
    """Hold a lock file for as long as the block runs. Raises FolderInUse when another process holds it."""
    with path.open("a", encoding="utf-8") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise FolderInUse(f"{path.parent}: `network up` runs here already") from None
        file.truncate(0)
        file.write(f"{os.getpid()}\n")
        file.flush()
        yield
