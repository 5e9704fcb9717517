"""Address warnings: two people behind each, over by themselves, and the same whatever order what was said comes in."""

from __future__ import annotations

import itertools
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from meldkamer.domain.basics import Context, Event, Location, Refused
from meldkamer.domain.warning import (
    DAY,
    DECIDE_WITHIN,
    MONTH,
    AddressWarning,
    AskWarning,
    ConfirmWarning,
    Nature,
    ProlongWarning,
    RefuseWarning,
    WarningAsked,
    WarningCommand,
    WarningConfirmed,
    WarningProlongAsked,
    WarningRefused,
    WarningWithdrawn,
    WithdrawWarning,
    decide,
    evolve,
    fitted,
    functions_needed,
)

REF = "RT/w1"
AT = Location(text="Coolsingel 1", x=92_400.0, y=437_400.0)
YEAR = Nature(months=12, widest="PBA", bases=("wpg", "arbo"))


def ask(until: int = 100 * DAY, audience: str = "PBA", months: int = 12, **fields: Any) -> AskWarning:
    given = {"nature": "aggression", "text": "threatens", "source": "community officer", "basis": "wpg", **fields}
    return AskWarning(region="RT", warning="w1", location=AT, audience=audience, until=until, months=months, **given)


def act(warning: AddressWarning | None, command: WarningCommand, now: int, actor: str = "anna") -> AddressWarning:
    for event in decide(warning, command, Context(now=now, actor=actor, room="RT", seat="1")):
        warning = evolve(warning, event, REF, now)
    assert warning is not None
    return warning


def asked(until: int = 100 * DAY) -> AddressWarning:
    return act(None, ask(until), 0)


def stands(until: int = 100 * DAY) -> AddressWarning:
    return act(asked(until), ConfirmWarning(warning=REF), 1, "caco")


def prolong(until: int, name: str = "p1") -> ProlongWarning:
    return ProlongWarning(warning=REF, prolongation=name, until=until, reason="still so")


def test_it_counts_once_somebody_else_confirmed_it() -> None:
    waits = asked()
    assert waits.standing(1) == "asked" and not waits.counts(1)
    with pytest.raises(Refused, match=r"warning\.own"):
        act(waits, ConfirmWarning(warning=REF), 1, "anna")
    with pytest.raises(Refused, match=r"warning\.own"):
        act(waits, RefuseWarning(warning=REF, reason="no"), 1, "anna")
    there = act(waits, ConfirmWarning(warning=REF), 1, "caco")
    assert there.counts(1) and there.agreed() is not None and there.over == 100 * DAY
    assert decide(there, ConfirmWarning(warning=REF), Context(now=2, actor="x", room="RT")) == []
    with pytest.raises(Refused, match=r"warning\.decided"):
        act(there, RefuseWarning(warning=REF, reason="no"), 2, "other")
    assert [there.standing(n) for n in (100 * DAY - 1, 100 * DAY)] == ["stands", "ended"]


def test_what_nobody_decides_on_lapses_and_what_is_refused_stays_refused() -> None:
    waits = asked()
    assert [waits.standing(n) for n in (DECIDE_WITHIN - 1, DECIDE_WITHIN)] == ["asked", "lapsed"]
    for command in (ConfirmWarning(warning=REF), WithdrawWarning(warning=REF, reason="x"), prolong(200 * DAY)):
        with pytest.raises(Refused, match=r"warning\.over"):
            act(waits, command, DECIDE_WITHIN, "caco")
    gone = act(waits, RefuseWarning(warning=REF, reason="no basis"), 5, "caco")
    assert (gone.standing(6), gone.over, gone.refused[0].reason) == ("refused", 5, "no basis")
    with pytest.raises(Refused, match=r"warning\.over"):
        act(gone, ConfirmWarning(warning=REF), 6, "other")


