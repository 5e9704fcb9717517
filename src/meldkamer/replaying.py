"""`meldkamer replay calls`: historic calls through the same intake, into a fresh store or a running room."""

from __future__ import annotations

import asyncio
import contextlib
import sys
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path

import msgspec

from meldkamer.access import make_demonstration
from meldkamer.client import AsgiTransport, Client, HttpTransport
from meldkamer.domain.clock import RandomIds, SystemClock
from meldkamer.pack import demonstration_hospitals, load_pack
from meldkamer.room import open_house
from meldkamer.settings import Settings
from meldkamer.simulate import ReplayReport, Seat, Team, WorldData, replay_calls


class Accounts(msgspec.Struct, frozen=True):
    """The accounts that act, as `run --accounts-file` writes them. gateways: telephony, units, feed -> token."""

    gateways: dict[str, str]
    seats: tuple[Seat, ...]


class ReplayError(Exception):
    """The replay cannot begin; says what is missing."""


async def replay(
    path: Path, speed: float | None, url: str = "", accounts: Path | None = None, data: str = ""
) -> ReplayReport:
    """Replay a file. speed None is `max`. Without `url` the calls go into a fresh store in `data` (or a temporary one).

    Raises ReplayError, HeaderError, OSError, ApiError.
    """
    pack = load_pack()
    world = WorldData.of(pack, hospitals=demonstration_hospitals(pack))
    async with _running(url, accounts) if url else _fresh(data) as team:
        clock = SystemClock()
        return await replay_calls(team, path, world, clock=clock, speed=speed, progress=_tell)


@contextlib.asynccontextmanager
async def _running(url: str, accounts: Path | None) -> AsyncIterator[Team]:
    if accounts is None:
        raise ReplayError("--url needs --accounts FILE with the tokens that may act there")
    try:
        known = msgspec.json.decode(await asyncio.to_thread(accounts.read_bytes), type=Accounts)
    except (OSError, msgspec.MsgspecError) as error:
        raise ReplayError(f"{accounts}: {error}") from None
    base = Client(HttpTransport(url))
    try:
        yield Team.of(base, known.seats, known.gateways)
    finally:
        await base.close()


@contextlib.asynccontextmanager
async def _fresh(folder: str) -> AsyncIterator[Team]:
    with contextlib.ExitStack() as stack:
        data = folder or stack.enter_context(tempfile.TemporaryDirectory(prefix="meldkamer-replay-"))
        if (Path(data) / "record.sqlite").exists():
            raise ReplayError(f"{data}: holds a record already; a replay begins with a fresh store")
        pack = load_pack()
        settings = Settings(data=data, rooms=tuple(r.code for r in pack.rooms), hosts=("in-process", "localhost"))
        async with open_house(settings, SystemClock(), RandomIds(), demonstration=True) as house:
            await house.register()
            made = await make_demonstration(house.accounts, house.passwords, pack.roles, pack.functions, settings.rooms)
            yield Team.of(Client(AsgiTransport(house.app)), made.colleagues, made.gateways)


def _tell(line: str) -> None:
    print(line, file=sys.stderr, flush=True)
