"""Rooms over one real record and one pumped clock, and a day that is known to the second."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from meldkamer.domain import alert, call, desk, function, incident_rules, unit
from meldkamer.domain.basics import Command, Context, Location
from meldkamer.domain.clock import FakeClock, SeededIds
from meldkamer.domain.registry import EVENT_TYPES
from meldkamer.domain.unit import Meaning
from meldkamer.insight import Book, Figures, Reader, Report
from meldkamer.network import Follower, Handler, Picture
from meldkamer.pack import load_pack
from meldkamer.record import Sealer
from meldkamer.record.keys import SqliteKeys
from meldkamer.record.snapshots import FileSnapshots
from meldkamer.record.sqlite import SqliteRecord

MORNING = 1_767_254_400_000
"""2026-01-01 08:00 UTC, nine o'clock in the Netherlands."""
ZONE = ZoneInfo("Europe/Amsterdam")
PACK = load_pack()


class Day:
    """Commands at moments of one day, through the handlers of the rooms."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.clock = FakeClock(MORNING)
        self.ids = SeededIds("day")
        self.record = SqliteRecord(folder / "record.sqlite")
        self.keys = SqliteKeys(folder)
        self.sealer = Sealer(EVENT_TYPES, self.keys)
        self.picture = Picture(lambda entry: self.sealer.decode(entry, frozenset()).event)
        rooms = [room.code for room in PACK.rooms]
        self.handlers = {
            room: Handler(room, self.record, self.picture, self.sealer, self.clock, lambda d, code: Meaning(code))
            for room in rooms
        }
        self._following = asyncio.create_task(self._follow())

    async def _follow(self) -> None:
        regions = [region.code for region in PACK.regions]
        snapshots = FileSnapshots(self.folder / "snapshots")
        follower = Follower(self.record, self.sealer, self.picture, snapshots, self.clock, regions)
        await follower.start()
        await follower.run()

    async def at(self, seconds: float, room: str, command: Command) -> None:
        """Carry it out so many seconds after the morning began; time only goes on."""
        await self.clock.pump(seconds - self.clock.monotonic(), settle=1)
        context = Context(now=self.clock.now(), actor=f"{room.lower()}.jansen", room=room, seat=f"{room}-1")
        await self.handlers[room].do(command, command_id=self.ids.new(), context=context)

    async def report(self) -> Report:
        return Figures(await self.book(), PACK, ZONE).report()

    async def book(self, settling: bool = True) -> Book:
        reader = a_reader(settling)
        await reader.catch_up(self.record, lambda line: None, self.clock.monotonic)
        return reader.book()

    async def close(self) -> None:
        self._following.cancel()
        await asyncio.gather(self._following, return_exceptions=True)
        await self.record.close()
        await self.keys.close()


@pytest.fixture
async def day(tmp_path: Path) -> AsyncIterator[Day]:
    day = Day(tmp_path)
    yield day
    await day.close()


def received(id: str, region: str = "RT", what: str = "112", **more) -> call.ReceiveCall:
    place = Location(text="Coolsingel 40", municipality="Rotterdam")
    return call.ReceiveCall(
        call=id,
        region=region,
        function=f"{region}.{what}",
        channel="112",
        location=place,
        number="0612345678",
        name="Vermeer",
        said="mijn buurvrouw ligt op de grond",
        **more,
    )


async def live_through(day: Day) -> None:
    """A fire: answered after 4 s, alerted after 100 s, under way after 190 s, on the scene after 520 s.

    And beside it an answer too late, a caller who hung up, one who still waits, a test, an answer by a neighbour, and
    a room that is declared down and gets its function back.
    """
    for name in ("RT.112", "RT.B.intake", "RT.B.dispatch"):
        await day.at(0, "RT", function.TakeFunction(function=name, to="RT", ground="first"))
    register = unit.RegisterUnit(region="RT", call_sign="17-0131", discipline="B", kind="TS", function="RT.B.dispatch")
    await day.at(0, "RT", register)
    await day.at(0, "RT", unit.ReportStatus(unit="RT/17-0131", code="available"))

    await day.at(10, "RT", received("fire"))
    await day.at(14, "RT", call.AnswerCall(call="RT/fire"))
    opened = incident_rules.OpenIncident(
        incident="i1",
        region="RT",
        location=Location(text="Coolsingel 40", municipality="Rotterdam"),
        disciplines="BA",
        priority=1,
        call="RT/fire",
        note="rook uit het dak, Vermeer wacht buiten",
    )
    await day.at(60, "RT", opened)
    await day.at(110, "RT", unit.AssignUnit(unit="RT/17-0131", assignment="a1", incident="RT/i1"))
    order = alert.OrderAlert(
        alert="RT/x1",
        unit="RT/17-0131",
        assignment="a1",
        incident="RT/i1",
        number="RT-1",
        priority=1,
        text="brand",
        epoch=1,
    )
    await day.at(111, "RT", order)
    await day.at(114, "RT", alert.NoteAlertSent(alert="RT/x1", channel="field"))
    await day.at(204, "RT", unit.ReportStatus(unit="RT/17-0131", code="en_route", source="unit"))
    await day.at(534, "RT", unit.ReportStatus(unit="RT/17-0131", code="on_scene", source="unit"))

    await day.at(600, "RT", received("late"))
    await day.at(630, "RT", call.AnswerCall(call="RT/late"))
    await day.at(700, "RT", received("gone"))
    await day.at(715, "RT", call.AbandonCall(call="RT/gone"))
    await day.at(720, "RT", received("pocket"))
    await day.at(725, "RT", call.AbandonCall(call="RT/pocket"))
    await day.at(740, "RT", received("trial", test=True))
    await day.at(741, "RT", call.AnswerCall(call="RT/trial"))
    await day.at(800, "RT", received("help"))
    await day.at(806, "DH", call.AnswerCall(call="RT/help"))

    await day.at(900, "RT", desk.DeclareRoomDown(room="RT", reason="brand in de zaal"))
    await day.at(900.4, "DH", function.TakeFunction(function="RT.112", to="DH", ground="declared", reason="brand"))
    await day.at(910, "DH", received("moved"))
    await day.at(915, "DH", call.AnswerCall(call="RT/moved"))
    await day.at(1000, "RT", desk.DeclareRoomUp(room="RT"))
    await day.at(1100, "RT", function.ProposeTransfer(function="RT.112", to="RT", reason="terug"))
    await day.at(1200.4, "DH", function.AnswerTransfer(function="RT.112", agree=True))
    await day.at(1300, "RT", received("waits"))
    await day.at(1304, "RT", call.OfferCall(call="RT/waits", room="RT", rule="queue"))


def a_reader(settling: bool = True) -> Reader:
    """A reader of the country's record."""
    return Reader({f.code: f.home_room for f in PACK.functions}, PACK.manifest.national_region, settling)
