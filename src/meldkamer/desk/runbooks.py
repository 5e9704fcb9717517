"""Which page of `docs/run/` helps with which health check. A check of any other name has the general page."""

from __future__ import annotations

from collections.abc import Mapping

GENERAL = "health"
RUNBOOKS: Mapping[str, str] = {
    "picture": "picture-behind",
    "heart-beat": "room-lost",
    "disk": "disk-full",
    "core": "core-majority-lost",
    "trust": "distrusted-entries",
    "entries": "damaged-replica",
    "events": "versions-differ",
    "island": "island",
    "certificate": "certificate-expiry",
    "geography": "geography",
    "paper": "paper-old",
    "pack": "country-data",
    "plan": "plan-copy",
    "positions": "positions-refused",
    "tiles": "map-tiles",
    "objective": "error-budget",
    "workplaces": "workplaces",
}
"""First word of a check's name -> the name of its page, without `.md`."""


def kind(check: str) -> str:
    """What a check looks at: its name without the room or adapter that stands behind it."""
    return check.partition(" ")[0]


def runbook(check: str) -> str:
    """The page for a check."""
    return RUNBOOKS.get(kind(check), GENERAL)
