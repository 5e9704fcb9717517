"""How fast a takeover was: from the decision, from the last sign of life, or not known."""

from __future__ import annotations

from meldkamer.insight.facts import Down, Owned
from meldkamer.insight.overflow import takeovers
from meldkamer.insight.owners import Owners

HOME = {"RT.112": "RT", "RT.B.dispatch": "RT"}


def moved(at: int, ground: str, owner: str = "DH", previous: str = "RT", name: str = "RT.112") -> Owned:
    return Owned(name, owner, previous, ground, at)


def test_after_silence_it_counts_from_the_last_sign_of_life() -> None:
    found = takeovers([moved(100_500, "lapsed")], [Down("RT", 100_000, 12.0)], HOME, 0, 1_000_000)
    (move,) = found.moves
    assert (move.seconds, move.away) == (12.5, None)
    assert found.silent is not None and found.silent.value == 12.5 and found.declared is None


def test_without_a_word_about_the_room_its_time_is_not_known() -> None:
    other = [Down("LB", 100_000, None), Down("RT", 100_000, 12.0), Down("RT", 101_500, None)]
    found = takeovers([moved(101_000, "declared")], other, HOME, 0, 1_000_000)
    assert found.moves[0].seconds is None and found.declared is None


def test_what_both_agreed_on_or_was_first_is_no_takeover() -> None:
    rows = [moved(1_000, "first", "RT", ""), moved(2_000, "agreed"), moved(3_000, "resumed", "DH", "DH")]
    assert takeovers(rows, [], HOME, 0, 10_000).moves == ()


def test_the_owner_of_a_moment() -> None:
    owners = Owners([moved(2_000, "agreed", "RT", "DH"), moved(1_000, "declared")], HOME)
    assert [owners.at("RT.112", at) for at in (999, 1_000, 1_999, 2_000)] == ["RT", "DH", "DH", "RT"]
    assert owners.at("RT.B.dispatch", 5_000) == "RT" and owners.at("XX.112", 5_000) == ""
