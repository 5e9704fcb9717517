"""What a card asks for, as people write it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from meldkamer.response.runcards.text import Sum, TextError, read_need, say


def laid(*texts: str) -> str:
    total = Sum()
    for text in texts:
        if text.startswith("add "):
            total.add(read_need(text[4:]))
        else:
            total.at_least(read_need(text))
    return say(total.wanted())


@pytest.mark.parametrize(
    ("texts", "together"),
    [
        (["2 TS + OvD"], "2 TS + OvD"),
        (["1 TS-6", "2 TS + OvD"], "TS-6 + TS + OvD"),
        (["3 TS", "2 TS-6"], "2 TS-6 + TS"),
        (["1 TS + RV", "0 RV"], "TS"),
        (["1 TS", "add 2 TS"], "3 TS"),
        (["HOvD", "HOvD/TC"], "HOvD/TC"),
        (["1 TS-4 (+ WO) (+ OR) + OvD"], "TS-4 + (WO) + (OR) + OvD"),
        (["TS + (WO)", "2 WO"], "TS + (WO) + 2 WO"),
        ([""], ""),
    ],
)
def test_cards_laid_together(texts: list[str], together: str) -> None:
    assert laid(*texts) == together


@pytest.mark.parametrize("text", ["2 TS +", "TS-", "2", "TS & RV", "TS + TS", "99 TS", "TS//RV", "(TS", "1 1 TS"])
def test_what_cannot_be_read_says_so(text: str) -> None:
    with pytest.raises(TextError):
        read_need(text)


texts = st.lists(
    st.tuples(st.integers(0, 3), st.sampled_from(["TS", "RV", "OvD"]), st.integers(0, 6)), min_size=1, max_size=3,
    unique_by=lambda t: t[1],
).map(lambda ts: " + ".join(f"{n} {role}" + (f"-{crew}" if crew else "") for n, role, crew in ts))  # fmt: skip


@given(texts)
def test_a_card_laid_twice_is_laid_once(text: str) -> None:
    assert laid(text, text) == laid(text)


@given(texts)
def test_what_is_said_can_be_read_again(text: str) -> None:
    said = laid(text)
    total = Sum()
    for term in said.split(" + ") if said else []:
        total.add(read_need(term))
    assert say(total.wanted()) == said


@given(st.text(max_size=40))
def test_any_text_is_read_or_refused_with_a_sentence(text: str) -> None:
    try:
        read_need(text)
    except TextError as error:
        assert str(error)
