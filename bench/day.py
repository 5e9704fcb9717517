"""A national day of calls with everything that follows from them, against what the record alone can store.

    python -m bench day [--quick] [--json]

Both run in this process on this machine, one after the other, on the same kind of disk. The figure that is published
is their ratio: events per second of the day, as a share of the record's own append rate.
"""

from __future__ import annotations

import asyncio
import csv
import datetime as dt
import json
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from bench import Ratio
from meldkamer.access.demonstration import make_demonstration
from meldkamer.client import AsgiTransport, Client
from meldkamer.domain.clock import RandomIds, SystemClock, derived_id
from meldkamer.engines import open_engine
from meldkamer.pack import demonstration_hospitals, load_pack
from meldkamer.record import NewEvent, Write
from meldkamer.room import House, open_house
from meldkamer.settings import Settings
from meldkamer.simulate import CallStream, Team, WorldData, replay_calls

START = 1_741_042_800_000  # 4 March 2025, 00:00 Dutch time
WRITERS = 48


def write_day(path: Path, data: WorldData, calls: int, seed: int = 1) -> None:
    """A file of calls as simulated people make them; only those about something real."""
    stream = CallStream(data, seed=seed, start=START, daily=calls / 0.66)
    with path.open("w", newline="", encoding="utf-8") as file:
        table = csv.writer(file)
        table.writerow(("time", "lat", "lon", "discipline", "class", "priority", "place", "text", "number"))
        left = calls
        for contact in stream:
            if contact.kind != "real":
                continue
            o = contact.occasion
            at = dt.datetime.fromtimestamp(contact.at / 1000, dt.UTC).isoformat()
            table.writerow(
                (
                    at,
                    contact.lat,
                    contact.lon,
                    o.disciplines,
                    o.class_code,
                    o.priority,
                    o.place.name,
                    contact.said,
                    contact.number,
                )
            )
            left -= 1
            if not left:
                return


async def tails(house: House) -> int:
    """Entries in all streams."""
    return sum([await house.record.tail(region.code) for region in house.pack.regions])


async def append_rate(house: House, run: str, seconds: float = 3.0) -> float:
    """Events per second that the record stores alone: as many writers as the day has requests under way."""
    stop = time.perf_counter() + seconds
    stored = 0

    async def writer(number: int) -> None:
        nonlocal stored
        version = 0
        subject = f"ev.NL.incident.{run}{number}"
        while time.perf_counter() < stop:
            id = derived_id("bench", run, str(number), str(version))
            body = b'{"type":"incident.characteristic_set","name":"bench","value":"' + b"x" * 200 + b'"}'
            event = NewEvent(
                id=id,
                type="incident.characteristic_set",
                schema=1,
                body=body,
                sealed={},
                occurred=START,
                recorded=START,
                room="RT",
                actor="bench",
                cause=id,
                correlation="NL/bench",
            )
            await house.record.append("NL", [Write(subject, (event,), version)], [])
            version += 1
            stored += 1

    began = time.perf_counter()
    await asyncio.gather(*(writer(n) for n in range(WRITERS)))
    return stored / (time.perf_counter() - began)


async def measure(calls: int) -> dict[str, Any]:
    """Both measurements."""
    pack = load_pack()
    data = WorldData.of(pack, hospitals=demonstration_hospitals(pack))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "day.csv"
        write_day(path, data, calls)
        rooms = tuple(room.code for room in pack.rooms)
        clock = SystemClock()
        settings = Settings(data=f"{folder}/alone", rooms=("RT",))
        async with open_engine(settings, [region.code for region in pack.regions], clock) as engine:
            alone = House(settings, pack, engine, clock, RandomIds())
            rate = await append_rate(alone, "before")
            async with open_house(
                Settings(data=f"{folder}/day", rooms=rooms, hosts=("in-process",)),
                clock,
                RandomIds(),
                demonstration=True,
            ) as house:
                await house.register()
                drawn = await make_demonstration(house.accounts, house.passwords, pack.roles, pack.functions, rooms)
                team = Team.of(Client(AsgiTransport(house.app)), drawn.colleagues, drawn.gateways)
                before, began, cpu = await tails(house), time.perf_counter(), time.process_time()
                report = await replay_calls(team, path, data, clock=clock, progress=lambda s: print(s, file=sys.stderr))
                seconds, cpu = time.perf_counter() - began, time.process_time() - cpu
                events = await tails(house) - before
            # Before and after, since the machine may have other work: the baseline is the mean of both.
            rate = (rate + await append_rate(alone, "after")) / 2
            await alone.close()
    return {
        "calls": report.calls,
        "incidents": report.incidents,
        "alerts": report.alerts,
        "closed": report.closed,
        "refused": report.refused_count,
        "unfinished": report.unfinished_count,
        "why": [c.reason for c in report.unfinished[:5]],
        "events": events,
        "seconds": round(seconds, 2),
        "cpu_seconds": round(cpu, 2),
        "events_per_second": round(events / seconds, 1),
        "append_rate_alone": round(rate, 1),
        "ratio": round(events / seconds / rate, 3),
    }


def run(quick: bool) -> list[Ratio]:
    """The day's events per second against the record's own appends per second."""
    found = asyncio.run(measure(1_000 if quick else 8_500))
    print(json.dumps(found), file=sys.stderr)
    if found["closed"] != found["calls"] or found["unfinished"] or found["refused"]:
        raise RuntimeError(f"not every call was finished: {found}")
    return [
        Ratio(
            name="a national day at max, stored events",
            ours=found["events_per_second"],
            baseline=found["append_rate_alone"],
            unit="events/s",
            bound=0.3,
            more_is_better=True,
            against="the record alone, as many writers at once",
        )
    ]
