"""What each server said the last time that it could be asked: a server that is gone is shown with its last figures."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable
from pathlib import Path

import msgspec

from meldkamer.network.sites import files
from meldkamer.network.sites.figures import Answer, Figures

FILE = "last-seen.json"


def remembered(folder: Path) -> dict[str, Figures]:
    """Server -> its last figures. An unreadable file is as good as none: it is only a memory."""
    with contextlib.suppress(OSError, msgspec.MsgspecError):
        return msgspec.json.decode((folder / FILE).read_bytes(), type=dict[str, Figures])
    return {}


def remember(folder: Path, before: dict[str, Figures], answers: Iterable[Answer]) -> None:
    """Keep the newest figures of each server."""
    newest = before | {answer.server: answer.figures for answer in answers if answer.figures is not None}
    files.replace(folder / FILE, msgspec.json.encode(newest))
