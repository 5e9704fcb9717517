"""The smaller parts of a drill: which faults, in which order, how a row is judged, and what rooms show."""

from __future__ import annotations

import itertools
import os
import random

import pytest

from meldkamer.drill.book import Act, Book
from meldkamer.drill.checker import check
from meldkamer.drill.faults import FAULTS, UnknownFault, chosen, schedule
from meldkamer.drill.report import make_report, report_text
from meldkamer.drill.rows import Row, Skipped
from meldkamer.drill.setting import free_ports
from meldkamer.drill.views import compare, view


def test_faults_are_chosen_by_name_and_an_unknown_one_is_named() -> None:
    assert chosen("all") == chosen("") == list(FAULTS.values())
    assert [fault.name for fault in chosen("term-core, kill-app,term-core")] == ["term-core", "kill-app"]
    with pytest.raises(UnknownFault, match="kill-everybody: no such fault"):
        chosen("kill-app,kill-everybody")


def test_the_same_seed_draws_the_same_order_and_every_fault_before_any_again() -> None:
    faults = chosen("all")

    def drawn(seed: int) -> list[str]:
        return [f.name for f in itertools.islice(schedule(faults, random.Random(seed)), 2 * len(faults))]

    assert drawn(1) == drawn(1) != drawn(2)
    assert sorted(drawn(1)[: len(faults)]) == sorted(drawn(1)[len(faults) :]) == sorted(FAULTS)
    assert not list(schedule([], random.Random(1)))


@pytest.mark.parametrize(
    ("seen", "limits", "verdict"),
    [
        ({"takeover_s": 13.9, "unavailable_s": 99.0}, {}, "good"),
        ({"takeover_s": 14.1}, {}, "over"),
        ({"takeover_s": 14.1}, {"takeover_s": 20.0}, "good"),
        ({"unavailable_s": 3.1}, {"unavailable_s": 3.0}, "over"),
        ({"moved": 1}, {}, "over"),
    ],
)
def test_a_row_is_judged_by_the_limits_of_what_it_has_seen(
    seen: dict[str, float], limits: dict[str, float], verdict: str
) -> None:
    row = Row(fault="x", target="y", begin=0.0, seen=seen, limits=limits)
    row.judge()
    assert row.verdict == verdict and bool(row.why) == (verdict != "good")


def test_a_row_that_says_why_has_failed() -> None:
    row = Row(fault="x", target="y", begin=0.0, why="was never seen again")
    row.judge()
    assert row.verdict == "failed"


def test_the_same_id_is_the_same_act() -> None:
    book = Book()
    first = book.begin(Act(id="a", room="LB", region="LB", what="note", sent=1.0))
    assert book.begin(Act(id="a", room="LB", region="LB", what="note", sent=2.0)) is first
    assert list(book) == [first]


def test_a_report_passes_only_when_something_was_tried_and_all_is_well() -> None:
    nothing = check([], [], [], None)
    good = Row(fault="kill-app", target="LB", begin=0.0, seen={"takeover_s": 12.5}, verdict="good")
    bad = Row(fault="kill-app", target="LB", begin=0.0, why="never", verdict="failed")
    about = {"seed": 1, "rooms": 3, "core": 3, "seconds": 1.0}
    skipped = [Skipped("slow-disk", "needs root")]
    assert make_report(nothing, [], [good], skipped, **about).ok  # type: ignore[arg-type]
    assert not make_report(nothing, [], [], [], **about).ok  # type: ignore[arg-type]
    assert not make_report(nothing, [], [good, bad], [], **about).ok  # type: ignore[arg-type]
    assert not make_report(nothing, ["units LB/1: differs"], [good], [], **about).ok  # type: ignore[arg-type]
    report = make_report(nothing, [], [good], skipped, **about)  # type: ignore[arg-type]
    assert report.takeover_s.silent == 12.5 and report.takeover_s.declared is None
    text = report_text(report)
    assert "passed: 3 rooms" in text and "skipped  slow-disk: needs root" in text


def test_a_drill_beside_another_one_begins_on_other_ports(monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither holds its ports until its servers listen."""
    found = set()
    for number in (4000, 4001, 4002):
        monkeypatch.setattr(os, "getpid", lambda number=number: number)
        found.add(free_ports(30))
    assert len(found) == 3


def test_rooms_are_compared_by_what_the_record_says() -> None:
    def shown(status: str, x: float) -> dict[str, object]:
        unit = {"ref": "LB/1", "status": status, "x": x, "key": 7}
        return {"incidents": [], "calls": [], "units": [unit], "functions": [{"name": "LB.112", "owner": "LB"}]}

    assert compare({"LB": view(shown("vr", 1.0)), "OB": view(shown("vr", 2.0))}) == []
    assert compare({"LB": view(shown("vr", 1.0)), "OB": view(shown("tp", 1.0))}) == [
        "units LB/1: OB and LB differ in status (OB 'tp', LB 'vr')"
    ]
    missing = {**shown("vr", 1.0), "units": []}
    assert compare({"LB": view(shown("vr", 1.0)), "OB": view(missing)}) == ["units LB/1: LB alone shows it"]
