"""Positions by UDP in a whole room: settings that have effect, and a datagram that moves a unit on the screens."""

from __future__ import annotations

import asyncio
import socket
from pathlib import Path

import pytest

from meldkamer.domain.clock import RandomIds, SystemClock
from meldkamer.response.wire.envelope import seal
from meldkamer.room import open_house
from meldkamer.settings import PositionsSettings, Settings, SettingsError, read_settings

from .door import KEYS, OWN, a_keys_file

ROOM = 'data = "data"\nrooms = ["RT"]\n'


def a_file(folder: Path, table: str) -> Path:
    path = folder / "room.toml"
    path.write_text(f"{ROOM}[positions]\n{table}", encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("table", "says"),
    [
        ('udp = "127.0.0.1"\nkeys = "k"', "host:port"),
        ('udp = ":8114"\nkeys = "k"', "host:port"),
        ('udp = "127.0.0.1:70000"\nkeys = "k"', "host:port"),
        ('udp = "127.0.0.1:8114"', "belong together"),
        ('keys = "k"', "belong together"),
        ("rate = 0.0", "rate"),
        ("rates = 1.0", "rates"),
    ],
)
def test_settings_that_cannot_be_are_refused_by_name(tmp_path: Path, table: str, says: str) -> None:
    with pytest.raises(SettingsError, match=says):
        read_settings(a_file(tmp_path, table))


def test_settings_name_the_file_beside_them(tmp_path: Path) -> None:
    found = read_settings(a_file(tmp_path, 'udp = "[::1]:8114"\nkeys = "k.toml"\nrate = 1.0')).positions
    assert found.address == ("::1", 8114) and found.keys == str(tmp_path / "k.toml") and found.rate == 1.0
    assert PositionsSettings().address is None


async def test_a_room_opens_the_door_that_its_settings_ask_for(tmp_path: Path) -> None:
    keys = a_keys_file(tmp_path)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    asked = PositionsSettings(udp=f"127.0.0.1:{port}", keys=str(keys))
    settings = Settings(data=str(tmp_path / "data"), rooms=("RT",), positions=asked)
    clock = SystemClock()
    async with open_house(settings, clock, RandomIds()) as house:
        assert house.udp is not None and house.udp.state()[0]
        await house.monitoring.watch.look()
        view = house.monitoring.watch.view
        assert view is not None
        assert [check.run for check in view.checks if check.name == "positions"] == ["positions-refused"]
        await house.register(a_fleet(tmp_path))
        midnight = clock.now() // 86_400_000 * 86_400
        of_day = clock.now() // 1000 - midnight
        datagram = seal("vm-12", OWN, clock.now(), f">RPV{of_day:05}+5192250+0044791702208412<", KEYS["vm-12"][0])
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as gateway:
            gateway.sendto(datagram, ("127.0.0.1", port))
        async with asyncio.timeout(30):
            while house.positions.of(OWN) is None:  # noqa: ASYNC110 - the kernel brings it about
                await asyncio.sleep(0.01)
        assert "meldkamer_position_senders_heard 1" in await house.monitoring.metrics.text()


def a_fleet(folder: Path) -> Path:
    path = folder / "fleet.csv"
    path.write_text(
        "call_sign,region,discipline,kind,function,safety_region,base,lat,lon\n"
        "17-0131,RT,B,TS,RT.B.dispatch,VR17,Zuid,51.9,4.5\n",
        encoding="utf-8",
    )
    return path


async def test_a_room_does_not_start_with_keys_that_others_can_read(tmp_path: Path) -> None:
    asked = PositionsSettings(udp="127.0.0.1:0", keys=str(a_keys_file(tmp_path, mode=0o644)))
    settings = Settings(data=str(tmp_path / "data"), rooms=("RT",), positions=asked)
    with pytest.raises(ValueError, match="chmod 600"):
        async with open_house(settings, SystemClock(), RandomIds()):
            pass
