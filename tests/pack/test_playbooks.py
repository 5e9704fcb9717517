"""Playbooks: the shipped ones cover every partial loss and the times of a scale-up; what is wrong is told by line."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from meldkamer.pack import CAUSES, Pack, PackError, load_pack, pack_hash, shipped_pack

LOSSES = {"telephony", "paging", "radio", "map", "staff", "link", "room"}
JS = Path(__file__).parents[2] / "src/meldkamer/desk/static/js"
A_BOOK = """
playbook = "test"
version = "1"
effective = 2026-01-01
name = "Proef"
name_en = "Test"
when = "Nu."
when_en = "Now."
done = "Klaar."
done_en = "Done."
alarms = ["unseen"]

[[step]]
id = "first"
text = "Een."
text_en = "One."
within = 2

[[step]]
id = "second"
text = "Twee."
text_en = "Two."
within = 5
after = "first"

[[tell]]
id = "head"
text = "Hoofd."
text_en = "Head."
norm = "copi"
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the shipped pack with one playbook of its own."""
    copy = Path(shutil.copytree(shipped_pack(), tmp_path / "pack"))
    shutil.rmtree(copy / "playbooks")
    (copy / "playbooks").mkdir()
    (copy / "playbooks/test.toml").write_text(A_BOOK, encoding="utf-8")
    return copy


def test_there_is_one_for_every_partial_loss(pack: Pack) -> None:
    assert {book.id for book in pack.playbooks} == LOSSES | {"scale_up"}
    for book in pack.playbooks:
        assert len(book.steps) >= 5 and len(book.tell) >= 3, book.id
        # The first thing to do has a clock, and somebody is told within a quarter of an hour.
        assert book.steps[0].within is not None and book.steps[0].within <= 3, book.id
        assert min(told.within or 99 for told in book.tell) <= 15, book.id


def test_the_clocks_of_a_scale_up_are_those_of_the_law(pack: Pack) -> None:
    book = next(b for b in pack.playbooks if b.id == "scale_up")
    within = {step.id: step.within for step in book.steps}
    assert (within["major_alert"], within["picture"]) == (2, 5)
    assert (within["copi"], within["rot_lead"], within["sections"], within["population"]) == (30, 45, 60, 90)
    law = {n.code for n in pack.norms if n.basis == "law"}
    assert {s.norm for s in book.steps if s.norm} <= law


def test_the_causes_are_those_of_the_desk() -> None:
    rules = (JS / "alarm_rules.js").read_text()
    causes = re.search(r"const CAUSES = .*?\(\{(.*?)\}\)", rules)
    assert causes is not None
    of_alarms = set(re.findall(r': "([a-z_]+)"', causes[1])) | {"stuck"}
    of_rooms = set(re.findall(r'cause: "([a-z_]+)"', (JS / "playbook_offers.js").read_text()))
    # Of playbooks themselves and of checks there is no playbook by cause.
    assert of_alarms - {"playbook", "watch"} | of_rooms | {"scaled"} == set(CAUSES)


def test_a_norm_gives_its_minutes_and_the_sheet_names_all_that_is_ticked(folder: Path) -> None:
    pack = load_pack(folder)
    (book,) = pack.playbooks
    assert [(s.id, s.within) for s in (*book.steps, *book.tell)] == [("first", 2), ("second", 5), ("head", 30)]
    sheet = pack.playbook_sheet("test", "1")
    assert sheet is not None and (sheet.steps, sheet.tell) == (("first", "second"), ("head",))
    assert pack.playbook_sheet("test", "2") is None


def test_another_text_is_another_pack(folder: Path) -> None:
    before = pack_hash(folder)
    (folder / "playbooks/test.toml").write_text(A_BOOK.replace("Twee.", "Drie."), encoding="utf-8")
    assert pack_hash(folder) != before


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ('alarms = ["unseen"]', 'alarms = ["fire"]', "test.toml, row 11, column alarms: 'fire' is no cause"),
        ('after = "first"', 'after = "third"', "test.toml, row 24, column after: 'third' is no step before it"),
        ('norm = "copi"', 'norm = "soon"', "test.toml, row 30, column norm: 'soon' is not found in norms.csv"),
        ('norm = "copi"', 'norm = "answer_112"', "is not in whole minutes"),
        ('id = "head"', 'id = "first"', "test.toml, row 27, column id: 'first' is there twice"),
        ('text_en = "Two."\n', "", "test.toml, row 19, column text_en: Object missing required field"),
        ('text_en = "Two."', 'text_en = " "', "test.toml, row 22, column text_en: is blank"),
        ('done = "Klaar."\n', "", "column done: Object missing required field"),
        ('alarms = ["unseen"]', 'alarms = ["scaled"]', "column characteristic: goes with the cause 'scaled'"),
        ("within = 2", "within = 0", "test.toml, row 17, column within: Expected `int` >= 1"),
        ("[[tell]]", "[[tel]]", "column tel: is not known here"),
    ],
)
def test_what_is_wrong_is_told_by_line_and_field(folder: Path, old: str, new: str, told: str) -> None:
    assert old in A_BOOK
    (folder / "playbooks/test.toml").write_text(A_BOOK.replace(old, new), encoding="utf-8")
    with pytest.raises(PackError) as error:
        load_pack(folder)
    assert told in str(error.value)


def test_a_version_is_there_once(folder: Path) -> None:
    (folder / "playbooks/again.toml").write_text(A_BOOK, encoding="utf-8")
    with pytest.raises(PackError) as error:
        load_pack(folder)
    assert "column version: 1 of test stands in again.toml already" in str(error.value)
