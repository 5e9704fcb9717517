"""Playbooks that are worked through: whose they are, what is ticked, and that no tick is lost."""

from __future__ import annotations

import msgspec
import pytest

from meldkamer.domain import desk, playbook
from meldkamer.domain.basics import Context, Event, Refused
from meldkamer.domain.playbook import Run

NOW = 1_800_000_000_000


def at(now: int = NOW, room: str = "LB", actor: str = "lb.caco") -> Context:
    return Context(now=now, actor=actor, room=room)


def opening(run: str = "r1", about: str = "", since: int | None = None) -> playbook.OpenPlaybook:
    return playbook.OpenPlaybook(
        room="LB",
        run=run,
        playbook="paging",
        version="2026.1",
        about=about,
        since=since,
        steps=("own_pager", "voice"),
        tell=("head",),
    )


def tick(item: str = "voice", run: str = "r1") -> playbook.TickPlaybook:
    return playbook.TickPlaybook(room="LB", run=run, item=item)


def after(runs: tuple[Run, ...], *given: tuple[playbook.PlaybookCommand, Context]) -> tuple[Run, ...]:
    for command, context in given:
        for event in playbook.decide(runs, command, context):
            assert isinstance(event, playbook.PlaybookEvent)
            runs = playbook.runs_after(runs, event, context.now)
    return runs


def refused(runs: tuple[Run, ...], command: playbook.PlaybookCommand, context: Context) -> str:
    with pytest.raises(Refused) as told:
        playbook.decide(runs, command, context)
    return told.value.code


def test_it_is_opened_ticked_and_closed_with_who_and_when() -> None:
    close = playbook.ClosePlaybook(room="LB", run="r1", note="pagers werken weer")
    (run,) = after(
        (), (opening(since=NOW - 60_000), at()), (tick(), at(NOW + 1)), (close, at(NOW + 2, actor="lb.ander"))
    )
    assert (run.since, run.at, run.by, run.holder) == (NOW - 60_000, NOW, "lb.caco", "LB")
    assert run.done == {"voice": playbook.Tick("lb.caco", "LB", NOW + 1)}
    assert (run.closed, run.closed_by, run.note) == (NOW + 2, "lb.ander", "pagers werken weer")
    assert refused((run,), tick("head"), at()) == "playbook.closed"


def test_the_same_is_not_opened_twice_and_a_repeat_is_harmless() -> None:
    runs = after((), (opening(), at()))
    assert playbook.decide(runs, opening(), at()) == []
    assert refused(runs, opening("r2"), at()) == "playbook.already"
    assert len(after(runs, (opening("r2", about="A"), at()))) == 2


@pytest.mark.parametrize(("since", "kept"), [(None, NOW), (NOW + 5, NOW), (0, NOW - playbook.OLDEST_MILLIS)])
def test_its_clocks_run_from_a_moment_that_has_been(since: int | None, kept: int) -> None:
    (run,) = after((), (opening(since=since), at()))
    assert run.since == kept


def test_only_the_room_that_holds_it_goes_on_and_another_takes_it_with_every_tick() -> None:
    runs = after((), (opening(), at()), (tick(), at()))
    assert refused(runs, tick("head"), at(room="OB")) == "playbook.held"
    take = playbook.TakePlaybook(room="LB", run="r1", reason="LB ontruimd")
    other = at(NOW + 9, "OB", "ob.caco")
    (run,) = runs = after(runs, (take, other), (tick("head"), other))
    assert (run.holder, run.taken_by, run.reason) == ("OB", "ob.caco", "LB ontruimd")
    assert {item: t.room for item, t in run.done.items()} == {"voice": "LB", "head": "OB"}
    assert refused(runs, tick("own_pager"), at()) == "playbook.held"
    assert playbook.decide(runs, take, other) == []


def test_a_tick_is_said_once_and_taken_back() -> None:
    runs = after((), (opening(), at()), (tick(), at()))
    assert playbook.decide(runs, tick(), at()) == []
    back = playbook.UntickPlaybook(room="LB", run="r1", item="voice")
    assert after(runs, (back, at()))[0].done == {}
    assert refused(runs, tick("no_such"), at()) == "playbook.no_such_step"
    assert refused(runs, tick(run="r9"), at()) == "playbook.unknown"


def test_of_two_ticks_across_a_cut_the_first_one_stands() -> None:
    """What the cut room ticked arrives behind what the others ticked later."""
    runs = after((), (opening(), at()))
    late = playbook.PlaybookTicked(run="r1", item="voice", by="ob.caco", room="OB")
    early = playbook.PlaybookTicked(run="r1", item="voice", by="lb.caco", room="LB")
    runs = playbook.runs_after(playbook.runs_after(runs, late, NOW + 20), early, NOW + 10)
    assert runs[0].done["voice"] == playbook.Tick("lb.caco", "LB", NOW + 10)
    # Of a run that is not here nothing is known, and nothing breaks.
    assert playbook.runs_after((), early, NOW) == ()


def test_closing_asks_a_word_and_is_undone_by_the_same_person_within_ten_seconds() -> None:
    runs = after((), (opening(), at()))
    assert refused(runs, playbook.ClosePlaybook(room="LB", run="r1", note="  "), at()) == "playbook.say_why"
    runs = after(runs, (playbook.ClosePlaybook(room="LB", run="r1", note="x"), at()))
    reopen = playbook.ReopenPlaybook(room="LB", run="r1")
    assert refused(runs, reopen, at(actor="een.ander")) == "undo.not_yours"
    assert refused(runs, reopen, at(NOW + 10_001)) == "undo.too_late"
    assert after(runs, (reopen, at(NOW + 9_000)))[0].closed == 0


def test_the_last_few_that_were_closed_stay_in_sight_and_all_that_are_open() -> None:
    runs: tuple[Run, ...] = ()
    for n in range(playbook.KEPT + 3):
        close = playbook.ClosePlaybook(room="LB", run=f"r{n}", note="x")
        runs = after(runs, (opening(f"r{n}"), at(NOW + n)), (close, at(NOW + n)))
    runs = after(runs, (opening("open"), at(NOW + 99)))
    assert [r.run for r in runs] == [f"r{n}" for n in range(3, playbook.KEPT + 3)] + ["open"]


def test_a_desk_of_before_has_none_and_a_desk_keeps_them() -> None:
    before = msgspec.msgpack.encode({"room": "LB", "state": "up"})
    assert msgspec.msgpack.decode(before, type=desk.Desk).playbooks == ()
    state = desk.Desk(room="LB")
    events: list[Event] = desk.decide(state, opening(), at())
    for event in events:
        state = desk.evolve(state, event, NOW)
    again = msgspec.msgpack.decode(msgspec.msgpack.encode(state), type=desk.Desk)
    assert again.playbooks == state.playbooks and again.playbooks[0].playbook == "paging"
