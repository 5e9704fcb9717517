"""A lasting gap as an item: one open at a time, changed with a reason, closed with a result."""

from __future__ import annotations

import msgspec
import pytest

from meldkamer.domain.basics import Context, Event, Refused
from meldkamer.domain.gap import (
    ChangeGap,
    CloseGap,
    Found,
    Gap,
    GapClosed,
    GapCommand,
    OpenGap,
    decide,
    gap_ref,
    gaps_after,
    open_item,
)

FOUND = Found(
    since=1, until=2, norm="answer_112", seconds=10, share=0.6, others=0.9, difference=-0.3, low=-0.4, high=-0.2,
    weeks=4, worse=3,
)  # fmt: skip
OPEN = OpenGap(
    item="i1",
    room="ZB",
    measure="answer_112",
    found=FOUND,
    owner="HMK",
    owner_room="ZB",
    action="rooster",
    due="2026-03-01",
)
CHANGE = ChangeGap(
    room="ZB", measure="answer_112", owner="C-MKA", owner_room="ZB", action="rooster", due="2026-04-01", reason="ziek"
)
CLOSE = CloseGap(room="ZB", measure="answer_112", reached="gone", result="drie weken gelijk")


def context(actor: str = "kwal", now: int = 10) -> Context:
    return Context(now=now, actor=actor, room="RT")


def after(*commands: GapCommand) -> tuple[Gap, ...]:
    gaps: tuple[Gap, ...] = ()
    for n, command in enumerate(commands):
        for event in decide(gaps, command, context(now=10 + n)):
            gaps = gaps_after(gaps, event, 10 + n)  # type: ignore[arg-type]
    return gaps


def test_its_life() -> None:
    (gap,) = after(OPEN, CHANGE, CLOSE)
    assert (gap.owner, gap.due, gap.reason, gap.by) == ("C-MKA", "2026-04-01", "ziek", "kwal")
    assert (gap.opened, gap.changed, gap.closed, gap.reached, gap.result) == (10, 11, 12, "gone", "drie weken gelijk")
    assert gap.found == FOUND and open_item([gap]) is None


def test_one_is_open_at_a_time_and_another_may_follow() -> None:
    with pytest.raises(Refused) as refused:
        decide(after(OPEN), OPEN, context("ander"))
    assert (refused.value.code, refused.value.params["by"]) == ("gap.open_already", "kwal")
    again = msgspec.structs.replace(OPEN, item="i2")
    assert [(g.item, bool(g.closed)) for g in after(OPEN, CLOSE, again)] == [("i1", True), ("i2", False)]


@pytest.mark.parametrize("command", [CHANGE, CLOSE])
def test_what_is_not_open_is_neither_changed_nor_closed(command: GapCommand) -> None:
    for gaps in ((), after(OPEN, CLOSE)):
        with pytest.raises(Refused, match="none_open"):
            decide(gaps, command, context())


def test_what_is_so_already_is_not_said_again() -> None:
    assert decide(after(OPEN, CHANGE), CHANGE, context()) == []


def test_it_says_something_and_names_a_day() -> None:
    replace = msgspec.structs.replace
    for command in (replace(OPEN, action="  "), replace(CHANGE, reason=" "), replace(CLOSE, result=" ")):
        gaps = () if isinstance(command, OpenGap) else after(OPEN)
        with pytest.raises(Refused, match="says_nothing"):
            decide(gaps, command, context())
    with pytest.raises(Refused, match="no_day"):
        decide((), replace(OPEN, due="2026-02-30"), context())


def test_a_word_about_an_item_that_is_not_there_changes_nothing() -> None:
    gaps = after(OPEN)
    stray: Event = GapClosed(item="other", reached="gone", result="?", by="x")
    assert gaps_after(gaps, stray, 99) == gaps  # type: ignore[arg-type]


def test_each_room_and_measure_has_its_own_place() -> None:
    assert gap_ref("ZB", "answer_112", "") == "gap-ZB-answer_112"
    assert gap_ref("ZB", "arrival", "B") == "gap-ZB-arrival-B"
