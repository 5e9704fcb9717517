"""What is long over is settled and forgotten, and the figures stay the same."""

from __future__ import annotations

from meldkamer.domain import alert, call, incident_rules, unit
from meldkamer.domain.basics import Location
from meldkamer.insight import Figures

from .conftest import PACK, ZONE, Day, a_reader, live_through, received

HOURS = 3_600


async def days_of(day: Day) -> None:
    """A fire on each of eight days, after a first day that is known to the second."""
    await live_through(day)
    for n in range(1, 9):
        start = n * 24 * HOURS
        await day.at(start, "RT", received(f"c{n}"))
        await day.at(start + n, "RT", call.AnswerCall(call=f"RT/c{n}"))
        opened = incident_rules.OpenIncident(
            incident=f"n{n}", region="RT", location=Location(text="", municipality="Rotterdam"), disciplines="B",
            priority=1, call=f"RT/c{n}",
        )  # fmt: skip
        await day.at(start + 60, "RT", opened)
        register = unit.RegisterUnit(
            region="RT", call_sign=f"17-{n:04d}", discipline="B", kind="TS", function="RT.B.dispatch"
        )
        await day.at(start + 60, "RT", register)
        await day.at(start + 60, "RT", unit.ReportStatus(unit=f"RT/17-{n:04d}", code="available"))
        await day.at(start + 100, "RT", unit.AssignUnit(unit=f"RT/17-{n:04d}", assignment=f"o{n}", incident=f"RT/n{n}"))
        order = alert.OrderAlert(
            alert=f"RT/y{n}", unit=f"RT/17-{n:04d}", assignment=f"o{n}", incident=f"RT/n{n}", number=f"RT-{n}",
            priority=1, text="", epoch=1,
        )  # fmt: skip
        await day.at(start + 101, "RT", order)
        await day.at(start + 105 + n, "RT", alert.NoteAlertSent(alert=f"RT/y{n}", channel="field"))
        await day.at(start + 200, "RT", unit.ReportStatus(unit=f"RT/17-{n:04d}", code="en_route", source="unit"))


async def test_settling_changes_no_figure_and_keeps_little(day: Day) -> None:
    await days_of(day)
    settled = a_reader()
    await settled.catch_up(day.record, lambda line: None, day.clock.monotonic)
    kept, everything = settled.book(), await day.book(settling=False)
    assert len(kept.columns) == len(everything.columns) > 30
    for period in ({}, {"since": day.clock.now() - 5 * 24 * HOURS * 1000}):
        assert Figures(kept, PACK, ZONE, **period).report() == Figures(everything, PACK, ZONE, **period).report()
    assert "RT/fire" not in settled.facts.calls and "RT/c8" in settled.facts.calls
    assert "RT/i1" not in settled.facts.incidents and "a1" not in settled.facts.orders


async def test_reading_on_says_the_same_as_reading_at_once(day: Day) -> None:
    await days_of(day)
    part = a_reader()
    await part.catch_up(Half(day), lambda line: None, day.clock.monotonic)  # type: ignore[arg-type]
    first = part.book()
    await part.catch_up(day.record, lambda line: None, day.clock.monotonic)
    assert first.entries < part.book().entries
    assert Figures(part.book(), PACK, ZONE).report() == Figures(await day.book(), PACK, ZONE).report()
    await part.catch_up(day.record, lambda line: None, day.clock.monotonic)
    assert part.count == 0


class Half:
    """A record as it stood when half of it was written."""

    def __init__(self, day: Day) -> None:
        self.record = day.record
        self.regions, self.replay = self.record.regions, self.record.replay

    async def tail(self, region: str) -> int:
        return await self.record.tail(region) // 2
