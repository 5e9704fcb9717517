"""Ownership: epochs only grow, and the way back needs both sides."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from meldkamer.domain import function as f
from meldkamer.domain.basics import Context, Refused

NAME = "RT.B.dispatch"
NOW = 1_767_225_600_000


def at(room: str) -> Context:
    return Context(now=NOW, actor=f"{room.lower()}.caco", room=room)


def step(function: f.Function, command: f.FunctionCommand, room: str, seq: int = 1) -> f.Function:
    for event in f.decide(function, command, at(room)):
        function = f.evolve(function, event, NOW, seq)
    return function


def owned() -> f.Function:
    return step(f.Function(name=NAME), f.TakeFunction(function=NAME, to="RT", ground="first"), "RT")


def taken_over() -> f.Function:
    return step(owned(), f.TakeFunction(function=NAME, to="DH", ground="declared", reason="brand"), "DH", 2)


def test_a_takeover_starts_a_new_epoch_and_waits_for_the_receiving_caco() -> None:
    function = taken_over()
    assert (function.owner, function.previous, function.epoch, function.token) == ("DH", "RT", 2, 2)
    assert not function.acknowledged
    assert step(function, f.AcknowledgeTakeover(function=NAME), "DH").acknowledged


def test_everybody_who_serves_it_says_once_that_it_was_read() -> None:
    function = taken_over()
    assert function.read == ()

    def reads(person: str, room: str = "DH") -> list[object]:
        context = Context(now=NOW, actor=person, room=room, seat="DH-3")
        return list(f.decide(function, f.ReadTakeover(function=NAME), context))

    assert reads("dh.brand") == [f.TakeoverRead(function=NAME, by="dh.brand", seat="DH-3")]
    function = f.evolve(function, f.TakeoverRead(function=NAME, by="dh.brand", seat="DH-3"), NOW, 3)
    assert (function.read, function.acknowledged, reads("dh.brand")) == (("dh.brand",), False, [])
    # Whoever coordinates says with the one also the other.
    function = step(function, f.AcknowledgeTakeover(function=NAME), "DH")
    assert (function.read, reads("dh.caco")) == (("dh.brand", "dh.caco"), [])
    with pytest.raises(Refused, match="not_owner"):
        reads("rt.brand", "RT")
    # A restart of the room asks nobody again; that it goes elsewhere does.
    resumed = step(function, f.TakeFunction(function=NAME, to="DH", ground="resumed"), "DH", 4)
    assert resumed.read == function.read
    assert step(function, f.TakeFunction(function=NAME, to="LB", ground="lapsed"), "LB", 5).read == ()


def test_where_nothing_was_taken_over_there_is_nothing_to_read() -> None:
    assert f.decide(owned(), f.ReadTakeover(function=NAME), at("RT")) == []


def test_handing_back_needs_both_sides() -> None:
    function = step(taken_over(), f.ProposeTransfer(function=NAME, to="RT"), "DH")
    with pytest.raises(Refused, match="other_side_must_agree"):
        f.decide(function, f.AnswerTransfer(function=NAME, agree=True), at("DH"))
    with pytest.raises(Refused, match="not_a_party"):
        f.decide(function, f.AnswerTransfer(function=NAME, agree=True), at("LB"))
    function = step(function, f.AnswerTransfer(function=NAME, agree=True), "RT", 3)
    assert (function.owner, function.epoch, function.proposal) == ("RT", 3, None)


def test_declaring_a_loss_needs_a_reason() -> None:
    with pytest.raises(Refused, match="reason_needed"):
        f.decide(owned(), f.TakeFunction(function=NAME, to="DH", ground="declared"), at("DH"))


ROOMS = st.sampled_from(["RT", "DH", "LB"])
COMMANDS = st.one_of(
    st.builds(
        f.TakeFunction,
        function=st.just(NAME),
        to=ROOMS,
        ground=st.sampled_from(["first", "declared", "lapsed", "resumed"]),
        reason=st.sampled_from(["", "x"]),
    ),
    st.builds(f.ProposeTransfer, function=st.just(NAME), to=ROOMS),
    st.builds(f.AnswerTransfer, function=st.just(NAME), agree=st.booleans()),
)


@given(st.lists(st.tuples(COMMANDS, ROOMS)))
def test_there_is_one_owner_and_epochs_only_grow(acts: list[tuple[f.FunctionCommand, str]]) -> None:
    function = f.Function(name=NAME)
    for seq, (command, room) in enumerate(acts, start=1):
        before = function
        try:
            function = step(function, command, room, seq)
        except Refused:
            continue
        if function.owner != before.owner:
            assert function.epoch == before.epoch + 1
        assert function.epoch >= before.epoch
