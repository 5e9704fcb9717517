"""Scenario files: what they may say, and how what is wrong in them is told."""

from __future__ import annotations

from pathlib import Path

import pytest

from meldkamer.steering import Plan, PlanError, load_scenario, run
from meldkamer.steering.portfolio import MoneyNote
from meldkamer.steering.scenario import find_scenarios, scenario_files

HEAD = 'name = "N"\nname_en = "N"\nquestion = "?"\nquestion_en = "?"\nserves = ["M155"]\n'
ITEM = (
    '[[item]]\nid = "a"\nname = "A"\nname_en = "A"\nstart = 2027\nyears = 2\namount = 1000\n'
    'funding = "account"\nsource = "planner"\n'
)


def scenario(tmp_path: Path, text: str) -> Path:
    file = tmp_path / "s.toml"
    file.write_text(text, encoding="utf-8")
    return file


@pytest.mark.parametrize(
    ("old", "new", "field", "says"),
    [
        ("amount = 1000", "amount = -1", "amount", 'must not be negative; what is saved has kind = "saving"'),
        (
            "amount = 1000",
            'amount = "veel"',
            "amount",
            "or a table of low, high, likely or unknown",
        ),
        ("amount = 1000", "amount = 1000.5", "amount", "1000.5 is not a whole number"),
        ("amount = 1000", "amount = { low = 5, high = 2 }", "amount", "do not follow each other"),
        ("amount = 1000", "amount = { low = 1, high = 9, likely = 10 }", "amount", "do not follow each other"),
        ("amount = 1000", "amount = { low = 1, hoog = 9 }", "amount", "is not a whole number"),
        ("start = 2027", "start = 2024", "start", "2024 lies before 2025"),
        ("years = 2", "years = 0", "years", "0 is shorter than a year"),
        ("years = 2\n", "", "years", "is missing"),
        ('"account"', '"loterij"', "funding", "'loterij' is not one of account, drawdown, room, contribution"),
        ('"account"', '"account"\nprobability = 1.5', "probability", "1.5 is not between 0 and 1"),
        ('"account"', '"account"\ngroup = "g"', "group", "'g' is not the id of a group"),
        ('"account"', '"account"\nitems = ["C-niets"]', "items", "'C-niets' is not the id of a record"),
        ('"account"', '"room"\nkind = "saving"', "funding", "funding is account"),
        ("[[item]]", "[[items]]", "", "[[items]] is not known here"),
        ('question = "?"\n', "", "question", "is missing"),
        ('"M155"', '"M999"', "serves", "'M999' is not the id of a requirement"),
        ('"M155"]', '"M155"]\nruns = 0', "runs", "0 is not between 1 and 1000000"),
        ('"M155"]', '"M155"]\nroom_used_percent = 101', "room_used_percent", "101 is not between"),
        ('"M155"]', '"M155"]\ncost_spread_percent = -1', "cost_spread_percent", "must not be negative"),
        ('"M155"]', '"M155"]\ncost_growth_percent = 1', "growth_from", "0 is not a year of the budget"),
        ('"M155"]', '"M155"]\nseed = -1', "seed", "must not be negative"),
    ],
)
def test_a_fault_is_named(tmp_path: Path, plan: Plan, old: str, new: str, field: str, says: str) -> None:
    text = HEAD + ITEM
    assert old in text
    with pytest.raises(PlanError) as caught:
        load_scenario(scenario(tmp_path, text.replace(old, new, 1)), plan)
    assert [f for f in caught.value.faults if f.field == field and says in f.message], caught.value.faults
    assert all(fault.file == "s.toml" for fault in caught.value.faults)


def test_the_same_id_twice_is_a_fault_with_its_line(tmp_path: Path, plan: Plan) -> None:
    with pytest.raises(PlanError) as caught:
        load_scenario(scenario(tmp_path, HEAD + ITEM + ITEM), plan)
    assert [(fault.line, fault.field) for fault in caught.value.faults] == [(16, "id")]


def test_every_charge_that_the_plan_names_has_a_scenario(plan: Plan) -> None:
    charged = [note for note in plan.of(MoneyNote) if note.list == "charged to the account"]
    assert len(charged) == 10
    assert all(note.scenario for note in charged)
    restart = next(note for note in plan.of(MoneyNote) if note.id == "GL-niet-nms")
    assert restart.scenario == "scenarios/nms-herstart.toml"


def test_an_amount_that_nobody_knows_stays_unknown(plan: Plan) -> None:
    """A shipped scenario of a charge holds no figure of ours: it answers with the most that it may cost."""
    for note in plan.of(MoneyNote):
        if note.scenario:
            (item,) = load_scenario(Path(plan.folder) / note.scenario, plan).items
            assert item.amount == "unknown"
            found = run(plan, load_scenario(Path(plan.folder) / note.scenario, plan))
            assert [gap.id for gap in found.gaps] == [item.id]
            assert all(year.closing.p10 == year.closing.p90 == year.without_items for year in found.years)
            assert found.gaps[0].break_even


def test_what_c2000_may_cost(plan: Plan) -> None:
    """From 2027 the drawdown holds 35,000 a year; the rest is what the account can bear until the end of the plan."""
    (file,) = find_scenarios(["c2000-continuering"], plan)
    (answer,) = run(plan, load_scenario(file, plan)).gaps[0].break_even
    assert (answer.start, answer.years_in_plan, answer.within, answer.per_year) == (2027, 3, 35_000, 35_000 + 35_378)


def test_scenarios_are_found_by_name_by_file_and_all(plan: Plan, tmp_path: Path) -> None:
    file = scenario(tmp_path, HEAD)
    assert find_scenarios([str(file)], plan) == [file]
    assert find_scenarios(["all"], plan) == scenario_files(plan)
    assert [found.stem for found in find_scenarios(["nis2", "bbn"], plan)] == ["nis2", "bbn"]
    with pytest.raises(PlanError, match="no scenario of the plan; there are"):
        find_scenarios(["nis3"], plan)
