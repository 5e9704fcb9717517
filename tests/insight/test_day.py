"""A day known to the second, through the handlers into a record, comes out of it as it was."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

from meldkamer.domain import call
from meldkamer.insight import Figures, Report, as_csv, as_html

from .conftest import MORNING, PACK, ZONE, Day, a_reader, live_through, received

GOLDEN = Path(__file__).parent / "golden" / "day.csv"


def block(report: Report, measure: str, discipline: str = "") -> Any:
    return next(b for b in report.blocks if (b.measure, b.discipline) == (measure, discipline))


def row(of: Any, grouping: str, key: str) -> Any:
    return next(r for r in of.by[grouping] if r.key == key)


async def test_answers(day: Day) -> None:
    await live_through(day)
    report = await day.report()
    answers = block(report, "answer_112")
    assert (answers.all.measured, answers.all.not_measured) == (4, {"abandoned": 2, "open": 1})
    assert (answers.all.p50.value, answers.all.p90.value) == (5.0, 30.0)
    (within,) = answers.all.within
    # The caller who hung up after 15 s was not answered in 10 s; the one who hung up after 5 s says nothing.
    assert (within.norm, within.share.met, within.share.of, within.verdict) == ("answer_112", 3, 5, "no_target")
    assert report.test_calls == 1
    home, neighbour = row(answers, "room", "RT"), row(answers, "room", "DH")
    assert (home.measured, home.p90.value, home.not_measured) == (2, 30.0, {"abandoned": 2, "open": 1})
    assert (neighbour.measured, neighbour.p90.value) == (2, 6.0)
    assert row(answers, "region", "RT").measured == 4
    assert row(answers, "hour", "09").measured == 4


async def test_from_the_answered_call_to_the_scene(day: Day) -> None:
    await live_through(day)
    report = await day.report()
    for measure, seconds in (("processing", 100.0), ("turnout", 90.0), ("arrival", 520.0)):
        fire = block(report, measure, "B")
        assert (fire.all.measured, fire.all.p50.value) == (1, seconds)
        assert row(fire, "priority", "1").measured == 1
    arrival = {w.norm: (w.share.met, w.verdict) for w in block(report, "arrival", "B").all.within}
    assert arrival["B_arrival_8"] == (0, "no_target") and arrival["B_arrival_10"] == (1, "no_target")
    assert arrival["B_arrival_max"] == (1, "meets")
    ambulance = block(report, "arrival", "A")
    assert (ambulance.all.measured, ambulance.all.not_measured) == (0, {"no_order": 1})


async def test_what_could_not_be_measured_is_never_a_number(day: Day) -> None:
    await live_through(day)
    report = await day.report()
    nothing = block(report, "turnout", "A").all
    assert (nothing.p50, nothing.p90, nothing.p95, nothing.within[0].share) == (None, None, None, None)
    assert nothing.within[0].verdict == "not_measured"
    quiet = row(block(report, "answer_112"), "room", "LB")
    assert quiet.measured == 0 and quiet.p50 is None
    assert next(o for o in report.overflow if o.room == "LB").overflow is None
    assert next(q for q in block(report, "answer_112").quality.rooms if q.room == "LB").standing == "not_measured"


async def test_overflow_and_takeover(day: Day) -> None:
    await live_through(day)
    report = await day.report()
    found = {o.room: o for o in report.overflow}
    rotterdam = found["RT"]
    assert (rotterdam.own, rotterdam.answered_here, rotterdam.overflow_out, rotterdam.taken_over) == (4, 2, 1, 1)
    assert (found["DH"].own, found["DH"].helped) == (0, 2)
    (move,) = report.takeovers.moves
    assert (move.function, move.previous, move.to, move.ground) == ("RT.112", "RT", "DH", "declared")
    assert (move.seconds, move.away) == (0.4, 300.0)
    assert report.takeovers.declared is not None and report.takeovers.declared.value == 0.4
    assert report.takeovers.silent is None


async def test_the_period_takes_what_began_in_it(day: Day) -> None:
    await live_through(day)
    since, until = MORNING + 600_000, MORNING + 800_000
    report = Figures(await day.book(), PACK, ZONE, since=since, until=until).report()
    answers = block(report, "answer_112").all
    assert (answers.measured, answers.not_measured) == (1, {"abandoned": 2})
    assert block(report, "arrival", "B").all.measured == 0
    assert report.takeovers.moves == () and report.test_calls == 1


async def test_over_regions_it_does_not_matter_who_is_read_first(day: Day) -> None:
    await live_through(day)
    await day.at(1400, "DH", received("far", region="DH"))
    await day.at(1402, "DH", call.AnswerCall(call="DH/far"))
    at_once = await day.report()
    step_by_step = a_reader()
    tails = {region: await day.record.tail(region) for region in await day.record.regions()}
    for region in sorted(tails, reverse=True):
        await step_by_step.catch_up(Only(day, region), lambda line: None, lambda: 0.0)  # type: ignore[arg-type]
    assert Figures(step_by_step.book(), PACK, ZONE).report() == at_once
    assert len(tails) == 3


class Only:
    """A record of which one region is in reach."""

    def __init__(self, day: Day, region: str) -> None:
        self.record, self.region = day.record, region

    async def regions(self) -> list[str]:
        return [self.region]

    async def tail(self, region: str) -> int:
        return await self.record.tail(region)

    def replay(self, region: str, after: int = 0, until: int | None = None):
        return self.record.replay(region, after, until)


async def test_the_table_is_the_golden_one(day: Day) -> None:
    await live_through(day)
    lines = as_csv(await day.report()).splitlines()
    rows = [line for line in csv.DictReader(lines) if line["grouping"] == "all" or line["group"] in ("RT", "DH", "09")]
    with GOLDEN.open(newline="", encoding="utf-8") as file:
        assert rows == list(csv.DictReader(file))


async def test_nobody_is_in_it(day: Day) -> None:
    await live_through(day)
    report = await day.report()
    for text in (as_csv(report), as_html(report, PACK, "nl"), as_html(report, PACK, "en")):
        for personal in ("0612345678", "Vermeer", "Coolsingel", "buurvrouw", "jansen", "17-0131", "RT-1", "RT/"):
            assert personal not in text
        # Seven calls from one town are too few to stand by themselves.
        assert "Rotterdam" not in text.replace("Meldkamer Rotterdam", "").replace("RT Rotterdam", "")


async def test_a_town_with_enough_cases_is_named(day: Day) -> None:
    for n in range(12):
        await day.at(10 * n, "RT", received(f"c{n}"))
        await day.at(10 * n + 3, "RT", call.AnswerCall(call=f"RT/c{n}"))
    (town,) = block(await day.report(), "answer_112").by["municipality"]
    assert (town.key, town.measured, town.p90.value) == ("Rotterdam", 12, 3.0)


async def test_an_empty_record_was_not_measured(day: Day) -> None:
    report = await day.report()
    assert report.period.covers is None
    assert all(b.all.measured == 0 and b.all.p50 is None for b in report.blocks)
    assert "The record is empty: nothing could be measured" in as_html(report, PACK, "en")
