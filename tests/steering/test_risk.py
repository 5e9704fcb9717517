"""The shared register: five parties judge, the board weighs, the record is held beside it, and nothing is made up."""

from __future__ import annotations

import asyncio
import datetime
import io
import json
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from meldkamer.cli import main
from meldkamer.domain.basics import Event
from meldkamer.domain.desk import RoomFellSilent
from meldkamer.domain.function import FunctionOwned
from meldkamer.record import Entry, NewEvent, Write
from meldkamer.record.sqlite import SqliteRecord
from meldkamer.steering import Plan, PlanError, load_plan, shipped_plan
from meldkamer.steering.board import Board, risk_board
from meldkamer.steering.facts import RecordFacts
from meldkamer.steering.judging import write_judgement
from meldkamer.steering.measured import DAY, Measured
from meldkamer.steering.risk import Judgement, Risk, RiskMatrix, Treatment

PARTIES = {"LMS": "rol-risico", "RAV": "rol-ambulance", "VR": "rol-brandweer", "POL": "rol-politie", "KMAR": "rol-kmar"}
DAY_ONE = datetime.date(2025, 3, 1)
START = 1_740_787_200_000  # 1 March 2025


def judge(folder: Path, party: str, likelihood: int = 1, impact: int = 4, date: datetime.date = DAY_ONE) -> Judgement:
    return write_judgement(
        folder,
        risk="R-kamer-uit",
        party=party,
        by=PARTIES[party],
        date=date,
        holds=likelihood > 0,
        likelihood=likelihood,
        impact=impact if likelihood else 0,
        reason="omdat" if likelihood else "wij hebben geen kamer",
    )


def row_of(board: Board, risk: str = "R-kamer-uit"):
    return next(row for row in board.rows if row.risk == risk)


def test_nothing_is_judged_in_the_shipped_plan_and_everything_is_to_do(plan: Plan) -> None:
    board = risk_board(plan, DAY_ONE)
    risks = plan.of(Risk)
    assert {risk.kind for risk in risks} == {"risk", "chance"} and {risk.outside for risk in risks} == {True, False}
    assert len(board.to_do) == 5 * len(risks)
    assert all(row.score is None and row.judged == 0 and row.seen is None for row in board.rows)
    assert all(t.cost == "unknown" for t in plan.of(Treatment))


def test_a_risk_judged_by_four_parties_shows_the_fifth_in_the_work_list(folder: Path) -> None:
    for party in ("LMS", "RAV", "VR", "POL"):
        judge(folder, party)
    board = risk_board(load_plan(folder), DAY_ONE)
    waiting = [todo for todo in board.to_do if todo.risk == "R-kamer-uit"]
    assert [(todo.party, todo.why) for todo in waiting] == [("KMAR", "not yet judged")]
    assert waiting[0].detail == "4 of 5 parties have judged"
    judge(folder, "KMAR", likelihood=0)
    board = risk_board(load_plan(folder), DAY_ONE)
    assert not [todo for todo in board.to_do if todo.risk == "R-kamer-uit"]
    assert [cell.state for cell in row_of(board).cells] == ["holds"] * 4 + ["does not hold"]


def test_the_network_score_is_the_highest_and_rows_come_by_it(folder: Path) -> None:
    judge(folder, "LMS", 2, 3)
    judge(folder, "VR", 3, 4)
    board = risk_board(load_plan(folder), DAY_ONE)
    assert board.rows[0].risk == "R-kamer-uit"
    assert (board.rows[0].score, board.rows[0].level, board.rows[0].judged) == (12, "hoog", 2)


def test_a_newer_judgement_follows_and_the_older_stays(folder: Path) -> None:
    judge(folder, "LMS", 2, 3)
    judge(folder, "LMS", 5, 5, DAY_ONE + datetime.timedelta(days=30))
    plan = load_plan(folder)
    assert [j.id for j in plan.of(Judgement)] == ["LMS-1", "LMS-2"]
    then, now = risk_board(plan, DAY_ONE), risk_board(plan, DAY_ONE + datetime.timedelta(days=30))
    assert (row_of(then).score, row_of(now).score) == (6, 25)
    assert row_of(now).cells[0].earlier == 1


