"""Files that hold a secret: whole, durable, and readable by their owner only."""

from __future__ import annotations

import os
from pathlib import Path

from meldkamer.record.port import RecordError


def write_secret(path: Path, secret: bytes) -> None:
    """Create the file, whole and durable or not at all. Raises FileExistsError."""
    part = path.with_name(f"{path.name}.{os.getpid()}.part")
    fd = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        with os.fdopen(fd, "wb") as file:
            file.write(secret)
            file.flush()
            os.fsync(file.fileno())
        os.link(part, path)  # unlike a rename, a link never replaces a key that is there
    finally:
        part.unlink()
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def read_secret(path: Path, complaint: type[RecordError]) -> bytes:
    """The bytes of the file. Raises `complaint` when others than its owner may read it."""
    if path.stat().st_mode & 0o077:
        raise complaint(f"{path}: others may read it; `chmod 600 {path}`, and replace the key if they did")
    return path.read_bytes()