def test_longer_is_asked_and_confirmed_by_another_and_never_beyond_the_term_from_then() -> None:
    there = stands()
    for until, code in ((100 * DAY, "not_longer"), (10 + 12 * MONTH + 1, "too_long")):
        with pytest.raises(Refused, match=code):
            act(there, prolong(until), 10)
    with pytest.raises(Refused, match="not_confirmed"):
        act(asked(), prolong(200 * DAY), 10)
    waits = act(there, prolong(10 + 12 * MONTH), 10, "caco")
    assert waits.ends == 100 * DAY and waits.longer(11) is not None
    with pytest.raises(Refused, match="asked_already"):
        act(waits, prolong(300 * DAY, "p2"), 11)
    with pytest.raises(Refused, match=r"warning\.own"):
        act(waits, ConfirmWarning(warning=REF, prolongation="p1"), 11, "caco")
    with pytest.raises(Refused, match="no_prolongation"):
        act(waits, ConfirmWarning(warning=REF, prolongation="p9"), 11, "anna")
    longer = act(waits, ConfirmWarning(warning=REF, prolongation="p1"), 11, "anna")
    assert longer.ends == 10 + 12 * MONTH and longer.longer(12) is None
    refused = act(waits, RefuseWarning(warning=REF, prolongation="p1", reason="moved"), 11, "anna")
    assert refused.counts(12) and refused.ends == 100 * DAY and refused.longer(12) is None
    # Nobody decided in time: it may be asked anew.
    assert waits.longer(10 + DECIDE_WITHIN) is None
    assert act(waits, prolong(300 * DAY, "p2"), 10 + DECIDE_WITHIN).longer(10 + DECIDE_WITHIN) is not None


def test_one_person_takes_it_away_with_a_reason_and_it_does_not_come_back() -> None:
    for before in (asked(), stands()):
        with pytest.raises(Refused, match="say_why"):
            act(before, WithdrawWarning(warning=REF, reason=" "), 5, "caco")
        gone = act(before, WithdrawWarning(warning=REF, reason="moved"), 5, "caco")
        assert gone.standing(6) == "withdrawn" and gone.over == 5
        assert decide(gone, WithdrawWarning(warning=REF, reason="x"), Context(now=6, actor="x", room="RT")) == []
        with pytest.raises(Refused, match=r"warning\.over"):
            act(gone, prolong(200 * DAY), 6)


@given(st.integers(-10, 12 * MONTH + 10))
def test_an_end_is_ahead_and_within_the_term(ahead: int) -> None:
    now, allowed = 1_000_000, 0 < ahead <= 12 * MONTH
    try:
        warning = act(None, ask(now + ahead), now)
    except Refused as refused:
        assert not allowed and refused.code == ("warning.ended" if ahead <= 0 else "warning.too_long")
    else:
        assert allowed and warning.until == now + ahead


people = st.sampled_from(["anna", "bram", "caco"])
which = st.sampled_from(["", "p1", "p2"])
common = {"by": people, "room": st.sampled_from(["RT", "LB"]), "audience": st.just("PBA")}
walls = {**common, "compartment": st.just("caller")}
facts: st.SearchStrategy[Event] = st.one_of(
    st.builds(
        WarningProlongAsked, prolongation=st.sampled_from(["p1", "p2"]), until=st.integers(0, 300 * DAY), **walls
    ),
    st.builds(WarningConfirmed, prolongation=which, **common),
    st.builds(WarningRefused, prolongation=which, **walls),
    st.builds(WarningWithdrawn, **walls),
)


@given(st.lists(st.tuples(st.integers(1, 9), facts), max_size=5), st.integers(0, 200 * DAY))
def test_the_order_in_which_it_comes_does_not_matter(said: list[tuple[int, Event]], later: int) -> None:
    """Two rooms across a cut each fold their own first; afterwards both have the same."""
    outcomes = set()
    for order in itertools.permutations(said):
        warning = asked()
        for at, event in order:
            warning = evolve(warning, event, REF, at)
        outcomes.add(msgspec.json.encode(warning))
        others = [e for _, e in said if isinstance(e, WarningConfirmed | WarningRefused) and not e.prolongation]
        no = any(isinstance(e, WarningRefused) and e.by != "anna" for e in others)
        yes = any(isinstance(e, WarningConfirmed) and e.by != "anna" for e in others)
        gone = any(isinstance(e, WarningWithdrawn) for _, e in said)
        # It counts when two people agree, nobody refused and nobody took it away: never by one alone.
        assert warning.counts(later) == (yes and not no and not gone and later < warning.ends)
        assert not (warning.counts(later) and later >= warning.over)
    assert len(outcomes) == 1