def test_a_judgement_goes_stale_when_the_lines_are_calibrated_again(folder: Path) -> None:
    judge(folder, "LMS")
    plan = load_plan(folder)
    fresh, stale = datetime.date(2025, 6, 30), datetime.date(2025, 7, 1)
    assert [row_of(risk_board(plan, day)).cells[0].stale for day in (fresh, stale)] == [False, True]
    assert ("LMS", "stale") in {(todo.party, todo.why) for todo in risk_board(plan, stale).to_do}


def test_judged_rare_happened_three_times(folder: Path) -> None:
    judge(folder, "LMS", 1)
    judge(folder, "POL", 5)
    measured = Measured(since=START, until=START + 200 * DAY, counts={"room_silent": 3})
    board = risk_board(load_plan(folder), DAY_ONE, measured)
    seen = row_of(board).seen
    assert seen is not None and (seen.count, seen.days, seen.likelihood) == (3, 200, 4)
    told = [todo for todo in board.to_do if todo.why == "measured otherwise"]
    assert [(todo.party, todo.detail) for todo in told] == [("LMS", "judged zeldzaam, happened 3 times in 200 days")]
    assert row_of(board).cells[0].likelihood == 1, "what is measured never changes what is judged"


def test_once_in_a_week_is_not_fifty_a_year() -> None:
    week = Measured(since=0, until=7 * DAY, counts={"room_silent": 1})
    decade = Measured(since=0, until=3650 * DAY, counts={"room_silent": 1})
    assert week.per_year("room_silent") == 1.0
    assert 0.09 < decade.per_year("room_silent") < 0.11


def test_an_empty_record_is_not_a_record_without_events() -> None:
    assert RecordFacts().measured(START) is None


@given(st.integers(1, 5), st.integers(1, 5), st.integers(1, 5), st.integers(1, 5))
def test_more_likely_or_heavier_is_never_less(plan: Plan, a: int, b: int, c: int, d: int) -> None:
    (matrix,) = plan.of(RiskMatrix)
    low, high = matrix.scores[min(a, c) - 1][min(b, d) - 1], matrix.scores[max(a, c) - 1][max(b, d) - 1]
    assert low <= high
    assert matrix.levels.index(matrix.level(low)) <= matrix.levels.index(matrix.level(high))


