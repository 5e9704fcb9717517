"""What a room says of itself with each heart-beat, and what others make of it."""

from __future__ import annotations

from meldkamer.desk.rooms import RoomAbout, Rooms
from meldkamer.network import LeaseKeeper, LeaseWatch, Statement
from meldkamer.network.statement import read_statement, short_digest

from .conftest import House

SAID = Statement(
    process="p",
    version="1.2",
    pack="aa",
    settings="bb",
    health="degraded",
    bad={"disk": "300 MB free"},
    sees={"LB": "down"},
)


def test_what_is_said_is_read_and_what_is_not_known_is_passed_over() -> None:
    assert read_statement(SAID.text()) == SAID
    assert read_statement('{"process": "p", "version": "3", "mood": "good"}') == Statement(process="p", version="3")
    for holder in ("5b1f…", "", "7", "[]", '{"process": 7}'):
        assert read_statement(holder) == Statement(process=holder), "of a program that says nothing, only who it is"
    another = '{"process": "p", "version": "9", "bad": ["disk"], "pack": 7}'
    assert read_statement(another) == Statement(process="p", version="9")
    assert len(short_digest(b"x")) == 16 and short_digest(b"x") != short_digest(b"y")


async def test_a_statement_travels_with_the_heart_beat_and_the_newest_counts(house: House) -> None:
    version = "1"
    keeper = LeaseKeeper(
        "RT", "rt", house.record, house.clock, lambda process: Statement(process=process, version=version, pack="aa")
    )
    watch = LeaseWatch(house.record, house.clock)
    assert watch.statement("RT") is None
    assert await keeper.beat()
    await watch.look()
    assert watch.statement("RT") == Statement(process="rt", version="1", pack="aa")
    version = "2"
    assert await keeper.beat()
    await watch.look()
    found = watch.statement("RT")
    assert found is not None and found.version == "2"

    rooms = Rooms(
        house.picture, [RoomAbout("RT", "Rotterdam", "room"), RoomAbout("LB", "Limburg", "room")], {}, watch.age,
        house.clock, watch.statement,
    )  # fmt: skip
    rt, lb = rooms.rows()
    assert (rt.version, rt.pack, rt.settings, rt.health) == ("2", "aa", "", "")
    assert (lb.version, lb.pack) == ("", "")