commands: st.SearchStrategy[WarningCommand] = st.one_of(
    st.builds(ConfirmWarning, warning=st.just(REF), prolongation=which),
    st.builds(RefuseWarning, warning=st.just(REF), prolongation=which, reason=st.just("why")),
    st.builds(
        ProlongWarning,
        warning=st.just(REF),
        prolongation=st.sampled_from(["p1", "p2"]),
        until=st.integers(0, 700 * DAY),
        reason=st.just("why"),
    ),
    st.builds(WithdrawWarning, warning=st.just(REF), reason=st.just("why")),
)


@given(st.lists(st.tuples(st.integers(0, 40 * DAY), people, commands), max_size=8))
def test_whatever_is_done_two_people_stand_behind_each_end_and_over_is_over(
    said: list[tuple[int, str, WarningCommand]],
) -> None:
    now, warning = 0, asked()
    for wait, actor, command in said:
        now += wait
        over = now >= warning.over
        try:
            after = act(warning, command, now, actor)
        except Refused:
            continue
        assert not over or after == warning
        warning = after
        assert warning.ends <= max([100 * DAY, *(p.at + 12 * MONTH for p in warning.prolongations)])
        if (yes := warning.agreed()) is not None:
            assert yes.by != warning.by
        for p in warning.prolongations:
            if (yes := warning.agreed(p.prolongation)) is not None:
                assert yes.by != p.by


def test_what_nobody_asked_is_not_there() -> None:
    commands = (ConfirmWarning(warning=REF), WithdrawWarning(warning=REF, reason="x"), prolong(1))
    for command in commands:
        with pytest.raises(Refused, match=r"warning\.unknown"):
            decide(None, command, Context(now=1, actor="x", room="RT"))
    with pytest.raises(ValueError, match="begins with"):
        evolve(None, WarningConfirmed(by="x", room="RT", audience="B"), REF, 1)
    with pytest.raises(Refused, match=r"warning\.exists"):
        act(asked(), ask(), 2)
    for request, code in ((ask(text=" "), "empty"), (ask(source=" "), "say_who")):
        with pytest.raises(Refused, match=code):
            act(None, request, 0)


def test_the_country_says_how_long_for_whom_and_on_which_basis() -> None:
    assert fitted(ask(months=99), YEAR).months == 12
    for command, nature, code in (
        (ask(), None, "no_nature"),
        (ask(basis="agreement"), YEAR, "no_basis"),
        (ask(audience="PBAK"), YEAR, "too_wide"),
    ):
        with pytest.raises(Refused, match=code):
            fitted(command, nature)


@pytest.mark.parametrize(
    "fields",
    [
        {"location": {"text": "somewhere"}},
        {"location": {"x": 1.0, "y": 1.0, "radius": 1_001.0}},
        {"audience": ""},
        {"nature": "A b"},
        {"basis": ""},
        {"text": "x" * 501},
        {"source": "x" * 121},
        {"until": -1},
        {"months": 121},
    ],
)
def test_input_that_does_not_say_where_or_for_whom_is_not_valid(fields: dict[str, object]) -> None:
    given = msgspec.to_builtins(ask()) | fields
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert(given, AskWarning)


def test_it_needs_who_works_there_for_one_of_those_whom_it_is_for() -> None:
    needed = (("RT.B.dispatch", "RT.B.intake", "RT.A.dispatch", "RT.A.intake", "RT.multi"),)
    assert functions_needed(None, ask(audience="BA")) == needed
    warning = act(None, ask(audience="BA"), 0)
    assert functions_needed(warning, WithdrawWarning(warning=REF, reason="x")) == needed


def test_words_are_sealed_behind_the_wall_of_those_for_whom_they_are() -> None:
    for audience, compartment in (("A", "medical"), ("P", "police"), ("PK", "police"), ("BA", "caller")):
        [event] = decide(None, ask(audience=audience), Context(now=1, actor="x", room="RT"))
        assert isinstance(event, WarningAsked) and event.compartment == compartment