def replace(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


GIVEN = """
[[judgement]]
id = "LMS-1"
risk = "R-kamer-uit"
party = "LMS"
by = "rol-risico"
date = 2025-03-01
holds = true
likelihood = 2
impact = 4
"""


@pytest.mark.parametrize(
    ("old", "new", "field", "says"),
    [
        ('"R-kamer-uit"', '"R-niets"', "risk", "'R-niets' is not the id of a risk"),
        ("likelihood = 2", "likelihood = 6", "likelihood", "6 is not a step, 1 (zeldzaam) to 5 (bijna zeker)"),
        ("impact = 4\n", "", "impact", "0 is not a step"),
        ("holds = true", "holds = false", "holds", "has no likelihood"),
        ("holds = true\nlikelihood = 2\nimpact = 4", "holds = false", "reason", "says why the risk does not hold"),
        ('"rol-risico"', '"rol-politie"', "by", "belongs to POL and cannot judge for LMS"),
        ('"LMS"\n', '"JENV"\n', "party", "is not among those who judge"),
        ("2025-03-01", '"gisteren"', "date", "is not a date"),
    ],
)
def test_a_wrong_judgement_is_named(folder: Path, old: str, new: str, field: str, says: str) -> None:
    assert old in GIVEN
    (folder / "risicos/oordelen/LMS.toml").write_text(GIVEN.replace(old, new, 1))
    with pytest.raises(PlanError) as caught:
        load_plan(folder)
    assert [f for f in caught.value.faults if f.field == field and says in f.message and f.line], caught.value.faults


@pytest.mark.parametrize(
    ("file", "old", "new", "field", "says"),
    [
        ("matrix.toml", "[1, 2, 3, 4, 5]", "[1, 2, 3, 4]", "scores", "is not 5 rows of 5 scores"),
        ("matrix.toml", "[0, 0.1, 0.33, 1, 5]", "[0, 0.1]", "per_year", "2 numbers for 5 steps"),
        ("matrix.toml", "[0, 0.1, 0.33, 1, 5]", "[0, 0.1, 0.33, 9, 5]", "per_year", "does not rise"),
        ("matrix.toml", "[1, 5, 10, 16]", "[1, 5, 16]", "levels_from", "gives each level where it begins"),
        ("matrix.toml", "[1, 5, 10, 16]", "[2, 5, 10, 16]", "levels_from", "the lowest score has no level"),
        ("matrix.toml", "stale_months = 4", "stale_months = 0", "stale_months", "is not a number of months"),
        ("maatregelen.toml", 'cost = "unknown"', "cost = -5", "cost", "must not be negative"),
        ("maatregelen.toml", 'impact_after = "unknown"', "impact_after = 9", "impact_after", "9 is not a step"),
        ("risicos.toml", 'effect = "Andere', 'effect = ""\ntext = "Andere', "cause", "names its cause and its effect"),
        ("risicos.toml", '"room_silent"', '"gevoel"', "indicator", "'gevoel' is not one of"),
    ],
)
def test_what_is_wrong_with_the_register_is_named(
    folder: Path, file: str, old: str, new: str, field: str, says: str
) -> None:
    replace(folder / "risicos" / file, old, new)
    with pytest.raises(PlanError) as caught:
        load_plan(folder)
    assert [f for f in caught.value.faults if f.field == field and says in f.message], caught.value.faults


def test_what_a_treatment_buys(folder: Path) -> None:
    file = folder / "risicos" / "maatregelen.toml"
    replace(file, 'risk = "R-expertise"\ncost = "unknown"\nlikelihood_after = "unknown"\nimpact_after = "unknown"',
            'risk = "R-expertise"\ncost = 1200\nlikelihood_after = 2\nimpact_after = 2')  # fmt: skip
    (buys,) = row_of(risk_board(load_plan(folder), DAY_ONE), "R-expertise").treatments
    assert (buys.cost, buys.score_after) == (1200, 4)


def test_a_judgement_that_would_spoil_the_plan_leaves_no_trace(folder: Path) -> None:
    before = {path: path.read_bytes() for path in folder.rglob("*.toml")}
    with pytest.raises(PlanError, match="9 is not a step"):
        judge(folder, "LMS", 9)
    assert {path: path.read_bytes() for path in folder.rglob("*.toml")} == before


# --- from the command line ------------------------------------------------------------------------------------------


def event(body: Event, at: int) -> NewEvent:
    return NewEvent(
        id=f"{at:032x}",
        type=str(body.__struct_config__.tag),
        body=msgspec.msgpack.encode(body),
        occurred=at,
        recorded=at,
        room="NN",
        actor="rule",
    )


async def test_a_takeover_in_the_record_changes_the_board_with_no_typing(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    judge(folder, "LMS", 1)
    record = SqliteRecord(tmp_path / "record.sqlite")
    taken = FunctionOwned(function="LB.A.dispatch", owner="OB", epoch=2, ground="lapsed", previous="LB")
    first = FunctionOwned(function="LB.A.dispatch", owner="LB", epoch=1, ground="first")
    await record.append("LB", [Write("ev.LB.desk.LB", (event(RoomFellSilent(observer="OB", silent=12.5), START),), 0)])
    await record.append("LB", [Write("fence.LB.LB.A.dispatch", (event(first, START + 1),), 0)])
    await record.append("LB", [Write("fence.LB.LB.A.dispatch", (event(taken, START + 2),), 1)])
    entries: list[Entry] = [entry async for entry in record.replay("LB")]
    await record.close()
    counter = RecordFacts()
    for entry in entries:
        counter.apply(entry)
    found = counter.measured(START + 30 * DAY)
    assert found is not None and found.days == 30
    assert dict(found.counts) == {"takeover": 1, "room_silent": 1, "room_declared_down": 0}
    board = risk_board(load_plan(folder), DAY_ONE, found)
    assert [(t.party, t.risk) for t in board.to_do if t.why == "measured otherwise"] == [("LMS", "R-kamer-uit")]


def test_the_board_reads_a_rooms_record(folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    async def fill() -> None:
        record = SqliteRecord(tmp_path / "record.sqlite")
        silent = event(RoomFellSilent(observer="OB", silent=12.5), START)
        await record.append("LB", [Write("ev.LB.desk.LB", (silent,), 0)])
        await record.close()

    asyncio.run(fill())
    judge(folder, "LMS", 1)
    assert main(["plan", "risk", str(folder), "--record", str(tmp_path), "--date", "2025-03-02", "--json"]) == 0
    board = json.loads(capsys.readouterr().out)
    rows = {row["risk"]: row for row in board["rows"]}
    assert rows["R-kamer-uit"]["seen"]["count"] == 1 and rows["R-stroom"]["seen"] is None
    assert main(["plan", "risk", str(folder), "--party", "KMAR"]) == 0
    out = capsys.readouterr().out
    assert "measured: not checked" in out and "KMAR  R-kamer-uit" in out and "LMS   R-" not in out
    assert main(["plan", "risk", str(folder), "--record", str(tmp_path / "no")]) == 1
    assert "Traceback" not in capsys.readouterr().err


def test_judging_from_the_command_line(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["plan", "judge", str(folder), "R-c2000", "--party", "POL", "--by", "rol-politie"]
    assert main([*words, "--likelihood", "3", "--impact", "5", "--reason", 'dekking "op de hei"']) == 0
    assert "POL-1 in risicos/oordelen/POL.toml" in capsys.readouterr().out
    (given_,) = load_plan(folder).of(Judgement)
    assert (given_.likelihood, given_.impact) == (3, 5)
    assert given_.reason == 'dekking "op de hei"'
    assert main([*words, "--does-not-hold"]) == 1
    assert "says why the risk does not hold" in capsys.readouterr().err
    assert main(["plan", "judge", str(folder), "R-c2000", "--party", "../x", "--by", "rol-politie"]) == 1
    assert "is not the id of a party" in capsys.readouterr().err


SECRET = 'name = "Zwakke plek X"\nname_en = "Weak spot X"\ncause = "oud slot"\neffect = "deur open"\n'


def test_a_confidential_risk_opens_only_with_its_key(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    key, other = tmp_path / "risk.key", tmp_path / "other.key"
    sealed = []
    for file in (key, other):
        monkeypatch.setattr("sys.stdin", io.StringIO(SECRET))
        assert main(["plan", "seal", "R-geheim", "--key", str(file), "--new-key"]) == 0
        sealed.append(capsys.readouterr().out)
    assert key.stat().st_mode & 0o077 == 0
    record = '\n[[risk]]\nid = "R-geheim"\nname = "Vertrouwelijk"\nname_en = "Confidential"\nserves = ["M116"]\n'
    record += f'accountable = "rol-risico"\nkind = "risk"\n{sealed[0]}'
    with (folder / "risicos" / "risicos.toml").open("a") as out:
        out.write(record)
    assert b"Zwakke plek" not in b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())
    assert main(["plan", "risk", str(folder)]) == 0
    assert "Zwakke plek X" not in (shown := capsys.readouterr().out) and "Vertrouwelijk" in shown
    assert main(["plan", "risk", str(folder), "--key", str(key)]) == 0
    assert "Zwakke plek X" in capsys.readouterr().out
    assert main(["plan", "risk", str(folder), "--key", str(other)]) == 1
    assert "cannot be opened with this key, or was changed" in capsys.readouterr().err
    replace(folder / "risicos" / "risicos.toml", 'id = "R-geheim"', 'id = "R-anders"')
    assert main(["plan", "risk", str(folder), "--key", str(key)]) == 1, "bound to its id"
    capsys.readouterr()
    key.chmod(0o644)
    assert main(["plan", "risk", str(folder), "--key", str(key)]) == 1
    assert "others may read it" in capsys.readouterr().err
    monkeypatch.setattr("sys.stdin", io.StringIO(SECRET))
    assert main(["plan", "seal", "R-geheim", "--key", str(key), "--new-key"]) == 1, "a key is never written over"
    key.chmod(0o600)
    monkeypatch.setattr("sys.stdin", io.StringIO('name = "only"\n'))
    assert main(["plan", "seal", "R-geheim", "--key", str(key)]) == 1
    assert "standard input" in capsys.readouterr().err


def test_the_shipped_folder_holds_a_file_per_party() -> None:
    assert {path.stem for path in (shipped_plan() / "risicos" / "oordelen").iterdir()} == set(PARTIES)
