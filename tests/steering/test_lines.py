"""The lines at a glance: the counts are those of the files, and unknown is counted as unknown."""

from __future__ import annotations

import json
from pathlib import Path
from xml.etree import ElementTree

import pytest

from meldkamer.cli import main
from meldkamer.steering import Plan, axis_chart, load_plan, portfolio
from meldkamer.steering.portfolio import Item


def test_every_item_is_counted_once(plan: Plan) -> None:
    found, items = portfolio(plan), plan.of(Item)
    assert [view.id for view in found.lines] == [f"LIJN-{n}" for n in range(1, 6)]
    assert sum(view.items for view in found.lines) == len(items)
    assert all(view.t0 + view.t1 == view.items for view in found.lines)
    assert all(view.continuity + view.renewal <= view.items for view in found.lines)
    assert found.continuity > found.renewal, "the base comes first"


def test_unknown_capacity_is_not_nothing(plan: Plan, folder: Path) -> None:
    before = portfolio(plan)
    assert sum(view.capacity_unknown for view in before.lines) == len(plan.of(Item))
    assert all(skill.supply_fte == "unknown" for skill in before.expertise)
    file = folder / "roadmap" / "1-continuiteit.toml"
    file.write_text(
        file.read_text().replace('expertise = ["X-telefonie"]', 'expertise = ["X-telefonie"]\ncapacity = 7')
    )
    after = portfolio(load_plan(folder))
    first = after.lines[0]
    assert (first.capacity_known, first.capacity_unknown) == (7, before.lines[0].capacity_unknown - 1)
    skill = next(view for view in after.expertise if view.id == "X-telefonie")
    assert (skill.items, skill.demand_known, skill.demand_unknown) == (1, 7, 0)


def test_each_item_is_a_dot_on_the_axis(plan: Plan) -> None:
    for english in (False, True):
        root = ElementTree.fromstring(axis_chart(plan, english))  # noqa: S314 - our own
        dots = [node for node in root.iter() if node.tag.endswith("circle")]
        assert len(dots) == len(plan.of(Item))
        assert all(0 < float(dot.get("cx", "0")) < 800 and 0 < float(dot.get("cy", "0")) < 420 for dot in dots)
        assert len({(dot.get("cx"), dot.get("cy")) for dot in dots}) == len(dots), "no dot hides another"


def test_the_command(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert main(["plan", "lines", "--svg", str(tmp_path / "axis.svg"), "--language", "en"]) == 0
    assert "balance:" in capsys.readouterr().out
    assert "renewal" in (tmp_path / "axis.svg").read_text()
    assert main(["plan", "lines", "--json"]) == 0
    assert len(json.loads(capsys.readouterr().out)["lines"]) == 5
