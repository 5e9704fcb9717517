"""A gap lasts when a room was worse in the newest week and in enough of the weeks before; once is chance."""

from __future__ import annotations

from meldkamer.insight import Figures, Lasting, as_html

from .books import ROOMS, WEEKS, book
from .conftest import PACK, ZONE


def lasting(*weeks: str, room: str = "ZB", late: int = 30) -> Lasting:
    return Figures(book({week: {room: late} for week in weeks}), PACK, ZONE).lasting()


def test_the_rule_is_data() -> None:
    assert (PACK.manifest.quality.weeks, PACK.manifest.quality.worse) == (4, 3)
    assert [week.name for week in lasting().weeks] == list(WEEKS)


def test_an_even_country_has_none() -> None:
    assert lasting().lags == ()


def test_three_of_four_with_the_newest_is_lasting() -> None:
    (lag,) = lasting(WEEKS[0], WEEKS[2], WEEKS[3]).lags
    assert (lag.room, lag.measure, lag.discipline) == ("ZB", "answer_region", "B")
    assert lag.standings == ("worse", "no_difference", "worse", "worse")
    found = lag.found
    # 400 calls of its own, of which 30 + 5 + 30 + 30 were late; 3,600 of the others, of which 180.
    assert (found.share, found.others, found.worse, found.weeks) == (305 / 400, 0.95, 3, 4)
    assert round(found.difference, 6) == round(305 / 400 - 0.95, 6) and found.low < found.difference < found.high < 0
    assert (found.norm, found.seconds) == ("answer_region", 10.0)


def test_two_weeks_are_not_enough_and_what_is_over_is_over() -> None:
    assert lasting(WEEKS[2], WEEKS[3]).lags == ()
    assert lasting(*WEEKS[:3]).lags == ()


def test_better_than_the_rest_is_no_gap() -> None:
    assert lasting(*WEEKS, late=0).lags == ()


def test_the_page_says_what_lasts_and_by_which_rule() -> None:
    report = Figures(book({week: {"ZB": 30} for week in WEEKS}), PACK, ZONE).report()
    page = as_html(report, PACK, "en")
    assert "in at least 3 of the last 4" in page and "Zeeland-West-Brabant" in page
    assert len(report.lasting.lags) == 1 and {q.room for q in report.blocks[2].quality.rooms} == set(ROOMS)
