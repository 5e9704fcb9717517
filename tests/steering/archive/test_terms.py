"""Terms: a confirmed term of an adopted plan destroys the key, the text is gone from backups too, the proof holds."""

from __future__ import annotations

import asyncio
import datetime
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from meldkamer.cli import main
from meldkamer.domain import attention, call, incident_rules, warning
from meldkamer.domain.basics import Command, Location
from meldkamer.domain.function import TakeFunction
from meldkamer.domain.plan import STEERING
from meldkamer.domain.unit import Meaning
from meldkamer.network import Handler
from meldkamer.network.reading import read_whole
from meldkamer.pack import load_pack
from meldkamer.record.backup import backup, read_list, restore
from meldkamer.record.keys import SqliteKeys
from meldkamer.record.sqlite import SqliteRecord
from meldkamer.record.verify import verify_file
from meldkamer.steering import (
    PlanError,
    PlanKeeper,
    RecordFacts,
    TermsKeeper,
    adopt_shared,
    init_plan,
    load_plan,
    proof_report,
    proposal_commands,
    shipped_plan,
)
from meldkamer.steering.archive.cases import Case, Cases
from meldkamer.steering.archive.terms import keep_terms, terms
from meldkamer.steering.measured import DAY
from meldkamer.steering.repository import git
from tests.network.conftest import House

DATE = datetime.date(2026, 1, 2)
FUNCTIONS = ("RT.112", "RT.P.intake", "RT.P.dispatch", STEERING)


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    house = House(tmp_path / "data")
    for name in FUNCTIONS:
        await house.do("RT", TakeFunction(function=name, to="RT", ground="first"))
    yield house
    await house.close()


async def a_call(house: House, id: str, incident: str = "") -> None:
    received = call.ReceiveCall(region="RT", call=id, function="RT.112", channel="sip", number="0612345678")
    await house.do("RT", received)
    await house.do("RT", call.AnswerCall(call=f"RT/{id}"))
    if incident:
        opened = incident_rules.OpenIncident(incident=incident, region="RT", call=f"RT/{id}", disciplines="P")
        await house.do("RT", opened)
    await house.do("RT", call.EndCall(call=f"RT/{id}", reason="done"))


def confirm(folder: Path, months: int = 1) -> None:
    path = folder / "archief" / "bewaartermijnen.toml"
    text = path.read_text()
    for id in ("BT-oproep",):
        block = text[text.index(f'id = "{id}"') :].split("\n[[")[0]
        new = block.replace('months = "unknown"', f"months = {months}").replace('"unknown"', '"V"')
        text = text.replace(block, new.replace("confirmed = false", "confirmed = true"))
    path.write_text(text)


async def test_nothing_is_destroyed_without_a_confirmed_term(house: House, folder: Path) -> None:
    await a_call(house, "c1")
    await house.clock.pump(400 * 86_400)
    cases = Cases()
    await cases.catch_up(house.record)
    assert await keep_terms(load_plan(folder), cases, house.keys, house.clock.now()) == 0
    found = terms(load_plan(folder), cases, house.keys, house.clock.now())
    assert (found.enforced, found.due) == (0, 0)
    assert next(r for r in found.rows if r.retention == "BT-oproep").held == 1


async def test_a_call_is_over_when_its_incident_is(house: House, folder: Path) -> None:
    confirm(folder)
    await a_call(house, "c1")
    await a_call(house, "c2", "i1")
    await house.clock.pump(40 * 86_400)
    plan, cases = load_plan(folder), Cases()
    await cases.catch_up(house.record)
    assert await keep_terms(plan, cases, house.keys, house.clock.now()) == 1, "the other's incident is still open"
    assert house.keys.find("ev.RT.call.c1", "caller") is None
    assert house.keys.find("ev.RT.call.c2", "caller") is not None
    await house.do("RT", incident_rules.CloseTrack(incident="RT/i1", discipline="P", code="x"))
    await cases.catch_up(house.record)
    assert await keep_terms(plan, cases, house.keys, house.clock.now()) == 0, "its term begins only now"
    await house.clock.pump(40 * 86_400)
    await cases.catch_up(house.record)
    assert await keep_terms(plan, cases, house.keys, house.clock.now()) == 1
    found = terms(plan, cases, house.keys, house.clock.now())
    assert (found.due, found.gone, found.waiting) == (2, 2, 0)


