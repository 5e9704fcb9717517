"""Snapshots of projections in a file of their own: a cache that may be deleted at any time."""

from __future__ import annotations

import asyncio
import hashlib
import os
from collections.abc import Mapping
from pathlib import Path

import msgspec


class _Kept(msgspec.Struct, array_like=True):
    positions: dict[str, int]
    digest: bytes
    blob: bytes


class FileSnapshots:
    """One file per key in a folder, replaced as a whole."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def save(self, key: str, positions: Mapping[str, int], blob: bytes) -> None:
        kept = msgspec.msgpack.encode(_Kept(dict(positions), hashlib.sha256(blob).digest(), blob))
        await asyncio.to_thread(self._write, key, kept)

    def _write(self, key: str, data: bytes) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        part = self._folder / f"{key}.part"
        with part.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        part.rename(self._folder / f"{key}.snapshot")

    async def latest(self, key: str) -> tuple[dict[str, int], bytes] | None:
        return await asyncio.to_thread(self._read, key)

    def _read(self, key: str) -> tuple[dict[str, int], bytes] | None:
        try:
            kept = msgspec.msgpack.decode((self._folder / f"{key}.snapshot").read_bytes(), type=_Kept)
        except (FileNotFoundError, msgspec.MsgspecError):
            return None
        if hashlib.sha256(kept.blob).digest() != kept.digest:
            return None
        return kept.positions, kept.blob
