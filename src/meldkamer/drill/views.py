"""What the rooms show at the end, compared: every room must show the same incidents, calls, units and functions."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

from meldkamer.client import Client
from meldkamer.domain.clock import Clock

KINDS = ("incidents", "calls", "units", "functions")
OWN = frozenset({"possible_duplicates", "x", "y", "position_at", "key"})
"""What a room works out for itself, and what is not in the record: where units are, and what a call may be about."""
LOOK_SECONDS = 1.0
SHOWN, SHOWN_LENGTH = 10, 120

View = Mapping[str, Mapping[str, Any]]


async def differences(clients: Mapping[str, Client], clock: Clock, seconds: float) -> list[str]:
    """Where rooms show something else than the first one, tried again until they agree or the time is over. Raises
    ApiError, ConnectionError."""
    end = clock.monotonic() + seconds
    while True:
        pictures = await asyncio.gather(*(client.get("/api/picture") for client in clients.values()))
        found = compare(dict(zip(clients, (view(picture) for picture in pictures), strict=True)))
        if not found or clock.monotonic() > end:
            return found
        await clock.wait(LOOK_SECONDS)


def view(picture: Mapping[str, Any]) -> View:
    """The rows of a picture, by kind and reference, without what is a room's own."""
    return {
        kind: {
            row.get("ref") or row["name"]: {key: value for key, value in row.items() if key not in OWN}
            for row in picture[kind]
        }
        for kind in KINDS
    }


def compare(views: Mapping[str, View]) -> list[str]:
    """The first few differences from the first room."""
    found: list[str] = []
    (first, reference), *others = views.items()
    for room, other in others:
        for kind in KINDS:
            for ref in sorted({*reference[kind], *other[kind]}):
                one, two = reference[kind].get(ref), other[kind].get(ref)
                if one == two:
                    continue
                if one is None or two is None:
                    what = f"{first if two is None else room} alone shows it"
                else:
                    fields = sorted(key for key in {*one, *two} if one.get(key) != two.get(key))
                    shown = f"{room} {two.get(fields[0])!r}, {first} {one.get(fields[0])!r}"[:SHOWN_LENGTH]
                    what = f"{room} and {first} differ in {', '.join(fields)} ({shown})"
                found.append(f"{kind} {ref}: {what}")
    return found[:SHOWN]