async def test_what_is_kept_for_ever_waits_for_the_archive(house: House, folder: Path) -> None:
    confirm(folder)
    path = folder / "archief" / "bewaartermijnen.toml"
    path.write_text(path.read_text().replace('appraisal = "V"', 'appraisal = "B"'))
    await a_call(house, "c1")
    await house.clock.pump(40 * 86_400)
    plan, cases = load_plan(folder), Cases()
    await cases.catch_up(house.record)
    assert await keep_terms(plan, cases, house.keys, house.clock.now()) == 0
    found = terms(plan, cases, house.keys, house.clock.now())
    assert (found.due, found.waiting) == (0, 1)


@pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed")
async def test_the_room_keeps_the_terms_of_the_adopted_plan_and_proves_it(house: House, tmp_path: Path) -> None:
    own = tmp_path / "own"
    init_plan(own, shipped_plan())
    confirm(own)
    git(own, "commit", "--quiet", "--no-gpg-sign", "--all", "--message", "Confirm a term")
    plans = PlanKeeper(house.record, house.picture, tmp_path / "copy", house.clock)

    async def send(command: Command) -> object:
        return await house.do("RT", command)

    keeper = TermsKeeper(house.record, house.keys, house.clock, lambda: plans.copy.in_force, send)
    await a_call(house, "c1")
    await house.clock.pump(40 * 86_400)
    saved = tmp_path / "backup"
    await asyncio.to_thread(backup, tmp_path / "data", saved, True)
    assert await keeper.look() is None, "nothing was adopted"
    for command in proposal_commands(own, "p1", "termijnen"):
        await house.do("RT", command)
    await plans.catch_up()
    assert await keeper.look() is None, "a proposal is no decision"
    await adopt_shared(own, "p1", "BMB", DATE, "vastgesteld", send)
    await plans.catch_up()
    found = await keeper.look()
    assert found is not None and (found.due, found.gone) == (1, 1)
    facts = RecordFacts()
    await facts.catch_up(house.record)
    proof = proof_report(load_plan(own), load_pack(), facts, house.clock.now() + 2 * DAY)
    row = next(m for m in proof.measures if m.measure == "BIO2-5.33.01")
    assert row.seen is not None and row.seen.share == 1.0 and row.age_days == pytest.approx(2, abs=0.1)
    reading = await read_whole(house.record, house.sealer, "ev.RT.call.c1", {"caller"})
    assert reading is not None and reading.unreadable == {"caller"}, "the text is gone here"
    again = tmp_path / "restored"
    await asyncio.to_thread(restore, saved, again, read_list(tmp_path / "data" / "keys.sqlite"))
    shutil.copy(tmp_path / "data" / "master.key", again / "master.key")
    keys, record = SqliteKeys(again), SqliteRecord(again / "record.sqlite", read_only=True)
    assert keys.find("ev.RT.call.c1", "caller") is None, "and in a backup from before"
    assert [e.hash for e in await record.read("ev.RT.call.c1")] == [
        e.hash for e in await house.record.read("ev.RT.call.c1")
    ], "the proof is the same"
    await record.close()
    await keys.close()
    report = await asyncio.to_thread(verify_file, again / "record.sqlite")
    assert not report.problems


@pytest.mark.parametrize(
    ("old", "new", "field", "says"),
    [
        ("confirmed = false", "confirmed = true", "confirmed", "has months, an appraisal and a basis"),
        ('months = "unknown"', "months = 0", "months", "is not a number of months"),
        ('id = "BT-incident-beller"', 'id = "BT-x"', "", ""),
        ('of = "incident"', 'of = "call"', "", "already stands in BT-oproep"),
    ],
)
def test_a_term_that_destroys_is_complete(folder: Path, old: str, new: str, field: str, says: str) -> None:
    path = folder / "archief" / "bewaartermijnen.toml"
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))
    if not says:
        load_plan(folder)
        return
    with pytest.raises(PlanError) as caught:
        load_plan(folder)
    assert [f for f in caught.value.faults if f.field == field and says in f.message], str(caught.value)


