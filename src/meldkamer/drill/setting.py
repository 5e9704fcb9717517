"""What a drill starts from: a network of sites on free ports of this machine, and an account in every room."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable
from pathlib import Path

import msgspec

from meldkamer.access import Roles, SqliteAccounts, add_machine
from meldkamer.access.commands import ACCOUNTS_FILE
from meldkamer.domain.clock import Clock
from meldkamer.network.sites.demonstration import STEP, demonstration
from meldkamer.network.sites.files import folder as make_folder
from meldkamer.network.sites.keyring import Keyring
from meldkamer.network.sites.model import Network, NetworkError
from meldkamer.network.sites.setting_up import set_up
from meldkamer.network.sites.streams import Plan
from meldkamer.pack import Pack

FIRST_PORT, LAST_PORT = 24_500, 32_000
"""Below the ports that systems give to outgoing connections."""
ROLES = ("CACO", "CTL-112", "CTL-P", "CTL-B", "CTL-A", "FB")
SCOPES = ("desk", "telephony", "field", "health")
APPLICATION_DATA = Path("data") / "application"


class Setting(msgspec.Struct, frozen=True):
    """What was made. tokens: room -> the token of the machine that works there. absent: rooms of the country that do
    not take part. nowhere: a port on which nobody listens."""

    network: Network
    keys: Keyring
    tokens: dict[str, str]
    absent: tuple[str, ...]
    nowhere: int


async def make_setting(
    folder: Path, pack: Pack, rooms: int, cores: int, plan: Callable[[Network], Plan], clock: Clock
) -> Setting:
    """Write the folder, with an account for the drill in every room. rooms: how many regional rooms take part; the
    national ones sit in at their sites. Raises NetworkError."""
    regional = [region.home_room for region in pack.regions if region.home_room == region.code]
    if not cores <= rooms <= len(regional):
        raise NetworkError(f"{rooms} rooms: it must be from {cores} (one site per core server) to {len(regional)}")
    taking_part = regional[:rooms]
    guests = [room.code for room in pack.rooms if room.kind == "national"]
    homes = {
        region.code: region.home_room if region.home_room in (*taking_part, *guests) else taking_part[0]
        for region in pack.regions
    }
    port = free_ports(STEP * rooms)
    network = demonstration(homes, guests, port, cores)
    # Rooms as they would be real: nothing is made up for them at each start.
    network = msgspec.structs.replace(network, name="drill", demonstration=False)
    set_up(folder, network, plan(network), clock)
    keys = Keyring(folder, clock)
    tokens: dict[str, str] = {}
    roles = Roles.of(pack.roles)
    for site in network.sites:
        data = keys.site(site.code) / APPLICATION_DATA
        make_folder(data)
        accounts = SqliteAccounts(data / ACCOUNTS_FILE, clock)
        try:
            for room in site.rooms:
                tokens[room] = await add_machine(
                    accounts, roles, name=account(room), room=room, scopes=SCOPES, roles=ROLES, by="drill"
                )
        finally:
            accounts.close()
    absent = tuple(room for room in regional if room not in taking_part)
    return Setting(network, keys, tokens, absent, port + STEP * rooms - 1)


def account(room: str) -> str:
    """The name of the drill's account in a room."""
    return f"drill.{room.lower()}"


def free_ports(count: int) -> int:
    """The first of so many ports in a row that nobody uses now. Raises NetworkError.

    Until its servers listen nothing holds them, so a drill that begins beside another one looks from elsewhere on.
    """
    rows = range(FIRST_PORT, LAST_PORT - count, count)
    begin = os.getpid() % len(rows)
    for n in range(len(rows)):
        first = rows[(begin + n) % len(rows)]
        try:
            for port in range(first, first + count):
                with socket.socket() as sock:
                    sock.bind(("127.0.0.1", port))
        except OSError:
            continue
        return first
    raise NetworkError(f"no {count} free ports in a row between {FIRST_PORT} and {LAST_PORT}")
