"""What is told of services: less than it should, silence, two sources, agreed maintenance; what budgets make of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from meldkamer.cli import main
from meldkamer.pack import load_pack
from meldkamer.steering import Continuity, Plan, continuity_report, load_plan
from tests.steering.continuity.history import START, History

STEERING = "ev.NL.function.NL.steering"
DAY = 86_400


def told(h: History, at: float, state: str, **more: object) -> None:
    h.raw(at, STEERING, "provision.reported", service="C2000", state=state, **{"source": "probe", **more})


def agreed(h: History, at: float, since: float, until: float) -> None:
    moments = {"since": START + round(since * 1000), "until": START + round(until * 1000)}
    h.raw(at, STEERING, "provision.maintenance", service="C2000", approved_by="rol-spoedrespons", **moments)


async def after(h: History, folder: Path, seconds: float, plan: Plan | None = None) -> Continuity:
    facts = await h.facts(folder)
    return continuity_report(plan or load_plan(), load_pack(), facts, START + round(seconds * 1000))


def row(found: Continuity, service: str = "C2000"):
    return next(s for s in found.services if s.service == service)


async def test_less_than_it_should_is_not_lost_and_not_hidden(tmp_path: Path) -> None:
    h = History()
    told(h, 0, "up")
    told(h, 100, "degraded", reason="traag")
    told(h, 160, "down")
    told(h, 200, "degraded")
    now = await after(h, tmp_path, 1000)
    c2000 = row(now)
    assert c2000.availability is not None and c2000.state == "degraded"
    assert (c2000.availability.lost_seconds, c2000.availability.degraded_seconds) == (40.0, 860.0)
    provision = next(p for p in now.provisions if "C2000" in p.checked)
    assert provision.availability is not None and provision.availability.degraded_seconds == 860.0


async def test_a_probe_that_falls_silent_is_not_fine(tmp_path: Path) -> None:
    h = History()
    for at in (0, 300, 600):
        told(h, at, "up", holds=400)
    c2000 = row(await after(h, tmp_path / "a", 900))
    assert c2000.availability is not None and c2000.state == "up" and c2000.availability.unknown_seconds == 0
    c2000 = row(await after(h, tmp_path / "b", 2000))
    assert c2000.availability is not None
    assert (c2000.state, c2000.availability.unknown_seconds, c2000.availability.lost_seconds) == (
        "not checked",
        1000,
        0,
    )
    assert (c2000.heard_from, c2000.heard_at) == ("probe", START)
    told(h, 3000, "up", holds=400)
    c2000 = row(await after(h, tmp_path / "c", 3100))
    assert c2000.availability is not None and (c2000.state, c2000.availability.unknown_seconds) == ("up", 2000)


async def test_who_said_that_it_is_down_and_fell_silent_did_not_say_that_it_is_back(tmp_path: Path) -> None:
    h = History()
    told(h, 0, "up", holds=60)
    told(h, 50, "down", holds=60)
    c2000 = row(await after(h, tmp_path, 1050))
    assert c2000.availability is not None
    assert (c2000.state, c2000.availability.lost_seconds, c2000.availability.unknown_seconds) == ("down", 1000.0, 0.0)


async def test_a_probe_does_not_unsay_what_a_person_found(tmp_path: Path) -> None:
    h = History()
    told(h, 0, "up")
    told(h, 100, "down", source="person", rooms=["LB"])
    told(h, 110, "up")
    now = await after(h, tmp_path / "a", 200)
    assert (row(now).state, row(now).down_in) == ("down", ("LB",))
    told(h, 250, "down")
    told(h, 300, "up", source="person", rooms=["LB"])
    told(h, 400, "up")
    facts = await h.facts(tmp_path / "b")
    found = continuity_report(load_plan(), load_pack(), facts, START + 500_000)
    lost = row(found).availability
    assert lost is not None and (lost.lost_seconds, lost.interruptions) == (300.0, 1)
    measured = facts.measured(START + 500_000)
    assert measured is not None and measured.counts["outage:C2000"] == 2, "once there, once everywhere"


async def test_years_of_a_probe_are_one_stretch(tmp_path: Path) -> None:
    h = History()
    for n in range(2000):
        told(h, n * 900, "up", holds=1000)
    told(h, 2000 * 900, "down")
    facts = await h.facts(tmp_path)
    assert [r.state for r in facts.reports] == ["up", "down"]


SLO = """
apiVersion: openslo/v1
kind: SLO
metadata: {name: c2000, displayName: C2000}
spec:
  service: C2000
  indicator:
    metadata: {name: c2000-gemeten}
    spec:
      ratioMetric:
        good: {metricSource: {type: meldkamer, spec: {about: service, of: C2000}}}
        total: {metricSource: {type: meldkamer, spec: {about: service, of: C2000}}}
  timeWindow: [{duration: 30d, isRolling: true}]
  budgetingMethod: Timeslices
  objectives: [{displayName: c2000, target: 0.99, timeSliceTarget: 1.0, timeSliceWindow: 1m}]