async def test_terms_from_the_command_line(
    house: House, folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    confirm(folder, 600)
    await a_call(house, "c1")
    words = ["archive", "terms", "--data", str(tmp_path / "data"), "--plan", str(folder)]
    assert await asyncio.to_thread(main, words) == 0
    out = capsys.readouterr().out
    assert "600 months; 1 held, 1 over, 0 due, 0 gone" in out and "1 terms are enforced" in out
    assert "term unknown, not confirmed: nothing is destroyed" in out
    assert await asyncio.to_thread(main, ["archive", "terms", "--data", str(tmp_path / "no")]) == 1
    assert "Traceback" not in capsys.readouterr().err


def confirm_of(folder: Path, of: str, months: int = 1) -> None:
    path = folder / "archief" / "bewaartermijnen.toml"
    head, *blocks = path.read_text().split("[[retention]]")
    known = f'of = "{of}"\ncompartment = "caller"'
    blocks = [
        b.replace('months = "unknown"', f"months = {months}").replace('"unknown"', '"V"').replace("false", "true")
        if known in b
        else b
        for b in blocks
    ]
    path.write_text("[[retention]]".join([head, *blocks]))


async def test_what_ends_by_itself_has_a_term_from_its_end(house: House, folder: Path) -> None:
    """An attention message and an address warning are over at their end, though nothing is stored then."""
    day, now = 86_400_000, house.clock.now()
    nature = warning.Nature(months=36, widest="PBAK", bases=("agreement",))
    house.handlers["RT"] = Handler(
        *("RT", house.record, house.picture, house.sealer, house.clock),
        lambda discipline, code: Meaning(code),
        natures=lambda code: nature,
    )
    until = now + day
    await house.do(
        "RT", attention.WriteAttention(region="NL", attention="m1", scope="room", room="RT", until=until, text="hek")
    )
    for id in ("w1", "w2"):
        ask = warning.AskWarning(
            region="RT",
            warning=id,
            location=Location(x=92_000.0, y=437_000.0),
            nature="access",
            audience="PB",
            until=now + 60 * day,
            text="sleutel",
            source="eigenaar",
            basis="agreement",
        )
        await house.do("RT", ask, actor="anna")
    await house.do("RT", warning.ConfirmWarning(warning="RT/w1"), actor="caco")
    for of in ("attention", "warning"):
        confirm_of(folder, of)
    plan, cases = load_plan(folder), Cases()

    async def later(days: int) -> int:
        await house.clock.pump(days * 86_400)
        await cases.catch_up(house.record)
        return await keep_terms(plan, cases, house.keys, house.clock.now())

    assert await later(20) == 0
    rows = {row.of: row for row in terms(plan, cases, house.keys, house.clock.now()).rows if row.confirmed}
    assert (rows["attention"].held, rows["attention"].over) == (1, 1)
    assert (rows["warning"].held, rows["warning"].over) == (2, 1), "the other still holds"
    assert await later(20) == 2, "the message, and the request that nobody decided on"
    assert house.keys.find("ev.NL.attention.m1", "caller") is None
    assert house.keys.find("ev.RT.warning.w2", "caller") is None
    assert house.keys.find("ev.RT.warning.w1", "caller") is not None
    assert await later(55) == 1


def test_a_drawing_is_over_with_its_incident() -> None:
    cases = Cases()
    of = cases.of["ev.RT.drawing.d1"] = Case("ev.RT.drawing.d1", "drawing", 1, linked={"ev.RT.incident.i1"})
    assert cases.over(of) is None
    there = cases.of["ev.RT.incident.i1"] = Case("ev.RT.incident.i1", "incident", 1)
    assert cases.over(of) is None
    there.ended = 50
    assert cases.over(of) == 50
    of.ended = 40
    assert cases.over(of) == 40
