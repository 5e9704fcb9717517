"""Measured continuity: a takeover, an exercise and an outage are in the report with no typing, to the second."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from meldkamer.cli import main
from meldkamer.domain import exercise, provision
from meldkamer.domain.basics import Context
from meldkamer.pack import Pack, load_pack
from meldkamer.steering import Continuity, Plan, RecordFacts, continuity_report, risk_board
from meldkamer.steering.measured import DAY, date_of
from tests.steering.continuity.history import START, History

STEERING = "ev.NL.function.NL.steering"


@pytest.fixture(scope="module")
def pack() -> Pack:
    return load_pack()


def told() -> History:
    """RT owns two functions, falls silent for 12 s, DH takes over one second later; RT returns and gets one back."""
    h = History()
    for name in ("RT.112", "RT.P.dispatch"):
        h.owned(0, name, "RT", "first")
    h.owned(0, "DH.112", "DH", "first")
    h.silent(1000, "RT", 12.0)
    for name in ("RT.112", "RT.P.dispatch"):
        h.owned(1001, name, "DH", "lapsed", "heart-beat lapsed")
    h.acknowledged(1010, "RT.112", "DH")
    h.up(1600, "RT")
    h.owned(2000, "RT.112", "RT", "agreed")
    return h


def of(found: Continuity, name: str):
    return next(row for row in found.functions if row.function == name)


async def test_a_takeover_is_measured_from_the_last_sign_of_life(tmp_path: Path, plan: Plan, pack: Pack) -> None:
    found = continuity_report(plan, pack, await told().facts(tmp_path), START + 10_000_000)
    row = of(found, "RT.112")
    assert (row.takeovers, row.last_seconds, row.last_ground, row.last_to) == (1, 13.0, "lapsed", "DH")
    assert (row.owner, row.away, row.hand_backs, row.acknowledged) == ("RT", False, 1, True)
    assert (row.target_seconds, row.verdict, row.confirmed) == (15, "within", False)
    assert row.availability is not None
    assert (row.availability.lost_seconds, row.availability.interruptions) == (13.0, 1)
    assert row.availability.percent == pytest.approx(100 * (1 - 13 / 10_000))
    away = of(found, "RT.P.dispatch")
    assert (away.owner, away.away, away.acknowledged) == ("DH", True, False), "nobody has seen this one yet"
    never = of(found, "LB.112")
    assert (never.availability, never.verdict, never.owner) == (None, "not checked", "")


async def test_the_room_is_lost_until_it_says_that_it_is_back(tmp_path: Path, plan: Plan, pack: Pack) -> None:
    found = continuity_report(plan, pack, await told().facts(tmp_path), START + 10_000_000)
    rooms = {row.room: row for row in found.rooms}
    assert rooms["RT"].availability is not None and rooms["DH"].availability is not None
    assert (rooms["RT"].state, rooms["RT"].fell_silent, rooms["RT"].availability.lost_seconds) == ("up", 1, 612.0)
    assert (rooms["DH"].holds_for_others, rooms["DH"].availability.lost_seconds) == (1, 0.0)
    assert rooms["LB"].availability is None


async def test_who_says_that_it_is_down_stays_down(tmp_path: Path, plan: Plan, pack: Pack) -> None:
    h = History()
    h.owned(0, "RT.112", "RT", "first")
    h.down(100, "RT")
    found = continuity_report(plan, pack, await h.facts(tmp_path), START + 400_000)
    row = of(found, "RT.112")
    assert row.availability is not None and row.availability.lost_seconds == 300.0, "nobody took it over"
    assert (row.takeovers, row.verdict) == (0, "not checked")
    assert next(r for r in found.rooms if r.room == "RT").state == "down"


async def test_a_restart_is_at_most_so_long_and_kept_apart(tmp_path: Path, plan: Plan, pack: Pack) -> None:
    h = History()
    h.owned(0, "RT.112", "RT", "first")
    h.owned(600, "RT.112", "RT", "resumed")
    found = continuity_report(plan, pack, await h.facts(tmp_path), START + 1_000_000)
    available = of(found, "RT.112").availability
    assert available is not None
    assert (available.lost_seconds, available.unknown_seconds) == (0.0, 540.0), "from the end of the last active minute"


async def test_reading_on_gives_the_same_as_reading_at_once(tmp_path: Path) -> None:
    whole = await told().facts(tmp_path)
    half, again = RecordFacts(), RecordFacts()
    from meldkamer.record.sqlite import SqliteRecord

    record = SqliteRecord(tmp_path / "record.sqlite", read_only=True)
    entries = [e for region in await record.regions() async for e in record.replay(region)]
    for entry in entries[: len(entries) // 2]:
        half.apply(entry)
    await half.catch_up(record)
    await half.catch_up(record)
    await again.catch_up(record)
    await record.close()
    for facts in (half, again):
        assert sorted(facts.owned, key=str) == sorted(whole.owned, key=str)
        assert (facts.log, facts.troubles) == (whole.log, whole.troubles)


@pytest.mark.parametrize("shape", ["list", "single", "future"])
async def test_an_exercise_tests_its_plan_whatever_else_its_event_says(
    tmp_path: Path, plan: Plan, pack: Pack, shape: str
) -> None:
    h = History()
    h.owned(0, "RT.112", "RT", "first")
    body = {
        "list": {"functions": ["RT.112"], "rooms": ["RT", "DH"], "seconds": 9.5},
        "single": {"function": "RT.112", "room": "RT", "recovery_seconds": 9.5},
        "future": {"functions": ["RT.112"], "recovery": 9.5, "mood": {"of": ["all"]}},
    }[shape]
    h.raw(50, "ev.NL.desk.RT", "exercise.held", **body)
    found = continuity_report(plan, pack, await h.facts(tmp_path), START + 2 * DAY)
    row = of(found, "RT.112")
    assert (row.tested.count, row.tested.seconds, row.verdict) == (1, 9.5, "within")
    assert row.tested.age_days == pytest.approx(2, abs=0.01)
    plans = {p.plan: p for p in found.plans}
    assert (plans["CP-overname"].tests, plans["CP-overname"].due.isoformat()) == (1, "2026-03-01")
    assert not plans["CP-overname"].overdue
    assert plans["CP-herstel"].tests == 0 and plans["CP-herstel"].due.isoformat() == "2026-01-01"
    assert next(i for i in found.impacts if i.about == "112").measured_seconds == 9.5


def outage() -> History:
    h = History()
    h.owned(0, "RT.112", "RT", "first")
    for kind in ("P", "B", "A", "K"):
        h.owned(0, f"RT.{kind}.intake", "RT", "first")
    report = "provision.reported"
    h.raw(10, STEERING, report, service="TELEFONIE", state="up", source="probe")
    h.raw(
        20,
        STEERING,
        "provision.maintenance",
        service="TELEFONIE",
        rooms=["RT"],
        since=START + 100_000,
        until=START + 160_000,
        approved_by="rol-spoedvraag",
    )
    h.raw(110, STEERING, report, service="TELEFONIE", state="down", rooms=["RT"], source="person")
    h.raw(230, STEERING, report, service="TELEFONIE", state="up", rooms=["RT"], source="person")
    return h


async def test_maintenance_is_named_and_never_subtracted(tmp_path: Path, plan: Plan, pack: Pack) -> None:
    found = continuity_report(plan, pack, await outage().facts(tmp_path), START + 1_000_000)
    services = {s.service: s for s in found.services}
    phone = services["TELEFONIE"]
    assert phone.availability is not None
    assert (phone.state, phone.last_seconds, phone.last_source) == ("up", 120.0, "person")
    assert (phone.availability.lost_seconds, phone.availability.agreed_seconds) == (120.0, 50.0)
    assert (services["P2000"].state, services["P2000"].availability) == ("not checked", None)
    national = {s.service for s in found.services if s.national}
    assert national == {"C2000", "GIS", "GMS", "INS", "NL-ALERT", "OMS", "P2000", "TELEFONIE", "WAS"}
    provisions = {p.provision: p for p in found.provisions}
    assert provisions["VZ1"].checked == ("TELEFONIE",) and provisions["VZ1"].not_checked == ("OMS",)
    assert provisions["VZ1"].availability is not None and provisions["VZ5"].availability is None


async def test_a_chain_is_as_good_as_its_parts_and_says_which_are_not_checked(
    tmp_path: Path, plan: Plan, pack: Pack
) -> None:
    h = outage()
    found = continuity_report(plan, pack, await h.facts(tmp_path), START + 1_000_000)
    chains = {(c.chain, c.region): c for c in found.chains}
    here, there = chains["K-oproep", "RT"], chains["K-oproep", "DH"]
    assert here.availability is not None and here.availability.lost_seconds == 120.0
    assert not here.whole and {p.part for p in here.parts if p.lost_seconds is None} == {"RECORD"}
    phone = next(p for p in there.parts if p.part == "TELEFONIE")
    assert phone.lost_seconds == 0.0, "the outage was in another room"
    assert next(o for o in found.objectives if o.objective == "keten-oproep").reached is None


async def test_an_empty_record_reads_not_checked_everywhere(plan: Plan, pack: Pack) -> None:
    found = continuity_report(plan, pack, RecordFacts(), START)
    assert found.covers is None
    assert {row.verdict for row in found.functions} == {"not checked"}
    for rows in (found.functions, found.rooms, found.services, found.provisions, found.chains):
        assert all(row.availability is None for row in rows)
    assert all(row.reached is None and row.spent is None for row in found.objectives)
    assert all(row.per_thousand is None for row in found.options)


def test_from_the_command_line_beside_a_record(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = told().stored(tmp_path)
    assert main(["continuity", "--data", str(folder), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert {f["function"]: f for f in found["functions"]}["RT.112"]["last_seconds"] == 13.0
    assert main(["continuity", "--data", str(folder)]) == 0
    out = capsys.readouterr().out
    assert "13.0 s (target 15 s: within)" in out and "not checked" in out
    assert main(["continuity", "--data", str(folder), "--days", "0"]) == 2
    assert main(["continuity", "--data", str(tmp_path / "no")]) == 1
    assert "Traceback" not in capsys.readouterr().err


async def test_the_platforms_own_exercise_and_restore_test_are_read(tmp_path: Path, plan: Plan, pack: Pack) -> None:
    h = History()
    h.owned(0, "RT.112", "RT", "first")
    context = Context(now=START, actor="p", room="RT")
    (held,) = exercise.decide(
        exercise.NoteExercise(
            exercise="1",
            room="RT",
            ground="silent",
            functions=("RT.112",),
            rooms_took=("DH",),
            began=START,
            fault=START + 1,
            recovery_seconds=12.5,
            good=True,
        )
    )
    h.event(10, "ev.NL.desk.RT", held)
    test = provision.NoteRestoreTest(service="RECORD", seconds=240.0, good=True, reason="jaarlijks")
    for event in provision.decide(test, context):
        h.event(20, STEERING, event)
    found = continuity_report(plan, pack, await h.facts(tmp_path), START + 60_000)
    assert (of(found, "RT.112").tested.seconds, of(found, "RT.112").verdict) == (12.5, "within")
    assert next(r for r in found.rooms if r.room == "DH").tested.count == 1
    assert next(p for p in found.plans if p.plan == "CP-herstel").tests == 1
    assert next(s for s in found.services if s.service == "RECORD").tested.seconds == 240.0


async def test_an_outage_that_nobody_reports_on_is_not_checked_on_the_risk_board(tmp_path: Path, plan: Plan) -> None:
    facts = await outage().facts(tmp_path)
    board = risk_board(plan, date_of(START), facts.measured(START + DAY))
    seen = {row.risk: row.seen for row in board.rows}
    assert seen["R-telefonie"] is not None and seen["R-telefonie"].count == 1
    assert seen["R-c2000"] is None, "nobody looks at C2000"
