"""A room server for page tests whose line to the others can be cut: Rotterdam and Den Haag over one record.

`python alone_server.py FOLDER` prints one line of JSON when it serves, and obeys `cut` and `heal`, a line each.
"""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path
from typing import Any, cast

from meldkamer.access import make_demonstration
from meldkamer.domain.clock import RandomIds, SystemClock
from meldkamer.engines import Alone, Engine
from meldkamer.pack import load_pack
from meldkamer.record.island import IslandRecord
from meldkamer.record.sqlite import SqliteRecord
from meldkamer.room import House
from meldkamer.serve import listen, serve
from meldkamer.settings import Settings
from tests.network.cuttable import Line, SharedKeys

ROOMS = ("RT", "DH")


async def obey(line: Line) -> None:
    """Cut the line and let it stand again, as is said on the standard input."""
    reader = asyncio.StreamReader()
    loop = asyncio.get_running_loop()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    async for said in reader:
        line.cut = said.strip() == b"cut"


async def main(folder: Path) -> None:
    """Put the house together over a line, say where it is, serve."""
    sock = listen("127.0.0.1", 0)
    port = sock.getsockname()[1]
    clock, pack = SystemClock(), load_pack()
    keys = SharedKeys(folder)
    line = Line(SqliteRecord(folder / "record.sqlite"))
    record = await IslandRecord.open(line, folder / "island", SqliteRecord, clock)
    engine = Engine(record, keys, [], Alone(record, cast(Any, keys)))
    settings = Settings(data=str(folder), rooms=ROOMS, port=port)
    house = House(settings, pack, engine, clock, RandomIds(), True)
    await house.start()
    await house.register()
    who = await make_demonstration(house.accounts, house.passwords, pack.roles, pack.functions, ROOMS)
    said = {
        "url": f"http://127.0.0.1:{port}",
        "password": who.password,
        "gateways": who.gateways,
        "people": {person.account: person.room for person in who.people},
        "rooms": ROOMS,
    }
    print(json.dumps(said), flush=True)
    obeying = asyncio.create_task(obey(line))
    try:
        await serve(house, sock)
    finally:
        obeying.cancel()
        await house.close()
        await record.close()
        await keys.close()


if __name__ == "__main__":
    Path(sys.argv[1]).mkdir(parents=True)
    asyncio.run(main(Path(sys.argv[1])))
