"""Checks of what any room stands on, whatever its engine: its disk and its certificates."""

from __future__ import annotations

import asyncio
import datetime as dt
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path

from cryptography import x509

from meldkamer.desk.health import Check, Found
from meldkamer.domain.clock import Clock

LOW_BYTES = 1 << 30
"""Less free space than this is degraded: the same bound at which the embedded record warns."""
EXPIRY_DAYS = 30
"""A certificate that ends within so many days is degraded: there is somebody to be sent to the site."""
DAY_MS = 86_400_000


def disk_check(folder: Path, free_bytes: Callable[[], int] | None = None) -> Check:
    """Free space where a room keeps what it has read, its people and its read log. Over a network the record does not
    stand there, but who may not be logged may not read, and keys that come are kept there too."""
    ask = free_bytes or (lambda: shutil.disk_usage(folder).free)

    async def check() -> Found:
        free = await asyncio.to_thread(ask)
        return Found("fine" if free >= LOW_BYTES else "degraded", f"{free >> 20} MB free", number=free)

    return check


def certificate_check(files: Sequence[Path], clock: Clock) -> Check:
    """Days until the first of these certificates (PEM) ends."""

    async def check() -> Found:
        ends = {path: await asyncio.to_thread(_ends, path) for path in files}
        first = min(ends, key=lambda path: ends[path])
        days = int((ends[first].timestamp() * 1000 - clock.now()) // DAY_MS)
        words = f"{first.name} ends in {days} days" if days >= 0 else f"{first.name} has ended"
        return Found("fine" if days >= EXPIRY_DAYS else "degraded", words, number=days)

    return check


def _ends(path: Path) -> dt.datetime:
    return x509.load_pem_x509_certificate(path.read_bytes()).not_valid_after_utc
