"""Attention messages: over by themselves, and the same whatever order what was said of them comes in."""

from __future__ import annotations

import itertools

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from meldkamer.domain.attention import (
    LONGEST,
    Attention,
    AttentionCommand,
    AttentionPassedOn,
    AttentionProlonged,
    AttentionWithdrawn,
    AttentionWritten,
    PassOnAttention,
    ProlongAttention,
    Scope,
    WithdrawAttention,
    WriteAttention,
    decide,
    evolve,
    functions_needed,
)
from meldkamer.domain.basics import Context, Event, Refused

REF = "RT/m1"


def write(until: int = 100, scope: Scope = "units", region: str = "RT", audience: str = "B") -> WriteAttention:
    return WriteAttention(
        region=region, attention="m1", scope=scope, audience=audience, until=until, text="hydrant broken"
    )


def act(
    message: Attention | None, command: AttentionCommand, now: int, actor: str = "anna", room: str = "RT"
) -> Attention | None:
    for event in decide(message, command, Context(now=now, actor=actor, room=room, seat=f"{room}-1")):
        message = evolve(message, event, REF, now)
    return message


def written(until: int = 100) -> Attention:
    message = act(None, write(until), 1)
    assert message is not None
    return message


rooms = st.sampled_from(["RT", "LB"])
facts: st.SearchStrategy[Event] = st.one_of(
    st.builds(
        AttentionProlonged,
        by=st.sampled_from("ab"),
        room=rooms,
        audience=st.just("B"),
        compartment=st.just("caller"),
        until=st.integers(0, 300),
    ),
    st.builds(
        AttentionWithdrawn, by=st.sampled_from("ab"), room=rooms, audience=st.just("B"), compartment=st.just("caller")
    ),
    st.builds(
        AttentionPassedOn,
        by=st.sampled_from("ab"),
        room=rooms,
        seat=st.sampled_from(["", "1"]),
        audience=st.just("B"),
        unit=st.sampled_from(["", "17-0131", "17-0132"]),
    ),
)


@given(st.lists(st.tuples(st.integers(1, 9), facts), max_size=5))
def test_the_order_in_which_it_comes_does_not_matter(said: list[tuple[int, Event]]) -> None:
    """Two rooms across a cut each fold their own first; afterwards both have the same."""
    outcomes = set()
    for order in itertools.permutations(said):
        message = written()
        for at, event in order:
            message = evolve(message, event, REF, at)
        outcomes.add(msgspec.json.encode(message))
        ends = [event.until for _, event in said if isinstance(event, AttentionProlonged)]
        assert message.until == max([100, *ends])
        assert (message.withdrawn is not None) == any(isinstance(event, AttentionWithdrawn) for _, event in said)
        units = [p.unit for p in message.passed if p.unit]
        assert len(units) == len(set(units))
    assert len(outcomes) == 1


commands: st.SearchStrategy[AttentionCommand] = st.one_of(
    st.builds(ProlongAttention, attention=st.just(REF), until=st.integers(0, 200), reason=st.just("why")),
    st.builds(WithdrawAttention, attention=st.just(REF), reason=st.just("why")),
    st.builds(PassOnAttention, attention=st.just(REF), unit=st.sampled_from([None, "17-0131"])),
)


@given(st.lists(st.tuples(st.integers(0, 60), commands), max_size=8), st.integers(0, 400))
def test_it_is_over_at_its_end_and_does_not_come_back(said: list[tuple[int, AttentionCommand]], later: int) -> None:
    now, message = 1, written()
    over = False
    for wait, command in said:
        now += wait
        over = over or not message.counts(now)
        try:
            found = act(message, command, now)
        except Refused as refused:
            assert refused.code == "attention.over" if over else refused.code == "attention.not_longer"
            continue
        assert found is not None
        message = found
        over = over or isinstance(command, WithdrawAttention)
        assert message.counts(now) != over
    moment = now + later
    assert message.counts(moment) == (moment < message.over)


@given(st.integers(-10, LONGEST + 10))
def test_an_end_is_ahead_and_not_too_far(ahead: int) -> None:
    now = 1_000_000
    allowed = 0 < ahead <= LONGEST
    try:
        message = act(None, write(now + ahead), now)
    except Refused as refused:
        assert not allowed and refused.code == ("attention.ended" if ahead <= 0 else "attention.too_long")
    else:
        assert allowed and message is not None and message.until == now + ahead


