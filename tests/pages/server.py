"""The real room server for page tests: all rooms of the pack over one record, a fleet, accounts of one run.

`python server.py FOLDER` prints one line of JSON when it serves, and serves until it is stopped by a signal.
"""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Callable
from pathlib import Path
from unittest.mock import patch

import msgspec
from argon2 import PasswordHasher

from meldkamer.access import make_demonstration
from meldkamer.domain.clock import RandomIds, SystemClock
from meldkamer.pack import load_pack
from meldkamer.room import open_house
from meldkamer.serve import listen, serve
from meldkamer.settings import MapSettings, Settings, SignInSettings, SteeringSettings

CHEAP = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
"""Hundreds of people sign in at this server, each at a cost that is meant for a few in a shift."""


async def main(folder: str, sign_in: SignInSettings | Callable[[int], SignInSettings] | None = None) -> None:
    """Put the house together, say where it is, serve. sign_in: settings, or what makes them of the port."""
    rooms = tuple(room.code for room in load_pack().rooms)
    sock = listen("127.0.0.1", 0)
    port = sock.getsockname()[1]
    given = sign_in(port) if callable(sign_in) else sign_in
    plan = Path(folder).with_name("plan")
    steering = SteeringSettings(plan=str(plan) if plan.is_dir() else "")
    tiles = Path(folder).with_name("kaart")
    ground = MapSettings(tiles=str(tiles) if tiles.is_file() else "")
    if given is not None:
        given = msgspec.structs.replace(given, origin=f"http://localhost:{port}")
    sign = given or SignInSettings()
    settings = Settings(data=folder, rooms=rooms, port=port, steering=steering, sign_in=sign, map=ground)
    with patch("meldkamer.access.passwords.PasswordHasher", return_value=CHEAP):
        async with open_house(settings, SystemClock(), RandomIds(), True) as house:
            units = await house.register()
            pack = house.pack
            who = await make_demonstration(house.accounts, house.passwords, pack.roles, pack.functions, rooms)
            said = {
                "url": f"http://127.0.0.1:{port}",
                "password": who.password,
                "gateways": who.gateways,
                "people": {person.account: person.room for person in who.people},
                "rooms": rooms,
                "units": units,
            }
            print(json.dumps(said), flush=True)
            await serve(house, sock)


if __name__ == "__main__":
    asyncio.run(main(str(Path(sys.argv[1]))))
