"""Whoever takes steering over goes on with all that was asked and answered; the folders of both end as one."""

from __future__ import annotations

import datetime
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import msgspec
import pytest

from meldkamer.desk.steering_shelf import Shelf, state_of
from meldkamer.domain.basics import Command, Refused
from meldkamer.domain.desk import DeclareRoomDown
from meldkamer.domain.function import TakeFunction
from meldkamer.domain.plan import STEERING, ProposeChange, ReviewChange
from meldkamer.network import NotOwner
from meldkamer.network.alone import when_alone
from meldkamer.steering import (
    Answered,
    Asked,
    Changed,
    Item,
    PlanKeeper,
    RepositoryError,
    check_proposal,
    check_review,
    init_plan,
    keep_proposal,
    load_plan,
    proposals,
    propose_and_adopt,
    settle,
    shipped_plan,
)
from meldkamer.steering.repository import git
from tests.network.conftest import House

pytestmark = pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed")
DAY = datetime.date(2026, 1, 5)
A, B, C = "a" * 32, "b" * 32, "c" * 32


class Room:
    """One room's part: its copy of the plan, and the folder in which it works."""

    def __init__(self, house: House, code: str, folder: Path) -> None:
        self.house, self.code, self.folder = house, code, folder
        self.keeper = PlanKeeper(house.record, house.picture, folder.with_name(f"copy-{code}"), house.clock)

    async def send(self, command: Command) -> object:
        return await self.house.do(self.code, command)

    async def bring_up(self) -> list[str]:
        await self.keeper.catch_up()
        return self.keeper.copy.bring_up(self.folder)

    async def ask(self, id: str, axis: int, of: str = "C-c2000", reason: str = "later") -> None:
        wanted = Changed(of=of, role="rol-planning", fields={"axis": axis}, reason=reason)
        asked = Asked(id=id, wanted=wanted, by=f"{self.code.lower()}.person", date=DAY)
        made = check_proposal(self.folder, asked)
        said = msgspec.json.encode(wanted).decode()
        await self.send(ProposeChange(change=id, wanted=said, date=str(DAY)))
        keep_proposal(self.folder, asked, made)

    async def answer(self, id: str, accepted: bool, by: str, reason: str = "nee") -> None:
        waiting = next(p for p in proposals(self.folder) if p.id == id)
        answer = Answered(id=id, accepted=accepted, role=waiting.owner, by=by, date=DAY, reason=reason)
        asked, made = check_review(self.folder, answer)
        said = ReviewChange(change=id, accepted=accepted, role=waiting.owner, date=str(DAY), reason=reason)
        await self.house.do(self.code, said, actor=by)
        settle(self.folder, asked, answer, made)

    def axis(self, of: str = "C-c2000") -> int:
        return next(item.axis for item in load_plan(self.folder).of(Item) if item.id == of)

    def head(self) -> str:
        return git(self.folder, "rev-parse", "HEAD")


@pytest.fixture
async def rooms(tmp_path: Path) -> AsyncIterator[tuple[Room, Room]]:
    """RT serves steering with an adopted plan of its own; DH has nothing but its copy."""
    house = House(tmp_path)
    await house.do("RT", TakeFunction(function=STEERING, to="RT", ground="first"))
    rt, dh = Room(house, "RT", tmp_path / "own"), Room(house, "DH", tmp_path / "work")
    init_plan(rt.folder, shipped_plan())
    await propose_and_adopt(rt.folder, "p0", "BMB", DAY, "begin", rt.send)
    yield rt, dh
    await house.close()


async def take_over(to: Room, lost: Room) -> None:
    await to.send(DeclareRoomDown(room=lost.code, reason="brand"))
    await to.send(TakeFunction(function=STEERING, to=to.code, ground="declared", reason="brand"))


