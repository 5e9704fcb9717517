"""Snapshots of projections in a file of their own: a cache that may be deleted at any time."""

from __future__ import annotations

import asyncio
import hashlib
import os
import threading
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import quote, unquote

import msgspec


class _Kept(msgspec.Struct, array_like=True):
    positions: dict[str, int]
    digest: bytes
    blob: bytes


class FileSnapshots:
    """One file per key in a folder, replaced as a whole."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._saving = threading.Lock()

    async def save(self, key: str, positions: Mapping[str, int], blob: bytes) -> None:
        kept = msgspec.msgpack.encode(_Kept(dict(positions), hashlib.sha256(blob).digest(), blob))
        await asyncio.to_thread(self._write, key, kept)

    def _write(self, key: str, data: bytes) -> None:
        path = self._path(key)
        with self._saving:
            self._folder.mkdir(parents=True, exist_ok=True)
            part = path.with_suffix(".part")
            try:
                with part.open("wb") as file:
                    file.write(data)
                    file.flush()
                    os.fsync(file.fileno())
                part.rename(path)
            except OSError:
                # Half a snapshot is of no use, and what it holds is wanted by others on a full disk.
                part.unlink(missing_ok=True)
                raise

    async def latest(self, key: str) -> tuple[dict[str, int], bytes] | None:
        return await asyncio.to_thread(self._read, key)

    def _read(self, key: str) -> tuple[dict[str, int], bytes] | None:
        try:
            kept = msgspec.msgpack.decode(self._path(key).read_bytes(), type=_Kept)
        except (OSError, ValueError):  # missing or torn: it is only a cache
            return None
        if hashlib.sha256(kept.blob).digest() != kept.digest:
            return None
        return kept.positions, kept.blob

    def keys(self, prefix: str) -> list[str]:
        """The keys of what is kept that begin so, sorted."""
        found = (unquote(path.stem) for path in self._folder.glob("*.snapshot"))
        return sorted(key for key in found if key.startswith(prefix))

    def drop(self, key: str) -> None:
        """Remove what is kept under this key; harmless when there is nothing."""
        self._path(key).unlink(missing_ok=True)

    def _path(self, key: str) -> Path:
        return self._folder / f"{quote(key, safe='')}.snapshot"
