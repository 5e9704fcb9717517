"""A fleet becomes known in few appends, once."""

from __future__ import annotations

import asyncio
from pathlib import Path

import msgspec
import pytest

from meldkamer.domain.unit import Meaning, RegisterUnit, StatusReported, UnitRegistered
from meldkamer.pack import demonstration_fleet, load_pack
from meldkamer.response import (
    FleetFileError,
    Registered,
    first_status,
    from_pack,
    read_fleet,
    record_append,
    register_fleet,
)
from tests.intake.house import House


def a_fleet(count: int = 300, region: str = "RT") -> list[RegisterUnit]:
    return [
        RegisterUnit(
            region=region, call_sign=f"17-{n:04d}", discipline="B", kind="TS", function=f"{region}.B.dispatch",
            base_x=1.0, base_y=2.0,
        )
        for n in range(count)
    ]  # fmt: skip


async def register(house: House, units: list[RegisterUnit], room: str = "RT") -> Registered:
    append = record_append(room, house.record, house.sealer, house.picture, house.clock)
    return await register_fleet(units, house.picture, append, lambda d: "bs", house.clock)


async def test_new_units_are_known_and_available_and_a_repeat_stores_nothing(house: House) -> None:
    assert await register(house, a_fleet() + a_fleet(5, "LB")) == Registered(305, 0, 0)
    assert all(u.free and u.status == "bs" and u.meaning is Meaning.AVAILABLE for u in house.picture.units.values())
    tail = await house.record.tail("RT")
    assert tail == 600
    assert await register(house, a_fleet() + a_fleet(5, "LB")) == Registered(0, 0, 305)
    assert await house.record.tail("RT") == tail


async def test_a_change_is_one_event_and_back_again_is_another(house: House) -> None:
    await register(house, a_fleet(3))
    (one, *rest) = a_fleet(3)
    other = msgspec.structs.replace(one, base="Kazerne Zuid")
    assert await register(house, [other, *rest]) == Registered(0, 1, 2)
    assert await register(house, [one, *rest]) == Registered(0, 1, 2)
    assert house.picture.units["RT/17-0000"].base == ""
    assert len(house.events(StatusReported)) == 3


async def test_two_rooms_at_once_register_it_once(house: House) -> None:
    await asyncio.gather(
        register(house, a_fleet(600)), register(house, a_fleet(600)[::-1], "DH"), register(house, a_fleet(400), "LB")
    )
    await house.quiet()
    assert len(house.events(UnitRegistered)) == 600


def test_the_shipped_pack_gives_a_whole_fleet() -> None:
    pack = load_pack()
    _, units = demonstration_fleet(pack)
    commands = from_pack(units, pack, lambda lat, lon: (lon, lat))
    assert len({(c.region, c.call_sign) for c in commands}) == len(units) > 3_000
    for command in commands:
        assert msgspec.msgpack.decode(msgspec.msgpack.encode(command), type=RegisterUnit) == command
    codes = first_status(pack)
    assert {d: codes(d) for d in "PBAK"} == {"P": "bs", "B": "bs", "A": "vr", "K": codes("K")} and codes("K")


HEADER = "call_sign,region,discipline,kind,function,safety_region,base,lat,lon,capabilities,crew\n"


def test_a_file_of_ones_own(tmp_path: Path) -> None:
    path = tmp_path / "fleet.csv"
    path.write_text(f"# ours\n{HEADER}17-0131,RT,B,TS,RT.B.dispatch,VR17,Kazerne Zuid,51.9,4.5,,\n")
    (command,) = read_fleet(path, load_pack(), lambda lat, lon: (lon * 10, lat * 10))
    assert (command.call_sign, command.safety_region, command.base_x, command.crew) == ("17-0131", 17, 45.0, 6)
    assert "fire" in command.capabilities


def test_every_fault_of_a_file_is_told_at_once(tmp_path: Path) -> None:
    path = tmp_path / "fleet.csv"
    path.write_text(
        HEADER
        + "17-0131,RT,B,TS,RT.B.dispatch,VR17,Zuid,51.9,4.5,,\n"
        + "17-0131,RT,B,TS,RT.B.dispatch,VR17,Zuid,51.9,4.5,,\n"
        + "17 0132,RT,B,TS,RT.B.dispatch,VR17,Zuid,51.9,4.5,,\n"
        + "17-0133,XX,B,ZZ,RT.B.dispatch,VR17,Zuid,51.9,4.5,,\n"
        + "17-0134,RT,B,TS,RT.B.dispatch,VR17,Zuid,north,4.5,,\n"
        + "17-0135,RT,B,TS\n"
        + "# a remark counts as a line, as it does in an editor\n"
        + "17-0136,RT,B,TS,RT.B.dispatch,VR17,Zuid,4.5,51.9,,\n"
        + "17-0137,RT,B,TS,RT.B.dispatch,VR17,Zuid,0,0,,\n"
        + "17-0138,RT,B,TS,RT.B.dispatch,VR17,Zuid,51.9,4.5,,six\n"
    )
    with pytest.raises(FleetFileError) as error:
        read_fleet(path, load_pack(), lambda lat, lon: (lon, lat))
    text = "\n".join(error.value.faults)
    told = (
        "row 3, call_sign: RT/17-0131 stands twice, first in row 2",
        "row 4: ",
        "row 5, region: 'XX'",
        "row 5, kind: 'ZZ'",
        "row 6, lat: 'north'",
        "row 9, lat, lon: 4.5, 51.9 is not in or near the country; latitude and longitude are swapped",
        "row 10, lat, lon: 0.0, 0.0 is not in or near the country",
        "row 11, crew: 'six'",
    )
    for part in told:
        assert part in text
    path.write_bytes(b"call_sign\xff")
    with pytest.raises(FleetFileError):
        read_fleet(path, load_pack(), lambda lat, lon: (lon, lat))