async def test_a_takeover_goes_on_with_everything_that_waited(rooms: tuple[Room, Room]) -> None:
    rt, dh = rooms
    await rt.ask(A, 3)
    await rt.ask(B, 9)
    await rt.ask(C, 4, "C-gms")
    await rt.answer(A, True, "eigenaar")
    await rt.answer(B, False, "eigenaar", "te ver")
    assert rt.house.picture.function(STEERING).changes == (C,)
    await take_over(dh, rt)
    assert rt.house.picture.function(STEERING).changes == (C,), "ownership moves, and nothing is lost with it"
    assert await dh.bring_up() == []
    assert (dh.axis(), dh.head()) == (3, rt.head()), "the same change on the same version is the same commit"
    assert [p.id for p in proposals(dh.folder)] == [C] and proposals(dh.folder)[0].by == "rt.person"
    assert "Refused: te ver" in git(dh.folder, "log", "-1", "--format=%B", f"refs/refused/{B}")
    await dh.answer(C, True, "eigenaar")
    await propose_and_adopt(dh.folder, "p1", "BMB", DAY, "kalibratie", dh.send)
    assert await rt.bring_up() == []
    assert (rt.axis(), rt.axis("C-gms"), rt.head()) == (3, 4, dh.head()) and proposals(rt.folder) == []
    assert {(c.change, c.state) for c in rt.keeper.copy.changes} == {(A, "taken in"), (B, "refused"), (C, "taken in")}


async def test_bringing_up_again_changes_nothing(rooms: tuple[Room, Room]) -> None:
    rt, dh = rooms
    await rt.ask(A, 3)
    await rt.answer(A, True, "eigenaar")
    await rt.ask(B, 5)
    for _ in range(2):
        assert await dh.bring_up() == [] and await rt.bring_up() == []
        assert dh.head() == rt.head() and [p.id for p in proposals(dh.folder)] == [B]


async def test_a_room_that_was_deposed_answers_nothing_any_more(rooms: tuple[Room, Room]) -> None:
    rt, dh = rooms
    await rt.ask(A, 3)
    before = rt.head()
    await take_over(dh, rt)
    with pytest.raises(NotOwner):
        await rt.answer(A, True, "eigenaar")
    with pytest.raises(NotOwner):
        await rt.ask(B, 4)
    assert rt.head() == before and [p.id for p in proposals(rt.folder)] == [A]


async def test_what_is_answered_is_answered_once(rooms: tuple[Room, Room]) -> None:
    rt, _ = rooms
    await rt.ask(A, 3)
    again = ProposeChange(change=A, wanted="{}", date=str(DAY))
    await rt.send(again)
    assert rt.house.picture.function(STEERING).changes == (A,), "it waits already"
    await rt.answer(A, True, "eigenaar")
    late = ReviewChange(change=A, accepted=False, role="rol-planning", date=str(DAY), reason="toch niet")
    with pytest.raises(Refused, match=r"plan\.change_gone"):
        await rt.send(late)
    for command in (again, late):
        with pytest.raises(Refused, match=r"plan\.room_alone"):
            when_alone(command, None, "1")


async def test_changes_on_an_older_version_are_made_again_on_the_one_in_force(
    rooms: tuple[Room, Room], tmp_path: Path
) -> None:
    rt, dh = rooms
    await dh.bring_up()
    await rt.ask(A, 3)
    await rt.answer(A, True, "eigenaar")
    # A planner elsewhere adopted a version that knows nothing of it.
    (dh.folder / "teksten" / "nieuw.md").write_text("# Nieuw\n")
    git(dh.folder, "add", "--all")
    git(dh.folder, "commit", "--quiet", "--no-gpg-sign", "--message", "A text")
    await take_over(dh, rt)
    await propose_and_adopt(dh.folder, "p1", "BMB", DAY, "kalibratie", dh.send)
    assert await rt.bring_up() == [] and await dh.bring_up() == []
    assert (rt.axis(), dh.axis(), rt.head()) == (3, 3, dh.head())
    assert (rt.folder / "teksten" / "nieuw.md").exists()