def test_prolonging_is_bounded_too_and_never_shortens() -> None:
    message = written(until=100)
    for until, code in ((100, "not_longer"), (50, "not_longer"), (11 + LONGEST, "too_long")):
        with pytest.raises(Refused, match=code):
            act(message, ProlongAttention(attention=REF, until=until, reason="x"), 10)
    longer = act(message, ProlongAttention(attention=REF, until=150, reason="not repaired"), 10)
    assert longer is not None and longer.counts(149) and longer.prolonged[0].reason == "not repaired"
    with pytest.raises(Refused, match="over"):
        act(message, ProlongAttention(attention=REF, until=200, reason="x"), 100)


def test_telling_is_a_fact_and_counts_once_for_a_unit_and_for_a_desk() -> None:
    message = written()
    told = ((5, "17-0131", "RT"), (6, "17-0131", "LB"), (7, None, "RT"), (8, None, "RT"), (200, None, "LB"))
    for now, unit, room in told:
        found = act(message, PassOnAttention(attention=REF, unit=unit), now, room=room)
        assert found is not None
        message = found
    assert [(p.at, p.unit, p.room) for p in message.passed] == [(5, "17-0131", "RT"), (7, "", "RT"), (200, "", "LB")]


def test_what_nobody_wrote_is_not_there_and_what_changes_it_says_why() -> None:
    prolong = ProlongAttention(attention=REF, until=200, reason=" ")
    withdraw = WithdrawAttention(attention=REF, reason=" ")
    for command in (prolong, withdraw, PassOnAttention(attention=REF)):
        with pytest.raises(Refused, match=r"attention\.unknown"):
            act(None, command, 1)
    with pytest.raises(ValueError, match="begins with"):
        evolve(None, AttentionPassedOn(by="x", room="RT", audience="B"), REF, 1)
    with pytest.raises(Refused, match=r"attention\.exists"):
        act(written(), write(), 2)
    for command in (prolong, withdraw):
        with pytest.raises(Refused, match="say_why"):
            act(written(), command, 2)


def test_what_is_for_a_room_is_changed_there_and_where_it_was_written() -> None:
    command = WriteAttention(region="NL", attention="m1", scope="room", room="LB", until=100, text="door is open")
    message = act(None, command, 1)
    assert message is not None and message.audience == "PBAK"
    with pytest.raises(Refused, match="other_room"):
        act(message, WithdrawAttention(attention=REF, reason="x"), 2, room="OB")
    for room in ("RT", "LB"):
        gone = act(message, WithdrawAttention(attention=REF, reason="shut"), 2, room=room)
        assert gone is not None and gone.over == 2


@pytest.mark.parametrize(
    "fields",
    [
        {"scope": "unit"},
        {"scope": "units", "unit": "17-0131", "audience": "B"},
        {"scope": "units"},
        {"scope": "room", "region": "NL"},
        {"scope": "room", "room": "LB"},
        {"scope": "all"},
        {"scope": "all", "region": "NL", "room": "LB"},
        {"scope": "everybody", "region": "NL"},
        {"scope": "units", "audience": "B", "priority": 4},
        {"scope": "units", "audience": "B", "text": ""},
        {"scope": "units", "audience": "B", "text": "x" * 501},
        {"scope": "units", "audience": "B", "source": "x" * 121},
        {"scope": "units", "audience": "B", "until": -1},
    ],
)
def test_input_that_does_not_say_whom_or_what_is_not_valid(fields: dict[str, object]) -> None:
    given = {"type": "write_attention", "region": "RT", "attention": "m1", "until": 1, "text": "x", **fields}
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert(given, WriteAttention)


def test_what_is_said_to_units_needs_who_serves_them() -> None:
    assert functions_needed(None, write(audience="BA")) == (
        ("RT.B.dispatch", "RT.B.intake", "RT.multi"),
        ("RT.A.dispatch", "RT.A.intake", "RT.multi"),
    )
    assert functions_needed(None, write(scope="all", region="NL", audience="P")) == ()
    message = written()
    assert functions_needed(message, WithdrawAttention(attention=REF, reason="x")) == (
        ("RT.B.dispatch", "RT.B.intake", "RT.multi"),
    )
    assert functions_needed(message, PassOnAttention(attention=REF)) == ()


def test_words_are_sealed_behind_the_wall_of_those_for_whom_they_are() -> None:
    walls = (("A", "medical"), ("P", "police"), ("PK", "police"), ("B", "caller"), ("BA", "caller"))
    for audience, compartment in walls:
        [event] = decide(None, write(audience=audience), Context(now=1, actor="x", room="RT"))
        assert isinstance(event, AttentionWritten) and event.compartment == compartment
