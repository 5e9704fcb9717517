"""The pictures of the documents are all there, each is made by one test, and the page that shows them is theirs."""

from __future__ import annotations

from .pictures import ALL, FOLDER, PAGE, files, makers, page

MOST = 14_000_000
"""Bytes of all pictures together: what everybody fetches who fetches the sources."""


def test_every_state_has_one_test_that_makes_it_and_every_picture_is_of_the_list() -> None:
    made = makers()
    assert "" not in made, f"a name that is not written out: {made.get('')}"
    assert set(made) == {state.name for state in ALL}
    assert {name: tests for name, tests in made.items() if len(tests) > 1} == {}


def test_every_picture_is_there_in_two_languages_by_night_and_by_day_and_no_other() -> None:
    assert {path.name for path in FOLDER.glob("*.png")} == files()


def test_the_page_is_what_the_list_says() -> None:
    assert PAGE.read_text() == page(), "the list has changed: run python -m tests.pages.pictures"


def test_they_stay_light() -> None:
    assert sum(path.stat().st_size for path in FOLDER.iterdir()) <= MOST
