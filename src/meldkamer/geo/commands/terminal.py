"""What the commands of `meldkamer geo` share: lines and JSON on standard output, moments, and where things lie."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec

from meldkamer.domain.clock import Clock, Millis
from meldkamer.geo.geography import FOLDER
from meldkamer.geo.release import Releases
from meldkamer.geo.schedule import Schedule


def releases_of(data: Path) -> Releases:
    """The releases of a data folder."""
    return Releases(data / FOLDER)


def schedule_of(data: Path) -> Schedule:
    """Its decisions."""
    return Schedule(data / FOLDER / "use.json")


def moment(text: str, clock: Clock) -> Millis:
    """A moment as somebody typed it; now for nothing. Raises ValueError."""
    if not text:
        return clock.now()
    found = datetime.fromisoformat(text)
    if found.tzinfo is None:
        raise ValueError(f"{text}: a moment needs a zone, such as 2027-01-01T00:00:00+01:00")
    return int(found.timestamp() * 1000)


def iso(now: Millis) -> str:
    """A moment for people and files."""
    return datetime.fromtimestamp(now / 1000, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def line(text: str) -> None:
    """One line on standard output."""
    sys.stdout.write(text + "\n")


def say(text: str) -> None:
    """One line on the error channel."""
    sys.stderr.write(f"meldkamer: {text}\n")


def out(found: dict[str, Any]) -> None:
    """An answer as JSON."""
    line(msgspec.json.encode(found).decode())
