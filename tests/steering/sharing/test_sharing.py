"""The plan through the record: any room proposes, only the owner of steering adopts, and every room has the files."""

from __future__ import annotations

import asyncio
import datetime
import os
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import msgspec
import pytest

from meldkamer.cli import main
from meldkamer.domain.basics import Command, Refused
from meldkamer.domain.desk import DeclareRoomDown
from meldkamer.domain.function import TakeFunction
from meldkamer.domain.plan import MAX_PART, STEERING, AdoptPlan, PlanProposed, StorePlanPart
from meldkamer.network import NotOwner
from meldkamer.network.alone import when_alone
from meldkamer.steering import (
    PlanKeeper,
    RepositoryError,
    adopt,
    adopt_shared,
    adoptions,
    check_adoptions,
    init_plan,
    load_plan,
    proposal_commands,
    propose_and_adopt,
    shipped_plan,
)
from meldkamer.steering.repository import git
from meldkamer.steering.sharing.reader import SUBJECT
from meldkamer.steering.sharing.writer import adoption_command
from tests.network.conftest import House

pytestmark = pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed")
DATE = datetime.date(2025, 11, 28)


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    house = House(tmp_path)
    await house.do("RT", TakeFunction(function=STEERING, to="RT", ground="first"))
    yield house
    await house.close()


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    folder = tmp_path / "own"
    init_plan(folder, shipped_plan())
    return folder


def sender(house: House, room: str):
    async def send(command: Command) -> object:
        return await house.do(room, command)

    return send


def keeper(house: House, folder: Path) -> PlanKeeper:
    return PlanKeeper(house.record, house.picture, folder, house.clock)


async def propose(house: House, room: str, folder: Path, id: str) -> None:
    for command in proposal_commands(folder, id, "viermaandelijkse kalibratie"):
        await house.do(room, command)


def edit(folder: Path, old: str, new: str) -> None:
    path = folder / "plan.toml"
    path.write_text(path.read_text().replace(old, new, 1))
    (folder / "registers" / "redenen.toml").write_text(
        '[[change]]\nid = "X-1"\nof = "C-gms"\nreason = "x"\nby = "rol-planning"\ndate = 2025-06-30\n'
    )
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--no-gpg-sign", "--message", "Change")


async def test_every_room_gets_the_files_of_what_was_adopted(house: House, repository: Path, tmp_path: Path) -> None:
    there = keeper(house, tmp_path / "there")
    await propose(house, "DH", repository, "p1")
    await there.catch_up()
    (row,) = there.copy.proposals
    assert (row.state, row.room, row.by) == ("proposed", "DH", "dh.person")
    assert not (tmp_path / "there" / "plan.toml").exists(), "a proposal is not in force"
    done = await adopt_shared(repository, "p1", "BMB", DATE, "vastgesteld", sender(house, "RT"))
    await there.catch_up()
    (adopted,) = there.copy.adopted
    assert (adopted.state, adopted.body, adopted.room) == ("in force", "BMB", "RT")
    assert adopted.identity == done.identity and there.copy.proposals[0].state == "adopted"
    assert load_plan(tmp_path / "there").manifest == load_plan(repository).manifest
    assert list(check_adoptions(tmp_path / "there", done.identity)) == []
    assert house.picture.function(STEERING).adopted == done.content
    late = keeper(house, tmp_path / "late")
    await late.catch_up()
    assert late.copy.adopted == there.copy.adopted, "a room that starts later has the same"
    assert adoptions(tmp_path / "late") == adoptions(repository)


async def test_only_the_owner_adopts_and_a_takeover_moves_that(house: House, repository: Path, tmp_path: Path) -> None:
    await propose(house, "DH", repository, "p1")
    with pytest.raises(NotOwner):
        await adopt_shared(repository, "p1", "BMB", DATE, "vastgesteld", sender(house, "DH"))
    assert adoptions(repository) == [], "what the record refused was not adopted in the files either"
    await house.do("DH", DeclareRoomDown(room="RT", reason="brand"))
    await house.do("DH", TakeFunction(function=STEERING, to="DH", ground="declared", reason="brand"))
    with pytest.raises(NotOwner):
        await adopt_shared(repository, "p1", "BMB", DATE, "vastgesteld", sender(house, "RT"))
    done = await adopt_shared(repository, "p1", "BMB", DATE, "vastgesteld", sender(house, "DH"))
    assert house.picture.function(STEERING).adopted == done.content
    await house.do("LB", DeclareRoomDown(room="DH", reason="brand"))
    await house.do("LB", TakeFunction(function=STEERING, to="LB", ground="declared", reason="brand"))
    assert house.picture.function(STEERING).adopted == done.content, "what is in force stays in force"


