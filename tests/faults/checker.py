"""Counts acknowledged against present: every acknowledged command stands in the record exactly once."""

from __future__ import annotations

import sqlite3
from collections import Counter
from pathlib import Path

from meldkamer.record import canonical


def causes(store: Path) -> Counter[str]:
    """For every command id in the record: in how many appends it stands (must be one)."""
    db = sqlite3.connect(store)
    try:
        rows = db.execute("SELECT data FROM event").fetchall()
    finally:
        db.close()
    found: set[tuple[str, str]] = set()
    ids: Counter[str] = Counter()
    for (data,) in rows:
        stored = canonical.decode(data)
        found.add((stored.event.cause, stored.batch))
        ids[stored.event.id] += 1
    assert max(ids.values(), default=1) == 1, "an event id stands twice"
    return Counter(cause for cause, _ in found)


def check(store: Path, acknowledged: set[str]) -> list[str]:
    """What is wrong: acknowledged commands that are lost, or that stand more than once. Empty when all is well."""
    present = causes(store)
    lost = [f"lost: {id}" for id in sorted(acknowledged) if present[id] == 0]
    return lost + [f"{count} times: {id}" for id, count in sorted(present.items()) if count > 1]
