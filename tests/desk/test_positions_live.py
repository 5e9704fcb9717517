"""Positions over a WebSocket: who may, what is taken, how it ends; and what health and figures say of positions."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import msgspec
import pytest

from meldkamer.desk.metrics_fleet import fleet_figures, udp_check
from meldkamer.desk.positions_live import BURST, LONGEST, PATH, PROTOCOL, SILENT_SECONDS
from meldkamer.domain import unit
from meldkamer.prometheus import exposition
from meldkamer.response.wire.udp import UdpPositions
from tests.response.wire.door import a_door

from .conftest import TestRoom
from .test_metrics import read
from .world import settle


class Gateway:
    """One connection over bare ASGI. said: the answers; ended: the code and the reason of the close."""

    def __init__(self, room: TestRoom, token: str = "", protocol: str = PROTOCOL, **headers: str) -> None:
        self.accepted, self.said = False, list[dict[str, int]]()
        self.ended: tuple[int, str] | None = None
        self._queue: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self._queue.put_nowait({"type": "websocket.connect"})
        found = {"host": "room", **headers}
        if token:
            found["authorization"] = f"Bearer {room.tokens.get(token, token)}"
        scope = {
            "type": "websocket",
            "scheme": "ws",
            "path": PATH,
            "query_string": b"",
            "subprotocols": [protocol],
            "headers": [(name.encode(), value.encode()) for name, value in found.items()],
        }
        self.task = asyncio.create_task(room.app(scope, self._queue.get, self._hear))

    async def _hear(self, message: Any) -> None:
        match message["type"]:
            case "websocket.accept":
                self.accepted = True
            case "websocket.close":
                self.ended = message["code"], message.get("reason") or ""
            case _:
                self.said.append(msgspec.json.decode(message["text"]))

    async def tell(self, what: object) -> None:
        text = what if isinstance(what, str) else msgspec.json.encode(what).decode()
        self._queue.put_nowait({"type": "websocket.receive", "text": text})
        await settle()

    async def hang_up(self) -> None:
        self._queue.put_nowait({"type": "websocket.disconnect", "code": 1006})
        await settle()


def places(room: TestRoom, *xs: float, ref: str = "RT/17-0131", ago: int = 0) -> dict[str, Any]:
    now = room.clock.now() - ago
    return {"positions": [{"unit": ref, "x": x, "y": 437_000, "at": now + n} for n, x in enumerate(xs)]}


async def test_each_message_is_answered_in_order(app_room: TestRoom) -> None:
    await app_room.an_incident()
    gateway = Gateway(app_room, "wagens")
    await gateway.tell(places(app_room, 92_000))
    await gateway.tell(places(app_room, 92_001, ago=5_000))
    await gateway.tell(places(app_room, 92_000, ref="RT/nobody"))
    await app_room.clock.pump(10)
    await gateway.tell(places(app_room, 192_000))
    await gateway.tell({"positions": [{"unit": "RT/17-0131", "lat": 52.1, "lon": 5.1, "at": app_room.clock.now() + 9}]})
    assert gateway.accepted and gateway.ended is None
    assert gateway.said == [
        {"taken": 1, "left": 0, "jumped": 0},
        {"taken": 0, "left": 1, "jumped": 0},
        {"taken": 0, "left": 1, "jumped": 0},
        {"taken": 1, "left": 0, "jumped": 1},
        {"taken": 1, "left": 0, "jumped": 1},
    ]
    found = app_room.positions.of("RT/17-0131")
    assert found is not None and found.jumped and 130_000 < found.x < 140_000
    assert app_room.positions.counts == {
        ("websocket", "taken"): 1,
        ("websocket", "older"): 1,
        ("websocket", "unknown"): 1,
        ("websocket", "jumped"): 2,
    }
    await gateway.hang_up()
    assert gateway.task.done() and gateway.ended is None


@pytest.mark.parametrize(
    ("token", "code"),
    [("", 4401), ("mk_no_such_token", 4401), ("centrale", 4403), ("keten", 4403), ("robot", 4403), ("waker", 4403)],
)
async def test_who_may_not_hears_so_before_anything_is_taken(app_room: TestRoom, token: str, code: int) -> None:
    await app_room.an_incident()
    gateway = Gateway(app_room, token)
    await gateway.tell(places(app_room, 92_000))
    assert gateway.ended is not None and gateway.ended[0] == code and gateway.ended[1]
    assert gateway.said == [] and app_room.positions.of("RT/17-0131") is None


async def test_people_pages_of_other_sites_and_other_protocols_stay_out(app_room: TestRoom) -> None:
    person = await app_room.signed_in("caco")
    cookie = "; ".join(f"{name}={value}" for name, value in person.cookies.items())
    for gateway, code in (
        (Gateway(app_room, cookie=cookie, origin="http://room"), 4403),
        (Gateway(app_room, cookie=cookie, origin="http://elsewhere"), 1008),
        (Gateway(app_room, "wagens", host="elsewhere"), 1008),
        (Gateway(app_room, "wagens", protocol="mk.v1"), 1000),
    ):
        await settle()
        assert gateway.ended is not None and gateway.ended[0] == code
        assert gateway.accepted == (code > 4000)


async def test_a_token_that_is_taken_back_counts_no_more(app_room: TestRoom) -> None:
    await app_room.an_incident()
    gateway = Gateway(app_room, "wagens")
    await gateway.tell(places(app_room, 92_000))
    accounts = app_room.gate.accounts
    found = accounts.get("wagens")
    assert found is not None
    await accounts.put([msgspec.structs.replace(found, disabled=True)], "beheer", "disabled")
    await gateway.tell(places(app_room, 92_010, ago=-1))
    assert gateway.ended is not None and gateway.ended[0] == 4401
    assert len(gateway.said) == 1 and app_room.positions.counts.total() == 1


@pytest.mark.parametrize(
    "said",
    [
        "",
        "nonsense",
        "[]",
        "{}",
        '{"positions": [{"unit": "RT/17-0131"}]}',
        '{"positions": [{"unit": "RT/17-0131", "at": 1, "x": 1e999, "y": 0}]}',
        '{"positions": [{"unit": "RT/17-0131", "at": 1, "x": 0, "y": 0, "more": 1}]}',
        '{"positions": [{"unit": "17-0131", "at": 1, "x": 0, "y": 0}]}',
        "[" * 60_000,
    ],
)
async def test_what_is_not_understood_ends_it_with_the_reason(app_room: TestRoom, said: str) -> None:
    gateway = Gateway(app_room, "wagens")
    await gateway.tell(said)
    assert gateway.ended is not None and gateway.ended[0] == 4400
    assert gateway.ended[1] and len(gateway.ended[1].encode()) <= 123


async def test_too_long_too_many_and_too_silent(app_room: TestRoom) -> None:
    long, many, silent = (Gateway(app_room, "wagens") for _ in range(3))
    await long.tell(" " * (LONGEST + 1))
    for _ in range(int(BURST) + 1):
        await many.tell({"positions": []})
    await app_room.clock.pump(SILENT_SECONDS + 1)
    await settle()
    assert [gateway.ended and gateway.ended[0] for gateway in (long, many, silent)] == [1009, 4429, 4408]
    assert len(many.said) == BURST


async def test_another_region_s_units_are_left_alone_by_a_machine_that_is_bound(app_room: TestRoom) -> None:
    await app_room.an_incident()
    await app_room.own("LB.B.dispatch", room="LB")
    await app_room.do(
        unit.RegisterUnit(region="LB", call_sign="24-1", discipline="B", kind="TS", function="LB.B.dispatch"), room="LB"
    )
    accounts = app_room.gate.accounts
    found = accounts.get("wagens")
    assert found is not None
    await accounts.put([msgspec.structs.replace(found, regions=("RT",))], "beheer", "changed")
    gateway = Gateway(app_room, "wagens")
    await gateway.tell(places(app_room, 92_000, ref="LB/24-1"))
    await gateway.tell(places(app_room, 92_000))
    assert [said["taken"] for said in gateway.said] == [0, 1] and app_room.positions.of("LB/24-1") is None


async def test_figures_and_health_name_what_comes_in_and_what_is_refused(app_room: TestRoom, tmp_path: Path) -> None:
    await app_room.an_incident()
    gateway = Gateway(app_room, "wagens")
    await gateway.tell(places(app_room, 92_000))
    await app_room.clock.pump(30)
    (tmp_path / "udp").mkdir()
    udp = UdpPositions(a_door(tmp_path / "udp", app_room.clock, positions=app_room.positions), app_room.clock)
    check = udp_check(udp)
    assert (await check()).state == "degraded"
    udp.connection_made(asyncio.DatagramTransport())
    assert (await check()).state == "fine"
    for _ in range(12):
        udp.lines.take([(b"nonsense", "192.0.2.1")])
    found = await check()
    assert (found.state, found.number) == ("degraded", 12) and "12 not_an_envelope" in found.detail
    figures = read(exposition(await fleet_figures(app_room.positions, udp, app_room.clock)()))
    assert figures["meldkamer_positions_total", (("channel", "websocket"), ("outcome", "taken"))] == 1
    assert figures["meldkamer_position_lines_refused_total", (("reason", "not_an_envelope"),)] == 12
    assert figures["meldkamer_position_lines_refused_total", (("reason", "wrong_key"),)] == 0
    assert figures["meldkamer_position_newest_age_seconds", ()] == 30
    assert figures["meldkamer_units_placed", (("within", "10"),)] == 0
    assert figures["meldkamer_units_placed", (("within", "60"),)] == 1
    assert figures["meldkamer_units_jumped", ()] == 0
    without = read(exposition(await fleet_figures(app_room.positions, None, app_room.clock)()))
    assert not any(name.startswith("meldkamer_position_lines") for name, _ in without)
