"""Other figures for a question of the plan, for once: the answer follows, and what cannot be is refused."""

from __future__ import annotations

from typing import Any

import pytest

from meldkamer.steering import Assumed, PlanError, assume, figures, load_plan, load_scenario, run, scenario_files
from meldkamer.steering.plan import Plan
from meldkamer.steering.scenario import Range, Scenario


@pytest.fixture(scope="module")
def plan() -> Plan:
    return load_plan()


@pytest.fixture(scope="module")
def nms(plan: Plan) -> Scenario:
    return load_scenario(next(file for file in scenario_files(plan) if file.stem == "nms-herstart"), plan)


def test_what_nobody_knows_becomes_an_answer_when_somebody_assumes_it(plan: Plan, nms: Scenario) -> None:
    before = run(plan, nms)
    assert [gap.id for gap in before.gaps] == ["nms"] and not before.items
    other = assume(nms, plan, {"nms": Assumed(years=3, amount=20_000)})
    after = run(plan, other)
    assert not after.gaps and [item.source for item in after.items] == ["planner"]
    last = {year.year: year.closing.p50 for year in after.years}
    assert last[2029] == before.years[-1].closing.p50 - 60_000 and last[2026] == before.years[-4].closing.p50
    assert after.inputs != before.inputs
    assert figures(nms)[0].amount == "unknown", "and the question itself is as it was"


def test_a_range_and_a_chance_give_a_band(plan: Plan, nms: Scenario) -> None:
    wide = assume(nms, plan, {"nms": Assumed(start=2026, years=2, amount=1_000, most=9_000, probability=50)})
    assert wide.items[0].amount == Range(low=1_000, high=9_000) and wide.items[0].start == 2026
    band = run(plan, wide).years[-1].closing
    assert band.p10 < band.p90


@pytest.mark.parametrize(
    ("items", "said"),
    [
        ({"nms": Assumed(start=2024)}, "lies before 2025"),
        ({"nms": Assumed(amount=9_000, most=1_000)}, "do not follow each other"),
        ({"nergens": Assumed(amount=1)}, "is not the id of an item"),
    ],
)
def test_what_cannot_be_is_told(plan: Plan, nms: Scenario, items: dict[str, Any], said: str) -> None:
    with pytest.raises(PlanError, match=said):
        assume(nms, plan, items)
