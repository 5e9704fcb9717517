"""An exercise says so everywhere, and reaches nobody."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from meldkamer.access import SqliteAccounts, add_account, add_machine
from meldkamer.desk.exercise_mark import marked
from meldkamer.domain.alert import Alert
from meldkamer.domain.clock import RandomIds, SystemClock
from meldkamer.exercise.people import people_of, take_part
from meldkamer.record import NotAStore, WrongWorld
from meldkamer.record.backup import copy_for_exercise
from meldkamer.response import Outbox, RealChannel
from meldkamer.room import House, demonstrate, open_house
from meldkamer.settings import SettingsError, read_settings

from .conftest import settings

HEADER = "meldkamer-exercise"


@pytest.fixture
async def exercise(live: House, tmp_path: Path) -> AsyncIterator[House]:
    """An exercise on a copy of the live house."""
    folder = tmp_path / "copy"
    copy_for_exercise(Path(live.settings.data), folder, Path(live.settings.data) / "master.key")
    async with open_house(settings(folder, exercise=True), SystemClock(), RandomIds(), demonstration=True) as house:
        yield house


def client(house: House) -> httpx.AsyncClient:
    return httpx.AsyncClient(
        transport=httpx.ASGITransport(house.app), base_url="http://localhost", headers={"origin": "http://localhost"}
    )


async def test_every_page_and_every_answer_says_so(exercise: House) -> None:
    who = await demonstrate(exercise)
    async with client(exercise) as desk:
        for path in ("/", "/w/caco", "/static/css/frame.css", "/health", "/api/session", "/nowhere", "/openapi.json"):
            assert (await desk.get(path)).headers[HEADER] == "yes", path
        page = (await desk.get("/w/operator")).text
        assert re.search(r'<html[^>]* data-exercise="yes"', page)
        assert "<title>OEFENING · EXERCISE · Meldkamer</title>" in page
        assert '<strong lang="nl">OEFENING</strong>' in page and '<strong lang="en">EXERCISE</strong>' in page
        body = {"account": "lb.brand", "password": who.password}
        answer = await desk.post("/api/sign-in", json=body)
        assert answer.json()["exercise"] is True
        assert answer.headers["set-cookie"].startswith("meldkamer-exercise-")
        assert (await desk.get("/api/session")).json()["exercise"] is True


async def test_a_live_house_says_nothing_of_the_kind(live: House) -> None:
    who = await demonstrate(live)
    async with client(live) as desk:
        page = await desk.get("/w/operator")
        assert HEADER not in page.headers and "EXERCISE" not in page.text and "data-exercise" not in page.text
        answer = await desk.post("/api/sign-in", json={"account": "lb.brand", "password": who.password})
        assert answer.json()["exercise"] is False
        assert not answer.headers["set-cookie"].startswith("meldkamer-exercise")


def test_a_page_that_cannot_carry_the_mark_is_not_shown() -> None:
    with pytest.raises(ValueError, match="mark of an exercise"):
        marked(b"<html><body>without a title</body></html>")


class Pager:
    """A channel that reaches somebody."""

    name = "pager"
    confirms = False

    async def send(self, alert: Alert) -> None:
        raise AssertionError("somebody was woken by an exercise")

    async def withdraw(self, alert: Alert) -> None:
        raise AssertionError("somebody was woken by an exercise")


async def test_no_channel_that_reaches_somebody_gets_into_an_exercise(exercise: House) -> None:
    room = exercise.rooms["LB"]
    given = (exercise.handlers["LB"], exercise.picture, exercise.record, exercise.sealer, exercise.clock)
    with pytest.raises(RealChannel, match="pager: an exercise alerts nobody"):
        Outbox(*given, [room.field, Pager()], exercise=True)
    Outbox(*given, [room.field], exercise=True)
    Outbox(*given, [room.field, Pager()])


async def test_no_machine_of_the_live_room_gets_into_an_exercise(exercise: House, tmp_path: Path) -> None:
    accounts = SqliteAccounts(tmp_path / "access.sqlite", SystemClock())
    token = await add_machine(accounts, exercise.roles, name="wagens", room="LB", scopes=("field", "telephony"))
    await add_account(
        accounts, exercise.passwords, exercise.roles, name="anna", room="LB", password="goed-en-lang-genoeg",
        roles=("UIT-A",),
    )  # fmt: skip
    people = people_of(accounts)
    accounts.close()
    assert [account.name for account in people] == ["anna"]
    made = await take_part(exercise, people, ["LB"])
    assert made.people == () and exercise.accounts.by_token(token) is None
    names = {account.name for account in exercise.accounts.all() if not account.machine}
    assert names == {"anna"}, "with people of its own there are no made-up ones"
    async with client(exercise) as desk:
        answer = await desk.post("/api/sign-in", json={"account": "anna", "password": "goed-en-lang-genoeg"})
        assert answer.json()["exercise"] is True and "medical" in answer.json()["compartments"]


async def test_neither_opens_what_belongs_to_the_other(live: House, tmp_path: Path) -> None:
    copy_for_exercise(Path(live.settings.data), tmp_path / "copy", tmp_path / "none")
    with pytest.raises(WrongWorld, match="never becomes part of a live room"):
        async with open_house(settings(tmp_path / "copy"), SystemClock(), RandomIds(), demonstration=True):
            pass
    with pytest.raises(NotAStore, match="works on a copy"):
        async with open_house(settings(tmp_path / "new", exercise=True), SystemClock(), RandomIds(), True):
            pass


def test_an_exercise_never_works_over_the_servers_of_a_network(tmp_path: Path) -> None:
    path = tmp_path / "room.toml"
    path.write_text(
        'data = "d"\nrooms = ["LB"]\nexercise = true\n[network]\nservers = ["tls://a"]\nregions = ["LB"]\n'
        'app = "a"\naudit = "b"\nmaster = "c"\nsigning = "d"\n'
    )
    with pytest.raises(SettingsError, match="never over the network's servers"):
        read_settings(path)
