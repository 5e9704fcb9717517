"""A record over NATS under load in a process of its own, to be killed: prints every acknowledged append.

Run as `python jetstream_under_load.py URL FOLDER CACHE SEED`, FOLDER with the users' seeds. One line per
acknowledgement: the cause of its events, and each position as seq:subject:version.
"""

from __future__ import annotations

import asyncio
import os
import random
import sys
from pathlib import Path

from meldkamer.domain.clock import RandomIds
from meldkamer.record import Conflict, NewEvent, Write
from meldkamer.record.jetstream import JetStreamRecord
from meldkamer.record.jetstream_access import Access

WRITERS = 16


async def work(record: JetStreamRecord, rng: random.Random) -> None:
    """Batches over one to three subjects, facts and compare-and-set, some offered twice at once."""
    ids = RandomIds()
    while True:
        cause, writes = ids.new(), []
        for n in rng.sample(range(12), rng.randint(1, 3)):
            name = f"ev.LB.call.{n}"
            expected = None if rng.random() < 0.5 else await record.version(name)
            events = tuple(
                NewEvent(
                    id=ids.new(),
                    type="test.load",
                    body=rng.randbytes(rng.randint(10, 1_000)),
                    occurred=1,
                    recorded=1,
                    room="LB",
                    actor="load",
                    cause=cause,
                )
                for _ in range(rng.randint(1, 20))
            )
            writes.append(Write(name, events, expected))
        tries = [record.append("LB", writes) for _ in range(rng.choice([1, 1, 1, 2]))]
        done = (await asyncio.gather(*tries, return_exceptions=True))[-1]
        if isinstance(done, Conflict):
            continue
        if isinstance(done, BaseException):
            raise done
        places = " ".join(f"{p.seq}:{p.subject}:{p.version}" for p in done.positions)
        # Short enough for one write to a pipe to be whole or not at all.
        os.write(1, f"{cause} {places}\n".encode())


async def main(url: str, folder: Path, cache: Path, seed: int) -> None:
    core = Access(servers=(url,), seed=str(folder / "room.nk"))
    audit = Access(servers=(url,), seed=str(folder / "audit.nk"))
    record = await JetStreamRecord.open(core, audit, cache, replicas=1, create=True)
    await record.tail("LB")
    os.write(1, b"ready\n")
    await asyncio.gather(*(work(record, random.Random(f"{seed}-{n}")) for n in range(WRITERS)))


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3]), int(sys.argv[4])))
