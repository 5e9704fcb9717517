"""A live house with a little going on, and exercises on its record."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from meldkamer.domain import incident_rules
from meldkamer.domain.basics import Context, Location
from meldkamer.domain.clock import RandomIds, SystemClock
from meldkamer.pack import load_pack
from meldkamer.room import House, open_house
from meldkamer.settings import PaperSettings, Settings

CANARY = "K4N4R13"
ROOMS = tuple(room.code for room in load_pack().rooms)


def settings(folder: Path, **more: object) -> Settings:
    """Every room over one record, without sheets."""
    given = {"data": str(folder), "rooms": ROOMS, "paper": PaperSettings(minutes=0)}
    return Settings(**{**given, **more})  # type: ignore[arg-type]


async def an_incident(house: House, id: str, note: str) -> None:
    """A fire in Limburg with a line in its log."""
    context = Context(now=house.clock.now(), actor="lb.brand", room="LB")
    place = Location(text="Markt 1", x=176_000.0, y=318_000.0, place="Maastricht")
    command = incident_rules.OpenIncident(incident=id, region="LB", disciplines="B", location=place, note=note)
    await house.handlers["LB"].do(command, command_id=house.ids.new(), context=context)


@pytest.fixture
async def live(tmp_path: Path) -> AsyncIterator[House]:
    """A house that runs while exercises are held on copies of it."""
    async with open_house(settings(tmp_path / "live"), SystemClock(), RandomIds(), demonstration=True) as house:
        await house.register()
        await an_incident(house, "1", CANARY)
        yield house
