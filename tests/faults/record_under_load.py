"""A bare record under load in a process of its own, to be killed: prints every acknowledged append on standard output.

Run as `python record_under_load.py FOLDER SEED`. One line per acknowledgement: the append's id, the cause of its
events, and each position as region:seq:subject:version.
"""

from __future__ import annotations

import asyncio
import os
import random
import sys
from pathlib import Path

from meldkamer.domain.clock import RandomIds
from meldkamer.record import Conflict, NewEvent, Write
from meldkamer.record.sqlite import SqliteRecord

WRITERS = 24


async def work(record: SqliteRecord, rng: random.Random) -> None:
    """Batches over one to three subjects in two regions, facts and compare-and-set, some offered twice at once."""
    ids = RandomIds()
    while True:
        region, cause = rng.choice(["RT", "DH"]), ids.new()
        writes = []
        for n in rng.sample(range(12), rng.randint(1, 3)):
            name = f"ev.{region}.call.{n}"
            expected = None if rng.random() < 0.5 else await record.version(name)
            events = tuple(
                NewEvent(
                    id=ids.new(),
                    type="test.load",
                    body=rng.randbytes(rng.randint(10, 3_000)),
                    occurred=1,
                    recorded=1,
                    room=region,
                    actor="load",
                    cause=cause,
                )
                for _ in range(rng.randint(1, 4))
            )
            writes.append(Write(name, events, expected))
        tries = [record.append(region, writes) for _ in range(rng.choice([1, 1, 1, 2]))]
        done = (await asyncio.gather(*tries, return_exceptions=True))[-1]
        if isinstance(done, Conflict):
            continue
        if isinstance(done, BaseException):
            raise done
        places = " ".join(f"{p.region}:{p.seq}:{p.subject}:{p.version}" for p in done.positions)
        # One write of less than PIPE_BUF bytes is atomic: a line arrives whole or not at all.
        os.write(1, f"{cause} {places}\n".encode())


async def main(folder: Path, seed: int) -> None:
    record = SqliteRecord(folder / "record.sqlite")
    os.write(1, b"ready\n")
    await asyncio.gather(*(work(record, random.Random(f"{seed}-{n}")) for n in range(WRITERS)))


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), int(sys.argv[2])))
