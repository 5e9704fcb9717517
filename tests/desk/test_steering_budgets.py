"""An alarm when an error budget runs out: once, again when it is empty, over when it is; and only where steering is."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from meldkamer.desk.health_watch import Alarm
from meldkamer.desk.steering_budgets import EACH_SECONDS, BudgetWatch
from meldkamer.domain.basics import Refused
from meldkamer.domain.clock import FakeClock
from meldkamer.steering import ObjectiveRow
from meldkamer.steering.continuity.structs import BudgetState


def row(state: BudgetState, burn: float | None, target: float = 0.999) -> ObjectiveRow:
    return ObjectiveRow(
        file="doelen/c2000.yaml", objective="c2000", name="C2000", service="C2000", about="service C2000",
        method="Timeslices", window_days=30, since=0, target=target, reached=None if burn is None else 0.99,
        budget=100, spent=None if burn is None else burn * 100, burn=burn, of=1000, unit="minutes", state=state,
        empty_in_days=2.0 if state == "runs out" else None,
    )  # fmt: skip


class World:
    """A watch over rows that a test sets."""

    def __init__(self, open: Sequence[Alarm] = ()) -> None:
        self.rows: Sequence[ObjectiveRow] | None = ()
        self.serves, self.faulty, self.told = True, False, list[Alarm]()
        self.clock = FakeClock()
        self.watch = BudgetWatch(self._look, lambda: self.serves, self.clock, [self.told.append], open)

    async def _look(self) -> Sequence[ObjectiveRow] | None:
        if self.faulty:
            raise Refused("plan.faults", count=1, first="x")
        return self.rows

    async def see(self, *rows: ObjectiveRow) -> list[str]:
        self.rows = rows
        before = len(self.told)
        await self.watch.look()
        return [f"{'over' if a.ended else 'raised'} {a.times}" for a in self.told[before:]]


async def test_raised_once_again_when_empty_and_ended() -> None:
    world = World()
    assert await world.see(row("fine", 0.1)) == []
    assert await world.see(row("runs out", 0.5)) == ["raised 1"]
    assert "50 % of the error budget of C2000 is spent; at this pace all of it in 2.0 days" in world.told[-1].detail
    assert await world.see(row("runs out", 0.6)) == [] and "60 %" in world.watch.open[0].detail
    assert await world.see(row("empty", 1.2)) == ["raised 2"]
    assert await world.see(row("runs out", 0.9)) == [], "a little less than empty is no news"
    assert await world.see(row("not checked", None)) == [], "nobody looks is not better"
    assert await world.see(row("fine", 0.2)) == ["over 2"] and world.watch.open == []
    assert world.told[-1].id == world.told[0].id and world.told[0].run == "error-budget"


async def test_two_targets_have_two_budgets_and_one_that_left_the_plan_is_over() -> None:
    world = World()
    assert await world.see(row("runs out", 0.5), row("empty", 3.0, 0.9999)) == ["raised 1", "raised 2"]
    assert await world.see(row("runs out", 0.5)) == ["over 2"]


async def test_elsewhere_nothing_is_said_and_who_lost_steering_lets_go() -> None:
    world = World()
    await world.see(row("empty", 2.0))
    world.serves = False
    assert await world.see(row("empty", 2.0)) == ["over 2"]
    _, gather = world.watch.figures()
    with pytest.raises(RuntimeError):
        await gather()


async def test_what_could_not_be_looked_at_changes_nothing() -> None:
    world = World()
    await world.see(row("empty", 2.0))
    world.faulty = True
    await world.watch.look()
    world.faulty, world.rows = False, None
    await world.watch.look()
    assert len(world.told) == 1 and len(world.watch.open) == 1


async def test_an_alarm_outlives_the_process_and_is_not_raised_twice() -> None:
    first = World()
    await first.see(row("empty", 2.0))
    again = World(first.watch.open)
    assert await again.see(row("empty", 2.1)) == []
    assert await again.see(row("fine", 0.1)) == ["over 2"]


async def test_it_looks_by_itself_and_others_read_the_figures() -> None:
    import asyncio

    world = World()
    world.rows = [row("empty", 2.0)]
    work = asyncio.create_task(world.watch.run())
    await world.clock.pump(EACH_SECONDS + 1)
    assert len(world.told) == 1
    work.cancel()
    name, gather = world.watch.figures()
    figures = {family.name: family for family in await gather()}
    assert name == "error budgets"
    assert figures["meldkamer_error_budget_spent_ratio"].samples[0].value == 2.0
    assert figures["meldkamer_error_budget_alarm"].samples[0].labels == {"objective": "c2000 99.9%"}
