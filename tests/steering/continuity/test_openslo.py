"""Objectives as OpenSLO: read, written back, refused by name, and their budgets to the minute."""

from __future__ import annotations

from pathlib import Path

import pytest

from meldkamer.cli import main
from meldkamer.pack import load_pack
from meldkamer.steering import Plan, PlanError, continuity_report, load_plan
from meldkamer.steering.continuity.openslo import read_objective, seconds, write_objective
from meldkamer.steering.faults import Fault
from tests.steering.continuity.history import START, History

EXAMPLES = Path(__file__).parents[4] / "shared" / "data" / "beheer" / "openslo"


def test_the_shipped_objectives_survive_being_written(plan: Plan, tmp_path: Path) -> None:
    assert len(plan.objectives) >= 6
    for file, slo in plan.objectives:
        path = tmp_path / Path(file).name
        path.write_text(write_objective(slo), encoding="utf-8")
        faults: list[Fault] = []
        assert read_objective(path, file, faults) == slo and not faults


@pytest.mark.parametrize("name", ["within", "over"])
async def test_the_error_budget_counts_spoiled_minutes(tmp_path: Path, plan: Plan, name: str) -> None:
    h = History()
    h.owned(0, "RT.112", "RT", "first")
    h.silent(130, "RT", 5.0)  # from 125 s on: the third minute
    h.owned(150 if name == "within" else 200, "RT.112", "DH", "lapsed")
    now = START + 7 * 86_400_000
    found = continuity_report(plan, load_pack(), await h.facts(tmp_path), now)
    row = next(o for o in found.objectives if (o.objective, o.target) == ("functie-112", 0.9999))
    spoiled = {"within": 1, "over": 2}[name]
    assert (row.spent, row.of, row.unit) == (spoiled, 7 * 1440, "minutes")
    assert row.budget == pytest.approx(28 * 1440 * 0.0001) and row.burn == pytest.approx(spoiled / row.budget)
    assert row.reached == pytest.approx(1 - spoiled / (7 * 1440))
    recovery = next(o for o in found.objectives if o.objective == "overname")
    assert (recovery.spent, recovery.of) == (1, 1), "25 or 75 seconds from the last sign of life"


async def test_cases_that_are_not_done_are_bad_only_once_too_late(tmp_path: Path, plan: Plan) -> None:
    h = History()
    for n, sent in enumerate((1, 4, 9, None)):
        h.raw(n * 100, f"ev.RT.alert.{n}", "alert.ordered")
        if sent is not None:
            h.raw(n * 100 + sent, f"ev.RT.alert.{n}", "alert.sent", channel="p2000", attempt=1)
    facts = await h.facts(tmp_path)

    def row(now: int):
        found = continuity_report(plan, load_pack(), facts, START + now * 1000)
        return next(o for o in found.objectives if o.objective == "alarm-verzonden")

    assert (row(302).spent, row(302).of) == (1, 3), "the last one may still be in time"
    assert (row(400).spent, row(400).of) == (2, 4)


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("openslo/v1", "openslo/v2", "is not an objective as OpenSLO v1"),
        ("type: meldkamer", "type: Prometheus", "'Prometheus' cannot be measured here"),
        ("Timeslices", "Occurrences", "is measured by Timeslices"),
        ("duration: 28d", "duration: 28x", "is not a duration"),
        ("timeSliceWindow: 1m", "timeSliceWindow: 60d", "longer than the window"),
        ("target: 0.99999", "target: 1.5", "is not an objective"),
        ("displayName: 112", "displayName: &a 112", "holds an anchor"),
        ("service: RECORD", "service: RECORD\n  alertPolicies: []", "unknown field"),
        ("kind: SLO", "kind: [", "is not an objective"),
        ("about: function", "about: weather", "is not an objective"),
    ],
)
def test_what_cannot_be_measured_is_refused_by_name(folder: Path, old: str, new: str, says: str) -> None:
    path = folder / "doelen" / "functie-112.yaml"
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(PlanError) as caught:
        load_plan(folder)
    assert [f for f in caught.value.faults if f.file == "doelen/functie-112.yaml" and says in f.message], str(
        caught.value
    )


def test_a_bomb_of_aliases_and_a_huge_file_are_refused(folder: Path) -> None:
    path = folder / "doelen" / "functie-112.yaml"
    path.write_text("a: &a [x, x]\nb: &b [*a, *a]\n")
    with pytest.raises(PlanError, match="anchor or alias"):
        load_plan(folder)
    path.write_text("# " + "x" * 70_000)
    with pytest.raises(PlanError, match="larger than"):
        load_plan(folder)


def test_the_standards_own_examples_are_told_what_they_miss() -> None:
    if not EXAMPLES.is_dir():
        pytest.skip("the examples of OpenSLO are not beside this checkout")
    for path in sorted(EXAMPLES.glob("*.yaml")):
        faults: list[Fault] = []
        assert read_objective(path, path.name, faults) is None and faults, "they measure from another source"


def test_durations() -> None:
    assert (seconds("5m"), seconds("28d"), seconds("1Y")) == (300, 2_419_200, 31_536_000)
    for wrong in ("", "0d", "-1d", "1 d", "1dd", "٣d"):
        with pytest.raises(ValueError, match="is not a duration"):
            seconds(wrong)


def test_objectives_go_out_with_what_was_reached(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    h = History()
    h.owned(0, "RT.112", "RT", "first")
    h.silent(130, "RT", 5.0)
    h.owned(200, "RT.112", "DH", "lapsed")
    data, out = h.stored(tmp_path), tmp_path / "slo"
    assert main(["continuity", "--data", str(data), "--slo", str(out), "--json"]) == 0
    capsys.readouterr()
    faults: list[Fault] = []
    slo = read_objective(out / "overname.yaml", "x", faults)
    assert slo is not None and not faults, "and can be read again"
    assert "not checked" in (out / "alarm-verzonden.yaml").read_text()
    whole = read_objective(out / "functie-112.yaml", "x", faults)
    assert whole is not None and set(whole.metadata.annotations) == {
        *("meldkamer/reached-0.99999", "meldkamer/budget-spent-0.99999"),
        *("meldkamer/reached-0.9999", "meldkamer/budget-spent-0.9999"),
    }
