"""The door for positions by UDP: its files, its limits, what it says of itself, and a real socket."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable
from pathlib import Path

import pytest

from meldkamer.domain.clock import FakeClock
from meldkamer.record import NotAStore
from meldkamer.response.wire.door import ALL_PER_SECOND, BURST
from meldkamer.response.wire.envelope import seal
from meldkamer.response.wire.seen import CountersFile
from meldkamer.response.wire.senders import SendersError, SendersFile
from meldkamer.response.wire.udp import TROUBLE, UdpPositions

from .door import KEYS, NOW, OTHER, OWN, RD, a_door, a_keys_file, a_table, senders_text, what_came_of

KEY = KEYS["vm-12"][0]
PLACE = ">RPV45319+5192250+0044791702208412<"


def a_line(counter: int, key: bytes = KEY, unit: str = OWN, second: int = 45_319) -> bytes:
    return seal("vm-12", unit, counter, PLACE.replace("45319", f"{second:05}"), key)


# --- its files --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o644, 0o777])
def test_keys_that_others_can_read_are_not_used(tmp_path: Path, mode: int) -> None:
    with pytest.raises(SendersError, match="chmod 600"):
        SendersFile(a_keys_file(tmp_path, mode=mode))


ROW = 'units = ["RT/17-0131"]\n'


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("", "sender"),
        ("[sender.a]\n" + ROW, "keys"),
        (f'[sender.a]\nkeys = ["{"0" * 62}"]\n' + ROW, "keys"),
        (f'[sender.a]\nkeys = ["{"x" * 64}"]\n' + ROW, "keys"),
        (f"[sender.a]\nkeys = []\n{ROW}", "keys"),
        (f'[sender.a]\nkeys = ["{"0" * 64}"]\nunits = []', "units"),
        (f'[sender.a]\nkeys = ["{"0" * 64}"]\nunits = ["17-0131"]', "units"),
        (f'[sender."a b"]\nkeys = ["{"0" * 64}"]\n{ROW}', "sender"),
        (f'[sender.a]\nkeys = ["{"0" * 64}"]\n{ROW}\nrate = 3', "rate"),
        (f'[sender.a]\nkeys = ["{"0" * 64}"]\n{ROW}\n[sender.b]\nkeys = ["{"0" * 64}"]\n{ROW}', "a key stands twice"),
        ("[sender", "keys.toml"),
    ],
)
def test_a_file_of_keys_that_is_wrong_says_where(tmp_path: Path, text: str, names: str) -> None:
    with pytest.raises(SendersError, match=names):
        SendersFile(a_keys_file(tmp_path, text))


def test_keys_are_changed_while_it_runs_and_a_bad_file_leaves_the_old_ones(tmp_path: Path) -> None:
    file = SendersFile(a_keys_file(tmp_path))
    new = bytes.fromhex("aa" * 32)
    a_keys_file(tmp_path, senders_text({"vm-12": (KEY, new)}))
    file.look()
    assert file.now["vm-12"].keys == (KEY, new) and not file.problem
    a_keys_file(tmp_path, "[sender", 0o600)
    file.look()
    assert file.now["vm-12"].keys == (KEY, new) and "keys.toml" in file.problem
    a_keys_file(tmp_path, senders_text({"vm-12": (new,)}), 0o644)
    file.look()
    assert file.now["vm-12"].keys == (KEY, new) and "chmod 600" in file.problem
    (tmp_path / "keys.toml").unlink()
    file.look()
    assert file.now and file.problem
    a_keys_file(tmp_path, senders_text({"vm-12": (new,)}))
    file.look()
    assert file.now["vm-12"].keys == (new,) and not file.problem


async def test_what_was_recorded_before_a_restart_is_worth_nothing_after_it(tmp_path: Path) -> None:
    door = a_door(tmp_path)
    assert [what_came_of(door, a_line(n, second=45_300 + n)) for n in (7, 9)] == ["taken", "taken"]
    await door.counters.save()
    again = a_door(tmp_path)
    # Nor is 8, which never came: after a restart nobody knows that any more.
    assert [what_came_of(again, a_line(n, second=45_300 + n)) for n in (7, 8, 9, 10)] == [*["replayed"] * 3, "taken"]


def test_torn_counters_are_not_taken_for_none(tmp_path: Path) -> None:
    for torn in (b"", b'{"vm-12": 7', b'{"vm-12": -7}', b'{"vm-12": 9223372036854775808}', b"[]"):
        (tmp_path / "counters.json").write_bytes(torn)
        with pytest.raises(NotAStore, match=r"counters\.json"):
            CountersFile(tmp_path / "counters.json")


# --- its limits -------------------------------------------------------------------------------------------------------


async def test_a_sender_has_a_rate_and_a_burst_after_quiet(tmp_path: Path) -> None:
    clock = FakeClock(NOW)
    door = a_door(tmp_path, clock, rate=1.0)
    found = [what_came_of(door, a_line(n, second=45_300 + n)) for n in range(30)]
    assert found == ["taken"] * int(BURST) + ["too_many"] * (30 - int(BURST))
    await clock.pump(2.0)
    assert [what_came_of(door, a_line(n, second=45_300 + n)) for n in range(30, 34)] == ["taken"] * 2 + ["too_many"] * 2
    # Another sender is not slowed by it.
    other = seal("gw_1.a", OTHER, 1, PLACE, KEYS["gw_1.a"][0])
    assert what_came_of(door, other) == "taken"


async def test_lines_that_are_not_the_sender_s_own_do_not_use_up_its_rate(tmp_path: Path) -> None:
    door = a_door(tmp_path, FakeClock(NOW), rate=1.0)
    assert {what_came_of(door, a_line(n, key=b"x" * 32)) for n in range(50)} == {"wrong_key"}
    assert what_came_of(door, a_line(51)) == "taken"


async def test_a_flood_is_thrown_away_unread_and_ends_when_it_ends(tmp_path: Path) -> None:
    clock = FakeClock(NOW)
    door = a_door(tmp_path, clock)
    admitted = sum(door.admit(b"x", "192.0.2.7") for _ in range(int(ALL_PER_SECOND) + 50))
    assert admitted == ALL_PER_SECOND and door.refused["flood"] == 50
    await clock.pump(1.0)
    assert what_came_of(door, a_line(1)) == "taken"


# --- what it says of itself -------------------------------------------------------------------------------------------


async def test_it_names_who_is_refused_and_why_until_a_minute_has_passed(tmp_path: Path) -> None:
    clock = FakeClock(NOW)
    door = UdpPositions(a_door(tmp_path, clock), clock)
    door.connection_made(asyncio.DatagramTransport())
    assert what_came_of(door.lines, a_line(1)) == "taken"
    assert door.state() == (True, "1 of 2 senders heard in a minute")
    for _ in range(TROUBLE - 1):
        what_came_of(door.lines, a_line(1))
    assert door.state()[0], "fewer than that are nothing"
    what_came_of(door.lines, a_line(1))
    assert door.state() == (False, f"lines refused in a minute: {TROUBLE} replayed; the last of vm-12")
    what_came_of(door.lines, b"GET / HTTP/1.1")
    assert door.state()[1].endswith("1 not_an_envelope; the last of 192.0.2.1")
    await clock.pump(61.0)
    assert door.state() == (True, "0 of 2 senders heard in a minute")
    a_keys_file(tmp_path, "broken")
    door.lines.senders.look()
    assert not door.state()[0] and "the keys of before still count" in door.state()[1]
    door.connection_lost(OSError("gone"))
    assert door.state() == (False, "the socket is closed: gone")


def test_a_tunnel_is_nobody_s_mistake(tmp_path: Path) -> None:
    clock = FakeClock(NOW)
    door = UdpPositions(a_door(tmp_path, clock), clock)
    door.connection_made(asyncio.DatagramTransport())
    for n in range(2 * TROUBLE):
        what_came_of(door.lines, seal("vm-12", OWN, n, "$GPRMC,123526,V,,,,,,,230326,,*36", KEY))
    assert door.lines.refused["no_fix"] == 2 * TROUBLE and door.state()[0]


# --- a real socket ----------------------------------------------------------------------------------------------------


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(20):
        while not condition():  # noqa: ASYNC110 - the kernel brings it about
            await asyncio.sleep(0.005)


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
async def test_a_gateway_s_datagrams_move_units_and_nothing_is_sent_back(tmp_path: Path, host: str) -> None:
    if host == "::1" and not socket.has_ipv6:
        pytest.skip("no IPv6 here")
    clock, positions = FakeClock(NOW), a_table()
    door = UdpPositions(a_door(tmp_path, clock, positions=positions), clock)
    try:
        address = await door.open(host, 0)
    except OSError as error:
        pytest.skip(f"no {host} here: {error}")
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_DGRAM) as gateway:
        gateway.setblocking(False)
        gateway.connect(address)
        for n, datagram in enumerate([b"\0" * 60_000, b"", b"hello", a_line(1), a_line(1), a_line(2, second=45_321)]):
            gateway.send(datagram)
            await until(lambda n=n: door.lines.refused.total() + sum(positions.counts.values()) == n + 1)  # type: ignore[misc]
        found = positions.of(OWN)
        assert found is not None and found.at == NOW - 39_000 and found.heading == 84
        assert (found.x, found.y) == pytest.approx(RD.to_rd(51.9225, 4.47917), abs=0.1)
        assert door.lines.refused == {"too_long": 1, "not_an_envelope": 2, "replayed": 1}
        assert positions.counts == {("udp", "taken"): 2}
        with pytest.raises(BlockingIOError):
            gateway.recv(100)
    await door.close()
    assert (tmp_path / "counters.json").read_text() == '{"vm-12":2}'
    await until(lambda: bool(door.shut))
    assert not door.state()[0]
    with pytest.raises(OSError):
        await UdpPositions(door.lines, clock).open("192.0.2.1", 0)  # not an address of this machine
