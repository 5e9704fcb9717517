"""Every picture has an age, and what could not be checked is never called fine."""

from __future__ import annotations

from meldkamer.desk.health import Found, Health
from meldkamer.desk.rooms import RoomAbout, Rooms
from meldkamer.domain.clock import FakeClock
from meldkamer.network import Picture


def nothing(entry: object) -> object:
    raise AssertionError("no entry is applied here")


async def fine() -> Found:
    return Found("fine")


async def broken() -> Found:
    raise OSError("the disk does not answer")


async def test_a_check_that_fails_could_not_check() -> None:
    health = await Health([("good", fine), ("disk", broken)], FakeClock()).look()
    assert health.state == "could_not_check"
    assert {check.name: check.state for check in health.checks} == {"good": "fine", "disk": "could_not_check"}


async def test_without_any_check_nothing_is_known() -> None:
    assert (await Health([], FakeClock()).look()).state == "could_not_check"


def test_a_room_is_shown_with_the_age_of_what_is_known_of_it() -> None:
    ages: dict[str, float | None] = {"RT": 7.04, "DH": None}
    about = [RoomAbout(code, code, "room") for code in ages]
    rooms = Rooms(Picture(nothing), about, {}, ages.__getitem__, FakeClock())  # type: ignore[arg-type]
    assert {row.room: (row.heartbeat_age, row.age) for row in rooms.rows()} == {"RT": (7.0, 7.0), "DH": (None, None)}
