"""The shipped plan: whole, traced, in our own words, and honest about what it does not know."""

from __future__ import annotations

import csv
import re
from pathlib import Path

from meldkamer.pack import load_pack
from meldkamer.steering import Plan, shipped_plan
from meldkamer.steering.parties import Body, Decision, Role, Site, Supplier
from meldkamer.steering.policy import Framework, Goal
from meldkamer.steering.portfolio import Demand, Innovation, Item, Line, MoneyNote
from meldkamer.steering.provisions import Provision, System


def test_every_requirement_is_answered_by_a_row(plan: Plan) -> None:
    assert len(plan.requirements) == 346
    assert [id for id, rows in plan.served.items() if not rows] == []


def test_the_requirements_are_those_of_the_plan(plan: Plan, seed: Path) -> None:
    with (seed / "requirements.csv").open(encoding="utf-8", newline="") as file:
        assert tuple(row["id"] for row in csv.DictReader(file)) == plan.requirements


def test_the_parts_of_the_plan_are_there(plan: Plan) -> None:
    assert len(plan.of(Goal)) == 5
    assert len(plan.of(Framework)) == 6  # five of policy, and the one for automatic reporting under review
    assert [p.id for p in plan.of(Provision) if p.id.startswith("VZ")] == [f"VZ{n}" for n in range(1, 8)]
    assert {row.line for row in plan.budget.costs()} == {p.budget_line for p in plan.of(Provision)}
    assert [line.order for line in plan.of(Line)] == [1, 2, 3, 4, 5]
    assert [line.base for line in plan.of(Line)] == [True, True, False, False, False]
    assert {"BMB", "RISKBOARD", "GBO", "VMX-STURING"} <= {body.id for body in plan.of(Body)}
    assert {supplier.internal for supplier in plan.of(Supplier)} == {True, False}
    counts = dict.fromkeys(("included", "not included", "charged to the account"), 0)
    for note in plan.of(MoneyNote):
        counts[note.list] = counts.get(note.list, 0) + 1
    assert counts["included"] == 6 and counts["not included"] == 4 and counts["charged to the account"] == 10
    assert sum(note.part_of == "GL-c2000" for note in plan.of(MoneyNote)) == 3


def test_each_line_has_work_on_the_axis_in_both_times(plan: Plan) -> None:
    for line in plan.of(Line):
        items = [item for item in plan.of(Item) if item.line == line.id]
        assert len(items) >= 7
        assert {item.horizon for item in items} == {"T0", "T1"} or line.order in (3, 4)


def test_rooms_are_those_of_the_country(plan: Plan) -> None:
    rooms = {room.code for room in load_pack().rooms if room.kind == "regional"}
    assert {site.id for site in plan.of(Site) if site.kind == "room"} == rooms
    assert {demand.room for demand in plan.of(Demand)} == rooms


def test_all_demands_of_the_rooms_are_recorded_and_none_is_called_met(plan: Plan, seed: Path) -> None:
    demands = plan.of(Demand)
    assert len(demands) == 38
    assert all(demand.met == "no" and demand.serves[0] == demand.id for demand in demands)
    names = {site.id: site.name.removeprefix("Meldkamer ") for site in plan.of(Site)}
    with (seed / "vraagarticulatie.csv").open(encoding="utf-8", newline="") as file:
        asked = {(row["demand_id"], row["room"], int(row["order"])) for row in csv.DictReader(file)}
    assert {(demand.id, names[demand.room], demand.order) for demand in demands} == asked


def test_owners_are_roles_of_the_right_party(plan: Plan) -> None:
    roles = {role.id: role for role in plan.of(Role)}
    assert {role.steering for role in roles.values()} == {"line", "functional"}
    assert all(demand.owner == f"rol-hmk-{demand.room}" for demand in plan.of(Demand))


def test_critical_systems_named_by_the_plan_carry_both_level_schemes(plan: Plan) -> None:
    named = {system.id: system for system in plan.of(System)}
    for id in ("S-gms", "S-c2000", "S-nlalert"):
        assert named[id].critical and named[id].minimum_by == 2025 and named[id].analysis
        assert (named[id].bbn_reached, named[id].bio2_scope) == ("unknown", "unknown")


def test_trials_are_ideas_with_a_goal_and_a_room(plan: Plan) -> None:
    assert all(trial.state == "idea" and trial.goals and trial.demands for trial in plan.of(Innovation))


def test_the_tables_are_what_was_adopted(plan: Plan) -> None:
    (decision,) = plan.of(Decision)
    assert set(decision.adopts) == {plan.manifest.budget, plan.manifest.account}
    assert (decision.body, str(decision.date)) == ("BMB", "2024-08-29")


def test_no_sentence_of_the_adopted_text_is_copied(seed: Path) -> None:
    """Seven words in a row that stand in the adopted text, in a row here too, are a copy."""
    text = (seed / "beheer-en-bestedingsplan-2025-2029.txt").read_text(encoding="utf-8")
    theirs = _runs(text)
    for file in sorted(shipped_plan().rglob("*")):
        if file.suffix in (".toml", ".md"):
            assert not _runs(file.read_text(encoding="utf-8")) & theirs, file.name


def _runs(text: str) -> set[tuple[str, ...]]:
    words = re.findall(r"[^\W_]+", text.lower())
    return {tuple(words[n : n + 7]) for n in range(len(words) - 6)}
