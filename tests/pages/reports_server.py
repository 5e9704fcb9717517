"""The server of the page tests over a record that holds five weeks of answered calls, in which one room lags.

`python reports_server.py FOLDER` prints one line of JSON when it serves, as `server.py` does.
"""

from __future__ import annotations

import asyncio
import random
import sys
from pathlib import Path
from zoneinfo import ZoneInfo

from meldkamer.domain import call
from meldkamer.domain.basics import Event, Location
from meldkamer.domain.clock import SeededIds, SystemClock
from meldkamer.domain.registry import EVENT_TYPES
from meldkamer.insight import span_of, week_at
from meldkamer.network import subject_of
from meldkamer.pack import Pack, load_pack
from meldkamer.record import NewEvent, Sealer, Write
from meldkamer.record.keys import SqliteKeys
from meldkamer.record.sqlite import SqliteRecord
from tests.pages.server import main

SLOW, HELPER = "ZB", "OB"
CALLS = 60
"""Calls of a room in a week."""
BATCH = 60
HOUR = 3_600_000


def towns_of(pack: Pack) -> dict[str, list[str]]:
    """Room -> the towns of its region; calls come from the first two."""
    towns: dict[str, list[str]] = {}
    for one in pack.municipalities:
        towns.setdefault(pack.safety_region[one.safety_region].region, []).append(one.name)
    return towns


async def lived(folder: Path) -> None:
    """Write five weeks: this one, and the four whole ones before it."""
    pack, chance, ids = load_pack(), random.Random(8), SeededIds("reports")  # noqa: S311 - the same each time
    record, keys = SqliteRecord(folder / "record.sqlite"), SqliteKeys(folder)
    sealer = Sealer(EVENT_TYPES, keys)
    week = span_of(week_at(SystemClock().now(), ZoneInfo("Europe/Amsterdam")), ZoneInfo("Europe/Amsterdam"))
    weeks = [week]
    while len(weeks) < 5:
        weeks.insert(0, span_of(weeks[0].before, ZoneInfo("Europe/Amsterdam")))
    towns = towns_of(pack)
    for week in weeks:
        for room in pack.manifest.home_regions:
            writes = []
            # This week has only just begun, whenever the test runs.
            wide = min(week.until, SystemClock().now()) - week.since - 60_000
            for n in range(CALLS):
                at = week.since + max(0, wide * n // CALLS)
                waits = chance.gammavariate(2, 7.0 if room == SLOW else 2.4)
                by = HELPER if room == SLOW and n % 6 == 0 else room
                town = towns[room][n // 3 % 2]
                function = f"{room}.{('112', 'B.intake', 'A.intake')[n % 3]}"
                place = Location(text="", municipality=town)
                events: list[tuple[int, Event]] = [
                    (at, call.CallReceived(function=function, channel="112", location=place)),
                    (at + round(waits * 1000), call.CallAnswered(by="sim", room=by)),
                    (at + round(waits * 1000) + 1_000, call.CallEnded(reason="done", by="sim")),
                ]
                subject = subject_of("call", f"{room}/{ids.new()}")
                made = []
                for moment, event in events:
                    id = ids.new()
                    type_, schema, body, sealed = await sealer.encode(event, subject, id)
                    made.append(
                        NewEvent(
                            id=id, type=type_, schema=schema, body=body, sealed=sealed,
                            occurred=moment, recorded=moment, room=by, actor="sim",
                        )
                    )  # fmt: skip
                writes.append(Write(subject, tuple(made), 0))
            for start in range(0, CALLS, BATCH):
                await record.append(room, writes[start : start + BATCH])
    await record.close()
    await keys.close()


async def both(folder: str) -> None:
    """Write, then serve."""
    await lived(Path(folder))
    await main(folder)


if __name__ == "__main__":
    Path(sys.argv[1]).mkdir(parents=True, exist_ok=True)
    asyncio.run(both(sys.argv[1]))