"""


@pytest.fixture
def objective(folder: Path) -> Plan:
    (folder / "doelen" / "c2000.yaml").write_text(SLO)
    return load_plan(folder)


def budget(found: Continuity):
    return next(o for o in found.objectives if o.objective == "c2000")


async def test_maintenance_counts_and_is_named_in_the_budget(tmp_path: Path, objective: Plan) -> None:
    h = History()
    told(h, 0, "up")
    agreed(h, 0, 3600, 7200)
    told(h, 3600, "down")
    told(h, 9000, "up")
    found = budget(await after(h, tmp_path, 10 * DAY, objective))
    assert (found.spent, found.agreed, found.budget) == (90, 60, pytest.approx(432))
    assert found.reached == pytest.approx(1 - 90 / 14_400)


async def test_what_nobody_saw_is_not_counted_as_good(tmp_path: Path, objective: Plan) -> None:
    h = History()
    told(h, 0, "up", holds=DAY // 2)
    told(h, 3600, "down")
    told(h, 7200, "up", holds=DAY // 2)
    found = budget(await after(h, tmp_path, 10 * DAY, objective))
    seen = 7200 / 60 + 720
    assert (found.of, found.spent) == (seen, 60) and found.reached == pytest.approx(1 - 60 / seen)
    assert found.budget == pytest.approx(432), "the budget is that of the whole window"
    silent = History()
    told(silent, 0, "up", holds=60)
    told(silent, 40 * DAY, "up", holds=60)
    found = budget(await after(silent, tmp_path / "s", 41 * DAY, objective))
    assert found.reached is not None, "two minutes were seen"
    found = budget(await after(silent, tmp_path / "t", 80 * DAY, objective))
    assert (found.reached, found.state, found.burn) == (None, "not checked", None)


@pytest.mark.parametrize(
    ("minutes", "later", "state"),
    [(5, 0, "fine"), (10, 0, "runs out"), (10, 3 * 3600, "fine"), (200, 0, "runs out"), (433, 0, "empty")],
)
async def test_a_budget_that_is_spent_too_fast_runs_out(
    tmp_path: Path, objective: Plan, minutes: int, later: int, state: str
) -> None:
    h = History()
    told(h, 0, "up")
    begin = 20 * DAY
    told(h, begin, "down")
    if later:
        told(h, begin + minutes * 60, "up")
    found = budget(await after(h, tmp_path, begin + minutes * 60 + later, objective))
    assert (found.state, found.spent) == (state, minutes)
    if state == "runs out":
        share = minutes / 432
        assert found.empty_in_days == pytest.approx((1 - share) * 3 / share)
    assert (found.empty_in_days == 0.0) == (state == "empty")


def test_the_command_line_says_what_runs_out_and_what_worked_with_less(
    tmp_path: Path, objective: Plan, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    h = History()
    told(h, 0, "up")
    agreed(h, 0, 3600, 10**9)
    told(h, 3600, "degraded")
    told(h, 3700, "down")
    assert main(["continuity", "--data", str(h.stored(tmp_path / "data")), "--plan", str(folder)]) == 0
    out = capsys.readouterr().out
    assert "100 s with less" in out and "of it in agreed maintenance: empty" in out
