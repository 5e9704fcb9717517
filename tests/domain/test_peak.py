"""A declared peak and overflow by load: only the room itself speaks, once, and the fold says the same."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from meldkamer.domain import desk, peak
from meldkamer.domain.basics import Context, Refused

HERE = Context(now=1_000, actor="rt.caco", room="RT")
RT = desk.Desk(room="RT")


def after(command: desk.DeskCommand, before: desk.Desk = RT, now: int = 1_000) -> desk.Desk:
    for event in desk.decide(before, command, HERE):
        before = desk.evolve(before, event, now)
    return before


def test_a_peak_is_declared_with_its_reason_and_ended() -> None:
    busy = after(peak.DeclarePeak(room="RT", reason="jaarwisseling"))
    assert busy.peak == peak.Peak(by="rt.caco", reason="jaarwisseling", since=1_000)
    assert after(peak.EndPeak(room="RT"), busy).peak is None
    assert desk.decide(RT, peak.EndPeak(room="RT"), HERE) == []


def test_a_second_declaration_says_who_declared_the_first() -> None:
    busy = after(peak.DeclarePeak(room="RT", reason="storm"))
    with pytest.raises(Refused, match="peak_already"):
        desk.decide(busy, peak.DeclarePeak(room="RT", reason="storm"), HERE)


@pytest.mark.parametrize(
    "command",
    [
        peak.DeclarePeak(room="LB", reason="x"),
        peak.EndPeak(room="LB"),
        peak.NoteOverflow(room="LB", kind="112", open=True, waiting=9, seats=1, limit=2.0),
    ],
)
def test_nobody_speaks_for_another_room(command: peak.PeakCommand) -> None:
    with pytest.raises(Refused, match="not_your_room"):
        desk.decide(desk.Desk(room="LB"), command, HERE)


notes = st.builds(
    peak.NoteOverflow,
    room=st.just("RT"),
    kind=st.sampled_from(["112", "B.intake", "A.intake"]),
    open=st.booleans(),
    waiting=st.integers(0, 50),
    seats=st.integers(0, 9),
    limit=st.just(2.0),
)


@given(st.lists(notes, max_size=20))
def test_overflow_is_open_for_the_kinds_last_said_to_be_open(said: list[peak.NoteOverflow]) -> None:
    now, last = RT, {}
    for n, note in enumerate(said):
        events = desk.decide(now, note, HERE)
        assert len(events) == (note.open != (note.kind in now.overflows)), "one event for a change, none for a repeat"
        now = after(note, now, n)
        last[note.kind] = note.open
    assert set(now.overflows) == {kind for kind, is_open in last.items() if is_open}
    assert now.peak is None