async def test_what_nobody_proposed_yet_goes_there_first(house: House, repository: Path, tmp_path: Path) -> None:
    done = await propose_and_adopt(repository, "p1", "BMB", DATE, "vastgesteld", sender(house, "RT"))
    there = keeper(house, tmp_path / "there")
    await there.catch_up()
    assert [(row.state, row.identity) for row in there.copy.adopted] == [("in force", done.identity)]
    assert there.copy.proposals[0].state == "adopted"


async def test_two_versions_cannot_both_follow_the_same_one(house: House, repository: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    shutil.copytree(repository, other)
    first = await adopt_shared(repository, "p1", "BMB", DATE, "vastgesteld", sender(house, "RT"))
    edit(other, 'version = "2025.1"', 'version = "2025.x"')
    with pytest.raises(Refused, match=r"plan\.moved_on"):
        await adopt_shared(other, "p2", "BMB", DATE, "vastgesteld", sender(house, "RT"))
    assert adoptions(other) == []
    again = AdoptPlan(
        proposal="p1",
        commit=first.commit,
        content=first.content,
        body="BMB",
        date="2025-11-28",
        identity=first.identity,
        tag=b"x",
        reason="nog eens",
    )
    done = await house.do("RT", again)
    assert done.duplicate, "what is in force is not adopted again"


async def test_what_is_not_what_the_record_names_is_set_aside(house: House, repository: Path, tmp_path: Path) -> None:
    commands = list(proposal_commands(repository, "p1", "x"))
    *parts, proposed = commands
    begin = parts[0]
    assert isinstance(begin, StorePlanPart)
    torn = msgspec.structs.replace(begin, proposal="p2", data=b"x" + begin.data[1:])
    for command in (torn, *(msgspec.structs.replace(p, proposal="p2") for p in parts[1:])):
        await house.do("DH", command)
    await house.do("DH", msgspec.structs.replace(proposed, proposal="p2"))
    for command in parts:
        await house.do("DH", msgspec.structs.replace(command, proposal="p3"))
    await house.do("DH", msgspec.structs.replace(proposed, proposal="p3", content="0" * 64))
    for command in parts[1:]:
        await house.do("DH", msgspec.structs.replace(command, proposal="p4"))
    await house.do("DH", msgspec.structs.replace(proposed, proposal="p4"))
    there = keeper(house, tmp_path / "there")
    await there.catch_up()
    states = {row.proposal: row.state for row in there.copy.proposals}
    assert states["p2"] == "a part is missing or was changed"
    assert "set aside: the contents are not those that the record names" in states["p3"]
    assert states["p4"] == "a part is missing or was changed"
    assert git(tmp_path / "there", "for-each-ref", "refs/proposals") == ""


async def test_an_adoption_that_does_not_fit_changes_no_file(house: House, repository: Path, tmp_path: Path) -> None:
    await propose(house, "RT", repository, "p1")
    done = await adopt_shared(repository, "p1", "BMB", DATE, "vastgesteld", sender(house, "RT"))
    lie = AdoptPlan(
        proposal="p1",
        commit=done.commit,
        content="f" * 64,
        body="BMB",
        date="2025-12-01",
        identity=done.identity,
        tag=b"tag",
        previous=done.content,
        reason="x",
    )
    await house.do("RT", lie)
    there = keeper(house, tmp_path / "there")
    await there.catch_up()
    states = [row.state for row in there.copy.adopted]
    assert "set aside: the contents are not those that were adopted" in states[0] and states[1] == "in force"
    assert load_plan(tmp_path / "there").manifest.version == "2025.1"


async def test_the_copy_is_written_over_and_follows(house: House, repository: Path, tmp_path: Path) -> None:
    there = keeper(house, tmp_path / "there")
    await propose(house, "RT", repository, "p1")
    await adopt_shared(repository, "p1", "BMB", DATE, "vastgesteld", sender(house, "RT"))
    await there.catch_up()
    (tmp_path / "there" / "plan.toml").write_text("spoiled")
    (tmp_path / "there" / "stray.toml").write_text("stray")
    git(repository, "commit", "--quiet", "--no-gpg-sign", "--allow-empty", "--message", "Nothing changed")
    edit(repository, "calibrate_months = 4", "calibrate_months = 4 # zoals afgesproken")
    later = datetime.date(2026, 3, 28)
    await propose(house, "RT", repository, "p2")
    await adopt_shared(repository, "p2", "BMB", later, "kalibratie", sender(house, "RT"))
    await there.catch_up()
    assert [row.state for row in there.copy.adopted] == ["in force", "followed"]
    assert "zoals afgesproken" in (tmp_path / "there" / "plan.toml").read_text()
    assert not (tmp_path / "there" / "stray.toml").exists()


async def test_the_worker_acts_when_something_is_told(house: House, repository: Path, tmp_path: Path) -> None:
    there = keeper(house, tmp_path / "there")
    work = asyncio.create_task(there.run())
    await propose(house, "RT", repository, "p1")
    await adopt_shared(repository, "p1", "BMB", DATE, "vastgesteld", sender(house, "RT"))
    while not there.copy.adopted:  # noqa: ASYNC110 - git works in a thread, on no clock of ours
        await asyncio.sleep(0)
    assert there.copy.adopted[0].state == "in force" and there.problem == ""
    work.cancel()
    await asyncio.gather(work, return_exceptions=True)


async def test_parts_fit_an_event_and_a_proposal_is_seen_only_when_it_is_whole(house: House, repository: Path) -> None:
    (repository / "teksten" / "groot.bin").write_bytes(bytes(range(256)) * 16 + os.urandom(300_000))
    git(repository, "add", "--all")
    git(repository, "commit", "--quiet", "--no-gpg-sign", "--message", "Large")
    *parts, proposed = proposal_commands(repository, "p1", "groot")
    assert len(parts) >= 3 and all(isinstance(p, StorePlanPart) and len(p.data) <= MAX_PART for p in parts)
    for command in (*parts, proposed):
        await house.do("DH", command)
    entries = await house.record.read(SUBJECT)
    assert entries[-1].event.type == str(PlanProposed.__struct_config__.tag)


def test_what_is_not_committed_or_not_good_is_not_proposed(repository: Path) -> None:
    with pytest.raises(RepositoryError, match="says why"):
        list(proposal_commands(repository, "p", " "))
    (repository / "new.md").write_text("x")
    with pytest.raises(RepositoryError, match="not committed"):
        list(proposal_commands(repository, "p", "x"))


async def test_out_of_a_record_from_the_command_line(
    house: House, repository: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    await propose(house, "DH", repository, "p1")
    await adopt_shared(repository, "p1", "BMB", DATE, "vastgesteld", sender(house, "RT"))
    words = ["plan", "copy", str(tmp_path / "out"), "--data", str(tmp_path)]
    assert await asyncio.to_thread(main, words) == 0
    out = capsys.readouterr().out
    assert "2025-11-28 BMB" in out and "in force: vastgesteld" in out and "proposed by dh.person in DH, adopted" in out
    assert load_plan(tmp_path / "out").manifest.version == "2025.1"
    half = [
        "plan",
        "adopt",
        str(repository),
        "--body",
        "BMB",
        "--date",
        "2026-01-01",
        "--reason",
        "x",
        "--url",
        "http://x",
    ]
    assert main(half) == 2


def test_a_room_that_is_alone_adopts_nothing(repository: Path) -> None:
    done = adopt(repository, "BMB", DATE, "vastgesteld")
    *_, proposed = proposal_commands(repository, "p1", "x")
    assert when_alone(proposed, None, "1") == proposed, "a proposal is a fact"
    with pytest.raises(Refused, match=r"plan\.room_alone"):
        when_alone(adoption_command(repository, "p1", done, "", "x"), None, "2")