async def test_a_planner_s_own_work_is_never_thrown_away(rooms: tuple[Room, Room]) -> None:
    rt, dh = rooms
    await dh.bring_up()
    (rt.folder / "teksten" / "eigen.md").write_text("# Eigen\n")
    git(rt.folder, "add", "--all")
    git(rt.folder, "commit", "--quiet", "--no-gpg-sign", "--message", "My own")
    mine = rt.head()
    (dh.folder / "teksten" / "nieuw.md").write_text("# Nieuw\n")
    git(dh.folder, "add", "--all")
    git(dh.folder, "commit", "--quiet", "--no-gpg-sign", "--message", "A text")
    await take_over(dh, rt)
    await propose_and_adopt(dh.folder, "p1", "BMB", DAY, "kalibratie", dh.send)
    with pytest.raises(RepositoryError, match="git rebase"):
        await rt.bring_up()
    assert rt.head() == mine


async def test_a_folder_that_holds_nothing_of_its_own_follows_from_any_beginning(rooms: tuple[Room, Room]) -> None:
    rt, dh = rooms
    init_plan(dh.folder, shipped_plan())
    # Git counts whole seconds: two beginnings within one of them would be one and the same.
    git(dh.folder, "commit", "--quiet", "--no-gpg-sign", "--amend", "--no-edit", "--date", "2025-01-01T00:00:00Z")
    assert dh.head() != rt.head(), "another repository, with the same files"
    await rt.ask(A, 3)
    await rt.answer(A, True, "eigenaar")
    await take_over(dh, rt)
    assert await dh.bring_up() == []
    assert (dh.axis(), dh.head()) == (3, rt.head())


async def test_a_change_that_does_not_fit_any_more_is_named_and_stops_nothing(rooms: tuple[Room, Room]) -> None:
    rt, dh = rooms
    wanted = msgspec.json.encode(Changed(of="nergens", role="rol-planning", fields={"axis": 1}, reason="x")).decode()
    await rt.send(ProposeChange(change=A, wanted=wanted, date=str(DAY)))
    await rt.send(ProposeChange(change=B, wanted='{"type": "of a newer program"}', date=str(DAY)))
    await rt.ask(C, 3)
    (problem,) = await dh.bring_up()
    assert problem.startswith("aaaaaaaa: ") and "nergens" in problem
    assert [p.id for p in proposals(dh.folder)] == [C]


async def test_a_room_without_a_folder_of_its_own_writes_while_it_serves(rooms: tuple[Room, Room]) -> None:
    rt, dh = rooms
    await rt.ask(A, 3)
    await dh.keeper.catch_up()
    serves = False
    copy = dh.keeper.copy
    shelf = Shelf(None, lambda: copy.in_force, copy=copy, work=dh.folder, serves=lambda: serves)
    state = await state_of(shelf)
    assert (state.source, state.writable) == ("shared", False) and not dh.folder.exists()
    serves = True
    state = await state_of(shelf)
    assert (state.source, state.writable, state.problem) == ("own", True, "")
    assert shelf.folder == dh.folder and [p.id for p in proposals(shelf.folder)] == [A]
    serves = False
    assert (await state_of(shelf)).source == "shared", "what is in force, and no more"


async def test_what_cannot_be_brought_up_is_said_and_writing_waits(rooms: tuple[Room, Room]) -> None:
    rt, _ = rooms
    await rt.keeper.catch_up()
    copy = rt.keeper.copy
    (rt.folder / "teksten" / "eigen.md").write_text("# Eigen\n")
    shelf = Shelf(rt.folder, copy=copy, serves=lambda: True)
    assert (await state_of(shelf)).problem == "", "a half thought is nobody's business"
    await rt.send(ProposeChange(change=B, wanted='{"type":"change","of":"C-x","role":"r","fields":{},"reason":"x"}',
                                date=str(DAY)))  # fmt: skip
    await rt.keeper.catch_up()
    assert "bbbbbbbb" in (await state_of(shelf)).problem
